//! The host's clock, for guests whose own is wrong: every line that a guest writes to its virtio port is answered with the
//! host's time in nanoseconds. After "pause MILLISECONDS" the guest is paused first, as a live migration does it: its
//! processor stands still and its clocks with it, while the world goes on. The answer is when it went on.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Serves the port behind QEMU's socket until QEMU closes it. `monitor` is the socket of QEMU's monitor.
pub fn serve(port: &Path, monitor: PathBuf) {
    let stream = connect(port);
    thread::spawn(move || {
        let mut answers = stream.try_clone().expect("a second handle of the port");
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if let Some(length) = line.strip_prefix("pause ").and_then(|length| length.parse().ok()) {
                pause(&monitor, Duration::from_millis(length));
            }
            let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a host clock after 1970");
            if writeln!(answers, "{}", now.as_nanos()).is_err() {
                return;
            }
        }
    });
}

fn pause(monitor: &Path, length: Duration) {
    let mut monitor = connect(monitor);
    writeln!(monitor, "stop").expect("asking QEMU's monitor");
    thread::sleep(length);
    writeln!(monitor, "cont").expect("asking QEMU's monitor");
}

/// QEMU makes its sockets shortly after it starts.
fn connect(socket: &Path) -> UnixStream {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match UnixStream::connect(socket) {
            Ok(stream) => return stream,
            Err(e) => assert!(Instant::now() < deadline, "QEMU did not open {}: {e}", socket.display()),
        }
        thread::sleep(Duration::from_millis(50));
    }
}
