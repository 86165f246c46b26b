//! Findings in groups: a line for each actor or endpoint, its findings beneath.
//!
//! In: findings in the order of a list, and who is behind them. Out: the same, those of one group in a row, and the groups.

use std::collections::BTreeSet;

use model::{Finding, Id, Severity};

use super::look::{Look, Tone};
use super::text;
use crate::actors::{Actors, Kind};

/// What findings are put together by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum GroupBy {
    /// Who is behind them: a caller with its addresses, a network, many callers of one endpoint.
    #[default]
    Actor,
    /// The endpoint they are about.
    Endpoint,
    /// Nothing: the gravest first.
    None,
}

/// Findings that stand in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    key: (Kind, Id),
    /// Actor or endpoint, in words.
    pub name: String,
    gravest: Severity,
    /// How many.
    pub findings: usize,
    /// Addresses that the name does not say.
    from: BTreeSet<String>,
}

/// Addresses shown of one group.
const ADDRESSES_SHOWN: usize = 3;

/// Those of one group in a row, groups in the order of their first finding; and the groups, none when there is nothing to
/// group by.
pub(crate) fn grouped<'a>(findings: &[&'a Finding], by: GroupBy, actors: &Actors) -> (Vec<&'a Finding>, Vec<Group>) {
    let mut groups: Vec<(Group, Vec<&Finding>)> = Vec::new();
    for finding in findings {
        let Some(group) = group_of(finding, by, actors) else { return (findings.to_vec(), Vec::new()) };
        match groups.iter_mut().find(|(known, _)| known.key == group.key) {
            Some((known, members)) => {
                known.gravest = known.gravest.max(group.gravest);
                known.findings += 1;
                known.from.extend(group.from);
                members.push(finding);
            }
            None => groups.push((group, vec![finding])),
        }
    }
    let order = groups.iter().flat_map(|(_, members)| members.iter().copied()).collect();
    (order, groups.into_iter().map(|(group, _)| group).collect())
}

fn group_of(finding: &Finding, by: GroupBy, actors: &Actors) -> Option<Group> {
    let subject = &finding.subject;
    let (key, name, from) = match by {
        GroupBy::None => return None,
        GroupBy::Actor => {
            let actor = actors.get(finding);
            let from = if actor.kind == Kind::Identity { subject.addresses.clone() } else { Vec::new() };
            ((actor.kind, actor.id), actor.name, from)
        }
        GroupBy::Endpoint if subject.endpoint_name.is_empty() && subject.endpoint.is_none() => {
            ((Kind::Network, Id::default()), "no single endpoint".to_owned(), Vec::new())
        }
        GroupBy::Endpoint => {
            let id = Id::of("name", &[subject.endpoint_name.as_bytes()]);
            ((Kind::Endpoint, subject.endpoint.unwrap_or(id)), subject.endpoint_name.clone(), Vec::new())
        }
    };
    Some(Group { key, name, gravest: finding.severity, findings: 1, from: from.into_iter().collect() })
}

/// Puts a line before the rows of each group of several findings.
pub(crate) fn with_headings(table: &str, groups: &[Group], look: &Look) -> String {
    let mut lines = table.lines();
    let mut out = String::with_capacity(table.len() * 2);
    let mut push = |line: &str| out.extend([line, "\n"]);
    lines.next().into_iter().for_each(&mut push);
    for group in groups {
        if group.findings > 1 {
            push(&group.heading(look));
        }
        lines.by_ref().take(group.findings).for_each(&mut push);
    }
    out
}

impl Group {
    /// `token 5E1C4A from 203.0.113.7: 3 findings, gravest high`.
    fn heading(&self, look: &Look) -> String {
        let from: Vec<&str> = self.from.iter().take(ADDRESSES_SHOWN).map(String::as_str).collect();
        let more = self.from.len().saturating_sub(from.len());
        let from = if from.is_empty() { String::new() } else { format!(" from {}", from.join(", ")) };
        let more = if more == 0 { String::new() } else { format!(" (+{more})") };
        let count = text::counted(self.findings as u64, "finding", "findings");
        let told = format!(": {count}, gravest {}", self.gravest.as_str());
        let room = look.width.map_or(usize::MAX, |width| width.saturating_sub(told.chars().count()));
        let name = text::cut_middle(&text::inert(&format!("{}{from}{more}", self.name)), room);
        format!(
            "{}: {count}, gravest {}",
            look.toned(&name, Tone::Heading),
            look.toned(self.gravest.as_str(), Tone::Severity(self.gravest))
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_of_one_actor_stand_together_and_the_gravest_group_is_first() {
        let finding = |n: u8, severity, address: &str| Finding {
            id: Id([n; 16]),
            severity,
            subject: model::Subject {
                kind: "network".into(),
                addresses: vec![address.to_owned()],
                ..model::Subject::default()
            },
            ..Finding::default()
        };
        let all = [
            finding(1, Severity::High, "192.0.2.1"),
            finding(2, Severity::Medium, "192.0.2.2"),
            finding(3, Severity::Low, "192.0.2.1"),
        ];
        let listed: Vec<&Finding> = all.iter().collect();
        let actors = Actors::of(&all);
        let (order, groups) = grouped(&listed, GroupBy::Actor, &actors);
        assert_eq!(order.iter().map(|finding| finding.id.0[0]).collect::<Vec<_>>(), [1, 3, 2]);
        assert_eq!(groups.iter().map(|group| group.findings).collect::<Vec<_>>(), [2, 1]);
        let shown = with_headings("HEAD\n  a\n  b\nc\n", &groups, &Look::terminal(80));
        assert_eq!(shown, "HEAD\n192.0.2.1: 2 findings, gravest high\n  a\n  b\nc\n");
        let (order, groups) = grouped(&listed, GroupBy::None, &actors);
        assert_eq!((order, groups), (listed.clone(), Vec::new()));
        assert_eq!(grouped(&listed, GroupBy::Endpoint, &actors).1.len(), 1);
    }
}
