//! The four services: what each is asked, and what of its answer is proof.

use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::fetch::{Doubt, Endpoint};
use crate::platform::Platform;

#[derive(Clone, Copy)]
pub(super) enum Service {
    Aws,
    Gce,
    Azure,
    Oci,
}

impl Service {
    pub const ALL: [Service; 4] = [Service::Aws, Service::Gce, Service::Azure, Service::Oci];

    pub fn platform(self) -> Platform {
        match self {
            Service::Aws => Platform::Aws,
            Service::Gce => Platform::Gce,
            Service::Azure => Platform::Azure,
            Service::Oci => Platform::Oci,
        }
    }

    /// Asks for an identifier of this instance, which is the proof. It goes no further: what a service sends selects a row.
    pub async fn prove(self, at: &Endpoint) -> Result<(), Doubt> {
        match self {
            Service::Aws => aws(at).await,
            Service::Gce => gce(at).await,
            Service::Azure => azure(at).await,
            Service::Oci => oci(at).await,
        }
    }
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html>
///
/// OpenStack, Brightbox and others serve `/latest/meta-data/instance-id` too, but neither session tokens nor an
/// identity document.
async fn aws(at: &Endpoint) -> Result<(), Doubt> {
    const TOKEN: &str = "/latest/api/token";
    const ID: &str = "/latest/meta-data/instance-id";
    const DOCUMENT: &str = "/latest/dynamic/instance-identity/document";
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Document {
        instance_id: String,
    }

    // The token lives a minute: longer than this run, and the least power to whoever sees it.
    let token =
        at.ask(Method::PUT, TOKEN, ("X-aws-ec2-metadata-token-ttl-seconds", "60")).await?.text(is_token)?;
    let header = ("X-aws-ec2-metadata-token", token.as_str());
    let id = at.get(ID, header).await?.text(is_aws_id)?;
    let named = at.get(DOCUMENT, header).await?.json(|document: Document| document.instance_id, is_aws_id)?;
    if named != id {
        return Err(Doubt::Foreign(format!("GET {DOCUMENT}: names another instance than {ID}")));
    }
    Ok(())
}

/// <https://docs.cloud.google.com/compute/docs/metadata/querying-metadata>: the reply carries the header as well.
async fn gce(at: &Endpoint) -> Result<(), Doubt> {
    const ID: &str = "/computeMetadata/v1/instance/id";
    const FLAVOR: (&str, &str) = ("Metadata-Flavor", "Google");
    let reply = at.get(ID, FLAVOR).await?.accepted()?;
    if reply.headers.get(FLAVOR.0).is_none_or(|flavor| flavor != FLAVOR.1) {
        return Err(reply.doubt("no Metadata-Flavor: Google in the answer"));
    }
    reply.text(is_gce_id).map(drop)
}

/// <https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service>: a version that is not supported, as
/// on Azure Stack Hub, is a 400.
async fn azure(at: &Endpoint) -> Result<(), Doubt> {
    const INSTANCE: &str = "/metadata/instance?api-version=2021-08-01";
    const OLDER: &str = "/metadata/instance?api-version=2019-06-01";
    const METADATA: (&str, &str) = ("Metadata", "true");
    #[derive(Deserialize)]
    struct Instance {
        compute: Compute,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Compute {
        vm_id: String,
    }

    let mut reply = at.get(INSTANCE, METADATA).await?;
    if reply.status == StatusCode::BAD_REQUEST {
        reply = at.get(OLDER, METADATA).await?;
    }
    reply.json(|instance: Instance| instance.compute.vm_id, is_uuid).map(drop)
}

/// <https://docs.oracle.com/en-us/iaas/Content/Compute/Tasks/gettingmetadata.htm>, version 2.
async fn oci(at: &Endpoint) -> Result<(), Doubt> {
    #[derive(Deserialize)]
    struct Instance {
        id: String,
    }

    let reply = at.get("/opc/v2/instance/", ("Authorization", "Bearer Oracle")).await?;
    reply.json(|instance: Instance| instance.id, is_instance_ocid).map(drop)
}

fn is_token(text: &str) -> bool {
    (1..=1024).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// `i-` and 8 or 17 hexadecimal digits in lower case:
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html>.
fn is_aws_id(text: &str) -> bool {
    let digits = text.strip_prefix("i-").unwrap_or("");
    matches!(digits.len(), 8 | 17) && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// An unsigned 64-bit number in decimal.
fn is_gce_id(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u64>().is_ok()
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// `ocid1.instance.<realm>.[region][.future].<unique>`, of no documented length (real ones have about 90 characters):
/// <https://docs.oracle.com/en-us/iaas/Content/General/Concepts/identifiers.htm>.
fn is_instance_ocid(text: &str) -> bool {
    let rest = text.strip_prefix("ocid1.instance.").unwrap_or("");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !rest.is_empty() && text.len() <= 255 && rest.bytes().all(plain)
}
