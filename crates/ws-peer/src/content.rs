//! Messages of some kind: mostly small JSON, some large, some of bytes.

use std::ops::Range;

use bytes::Bytes;
use fastrand::Rng;

const WORDS: &[&str] = &[
    "order",
    "state",
    "packed",
    "sent",
    "delivered",
    "buyer",
    "email",
    "street",
    "item",
    "price",
    "total",
    "note",
    "hello",
    "wörld",
];

/// A message.
#[derive(Clone)]
pub struct Content {
    pub text: bool,
    pub bytes: Bytes,
}

impl Content {
    pub fn of(rng: &mut Rng) -> Self {
        let kind = rng.f64();
        if kind < 0.1 {
            let bytes: Vec<u8> = (0..rng.usize(1..3000)).map(|_| rng.u8(..)).collect();
            return Self { text: false, bytes: bytes.into() };
        }
        let mut fields: Vec<String> = (0..rng.usize(1..8)).map(|at| field(at, rng)).collect();
        if kind > 0.94 {
            fields.push(format!("\"large\":\"{}\"", words(rng, 500..9000)));
        }
        if kind > 0.99 {
            fields.push(format!("\"larger\":\"{}\"", words(rng, 10_000..30_000)));
        }
        Self::text(&format!("{{{}}}", fields.join(",")))
    }

    pub fn text(text: &str) -> Self {
        Self { text: true, bytes: Bytes::copy_from_slice(text.as_bytes()) }
    }

    pub fn as_text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }

    /// Its bytes in four pieces, some of which may be empty.
    pub fn pieces(&self, rng: &mut Rng) -> Vec<Bytes> {
        let mut cuts: Vec<usize> = (0..3).map(|_| rng.usize(..=self.bytes.len())).collect();
        cuts.extend([0, self.bytes.len()]);
        cuts.sort_unstable();
        cuts.windows(2).map(|pair| self.bytes.slice(pair[0]..pair[1])).collect()
    }
}

fn field(at: usize, rng: &mut Rng) -> String {
    let name = WORDS[(at * 5 + rng.usize(..5)) % WORDS.len()];
    if rng.bool() {
        format!("\"{name}\":{}", rng.u32(..1_000_000))
    } else {
        format!("\"{name}\":\"{}\"", words(rng, 1..30))
    }
}

fn words(rng: &mut Rng, count: Range<usize>) -> String {
    let all: Vec<&str> = (0..rng.usize(count)).map(|_| WORDS[rng.usize(..WORDS.len())]).collect();
    all.join(" ")
}
