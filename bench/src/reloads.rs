//! One reload, whatever the number of gated units: tests/containers/cost.rs boots the containers, here is the table.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::bars;
use crate::results::{self, Table};
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
    let points: Vec<Point> =
        results::raw("reloads", again, || suite::run("containers", "bench_reloads", "reloads.json"))?;
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
        &[table],
        "First boots of containers with Debian 13's systemd, in memory: no sync waits for a disk.",
    )?;
    let bars = points.iter().filter_map(|point| {
        Some((format!("{} gated units", point.units), vec![point.reload_ms?, point.agent_ms?]))
    });
    bars::draw(
        "reloads",
        "The agent's run on a first boot: one reload, whatever the number of units",
        "milliseconds",
        &["the reload", "the rest of the run"],
        &bars.collect::<Vec<_>>(),
    )
}
