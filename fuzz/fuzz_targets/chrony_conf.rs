//! A chrony.conf of somebody else's.
#![no_main]

use cloud_timesync::machine::{Conf, ConfLine};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let conf = Conf::parse(text);
    let sources: Vec<String> = conf.sources().into_iter().map(ConfLine::to_string).collect();
    let again = Conf::parse(&sources.join("\n"));
    assert_eq!(sources, again.sources().into_iter().map(ConfLine::to_string).collect::<Vec<_>>());
    conf.lines().for_each(|line| drop(line.reads_more()));
});
