//! Acknowledged findings: looked at, accepted, and left out of lists until a day, or until they become graver.
//!
//! Kept beside what they are about: in a state as `acks.toml`, beside `shop.findings` as `shop.findings.acks.toml`. A run
//! neither reads nor writes them, so they change no record.
//!
//! ```toml
//! [[ack]]
//! finding = "F-208D518CSN38GGD02KN04KA73M"
//! severity = "high"              # then; a graver one is shown again
//! reason = "load test of the shop team"
//! until = 2026-06-30             # the last day it holds; without it for good
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use model::limits::{ACK_REASON_BYTES_MAX, ACKS_BYTES_MAX, ACKS_MAX};
use model::{Finding, Id, Severity};
use serde::Deserialize;
use toml::value::Datetime;

use crate::accepted;
use crate::fault::Fault;
use crate::screens::ids::long_finding;
use crate::screens::text;

/// Name of the file in a state, and end of its name beside a findings file.
const NAME: &str = "acks.toml";

/// One finding that was acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ack {
    /// How grave it was then.
    pub severity: Severity,
    /// Why it is accepted.
    pub reason: String,
    /// The last day it holds.
    pub until: Option<toml::value::Date>,
}

/// Whether an acknowledgement keeps its finding out of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It does.
    Holds,
    /// Its last day has passed.
    Ended,
    /// The finding has become graver since.
    Graver,
}

/// All that were acknowledged of one state or findings file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Acks {
    path: Option<PathBuf>,
    entries: BTreeMap<Id, Ack>,
    /// Date of today as RFC 3339 writes it.
    today: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    ack: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    finding: String,
    severity: Severity,
    reason: String,
    until: Option<Datetime>,
}

impl Acks {
    /// Those beside the state or findings file at `source`; standard input has none.
    pub(crate) fn beside(source: &Path, today: String) -> Result<Self, Fault> {
        if source.as_os_str() == "-" {
            return Ok(Self { today, ..Self::default() });
        }
        let path = place(source);
        let cannot = |why: String| {
            Fault::new("E307", format!("cannot read {}", path.display()))
                .why(why)
                .cure(format!("mv {0} {0}.old   (forgets what was acknowledged)", path.display()))
        };
        let entries = match accepted::text(&path, ACKS_BYTES_MAX).map_err(cannot)? {
            Some(text) => read(&text).map_err(cannot)?,
            None => BTreeMap::new(),
        };
        Ok(Self { path: Some(path), entries, today })
    }

    /// What was said of a finding, and whether it holds.
    pub(crate) fn of(&self, finding: &Finding) -> Option<(&Ack, Standing)> {
        let ack = self.entries.get(&finding.id)?;
        let standing = if ack.until.is_some_and(|until| accepted::has_passed(until, &self.today)) {
            Standing::Ended
        } else if finding.severity > ack.severity {
            Standing::Graver
        } else {
            Standing::Holds
        };
        Some((ack, standing))
    }

    /// The reason, when it holds.
    pub(crate) fn holds(&self, finding: &Finding) -> Option<&str> {
        self.of(finding).filter(|(_, standing)| *standing == Standing::Holds).map(|(ack, _)| ack.reason.as_str())
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Acknowledges a finding, or says it anew.
    pub(crate) fn put(&mut self, id: Id, ack: Ack) -> Result<(), Fault> {
        self.checked(&ack)?;
        if self.entries.len() >= ACKS_MAX && !self.entries.contains_key(&id) {
            return Err(Fault::new(
                "E307",
                format!("more than {} findings are acknowledged", text::grouped(ACKS_MAX as u64)),
            )
            .why("a list of exceptions so long is no longer read")
            .cure("apitap findings acks   (lists them; findings ack ID --undo takes one back)"));
        }
        self.entries.insert(id, ack);
        self.write()
    }

    /// Takes one back. Whether there was one.
    pub(crate) fn undo(&mut self, id: &Id) -> Result<bool, Fault> {
        let there = self.entries.remove(id).is_some();
        if there {
            self.write()?;
        }
        Ok(there)
    }

    fn checked(&self, ack: &Ack) -> Result<(), Fault> {
        let wrong = if !accepted::gives_reason(&ack.reason) {
            "the reason says nothing".to_owned()
        } else if ack.reason.len() > ACK_REASON_BYTES_MAX {
            format!("the reason is longer than {ACK_REASON_BYTES_MAX} bytes")
        } else if ack.reason.chars().any(text::steers) {
            "the reason has a character that does not print".to_owned()
        } else if let Some(until) = ack.until.filter(|until| accepted::has_passed(*until, &self.today)) {
            format!("{until} has passed; today is {}", self.today)
        } else {
            return Ok(());
        };
        Err(Fault::new("E001", wrong).cure("apitap findings ack ID --reason TEXT --until DATE"))
    }

    /// Writes all under another name first: a crash between leaves the old ones.
    fn write(&self) -> Result<(), Fault> {
        let Some(path) = &self.path else {
            return Err(Fault::new("E001", "findings of standard input cannot be acknowledged")
                .why("there is no file to keep it beside")
                .cure("apitap findings ack ID FILE --reason TEXT"));
        };
        let part = path.with_extension("toml.new");
        let written = write_new(&part, &self.text()).and_then(|()| fs::rename(&part, path));
        written.map_err(|error| {
            // Another command of the same moment has the name; whatever else failed leaves none behind.
            if error.kind() != io::ErrorKind::AlreadyExists {
                drop(fs::remove_file(&part));
            }
            let cure = format!("ls -l {}   (left over from a command that was killed: rm it)", part.display());
            Fault::new("E501", format!("cannot write {}", path.display())).why(error.to_string()).cure(cure)
        })
    }

    fn text(&self) -> String {
        let mut out = "# Acknowledged findings; `apitap findings ack` writes this file.\n".to_owned();
        for (id, ack) in &self.entries {
            // JSON escapes the same as TOML, and what TOML refuses beyond that is refused in a reason.
            let reason = serde_json::Value::from(ack.reason.as_str());
            let (name, severity) = (long_finding(*id), ack.severity.as_str());
            let _infallible =
                write!(out, "\n[[ack]]\nfinding = \"{name}\"\nseverity = \"{severity}\"\nreason = {reason}\n");
            if let Some(until) = ack.until {
                let _infallible = writeln!(out, "until = {until}");
            }
        }
        out
    }
}

fn place(source: &Path) -> PathBuf {
    if source.is_dir() {
        return source.join(NAME);
    }
    let mut name = source.as_os_str().to_owned();
    name.push(".");
    name.push(NAME);
    name.into()
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn read(text: &str) -> Result<BTreeMap<Id, Ack>, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    if file.ack.len() > ACKS_MAX {
        return Err(format!("it has more than {} entries", text::grouped(ACKS_MAX as u64)));
    }
    let mut entries = BTreeMap::new();
    for Entry { finding, severity, reason, until } in file.ack {
        let digits = finding.strip_prefix("F-").unwrap_or(&finding);
        let id = Id::from_base32(digits).ok_or_else(|| format!("finding = \"{finding}\" is no id"))?;
        if !accepted::gives_reason(&reason) {
            return Err(format!("the entry for {finding} gives no reason"));
        }
        let until = until.as_ref().map(accepted::last_day).transpose()?;
        entries.insert(id, Ack { severity, reason, until });
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(severity: Severity) -> Finding {
        Finding { id: Id::of("finding", &[b"f"]), severity, ..Finding::default() }
    }

    fn ack(reason: &str, until: Option<&str>) -> Ack {
        let until = until.map(|until| until.parse::<Datetime>().unwrap().date.unwrap());
        Ack { severity: Severity::Medium, reason: reason.into(), until }
    }

    fn beside(dir: &Path, today: &str) -> Acks {
        Acks::beside(dir, today.to_owned()).unwrap()
    }

    #[test]
    fn an_acknowledgement_holds_until_its_day_or_until_the_finding_is_graver() {
        let dir = tempfile::tempdir().unwrap();
        let id = finding(Severity::Low).id;
        beside(dir.path(), "2026-06-01").put(id, ack("\"load\" test \\ \u{fc}", Some("2026-06-30"))).unwrap();
        let standing = |today: &str, severity| beside(dir.path(), today).of(&finding(severity)).unwrap().1;
        assert_eq!(standing("2026-06-30", Severity::Medium), Standing::Holds);
        assert_eq!(standing("2026-07-01", Severity::Medium), Standing::Ended);
        assert_eq!(standing("2026-06-30", Severity::High), Standing::Graver);
        let mut acks = beside(dir.path(), "2026-06-30");
        assert_eq!(acks.holds(&finding(Severity::Low)), Some("\"load\" test \\ \u{fc}"));
        assert_eq!((acks.undo(&id).unwrap(), acks.undo(&id).unwrap()), (true, false));
        assert_eq!(beside(dir.path(), "2026-06-30").len(), 0);
        let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, [NAME]);
    }

    #[test]
    fn what_says_nothing_or_has_passed_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let mut acks = beside(dir.path(), "2026-06-01");
        let long = "x".repeat(ACK_REASON_BYTES_MAX + 1);
        for (ack, part) in [
            (ack(" ", None), "says nothing"),
            (ack(&long, None), "longer than"),
            (ack("a\u{1b}[2J", None), "does not print"),
            (ack("a", Some("2026-05-31")), "has passed"),
        ] {
            let fault = acks.put(finding(Severity::Low).id, ack).unwrap_err().to_string();
            assert!(fault.contains(part), "{fault}");
        }
        for n in 0..ACKS_MAX {
            acks.entries.insert(Id::of("n", &[&n.to_be_bytes()]), ack("a", None));
        }
        assert!(acks.put(finding(Severity::Low).id, ack("a", None)).is_err());
        assert!(acks.text().len() as u64 <= ACKS_BYTES_MAX, "what is written can be read");
    }

    #[test]
    fn a_file_that_was_spoiled_says_why() {
        let good = "[[ack]]\nfinding = \"F-208D518CSN38GGD02KN04KA73M\"\nseverity = \"high\"\nreason = \"a\"\n";
        assert_eq!(read(good).unwrap().len(), 1);
        for (text, part) in [
            (good.replace("F-208D", "F-2U8D"), "is no id"),
            (good.replace("\"a\"", "\"\""), "no reason"),
            (good.replace("high", "grave"), "unknown variant"),
            (good.replace("reason", "raeson"), "unknown field"),
            (format!("{good}until = 10:00:00\n"), "no date"),
        ] {
            let why = read(&text).unwrap_err();
            assert!(why.contains(part), "{why}");
        }
    }
}
