//! HAR files from bytes to transactions: what exporters write, what attackers write, and where files are cut.

use std::io::{self, Read};
use std::path::PathBuf;

use model::ledger::Counter;
use model::limits;
use model::message::{Body, FieldName, TransactionSink};
use model::{Anomaly, Ledger, PacketTime, Transaction};
use proptest::prelude::*;

use super::super::error::{Damage, DamageKind};
use super::super::input::Stream;
use super::super::merge::Merge;
use super::super::reader::{AnyReader, Findings};
use super::super::window::Window;
use super::super::{FrameSource, SourceError};
use super::is_har;
use super::json::{Broken, Json};
use crate::exchange::RECORD_BYTES_MAX;
use crate::inline::Inline;
use crate::link::DecapSettings;

/// What is told of each exchange, and of the file.
#[derive(Debug, Default, PartialEq)]
struct Told {
    lines: Vec<String>,
    times: Vec<PacketTime>,
    ledger: Ledger,
    damage: Vec<Damage>,
}

#[derive(Default)]
struct Sink(Vec<String>, Vec<PacketTime>);

impl TransactionSink for Sink {
    fn wants_bodies(&self) -> bool {
        true
    }

    fn transaction(&mut self, tx: &Transaction<'_>) {
        let (request, response) = (tx.request.as_ref().unwrap(), tx.response.as_ref().unwrap());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let body = |body: &Body<'_>| match (body.len, body.complete) {
            (0, true) => "none".to_owned(),
            (0, false) => "unseen".to_owned(),
            (_, true) => text(body.kept),
            (len, false) => format!("{len} bytes of more: {}", text(body.kept)),
        };
        let fields = |fields: &model::message::Fields<'_>| {
            let fields = fields.iter().filter(|(id, ..)| *id != FieldName::Host);
            fields.map(|(_, name, value)| format!("{}: {}", text(name), text(value))).collect::<Vec<_>>().join("; ")
        };
        let host = request.fields.all(FieldName::Host).map(text).collect::<Vec<_>>().join("+");
        self.0.push(format!(
            "{} {host} {} [{}] <{}> {} [{}] <{}>",
            text(request.method),
            text(request.target),
            fields(&request.fields),
            body(&request.body),
            response.status,
            fields(&response.fields),
            body(&response.body),
        ));
        self.1.push(tx.at);
    }
}

/// Gives one byte at a time.
struct Trickle(Vec<u8>, usize);

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (Some(byte), Some(slot)) = (self.0.get(self.1), buffer.first_mut()) else { return Ok(0) };
        *slot = *byte;
        self.1 += 1;
        Ok(1)
    }
}

fn window(reader: impl Read + Send + 'static) -> Window {
    Window::new(Stream::new(reader, None).unwrap())
}

fn told(reader: impl Read + Send + 'static) -> Result<Told, SourceError> {
    let reader = AnyReader::open(Stream::new(reader, None).unwrap(), PathBuf::from("x.har"), (0, 1))?;
    let mut source = Merge::new(vec![reader], Findings::default(), None);
    let (mut inline, mut sink) = (Inline::new(DecapSettings::default()), Sink::default());
    while let Some(frame) = source.next_frame()? {
        assert!(frame.data.len() <= RECORD_BYTES_MAX);
        inline.frame(&frame, &mut sink);
    }
    let ledger = inline.finish(&mut sink);
    assert_eq!(ledger.check(), Ok(()));
    assert_eq!(ledger.get(Counter::FramesSeen), ledger.get(Counter::HarEntries));
    assert_eq!(ledger.get(Counter::TransactionsComplete), sink.0.len() as u64);
    Ok(Told { lines: sink.0, times: sink.1, ledger, damage: source.damage().to_vec() })
}

fn of(text: &[u8]) -> Told {
    told(io::Cursor::new(text.to_vec())).unwrap()
}

fn file(entries: &str) -> Vec<u8> {
    format!(r#"{{"log":{{"version":"1.2","entries":[{entries}]}}}}"#).into_bytes()
}

fn entry(request: &str, response: &str, more: &str) -> String {
    format!(r#"{{"startedDateTime":"2026-01-01T00:00:01Z","request":{{{request}}},"response":{{{response}}}{more}}}"#)
}

fn get(n: u64) -> String {
    format!(
        r#"{{"startedDateTime":"{}","request":{{"method":"GET","url":"http://a.example/{n}"}},"response":{{"status":200,"content":{{"size":2,"text":"\u007b}}"}}}}}}"#,
        PacketTime::from_parts(1_767_225_600 + n, 0)
    )
}

const GET: &str = r#""method":"GET","url":"https://a.example/v1?x=1#y""#;

#[test]
fn entries_become_what_was_on_the_wire() {
    let content = |content: &str| format!(r#""status":200,"content":{{{content}}}"#);
    let coded = |rest: &str| format!(r#""status":200,"headers":[{{"name":"Content-Encoding","value":"gzip"}}],{rest}"#);
    for (request, response, line) in [
        (GET, content(r#""size":2,"text":"{}""#), "GET a.example /v1?x=1 [] <none> 200 [] <{}>"),
        // Content that is not in the file is not the same as none.
        (GET, content(r#""size":90"#), "GET a.example /v1?x=1 [] <none> 200 [] <unseen>"),
        (GET, content(r#""size":90,"text":"""#), "GET a.example /v1?x=1 [] <none> 200 [] <unseen>"),
        (GET, content(r#""size":-1"#), "GET a.example /v1?x=1 [] <none> 200 [] <unseen>"),
        (GET, content(""), "GET a.example /v1?x=1 [] <none> 200 [] <unseen>"),
        (GET, content(r#""size":0"#), "GET a.example /v1?x=1 [] <none> 200 [] <none>"),
        (GET, r#""status":304"#.into(), "GET a.example /v1?x=1 [] <none> 304 [] <none>"),
        (GET, content(r#""size":900,"text":"[1,2""#), "GET a.example /v1?x=1 [] <none> 200 [] <4 bytes of more: [1,2>"),
        (
            GET,
            content(r#""size":7,"text":"bnVs bA==","encoding":"base64""#),
            "GET a.example /v1?x=1 [] <none> 200 [] <4 bytes of more: null>",
        ),
        // Decoded by the exporter, although the field stands there; and coded still.
        (GET, coded(r#""content":{"text":"{}"}"#), "GET a.example /v1?x=1 [] <none> 200 [] <{}>"),
        (
            GET,
            coded(r#""content":{"text":"H4sI","encoding":"base64"}"#),
            "GET a.example /v1?x=1 [] <none> 200 [Content-Encoding: gzip] <\u{1f}\u{fffd}\u{8}>",
        ),
        (
            GET,
            coded(r#""content":{"size":90}"#),
            "GET a.example /v1?x=1 [] <none> 200 [Content-Encoding: gzip] <unseen>",
        ),
        (
            GET,
            content(r#""text":"{}","mimeType":"application/json""#),
            "GET a.example /v1?x=1 [] <none> 200 [content-type: application/json] <{}>",
        ),
        (
            r#""method":"GET","url":"https://192.0.2.1:8443","headers":[{"name":":authority","value":"b.example"},{"name":":path","value":"/"},{"name":"X","value":" 1 "}]"#,
            r#""status":200,"headers":[{"name":"set-cookie","value":"a=1\nb=2"}],"content":{"size":0}"#.into(),
            "GET b.example / [X: 1] <none> 200 [set-cookie: a=1; set-cookie: b=2] <none>",
        ),
        (
            r#""method":"POST","url":"http://a.example/f","postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"a","value":"1 &2"},{"name":"b"}]}"#,
            r#""status":204"#.into(),
            "POST a.example /f [content-type: application/x-www-form-urlencoded] <a=1%20%262&b=> 204 [] <none>",
        ),
        (
            r#""method":"POST","url":"http://a.example/f","bodySize":12"#,
            r#""status":204"#.into(),
            "POST a.example /f [] <unseen> 204 [] <none>",
        ),
        (
            r#""method":"POST","url":"http://a.example/f","headers":[{"name":"Host","value":"h"},{"name":"Content-Length","value":"9"}],"bodySize":-1"#,
            r#""status":204"#.into(),
            "POST h /f [Content-Length: 9] <unseen> 204 [] <none>",
        ),
        (
            r#""method":"CONNECT","url":"https://a.example:443""#,
            r#""status":200"#.into(),
            "CONNECT a.example:443 a.example:443 [] <none> 200 [] <none>",
        ),
        // Line ends in a value frame nothing.
        (
            r#""method":"GET","url":"http://a/x","headers":[{"name":"A","value":"1\r\nHost: evil\r\n\r\nGET / HTTP/1.1"}]"#,
            r#""status":200,"content":{"size":0}"#.into(),
            "GET a /x [A: 1; A: Host: evil; A: ; A: GET / HTTP/1.1] <none> 200 [] <none>",
        ),
    ] {
        let told = of(&file(&entry(request, &response, "")));
        assert_eq!(told.lines, [line], "{request} {response}");
        assert_eq!(told.damage, []);
    }
}

#[test]
fn what_is_no_exchange_is_counted_by_its_reason() {
    let ok = r#""status":200"#;
    for (entry, reason) in [
        (entry(r#""method":"GET","url":"data:,x""#, ok, ""), Counter::FramesHarScheme),
        (entry(r#""method":"GET","url":"ws://a/""#, ok, ""), Counter::FramesHarScheme),
        (entry(GET, ok, r#","_fromCache":"memory""#), Counter::FramesHarCached),
        (entry(GET, ok, r#","_fromCache":true"#), Counter::FramesHarCached),
        (entry(GET, r#""status":200,"_fromCache":"disk""#, ""), Counter::FramesHarCached),
        (entry(GET, ok, r#","_fetchType":"Disk Cache""#), Counter::FramesHarCached),
        (entry(GET, r#""status":0"#, ""), Counter::FramesHarFailed),
        (entry(GET, r#""status":-1"#, ""), Counter::FramesHarFailed),
        (entry(GET, r#""status":99.9"#, ""), Counter::FramesHarFailed),
        (entry(GET, r#""status":1e300"#, ""), Counter::FramesHarFailed),
        (entry(GET, r#""status":{"a":[1]}"#, ""), Counter::FramesHarFailed),
        (entry(GET, "", ""), Counter::FramesHarFailed),
        (entry("", ok, ""), Counter::FramesBadHar),
        (entry(r#""method":"","url":"http://a/""#, ok, ""), Counter::FramesBadHar),
        (entry(r#""method":"G T","url":"http://a/""#, ok, ""), Counter::FramesBadHar),
        (entry(r#""method":"AAAAAAAAAABBBBBBBBBBCCCCCCCCCCDDD","url":"http://a/""#, ok, ""), Counter::FramesBadHar),
        (entry(r#""method":7,"url":null"#, ok, ""), Counter::FramesBadHar),
        (entry(GET, ok, r#","startedDateTime":"never""#), Counter::FramesBadHar),
        (entry(GET, ok, r#","startedDateTime":1767225600"#), Counter::FramesBadHar),
        (entry(GET, ok, r#","startedDateTime":"1969-12-31T00:00:00Z""#), Counter::FramesBadHar),
        ("7".into(), Counter::FramesBadHar),
        ("[[]]".into(), Counter::FramesBadHar),
    ] {
        let told = of(&file(&entry));
        assert_eq!((told.lines.len(), told.ledger.get(reason)), (0, 1), "{entry}");
        assert_eq!(told.damage, []);
    }
    let kept = entry(GET, ok, r#","_fromCache":false,"_fetchType":"Network Load""#);
    assert_eq!(of(&file(&kept)).lines.len(), 1);
}

#[test]
fn times_are_those_of_the_server_as_far_as_they_are_told() {
    /// Microseconds from the request's first byte to the answer's last.
    struct Durations(Vec<Option<u64>>);
    impl TransactionSink for Durations {
        fn wants_bodies(&self) -> bool {
            false
        }
        fn transaction(&mut self, tx: &Transaction<'_>) {
            let (request, response) = (tx.request.as_ref().unwrap().span, tx.response.as_ref().unwrap().span);
            let known = response.last_at != PacketTime::ZERO;
            self.0.push(known.then(|| response.last_at.since(request.first_at).as_micros() as u64));
        }
    }
    for (more, micros) in [
        (r#","timings":{"blocked":100,"dns":10,"connect":5,"ssl":3,"send":0.5,"wait":12,"receive":1}"#, Some(13_500)),
        (r#","time":30,"timings":{"blocked":-1,"send":-1,"wait":-1,"receive":-1}"#, Some(30_000)),
        (r#","time":30"#, Some(30_000)),
        (r#","time":-1"#, None),
        (r#","time":0,"timings":{"send":0,"wait":0,"receive":0}"#, None),
        (r#","time":"20""#, Some(20_000)),
        (r#","time":1e999"#, None),
        (r#","time":1e30"#, Some(86_400_000_000)),
        (r#","timings":[1,2]"#, None),
    ] {
        let bytes = file(&entry(GET, r#""status":200"#, more));
        let reader = AnyReader::open(Stream::new(io::Cursor::new(bytes), None).unwrap(), "x".into(), (0, 1)).unwrap();
        let mut source = Merge::new(vec![reader], Findings::default(), None);
        let (mut inline, mut sink) = (Inline::new(DecapSettings::default()), Durations(Vec::new()));
        while let Some(frame) = source.next_frame().unwrap() {
            inline.frame(&frame, &mut sink);
        }
        assert_eq!(sink.0, [micros], "{more}");
    }
}

#[test]
fn hostile_files_cost_little_and_lose_nothing_unsaid() {
    let deep = |open: &str, close: &str, n: usize| format!("{}{}", open.repeat(n), close.repeat(n));
    let header = r#"{"name":"a","value":"b"},"#;
    let many = format!(r#"{GET},"headers":[{}{{}}]"#, header.repeat(1_000_000));
    let ok = r#""status":200,"content":{"size":0}"#;
    for (what, text, exchanges) in [
        ("depth in what is passed over", entry(GET, ok, &format!(r#","_x":{}"#, deep("[", "]", 1_000_000))), 1),
        (
            "depth of objects",
            entry(GET, ok, &format!(r#","_x":{}1{}"#, r#"{"a":"#.repeat(500_000), "}".repeat(500_000))),
            1,
        ),
        ("depth where a text belongs", entry(&format!(r#"{GET},"method":{}"#, deep("[", "]", 100_000)), ok, ""), 0),
        ("a long text", entry(GET, &format!(r#""status":200,"content":{{"text":"{}"}}"#, "x".repeat(8 << 20)), ""), 1),
        ("a long name", entry(GET, ok, &format!(r#","{}":1"#, "n".repeat(4 << 20))), 1),
        ("a long number", entry(GET, ok, &format!(r#","time":{}"#, "9".repeat(4 << 20))), 1),
        ("a long URL", entry(&format!(r#""method":"GET","url":"http://a/{}""#, "p".repeat(4 << 20)), ok, ""), 1),
        (
            "a long value",
            entry(&format!(r#"{GET},"headers":[{{"name":"a","value":"{}"}}]"#, "v".repeat(4 << 20)), ok, ""),
            1,
        ),
        ("many headers", entry(&many, ok, ""), 1),
        (
            "many lines in one header",
            entry(&format!(r#"{GET},"headers":[{{"name":"a","value":"{}"}}]"#, "\\n".repeat(60_000)), ok, ""),
            1,
        ),
        (
            "many parameters",
            entry(
                &format!(
                    r#"{GET},"postData":{{"mimeType":"application/x-www-form-urlencoded","params":[{}{{}}]}}"#,
                    header.repeat(300_000)
                ),
                ok,
                "",
            ),
            1,
        ),
        (
            "all that is kept",
            entry(
                &format!(
                    r#""method":"POST","url":"http://a/{}","headers":[{}],"postData":{{"text":"{}"}}"#,
                    "p".repeat(16 << 10),
                    r#"{"name":"12345678901234567890123456789012","value":"1234567890123456789012345678901"},"#
                        .repeat(2_000)
                        + "{}",
                    "x".repeat(1 << 20)
                ),
                &format!(
                    r#""status":200,"headers":[{}],"content":{{"text":"{}"}}"#,
                    r#"{"name":"12345678901234567890123456789012","value":"1234567890123456789012345678901"},"#
                        .repeat(2_000)
                        + "{}",
                    "x".repeat(1 << 20)
                ),
                "",
            ),
            1,
        ),
        ("a size that lies", entry(GET, r#""status":200,"content":{"size":1e300}"#, ""), 1),
    ] {
        let told = of(&file(&text));
        assert_eq!((told.lines.len(), &told.damage[..]), (exchanges, &[][..]), "{what}");
        assert!(told.lines.iter().all(|line| line.len() < 512 << 10), "{what}");
        assert!(told.ledger.get(Counter::PayloadMissing) <= 2 * limits::BODY_BYTES_MAX as u64, "{what}");
    }
}

#[test]
fn what_is_cut_is_marked() {
    let marks = |request: &str| {
        struct Marks(Vec<model::AnomalySet>);
        impl TransactionSink for Marks {
            fn wants_bodies(&self) -> bool {
                true
            }
            fn transaction(&mut self, tx: &Transaction<'_>) {
                self.0.push(tx.anomalies);
            }
        }
        let bytes = file(&entry(request, r#""status":200"#, ""));
        let reader = AnyReader::open(Stream::new(io::Cursor::new(bytes), None).unwrap(), "x".into(), (0, 1)).unwrap();
        let mut source = Merge::new(vec![reader], Findings::default(), None);
        let (mut inline, mut sink) = (Inline::new(DecapSettings::default()), Marks(Vec::new()));
        inline.frame(&source.next_frame().unwrap().unwrap(), &mut sink);
        sink.0[0]
    };
    let headers = |headers: &str| format!(r#"{GET},"headers":[{headers}]"#);
    let field = r#"{"name":"a","value":"b"}"#;
    let most = [field; limits::FIELDS_MAX - 1].join(",");
    for (request, mark, expected) in [
        (headers(&most), Anomaly::HttpLimit, false),
        (headers(&format!("{most},{field},{field}")), Anomaly::HttpLimit, true),
        (
            format!(r#""method":"GET","url":"http://a/{}""#, "p".repeat(limits::TARGET_BYTES_MAX)),
            Anomaly::HttpLimit,
            true,
        ),
        (
            headers(&format!(r#"{{"name":"{}","value":""}}"#, "n".repeat(limits::HEAD_BYTES_MAX + 1))),
            Anomaly::HttpLimit,
            true,
        ),
        (headers(r#"{"name":"X-Original-URL","value":"/admin"}"#), Anomaly::HttpOverride, true),
        (headers(r#"{"name":"host","value":"a"},{"name":"host","value":"b"}"#), Anomaly::HttpAmbiguousHost, true),
        (r#""method":"GET","url":"http://a/%2e%2e/x""#.into(), Anomaly::HttpPathTrick, true),
        (format!(r#"{GET},"postData":{{"text":"!","encoding":"base64"}}"#), Anomaly::ContentMalformed, true),
    ] {
        assert_eq!(marks(&request).contains(mark), expected, "{mark} of {}", request.get(..120).unwrap_or(&request));
    }
}

#[test]
fn a_file_cut_anywhere_is_used_up_to_there() {
    let whole = file(&(0..5).map(get).collect::<Vec<_>>().join(",\n"));
    let all = of(&whole);
    assert_eq!(all.lines.len(), 5);
    for len in 8..whole.len() {
        let cut = of(&whole[..len]);
        assert!(all.lines.starts_with(&cut.lines), "cut at {len}");
        let [damage] = &cut.damage[..] else { panic!("cut at {len}: {:?}", cut.damage) };
        assert_eq!((&damage.kind, damage.offset), (&DamageKind::CutInsideHar, len as u64), "cut at {len}");
        assert_eq!(damage.frame, cut.ledger.get(Counter::HarEntries));
        let ends = whole[..len].windows(3).filter(|three| three == b"}}}").count();
        assert_eq!(cut.lines.len(), ends, "cut at {len}");
    }
}

#[test]
fn damage_ends_a_file_and_tells_where() {
    let [a, b] = [get(1), get(2)];
    for (text, exchanges, offset) in [
        (format!("{a} {b}"), 1, a.len() + 1),
        (format!("{a},{{\"x\" 1}},{b}"), 1, a.len() + 6),
        (format!("{a},{{x}},{b}"), 1, a.len() + 2),
        (format!("{a},@,{b}"), 1, a.len() + 1),
    ] {
        let bytes = file(&text);
        let start = bytes.windows(2).position(|two| two == b"[{").unwrap() + 1;
        let told = of(&bytes);
        let [Damage { kind: DamageKind::BadHar(_), offset: at, bytes_lost, .. }] = told.damage[..] else {
            panic!("{text}: {:?}", told.damage)
        };
        assert_eq!((told.lines.len(), at), (exchanges, (start + offset) as u64), "{text}");
        assert!(bytes_lost > 0 && bytes_lost <= bytes.len() as u64, "{text}");
    }
}

#[test]
fn careless_exporters_are_understood() {
    let [a, b] = [get(1), get(2)];
    let two = of(&file(&format!("{a},{b}"))).lines;
    for (what, bytes) in [
        ("a byte order mark", [&b"\xef\xbb\xbf"[..], &file(&format!("{a},{b}"))].concat()),
        ("a comma too many", file(&format!("{a},{b},"))),
        (
            "blanks",
            String::from_utf8(file(&format!("{a} ,\r\n\t{b}")))
                .unwrap()
                .replace(':', " : ")
                .replace("http : ", "http:")
                .replace("00 : ", "00:")
                .into_bytes(),
        ),
        ("files end to end", [file(&a), b"\n".to_vec(), file(&b)].concat()),
        (
            "entries twice",
            format!(r#"{{"log":{{"entries":[{a}],"pages":[{{}}],"entries":[{b}]}},"x":1}}"#).into_bytes(),
        ),
        ("more of it", format!(r#"{{ "log" :{{"entries":3,"entries":[{a},{b}],"comment":"}}]"}}}}"#).into_bytes()),
    ] {
        let told = of(&bytes);
        assert_eq!((&told.lines, &told.damage[..]), (&two, &[][..]), "{what}");
    }
    let raw = [br#"{"startedDateTime":"2026-01-01T00:00:01Z","request":{"method":"GET","url":"http://a/"},"response":{"status":200,"content":{"text":""#, &b"\xff\n\x00\\q\\ud800\\u12"[..], br#""}}}"#].concat();
    let raw = [&br#"{"log":{"entries":["#[..], &raw, b"]}}"].concat();
    assert_eq!(of(&raw).lines, ["GET a / [] <none> 200 [] <\u{fffd}\n\0q\u{fffd}\u{fffd}12>"]);
}

#[test]
fn files_are_known_by_their_beginning() {
    for (head, expected) in [
        (r#"{"log":{"#, true),
        ("\u{feff} {\r\n\t\"log\" : {", true),
        (r#"{"log""#, true),
        (r#"{"lo"#, false),
        (r#"{"openapi":"3.1.0","log":{"#, false),
        (r#"[{"log":{"#, false),
        (r#"{"logs":[]"#, false),
        ("", false),
    ] {
        assert_eq!(is_har(head.as_bytes()), expected, "{head}");
    }
    assert!(matches!(told(io::Cursor::new(b"{\"openapi\":1}".to_vec())), Err(SourceError::NotACapture { .. })));
}

#[test]
fn entries_come_in_order_of_time_as_far_as_they_wait() {
    let n = limits::HAR_ORDERED_ENTRIES_MAX as u64;
    for (order, regressions) in [
        ((0..n).rev().collect::<Vec<_>>(), 0),
        // The first of them leaves when one more than may wait was read.
        ((1..=n).chain([0]).collect(), 1),
    ] {
        let entries = order.iter().map(|n| get(*n)).collect::<Vec<_>>().join(",");
        let told = of(&file(&entries));
        assert!(told.times.is_sorted());
        assert_eq!(told.ledger.get(Counter::ClockRegressions), regressions);
        assert_eq!(told.lines.len(), order.len());
    }
}

#[test]
fn values_are_read_as_serde_reads_them() {
    let read = |text: &str| {
        let mut out = Vec::new();
        let len = Json::new(window(io::Cursor::new(text.as_bytes().to_vec()))).text(&mut out, usize::MAX);
        len.map(|len| (String::from_utf8(out).unwrap(), len))
    };
    for text in [r#""\u0041\n\/\\\"\t\b\f\r""#, r#""\ud83e\udd44""#, r#""""#, r#""é\u00e9""#] {
        let (ours, len) = read(text).unwrap();
        assert_eq!(ours, serde_json::from_str::<String>(text).unwrap());
        assert_eq!(len, Some(ours.len() as u64));
    }
    assert_eq!(read("\"abc"), Err(Broken::Cut));
    assert_eq!(read("[1,{\"a\":[]}]"), Ok((String::new(), None)));
}

proptest! {
    #[test]
    fn any_text_comes_back(text in any::<String>(), most in 0_usize..64) {
        let json = serde_json::to_string(&text).unwrap();
        let mut out = Vec::new();
        let len = Json::new(window(Trickle(json.into_bytes(), 0))).text(&mut out, most).unwrap();
        prop_assert_eq!(len, Some(text.len() as u64));
        prop_assert_eq!(&out[..], &text.as_bytes()[..most.min(text.len())]);
    }

    #[test]
    fn any_damage_is_survived_and_everything_is_counted(
        hurts in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(br#"{}[]",:\u0-e."#.to_vec()), 0..3_u8), 1..6)
    ) {
        let mut bytes = file(&[get(1), entry(GET, r#""status":200,"headers":[{"name":"a","value":"b\n\u00e9"}],"content":{"size":3,"encoding":"base64","text":"AAAA"}"#, r#","timings":{"wait":1}"#), get(3)].join(","));
        for (at, byte, how) in hurts {
            let at = 7 + at.index(bytes.len() - 7);
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        let at_once = of(&bytes);
        prop_assert!(at_once.ledger.get(Counter::HarEntries) <= 12);
        let in_pieces = told(Trickle(bytes, 0)).unwrap();
        prop_assert_eq!(&at_once.lines, &in_pieces.lines);
        prop_assert_eq!(&at_once.ledger, &in_pieces.ledger);
    }
}
