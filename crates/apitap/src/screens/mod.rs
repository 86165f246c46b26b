//! What people see: pure functions from data to text. Nothing here reads a clock, a file or a terminal but [`look`].
//!
//! | module | screen |
//! |---|---|
//! | `summary` | what a run read, understood and found (A) |
//! | `inventory`, `endpoint` | the list of endpoints (B), and all that is known of one |
//! | `findings`, `explain` | the list of findings (C), and one with its reasons (D) |
//! | `groups` | findings put together by who is behind them |
//! | `diff` | two inventories compared (F) |
//! | `audit` | an inventory held against API descriptions (E) |
//! | `services` | coverage of each service, and of its hours |
//! | `coverage`, `blind` | the coverage statement, and why there is nothing to see |
//! | `tags` | what a record tells of an endpoint at once, and how much it matters |
//! | `table`, `text`, `ids`, `look` | what they are made of |

pub(crate) mod audit;
pub(crate) mod blind;
pub(crate) mod coverage;
pub(crate) mod diff;
pub(crate) mod endpoint;
pub(crate) mod explain;
pub(crate) mod filters;
pub(crate) mod findings;
pub(crate) mod groups;
pub(crate) mod hours;
pub(crate) mod ids;
pub(crate) mod inventory;
pub(crate) mod look;
pub(crate) mod services;
pub(crate) mod summary;
pub(crate) mod table;
pub(crate) mod tags;
pub(crate) mod text;

#[cfg(test)]
mod golden;

/// One screen: data for standard output, and remarks for standard error, which `--quiet` leaves out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Screen {
    /// What was asked for.
    pub data: String,
    /// What it is based on, or why it is empty.
    pub remarks: String,
}
