//! Who reaches what they should not.
//!
//! | module | what |
//! |---|---|
//! | [`function_level_access`] | privileged functions answered to a caller that is none of theirs |
//! | [`function_probing`] | privileged functions refused, one after another |
//! | [`mass_assignment`] | fields that nobody else sends |
//! | [`stolen_credential`] | a credential away from its home |
//! | [`object_write`] | changes of more objects than others change |
//! | [`foreign_write`] | changes of objects that another made and changed |
//! | [`misplaced_object`] | objects reached under a path that is not theirs |
//! | [`sharing`] | how rare it is to touch what is another's |
//! | [`verb_tampering`] | what was refused, under another verb |
//! | [`words`] | names that speak of privileges |

pub(crate) mod foreign_write;
pub(super) mod function_level_access;
pub(super) mod function_probing;
pub(super) mod mass_assignment;
pub(crate) mod misplaced_object;
pub(super) mod object_write;
mod sharing;
pub(super) mod stolen_credential;
pub(super) mod verb_tampering;
pub(crate) mod words;

use std::net::IpAddr;

use model::IdentityKind;
use model::finding::Fact;
use model::flow::ip_of;

use super::monitor::hashed;
use super::{About, Call, Concern, Key, Model, Monitor, Verdict};
use crate::models::mix;

/// Seconds of a day.
const DAY: u64 = 86_400;

/// Who calls, as a hash: the identity, or the network of one that is known by its address only.
pub(super) fn who(call: &Call<'_>) -> u64 {
    let row = call.row();
    mix(match row.identity.kind {
        IdentityKind::Address => network(&row.caller.addr, 32, 64),
        _ => row.identity.id.prefix(),
    })
}

/// The first bits of an address, `v4` or `v6` of them by its family.
fn network(addr: &[u8; 16], v4: u32, v6: u32) -> u64 {
    match ip_of(addr) {
        IpAddr::V4(ip) => mix(u64::from(ip.to_bits() >> (32 - v4))),
        IpAddr::V6(ip) => mix(mix((ip.to_bits() >> (128 - v6)) as u64)),
    }
}

/// Whether the call asks for a change: by its method, or by the operation where all of them are posted.
pub(super) fn changes(call: &Call<'_>) -> bool {
    let method = call.seen.method();
    let asks = match call.name() {
        Some(name) => name.operation.starts_with("query ") || &*name.operation == "query",
        None => call.seen.operations().first().is_some_and(|operation| operation.kind.label("").starts_with("query")),
    };
    matches!(method, b"POST" | b"PUT" | b"PATCH" | b"DELETE") && !asks
}

pub(super) fn fact(name: &'static str, value: impl Into<f64>, text: String) -> Fact {
    Fact { name: name.into(), value: value.into(), text }
}
