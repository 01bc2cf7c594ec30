//! The packages that are installed: ours, chrony's made newer, and one of a database.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::bench::Release;
use test_support::{agent, repository, run};

/// Built by the real debhelper; only the compiler is left out, because cargo has built the program for this test.
pub fn ours() -> &'static Path {
    static OURS: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, deb) = OURS.get_or_init(|| {
        let dir = TempDir::new().expect("making a directory");
        let source = dir.path().join("source");
        fs::create_dir(&source).expect("making a directory");
        let files = ["Cargo.toml", "CHANGELOG.md", "README.md", "LICENSE-MIT", "LICENSE-APACHE", "Makefile"];
        let more = ["ci", "cloud-timesync.toml", "completions", "debian", "docs", "man", "systemd"];
        run(Command::new("cp").arg("-a").args(files).args(more).arg(&source).current_dir(repository()));
        let built = source.join("target/release");
        fs::create_dir_all(&built).expect("making a directory");
        run(Command::new("strip").arg("-o").arg(built.join("cloud-timesync")).arg(agent()));
        write(&dir.path().join("bin/cargo"), "#!/bin/sh\n", 0o755);
        let deb = debhelper(&source, "/cloud-timesync_");
        (dir, deb)
    });
    deb
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
    debhelper(&source, &format!("/scylla-server_{version}_"))
}

/// What the tree has of chrony as the package that it came from, with its real maintainer scripts.
const REPACK: &str = r#"set -eu
cd "$1"
mkdir "$2" "$2/DEBIAN"
# /lib is a link in the tree, and a directory in the package.
while read -r path; do
    if [ -d ".$path" ] && [ -L ".$path" ]; then continue; fi
    if [ -e ".$path" ] || [ -L ".$path" ]; then echo ".$path"; fi
done < var/lib/dpkg/info/chrony.list |
    tar --create --no-recursion --files-from=- | tar --extract --preserve-permissions --directory="$2"
for part in conffiles preinst postinst prerm postrm; do
    [ ! -e "var/lib/dpkg/info/chrony.$part" ] || cp -a "var/lib/dpkg/info/chrony.$part" "$2/DEBIAN/$part"
done
dpkg-query --admindir=var/lib/dpkg --show --showformat='Package: ${Package}
Version: ${Version}
Architecture: ${Architecture}
Maintainer: ${Maintainer}
Depends: ${Depends}
Description: ${binary:Summary}
' chrony > "$2/DEBIAN/control"
"#;

/// chrony with a newer version, and with a change in the configuration that it brings.
pub fn newer_chrony(release: Release, to: &Path) -> PathBuf {
    let unpacked = to.join("chrony");
    run(Command::new("sh").args(["-c", REPACK, "sh"]).arg(release.tree()).arg(&unpacked));
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

/// The package that debian/rules builds, beside the source; the programs in `bin` there come first.
fn debhelper(source: &Path, package: &str) -> PathBuf {
    let beside = source.parent().expect("it lies in a directory");
    let path = std::env::var("PATH").unwrap_or_default();
    run(Command::new("debian/rules")
        // What an earlier build left there would be in the package twice.
        .args(["clean", "binary"])
        .current_dir(source)
        .env("PATH", format!("{}:{path}", beside.join("bin").display()))
        .env("DESTINATION", beside)
        .env("DEB_BUILD_OPTIONS", "nocheck nostrip noautodbgsym")
        .env("DPKG_DEB_COMPRESSOR_TYPE", "none")
        .env_remove("MAKEFLAGS"));
    let mut built = fs::read_dir(beside).expect("reading a directory").flatten().map(|entry| entry.path());
    let is_it = |path: &PathBuf| {
        path.extension().is_some_and(|end| end == "deb") && path.to_string_lossy().contains(package)
    };
    built.find(is_it).unwrap_or_else(|| panic!("debian/rules built no {package}"))
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
