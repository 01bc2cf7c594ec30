//! The host's clock, for guests whose own is wrong: every line that a guest writes to its virtio port is answered with the
//! host's time in nanoseconds. After "pause MILLISECONDS" the guest is paused first, as a live migration does it: its
//! processor stands still and its clocks with it, while the world goes on. After "move" it is saved in a file, and goes on in
//! another QEMU. The answer is when it went on.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long nobody runs a guest that is moved, beside what QEMU takes to save and to load it.
pub const MOVE: Duration = Duration::from_secs(8);

/// Serves the port of the QEMU with these sockets until QEMU closes it. One that was `moved` here goes on when there is an
/// answer to what it asked. One that asks to be moved is saved in this file.
pub fn serve(sockets: &Path, moved: bool, saved: PathBuf) {
    let (port, monitor) = (connect(&sockets.join("host-time")), sockets.join("monitor"));
    thread::spawn(move || {
        let mut answers = port.try_clone().expect("a second handle of the port");
        if moved {
            go_on(&monitor);
            answer(&mut answers);
        }
        for line in BufReader::new(port).lines().map_while(Result::ok) {
            if let Some(length) = line.strip_prefix("pause ").and_then(|length| length.parse().ok()) {
                pause(&monitor, Duration::from_millis(length));
            } else if line == "move" {
                return save(&monitor, &saved);
            }
            if !answer(&mut answers) {
                return;
            }
        }
    });
}

/// False where QEMU is gone.
fn answer(port: &mut UnixStream) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a host clock after 1970");
    writeln!(port, "{}", now.as_nanos()).is_ok()
}

/// Saves the guest, and ends QEMU: the monitor reads its second line when the first is done.
fn save(monitor: &Path, state: &Path) {
    let mut monitor = connect(monitor);
    writeln!(monitor, "migrate file:{}\nquit", state.display()).expect("asking QEMU's monitor");
    // It forgets what it has not read when the line is closed.
    let _ = io::copy(&mut monitor, &mut io::sink());
}

/// Lets a guest go on that QEMU is loading, once that is done.
fn go_on(monitor: &Path) {
    let mut monitor = connect(monitor);
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut told = [0; 4096];
    loop {
        writeln!(monitor, "info status").expect("asking QEMU's monitor");
        thread::sleep(Duration::from_millis(50));
        let length = monitor.read(&mut told).expect("reading QEMU's monitor");
        let told = String::from_utf8_lossy(&told[..length]);
        if told.contains("VM status: paused") && !told.contains("inmigrate") {
            break;
        }
        assert!(Instant::now() < deadline, "QEMU does not load the guest: {told}");
    }
    writeln!(monitor, "cont").expect("asking QEMU's monitor");
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
