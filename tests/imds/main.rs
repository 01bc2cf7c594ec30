//! The metadata services, true and hostile, on loopback. Nothing here leaves the machine.

// Tests build trees and run programs.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod doubt;
mod hostile;
mod plays;
mod proof;
mod reach;

use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use cloud_timesync::observe::imds::{self, Answer, Endpoints};
use cloud_timesync::platform::{Evidence, Platform, Strength};

/// The agent's own.
const DEADLINE: Duration = Duration::from_secs(5);
/// How late a busy machine may come to what has happened: less than any deadline that was missed would cost.
const LATE: Duration = Duration::from_secs(2);
const MS: fn(u64) -> Duration = Duration::from_millis;

/// Only an IPv4 endpoint.
fn at(v4: SocketAddr) -> Endpoints {
    Endpoints { v4, aws_v6: None, oci_v6: None }
}

/// Asks as the agent does, on one thread, and says how long it took.
fn ask(endpoints: Endpoints, deadline: Duration) -> (Answer, Duration) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let began = Instant::now();
    let answer = runtime.block_on(imds::ask(&endpoints, deadline));
    (answer, began.elapsed())
}

/// The quickest of five answers: what is not waited for shows in it, on a busy machine too.
fn quickest(endpoints: impl Fn() -> Endpoints) -> (Answer, Duration) {
    let answers = (0..5).map(|_| ask(endpoints(), DEADLINE));
    answers.min_by_key(|(_, took)| *took).expect("five")
}

fn answer(v4: SocketAddr) -> Answer {
    ask(at(v4), DEADLINE).0
}

fn proved(platform: Platform, says: &str) -> Answer {
    Answer::Proved(Evidence { platform, strength: Strength::Strong, says: says.to_owned() })
}

/// Nobody listens there. The address is no other test's, so that none takes the port.
fn closed(host: &str) -> SocketAddr {
    TcpListener::bind((host, 0)).unwrap().local_addr().unwrap()
}

#[track_caller]
fn assert_no_proof(answer: &Answer, because: &str) {
    let Answer::NoProof(why) = answer else { panic!("{answer:?} is not NoProof") };
    assert!(why.contains(because), "{because:?} is not in {why:?}");
}

#[track_caller]
fn assert_ask_again(answer: &Answer, because: &str) {
    let Answer::AskAgain(why) = answer else { panic!("{answer:?} is not AskAgain") };
    assert!(why.contains(because), "{because:?} is not in {why:?}");
}
