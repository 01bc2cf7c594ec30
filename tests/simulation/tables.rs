//! The tables of docs/step-policy.md, each by a test of its own.

use super::world::{FAR, NEAR, World};
use super::{AWS, AZURE, CARD, CLOCKS_JITTER_S, FAST, GCE, JITTER_S, LATER};

const HOUR: f64 = 3600.0;

/// What earlier builds of 0.1.0 wrote, and what it writes with `step_policy = "plan"`, beside what it writes.
const POLICIES: [(&str, Option<&str>); 3] = [
    ("plan", Some("makestep 1.0 3")),
    ("earlier", Some("makestep 1.0 -1\nmaxsamples 4\nmaxjitter 0.03")),
    ("now", None),
];

/// The same lines with another policy.
fn by_policy(world: &World, policy: Option<&str>) -> World {
    policy.map_or_else(|| world.clone(), |directives| world.by_policy(directives))
}

/// "90 (88 to 92)"
fn spread(mut values: Vec<f64>, places: usize) -> String {
    values.sort_by(f64::total_cmp);
    let [least, middle, most] = [values[0], values[values.len() / 2], values[values.len() - 1]];
    format!("{middle:.places$} ({least:.places$} to {most:.places$})")
}

fn head(columns: &[&str]) {
    println!("\n| {} |\n|{}", columns.join(" | "), "---|".repeat(columns.len()));
}

fn row(cells: impl IntoIterator<Item = String>) {
    println!("| {} |", cells.into_iter().collect::<Vec<_>>().join(" | "));
}

const PAUSES_S: [f64; 4] = [0.5, 2.0, 8.0, 30.0];
const RUNS: u32 = 6;

/// After pauses that begin at other moments of a poll: until when the clock was wrong, how far it overshot, and its steps.
fn pauses(world: &World, pause_s: f64) -> [String; 3] {
    let runs = (1..=RUNS).map(|seed| {
        let at = LATER + 1.7 * f64::from(seed);
        let trace = world.clone().paused(at, pause_s).run(at + 2200.0, seed);
        let back = trace.right_after(at + pause_s).unwrap_or(f64::INFINITY);
        (back, trace.overshoot(at, at + 2200.0), trace.steps.len())
    });
    let runs: Vec<(f64, f64, usize)> = runs.collect();
    let overshoot = runs.iter().map(|run| run.1).fold(0.0, f64::max);
    let steps = runs.iter().map(|run| run.2).max().unwrap_or_default();
    [spread(runs.iter().map(|run| run.0).collect(), 0), format!("{overshoot:.2}"), steps.to_string()]
}

fn table_of_pauses(cases: &[(&str, World)]) {
    head(&["", "0.5 s", "2 s", "8 s", "30 s", "overshoot, s", "steps"]);
    for (name, world) in cases {
        let cells = PAUSES_S.map(|pause_s| pauses(world, pause_s));
        let of = |at: usize| cells.iter().map(|cell| cell[at].clone()).max().unwrap_or_default();
        let seconds = cells.iter().map(|cell| cell[0].clone());
        row([(*name).to_owned()].into_iter().chain(seconds).chain([of(1), of(2)]));
    }
}

#[test]
#[ignore = "make bench BENCH=steps"]
fn bench_pauses() {
    let mut cases = Vec::new();
    for (name, machine) in [("AWS", AWS), ("GCE", GCE)] {
        let world = World::of(machine, "", JITTER_S);
        let slewed = world.by_policy("makestep 1.0 3\nmaxjitter 0.1");
        for (policy, directives) in POLICIES {
            cases.push((format!("{name}, {policy}"), by_policy(&world, directives)));
        }
        cases.push((format!("{name}, next to CockroachDB"), slewed));
        cases.push((format!("{name}, `fast_start`"), World::of(machine, FAST, JITTER_S)));
    }
    let cases: Vec<(&str, World)> =
        cases.iter().map(|(name, world)| (name.as_str(), world.clone())).collect();
    table_of_pauses(&cases);
}

#[test]
#[ignore = "make bench BENCH=steps"]
fn bench_clocks() {
    const ALL: &str = "makestep 1.0 -1\nmaxjitter 0.1";
    const FORGETFUL: &str = "makestep 1.0 -1\nmaxjitter 0.1\nmaxsamples 8";
    let of = |machine, settings| World::of(machine, settings, CLOCKS_JITTER_S);
    let azure = of(AZURE, "");
    table_of_pauses(&[
        ("Azure, plan", azure.by_policy("makestep 1.0 3")),
        ("Azure, without `maxsamples`", azure.by_policy(ALL)),
        ("Azure, `maxsamples 8` without `maxdistance`", azure.by_policy(FORGETFUL)),
        ("Azure, now", azure.clone()),
        ("Azure, `trust_clock`", of(AZURE, "trust_clock = true")),
        ("Azure, `fast_start`", of(AZURE, FAST)),
        ("Nitro card, `maxsamples 8`", of(CARD, "").by_policy(FORGETFUL)),
        ("Nitro card, now", of(CARD, "")),
        ("Nitro card, `fast_start`", of(CARD, FAST)),
    ]);
    head(&["", "ten minutes: rms / greatest, µs", "an hour without any source: greatest, ms"]);
    let others =
        [("Azure", AZURE, "without `maxsamples`", ALL), ("Nitro card", CARD, "`maxsamples 8`", FORGETFUL)];
    for (name, machine, other, directives) in others {
        for (policy, directives) in [(other, Some(directives)), ("now", None)] {
            let world = by_policy(&of(machine, ""), directives);
            let steady = world.run(1200.0, 1);
            let mut lost = world.lost(LATER, "clock", HOUR);
            for far in FAR {
                lost = lost.lost(LATER, far, HOUR);
            }
            let lost = (1..=RUNS).map(|seed| lost.run(LATER + HOUR, seed).worst(LATER, LATER + HOUR) * 1e3);
            let errors = [steady.rms(600.0, 1200.0), steady.worst(600.0, 1200.0)]
                .map(|error| format!("{:.1}", error * 1e6));
            row([format!("{name}, {policy}"), errors.join(" / "), spread(lost.collect(), 2)]);
        }
    }
}

#[test]
#[ignore = "make bench BENCH=steps"]
fn bench_steady() {
    head(&["", "jitter, ms", "plan", "earlier", "now", "now, `fast_start`"]);
    for (name, machine) in [("AWS", AWS), ("GCE", GCE)] {
        for jitter_s in [0.00005, 0.0001, 0.001, 0.01] {
            let errors = |world: &World| {
                let trace = world.run(12.0 * HOUR, 1);
                let ms = [trace.rms(3.0 * HOUR, 12.0 * HOUR), trace.worst(3.0 * HOUR, 12.0 * HOUR)];
                ms.map(|error| format!("{:.2}", error * 1e3)).join(" / ")
            };
            let world = World::of(machine, "", jitter_s);
            let cells = POLICIES.map(|(_, directives)| errors(&by_policy(&world, directives)));
            let fast = errors(&World::of(machine, FAST, jitter_s));
            row([name.to_owned(), format!("{}", jitter_s * 1e3)].into_iter().chain(cells).chain([fast]));
        }
    }
}

#[test]
#[ignore = "make bench BENCH=steps"]
fn bench_trouble() {
    head(&["", "plan", "earlier", "now", "now, `fast_start`"]);
    let cells = |judge: &dyn Fn(&World) -> String, machine: &str, jitter_s: f64| {
        let world = World::of(machine, "", jitter_s);
        let mut cells: Vec<String> =
            POLICIES.iter().map(|(_, directives)| judge(&by_policy(&world, *directives))).collect();
        cells.push(judge(&World::of(machine, FAST, jitter_s)));
        cells
    };
    for (name, machine) in [("AWS", AWS), ("GCE", GCE)] {
        for (more_s, lasts) in [(0.1, 300.0), (0.2, 300.0)] {
            let judge = |world: &World| {
                let world = world.clone().queued(LATER, NEAR, lasts, more_s);
                format!("{:.2}", world.run(LATER + 1800.0, 1).worst(LATER, LATER + 1800.0) * 1e3)
            };
            let what = format!("{name}: requests {more_s} s late for {lasts} s, greatest error in ms");
            row([what].into_iter().chain(cells(&judge, machine, JITTER_S)));
        }
        let judge = |world: &World| {
            let mut world = world.clone().lost(LATER, NEAR, 2.0 * HOUR);
            for far in FAR {
                world = world.lost(LATER, far, 2.0 * HOUR);
            }
            let end = LATER + 2.0 * HOUR;
            spread((1..=RUNS).map(|seed| world.run(end, seed).worst(LATER, end) * 1e3).collect(), 1)
        };
        let what = format!("{name}: two hours without any server (jitter of 1 ms), greatest error in ms");
        row([what].into_iter().chain(cells(&judge, machine, 0.001)));
    }
}

/// A server that is the only one and is wrong by 5 s for a while.
#[test]
#[ignore = "make bench BENCH=steps"]
fn bench_lone() {
    head(&["GCE's server is 5 s ahead for", "plan", "now", "now, `fast_start`"]);
    for lasts in [16.0, 40.0, 80.0, 300.0, 600.0] {
        let judge = |world: &World| {
            let runs = (1..=RUNS).map(|seed| {
                let from = LATER + 11.0 * f64::from(seed);
                let trace = world.clone().wrong(from, NEAR, lasts, 5.0).run(from + 3600.0, seed);
                (trace.worst(from, from + 3600.0), trace.steps.len())
            });
            let runs: Vec<(f64, usize)> = runs.collect();
            let followed = runs.iter().filter(|run| run.0 > 0.1).count();
            let steps = runs.iter().map(|run| run.1).max().unwrap_or_default();
            format!("{followed} of {RUNS} followed, {steps} steps")
        };
        let world = World::of(GCE, "", JITTER_S);
        let fast = World::of(GCE, FAST, JITTER_S);
        row([format!("{lasts} s"), judge(&world.by_policy("makestep 1.0 3")), judge(&world), judge(&fast)]);
    }
}
