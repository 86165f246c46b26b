//! Classes of the configuration, and what headers and cookies are about.

use std::sync::Arc;

use model::{ClassTable, DataClass, DeploymentKey, ObservationBatch, OwnClass, ParamPlace, Severity};

use super::{Call, Inspector};
use crate::{OwnRule, OwnRules};

/// Name of the class and whether it is sure, for each parameter of that place.
fn told(rules: &[OwnRule], call: &Call<'_>, place: ParamPlace) -> Vec<(String, Option<(String, bool)>)> {
    let batch = read(rules, call);
    let table = ClassTable::new(vec![
        OwnClass { name: "staff".into(), category: "hr".into(), severity: Severity::Low };
        rules.len()
    ]);
    let params = batch.params.iter().filter(|param| param.place == place);
    let mark = |mark: model::Mark| (table.name(mark.class).unwrap().as_str().to_owned(), mark.sure);
    params.map(|param| (String::from_utf8_lossy(batch.text(param.name)).into(), param.data.map(mark))).collect()
}

fn read(rules: &[OwnRule], call: &Call<'_>) -> ObservationBatch {
    let mut batch = ObservationBatch::default();
    let own = OwnRules::new(rules).unwrap();
    call.read(&mut Inspector::with(DeploymentKey::new([7; 32]), Arc::default(), own), &mut batch);
    batch
}

fn staff() -> OwnRule {
    OwnRule { pattern: Some("EMP-[0-9]{6}".into()), ..OwnRule::default() }
}

fn sure(name: &str, class: &str) -> (String, Option<(String, bool)>) {
    (name.to_owned(), Some((class.to_owned(), true)))
}

#[test]
fn headers_and_cookies_tell_what_they_are_about() {
    let head = b"X-Customer-Email: jane@shop.example\nX-Plain: yes\nCookie: mail=jane%40shop.example; theme=dark; \
                 session=q7Zk2Lm9Xw4Rt8Vb3Ns6Pd1F";
    let call = Call { head, ..Call::default() };
    assert_eq!(told(&[], &call, ParamPlace::Header), [sure("X-Customer-Email", "email"), ("X-Plain".into(), None)]);
    let cookies = [sure("mail", "email"), ("theme".into(), None), ("session".into(), None)];
    assert_eq!(told(&[], &call, ParamPlace::Cookie), cookies, "a session is a credential, no data");
}

#[test]
fn a_cookie_field_read_before_tells_the_same_again() {
    let call = Call { head: b"Cookie: mail=jane@shop.example; staff=EMP-123456", ..Call::default() };
    let mut batch = ObservationBatch::default();
    let own = OwnRules::new(&[staff()]).unwrap();
    let mut inspector = Inspector::with(DeploymentKey::new([7; 32]), Arc::default(), own);
    call.read(&mut inspector, &mut batch);
    let first: Vec<_> = batch.params.iter().map(|param| param.data).collect();
    call.read(&mut inspector, &mut batch);
    let both: Vec<_> = batch.params.iter().map(|param| param.data).collect();
    assert_eq!(both, [first.clone(), first.clone()].concat());
    assert_eq!(first[0].unwrap().class, DataClass::Email.into());
    assert_eq!(first[1].unwrap().class.own_index(), Some(0));
}

#[test]
fn classes_of_the_configuration_are_told_wherever_values_stand() {
    let call = Call {
        method: "POST",
        target: b"/staff/EMP-123456.json?ref=EMP-123456&x=EMP-12",
        head: b"Content-Type: application/json\nX-Staff: EMP-123456\nCookie: s=EMP-123456",
        body: br#"{"id":"EMP-123456","list":["EMP-123456"],"other":"EMP"}"#,
        answer_head: b"Content-Type: application/json",
        answer: br#"{"staff":[{"no":"EMP-123456"}]}"#,
        complete: true,
        certificate: None,
    };
    for (place, expected) in [
        (ParamPlace::Query, vec![sure("ref", "staff"), ("x".into(), None)]),
        (ParamPlace::Header, vec![sure("X-Staff", "staff")]),
        (ParamPlace::Cookie, vec![sure("s", "staff")]),
    ] {
        assert_eq!(told(&[staff()], &call, place), expected);
    }
    let body = told(&[staff()], &call, ParamPlace::Body);
    let shown: Vec<_> = body.iter().filter(|(_, mark)| mark.is_some()).map(|(name, _)| name.as_str()).collect();
    assert_eq!(shown, ["/id", "/list/*"]);
    let batch = read(&[staff()], &call);
    let field = batch.answers.iter().find(|field| batch.text(field.name) == b"/staff/*/no").unwrap();
    assert_eq!(field.data.unwrap().class.own_index(), Some(0));
    let seen = batch.get(0).unwrap();
    assert_eq!(seen.segments()[1].data.unwrap().class.own_index(), Some(0));
    assert!(!batch.text.windows(10).any(|window| window == b"EMP-123456"), "what is of a class is a value");
    assert_eq!(seen.template(), b"/staff/{token}.json");
}

#[test]
fn words_of_a_path_stay_words_under_a_pattern_of_letters() {
    let letters = OwnRule { pattern: Some("[a-z]+".into()), ..OwnRule::default() };
    let batch = read(&[letters], &Call { target: b"/orders/open", ..Call::default() });
    assert_eq!(batch.get(0).unwrap().template(), b"/orders/open");
}

#[test]
fn matrix_parameters_are_parameters_and_make_no_path_of_their_own() {
    let call = Call {
        target: b"/cars;color=red;used/7;jsessionid=q7Zk2Lm9Xw4Rt8Vb3Ns6Pd1F/parts;mail=a%40b.example",
        ..Call::default()
    };
    let batch = read(&[], &call);
    let seen = batch.get(0).unwrap();
    assert_eq!(seen.template(), b"/cars/{int}/parts");
    let params: Vec<_> = seen.params().iter().map(|param| (batch.text(param.name), param.place)).collect();
    let expected = [&b"color"[..], b"used", b"jsessionid", b"mail"].map(|name| (name, ParamPlace::Path));
    assert_eq!(params, expected);
    assert_eq!(seen.params()[3].data.unwrap().class, DataClass::Email.into());
    assert!(seen.row.auth.contains(model::AuthKind::SessionUrl));
    assert_eq!(seen.row.identity.kind, model::IdentityKind::Session);
    assert!(!batch.text.windows(8).any(|window| window == b"q7Zk2Lm9"));
}

#[test]
fn values_behind_the_marks_of_styles_are_values() {
    for (target, template) in [
        (&b"/users/.42"[..], &b"/users/.{int}"[..]),
        (b"/users/;id=42", b"/users/;id={int}"),
        (b"/.well-known/openid-configuration", b"/.well-known/openid-configuration"),
        (b"/users/..;/admin", b"/users/..;/admin"),
        (b"/questions/1;2;3", b"/questions/1;2;3"),
    ] {
        let batch = read(&[], &Call { target, ..Call::default() });
        let shown = String::from_utf8_lossy(batch.get(0).unwrap().template()).into_owned();
        assert_eq!(shown.as_bytes(), template, "{shown}");
    }
}
