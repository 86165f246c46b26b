//! Why an operation failed, as the status that HTTP has for it: services that answer everything with 200 say it in words.
//!
//! In: the content of an answer that tells of failure. Out: 400, 401, 403, 404 or 500, or 0 where it says none of them. Looked at are
//! the first code (`extensions.code` of GraphQL servers, `code` of JSON-RPC 2.0 §5.1) and the first message.

use memchr::memmem;

/// Bytes of an answer that are looked at.
const BYTES_MAX: usize = 4_096;
/// Bytes of a code or a message.
const TEXT_MAX: usize = 200;

/// Words in codes and messages, in lower case without what joins them, and what they stand for. The first that is met counts.
const WORDS: &[(&[u8], u16)] = &[
    (b"unauthenticated", 401),
    (b"notauthenticated", 401),
    (b"notloggedin", 401),
    (b"notsignedin", 401),
    (b"loginrequired", 401),
    (b"authenticationrequired", 401),
    (b"invalidtoken", 401),
    (b"tokenexpired", 401),
    (b"sessionexpired", 401),
    (b"forbidden", 403),
    (b"accessdenied", 403),
    (b"permission", 403),
    (b"notallowed", 403),
    (b"notauthorized", 403),
    (b"notauthorised", 403),
    (b"unauthorized", 403),
    (b"unauthorised", 403),
    (b"notfound", 404),
    (b"doesnotexist", 404),
    (b"nosuch", 404),
    (b"unknownid", 404),
    (b"internalservererror", 500),
    (b"internalerror", 500),
    (b"badrequest", 400),
    (b"baduserinput", 400),
    (b"validationfailed", 400),
    (b"parsefailed", 400),
    (b"syntaxerror", 400),
    (b"cannotquery", 400),
];
/// Codes of JSON-RPC 2.0.
const NUMBERS: &[(&[u8], u16)] =
    &[(b"-32700", 400), (b"-32600", 400), (b"-32601", 404), (b"-32602", 400), (b"-32603", 500)];

/// The status that stands for why, or 0.
pub(super) fn status(answer: &[u8]) -> u16 {
    let answer = answer.get(..BYTES_MAX).unwrap_or(answer);
    let said = |name| value_of(answer, name).and_then(of);
    said(&b"\"code\""[..]).or_else(|| said(&b"\"message\""[..])).unwrap_or(0)
}

/// What stands behind the first member of that name: a string without quotes, or a number.
fn value_of<'a>(answer: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let at = memmem::find(answer, name)? + name.len();
    let rest = answer.get(at..)?.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let (rest, ends): (_, fn(&u8) -> bool) = match rest.strip_prefix(b"\"") {
        Some(text) => (text, |byte| *byte == b'"'),
        None => (rest, |byte| !matches!(byte, b'0'..=b'9' | b'-')),
    };
    let text = rest.get(..TEXT_MAX).unwrap_or(rest);
    text.split(ends).next().filter(|text| !text.is_empty())
}

fn of(text: &[u8]) -> Option<u16> {
    if let Some((_, status)) = NUMBERS.iter().find(|(number, _)| *number == text) {
        return Some(*status);
    }
    let joined: Vec<u8> = text.iter().filter(|byte| byte.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect();
    WORDS.iter().find(|(word, _)| memmem::find(&joined, word).is_some()).map(|(_, status)| *status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_messages_of_servers_in_use_have_their_status() {
        for (answer, expected) in [
            (r#"{"errors":[{"message":"no","extensions":{"code":"UNAUTHENTICATED"}}],"data":null}"#, 401),
            (r#"{"errors":[{"message":"x","extensions":{"code": "FORBIDDEN"}}]}"#, 403),
            (r#"{"errors":[{"message":"You do not have permission to perform this action"}]}"#, 403),
            (r#"{"errors":[{"message":"Paste matching query does not exist."}],"data":{"paste":null}}"#, 404),
            (r#"{"errors":[{"message":"Cannot query field \"a\" on type \"Query\"."}]}"#, 400),
            (r#"{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":1}"#, 404),
            (r#"{"errors":[{"message":"boom"}]}"#, 0),
            (r#"{"errors":[{"message":"#, 0),
            ("", 0),
        ] {
            assert_eq!(status(answer.as_bytes()), expected, "{answer}");
        }
    }
}
