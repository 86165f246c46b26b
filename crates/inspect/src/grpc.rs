//! gRPC and gRPC-Web: names, status codes and messages (PROTOCOL-HTTP2 and PROTOCOL-WEB of grpc/grpc).
//!
//! In: path, fields and content. Out: which segments of the path are names; the status of HTTP that a code stands for; the
//! messages of a body. What is kept of a body may be cut, and ends before the first byte that is missing.

use model::RpcSide;
use model::message::{Body, FieldName, Request, Response, grpc_status, grpc_status_in};

use crate::base64;
use crate::body::Kind;

/// Bytes before each message.
const PREFIX: usize = 5;
/// Flags of the trailers of gRPC-Web.
const TRAILERS: u8 = 0x80;

/// What stands before the service of a path `…/package.Service/Method`, and these two: they are names of the API, whatever
/// they look like. `None` when it is no such path.
pub(crate) fn split_path(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let (before, method) = path.split_at_checked(memchr::memrchr(b'/', path)?)?;
    let (before, service) = before.split_at_checked(memchr::memrchr(b'/', before)?)?;
    let is_name = |name: &[u8], dots: bool| {
        let word = |part: &[u8]| {
            part.first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_')
                && part.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        };
        if dots { name.split(|byte| *byte == b'.').all(word) } else { word(name) }
    };
    let fits = is_name(service.get(1..)?, true) && is_name(method.get(1..)?, false);
    if fits { Some((before, path.get(before.len()..)?)) } else { None }
}

/// The status of HTTP that a code stands for, as `google.rpc.Code` has them. `UNIMPLEMENTED` is what a server says when
/// there is no such method: 404, as the table of gRPC maps it the other way round.
pub(crate) const fn http_status(code: u32) -> u16 {
    match code {
        0 => 200,
        1 => 499,
        3 | 9 | 11 => 400,
        4 => 504,
        5 | 12 => 404,
        6 | 10 => 409,
        7 => 403,
        8 => 429,
        14 => 503,
        16 => 401,
        _ => 500,
    }
}

/// How a call ended, as its fields or the end of its content say.
pub(crate) fn code(response: &Response<'_>) -> Option<u32> {
    let found = grpc_status(&response.fields, &response.body);
    if found.is_some() || response.body.messages.is_some() {
        return found;
    }
    // Nobody counted the messages: what a browser exported has the trailers in its content.
    let media_type = response.fields.first(FieldName::ContentType)?.to_ascii_lowercase();
    let kind = Kind::of(media_type.split(|byte| *byte == b';').next()?.trim_ascii());
    if !kind.is_grpc() {
        return None;
    }
    let mut scratch = Vec::new();
    let mut messages = Messages::of(kind, &response.body, response.body.kept, &mut scratch);
    while messages.next().is_some() {}
    let ([TRAILERS, ..], rest) = messages.rest.split_first_chunk::<PREFIX>()? else { return None };
    grpc_status_in(rest)
}

/// The response with the status that its code stands for. Where HTTP itself told of a failure, that stands.
pub(crate) fn with_status<'a>(response: &Response<'a>) -> Option<Response<'a>> {
    let code = code(response).filter(|_| response.status == 200)?;
    Some(Response { status: http_status(code), ..*response })
}

/// Whether the request is one of gRPC.
pub(crate) fn concerns(request: &Request<'_>) -> bool {
    const GRPC: &[u8] = b"application/grpc";
    let said = || {
        let value = request.fields.first(FieldName::ContentType)?;
        value.get(..GRPC.len())
    };
    // Where the media type is not known, the other message of the exchange may say it.
    request.method == b"POST"
        && (request.body.messages.is_some() || said().is_some_and(|start| start.eq_ignore_ascii_case(GRPC)))
}

/// Messages of one body, in order, as far as they were kept.
pub(crate) struct Messages<'a> {
    rest: &'a [u8],
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Message<'a> {
    pub(crate) compressed: bool,
    pub(crate) bytes: &'a [u8],
    /// Whether these are all bytes of it.
    pub(crate) whole: bool,
}

impl<'a> Messages<'a> {
    /// Of content that may be in base64, undone in `scratch`.
    pub(crate) fn of(kind: Kind, body: &Body<'a>, content: &'a [u8], scratch: &'a mut Vec<u8>) -> Self {
        // Bytes behind a gap are not joined to those before it.
        let intact = body.messages.map_or(u64::MAX, |messages| messages.intact);
        let content = content.get(..usize::try_from(intact).unwrap_or(usize::MAX)).unwrap_or(content);
        if kind != Kind::GrpcText {
            return Self { rest: content };
        }
        scratch.clear();
        base64::push_runs(content, scratch);
        Self { rest: scratch }
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Message<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let ([flags, length @ ..], rest) = self.rest.split_first_chunk::<PREFIX>()?;
        // Trailers end the messages; anything else is none.
        if *flags > 1 {
            return None;
        }
        let length = u32::from_be_bytes(*length) as usize;
        let whole = rest.len() >= length;
        let (bytes, rest) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        self.rest = rest;
        Some(Message { compressed: *flags == 1, bytes, whole })
    }
}

/// What was counted in a body; where nothing was, in what is at hand.
pub(crate) fn counted(body: &Body<'_>, kind: Kind, content: Option<&[u8]>, scratch: &mut Vec<u8>) -> RpcSide {
    if let Some(messages) = body.messages {
        return RpcSide {
            messages: messages.count,
            bytes: messages.bytes,
            largest: messages.largest,
            exact: messages.is_exact() && body.complete,
        };
    }
    let mut side = RpcSide {
        exact: body.complete && content.is_some() && body.kept.len() as u64 == body.len,
        ..RpcSide::default()
    };
    for message in Messages::of(kind, body, content.unwrap_or_default(), scratch).filter(|message| message.whole) {
        side.messages += 1;
        side.bytes += message.bytes.len() as u64;
        side.largest = side.largest.max(message.bytes.len() as u32);
    }
    side
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_and_method_are_names() {
        for (path, expected) in [
            ("/shop.v1.Orders/Get42", Some(("", "/shop.v1.Orders/Get42"))),
            ("/api/42/grpc.health.v1.Health/Check", Some(("/api/42", "/grpc.health.v1.Health/Check"))),
            ("/Greeter/Say_Hello", Some(("", "/Greeter/Say_Hello"))),
            ("/a/42", None),
            ("/a.b/c.d", None),
            ("/a..b/c", None),
            ("Get", None),
            ("/Get", None),
            ("//Get", None),
        ] {
            let got = split_path(path.as_bytes());
            assert_eq!(got, expected.map(|(a, b)| (a.as_bytes(), b.as_bytes())), "{path}");
        }
    }

    #[test]
    fn refusals_are_refusals_and_failures_failures() {
        for (code, status) in
            [(0, 200), (16, 401), (7, 403), (5, 404), (12, 404), (8, 429), (2, 500), (13, 500), (99, 500)]
        {
            assert_eq!(http_status(code), status, "{code}");
        }
    }
}
