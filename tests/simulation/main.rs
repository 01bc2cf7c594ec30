//! What chronyd makes of what the agent writes, over hours and days: Debian's chronyd in a world in which time costs nothing
//! (world.c). What `bench_` tests print is in docs/step-policy.md: `make bench BENCH=steps`.

#![allow(clippy::disallowed_methods)] // worlds are files, and programs run in them

mod day;
mod tables;
mod world;

use world::{NEAR, World};

const AWS: &str = "aws-debian13";
const GCE: &str = "gce-debian13-serial";
const AZURE: &str = "azure-debian13";
const CARD: &str = "aws-debian13-hardware-clock";
const FAST: &str = "fast_start = true";

/// Of a clock or of the cloud's own server, in seconds.
const JITTER_S: f64 = 0.0001;
/// Of the clocks: no more than a card or a hypervisor has.
const CLOCKS_JITTER_S: f64 = 0.00001;

/// When something happens: chronyd has been up for two hours.
const LATER: f64 = 7200.0;

#[test]
fn a_pause_ends_in_one_step_forward() {
    for (machine, settings, jitter_s, within_s) in [
        (AWS, "", JITTER_S, 100.0),
        (AWS, FAST, JITTER_S, 60.0),
        (GCE, "", JITTER_S, 390.0),
        (GCE, FAST, JITTER_S, 80.0),
        (AZURE, "", CLOCKS_JITTER_S, 110.0),
        (AZURE, FAST, CLOCKS_JITTER_S, 90.0),
        (CARD, "", CLOCKS_JITTER_S, 60.0),
    ] {
        let world = World::of(machine, settings, jitter_s);
        for (seed, pause_s) in [(1, 2.0), (2, 2.0), (3, 8.0), (4, 30.0), (5, 8.0), (6, 2.0)] {
            let at = LATER + 1.7 * f64::from(seed);
            let trace = world.clone().paused(at, pause_s).run(at + 600.0, seed);
            let right = trace.right_after(at + pause_s);
            let case =
                format!("{machine}, {settings}, {pause_s} s: {right:?} {:?}\n{}", trace.steps, trace.log);
            assert!(right.is_some_and(|right| right < within_s), "{case}");
            assert!(trace.overshoot(at, at + 600.0) < 0.1, "{case}");
            assert!(matches!(trace.steps[..], [(_, by)] if by > pause_s - 0.1), "{case}");
        }
    }
}

/// chronyd's test of delays, which it has with six samples or more.
#[test]
fn requests_that_are_held_up_move_no_clock() {
    for machine in [AWS, GCE] {
        let world = World::of(machine, "", JITTER_S).queued(LATER, NEAR, 300.0, 0.2);
        let worst = world.run(LATER + 1800.0, 1).worst(LATER, LATER + 1800.0);
        assert!(worst < 0.002, "{machine}: {worst}");
    }
}

#[test]
fn no_start_is_lost_to_a_server_whose_answers_scatter() {
    for machine in [AWS, GCE] {
        let world = World::of(machine, "", 0.08).ahead(5.0);
        for seed in 1..=20 {
            let trace = world.run(180.0, seed);
            let is_set = matches!(trace.steps[..], [(at, _)] if at < 30.0);
            assert!(is_set, "{machine}, {seed}: {:?} {}", trace.steps, trace.log);
        }
    }
}

#[test]
fn a_trusted_clock_decides_where_it_and_the_server_disagree() {
    const WRONG_S: f64 = 0.2;
    let trusted = "trust_clock = true";
    let of = |settings| World::of(AZURE, settings, CLOCKS_JITTER_S);
    let run = |world: &World| world.clone().wrong(LATER, "clock", 1e6, WRONG_S).run(LATER + 1800.0, 1);
    let alone = run(&of(""));
    assert!(alone.log.contains("Can't synchronise: no majority"), "{}", alone.log);
    for settings in [trusted, FAST, "trust_clock = true\nfast_start = true"] {
        let followed = run(&of(settings));
        let end = followed.errors.last().map(|(_, error)| *error);
        assert!(end.is_some_and(|end| (end - WRONG_S).abs() < 0.001), "{end:?} {}", followed.log);
    }
    // chronyd goes by what the clock has told it for as long as it has asked the server: it knows the rate well.
    let (end, lost) = (3.0 * LATER, of(trusted).lost(LATER, "clock", LATER * 2.0));
    let lost = lost.run(end, 1);
    assert!(lost.log.trim_end().ends_with("Selected source 203.0.113.1"), "{}", lost.log);
    assert!(lost.worst(LATER, end) < 0.005, "{}", lost.worst(LATER, end));
}
