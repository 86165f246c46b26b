//! The pcapng file format.
//!
//! In: a [`Window`] at the start of the file. Out: one [`Record`] at a time, still in the window; decryption secrets go
//! to the log. Kept: the current section's byte order and its interfaces (at most `limits::PCAPNG_INTERFACES_MAX`).
//! Blocks of other types are skipped by their length, and so are frame options. A block whose two lengths differ makes
//! the reader search for the next believable block within `limits::RESYNC_BYTES_MAX`.
//! Source: draft-ietf-opsawg-pcapng §3 and §4.

use model::limits;

use super::bytes::Order;
use super::error::DamageKind;
use super::interface::Interface;
use super::reader::{FileLog, Record};
use super::window::Window;

/// Block types: draft-ietf-opsawg-pcapng §10.1.
const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const NAME_RESOLUTION: u32 = 4;
const INTERFACE_STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;
const DECRYPTION_SECRETS: u32 = 0x0a;

/// Bytes of block type, both lengths and nothing between: the shortest block.
const BLOCK_BYTES_MIN: usize = 12;
/// Bytes of the shortest section header.
const SECTION_BYTES_MIN: usize = 28;
/// Start of the frame's bytes in an enhanced packet block and in its obsolete predecessor.
const ENHANCED_DATA_AT: usize = 28;
/// Start of the frame's bytes in a simple packet block.
const SIMPLE_DATA_AT: usize = 12;
/// Start of the secrets in a decryption secrets block.
const SECRETS_DATA_AT: usize = 16;
/// Secrets type "TLS key log": `TLSK`.
const TLS_KEY_LOG: u32 = 0x544c_534b;
/// Longest block that is believed to follow damage: the longest frame with room for its options.
const BELIEVED_BLOCK_BYTES: usize = limits::FRAME_BYTES_MAX + 4_096;

/// Reader state of one pcapng file.
#[derive(Debug)]
pub(super) struct Pcapng {
    order: Order,
    interfaces: Vec<Interface>,
    /// Interfaces of this section, including those beyond the limit.
    described: u64,
    last_at: model::PacketTime,
}

/// What a block turned out to be.
enum Block {
    Frame(Record),
    Other,
    /// Its lengths agree and its body does not: passed over whole.
    Bad(DamageKind),
    /// Its lengths disagree, so nothing says where the next one starts.
    Torn,
}

impl Pcapng {
    /// Looks at the first section header without consuming it. `None` when there is none or it is cut.
    pub(super) fn open(window: &mut Window) -> Option<Self> {
        let head = window.fill(SECTION_BYTES_MIN);
        let order = section_order(head)?;
        let total = block_bytes(order, head).filter(|&total| total >= SECTION_BYTES_MIN)?;
        if window.fill(total.min(limits::FRAME_BYTES_MAX)).len() < total.min(limits::FRAME_BYTES_MAX) {
            return None;
        }
        Some(Self { order, interfaces: Vec::new(), described: 0, last_at: model::PacketTime::ZERO })
    }

    /// The next frame. `None` at the end; bytes left in view then belong to a block that is cut.
    #[inline]
    pub(super) fn next(&mut self, window: &mut Window, log: &mut FileLog<'_>) -> Option<Record> {
        loop {
            let head = window.fill(BLOCK_BYTES_MIN);
            let kind = self.order.u32(head, 0)?;
            if kind == SECTION_HEADER {
                // The byte order of its own length is known only from what follows.
                let head = window.fill(BLOCK_BYTES_MIN);
                match section_order(head) {
                    Some(order) => self.order = order,
                    None if head.len() < 12 => return None,
                    None => {
                        self.resync(DamageKind::BadBlock(kind), window, log)?;
                        continue;
                    }
                }
            }
            let Some(total) = block_bytes(self.order, window.fill(BLOCK_BYTES_MIN)) else {
                if window.view().len() < BLOCK_BYTES_MIN {
                    return None;
                }
                self.resync(DamageKind::BadBlock(kind), window, log)?;
                continue;
            };
            if !is_read(kind) {
                self.skip(kind, total, window, log)?;
                continue;
            }
            if total > limits::PCAPNG_BLOCK_BYTES_MAX {
                self.resync(DamageKind::BadBlock(kind), window, log)?;
                continue;
            }
            if window.fill(total).len() < total {
                return None;
            }
            match self.block(kind, total, window, log) {
                Block::Frame(record) => return Some(record),
                Block::Other => window.consume(total),
                Block::Torn => self.resync(DamageKind::BadBlock(kind), window, log)?,
                Block::Bad(damage) => {
                    log.damage(damage, window.offset(), total as u64);
                    window.consume(total);
                }
            }
        }
    }

    /// Reads one whole block, which is in view.
    #[inline]
    fn block(&mut self, kind: u32, total: usize, window: &Window, log: &mut FileLog<'_>) -> Block {
        let Some((body, trailer)) = window.view().get(..total).and_then(|block| block.split_last_chunk::<4>()) else {
            return Block::Torn;
        };
        if self.order.u32(trailer, 0) != u32::try_from(total).ok() {
            return Block::Torn;
        }
        let read = match kind {
            ENHANCED_PACKET | PACKET => self.packet(kind, body, total),
            SIMPLE_PACKET => self.simple(body, total),
            INTERFACE_DESCRIPTION => self.interface(body),
            DECRYPTION_SECRETS => self.secrets(body, window.offset(), log),
            _ => {
                self.interfaces.clear();
                self.described = 0;
                Some(Block::Other)
            }
        };
        read.unwrap_or(Block::Bad(DamageKind::BadBlock(kind)))
    }

    /// Enhanced packet block, or the obsolete packet block: §4.3 and appendix A.
    #[inline]
    fn packet(&mut self, kind: u32, body: &[u8], total: usize) -> Option<Block> {
        let id = if kind == PACKET { u32::from(self.order.u16(body, 8)?) } else { self.order.u32(body, 8)? };
        let (high, low) = (self.order.u32(body, 12)?, self.order.u32(body, 16)?);
        let (captured, original) = (self.order.u32(body, 20)?, self.order.u32(body, 24)?);
        let data_bytes = captured as usize;
        body.get(ENHANCED_DATA_AT..)?.get(..data_bytes)?;
        if data_bytes > limits::FRAME_BYTES_MAX {
            return Some(Block::Bad(DamageKind::BadLength(captured)));
        }
        let interface = match self.interfaces.get(id as usize) {
            Some(interface) => interface,
            None if u64::from(id) < self.described => &Interface::UNKNOWN,
            None => return Some(Block::Bad(DamageKind::UnknownInterface(id))),
        };
        let at = interface.time((u64::from(high) << 32) | u64::from(low));
        self.last_at = at;
        let wire_len = original.max(captured);
        let link_type = interface.link_type;
        Some(Block::Frame(Record { at, link_type, wire_len, data_at: ENHANCED_DATA_AT, data_bytes, total }))
    }

    /// Simple packet block, §4.4: interface 0, no time; it is given that of the frame before.
    fn simple(&self, body: &[u8], total: usize) -> Option<Block> {
        let original = self.order.u32(body, 8)?;
        let Some(interface) = self.interfaces.first() else {
            return Some(Block::Bad(DamageKind::UnknownInterface(0)));
        };
        let room = u32::try_from(body.len().checked_sub(SIMPLE_DATA_AT)?).ok()?;
        let captured = original.min(room).min(interface.snap_length);
        if captured as usize > limits::FRAME_BYTES_MAX {
            return Some(Block::Bad(DamageKind::BadLength(captured)));
        }
        Some(Block::Frame(Record {
            at: self.last_at,
            link_type: interface.link_type,
            wire_len: original,
            data_at: SIMPLE_DATA_AT,
            data_bytes: captured as usize,
            total,
        }))
    }

    /// Interface description block, §4.2.
    fn interface(&mut self, body: &[u8]) -> Option<Block> {
        let interface = Interface::read(self.order, body)?;
        self.described = self.described.saturating_add(1);
        if self.interfaces.len() < limits::PCAPNG_INTERFACES_MAX {
            self.interfaces.push(interface);
        }
        Some(Block::Other)
    }

    /// Decryption secrets block, §4.7; secrets of other kinds are passed over.
    fn secrets(&self, body: &[u8], offset: u64, log: &mut FileLog<'_>) -> Option<Block> {
        let (kind, bytes) = (self.order.u32(body, 8)?, self.order.u32(body, 12)?);
        let text = body.get(SECRETS_DATA_AT..)?.get(..bytes as usize)?;
        if kind == TLS_KEY_LOG {
            log.secret(text, offset);
        }
        Some(Block::Other)
    }

    /// Moves past a block that is not read, however long, and checks its trailer.
    fn skip(&self, kind: u32, total: usize, window: &mut Window, log: &mut FileLog<'_>) -> Option<()> {
        let start = window.offset();
        let skipped = window.skip(total.saturating_sub(4) as u64);
        let trailer = window.fill(4);
        let stated = self.order.u32(trailer, 0);
        if !skipped || stated.is_none() {
            let lost = window.offset().saturating_sub(start).saturating_add(window.view().len() as u64);
            if window.faulted() {
                // The end of the file is judged as a whole.
                return None;
            }
            window.abandon();
            log.damage(DamageKind::CutInsideFrame, start, lost);
            return None;
        }
        if stated == u32::try_from(total).ok() {
            window.consume(4);
            return Some(());
        }
        // What was skipped was no block; its bytes are gone, so the search starts behind them.
        let lost = window.offset().saturating_sub(start);
        log.damage(DamageKind::BadBlock(kind), start, lost);
        self.resync(DamageKind::BadBlock(kind), window, log)
    }

    /// Moves to the next believable block; `None` when there is none and the rest is given up.
    #[cold]
    fn resync(&self, damage: DamageKind, window: &mut Window, log: &mut FileLog<'_>) -> Option<()> {
        let damaged_at = window.offset();
        window.consume(1);
        loop {
            let view = window.fill(2 * BELIEVED_BLOCK_BYTES);
            let ended = view.len() < 2 * BELIEVED_BLOCK_BYTES;
            let decidable = if ended { view.len() } else { view.len().saturating_sub(BELIEVED_BLOCK_BYTES) };
            let found = (0..decidable).find(|&at| view.get(at..).is_some_and(|rest| believable(self.order, rest)));
            window.consume(found.unwrap_or(decidable));
            let lost = window.offset().saturating_sub(damaged_at);
            if found.is_some() {
                log.damage(damage, damaged_at, lost);
                return Some(());
            }
            if ended || lost >= limits::RESYNC_BYTES_MAX {
                let left = window.abandon();
                log.damage(damage, damaged_at, lost.saturating_add(left));
                return None;
            }
        }
    }
}

/// Block types whose content is read; all others are skipped.
#[inline]
fn is_read(kind: u32) -> bool {
    matches!(
        kind,
        ENHANCED_PACKET | PACKET | SIMPLE_PACKET | INTERFACE_DESCRIPTION | DECRYPTION_SECRETS | SECTION_HEADER
    )
}

/// A block of a known type whose two lengths agree.
fn believable(order: Order, rest: &[u8]) -> bool {
    let Some(kind) = order.u32(rest, 0) else { return false };
    let order = match kind {
        SECTION_HEADER => match section_order(rest) {
            Some(order) => order,
            None => return false,
        },
        INTERFACE_STATISTICS | NAME_RESOLUTION => order,
        kind if is_read(kind) => order,
        _ => return false,
    };
    let Some(total) = block_bytes(order, rest).filter(|&total| total <= BELIEVED_BLOCK_BYTES) else { return false };
    rest.get(..total).and_then(|block| order.u32(block, total.saturating_sub(4))) == u32::try_from(total).ok()
}

/// The byte order of the section header at the start of `head`.
fn section_order(head: &[u8]) -> Option<Order> {
    match (head.first_chunk::<4>()?, head.get(8..)?.first_chunk::<4>()?) {
        ([0x0a, 0x0d, 0x0d, 0x0a], [0x4d, 0x3c, 0x2b, 0x1a]) => Some(Order::Little),
        ([0x0a, 0x0d, 0x0d, 0x0a], [0x1a, 0x2b, 0x3c, 0x4d]) => Some(Order::Big),
        _ => None,
    }
}

/// The total length of the block at the start of `head`, when it can be one.
#[inline]
fn block_bytes(order: Order, head: &[u8]) -> Option<usize> {
    let total = order.u32(head, 4)? as usize;
    (total >= BLOCK_BYTES_MIN && total.is_multiple_of(4)).then_some(total)
}
