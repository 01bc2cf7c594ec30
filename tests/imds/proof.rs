//! What is proof, and what only looks like it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::sleep;

use super::*;
use test_support::imds::*;

#[test]
fn aws_is_proved_by_token_id_and_document() {
    let server = Server::answering(aws);
    assert_eq!(answer(server.address), proved(Platform::Aws, "IMDS answers as that of Amazon EC2"));
}

#[test]
fn gce_is_proved_by_flavor_and_id() {
    let server = Server::answering(gce);
    assert_eq!(
        answer(server.address),
        proved(Platform::Gce, "IMDS answers as that of Google Compute Engine")
    );
}

#[test]
fn azure_is_proved_by_vm_id() {
    let server = Server::answering(azure);
    assert_eq!(answer(server.address), proved(Platform::Azure, "IMDS answers as that of Microsoft Azure"));
}

/// One that does not know this year's version.
fn azure_of_2019(request: &Request) -> Vec<u8> {
    match request.asks.as_str() {
        _ if request.header("Metadata") != Some("true") => reply(400, "", ""),
        "GET /metadata/instance?api-version=2019-06-01" => {
            reply(200, "", format!(r#"{{"compute":{{"vmId":"{AZURE_ID}"}},"network":{{}}}}"#))
        }
        asks if asks.starts_with("GET /metadata/instance") => {
            reply(400, "", r#"{"error":"Bad request","newest-versions":["2019-06-01"]}"#)
        }
        _ => reply(404, "", ""),
    }
}

#[test]
fn azure_of_an_older_version_is_proved() {
    let server = Server::answering(azure_of_2019);
    assert_eq!(answer(server.address), proved(Platform::Azure, "IMDS answers as that of Microsoft Azure"));
}

#[test]
fn oci_is_proved_by_ocid() {
    let server = Server::answering(oci);
    assert_eq!(
        answer(server.address),
        proved(Platform::Oci, "IMDS answers as that of Oracle Cloud Infrastructure")
    );
}

#[test]
fn old_short_aws_ids_are_proof() {
    let server = Server::answering(aws_with("i-1234abcd", r#"{"instanceId":"i-1234abcd"}"#));
    assert_eq!(answer(server.address), proved(Platform::Aws, "IMDS answers as that of Amazon EC2"));
}

#[test]
fn aws_and_oci_are_proved_over_ipv6_alone() {
    for (platform, server) in
        [(Platform::Aws, Server::on("[::1]:0", aws)), (Platform::Oci, Server::on("[::1]:0", oci))]
    {
        let v6 = Some(server.address);
        let endpoints = Endpoints { v4: closed("127.0.0.6"), aws_v6: v6, oci_v6: v6 };
        let Answer::Proved(evidence) = ask(endpoints, DEADLINE).0 else { panic!("{platform} is not proved") };
        assert_eq!(evidence.platform, platform);
    }
}

#[test]
fn one_cloud_on_both_families_is_no_contradiction() {
    let (v4, v6) = (Server::answering(aws), Server::on("[::1]:0", aws));
    let endpoints = Endpoints { v4: v4.address, aws_v6: Some(v6.address), oci_v6: None };
    assert_eq!(ask(endpoints, DEADLINE).0, answer(v4.address));
    assert!(v6.connections() > 0, "IPv6 was not asked");
}

/// Else the proofs above would not show that the agent sends the right headers.
#[test]
fn the_fakes_refuse_what_the_clouds_refuse() {
    let status = |server: &Server, request: &str| {
        let mut stream = TcpStream::connect(server.address).unwrap();
        write!(stream, "{request}\r\n\r\n").unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply[9..12].to_owned()
    };
    let (aws, gce) = (Server::answering(aws), Server::answering(gce));
    let (azure, oci) = (Server::answering(azure), Server::answering(oci));
    assert_eq!(status(&aws, "PUT /latest/api/token HTTP/1.1"), "400");
    assert_eq!(status(&aws, "GET /latest/meta-data/instance-id HTTP/1.1"), "401");
    assert_eq!(status(&gce, "GET /computeMetadata/v1/instance/id HTTP/1.1"), "403");
    assert_eq!(status(&azure, "GET /metadata/instance?api-version=2021-08-01 HTTP/1.1"), "400");
    assert_eq!(status(&oci, "GET /opc/v2/instance/ HTTP/1.1"), "401");
    assert_eq!(
        status(&oci, "GET /opc/v2/instance/ HTTP/1.1\r\nAuthorization: Bearer Oracle\r\nVia: x"),
        "403"
    );
}

#[test]
fn a_lookalike_without_token_is_not_aws() {
    assert_no_proof(&answer(Server::answering(openstack).address), "PUT /latest/api/token: status 405");
}

#[test]
fn a_lookalike_without_identity_document_is_not_aws() {
    let server = Server::answering(|request| match request.asks.contains("document") {
        true => reply(404, "", ""),
        false => aws(request),
    });
    assert_no_proof(&answer(server.address), "instance-identity/document: status 404");
}

#[test]
fn an_identity_document_of_another_instance_is_not_aws() {
    let server = Server::answering(aws_with(AWS_ID, r#"{"instanceId":"i-00000000000000000"}"#));
    assert_no_proof(&answer(server.address), "names another instance");
}

#[test]
fn ids_of_another_shape_are_not_aws() {
    for id in [
        "i-",
        "i-1234",
        "i-0123456789ABCDEF0",
        "i-0123456789abcdefg",
        "ami-1234abcd",
        "i-1234abcd\n",
        " i-1234abcd",
    ] {
        let server = Server::answering(aws_with(id, &format!(r#"{{"instanceId":{id:?}}}"#)));
        assert_no_proof(
            &answer(server.address),
            "GET /latest/meta-data/instance-id: not of this cloud's shape",
        );
    }
}

#[test]
fn tokens_that_are_no_header_value_are_not_aws() {
    for token in ["", "two words", "a\r\nX-Evil: 1", "caf\u{e9}", &"x".repeat(1025)] {
        let token = token.to_owned();
        let server = Server::answering(move |request| match request.asks.starts_with("PUT") {
            true => reply(200, "", &token),
            false => aws(request),
        });
        assert_no_proof(&answer(server.address), "PUT /latest/api/token: not of this cloud's shape");
    }
}

#[test]
fn gce_without_its_header_in_the_reply_is_no_proof() {
    for headers in
        ["", "Metadata-Flavor: google\r\n", "Metadata-Flavor: Amazon\r\n", "X-Metadata-Flavor: Google\r\n"]
    {
        let server = Server::answering(gce_with(headers, GCE_ID));
        assert_no_proof(&answer(server.address), "no Metadata-Flavor: Google in the answer");
    }
}

#[test]
fn gce_ids_that_are_no_number_are_no_proof() {
    for id in ["", "-1", "+1", "1e3", "0x10", "12 34", "12\n", "18446744073709551616", "\u{661}"] {
        let server = Server::answering(gce_with("Metadata-Flavor: Google\r\n", id));
        assert_no_proof(
            &answer(server.address),
            "GET /computeMetadata/v1/instance/id: not of this cloud's shape",
        );
    }
}

#[test]
fn azure_without_a_uuid_is_no_proof() {
    for id in ["", "13f56399bd5241509748-7190aae1ff21----", "13f56399-bd52-4150-9748-7190aae1ff2g"] {
        let server = Server::answering(azure_with(&format!(r#"{{"compute":{{"vmId":"{id}"}}}}"#)));
        assert_no_proof(
            &answer(server.address),
            "/metadata/instance?api-version=2021-08-01: not of this cloud's shape",
        );
    }
}

#[test]
fn oci_without_an_instance_ocid_is_no_proof() {
    for id in [
        "",
        "ocid1.instance.",
        "ocid1.vnic.oc1.iad.abc",
        "ocid1.instance.oc1 iad",
        "xocid1.instance.oc1.iad.abc",
    ] {
        let server = Server::answering(oci_with(&format!(r#"{{"id":"{id}"}}"#)));
        assert_no_proof(&answer(server.address), "GET /opc/v2/instance/: not of this cloud's shape");
    }
}

/// Azure and OCI are on other paths, so one server can be both.
fn azure_and_oci_after(delay: u64) -> impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static {
    move |request| match request.asks.contains("/opc/") {
        true => {
            sleep(MS(delay));
            oci(request)
        }
        false => azure(request),
    }
}

#[test]
fn two_clouds_at_once_are_neither() {
    for delay in [0, 150] {
        match answer(Server::answering(azure_and_oci_after(delay)).address) {
            Answer::Contradictory(why) => {
                assert!(
                    why.contains("Microsoft Azure") && why.contains("Oracle Cloud Infrastructure"),
                    "{why}"
                )
            }
            other => panic!("after {delay} ms: {other:?} is not Contradictory"),
        }
    }
}

#[test]
fn a_contradiction_is_waited_for_no_longer_than_the_grace() {
    let (answer, took) = ask(at(Server::answering(azure_and_oci_after(4000)).address), DEADLINE);
    assert_eq!(answer, proved(Platform::Azure, "IMDS answers as that of Microsoft Azure"));
    assert!((MS(290)..MS(300) + LATE).contains(&took), "took {took:?}");
}

#[test]
fn a_proof_does_not_wait_for_addresses_that_cannot_be_reached() {
    let v6 = Some(closed("127.0.0.7"));
    let v4 = Server::answering(azure).address;
    let (answer, took) = quickest(|| Endpoints { v4, aws_v6: v6, oci_v6: v6 });
    assert!(matches!(answer, Answer::Proved(_)), "{answer:?}");
    assert!(took < MS(240), "took {took:?}");
}
