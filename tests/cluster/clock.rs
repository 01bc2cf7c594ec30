//! The bench's time, which passes faster than the host's, and the clocks that differ from it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};

use test_support::{ntp, repository, run};

/// Time in the bench: a minute of chronyd's polls passes in eight seconds.
pub const SPEED: f64 = 8.0;

/// The bench's own time, which is the true one.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    since: f64,
    began: u64,
}

impl Time {
    pub fn begin() -> Time {
        let began = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        Time { since: monotonic(), began }
    }

    /// Seconds since the bench's beginning.
    pub fn passed(self) -> f64 {
        (monotonic() - self.since) * SPEED
    }

    /// Seconds since the beginning, as NTP's 64 bits have them.
    pub fn as_ntp(self, passed: f64) -> [u8; 8] {
        let whole = passed.floor();
        let seconds = (self.began + ntp::EPOCH_S).wrapping_add_signed(whole as i64) as u32;
        let fraction = ((passed - whole) * 4_294_967_296.0) as u32;
        ntp::timestamp(seconds.into(), fraction)
    }

    pub fn of_ntp(self, bytes: &[u8]) -> f64 {
        let word = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
        let seconds = i64::from(word(0)) - i64::from((self.began + ntp::EPOCH_S) as u32);
        seconds as f64 + f64::from(word(4)) / 4_294_967_296.0
    }
}

fn monotonic() -> f64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}

/// A machine's own clock: by how many seconds it is off at first, and how many millionths it is too fast.
#[derive(Clone, Copy, Debug)]
pub struct Oscillator {
    pub offset_s: f64,
    pub rate_ppm: f64,
}

impl Oscillator {
    /// Lets the command run by this clock.
    pub fn give(self, command: &mut Command, preload: &Path, time: Time) {
        command.env("LD_PRELOAD", preload);
        let values = [
            ("SINCE", time.since),
            ("BEGAN", time.began as f64),
            ("SPEED", SPEED),
            ("OFFSET", self.offset_s),
            ("RATE", self.rate_ppm * 1e-6),
        ];
        for (name, value) in values {
            command.env(format!("BENCH_{name}"), format!("{value:.9}"));
        }
    }
}

/// Compiles what is preloaded.
pub fn compile(directory: &Path) -> PathBuf {
    let library = directory.join("clock.so");
    let source = repository().join("tests/cluster/clock.c");
    run(Command::new("cc").args(["-O2", "-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-lm"));
    library
}

/// Seconds of the bench's time, as the host's.
pub fn wait(seconds: f64) {
    std::thread::sleep(Duration::from_secs_f64(seconds / SPEED));
}
