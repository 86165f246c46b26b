//! What several targets share: conversations written as packets, what is told of
//! them, a capture in memory, a state in memory.

pub mod call;
pub mod frames;
pub mod memory;
pub mod told;
pub mod wire;
