//! First boots away from the large clouds, and in a subnet without IPv4.

use cloud_timesync::names::SEEN;

use super::*;

const DHCP_LINE: &str = "sourcedir /run/chrony-dhcp";

/// Stands for what DHCP's hooks write: networkd, which the guests have, calls none.
fn dhcp_hands_out(root: &Path, server: &str) {
    let text = format!(
        "d /run/chrony-dhcp 0755\nf /run/chrony-dhcp/eth0.sources 0644 - - - server\\x20{server}\\x20iburst\\n\n"
    );
    write(root, "usr/lib/tmpfiles.d/bench-dhcp.conf", &text);
}

/// The servers of the distribution cannot be reached from here.
fn forget_the_pool(root: &Path) {
    let hosts = fs::read_to_string(root.join("etc/hosts")).expect("reading the tree's hosts");
    let kept: Vec<&str> = hosts.lines().filter(|line| !line.contains("pool.ntp.org")).collect();
    write(root, "etc/hosts", &(kept.join("\n") + "\n"));
}

fn assert_elsewhere(evidence: &Evidence, expected_platform: &str, sources: &[&str], selected: &str) {
    assert_gated(evidence);
    assert_eq!(evidence.platform(), expected_platform);
    assert_eq!(evidence.source_directives(), sources);
    assert_eq!(evidence.selected_source(), Some(selected));
    assert_judged_right(evidence);
    assert_asked_nobody(evidence);
}

#[test]
#[ignore = "make test-all"]
fn kvm_follows_dhcps_server_where_the_pool_is_out_of_reach() {
    let disk = Disk::twisted(Release::Debian13, |root| {
        dhcp_hands_out(root, PUBLIC);
        forget_the_pool(root);
        forget_the_image(root);
    });
    let evidence = Boot::of(&disk, Machine::Kvm, Cloud::new(None, &[PUBLIC_NTP])).run();
    assert_elsewhere(&evidence, "kvm", &DEBIAN_SOURCES, PUBLIC);
    assert_eq!(evidence.fragment_directives(), [DHCP_LINE]);
}

/// One NTP server, and a host that is two minutes ahead: with a clock that chronyd may select there is no
/// majority, and no synchronisation.
#[test]
#[ignore = "make test-all"]
fn a_wrong_hyper_v_clock_does_not_outvote_the_only_server() {
    let disk = Disk::twisted(Release::Debian13, |root| {
        dhcp_hands_out(root, PUBLIC);
        forget_the_pool(root);
        forget_the_image(root);
    });
    let cloud = Cloud::new(None, &[PUBLIC_NTP]);
    let boot =
        Boot::of(&disk, Machine::HyperV, cloud).hyperv_clock_after(0).option("hyperv_clock_ahead", 120);
    let evidence = boot.look("sleep 20; chronyc -c -n sources").run();
    let watched = "refclock PHC /dev/ptp_hyperv poll 3 refid HYPV noselect";
    assert_elsewhere(&evidence, "hyperv", &[DEBIAN_SOURCES[0], watched], PUBLIC);
    let sources = evidence.look();
    let clock: Vec<&str> =
        sources.lines().find(|line| line.contains("HYPV")).expect("it is watched").split(',').collect();
    assert_eq!(clock[..3], ["#", "?", "HYPV"], "{sources}");
    let offset: f64 = clock[7].parse().expect("its last measured offset");
    assert!((119.0..121.0).contains(&offset.abs()), "the host's error is not seen: {sources}");
}

#[test]
#[ignore = "make test-all"]
fn a_machine_that_is_not_virtual_keeps_its_images_sources() {
    let disk = Disk::of(Release::Debian13);
    let evidence = Boot::of(&disk, Machine::Metal, Cloud::new(None, &[PUBLIC_NTP])).run();
    assert_elsewhere(&evidence, "metal", &IMAGES_SOURCES, PUBLIC);
    assert_eq!(evidence.fragment_directives(), [DHCP_LINE]);
}

const AMAZON_V6: &str = "fd00:ec2::123";

fn boot_without_ipv4(disk: &Disk) -> Boot<'_> {
    Boot::of(disk, Machine::Aws, Cloud::aws_v6()).option("without_ipv4", 1).until_selected(AMAZON_V6)
}

fn assert_goes_by_ipv6(evidence: &Evidence) {
    let sources =
        ["server fd00:ec2::123 prefer iburst minpoll 4 maxpoll 4", "pool time.aws.com iburst maxpoll 6"];
    assert_gated(evidence);
    assert_eq!(evidence.platform(), "aws");
    assert_eq!(evidence.source_directives(), sources, "{}", evidence.timeline());
    assert_eq!(evidence.selected_source(), Some(AMAZON_V6));
    assert_eq!(evidence.starts_of("scylla-server.service"), 1, "{}", evidence.timeline());
}

#[test]
fn aws_without_ipv4_asks_amazons_ipv6_address_in_the_first_boot() {
    let disk = Disk::of(Release::Debian13);
    assert_goes_by_ipv6(&boot_without_ipv4(&disk).run());
}

/// What that one saw of its network says nothing of this one's, though nobody cleared its machine-id.
#[test]
#[ignore = "make test-all"]
fn an_image_made_with_ipv4_is_right_without_it() {
    let disk = Disk::of(Release::Debian13);
    let maker = Boot::of(&disk, Machine::Aws, Cloud::aws()).run();
    assert_first_boot(&maker, "aws", &AWS_SOURCES, AMAZON);
    let mut boot = boot_without_ipv4(&disk);
    boot.hardware.uuid = Some("ec2a7c05-1b9d-4e0f-8a6c-0fedcba98765");
    let first = boot.run();
    assert_goes_by_ipv6(&first);
    let [maker, first] = [maker, first].map(|machine| machine.file(SEEN).expect("it saw the network"));
    assert_eq!(
        first.split_whitespace().next(),
        maker.split_whitespace().next(),
        "the machine-id was cleared"
    );
    assert_ne!(first, maker);
}
