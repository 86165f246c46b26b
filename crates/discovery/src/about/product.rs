//! Packaged products: what somebody else wrote, recognised by several weighted signs.
//!
//! In: paths of endpoints, notes of answers' fields and cookies ([`model::observation::Note`]), and records. Out: the product
//! an endpoint is of. The table is `products.toml`. Signs of all endpoints of a service add up, but an endpoint is of a product
//! only when it shows a sign of its own: beside a product there may be an API of one's own.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use model::EndpointRecord;
use model::endpoint::ProductRecord;
use serde::{Deserialize, Serialize};

/// Weight that makes a product.
const ENOUGH: u32 = 6;
/// Weight of its own that an endpoint must show.
const OWN_MIN: u32 = 2;
/// Segments that a product may be mounted below.
const MOUNTED_MAX: usize = 2;
/// Signs of one product.
const SIGNS_MAX: usize = 32;
/// Letters of a version.
const VERSION_MAX: usize = 24;

/// What a product is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// Operates systems or holds secrets.
    Admin,
    /// Holds data.
    Store,
    /// Often meant to be public.
    #[default]
    Site,
}

/// One product of the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Product {
    pub(crate) name: String,
    pub(crate) role: Role,
    sign: Vec<Sign>,
}

/// One sign: exactly one of the places is set.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Sign {
    header: String,
    says: String,
    version: bool,
    cookie: String,
    path: String,
    fields: Vec<String>,
    media: String,
    weight: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    product: Vec<Product>,
}

static TABLE: LazyLock<Vec<Product>> =
    // A test reads the table; what cannot be read tells nothing.
    LazyLock::new(|| toml::from_str::<Table>(include_str!("products.toml")).unwrap_or_default().product);

impl Sign {
    /// How it is told: `header x-jenkins`.
    fn text(&self) -> String {
        match (&*self.header, &*self.says, &*self.cookie, &*self.path, &*self.media) {
            ("", _, "", "", "") => format!("answers with {}", self.fields.join(" ")),
            ("", _, "", "", media) => format!("type {media}"),
            ("", _, "", path, _) => format!("path {path}"),
            ("", _, cookie, _, _) => format!("cookie {cookie}"),
            (header, "", ..) => format!("header {header}"),
            (header, says, ..) => format!("header {header}: {says}"),
        }
    }
}

/// Signs that were seen, as bits by product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signs {
    /// By place of the product in the table.
    bits: BTreeMap<usize, u32>,
    versions: BTreeMap<usize, Box<str>>,
}

/// How [`Signs`] are kept: by name, since the table grows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stored {
    signs: Vec<(Box<str>, Box<str>)>,
    versions: Vec<(Box<str>, Box<str>)>,
}

impl Signs {
    pub(crate) fn is_empty(&self) -> bool {
        self.bits.is_empty()
    }

    /// Takes over all of `other`; whether that was news.
    pub(crate) fn merge(&mut self, other: &Self) -> bool {
        let mut news = false;
        for (product, bits) in &other.bits {
            let mine = self.bits.entry(*product).or_default();
            news |= *mine | bits != *mine;
            *mine |= bits;
        }
        for (product, version) in &other.versions {
            // The greater text: whatever comes first, the same stays.
            if self.versions.get(product).is_none_or(|known| known < version) {
                self.versions.insert(*product, version.clone());
                news = true;
            }
        }
        news
    }

    /// Signs of a path.
    pub(crate) fn of_path(template: &str) -> Self {
        let segments: Vec<&str> = template.split('/').filter(|segment| !segment.is_empty()).collect();
        Self::by(|sign| !sign.path.is_empty() && stands(&sign.path, &segments))
    }

    /// Signs of a note: a field of an answer in lower case with what may be told of its value, or `set-cookie` with the
    /// name of a cookie.
    pub(crate) fn of_note(name: &[u8], value: &[u8]) -> Self {
        let (name, value) = (String::from_utf8_lossy(name), String::from_utf8_lossy(value).to_ascii_lowercase());
        if name == "set-cookie" {
            return Self::by(|sign| !sign.cookie.is_empty() && is(&sign.cookie, &value));
        }
        let header =
            |sign: &Sign| !sign.header.is_empty() && is(&sign.header, &name) && value.contains(sign.says.as_str());
        let mut out = Self::by(header);
        for product in out.bits.keys() {
            let signs = TABLE.get(*product).map_or(&[][..], |product| &product.sign);
            let from = signs.iter().filter(|sign| sign.version && header(sign)).find_map(|sign| {
                let at = value.find(sign.says.as_str())? + sign.says.len();
                version(value.get(at..)?)
            });
            if let Some(version) = from {
                out.versions.insert(*product, version);
            }
        }
        out
    }

    /// Signs of what is known of its answers.
    fn of_answers(record: &EndpointRecord) -> Self {
        let has = |fields: &[String]| {
            record.responses.iter().any(|response| {
                let stands = |pointer: &String| {
                    let below = |known: &str| {
                        known.strip_prefix(pointer.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('/'))
                    };
                    response.fields.iter().any(|field| below(&field.pointer))
                };
                fields.iter().all(stands)
            })
        };
        let media = |start: &str| record.response_types.keys().any(|media| media.starts_with(start));
        Self::by(|sign| {
            (!sign.fields.is_empty() && has(&sign.fields)) || (!sign.media.is_empty() && media(&sign.media))
        })
    }

    fn by(seen: impl Fn(&Sign) -> bool) -> Self {
        let mut out = Self::default();
        for (at, product) in TABLE.iter().enumerate() {
            let hits = product.sign.iter().take(SIGNS_MAX).enumerate().filter(|(_, sign)| seen(sign));
            let bits = hits.fold(0, |bits, (number, _)| bits | 1 << number);
            if bits != 0 {
                out.bits.insert(at, bits);
            }
        }
        out
    }

    fn weight(&self, product: usize) -> u32 {
        self.seen(product).map(|sign| sign.weight).sum()
    }

    fn seen(&self, product: usize) -> impl Iterator<Item = &'static Sign> + use<> {
        let bits = self.bits.get(&product).copied().unwrap_or(0);
        let signs = TABLE.get(product).map_or(&[][..], |product| &product.sign);
        signs.iter().enumerate().filter(move |(number, _)| bits & 1 << (number & 31) != 0).map(|(_, sign)| sign)
    }

    /// As it is kept.
    pub(crate) fn stored(&self) -> Stored {
        let name = |product: &usize| TABLE.get(*product).map(|product| Box::<str>::from(product.name.as_str()));
        let signs = self
            .bits
            .keys()
            .flat_map(|product| self.seen(*product).filter_map(move |sign| Some((name(product)?, sign.text().into()))));
        let versions = self.versions.iter().filter_map(|(product, version)| Some((name(product)?, version.clone())));
        Stored { signs: signs.collect(), versions: versions.collect() }
    }

    /// What was kept; signs that are no longer in the table are left out.
    pub(crate) fn restored(stored: &Stored) -> Self {
        let place = |name: &str| TABLE.iter().position(|product| product.name == name);
        let mut out = Self::default();
        for (name, text) in &stored.signs {
            let Some(at) = place(name) else { continue };
            let signs = TABLE.get(at).map_or(&[][..], |product| &product.sign);
            if let Some(number) = signs.iter().take(SIGNS_MAX).position(|sign| *sign.text() == **text) {
                *out.bits.entry(at).or_default() |= 1 << number;
            }
        }
        let versions = stored.versions.iter().filter_map(|(name, version)| Some((place(name)?, version.clone())));
        out.versions = versions.collect();
        out
    }
}

/// The product that an endpoint with signs `own` is of, in a service with signs `all`.
pub(crate) fn of(own: &Signs, all: &Signs) -> Option<&'static Product> {
    TABLE.get(place_of(own, all)?)
}

fn place_of(own: &Signs, all: &Signs) -> Option<usize> {
    let shown = own.bits.keys().copied().filter(|product| own.weight(*product) >= OWN_MIN);
    let weighed = shown.map(|product| {
        let together: u32 = {
            let mut both = all.clone();
            both.merge(own);
            both.weight(product)
        };
        (together, own.weight(product), std::cmp::Reverse(product))
    });
    let (_, _, std::cmp::Reverse(product)) = weighed.filter(|(weight, ..)| *weight >= ENOUGH).max()?;
    Some(product)
}

/// What a record says of its product.
pub(crate) fn record(record: &EndpointRecord, own: &Signs, all: &Signs) -> Option<ProductRecord> {
    let mut mine = own.clone();
    mine.merge(&Signs::of_answers(record));
    let place = place_of(&mine, all)?;
    let product = TABLE.get(place)?;
    let mut evidence: Vec<String> = mine.seen(place).map(Sign::text).collect();
    let others = all.seen(place).map(Sign::text).filter(|text| !evidence.contains(text)).collect::<Vec<_>>();
    evidence.extend(others);
    let version = all.versions.get(&place).or_else(|| mine.versions.get(&place)).map(ToString::to_string);
    Some(ProductRecord { name: product.name.clone(), version, administrative: product.is_administrative(), evidence })
}

impl Product {
    /// Whether no stranger should reach it.
    pub(crate) fn is_administrative(&self) -> bool {
        self.role != Role::Site
    }
}

/// Whether a pattern is a name, or its beginning when it ends in `*`.
fn is(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

/// Whether a pattern of segments stands in a path, below what the product may be mounted on.
fn stands(pattern: &str, segments: &[&str]) -> bool {
    let pattern: Vec<&str> = pattern.split('/').filter(|segment| !segment.is_empty()).collect();
    let (pattern, open) = match pattern.split_last() {
        Some((&"**", rest)) => (rest, true),
        _ => (&pattern[..], false),
    };
    (0..=MOUNTED_MAX).filter_map(|skipped| segments.get(skipped..)).any(|rest| {
        let fits = |(wanted, is): (&&str, &&str)| *wanted == "*" || wanted.eq_ignore_ascii_case(is);
        rest.len() >= pattern.len() && (open || rest.len() == pattern.len()) && pattern.iter().zip(rest).all(fits)
    })
}

/// The first number with a point in it, or the first number.
fn version(text: &str) -> Option<Box<str>> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let rest = text.get(start..)?;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))).unwrap_or(rest.len());
    let found = rest.get(..end.min(VERSION_MAX))?.trim_end_matches(['.', '-']);
    (!found.is_empty()).then(|| found.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Vec<Product> {
        toml::from_str::<Table>(include_str!("products.toml")).unwrap().product
    }

    #[test]
    fn every_entry_is_whole_and_recognised_by_its_own_signs() {
        let products = table();
        assert!(products.len() > 45);
        for (at, product) in products.iter().enumerate() {
            let all: u32 = product.sign.iter().map(|sign| sign.weight).sum();
            assert!(all >= ENOUGH && product.sign.len() <= SIGNS_MAX, "{}", product.name);
            assert!(products.iter().filter(|other| other.name == product.name).count() == 1, "{}", product.name);
            let mut texts: Vec<_> = product.sign.iter().map(Sign::text).collect();
            texts.sort_unstable();
            texts.dedup();
            assert_eq!(texts.len(), product.sign.len(), "{}: a sign stands twice", product.name);
            for sign in &product.sign {
                let places = [&sign.header, &sign.cookie, &sign.path, &sign.media];
                let set =
                    places.iter().filter(|place| !place.is_empty()).count() + usize::from(!sign.fields.is_empty());
                assert!(set == 1 && (1..=6).contains(&sign.weight), "{}: {sign:?}", product.name);
                assert!(sign.header.is_empty() || sign.header == sign.header.to_ascii_lowercase(), "{sign:?}");
                let concrete = |text: &str| text.replace("**", "x").replace('*', "x");
                let signs = match () {
                    () if !sign.path.is_empty() => Signs::of_path(&concrete(&sign.path)),
                    () if !sign.cookie.is_empty() => Signs::of_note(b"set-cookie", concrete(&sign.cookie).as_bytes()),
                    () if !sign.header.is_empty() => {
                        Signs::of_note(concrete(&sign.header).as_bytes(), format!("{}/1.2", sign.says).as_bytes())
                    }
                    () => continue,
                };
                assert!(signs.seen(at).any(|seen| seen.text() == sign.text()), "{}: {sign:?}", product.name);
                let kept = Signs::restored(&signs.stored());
                assert_eq!(kept, signs, "{}", product.name);
                if sign.weight >= ENOUGH {
                    assert!(of(&signs, &signs).is_some(), "{}: {sign:?}", product.name);
                }
            }
        }
    }

    #[test]
    fn signs_of_a_service_add_up_and_an_endpoint_shows_its_own() {
        let health = Signs::of_path("/management/actuator/health");
        assert_eq!(of(&health, &health).unwrap().name, "Spring Boot Actuator");
        let jenkins = Signs::of_note(b"x-jenkins", b"2.414.3");
        assert_eq!(of(&jenkins, &jenkins).unwrap().name, "Jenkins");
        assert_eq!(jenkins.versions.values().next().map(|v| &**v), Some("2.414.3"));
        let own = Signs::of_path("/v1/orders");
        assert!(of(&own, &jenkins).is_none(), "an API of one's own beside it");
        let kv = Signs::of_path("/v1/kv/{str}");
        assert!(of(&kv, &kv).is_none());
        let mut service = kv.clone();
        assert!(service.merge(&Signs::of_note(b"x-consul-index", b"")));
        assert!(!service.merge(&kv));
        assert_eq!(of(&kv, &service).unwrap().name, "Consul");
    }

    #[test]
    fn apis_that_look_alike_are_no_products() {
        for paths in [
            &["/v1/orders", "/v1/orders/{int}", "/api/search"][..],
            &["/actuator/{int}", "/actuators/{int}/state"],
            &["/v1/kv/{str}", "/v1/jobs"],
            &["/api/v1/query", "/api/v1/rules"],
            &["/api/queues", "/api/overview"],
            &["/manager/reports", "/admin/users"],
            &["/api/datasources", "/api/projects/{int}"],
            &["/v2/keys/{str}", "/v2/orders"],
            &["/job/{int}/build-status"],
            &["/api/contents/{str}", "/api/sessions"],
            &["/rest/v1/items"],
        ] {
            let each: Vec<Signs> = paths.iter().map(|path| Signs::of_path(path)).collect();
            let mut all = Signs::of_note(b"server", b"nginx/1.24.0");
            for signs in &each {
                all.merge(signs);
            }
            all.merge(&Signs::of_note(b"set-cookie", b"JSESSIONID"));
            for (signs, path) in each.iter().zip(paths) {
                assert!(of(signs, &all).is_none(), "{path}");
            }
        }
    }

    #[test]
    fn versions_are_read_from_values() {
        let of =
            |name: &str, value: &str| Signs::of_note(name.as_bytes(), value.as_bytes()).versions.into_values().next();
        for (name, value, want) in [
            ("server", "CouchDB/3.3.2 (Erlang OTP/24)", Some("3.3.2")),
            ("server", "MinIO", None),
            ("x-generator", "Drupal 10 (https://www.drupal.org)", Some("10")),
            ("x-owa-version", "15.2.1118.40", Some("15.2.1118.40")),
            ("server", "nginx/1.2", None),
        ] {
            assert_eq!(of(name, value).as_deref(), want, "{value}");
        }
    }
}
