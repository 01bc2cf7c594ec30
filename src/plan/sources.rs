//! The chrony.conf that is wanted, and what chronyd would read next to it.

use std::path::{Path, PathBuf};

use super::{Edit, MODE, Plan, place, write};
use crate::config::is_decided;
use crate::decide::{Intent, Sources, lost_lines};
use crate::machine::{Conf, ConfLine, Machine, Standing};
use crate::names::CLOUD_INIT;
use crate::receipt::{Entry, ImageLine};
use crate::render;

pub fn sources(plan: &mut Plan, machine: &Machine, intent: &Intent, conf: &Path) {
    match &intent.sources {
        Sources::AsTheyAre(why) => plan.notes.push(format!("{} stays: {why}", conf.display())),
        Sources::Distribution => restore_sources(plan, machine, conf),
        Sources::Ours { written_for, lines } => {
            plan.written_for = Some(*written_for);
            plan.image.clone_from(&intent.image);
            let theirs = machine.file(conf).is_left(intent.over_edits);
            plan.notes.extend(cloud_inits_text(machine, conf));
            let text = render::chrony_conf(written_for, lines, &intent.steps);
            write(plan, machine, intent, conf, &text, MODE);
            if plan.edits.last().is_some_and(|edit| edit.path().is_some_and(|path| path == conf)) {
                name_lost_lines(plan, &intent.image, &text);
            }
            if theirs {
                // Their file may read the fragments.
                return;
            }
            let is_named = |file: &&PathBuf| lines.iter().any(|line| line.directive.names_file(file));
            let fragments: Vec<PathBuf> =
                machine.fragments.iter().filter(|file| !is_named(file)).cloned().collect();
            place::set_aside(plan, machine, &fragments);
            if intent.cloud_init_ntp_off {
                write(plan, machine, intent, Path::new(CLOUD_INIT), render::cloud_init(), MODE);
            }
        }
    }
}

/// Says once what chronyd was told and is told no more.
fn name_lost_lines(plan: &mut Plan, image: &[ImageLine], text: &str) {
    let (sources, others) = lost_lines(image, text);
    let named = |lines: Vec<&ImageLine>| {
        let lines: Vec<String> =
            lines.into_iter().map(|line| format!("{} ({})", line.directive, line.place)).collect();
        Some(lines.join(", ")).filter(|lines| !lines.is_empty())
    };
    plan.notes.extend(named(sources).map(|lines| {
        format!(
            "replaced time sources: {lines}; to keep one, name it as a [[source]]: cloud-timesync.toml(5)"
        )
    }));
    let (decided, others) = others.into_iter().partition(|line| is_decided(&line.directive));
    plan.notes.extend(named(decided).map(|lines| {
        format!("left out of the new chrony.conf: {lines}; cloud-timesync decides it: cloud-timesync.toml(5)")
    }));
    plan.notes.extend(named(others).map(|lines| {
        format!(
            "left out of the new chrony.conf: {lines}; to keep a line, name it in [chrony] extra: cloud-timesync.toml(5)"
        )
    }));
}

/// Text that cloud-init wrote over the agent's chrony.conf, which is written anew.
fn cloud_inits_text(machine: &Machine, conf: &Path) -> Option<String> {
    let cloud_init = machine.cloud_init.as_ref().filter(|cloud_init| cloud_init.has_written)?;
    let sources = Conf::parse(machine.file(conf).found.text()?);
    let sources: Vec<String> = sources.sources().into_iter().map(ConfLine::to_string).collect();
    let from = cloud_init.ntp.as_ref().map_or_else(|| "its configuration".to_owned(), ToString::to_string);
    let (conf, sources) = (conf.display(), sources.join("; "));
    Some(format!("cloud-init had written {conf}, by `ntp:` of {from}, and that is replaced: {sources}"))
}

/// The image moved to a platform without sources of its own: the distribution's come back.
fn restore_sources(plan: &mut Plan, machine: &Machine, conf: &Path) {
    let has_original = machine.receipt.wrote(conf).is_some_and(|(_, kept)| kept.is_some());
    if machine.file(conf).standing != Standing::Ours {
        plan.notes.push(format!("{} stays: the platform has no sources of its own", conf.display()));
    } else if has_original {
        // The fragments first: our chrony.conf does not read them, and the distribution's may have
        // its sources there. And while chrony.conf is ours, a run that was killed is finished.
        plan.edits.extend(machine.receipt.entries.iter().filter_map(|entry| match entry {
            Entry::SetAside { path, .. } => Some(Edit::Restore { path: path.clone() }),
            Entry::Wrote { path, .. } if path == Path::new(CLOUD_INIT) => {
                Some(Edit::Restore { path: path.clone() })
            }
            _ => None,
        }));
        plan.edits.push(Edit::Restore { path: conf.to_owned() });
    } else {
        plan.notes.push(format!("{} stays: nothing was there before it", conf.display()));
    }
}
