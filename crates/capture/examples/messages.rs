//! Prints the messages of WebSockets and event streams in a capture file, for checking against what a server logged: server
//! port, client port, who sent it, its length, and the CRC-32 of its content when all of it was kept.
//!
//!     cargo run -p capture --example messages -- FILE

#![allow(clippy::print_stdout, reason = "it is what the example is for")]

use std::path::PathBuf;

use capture::inline::Inline;
use capture::link::DecapSettings;
use capture::source::{self, Input};
use flate2::Crc;
use model::message::TransactionSink;
use model::{StreamPart, Transaction};

struct Print;

impl TransactionSink for Print {
    fn wants_bodies(&self) -> bool {
        true
    }

    fn transaction(&mut self, _transaction: &Transaction<'_>) {}

    fn streamed(&mut self, part: &StreamPart<'_>) {
        for (message, content) in part.messages.iter() {
            let by = if message.sent { "client" } else { "server" };
            let mut crc = Crc::new();
            crc.update(content);
            let sum = if message.whole { crc.sum().to_string() } else { "-".to_owned() };
            println!("{} {} {by} {} {sum}", part.flow.resp.port, part.flow.orig.port, message.len);
        }
    }
}

fn main() -> Result<(), source::SourceError> {
    let inputs: Vec<Input> = std::env::args_os().skip(1).map(|file| Input::from(PathBuf::from(file))).collect();
    let mut source = source::open(&inputs)?;
    let mut inline = Inline::new(DecapSettings::default());
    while let Some(frame) = source.next_frame()? {
        inline.frame(&frame, &mut Print);
    }
    inline.finish(&mut Print);
    Ok(())
}
