//! HTTP/2 on the wire: what is whole is read whole, what is lost is said, and nothing is wrong.

#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "a test fails by panicking")]

mod support;

use make_fixtures::h2::{self, Encoder};
use make_fixtures::{Conversation, Cut, Open, Packet, disturb, http};
use model::message::{FieldName, TransactionSink};
use model::{Anomaly, Ledger, Transaction};
use proptest::prelude::*;

/// A transaction in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Line {
    request: String,
    response: String,
    marks: Vec<Anomaly>,
}

#[derive(Default)]
struct Seen(Vec<Line>);

impl TransactionSink for Seen {
    fn wants_bodies(&self) -> bool {
        true
    }

    fn transaction(&mut self, transaction: &Transaction<'_>) {
        let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
        let body =
            |body: model::message::Body<'_>| format!("{}{}", text(body.kept), if body.complete { "" } else { " …" });
        let request = transaction.request.map_or_else(String::new, |r| {
            let first = |name| r.fields.first(name).map_or("-".into(), text);
            let user = r.fields.iter().find(|(id, name, _)| *id == FieldName::Other && *name == b"x-user");
            let user = user.map_or("-".into(), |(_, _, value)| text(value));
            format!("{} {}{} {user} {}", text(r.method), first(FieldName::Host), text(r.target), body(r.body))
        });
        let response = transaction.response.map_or_else(String::new, |r| {
            let trailer =
                r.fields.iter().find(|(_, name, _)| *name == b"grpc-status").map_or("-".into(), |f| text(f.2));
            format!("{} {trailer} {}", r.status, body(r.body))
        });
        let apart = [Anomaly::TcpMidstream, Anomaly::CaptureDuplicate];
        let marks = transaction.anomalies.iter().filter(|mark| !apart.contains(mark)).collect();
        self.0.push(Line { request, response, marks });
    }
}

fn read(packets: &[Packet]) -> (Vec<Line>, Ledger) {
    let mut seen = Seen::default();
    let ledger = support::feed(packets, &mut seen);
    (seen.0, ledger)
}

fn lines(talk: &Conversation) -> Vec<Line> {
    read(&talk.packets(&Cut::default())).0
}

fn talk() -> Conversation {
    Conversation::new(([10, 0, 0, 1], 40_000), ([10, 0, 0, 2], 80))
}

/// A client and a server that speak HTTP/2 with each other.
struct Peers {
    talk: Conversation,
    client: Encoder,
    server: Encoder,
}

impl Peers {
    fn new() -> Self {
        let talk = talk().client([h2::PREFACE, &h2::settings()].concat()).server(h2::settings());
        Self { talk, client: Encoder::default(), server: Encoder::default() }
    }

    fn client(&mut self, bytes: Vec<u8>) {
        self.talk = self.talk.clone().client(bytes);
    }

    fn server(&mut self, bytes: Vec<u8>) {
        self.talk = self.talk.clone().server(bytes);
    }

    fn ask(&mut self, stream: u32, path: &str, more: &[(&str, &str)], body: &[u8]) {
        let method = if body.is_empty() { "GET" } else { "POST" };
        let block = self.client.block(&h2::request(method, path, "api.example", more));
        let mut bytes = h2::headers(stream, &block, body.is_empty());
        if !body.is_empty() {
            bytes.extend(h2::data(stream, body, true));
        }
        self.client(bytes);
    }

    fn answer(&mut self, stream: u32, body: &[u8]) {
        let block = self.server.block(&[(":status", "200"), ("content-type", "application/json"), ("server", "made")]);
        let bytes = [h2::headers(stream, &block, false), h2::data(stream, body, true)].concat();
        self.server(bytes);
    }
}

fn line(request: &str, response: &str) -> Line {
    Line { request: request.into(), response: response.into(), marks: Vec::new() }
}

fn busy() -> Conversation {
    let mut peers = Peers::new();
    peers.ask(1, "/v1/orders/7", &[("x-user", "alice")], b"");
    peers.ask(3, "/v1/orders", &[("x-user", "alice")], &[b'x'; 700]);
    peers.answer(3, b"{}");
    peers.answer(1, &[b'y'; 3_000]);
    peers.ask(5, "/v1/orders/7", &[("x-user", "bob")], b"");
    peers.answer(5, b"{\"id\":7}");
    peers.talk
}

#[test]
fn exchanges_leave_when_they_are_complete_and_pair_by_stream() {
    let big = "y".repeat(3_000);
    assert_eq!(
        lines(&busy()),
        [
            line(&format!("POST api.example/v1/orders alice {}", "x".repeat(700)), "200 - {}"),
            line("GET api.example/v1/orders/7 alice ", &format!("200 - {big}")),
            line("GET api.example/v1/orders/7 bob ", "200 - {\\\"id\\\":7}"),
        ]
    );
}

#[test]
fn padding_priority_continuation_and_trailers_are_read() {
    let mut peers = Peers::new();
    let block = peers.client.block(&h2::request("POST", "/pkg.Svc/Call", "api.example", &[("te", "trailers")]));
    let (first, rest) = block.split_at(3);
    let padded = [&[4, 0, 0, 0, 0, 9][..], first, &[0; 4]].concat();
    let flags = h2::PADDED | h2::WITH_PRIORITY;
    let mut bytes = h2::frame(h2::HEADERS, flags, 1, &padded);
    bytes.extend(h2::frame(h2::CONTINUATION, 0, 1, &rest[..2]));
    bytes.extend(h2::frame(h2::CONTINUATION, h2::END_HEADERS, 1, &rest[2..]));
    bytes.extend(h2::frame(h2::DATA, h2::PADDED, 1, b"\x03abc\0\0\0"));
    bytes.extend(h2::frame(h2::DATA, h2::PADDED | h2::END_STREAM, 1, b"\x02\0\0"));
    peers.client(bytes);
    let head = peers.server.block(&[(":status", "200")]);
    let trailers = peers.server.block(&[("grpc-status", "5")]);
    peers.server([h2::headers(1, &head, false), h2::data(1, b"m", false), h2::headers(1, &trailers, true)].concat());
    assert_eq!(lines(&peers.talk), [line("POST api.example/pkg.Svc/Call - abc", "200 5 m")]);
}

#[test]
fn promised_requests_interim_answers_and_resets_are_told() {
    let mut peers = Peers::new();
    peers.ask(1, "/page", &[], b"");
    let promise = peers.server.block(&h2::request("GET", "/style.css", "api.example", &[]));
    let promise = [&2_u32.to_be_bytes()[..], &promise].concat();
    let interim = peers.server.block(&[(":status", "103")]);
    peers.server([h2::frame(h2::PUSH_PROMISE, h2::END_HEADERS, 1, &promise), h2::headers(1, &interim, false)].concat());
    peers.answer(1, b"page");
    peers.answer(2, b"style");
    peers.ask(3, "/slow", &[], b"");
    peers.client(h2::frame(h2::RST_STREAM, 0, 3, &[0, 0, 0, 8]));
    peers.answer(3, b"too late");
    assert_eq!(
        lines(&peers.talk),
        [
            line("GET api.example/page - ", "200 - page"),
            line("GET api.example/style.css - ", "200 - style"),
            line("GET api.example/slow - ", "200 - too late"),
        ]
    );
}

#[test]
fn an_upgraded_connection_answers_its_first_request_on_stream_one() {
    let upgrade = [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABk")];
    let mut server = Encoder::default();
    let block = server.block(&[(":status", "200")]);
    let answer = [h2::settings(), h2::headers(1, &block, false), h2::data(1, b"hi", true)].concat();
    let talk = talk()
        .client(http::request("GET", "/a", "api.example", &upgrade, b""))
        .server([http::response(101, &upgrade[..2], b""), answer].concat())
        .client([h2::PREFACE, &h2::settings()].concat());
    let told = lines(&talk);
    assert_eq!(told.iter().map(|line| &*line.response).collect::<Vec<_>>(), ["101 - ", "200 - hi"]);
    assert!(told.iter().all(|line| line.request == "GET api.example/a - "), "{told:?}");
}

#[test]
fn a_server_that_speaks_first_is_recognised() {
    let mut peers = Peers::new();
    peers.talk = talk().server(h2::settings()).client([h2::PREFACE, &h2::settings()].concat());
    peers.ask(1, "/a", &[], b"");
    peers.answer(1, b"{}");
    assert_eq!(lines(&peers.talk), [line("GET api.example/a - ", "200 - {}")]);
}

#[test]
fn a_capture_that_starts_half_way_tells_the_known_and_says_what_is_not() {
    let mut peers = Peers { talk: talk(), client: Encoder::default(), server: Encoder::default() };
    peers.talk.open = Open::Midstream;
    // What was sent before the capture: names and values that are only indices in it.
    peers.client.block(&h2::request("GET", "/v1/me", "api.example", &[("x-user", "alice")]));
    peers.server.block(&[(":status", "200"), ("content-type", "application/json"), ("server", "made")]);
    peers.ask(11, "/v1/orders/8", &[("x-user", "alice")], b"");
    peers.answer(11, b"{}");
    peers.ask(13, "/v1/orders/8", &[("x-user", "bob")], b"");
    peers.answer(13, b"{}");
    let told = lines(&peers.talk);
    assert_eq!(told[0].request, "GET -/v1/orders/8 - ");
    // The name of `bob` was sent before too: no field says whose it is.
    assert_eq!(told[1].request, "GET -/v1/orders/8 - ");
    assert!(
        told.iter()
            .all(|line| line.response == "200 - {}" && line.marks == [Anomaly::H2Desync, Anomaly::H2ResponseDesync]),
        "{told:?}"
    );
}

#[test]
fn a_client_whose_preface_is_missing_is_not_taken_for_the_server() {
    for server_first in [false, true] {
        let mut peers = Peers { talk: talk(), client: Encoder::default(), server: Encoder::default() };
        peers.client(h2::PREFACE.to_vec());
        if server_first {
            peers.server(h2::settings());
        }
        let ask = peers.client.block(&h2::request("GET", "/v1/orders/7", "api.example", &[("x-user", "alice")]));
        peers.client([h2::settings(), h2::headers(1, &ask, true)].concat());
        if !server_first {
            peers.server(h2::settings());
        }
        peers.answer(1, b"{}");
        for (stream, path) in [(3, "/v1/orders/8"), (5, "/v1/orders/9"), (7, "/v1/orders/9")] {
            peers.ask(stream, path, &[("x-user", "bob")], b"");
            peers.answer(stream, b"{}");
        }
        let mut left = peers.talk.packets(&Cut::default());
        left.retain(|packet| !packet.bytes.ends_with(h2::PREFACE));
        let (told, _) = read(&left);
        let paths: Vec<_> = told.iter().filter(|line| line.request.contains("/v1/orders/")).collect();
        assert!(paths.len() >= 2, "{told:?}");
        assert!(told.iter().all(|line| line.response == "200 - {}"), "{told:?}");
        assert!(told.iter().skip(1).all(|line| !line.request.contains("alice")), "{told:?}");
        assert!(told.iter().all(|line| line.marks.contains(&Anomaly::TcpGap)), "{told:?}");
    }
}

#[test]
fn after_a_gap_a_field_is_never_told_as_another() {
    let mut peers = Peers::new();
    peers.ask(1, "/a", &[("x-user", "alice")], b"");
    peers.answer(1, b"{}");
    peers.ask(3, "/a", &[("x-user", "bob")], b"");
    peers.answer(3, b"{}");
    peers.ask(5, "/a", &[("x-user", "bob")], b"");
    peers.answer(5, b"{}");
    let packets = peers.talk.packets(&Cut::default());
    // The request that made `bob` an entry is not in the capture.
    let dropped = packets.iter().filter(|packet| packet.from_client && packet.has_data()).nth(2).unwrap();
    let left: Vec<Packet> = packets.iter().filter(|packet| *packet != dropped).cloned().collect();
    let (told, ledger) = read(&left);
    assert!(ledger.get(model::ledger::Counter::PayloadMissing) > 0);
    assert!(told.iter().all(|line| !line.request.contains("alice") || line.marks.is_empty()), "{told:?}");
    let last = told.last().unwrap();
    assert!(last.marks.contains(&Anomaly::H2Desync) && !last.request.contains("bob"), "{told:?}");
}

#[test]
fn who_is_the_client_is_revised_when_the_sides_say_otherwise() {
    let mut peers = Peers { talk: talk(), client: Encoder::default(), server: Encoder::default() };
    peers.talk.open = Open::Midstream;
    let odd = peers.server.block(&h2::request("GET", "/odd", "api.example", &[]));
    peers.server(h2::headers(1, &odd, true));
    for (stream, path) in [(3, "/a"), (5, "/b"), (7, "/c")] {
        peers.ask(stream, path, &[], b"");
        peers.answer(stream, b"{}");
    }
    let told = lines(&peers.talk);
    let told: Vec<_> = told.iter().map(|line| (&*line.request, &*line.response)).collect();
    let paired = [("GET api.example/b - ", "200 - {}"), ("GET api.example/c - ", "200 - {}")];
    assert!(paired.iter().all(|pair| told.contains(pair)), "{told:?}");
    assert!(told.iter().all(|told| !told.0.contains("/odd") && !told.0.contains("/a")), "{told:?}");
}

#[test]
fn content_that_is_made_of_frames_is_not_read_as_frames_after_a_gap() {
    let mut peers = Peers::new();
    peers.ask(1, "/a", &[], b"");
    peers.answer(1, b"{}");
    // An upload that holds a recording of another connection; the head of its frame is lost.
    let (mut inner, mut other) = (Vec::new(), Encoder::default());
    for stream in [9_000_001, 77, 80, 1_200_000_001, 5] {
        let block = other.block(&h2::request("GET", "/forged", "bank.example", &[]));
        inner.extend(h2::headers(stream, &block, true));
    }
    let head = h2::frame(h2::DATA, 0, 3, &vec![0; inner.len()]);
    peers.client(head[..9].to_vec());
    peers.client(inner.clone());
    peers.ask(5, "/b", &[], b"");
    peers.answer(5, b"{}");
    let mut left = peers.talk.packets(&Cut::default());
    left.retain(|packet| !packet.bytes.ends_with(&head[..9]));
    let (told, ledger) = read(&left);
    assert!(ledger.get(model::ledger::Counter::PayloadMissing) > 0);
    assert!(told.iter().filter(|line| line.request.contains("/forged")).count() <= 1, "{told:?}");
    assert!(ledger.get(model::ledger::Counter::PayloadDesync) >= inner.len() as u64, "{ledger:?}");
    assert!(told.iter().any(|line| line.request.contains("/b")), "{told:?}");
}

#[test]
fn a_gap_within_content_costs_only_that_content() {
    let mut peers = Peers::new();
    peers.ask(1, "/a", &[("x-user", "alice")], &[b'x'; 6_000]);
    peers.answer(1, b"{}");
    peers.ask(3, "/a", &[("x-user", "alice")], b"");
    peers.answer(3, b"{}");
    let packets = peers.talk.packets(&Cut::default());
    let dropped = packets.iter().filter(|packet| packet.from_client && packet.has_data()).nth(3).unwrap();
    let left: Vec<Packet> = packets.iter().filter(|packet| *packet != dropped).cloned().collect();
    let (told, _) = read(&left);
    assert_eq!(told[0].marks, [Anomaly::TcpGap]);
    assert!(told[0].request.ends_with(" …"));
    // The mark is the flow's.
    assert_eq!(told[1], Line { marks: vec![Anomaly::TcpGap], ..line("GET api.example/a alice ", "200 - {}") });
}

#[test]
fn what_a_strict_peer_refuses_is_kept_and_the_next_stream_is_right() {
    for (name, value) in [
        ("transfer-encoding", "chunked"),
        ("connection", "x"),
        ("X-Upper", "a"),
        ("x y", "a"),
        ("x-lines", "a\r\nb"),
        ("x-control", "a\u{1}"),
        (":path", "/other"),
        ("", "a"),
    ] {
        let mut peers = Peers::new();
        peers.ask(1, "/odd", &[(name, value), ("x-user", "alice")], b"");
        peers.answer(1, b"{}");
        peers.ask(3, "/odd", &[("x-user", "alice")], b"");
        peers.answer(3, b"{}");
        let told = lines(&peers.talk);
        assert_eq!(told[0].request, "GET api.example/odd alice ", "{name}");
        assert_eq!(told[0].marks, [Anomaly::H2Malformed], "{name}");
        assert_eq!(told[1], line("GET api.example/odd alice ", "200 - {}"), "{name}");
    }
}

#[test]
fn the_first_head_of_a_message_stays_on_record_and_a_second_one_is_marked() {
    let mut peers = Peers::new();
    let first = peers.client.block(&h2::request("POST", "/admin/secret", "api.example", &[]));
    let second = peers.client.block(&h2::request("POST", "/innocent", "api.example", &[]));
    peers.client(h2::headers(1, &first, false));
    peers.answer(1, b"secret");
    peers.client(h2::headers(1, &second, true));
    let told = lines(&peers.talk);
    let expected = line("POST api.example/admin/secret - ", "200 - secret");
    assert_eq!(told, [Line { marks: vec![Anomaly::H2Malformed], ..expected }]);
}

#[test]
fn a_promise_of_the_client_or_of_a_stream_that_is_open_changes_nothing() {
    let mut peers = Peers::new();
    peers.ask(1, "/asked", &[], b"");
    let promise = |encoder: &mut Encoder, id: u32| {
        let block = encoder.block(&h2::request("GET", "/promised", "api.example", &[]));
        h2::frame(h2::PUSH_PROMISE, h2::END_HEADERS, 1, &[&id.to_be_bytes()[..], &block].concat())
    };
    let (of_client, of_server) = (promise(&mut peers.client, 2), promise(&mut peers.server, 1));
    peers.client(of_client);
    peers.server(of_server);
    peers.answer(1, b"{}");
    assert_eq!(lines(&peers.talk), [line("GET api.example/asked - ", "200 - {}")]);
}

#[test]
fn a_request_with_a_status_is_a_request() {
    let mut peers = Peers::new();
    peers.ask(1, "/admin/secret", &[(":status", "200")], b"");
    peers.answer(1, b"secret");
    let expected = line("GET api.example/admin/secret - ", "200 - secret");
    assert_eq!(lines(&peers.talk), [Line { marks: vec![Anomaly::H2Malformed], ..expected }]);
}

#[test]
fn a_message_whose_last_bytes_are_lost_ends_there() {
    let mut peers = Peers::new();
    peers.ask(1, "/a", &[], &[b'x'; 3_000]);
    peers.answer(1, b"{}");
    peers.ask(3, "/b", &[], b"");
    peers.answer(3, b"{}");
    let packets = peers.talk.packets(&Cut::default());
    let lost = packets.iter().filter(|packet| packet.from_client && packet.has_data()).nth(3).unwrap();
    let left: Vec<Packet> = packets.iter().filter(|packet| *packet != lost).cloned().collect();
    let (told, _) = read(&left);
    assert!(told[0].request.starts_with("POST api.example/a") && told[0].request.ends_with(" …"), "{told:?}");
    assert_eq!((told[0].marks.as_slice(), told[1].request.as_str()), (&[Anomaly::TcpGap][..], "GET api.example/b - "));
}

#[test]
fn after_a_loss_an_authority_of_another_request_is_not_taken_for_that_of_the_next() {
    let mut peers = Peers::new();
    let ask = |encoder: &mut Encoder, stream, host, path| {
        h2::headers(stream, &encoder.block(&h2::request("GET", path, host, &[])), true)
    };
    let first = ask(&mut peers.client, 1, "a.example", "/public");
    peers.client(first);
    let second = ask(&mut peers.client, 3, "b.example", "/admin");
    peers.client(second);
    let again = ask(&mut peers.client, 5, "b.example", "/admin");
    peers.client(again);
    let packets = peers.talk.packets(&Cut::default());
    let lost = packets.iter().filter(|packet| packet.from_client && packet.has_data()).nth(2).unwrap();
    let left: Vec<Packet> = packets.iter().filter(|packet| *packet != lost).cloned().collect();
    let (told, _) = read(&left);
    let third = told.last().unwrap();
    assert!(!third.request.contains("public") && third.marks.contains(&Anomaly::H2Desync), "{told:?}");
}

#[test]
fn content_of_another_length_than_was_said_is_marked() {
    let mut peers = Peers::new();
    for (stream, lengths) in [
        (1, &[("content-length", "0")][..]),
        (3, &[("content-length", "19"), ("content-length", "0")]),
        (5, &[("content-length", "+19")]),
        (7, &[("content-length", "19")]),
    ] {
        peers.ask(stream, "/a", lengths, b"GET /admin HTTP/1.1");
        peers.answer(stream, b"{}");
    }
    let marked: Vec<bool> = lines(&peers.talk).iter().map(|line| line.marks.contains(&Anomaly::H2Malformed)).collect();
    assert_eq!(marked, [true, true, true, false]);
}

#[test]
fn floods_are_marked_and_keep_nothing() {
    let reset = |stream| h2::frame(h2::RST_STREAM, 0, stream, &[0, 0, 0, 8]);
    let mut peers = Peers::new();
    for turn in 0..40 {
        let mut bytes = Vec::new();
        for stream in 0..50 {
            let stream = turn * 100 + stream * 2 + 1;
            let block = peers.client.block(&h2::request("GET", "/a", "api.example", &[]));
            bytes.extend(h2::headers(stream, &block, true));
            bytes.extend(reset(stream));
        }
        peers.client(bytes);
    }
    let told = lines(&peers.talk);
    assert_eq!(told.len(), 2_000);
    assert!(told.iter().all(|line| line.response.is_empty()));
    assert!(told[0].marks.is_empty() && told.last().unwrap().marks == [Anomaly::H2Flood]);
}

#[test]
fn a_block_that_stands_for_megabytes_is_told_up_to_the_limit() {
    let mut peers = Peers::new();
    let large = "v".repeat(3_900);
    peers.ask(1, "/a", &[("x-large", &large)], b"");
    let mut block = peers.client.block(&h2::request("GET", "/a", "api.example", &[]));
    block.extend(vec![0xbe; 15_000]);
    peers.client(h2::headers(3, &block, true));
    peers.answer(3, b"{}");
    let told = lines(&peers.talk);
    assert_eq!(
        told[0],
        Line { marks: vec![Anomaly::HttpLimit, Anomaly::H2HeaderBomb], ..line("GET api.example/a - ", "200 - {}") }
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn cutting_reordering_and_repeating_change_nothing(seed: u64, points in 0usize..60) {
        let talk = busy();
        let whole = lines(&talk);
        let packets = talk.packets(&Cut::random(&talk, points, seed));
        let packets = disturb::duplicate(&disturb::reorder(&packets, 3, seed), 5, seed);
        prop_assert_eq!(read(&packets).0, whole);
    }

    #[test]
    fn losses_make_nothing_wrong(seed: u64, n in 2u64..20) {
        let talk = busy();
        let whole = lines(&talk);
        let packets = disturb::drop(&talk.packets(&Cut::random(&talk, 20, seed)), n, seed);
        for line in read(&packets).0 {
            if line.marks.is_empty() {
                prop_assert!(whole.iter().any(|w| w.request == line.request && (w.response == line.response || line.response.is_empty())) || line.request.is_empty() || line.request.ends_with('…') || line.response.ends_with('…'), "{:?}", line);
            }
        }
    }

    #[test]
    fn any_bytes_after_the_preface_are_survived(client in proptest::collection::vec(any::<u8>(), 0..2_000), server in proptest::collection::vec(any::<u8>(), 0..2_000), seed: u64) {
        let talk = talk().client([h2::PREFACE, &h2::settings(), &client].concat()).server([h2::settings(), server].concat());
        read(&talk.packets(&Cut::random(&talk, 10, seed)));
    }
}
