//! Services that mean harm: bounded time, bounded memory, no proof, and none of their words in the answer.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;

use super::clouds::*;
use super::reach::child;
use super::server::{Request, Server, reply};
use super::*;

/// Past the deadline, for a busy machine.
const LATE: Duration = Duration::from_millis(300);

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
    endlessly(stream, CHUNKED, b"1\r\n7\r\n", LATE);
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

#[test]
fn whatever_a_service_does_the_deadline_holds_and_nothing_is_proved() {
    for (name, play) in FLOODS.into_iter().chain(TRICKS) {
        let (answer, took) = ask(at(Server::playing(play).address), SECOND);
        println!("{name}: {took:?}: {answer:?}");
        assert!(matches!(answer, Answer::NoProof(_)), "{name}: {answer:?} is not NoProof");
        assert!(took < SECOND + LATE, "{name} took {took:?}");
    }
}

/// One request has two seconds, and what has been accepted once is not tried again.
#[test]
fn a_stall_or_a_drip_costs_one_request_and_not_the_deadline() {
    let asking = TRICKS[..6]
        .iter()
        .map(|&(name, play)| thread::spawn(move || (name, ask(at(Server::playing(play).address), DEADLINE))));
    for asked in asking.collect::<Vec<_>>() {
        let (name, (answer, took)) = asked.join().unwrap();
        assert_no_proof(&answer, "no whole answer within 2.0s");
        assert!((MS(1900)..MS(2000) + LATE).contains(&took), "{name} took {took:?}");
    }
}

/// Three requests of 1.8 s each are within every limit but the last.
#[test]
fn slow_steps_are_cut_at_the_total_deadline() {
    let server = Server::answering(|request| {
        thread::sleep(MS(1800));
        aws(request)
    });
    let (answer, took) = ask(at(server.address), DEADLINE);
    assert_no_proof(&answer, "instance-identity/document: no whole answer within 1.");
    assert!((DEADLINE - LATE..DEADLINE + LATE).contains(&took), "took {took:?}");
}

#[test]
fn a_flood_takes_less_than_eight_mebibytes() {
    for (name, play) in FLOODS {
        let printed = child(&[], Server::playing(play).address, &[]);
        let figure = |field: &str| {
            let line = printed.lines().find_map(|line| line.strip_prefix(field)).unwrap();
            line.trim().parse::<u64>().unwrap()
        };
        println!("{name}: {} KiB", figure("growth:"));
        assert!(printed.contains("answer: NoProof"), "{name}: {printed}");
        assert!(figure("growth:") < 8 * 1024, "{name}: {printed}");
    }
}

const POISON: &str = "\nserver evil.example iburst\ncmdallow all\n";

#[track_caller]
fn assert_clean(answer: &Answer) {
    let text = format!("{answer:?}");
    let unclean =
        text.contains("evil") || text.contains("cmdallow") || text.contains("\\n") || !text.is_ascii();
    assert!(!unclean, "{text}");
}

#[test]
fn directives_in_an_identifier_are_no_proof_and_go_nowhere() {
    let json = |text: &str| serde_json::to_string(text).unwrap();
    let aws_id = format!("{AWS_ID}{POISON}");
    let azure_id = json(&format!("{AZURE_ID}{POISON}"));
    let oci_id = json(&format!("{OCI_ID}{POISON}"));
    let document = format!(r#"{{"instanceId":{}}}"#, json(&aws_id));
    let servers = [
        Server::answering(aws_with(&aws_id, &document)),
        Server::answering(aws_with(AWS_ID, &document)),
        Server::answering(gce_with("Metadata-Flavor: Google\r\n", &format!("{GCE_ID}{POISON}"))),
        Server::answering(gce_with("Metadata-Flavor: evil.example\r\n", GCE_ID)),
        Server::answering(azure_with(&format!(r#"{{"compute":{{"vmId":{azure_id}}}}}"#))),
        Server::answering(oci_with(&format!(r#"{{"id":{oci_id}}}"#))),
        Server::answering(|_| reply(200, "", POISON)),
        Server::answering(|_| reply(302, "Location: http://evil.example/\r\nServer: evil\r\n", POISON)),
        Server::answering(|_| {
            b"HTTP/1.1 404 server evil.example iburst\r\nContent-Length: 0\r\n\r\n".to_vec()
        }),
        Server::answering(|_| b"HTTP/1.1 evil.example\r\ncmdallow all\r\n\r\n".to_vec()),
        Server::answering(|_| b"HTTP/1.1 200 OK\r\nevil\x00example: cmdallow\r\n\r\n".to_vec()),
        Server::answering(|_| b"HTTP/1.1 200 OK\r\nTransfer-Encoding: evil.example\r\n\r\n".to_vec()),
        Server::answering(|_| b"HTTP/1.1 200 OK\r\nContent-Length: evil.example\r\n\r\n".to_vec()),
        Server::answering(|_| {
            b"HTTP/1.1 101 evil\r\nUpgrade: evil.example\r\nConnection: upgrade\r\n\r\n".to_vec()
        }),
    ];
    for (case, server) in servers.iter().enumerate() {
        let answer = answer(server.address);
        assert!(matches!(answer, Answer::NoProof(_)), "case {case}: {answer:?} is not NoProof");
        assert_clean(&answer);
    }
}

#[test]
fn directives_beside_a_true_identifier_go_nowhere() {
    let poison = serde_json::to_string(POISON).unwrap();
    let azure =
        format!(r#"{{"compute":{{"name":{poison},"vmId":"{AZURE_ID}","tags":{poison}}},{poison}:1}}"#);
    let oci = format!(r#"{{"displayName":{poison},"id":"{OCI_ID}","shape":{poison}}}"#);
    let aws = format!(r#"{{"instanceId":"{AWS_ID}","region":{poison}}}"#);
    let gce = gce_with("Metadata-Flavor: Google\r\nServer: evil.example\r\n", GCE_ID);
    let servers = [
        Server::answering(azure_with(&azure)),
        Server::answering(oci_with(&oci)),
        Server::answering(aws_with(AWS_ID, &aws)),
        Server::answering(gce),
    ];
    for server in servers {
        let answer = answer(server.address);
        assert!(matches!(answer, Answer::Proved(_)), "{answer:?} is not Proved");
        assert_clean(&answer);
    }
}

#[test]
fn bodies_that_are_not_what_they_should_be_prove_nothing() {
    let deep = "[".repeat(60_000);
    let deep_object = r#"{"compute":"#.repeat(5_900);
    let deep_aside = format!(r#"{{"x":{deep},"id":"{OCI_ID}","compute":{{"vmId":"{AZURE_ID}"}}}}"#);
    let twice = format!(r#"{{"id":"{OCI_ID}","id":"{OCI_ID}","compute":{{}}}}"#);
    let trailing = format!(r#"{{"id":"{OCI_ID}","compute":{{"vmId":"{AZURE_ID}"}}}}{{}}"#);
    let wrong_types =
        [r#"{"id":1,"compute":[]}"#, r#"{"id":null,"compute":{"vmId":7}}"#, r#"{"id":{},"compute":"x"}"#];
    let texts = ["", "null", "[]", "\"\"", "{}", &deep, &deep_object, &deep_aside, &twice, &trailing];
    let invalid_utf8 =
        [b"{\"id\":\"ocid1.instance.\xff\xfe\"}".to_vec(), b"{\"compute\":{\"vmId\":\"\xc3\x28\"}}".to_vec()];
    let bodies =
        texts.into_iter().chain(wrong_types).map(|text| text.as_bytes().to_vec()).chain(invalid_utf8);
    for body in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let server = Server::answering(move |_| reply(200, "Metadata-Flavor: Google\r\n", &body));
        let (answer, took) = ask(at(server.address), DEADLINE);
        assert_no_proof(&answer, "GET /opc/v2/instance/: not of this cloud's shape");
        assert_no_proof(&answer, "GET /metadata/instance?api-version=2021-08-01: not of this cloud's shape");
        assert!(took < SECOND, "{shown} took {took:?}");
    }
}
