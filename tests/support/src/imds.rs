//! Metadata services: those of the clouds, and a server that does to its client whatever a test says, one thread per
//! connection, and notes what it is asked. It listens in the network namespace of the thread that starts it.

mod clouds;

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

pub use clouds::*;

pub struct Server {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// A well-behaved server: each request gets the bytes that `answer` makes of it.
    pub fn answering(answer: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Server {
        Server::on("127.0.0.1:0", answer)
    }

    pub fn on(address: &str, answer: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Server {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        let play = move |stream: &mut TcpStream| {
            let request = Request::read(stream);
            log.lock().expect("the log of requests").push(request.asks.clone());
            let _ = stream.write_all(&answer(&request));
        };
        Server { asked, ..Server::listen(TcpListener::bind(address).expect("an address to listen on"), play) }
    }

    /// Any other: `play` does as it likes with the connection, which is closed after it.
    pub fn playing(play: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Server {
        Server::listen(TcpListener::bind("127.0.0.1:0").expect("loopback"), play)
    }

    fn listen(listener: TcpListener, play: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Server {
        let address = listener.local_addr().expect("it is bound");
        let (connections, play) = (Arc::new(AtomicUsize::new(0)), Arc::new(play));
        let counter = connections.clone();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                counter.fetch_add(1, Ordering::SeqCst);
                let play = play.clone();
                thread::spawn(move || play(&mut stream));
            }
        });
        Server { address, connections, asked: Arc::default() }
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// What a server that answers was asked: "GET /path?query".
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("the log of requests").clone()
    }
}

pub struct Request {
    /// "GET /path?query"
    pub asks: String,
    headers: Vec<(String, String)>,
}

impl Request {
    pub fn read(stream: &mut TcpStream) -> Request {
        let mut lines =
            BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
        let asks = lines.next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
        let split =
            |line: String| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        Request { asks, headers: lines.filter_map(split).collect() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| *header == name.to_lowercase());
        found.map(|(_, value)| value.as_str())
    }
}

pub fn reply(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes =
        format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\n{headers}\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}
