//! A machine of a cluster with time servers of its own.

use super::*;

const SERVERS: &str = "servers = [\"core1\", \"core2\", \"core3\"]\nprefer = \"core1\"\nallow = [\"10.0.0.0/8\"]\n\
                       orphan_stratum = 10";
const MESH: &str = "role = \"mesh\"\nmembers = [\"db7\", \"db8\", \"db9\"]\nallow = [\"10.0.0.0/8\"]";

fn world(name: &str, cluster: &str, more: &str) -> World {
    let config = toml::from_str(&format!("[cluster]\n{cluster}\n{more}")).expect("a configuration");
    World::of(Machine { host_names: vec![name.into()], ..machine(Platform::Aws) }, config)
}

fn follow(world: &mut World, mode: char, name: &str, stratum: u8) {
    *world.sources() = vec![source(mode, '*', name)];
    let tracking = world.tracking().clone();
    *world.tracking() = Tracking { reference_id: "0A000001".into(), name: name.into(), stratum, ..tracking };
}

fn lead(world: &mut World) {
    *world.sources() = vec![source('=', '?', "db8")];
    let tracking = world.tracking().clone();
    *world.tracking() = Tracking { reference_id: "7F7F0101".into(), stratum: 10, ..tracking };
}

#[test]
fn a_client_follows_the_core_servers_and_nothing_else() {
    let mut world = world("db7", SERVERS, "");
    follow(&mut world, '^', "core2", 4);
    assert_eq!(world.complaints(), [""; 0]);
    follow(&mut world, '^', "169.254.169.123", 4);
    assert_eq!(world.complaints(), ["no-other-source", "reference"]);
}

#[test]
fn core_servers_that_lost_the_outside_are_seen_by_their_clients() {
    let mut world = world("db7", SERVERS, "");
    follow(&mut world, '^', "core1", 11);
    assert_eq!(world.complaints(), ["stratum"]);
}

#[test]
fn a_core_server_may_follow_a_peer_and_not_its_own_clock() {
    let mut world = world("core3", SERVERS, "");
    follow(&mut world, '=', "core1", 5);
    assert_eq!(world.complaints(), [""; 0]);
    lead(&mut world);
    assert_eq!(world.complaints(), ["no-other-source", "reference", "stratum"]);
}

#[test]
fn a_mesh_alone_goes_by_a_clock_of_its_own_and_that_is_said() {
    let mut world = world("db7", MESH, "");
    lead(&mut world);
    assert_eq!(world.complaints(), [""; 0]);
    assert!(world.report().to_string().contains("the machine's own clock, which nothing outside sets"));
    follow(&mut world, '=', "db8", 11);
    assert_eq!(world.complaints(), [""; 0]);
    assert!(world.report().to_string().contains("the cluster's own clock, which nothing outside sets"));
}

#[test]
fn a_mesh_with_a_source_outside_must_not_go_by_its_own_clock() {
    let mut world = world("db7", MESH, "[[source]]\nserver = \"10.1.2.3\"\n");
    follow(&mut world, '^', "10.1.2.3", 3);
    assert_eq!(world.complaints(), [""; 0]);
    lead(&mut world);
    assert_eq!(world.complaints(), ["reference", "stratum"]);
}
