//! The packages that are installed: ours, chrony's made newer, and one of a database.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use test_support::bench::Release;
use test_support::{repository, run};

/// The package under test.
pub fn ours() -> &'static Path {
    static OURS: LazyLock<PathBuf> = LazyLock::new(test_support::package);
    &OURS
}

/// A database as its vendor packages it: debhelper's maintainer scripts enable, start and restart it.
pub fn database(version: &str, to: &Path) -> PathBuf {
    let source = to.join(format!("scylla-server-{version}"));
    let put = |name: &str, text: &str| write(&source.join("debian").join(name), text, 0o644);
    put(
        "control",
        "Source: scylla-server\nMaintainer: nobody <nobody@localhost>\nBuild-Depends: debhelper-compat (= 13)\n\n\
         Package: scylla-server\nArchitecture: all\nDescription: stand-in for a database\n",
    );
    let date = "Sat, 21 Nov 2026 00:00:00 +0000";
    put(
        "changelog",
        &format!(
            "scylla-server ({version}) unstable; urgency=low\n\n  * x\n\n -- nobody <nobody@localhost>  {date}\n"
        ),
    );
    let unit = repository().join("tests/boot/overlay/usr/lib/systemd/system/scylla-server.service");
    let unit = fs::read_to_string(unit).expect("the guests' database");
    put("scylla-server.service", &format!("# Version {version}\n{unit}"));
    write(&source.join("debian/rules"), "#!/usr/bin/make -f\n%:\n\tdh $@\n", 0o755);
    run(Command::new("debian/rules")
        .arg("binary")
        .current_dir(&source)
        .env("DPKG_DEB_COMPRESSOR_TYPE", "none")
        .env_remove("MAKEFLAGS"));
    to.join(format!("scylla-server_{version}_all.deb"))
}

/// chrony with a newer version, and with a change in the configuration that it brings.
pub fn newer_chrony(release: Release, to: &Path) -> PathBuf {
    let unpacked = to.join("chrony");
    run(Command::new("sh")
        .args(["-c", include_str!("repack.sh"), "sh"])
        .arg(release.installed().root())
        .arg(&unpacked));
    append(&unpacked.join("usr/share/chrony/chrony.conf"), "# Newer.\nmaxslewrate 1000\n");
    build(&unpacked, "+newer")
}

/// The same package with a newer version, and a change in one of its units.
pub fn newer(deb: &Path, unit: &str, to: &Path) -> PathBuf {
    let unpacked = to.join("newer");
    run(Command::new("dpkg-deb").arg("--raw-extract").args([deb, &unpacked]));
    // Where this machine's debhelper puts units.
    let dirs = ["usr/lib/systemd/system", "lib/systemd/system"].map(|dir| unpacked.join(dir));
    let dir = dirs.iter().find(|dir| dir.exists()).expect("the package has units");
    append(&dir.join(unit), "# Newer.\n");
    build(&unpacked, "+newer")
}

fn build(unpacked: &Path, suffix: &str) -> PathBuf {
    let control = unpacked.join("DEBIAN/control");
    let text = fs::read_to_string(&control).expect("a package's control file");
    let newer = |line: &str| {
        if line.starts_with("Version: ") { format!("{line}{suffix}\n") } else { format!("{line}\n") }
    };
    write(&control, &text.lines().map(newer).collect::<String>(), 0o644);
    let deb = unpacked.with_extension("deb");
    run(Command::new("dpkg-deb").args(["--root-owner-group", "-Znone", "--build"]).args([unpacked, &deb]));
    deb
}

fn append(path: &Path, text: &str) {
    let old = fs::read_to_string(path).unwrap_or_else(|e| panic!("reading {}: {e}", path.display()));
    fs::write(path, old + text).expect("changing a file");
}

fn write(path: &Path, text: &str, mode: u32) {
    fs::create_dir_all(path.parent().expect("below a directory")).expect("making a directory");
    fs::write(path, text).unwrap_or_else(|e| panic!("writing {}: {e}", path.display()));
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("setting a mode");
}
