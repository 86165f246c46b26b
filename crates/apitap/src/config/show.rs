//! `config show`: every key with its value, its origin and what it does, as a file that can be used.

use super::keys::{Accepts, KEYS};
use super::{Origin, Settings};
use crate::screens::text::inert;

/// Column in which the origins stand.
const ORIGIN_COLUMN: usize = 40;

/// The configuration as TOML. Values that are not set stand as comments.
pub(crate) fn text(settings: &Settings) -> String {
    let mut out = String::new();
    match &settings.path {
        Some(path) => out.extend([format!("# file: {}\n", inert(&path.display().to_string()))]),
        None => out.push_str("# file: none\n"),
    }
    let mut section = "";
    for (key, (value, origin)) in KEYS.iter().zip(settings.values()) {
        let Some((of, name)) = key.name.split_once('.') else { continue };
        if of != section {
            section = of;
            out.extend([format!("\n[{section}]\n")]);
        }
        out.extend([format!("# {}\n", key.doc)]);
        let written = match key.accepts {
            Accepts::Whole(..) | Accepts::Switch => value.clone(),
            Accepts::Networks => toml::Value::from(value.split(", ").collect::<Vec<_>>()).to_string(),
            _ => toml::Value::from(value.as_str()).to_string(),
        };
        let line = if value.is_empty() { format!("# {name} = \"\"") } else { format!("{name} = {}", inert(&written)) };
        let origin = match origin {
            Origin::Default => format!("default; environment: {}", key.env),
            other => other.to_string(),
        };
        out.extend([format!("{line:<ORIGIN_COLUMN$}  # {origin}\n")]);
    }
    out + &super::data_classes::shown(&settings.classes) + &super::endpoints::shown(&settings.endpoints)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_can_be_read_back() {
        let flags =
            [("capture.filter", "-f", "host \"a\\b\"".to_owned()), ("pipeline.shards", "--shards", "3".to_owned())];
        let settings = Settings::of(None, "", |_| None, &flags).unwrap();
        let shown = text(&settings);
        assert!(shown.contains("shards = 3                                # --shards\n"), "{shown}");
        assert!(shown.contains("# dir = \"\""));
        let again = Settings::of(None, &shown, |_| None, &[]).unwrap();
        let values = |settings: &Settings| settings.values().iter().map(|(value, _)| value.clone()).collect::<Vec<_>>();
        assert_eq!(values(&again), values(&settings));
    }

    #[test]
    fn every_key_is_shown_with_its_doc() {
        let shown = text(&Settings::of(None, "", |_| None, &[]).unwrap());
        assert!(KEYS.iter().all(|key| shown.contains(key.doc) && shown.contains(key.env)));
    }
}
