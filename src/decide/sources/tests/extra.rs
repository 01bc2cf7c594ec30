//! The operator's lines next to the image's own.

use super::image::{SITE, with_conf, written};
use super::*;
use crate::decide::{decide, lost_lines};

#[test]
fn a_plain_source_is_refused_where_authentication_is_required() {
    let machine = with_conf(Platform::VMware, SITE);
    let site = words(&SITE.lines().take(4).collect::<Vec<_>>());
    let plain = "[[source]]\nserver = \"10.0.0.1\"\nbeside = true\n";
    assert_eq!(written(&machine, plain), site);
    let refused = decide(&machine, &config(plain), false).refused;
    assert!(
        refused[0].ends_with("has no key and no nts, and the image says authselectmode require"),
        "{refused:?}"
    );
    let keyed = format!("{plain}options = \"key 1\"\n");
    assert_eq!(decide(&machine, &config(&keyed), false).refused, [""; 0]);
    let mix = format!("{plain}[chrony]\nextra = [\"authselectmode mix\"]");
    let own = ["server 10.0.0.1 iburst", "authselectmode mix"];
    assert_eq!(written(&machine, &mix), words(&SITE.lines().take(3).chain(own).collect::<Vec<_>>()));
}

#[test]
fn an_extra_line_that_chronyd_takes_once_replaces_the_images() {
    let machine = with_conf(Platform::VMware, SITE);
    let lines = written(&machine, "[chrony]\nextra = [\"KeyFile /etc/own.keys\"]").unwrap();
    let files: Vec<_> = lines.iter().filter(|line| line.to_lowercase().starts_with("keyfile")).collect();
    assert_eq!(files, ["keyfile /etc/own.keys"]);
    let intent = decide(&machine, &config("[chrony]\nextra = [\"keyfile /etc/own.keys\"]"), false);
    let (lost, _) = lost_lines(&intent.image, &lines.join("\n"));
    assert_eq!(
        lost.iter().map(|line| line.directive.as_str()).collect::<Vec<_>>(),
        ["keyfile /etc/chrony.keys"]
    );
    let (site, twice) =
        ("server ntp1.corp.example iburst nts\nntstrustedcerts /etc/a.pem", "ntstrustedcerts /etc/b.pem");
    let lines = written(&with_conf(Platform::VMware, site), &format!("[chrony]\nextra = [\"{twice}\"]"));
    assert_eq!(lines, words(&site.lines().chain([twice]).collect::<Vec<_>>()), "chronyd takes both");
}

#[test]
fn an_extra_line_that_leaves_no_source_is_refused() {
    let refused = |platform, image: &str, line: &str, sources: &str| {
        let settings = format!("{sources}[chrony]\nextra = [\"{line}\"]");
        decide(&with_conf(platform, image), &config(&settings), false).refused
    };
    let own = |options: &str| format!("[[source]]\nserver = \"a\"\noptions = \"{options}\"\n");
    for (platform, image, line, sources, accepted) in [
        (Platform::Aws, "", "minsources 5", "", true),
        (Platform::Aws, "", "minsources 6", "", false),
        (Platform::Kvm, "", "minsources 1", &*own("iburst"), true),
        (Platform::Kvm, "", "minsources 2", &own("iburst"), false),
        (Platform::Kvm, "", "minsources 9", "", true),
        (Platform::Kvm, "", "authselectmode require", "", false),
        (Platform::Aws, "", "AuthSelectMode REQUIRE", "", false),
        (Platform::Aws, "", "authselectmode prefer", "", true),
        (Platform::Kvm, "", "authselectmode require", &own("nts"), true),
        (Platform::Kvm, "sourcedir /run/site-ntp", "authselectmode require", "", true),
    ] {
        let refused = refused(platform, image, line, sources);
        assert_eq!(refused.is_empty(), accepted, "{line}: {refused:?}");
    }
}
