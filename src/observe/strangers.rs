//! Enabled units that set the clock by their own unit files, and are in no table.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::chronyd::UNITS;
use super::chronyd::settings::{Settings, drop_ins, in_force, settings};
use super::units::{SEARCH, fragment, is_mask, pulls_units};
use crate::error::Result;
use crate::machine::{Machine, Seen};
use crate::rival::{self, DOUBTFUL_INSTANCES};
use crate::root::Root;
use crate::unit;

/// Time daemons write this one into Conflicts=: it comes with systemd.
const TIMESYNCD: &str = "systemd-timesyncd.service";

/// Looks at each unit that a .wants or .requires directory has, the distribution's own among them.
pub fn strangers(root: &Root, machine: &Machine) -> Result<Vec<String>> {
    let chrony = machine.chrony.as_ref().map(|chrony| chrony.unit.as_str());
    let chronys: Vec<&str> = UNITS.map(|(name, _)| name).into_iter().chain(chrony).collect();
    let chronys_own = chrony.and_then(|unit| unit_settings(root, unit).ok()).unwrap_or_default();
    let chronys_conflicts = conflicts(&chronys_own);
    let mut enabled = BTreeSet::new();
    for dir in SEARCH {
        for entry in root.list(dir)? {
            if pulls_units(&entry) {
                let units = root.list(Path::new(dir).join(entry.name))?;
                enabled.extend(units.into_iter().map(|unit| unit.name));
            }
        }
    }
    let unknown =
        enabled.into_iter().filter(|name| rival::of(name).is_none() && !chronys.contains(&name.as_str()));
    let says = |name: String| {
        let why = match chronys_conflicts.contains(&name.as_str()) {
            true => "conflicts with chronyd",
            false => why(root, &chronys, &name)?,
        };
        Some(format!("{name} is not known, and {why}"))
    };
    Ok(unknown.filter_map(says).collect())
}

/// Reason why a unit may be a time daemon; None of any other.
fn why(root: &Root, chronys: &[&str], name: &str) -> Option<&'static str> {
    if name.starts_with(DOUBTFUL_INSTANCES) {
        return Some("may set the clock, or only a network card's");
    }
    // What a timer, a path or a socket starts.
    let stem = [".timer", ".path", ".socket"].into_iter().find_map(|end| name.strip_suffix(end));
    let service = stem.map_or(name.to_owned(), |stem| format!("{stem}.service"));
    says(&unit_settings(root, &service).ok()?, chronys)
}

/// The settings of a unit, or of its template, with the drop-ins of both; of a mask there are none.
fn unit_settings(root: &Root, name: &str) -> Seen<Settings> {
    let template = unit::template(name);
    let names: Vec<&str> = template.as_deref().into_iter().chain([name]).collect();
    let file = names.iter().rev().find_map(|name| fragment(root, name));
    let Some(file) = file.filter(|file| !is_mask(root, file)) else { return Ok(Settings::new()) };
    let mut files: Vec<PathBuf> = vec![file];
    for name in names {
        files.extend(drop_ins(root, name)?);
    }
    settings(root, files)
}

/// Finds what the settings of a unit say of the clock.
fn says(settings: &Settings, chronys: &[&str]) -> Option<&'static str> {
    let conflicts = conflicts(settings);
    if conflicts.iter().any(|unit| chronys.contains(unit)) {
        Some("conflicts with chronyd")
    } else if conflicts.contains(&TIMESYNCD) {
        Some("conflicts with systemd-timesyncd, as time daemons do")
    } else if ["AmbientCapabilities", "CapabilityBoundingSet"].iter().any(|name| has_time(settings, name)) {
        Some("may set the clock by its capabilities")
    } else {
        None
    }
}

fn conflicts(settings: &Settings) -> Vec<&str> {
    in_force(settings, "Conflicts").into_iter().flat_map(str::split_whitespace).collect()
}

/// Tells whether a list of capabilities has CAP_SYS_TIME in the end: one that begins with ~ takes away.
fn has_time(settings: &Settings, name: &str) -> bool {
    in_force(settings, name).into_iter().fold(false, |has, value| {
        let taken = value.strip_prefix('~');
        let mut words = taken.unwrap_or(value).split_whitespace();
        match words.any(|word| word.eq_ignore_ascii_case("CAP_SYS_TIME")) {
            true => taken.is_none(),
            false => has,
        }
    })
}

#[cfg(test)]
mod tests {
    // Trees are made by hand.
    #![allow(clippy::disallowed_methods)]

    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::machine::tests::debian;
    use crate::platform::Platform;

    /// Lists what is said of enabled units with these files.
    fn found(files: &[(&str, &str)], enabled: &[&str]) -> Vec<String> {
        let tree = tempfile::tempdir().unwrap();
        let put = |path: &Path, text: &str| {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let units = tree.path().join("usr/lib/systemd/system");
        files.iter().for_each(|(path, text)| put(&units.join(path), text));
        let wants = tree.path().join("etc/systemd/system/multi-user.target.wants");
        fs::create_dir_all(&wants).unwrap();
        enabled.iter().for_each(|unit| symlink("/x", wants.join(unit)).unwrap());
        strangers(&Root::open(tree.path()).unwrap(), &debian(Platform::Aws)).unwrap()
    }

    const CAPABLE: &str = "may set the clock by its capabilities";

    #[test]
    fn a_unit_says_by_its_settings_that_it_may_set_the_clock() {
        for (text, why) in [
            ("[Service]\nAmbientCapabilities=CAP_NET_ADMIN CAP_SYS_TIME\n", CAPABLE),
            ("[Service]\nCapabilityBoundingSet = cap_net_admin \\\n# a comment\n  cap_sys_time\n", CAPABLE),
            ("[Unit]\nConflicts=ntpd.service chronyd.service\n", "conflicts with chronyd"),
            ("[Unit]\nConflicts=a.service \\\n  chrony.service\n", "conflicts with chronyd"),
            (
                "[Unit]\nConflicts=systemd-timesyncd.service\n",
                "conflicts with systemd-timesyncd, as time daemons do",
            ),
        ] {
            let says = found(&[("sited.service", text)], &["sited.service"]);
            assert_eq!(says, [format!("sited.service is not known, and {why}")], "{text}");
        }
    }

    #[test]
    fn a_unit_that_leaves_the_clock_alone_is_not_named() {
        for text in [
            "[Service]\nCapabilityBoundingSet=~CAP_SYS_BOOT CAP_SYS_TIME\n",
            "[Service]\nCapabilityBoundingSet=CAP_SYS_TIME\nCapabilityBoundingSet=~CAP_SYS_TIME\n",
            "[Service]\nCapabilityBoundingSet=CAP_SYS_TIME\nCapabilityBoundingSet=\n",
            "[Unit]\nConditionCapability=CAP_SYS_TIME\nConflicts=shutdown.target\nAfter=chronyd.service\n",
            "[Service]\n# AmbientCapabilities=CAP_SYS_TIME\n",
            "[X-Site]\nAmbientCapabilities=CAP_SYS_TIME\n",
        ] {
            assert_eq!(found(&[("sited.service", text)], &["sited.service"]), [""; 0], "{text}");
        }
    }

    #[test]
    fn drop_ins_are_a_part_of_a_unit() {
        const TIME: &str = "[Service]\nAmbientCapabilities=CAP_SYS_TIME\n";
        let unit = ("sited.service", "[Service]\nExecStart=/x\n");
        let own = found(&[unit, ("sited.service.d/a.conf", TIME)], &["sited.service"]);
        assert_eq!(own, [format!("sited.service is not known, and {CAPABLE}")]);
        let template = [("sited@.service", ""), ("sited@.service.d/a.conf", TIME)];
        assert_eq!(found(&template, &["sited@a.service"]), [""; 0], "it is masked");
        let template = [("sited@.service", unit.1), ("sited@.service.d/a.conf", TIME)];
        assert_eq!(found(&template, &["sited@a.service"]).len(), 1);
        let chronys = "[Unit]\nConflicts=sited.service\n";
        let chrony = [unit, ("chrony.service", "[Unit]\n"), ("chrony.service.d/a.conf", chronys)];
        assert_eq!(
            found(&chrony, &["sited.service"]),
            ["sited.service is not known, and conflicts with chronyd"]
        );
    }
}
