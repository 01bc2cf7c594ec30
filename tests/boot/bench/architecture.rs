//! Processor architectures of guests, and the board that QEMU has for each.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use test_support::bench::unpacked;

use super::machine::Machine;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    Amd64,
    Arm64,
}

impl Architecture {
    /// Debian's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Architecture::Amd64 => "amd64",
            Architecture::Arm64 => "arm64",
        }
    }

    /// QEMU below target/, or the one that is installed.
    pub fn qemu(self) -> PathBuf {
        let name = match self {
            Architecture::Amd64 => "qemu-system-x86_64",
            Architecture::Arm64 => "qemu-system-aarch64",
        };
        unpacked(name).unwrap_or_else(|| name.into())
    }

    /// A plain processor and no SATA: udev loads a driver for whatever it finds, and each costs an emulated boot its time.
    pub fn board(self, machine: &Machine) -> Vec<OsString> {
        let (board, processor) = match self {
            Architecture::Amd64 => ("q35,accel=tcg,sata=off", machine.processor()),
            // Graviton's core.
            Architecture::Arm64 => ("virt,accel=tcg", "neoverse-n1"),
        };
        let mut options: Vec<OsString> = ["-machine", board, "-cpu", processor].map(OsString::from).into();
        if self == Architecture::Arm64 && !machine.smbios().is_empty() {
            options.extend(["-bios".into(), uefi().into()]);
        }
        options
    }

    /// The kernel tests its timer against wall time, and on a host that is busy finds an emulated one broken: it is told
    /// not to.
    pub fn kernel_options(self) -> &'static str {
        match self {
            Architecture::Amd64 => "no_timer_check console=ttyS0",
            Architecture::Arm64 => "console=ttyAMA0",
        }
    }

    /// What the build machine needs to make and boot such a guest, beyond what all need.
    pub fn require(self) {
        if self == Architecture::Arm64 {
            let there = uefi().exists() && Path::new("/proc/sys/fs/binfmt_misc/qemu-aarch64").exists();
            assert!(there, "arm64 guests need QEMU's system and user emulation: run ci/tools test arm64");
        }
    }
}

/// UEFI for `virt`: of itself that board has a device tree, and no SMBIOS.
fn uefi() -> PathBuf {
    unpacked("QEMU_EFI.fd").unwrap_or_else(|| "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd".into())
}
