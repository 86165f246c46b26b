//! Credentials a document asks for, in the words the inventory has for what it sees.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::Node;

/// Security schemes of a document: name → kinds that satisfy it.
pub(super) type Schemes = BTreeMap<String, BTreeSet<String>>;

/// Schemes of `components.securitySchemes` or `securityDefinitions`.
pub(super) fn schemes(root: &Node, resolved: impl Fn(&Node) -> Node) -> Schemes {
    let node = root.at("/components/securitySchemes").or_else(|| root.get("securityDefinitions"));
    let entries = node.map(Node::entries).unwrap_or_default();
    entries.iter().map(|(key, scheme)| (key.text.to_string(), kinds(&resolved(scheme)))).collect()
}

/// Stands for credentials that the wire does not show, such as client certificates.
pub const UNSEEN: &str = "unseen";

/// What of the wire satisfies a scheme.
fn kinds(scheme: &Node) -> BTreeSet<String> {
    let field = |key: &str| scheme.get(key).and_then(Node::text).unwrap_or_default().to_ascii_lowercase();
    let name = field("name");
    let words: &[&str] = match (field("type").as_str(), field("scheme").as_str(), field("in").as_str()) {
        ("http", "bearer", _) | ("oauth2" | "openidconnect", ..) => &["bearer", "bearer_jwt"],
        ("http", "basic", _) | ("basic", ..) => &["basic"],
        ("http", "digest", _) => &["digest"],
        ("http", ..) => &["other_scheme", "signature"],
        ("apikey", _, "query") => &["api_key_query"],
        ("apikey", _, "cookie") => &["cookie"],
        // A key in the field that also carries tokens.
        ("apikey", ..) if name == "authorization" => {
            &["bearer", "bearer_jwt", "basic", "other_scheme", "signature", "digest", "api_key_header"]
        }
        ("apikey", ..) if name == "cookie" => &["cookie"],
        ("apikey", ..) => &["api_key_header"],
        _ => &[UNSEEN],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Stands for a scheme that the document names and does not declare: it asks for something, and not said is what.
pub const UNDECLARED: &str = "undeclared";

/// The alternatives of a `security` list, each once. A requirement of several schemes is satisfied by what satisfies any
/// of them: the wire shows some, and which of them a gateway adds is not known here.
pub(super) fn alternatives(list: &Node, schemes: &Schemes) -> Vec<BTreeSet<String>> {
    let undeclared = || BTreeSet::from([UNDECLARED.to_owned()]);
    let of = |requirement: &Node| -> BTreeSet<String> {
        let named = requirement.entries().iter();
        named.flat_map(|(key, _)| schemes.get(&*key.text).cloned().unwrap_or_else(undeclared)).collect()
    };
    let all: BTreeSet<_> = list.elements().iter().map(of).collect();
    all.into_iter().collect()
}
