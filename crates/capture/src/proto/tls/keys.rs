//! Secrets of connections, by the client's random value, from key logs (NSS `SSLKEYLOGFILE` format).
//!
//! In: lines of key logs, as they come. Out: the secret of a connection. Kept: at most [`limits::TLS_KEYS_MAX`] connections, the
//! oldest forgotten first; secrets are wiped when dropped. All shards share one table. So that results do not depend on
//! which thread is faster, each secret tells from which frame on it is known.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use foldhash::fast::RandomState;
use model::limits;
use zeroize::Zeroizing;

use super::rsa::PrivateKey;

/// Longest secret: a master secret, or a hash of 384 bits.
const SECRET_BYTES_MAX: usize = 48;

/// A secret; wiped when dropped.
pub(crate) type Secret = Zeroizing<Vec<u8>>;

/// What a secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// `CLIENT_RANDOM`: the master secret of TLS 1.2 and before.
    Master,
    /// `CLIENT_EARLY_TRAFFIC_SECRET`.
    Early,
    /// `CLIENT_HANDSHAKE_TRAFFIC_SECRET`.
    ClientHandshake,
    /// `SERVER_HANDSHAKE_TRAFFIC_SECRET`.
    ServerHandshake,
    /// `CLIENT_TRAFFIC_SECRET_0`.
    ClientTraffic,
    /// `SERVER_TRAFFIC_SECRET_0`.
    ServerTraffic,
}

impl Label {
    fn of(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"CLIENT_RANDOM" => Self::Master,
            b"CLIENT_EARLY_TRAFFIC_SECRET" => Self::Early,
            b"CLIENT_HANDSHAKE_TRAFFIC_SECRET" => Self::ClientHandshake,
            b"SERVER_HANDSHAKE_TRAFFIC_SECRET" => Self::ServerHandshake,
            b"CLIENT_TRAFFIC_SECRET_0" => Self::ClientTraffic,
            b"SERVER_TRAFFIC_SECRET_0" => Self::ServerTraffic,
            _ => return None,
        })
    }
}

/// What came of the lines of a key log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// Secrets taken.
    pub secrets: u64,
    /// Lines that are neither secrets, comments nor empty.
    pub unread: u64,
    /// Connections whose secrets were forgotten to make room.
    pub forgotten: u64,
}

impl std::ops::AddAssign for Added {
    fn add_assign(&mut self, more: Self) {
        self.secrets += more.secrets;
        self.unread += more.unread;
        self.forgotten += more.forgotten;
    }
}

struct Entry {
    /// Label, the first frame that may use it, the secret.
    secrets: Vec<(Label, u64, Secret)>,
}

#[derive(Default)]
struct Table {
    entries: HashMap<[u8; 32], Box<Entry>, RandomState>,
    order: VecDeque<[u8; 32]>,
}

/// The secrets of a run.
#[derive(Default)]
pub struct Keys {
    table: RwLock<Table>,
    private: Vec<PrivateKey>,
    /// Whether a file is watched for more.
    followed: AtomicBool,
    /// Connections whose secrets were forgotten.
    forgotten: AtomicU64,
    /// From this frame on a capture file is known to carry secrets; zero when none did.
    carried_from: AtomicU64,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let connections = self.table.read().unwrap_or_else(PoisonError::into_inner).entries.len();
        f.debug_struct("Keys").field("connections", &connections).finish_non_exhaustive()
    }
}

impl Keys {
    /// No secret yet; connections whose premaster secret is under one of these keys can be opened.
    pub fn new(private: Vec<PrivateKey>) -> Self {
        Self { private, ..Self::default() }
    }

    /// Tells that more may come at any time, so that connections wait for their secret.
    pub fn follow(&self) {
        self.followed.store(true, Ordering::Release);
    }

    /// Takes whole lines of a key log.
    pub fn add(&self, text: &[u8]) -> Added {
        self.add_from(text, 0)
    }

    /// Takes what a capture file carries behind `frame`.
    pub fn add_carried(&self, text: Vec<u8>, frame: u64) -> Added {
        let (text, from) = (Zeroizing::new(text), frame.saturating_add(1));
        if self.carried_from.load(Ordering::Acquire) == 0 {
            self.carried_from.store(from, Ordering::Release);
        }
        self.add_from(&text, from)
    }

    fn add_from(&self, text: &[u8], from: u64) -> Added {
        let mut added = Added::default();
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        for line in text.split(|&byte| byte == b'\n') {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            match read_line(line) {
                Line::Secret(label, random, secret) => {
                    added.forgotten += u64::from(table.insert(random, label, from, secret));
                    added.secrets += 1;
                }
                Line::Other => {}
                Line::Unread => added.unread += 1,
            }
        }
        self.forgotten.fetch_add(added.forgotten, Ordering::AcqRel);
        added
    }
}

impl Table {
    /// Takes a secret; returns whether a connection was forgotten for it.
    fn insert(&mut self, random: [u8; 32], label: Label, from: u64, secret: Secret) -> bool {
        let mut forgotten = false;
        if !self.entries.contains_key(&random) {
            if self.order.len() >= limits::TLS_KEYS_MAX
                && let Some(oldest) = self.order.pop_front()
            {
                forgotten = self.entries.remove(&oldest).is_some();
            }
            self.order.push_back(random);
        }
        let entry = self.entries.entry(random).or_insert_with(|| Box::new(Entry { secrets: Vec::new() }));
        if !entry.secrets.iter().any(|(known, ..)| *known == label) {
            entry.secrets.push((label, from, secret));
        }
        forgotten
    }
}

enum Line {
    Secret(Label, [u8; 32], Secret),
    /// A label of no use here, such as `EXPORTER_SECRET`.
    Other,
    Unread,
}

fn read_line(line: &[u8]) -> Line {
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let (Some(label), Some(random), Some(secret), None) = (words.next(), words.next(), words.next(), words.next())
    else {
        return Line::Unread;
    };
    if line.len() > limits::TLS_KEY_LINE_BYTES_MAX {
        return Line::Unread;
    }
    let Some(label) = Label::of(label) else {
        let named = label.iter().all(|&byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        return if named { Line::Other } else { Line::Unread };
    };
    let (Some(random), Some(secret)) = (unhex(random), unhex(secret)) else { return Line::Unread };
    match random.first_chunk::<32>() {
        Some(name) if random.len() == 32 && matches!(secret.len(), 32 | SECRET_BYTES_MAX) => {
            Line::Secret(label, *name, secret)
        }
        _ => Line::Unread,
    }
}

fn unhex(text: &[u8]) -> Option<Secret> {
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let mut out = Zeroizing::new(Vec::with_capacity(pairs.len()));
    for [high, low] in pairs {
        let (high, low) = (char::from(*high).to_digit(16)?, char::from(*low).to_digit(16)?);
        out.push((high << 4 | low) as u8);
    }
    Some(out)
}

/// The secrets as one shard sees them.
#[derive(Clone, Debug)]
pub struct KeyRing {
    keys: Arc<Keys>,
    /// The input is over: nothing more can come, and all that came may be used.
    at_end: bool,
}

impl KeyRing {
    /// Those of `keys`.
    pub const fn new(keys: Arc<Keys>) -> Self {
        Self { keys, at_end: false }
    }

    /// The input is over.
    pub(crate) const fn end(&mut self) {
        self.at_end = true;
    }

    /// The secret of the connection whose client drew `random`, as it is known at `frame`.
    pub(crate) fn secret(&self, random: &[u8; 32], label: Label, frame: u64) -> Option<Secret> {
        let table = self.keys.table.read().unwrap_or_else(PoisonError::into_inner);
        let entry = table.entries.get(random)?;
        let (_, from, secret) = entry.secrets.iter().find(|(known, ..)| *known == label)?;
        (self.at_end || *from <= frame).then(|| secret.clone())
    }

    /// Whether secrets that are not known at `frame` may still come.
    pub(crate) fn may_grow(&self, frame: u64) -> bool {
        let carried = self.keys.carried_from.load(Ordering::Acquire);
        !self.at_end && (self.keys.followed.load(Ordering::Acquire) || (carried > 0 && carried <= frame))
    }

    /// Takes what a capture file carries behind `frame`: all that was found since last asked.
    pub fn add_carried(&self, texts: Vec<Vec<u8>>, frame: u64) {
        for text in texts {
            self.keys.add_carried(text, frame);
        }
    }

    /// Connections whose secrets were forgotten to make room.
    pub fn forgotten(&self) -> u64 {
        self.keys.forgotten.load(Ordering::Acquire)
    }

    /// Private keys of servers.
    pub(crate) fn private(&self) -> &[PrivateKey] {
        &self.keys.private
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(label: &str, random: u8, secret: u8) -> String {
        format!("{label} {} {}\n", format!("{random:02x}").repeat(32), format!("{secret:02x}").repeat(48))
    }

    #[test]
    fn lines_of_a_key_log_are_read_and_others_counted() {
        let keys = Keys::default();
        let text = format!(
            "# a comment\r\n\n{}{}EXPORTER_SECRET 00 00\nCLIENT_RANDOM zz 00\nCLIENT_RANDOM 00 11\nhello\n",
            line("CLIENT_RANDOM", 1, 2),
            line("SERVER_TRAFFIC_SECRET_0", 1, 3),
        );
        assert_eq!(keys.add(text.as_bytes()), Added { secrets: 2, unread: 3, forgotten: 0 });
        let ring = KeyRing::new(Arc::new(keys));
        assert_eq!(ring.secret(&[1; 32], Label::Master, 0).as_deref(), Some(&vec![2; 48]));
        assert_eq!(ring.secret(&[1; 32], Label::ServerTraffic, 0).as_deref(), Some(&vec![3; 48]));
        assert_eq!(ring.secret(&[1; 32], Label::ClientTraffic, 0), None);
        assert_eq!(ring.secret(&[2; 32], Label::Master, 0), None);
    }

    #[test]
    fn secrets_of_a_capture_file_are_known_behind_the_frame_they_follow() {
        let keys = Keys::default();
        keys.add_carried(line("CLIENT_RANDOM", 1, 2).into_bytes(), 7);
        let mut ring = KeyRing::new(Arc::new(keys));
        assert!(ring.secret(&[1; 32], Label::Master, 7).is_none() && !ring.may_grow(7));
        assert!(ring.secret(&[1; 32], Label::Master, 8).is_some() && ring.may_grow(8));
        ring.end();
        assert!(ring.secret(&[1; 32], Label::Master, 7).is_some() && !ring.may_grow(8));
    }

    #[test]
    fn no_more_connections_are_kept_than_the_limit() {
        let (mut table, mut forgotten) = (Table::default(), 0);
        for n in 0..limits::TLS_KEYS_MAX as u64 + 3 {
            let mut random = [0; 32];
            random[..8].copy_from_slice(&n.to_be_bytes());
            for label in [Label::ClientTraffic, Label::ServerTraffic] {
                forgotten += u64::from(table.insert(random, label, 0, Zeroizing::new(Vec::new())));
            }
        }
        assert_eq!((table.entries.len(), forgotten), (limits::TLS_KEYS_MAX, 3));
        assert!(!table.entries.contains_key(&[0; 32]));
    }
}
