//! The files of examples/, run. The quick ones are in tests/examples.rs.

use std::process::Command;

use super::images::assert_one_file_and_no_reload;
use super::*;

/// For whom a chrony.conf is that waits for its machine.
const IMAGE: &str = "for an image, until its first boot tells the platform";

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(example(name)).unwrap_or_else(|e| panic!("reading examples/{name}: {e}"))
}

/// Packer itself is in no distribution. Its shell provisioner joins these lines to a script, as here.
#[test]
#[ignore = "make test-all"]
fn packers_lines_leave_one_file_to_the_first_boot() {
    let text = read("packer/image.pkr.hcl");
    let inline = text.split_once("inline = [").and_then(|(_, rest)| rest.split_once("\n    ]"));
    let lines = inline.expect("a provisioner with inline lines").0.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let lines: Vec<String> = lines
        .map(|line| serde_json::from_str(line.trim_end_matches(',')).expect("a string in quotes"))
        .collect();
    assert!(lines.len() > 4, "{lines:?}");
    assert!(text.contains("execute_command = \"sudo sh -eu {{ .Path }}\""), "{text}");
    let disk = Disk::bare(Release::Debian13, |root| {
        fs::copy(package(), root.join("tmp/cloud-timesync.deb")).expect("what its file provisioner does");
        write(root, "tmp/script.sh", &(lines.join("\n") + "\n"));
        run(chroot(root, "sh").args(["-eu", "/tmp/script.sh"]));
        fs::remove_file(root.join("tmp/script.sh")).expect("removing the script");
    });
    let evidence = Boot::of(&disk, Machine::Oci, Cloud::oci()).run();
    assert_first_boot(&evidence, "oci", &OCI_SOURCES, GOOGLE_OR_ORACLE);
    assert_one_file_and_no_reload(&evidence, "none");
}

#[test]
#[ignore = "make test-all"]
fn cloud_inits_user_data_gates_the_database_that_it_starts() {
    let disk = Disk::bare(Release::Debian13CloudInit, |root| {
        let seed = "var/lib/cloud/seed/nocloud/user-data";
        write(root, seed, &read("cloud-init/user-data.yaml"));
        let said = run(chroot(root, "cloud-init").args(["schema", "--config-file"]).arg(format!("/{seed}")));
        assert!(said.contains("Valid schema"), "{said}");
        write(root, "var/lib/cloud/seed/nocloud/meta-data", "instance-id: i-0123456789abcdef0\n");
        let image = "datasource_list: [NoCloud, None]\nnetwork: {config: disabled}\n\
                     cloud_init_modules: [write_files]\ncloud_config_modules: [runcmd]\n\
                     cloud_final_modules: [scripts_user]\n";
        write(root, "etc/cloud/cloud.cfg.d/90-image.cfg", image);
        fs::copy(package(), root.join("var/cache/cloud-timesync.deb")).expect("the package in the image");
        fs::remove_file(root.join("etc/systemd/system/multi-user.target.wants/scylla-server.service"))
            .expect("the database is not enabled in the image");
    });
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::aws()).look("cloud-timesync plan").run();
    assert_gated(&evidence);
    assert_eq!(evidence.source_directives(), AWS_SOURCES);
    let plan = evidence.look();
    assert!(
        plan.contains("time_scale = \"smeared\", from /etc/cloud-timesync/config.toml.d/50-site.toml"),
        "{plan}"
    );
    assert!(plan.ends_with("Nothing to do.\n"), "{plan}");
}

#[test]
#[ignore = "make test-all"]
fn mmdebstraps_script_makes_a_tree_that_is_prepared() {
    for (told, conf) in [(&[] as &[&str], IMAGE), (&["--platform", "gce"], "for Google Compute Engine")] {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let tree = directory.path().join("tree");
        let script = example("mmdebstrap/build.sh");
        run(Command::new(script).arg(package()).arg(&tree).args(told).current_dir(directory.path()));
        assert_prepared(&tree, told, conf);
    }
}

/// scylla-machine-image's builder runs in the machine that becomes the image, and its script is Python's.
#[test]
#[ignore = "make test-all"]
fn scylla_machine_images_script_prepares_its_machine() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let tree = directory.path().join("tree");
    copy(&Release::Debian13CloudInit.installed().root(), &tree);
    fs::copy(package(), tree.join("tmp/cloud-timesync.deb")).expect("copying the package into the tree");
    run(chroot(&tree, "dpkg").args(["--install", "/tmp/cloud-timesync.deb"]));
    add_database(&tree);
    let script = example("scylla-machine-image/configure_chrony.py");
    fs::copy(script, tree.join("tmp/configure_chrony.py")).expect("copying the script into the tree");
    run(chroot(&tree, "python3").arg("/tmp/configure_chrony.py"));
    assert_prepared(&tree, &[], IMAGE);
    assert_gate(&tree, "time-sync.target chrony-wait.service");
    let cloud_init = fs::read_to_string(tree.join("etc/cloud/cloud.cfg.d/99-cloud-timesync.cfg"));
    assert!(
        cloud_init.is_ok_and(|text| text.ends_with("ntp:\n  enabled: false\n")),
        "cloud-init's NTP is on"
    );
    run(chroot(&tree, "python3").args(["/tmp/configure_chrony.py", "--platform", "oci"]));
    assert_prepared(&tree, &["--platform", "oci"], "for Oracle Cloud Infrastructure");
    let left: Vec<_> = fs::read_dir(tree.join("run")).expect("reading the tree's /run").flatten().collect();
    assert!(left.iter().all(|entry| !entry.file_name().to_string_lossy().starts_with("tmp")), "{left:?}");
}

/// mkosi of Debian 13, in a tree of its own, with the mirror of mmdebstrap's default.
#[test]
#[ignore = "make test-all"]
fn mkosi_makes_a_prepared_tree_with_the_images_own_settings() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let tools = directory.path().join("tools");
    run(Command::new("mmdebstrap")
        .args(["--quiet", "--variant=minbase", "--include=mkosi,apt,debian-archive-keyring,reprepro,systemd"])
        .args(["trixie".as_ref(), tools.as_os_str()]));
    let work = tools.join("work");
    copy(&example("mkosi"), &work);
    add_database(&work.join("mkosi.extra"));
    // As where a distribution's presets end with "disable *". Debian's would make the link that is the agent's to make.
    write(
        &work,
        "mkosi.extra/usr/lib/systemd/system-preset/10-image.preset",
        "disable chrony-wait.service\n",
    );
    fs::create_dir(work.join("packages")).expect("making the directory of packages");
    let name = package();
    fs::copy(&name, work.join("packages").join(name.file_name().expect("a package's name")))
        .expect("copying the package");
    // mkosi's own list of Debian's repositories has one of debug symbols, which not every mirror carries.
    let sources = "Types: deb\nURIs: http://deb.debian.org/debian\nSuites: trixie\nComponents: main\n\
                   Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n";
    write(&work, "mkosi.sandbox/etc/apt/sources.list.d/mkosi.sources", sources);
    let script = "mount --make-rprivate / && mount --bind \"$0\" \"$0\" && for dir in proc sys dev; do \
                  mount --rbind /$dir \"$0/$dir\"; done && cp /etc/resolv.conf \"$0/etc/\" && \
                  exec chroot \"$0\" sh -c 'cd /work && exec timeout 1800 mkosi build'";
    run(Command::new("unshare").args(["--mount", "--fork", "sh", "-euc", script]).arg(&tools));
    let image = work.join("image");
    assert_prepared(&image, &[], IMAGE);
    // The last of the three is there because mkosi.extra says so.
    assert_gate(&image, "time-sync.target chrony-wait.service cloud-timesync-wait.service");
}

/// What the builder's own steps put into an image.
fn add_database(tree: &Path) {
    let unit = "usr/lib/systemd/system/scylla-server.service";
    let text = fs::read_to_string(source("overlay").join(unit)).expect("reading the database's unit");
    write(tree, unit, &text);
}

/// Nothing is left to do in the tree, and its chrony.conf is this one.
fn assert_prepared(tree: &Path, told: &[&str], conf: &str) {
    let text = fs::read_to_string(tree.join("etc/chrony/chrony.conf")).expect("a chrony.conf");
    assert!(
        text.starts_with(&format!("# Written by cloud-timesync {conf}.")),
        "chrony.conf was not written {conf}:\n{text}"
    );
    let link = tree.join("etc/systemd/system/multi-user.target.wants/chrony-wait.service");
    assert!(link.is_symlink(), "chrony-wait.service is not enabled: there is no {}", link.display());
    run(Command::new(tree.join("usr/bin/cloud-timesync"))
        .args(["plan", "--exit-code", "--root"])
        .arg(tree)
        .args(told));
}

/// The tree's database waits for these units.
fn assert_gate(tree: &Path, units: &str) {
    let gate = tree.join("etc/systemd/system/scylla-server.service.d/10-time-sync.conf");
    let text = fs::read_to_string(&gate).unwrap_or_else(|e| panic!("reading {}: {e}", gate.display()));
    for line in [format!("After={units}"), format!("Wants={units}")] {
        assert!(text.lines().any(|it| it == line), "{line} is not in {}:\n{text}", gate.display());
    }
}
