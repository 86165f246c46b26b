//! What outlives a process: the state database, the findings log, and readers of both.
//!
//! In: checkpoints and records. Kept: one directory per state, or one findings file. Out: saved rows when a run begins,
//! and [`Snapshot`]s for whoever reads.
//!
//! A state directory (0700, every file 0600):
//!
//! | file | holds |
//! |---|---|
//! | `apitap.db` | SQLite in WAL mode: runs, endpoints, parameters, findings, models |
//! | `findings.mp` | the findings log, MessagePack records end to end; older parts are `findings.000001.mp` and so on |
//! | `key` | the deployment's key, 32 random bytes |
//! | `lock` | locked by the one writer; holds its process id |
//!
//! **Invariant:** a commit of the database names the length of the log it belongs to, and the log is durable before. What
//! lies beyond is cut off when the next run begins, so a crash at any time leaves one whole checkpoint.
//!
//! What can go wrong is told as [`model::StateError`]: what, why, the cure, and a code in brackets ([`code`]).

mod brief;
mod delta;
mod error;
#[cfg(test)]
mod faults;
mod file;
mod files;
mod framing;
mod key;
mod learned;
mod log;
mod reader;
mod reference;
mod search;
mod segment;
mod snapshot;
mod sql;
mod sqlite;

pub use brief::Extent;
pub use error::code;
pub use file::FileStore;
pub use key::KeyFile;
pub use learned::{Learned, same_key};
pub use reader::{Damage, LogReader};
pub use reference::Reference;
pub use search::find;
pub use snapshot::Snapshot;
pub use sqlite::{Settings, SqliteStore};
