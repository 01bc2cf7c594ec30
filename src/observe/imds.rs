//! The instance metadata services (IMDS) of four clouds, asked at once over plain HTTP.
//!
//! Only proof that is specific to one cloud counts. What a service sends selects an [`Evidence`] or nothing; none of its
//! text goes any further.

use std::thread;
use std::time::Duration;

use reqwest::Client;
use tokio::runtime;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

use crate::platform::{Evidence, Strength};
use fetch::{Doubt, Endpoint};
use services::Service;

pub use endpoints::Endpoints;

mod endpoints;
mod fetch;
mod services;

/// Pause between two attempts: at boot a missing route fails at once (ENETUNREACH), and the link is up soon after.
const PAUSE: Duration = Duration::from_millis(250);
/// Time in which the attempts under way may still contradict the first proof.
const GRACE: Duration = Duration::from_millis(300);
/// The probes end at the deadline, with what they know; this much later they are left behind.
const SLACK: Duration = Duration::from_millis(100);

/// Answer of the metadata services, taken together. The strings are sentences without a full stop, for the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// One cloud has proved itself, and no other.
    Proved(Evidence),
    /// No connection was made (no route, refused, no reply), nothing was read in time, or a service was busy: worth asking
    /// again when the network is up.
    AskAgain(String),
    /// Something answered and proved nothing: asking again would not help.
    NoProof(String),
    /// Two clouds have proved themselves: neither is believed.
    Contradictory(String),
}

/// Asks all services at once and returns by `deadline`, whatever they do; by 0.1 s after it under a flood.
///
/// Wants a tokio runtime with time enabled. The deadline runs on the monotonic clock.
pub async fn ask(endpoints: &Endpoints, deadline: Duration) -> Answer {
    let until = Instant::now() + deadline;
    let endpoints = *endpoints;
    let (tell, told) = oneshot::channel();
    // A thread of its own: from a flood of interim replies (100 Continue) hyper takes 128 full buffers before it yields,
    // and until then no timer of that runtime can end it: measured on loopback, 0.25 s too late, and 10 s in a debug build.
    let asking = thread::Builder::new().name("imds".to_owned()).spawn(move || {
        // Nobody listens any more if the deadline has passed meanwhile.
        let _ = tell.send(ask_on_this_thread(endpoints, until));
    });
    if let Err(error) = asking {
        return Answer::AskAgain(format!("starting a thread for the metadata services: {error}"));
    }
    match timeout_at(until + SLACK, told).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Answer::NoProof("asking the metadata services panicked".to_owned()),
        // A flood, or a machine too busy to read: it looks the same from here.
        Err(_) => {
            Answer::AskAgain(format!("nothing of the metadata services could be read within {deadline:.1?}"))
        }
    }
}

fn ask_on_this_thread(endpoints: Endpoints, deadline: Instant) -> Answer {
    let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return Answer::AskAgain(format!("starting a runtime for the metadata services: {error}"));
        }
    };
    match fetch::client() {
        Ok(client) => runtime.block_on(race(endpoints, client, deadline)),
        Err(error) => Answer::AskAgain(format!("preparing the HTTP client: {error}")),
    }
}

async fn race(endpoints: Endpoints, client: Client, deadline: Instant) -> Answer {
    let (retry, may_retry) = watch::channel(true);
    let mut probes = JoinSet::new();
    for (service, address) in endpoints.doors() {
        let endpoint = Endpoint { client: client.clone(), address, deadline };
        probes.spawn(probe(service, endpoint, may_retry.clone()));
    }
    let (mut proofs, mut doubts) = (Vec::new(), Vec::new());
    // The probes end at the deadline by themselves, and `ask` gives up before this; a proof moves it nearer.
    let mut until = deadline + GRACE;
    while let Ok(Some(ended)) = timeout_at(until, probes.join_next()).await {
        match ended {
            Ok(Ok(evidence)) => {
                until = until.min(Instant::now() + GRACE);
                retry.send_replace(false);
                proofs.push(evidence);
            }
            Ok(Err(doubt)) => doubts.push(doubt),
            // A panic's message may quote what was read.
            Err(_) => doubts.push(Doubt::Foreign("asking one of them panicked".to_owned())),
        }
    }
    conclude(proofs, doubts)
}

/// One service at one address, asked until it has answered, the deadline is near or `may_retry` is withdrawn.
async fn probe(
    service: Service,
    endpoint: Endpoint,
    mut may_retry: watch::Receiver<bool>,
) -> Result<Evidence, Doubt> {
    loop {
        let doubt = match service.prove(&endpoint).await {
            Ok(()) => {
                let platform = service.platform();
                let says = format!("IMDS answers as that of {}", platform.row().title);
                return Ok(Evidence { platform, strength: Strength::Strong, says });
            }
            Err(doubt) => doubt,
        };
        if matches!(doubt, Doubt::Foreign(_)) || Instant::now() + PAUSE >= endpoint.deadline {
            return Err(doubt);
        }
        tokio::select! {
            () = sleep(PAUSE) => {}
            _ = may_retry.wait_for(|may| !may) => return Err(doubt),
        }
    }
}

fn conclude(mut proofs: Vec<Evidence>, doubts: Vec<Doubt>) -> Answer {
    if let Some(first) = proofs.first() {
        return match proofs.iter().find(|other| other.platform != first.platform) {
            Some(other) => {
                Answer::Contradictory(format!("{}, and {}: neither is believed", first.says, other.says))
            }
            None => Answer::Proved(proofs.swap_remove(0)),
        };
    }
    let (mut unreachable, mut busy, mut heard) = (Vec::new(), Vec::new(), Vec::new());
    for doubt in doubts {
        match doubt {
            Doubt::Unreachable(why) => unreachable.push(why),
            Doubt::Busy(why) => busy.push(why),
            Doubt::Foreign(why) => heard.push(why),
        }
    }
    // A cloud's one door answers the other clouds' questions too, and those with a plain no.
    if !busy.is_empty() {
        Answer::AskAgain(format!("a metadata service was busy until the deadline: {}", listed(busy)))
    } else if heard.is_empty() {
        Answer::AskAgain(format!("no metadata service could be reached: {}", listed(unreachable)))
    } else {
        Answer::NoProof(format!("no metadata service proved its cloud: {}", listed(heard)))
    }
}

/// Lists reasons in a fixed order, and once each: four services share an address and fail to reach it with the same words.
fn listed(mut reasons: Vec<String>) -> String {
    reasons.sort();
    reasons.dedup();
    reasons.join("; ")
}
