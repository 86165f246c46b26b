//! `decode`: every HTTP transaction and part of a stream in capture files as a JSON line, straight from the capture crate.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use capture::inline::Inline;
use capture::link::{Checksums, DecapSettings};
use capture::source::{self, FrameSource, Input};
use model::Ledger;
use model::ledger::Counter;

use crate::cli::{Decode, VerifyChecksums};
use crate::exit::Exit;
use crate::output::Lines;
use crate::screens::text;
use crate::session;
use crate::tls_lines::Names;

/// Reads the captures and writes the lines.
pub(crate) fn run(options: &Decode) -> Result<Exit> {
    let inputs: Vec<Input> = options.files.iter().map(|file| Input::from(file.clone())).collect();
    let mut source = source::open(&inputs)?;
    let to: Box<dyn Write> = match &options.output {
        Some(path) => {
            session::refuse_overwriting(path, &inputs)?;
            Box::new(create(path).with_context(|| format!("cannot write {}", path.display()))?)
        }
        None => Box::new(io::stdout().lock()),
    };
    let mut lines = Lines::new(to, options.tls, options.streams);
    let settings = DecapSettings {
        hash_seed: 0,
        key_by_tenant: options.key_by_tenant,
        verify_checksums: match options.verify_checksums {
            VerifyChecksums::Auto => Checksums::Auto,
            VerifyChecksums::On => Checksums::On,
            VerifyChecksums::Off => Checksums::Off,
        },
    };
    #[allow(unused_mut, reason = "with TLS it is made anew")]
    let mut inline = Inline::new(settings);
    #[cfg(feature = "tls")]
    let keys = crate::keys::read(&options.keys)?;
    #[cfg(feature = "tls")]
    let mut inline = inline.with_keys(Some(keys.clone()));
    #[cfg(feature = "tls")]
    let mut frames = 0;
    while let Some(frame) = source.next_frame()? {
        inline.frame(&frame, &mut lines);
        #[cfg(feature = "tls")]
        {
            frames += 1;
            keys.add_carried(source.take_secrets(), frames);
        }
        if lines.failed.is_some() {
            break;
        }
    }
    #[cfg(feature = "tls")]
    keys.add_carried(source.take_secrets(), frames);
    let ledger = inline.finish(&mut lines);
    lines.flush().context("cannot write the transactions")?;
    if !options.quiet {
        summary(&ledger, &lines.names, lines.count, source.as_ref());
    }
    let damaged = !source.damage().is_empty();
    let empty = ledger.get(Counter::FramesSeen) == 0 && !options.allow_blind;
    Ok(if empty || damaged && options.strict {
        Exit::Unreadable
    } else if lines.count == 0 && (!options.tls || lines.names.is_empty()) && !options.allow_blind {
        Exit::Blind
    } else {
        Exit::Done
    })
}

/// Lines hold targets as sent, which are nobody else's to read.
fn create(path: &Path) -> io::Result<File> {
    File::options().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Says on standard error what was read, understood and lost.
fn summary(ledger: &Ledger, names: &Names, transactions: u64, source: &dyn FrameSource) {
    for damage in source.damage() {
        eprintln!(
            "apitap: {} is damaged at byte {}, after frame {} ({:?}, {} bytes lost); the rest was used.  [W202]",
            damage.path.display(),
            damage.offset,
            damage.frame,
            damage.kind,
            damage.bytes_lost
        );
    }
    let frames = ledger.get(Counter::FramesSeen);
    let payload = ledger.get(Counter::PayloadAccepted);
    let understood = ledger.sum("payload.delivered.");
    let entries = ledger.get(Counter::HarEntries);
    let quic = ledger.get(Counter::PayloadQuic) > 0;
    let of = if entries > 0 || quic { "payload" } else { "TCP payload" };
    eprintln!("Read      {frames} frames, {payload} bytes of {of}");
    let read = [
        ("HTTP/1", Counter::PayloadHttp1),
        ("HTTP/2", Counter::PayloadHttp2),
        ("WebSocket", Counter::PayloadWebSocket),
        ("HAR", Counter::PayloadHar),
    ];
    let read: Vec<&str> = read.iter().filter(|(_, c)| ledger.get(*c) > 0).map(|(name, _)| *name).collect();
    let read = if read.is_empty() { "HTTP".to_owned() } else { read.join(", ") };
    eprintln!("Coverage  {} of {of} understood: {read}", share(understood, payload));
    if entries > 0 {
        let left_out = ledger.sum("frames.ignored.har_") + ledger.get(Counter::FramesBadHar);
        eprintln!("HAR       {entries} entries, {left_out} of them no exchange with a server");
    }
    unread(ledger, names, payload);
    let missing = ledger.get(Counter::PayloadMissing);
    if missing > 0 {
        eprintln!("Missing   {missing} bytes of {of} are not in the capture");
    }
    for (name, prefix) in TLS_LINES {
        let connections = ledger.sum(prefix);
        if connections > 0 {
            let s = if connections == 1 { "" } else { "s" };
            eprintln!("TLS       {connections} connection{s} {name}");
        }
    }
    eprintln!("Found     {}", text::counted(transactions, "transaction", "transactions"));
    let (messages, unread) = (ledger.get(Counter::StreamMessages), ledger.get(Counter::StreamMessagesUnread));
    if messages > 0 {
        let but = if unread > 0 { format!(", {unread} of them not read") } else { String::new() };
        let messages = text::counted(messages, "message", "messages");
        eprintln!("          {messages} of WebSockets and events{but}");
    }
    if frames == 0 {
        eprintln!("          The capture holds no frames. Was it stopped early?  [E201]");
    } else if transactions == 0 {
        let encrypted = ledger.get(Counter::PayloadTls) + ledger.get(Counter::PayloadQuic);
        if encrypted * 2 > payload {
            eprintln!("          Most of it is encrypted.  [E210]");
        } else {
            eprintln!("          Nothing in it could be read as HTTP.  [E211]");
        }
    }
}

/// What was not understood, by reason.
fn unread(ledger: &Ledger, names: &Names, payload: u64) {
    for (name, prefix) in [
        ("TLS", "payload.unparsed.tls"),
        ("QUIC (HTTP/3)", "payload.unparsed.quic"),
        ("upgraded or tunnelled", "payload.unparsed.upgraded"),
        ("not HTTP", "payload.unparsed.not_http"),
        ("after a gap", "payload.unparsed.desync"),
        ("seen before", "payload.duplicate"),
        ("over a limit", "payload.over_limit"),
    ] {
        let bytes = ledger.sum(prefix);
        if bytes > 0 {
            let more = match prefix {
                "payload.unparsed.tls" => names.summary(false),
                "payload.unparsed.quic" => names.summary(true),
                _ => String::new(),
            };
            eprintln!("          {} {name}{more}", share(bytes, payload));
        }
    }
}

/// What became of connections of TLS.
const TLS_LINES: [(&str, &str); 7] = [
    ("decrypted", "tls.flows.decrypted"),
    ("without a key", "tls.flows.no_key"),
    ("with a cipher suite that is not decrypted", "tls.flows.suite"),
    ("that do not open with the key at hand", "tls.flows.bad_record"),
    ("given up after a gap", "tls.flows.gap"),
    ("whose handshake is not in the capture", "tls.flows.handshake"),
    ("over a limit", "tls.flows.over_limit"),
];

fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "0 %".to_owned();
    }
    let tenths = u128::from(part) * 1000 / u128::from(whole);
    format!("{}.{} %", tenths / 10, tenths % 10)
}
