//! Operations: what a call to one path asks for, where the path does not say it.
//!
//! GraphQL, JSON-RPC, MCP and SOAP send everything to one path and name the operation in the content. Each name is an
//! endpoint of its own. A request may name several: a batch, or the root fields of a GraphQL document without a name.

use crate::observation::{Rows, Text};

/// Kind of an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum OperationKind {
    /// A named GraphQL query.
    #[default]
    Query,
    /// A named GraphQL mutation.
    Mutation,
    /// A named GraphQL subscription.
    Subscription,
    /// A root field of a GraphQL query without a name.
    QueryField,
    /// A root field of a GraphQL mutation without a name.
    MutationField,
    /// A root field of a GraphQL subscription without a name.
    SubscriptionField,
    /// A GraphQL document that the server knows by name or hash: its type is not told.
    Persisted,
    /// A JSON-RPC method.
    JsonRpc,
    /// A method of the Model Context Protocol.
    Mcp,
    /// A tool called by `tools/call` of the Model Context Protocol.
    McpTool,
    /// A SOAP action.
    Soap,
}

/// What operations beyond the bound are called. No label is: the others begin with a word of letters.
pub const OTHER_OPERATIONS: &str = "{operation}";

impl OperationKind {
    /// Every kind, in declaration order.
    pub const ALL: [Self; 11] = [
        Self::Query,
        Self::Mutation,
        Self::Subscription,
        Self::QueryField,
        Self::MutationField,
        Self::SubscriptionField,
        Self::Persisted,
        Self::JsonRpc,
        Self::Mcp,
        Self::McpTool,
        Self::Soap,
    ];

    /// What stands before and after the name in a label.
    const fn around(self) -> (&'static str, &'static str) {
        match self {
            Self::Query => ("query ", ""),
            Self::Mutation => ("mutation ", ""),
            Self::Subscription => ("subscription ", ""),
            Self::QueryField => ("query { ", " }"),
            Self::MutationField => ("mutation { ", " }"),
            Self::SubscriptionField => ("subscription { ", " }"),
            Self::Persisted => ("persisted ", ""),
            Self::JsonRpc => ("jsonrpc ", ""),
            Self::Mcp => ("mcp ", ""),
            Self::McpTool => ("mcp tools/call ", ""),
            Self::Soap => ("soap ", ""),
        }
    }

    /// The label of an operation: `query GetUser`, `query { user }`, `jsonrpc eth_call`, `mcp tools/call search`.
    pub fn label(self, name: &str) -> String {
        let (before, after) = self.around();
        format!("{before}{name}{after}")
    }

    /// Whether it is one of GraphQL's.
    pub const fn is_graphql(self) -> bool {
        (self as u8) <= Self::Persisted as u8
    }
}

/// One operation that a request names.
#[derive(Clone, Copy, Debug, Default)]
pub struct Operation {
    /// Its kind.
    pub kind: OperationKind,
    /// Its name, printable, cut to 128 bytes.
    pub name: Text,
    /// Its arguments, among the parameters of the row.
    pub params: Rows,
    /// Hash of service, method, template, kind and name.
    pub hash: u64,
    /// How often the request asks for it.
    pub times: u16,
    /// Nesting of its GraphQL document, fields in it, and how many of these have an alias; 0 for other kinds.
    pub depth: u16,
    /// See `depth`.
    pub fields: u16,
    /// See `depth`.
    pub aliases: u16,
    /// Whether it asks a GraphQL service for its schema (`__schema`, `__type`; GraphQL October 2021 §4).
    pub introspects: bool,
    /// Whether the answer's content says that it was not carried out.
    pub failed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_told_apart() {
        let labels: std::collections::BTreeSet<_> = OperationKind::ALL.iter().map(|kind| kind.label("x")).collect();
        assert_eq!(labels.len(), OperationKind::ALL.len());
        assert!(!labels.contains(OTHER_OPERATIONS));
        assert_eq!(OperationKind::MutationField.label("pay"), "mutation { pay }");
    }
}
