//! Prepared images. One that is sealed is in tests/containers, too.

use std::process::Command;

use cloud_timesync::journal;

use super::*;

// Prepared images: `apply --root` did what needs no cloud.

#[test]
#[ignore = "make test-all"]
fn a_prepared_image_becomes_gces_by_one_file_and_no_reload() {
    let disk = prepared(Release::Debian13, &[], |_| ());
    let evidence = Boot::of(&disk, Machine::Gce, Cloud::gce()).run();
    assert_first_boot(&evidence, "gce", &GCE_SOURCES, GOOGLE_OR_ORACLE);
    assert_judged_right(&evidence);
    assert_one_file_and_no_reload(&evidence, "none");
}

/// Debian 12's chronyd reaches time-sync.target before its clock is right.
#[test]
fn a_prepared_image_becomes_azures_by_one_file_and_no_reload() {
    let disk = prepared(Release::Debian12, &[], |_| ());
    let boot = Boot::of(&disk, Machine::Azure, Cloud::azure()).hyperv_clock_after(0).until_selected(CLOCK);
    let evidence = boot.run();
    assert_first_boot(&evidence, "azure", &AZURE_SOURCES, CLOCK);
    assert_judged_right(&evidence);
    assert_one_file_and_no_reload(&evidence, "none");
}

/// On AWS one job is left, which nothing waits for: the look for IPv4 when the network is up.
#[test]
#[ignore = "make test-all"]
fn a_sealed_image_becomes_awss_by_one_file_and_no_reload() {
    let disk = prepared(Release::Debian13, &[], |root| write(root, "etc/machine-id", "uninitialized\n"));
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::aws()).run();
    assert_first_boot(&evidence, "aws", &AWS_SOURCES, AMAZON);
    assert_judged_right(&evidence);
    assert_one_file_and_no_reload(&evidence, "start cloud-timesync-online.service");
}

#[test]
#[ignore = "make test-all"]
fn an_image_prepared_for_its_platform_has_nothing_to_do() {
    assert_nothing_to_do_on_oci(&prepared(Release::Debian13, &["--platform", "oci"], |_| ()));
}

/// The builder's kernel has QEMU run arm64's programs: the image's own chronyd reads what is written for it.
#[test]
#[ignore = "make test-all"]
fn an_arm64_image_of_an_amd64_builder_has_nothing_to_do() {
    assert_nothing_to_do_on_oci(&Disk::twisted(Release::Debian13Arm64, |root| {
        let mut agent = Command::new(env!("CARGO_BIN_EXE_cloud-timesync"));
        let output = agent.args(["apply", "--platform", "oci", "--root"]).arg(root).output();
        let output = output.expect("the agent runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !said.contains("not checked"), "{said}");
    }));
}

fn assert_nothing_to_do_on_oci(disk: &Disk) {
    let evidence = Boot::of(disk, Machine::Oci, Cloud::oci()).run();
    assert_gated(&evidence);
    assert_eq!(evidence.platform(), "oci");
    assert_eq!(evidence.source_directives(), OCI_SOURCES);
    assert_judged_right(&evidence);
    assert_eq!(evidence.reloads(), 0, "{}", evidence.timeline());
    assert_eq!(written(&evidence), [""; 0]);
    assert_eq!(evidence.info_lines().len(), 1, "{:#?}", evidence.info_lines());
}

/// The network comes late, and with it a metadata service that is nobody's: until then, what is right everywhere stays.
#[test]
#[ignore = "make test-all"]
fn an_image_that_nothing_names_gets_its_configuration_back() {
    const OWN: [&str; 3] = ["chrony.conf", "sources.d/vendor.sources", "conf.d/99-vendor.conf"];
    let mut own = Vec::new();
    let disk = prepared(Release::Debian13, &[], |root| {
        own.extend(OWN.map(|name| fs::read_to_string(root.join("etc/chrony").join(name)).ok()));
    });
    let cloud = Cloud::new(Some(imds::openstack), &[PUBLIC_NTP]);
    let boot =
        Boot::of(&disk, Machine::LooksLikeEc2, cloud).option("network_after", 20).until_selected(PUBLIC);
    let evidence = boot.look("cloud-timesync plan --exit-code; echo plan exits with $?").run();
    assert_gated(&evidence);
    assert_eq!(evidence.platform(), "unknown");
    let now = OWN.map(|name| evidence.file(&format!("/etc/chrony/{name}")));
    assert!(own.iter().all(Option::is_some), "{own:?}");
    assert_eq!(now[..], own, "{:#?}", evidence.info_lines());
    let giver = evidence.agent().into_iter().find(|entry| entry.says("restored /etc/chrony/chrony.conf"));
    let giver = giver.map(|entry| entry.unit());
    assert_eq!(giver, Some("cloud-timesync-online.service"), "{:#?}", evidence.agent());
    assert!(evidence.look().ends_with("plan exits with 0\n"), "{}", evidence.look());
}

/// Debian 12's time-sync.target stays reached while chronyd starts once more, and its wait has not ended.
const DATABASE_STARTS_BESIDE_CHRONYD: &str = "
cp /run/scylla-server.clock /tmp
systemctl stop scylla-server.service
systemctl restart --no-block chrony.service
systemctl start scylla-server.service
systemctl is-active time-sync.target chrony-wait.service
cp /tmp/scylla-server.clock /run
";

/// Today's image of scylla-machine-image for Azure, with the agent in it: a server that is none, and a gate that names the
/// target alone.
#[test]
#[ignore = "make test-all"]
fn an_image_of_scylla_machine_image_is_right_in_its_first_boot() {
    let disk = Disk::twisted(Release::Debian12, |root| {
        fs::remove_file(root.join("etc/chrony/sources.d/vendor.sources")).expect("it wipes that directory");
        fs::remove_file(root.join("etc/chrony/conf.d/99-vendor.conf")).expect("and that one");
        let image =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/machines/azure-ubuntu2404-smi/root/etc");
        for name in ["chrony", "cloud", "systemd", "udev"] {
            overlay(&image.join(name), &root.join("etc").join(name));
        }
    });
    let boot = Boot::of(&disk, Machine::Azure, Cloud::azure()).hyperv_clock_after(0).until_selected(CLOCK);
    let evidence = boot.look(DATABASE_STARTS_BESIDE_CHRONYD).run();
    assert_first_boot(&evidence, "azure", &AZURE_SOURCES, CLOCK);
    assert_judged_right(&evidence);
    assert_eq!(evidence.look(), "active\nactive\n", "the database started before chrony-wait had ended");
}

/// A disk whose tree an image builder prepared with the package's own program, after the twist.
fn prepared(release: Release, told: &[&str], twist: impl FnOnce(&Path)) -> Disk {
    Disk::twisted(release, |root| {
        twist(root);
        run(Command::new(root.join("usr/bin/cloud-timesync")).args(["apply", "--root"]).arg(root).args(told));
    })
}

pub fn assert_one_file_and_no_reload(evidence: &Evidence, jobs: &str) {
    assert_eq!(evidence.reloads(), 0, "{}", evidence.timeline());
    assert_eq!(written(evidence), ["/etc/chrony/chrony.conf"]);
    let done = evidence.agent().into_iter().find(|entry| entry.field("MESSAGE_ID") == journal::DONE);
    let done = done.map(|entry| (entry.says(": 1 edit;"), entry.field("JOBS")));
    assert_eq!(done, Some((true, jobs)), "{:#?}", evidence.info_lines());
}

/// The files that were written in this boot, beside the agent's own: the disk's own word. The guest's clock said 2036
/// then. (In a sealed image systemd itself makes links by its presets.)
fn written(evidence: &Evidence) -> Vec<String> {
    const IN_2036: f64 = 2_082_758_400.0;
    const OWN: [&str; 2] = ["/receipt.json", "/cloud-timesync/machine"];
    let lines = evidence.stat(&AGENTS_PATHS);
    let late = lines.iter().filter_map(|line| {
        let [path, _, modified, _, kind] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        (kind == "f" && modified.parse::<f64>().expect("a time") >= IN_2036).then_some(path)
    });
    late.filter(|path| !OWN.iter().any(|own| path.ends_with(own))).map(str::to_owned).collect()
}
