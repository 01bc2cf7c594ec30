//! Texts of DMI and the processor on machines that were seen, and where each case comes from: cloud-init's
//! tests, systemd's hwdb, and issues in which people show their machines.

mod seen;

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::platform::Pattern;

fn put(tree: &TempDir, path: &str, text: &str) {
    let path = tree.path().join(path);
    fs::create_dir_all(path.parent().expect("below the tree")).expect("a directory");
    fs::write(path, text).expect("a file");
}

fn tree(fields: &[(&str, &str)], cpuinfo: Option<&str>) -> TempDir {
    let tree = tempfile::tempdir().expect("a temporary directory");
    for (name, value) in fields {
        put(&tree, &format!("sys/class/dmi/id/{name}"), &format!("{value}\n"));
    }
    cpuinfo.into_iter().for_each(|text| put(&tree, "proc/cpuinfo", text));
    tree
}

/// The platform by strong evidence alone: weak evidence proves none without IMDS.
fn platform(fields: &[(&str, &str)], cpuinfo: Option<&str>) -> Platform {
    let tree = tree(fields, cpuinfo);
    let evidence = Dmi::read(&Root::open(tree.path()).expect("a root")).evidence();
    let strong = evidence.iter().find(|piece| piece.strength == Strength::Strong);
    strong.map_or(Platform::Unknown, |piece| piece.platform)
}

#[test]
fn machines_that_were_seen_are_what_they_are() {
    for (name, wanted, fields) in seen::CASES {
        assert_eq!(platform(fields, None), *wanted, "{name}");
    }
}

/// The firmware that shows these signs and nothing else.
fn firmware(signs: &[Sign]) -> Dmi {
    let value = |pattern: &Pattern| match pattern {
        Pattern::Is(text) => (*text).to_owned(),
        Pattern::Starts(text) => format!("{text}-7"),
        Pattern::Ends(text) => format!("7-{text}"),
    };
    let fields = signs.iter().copied().flatten().map(|(field, pattern)| (*field, value(pattern)));
    Dmi { fields: fields.collect(), ..Dmi::default() }
}

fn only_platform(dmi: &Dmi) -> Option<Platform> {
    let evidence = dmi.evidence();
    let first = evidence.first()?;
    assert!(evidence.iter().all(|piece| piece.platform == first.platform), "{evidence:?}");
    Some(first.platform)
}

#[test]
fn each_sign_alone_names_its_platform() {
    for row in ROWS {
        for sign in row.signs {
            assert_eq!(only_platform(&firmware(&[sign])), Some(row.platform), "{sign:?}");
        }
    }
}

#[test]
fn the_upper_row_decides_where_two_have_signs() {
    let is_disjoint =
        |upper: Sign, lower: Sign| !lower.iter().any(|(field, _)| upper.iter().any(|x| x.0 == *field));
    for (at, row) in ROWS.iter().enumerate() {
        for lower in ROWS[at + 1..].iter().flat_map(|row| row.signs) {
            for upper in row.signs.iter().filter(|upper| is_disjoint(upper, lower)) {
                assert_eq!(
                    only_platform(&firmware(&[upper, lower])),
                    Some(row.platform),
                    "{upper:?} {lower:?}"
                );
            }
        }
    }
}

#[test]
fn a_lookalike_is_no_platform_whatever_else_it_shows() {
    let amazon: Sign = &[(Field::BiosVendor, Pattern::Is("Amazon EC2"))];
    for sign in Platform::Aws.row().lookalikes {
        assert_eq!(only_platform(&firmware(&[sign, amazon])), Some(Platform::Unknown), "{sign:?}");
    }
}

#[test]
fn metal_needs_a_makers_name_and_a_processor_of_its_own() {
    const BARE: &str = "processor\t: 0\nflags\t\t: fpu vme lm\nbugs\t\t:\n";
    const VIRTUAL: &str = "processor\t: 0\nflags\t\t: fpu vme hypervisor lm\nbugs\t\t:\n";
    const ARM: &str = "processor\t: 0\nFeatures\t: fp asimd\n";
    let dell = [("sys_vendor", "Dell Inc.")];
    assert_eq!(platform(&dell, Some(BARE)), Platform::Metal);
    assert_eq!(platform(&dell, Some(VIRTUAL)), Platform::Unknown);
    assert_eq!(platform(&dell, Some(ARM)), Platform::Unknown, "nothing tells");
    assert_eq!(platform(&[], Some(BARE)), Platform::Unknown, "no firmware, no maker");
    assert_eq!(platform(&[("sys_vendor", "QEMU")], Some(BARE)), Platform::Kvm, "it hides");
    assert_eq!(platform(&[("sys_vendor", "Amazon EC2")], Some(BARE)), Platform::Aws, "its metal machines");
    assert_eq!(platform(&[("sys_vendor", "e24cloud")], Some(BARE)), Platform::Unknown, "EC2's lookalikes");
    let long = format!("{BARE}{}", "x".repeat(4 << 20));
    assert_eq!(platform(&dell, Some(&long)), Platform::Metal, "hundreds of processors");
}

/// EC2's machines of those days have the UUID too, and XCP-ng's one in 2048.
#[test]
fn xen_with_a_uuid_like_ec2s_is_a_hint() {
    let xen = [("sys_vendor", "Xen"), ("product_name", "HVM domU"), ("bios_version", "4.13")];
    let evidence = |uuid| {
        let tree = tree(&xen, None);
        put(&tree, "sys/class/dmi/id/product_uuid", uuid);
        Dmi::read(&Root::open(tree.path()).expect("a root")).evidence()
    };
    let [hint] = evidence("ec2e1916-9099-7caf-fd21-012345abcdef").try_into().expect("a hint");
    assert_eq!((hint.platform, hint.strength), (Platform::Aws, Strength::Weak));
    let other = evidence("9d2b1916-9099-7caf-fd21-012345abcdef");
    assert_eq!((other[0].platform, other[0].strength), (Platform::Xen, Strength::Strong));
}

/// A paravirtual machine has no firmware to ask.
#[test]
fn xen_without_dmi_is_told_by_the_kernel() {
    let tree = tree(&[], None);
    put(&tree, "sys/hypervisor/type", "xen\n");
    put(&tree, "sys/hypervisor/uuid", "9d2b1916-9099-7caf-fd21-012345abcdef\n");
    let evidence = || Dmi::read(&Root::open(tree.path()).expect("a root")).evidence();
    assert_eq!(evidence()[0].platform, Platform::Xen);
    put(&tree, "sys/hypervisor/uuid", "ec2e1916-9099-7caf-fd21-012345abcdef\n");
    assert_eq!((evidence()[0].platform, evidence()[0].strength), (Platform::Aws, Strength::Weak));
    put(&tree, "sys/class/dmi/id/sys_vendor", "Dell Inc.\n");
    assert_eq!(evidence()[0].platform, Platform::Unknown, "its dom0");
}

/// sysfs shows serial numbers and UUIDs to root alone; whoever reads the boot's report reads the evidence.
#[test]
fn evidence_holds_nothing_that_only_root_can_read() {
    const SECRET: &str = "5e21a7c0-ffee-5e21-a7c0-ffee5e21a7c0";
    for (field, value) in [
        ("product_serial", format!("GoogleCloud-{SECRET}")),
        ("product_serial", format!("{SECRET}.brightbox.com")),
        ("product_uuid", format!("ec2e1916-{SECRET}")),
    ] {
        let tree = tree(&[(field, &value)], None);
        let evidence = Dmi::read(&Root::open(tree.path()).expect("a root")).evidence();
        let says = &evidence[0].says;
        assert!(says.starts_with(field) && !says.to_lowercase().contains("ffee"), "{says}");
    }
}
