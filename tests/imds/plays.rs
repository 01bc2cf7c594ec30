//! What a hostile service does with a connection, and what the agent loses by it: bounded time and bounded memory.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;

use test_support::imds::{Request, Server};

use super::reach::child;
use super::*;

type Play = fn(&mut TcpStream);

/// Sends until the client is gone.
fn endlessly(stream: &mut TcpStream, head: &str, block: &[u8], pause: Duration) {
    Request::read(stream);
    let mut sent = stream.write_all(head.as_bytes());
    while sent.is_ok() {
        thread::sleep(pause);
        sent = stream.write_all(block);
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\n";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const TEN_GB: &str = "HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n";
const NOW: Duration = Duration::ZERO;
const SECOND: Duration = Duration::from_secs(1);

fn ten_gigabytes(stream: &mut TcpStream) {
    endlessly(stream, TEN_GB, &[b'7'; 65536], NOW);
}
fn ten_gigabytes_undeclared(stream: &mut TcpStream) {
    endlessly(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", &[b'7'; 65536], NOW);
}
fn endless_chunks(stream: &mut TcpStream) {
    let block = [b"8000\r\n".as_slice(), &[b'7'; 0x8000], b"\r\n"].concat();
    endlessly(stream, CHUNKED, &block, NOW);
}
fn endless_tiny_chunks(stream: &mut TcpStream) {
    endlessly(stream, CHUNKED, &b"1\r\n7\r\n".repeat(1000), NOW);
}
fn endless_chunk_extension(stream: &mut TcpStream) {
    endlessly(stream, &format!("{CHUNKED}1;"), &[b'x'; 65536], NOW);
}
fn endless_trailers(stream: &mut TcpStream) {
    endlessly(stream, &format!("{CHUNKED}0\r\n"), &b"X-Filler: xxxxxxxx\r\n".repeat(1000), NOW);
}
fn endless_headers(stream: &mut TcpStream) {
    endlessly(stream, OK, &b"X-Filler: xxxxxxxx\r\n".repeat(1000), NOW);
}
fn one_endless_header(stream: &mut TcpStream) {
    endlessly(stream, "HTTP/1.1 200 OK\r\nX-Filler: ", &[b'x'; 65536], NOW);
}
fn endless_continue(stream: &mut TcpStream) {
    endlessly(stream, "", &b"HTTP/1.1 100 Continue\r\n\r\n".repeat(1000), NOW);
}
fn stall_after_accept(stream: &mut TcpStream) {
    let _ = stream.read_to_end(&mut Vec::new());
}
fn stall_in_the_header(stream: &mut TcpStream) {
    Request::read(stream);
    let _ = stream.write_all(OK.as_bytes());
    let _ = stream.read_to_end(&mut Vec::new());
}
fn stall_in_the_body(stream: &mut TcpStream) {
    Request::read(stream);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123");
    let _ = stream.read_to_end(&mut Vec::new());
}
fn drip_the_header(stream: &mut TcpStream) {
    endlessly(stream, OK, b"X", SECOND);
}
fn drip_the_body(stream: &mut TcpStream) {
    endlessly(stream, "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", b"7", SECOND);
}
fn drip_chunks(stream: &mut TcpStream) {
    endlessly(stream, CHUNKED, b"1\r\n7\r\n", Duration::from_millis(300));
}
/// Closing with the request unread makes the kernel send RST.
fn reset_after_accept(stream: &mut TcpStream) {
    let _ = stream.peek(&mut [0]);
}
fn reset_in_the_body(stream: &mut TcpStream) {
    let _ = stream.peek(&mut [0]);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123");
}
fn close_after_request(stream: &mut TcpStream) {
    Request::read(stream);
}
fn other_protocol(stream: &mut TcpStream) {
    let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2p1\r\n");
    let _ = stream.read_to_end(&mut Vec::new());
}
fn negative_length(stream: &mut TcpStream) {
    Request::read(stream);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n7");
}
fn two_lengths(stream: &mut TcpStream) {
    Request::read(stream);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n77");
}
fn two_chunk_sizes_in_one(stream: &mut TcpStream) {
    Request::read(stream);
    let _ = stream.write_all(format!("{CHUNKED}ffffffffffffffffff\r\n7").as_bytes());
}

/// Those that send without end.
const FLOODS: [(&str, Play); 9] = [
    ("ten_gigabytes", ten_gigabytes),
    ("ten_gigabytes_undeclared", ten_gigabytes_undeclared),
    ("endless_chunks", endless_chunks),
    ("endless_tiny_chunks", endless_tiny_chunks),
    ("endless_chunk_extension", endless_chunk_extension),
    ("endless_trailers", endless_trailers),
    ("endless_headers", endless_headers),
    ("one_endless_header", one_endless_header),
    ("endless_continue", endless_continue),
];

/// Those that do not end, or not well.
const TRICKS: [(&str, Play); 13] = [
    ("stall_after_accept", stall_after_accept),
    ("stall_in_the_header", stall_in_the_header),
    ("stall_in_the_body", stall_in_the_body),
    ("drip_the_header", drip_the_header),
    ("drip_the_body", drip_the_body),
    ("drip_chunks", drip_chunks),
    ("reset_after_accept", reset_after_accept),
    ("reset_in_the_body", reset_in_the_body),
    ("close_after_request", close_after_request),
    ("other_protocol", other_protocol),
    ("negative_length", negative_length),
    ("two_lengths", two_lengths),
    ("two_chunk_sizes_in_one", two_chunk_sizes_in_one),
];

/// All at once: what each play is told, and how long that took.
fn asked(plays: &[(&'static str, Play)], deadline: Duration) -> Vec<(&'static str, Answer, Duration)> {
    let asking = plays.iter().map(|&(name, play)| {
        thread::spawn(move || {
            let (answer, took) = ask(at(Server::playing(play).address), deadline);
            (name, answer, took)
        })
    });
    asking.collect::<Vec<_>>().into_iter().map(|asked| asked.join().unwrap()).collect()
}

#[test]
fn a_service_that_does_not_end_well_proves_nothing_in_time() {
    for (name, answer, took) in asked(&TRICKS, MS(1900)) {
        println!("{name}: {took:?}: {answer:?}");
        assert!(matches!(answer, Answer::NoProof(_)), "{name}: {answer:?} is not NoProof");
        assert!(took < MS(1900) + LATE, "{name} took {took:?}");
    }
}

/// One request has two seconds, and what has been accepted once is not tried again.
#[test]
fn a_stall_or_a_drip_costs_one_request_and_not_the_deadline() {
    for (name, answer, took) in asked(&TRICKS[..6], DEADLINE) {
        assert_no_proof(&answer, "no whole answer within 2.0s");
        assert!((MS(1900)..MS(2000) + LATE).contains(&took), "{name} took {took:?}");
    }
}

/// In a child: its memory is its own, and what still reads past the deadline ends with it.
#[test]
fn a_flood_ends_by_the_deadline_in_less_than_eight_mebibytes() {
    for (name, play) in FLOODS {
        let printed = child(&[], Server::playing(play).address, &[]);
        let figure = |field: &str| {
            let line = printed.lines().find_map(|line| line.strip_prefix(field));
            line.unwrap().trim().parse::<u64>().unwrap()
        };
        let (grown, took) = (figure("KiB:"), MS(figure("ms:")));
        println!("{name}: {grown} KiB, {took:?}");
        // Who is still reading at the deadline cannot say what from.
        let left =
            printed.contains("answer: AskAgain(\"nothing of the metadata services could be read within");
        assert!(left || printed.contains("answer: NoProof"), "{name}: {printed}");
        assert!(grown < 8 * 1024, "{name}: {printed}");
        assert!(took < DEADLINE + LATE, "{name}: {printed}");
    }
}
