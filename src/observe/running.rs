//! Processes and clocks, which only a running machine shows. Whatever cannot
//! be looked at is a part of the result.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::error::Result;
use crate::machine::{Boot, Chrony, Conf, LiveUnit, Machine, Manager, Process, Running, Seen};
use crate::names::{AGENT_UNIT, CHRONY_WAIT, ONLINE_UNIT, TIME_SYNC, WAIT_UNIT};
use crate::platform::Evidence;
use crate::program;
use crate::root::Root;
use crate::systemd::{More, Systemd};

use super::{boot, chronyc, imds};

/// Here the metadata service only confirms what is known.
const IMDS_DEADLINE: Duration = Duration::from_secs(2);

/// proc_pid_stat(5) counts in these, on every architecture that has clouds.
const TICKS_PER_S: f64 = 100.0;

/// Asks everything at the same time.
pub async fn running(
    root: &Root,
    machine: &Machine,
    conf: &Conf,
    systemd: &Systemd,
    imds: Option<&imds::Endpoints>,
) -> Running {
    let chrony = machine.chrony.as_ref();
    let ((version, units, wait, chronyd), (tracking, sources), (imds, boot)) = tokio::join!(
        async {
            tokio::join!(
                version(chrony),
                units(root, systemd),
                systemd.service(CHRONY_WAIT),
                chronyd(root, chrony, systemd)
            )
        },
        async { tokio::join!(chronyc::tracking(), chronyc::sources()) },
        async { tokio::join!(metadata(imds), this_boot(machine)) },
    );
    Running {
        version,
        units,
        wait_timeout: seen(wait).map(|service| service.start_timeout),
        chronyd,
        tracking: seen(tracking),
        sources: seen(sources),
        rtc: rtc(root),
        drift_written: drift_written(root, conf),
        imds,
        boot,
    }
}

fn seen<T>(result: Result<T>) -> Seen<T> {
    result.map_err(String::from)
}

async fn version(chrony: Option<&Chrony>) -> Seen<String> {
    let chronyd = chrony.and_then(|chrony| chrony.chronyd.as_deref());
    let text = seen(program::ask(chronyd.ok_or("there is no chronyd that can be run")?, &["-v"]).await)?;
    let mut words = text.split_whitespace().skip_while(|word| *word != "version");
    words.nth(1).map(str::to_owned).ok_or_else(|| format!("chronyd -v says {:?}", text.trim()))
}

/// Rivals are asked for even where they have no file: a script in /etc/init.d has a unit that is made in
/// the boot. One under two names is one.
async fn units(root: &Root, systemd: &Systemd) -> Seen<BTreeMap<String, LiveUnit>> {
    let is_alias =
        |name: &&str| super::units::fragment(root, name).is_some() && !super::units::is_its_own(root, name);
    let rivals = super::units::rivals(root).filter(|name| !is_alias(name));
    let names: Vec<String> = rivals.chain([TIME_SYNC]).map(str::to_owned).collect();
    seen(systemd.units(&names, &|_, _| More::default()).await)
}

async fn chronyd(root: &Root, chrony: Option<&Chrony>, systemd: &Systemd) -> Seen<Option<Process>> {
    let Some(chrony) = chrony else { return Ok(None) };
    let pid = seen(systemd.service(&chrony.unit).await)?.main_pid;
    if pid == 0 {
        return Ok(None);
    }
    process(root, pid).map(Some).ok_or_else(|| format!("/proc/{pid} cannot be read"))
}

fn process(root: &Root, pid: u32) -> Option<Process> {
    let arguments = root.text(format!("/proc/{pid}/cmdline"))?;
    let stat = root.text(format!("/proc/{pid}/stat"))?;
    // The second field is a name in brackets, with any letter in it; the start is the 22nd.
    let started: f64 = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()?;
    let uptime: f64 = root.text("/proc/uptime")?.split_whitespace().next()?.parse().ok()?;
    let age = Duration::try_from_secs_f64(uptime - started / TICKS_PER_S).unwrap_or_default();
    let arguments = arguments.split_terminator('\0').map(str::to_owned).collect();
    Some(Process { arguments, age })
}

fn rtc(root: &Root) -> Seen<Option<f64>> {
    const SINCE_EPOCH: &str = "/sys/class/rtc/rtc0/since_epoch";
    let Some(text) = root.read(SINCE_EPOCH)?.text_if_any(Path::new(SINCE_EPOCH))? else { return Ok(None) };
    let clock: f64 = text.trim().parse().map_err(|_| format!("{SINCE_EPOCH} says {:?}", text.trim()))?;
    let system = SystemTime::UNIX_EPOCH.elapsed().map_err(|_| "the clock is before 1970")?;
    Ok(Some(clock - system.as_secs_f64()))
}

fn drift_written(root: &Root, conf: &Conf) -> Seen<bool> {
    let Some(line) = conf.last("driftfile") else { return Ok(false) };
    seen(root.permissions(line.word(0))).map(|found| found.is_some())
}

async fn metadata(endpoints: Option<&imds::Endpoints>) -> Seen<Option<Evidence>> {
    let Some(endpoints) = endpoints else { return Ok(None) };
    match imds::ask(endpoints, IMDS_DEADLINE).await {
        imds::Answer::Proved(evidence) => Ok(Some(evidence)),
        imds::Answer::AskAgain(_) | imds::Answer::NoProof(_) => Ok(None),
        imds::Answer::Contradictory(why) => Err(why),
    }
}

async fn this_boot(machine: &Machine) -> Seen<Boot> {
    seen(boot::boot(&units_of_boot(machine)).await)
}

/// The units of the timeline, and those that a plan looks at: the databases are among them.
fn units_of_boot(machine: &Machine) -> Vec<String> {
    let fixed = [AGENT_UNIT, ONLINE_UNIT, CHRONY_WAIT, WAIT_UNIT, TIME_SYNC].map(str::to_owned);
    let live = match &machine.manager {
        Manager::Live(units) => units.keys().cloned().collect(),
        Manager::Image | Manager::Silent => Vec::new(),
    };
    let files = machine.units.iter().map(|unit| unit.name.clone());
    let units: BTreeSet<String> = fixed.into_iter().chain(files).chain(live).collect();
    units.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::UnitFile;
    use crate::machine::tests::debian;
    use crate::platform::Platform;

    #[test]
    fn the_boot_is_asked_for_all_that_the_timeline_draws() {
        let unit = |name: &str| UnitFile { name: name.to_owned(), ..UnitFile::default() };
        let units = vec![unit("chrony.service"), unit("scylla-server.service")];
        let asked = units_of_boot(&Machine { units, manager: Manager::Silent, ..debian(Platform::Aws) });
        let drawn = [AGENT_UNIT, ONLINE_UNIT, CHRONY_WAIT, WAIT_UNIT, TIME_SYNC];
        for unit in drawn.into_iter().chain(["chrony.service", "scylla-server.service"]) {
            assert!(asked.iter().any(|name| name == unit), "{unit}: {asked:?}");
        }
    }
}
