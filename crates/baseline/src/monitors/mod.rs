//! Monitors: detectors that bring their own subjects and models. One file each, and one line in [`all`].
//!
//! | module | what |
//! |---|---|
//! | [`monitor`] | what a monitor is: the trait, the call it sees, its verdicts |
//! | [`lane`] | the same for all of them: tables of models, notes, findings, renames |
//! | [`kept`] | one subject's model with what is remembered of it |
//! | [`access`] | those about who reaches what they should not |
//! | [`rows`] | saving and restoring |
//!
//! A call is judged first and learned from after. What is *common* (learned of an endpoint from everybody) every worker
//! learns alike; what is learned of a *subject* only its owner keeps. So a verdict does not depend on the number of workers.

mod access;
mod api_fuzzing;
mod application_dos;
mod automated_flow;
#[cfg(test)]
mod bytes;
mod change;
mod kept;
mod lane;
mod login;
mod monitor;
mod over_consumption;
mod payload;
mod protocol_flood;
mod query_cost;
mod rows;
#[cfg(test)]
mod sample;
mod schema_introspection;
mod scraping;
mod skipped_step;
mod token_forging;
mod value_range;

use std::collections::BTreeMap;

use model::life::{FindingKey, OpenFindings};
use model::{Id, Share, WorkerOutput};

pub(crate) use access::foreign_write::written;
pub(crate) use access::misplaced_object::reached;
pub(crate) use access::words;
pub(crate) use lane::{CallOuts, Lane, Plan, Watch};
pub(crate) use monitor::{About, Call, Concern, Key, Model, Monitor, Others, Verdict, network};
pub(crate) use rows::endpoint_of;

use crate::endpoints::{Endpoint, Endpoints, Local};

/// Every monitor. The number is its place in saved findings and rows: it is never given to another one.
pub(crate) fn all() -> Vec<Box<dyn Lane>> {
    vec![
        Watch::<application_dos::ApplicationDos>::at(16),
        Watch::<over_consumption::OverConsumption>::at(17),
        Watch::<scraping::Scraping>::at(18),
        Watch::<api_fuzzing::ApiFuzzing>::at(19),
        Watch::<login::credential_attack::CredentialAttack>::at(20),
        Watch::<login::password_spraying::PasswordSpraying>::at(21),
        Watch::<login::credential_stuffing::CredentialStuffing>::at(22),
        Watch::<login::secret_guessing::SecretGuessing>::at(23),
        Watch::<query_cost::QueryCost>::at(24),
        Watch::<token_forging::TokenForging>::at(25),
        Watch::<schema_introspection::SchemaIntrospection>::at(26),
        Watch::<value_range::ValueRange>::at(27),
        Watch::<skipped_step::SkippedStep>::at(28),
        Watch::<change::Change<change::latency::Latency>>::at(29),
        Watch::<change::Change<change::errors::Errors>>::at(30),
        Watch::<change::Change<change::sizes::Sizes>>::at(31),
        Watch::<automated_flow::AutomatedFlow>::at(32),
        Watch::<login::account_guessing::AccountGuessing>::at(60),
        Watch::<login::account_probing::AccountProbing>::at(61),
        Watch::<login::account_creation::AccountCreation>::at(62),
        Watch::<payload::Payload<payload::Injection>>::at(40),
        Watch::<payload::Payload<payload::Traversal>>::at(41),
        Watch::<payload::Payload<payload::Jndi>>::at(42),
        Watch::<payload::Payload<payload::Ssrf>>::at(43),
        Watch::<access::function_level_access::FunctionLevelAccess>::at(50),
        Watch::<access::function_probing::FunctionProbing>::at(51),
        Watch::<access::mass_assignment::MassAssignment>::at(52),
        Watch::<access::stolen_credential::StolenCredential>::at(53),
        Watch::<access::object_write::ObjectWrite>::at(54),
        Watch::<protocol_flood::ProtocolFlood>::at(34),
        Watch::<access::verb_tampering::VerbTampering>::at(55),
        Watch::<access::foreign_write::ForeignWrite>::at(56),
        Watch::<access::misplaced_object::MisplacedObject>::at(57),
    ]
}

/// All monitors of one worker.
#[derive(Debug)]
pub(crate) struct Monitors {
    share: Share,
    lanes: Vec<Box<dyn Lane>>,
    plans: Vec<Plan>,
}

impl Monitors {
    /// With what they keep of the subjects of `share`.
    pub(crate) fn new(share: Share) -> Self {
        Self { share, lanes: all(), plans: Vec::new() }
    }

    /// Lets each of them judge and learn from each of the calls.
    pub(crate) fn calls(&mut self, calls: &[Call<'_>], findings: &mut OpenFindings, out: &mut WorkerOutput) {
        for lane in &mut self.lanes {
            lane.calls(self.share, calls, &mut self.plans, findings, out);
        }
    }

    /// Lets each of them take what servers did of payloads.
    pub(crate) fn call_outs(&mut self, told: &CallOuts<'_>, findings: &mut OpenFindings, out: &mut WorkerOutput) {
        for lane in &mut self.lanes {
            lane.call_outs(self.share, told, findings, out);
        }
    }

    /// Carries out renames of endpoints: `moves` tells the new name of an old one.
    pub(crate) fn rename(&mut self, endpoints: &Endpoints, moves: &BTreeMap<Local, Local>) {
        let word = |local: &Local| endpoints.get(*local).map(Endpoint::word);
        let words = moves.iter().filter_map(|(from, to)| Some((word(from)?, word(to)?))).collect();
        for lane in &mut self.lanes {
            lane.rename(endpoints, &|local| moves.get(&local).copied());
            lane.rename_words(&words);
        }
    }

    /// Brings the texts of the finding of that key up to date when it is one of theirs, which is what it returns; `closing`
    /// it, lets its subject learn again.
    pub(crate) fn refresh(
        &mut self,
        key: &FindingKey,
        coverage: f32,
        closing: bool,
        findings: &mut OpenFindings,
    ) -> bool {
        let Some(lane) = self.lane(key.1) else { return false };
        lane.refresh(&key.0, coverage, closing, findings);
        true
    }

    fn lane(&mut self, place: u8) -> Option<&mut Box<dyn Lane>> {
        self.lanes.iter_mut().find(|lane| lane.place() == place)
    }
}

/// The id of a subject in findings: its own, or that of a pair with an endpoint.
pub(crate) fn subject_id(id: &Id, endpoint: Option<&Id>) -> Id {
    match endpoint {
        Some(endpoint) if endpoint != id => crate::subject::pair_id(id, endpoint),
        _ => *id,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Places below are those of [`crate::detectors::ALL`].
    const FIRST_PLACE: u8 = 16;

    #[test]
    fn places_and_ids_are_unlike_and_every_monitor_has_a_page() {
        let lanes = all();
        assert!(lanes.len() <= model::limits::MONITORS_MAX);
        let places: BTreeSet<u8> = lanes.iter().map(|lane| lane.place()).collect();
        let ids: BTreeSet<&str> = lanes.iter().map(|lane| lane.info().id).collect();
        assert_eq!((places.len(), ids.len()), (lanes.len(), lanes.len()));
        assert!(places.iter().all(|place| *place >= FIRST_PLACE));
        for lane in &lanes {
            let info = lane.info();
            assert_eq!(info.doc, format!("detectors/{}.md", info.id));
            assert!(!info.next.is_empty() && !info.owasp.is_empty() && !info.cwe.is_empty());
            let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(info.doc);
            assert!(page.is_file(), "{} has no page", info.id);
        }
    }
}
