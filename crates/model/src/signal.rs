//! What a transaction shows beside its parameters: credentials tried, payloads of attacks, what an answer hands out.
//!
//! Values are keyed hashes or counts, never what was sent.

use crate::observation::{ParamPlace, Text};

/// One thing shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signal {
    /// What.
    pub kind: SignalKind,
    /// Where in the request; meaningless for what an answer shows.
    pub place: ParamPlace,
    /// Name of the parameter or field, as parameters are named; empty where there is none.
    pub name: Text,
    /// See [`SignalKind`].
    pub value: u64,
}

/// Kinds of signals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignalKind {
    /// The account a request tries to log in to. `value`: keyed hash of its name in lower case.
    #[default]
    Account,
    /// The secret it tries. `value`: keyed hash.
    Secret,
    /// The token that new ones are asked for with. `value`: first eight bytes of the identity that it was handed out as.
    Refresh,
    /// The answer hands out a credential. `value`: first eight bytes of the identity that carries it.
    Issued,
    /// A web token without a signature, which no honest client makes. `value`: 1.
    TokenFlaw,
    /// The credential of the request was refused (401). `value`: keyed hash.
    Refused,
    /// A value that is an attack if the server believes it. `value`: number of the rule, see [`PayloadClass`].
    Payload,
    /// The answer shows that such a value was believed. `value`: number of the rule.
    Proof,
    /// The answer is a list. `value`: records in it.
    Records,
    /// Whom a payload tells the server to call. `value`: a [`Target`](crate::contact::Target), packed.
    Target,
    /// A payload asks for a delay. `value`: milliseconds.
    Delay,
    /// A web token as a parameter. `value`: keyed hash of its shape (algorithm, type, issuer, names of its claims).
    TokenShown,
    /// The answer hands out a web token. `value`: as above.
    TokenMade,
    /// The request asks to be taken for another method. `name`: the method, in upper case. `value`: 1.
    Override,
}

macro_rules! payload_classes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal / $cwe:literal,)*) => {
        /// What a payload wants to reach.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum PayloadClass { $($(#[$doc])* $variant,)* }

        impl PayloadClass {
            /// Every class, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name in records.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Its weakness in the CWE list.
            pub const fn cwe(self) -> &'static str {
                match self { $(Self::$variant => $cwe,)* }
            }

            /// The class of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

payload_classes! {
    /// SQL.
    Sql = "sql_injection" / "CWE-89",
    /// Operators of document stores.
    NoSql = "nosql_injection" / "CWE-943",
    /// Commands of a shell.
    Command = "command_injection" / "CWE-78",
    /// Expressions of template engines.
    Template = "template_injection" / "CWE-1336",
    /// Paths out of a directory, and files nobody asks for.
    Traversal = "path_traversal" / "CWE-22",
    /// External entities of XML.
    Xxe = "xml_external_entity" / "CWE-611",
    /// Scripts for a browser.
    Script = "cross_site_scripting" / "CWE-79",
    /// Look-ups of Java naming (`Log4Shell`).
    Jndi = "jndi_lookup" / "CWE-917",
    /// Requests that the server shall make.
    Ssrf = "server_side_request_forgery" / "CWE-918",
    /// Line breaks into headers and logs.
    LineBreak = "line_break_injection" / "CWE-93",
    /// Filters of directories.
    Ldap = "ldap_injection" / "CWE-90",
    /// Objects of a programming language.
    Object = "object_injection" / "CWE-502",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payload_names_round_trip() {
        for &class in PayloadClass::ALL {
            assert_eq!(PayloadClass::from_name(class.as_str()), Some(class));
        }
    }
}
