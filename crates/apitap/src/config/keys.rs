//! Every key of the configuration: its name, what it does, its default, and what it accepts.

use std::time::Duration;

/// What a value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accepts {
    /// Any text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number within bounds.
    Whole(u64, u64),
    /// `true` or `false`.
    Switch,
    /// A span of time within bounds: `90s`, `5m`, `1h`.
    Span(Duration, Duration),
    /// A size: `512MiB`, `4GiB`.
    Size,
    /// Networks: a list of `10.0.0.0/8`, or one text with commas between them.
    Networks,
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    /// `section.name`.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub doc: &'static str,
    /// Value when nothing else says; empty for "not set".
    pub default: &'static str,
    /// What it accepts.
    pub accepts: Accepts,
    /// Environment variable that sets it.
    pub env: &'static str,
    /// Whether findings depend on it, so that it is part of the configuration's digest.
    pub shapes_results: bool,
}

/// Every key, section by section.
pub(crate) const KEYS: &[Key] = &[
    Key {
        name: "capture.filter",
        doc: "Capture filter in pcap syntax; frames it leaves out are counted as frames.ignored.filtered.",
        default: "",
        accepts: Accepts::Text,
        env: "APITAP_CAPTURE_FILTER",
        shapes_results: true,
    },
    Key {
        name: "capture.verify_checksums",
        doc: "Whether TCP checksums are judged: off, auto (a sender whose checksums are mostly right) or on.",
        default: "off",
        accepts: Accepts::Word(&["off", "auto", "on"]),
        env: "APITAP_CAPTURE_VERIFY_CHECKSUMS",
        shapes_results: true,
    },
    Key {
        name: "capture.key_by_tenant",
        doc: "Make the VLAN, VNI or tunnel id part of what names a flow.",
        default: "false",
        accepts: Accepts::Switch,
        env: "APITAP_CAPTURE_KEY_BY_TENANT",
        shapes_results: true,
    },
    Key {
        name: "capture.ring_mib",
        doc: "Live only: MiB of the kernel's ring for each interface.",
        default: "64",
        accepts: Accepts::Whole(1, 2_047),
        env: "APITAP_CAPTURE_RING_MIB",
        shapes_results: false,
    },
    Key {
        name: "capture.promiscuous",
        doc: "Live only: see frames that are not addressed to the interface.",
        default: "true",
        accepts: Accepts::Switch,
        env: "APITAP_CAPTURE_PROMISCUOUS",
        shapes_results: false,
    },
    Key {
        name: "zones.internal",
        doc: "Networks of your own; the longest network that holds an address counts, and all others are external.",
        default: model::zone::INTERNAL_USUALLY,
        accepts: Accepts::Networks,
        env: "APITAP_ZONES_INTERNAL",
        shapes_results: true,
    },
    Key {
        name: "zones.partner",
        doc: "Networks of known other parties.",
        default: "",
        accepts: Accepts::Networks,
        env: "APITAP_ZONES_PARTNER",
        shapes_results: true,
    },
    Key {
        name: "zones.external",
        doc: "Networks that are external although they lie in a network of another zone.",
        default: "",
        accepts: Accepts::Networks,
        env: "APITAP_ZONES_EXTERNAL",
        shapes_results: true,
    },
    Key {
        name: "zones.trusted_proxies",
        doc: "Networks of proxies whose Forwarded or X-Forwarded-For field names the caller; nobody else's is read. While empty, it is \
              read of senders in the internal zone.",
        default: "",
        accepts: Accepts::Networks,
        env: "APITAP_ZONES_TRUSTED_PROXIES",
        shapes_results: true,
    },
    Key {
        name: "zones.proxy_field",
        doc: "Field in which trusted proxies name the caller: auto (x-forwarded-for when sent, else forwarded), or one.",
        default: "auto",
        accepts: Accepts::Word(&["auto", "x-forwarded-for", "forwarded"]),
        env: "APITAP_ZONES_PROXY_FIELD",
        shapes_results: true,
    },
    Key {
        name: "pipeline.shards",
        doc: "Threads that read flows, 1 to 64; 0 chooses by the number of cores. Results do not depend on it.",
        default: "0",
        accepts: Accepts::Whole(0, 64),
        env: "APITAP_PIPELINE_SHARDS",
        shapes_results: false,
    },
    Key {
        name: "pipeline.workers",
        doc: "Threads that judge behaviour, 1 to 64; 0 chooses by the number of cores. Results do not depend on it.",
        default: "0",
        accepts: Accepts::Whole(0, 64),
        env: "APITAP_PIPELINE_WORKERS",
        shapes_results: false,
    },
    Key {
        name: "pipeline.checkpoint",
        doc: "Packet time between two checkpoints of the state, 1s to 1h.",
        default: "5m",
        accepts: Accepts::Span(Duration::from_secs(1), Duration::from_hours(1)),
        env: "APITAP_PIPELINE_CHECKPOINT",
        shapes_results: false,
    },
    Key {
        name: "pipeline.checkpoint_work",
        doc: "Time a replay works at least between two checkpoints, 0s to 1h: a crash costs so much. Results do not depend on it.",
        default: "5s",
        accepts: Accepts::Span(Duration::ZERO, Duration::from_hours(1)),
        env: "APITAP_PIPELINE_CHECKPOINT_WORK",
        shapes_results: false,
    },
    Key {
        name: "inventory.learning",
        doc: "Packet time a service or endpoint is watched before what it does for the first time is told, 1h to 90d.",
        default: "7d",
        accepts: Accepts::Span(Duration::from_hours(1), Duration::from_hours(90 * 24)),
        env: "APITAP_INVENTORY_LEARNING",
        shapes_results: true,
    },
    Key {
        name: "inventory.specs",
        doc: "API descriptions (OpenAPI) to hold the traffic against while it passes: files, separated by commas.",
        default: "",
        accepts: Accepts::Text,
        env: "APITAP_INVENTORY_SPECS",
        shapes_results: true,
    },
    Key {
        name: "inventory.descriptors",
        doc: "Descriptor sets of gRPC (protoc --descriptor_set_out), which name fields and methods: files, separated by commas.",
        default: "",
        accepts: Accepts::Text,
        env: "APITAP_INVENTORY_DESCRIPTORS",
        shapes_results: true,
    },
    Key {
        name: "identities.file",
        doc: "Identity book: a label, a tab and a credential or claim on each line. Findings show the labels of known callers.",
        default: "",
        accepts: Accepts::Text,
        env: "APITAP_IDENTITIES",
        shapes_results: false,
    },
    Key {
        name: "state.dir",
        doc: "Directory of the state: what was learned, the inventory, the findings and the key of the pseudonyms.",
        default: "",
        accepts: Accepts::Text,
        env: "APITAP_STATE",
        shapes_results: false,
    },
    Key {
        name: "output.format",
        doc: "How lists are written: table, json, jsonl, csv or md.",
        default: "table",
        accepts: Accepts::Word(&["table", "json", "jsonl", "csv", "md"]),
        env: "APITAP_FORMAT",
        shapes_results: false,
    },
    Key {
        name: "output.color",
        doc: "When colours are used: auto, always or never. NO_COLOR is obeyed too.",
        default: "auto",
        accepts: Accepts::Word(&["auto", "always", "never"]),
        env: "APITAP_COLOR",
        shapes_results: false,
    },
    Key {
        name: "memory.max",
        doc: "Most memory that all limits together may come to; above it apitap refuses to start.",
        default: "8GiB",
        accepts: Accepts::Size,
        env: "APITAP_MEMORY_MAX",
        shapes_results: false,
    },
];

impl Key {
    /// Checks a value and brings it into its one form. The error says what was expected.
    pub(crate) fn checked(&self, value: &str) -> Result<String, String> {
        let value = value.trim();
        match self.accepts {
            Accepts::Text => Ok(value.to_owned()),
            Accepts::Word(words) if words.contains(&value) => Ok(value.to_owned()),
            Accepts::Word(words) => {
                let near = crate::suggest::nearest(value, words.iter().copied());
                let hint = near.map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"));
                Err(format!("expected one of {}{hint}", words.join(", ")))
            }
            Accepts::Whole(min, max) => match value.replace('_', "").parse::<u64>() {
                Ok(n) if (min..=max).contains(&n) => Ok(n.to_string()),
                _ => Err(format!("expected a whole number from {min} to {max}")),
            },
            Accepts::Switch if matches!(value, "true" | "false") => Ok(value.to_owned()),
            Accepts::Switch => Err("expected true or false".to_owned()),
            Accepts::Span(min, max) => match span(value) {
                Some(span) if (min..=max).contains(&span) => Ok(value.to_owned()),
                _ => Err(format!("expected a span from {} to {}, such as 5m", shown(min), shown(max))),
            },
            Accepts::Size => match size(value) {
                Some(_) => Ok(value.to_owned()),
                None => Err("expected a size such as 512MiB or 4GiB".to_owned()),
            },
            // Once checked, a list reads the same with commas and one blank between.
            Accepts::Networks => model::zone::networks(value).map(|_| {
                let parts = value.split([',', ' ', '\t', '\n']).filter(|part| !part.is_empty());
                parts.collect::<Vec<_>>().join(", ")
            }),
        }
    }
}

fn shown(span: Duration) -> String {
    match span.as_secs() {
        seconds if seconds >= 2 * 86_400 && seconds.is_multiple_of(86_400) => format!("{}d", seconds / 86_400),
        seconds if seconds >= 3_600 && seconds.is_multiple_of(3_600) => format!("{}h", seconds / 3_600),
        seconds if seconds >= 60 && seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        seconds => format!("{seconds}s"),
    }
}

/// `90s`, `5m`, `1h`, `500ms`, `2d`.
pub(crate) fn span(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    let millis: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(millis).map(Duration::from_millis)
}

/// `512MiB`, `4GiB`, `4GB`, `1048576`.
pub(crate) fn size(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let factor: u64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "kib" => 1 << 10,
        "mb" => 1_000_000,
        "mib" => 1 << 20,
        "gb" => 1_000_000_000,
        "gib" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

fn split(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(at)?;
    Some((number.parse().ok()?, unit.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_valid_and_every_name_once() {
        let mut names: Vec<_> = KEYS.iter().map(|key| key.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KEYS.len());
        for key in KEYS {
            assert_eq!(key.checked(key.default).as_deref(), Ok(key.default), "{}", key.name);
        }
    }

    #[test]
    fn spans_and_sizes_are_read() {
        for (text, expected) in
            [("5m", Some(300_000)), ("90s", Some(90_000)), ("1h", Some(3_600_000)), ("5", None), ("m", None)]
        {
            assert_eq!(span(text).map(|s| s.as_millis() as u64), expected, "{text}");
        }
        for (text, expected) in [
            ("4GiB", Some(4 << 30)),
            ("512 MiB", Some(512 << 20)),
            ("7", Some(7)),
            ("4 GiBs", None),
            ("99999999999GiB", None),
        ] {
            assert_eq!(size(text), expected, "{text}");
        }
    }
}
