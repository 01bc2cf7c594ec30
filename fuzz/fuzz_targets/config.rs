//! The configuration: the main file and, after a NUL, a drop-in.
#![no_main]

mod tree;

use cloud_timesync::config;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let tree = tree::Tree::new();
    let files = ["etc/cloud-timesync/config.toml", "run/cloud-timesync/config.toml.d/x.toml"];
    for (file, text) in files.iter().zip(data.split(|byte| *byte == 0)) {
        tree.write(file, text);
    }
    match config::load(&tree.root) {
        // Each becomes one line of chrony.conf or of a unit.
        Ok(configured) => {
            let config = configured.config;
            let lines = config.sources.iter().map(|source| source.line.to_string());
            let units = config.gate.units.iter().map(|unit| unit.as_str().to_owned());
            for line in lines.chain(units) {
                // chronyd reads a line in pieces of 2047 bytes.
                assert!(line.len() < 1024 && !line.chars().any(char::is_control), "{line:?}");
            }
        }
        Err(why) => assert!(!why.to_string().contains('\n'), "{why:?}"),
    }
});
