//! A pause of the whole guest, as a live migration makes one: its processor stands still and its clocks with it, while
//! the world goes on. By QEMU's monitor, whose protocol is one JSON object a line (QMP).

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The socket of a guest's monitor.
#[derive(Clone)]
pub struct Monitor {
    socket: PathBuf,
}

impl Monitor {
    pub fn new(socket: &Path) -> Monitor {
        Monitor { socket: socket.to_owned() }
    }

    /// Stops the guest for this long.
    pub fn pause(&self, length: Duration) {
        let mut talk = Talk::new(&self.socket);
        talk.ask("stop");
        thread::sleep(length);
        talk.ask("cont");
    }
}

struct Talk {
    questions: UnixStream,
    answers: BufReader<UnixStream>,
}

impl Talk {
    /// The monitor greets, and takes commands once its greeting is answered.
    fn new(socket: &Path) -> Talk {
        let questions = connect(socket);
        let answers = BufReader::new(questions.try_clone().expect("a second handle of the monitor"));
        let mut talk = Talk { questions, answers };
        talk.next();
        talk.ask("qmp_capabilities");
        talk
    }

    fn ask(&mut self, command: &str) {
        writeln!(self.questions, "{}", json!({ "execute": command })).expect("asking QEMU's monitor");
        // Events come between a question and its answer.
        loop {
            let answer = self.next();
            assert!(answer.get("error").is_none(), "{command}: {answer}");
            if answer.get("return").is_some() {
                return;
            }
        }
    }

    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("reading from QEMU's monitor");
        serde_json::from_str(&line).unwrap_or_else(|why| panic!("QEMU's monitor: {why}: {line:?}"))
    }
}

/// QEMU makes its sockets shortly after it starts.
pub fn connect(socket: &Path) -> UnixStream {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match UnixStream::connect(socket) {
            Ok(stream) => return stream,
            Err(e) => assert!(Instant::now() < deadline, "QEMU did not open {}: {e}", socket.display()),
        }
        thread::sleep(Duration::from_millis(50));
    }
}
