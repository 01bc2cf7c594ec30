//! What the packages in dist/ hold, after `make deb rpm`. No machine is booted for it.

// Tests read packages and run the packaging tools.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

const HERE: &str = env!("CARGO_MANIFEST_DIR");
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// RHEL 8's.
const NEWEST_GLIBC: (u32, u32) = (2, 28);
/// Those that debian/rules names by their packages, and that each of RHEL's releases has.
const LIBRARIES: [&str; 5] =
    ["ld-linux-aarch64.so.1", "libc.so.6", "libdl.so.2", "libpthread.so.0", "libudev.so.1"];

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap_or_else(|e| panic!("starting {command:?}: {e}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn text(command: &mut Command) -> String {
    String::from_utf8(run(command)).expect("UTF-8")
}

/// The packages in dist/, those with debug symbols too, and what lies in them.
struct Package {
    path: PathBuf,
    files: TempDir,
}

impl Package {
    /// Of every architecture that was built. None at all is no success.
    fn all(kind: &str) -> Vec<Package> {
        let dist = Path::new(HERE).join("dist");
        let entries = fs::read_dir(&dist).into_iter().flatten().flatten().map(|entry| entry.path());
        let packages: Vec<_> = entries
            .filter(|path| path.extension().is_some_and(|extension| extension == kind))
            .map(Package::unpack)
            .collect();
        assert!(!packages.is_empty(), "no *.{kind} in {}: run make deb rpm first", dist.display());
        packages
    }

    fn every() -> Vec<Package> {
        ["deb", "rpm"].into_iter().flat_map(Package::all).collect()
    }

    /// The one for this machine, without debug symbols.
    fn native(kind: &str) -> Package {
        let native = if kind == "deb" { "_amd64.deb" } else { "-1.x86_64.rpm" };
        let mut packages = Package::all(kind).into_iter();
        packages.find(|it| it.name().ends_with(native) && !it.is_debug()).expect("the package itself")
    }

    fn unpack(path: PathBuf) -> Package {
        let files = tempfile::tempdir().expect("a temporary directory");
        if path.extension().is_some_and(|extension| extension == "deb") {
            run(Command::new("dpkg-deb").arg("--extract").arg(&path).arg(files.path()));
        } else {
            let script =
                "rpm2cpio \"$1\" | cpio --extract --make-directories --quiet --no-absolute-filenames";
            run(Command::new("sh").args(["-ec", script, "sh"]).arg(&path).current_dir(files.path()));
        }
        Package { path, files }
    }

    fn name(&self) -> String {
        self.path.file_name().expect("a file").to_string_lossy().into_owned()
    }

    fn is_debug(&self) -> bool {
        self.name().contains("-dbg") || self.name().contains("-debug")
    }

    fn program(&self) -> Option<PathBuf> {
        Some(self.files.path().join("usr/bin/cloud-timesync")).filter(|path| path.is_file())
    }

    /// By their paths, directories left out.
    fn listing(&self) -> BTreeSet<String> {
        let mut find = Command::new("find");
        let found = text(
            find.arg(self.files.path())
                .args(["(", "-type", "f", "-o", "-type", "l", ")", "-printf", "/%P\n"]),
        );
        found.lines().map(str::to_owned).collect()
    }
}

#[test]
fn the_program_needs_no_newer_c_library_than_rhel_8_has() {
    for package in Package::every() {
        let Some(program) = package.program() else { continue };
        let needs =
            text(Command::new("readelf").args(["--version-info", "--dynamic", "--wide"]).arg(program));
        for library in needs.lines().filter(|line| line.contains("(NEEDED)")) {
            let is_known = |known: &&str| library.ends_with(&format!("[{known}]"));
            assert!(LIBRARIES.iter().any(is_known), "{}: {library}", package.name());
        }
        let versions = needs.split_whitespace().filter_map(|word| word.strip_prefix("GLIBC_"));
        let numbers = versions.map(|version| {
            let mut parts = version.split('.').map(|part| part.parse::<u32>().expect("GLIBC_x.y"));
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
        });
        let newest = numbers.max().expect("the program is linked with the C library");
        assert!(newest <= NEWEST_GLIBC, "{} needs glibc {newest:?}", package.name());
    }
}

/// Debug symbols are compressed.
fn debug_strings(file: &Path) -> Vec<u8> {
    let mut readelf = Command::new("readelf");
    let strings = run(readelf
        .args(["--decompress", "--string-dump=.debug_str", "--string-dump=.debug_line"])
        .arg(file));
    assert!(strings.len() > 1_000_000, "{} holds no debug symbols", file.display());
    strings
}

#[test]
fn nothing_in_a_package_names_the_folder_it_was_built_in() {
    let home = std::env::var("HOME").unwrap_or_default();
    let cargo_home = std::env::var("CARGO_HOME").unwrap_or_else(|_| format!("{home}/.cargo"));
    for package in Package::every() {
        for path in package.listing() {
            let file = package.files.path().join(&path[1..]);
            let Ok(bytes) = fs::read(&file) else { continue };
            let bytes =
                if path.ends_with(".debug") && !file.is_symlink() { debug_strings(&file) } else { bytes };
            for folder in [HERE, &cargo_home] {
                let found = bytes.windows(folder.len()).position(|window| window == folder.as_bytes());
                let around = found.map(|at| String::from_utf8_lossy(&bytes[at..bytes.len().min(at + 120)]));
                assert_eq!(around, None, "{path} of {}", package.name());
            }
        }
    }
}

#[test]
fn no_macro_of_systemds_is_left_in_a_scriptlet() {
    let rpm = Package::native("rpm");
    let scripts = text(Command::new("rpm").args(["--query", "--scripts", "--package"]).arg(&rpm.path));
    assert!(!scripts.contains('%'), "a macro was not expanded:\n{scripts}");
    for wanted in [
        "systemctl --no-reload preset cloud-timesync.service",
        "systemctl --no-reload disable --now cloud-timesync.service",
        "systemctl stop cloud-timesync-online.service cloud-timesync-cloud-init.service cloud-timesync-adopt.service",
    ] {
        assert!(scripts.contains(wanted), "no {wanted}:\n{scripts}");
    }
}

/// The Makefile's list is the only one.
#[test]
fn both_packages_install_the_same() {
    // Each in its own distribution's place.
    let common = |path: &String| {
        let path = path
            .strip_prefix("/usr/lib/systemd")
            .map_or_else(|| path.clone(), |rest| format!("/lib/systemd{rest}"));
        let path =
            path.replace("/usr/lib/udev", "/lib/udev").replace("/site-functions/", "/vendor-completions/");
        // Debian compresses text as well.
        path.trim_end_matches(".gz").to_owned()
    };
    let own = [
        "/usr/lib/.build-id/",
        "/usr/share/licenses/",
        "/usr/share/lintian/",
        "/usr/share/doc/cloud-timesync/c",
    ];
    let listing = |kind: &str| -> BTreeSet<String> {
        let listing = Package::native(kind).listing();
        listing.iter().filter(|path| !own.iter().any(|own| path.starts_with(own))).map(common).collect()
    };
    let (deb, rpm) = (listing("deb"), listing("rpm"));
    assert_eq!(deb, rpm);
    for wanted in ["/usr/share/man/man8/cloud-timesync.8", "/lib/systemd/system/cloud-timesync.service"] {
        assert!(rpm.contains(wanted), "{wanted}: {rpm:#?}");
    }
}

#[test]
fn an_upgrade_keeps_the_operators_configuration() {
    let deb = text(Command::new("dpkg-deb").arg("--info").arg(Package::native("deb").path).arg("conffiles"));
    let rpm = Package::native("rpm").path;
    // RPMFILE_CONFIG is 1, RPMFILE_NOREPLACE 16.
    let flags = text(
        Command::new("rpm")
            .args(["--query", "--queryformat", "[%{FILEFLAGS} %{FILENAMES}\n]", "--package"])
            .arg(rpm),
    );
    assert_eq!(deb.trim(), "/etc/cloud-timesync/config.toml");
    let configs: Vec<_> = flags.lines().filter(|line| line.starts_with("17 ")).collect();
    assert_eq!(configs, ["17 /etc/cloud-timesync/config.toml"], "{flags}");
}

#[test]
fn all_packaging_is_of_one_version() {
    let changelog = fs::read_to_string(Path::new(HERE).join("debian/changelog")).expect("debian/changelog");
    let spec = fs::read_to_string(Path::new(HERE).join("rpm/cloud-timesync.spec")).expect("the spec file");
    assert!(changelog.starts_with(&format!("cloud-timesync ({VERSION})")), "{:?}", changelog.lines().next());
    assert!(
        spec.lines().any(|line| line.split_whitespace().eq(["Version:", VERSION])),
        "the spec is not {VERSION}"
    );
}

/// A release's does (ci/release): `make deb rpm` need no cargo-auditable.
#[test]
fn the_program_holds_the_list_of_its_crates() {
    if std::env::var_os("AUDITABLE").is_none() {
        return;
    }
    for package in Package::every() {
        let Some(program) = package.program() else { continue };
        let sections = text(Command::new("readelf").args(["--section-headers", "--wide"]).arg(program));
        assert!(sections.contains(".dep-v0"), "{} was built without cargo-auditable", package.name());
    }
}
