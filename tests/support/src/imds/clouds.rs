//! The four services as they behave: each refuses what the real one refuses, and serves nothing of the others.

use super::{Request, reply};

pub const AWS_ID: &str = "i-0123456789abcdef0";
pub const GCE_ID: &str = "4520031799277581759";
pub const AZURE_ID: &str = "13f56399-bd52-4150-9748-7190aae1ff21";
pub const OCI_ID: &str = "ocid1.instance.oc1.eu-frankfurt-1.abtheljt2tihcyimx3skqhargaklttvljkiueoiqt";

/// Every one of them refuses a request that came through a proxy.
fn forwarded(request: &Request) -> bool {
    ["Forwarded", "X-Forwarded-For", "Via"].iter().any(|name| request.header(name).is_some())
}

pub fn aws(request: &Request) -> Vec<u8> {
    aws_with(AWS_ID, &format!(r#"{{"instanceId":"{AWS_ID}","region":"eu-central-1"}}"#))(request)
}

pub fn aws_with(id: &str, document: &str) -> impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static {
    let (id, document) = (id.to_owned(), document.to_owned());
    move |request| {
        let ttl = request.header("X-aws-ec2-metadata-token-ttl-seconds").and_then(|ttl| ttl.parse().ok());
        let token = request.header("X-aws-ec2-metadata-token") == Some("AQAEAH==");
        match request.asks.as_str() {
            _ if forwarded(request) => reply(403, "", ""),
            "PUT /latest/api/token" if ttl.is_some_and(|ttl: u32| (1..=21600).contains(&ttl)) => {
                reply(200, "", "AQAEAH==")
            }
            "PUT /latest/api/token" => reply(400, "", ""),
            _ if !token => reply(401, "", ""),
            "GET /latest/meta-data/instance-id" => reply(200, "", &id),
            "GET /latest/dynamic/instance-identity/document" => reply(200, "", &document),
            _ => reply(404, "", ""),
        }
    }
}

pub fn gce(request: &Request) -> Vec<u8> {
    gce_with("Metadata-Flavor: Google\r\n", GCE_ID)(request)
}

pub fn gce_with(headers: &str, id: &str) -> impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static {
    let (headers, id) = (headers.to_owned(), id.to_owned());
    move |request| match request.asks.as_str() {
        _ if forwarded(request) || request.header("Metadata-Flavor") != Some("Google") => {
            reply(403, &headers, "")
        }
        "GET /computeMetadata/v1/instance/id" => reply(200, &headers, &id),
        _ => reply(404, &headers, ""),
    }
}

pub fn azure(request: &Request) -> Vec<u8> {
    azure_with(&format!(r#"{{"compute":{{"azEnvironment":"AzurePublicCloud","vmId":"{AZURE_ID}"}}}}"#))(
        request,
    )
}

pub fn azure_with(body: &str) -> impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static {
    let body = body.to_owned();
    move |request| match request.asks.as_str() {
        _ if forwarded(request) || request.header("Metadata") != Some("true") => reply(400, "", ""),
        "GET /metadata/instance?api-version=2021-08-01" => reply(200, "", &body),
        _ => reply(404, "", ""),
    }
}

pub fn oci(request: &Request) -> Vec<u8> {
    oci_with(&format!(r#"{{"id":"{OCI_ID}","shape":"VM.Standard.E4.Flex"}}"#))(request)
}

pub fn oci_with(body: &str) -> impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static {
    let body = body.to_owned();
    move |request| match request.asks.as_str() {
        _ if forwarded(request) => reply(403, "", ""),
        "GET /opc/v2/instance/" if request.header("Authorization") == Some("Bearer Oracle") => {
            reply(200, "", &body)
        }
        "GET /opc/v2/instance/" => reply(401, "", ""),
        _ => reply(404, "", ""),
    }
}

/// OpenStack's EC2 face, with an id of EC2's old shape, and no token.
pub fn openstack(request: &Request) -> Vec<u8> {
    match request.asks.as_str() {
        "GET /latest/meta-data/instance-id" => reply(200, "", "i-0000000a"),
        "GET /openstack/latest/meta_data.json" => {
            reply(200, "", r#"{"uuid":"83679162-1378-4288-a2d4-70e13ec132aa"}"#)
        }
        asks if asks.starts_with("PUT ") => reply(405, "", ""),
        _ => reply(404, "", ""),
    }
}
