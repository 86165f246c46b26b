//! What names of parameters, header fields and cookies say about their values.

mod login;
mod words;

use memchr::memrchr;

use crate::certificate;
use crate::text::contains;
pub(crate) use login::{
    Login, ends_as_number, is_of_people, is_password, is_secret_of_a_program, precedes_code, speaks_of_access,
};
use words::Words;

/// Words in names of secrets: their values are told by shape only, never hashed.
const SECRET: &[&[u8]] = &[
    b"pass",
    b"pwd",
    b"secret",
    b"token",
    b"auth",
    b"credential",
    b"apikey",
    b"api_key",
    b"api-key",
    b"private",
    b"cvv",
    b"cvc",
    b"card",
    b"ssn",
    b"otp",
    b"session",
    b"jwt",
    b"signature",
    b"assertion",
];

/// What the name of a parameter says about its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// As [`is_secret`] says.
    pub(crate) secret: bool,
    /// As [`is_identifier`] says.
    pub(crate) identifier: bool,
    /// What it is to somebody who logs in.
    pub(crate) login: Login,
}

impl Said {
    /// By that name.
    pub(crate) fn of(name: &[u8]) -> Self {
        Self { secret: is_secret(name), identifier: is_identifier(name), login: Login::of(name) }
    }
}

/// Whether the value of a parameter so named is a secret.
fn is_secret(name: &[u8]) -> bool {
    static WORDS: Words = Words::new(SECRET);
    WORDS.stand_in(name) || is_pin(name)
}

/// `pin` alone, as the last part of a pointer (`/user/pin`, `/pins/*/pin`), and `userPin`, `pin_code`, `pinCode`.
fn is_pin(name: &[u8]) -> bool {
    let last = name.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    let after = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_lowercase());
    last.eq_ignore_ascii_case(b"pin")
        || (last.get(..3).is_some_and(|head| head.eq_ignore_ascii_case(b"pin")) && after(last.get(3)))
        || last.ends_with(b"Pin")
        || last.ends_with(b"_pin")
        || last.ends_with(b"-pin")
}

/// Whether a parameter so named identifies something: `id`, `userId`, `user_name`, `login`, `slug`.
fn is_identifier(name: &[u8]) -> bool {
    const WHOLE: &[&[u8]] =
        &[b"id", b"user", b"username", b"login", b"email", b"account", b"slug", b"key", b"uid", b"owner"];
    const ENDS: &[&[u8]] = &[b"_id", b"-id", b".id", b"/id", b"[id]", b"_key", b"_uuid", b"_name", b"_slug"];
    // The last letters of all these; it spares the rest for most names.
    if !matches!(
        name.last(),
        Some(
            b'd' | b'D'
                | b']'
                | b'y'
                | b'Y'
                | b'e'
                | b'E'
                | b'g'
                | b'G'
                | b's'
                | b'r'
                | b'R'
                | b'n'
                | b'N'
                | b'l'
                | b'L'
                | b't'
                | b'T'
        )
    ) {
        return false;
    }
    let last = memrchr(b'/', name).and_then(|at| name.get(at + 1..)).unwrap_or(name);
    let ends = |end: &[u8]| ends_with(name, end);
    WHOLE.iter().any(|word| last.eq_ignore_ascii_case(word))
        || ENDS.iter().any(|end| ends(end))
        || last.ends_with(b"Id")
        || last.ends_with(b"Ids")
        || last.ends_with(b"ID")
        || last.ends_with(b"Uuid")
}

/// What a header field is to us, by a name that is not among the known ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum FieldUse {
    /// Not of this API: browsers, proxies, tracing.
    #[default]
    Infrastructure,
    /// A credential.
    Credential,
    /// A signature of the request, which proves who sent it and names nobody: as of webhooks.
    Signature,
    /// A parameter of the API's own.
    Own,
    /// What a proxy says of the certificate of its client.
    Certificate(certificate::Form),
}

/// Beginnings of `x-` names that proxies, tracers, clouds and browsers add.
const INFRASTRUCTURE: &[&[u8]] = &[
    b"forwarded",
    b"real-ip",
    b"request-",
    b"grpc-web",
    b"correlation-",
    b"trace",
    b"b3-",
    b"amz",
    b"envoy",
    b"cloud-trace",
    b"datadog",
    b"newrelic",
    b"requested-with",
    b"csrf",
    b"xsrf",
    b"http-method",
    b"method-override",
    b"original-",
    b"rewrite-url",
    b"cdn",
    b"azure",
    b"varnish",
    b"client-ip",
    b"cluster-client",
    b"scheme",
    b"ssl",
    b"arr-",
    b"cache",
    b"edge",
    b"akamai",
    b"ot-",
    b"content-type-options",
    b"frame-options",
    b"powered-by",
    b"purpose",
    b"moz",
    b"ua-",
    b"wap",
    b"remote-",
    b"via",
    b"proxy",
    b"host",
    b"server",
    b"port",
    b"served-by",
    b"dns-prefetch",
    b"do-not-track",
    b"istio",
    b"k8s",
    b"goog-trace",
];
/// Names without `x-` that APIs define for themselves.
const OWN: &[&[u8]] = &[b"idempotency-key", b"api-version", b"tenant-id", b"depth", b"destination", b"prefer"];
/// Words of `*-token` names that are no credentials.
const NO_CREDENTIAL: &[&[u8]] = &[
    b"csrf",
    b"xsrf",
    b"continuation",
    b"page",
    b"next",
    b"cursor",
    b"sync",
    b"cancel",
    b"idempotency",
    b"security-token",
];

/// Words of `x-*-key` names that are no credentials: keys of caches, tables, messages and ciphers.
const NO_CREDENTIAL_KEY: &[&[u8]] = &[
    b"idempot",
    b"cache",
    b"surrogate",
    b"partition",
    b"routing",
    b"route",
    b"shard",
    b"hash",
    b"sort",
    b"group",
    b"dedup",
    b"request",
    b"message",
    b"event",
    b"object",
    b"resource",
    b"encrypt",
    b"customer-key",
    b"public-key",
    b"lock",
    b"trace",
    b"i18n",
    b"translation",
];

/// What a field so named is to us.
pub(crate) fn field_use(name: &[u8]) -> FieldUse {
    let x_name = match name {
        [b'x' | b'X', b'-', rest @ ..] => Some(rest),
        _ => None,
    };
    let own = |yes: bool| if yes { FieldUse::Own } else { FieldUse::Infrastructure };
    if credential_field(name, x_name) {
        return FieldUse::Credential;
    }
    if signature_field(name) {
        return FieldUse::Signature;
    }
    if let Some(form) = certificate::form(name) {
        return FieldUse::Certificate(form);
    }
    match x_name {
        Some(rest) => own(!INFRASTRUCTURE.iter().any(|start| starts_with(rest, start))),
        None => own(OWN.iter().any(|word| name.eq_ignore_ascii_case(word))),
    }
}

fn credential_field(name: &[u8], x_name: Option<&[u8]>) -> bool {
    let word = |list: &[&[u8]]| list.iter().any(|word| contains(name, word));
    // Only names that end in `y`, `n`, `t` or `h` can match; it spares the search for most fields.
    match name.last().map(u8::to_ascii_lowercase) {
        Some(b'n') => ends_with(name, b"token") && !word(NO_CREDENTIAL),
        Some(b'y') => {
            // A key of a field of its own opens something, unless its name says what else it is the key of.
            x_name.is_some() && ends_with(name, b"-key") && !word(NO_CREDENTIAL_KEY)
                || word(&[
                    b"api-key",
                    b"apikey",
                    b"api_key",
                    b"access-key",
                    b"auth-key",
                    b"subscription-key",
                    b"secret-key",
                ])
        }
        Some(b't') => ends_with(name, b"-secret"),
        Some(b'h') => x_name.is_some_and(|rest| rest.eq_ignore_ascii_case(b"auth")),
        _ => false,
    }
}

/// Whether a field so named signs the request: `X-Hub-Signature-256`, `Stripe-Signature`, `X-Shopify-Hmac-Sha256`, `Signature`
/// (RFC 9421 §4.2).
fn signature_field(name: &[u8]) -> bool {
    let ends: [&[u8]; 5] = [b"signature", b"-signature-256", b"-signature-sha256", b"-hmac", b"-hmac-sha256"];
    // Most names end in none of these letters.
    matches!(name.last(), Some(b'e' | b'E' | b'c' | b'C' | b'6')) && ends.iter().any(|end| ends_with(name, end))
}

/// Names of query parameters that carry a key or a token.
pub(crate) fn credential_query(name: &[u8]) -> bool {
    const NAMES: &[&[u8]] = &[
        b"api_key",
        b"apikey",
        b"api-key",
        b"access_token",
        b"accesstoken",
        b"auth_token",
        b"authtoken",
        b"token",
        b"key",
        b"jwt",
        b"bearer",
        b"client_secret",
        b"subscription-key",
        b"appkey",
        b"app_key",
        b"session_token",
        b"sig",
        b"signature",
        b"x-amz-signature",
        b"x-goog-signature",
        b"hdnts",
    ];
    matches!(name.len(), 3..=16) && NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Names of query parameters that sign the request rather than name its owner.
pub(crate) fn signature_query(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"sig") || ends_with(name, b"signature") || name.eq_ignore_ascii_case(b"hdnts")
}

/// Names of query parameters whose value is a credential whatever it looks like.
pub(crate) fn certain_credential_query(name: &[u8]) -> bool {
    contains(name, b"api") || contains(name, b"access") || contains(name, b"secret") || contains(name, b"auth")
}

/// Whether a cookie so named holds a session; its value must look drawn as well.
pub(crate) fn session_cookie(name: &[u8]) -> bool {
    const ANALYTICS: &[&[u8]] = &[
        b"_ga",
        b"_gid",
        b"_gcl",
        b"_fbp",
        b"__utm",
        b"amplitude",
        b"amp_",
        b"mp_",
        b"ajs_",
        b"_hj",
        b"optimizely",
        b"intercom",
        b"_pk_",
        b"__hs",
        b"hubspot",
        b"__cf",
        b"cf_",
        b"_uet",
        b"__stripe",
        b"awsalb",
        b"_clck",
        b"_clsk",
    ];
    const WORDS: &[&[u8]] = &[b"sess", b"auth", b"token", b"jwt", b"remember", b"login"];
    static FOUND: Words = Words::new(WORDS);
    (FOUND.stand_in(name) || ends_with(name, b"sid") || starts_with(name, b"sid"))
        && !ANALYTICS.iter().any(|start| starts_with(name, start))
        && !contains(name, b"csrf")
        && !contains(name, b"xsrf")
}

fn starts_with(name: &[u8], start: &[u8]) -> bool {
    name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

fn ends_with(name: &[u8], end: &[u8]) -> bool {
    name.len().checked_sub(end.len()).and_then(|at| name.get(at..)).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_apart_by_name() {
        for (name, want) in [
            ("x-goog-api-key", FieldUse::Credential),
            ("X-Vault-Token", FieldUse::Credential),
            ("Private-Token", FieldUse::Credential),
            ("Ocp-Apim-Subscription-Key", FieldUse::Credential),
            ("X-Partner-Key", FieldUse::Credential),
            ("X-Partition-Key", FieldUse::Own),
            ("X-Amz-Server-Side-Encryption-Customer-Key", FieldUse::Infrastructure),
            ("X-CSRF-Token", FieldUse::Infrastructure),
            ("x-forwarded-proto", FieldUse::Infrastructure),
            ("X-Request-Id", FieldUse::Infrastructure),
            ("accept-encoding", FieldUse::Infrastructure),
            ("X-Tenant", FieldUse::Own),
            ("X-Continuation-Token", FieldUse::Own),
            ("Idempotency-Key", FieldUse::Own),
        ] {
            assert_eq!(field_use(name.as_bytes()), want, "{name}");
        }
    }

    #[test]
    fn cookies_of_sessions_are_told_from_analytics() {
        for (name, want) in [
            ("JSESSIONID", true),
            ("PHPSESSID", true),
            ("connect.sid", true),
            ("auth_token", true),
            ("laravel_session", true),
            ("_ga", false),
            ("_gid", false),
            ("csrftoken", false),
            ("theme", false),
        ] {
            assert_eq!(session_cookie(name.as_bytes()), want, "{name}");
        }
    }

    #[test]
    fn identifiers_and_secrets_are_known_by_name() {
        for (name, identifier, secret) in [
            ("id", true, false),
            ("userId", true, false),
            ("/pin", false, true),
            ("/pins/*/pin", false, true),
            ("pinCode", false, true),
            ("user_pin", false, true),
            ("shipping", false, false),
            ("pinned", false, false),
            ("/order/customer_id", true, false),
            ("paid", false, false),
            ("width", false, false),
            ("password", false, true),
            ("newPassword", false, true),
            ("page", false, false),
        ] {
            assert_eq!((is_identifier(name.as_bytes()), is_secret(name.as_bytes())), (identifier, secret), "{name}");
        }
    }
}
