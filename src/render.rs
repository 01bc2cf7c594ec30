//! Rendering: the parts of an intent as text, byte for byte the same for the same intent.

use std::fmt::Write;

use crate::database::has_one_name;
use crate::decide::{Awaited, EARLY_STEP, HEADING, Intent, Line, Rule};
use crate::names::{CHRONY_WAIT, DRIFT, GATE_UNIT, VERIFY_UNIT, WAIT_UNIT, awaited};

/// chrony.conf: the sources, the step policy, and what the plan wants on every platform. It names no directory of
/// fragments: what lies there, now or later, has no effect. DHCP's directory is a source.
pub fn chrony_conf(written_for: &str, lines: &[Line], steps: &[Rule]) -> String {
    let mut text = format!(
        "\
{HEADING}{written_for}. cloud-timesync(8)
#
# Edit this file and it is yours: cloud-timesync then leaves it as it is and says so on every
# boot. `cloud-timesync apply --force` sets your version aside and writes this text anew.
# `cloud-timesync undo` gives back what was here before. To keep cloud-timesync away from this
# file, set chrony_conf = \"keep\" in /etc/cloud-timesync/config.toml.
"
    );
    let mut above = None;
    for Line { directive, says, page, scale: _ } in lines {
        if above.replace((says, page)) != Some((says, page)) {
            let _ = write!(text, "\n# {says}\n# {page}\n");
        }
        let _ = writeln!(text, "{directive}");
    }
    for Rule { directive, says } in steps {
        let _ = write!(text, "\n{says}\n{directive}\n");
    }
    let _ = write!(
        text,
        "
# The rate at which the clock gains or loses time, for the next start.
driftfile {DRIFT}

# Let the kernel keep the real-time clock right.
rtcsync
"
    );
    text
}

/// The setting by which a drop-in tells that it holds its unit: a later run, whose configuration is broken, looks for it.
pub const HOLDS: &str = "at_timeout = \"hold\"";

/// The same for the error bound, whoever asks for it, and for the gate's timeout; a number of seconds follows.
pub const BOUND: &str = "max_error = ";
pub const TIMEOUT: &str = "TimeoutStartSec=";

/// The drop-in that makes a unit wait.
pub fn gate(unit: &str, awaits: Awaited) -> String {
    let mut text = format!(
        "\
# Written by cloud-timesync: this unit starts when the clock is synchronised.
# {CHRONY_WAIT} is named beside the target because Debian 12 reaches the target earlier.
"
    );
    match awaits {
        Awaited::OwnWait(None) => {
            let _ = writeln!(text, "# {CHRONY_WAIT} is not installed: {WAIT_UNIT} waits in its place.");
        }
        Awaited::OwnWait(Some(bound)) | Awaited::Right(Some(bound)) => {
            let _ = write!(
                text,
                "\
# {WAIT_UNIT} waits until chronyd's error bound is below what the configuration or the database
# asks for ({BOUND}{bound}).
"
            );
        }
        Awaited::ChronyWait | Awaited::Right(None) => {}
    }
    if matches!(awaits, Awaited::Right(_)) {
        let _ = write!(
            text,
            "\
# {WAIT_UNIT} holds it until the clock is right, however long that takes ({HOLDS}):
# `systemctl stop {WAIT_UNIT}` lets it start all the same.
# Wants, not Requires: a restart of chronyd never stops it.
"
        );
    } else {
        text += "\
# Wants, not Requires: without chrony the database starts all the same, and a restart of
# chronyd never stops it.
";
    }
    let awaited = awaited(awaits != Awaited::ChronyWait).join(" ");
    let _ = write!(text, "[Unit]\nAfter={awaited}\nWants={awaited}\n");
    if !has_one_name(unit) {
        let _ = write!(
            text,
            "\
# The agent's own units name the databases that are called the same everywhere, and not this one.
After={GATE_UNIT}
Before={VERIFY_UNIT}
"
        );
    }
    text
}

const WAIT_BY_SOCKET: &str = "\
# Written by cloud-timesync: cmdport or bindcmdaddress closes the port at which chrony's own wait asks chronyd. This one asks
# chronyd's socket: `cloud-timesync chronyc` becomes the socket's owner, and then chronyc.
[Service]
ExecStart=
ExecStart=+/usr/bin/cloud-timesync chronyc waitsync 0 0.1 0.0 1
";

/// The drop-in of chrony-wait; None where its own unit says all.
pub fn wait(intent: &Intent) -> Option<String> {
    let timeout = intent.wait_timeout.map(|timeout| {
        format!(
            "\
# Written by cloud-timesync: [gate] timeout in /etc/cloud-timesync/config.toml.
[Service]
{TIMEOUT}{}
",
            timeout.as_secs()
        )
    });
    let steps = intent.after_early_step.as_ref().map(|after| {
        format!(
            "\
# Written by cloud-timesync: fast_start or [gate] max_error in /etc/cloud-timesync/config.toml. While the gate waits, a clock that is
# off by less than a second is stepped, too; chronyd would slew it for 10 seconds.
[Service]
# Only chronyd's user may talk to its socket: `cloud-timesync chronyc` becomes that user, and then chronyc. A step that
# cannot be had is no reason not to wait. In the first 6 seconds the clock is looked at ten times a second; after them
# the unit's own wait goes on, once a second.
ExecStartPre=-+/usr/bin/cloud-timesync chronyc -m \"{EARLY_STEP}\" \"waitsync 60 0.1 0.0 0.1\"
# Whether the clock came right or not, chrony.conf's own directive is in force again.
ExecStartPost=-+/usr/bin/cloud-timesync chronyc {after}
ExecStopPost=-+/usr/bin/cloud-timesync chronyc {after}
"
        )
    });
    let socket = intent.closed_port.as_ref().map(|_| WAIT_BY_SOCKET.to_owned());
    let parts: Vec<String> = timeout.into_iter().chain(socket).chain(steps).collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

/// The fragment that keeps cloud-init from writing chrony.conf.
pub fn cloud_init() -> &'static str {
    "\
# Written by cloud-timesync: chrony's configuration has one writer.
ntp:
  enabled: false
"
}
