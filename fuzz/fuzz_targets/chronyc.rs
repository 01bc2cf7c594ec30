//! What `chronyc -c` prints.
#![no_main]

use cloud_timesync::observe::chronyc;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = chronyc::parse_tracking(text);
    let _ = chronyc::parse_sources(text);
});
