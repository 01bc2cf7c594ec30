//! A cluster's own time servers with real chronyd, three to five of it, each in a network namespace with a clock of its own
//! that drifts. What each reads is what the agent wrote from one configuration; `cluster/` has the bench. It needs root,
//! and on every clock here time passes eight times as fast as outside. No clock of the host's is touched: `chronyd -x`.

#![allow(clippy::disallowed_methods)] // the bench makes trees and runs programs

mod clock;
mod machine;
mod network;
mod outside;

use std::net::Ipv4Addr;
use std::path::Path;

use clock::{Oscillator, Time};
use machine::Machine;
use network::{CLOUDS_SERVER, Network, OUTSIDE, STRANGER, address};
use outside::{Server, error_of};

const CORE_AND_CLIENTS: &str = "[cluster]\nservers = [\"core1\", \"core2\", \"core3\"]\nprefer = \"core1\"\n\
                                allow = [\"10.77.0.0/24\"]\n";
const MESH: &str = "[cluster]\nrole = \"mesh\"\nmembers = [\"node1\", \"node2\", \"node3\"]\n\
                    allow = [\"10.77.0.0/24\"]\n";

/// Clocks as virtual machines have them, one for each machine.
const CLOCKS: [Oscillator; 5] = [
    Oscillator { offset_s: 0.3, rate_ppm: 20.0 },
    Oscillator { offset_s: -0.4, rate_ppm: -30.0 },
    Oscillator { offset_s: 0.5, rate_ppm: 15.0 },
    Oscillator { offset_s: 0.2, rate_ppm: 40.0 },
    Oscillator { offset_s: -0.7, rate_ppm: -25.0 },
];

/// Waits for it, for so many seconds of the bench's time.
#[track_caller]
fn until(what: &str, limit_s: f64, machines: &[Machine], holds: impl Fn() -> bool) {
    let time = Time::begin();
    while !holds() {
        let story = || machines.iter().map(Machine::story).collect::<String>();
        assert!(time.passed() < limit_s, "not within {limit_s} s: {what}\n{}", story());
        clock::wait(4.0);
    }
    println!("after {:.0} s: {what}", time.passed());
}

/// How far apart the clocks of these machines are, in seconds.
fn spread(network: &Network, time: Time, machines: &[Machine]) -> f64 {
    let error = |machine: &Machine| error_of(&network.outside, OUTSIDE, machine.address, time);
    let errors: Vec<f64> = machines.iter().filter_map(error).collect();
    assert_eq!(errors.len(), machines.len(), "somebody does not answer");
    let most = errors.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let spread = most - errors.iter().copied().fold(f64::INFINITY, f64::min);
    println!("  {errors:.6?} s off, {:.3} ms apart", spread * 1e3);
    spread
}

/// The cloud's time server is off by another amount in each zone.
fn zone_error(machine: Ipv4Addr) -> f64 {
    match machine.octets()[3] {
        1 => 0.009,
        2 => -0.002,
        _ => 0.0005,
    }
}

fn configured<'a>(network: &'a Network, names: &[&str], config: &str, directory: &Path) -> Vec<Machine<'a>> {
    let machine = |(at, name): (usize, &&str)| {
        Machine::configured(&network.machines[at], address(at), name, config, directory)
    };
    names.iter().enumerate().map(machine).collect()
}

fn start(machines: &mut [Machine], directory: &Path, time: Time) {
    let preload = clock::compile(directory);
    for (machine, clock) in machines.iter_mut().zip(CLOCKS) {
        machine.start(clock, &preload, time);
    }
}

#[test]
fn clients_stay_together_without_a_core_server_and_an_outside() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let names = ["core1", "core2", "core3", "client1", "client2"];
    let network = Network::of(&names, directory.path());
    let mut machines = configured(&network, &names, CORE_AND_CLIENTS, directory.path());
    let time = Time::begin();
    let cloud = network.outside.enter(|| Server::start(CLOUDS_SERVER, time, zone_error));
    start(&mut machines, directory.path(), time);

    until("the clients follow the preferred core server", 300.0, &machines, || {
        machines[3..].iter().all(|client| client.follows(address(0)))
            && machines[..3].iter().all(|core| core.follows(CLOUDS_SERVER))
    });
    clock::wait(180.0);
    let (cores, clients) = (spread(&network, time, &machines[..3]), spread(&network, time, &machines[3..]));
    assert!(cores > 0.008, "the zones are 11 ms apart");
    assert!(clients < cores / 2.0, "the clients are no closer than the core servers");
    for stranger in &machines[..3] {
        assert_eq!(
            error_of(&network.outside, STRANGER, stranger.address, time),
            None,
            "a stranger was served"
        );
    }

    machines[0].stop();
    until("the clients follow another core server", 600.0, &machines[1..], || {
        machines[3..].iter().all(|client| client.follows(address(1)) || client.follows(address(2)))
    });
    clock::wait(60.0);
    let clients = spread(&network, time, &machines[3..]);
    assert!(clients < 0.02, "the clients did not stay together");

    cloud.switch_off();
    until("one core server follows the other, and the clients either", 900.0, &machines[1..], || {
        machines[1].follows(address(2)) || machines[2].follows(address(1))
    });
    clock::wait(120.0);
    assert!(spread(&network, time, &machines[1..]) < 0.02, "without an outside the cluster fell apart");
}

#[test]
fn core_servers_without_an_outside_serve_only_as_orphans() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let names = ["core1", "core2", "core3", "client1"];
    let network = Network::of(&names, directory.path());
    let time = Time::begin();
    let client_is_synchronised = |machines: &[Machine]| {
        machines[3].tracking().is_some_and(|tracking| tracking.leap != "Not synchronised")
    };

    let mut machines = configured(&network, &names, CORE_AND_CLIENTS, &directory.path().join("without"));
    start(&mut machines, directory.path(), time);
    until("every chronyd answers", 60.0, &machines, || machines.iter().all(|one| one.tracking().is_some()));
    clock::wait(150.0);
    assert!(!client_is_synchronised(&machines), "{}", machines[3].story());
    machines.iter_mut().for_each(Machine::stop);

    let config = format!("{CORE_AND_CLIENTS}orphan_stratum = 10\n");
    let mut machines = configured(&network, &names, &config, &directory.path().join("with"));
    start(&mut machines, directory.path(), time);
    until("the client goes by a clock that nobody set", 300.0, &machines, || {
        client_is_synchronised(&machines)
    });
    let stratum = machines[3].tracking().map(|tracking| tracking.stratum);
    assert!(stratum >= Some(11), "verify tells it by its stratum: {stratum:?}");
}

#[test]
fn a_mesh_that_nothing_outside_sets_goes_where_its_leader_goes() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let names = ["node1", "node2", "node3"];
    let network = Network::of(&names, directory.path());
    let mut machines = configured(&network, &names, MESH, directory.path());
    let time = Time::begin();
    start(&mut machines, directory.path(), time);
    let leads = |machine: &Machine| machine.tracking().is_some_and(|seen| seen.reference_id == "7F7F0101");

    until("one leads, and the others follow it", 300.0, &machines, || {
        leads(&machines[0]) && machines[1..].iter().all(|member| member.follows(address(0)))
    });
    clock::wait(120.0);
    assert!(spread(&network, time, &machines) < 0.02, "the members are apart");
    // What chrony-wait asks, but for the correction: -x makes none.
    let passes = |machine: &Machine| machine.chronyc(&["waitsync", "1"]).status.success();
    assert_eq!(machines.iter().map(passes).collect::<Vec<_>>(), [false, true, true]);

    machines[0].stop();
    clock::wait(300.0);
    assert!(spread(&network, time, &machines[1..]) < 0.02, "the members that are left fell apart");

    // This is no promise but a price: docs/cluster.md names it.
    machines[0].start(Oscillator { offset_s: 0.9, rate_ppm: 20.0 }, &clock::compile(directory.path()), time);
    let member = |at: usize| error_of(&network.outside, OUTSIDE, address(at), time);
    until("a leader that restarts takes the others to its own clock", 300.0, &machines, || {
        (1..3).all(|at| member(at).is_some_and(|error| (0.85..1.0).contains(&error)))
    });
}

/// How often a machine asks its time server: the poll (a power of two), and how many packets so far.
fn asks(machine: &Machine) -> (i32, u32) {
    let field = |words: &[&str], at: usize| {
        let text = String::from_utf8(machine.chronyc(words).stdout).expect("UTF-8");
        let line = text.lines().find(|line| line.contains(&CLOUDS_SERVER.to_string())).unwrap_or_default();
        line.split(',').nth(at).unwrap_or_else(|| panic!("{words:?}: {text}")).to_owned()
    };
    let poll = field(&["sources"], 4).parse().expect("a poll");
    (poll, field(&["ntpdata"], TOTAL_TX).parse().expect("a number of packets"))
}

/// Of chrony 4.3's ntpdata, the place of "Total TX".
const TOTAL_TX: usize = 30;

#[test]
fn a_fast_start_is_first_and_then_asks_no_more_often() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let network = Network::of(&["plan", "fast"], directory.path());
    let of = |at: usize, name, config| {
        Machine::configured(&network.machines[at], address(at), name, config, directory.path())
    };
    let mut machines = vec![of(0, "plan", ""), of(1, "fast", "fast_start = true\n")];
    let time = Time::begin();
    let _cloud = network.outside.enter(|| Server::start(CLOUDS_SERVER, time, |_| 0.0));
    start(&mut machines, directory.path(), time);
    let began = Time::begin();
    while !machines[1].follows(CLOUDS_SERVER) {
        assert!(began.passed() < 20.0, "{}", machines[1].story());
        clock::wait(0.2);
    }
    println!("after {:.1} s: a fast start", began.passed());
    assert!(!machines[0].follows(CLOUDS_SERVER), "the other one was no later");
    clock::wait(120.0);
    let first = [asks(&machines[0]), asks(&machines[1])];
    clock::wait(320.0);
    let second = [asks(&machines[0]), asks(&machines[1])];
    assert_eq!(second.map(|(poll, _)| poll), [4, 4]);
    let packets = [0, 1].map(|at| second[at].1 - first[at].1);
    assert!(packets[1] <= packets[0] + 2, "{packets:?} packets in twenty polls");
}
