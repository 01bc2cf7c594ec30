//! What each cloud's metadata service answers: paths, headers, tokens and refusals.

use super::imds::{Imds, Request};

/// A status, header lines, and a body.
pub type Answer = (u16, &'static str, &'static str);

const NOT_FOUND: Answer = (404, "", "not found");
const TOKEN: &str = "AQAEAEXAMPLETOKENAQAEAEXAMPLETOKENAQAEAEXAMPLETOKEN==";

pub fn answer(imds: Imds, request: &Request) -> Answer {
    // Whoever forwards a request is not the machine itself.
    if request.header("X-Forwarded-For").is_some() {
        return (403, "", "");
    }
    match imds {
        Imds::Aws => aws(request),
        Imds::Gce => gce(request),
        Imds::Azure => azure(request),
        Imds::Oci => oci(request),
        Imds::Lookalike => lookalike(request),
        Imds::Absent => NOT_FOUND,
    }
}

fn aws(request: &Request) -> Answer {
    if request.method == "PUT" {
        let ttl = request.header("X-aws-ec2-metadata-token-ttl-seconds").and_then(|ttl| ttl.parse().ok());
        return match (request.path.as_str(), ttl) {
            ("/latest/api/token", Some(1..=21600)) => {
                (200, "X-aws-ec2-metadata-token-ttl-seconds: 21600\r\n", TOKEN)
            }
            ("/latest/api/token", _) => (400, "", ""),
            _ => NOT_FOUND,
        };
    }
    if request.header("X-aws-ec2-metadata-token") != Some(TOKEN) {
        return (401, "", "");
    }
    match request.path.as_str() {
        "/latest/meta-data/instance-id" => (200, "Content-Type: text/plain\r\n", "i-0123456789abcdef0"),
        "/latest/dynamic/instance-identity/document" => (
            200,
            "Content-Type: text/plain\r\n",
            r#"{"accountId":"123456789012","architecture":"x86_64","availabilityZone":"eu-west-1a","imageId":"ami-0123456789abcdef0","instanceId":"i-0123456789abcdef0","instanceType":"m5.large","privateIp":"169.254.10.2","region":"eu-west-1","version":"2017-09-30"}"#,
        ),
        _ => NOT_FOUND,
    }
}

fn gce(request: &Request) -> Answer {
    const FLAVOR: &str = "Metadata-Flavor: Google\r\nContent-Type: application/text\r\n";
    match (request.path.as_str(), request.header("Metadata-Flavor")) {
        ("/", _) => (200, FLAVOR, "computeMetadata/\n"),
        (_, None) => (403, FLAVOR, "Missing Metadata-Flavor:Google header."),
        ("/computeMetadata/v1/instance/id", Some("Google")) => (200, FLAVOR, "1234567890123456789"),
        _ => (404, FLAVOR, "not found"),
    }
}

fn azure(request: &Request) -> Answer {
    const JSON: &str = "Content-Type: application/json; charset=utf-8\r\n";
    if request.header("Metadata") != Some("true") {
        return (400, JSON, r#"{"error":"Bad request. Required metadata header not specified"}"#);
    }
    let Some((path, query)) = request.path.split_once('?') else {
        return (
            400,
            JSON,
            r#"{"error":"Bad request. api-version was not specified in the request.","newest-versions":["2021-12-13","2021-11-15","2021-11-01"]}"#,
        );
    };
    match (path.trim_end_matches('/'), query.contains("api-version=")) {
        ("/metadata/instance", true) => (
            200,
            JSON,
            r#"{"compute":{"azEnvironment":"AzurePublicCloud","location":"westeurope","vmId":"7d1ad7c1-3f5b-4c2f-9a4e-5b6a7c8d9e0f","vmSize":"Standard_L8s_v3"},"network":{"interface":[]}}"#,
        ),
        _ => NOT_FOUND,
    }
}

fn oci(request: &Request) -> Answer {
    match (request.path.as_str(), request.header("Authorization")) {
        ("/opc/v2/instance/", Some("Bearer Oracle")) => (
            200,
            "Content-Type: application/json\r\n",
            r#"{"id":"ocid1.instance.oc1.eu-frankfurt-1.antheljtexampleexampleexample","region":"eu-frankfurt-1","canonicalRegionName":"eu-frankfurt-1","shape":"VM.Standard.E4.Flex"}"#,
        ),
        _ => NOT_FOUND,
    }
}

fn lookalike(request: &Request) -> Answer {
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/latest/meta-data/instance-id") => (200, "Content-Type: text/plain\r\n", "i-0000a1b2"),
        ("GET", "/latest/meta-data/") => {
            (200, "Content-Type: text/plain\r\n", "ami-id\ninstance-id\nlocal-ipv4")
        }
        _ => NOT_FOUND,
    }
}
