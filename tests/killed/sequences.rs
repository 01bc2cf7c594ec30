//! Whatever was done on a machine, and in whatever order: `undo` gives back what was there before
//! the agent, with what others have done since, and no text that an operator wrote is lost.

mod step;
mod world;

use std::time::SystemTime;

use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

use step::{Scene, Step, scenes};
use world::World;

/// Plays `cases` scenes. A scene that goes wrong is made as short as it can be.
fn play(cases: u32, seed: u64) {
    let config = Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 300,
        ..Config::default()
    };
    let played = TestRunner::new(config)
        .run(&scenes(), |scene| play_one(&scene).map_err(|why| TestCaseError::fail(format!("{why:#?}"))));
    played.unwrap_or_else(|why| panic!("with PROPTEST_RNG_SEED={seed}: {why}"));
    println!("{cases} scenes with PROPTEST_RNG_SEED={seed}");
}

fn play_one(scene: &Scene) -> Result<(), Vec<String>> {
    let mut world = World::of(scene);
    for step in &scene.steps {
        world.does(step)?;
    }
    world.undoes()
}

fn on(machine: &'static str, steps: Vec<Step>) -> Scene {
    Scene { machine, steps }
}

fn apply(platform: Option<&'static str>, confined: bool) -> Step {
    Step::Apply { platform, force: false, confined }
}

const CONF: &str = "etc/chrony/chrony.conf";

/// Found by the two below.
#[test]
fn sequences_that_have_gone_wrong_go_well() {
    let link =
        |target| Step::Link { path: "etc/systemd/system/multi-user.target.wants/openntpd.service", target };
    let scenes = [
        // In the unit's sandbox and outside of it.
        on("aws-debian13", vec![apply(None, false), apply(Some("unknown"), true)]),
        on("aws-debian13", vec![apply(None, true), apply(Some("unknown"), true), apply(None, false)]),
        // What somebody writes where the agent's file was takes the place of that, and not of nothing.
        on(
            "aws-debian13",
            vec![Step::Remove(CONF), apply(None, false), Step::Remove(CONF), Step::Write(CONF)],
        ),
        // Two names of the same unit file.
        on(
            "aws-debian13-rivals",
            vec![
                link("/lib/systemd/system/openntpd.service"),
                apply(None, false),
                link("/usr/lib/systemd/system/openntpd.service"),
            ],
        ),
        // chrony-wait's drop-in is for a directive that goes with the agent's chrony.conf.
        on(
            "aws-debian13",
            vec![
                Step::Configure(Some("[chrony]\nextra = [\"cmdport 0\"]\n")),
                apply(None, false),
                apply(Some("unknown"), false),
            ],
        ),
    ];
    for scene in scenes {
        play_one(&scene).unwrap_or_else(|why| panic!("{scene:#?}: {why:#?}"));
    }
}

/// Another one each time; the environment's, where a failure is repeated.
fn seed() -> u64 {
    let told = std::env::var("PROPTEST_RNG_SEED").ok().and_then(|seed| seed.parse().ok());
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    told.unwrap_or(now.as_nanos() as u64)
}

#[test]
fn undo_after_any_sequence_gives_the_original_back() {
    play(60, seed());
}

/// PROPTEST_CASES says how many; without it, some minutes of them.
#[test]
#[ignore = "minutes"]
fn undo_after_thousands_of_sequences_gives_the_original_back() {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let (cases, seed) = (cases.unwrap_or(4000) / 2, seed());
    // Most of a scene is waiting for processes.
    std::thread::scope(|scope| {
        for thread in 0..2 {
            scope.spawn(move || play(cases, seed.wrapping_add(thread)));
        }
    });
}
