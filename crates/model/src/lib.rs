//! The vocabulary of apitap.
//!
//! Every other crate speaks in these types and this crate speaks to no other: it does no I/O, starts no thread and
//! knows no protocol parser. Reading order:
//!
//! | module | what it holds |
//! |---|---|
//! | [`time`], [`stamp`] | packet time (the only clock), and the total order of everything that happens |
//! | [`flow`] | who talks to whom: tenant, 5-tuple, partition |
//! | [`rpc`] | calls of gRPC: codes, kinds, messages |
//! | [`segment`] | one TCP segment after decapsulation: what a flow shard is fed with |
//! | [`message`], [`stream`] | one HTTP transaction, or a part of a stream of messages, borrowed from the flow shard that saw it |
//! | [`observation`], [`identity`] | what leaves a flow shard: the redacted digest of a transaction, and whom it acts for |
//! | [`data`], [`own_class`] | what values are about, when a field's values agree, classes of the configuration |
//! | [`signal`], [`payload`] | what a transaction shows beside its parameters, the rules that tell payloads of attacks |
//! | [`endpoint`], [`resolved`] | names of endpoints, and epochs of named observations |
//! | [`cursor`], [`certificate`] | reading structures; who a certificate says that its holder is |
//! | [`book`] | what an operator calls known callers |
//! | [`finding`], [`life`] | judgements, and how they are opened, told again and closed |
//! | [`wording`] | numbers and nouns that agree, paths of which no value is shown |
//! | [`record`], [`state`] | what findings files hold, what outlives a process |
//! | [`worker`] | what discovery and baseline workers are to the pipeline |
//! | [`zone`], [`client`] | where callers come from, and with which software |
//! | [`anomaly`], [`ledger`], [`limits`] | oddities of the wire, the account of every loss, every bound |
//! | [`id`], [`key`] | 128-bit names of things, and the key that makes identities pseudonyms |

pub mod anomaly;
pub mod book;
pub mod certificate;
pub mod client;
pub mod contact;
pub mod coverage;
pub mod cursor;
pub mod data;
pub mod endpoint;
pub mod finding;
pub mod flow;
pub mod id;
pub mod identity;
pub mod key;
pub mod ledger;
pub mod life;
pub mod limits;
pub mod magnitude;
pub mod message;
pub mod observation;
pub mod operation;
pub mod own_class;
pub mod payload;
pub mod record;
pub mod resolved;
pub mod rpc;
pub mod segment;
pub mod signal;
pub mod stamp;
pub mod state;
pub mod stream;
pub mod time;
pub mod tls;
pub mod wording;
pub mod worker;
pub mod zone;

pub use anomaly::{Anomaly, AnomalySet};
pub use book::Book;
pub use client::ClientFamily;
pub use contact::{CallOut, Contact, Target};
pub use coverage::{Cell, CellKey, ServiceCoverage, Tally};
pub use data::{ClassTable, DataClass, DataKind, DataName, DataTally, Mark, OwnClass};
pub use endpoint::{EndpointIndex, EndpointName, EndpointRecord};
pub use finding::{Attempt, AttemptEvent, Evidence, Fact, Finding, FindingEvent, FindingState, Severity, Subject};
pub use flow::{FlowEnds, FlowKey, Tenant};
pub use id::Id;
pub use identity::{AuthKind, AuthSet, Identity, IdentityKind};
pub use key::DeploymentKey;
pub use ledger::Ledger;
pub use magnitude::magnitude;
pub use message::Transaction;
pub use observation::{Observation, ObservationBatch, Observed, ParamPlace, ValueClass};
pub use operation::{Operation, OperationKind};
pub use record::Record;
pub use resolved::{Naming, Noise, ResolvedEpoch, Step};
pub use rpc::{Rpc, RpcKind, RpcSide};
pub use segment::Segment;
pub use signal::{PayloadClass, Signal, SignalKind};
pub use stamp::{Phase, Stamp};
pub use state::{Checkpoint, RowKind, SavedState, StateDelta, StateError, StateRow, StateStore};
pub use stream::{StreamCounts, StreamKind, StreamPart, StreamRow, Streamed};
pub use time::PacketTime;
pub use tls::{TlsBlind, TlsSeen};
pub use worker::{Share, Worker, WorkerOutput};
pub use zone::{Caller, Callers, Zone};
