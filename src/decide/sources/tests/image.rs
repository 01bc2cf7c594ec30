//! What the image's maker put into chrony.conf, and a displaced daemon's servers.

use std::path::Path;

use super::*;
use crate::decide::{HEADING, decide};
use crate::machine::{Conf, ForeignLine, ForeignServer};
use crate::receipt::{Entry, ImageLine};

pub(super) const SITE: &str = "server ntp1.corp.example iburst key 1\nserver ntp2.corp.example iburst nts\n\
                    keyfile /etc/chrony.keys\nauthselectmode require\nmakestep 1.0 3\nrtcsync\n";

const WATCHED: &str = "refclock PHC /dev/ptp_kvm poll 3 refid KVM noselect";

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

fn directives(lines: &[ImageLine]) -> Vec<&str> {
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
fn what_distributions_and_clouds_name_is_not_the_images() {
    for text in [
        "pool 2.rhel.pool.ntp.org iburst maxpoll 16",
        "pool 0.ubuntu.pool.ntp.org iburst maxsources 1\npool 1.ntp.ubuntu.com iburst nts prefer",
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
fn a_host_clock_stays_where_it_was_the_only_source() {
    const CLOCK: &str = "refclock PHC /dev/ptp_kvm poll 2 dpoll -2 offset 0 stratum 2";
    let with_clock = |text: &str, device: &str| {
        let mut machine = with_conf(Platform::KubeVirt, text);
        machine.devices.insert(device.into(), "KVM virtual PTP".into());
        machine
    };
    assert_eq!(written(&with_clock(CLOCK, "/dev/ptp_kvm"), ""), words(&[CLOCK]));
    assert_eq!(written(&with_clock(CLOCK, "/dev/ptp1"), ""), words(&[DHCP, DEBIAN]), "it is not there");
    let ptp0 = "refclock PHC /dev/ptp0:nocrossts poll 2";
    assert_eq!(written(&with_clock(ptp0, "/dev/ptp0"), ""), words(&[ptp0]));
    for clock in [CLOCK, ptp0] {
        let machine = with_clock(&format!("pool 2.debian.pool.ntp.org iburst\n{clock}"), "/dev/ptp0");
        assert_eq!(written(&machine, ""), words(&[DHCP, DEBIAN]));
        assert_eq!(directives(&decide(&machine, &config(""), false).image), [clock], "it is named");
    }
    let mut machine = with_clock(&format!("sourcedir /run/chrony-dhcp\n{CLOCK}"), "/dev/ptp_kvm");
    let dhcp = Conf::of_file("server 10.0.0.1\n", Path::new("/run/chrony-dhcp/eth0.sources"));
    if let Ok(conf) = &mut machine.conf {
        dhcp.directives.iter().for_each(|one| conf.directives.push(one.clone()));
    }
    assert_eq!(written(&machine, ""), words(&[DHCP, DEBIAN, WATCHED]), "DHCP has named a server");
}

#[test]
fn another_clouds_server_and_a_second_line_leave_a_clock_alone() {
    const CLOCK: &str = "refclock PHC /dev/ptp_kvm poll 2";
    let lines = |text: &str| {
        let mut machine = with_conf(Platform::KubeVirt, text);
        machine.devices.insert("/dev/ptp_kvm".into(), "KVM virtual PTP".into());
        written(&machine, "")
    };
    let twice = format!("{CLOCK}\n{CLOCK} refid FAST");
    assert_eq!(lines(&twice), words(&twice.lines().collect::<Vec<_>>()));
    assert_eq!(lines(&format!("server 169.254.169.123 prefer\n{CLOCK}")), words(&[CLOCK]));
    assert_eq!(lines(&format!("server ntp1\n{CLOCK}")), words(&["server ntp1", WATCHED]));
    assert_eq!(lines(&format!("sourcedir /run/site\n{CLOCK}")), words(&["sourcedir /run/site", WATCHED]));
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
fn an_older_builds_receipt_gives_back_the_images_sources() {
    let mut machine = machine(Platform::Kvm);
    machine.receipt.entries.push(Entry::Wrote {
        path: CONF.into(),
        texts: vec![],
        kept: Some("/copy".into()),
    });
    ours(&mut machine, DHCP);
    machine.original_conf = Some(SITE.into());
    assert_eq!(written(&machine, ""), words(&SITE.lines().take(4).collect::<Vec<_>>()));
    machine.original_is_closed = true;
    assert_eq!(written(&machine, ""), words(&[DHCP, DEBIAN]), "the new one is for all to read");
    machine.original_is_closed = false;
    machine.original_conf = Some(format!("{HEADING}KVM.\n{SITE}"));
    assert_eq!(written(&machine, ""), words(&[DHCP, DEBIAN]), "the agent's own text, edited and set aside");
}

#[test]
fn sources_of_this_boot_are_not_the_images() {
    let mut machine = with_conf(Platform::Kvm, "sourcedir /run/chrony-dhcp\n");
    machine.conf = Ok(Conf::of_file("server 10.0.0.1\n", Path::new("/run/chrony-dhcp/eth0.sources")));
    assert_eq!(written(&machine, ""), words(&[DHCP, DEBIAN]));
}

#[test]
fn a_later_run_knows_the_image_by_the_receipt_or_its_text() {
    let mut machine = with_conf(Platform::VMware, SITE);
    let before = decide(&machine, &config(""), false);
    let Sources::Ours { written_for, lines } = &before.sources else { panic!("not written") };
    let text = render::chrony_conf(written_for, lines, &before.steps);
    machine.conf = Ok(Conf::of_file(&text, Path::new(CONF)));
    ours(&mut machine, &text);
    // The receipt is gone.
    let again = decide(&machine, &config(""), false);
    assert_eq!((&again.sources, directives(&again.image)), (&before.sources, directives(&before.image)));
    // It tells, whatever the text.
    machine.receipt.entries.push(Entry::Wrote { path: CONF.into(), texts: vec![], kept: None });
    machine.receipt.image.clone_from(&before.image);
    ours(&mut machine, AMAZON);
    assert_eq!(decide(&machine, &config(""), false).sources, before.sources);
    machine.receipt.image.clear();
    assert_eq!(written(&machine, ""), words(&[DHCP, DEBIAN]));
}

#[test]
fn the_agents_own_lines_are_not_the_images() {
    let settings = "[[source]]\nserver = \"10.0.0.1\"\n[chrony]\nextra = [\"cmdport 0\"]";
    let intent = decide(&machine(Platform::Kvm), &config(settings), false);
    let Sources::Ours { written_for, lines } = &intent.sources else { panic!("not written") };
    let text = render::chrony_conf(written_for, lines, &intent.steps);
    let mut machine = with_conf(Platform::Kvm, &text);
    assert_eq!(decide(&machine, &config(""), false).image, []);
    let added = with_conf(Platform::Kvm, &format!("{text}server ntp1.corp.example\nport 0\n"));
    assert_eq!(directives(&decide(&added, &config(""), false).image), ["server ntp1.corp.example", "port 0"]);
    assert_eq!(written(&added, ""), words(&["server ntp1.corp.example"]));
    // Its heading alone makes it the agent's.
    machine = with_conf(Platform::Kvm, text.split_once('\n').expect("a heading").1);
    assert_eq!(
        directives(&decide(&machine, &config(""), false).image),
        ["server 10.0.0.1 iburst", "cmdport 0"]
    );
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
fn a_displaced_daemons_servers_rank_with_the_images() {
    let server = |name: &str, options: Option<&str>| ForeignServer {
        name: name.into(),
        pool: name.contains("pool"),
        daemon: "ntpd",
        file: "/a".into(),
        options: options.map(str::to_owned),
    };
    let with_servers = |mut machine: Machine| {
        machine.foreign_servers =
            vec![server("0.rhel.pool.ntp.org", Some("iburst")), server("10.9.9.9", Some("iburst maxpoll 6"))];
        machine
    };
    let both = words(&["pool 0.rhel.pool.ntp.org iburst", "server 10.9.9.9 iburst maxpoll 6"]);
    assert_eq!(written(&with_servers(machine(Platform::Kvm)), ""), both);
    assert_eq!(written(&with_servers(machine(Platform::Aws)), ""), words(&[AMAZON, AMAZON_PUBLIC]));
    let site = words(&SITE.lines().take(4).collect::<Vec<_>>());
    assert_eq!(written(&with_servers(with_conf(Platform::Kvm, SITE)), ""), site, "chronyd's come first");
    for (options, kept) in [
        (Some("iburst nts"), words(&["server a iburst nts"])),
        (None, words(&[DHCP, DEBIAN])),
        (Some("iburst noselect"), words(&[DHCP, DEBIAN])),
    ] {
        let mut machine = machine(Platform::Kvm);
        machine.foreign_servers = vec![server("a", options)];
        assert_eq!(written(&machine, ""), kept, "{options:?}");
    }
}

#[test]
fn what_a_displaced_daemon_was_told_is_in_the_receipt() {
    let line = |text: &str| ForeignLine { daemon: "ntpd", text: text.into(), place: "/a, line 1".into() };
    let mut machine = machine(Platform::Kvm);
    machine.foreign_lines = vec![line("server a key 5")];
    assert_eq!(directives(&decide(&machine, &config(""), false).image), ["server a key 5"]);
    // It is read anew in each run.
    machine.receipt.entries.push(Entry::Wrote { path: CONF.into(), texts: vec![], kept: None });
    machine.receipt.image = decide(&machine, &config(""), false).image;
    assert_eq!(written(&machine, ""), words(&[DHCP, DEBIAN]));
    machine.foreign_lines = vec![line("peer b")];
    assert_eq!(directives(&decide(&machine, &config(""), false).image), ["peer b"]);
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
fn a_source_can_be_a_clock_that_is_there() {
    let text = "[[source]]\nrefclock = \"PHC /dev/ptp_kvm\"\noptions = \"poll 2\"";
    let mut kvm = machine(Platform::Kvm);
    let gone = decide(&kvm, &config(text), false);
    assert_eq!(
        gone.refused,
        ["the source refclock PHC /dev/ptp_kvm of  is left out: /dev/ptp_kvm is not there"]
    );
    assert_eq!(written(&kvm, text), words(&[DHCP, DEBIAN]));
    kvm.devices.insert("/dev/ptp_kvm".into(), "KVM virtual PTP".into());
    assert_eq!(written(&kvm, text), words(&["refclock PHC /dev/ptp_kvm poll 2"]), "and no second line of it");
    assert_eq!(
        wanted_clock(Platform::Kvm, &config(text), None).map(|clock| clock.link),
        Some("/dev/ptp_kvm")
    );
    let gps = "[[source]]\nrefclock = \"SHM 0 refid GPS\"";
    assert_eq!(written(&machine(Platform::Metal), gps), words(&["refclock SHM 0 refid GPS"]));
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
fn a_clock_that_gives_tai_stays_with_its_table() {
    const CLOCK: &str = "refclock SHM 0 refid GPS tai";
    const TABLE: &str = "leapsectz right/UTC";
    const SERVER: &str = "server ntp1.corp.example";
    const GOOGLE: &str = "server time.google.com";
    for (text, kept) in [
        ([TABLE, CLOCK, SERVER], &[TABLE, CLOCK, SERVER][..]),
        (["", CLOCK, SERVER], &[SERVER]),
        ([TABLE, "", SERVER], &[SERVER]),
        ([TABLE, GOOGLE, CLOCK], &[GOOGLE]),
        ([TABLE, CLOCK, GOOGLE], &[TABLE, CLOCK]),
    ] {
        assert_eq!(written(&with_conf(Platform::Kvm, &text.join("\n")), ""), words(kept), "{text:?}");
    }
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

#[test]
fn what_has_no_effect_is_said() {
    let text = "chrony_conf = \"keep\"\n[[source]]\nserver = \"a\"\n[chrony]\nextra = [\"port 0\"]";
    let notes = decide(&machine(Platform::Kvm), &config(text), false).notes;
    assert_eq!(notes, ["without effect, since chrony.conf is not written: [[source]], [chrony] extra"]);
}
