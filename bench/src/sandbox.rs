//! What the agent's sandbox costs a boot: tests/boot/cost/sandbox.rs runs the services, here is the table.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::bars;
use crate::results::{self, Table};
use crate::spread::Spread;
use crate::suite;

#[derive(Serialize, Deserialize)]
struct Service {
    /// "nothing", "everything", or the line that is left out.
    sandbox: String,
    milliseconds: Vec<f64>,
}

/// What is left of it at less than this is not told from the spread.
const TOLD_MS: f64 = 10.0;

pub fn measure(again: bool) -> Result<()> {
    let services: Vec<Service> =
        results::raw("sandbox", again, || suite::run("boot", "bench_sandbox", "sandbox.json"))?;
    let spread = |service: &Service| Spread::of(service.milliseconds.iter().copied());
    let find = |name| services.iter().find(|service| service.sandbox == name).context("it did not run");
    let (nothing, everything) = (find("nothing")?, find("everything")?);
    let all = spread(everything).median();
    let saved = |service: &Service| all - spread(service).median();
    let mut table = Table::new(&["/bin/true as a service", "takes", "less than in all of it"]);
    let mut bars = Vec::new();
    let mut row = |name: &str, service: &Service| {
        bars.push((name.replace('`', ""), vec![spread(service).median()]));
        let less = format!("{:.0} ms", saved(service));
        table.row([name.to_owned(), spread(service).text(1.0, 0, " ms"), less]);
    };
    row("in all of the agent's sandbox", everything);
    row("in none of it", nothing);
    let mut lines: Vec<&Service> = services.iter().filter(|service| saved(service) >= TOLD_MS).collect();
    lines.retain(|service| service.sandbox != nothing.sandbox);
    lines.sort_by(|a, b| saved(b).total_cmp(&saved(a)));
    for service in lines {
        row(&format!("in all of it but `{}`", service.sandbox), service);
    }
    let note = format!(
        "In a guest with one emulated processor of 500 million instructions a second; medians (least to most) of five. Without any \
         other line it takes less than {TOLD_MS} ms less."
    );
    results::write("sandbox", &[table], &note)?;
    bars::draw("sandbox", "/bin/true as a service", "milliseconds", &["start to end"], &bars)
}
