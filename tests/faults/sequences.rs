//! Whatever was done on a machine, and in whatever order: `undo` gives back what was there before
//! the agent, with what others have done since, and no text that an operator wrote is lost.

mod step;
mod world;

use std::time::SystemTime;

use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

use step::{Scene, scenes};
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
