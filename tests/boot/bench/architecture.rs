//! Processor architectures of guests, and the board that QEMU has for each.

use std::path::Path;

use super::machine::Machine;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    Amd64,
    Arm64,
}

/// UEFI for `virt`: of itself that board has a device tree, and no SMBIOS.
const UEFI: &str = "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd";

impl Architecture {
    /// Debian's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Architecture::Amd64 => "amd64",
            Architecture::Arm64 => "arm64",
        }
    }

    pub fn qemu(self) -> &'static str {
        match self {
            Architecture::Amd64 => "qemu-system-x86_64",
            Architecture::Arm64 => "qemu-system-aarch64",
        }
    }

    /// A plain processor and no SATA: udev loads a driver for whatever it finds, and each costs an emulated boot its time.
    pub fn board(self, machine: &Machine) -> Vec<&'static str> {
        match self {
            Architecture::Amd64 => vec!["-machine", "q35,accel=tcg,sata=off", "-cpu", machine.processor()],
            // Graviton's core.
            Architecture::Arm64 => {
                let mut board = vec!["-machine", "virt,accel=tcg", "-cpu", "neoverse-n1"];
                if !machine.smbios().is_empty() {
                    board.extend(["-bios", UEFI]);
                }
                board
            }
        }
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
            let there = |path: &str| Path::new(path).exists();
            assert!(
                there(UEFI)
                    && there("/usr/bin/qemu-system-aarch64")
                    && there("/proc/sys/fs/binfmt_misc/qemu-aarch64"),
                "arm64 guests need QEMU's system and user emulation: as root, run tests/boot/install-tools.sh arm64"
            );
        }
    }
}
