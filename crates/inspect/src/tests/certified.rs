//! Clients that show a certificate.

use model::{AuthKind, Identity, IdentityKind};

use super::*;

fn read(call: &Call<'_>, trusted: bool) -> (Identity, bool) {
    let batch = if trusted { call.batch_behind_proxy() } else { call.batch() };
    (batch.rows[0].identity, batch.rows[0].auth.contains(AuthKind::ClientCertificate))
}

const FIELD: &[u8] = b"SSL-Client-Subject-DN: O=Shop,CN=billing\nSSL-Client-Verify: SUCCESS";

#[test]
fn the_certificate_names_a_client_without_other_credentials() {
    let shown = read(&Call { certificate: Some("CN=billing,O=Shop"), ..Call::default() }, false);
    assert_eq!((shown.0.kind, shown.1), (IdentityKind::Certificate, true));
    let told = read(&Call { head: FIELD, ..Call::default() }, true);
    assert_eq!(told, shown, "the same client, whoever ends its TLS");
    let (other, _) = read(&Call { certificate: Some("CN=batch,O=Shop"), ..Call::default() }, false);
    assert_ne!(other, shown.0);
}

#[test]
fn only_a_trusted_proxy_is_believed() {
    let (identity, certified) = read(&Call { head: FIELD, ..Call::default() }, false);
    assert_eq!((identity.kind, certified), (IdentityKind::Address, false));
    let own = Call { head: FIELD, certificate: Some("CN=mallory"), ..Call::default() };
    let mallory = read(&Call { certificate: Some("CN=mallory"), ..Call::default() }, false);
    assert_eq!(read(&own, false), mallory);
}

#[test]
fn a_trusted_proxy_with_a_certificate_of_its_own_tells_of_its_client() {
    let through = Call { head: FIELD, certificate: Some("CN=proxy"), ..Call::default() };
    assert_eq!(read(&through, true), read(&Call { head: FIELD, ..Call::default() }, true));
}

#[test]
fn a_token_names_the_user_and_the_certificate_only_the_program() {
    let head = [FIELD, b"\nAuthorization: Bearer opaque-token-7"].concat();
    let (identity, certified) = read(&Call { head: &head, ..Call::default() }, true);
    assert_eq!((identity.kind, certified), (IdentityKind::Token, true));
}
