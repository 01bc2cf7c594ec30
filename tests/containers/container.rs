//! First boots in containers: the distribution's own systemd, D-Bus and chronyd, seconds each, several at once. There is
//! no firmware, no udev and no clock of its own in there: guests (tests/boot) have those.
//!
//!     Release  ---->  Container  ------------->  boot  ------>  Evidence
//!     its tree,       its copy in memory, with   once or        journal, units,
//!     cached          the agent and the twists   again          files

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use test_support::bench::{Release, overlay, require, settle_updates, store, wait};
use test_support::{Evidence, Namespace, cloud_init, put, repository, run};

use super::program;

/// How long the collector waits for the boot to settle. One in which chronyd finds its server takes 7 s here, of which 5 are
/// chronyd's. This is for a machine that is busy.
const LIMIT: Duration = Duration::from_secs(80);
/// To start, to look and to power off, beside that.
const SLACK: Duration = Duration::from_secs(40);

pub struct Container {
    name: String,
    /// Of mounts: a tree that many share, and in memory what this machine changes.
    mounts: Namespace,
}

const MOUNT: &str = include_str!("mount.sh");
/// Each namespace has a mount of its own there.
const MOUNT_POINT: &str = "containers/mnt";
const START: &str = include_str!("start.sh");

impl Container {
    /// A machine with the agent that cargo built, and the database, before its first boot.
    pub fn of(release: Release) -> Container {
        let container = Container::mounted(&[program::installed(), &release.installed().root()]);
        container.lay_over();
        if release.has_cloud_init() {
            // It has nothing to do but to write a chrony.conf, if it is let.
            let image = "ntp: {enabled: true, ntp_client: chrony, servers: [169.254.7.97]}\n";
            cloud_init::give(&container.root(), "{}\n", image, ["", "ntp"]);
        }
        container
    }

    /// The same without the agent.
    pub fn bare(release: Release) -> Container {
        let container = Container::mounted(&[&release.installed().root()]);
        container.lay_over();
        container
    }

    fn mounted(layers: &[&Path]) -> Container {
        require("the bench of containers", &["systemd-nspawn", "nsenter", "setpriv", "mount", "ip", "strip"]);
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("cloud-timesync-{}-{count}", std::process::id());
        let layers: Vec<_> = layers.iter().map(|layer| layer.display().to_string()).collect();
        let mount_point = store(MOUNT_POINT).display().to_string();
        Container { name, mounts: Namespace::new(&["--mount"], MOUNT, &[&mount_point, &layers.join(":")]) }
    }

    /// The database and the vendor's fragments are those of the guests.
    fn lay_over(&self) {
        let tests = repository().join("tests");
        overlay(&tests.join("containers/overlay"), &self.root());
        for shared in [
            "etc/chrony",
            "etc/hosts",
            "etc/systemd/system/multi-user.target.wants",
            "usr/lib/boot-bench/scylla-server",
            "usr/lib/systemd/system/scylla-server.service",
        ] {
            let to = self.root().join(shared);
            fs::create_dir_all(to.parent().expect("below the root")).expect("making a directory");
            overlay(&tests.join("boot/overlay").join(shared), &to);
        }
        settle_updates(&self.root());
    }

    /// The machine's root directory.
    pub fn root(&self) -> PathBuf {
        self.mounts.outside(&inside())
    }

    pub fn write(&self, path: &str, text: &str) {
        put(&self.root(), path, text);
    }

    /// A file of the machine; None where it has none.
    pub fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.root().join(path.trim_start_matches('/'))).ok()
    }

    /// A command on the machine while it is off, without a network.
    pub fn chroot(&self, program: &str) -> Command {
        let mut command = self.mounts.command("unshare");
        command.args(["--net", "--", "chroot"]).arg(inside()).arg(program);
        command.env("LC_ALL", "C.UTF-8");
        command
    }

    /// The agent's configuration, beside what a container needs.
    pub fn configure(&self, text: &str) {
        self.write("etc/cloud-timesync/config.toml.d/test.toml", text);
    }

    /// A unit's file of this test's.
    pub fn drop_in(&self, unit: &str, text: &str) {
        self.write(&format!("etc/systemd/system/{unit}.d/test.conf"), text);
    }

    /// Boots it and looks at it when the boot has settled; it is off then.
    pub fn boot(&self) -> Evidence {
        self.boot_looking("")
    }

    /// The same, and runs a bash script when the boot has settled: `Evidence::look`.
    pub fn boot_looking(&self, script: &str) -> Evidence {
        self.boot_while(script, LIMIT, |_| ())
    }

    /// The same, and does something from outside meanwhile, with systemd-nspawn's process at hand. The boot has this long
    /// to settle.
    pub fn boot_while(&self, script: &str, limit: Duration, meanwhile: impl FnOnce(u32)) -> Evidence {
        let _ = fs::remove_dir_all(self.root().join("bench"));
        self.write("bench/script", script);
        self.write("bench/limit", &limit.as_secs().to_string());
        let console = tempfile::NamedTempFile::new().expect("making the console's file");
        let began = Instant::now();
        let mut container = self.power_on(console.reopen().expect("opening the console's file"));
        meanwhile(container.id());
        let ended = wait(&mut container, limit + SLACK).is_some();
        let took = began.elapsed();
        let console = fs::read(console.path()).expect("reading the console");
        let console = String::from_utf8_lossy(&console);
        let mut journalctl = self.chroot("journalctl");
        journalctl.args(["--directory=/var/log/journal", "--boot", "--output=json", "--all", "--quiet"]);
        let journal = run(&mut journalctl);
        assert!(!journal.is_empty(), "the container has no journal\n{console}");
        let evidence = Evidence::new(&self.root().join("bench"), &journal, took, None);
        let story = || format!("{console}{}{}", evidence.text("jobs"), evidence.timeline());
        assert!(ended, "the boot hung: the container was not off after {took:?}\n{}", story());
        evidence
    }

    fn power_on(&self, console: File) -> Child {
        let mut command = self.mounts.command("sh");
        command.args(["-c", START, "sh", &self.name, "--directory"]).arg(inside());
        let errors = console.try_clone().expect("another handle of the console");
        command.stdin(Stdio::null()).stdout(console).stderr(errors).spawn().expect("starting systemd-nspawn")
    }
}

impl Drop for Container {
    /// Its cgroups, from the innermost on. What was killed is in them until it is gone.
    fn drop(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        for hierarchy in ["/sys/fs/cgroup", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified"] {
            let cgroup = Path::new(hierarchy).join(&self.name);
            while cgroup.exists() && Instant::now() < deadline {
                let mut find = Command::new("find");
                let find = find.arg(&cgroup).args(["-depth", "-type", "d", "-delete"]);
                if !find.stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
                    thread::sleep(Duration::from_millis(50));
                }
            }
        }
    }
}

/// The machine's root directory, as programs in the namespace see it.
fn inside() -> PathBuf {
    store(MOUNT_POINT).join("root")
}
