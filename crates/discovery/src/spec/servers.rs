//! Where a document says to be served: hosts and base paths.

use super::Server;
use super::tree::Node;

/// Servers of an OpenAPI 3 node that may name some; none when it names none.
pub(super) fn of(node: &Node) -> Vec<Server> {
    node.get("servers").map(Node::elements).unwrap_or_default().iter().filter_map(server).collect()
}

/// The one place of a Swagger 2 document.
pub(super) fn of_swagger(root: &Node) -> Vec<Server> {
    let base = root.get("basePath").and_then(Node::text).unwrap_or_default();
    let host = root.get("host").and_then(Node::text).filter(|host| !host.contains('{'));
    let at = ["basePath", "host"].iter().find_map(|key| root.get(key)).map_or(root.place, |node| node.place);
    vec![Server { host: host.map(str::to_ascii_lowercase), base: trimmed(base), at }]
}

fn server(node: &Node) -> Option<Server> {
    let url = node.get("url")?;
    let filled = filled(url.text()?, node.get("variables"));
    let (host, path) = match filled.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or((rest, ""), |(host, path)| (host, path)),
        None => ("", filled.trim_start_matches('/')),
    };
    let named = !host.is_empty() && !host.contains('{');
    Some(Server { host: named.then(|| host.to_ascii_lowercase()), base: trimmed(path), at: url.place })
}

/// `url` with the defaults of its variables.
fn filled(url: &str, variables: Option<&Node>) -> String {
    let mut out = url.to_owned();
    for (key, variable) in variables.map(Node::entries).unwrap_or_default() {
        if let Some(usual) = variable.get("default").and_then(Node::text) {
            out = out.replace(&format!("{{{}}}", key.text), usual);
        }
    }
    out
}

/// A base path with a slash before it and none behind it; empty for the root.
fn trimmed(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_matches('/');
    if path.is_empty() { String::new() } else { format!("/{path}") }
}
