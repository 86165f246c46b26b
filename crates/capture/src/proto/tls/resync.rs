//! After a gap: the next record, and its number.
//!
//! Records are lost whole, so the bytes lost say how many records there were at most and at least. Heads of records are
//! looked for where bytes go on; one is believed when its record opens with one of the numbers that are possible, or as
//! one of the first records under the key that follows. At most [`limits::TLS_RESYNC_RECORDS_MAX`] are tried.

use model::ledger::Counter;
use model::{TlsBlind, limits};

use super::Tls;
use super::cipher::{Cipher, Head, Opened};
use super::handshake::Messages;
use super::records::{CHANGE_CIPHER, HEAD, Mode, head};
use crate::flow::Dir;
use crate::proto::{Moment, Output};

/// Longest content of one record.
const CONTENT_MAX: u64 = 1 << 14;
/// Numbers tried under the key that follows.
const FOLLOWING_NUMBERS: u64 = 8;

/// What is missing.
#[derive(Clone, Debug, Default)]
pub(super) struct Lost {
    /// Bytes since the last record that was whole.
    bytes: u64,
    /// Bytes to come of a record whose beginning was lost or whose middle was.
    skip: u64,
    /// Whether exactly one record is lost.
    one: bool,
    tried: u32,
}

/// An opened record, its number, and the cipher that opened it, when it is the one that follows.
type Found = (Opened, u64, bool);

impl Tls {
    /// Bytes of one direction are not in the capture.
    pub(super) fn lose(&mut self, dir: Dir, len: u64, moment: &Moment, out: &mut Output<'_>) {
        if self.half_ref(dir).cipher.is_none() && !self.change_unseen(dir, moment, out) {
            self.blind(TlsBlind::Gap, out);
            return;
        }
        let half = self.half(dir);
        half.messages = Messages::default();
        let have = std::mem::take(&mut half.buffer);
        let cut = have.len() as u64;
        out.ledger.add(Counter::PayloadTls, cut);
        half.mode = Mode::Lost(match std::mem::take(&mut half.mode) {
            Mode::Lost(lost) if lost.one && len <= lost.skip => Lost { skip: lost.skip - len, ..lost },
            Mode::Lost(lost) => {
                // What was still to be skipped is counted already.
                let more = (cut + len).saturating_sub(lost.skip);
                Lost { bytes: lost.bytes.saturating_add(more), skip: 0, one: false, tried: lost.tried }
            }
            _ => match head(&have) {
                Ok(Some((_, body))) if cut + len <= (HEAD + body) as u64 => {
                    let total = (HEAD + body) as u64;
                    Lost { bytes: total, skip: total - cut - len, one: true, tried: 0 }
                }
                _ => Lost { bytes: cut.saturating_add(len), skip: 0, one: false, tried: 0 },
            },
        });
    }

    /// Looks for the next record. Returns the bytes taken, which are counted; 0 when more are needed.
    pub(super) fn hunt(&mut self, dir: Dir, bytes: &mut [u8], moment: &Moment, out: &mut Output<'_>) -> usize {
        let half = self.half(dir);
        let Mode::Lost(lost) = &mut half.mode else { return 0 };
        let Some(cipher) = &half.cipher else { return 0 };
        if lost.skip > 0 {
            let skipped = lost.skip.min(bytes.len() as u64);
            lost.skip -= skipped;
            out.ledger.add(Counter::PayloadTls, skipped);
            return skipped as usize;
        }
        let version = cipher.record_version();
        let looked = bytes.len().saturating_sub(HEAD - 1);
        let found = (0..looked).find(|&at| bytes.get(at..).is_some_and(|rest| believed(rest, version)));
        let passed = found.unwrap_or(looked);
        if passed > 0 {
            (lost.bytes, lost.one) = (lost.bytes.saturating_add(passed as u64), false);
            out.ledger.add(Counter::PayloadTls, passed as u64);
            return passed;
        }
        let Ok(Some((head, len))) = head(bytes) else { return 0 };
        let Some(record) = bytes.get_mut(HEAD..HEAD + len) else { return 0 };
        if self.begins_here(dir, head, record) {
            out.ledger.add(Counter::PayloadTlsRecords, (HEAD + len) as u64);
            return HEAD + len;
        }
        if let Some(found) = self.try_record(dir, head, record, moment, out) {
            self.found(dir, found, record, moment, out);
            return HEAD + len;
        }
        self.not_this_one(dir, moment, out)
    }

    fn not_this_one(&mut self, dir: Dir, moment: &Moment, out: &mut Output<'_>) -> usize {
        let Mode::Lost(lost) = &mut self.half(dir).mode else { return 0 };
        lost.tried += 1;
        if lost.tried >= limits::TLS_RESYNC_RECORDS_MAX {
            self.blind_half(dir, TlsBlind::Gap, moment, out);
            return 0;
        }
        (lost.bytes, lost.one) = (lost.bytes.saturating_add(1), false);
        out.ledger.add(Counter::PayloadTls, 1);
        1
    }

    /// Whether the record says that the protection of older versions begins here.
    fn begins_here(&mut self, dir: Dir, head: Head, record: &[u8]) -> bool {
        let half = self.half(dir);
        let fresh = half.number == 0 && half.cipher.as_ref().is_some_and(|cipher| !cipher.is_13());
        if fresh && head.kind == CHANGE_CIPHER && record == [1] {
            half.mode = Mode::Read;
            return true;
        }
        false
    }

    fn try_record(
        &mut self,
        dir: Dir,
        head: Head,
        record: &mut [u8],
        moment: &Moment,
        out: &Output<'_>,
    ) -> Option<Found> {
        let half = self.half(dir);
        let (Mode::Lost(lost), Some(cipher)) = (&half.mode, &mut half.cipher) else { return None };
        let numbers = possible(lost, cipher, half.number);
        if let Some((opened, number)) = cipher.open_one_of(head, numbers, record) {
            return Some((opened, number, false));
        }
        if !cipher.is_13() || lost.one {
            return None;
        }
        let (mut cipher, secret) = self.following(dir, moment, out)?;
        let (opened, number) = cipher.open_one_of(head, 0..FOLLOWING_NUMBERS, record)?;
        self.follow_with(dir, cipher, secret);
        Some((opened, number, true))
    }

    fn found(
        &mut self,
        dir: Dir,
        (opened, number, follows): Found,
        record: &[u8],
        moment: &Moment,
        out: &mut Output<'_>,
    ) {
        let half = self.half(dir);
        let lost = match std::mem::take(&mut half.mode) {
            Mode::Lost(lost) => lost.bytes,
            _ => 1,
        };
        let records = if follows { 1 } else { number - half.number };
        half.number = number + 1;
        // Exact where the content of a record is as long as its bytes say; else as long as it can be.
        let heads = half.cipher.as_ref().and_then(|cipher| cipher.overhead()).unwrap_or(0) + HEAD;
        let content = lost.saturating_sub(records.saturating_mul(heads as u64));
        out.ledger.add(Counter::TlsRecordsLost, records);
        if content > 0 {
            self.nested(out, |inner, out| inner.gap(dir, content, moment, out));
        }
        self.opened(dir, opened, record, moment, out);
    }
}

/// The numbers that the record after what was lost may have.
fn possible(lost: &Lost, cipher: &Cipher, next: u64) -> std::ops::Range<u64> {
    if lost.one {
        return next + 1..next + 2;
    }
    let longest = CONTENT_MAX + (HEAD + cipher.overhead().unwrap_or(2_048)) as u64;
    let fewest = lost.bytes.div_ceil(longest);
    let from = next.saturating_add(fewest);
    from..from.saturating_add(limits::TLS_RESYNC_NUMBERS_MAX)
}

/// Whether a record of that version may begin here.
fn believed(bytes: &[u8], version: u16) -> bool {
    matches!(head(bytes), Ok(Some((head, len))) if head.version == version && len > 0 && head.kind != 24)
}
