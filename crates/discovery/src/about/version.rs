//! Versions in paths, and families of endpoints that differ in nothing else.
//!
//! In: templates. Out: a version that can be compared, and what all versions have in common. `v1`, `v2.1` and `v1beta2` are
//! versions, and so is a date at the beginning of a path. The first one of a path counts.

use model::{EndpointName, Id};

/// A version: as it is written, and its rank among others of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) text: Box<str>,
    rank: [u32; 4],
}

/// Rank of what is released, above its drafts.
const RELEASED: u32 = 3;
/// Drafts by their words, lowest first.
const DRAFTS: [&str; 3] = ["alpha", "beta", "rc"];

impl Version {
    /// Whether it comes after another one of its family.
    pub(crate) fn is_newer(&self, other: &Self) -> bool {
        self.rank > other.rank
    }
}

/// The version of an endpoint, and the id of the family of those that differ in nothing else.
pub(crate) fn of(name: &EndpointName) -> Option<(Version, Id)> {
    let mut found = None;
    let mut rest = String::with_capacity(name.template.len());
    for (at, segment) in name.template.split('/').skip(1).enumerate() {
        let version = if found.is_none() { version(segment, at == 0) } else { None };
        rest.push('/');
        match version {
            Some((kind, version)) => {
                rest.push_str(kind);
                found = Some(version);
            }
            None => rest.push_str(&without_shapes(segment)),
        }
    }
    let parts = [&name.service_id.0[..], name.method.as_bytes(), rest.as_bytes(), name.operation.as_bytes()];
    found.map(|version| (version, Id::of("family", &parts)))
}

/// A newer version may know its values in another shape: `{int}` and `{uuid}` stand for the same.
fn without_shapes(segment: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in segment.chars() {
        inside = (inside && c != '}') || c == '{';
        if !inside || c == '{' {
            out.push(c);
        }
    }
    out
}

/// A version and the placeholder of its kind: versions of two kinds cannot be compared.
fn version(segment: &str, first: bool) -> Option<(&'static str, Version)> {
    let versioned = |rank| Version { text: segment.into(), rank };
    if first && let Some(rank) = dated(segment) {
        return Some(("{dated}", versioned(rank)));
    }
    let rest = segment.strip_prefix(['v', 'V'])?;
    let (number, rest) = number(rest)?;
    let mut rank = [number, 0, 0, RELEASED];
    let draft = DRAFTS.iter().zip(0..).find_map(|(word, stage)| Some((rest.strip_prefix(word)?, stage)));
    if let Some((rest, stage)) = draft {
        let which = if rest.is_empty() { 0 } else { self::number(rest).filter(|(_, rest)| rest.is_empty())?.0 };
        // Behind all that came before the version that it is a draft of: `v1.9`, `v2beta1`, `v2`.
        return Some(("{version}", versioned([number.saturating_sub(1), u32::MAX, stage, which])));
    }
    let mut rest = rest;
    for place in [1, 2] {
        let Some(after) = rest.strip_prefix('.') else { break };
        let (number, behind) = self::number(after)?;
        *rank.get_mut(place)? = number;
        rest = behind;
    }
    rest.is_empty().then(|| ("{version}", versioned(rank)))
}

/// Up to four digits at the beginning.
fn number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    if digits.len() > 4 { None } else { Some((digits.parse().ok()?, rest)) }
}

/// `2024-01-01`, also with what follows it (`2024-01-01-preview` comes before it).
fn dated(segment: &str) -> Option<[u32; 4]> {
    let (date, rest) = segment.split_at_checked(10)?;
    let mut parts = date.split('-');
    let mut part = |digits: usize| parts.next().filter(|part| part.len() == digits)?.parse::<u32>().ok();
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    let stage = match rest {
        "" => RELEASED,
        "-preview" => 0,
        _ => return None,
    };
    let sound = (1990..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    sound.then_some([year, month, day, stage])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_path(template: &str) -> Option<(Version, Id)> {
        of(&EndpointName::new("api.example", "GET", template))
    }

    #[test]
    fn versions_of_one_path_are_a_family_in_their_order() {
        let order = ["v1alpha1", "v1beta1", "v1beta2", "v1rc1", "v1", "v1.1", "v1.10", "v2beta", "v2", "v10"];
        let all: Vec<_> = order.map(|version| of_path(&format!("/api/{version}/a/{{int}}")).unwrap()).into();
        assert!(all.windows(2).all(|pair| pair[1].0.is_newer(&pair[0].0) && pair[0].1 == pair[1].1), "{all:?}");
        let dates: Vec<_> =
            ["/2010-04-01/a", "/2024-01-01-preview/a", "/2024-01-01/a"].map(|path| of_path(path).unwrap()).into();
        assert!(dates.windows(2).all(|pair| pair[1].0.is_newer(&pair[0].0) && pair[0].1 == pair[1].1));
        assert_eq!(of_path("/v1/a/{int}").unwrap().1, of_path("/v2/a/{uuid}").unwrap().1);
    }

    #[test]
    fn what_differs_in_more_is_no_family() {
        let family = |template: &str| of_path(template).unwrap().1;
        assert_ne!(family("/v1/a"), family("/v2/b"));
        assert_ne!(family("/v1/a"), family("/api/v1/a"));
        assert_ne!(family("/v1/a"), family("/2024-01-01/a"));
        assert_ne!(family("/v1/v2/a"), family("/v1/v3/a"), "the first one counts");
        for none in ["/a", "/vat/1", "/v/a", "/v12345/a", "/v1x/a", "/a/2024-01-01", "/2024-13-01/a", "/{version}/a"] {
            assert!(of_path(none).is_none(), "{none}");
        }
    }
}
