//! The operator's lines next to the image's own.

use super::image::{SITE, directives, with_conf, written};
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

#[test]
fn a_source_with_a_key_brings_the_images_key_file() {
    let source = |options: &str| format!("[[source]]\nserver = \"a\"\noptions = \"{options}\"\n");
    let (keyed, nts) = (source("key 7"), source("nts"));
    let with = |image: &str, settings: &str| written(&with_conf(Platform::Kvm, image), settings);
    const GUESS: &str = "keyfile /etc/chrony/chrony.keys";
    assert_eq!(with("", &keyed), words(&["server a key 7", GUESS]));
    assert_eq!(with("", &nts), words(&["server a nts", "ntsdumpdir /var/lib/chrony"]));
    assert_eq!(
        with("keyfile /etc/chrony.keys", &keyed),
        words(&["server a key 7", "keyfile /etc/chrony.keys"])
    );
    let image = "keyfile /etc/site.keys\nntsdumpdir /var/lib/nts\nntstrustedcerts /etc/a.pem\nntstrustedcerts 1 /etc/b.pem\n\
                 authselectmode require\n";
    let lines: Vec<&str> = image.lines().collect();
    assert_eq!(with(image, &keyed), words(&["server a key 7", lines[0], lines[4]]));
    let all = words(&["server a nts", lines[1], lines[2], lines[3], lines[4]]);
    assert_eq!(with(image, &nts), all);
    let mixed = format!("{keyed}[[source]]\nserver = \"b\"\n");
    let without_mode = words(&["server a key 7", "server b iburst", lines[0]]);
    assert_eq!(with(image, &mixed), without_mode, "chronyd would follow none but the first");
    let extra = format!("{keyed}[chrony]\nextra = [\"keyfile /etc/own.keys\"]");
    assert_eq!(with("", &extra), words(&["server a key 7", "keyfile /etc/own.keys"]));
    let mut pristine = with_conf(Platform::Kvm, "");
    pristine.pristine_conf = Some("keyfile /etc/vendor.keys\n".into());
    assert_eq!(written(&pristine, &keyed), words(&["server a key 7", "keyfile /etc/vendor.keys"]));
}

#[test]
fn other_directives_are_kept_by_extra_alone() {
    const HARD: &str = "pool 2.rhel.pool.ntp.org\nport 0\ncmdport 0\nlogdir /var/log/chrony\nallow 10.0.0.0/8\n\
                        keyfile /etc/chrony.keys\nleapsectz right/UTC\nauthselectmode require\n";
    let machine = with_conf(Platform::Aws, HARD);
    let intent = decide(&machine, &config("[chrony]\nextra = [\"port 0\", \"leapsectz right/UTC\"]"), false);
    assert_eq!(
        directives(&intent.image),
        ["port 0", "cmdport 0", "allow 10.0.0.0/8", "keyfile /etc/chrony.keys", "authselectmode require"]
    );
    let last = intent.sources.lines().last().expect("it is written");
    assert_eq!(last.directive, "port 0".into());
    assert!(
        intent.refused[0].ends_with("is left out: the sources smear leap seconds"),
        "{:?}",
        intent.refused
    );
}

#[test]
fn what_has_no_effect_is_said() {
    let text = "chrony_conf = \"keep\"\n[[source]]\nserver = \"a\"\n[chrony]\nextra = [\"port 0\"]";
    let notes = decide(&machine(Platform::Kvm), &config(text), false).notes;
    assert_eq!(notes, ["without effect, since chrony.conf is not written: [[source]], [chrony] extra"]);
}
