//! The board that QEMU has for a release's architecture.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use test_support::bench::{Release, require, unpacked};

use super::machine::Machine;

/// QEMU below target/, or the one that is installed.
pub fn qemu(release: Release) -> PathBuf {
    let name = if release.is_arm64() { "qemu-system-aarch64" } else { "qemu-system-x86_64" };
    unpacked(name).unwrap_or_else(|| name.into())
}

/// A plain processor and no SATA: udev loads a driver for whatever it finds, and each costs an emulated boot its time.
pub fn options(release: Release, machine: Machine) -> Vec<OsString> {
    let (board, processor) = match release.is_arm64() {
        false => ("q35,accel=tcg,sata=off", machine.processor()),
        // Graviton's core.
        true => ("virt,accel=tcg", "neoverse-n1"),
    };
    let mut options: Vec<OsString> = ["-machine", board, "-cpu", processor].map(OsString::from).into();
    if release.is_arm64() && machine != Machine::Silent {
        options.extend(["-bios".into(), uefi().into()]);
    }
    options
}

/// The kernel tests its timer against wall time, and on a host that is busy finds an emulated one broken: it is told not to.
pub fn kernel_options(release: Release) -> &'static str {
    if release.is_arm64() { "console=ttyAMA0" } else { "no_timer_check console=ttyS0" }
}

/// What the build machine needs to make and boot such a guest.
pub fn require_tools(release: Release) {
    require("the boot bench", &["qemu-system-x86_64", "mke2fs", "e2fsck", "debugfs", "ip", "tar"]);
    let there = uefi().exists() && Path::new("/proc/sys/fs/binfmt_misc/qemu-aarch64").exists();
    assert!(
        there || !release.is_arm64(),
        "arm64 guests need QEMU's system and user emulation: run ci/tools test arm64"
    );
}

/// UEFI for `virt`: of itself that board has a device tree, and no SMBIOS.
fn uefi() -> PathBuf {
    unpacked("QEMU_EFI.fd").unwrap_or_else(|| "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd".into())
}
