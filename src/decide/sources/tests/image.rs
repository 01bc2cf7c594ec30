//! Lines of the image's maker in chrony.conf, and a displaced daemon's servers.

use std::path::Path;

use super::*;
use crate::decide::decide;
use crate::machine::Conf;
use crate::receipt::ImageLine;

pub(super) const SITE: &str = "server ntp1.corp.example iburst key 1\nserver ntp2.corp.example iburst nts\n\
                    keyfile /etc/chrony.keys\nauthselectmode require\nmakestep 1.0 3\nrtcsync\n";

/// A machine that no run has seen, whose chronyd reads this.
pub(super) fn with_conf(platform: Platform, text: &str) -> Machine {
    let mut machine = machine(platform);
    machine.conf = Ok(Conf::of_file(text, Path::new(CONF)));
    let found = Found::File { text: text.to_owned(), mode: 0o644 };
    machine.files.insert(CONF.into(), Target { found, standing: Standing::Original });
    machine
}

pub(super) fn written(machine: &Machine, text: &str) -> Option<Vec<String>> {
    lines_of(&decide(machine, &config(text), false).sources)
}

pub(super) fn directives(lines: &[ImageLine]) -> Vec<&str> {
    lines.iter().map(|line| line.directive.as_str()).collect()
}

#[test]
fn the_images_servers_stay_with_what_they_need() {
    let site = words(&SITE.lines().take(4).collect::<Vec<_>>());
    assert_eq!(written(&with_conf(Platform::VMware, SITE), ""), site);
    assert_eq!(written(&with_conf(Platform::Aws, SITE), ""), words(&[AMAZON, AMAZON_PUBLIC]));
    let own = "[[source]]\nserver = \"10.0.0.1\"";
    assert_eq!(written(&with_conf(Platform::VMware, SITE), own), words(&["server 10.0.0.1 iburst"]));
    let beside = format!("{own}\nbeside = true");
    let mixed = SITE.replace("authselectmode require\n", "");
    let both = words(&mixed.lines().take(3).chain(["server 10.0.0.1 iburst"]).collect::<Vec<_>>());
    assert_eq!(written(&with_conf(Platform::VMware, &mixed), &beside), both);
}

#[test]
fn another_clouds_server_is_named_where_the_platform_is_known() {
    let named = |platform, text: &str| decide(&with_conf(platform, text), &config(""), false).image.len();
    for server in ["server 169.254.169.123 prefer", "server metadata.google.internal"] {
        assert_eq!(named(Platform::Kvm, server), 1, "{server}");
        assert_eq!(named(Platform::Unknown, server), 0, "{server}");
    }
    assert_eq!(named(Platform::Aws, "server 169.254.169.123 prefer"), 0);
    assert_eq!(named(Platform::Gce, "server metadata.google.internal"), 0);
}

#[test]
fn a_time_scale_leaves_out_servers_that_may_not_have_it() {
    assert_eq!(written(&with_conf(Platform::Kvm, SITE), "time_scale = \"utc\""), words(&[DEBIAN]));
    let google = "pool time.google.com iburst maxpoll 8";
    assert_eq!(written(&with_conf(Platform::Kvm, google), "time_scale = \"smeared\""), words(&[google]));
    let mixed = format!("{google}\npool de.pool.ntp.org iburst");
    assert_eq!(written(&with_conf(Platform::Kvm, &mixed), ""), words(&[google]));
}

#[test]
fn the_distributions_authenticated_servers_stay() {
    let nts = "pool 1.ntp.ubuntu.com iburst nts prefer";
    let both = format!("pool 0.ubuntu.pool.ntp.org iburst\n{nts}");
    assert_eq!(
        written(&with_conf(Platform::Kvm, &both), ""),
        words(&[nts, "pool 0.ubuntu.pool.ntp.org iburst"])
    );
    assert_eq!(
        written(&with_conf(Platform::Gce, &both), ""),
        words(&["server metadata.google.internal prefer iburst"])
    );
}

#[test]
fn what_distributions_and_clouds_name_is_not_the_images() {
    for text in [
        "pool 2.rhel.pool.ntp.org iburst maxpoll 16",
        "pool 0.ubuntu.pool.ntp.org iburst maxsources 1\npool 1.ntp.ubuntu.com iburst prefer",
        "server 169.254.169.123 prefer iburst",
        "server Metadata.google.internal.",
        "server ntp7.cloud.aliyuncs.com iburst",
        "server ntp1.corp.example noselect",
    ] {
        assert_eq!(written(&with_conf(Platform::Kvm, text), ""), words(&[DHCP, DEBIAN]), "{text}");
    }
    let mut pristine = with_conf(Platform::Kvm, "server ntp.vendor.example iburst");
    pristine.pristine_conf = Some("server  ntp.vendor.example iburst\n".into());
    assert_eq!(written(&pristine, ""), words(&[DHCP, DEBIAN]));
    let windows = "server time.windows.com iburst";
    assert_eq!(written(&with_conf(Platform::HyperV, windows), ""), words(&[windows]));
    assert_eq!(decide(&with_conf(Platform::Azure, windows), &config(""), false).image, []);
}

#[test]
fn a_directory_of_the_images_stays_a_source() {
    const SITE_DIR: &str = "sourcedir /run/site-ntp";
    let filled = |platform, text: &str| {
        let mut machine = with_conf(platform, text);
        let later = Conf::of_file("server 10.0.0.1 key 5\n", Path::new("/run/site-ntp/a.sources"));
        if let Ok(conf) = &mut machine.conf {
            later.directives.iter().for_each(|one| conf.directives.push(one.clone()));
        }
        machine
    };
    let keys = format!("{SITE_DIR}\nkeyfile /etc/chrony.keys\n");
    let with_keys = words(&keys.lines().collect::<Vec<_>>());
    assert_eq!(written(&filled(Platform::Kvm, &keys), ""), with_keys);
    assert_eq!(written(&with_conf(Platform::Kvm, &keys), ""), with_keys, "before it is filled");
    assert_eq!(written(&with_conf(Platform::Kvm, SITE_DIR), "time_scale = \"utc\""), words(&[DEBIAN]));
    let all = format!("{DHCP}\n{SITE_DIR}\n{DEBIAN}\n");
    assert_eq!(written(&filled(Platform::Kvm, &all), ""), words(&[SITE_DIR, DHCP, DEBIAN]));
    assert_eq!(directives(&decide(&filled(Platform::Aws, SITE_DIR), &config(""), false).image), [SITE_DIR]);
    for (text, named) in
        [("confdir /run/site\n", &["confdir /run/site"][..]), (DHCP, &[]), ("sourcedir /run/chrony.d", &[])]
    {
        let intent = decide(&with_conf(Platform::Kvm, text), &config(""), false);
        assert_eq!(directives(&intent.image), named);
    }
}

#[test]
fn the_distributions_sources_stay_behind_the_images() {
    let text = format!("{DEBIAN}\nserver ntp1.corp.example iburst\n{DHCP}\nserver 169.254.169.123\n");
    let kept = ["server ntp1.corp.example iburst", DEBIAN, DHCP];
    let mut machine = with_conf(Platform::Kvm, &text);
    assert_eq!(written(&machine, ""), words(&kept));
    let on_aws = decide(&with_conf(Platform::Aws, &text), &config(""), false).image;
    assert_eq!(directives(&on_aws), [DEBIAN, "server ntp1.corp.example iburst", DHCP]);
    // The pool does not smear.
    let google = format!("{DEBIAN}\nserver time.google.com\n");
    assert_eq!(written(&with_conf(Platform::Kvm, &google), ""), words(&["server time.google.com"]));
    // The receipt is gone.
    let before = decide(&machine, &config(""), false);
    let Sources::Ours { written_for, lines } = &before.sources else { panic!("not written") };
    let text = render::chrony_conf(written_for, lines, &before.steps);
    machine.conf = Ok(Conf::of_file(&text, Path::new(CONF)));
    ours(&mut machine, &text);
    assert_eq!(written(&machine, ""), words(&kept));
}

#[test]
fn sources_of_this_boot_are_not_the_images() {
    let mut machine = with_conf(Platform::Kvm, "sourcedir /run/chrony-dhcp\n");
    machine.conf = Ok(Conf::of_file("server 10.0.0.1\n", Path::new("/run/chrony-dhcp/eth0.sources")));
    assert_eq!(written(&machine, ""), words(&[DHCP, DEBIAN]));
}

#[test]
fn sources_that_not_every_user_may_read_stay_where_they_are() {
    let closed = |platform| {
        let mut machine = with_conf(platform, "");
        let mut directives = Conf::of_file(SITE, Path::new(CONF)).directives;
        directives.iter_mut().for_each(|directive| directive.is_closed = true);
        let mut conf = Conf::default();
        directives.into_iter().for_each(|directive| conf.directives.push(directive));
        machine.conf = Ok(conf);
        machine
    };
    assert_eq!(written(&closed(Platform::VMware), ""), None);
    let own = "[[source]]\nserver = \"10.0.0.1\"";
    assert_eq!(written(&closed(Platform::VMware), own), words(&["server 10.0.0.1 iburst"]));
    let on_aws = decide(&closed(Platform::Aws), &config(""), false).image;
    assert_eq!(directives(&on_aws), ["lines that not every user may read"]);
}

#[test]
fn a_line_that_steers_a_terminal_is_named_in_letters() {
    let hostile = with_conf(Platform::Kvm, "server ntp1\u{1b}[31m iburst\nserver ntp2\n");
    assert_eq!(written(&hostile, ""), words(&["server ntp2"]));
    assert_eq!(directives(&decide(&hostile, &config(""), false).image)[0], "server ntp1\\u{1b}[31m iburst");
}

/// A pattern of an include that the agent does not know.
#[test]
fn sources_of_which_a_part_is_not_known_stay_where_they_are() {
    const WHY: &str = "which files /etc/[ab].conf stands for is not known";
    let unread = |platform| {
        let mut machine = with_conf(platform, "server ntp1\ninclude /etc/[ab].conf\n");
        machine.conf = Err(WHY.into());
        machine
    };
    let here = decide(&unread(Platform::Kvm), &config(""), false);
    assert_eq!((here.sources, here.blocked.as_deref()), (Sources::AsTheyAre(WHY.into()), Some(WHY)));
    let own = "[[source]]\nserver = \"10.0.0.1\"";
    assert_eq!(written(&unread(Platform::Kvm), own), words(&["server 10.0.0.1 iburst"]));
    let on_aws = unread(Platform::Aws);
    assert_eq!(written(&on_aws, ""), words(&[AMAZON, AMAZON_PUBLIC]));
    assert_eq!(
        directives(&decide(&on_aws, &config(""), false).image),
        ["what cannot be read", "server ntp1"]
    );
}

#[test]
fn the_least_number_of_sources_stays_where_all_of_them_do() {
    const SERVERS: &str = "server ntp1.corp.example\nserver ntp2.corp.example\n";
    for (rest, is_kept) in [
        ("", true),
        (DEBIAN, true),
        (DHCP, true),
        ("server 169.254.169.123", false),
        ("refclock PHC /dev/ptp0", false),
        ("server time.google.com\npool de.pool.ntp.org", false),
    ] {
        let machine = with_conf(Platform::Kvm, &format!("minsources 2\n{SERVERS}{rest}\n"));
        let lines = written(&machine, "").expect("it is written");
        assert_eq!(lines.contains(&"minsources 2".to_owned()), is_kept, "{rest}");
    }
}
