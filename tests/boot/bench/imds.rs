//! A metadata service on the guest's network, and what was asked of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::cloud::METADATA;
use super::metadata::answer;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imds {
    Aws,
    Gce,
    Azure,
    Oci,
    /// Speaks EC2's paths without EC2's tokens, as OpenStack, Brightbox and others do.
    Lookalike,
    /// Nothing listens.
    Absent,
}

#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub path: String,
    headers: Vec<(String, String)>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// A running metadata service, and everything that was asked of it.
pub struct Server {
    seen: Arc<Mutex<Vec<Option<Request>>>>,
}

impl Server {
    /// Listens in the network namespace of the calling thread.
    pub fn start(imds: Imds) -> Server {
        let seen = Arc::new(Mutex::new(Vec::new()));
        if imds != Imds::Absent {
            let listener = TcpListener::bind((METADATA, 80)).expect("listening as the metadata service");
            let log = Arc::clone(&seen);
            thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    // A request that cannot be read is a connection all the same.
                    let request = serve(imds, &stream).ok();
                    log.lock().expect("the log of requests").push(request);
                }
            });
        }
        Server { seen }
    }

    pub fn connections(&self) -> usize {
        self.seen.lock().expect("the log of requests").len()
    }

    pub fn requests(&self) -> Vec<Request> {
        self.seen.lock().expect("the log of requests").iter().flatten().cloned().collect()
    }
}

fn serve(imds: Imds, mut stream: &TcpStream) -> std::io::Result<Request> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let request = read(stream)?;
    let (status, headers, body) = answer(imds, &request);
    write!(
        stream,
        "HTTP/1.1 {status} Whatever\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )?;
    Ok(request)
}

fn read(stream: &TcpStream) -> std::io::Result<Request> {
    let mut lines = BufReader::new(stream.take(16 * 1024)).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = Vec::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    Ok(Request { method, path, headers })
}
