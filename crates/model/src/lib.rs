//! The vocabulary of apitap.
//!
//! Every other crate speaks in these types and this crate speaks to no other: it does no I/O, starts no thread and
//! knows no protocol parser. Reading order:
//!
//! | module | what it holds |
//! |---|---|
//! | [`time`], [`stamp`] | packet time (the only clock), and the total order of everything that happens |
//! | [`flow`] | who talks to whom: tenant, 5-tuple, partition |
//! | [`segment`] | one TCP segment after decapsulation: what a flow shard is fed with |
//! | [`message`] | one HTTP transaction, borrowed from the flow shard that saw it |
//! | [`anomaly`], [`ledger`], [`limits`] | oddities of the wire, the account of every loss, every bound |
//! | [`id`], [`key`] | 128-bit names of things, and the key that makes identities pseudonyms |

pub mod anomaly;
pub mod flow;
pub mod id;
pub mod key;
pub mod ledger;
pub mod limits;
pub mod message;
pub mod segment;
pub mod stamp;
pub mod time;

pub use anomaly::{Anomaly, AnomalySet};
pub use flow::{FlowEnds, FlowKey, Tenant};
pub use id::Id;
pub use key::DeploymentKey;
pub use ledger::Ledger;
pub use message::Transaction;
pub use segment::Segment;
pub use stamp::{Phase, Stamp};
pub use time::PacketTime;
