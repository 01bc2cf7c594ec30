//! Metadata services that answer with anything at all: the input is what goes over the wire, an
//! answer for each question, divided by 0xFF 0xFF.
#![no_main]

use std::time::{Duration, Instant};

use cloud_timesync::observe::imds::{Answer, Endpoints, ask};
use libfuzzer_sys::fuzz_target;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const DEADLINE: Duration = Duration::from_millis(300);

/// In the order of the answers. Every other path gets the last.
const QUESTIONS: [&str; 5] = [
    "/latest/api/token",
    "/latest/meta-data/instance-id",
    "/latest/dynamic/instance-identity/document",
    "/computeMetadata",
    "/metadata/instance",
];

fn answer<'a>(answers: &[&'a [u8]], request: &[u8]) -> &'a [u8] {
    let request = String::from_utf8_lossy(request);
    let asked = QUESTIONS.iter().position(|path| request.contains(path)).unwrap_or(QUESTIONS.len());
    answers[asked % answers.len()]
}

async fn serve(listener: TcpListener, data: Vec<u8>) {
    let mut answers: Vec<&[u8]> = Vec::new();
    let mut rest = data.as_slice();
    while let Some(at) = rest.windows(2).position(|pair| pair == [0xFF, 0xFF]) {
        answers.push(&rest[..at]);
        rest = &rest[at + 2..];
    }
    answers.push(rest);
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut request = [0; 2048];
        let Ok(length) = stream.read(&mut request).await else { continue };
        let _ = stream.write_all(answer(&answers, &request[..length])).await;
    }
}

fuzz_target!(|data: &[u8]| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let v4 = listener.local_addr().expect("an address");
        let server = tokio::spawn(serve(listener, data.to_vec()));
        let started = Instant::now();
        let said = ask(&Endpoints { v4, aws_v6: None, oci_v6: None }, DEADLINE).await;
        assert!(started.elapsed() < DEADLINE + Duration::from_secs(2), "{:?}", started.elapsed());
        let says = match said {
            Answer::Proved(proof) => proof.says,
            Answer::AskAgain(why) | Answer::NoProof(why) | Answer::Contradictory(why) => why,
        };
        assert!(!says.chars().any(char::is_control), "{says:?}");
        server.abort();
    });
});
