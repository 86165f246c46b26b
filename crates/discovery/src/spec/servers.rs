//! Where a document says to be served: hosts and base paths.

use model::limits::{SPEC_PATH_BYTES_MAX, SPEC_SERVERS_MAX};

use super::Server;
use super::tree::Node;

/// Servers of an OpenAPI 3 node that may name some; none when it names none. What is left out is told to `left_out`.
pub(super) fn of(node: &Node, mut left_out: impl FnMut(&Node, &str)) -> Vec<Server> {
    let listed = node.get("servers").map(Node::elements).unwrap_or_default();
    if let Some(first) = listed.get(SPEC_SERVERS_MAX) {
        left_out(first, &format!("servers beyond {SPEC_SERVERS_MAX} were left out"));
    }
    let mut out = Vec::new();
    for one in listed.iter().take(SPEC_SERVERS_MAX) {
        let Some(url) = one.get("url") else { continue };
        let Some(text) = url.text() else { continue };
        match filled(text, one.get("variables")) {
            Some(filled) => out.push(server(&filled, url)),
            None => left_out(url, &format!("a server's URL of more than {SPEC_PATH_BYTES_MAX} bytes was left out")),
        }
    }
    out
}

/// The one place of a Swagger 2 document.
pub(super) fn of_swagger(root: &Node) -> Vec<Server> {
    let field = |key| root.get(key).and_then(Node::text).filter(|text| text.len() <= SPEC_PATH_BYTES_MAX);
    let base = field("basePath").unwrap_or_default();
    let host = field("host").filter(|host| !host.contains('{'));
    let at = ["basePath", "host"].iter().find_map(|key| root.get(key)).map_or(root.place, |node| node.place);
    vec![Server { host: host.map(str::to_ascii_lowercase), base: trimmed(base), at }]
}

/// A URL, one without its scheme (`//host/path`), or a path (RFC 3986 §4.2).
fn server(url: &str, node: &Node) -> Server {
    let behind = url.split_once("://").map(|(_, rest)| rest).or_else(|| url.strip_prefix("//"));
    let (host, path) = match behind {
        Some(rest) => rest.split_once('/').unwrap_or((rest, "")),
        None => ("", url.trim_start_matches('/')),
    };
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let named = !host.is_empty() && !host.contains('{');
    Server { host: named.then(|| host.to_ascii_lowercase()), base: trimmed(path), at: node.place }
}

/// `url` with the defaults of its variables, each put in once; none when that is too long.
fn filled(url: &str, variables: Option<&Node>) -> Option<String> {
    if url.len() > SPEC_PATH_BYTES_MAX {
        return None;
    }
    let mut out = String::new();
    let mut rest = url;
    while let Some((before, behind)) = rest.split_once('{') {
        out.push_str(before);
        let usual = behind
            .split_once('}')
            .and_then(|(name, behind)| Some((variables?.get(name)?.get("default").and_then(Node::text)?, behind)));
        match usual {
            Some((usual, behind)) if usual.len() <= SPEC_PATH_BYTES_MAX => {
                out.push_str(usual);
                rest = behind;
            }
            Some(_) => return None,
            None => {
                out.push('{');
                rest = behind;
            }
        }
        if out.len() > SPEC_PATH_BYTES_MAX {
            return None;
        }
    }
    out.push_str(rest);
    (out.len() <= SPEC_PATH_BYTES_MAX).then_some(out)
}

/// A base path with a slash before it and none behind it; empty for the root.
fn trimmed(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_matches('/');
    if path.is_empty() { String::new() } else { format!("/{path}") }
}
