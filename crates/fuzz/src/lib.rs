//! What several targets share: conversations written as packets, a capture in memory, a state in memory.

pub mod frames;
pub mod memory;
pub mod wire;
