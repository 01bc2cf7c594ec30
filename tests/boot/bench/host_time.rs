//! The host's clock, for guests whose own is wrong: every line that a guest writes to its virtio port is answered
//! with the host's time in nanoseconds. After "pause MILLISECONDS" the guest is paused first: the answer is when it went on.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::pause::{Monitor, connect};

pub fn now_ns() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a host clock after 1970").as_nanos()
}

/// Serves the port behind QEMU's socket until QEMU closes it.
pub fn serve(socket: &Path, monitor: Monitor) {
    let stream = connect(socket);
    thread::spawn(move || {
        let mut answers = stream.try_clone().expect("a second handle of the port");
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if let Some(length) = line.strip_prefix("pause ").and_then(|length| length.parse().ok()) {
                monitor.pause(Duration::from_millis(length));
            }
            if writeln!(answers, "{}", now_ns()).is_err() {
                return;
            }
        }
    });
}
