//! The promises about hostile files: what is in the place of which path, and what comes of it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use test_support::Tree;

use super::hostile::{Place, meets};
use Kind::*;

/// What is in the place of a file or a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A link to a file outside of the root, by its whole path.
    Out,
    /// The same by as many `..` as there can be.
    Up,
    /// A link to a directory outside of the root.
    OutDir,
    Dangling,
    Loop,
    /// Another name of a file outside.
    Hard,
    Fifo,
    Device,
    Socket,
    Directory,
    /// 100 MiB.
    Large,
    Immutable,
}

const LINKS: &[Kind] = &[Out, Up, OutDir, Dangling, Loop];
const NO_FILES: &[Kind] = &[Fifo, Device, Socket, Directory];
const NOT_IMMUTABLE: &[Kind] =
    &[Out, Up, OutDir, Dangling, Loop, Hard, Fifo, Device, Socket, Directory, Large];
const ALL: &[Kind] =
    &[Out, Up, OutDir, Dangling, Loop, Hard, Fifo, Device, Socket, Directory, Large, Immutable];

/// What comes of it. Each run ends in seconds, writes nothing outside, leaves nothing on its way,
/// and the next one comes to the same.
pub struct Row {
    pub path: &'static str,
    pub kinds: &'static [Kind],
    pub code: i32,
    /// In a line that begins with "error: "; empty where there is none.
    pub says: &'static str,
    /// What was written all the same.
    pub written: &'static [&'static str],
}

const CONF: &str = "etc/chrony/chrony.conf";
const CLOUD: &str = "etc/cloud/cloud.cfg.d/99-cloud-timesync.cfg";
const DROP_IN: &str = "etc/systemd/system/scylla-server.service.d/10-time-sync.conf";
const RECEIPT: &str = "var/lib/cloud-timesync/receipt.json";

const fn row(
    path: &'static str,
    kinds: &'static [Kind],
    code: i32,
    says: &'static str,
    written: &'static [&'static str],
) -> Row {
    Row { path, kinds, code, says, written }
}

/// The promises.
const TABLE: &[Row] = &[
    // What is written: links and other names are replaced, never followed.
    row(CONF, LINKS, 0, "", &[CONF, CLOUD, DROP_IN]),
    row(CONF, &[Hard, Large], 0, "", &[CONF, CLOUD, DROP_IN]),
    row(CONF, NO_FILES, 1, "writing /etc/chrony/chrony.conf: it is a", &[DROP_IN]),
    row(CONF, &[Immutable], 1, "writing /etc/chrony/chrony.conf: operation not permitted", &[DROP_IN]),
    row(DROP_IN, LINKS, 0, "", &[CONF, DROP_IN]),
    row(DROP_IN, &[Hard, Large], 0, "", &[CONF, DROP_IN]),
    row(DROP_IN, NO_FILES, 1, "10-time-sync.conf: it is a", &[CONF, CLOUD]),
    row(DROP_IN, &[Immutable], 1, "10-time-sync.conf: operation not permitted", &[CONF, CLOUD]),
    row(CLOUD, LINKS, 0, "", &[CONF, CLOUD, DROP_IN]),
    row(CLOUD, &[Hard, Large], 0, "", &[CONF, CLOUD, DROP_IN]),
    row(CLOUD, NO_FILES, 1, "99-cloud-timesync.cfg: it is a", &[CONF, DROP_IN]),
    row(CLOUD, &[Immutable], 1, "99-cloud-timesync.cfg: operation not permitted", &[CONF, DROP_IN]),
    // Whatever has the driftfile's or the link's name is left to who made it.
    row("var/lib/chrony/drift", ALL, 0, "", &[CONF, DROP_IN]),
    row("etc/systemd/system/multi-user.target.wants/chrony-wait.service", ALL, 0, "", &[CONF, DROP_IN]),
    // Planted names of what is on its way.
    row("etc/chrony/.chrony.conf.cloud-timesync", LINKS, 0, "", &[CONF, DROP_IN]),
    row("etc/chrony/.chrony.conf.cloud-timesync", &[Fifo, Device, Socket], 0, "", &[CONF, DROP_IN]),
    row("etc/chrony/.chrony.conf.cloud-timesync", &[Directory], 1, "is a directory", &[DROP_IN]),
    row("etc/chrony/.chrony.conf.cloud-timesync", &[Hard, Large], 0, "", &[CONF, DROP_IN]),
    row("etc/chrony/.chrony.conf.cloud-timesync", &[Immutable], 1, "operation not permitted", &[DROP_IN]),
    row("var/lib/cloud-timesync/.receipt.json.cloud-timesync", LINKS, 0, "", &[CONF, DROP_IN]),
    row(
        "var/lib/cloud-timesync/.receipt.json.cloud-timesync",
        &[Fifo, Device, Socket],
        0,
        "",
        &[CONF, DROP_IN],
    ),
    row(
        "var/lib/cloud-timesync/.receipt.json.cloud-timesync",
        &[Directory],
        1,
        "receipt.json: is a directory",
        &[],
    ),
    // Directories that are none: nothing is written through them.
    row("etc/chrony", LINKS, 1, "writing /etc/chrony/chrony.conf: ", &[DROP_IN]),
    row(
        "etc/chrony",
        &[Hard, Fifo, Device, Socket],
        1,
        "writing /etc/chrony/chrony.conf: not a directory",
        &[DROP_IN],
    ),
    row("etc/systemd/system/scylla-server.service.d", LINKS, 1, "10-time-sync.conf: ", &[CONF, CLOUD]),
    row(
        "etc/systemd/system/scylla-server.service.d",
        &[Hard, Fifo],
        1,
        "10-time-sync.conf: not a directory",
        &[CONF],
    ),
    // No record, no change: undo could not take it back.
    row("var/lib/cloud-timesync", LINKS, 1, "locking /var/lib/cloud-timesync/lock: ", &[]),
    row(
        "var/lib/cloud-timesync",
        &[Hard, Fifo, Device, Socket],
        1,
        "cloud-timesync/lock: not a directory",
        &[],
    ),
    row(RECEIPT, LINKS, 1, "reading /var/lib/cloud-timesync/receipt.json: it is a link", &[]),
    row(RECEIPT, NO_FILES, 1, "reading /var/lib/cloud-timesync/receipt.json: it is a", &[]),
    row(RECEIPT, &[Hard], 1, "reading /var/lib/cloud-timesync/receipt.json: expected value", &[]),
    row("var/lib/cloud-timesync/set-aside", LINKS, 1, "/var/lib/cloud-timesync/set-aside", &[DROP_IN]),
    row("var/lib/cloud-timesync/set-aside", &[Hard, Fifo], 1, "set-aside: not a directory", &[DROP_IN]),
    // Fragments go as they are, what cannot go stays and is said, and a directory stays. A directory's link is not followed.
    row("etc/chrony/conf.d/x.conf", LINKS, 0, "", &[CONF, CLOUD, DROP_IN]),
    row("etc/chrony/conf.d/x.conf", &[Hard, Directory, Large], 0, "", &[CONF, CLOUD, DROP_IN]),
    row(
        "etc/chrony/conf.d/x.conf",
        &[Fifo, Device, Socket],
        1,
        "copying /etc/chrony/conf.d/x.conf: it is a",
        &[CONF, CLOUD, DROP_IN],
    ),
    row(
        "etc/chrony/conf.d/x.conf",
        &[Immutable],
        1,
        "removing /etc/chrony/conf.d/x.conf: operation not permitted",
        &[CONF, CLOUD, DROP_IN],
    ),
    row("etc/chrony/conf.d", NOT_IMMUTABLE, 0, "", &[CONF, CLOUD, DROP_IN]),
    row(
        "etc/chrony/conf.d",
        &[Immutable],
        1,
        "removing /etc/chrony/conf.d/10-vendor.conf: operation not permitted",
        &[CONF, CLOUD, DROP_IN],
    ),
    // What is only read.
    row(
        "etc/cloud-timesync/config.toml",
        LINKS,
        2,
        "reading /etc/cloud-timesync/config.toml: it is a link",
        &[CONF, DROP_IN],
    ),
    row(
        "etc/cloud-timesync/config.toml",
        NO_FILES,
        2,
        "reading /etc/cloud-timesync/config.toml: it is a",
        &[CONF, DROP_IN],
    ),
    row(
        "etc/cloud-timesync/config.toml",
        &[Large],
        2,
        "config.toml: it is a file of more than 1 MiB",
        &[CONF, DROP_IN],
    ),
    row("sys/class/dmi/id/sys_vendor", ALL, 0, "", &[CONF, DROP_IN]),
    row("var/lib/chrony/chrony.drift", ALL, 0, "", &[CONF, DROP_IN]),
    row("usr/lib/systemd/system/chrony-wait.service", ALL, 0, "", &[CONF, DROP_IN]),
];

#[test]
fn what_should_not_be_there_is_named_and_never_written_through() {
    let image = Tree::of("aws-debian13");
    let cases: Vec<(&Row, Kind)> =
        TABLE.iter().flat_map(|row| row.kinds.iter().map(move |kind| (row, *kind))).collect();
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((row, kind)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = meets(row, *kind, &Place::new(&image, *kind));
                    wrong.lock().expect("no thread panicked").extend(found);
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no thread panicked");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{} cases", cases.len());
}
