//! Errors for people: one sentence of what, one of why, one command to run, and a code that `docs/errors.md` explains.

use std::fmt;
use std::io;

use capture::source::SourceError;
use model::StateError;
use pipeline::PipelineError;

use crate::exit::Exit;

/// An error (`E…`), or a warning (`W…`) that does not end the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Its code: [`CODES`] lists them.
    pub code: &'static str,
    what: String,
    why: Option<String>,
    cure: Option<String>,
}

/// Every code, and how a run that meets it ends. Warnings do not end a run.
pub(crate) const CODES: &[(&str, Exit)] = &[
    ("E001", Exit::Usage),
    ("E002", Exit::Usage),
    ("E003", Exit::Usage),
    ("E004", Exit::Usage),
    ("E005", Exit::Usage),
    ("E006", Exit::Usage),
    ("E007", Exit::Usage),
    ("E008", Exit::Usage),
    ("E101", Exit::Denied),
    ("E102", Exit::Denied),
    ("E103", Exit::Denied),
    ("E104", Exit::Denied),
    ("E201", Exit::Unreadable),
    ("E202", Exit::Unreadable),
    ("E203", Exit::Unreadable),
    ("E204", Exit::Unreadable),
    ("E205", Exit::Unreadable),
    ("E206", Exit::Unreadable),
    ("E207", Exit::Unreadable),
    ("E208", Exit::Unreadable),
    ("E209", Exit::Usage),
    ("E210", Exit::Blind),
    ("E211", Exit::Blind),
    ("E212", Exit::Blind),
    ("E213", Exit::Unreadable),
    ("E214", Exit::Usage),
    ("E216", Exit::Unreadable),
    ("E217", Exit::Usage),
    ("E301", Exit::Usage),
    ("E302", Exit::Unreadable),
    ("E303", Exit::Usage),
    ("E304", Exit::Unreadable),
    ("E305", Exit::Usage),
    ("E306", Exit::Usage),
    ("E307", Exit::Usage),
    ("E308", Exit::Unreadable),
    ("E309", Exit::Unreadable),
    ("E310", Exit::Usage),
    ("E401", Exit::Usage),
    ("E402", Exit::Usage),
    ("E403", Exit::Usage),
    ("E404", Exit::Usage),
    ("E405", Exit::Unreadable),
    ("E406", Exit::Internal),
    ("E407", Exit::Usage),
    ("E408", Exit::Usage),
    ("E409", Exit::Usage),
    ("E410", Exit::Usage),
    ("E501", Exit::Internal),
    ("E502", Exit::Internal),
    ("E901", Exit::Internal),
    ("E902", Exit::Internal),
    ("E903", Exit::Internal),
    ("E904", Exit::Internal),
    ("W110", Exit::Done),
    ("W111", Exit::Done),
    ("W202", Exit::Done),
    ("W204", Exit::Done),
    ("W217", Exit::Done),
    ("W405", Exit::Done),
    ("W903", Exit::Done),
];

impl Fault {
    /// What happened: a sentence without its end.
    pub(crate) fn new(code: &'static str, what: impl Into<String>) -> Self {
        debug_assert!(CODES.iter().any(|(known, _)| *known == code), "{code} is not listed");
        Self { code, what: what.into(), why: None, cure: None }
    }

    /// Why: a sentence without its end.
    pub(crate) fn why(self, why: impl Into<String>) -> Self {
        Self { why: Some(why.into()), ..self }
    }

    /// The one command to run.
    pub(crate) fn cure(self, cure: impl Into<String>) -> Self {
        Self { cure: Some(cure.into()), ..self }
    }

    /// How the run ends.
    pub(crate) fn exit(&self) -> Exit {
        CODES.iter().find(|(code, _)| *code == self.code).map_or(Exit::Internal, |(_, exit)| *exit)
    }

    /// What any error is to a person.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        if let Some(fault) = error.downcast_ref::<Self>() {
            return fault.clone();
        }
        if let Some(fault) = error.chain().find_map(|cause| cause.downcast_ref::<SourceError>()) {
            return Self::from(fault);
        }
        if let Some(fault) = error.chain().find_map(|cause| cause.downcast_ref::<StateError>()) {
            return Self::from(fault);
        }
        if let Some(fault) = error.chain().find_map(|cause| cause.downcast_ref::<PipelineError>()) {
            return Self::from(fault);
        }
        let full = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>()).any(is_full);
        match (full, error.chain().any(<dyn std::error::Error>::is::<io::Error>)) {
            (true, _) => {
                Self::new("E502", format!("{error:#}")).cure("df -h; ulimit -f   (show which limit is reached)")
            }
            (false, true) => Self::new("E501", format!("{error:#}")),
            (false, false) => Self::new("E901", format!("{error:#}")).why("this is a fault of apitap"),
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sentence(f, &self.what)?;
        if let Some(why) = &self.why {
            f.write_str(" ")?;
            sentence(f, &capitalised(why))?;
        }
        match &self.cure {
            Some(cure) => write!(f, "\nRun: {}  [{}]", crate::screens::text::inert(cure), self.code),
            None => write!(f, "  [{}]", self.code),
        }
    }
}

impl std::error::Error for Fault {}

fn sentence(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    // Lines stay lines: what is shown of a file has several.
    let lines: Vec<String> = text.trim_end().split('\n').map(crate::screens::text::inert).collect();
    let text = lines.join("\n");
    let ended = text.ends_with(['.', '?', '!']);
    write!(f, "{text}{}", if ended { "" } else { "." })
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

impl From<&SourceError> for Fault {
    fn from(error: &SourceError) -> Self {
        let what = error.to_string();
        match error {
            SourceError::NoInput => Self::new("E001", what).cure("apitap replay FILE"),
            SourceError::Open { path, source } => {
                Self::new("E203", what).why(source.to_string()).cure(format!("ls -l {}", path.display()))
            }
            SourceError::Read { source, .. } => {
                Self::new("E204", what).why(source.to_string()).cure("dmesg | tail   (shows faults of the disk)")
            }
            SourceError::NotACapture { path, .. } => Self::new("E205", what)
                .why("apitap reads pcap, pcapng and HAR, also as gzip or zstd")
                .cure(format!("file {}", path.display())),
            SourceError::Empty { .. } | SourceError::HeaderCut { .. } => {
                Self::new("E201", what).why("was the capture stopped early?")
            }
            SourceError::Compression { path, .. } => {
                Self::new("E206", what).cure(format!("file {}   (shows how it is compressed)", path.display()))
            }
            SourceError::NoCaptureFiles { path } => Self::new("E207", what).cure(format!("ls {}", path.display())),
            SourceError::TooManyFiles { .. } => {
                Self::new("E208", what).cure("mergecap -w all.pcapng FILE…   (joins files by time)")
            }
            SourceError::Filter { .. } => Self::new("E209", what).cure("man pcap-filter"),
            SourceError::NotRepeatable { .. } => {
                Self::new("E001", what).cure("apitap replay --repeat N FILE   (a file, not a pipe)")
            }
            SourceError::WithoutPackets { path } => Self::new("E214", what)
                .why("a capture filter (-f, capture.filter) and --reader libpcap are for packets")
                .cure(format!("apitap replay {}   (--since and --until choose entries)", path.display())),
            SourceError::Libpcap { .. } => Self::new("E213", what).cure("apitap replay --reader native FILE"),
            SourceError::Device { name, reason } => device(what, name, reason),
            SourceError::Wait(source) => Self::new("E103", what).why(source.to_string()),
            _ => Self::new("E204", what),
        }
    }
}

impl From<&PipelineError> for Fault {
    fn from(error: &PipelineError) -> Self {
        match error {
            PipelineError::Source(error) => Self::from(error),
            PipelineError::State(error) => Self::from(error),
            PipelineError::Fault { .. } => Self::new("E901", error.to_string()),
            PipelineError::Thread { .. } => Self::new("E902", error.to_string()),
        }
    }
}

/// A live interface that cannot be opened or read.
fn device(what: String, name: &str, reason: &str) -> Fault {
    let lower = reason.to_ascii_lowercase();
    if ["permission", "not permitted", "cap_net_raw", "eperm"].iter().any(|word| lower.contains(word)) {
        let program = std::env::current_exe().map_or_else(|_| "apitap".to_owned(), |path| path.display().to_string());
        return Fault::new("E101", format!("cannot capture on {name}: needs CAP_NET_RAW"))
            .cure(format!("sudo setcap cap_net_raw=ep {program}   (or run it as root)"));
    }
    if ["no such device", "doesn't exist", "does not exist", "not found", "unknown interface"]
        .iter()
        .any(|word| lower.contains(word))
    {
        let up = interfaces();
        let near = crate::suggest::nearest(name, up.iter().map(String::as_str));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        let fault = Fault::new("E102", format!("no interface \"{name}\"{hint}")).cure("ip link   (lists interfaces)");
        return if up.is_empty() { fault } else { fault.why(format!("here are: {}", up.join(", "))) };
    }
    Fault::new("E103", what).cure(format!("ip link show {name}"))
}

/// Interfaces of this machine (Linux).
fn interfaces() -> Vec<String> {
    let entries = std::fs::read_dir("/sys/class/net").into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}

impl From<&StateError> for Fault {
    /// The text of a state error says what, why and what to do already, and ends in its code.
    fn from(error: &StateError) -> Self {
        let text = error.message.as_str();
        let coded = store::code(error).and_then(|code| CODES.iter().find(|(known, _)| *known == code));
        match coded {
            Some((code, _)) => Self::new(code, text.rsplit_once('[').map_or(text, |(text, _)| text)),
            None => Self::new("E901", text),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn an_error_is_what_why_and_a_command() {
        let fault =
            Fault::new("E101", "cannot capture on eth1: needs CAP_NET_RAW").why("it is a raw socket").cure("sudo x");
        assert_eq!(
            fault.to_string(),
            "cannot capture on eth1: needs CAP_NET_RAW. It is a raw socket.\nRun: sudo x  [E101]"
        );
        assert_eq!(fault.exit(), Exit::Denied);
    }

    #[test]
    fn source_errors_have_their_codes() {
        let path = || PathBuf::from("x.pcap");
        let denied = || io::Error::from(io::ErrorKind::PermissionDenied);
        for (error, code) in [
            (SourceError::NoInput, "E001"),
            (SourceError::Open { path: path(), source: denied() }, "E203"),
            (SourceError::Read { path: path(), source: denied() }, "E204"),
            (SourceError::NotACapture { path: path(), found: "text".into() }, "E205"),
            (SourceError::Empty { path: path() }, "E201"),
            (SourceError::Filter { expression: "tpc".into(), reason: "syntax error".into() }, "E209"),
            (SourceError::Device { name: "eth9".into(), reason: "No such device exists".into() }, "E102"),
            (SourceError::Device { name: "eth9".into(), reason: "Operation not permitted".into() }, "E101"),
            (SourceError::Device { name: "eth9".into(), reason: "That device is not up".into() }, "E103"),
        ] {
            let fault = Fault::of(&anyhow::Error::new(error).context("while reading"));
            assert_eq!(fault.code, code, "{fault}");
        }
    }

    #[test]
    fn hostile_names_are_inert_in_errors() {
        let error = SourceError::Empty { path: PathBuf::from("\u{1b}[2J.pcap") };
        assert!(!Fault::from(&error).to_string().contains('\u{1b}'));
    }

    #[test]
    fn lines_stay_lines_and_each_is_inert() {
        let told = Fault::new("E301", "a.yaml:1:2: wrong\n\u{1b}[2Jkey: [\n     ^").to_string();
        assert_eq!(told, "a.yaml:1:2: wrong\n\\u{1b}[2Jkey: [\n     ^.  [E301]");
    }

    #[test]
    fn every_code_is_documented_and_no_other() {
        let doc = include_str!("../../../docs/errors.md");
        let documented: Vec<&str> =
            doc.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(code, _)| code)).collect();
        let known: Vec<&str> = CODES.iter().map(|(code, _)| *code).collect();
        assert_eq!(documented, known);
    }
}
