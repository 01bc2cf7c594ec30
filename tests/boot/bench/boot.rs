//! One boot of a disk, from power on to power off.

use std::fmt::Display;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::cloud::Cloud;
use super::disk::Disk;
use super::host_time;
use super::machine::Machine;
use super::qemu::{DEADLINE, Guest, Hardware};
use test_support::bench::followed;
use test_support::imds::Server;
use test_support::{Evidence, run};

pub struct Boot<'a> {
    disk: &'a Disk,
    cloud: Cloud,
    pub hardware: Hardware,
    look: String,
    deadline: Duration,
}

impl<'a> Boot<'a> {
    pub fn of(disk: &'a Disk, machine: Machine, cloud: Cloud) -> Boot<'a> {
        Boot { disk, cloud, hardware: Hardware::of(machine), look: String::new(), deadline: DEADLINE }
    }

    /// An option of the kernel's command line, which the bench's own units in the guest read (overlay/usr/lib/boot-bench):
    /// - `network_early=1`: the card has its address before the agent begins, as where the initramfs or the kernel sets it.
    /// - `network_after`: the card gets its address this many seconds after the agent has begun.
    /// - `without_ipv4=1`: it gets an IPv6 address and no other.
    /// - `hyperv_clock_after`: the Hyper-V clock appears this many seconds after the agent has begun; with 0 it is there
    ///   before it. Without this it never comes.
    /// - `hyperv_clock_ahead`: it is ahead of the host's by so many seconds.
    /// - `clock_ahead_ms`: the machine's clock is this many milliseconds ahead when it starts, in place of ten years.
    /// - `clock_steps=1`: it is stepped by years, forth and back, while the agent waits.
    /// - `source`: the guest is looked at when chronyd has selected this source, or in vain a minute later.
    /// - `unsettled=1`: the boot does not settle by itself, the script runs at once.
    pub fn option(mut self, name: &str, value: impl Display) -> Self {
        self.hardware.options.push(format!("bench.{name}={value}"));
        self
    }

    pub fn hyperv_clock_after(self, seconds: u32) -> Self {
        self.option("hyperv_clock_after", seconds)
    }

    pub fn until_selected(self, source: &str) -> Self {
        self.option("source", source)
    }

    /// The guest's time is that of the instructions it has run, which is not the host's: Amazon's time server is in the guest
    /// (cost.rs). Its time when the kernel begins, in seconds since 1970, is the true one.
    pub fn in_virtual_time(mut self, began_s: u64) -> Self {
        self.hardware.virtual_time = true;
        self.option("virtual_time", began_s)
    }

    /// A bash script for the guest, run when its boot has settled. What it prints is `Evidence::look`.
    pub fn look(mut self, script: &str) -> Self {
        script.clone_into(&mut self.look);
        self
    }

    /// The script takes up to this long, in place of five minutes.
    pub fn looking_for(mut self, length: Duration) -> Self {
        self.deadline = DEADLINE + length;
        self.option("look_s", length.as_secs())
    }

    pub fn run(self) -> Evidence {
        let directory = fresh_directory(self.disk);
        let results = self.prepare_results(&directory);
        let title = format!("{} as {}", self.disk.name(), self.hardware.machine.name());
        let began = Instant::now();
        let console = directory.join("console");
        let imds =
            followed(&format!("booting {title}"), || last_line(&console), || self.power_on(&directory));
        let took = began.elapsed();
        remove_states(&directory);
        run(Command::new("tar").arg("-xf").arg(&results).arg("-C").arg(&directory));
        fs::remove_file(results).expect("removing the second disk");
        let journal = fs::read_to_string(directory.join("journal"));
        let journal = journal
            .unwrap_or_else(|why| panic!("the guest left no journal ({why}): see {}", console.display()));
        Evidence::new(&directory, &journal, took, imds)
    }

    /// From power on to power off, in the cloud.
    fn power_on(&self, directory: &Path) -> Option<Server> {
        let (network, imds) = self.cloud.open();
        let mut state: Option<PathBuf> = None;
        for number in 1.. {
            // Not beside the logs: the kernel allows a socket's path 108 bytes.
            let sockets = tempfile::tempdir().expect("making a directory for QEMU's sockets");
            let mut qemu = self.hardware.command(self.disk, directory, sockets.path());
            if let Some(state) = &state {
                qemu.args(["-S", "-incoming", &format!("file:{}", state.display())]);
            }
            let log = File::create(directory.join(format!("qemu-{number}"))).expect("making QEMU's log");
            let mut guest = Guest::new(network.enter(|| qemu.stderr(log).spawn().expect("starting QEMU")));
            let saved = directory.join(format!("state-{number}"));
            host_time::serve(sockets.path(), state.is_some(), saved.clone());
            guest.wait(directory, self.deadline);
            if !saved.exists() {
                break;
            }
            thread::sleep(host_time::MOVE);
            state = Some(saved);
        }
        imds
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

/// Each is as large as the guest's memory.
fn remove_states(directory: &Path) {
    for number in (1..).take_while(|number| directory.join(format!("state-{number}")).exists()) {
        fs::remove_file(directory.join(format!("state-{number}"))).expect("removing a guest's state");
    }
}

/// Each boot of a disk keeps its logs in a directory of its own: boot-1, boot-2, ...
fn fresh_directory(disk: &Disk) -> PathBuf {
    let mut names = (1..).map(|n| disk.directory().join(format!("boot-{n}")));
    let directory = names.find(|path| !path.exists()).expect("a number that is free");
    fs::create_dir(&directory).expect("making the boot's directory");
    directory
}

/// What the guest said last on its console.
fn last_line(console: &Path) -> String {
    let console = fs::read(console).unwrap_or_default();
    let console = String::from_utf8_lossy(&console);
    let line = console.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.chars().filter(|letter| !letter.is_control()).take(80).collect()
}
