//! Identity of the machine, before anything else of it is read.

use std::time::{Duration, Instant};

use crate::config::{Config, Imds};
use crate::machine::Identity;
use crate::platform::{Evidence, Platform, Strength};
use crate::root::Root;

use super::{Ask, dmi, imds};

/// Finds out what the machine is: what the operator says, else DMI, and IMDS only in doubt.
pub async fn identify(root: &Root, config: &Config, ask: &Ask<'_>) -> Identity {
    let told = [(ask.told, "--platform"), (config.platform, "the configuration")];
    if let Some((platform, who)) = told.into_iter().find_map(|(told, who)| Some((told?, who))) {
        let says = format!("{who} says {platform}");
        return settled(vec![Evidence { platform, strength: Strength::Told, says }]);
    }
    let evidence = dmi::Dmi::read(root).evidence();
    let strong = evidence.iter().any(|piece| piece.strength == Strength::Strong);
    let unknown = evidence.iter().all(|piece| piece.platform == Platform::Unknown);
    let in_doubt = match config.imds {
        Imds::Never => false,
        Imds::Doubt => !strong,
        Imds::Always => !strong || unknown,
    };
    match &ask.imds {
        Some(endpoints) if in_doubt => ask_imds(evidence, endpoints, config.imds_deadline).await,
        _ => settled(evidence),
    }
}

async fn ask_imds(mut evidence: Vec<Evidence>, endpoints: &imds::Endpoints, deadline: Duration) -> Identity {
    let started = Instant::now();
    let answer = imds::ask(endpoints, deadline).await;
    let elapsed = started.elapsed().as_millis() as u64;
    let (ask_again, why) = match answer {
        imds::Answer::Proved(proof) => {
            evidence.insert(0, proof);
            return settled(evidence);
        }
        imds::Answer::AskAgain(why) => (true, why),
        imds::Answer::NoProof(why) | imds::Answer::Contradictory(why) => (false, why),
    };
    let mut identity = settled(evidence);
    identity.evidence.push(format!("after {elapsed} ms {why}"));
    identity.ask_again = ask_again;
    identity
}

/// The strongest evidence decides. Weak evidence alone is a platform unknown, strength weak.
fn settled(evidence: Vec<Evidence>) -> Identity {
    let strength = evidence.iter().map(|piece| piece.strength).max();
    let platform = evidence
        .iter()
        .find(|piece| Some(piece.strength) == strength && piece.strength != Strength::Weak)
        .map_or(Platform::Unknown, |piece| piece.platform);
    let evidence = evidence.into_iter().map(|piece| piece.says).collect();
    Identity { platform, strength, evidence, ask_again: false }
}
