//! Which endpoints exist: naming, catalog, export.
//!
//! In: the observations of an epoch, one batch for each flow shard. [`Router`] puts them in their total order and names
//! each ([`model::ResolvedEpoch`]); it is one thread and keeps only what naming needs. [`Catalog`] takes resolved epochs
//! and keeps what the inventory shows of each endpoint ([`model::EndpointRecord`]). [`openapi`] writes such records as
//! an OpenAPI document.
//!
//! | module | what it holds |
//! |---|---|
//! | [`overrides`] | what the operator says about paths |
//! | [`accounts`] | opaque tokens linked to the accounts they were handed out to |
//! | [`call_outs`] | connections of servers that payloads asked for |
//! | [`router`] | order, look-up of known names, the tree of paths, folding of siblings, noise |
//! | [`catalog`] | counts, parameters, callers of each endpoint; the rows they are kept in |
//! | [`detectors`] | findings about endpoints and clients |
//! | [`about`] | what is told of an endpoint when it is listed: stage of its life, function, product |
//! | [`openapi`] | export |
//! | [`diff`] | two inventories compared |
//! | [`merge`] | what two sensors learned, as one |
//! | [`Options`] | what the configuration says |
//! | [`operations`] | operations of one path put together |
//! | [`audit`] | the inventory held against API descriptions |
//! | [`spec`] | API descriptions, read with their lines |

pub mod about;
mod accounts;
pub mod audit;
mod call_outs;
pub mod catalog;
mod detectors;
pub mod diff;
pub mod merge;
pub mod openapi;
pub mod operations;
mod options;
mod overrides;
pub mod router;
pub mod spec;

pub use accounts::Accounts;
pub use call_outs::CallOuts;
pub use catalog::Catalog;
pub use options::Options;
pub use overrides::{Override, Overrides};
pub use router::{EpochEnd, Router};
