//! Numbers that the wait reckons with.

use super::*;

const USUAL: Duration = Duration::from_secs(180);

/// The limit that counts from chrony-wait's begin on, or from this start of the wait's.
fn counted(chrony_wait: Service, configured: Duration) -> (bool, Duration) {
    let own = Stopwatch::start();
    let (since, limit) = limit(Some(chrony_wait), own, configured);
    (since.elapsed() >= own.elapsed() + Duration::from_secs(1), limit)
}

/// chrony-wait as PID 1 tells of it when it began so many seconds ago.
fn began(seconds_ago: u64, start_timeout: Option<Duration>) -> Service {
    let now = Stopwatch::since(Duration::ZERO).elapsed();
    let began = Some(now.saturating_sub(Duration::from_secs(seconds_ago)));
    Service { began, start_timeout, ..Service::default() }
}

#[test]
fn both_waits_together_take_no_longer_than_the_gate() {
    let own = Some(Duration::from_secs(600));
    assert_eq!(counted(began(20, Some(USUAL)), USUAL), (true, USUAL));
    assert_eq!(
        counted(began(20, own), USUAL),
        (true, Duration::from_secs(600)),
        "the operator's, of chrony-wait"
    );
    assert_eq!(
        counted(began(20, own), Duration::from_secs(60)),
        (true, Duration::from_secs(60)),
        "[gate] timeout"
    );
}

#[test]
fn a_later_start_counts_from_itself() {
    assert_eq!(counted(began(211, Some(USUAL)), USUAL), (false, USUAL));
    assert_eq!(counted(began(200, Some(USUAL)), USUAL), (true, USUAL), "chrony-wait has just given up");
}

#[test]
fn a_next_measurement_is_named_only_when_it_is_known() {
    let sources = |lines: &str| until_next(&chronyc::parse_sources(lines).expect("lines of chronyc's"));
    let one = |state: char, poll: i8, age: u32| format!("^,{state},a,3,{poll},17,{age},0.0,0.0,0.1\n");
    assert_eq!(sources(&one('*', 6, 2)), None, "iburst's next is 2 s later");
    assert_eq!(sources(&one('*', 6, u32::MAX)), None);
    assert_eq!(sources(&one('*', 6, 20)), Some(44.0));
    assert_eq!(sources(&(one('*', 6, 20) + &one('+', 4, 9) + &one('-', 4, 15))), Some(7.0));
    assert_eq!(sources(&(one('*', 6, 20) + &one('+', 6, 1))), None, "the second one may come first");
    assert_eq!(sources(&one('*', 4, 19)), Some(0.0), "it is late");
}

/// systemd's own, 90 s, is what PID 1 tells of a unit that is not there.
#[test]
fn without_chrony_wait_the_gates_timeout_is_the_limit() {
    let not_there = Service { start_timeout: Some(Duration::from_secs(90)), ..Service::default() };
    assert_eq!(counted(not_there, USUAL), (false, USUAL));
}
