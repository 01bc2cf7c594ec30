//! One reload, whatever the number of gated units: tests/containers/cost.rs boots the containers, here are the table and the
//! plot.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::results::{self, Line, Table};
use crate::suite;

/// One first boot.
#[derive(Serialize, Deserialize)]
struct Point {
    units: usize,
    drop_ins: usize,
    reloads: usize,
    /// systemd's own word on the first of them.
    reload_ms: Option<f64>,
    /// The agent's own word on the whole of its work, the reload among it.
    agent_ms: Option<f64>,
}

pub fn measure(again: bool) -> Result<()> {
    let points: Vec<Point> = suite::run("containers", "bench_reloads", "reloads.json", again)?;
    let mut table =
        Table::new(&["gated units", "drop-ins written", "reloads", "the reload", "the agent, with it"]);
    let milliseconds =
        |time: Option<f64>| time.map_or("not measured".to_owned(), |time| format!("{time:.0} ms"));
    for point in &points {
        table.row([
            point.units.to_string(),
            point.drop_ins.to_string(),
            point.reloads.to_string(),
            milliseconds(point.reload_ms),
            milliseconds(point.agent_ms),
        ]);
    }
    results::write(
        "reloads",
        &points,
        &table,
        "First boots of containers with Debian 13's systemd, in memory: no sync waits for a disk.",
    )?;
    let line = |name: &str, of: fn(&Point) -> Option<f64>| -> Line {
        let points = points.iter().filter_map(|point| Some((point.units as f64, of(point)?)));
        (name.to_owned(), points.collect())
    };
    let lines = [
        line("reloads", |point| Some(point.reloads as f64)),
        line("the reload, ms", |point| point.reload_ms),
        line("the agent, with it, ms", |point| point.agent_ms),
    ];
    results::plot("reloads", "gated units", "reloads; milliseconds", &lines)
}
