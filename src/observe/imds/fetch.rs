//! One HTTP request that ends in bounded time and bounded memory.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder, StatusCode, redirect};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};

/// A neighbour on the link answers in a millisecond; without one, ARP alone would take three seconds to fail.
const CONNECT: Duration = Duration::from_millis(500);
/// One request from first to last byte.
const REQUEST: Duration = Duration::from_secs(2);
/// The largest answer, Azure's, is about 5 KiB.
const BODY: usize = 64 * 1024;

/// Reason why a service has not proved itself: a sentence that holds nothing the network sent.
pub(super) enum Doubt {
    /// No connection; that may pass while the network comes up.
    Unreachable(String),
    /// Asked to come again (429, 5xx); that may pass too.
    Busy(String),
    /// An answer, and not this cloud's.
    Foreign(String),
}

/// One address, under the deadline of the whole.
pub(super) struct Endpoint {
    pub client: Client,
    pub address: SocketAddr,
    pub deadline: Instant,
}

/// Answer, and to which request.
pub(super) struct Reply {
    asked: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
    body: Vec<u8>,
}

/// A client that goes to the address it is given and nowhere else.
pub(super) fn client() -> reqwest::Result<Client> {
    Client::builder()
        // Metadata services refuse what comes through a proxy, and reqwest reads http_proxy even without its feature.
        .no_proxy()
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT)
        // On a connection of its own, no request is answered with what another one left behind.
        .pool_max_idle_per_host(0)
        .build()
}

impl Endpoint {
    pub async fn get(&self, path: &str, header: (&str, &str)) -> Result<Reply, Doubt> {
        self.ask(Method::GET, path, header).await
    }

    /// One request with one header. 429 and 5xx are [`Doubt::Busy`], every other status is a reply.
    pub async fn ask(&self, method: Method, path: &str, (name, value): (&str, &str)) -> Result<Reply, Doubt> {
        let asked = format!("{method} {path}");
        let request =
            self.client.request(method, format!("http://{}{path}", self.address)).header(name, value);
        let began = Instant::now();
        let until = self.deadline.min(began + REQUEST);
        match timeout_at(until, self.read(&asked, request)).await {
            Ok(reply) => reply,
            // Cut by the deadline before the connect limit: whether there was a connection is not known.
            Err(_) if began.elapsed() < CONNECT => Err(self.unreachable("no connection before the deadline")),
            Err(_) => Err(Doubt::Foreign(format!("{asked}: no whole answer within {:.1?}", until - began))),
        }
    }

    async fn read(&self, asked: &str, request: RequestBuilder) -> Result<Reply, Doubt> {
        let broken = |error: reqwest::Error| Doubt::Foreign(format!("{asked}: {}", root_cause(&error)));
        let too_long = || Doubt::Foreign(format!("{asked}: the answer is longer than {BODY} bytes"));
        let failed = |error: reqwest::Error| {
            if error.is_connect() { self.unreachable(&root_cause(&error)) } else { broken(error) }
        };
        let mut response = request.send().await.map_err(failed)?;
        let status = response.status();
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            return Err(Doubt::Busy(format!("{asked}: status {}", status.as_u16())));
        }
        if response.content_length().is_some_and(|length| length > BODY as u64) {
            return Err(too_long());
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if body.len() + chunk.len() > BODY {
                return Err(too_long());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { asked: asked.to_owned(), status, headers: std::mem::take(response.headers_mut()), body })
    }

    fn unreachable(&self, why: &str) -> Doubt {
        Doubt::Unreachable(format!("connecting to {}: {why}", self.address))
    }
}

impl Reply {
    /// Refuses every status but 200; a redirect is a status like any other.
    pub fn accepted(self) -> Result<Reply, Doubt> {
        if self.status != StatusCode::OK {
            return Err(self.doubt(&format!("status {}", self.status.as_u16())));
        }
        Ok(self)
    }

    /// The whole body, if it has this shape.
    pub fn text(self, shape: fn(&str) -> bool) -> Result<String, Doubt> {
        let reply = self.accepted()?;
        let text = std::str::from_utf8(&reply.body).ok().filter(|text| shape(text));
        text.map(str::to_owned).ok_or_else(|| reply.doubt("not of this cloud's shape"))
    }

    /// One field of a JSON body, if it has this shape. serde_json's own message quotes what it has read: it is dropped.
    pub fn json<T: DeserializeOwned>(
        self,
        field: fn(T) -> String,
        shape: fn(&str) -> bool,
    ) -> Result<String, Doubt> {
        let reply = self.accepted()?;
        let text = serde_json::from_slice(&reply.body).ok().map(field).filter(|text| shape(text));
        text.ok_or_else(|| reply.doubt("not of this cloud's shape"))
    }

    pub fn doubt(&self, why: &str) -> Doubt {
        Doubt::Foreign(format!("{}: {why}", self.asked))
    }
}

/// reqwest's own message names the URL; the reason is at the end of the chain, in fixed words of hyper or the kernel.
fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
