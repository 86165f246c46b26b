//! Threads and channels: from a source to findings.
