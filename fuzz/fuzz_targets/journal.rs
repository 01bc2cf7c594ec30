//! What `journalctl -o json` prints of a boot.
#![no_main]

use cloud_timesync::observe::boot;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = boot::parse(text);
});
