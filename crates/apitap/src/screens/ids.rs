//! Short ids: `E-3F9A0K` for endpoints, `F-7K2Q5D` for findings. Every command that takes an id takes any unique start of it.

use model::id::SHORT_DIGITS;
use model::{EndpointRecord, Finding, Id};

/// How many digits tell the endpoints and findings of one state apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ids {
    endpoint_digits: usize,
    finding_digits: usize,
}

impl Default for Ids {
    fn default() -> Self {
        Self { endpoint_digits: SHORT_DIGITS, finding_digits: SHORT_DIGITS }
    }
}

impl Ids {
    /// For these endpoints and findings.
    pub(crate) fn of(endpoints: &[EndpointRecord], findings: &[Finding]) -> Self {
        Self {
            endpoint_digits: digits(endpoints.iter().map(|endpoint| endpoint.id)),
            finding_digits: digits(findings.iter().map(|finding| finding.id)),
        }
    }

    pub(crate) fn endpoint(&self, id: Id) -> String {
        format!("E-{}", first(id, self.endpoint_digits))
    }

    pub(crate) fn finding(&self, id: Id) -> String {
        format!("F-{}", first(id, self.finding_digits))
    }
}

/// The first digits of the name of an identity or transaction, which no command takes.
pub(crate) fn brief(id: Id) -> String {
    first(id, SHORT_DIGITS)
}

/// All digits.
pub(crate) fn long_endpoint(id: Id) -> String {
    format!("E-{}", id.base32())
}

/// All digits.
pub(crate) fn long_finding(id: Id) -> String {
    format!("F-{}", id.base32())
}

fn first(id: Id, digits: usize) -> String {
    id.base32().chars().take(digits).collect()
}

/// Digits after which no two different ids agree.
fn digits(ids: impl Iterator<Item = Id>) -> usize {
    let mut names: Vec<String> = ids.map(|id| id.base32()).collect();
    names.sort_unstable();
    names.dedup();
    let pairs = names.iter().zip(names.iter().skip(1));
    let common = pairs.map(|(a, b)| a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count());
    common.max().map_or(SHORT_DIGITS, |common| (common + 1).max(SHORT_DIGITS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(first: u8, second: u8) -> Id {
        let mut id = [0; 16];
        id[0] = first;
        id[5] = second;
        Id(id)
    }

    #[test]
    fn short_ids_are_as_long_as_they_must_be() {
        assert_eq!(digits([id(1, 0), id(2, 0)].into_iter()), SHORT_DIGITS);
        assert!(digits([id(1, 0), id(1, 1)].into_iter()) > SHORT_DIGITS);
        assert_eq!(digits([id(1, 1), id(1, 1)].into_iter()), SHORT_DIGITS);
    }
}
