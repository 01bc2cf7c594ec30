//! One boot of a disk, from power on to power off.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cloud::Cloud;
use super::disk::Disk;
use super::evidence::Evidence;
use super::host_time;
use super::imds::Server;
use super::machine::Machine;
use super::qemu::{Guest, Hardware};
use super::tools::{run, timed};

pub struct Boot<'a> {
    disk: &'a Disk,
    machine: Machine,
    cloud: Cloud,
    network_card: bool,
    options: Vec<String>,
    look: String,
}

impl<'a> Boot<'a> {
    pub fn of(disk: &'a Disk, machine: Machine, cloud: Cloud) -> Boot<'a> {
        let (options, look) = (Vec::new(), String::new());
        Boot { disk, machine, cloud, network_card: true, options, look }
    }

    pub fn without_network_card(mut self) -> Self {
        self.network_card = false;
        self
    }

    /// The card has its address before the agent begins, as where the initramfs or the kernel sets it.
    pub fn network_early(self) -> Self {
        self.option("network_early", 1)
    }

    /// The card gets its address this many seconds after the agent has begun.
    pub fn network_after(self, seconds: u32) -> Self {
        self.option("network_after", seconds)
    }

    /// The Hyper-V clock appears this many seconds after the agent has begun; with 0 it is there before it. Without
    /// this it never comes.
    pub fn hyperv_clock_after(self, seconds: u32) -> Self {
        self.option("hyperv_clock_after", seconds)
    }

    /// The guest is looked at when chronyd has selected this source, or in vain a minute later.
    pub fn until_selected(self, source: &str) -> Self {
        self.option("source", source)
    }

    /// A bash script for the guest, run when its boot has settled. What it prints is `Evidence::look`.
    pub fn look(mut self, script: &str) -> Self {
        script.clone_into(&mut self.look);
        self
    }

    pub fn run(self) -> Evidence {
        let directory = fresh_directory(self.disk);
        let results = self.prepare_results(&directory);
        let title = format!("{} as {}", self.disk.name(), self.machine.name());
        let imds = timed(&format!("booting {title}"), || self.power_on(&directory, &results));
        unpack(&results, &directory);
        Evidence::read(&directory, imds)
    }

    /// From power on to power off, in the cloud.
    fn power_on(&self, directory: &Path, results: &Path) -> Server {
        let network = self.cloud.open();
        // Not beside the logs: the kernel allows a socket's path 108 bytes.
        let sockets = tempfile::tempdir().expect("making a directory for QEMU's socket");
        let (host_time, console) = (sockets.path().join("host-time"), directory.join("console"));
        let hardware = Hardware {
            machine: &self.machine,
            tree: self.disk.tree(),
            disk: &self.disk.image(),
            second_disk: results,
            network_card: self.network_card,
            host_time: &host_time,
            console: &console,
            options: &self.options,
        };
        let log = File::create(directory.join("qemu")).expect("making QEMU's log");
        let mut guest = Guest::new(network.spawn(hardware.command().stderr(log)));
        host_time::serve(&host_time);
        guest.wait(&console);
        network.imds
    }

    fn option(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.options.push(format!("bench.{name}={value}"));
        self
    }

    /// The second disk: to the guest it brings the script, from the guest it brings everything else.
    fn prepare_results(&self, directory: &Path) -> PathBuf {
        let results = directory.join("results.img");
        fs::write(directory.join("script"), &self.look).expect("writing the script for the guest");
        run(Command::new("tar").arg("-cf").arg(&results).arg("-C").arg(directory).arg("script"));
        let disk = File::options().write(true).open(&results).expect("opening the second disk");
        disk.set_len(64 << 20).expect("sizing the second disk");
        results
    }
}

/// Each boot of a disk keeps its logs in a directory of its own: boot-1, boot-2, ...
fn fresh_directory(disk: &Disk) -> PathBuf {
    let mut names = (1..).map(|n| disk.directory().join(format!("boot-{n}")));
    let directory = names.find(|path| !path.exists()).expect("a number that is free");
    fs::create_dir(&directory).expect("making the boot's directory");
    directory
}

fn unpack(results: &Path, directory: &Path) {
    run(Command::new("tar").arg("-xf").arg(results).arg("-C").arg(directory));
    fs::remove_file(results).expect("removing the second disk");
}
