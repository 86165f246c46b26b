//! What the discovery workers are told by the configuration.

use std::time::Duration;

use model::limits::LEARNING_SPAN;

/// Settings of the workers; the same for all of them.
#[derive(Clone, Debug)]
pub struct Options {
    /// Packet time a service, or an endpoint, is watched before what it does for the first time is news.
    pub learning: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { learning: LEARNING_SPAN }
    }
}
