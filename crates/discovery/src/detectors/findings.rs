//! Findings about endpoints and clients: a transaction as it is shown, and the causes of the detectors here.
//!
//! How a finding lives is the same for all detectors: [`model::life`].

use model::finding::{Evidence, Subject};
use model::life::{FindingKey, OpenFinding, OpenFindings};
use model::{Id, Observed, PacketTime};

use super::{Cause, Info};

/// A transaction as it is shown.
pub(crate) fn evidence(seen: &Observed<'_>, method: &str, template: &str, note: &str) -> Evidence {
    let row = seen.row;
    let excerpt = match row.status {
        0 => format!("{method} {template} → no answer seen"),
        status => format!("{method} {template} → {status}, {} bytes", row.response.bytes),
    };
    Evidence {
        tx: row.tx_id(),
        at: row.first_at,
        frame: row.first_frame,
        last_frame: row.last_frame,
        note: note.into(),
        excerpt,
    }
}

/// The open finding of that key and cause, opened when there is none; `None` when there is no room for it.
pub(crate) fn open<'a>(
    findings: &'a mut OpenFindings,
    key: FindingKey,
    owner: Id,
    info: &Info,
    cause: &Cause,
    subject: impl FnOnce() -> Subject,
    now: PacketTime,
) -> Option<&'a mut OpenFinding> {
    let first_at = if cause.first_at == PacketTime::ZERO { now } else { cause.first_at };
    findings.open(key, owner, info, subject, first_at, cause.before)
}
