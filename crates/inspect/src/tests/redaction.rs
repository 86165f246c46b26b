//! Secrets planted everywhere must not stand in what leaves, in no form.

use model::DeploymentKey;

use super::{Call, Inspector, JWT, ObservationBatch};
use crate::base64;

const OPAQUE: &str = "q7Zk2Lm9Xw4Rt8Vb3Ns6Pd1F";
const PASSWORD: &str = "correct-horse-battery";

fn none_of(secrets: &[&[u8]], call: &Call<'_>) {
    let mut batch = ObservationBatch::default();
    call.read(&mut Inspector::new(DeploymentKey::new([7; 32])), &mut batch);
    for secret in secrets {
        let found = batch.text.windows(secret.len()).any(|window| window == *secret);
        assert!(!found, "{} in {}", String::from_utf8_lossy(secret), String::from_utf8_lossy(&batch.text));
    }
    assert!(!batch.text.is_empty());
}

#[test]
fn no_secret_leaves() {
    let mut claims = Vec::new();
    base64::decode(JWT.split('.').nth(1).unwrap().as_bytes(), &mut claims);
    // jane:correct-horse-battery
    let basic = "amFuZTpjb3JyZWN0LWhvcnNlLWJhdHRlcnk=";
    let jwt_parts: Vec<&[u8]> = JWT.split('.').map(str::as_bytes).collect();
    let mut secrets: Vec<&[u8]> = vec![
        OPAQUE.as_bytes(),
        PASSWORD.as_bytes(),
        basic.as_bytes(),
        b"user-1729",
        b"idp.example",
        b"AKIAIOSFODNN7EXAMPLE",
        b"jane",
        b"4111111111111111",
    ];
    secrets.extend(&jwt_parts);
    secrets.push(&claims);

    let form = format!("login=jane&password={PASSWORD}&{OPAQUE}&card=4111111111111111&t={JWT}");
    let json = format!(
        r#"{{"password":"{PASSWORD}","nested":{{"token":"{OPAQUE}","list":["{JWT}","jane"]}},"{OPAQUE}":1,"card":4111111111111111}}"#
    );
    for place in [
        format!("Authorization: Bearer {JWT}"),
        format!("Authorization: Bearer {OPAQUE}"),
        format!("Authorization: {OPAQUE}"),
        format!("Authorization: Basic {basic}"),
        "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20240131/x".to_owned(),
        format!("Proxy-Authorization: Basic {basic}"),
        format!("Cookie: session={OPAQUE}; {OPAQUE}=1; jwt={JWT}; name=jane"),
        format!("X-Api-Key: {OPAQUE}"),
        format!("X-Own: {OPAQUE}"),
        format!("X-Vault-Token: {JWT}"),
        format!("Referer: https://a.example/?t={OPAQUE}"),
        format!("User-Agent: {OPAQUE}/1.0"),
        format!("X-{OPAQUE}: 1"),
    ] {
        none_of(&secrets, &Call { head: place.as_bytes(), ..Call::default() });
    }
    for target in [
        format!("/reset/{OPAQUE}"),
        format!("/reset/{OPAQUE}.json"),
        format!("/reset/{JWT}/x"),
        format!("/a?token={OPAQUE}&key={JWT}&q=jane&{OPAQUE}"),
        format!("/a?{OPAQUE}={PASSWORD}#{JWT}"),
        format!("http://jane:{PASSWORD}@a.example/{OPAQUE}"),
        "/users/jane%40b.example/x".to_owned(),
    ] {
        none_of(&secrets, &Call { target: target.as_bytes(), head: b"Host: a.example", ..Call::default() });
    }
    for (kind, body) in [("application/x-www-form-urlencoded", &form), ("application/json", &json)] {
        let head = format!("Host: a.example\nContent-Type: {kind}");
        none_of(
            &secrets,
            &Call {
                method: "POST",
                head: head.as_bytes(),
                body: body.as_bytes(),
                answer_head: head.as_bytes(),
                answer: body.as_bytes(),
                ..Call::default()
            },
        );
    }
}
