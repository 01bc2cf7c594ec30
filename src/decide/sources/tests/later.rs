//! Knowledge of a later run: the image, and what displaced daemons were told.

use std::path::Path;

use super::image::{SITE, directives, with_conf, written};
use super::*;
use crate::decide::{HEADING, decide};
use crate::machine::{ForeignLine, ForeignServer};
use crate::receipt::Entry;

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
