//! `.apitapignore`: issues a team has looked at and accepts, each with its reason and the day it is looked at again.
//!
//! ```toml
//! [[ignore]]
//! detector = "shadow-endpoint"          # or "*"
//! endpoint = "GET /internal/*"          # method and path; `*` stands for anything
//! reason = "health checks of the mesh"
//! until = 2026-06-30                    # the last day it holds
//! ```

use std::path::Path;

use discovery::audit::{Issue, IssueKind};
use model::limits::{IGNORE_BYTES_MAX, IGNORE_RULES_MAX};
use serde::Deserialize;

use crate::accepted;
use crate::data::matches;
use crate::fault::Fault;

/// The file that is read when none is named.
const USUAL: &str = ".apitapignore";

/// Rules in force, and those whose day has passed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ignores {
    rules: Vec<Rule>,
    expired: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    ignore: Vec<Rule>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    detector: String,
    endpoint: String,
    reason: String,
    until: toml::value::Datetime,
}

impl Ignores {
    /// Reads the file named, else the usual one when it is there. `today` is a date as RFC 3339 writes it.
    pub(crate) fn load(path: Option<&Path>, today: &str) -> Result<Self, Fault> {
        let (path, named) = path.map_or((Path::new(USUAL), false), |path| (path, true));
        let cannot = |why: String| Fault::new("E303", format!("cannot read {}", path.display())).why(why);
        match accepted::text(path, IGNORE_BYTES_MAX).map_err(cannot)? {
            Some(text) => Self::of(&text, today).map_err(|message| {
                Fault::new("E303", format!("{}: {message}", path.display()))
                    .why("each [[ignore]] has detector, endpoint, reason and until")
            }),
            None if named => Err(cannot("there is no such file".to_owned())),
            None => Ok(Self::default()),
        }
    }

    fn of(text: &str, today: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        if file.ignore.len() > IGNORE_RULES_MAX {
            return Err(format!("more than {IGNORE_RULES_MAX} rules; `*` in an endpoint stands for anything"));
        }
        let mut out = Self::default();
        for rule in file.ignore {
            let known = rule.detector == "*" || IssueKind::ALL.iter().any(|kind| kind.as_str() == rule.detector);
            if !known {
                let near = crate::suggest::nearest(&rule.detector, IssueKind::ALL.iter().map(|kind| kind.as_str()));
                let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
                return Err(format!("unknown detector \"{}\"{hint}", rule.detector));
            }
            if !accepted::gives_reason(&rule.reason) {
                return Err(format!("the rule for \"{}\" gives no reason", rule.endpoint));
            }
            let until = accepted::last_day(&rule.until)?;
            if accepted::has_passed(until, today) {
                out.expired.push(format!("{} {} (until {until}: {})", rule.detector, rule.endpoint, rule.reason));
            } else {
                out.rules.push(rule);
            }
        }
        Ok(out)
    }

    /// Whether a rule in force accepts the issue.
    pub(crate) fn covers(&self, issue: &Issue) -> bool {
        let name = format!("{} {}", issue.method, issue.path);
        let detector = |rule: &Rule| rule.detector == "*" || rule.detector == issue.kind.as_str();
        self.rules.iter().any(|rule| detector(rule) && matches(&rule.endpoint, &name))
    }

    /// Rules whose day has passed: what they covered counts again.
    pub(crate) fn expired(&self) -> &[String] {
        &self.expired
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "[[ignore]]\ndetector = \"shadow-endpoint\"\nendpoint = \"GET /internal/*\"\nreason = \"mesh\"\nuntil = 2026-06-30\n";

    fn issue(kind: IssueKind, path: &str) -> Issue {
        Issue {
            id: model::Id([0; 16]),
            kind,
            document: 0,
            at: discovery::spec::Place::default(),
            method: "GET".into(),
            path: path.into(),
            endpoint: None,
            text: String::new(),
            seen: 1,
            of: 1,
        }
    }

    #[test]
    fn a_rule_covers_its_kind_and_paths_until_its_day() {
        let rules = Ignores::of(RULE, "2026-06-30").unwrap();
        assert!(rules.covers(&issue(IssueKind::Shadow, "/internal/health")));
        assert!(!rules.covers(&issue(IssueKind::Zombie, "/internal/health")));
        assert!(!rules.covers(&issue(IssueKind::Shadow, "/v1/internal/health")));
        let rules = Ignores::of(RULE, "2026-07-01").unwrap();
        assert!(!rules.covers(&issue(IssueKind::Shadow, "/internal/health")));
        assert_eq!(rules.expired().len(), 1);
    }

    #[test]
    fn rules_beyond_the_limit_are_refused() {
        let error = Ignores::of(&RULE.repeat(IGNORE_RULES_MAX + 1), "2026-01-01").unwrap_err();
        assert!(error.contains("more than"), "{error}");
    }

    #[test]
    fn rules_without_reason_or_end_are_refused() {
        for (text, part) in [
            (RULE.replace("reason = \"mesh\"\n", ""), "missing field `reason`"),
            (RULE.replace("\"mesh\"", "\" \""), "no reason"),
            (RULE.replace("until = 2026-06-30\n", ""), "missing field `until`"),
            (RULE.replace("shadow-endpoint", "shadow-endpiont"), "did you mean shadow-endpoint?"),
            (RULE.replace("until = 2026-06-30", "until = 10:00:00"), "no date"),
            (RULE.replace("reason", "raeson"), "unknown field"),
        ] {
            let error = Ignores::of(&text, "2026-01-01").unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
