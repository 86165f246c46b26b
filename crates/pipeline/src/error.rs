//! What ends a run. Input never does: damage and limits are data.

use capture::source::SourceError;
use model::StateError;

/// Why a run could not begin or had to end.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// No frame could be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The state or the findings log.
    #[error(transparent)]
    State(#[from] StateError),
    /// A stage panicked: a fault of ours. The last checkpoint is whole.
    #[error(
        "internal fault in the {stage} stage; the state is as of its last checkpoint. Please report it with the capture"
    )]
    Fault {
        /// Which one.
        stage: &'static str,
    },
    /// A thread could not be started.
    #[error("cannot start the {stage} thread: {source}. Lower --shards, or raise the limit of threads (ulimit -u)")]
    Thread {
        /// Which one.
        stage: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
}
