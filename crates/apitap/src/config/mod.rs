//! The configuration: flag before environment before file before default, each value with its origin.
//!
//! One TOML file. Unknown keys are refused, and all problems are told at once. The keys stand in [`keys::KEYS`].

pub(crate) mod data_classes;
pub(crate) mod endpoints;
pub(crate) mod file;
pub(crate) mod keys;
pub(crate) mod memory;
pub(crate) mod show;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use capture::link::Checksums;
use capture::source::Filter;
use clap::ValueEnum as _;
use discovery::audit::Documents;
use model::{Callers, Id, Zone, zone};

use crate::fault::Fault;
use crate::formats::Format;
use crate::screens::look::Colour;
use keys::KEYS;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// This flag of the command line.
    Flag(&'static str),
    /// This environment variable.
    Environment(&'static str),
    /// The file, in this line.
    File(usize),
    /// Nothing else said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(flag),
            Self::Environment(name) => f.write_str(name),
            Self::File(line) => write!(f, "line {line}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value of the command line: key, flag, value.
pub(crate) type FlagValue = (&'static str, &'static str, String);

/// Every value, in the order of [`KEYS`].
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The file that was read.
    pub path: Option<PathBuf>,
    values: Vec<(String, Origin)>,
    /// What the operator says about paths.
    pub endpoints: endpoints::Endpoints,
    /// Classes of data of the operator's own.
    pub classes: data_classes::DataClasses,
}

/// Settings that cannot be used: every problem as text, and the error that sums them up.
#[derive(Debug)]
pub(crate) struct Refused {
    /// The problems with their places, ending in a line feed.
    pub problems: String,
    /// The sum.
    pub fault: Fault,
}

impl Settings {
    /// Reads file and environment, and tells all problems on standard error.
    pub(crate) fn load(file: Option<&Path>, flags: &[FlagValue]) -> Result<Self, Fault> {
        let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let path = file.map(Path::to_path_buf).or_else(|| env("APITAP_CONFIG").map(PathBuf::from)).or_else(usual_file);
        let text = match &path {
            Some(path) => std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?,
            None => String::new(),
        };
        Self::of(path, &text, env, flags).map_err(|refused| {
            eprint!("{}", refused.problems);
            refused.fault
        })
    }

    /// From the text of the file, the environment and the command line.
    pub(crate) fn of(
        path: Option<PathBuf>,
        text: &str,
        env: impl Fn(&str) -> Option<String>,
        flags: &[FlagValue],
    ) -> Result<Self, Refused> {
        let read = file::read(text);
        let shown_path = path.clone().unwrap_or_default();
        let mut problems: Vec<String> =
            read.problems.iter().map(|problem| file::shown(problem, &shown_path, text)).collect();
        let mut values: Vec<(String, Origin)> =
            KEYS.iter().map(|key| (key.default.to_owned(), Origin::Default)).collect();
        let mut set = |at: usize, value: String, origin: Origin| {
            if let Some(place) = values.get_mut(at) {
                *place = (value, origin);
            }
        };
        for (at, value, line) in read.values {
            set(at, value, Origin::File(line));
        }
        for (at, key) in KEYS.iter().enumerate() {
            let flag = flags.iter().rev().find(|(name, _, _)| *name == key.name);
            let from_env = env(key.env).map(|value| (value, Origin::Environment(key.env)));
            let given = flag.map(|(_, flag, value)| (value.clone(), Origin::Flag(flag))).or(from_env);
            match given.map(|(value, origin)| (key.checked(&value), value, origin)) {
                Some((Ok(value), _, origin)) => set(at, value, origin),
                Some((Err(expected), value, origin)) => {
                    let value = crate::screens::text::inert(&value);
                    problems.push(format!("{origin}: \"{value}\": {expected}\n"));
                }
                None => {}
            }
        }
        if problems.is_empty() {
            return Ok(Self { path, values, endpoints: read.endpoints, classes: read.classes });
        }
        let count = crate::screens::text::counted(problems.len() as u64, "problem", "problems");
        let fault = Fault::new("E002", format!("the configuration has {count}")).cure("apitap config check");
        Err(Refused { problems: problems.concat(), fault })
    }

    /// What is wrong although every value is valid by itself.
    pub(crate) fn faults(&self) -> Vec<Fault> {
        let filter = self.filter().map(Filter::new).and_then(Result::err).map(|error| Fault::from(&error));
        filter.into_iter().chain(memory::check(self).err()).collect()
    }

    /// Every value with its origin, in the order of [`KEYS`].
    pub(crate) fn values(&self) -> &[(String, Origin)] {
        &self.values
    }

    fn text(&self, name: &str) -> &str {
        let at = KEYS.iter().position(|key| key.name == name);
        debug_assert!(at.is_some(), "{name} is no key");
        at.and_then(|at| self.values.get(at)).map_or("", |(value, _)| value)
    }

    fn whole(&self, name: &str) -> u64 {
        self.text(name).parse().unwrap_or_default()
    }

    /// `capture.filter`.
    pub(crate) fn filter(&self) -> Option<&str> {
        Some(self.text("capture.filter")).filter(|filter| !filter.is_empty())
    }

    /// `capture.verify_checksums`.
    pub(crate) fn verify_checksums(&self) -> Checksums {
        match self.text("capture.verify_checksums") {
            "auto" => Checksums::Auto,
            "on" => Checksums::On,
            _ => Checksums::Off,
        }
    }

    /// `capture.key_by_tenant`.
    pub(crate) fn key_by_tenant(&self) -> bool {
        self.text("capture.key_by_tenant") == "true"
    }

    /// `zones`.
    pub(crate) fn callers(&self) -> Arc<Callers> {
        let list = |name: &str| zone::networks(self.text(name)).unwrap_or_default();
        let zones =
            [("zones.internal", Zone::Internal), ("zones.partner", Zone::Partner), ("zones.external", Zone::External)];
        let mut callers = Callers::with_zones(&zones.map(|(name, zone)| (zone, list(name))));
        callers.trusted_proxies.add(&list("zones.trusted_proxies"), ());
        callers.proxy_field = match self.text("zones.proxy_field") {
            "x-forwarded-for" => zone::ProxyField::XForwardedFor,
            "forwarded" => zone::ProxyField::Forwarded,
            _ => zone::ProxyField::Auto,
        };
        Arc::new(callers)
    }

    /// `capture.ring_mib`, in bytes.
    pub(crate) fn ring_bytes(&self) -> i32 {
        i32::try_from(self.whole("capture.ring_mib") << 20).unwrap_or(i32::MAX)
    }

    /// `capture.promiscuous`.
    pub(crate) fn promiscuous(&self) -> bool {
        self.text("capture.promiscuous") == "true"
    }

    /// `pipeline.shards`; none to choose.
    pub(crate) fn shards(&self) -> Option<usize> {
        usize::try_from(self.whole("pipeline.shards")).ok().filter(|&n| n > 0)
    }

    /// `pipeline.workers`; none to choose.
    pub(crate) fn workers(&self) -> Option<usize> {
        usize::try_from(self.whole("pipeline.workers")).ok().filter(|&n| n > 0)
    }

    /// `pipeline.checkpoint`.
    pub(crate) fn checkpoint(&self) -> Duration {
        keys::span(self.text("pipeline.checkpoint")).unwrap_or(model::limits::CHECKPOINT_SPAN)
    }

    /// `pipeline.checkpoint_work`.
    pub(crate) fn checkpoint_work(&self) -> Duration {
        keys::span(self.text("pipeline.checkpoint_work")).unwrap_or(model::limits::CHECKPOINT_WORK)
    }

    /// `inventory.learning`.
    pub(crate) fn learning(&self) -> Duration {
        keys::span(self.text("inventory.learning")).unwrap_or(model::limits::LEARNING_SPAN)
    }

    /// `inventory.specs`.
    pub(crate) fn specs(&self) -> Vec<PathBuf> {
        self.paths("inventory.specs")
    }

    /// `inventory.descriptors`.
    pub(crate) fn descriptors(&self) -> Vec<PathBuf> {
        self.paths("inventory.descriptors")
    }

    fn paths(&self, key: &str) -> Vec<PathBuf> {
        let listed = self.text(key).split(',').map(str::trim);
        listed.filter(|path| !path.is_empty()).map(PathBuf::from).collect()
    }

    /// `state.dir`.
    pub(crate) fn state_dir(&self) -> Option<PathBuf> {
        Some(self.text("state.dir")).filter(|dir| !dir.is_empty()).map(PathBuf::from)
    }

    /// `identities.file`.
    pub(crate) fn identities(&self) -> Option<PathBuf> {
        Some(self.text("identities.file")).filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    /// `output.format`.
    pub(crate) fn format(&self) -> Format {
        Format::from_str(self.text("output.format"), true).unwrap_or_default()
    }

    /// `output.color`.
    pub(crate) fn colour(&self) -> Colour {
        Colour::from_str(self.text("output.color"), true).unwrap_or_default()
    }

    /// `memory.max`, in bytes.
    pub(crate) fn memory_max(&self) -> u64 {
        keys::size(self.text("memory.max")).unwrap_or(u64::MAX)
    }

    /// Digest of all that findings depend on, for the header of a findings file: of `inventory.specs` what the documents
    /// hold, too.
    pub(crate) fn digest(&self, documents: &Documents) -> Id {
        let shaping = KEYS.iter().zip(&self.values).filter(|(key, _)| key.shapes_results);
        let mut parts: Vec<&[u8]> =
            shaping.flat_map(|(key, (value, _))| [key.name.as_bytes(), value.as_bytes()]).collect();
        let own = [endpoints::digested(&self.endpoints), data_classes::digested(&self.classes)];
        parts.extend(own.iter().flatten().map(String::as_bytes));
        let described = documents.digest().0;
        if !documents.is_empty() {
            parts.push(&described);
        }
        Id::of("configuration", &parts)
    }
}

/// The user's file, else the system's; none when neither exists.
fn usual_file() -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config"));
    let user = std::env::var_os("XDG_CONFIG_HOME").filter(|dir| !dir.is_empty()).map(PathBuf::from).or_else(home);
    let user = user.map(|dir| dir.join("apitap/apitap.toml"));
    user.into_iter().chain([PathBuf::from("/etc/apitap/apitap.toml")]).find(|path| path.is_file())
}

fn unreadable(path: &Path, error: &std::io::Error) -> Fault {
    Fault::new("E003", format!("cannot read the configuration {}", path.display()))
        .why(error.to_string())
        .cure(format!("ls -l {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str, env: &[(&str, &str)], flags: &[FlagValue]) -> Result<Settings, Refused> {
        let env = |name: &str| env.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Settings::of(Some("a.toml".into()), text, env, flags)
    }

    #[test]
    fn flag_comes_before_environment_before_file_before_default() {
        let file = "[output]\nformat = \"csv\"\n";
        let env = [("APITAP_FORMAT", "jsonl")];
        let flag = [("output.format", "--format", "json".to_owned())];
        for (text, env, flags, format, origin) in [
            ("", &[][..], &[][..], Format::Table, "default"),
            (file, &[], &[], Format::Csv, "line 2"),
            (file, &env, &[], Format::Jsonl, "APITAP_FORMAT"),
            (file, &env, &flag, Format::Json, "--format"),
        ] {
            let settings = settings(text, env, flags).unwrap();
            let at = KEYS.iter().position(|key| key.name == "output.format").unwrap();
            assert_eq!((settings.format(), settings.values()[at].1.to_string().as_str()), (format, origin));
        }
    }

    #[test]
    fn wrong_values_of_all_origins_are_told_together() {
        let refused =
            settings("[a]\n", &[("APITAP_FORMAT", "jsn")], &[("pipeline.shards", "--shards", "65".to_owned())]);
        let refused = refused.unwrap_err();
        assert_eq!(refused.fault.code, "E002");
        assert!(refused.problems.contains("a.toml:1:2: unknown section"));
        assert!(
            refused.problems.contains(
                "APITAP_FORMAT: \"jsn\": expected one of table, json, jsonl, csv, md; did you mean \"json\"?"
            )
        );
        assert!(refused.problems.contains("--shards: \"65\": expected a whole number from 0 to 64"));
        assert!(refused.fault.to_string().contains("3 problems"));
    }

    #[test]
    fn the_digest_changes_with_what_shapes_results_and_with_nothing_else() {
        let digest = |text: &str| settings(text, &[], &[]).unwrap().digest(&Documents::default());
        assert_eq!(digest(""), digest("[pipeline]\nshards = 7\n[output]\nformat = \"csv\"\n"));
        assert_eq!(digest(""), digest("[capture]\nkey_by_tenant = false\n"));
        assert_ne!(digest(""), digest("[capture]\nkey_by_tenant = true\n"));
    }

    #[test]
    fn the_digest_changes_with_every_byte_of_a_description_and_with_its_name() {
        const TEXT: &str = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {}\n";
        let digest = |documents: &[(&str, &str)]| {
            let read = |(name, text): &(&str, &str)| ((*name).to_owned(), discovery::spec::read(text).unwrap());
            let documents = Documents::new(documents.iter().map(read).collect());
            settings("", &[], &[]).unwrap().digest(&documents)
        };
        let one = digest(&[("a.yaml", TEXT)]);
        assert_eq!(one, digest(&[("a.yaml", TEXT)]));
        for other in [
            digest(&[]),
            digest(&[("b.yaml", TEXT)]),
            digest(&[("a.yaml", &format!("{TEXT}# a remark\n"))]),
            digest(&[("a.yaml", TEXT), ("b.yaml", TEXT)]),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn zones_are_lists_and_their_default_is_replaced() {
        let addr = model::flow::mapped;
        let text = "[zones]\ninternal = [\"198.51.100.0/24\", \"fd00::/8\"]\npartner = \"10.9.0.0/16\"\n\
                    trusted_proxies = [\"198.51.100.7\"]\nproxy_field = \"forwarded\"\n";
        let callers = settings(text, &[("APITAP_ZONES_PARTNER", "10.8.0.0/16")], &[]).unwrap().callers();
        let zones = [[198, 51, 100, 1], [10, 8, 0, 1], [10, 9, 0, 1]].map(|v4| callers.zone_of(&addr(v4)));
        assert_eq!(zones, [Zone::Internal, Zone::Partner, Zone::External]);
        assert!(callers.trusts(&addr([198, 51, 100, 7])) && callers.proxy_field == zone::ProxyField::Forwarded);
        for wrong in ["internal = [\"10.0.0.1/8\"]", "internal = 7", "partner = [7]"] {
            assert_eq!(settings(&format!("[zones]\n{wrong}\n"), &[], &[]).unwrap_err().fault.code, "E002", "{wrong}");
        }
        assert_eq!(settings("", &[], &[]).unwrap().callers(), Arc::default());
    }

    #[test]
    fn typed_values_are_those_of_the_file() {
        let text = "[capture]\nring_mib = 8\nfilter = \"tcp port 80\"\nverify_checksums = \"auto\"\n\
                    [pipeline]\nworkers = 3\ncheckpoint = \"90s\"\n[state]\ndir = \"/s\"\n[memory]\nmax = \"1GiB\"\n";
        let settings = settings(text, &[], &[]).unwrap();
        assert_eq!(settings.ring_bytes(), 8 << 20);
        assert_eq!(settings.filter(), Some("tcp port 80"));
        assert_eq!(settings.verify_checksums(), Checksums::Auto);
        assert_eq!((settings.shards(), settings.workers()), (None, Some(3)));
        assert_eq!(settings.checkpoint(), Duration::from_secs(90));
        assert_eq!(settings.state_dir(), Some(PathBuf::from("/s")));
        assert_eq!(settings.memory_max(), 1 << 30);
        assert!(settings.promiscuous() && !settings.key_by_tenant());
        assert_eq!(settings.faults().first().map(|fault| fault.code), Some("E008"));
    }
}
