//! A transaction worth showing, kept until it is known under which name of its endpoint it is shown.

use model::finding::Evidence;
use model::observation::Observation;
use model::{Id, PacketTime};
use serde::{Deserialize, Serialize};

/// A transaction worth showing, before it is written out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trace {
    tx: Id,
    at: PacketTime,
    frame: u64,
    last_frame: u64,
    status: u16,
    bytes: u64,
    number: Option<u64>,
}

impl Trace {
    /// Of one observation; `number` is shown in the place of the last `{int}`.
    pub(crate) fn of(row: &Observation, number: Option<u64>) -> Self {
        Self {
            tx: row.tx_id(),
            at: row.first_at,
            frame: row.first_frame,
            last_frame: row.last_frame,
            status: row.status,
            bytes: row.response.bytes,
            number,
        }
    }

    /// As it is shown, under a name of its endpoint.
    pub(crate) fn evidence(&self, method: &str, template: &str, note: &str) -> Evidence {
        let path = match (self.number, template.rsplit_once("{int}")) {
            (Some(number), Some((head, tail))) if number <= NUMBER_SHOWN_MAX && !tail.contains('{') => {
                format!("{head}{number}{tail}")
            }
            _ => template.to_owned(),
        };
        let excerpt = match self.status {
            0 => format!("{method} {path} → no answer seen"),
            status => format!("{method} {path} → {status}, {} bytes", self.bytes),
        };
        Evidence {
            tx: self.tx,
            at: self.at,
            frame: self.frame,
            last_frame: self.last_frame,
            note: note.into(),
            excerpt,
        }
    }
}

/// Numbers of more than eight digits may be a phone, a card or a birth date.
const NUMBER_SHOWN_MAX: u64 = 99_999_999;
