//! Packets in, HTTP transactions out.
//!
//! | step | module | in → out |
//! |---|---|---|
//! | read | [`source`] | file, pipe or interface → [`Frame`] |
//! | decapsulate | [`link`] | [`Frame`] → [`model::Segment`] |
//! | reassemble | [`flow`] | segments → ordered bytes and gaps |
//! | parse and pair | [`proto`] | bytes → [`model::Transaction`] |
//!
//! Exchanges that a source gives whole ([`exchange`], of HAR files) pass the same steps and go straight to the end.
//! [`inline`] runs them in one thread.
//!
//! Everything below [`source`] is pure: bytes and packet time in, values out; no clock, file, socket or thread.

pub mod exchange;
pub mod flow;
pub mod inline;
pub mod link;
mod pace;
pub mod proto;
pub mod source;

use model::PacketTime;
pub use pace::Pace;

/// One link-layer record as captured. The bytes are borrowed from the source's buffer until the next read.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Number of the frame in the whole input, from 1.
    pub number: u64,
    /// Packet time as recorded, not yet monotone.
    pub at: PacketTime,
    /// `LINKTYPE_*` value of the interface it was captured on.
    pub link_type: u32,
    /// Captured bytes.
    pub data: &'a [u8],
    /// Bytes on the wire, of which `data` may hold fewer.
    pub wire_len: u32,
}
