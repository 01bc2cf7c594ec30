//! A machine in a container, and its boots.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use test_support::bench::{overlay, settle_updates, store};
use test_support::{Evidence, Namespace, repository, run};

use super::program;
use super::release::Release;

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

/// The first argument is where, the second the list of lower layers, uppermost first.
const MOUNT: &str = "mount -t tmpfs -o mode=755 tmpfs \"$1\"
cd \"$1\"
mkdir upper work root
mount -t overlay -o \"lowerdir=$2,upperdir=upper,workdir=work\" overlay root";

/// Moves itself into a cgroup of its own, and becomes the container: two of them in one cgroup would end each other's
/// services. Every hierarchy that systemd may use.
const START: &str = "set -eu
name=\"$1\"
shift
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
    [ -e \"$hierarchy/cgroup.procs\" ] || continue
    mkdir -p \"$hierarchy/$name\"
    echo $$ > \"$hierarchy/$name/cgroup.procs\"
done
exec systemd-nspawn --quiet --register=no --keep-unit --boot --console=pipe --private-network --machine=\"$name\" \"$@\"";

impl Container {
    /// A machine with the agent that cargo built, and the database, before its first boot.
    pub fn of(release: Release) -> Container {
        let container = Container::mounted(&[program::installed(), &release.tree()]);
        container.lay_over();
        container.give_cloud_init(release);
        container
    }

    /// The same without the agent.
    pub fn bare(release: Release) -> Container {
        let container = Container::mounted(&[&release.tree()]);
        container.lay_over();
        container
    }

    fn mounted(layers: &[&Path]) -> Container {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("cloud-timesync-{}-{count}", std::process::id());
        let layers: Vec<_> = layers.iter().map(|layer| layer.display().to_string()).collect();
        let mount_point = mount_point().display().to_string();
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

    /// It has nothing to do but to write a chrony.conf, if it is let.
    fn give_cloud_init(&self, release: Release) {
        if release.has_cloud_init() {
            self.write("var/lib/cloud/seed/nocloud/meta-data", "instance-id: i-0123456789abcdef0\n");
            self.write("var/lib/cloud/seed/nocloud/user-data", "#cloud-config\n{}\n");
            self.write(
                "etc/cloud/cloud.cfg.d/90-image.cfg",
                "datasource_list: [NoCloud, None]\nnetwork: {config: disabled}\n\
                 ntp: {enabled: true, ntp_client: chrony, servers: [169.254.7.97]}\n\
                 cloud_init_modules: []\ncloud_config_modules: [ntp]\ncloud_final_modules: []\n",
            );
        }
    }

    /// The machine's root directory.
    pub fn root(&self) -> PathBuf {
        self.mounts.outside(&inside())
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().expect("below the root")).expect("making a directory");
        fs::write(&path, text).unwrap_or_else(|e| panic!("writing {}: {e}", path.display()));
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
        let ended = wait(&mut container, limit + SLACK);
        let took = began.elapsed();
        let console = fs::read(console.path()).expect("reading the console");
        let console = String::from_utf8_lossy(&console);
        let mut journalctl = self.chroot("journalctl");
        journalctl.args(["--directory=/var/log/journal", "--boot", "--output=json", "--all", "--quiet"]);
        let journal = run(&mut journalctl);
        assert!(!journal.is_empty(), "the container has no journal\n{console}");
        let evidence = Evidence::new(&self.root().join("bench"), &journal, took, None);
        let story = || format!("{console}{}{}", evidence.unfinished_jobs(), evidence.timeline());
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

/// Each namespace has a mount of its own there.
fn mount_point() -> PathBuf {
    let path = store("containers").join("mnt");
    fs::create_dir_all(&path).unwrap_or_else(|why| panic!("making {}: {why}", path.display()));
    path
}

/// The machine's root directory, as programs in the namespace see it.
fn inside() -> PathBuf {
    mount_point().join("root")
}

/// Whether it ends by itself. If not, it is killed, and all that is in it with it.
fn wait(child: &mut Child, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        if child.try_wait().expect("waiting for the container").is_some() {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    let _ = child.wait();
    false
}
