//! stub until the room is built
use std::time::Duration;
use crate::machine::Evidence;
#[derive(Debug)]
pub struct Endpoints;
impl Endpoints { pub fn link_local() -> Endpoints { Endpoints } }
pub enum Answer { Proved(Evidence), Unreachable, NoProof(String), Contradictory(String) }
pub async fn ask(_: &Endpoints, _: Duration) -> Answer { Answer::Unreachable }
