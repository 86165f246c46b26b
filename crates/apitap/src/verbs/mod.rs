//! One file per verb.

pub(crate) mod about;
pub(crate) mod ack;
pub(crate) mod audit;
pub(crate) mod config;
pub(crate) mod coverage;
pub(crate) mod cut;
pub(crate) mod decode;
pub(crate) mod diff;
pub(crate) mod findings;
pub(crate) mod identity;
pub(crate) mod inventory;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod selftest;
pub(crate) mod state;
