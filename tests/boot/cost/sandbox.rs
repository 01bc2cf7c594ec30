//! What the agent's sandbox costs: `make bench BENCH=sandbox` makes bench/results/sandbox.md of what this measures.

use super::*;

/// Services that do nothing, as bench/src/sandbox.rs reads them.
#[derive(Serialize)]
struct Service {
    /// "nothing", "everything", or the line that is left out.
    sandbox: String,
    /// From the process' start to its end.
    milliseconds: Vec<f64>,
}

#[test]
#[ignore = "make bench BENCH=sandbox"]
fn bench_sandbox() {
    let evidence = boot_looking(&Variant::named("unprepared").disk(), began_s(), include_str!("sandbox.sh"));
    let services: Vec<Service> = evidence.look().lines().map(service).collect();
    assert!(services.len() > 30, "{}", evidence.look());
    keep("sandbox.json", &services);
}

/// "MICROSECONDS ... WHICH"
fn service(line: &str) -> Service {
    let is_number = |word: &&str| word.bytes().all(|byte| byte.is_ascii_digit());
    let words: Vec<&str> = line.split(' ').collect();
    let (numbers, which) = words.split_at(words.iter().take_while(|word| is_number(word)).count());
    let milliseconds = numbers.iter().map(|number| number.parse::<f64>().expect("digits") / 1e3);
    Service { milliseconds: milliseconds.collect(), sandbox: which.join(" ") }
}
