//! What can be done on a machine, and sequences of it.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A machine, and what is done there.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Of tests/machines.
    pub machine: &'static str,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub enum Step {
    /// A boot on a cloud, or the operator's run. `confined`: with the capabilities that the unit has.
    Apply {
        platform: Option<&'static str>,
        force: bool,
        confined: bool,
    },
    Undo,
    /// Somebody writes a text of their own there.
    Write(&'static str),
    Remove(&'static str),
    /// Owner and mode become others.
    Own(&'static str),
    /// A link is made, or made anew.
    Link {
        path: &'static str,
        target: &'static str,
    },
    Configure(Option<&'static str>),
    /// A package of that unit is installed or removed.
    Install(&'static str),
    Purge(&'static str),
}

const MACHINES: &[&str] = &[
    "aws-debian13",
    "aws-debian13-rivals",
    "aws-debian13-scylla",
    "aws-rhel9",
    "azure-debian13",
    "gce-debian12",
    "gce-debian12-skew",
    "gce-debian13-sealed",
    "gce-rhel9-skew",
    "kvm-rhel9-ntpd",
    "oci-debian13",
    "unknown-debian13-image",
];

const PLATFORMS: &[&str] = &["aws", "gce", "azure", "oci", "openstack", "kvm", "metal", "unknown"];

/// Files that the agent writes or sets aside, and some beside them.
const FILES: &[&str] = &[
    // /etc/chrony.conf is Debian's nothing, and the other one RHEL's.
    "etc/chrony/chrony.conf",
    "etc/chrony/chrony.conf",
    "etc/chrony.conf",
    "etc/chrony/conf.d/site.conf",
    // As copies are named.
    "etc/chrony/conf.d/site.conf.2",
    "etc/chrony/conf.d/site.conf.edited",
    "etc/chrony/conf.d/README",
    "etc/chrony/sources.d/vendor.sources",
    "etc/chrony/sources.d/link.sources",
    "etc/cloud/cloud.cfg.d/99-cloud-timesync.cfg",
    "etc/default/instance_configs.cfg",
    "etc/systemd/system/scylla-server.service.d/10-time-sync.conf",
    "etc/systemd/system/scylla-server.service.d/20-site.conf",
    "etc/systemd/system/chrony-wait.service.d/10-cloud-timesync.conf",
    "etc/systemd/system/cassandra.service.d/20-site.conf",
    "var/lib/chrony/drift",
    "var/lib/chrony/chrony.drift",
];

/// Links that enable a unit or mask it.
const LINKS: &[(&str, &str)] = &[
    ("etc/systemd/system/systemd-timesyncd.service", "/dev/null"),
    ("etc/systemd/system/chrony-wait.service", "/dev/null"),
    (
        "etc/systemd/system/multi-user.target.wants/openntpd.service",
        "/usr/lib/systemd/system/openntpd.service",
    ),
    // Debian 12's systemctl writes it like that.
    ("etc/systemd/system/multi-user.target.wants/openntpd.service", "/lib/systemd/system/openntpd.service"),
    ("etc/systemd/system/multi-user.target.wants/chrony.service", "/lib/systemd/system/chrony.service"),
    (
        "etc/systemd/system/multi-user.target.wants/chrony-wait.service",
        "/lib/systemd/system/chrony-wait.service",
    ),
    ("etc/systemd/system/multi-user.target.wants/chronyd.service", "/usr/lib/systemd/system/chronyd.service"),
];

const UNITS: &[&str] =
    &["scylla-server", "cassandra", "influxdb", "openntpd", "systemd-timesyncd", "google-guest-agent"];

const CONFIGURATIONS: &[&str] = &[
    "rivals = \"keep\"\n",
    "chrony_conf = \"keep\"\n",
    "step_policy = \"boot\"\n",
    "time_scale = \"utc\"\n",
    "[chrony]\nextra = [\"cmdport 0\"]\n",
    "[gate]\nunits = [\"influxdb.service\"]\ntimeout = 60\nat_timeout = \"hold\"\n",
    "[[source]]\nserver = \"ntp1.example.com\"\n",
    "[[source]]\nserver = \"ntp2.example.com\"\nplatforms = [\"gce\", \"kvm\"]\nbeside = true\nscale = \"utc\"\n",
    "[cluster]\nservers = [\"core1\", \"core2\"]\nrole = \"client\"\n",
    "[cluster]\nservers = [\"core1\", \"core2\"]\nallow = [\"10.0.0.0/8\"]\nrole = \"core\"\n",
    // A mistake.
    "rivals = keep\n",
];

pub fn scenes() -> impl Strategy<Value = Scene> {
    (select(MACHINES), vec(step(), 1..12)).prop_map(|(machine, steps)| Scene { machine, steps })
}

fn step() -> impl Strategy<Value = Step> {
    let apply = (prop::option::of(select(PLATFORMS)), prop::bool::weighted(0.2), any::<bool>());
    let link = select(LINKS).prop_map(|(path, target)| Step::Link { path, target });
    let links: Vec<&str> = LINKS.iter().map(|(path, _)| *path).collect();
    prop_oneof![
        10 => apply.prop_map(|(platform, force, confined)| Step::Apply { platform, force, confined }),
        1 => Just(Step::Undo),
        6 => select(FILES).prop_map(Step::Write),
        3 => select(FILES).prop_map(Step::Remove),
        1 => select(FILES).prop_map(Step::Own),
        2 => link,
        1 => select(links).prop_map(Step::Remove),
        3 => prop::option::weighted(0.8, select(CONFIGURATIONS)).prop_map(Step::Configure),
        1 => select(UNITS).prop_map(Step::Install),
        1 => select(UNITS).prop_map(Step::Purge),
    ]
}
