//! The host's clock, for guests whose own is wrong: every line that a guest writes to its virtio port is answered
//! with the host's time in nanoseconds.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub fn now_ns() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a host clock after 1970").as_nanos()
}

/// Serves the port behind QEMU's socket until QEMU closes it.
pub fn serve(socket: &Path) {
    let stream = connect(socket);
    thread::spawn(move || {
        let mut answers = stream.try_clone().expect("a second handle of the port");
        for _ in BufReader::new(stream).lines().map_while(Result::ok) {
            if writeln!(answers, "{}", now_ns()).is_err() {
                return;
            }
        }
    });
}

/// QEMU makes the socket shortly after it starts.
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
