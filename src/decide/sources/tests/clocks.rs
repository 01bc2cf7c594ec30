//! Reference clocks of the image, of the operator and of the platform.

use std::path::Path;

use super::image::{directives, with_conf, written};
use super::*;
use crate::decide::decide;

const WATCHED: &str = "refclock PHC /dev/ptp_kvm poll 3 refid KVM noselect";

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
