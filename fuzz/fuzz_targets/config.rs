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
        // What becomes text in chrony.conf or in a unit is on its line.
        Ok(configured) => {
            let config = configured.config;
            let words = config.sources.iter().map(|source| format!("{:?} {}", source.place, source.options));
            let units = config.gate.units.iter().map(|unit| unit.as_str().to_owned());
            assert!(!words.chain(units).any(|word| word.chars().any(char::is_control)));
        }
        Err(why) => assert!(!why.to_string().contains('\n'), "{why:?}"),
    }
});
