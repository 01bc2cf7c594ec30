use std::time::Duration;

use super::*;

const TOOLS: &str = include_str!("clock.sh");

#[test]
#[ignore = "make bench BENCH=clock"]
fn explore_ntp() {
    explore("", Cloud::aws(), include_str!("/tmp/explore-ntp.sh"));
}

#[test]
#[ignore = "make bench BENCH=clock"]
fn explore_phc() {
    explore("", Cloud::azure(), include_str!("/tmp/explore-phc.sh"));
}

fn explore(prepare: &str, cloud: Cloud, script: &str) {
    let disk = Disk::twisted(Release::Debian13, Agent::ReloadsAndQueues, |root| {
        write(root, "etc/chrony/chrony.conf", "server 169.254.7.7 iburst\nserver 169.254.169.123 iburst\nmakestep 1.0 3\n");
    });
    let boot = Boot::of(&disk, Machine::Azure, cloud).hyperv_clock_after(0);
    let evidence = boot.looking_for(Duration::from_secs(3000)).look(&format!("{TOOLS}\n{prepare}\n{script}")).run();
    println!("{}", evidence.look());
}
