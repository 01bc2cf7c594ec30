//! `fast_start`: docs/fast-start.md has what it gains.

use super::*;

#[test]
fn a_fast_start_changes_the_platforms_sources_alone() {
    let fast = |machine: &Machine, more: &str| {
        let choice = choice(machine, &format!("fast_start = true\n{more}"));
        lines(&choice).expect("a chrony.conf")
    };
    let amazon = "server 169.254.169.123 prefer iburst minpoll 0 maxpoll 4 polltarget 2";
    let public = "pool time.aws.com iburst minpoll 2 maxpoll 6 polltarget 2";
    let debian = "pool 2.debian.pool.ntp.org iburst minpoll 2 maxpoll 6 polltarget 2";
    for policy in ["", "step_policy = \"plan\""] {
        assert_eq!(fast(&machine(Platform::Aws), policy), [amazon, public]);
        assert_eq!(fast(&machine(Platform::Kvm), policy), [DHCP, debian]);
    }
    let own = "[[source]]\nserver = \"10.0.0.1\"";
    assert_eq!(fast(&machine(Platform::Aws), own), ["server 10.0.0.1 iburst"]);
    let mut azure = machine(Platform::Azure);
    let windows = "server time.windows.com iburst minpoll 2 maxpoll 6 polltarget 2";
    assert_eq!(fast(&azure, ""), [windows]);
    azure.devices.insert("/dev/ptp_hyperv".into(), "hyperv".into());
    let clock = "refclock PHC /dev/ptp_hyperv poll 3 dpoll -2 offset 0 stratum 2 prefer";
    let twin = "refclock PHC /dev/ptp_hyperv poll -2 dpoll -4 offset 0 stratum 2 refid FAST";
    assert_eq!(fast(&azure, ""), [clock, twin, windows]);
    assert!(!lines(&choice(&azure, "")).expect("a chrony.conf").contains(&twin.to_owned()));
    let trusted = format!("{clock} trust");
    assert_eq!(fast(&azure, "trust_clock = true"), [&trusted, twin, windows]);
    let trusted = "refclock PHC /dev/ptp_hyperv poll 3 dpoll -2 offset 0 stratum 2 trust";
    let plain = choice(&azure, "trust_clock = true");
    assert_eq!(lines(&plain), words(&[trusted, "server time.windows.com iburst"]));
    let mut aws = machine(Platform::Aws);
    aws.devices.insert("/dev/ptp_ena".into(), "ena-ptp-05".into());
    let clock = "refclock PHC /dev/ptp_ena poll 0 delay 0.000010 prefer";
    let twin = "refclock PHC /dev/ptp_ena poll -1 dpoll -1 delay 0.000010 refid FAST";
    assert_eq!(fast(&aws, "aws_hardware_clock = true"), [clock, twin, DEBIAN]);
    assert_eq!(fast(&aws, ""), [amazon, public]);
    let plain = choice(&aws, "aws_hardware_clock = true");
    assert_eq!(lines(&plain), words(&[clock, DEBIAN]));
}
