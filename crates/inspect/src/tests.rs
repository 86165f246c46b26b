//! Whole transactions: what an observation holds, and that no secret is in it.

use std::sync::Arc;

use model::flow::{FlowEnds, HostPort, Tenant, mapped};
use model::message::{Body, Field, FieldName, Fields, Request, Response, Span, Version};
use model::observation::Observed;
use model::zone::networks;
use model::{
    Anomaly, AnomalySet, AuthKind, Callers, DeploymentKey, IdentityKind, ObservationBatch, PacketTime, ParamPlace,
    Stamp, Transaction, ValueClass,
};
use proptest::prelude::*;

use super::{Inspector, OwnRules, Written};

mod certified;
mod own;
mod redaction;
mod signals;
mod streamed;

const JWT: &str =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIiwic3ViIjoidXNlci0xNzI5In0.c2lnbmF0dXJl";

/// Start line, fields and body of a message as one text.
fn parse(head: &[u8]) -> (Vec<Field>, Vec<u8>) {
    let (mut fields, bytes) = (Vec::new(), head.to_vec());
    let mut at = 0;
    for line in head.split(|b| *b == b'\n') {
        if let Some(colon) = line.iter().position(|b| *b == b':') {
            let value = line[colon + 1..].trim_ascii_start();
            fields.push(Field {
                id: FieldName::of(&line[..colon]),
                name_at: at as u32,
                name_len: colon as u16,
                value_at: (at + line.len() - value.len()) as u32,
                value_len: value.len() as u32,
            });
        }
        at += line.len() + 1;
    }
    (fields, bytes)
}

pub(crate) struct Call<'a> {
    pub(crate) method: &'a str,
    pub(crate) target: &'a [u8],
    pub(crate) head: &'a [u8],
    pub(crate) body: &'a [u8],
    pub(crate) answer_head: &'a [u8],
    pub(crate) answer: &'a [u8],
    pub(crate) complete: bool,
    pub(crate) certificate: Option<&'a str>,
}

impl Default for Call<'_> {
    fn default() -> Self {
        Self {
            method: "GET",
            target: b"/",
            head: b"",
            body: b"",
            answer_head: b"",
            answer: b"",
            complete: true,
            certificate: None,
        }
    }
}

impl Call<'_> {
    pub(crate) fn batch(&self) -> ObservationBatch {
        let mut batch = ObservationBatch::default();
        self.read(&mut Inspector::new(DeploymentKey::new([7; 32])), &mut batch);
        batch
    }

    /// As seen from behind a proxy that is trusted.
    fn batch_behind_proxy(&self) -> ObservationBatch {
        let mut callers = Callers::default();
        callers.trusted_proxies.add(&networks("192.0.2.2").unwrap(), ());
        let mut batch = ObservationBatch::default();
        let key = DeploymentKey::new([7; 32]);
        self.read(&mut Inspector::with(key, Arc::new(callers), OwnRules::default()), &mut batch);
        batch
    }

    fn read(&self, inspector: &mut Inspector, batch: &mut ObservationBatch) {
        self.read_times(1, inspector, batch);
    }

    /// Reads the call over and over; only the last row stays.
    fn read_times(&self, count: usize, inspector: &mut Inspector, batch: &mut ObservationBatch) {
        let ((fields, head), (answer_fields, answer_head)) = (parse(self.head), parse(self.answer_head));
        let span =
            |at| Span { first_at: PacketTime(at), last_at: PacketTime(at + 5), first_frame: at, last_frame: at + 1 };
        let body =
            |kept| Body { kept, len: kept.len() as u64, complete: self.complete, chunked: false, messages: None };
        let end = |host, port| HostPort { addr: mapped([192, 0, 2, host]), port };
        let transaction = Transaction {
            stamp: Stamp { frame: 9, ..Stamp::default() },
            at: PacketTime(25),
            flow: FlowEnds { orig: end(2, 40_000), resp: end(1, 8080), tenant: Tenant::NONE },
            flow_at: PacketTime(1),
            ordinal: 3,
            request: Some(Request {
                method: self.method.as_bytes(),
                target: self.target,
                version: Version::Http11,
                fields: Fields::new(&head, &fields),
                body: body(self.body),
                span: span(10),
            }),
            response: Some(Response {
                status: 200,
                version: Version::Http11,
                fields: Fields::new(&answer_head, &answer_fields),
                body: body(self.answer),
                span: span(20),
            }),
            interim: &[],
            certificate: self.certificate.map(str::as_bytes),
            anomalies: AnomalySet::EMPTY,
            missing: 0,
        };
        for turn in 0..count {
            if turn > 0 {
                batch.clear();
            }
            inspector.inspect(&transaction, 0, batch);
        }
    }
}

fn params(seen: &Observed<'_>) -> Vec<(ParamPlace, String, ValueClass)> {
    let name = |text| String::from_utf8_lossy(seen.text(text)).into_owned();
    seen.params().iter().map(|param| (param.place, name(param.name), param.class)).collect()
}

#[test]
fn targets_become_templates() {
    for (method, target, template) in [
        ("GET", "/", "/"),
        ("GET", "/v1/orders/42", "/v1/orders/{int}"),
        ("GET", "/v1//orders/42/?a=b#c", "/v1/orders/{int}"),
        ("GET", "/users/550e8400-e29b-41d4-a716-446655440000/me", "/users/{uuid}/me"),
        ("GET", "/charges/ch_3MmlLrLkdIwHu7ix0snN0B15", "/charges/{token}"),
        ("GET", "/a/./b/../c", "/a/c"),
        ("GET", "/../../etc", "/etc"),
        ("GET", "/a/%2e%2e/b", "/b"),
        ("GET", "/a%2Fb/c%20d", "/a%2Fb/c%20d"),
        ("GET", "/%7Bint%7D", "/%7Bint%7D"),
        ("GET", "/orders/42.json", "/orders/{int}.json"),
        ("GET", "/orders.json", "/orders.json"),
        ("POST", "/orders/42:cancel", "/orders/{int}:cancel"),
        ("GET", "/odata/Orders(42)", "/odata/Orders({int})"),
        ("GET", "/api/2.0/jobs", "/api/2.0/jobs"),
        ("GET", "/static/app.3f2a9c1b.js", "/static/app.3f2a9c1b.js"),
        ("GET", "http://h.example/a/7?b", "/a/{int}"),
        ("GET", "http://h.example", ""),
        ("OPTIONS", "*", "/*"),
        ("CONNECT", "h.example:443", ""),
        ("GET", "no-slash", "/no-slash"),
    ] {
        let batch = Call { method, target: target.as_bytes(), ..Call::default() }.batch();
        let seen = batch.get(0).unwrap();
        assert_eq!(String::from_utf8_lossy(seen.template()), template, "{target}");
        let texts: Vec<_> =
            seen.segments().iter().map(|s| String::from_utf8_lossy(seen.text(s.text)).into_owned()).collect();
        let whole = texts.iter().fold(String::new(), |all, text| all + "/" + text);
        assert!(whole == template || template == "/", "{whole} of {template}");
    }
}

#[test]
fn numbers_and_hashes_of_segments_are_kept() {
    let batch = Call { target: b"/orders/42/items/42", ..Call::default() }.batch();
    let seen = batch.get(0).unwrap();
    let [orders, first, _, second] = seen.segments() else { panic!("four segments") };
    assert_eq!((orders.value, first.number), (0, Some(42)));
    assert!(first.value != 0 && first.value == second.value);
}

#[test]
fn the_authority_of_the_target_wins_over_the_host_field() {
    for (target, head, service) in [
        ("/", "Host: API.Example.com:443", "api.example.com"),
        ("http://user:pw@a.example:80/x", "Host: b.example", "a.example"),
        ("/", "Host: bad host", "192.0.2.1:8080"),
        ("/", "", "192.0.2.1:8080"),
    ] {
        let batch = Call { target: target.as_bytes(), head: head.as_bytes(), ..Call::default() }.batch();
        assert_eq!(String::from_utf8_lossy(batch.get(0).unwrap().service()), service);
    }
}

#[test]
fn answers_are_noted_once_for_a_name_and_without_values_that_may_be_drawn() {
    let call = Call {
        target: b"/a",
        answer_head: b"Server: Jetty(9.4.z)\nX-Jenkins: 2.414.3\nX-Session: 9f86d081884c7d65\nDate: today\nSet-Cookie: JSESSIONID.7=aaaa; Path=/",
        ..Call::default()
    };
    let (mut inspector, mut batch) = (Inspector::new(DeploymentKey::new([7; 32])), ObservationBatch::default());
    call.read(&mut inspector, &mut batch);
    call.read(&mut inspector, &mut batch);
    Call { target: b"/b", ..call }.read(&mut inspector, &mut batch);
    let notes = |row: usize| {
        let seen = batch.get(row).unwrap();
        let text = |text| String::from_utf8_lossy(seen.text(text)).into_owned();
        seen.notes().iter().map(|note| (text(note.name), text(note.value))).collect::<Vec<_>>()
    };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let expected = [
        pair("server", "jetty(9.4.z)"),
        pair("x-jenkins", "2.414.3"),
        pair("x-session", ""),
        pair("set-cookie", "jsessionid.7"),
    ];
    assert_eq!((notes(0), notes(1), notes(2)), (expected.to_vec(), vec![], expected.to_vec()));
}

#[test]
fn parameters_are_told_by_place_name_and_class() {
    use ParamPlace::{Body, Cookie, Header, Query};
    use ValueClass as C;

    let batch = Call {
        method: "POST",
        target: b"/o?page=2&q=hello+world&id%5B%5D=abc&flag&at=2024-01-31",
        head: b"Content-Type: application/json; charset=utf-8\nX-Tenant: 7\nX-Forwarded-For: 10.0.0.1\nCookie: theme=dark; lang=de-DE",
        body: br#"{"order":{"items":[{"sku":null,"n":1},{"sku":"ab","n":2}],"note":"x"},"total":9.5,"tags":[],"ok":true}"#,
        ..Call::default()
    }
    .batch();
    let expected = [
        (Query, "page", C::Int),
        (Query, "q", C::Word),
        (Query, "id[]", C::Word),
        (Query, "flag", C::Null),
        (Query, "at", C::Date),
        (Header, "X-Tenant", C::Int),
        (Cookie, "theme", C::Word),
        (Cookie, "lang", C::Locale),
        (Body, "/order/items/*/sku", C::Word),
        (Body, "/order/items/*/n", C::Int),
        (Body, "/order/note", C::Word),
        (Body, "/total", C::Decimal),
        (Body, "/tags", C::Array),
        (Body, "/ok", C::Bool),
    ];
    let expected: Vec<_> = expected.iter().map(|(place, name, class)| (*place, (*name).to_owned(), *class)).collect();
    assert_eq!(params(&batch.get(0).unwrap()), expected);
}

#[test]
fn forms_are_read_and_json_under_the_type_of_a_form_too() {
    let form = b"Content-Type: application/x-www-form-urlencoded";
    let batch = Call { method: "POST", head: form, body: b"user=jane&password=hunter2", ..Call::default() }.batch();
    let seen = batch.get(0).unwrap();
    assert_eq!(params(&seen)[0], (ParamPlace::Form, "user".into(), ValueClass::Word));
    assert!(seen.params()[0].value != 0 && seen.params()[1].value == 0, "a user is joined, a password is not");
    let batch = Call { method: "POST", head: form, body: b" {\"a\":1}", ..Call::default() }.batch();
    assert_eq!(params(&batch.get(0).unwrap()), [(ParamPlace::Body, "/a".into(), ValueClass::Int)]);
}

#[test]
fn credentials_give_identities() {
    use {AuthKind as A, IdentityKind as I};

    let bearer = format!("Authorization: Bearer {JWT}");
    let cookie_jwt = format!("Cookie: auth_token={JWT}");
    let rows: &[(&str, &str, I, &[A])] = &[
        ("/", "", I::Address, &[]),
        ("/", &bearer, I::TokenClaim, &[A::BearerJwt]),
        ("/", "Authorization: Bearer 7c9e6679f1b24a8d", I::Token, &[A::Bearer]),
        ("/", "Authorization: Basic amFuZTpodW50ZXIy", I::User, &[A::Basic]),
        ("/", "Authorization: Digest username=\"jane\", realm=\"r\"", I::User, &[A::Digest]),
        (
            "/",
            "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20240131/us-east-1/s3/aws4_request, Signature=ab",
            I::ApiKey,
            &[A::Signature],
        ),
        ("/", "Authorization: ApiKey 12345", I::ApiKey, &[A::OtherScheme]),
        ("/", "Authorization: Token 12345", I::Token, &[A::OtherScheme]),
        ("/", "X-Api-Key: k", I::ApiKey, &[A::ApiKeyHeader]),
        ("/", "X-Vault-Token: hvs.abc", I::ApiKey, &[A::ApiKeyHeader]),
        ("/", "X-Hub-Signature-256: sha256=ab", I::Address, &[A::Signature]),
        ("/", "Stripe-Signature: t=1,v1=ab", I::Address, &[A::Signature]),
        ("/", "X-Signature-Input: sig1=()", I::Address, &[]),
        ("/?api_key=abc", "", I::ApiKey, &[A::ApiKeyQuery]),
        ("/?key=orders", "", I::Address, &[]),
        ("/?key=AIzaSyD4iE2xVSpkLLOXoyqT1RuPwURN9MFiKZY", "", I::ApiKey, &[A::ApiKeyQuery]),
        ("/", "Cookie: JSESSIONID=7F3C2A1B9D8E4F60A1B2C3D4E5F60718; theme=dark", I::Session, &[A::Cookie]),
        ("/", "Cookie: _ga=GA1.2.1234567890.1600000000", I::Address, &[]),
        ("/", "Cookie: session=no", I::Address, &[]),
        ("/", &cookie_jwt, I::TokenClaim, &[A::Cookie]),
        ("/", "X-CSRF-Token: abc", I::Address, &[]),
    ];
    for (target, head, kind, auth) in rows {
        let batch = Call { target: target.as_bytes(), head: head.as_bytes(), ..Call::default() }.batch();
        let row = batch.rows[0];
        assert_eq!((row.identity.kind, row.auth.iter().collect::<Vec<_>>()), (*kind, auth.to_vec()), "{target} {head}");
    }
}

#[test]
fn one_owner_has_one_identity_whatever_the_rest_of_the_credential() {
    let id = |head: &str| Call { head: head.as_bytes(), ..Call::default() }.batch().rows[0].identity;
    let (head, rest) = JWT.rsplit_once('.').unwrap();
    assert_eq!(id(&format!("Authorization: Bearer {JWT}")), id(&format!("Authorization: bearer {head}.x{rest}")));
    assert_eq!(id("Authorization: Basic amFuZTpodW50ZXIy"), id("Authorization: Basic amFuZTpvdGhlcg=="));
    assert_ne!(id("X-Api-Key: a"), id("X-Api-Key: b"));
    let bearer = |claims: &str| id(&format!("Authorization: Bearer {}", token(claims)));
    let record = bearer(r#"{"status":"ok","data":{"id":7,"role":"staff","lastLogin":"a"},"iat":1}"#);
    assert_eq!(record, bearer(r#"{"status":"ok","data":{"id":7,"role":"staff","lastLogin":"b"},"iat":2}"#));
    assert_ne!(record, bearer(r#"{"status":"ok","data":{"id":8,"role":"staff","lastLogin":"a"},"iat":1}"#));
    assert_eq!(bearer(r#"{"userId":"7","iat":1}"#), bearer(r#"{"userId":"7","user":{"id":9},"iat":2}"#));
    let aws = |scope: &str| id(&format!("Authorization: AWS4-HMAC-SHA256 Credential=AKIA7/{scope}/s3/aws4_request"));
    assert_eq!(aws("20240131"), aws("20240201"));
}

#[test]
fn what_people_write_down_is_whom_calls_act_for() {
    let mut written = Written::new(DeploymentKey::new([7; 32]));
    let mut stands_for = |text: &str, target: &str, head: &str| {
        let call = Call { target: target.as_bytes(), head: head.as_bytes(), ..Call::default() };
        let seen = call.batch_behind_proxy().rows[0].identity;
        let found = written.identities(text.as_bytes());
        assert!(found.contains(&seen), "{text} for {target} {head}: {seen:?} is none of {found:?}");
        found.len()
    };
    let session = "Cookie: session=5f2a9c1b7d3e4f60a8b9";
    for (text, head, kinds) in [
        (JWT, &*format!("Authorization: Bearer {JWT}"), 1),
        (&*format!("Bearer {JWT}"), &*format!("X-Api-Key: {JWT}"), 1),
        (
            "{\"iss\":\"i\",\"sub\":\"jane\"}",
            &*format!("Authorization: Bearer {}", token(r#"{"sub":"jane","iss":"i"}"#)),
            1,
        ),
        ("sub=jane", &*format!("Authorization: Bearer {}", token(r#"{"sub":"jane","exp":1}"#)), 8),
        ("jane", &*format!("Authorization: Bearer {}", token(r#"{"sub":"jane"}"#)), 7),
        ("opaque-token-7", "Authorization: Bearer opaque-token-7", 7),
        ("authorization: bearer opaque-token-7", "Authorization: Bearer opaque-token-7", 1),
        (" X4-key ", "X-Api-Key: X4-key", 7),
        ("jane", "Authorization: Basic amFuZTpodW50ZXIy", 7),
        ("Basic amFuZTphbnl0aGluZw==", "Authorization: Basic amFuZTpodW50ZXIy", 1),
        ("AKIA7", "Authorization: AWS4-HMAC-SHA256 Credential=AKIA7/20240131/s3/aws4_request", 7),
        ("CN=billing,O=Shop", "X-SSL-Client-S-DN: /O=Shop/CN=billing", 7),
        ("spiffe://mesh/billing", "X-Forwarded-Client-Cert: Hash=00;URI=spiffe://mesh/billing", 7),
        ("5f2a9c1b7d3e4f60a8b9", session, 7),
        ("session=5f2a9c1b7d3e4f60a8b9", session, 8),
    ] {
        assert_eq!(stands_for(text, "/", head), kinds, "{text}");
    }
    assert_eq!(stands_for("X4-key", "/?api_key=X4-key", ""), 7);
    for nobody in ["", " \t", "{", "{\"iss\":\"i\"}"] {
        assert_eq!(Written::new(DeploymentKey::new([7; 32])).identities(nobody.as_bytes()), []);
    }
    assert_eq!(format!("{written:?}"), "Written { .. }");
}

#[test]
fn an_address_and_an_account_are_known_by_what_is_written() {
    let mut written = Written::new(DeploymentKey::new([7; 32]));
    let client = Call::default().batch().rows[0];
    assert_eq!(client.identity.kind, model::IdentityKind::Address);
    let address = model::flow::ip_of(&client.caller.addr).to_string();
    assert_eq!(written.identities(address.as_bytes()), [client.identity]);

    let login = Call {
        method: "POST",
        target: b"/login",
        head: b"Content-Type: application/json",
        body: br#"{"username":" Jane@Shop.example","password":"hunter2"}"#,
        ..Call::default()
    }
    .batch();
    let named = login.get(0).unwrap().signals().iter().find(|signal| signal.kind == model::SignalKind::Account);
    let account = model::Identity::account(named.unwrap().value);
    assert!(written.identities(b"jane@shop.example").contains(&account));
}

/// An unsigned web token with these claims.
fn token(claims: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::from("eyJhbGciOiJIUzI1NiJ9.");
    for part in claims.as_bytes().chunks(3) {
        let bits = part.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - part.len()));
        let letters = (0..=part.len()).map(|at| LETTERS[(bits >> (18 - 6 * at)) as usize & 63]);
        out.extend(letters.map(char::from));
    }
    out + ".c2lnbmF0dXJlLW9mLXRoaXMtdG9rZW4"
}

#[test]
fn times_sides_and_answers_are_kept() {
    let batch = Call {
        head: b"User-Agent: curl/8.5.0",
        answer_head: b"Content-Type: Application/JSON; charset=utf-8",
        answer: br#"{"id":1}"#,
        ..Call::default()
    }
    .batch();
    let (seen, row) = (batch.get(0).unwrap(), batch.rows[0]);
    assert_eq!((row.status, row.ordinal, row.first_frame, row.last_frame), (200, 3, 10, 21));
    assert_eq!(row.duration, Some(std::time::Duration::from_nanos(15)));
    assert_eq!(seen.text(row.response.content_type), b"application/json");
    assert!(row.client != 0 && row.answer_shape != 0 && row.response.bytes == 8);
    let cut = Call { complete: false, ..Call::default() }.batch();
    assert_eq!(cut.rows[0].duration, None);
}

#[test]
fn a_broken_document_is_malformed_only_when_it_is_whole() {
    let head = b"Content-Type: application/json";
    for (body, complete, odd) in [
        (&b"{\"a\":1}"[..], true, false),
        (b"{\"a\":", true, true),
        (b"{\"a\":", false, false),
        (b"{\"a\" 1}", true, true),
        (b"", true, false),
    ] {
        let batch = Call { method: "POST", head, body, complete, ..Call::default() }.batch();
        assert_eq!(batch.rows[0].anomalies.contains(Anomaly::ContentMalformed), odd, "{body:?} {complete}");
    }
}

#[test]
fn names_agree_by_hash_and_rows_by_repetition() {
    let mut inspector = Inspector::new(DeploymentKey::new([7; 32]));
    let mut batch = ObservationBatch::default();
    for target in ["/orders/1", "/orders/2", "/order/s1"] {
        Call { target: target.as_bytes(), ..Call::default() }.read(&mut inspector, &mut batch);
    }
    let hashes: Vec<_> = batch.rows.iter().map(|row| row.name_hash).collect();
    assert!(hashes[0] == hashes[1] && hashes[1] != hashes[2]);
}

#[test]
fn too_many_segments_and_parameters_are_cut_and_marked() {
    let path = "/a".repeat(100);
    let query = "&x=1".repeat(100);
    let batch = Call { target: format!("{path}?{query}").as_bytes(), ..Call::default() }.batch();
    let row = batch.rows[0];
    assert_eq!((row.segments.len, row.params.len), (64, 64));
    assert!(row.anomalies.contains(Anomaly::HttpLimit) && row.anomalies.contains(Anomaly::ContentLimit));
}

/// Run under `perf stat` or `valgrind --tool=callgrind` to see what one transaction costs.
#[test]
#[ignore = "a measurement, not a check"]
fn typical_call_many_times() {
    let answer =
        format!(r#"{{"id":42,"customer":"c","items":[{}{{"sku":"x"}}]}}"#, r#"{"sku":"abc","quantity":3},"#.repeat(32));
    let head = format!(
        "Host: api.example.com\nUser-Agent: python-requests/2.31.0\nAccept-Encoding: gzip, deflate\nAccept: */*\nAuthorization: Bearer {JWT}"
    );
    let call = Call {
        target: b"/v1/orders/42?page=2",
        head: head.as_bytes(),
        answer_head: b"Content-Type: application/json\nContent-Length: 900\nServer: nginx",
        answer: answer.as_bytes(),
        ..Call::default()
    };
    let count = std::env::var("CALLS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let (mut inspector, mut batch) = (Inspector::new(DeploymentKey::new([7; 32])), ObservationBatch::default());
    call.read_times(count, &mut inspector, &mut batch);
    assert_eq!(batch.rows.len(), 1);
}

proptest! {
    #[test]
    fn any_bytes_give_a_row_with_texts_in_range(
        target in prop::collection::vec(any::<u8>(), 0..200),
        auth in prop::collection::vec(any::<u8>(), 0..100),
        body in prop::collection::vec(any::<u8>(), 0..300),
        coding in prop::sample::select(vec!["", "gzip", "deflate", "br", "zstd", "gzip, br", "x"]),
        kind in prop::sample::select(vec!["application/json", "application/x-www-form-urlencoded", ""]),
    ) {
        let mut head = format!("Content-Encoding: {coding}\nContent-Type: {kind}\nAuthorization: ").into_bytes();
        head.extend(auth.iter().filter(|b| **b != b'\n'));
        let batch = Call { method: "POST", target: &target, head: &head, body: &body, answer_head: &head, answer: &body, ..Call::default() }.batch();
        let seen = batch.get(0).unwrap();
        prop_assert_eq!(seen.segments().len(), seen.row.segments.len as usize);
        prop_assert_eq!(seen.params().len(), seen.row.params.len as usize);
        let text = std::str::from_utf8(&batch.text).unwrap();
        prop_assert!(!text.chars().any(char::is_control));
    }

    /// What an inspector remembers changes nothing: calls that repeat and differ, by one inspector and by one for each.
    #[test]
    fn one_inspector_and_one_for_each_call_say_the_same(
        calls in prop::collection::vec((0..6usize, 0..14usize, 0..4usize, any::<bool>()), 1..40)
    ) {
        let zipped = |text: &str| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            std::io::Write::write_all(&mut encoder, text.as_bytes()).unwrap();
            encoder.finish().unwrap()
        };
        let answers =
            [zipped("{\"id\":1}"), zipped("{\"error\":1}"), zipped("[]"), b"\x1f\x8b\x08".to_vec(), b"{\"id\":1}".to_vec(), vec![]];
        let signed = format!("{JWT}{}", "A".repeat(60));
        let session = "session=8c060373f500de5327bdc9dfc2bedb7c; theme=dark; _ga=GA1.2.42357759.851050583";
        let requests = [
            "Authorization: Bearer a1",
            "Authorization: Bearer a2",
            "Authorization: Basic dTpw",
            "Authorization: Key a1",
            "Authorization:",
            &format!("Authorization: {JWT}"),
            &format!("Authorization: Bearer {signed}"),
            &format!("authorization: JWT {signed}\nX-Forwarded-For: 192.0.2.1"),
            &format!("X-Api-Key: {JWT}\nAuthorization: Bearer {signed}\nUser-Agent: curl/8.5.0"),
            &format!("User-Agent: curl/7.1\nAuthorization: Bearer {signed}\nX-Api-Key: k\nCookie: {session}"),
            &format!("Cookie: {session}"),
            &format!("Cookie: sid={JWT}; {session}\nX-Shop: a\nx-shop: b"),
            &format!("Cookie: a=1; b; =c; ;d=\nCookie: {session}"),
            "Cookie: a=1; b=2; c=3; d=4; e=5",
        ];
        let heads = ["gzip\nContent-Type: application/json", "deflate", "gzip\nContent-Type: text/html", "gzip,gzip"];
        let mut inspector = Inspector::new(DeploymentKey::new([7; 32]));
        for (answer, request, head, complete) in calls {
            let answer_head = format!("Content-Encoding: {}", heads[head]);
            let call = Call {
                head: requests[request].as_bytes(),
                answer_head: answer_head.as_bytes(),
                answer: &answers[answer],
                complete,
                ..Call::default()
            };
            let mut batch = ObservationBatch::default();
            // Which answers are read is counted, not remembered.
            inspector.buffers.sampling = super::sampling::Sampling::default();
            call.read(&mut inspector, &mut batch);
            prop_assert_eq!(format!("{:?}", batch), format!("{:?}", call.batch()));
        }
    }
}
