//! Services that mean harm: bounded time, bounded memory, no proof, and none of their words in the answer.

use std::thread;

use super::*;
use test_support::imds::*;

/// Three requests of 1.5 s each are within every limit but the last: the third is cut in its middle.
#[test]
fn slow_steps_are_cut_at_the_total_deadline() {
    let server = Server::answering(|request| {
        thread::sleep(MS(1500));
        aws(request)
    });
    let (answer, took) = ask(at(server.address), MS(4000));
    assert_no_proof(&answer, "instance-identity/document: no whole answer within ");
    assert!(!format!("{answer:?}").contains("2.0s"), "it had as long as any request: {answer:?}");
    assert!((MS(3900)..MS(4000) + LATE).contains(&took), "took {took:?}");
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
        assert!(took < LATE, "{shown} took {took:?}");
    }
}
