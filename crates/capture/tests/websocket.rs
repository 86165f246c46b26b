//! WebSockets: the messages read are those that were sent, however the connection is cut, reordered or joined half-way.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use make_fixtures::h2::{self, Encoder};
use make_fixtures::ws::{self, End};
use make_fixtures::{Close, Conversation, Cut, Open, Packet, disturb, http};
use model::ledger::Counter;
use model::message::TransactionSink;
use model::{Anomaly, AnomalySet, Ledger, Stamp, StreamCounts, StreamKind, StreamPart, Transaction};
use proptest::prelude::*;

/// A message: whether the client sent it, and its content.
type Message = (bool, Vec<u8>);

#[derive(Default)]
struct Seen {
    /// Method, target, status of transactions.
    transactions: Vec<(String, u16)>,
    messages: Vec<Message>,
    sent: StreamCounts,
    received: StreamCounts,
    parts: usize,
    kinds: Vec<StreamKind>,
    anomalies: AnomalySet,
    missing: u64,
    stamps: Vec<Stamp>,
}

impl TransactionSink for Seen {
    fn wants_bodies(&self) -> bool {
        true
    }

    fn transaction(&mut self, transaction: &Transaction<'_>) {
        let request = transaction
            .request
            .map(|r| format!("{} {}", String::from_utf8_lossy(r.method), String::from_utf8_lossy(r.target)));
        self.transactions.push((request.unwrap_or_default(), transaction.response.map_or(0, |r| r.status)));
        self.stamps.push(transaction.stamp);
    }

    fn streamed(&mut self, part: &StreamPart<'_>) {
        self.parts += 1;
        self.kinds.push(part.kind);
        self.sent.add(&part.sent);
        self.received.add(&part.received);
        self.anomalies.extend(part.anomalies);
        self.missing += part.missing;
        for (number, (message, content)) in (1..).zip(part.messages.iter()) {
            self.messages.push((message.sent, content.to_vec()));
            self.stamps.push(Stamp { sub: part.stamp.sub + number, ..part.stamp });
        }
        self.stamps.push(part.stamp);
    }
}

fn read(packets: &[Packet]) -> (Seen, Ledger) {
    let mut seen = Seen::default();
    let ledger = support::feed(packets, &mut seen);
    seen.stamps.sort_unstable();
    assert!(seen.stamps.windows(2).all(|pair| pair[0] < pair[1]), "stamps are unique");
    assert_eq!(ledger.get(Counter::StreamMessages), seen.sent.messages + seen.received.messages);
    assert_eq!(ledger.get(Counter::StreamMessagesUnread), seen.sent.unread + seen.received.unread);
    (seen, ledger)
}

fn opened(extensions: &[(&str, &str)]) -> Conversation {
    Conversation::new(([10, 0, 0, 1], 40_000), ([10, 0, 0, 2], 80))
        .client(ws::ask("/v1/live?room=7", "api.example", extensions))
        .server(ws::agree(extensions))
}

const DEFLATE: &[(&str, &str)] = &[("Sec-WebSocket-Extensions", "permessage-deflate")];

/// Six messages of the client, five of the server, a ping and its answer.
fn chat(mut talk: Conversation, mut client: End, mut server: End, fragment: usize) -> (Conversation, Vec<Message>) {
    let mut told = Vec::new();
    for n in 0..5 {
        let ask = format!("{{\"type\":\"say\",\"n\":{n},\"text\":\"a line of some length, number {n}\"}}").into_bytes();
        let say = format!("{{\"type\":\"said\",\"by\":\"someone\",\"n\":{n},\"text\":\"a line of some length\"}}")
            .into_bytes();
        talk = talk.client(client.message(ws::TEXT, &ask, fragment)).server(server.message(ws::TEXT, &say, fragment));
        told.extend([(true, ask), (false, say)]);
        if n == 2 {
            talk = talk.server(server.frame(ws::FIN | ws::PING, b"x")).client(client.frame(ws::FIN | ws::PONG, b"x"));
        }
    }
    let binary = vec![0xa5; 300];
    talk = talk.client(client.message(ws::BINARY, &binary, fragment));
    told.push((true, binary));
    talk =
        talk.client(client.frame(ws::FIN | ws::CLOSE, &[3, 232])).server(server.frame(ws::FIN | ws::CLOSE, &[3, 232]));
    (talk, told)
}

fn plain() -> (Conversation, Vec<Message>) {
    chat(opened(&[]), End::client(1), End::server(), usize::MAX)
}

fn compressed(fragment: usize) -> (Conversation, Vec<Message>) {
    chat(opened(DEFLATE), End::client(1).deflate(true), End::server().deflate(true), fragment)
}

fn sorted(mut messages: Vec<Message>) -> Vec<Message> {
    messages.sort();
    messages
}

#[test]
fn messages_of_both_directions_are_read_and_the_handshake_leaves_at_once() {
    for (talk, told) in
        [plain(), compressed(usize::MAX), compressed(7), chat(opened(&[]), End::client(9), End::server(), 11)]
    {
        let (seen, ledger) = read(&talk.packets(&Cut::Mss(60_000)));
        assert_eq!(seen.transactions, [("GET /v1/live?room=7".to_owned(), 101)]);
        assert_eq!(seen.messages, told);
        assert_eq!((seen.sent.messages, seen.received.messages), (6, 5));
        assert_eq!((seen.sent.text, seen.received.text, seen.sent.control, seen.received.control), (5, 5, 2, 2));
        let content = |sent| told.iter().filter(move |(by, _)| *by == sent).map(|(_, content)| content.len() as u64);
        assert_eq!((seen.sent.content, seen.received.content), (content(true).sum(), content(false).sum()));
        assert_eq!(seen.sent.largest, 300);
        assert!(seen.anomalies.is_empty() && seen.missing == 0, "{:?}", seen.anomalies);
        assert_eq!((ledger.get(Counter::WebSockets), ledger.sum("payload.unparsed.")), (1, 0));
    }
}

#[test]
fn a_gap_inside_a_message_costs_that_message_and_what_is_compressed_against_it() {
    let (talk, told) = plain();
    let packets = talk.packets(&Cut::Mss(60_000));
    let (_, compressed_told) = compressed(usize::MAX);
    // Behind the last ones nothing tells that they are missing.
    let data: Vec<usize> = packets.iter().enumerate().filter(|(_, p)| p.has_data()).map(|(at, _)| at).collect();
    for lost in &data[2..data.len() - 2] {
        let mut left = packets.clone();
        left.remove(*lost);
        let (seen, _) = read(&left);
        assert!(seen.messages.iter().all(|message| told.contains(message)), "lost {lost}");
        assert!(seen.messages.len() + 2 >= told.len(), "lost {lost}: {}", seen.messages.len());
        assert!(seen.missing > 0 && seen.anomalies.contains(Anomaly::TcpGap));
    }
    let packets = compressed(usize::MAX).0.packets(&Cut::Mss(60_000));
    for lost in &data[2..data.len() - 2] {
        let mut left = packets.clone();
        left.remove(*lost);
        let (seen, ledger) = read(&left);
        assert!(seen.messages.iter().all(|message| compressed_told.contains(message)), "lost {lost}");
        assert!(!seen.anomalies.contains(Anomaly::ContentMalformed), "what is not known is no fault of the sender");
        assert!(seen.missing > 0 && ledger.get(Counter::PayloadMissing) > 0);
    }
}

#[test]
fn large_messages_are_found_again_after_a_gap_between_them() {
    let (mut client, mut server) = (End::client(3), End::server());
    let (mut talk, mut told) = (opened(&[]), Vec::new());
    for n in 0..12_u8 {
        let content = vec![b'a' + n; 9_000];
        let opcode = if n % 2 == 0 { ws::TEXT } else { ws::BINARY };
        talk = talk.server(server.message(opcode, &content, usize::MAX)).client(client.message(
            opcode,
            &content,
            usize::MAX,
        ));
        told.extend([(false, content.clone()), (true, content)]);
    }
    let packets = talk.close(Close::None).packets(&Cut::Mss(1_000));
    let whole = read(&packets).0;
    assert_eq!((whole.sent.messages, whole.received.messages), (12, 12));
    for lost in (3..packets.len()).filter(|at| packets[*at].has_data()).step_by(5) {
        let mut left = packets.clone();
        left.remove(lost);
        let (seen, _) = read(&left);
        assert!(seen.messages.iter().all(|message| told.contains(message)), "lost {lost}");
        assert!(seen.sent.messages <= 12 && seen.received.messages <= 12, "lost {lost}");
        assert!(seen.sent.messages + seen.received.messages >= 17, "lost {lost}: {:?} {:?}", seen.sent, seen.received);
    }
}

#[test]
fn a_connection_joined_half_way_is_read_once_there_is_no_doubt() {
    let (talk, told) = plain();
    let packets = talk.packets(&Cut::Mss(60_000));
    // From the first message on.
    let from = packets.iter().position(|p| p.has_data() && p.at_ns > packets[5].at_ns).unwrap() + 1;
    let (seen, ledger) = read(&packets[from..]);
    assert!(seen.transactions.is_empty());
    assert_eq!(ledger.get(Counter::WebSockets), 1);
    assert!(seen.messages.len() >= told.len() - 4, "{}", seen.messages.len());
    assert!(seen.messages.iter().all(|message| told.contains(message)));
    assert!(seen.anomalies.contains(Anomaly::TcpMidstream));
    // What is compressed and refers to what was before is not known.
    let (talk, told) = compressed(usize::MAX);
    let (seen, _) = read(&talk.packets(&Cut::Mss(60_000))[from..]);
    assert!(seen.messages.iter().all(|message| told.contains(message)));
    assert!(seen.sent.unread + seen.received.unread > 0 && !seen.anomalies.contains(Anomaly::ContentMalformed));
}

#[test]
fn an_answer_with_the_wrong_hash_opens_nothing() {
    let ask = ws::ask("/v1/live", "api.example", &[]);
    let text = String::from_utf8(ask).unwrap().replace("dGhl", "eGhl");
    let talk = Conversation::new(([10, 0, 0, 1], 40_000), ([10, 0, 0, 2], 80)).client(text).server(ws::agree(&[]));
    let (talk, _) = chat(talk, End::client(1), End::server(), usize::MAX);
    let (seen, ledger) = read(&talk.packets(&Cut::Mss(60_000)));
    assert_eq!((seen.parts, ledger.get(Counter::WebSockets)), (0, 0));
    assert!(ledger.get(Counter::PayloadUpgraded) > 0);
}

#[test]
fn what_the_rfc_forbids_is_marked_and_read_on() {
    let (mut client, mut server) = (End::client(1), End::server());
    let good = client.text("{\"after\":true}");
    let cases: [(&str, Vec<u8>, Vec<u8>); 9] = [
        ("a client without a mask", server.text("hello"), vec![]),
        ("a server with a mask", vec![], client.text("hello")),
        ("a reserved bit", client.frame(ws::FIN | 0x20 | ws::TEXT, b"hello"), vec![]),
        ("compressed although not agreed", client.frame(ws::FIN | ws::COMPRESSED | ws::TEXT, b"hello"), vec![]),
        ("a control frame in fragments", client.frame(ws::PING, b"hello"), vec![]),
        ("a control frame too long", client.frame(ws::FIN | ws::PING, &[0; 126]), vec![]),
        ("a continuation of nothing", client.frame(ws::FIN, b"hello"), vec![]),
        ("a message inside another", [client.frame(ws::TEXT, b"one"), client.text("two")].concat(), vec![]),
        ("text that is none", client.frame(ws::FIN | ws::TEXT, b"\xff\xfe"), vec![]),
    ];
    for (what, from_client, from_server) in cases {
        let mut talk = opened(&[]);
        if !from_server.is_empty() {
            talk = talk.server(from_server);
        }
        let wire = [&from_client[..], &good].concat();
        let (seen, _) = read(&talk.client(wire).packets(&Cut::Mss(60_000)));
        assert!(seen.anomalies.contains(Anomaly::WsMalformed), "{what}");
        assert!(seen.messages.contains(&(true, b"{\"after\":true}".to_vec())), "{what}: {:?}", seen.messages);
    }
    // Nobody goes on behind an opcode that is reserved.
    let talk = opened(&[]).client(client.frame(ws::FIN | 3, b"hello"));
    assert!(read(&talk.packets(&Cut::Mss(60_000))).0.anomalies.contains(Anomaly::WsMalformed));
}

#[test]
fn floods_of_control_frames_and_fragments_are_told_at_once_and_cost_nothing() {
    let mut client = End::client(1);
    let pings: Vec<u8> = (0..1_200).flat_map(|_| client.frame(ws::FIN | ws::PING, b"")).collect();
    let (seen, _) = read(&opened(&[]).client(pings).close(Close::None).packets(&Cut::default()));
    assert!(seen.anomalies.contains(Anomaly::WsLimit) && seen.sent.control == 1_200);
    assert!(seen.parts <= 3, "{}", seen.parts);
    let begin = client.frame(ws::TEXT, b"x");
    let more: Vec<u8> = (0..6_000).flat_map(|_| client.frame(ws::CONTINUATION, b"x")).collect();
    let (seen, _) = read(&opened(&[]).client([begin, more].concat()).close(Close::None).packets(&Cut::default()));
    assert!(seen.anomalies.contains(Anomaly::WsLimit));
}

#[test]
fn a_stream_of_http2_carries_messages_as_a_connection_does() {
    let (mut client, mut server) = (Encoder::default(), Encoder::default());
    let fields = [
        (":method", "CONNECT"),
        (":protocol", "websocket"),
        (":scheme", "https"),
        (":path", "/v1/live"),
        (":authority", "api.example"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-extensions", "permessage-deflate"),
    ];
    let ask = client.block(&fields);
    let agree = server.block(&[(":status", "200"), ("sec-websocket-extensions", "permessage-deflate")]);
    let other = client.block(&h2::request("GET", "/v1/orders", "api.example", &[]));
    let answer = server.block(&[(":status", "200")]);
    let (mut says, mut tells) = (End::client(1).deflate(true), End::server().deflate(true));
    let mut talk = Conversation::new(([10, 0, 0, 1], 40_000), ([10, 0, 0, 2], 80))
        .client([h2::PREFACE, &h2::settings(), &h2::headers(1, &ask, false)].concat())
        .server([h2::settings(), h2::headers(1, &agree, false)].concat());
    let mut told = Vec::new();
    for n in 0..4 {
        let (ask, say) = (format!("{{\"ask\":{n}}}"), format!("{{\"said\":\"a line\",\"n\":{n}}}"));
        talk = talk.client(h2::data(1, &says.text(&ask), false)).server(h2::data(1, &tells.text(&say), false));
        told.extend([(true, ask.into_bytes()), (false, say.into_bytes())]);
    }
    let talk = talk
        .client(h2::headers(3, &other, true))
        .server([h2::headers(3, &answer, false), h2::data(3, b"[]", true)].concat())
        .client(h2::data(1, &[], true))
        .server(h2::data(1, &[], true));
    for mss in [60_000, 5, 1] {
        let (seen, ledger) = read(&talk.packets(&Cut::Mss(mss)));
        let connect = ("CONNECT /v1/live".to_owned(), 200);
        assert_eq!(seen.transactions, [connect, ("GET /v1/orders".to_owned(), 200)]);
        assert_eq!((seen.messages, seen.parts), (told.clone(), 1));
        assert_eq!((ledger.get(Counter::WebSockets), seen.anomalies), (1, AnomalySet::EMPTY));
    }
}

/// An answer of events that goes on.
fn events(pause: u64) -> Conversation {
    let head = http::response(200, &[("Content-Type", "text/event-stream"), ("Transfer-Encoding", "chunked")], b"");
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len()).into_bytes();
    let mut talk = Conversation::new(([10, 0, 0, 1], 40_000), ([10, 0, 0, 2], 80))
        .client(http::request("GET", "/v1/events", "api.example", &[], b""))
        .server(head);
    for n in 0..6 {
        talk = talk
            .server(chunk(&format!("id: {n}\ndata: {{\"n\":{n}}}\n\n")))
            .server(chunk(": still here\n"))
            .pause(pause);
    }
    talk
}

#[test]
fn events_are_counted_while_the_answer_goes_on() {
    let talk = events(20_000_000_000);
    let packets = talk.clone().close(Close::None).packets(&Cut::default());
    let (seen, ledger) = read(&packets);
    assert_eq!(seen.transactions, [("GET /v1/events".to_owned(), 200)]);
    let told: Vec<Message> = (0..6).map(|n| (false, format!("{{\"n\":{n}}}").into_bytes())).collect();
    assert_eq!((&seen.messages, seen.received.messages, seen.received.control), (&told, 6, 6));
    assert_eq!((seen.parts, ledger.get(Counter::EventStreams)), (2, 1), "one a minute");
    // The answer ends, and the connection is used again.
    let talk = talk
        .server(b"0\r\n\r\n".to_vec())
        .client(http::request("GET", "/v1/next", "api.example", &[], b""))
        .server(http::response(200, &[], b"{}"));
    for mss in [1_460, 3] {
        let (seen, _) = read(&talk.packets(&Cut::Mss(mss)));
        assert_eq!(seen.transactions, [("GET /v1/events".to_owned(), 200), ("GET /v1/next".to_owned(), 200)]);
        assert_eq!(seen.messages, told);
    }
}

#[test]
fn a_gap_costs_the_events_it_touches() {
    let packets = events(1_000_000).packets(&Cut::default());
    let told: Vec<Message> = (0..6).map(|n| (false, format!("{{\"n\":{n}}}").into_bytes())).collect();
    // Behind the last ones nothing tells that they are missing.
    let data: Vec<usize> = packets.iter().enumerate().filter(|(_, p)| p.has_data()).map(|(at, _)| at).collect();
    for lost in &data[2..data.len() - 2] {
        let mut left = packets.clone();
        left.remove(*lost);
        let (seen, _) = read(&left);
        assert!(seen.messages.iter().all(|message| told.contains(message)), "lost {lost}");
        assert!(seen.missing > 0);
    }
}

#[test]
fn a_socket_on_a_stream_that_was_opened_before_the_capture_is_counted_as_not_understood() {
    let (mut client, mut server) = (Encoder::default(), Encoder::default());
    let mut talk = Conversation::new(([10, 0, 0, 1], 40_000), ([10, 0, 0, 2], 80));
    talk.open = Open::Midstream;
    let (mut says, mut tells) = (End::client(3), End::server());
    let mut content = 0;
    for n in 0..40 {
        let [ask, say] = [says.text(&format!("{{\"n\":{n}}}")), tells.text(&format!("{{\"said\":{n}}}"))];
        content += (ask.len() + say.len()) as u64;
        talk = talk.client(h2::data(1, &ask, false)).server(h2::data(1, &say, false));
        let (stream, path) = (2 * n + 3, format!("/v1/orders/{n}"));
        let ask = client.block(&h2::request("GET", &path, "api.example", &[]));
        let answer = server.block(&[(":status", "200"), ("content-type", "application/json")]);
        talk = talk
            .client(h2::headers(stream, &ask, true))
            .server([h2::headers(stream, &answer, false), h2::data(stream, b"[]", true)].concat());
    }
    let (seen, ledger) = read(&talk.packets(&Cut::default()));
    assert!(seen.transactions.iter().all(|(_, status)| *status == 200) && seen.transactions.len() >= 39);
    assert_eq!((seen.messages.len(), seen.parts), (0, 0));
    let (desync, read) = (ledger.get(Counter::PayloadDesync), ledger.get(Counter::PayloadHttp2));
    assert!(desync >= content && read > 0, "{desync} of {content}, {read}");
}

#[test]
fn events_on_a_stream_of_http2_are_counted() {
    let (mut client, mut server) = (Encoder::default(), Encoder::default());
    let ask = client.block(&h2::request("GET", "/v1/events", "api.example", &[]));
    let head = server.block(&[(":status", "200"), ("content-type", "text/event-stream")]);
    let talk = Conversation::new(([10, 0, 0, 1], 40_000), ([10, 0, 0, 2], 80))
        .client([h2::PREFACE, &h2::settings(), &h2::headers(1, &ask, true)].concat())
        .server([h2::settings(), h2::headers(1, &head, false)].concat())
        .server(h2::data(1, b"data: one\n\ndata: t", false))
        .server(h2::data(1, b"wo\n\n", true));
    let (seen, _) = read(&talk.packets(&Cut::default()));
    assert_eq!(seen.transactions, [("GET /v1/events".to_owned(), 200)]);
    assert_eq!(seen.messages, [(false, b"one".to_vec()), (false, b"two".to_vec())]);
    assert_eq!(seen.kinds, [StreamKind::Events]);
}

#[test]
fn an_answer_open_for_long_is_told_of_before_its_end() {
    let head = http::response(200, &[("Transfer-Encoding", "chunked")], b"");
    let mut talk = Conversation::new(([10, 0, 0, 1], 40_000), ([10, 0, 0, 2], 80))
        .client(http::request("GET", "/v1/log", "api.example", &[], b""))
        .server(head);
    for _ in 0..10 {
        talk = talk.server(b"5\r\nline\n\r\n".to_vec()).pause(20_000_000_000);
    }
    let (seen, ledger) = read(&talk.close(Close::None).packets(&Cut::default()));
    assert_eq!(seen.transactions, [("GET /v1/log".to_owned(), 200)]);
    // Three were in the exchange.
    assert_eq!((seen.received.bytes, ledger.get(Counter::LongAnswers)), (35, 1));
    assert!(seen.parts >= 2 && seen.kinds.iter().all(|kind| *kind == StreamKind::Long));
}

#[test]
fn all_messages_of_a_client_are_kept_however_many() {
    let mut client = End::client(5);
    let texts: Vec<String> = (0..300).map(|n| format!("{{\"n\":{n}}}")).collect();
    let wire: Vec<u8> = texts.iter().flat_map(|text| client.text(text)).collect();
    let (seen, _) = read(&opened(&[]).client(wire).packets(&Cut::default()));
    let told: Vec<Message> = texts.into_iter().map(|text| (true, text.into_bytes())).collect();
    assert_eq!((seen.messages, seen.parts), (told, 5));
}

#[test]
fn a_bomb_is_told_of_once_and_what_follows_is_counted_alone() {
    use flate2::{Compress, Compression, FlushCompress};
    let mut coded = Vec::with_capacity(1 << 20);
    let mut compress = Compress::new(Compression::best(), false);
    compress.compress_vec(&vec![0; 64 << 20], &mut coded, FlushCompress::Sync).unwrap();
    coded.truncate(coded.len() - 4);
    let mut client = End::client(1);
    let wire = client.frame(ws::FIN | ws::COMPRESSED | ws::TEXT, &coded);
    let after = client.frame(ws::FIN | ws::COMPRESSED | ws::TEXT, &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
    let (seen, _) = read(&opened(DEFLATE).client([wire, after].concat()).packets(&Cut::default()));
    assert!(seen.anomalies.contains(Anomaly::ContentBomb));
    assert_eq!((seen.sent.messages, seen.sent.unread, seen.messages.len()), (2, 2, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn messages_do_not_depend_on_segmentation_order_or_repetition(
        points in 0_usize..40, seed: u64, window in 1_usize..4, deflate: bool, fragment in 1_usize..60,
    ) {
        let (talk, told) = if deflate { compressed(fragment) } else { chat(opened(&[]), End::client(1), End::server(), fragment) };
        let packets = talk.packets(&Cut::random(&talk, points, seed));
        let disturbed = disturb::reorder(&disturb::overlap_equal(&disturb::duplicate(&packets, 3, seed), 4, seed), window, seed);
        for packets in [packets, disturbed] {
            let (seen, ledger) = read(&packets);
            prop_assert_eq!(sorted(seen.messages), sorted(told.clone()));
            prop_assert!(seen.anomalies.iter().all(|a| !a.as_str().starts_with("ws.")));
            prop_assert_eq!(ledger.sum("payload.unparsed."), 0);
        }
    }

    #[test]
    fn nothing_is_invented_where_packets_are_missing(points in 0_usize..60, seed: u64, n in 3_u64..40, deflate: bool) {
        let (talk, told) = if deflate { compressed(20) } else { chat(opened(&[]), End::client(1), End::server(), 30) };
        let packets = disturb::drop(&talk.packets(&Cut::random(&talk, points, seed)), n, seed);
        let (seen, _) = read(&packets);
        for message in &seen.messages {
            prop_assert!(told.contains(message), "{:?}", message);
        }
        prop_assert!(seen.sent.messages <= 6 && seen.received.messages <= 5);
    }

    #[test]
    fn any_frames_are_read_alike_however_they_are_cut(
        frames in prop::collection::vec((any::<bool>(), any::<u8>(), prop::collection::vec(any::<u8>(), 0..40), any::<bool>()), 0..30),
        points in 0_usize..60, seed: u64, deflate: bool,
    ) {
        let (mut client, mut server) = (End::client(seed), End::server());
        let mut talk = opened(if deflate { DEFLATE } else { &[] });
        for (sent, first, payload, proper) in frames {
            // Half of them have an opcode and bits that peers use.
            let first = if proper { [0x81, 0x82, 0x01, 0x00, 0x80, 0x89, 0xc1, 0x41][usize::from(first % 8)] } else { first };
            talk = if sent { talk.client(client.frame(first, &payload)) } else { talk.server(server.frame(first, &payload)) };
        }
        let (whole, ledger) = read(&talk.packets(&Cut::Mss(60_000)));
        let (cut, again) = read(&talk.packets(&Cut::random(&talk, points, seed)));
        if ledger.sum("payload.unparsed.") + again.sum("payload.unparsed.") == 0 {
            prop_assert_eq!((whole.messages, whole.sent, whole.received), (cut.messages, cut.sent, cut.received));
            prop_assert_eq!(whole.anomalies, cut.anomalies);
        }
    }
}
