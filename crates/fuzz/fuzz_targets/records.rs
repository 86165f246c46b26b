//! Files of ours that something else has written to: a findings file of any bytes is read as far as it holds records; a
//! state whose rows are damaged is loaded, worked on and saved again. Neither panics, hangs or asks for memory without end.
#![no_main]

use std::io::Cursor;
use std::sync::LazyLock;

use arbitrary::Arbitrary;
use fuzz::frames::Owned;
use fuzz::memory::{Memory, run};
use fuzz::wire::{SEGMENT_BYTES_MAX, Wire};
use libfuzzer_sys::fuzz_target;
use pipeline::Parallelism;
use store::LogReader;

#[derive(Arbitrary, Debug)]
enum Case<'a> {
    /// A findings file of these bytes.
    File(&'a [u8]),
    /// A real findings file with damage.
    Log(Vec<Damage<'a>>),
    /// A state with damage to several rows.
    Rows(Vec<(u16, Vec<Damage<'a>>)>),
    /// A state one of whose rows is something else.
    Row(u16, &'a [u8]),
}

#[derive(Arbitrary, Debug)]
struct Damage<'a> {
    at: u16,
    removed: u8,
    put: &'a [u8],
}

fuzz_target!(|case: Case| match case {
    Case::File(bytes) => read(bytes.to_vec()),
    Case::Log(damage) => {
        let mut log = REAL.1.log.clone();
        damage.iter().for_each(|damage| damage.apply(&mut log));
        read(log);
    }
    Case::Rows(damaged) => {
        let mut state = REAL.1.clone();
        for (row, damage) in &damaged {
            if let Some(model) = nth(&mut state, *row) {
                damage.iter().for_each(|damage| damage.apply(model));
            }
        }
        run(&REAL.0, Parallelism::Single, state);
    }
    Case::Row(row, bytes) => {
        let mut state = REAL.1.clone();
        if let Some(model) = nth(&mut state, row) {
            *model = bytes.to_vec();
        }
        run(&REAL.0, Parallelism::Single, state);
    }
});

/// A run with something of every kind, and what it left.
static REAL: LazyLock<(Vec<Owned>, Memory)> = LazyLock::new(|| {
    let mut wire = Wire::default();
    let mut frames: Vec<Owned> = Vec::new();
    for caller in 0..3 {
        let (mut client, mut server) = (String::new(), String::new());
        for order in 0..20_u32 {
            let path = match order % 5 {
                0 => format!("/api/orders/{}", 1000 + order + caller),
                1 => format!("/api/users/{order}/items?page={order}&sort=name"),
                2 => format!("/api/words/word{}", char::from(b'a' + order as u8)),
                3 => "/login".to_owned(),
                _ => format!("/api/carts/8d3a5f0c-1f0e-4bb1-9d3e-0000000000{order:02}"),
            };
            let body = format!(r#"{{"id":{order},"email":"a{order}@example.com","tags":["x"]}}"#);
            let head = format!("Host: api.example\r\nAuthorization: Bearer t0ken{caller}\r\n");
            if order % 5 == 3 {
                client += &format!("POST {path} HTTP/1.1\r\n{head}Content-Type: application/json\r\n");
                client += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
            } else {
                client += &format!("GET {path} HTTP/1.1\r\n{head}\r\n");
            }
            server += "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
            server += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        }
        wire.conversation(client.as_bytes(), server.as_bytes(), &[SEGMENT_BYTES_MAX], |frame| {
            frames.push(frame.into())
        });
        wire.at = wire.at.plus(std::time::Duration::from_secs(2));
    }
    // Loads what it saves, so that the state is one of two runs.
    let first = run(&frames, Parallelism::Single, Memory::default()).now;
    let second = run(&frames, Parallelism::Single, first).now;
    assert!(second.rows.len() > 10, "there are rows to damage");
    (frames, second)
});

fn nth(state: &mut Memory, row: u16) -> Option<&mut Vec<u8>> {
    let rows = state.rows.len();
    state.rows.values_mut().nth(usize::from(row) % rows.max(1))
}

impl Damage<'_> {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let at = usize::from(self.at) % (bytes.len() + 1);
        let end = bytes.len().min(at + usize::from(self.removed));
        bytes.splice(at..end, self.put.iter().copied());
    }
}

fn read(bytes: Vec<u8>) {
    let length = bytes.len() as u64;
    let mut reader = LogReader::new("fuzz", Cursor::new(bytes));
    let mut offset = 0;
    while let Some(Ok(record)) = reader.next() {
        assert!(reader.offset() > offset && reader.offset() <= length);
        offset = reader.offset();
        record.to_bytes().expect("what was read can be written");
    }
    assert!(reader.damage().is_some() || reader.offset() == length);
    assert!(reader.next().is_none());
}
