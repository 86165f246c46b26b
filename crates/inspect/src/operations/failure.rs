//! Why an operation failed, as the status that HTTP has for it: services that answer everything with 200 say it in words.
//!
//! In: the content of an answer that tells of failure. Out: 400, 401, 403 or 404, or 0 where it says none of them. Looked at are
//! the first code (`extensions.code` of GraphQL servers, `code` of JSON-RPC 2.0 §5.1), and where there is none, or one that servers give to
//! whatever was thrown, the first message. A code of the service's own says that it is something else.

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
    (b"permissiondenied", 403),
    (b"nopermission", 403),
    (b"havepermission", 403),
    (b"insufficientpermission", 403),
    (b"missingpermission", 403),
    (b"notpermitted", 403),
    (b"youarenotallowed", 403),
    (b"notallowedto", 403),
    (b"notauthorized", 403),
    (b"notauthorised", 403),
    (b"unauthorized", 403),
    (b"unauthorised", 403),
    (b"notfound", 404),
    (b"doesnotexist", 404),
    (b"nosuch", 404),
    (b"unknownid", 404),
    (b"badrequest", 400),
    (b"baduserinput", 400),
    (b"validationfailed", 400),
    (b"parsefailed", 400),
    (b"syntaxerror", 400),
    (b"cannotquery", 400),
];
/// Codes in numbers: of JSON-RPC 2.0, and statuses themselves.
const NUMBERS: &[(&[u8], u16)] = &[
    (b"-32700", 400),
    (b"-32600", 400),
    (b"-32601", 404),
    (b"-32602", 400),
    (b"400", 400),
    (b"401", 401),
    (b"403", 403),
    (b"404", 404),
];
/// Codes that servers give to whatever was thrown.
const GENERIC: &[&[u8]] = &[
    b"internalservererror",
    b"internalerror",
    b"unknownerror",
    b"unknown",
    b"error",
    b"graphqlerror",
    b"downstreamserviceerror",
];

/// The status that stands for why, or 0.
pub(super) fn status(answer: &[u8]) -> u16 {
    let answer = answer.get(..BYTES_MAX).unwrap_or(answer);
    if let Some(code) = value_of(answer, b"\"code\"") {
        let (known, joined) = (of(code), letters(code));
        let generic = joined.is_empty() || GENERIC.contains(&&*joined);
        if known.is_some() || !generic {
            return known.unwrap_or(0);
        }
    }
    value_of(answer, b"\"message\"").and_then(of).unwrap_or(0)
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
    let joined = letters(text);
    WORDS.iter().find(|(word, _)| memmem::find(&joined, word).is_some()).map(|(_, status)| *status)
}

/// The letters of a text alone, in lower case.
fn letters(text: &[u8]) -> Vec<u8> {
    text.iter().filter(|byte| byte.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect()
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
            (r#"{"errors":[{"message":"Not authorized","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}"#, 403),
            (r#"{"errors":[{"message":"no","extensions":{"code":403}}]}"#, 403),
            (r#"{"errors":[{"message":"Empty text is not allowed","extensions":{"code":"TEXT_EMPTY"}}]}"#, 0),
            (r#"{"errors":[{"message":"Empty text is not allowed"}]}"#, 0),
            (r#"{"errors":[{"message":"boom"}]}"#, 0),
            (r#"{"errors":[{"message":"#, 0),
            ("", 0),
        ] {
            assert_eq!(status(answer.as_bytes()), expected, "{answer}");
        }
    }
}
