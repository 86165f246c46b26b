//! What the router and the discovery workers are told by the configuration.

use std::time::Duration;

use model::ClassTable;
use model::limits::LEARNING_SPAN;

use crate::audit::Documents;
use crate::overrides::Overrides;

/// Settings of the workers; the same for all of them.
#[derive(Debug)]
pub struct Options {
    /// Packet time a service, or an endpoint, is watched before what it does for the first time is news.
    pub learning: Duration,
    /// API descriptions to hold endpoints against.
    pub documents: Documents,
    /// What the operator says about paths, for the router.
    pub overrides: Overrides,
    /// Classes of data that the configuration defines, in the order in which shards number them.
    pub classes: ClassTable,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            learning: LEARNING_SPAN,
            documents: Documents::default(),
            overrides: Overrides::default(),
            classes: ClassTable::default(),
        }
    }
}
