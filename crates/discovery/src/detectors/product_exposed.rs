//! An administrative product that answers a caller from outside (OWASP API8:2023, CWE-1188).
//!
//! Judged: a whole success given to an external caller by an endpoint of a packaged product that operates systems or holds
//! data ([`crate::about::product`]). Of one product in one service the endpoint reached first is told, and the calls of others
//! are not told again.

use std::time::Duration;

use model::finding::{Finding, Severity};
use serde::{Deserialize, Serialize};

use super::{Call, Cause, Detector, Info, Memory, Report, fact};
use crate::catalog::Facts;

/// How sure it is: several signs, each with its weight, and addresses that may be those of a proxy.
const CONFIDENCE: f32 = 0.85;

/// The detector.
#[derive(Debug)]
pub(crate) struct ProductExposed;

static INFO: Info = Info {
    id: "product-exposed",
    version: 1,
    subject: "endpoint",
    quiet: Duration::from_hours(24),
    doc: "detectors/product-exposed.md",
    owasp: &["API8:2023"],
    cwe: &["CWE-1188"],
    attack: &["T1190"],
    next: "Take it off the way from outside. Its code is not yours to change: until then allow known callers only, at the \
           gateway, and check its version against its maker's advisories.",
};

/// What is remembered of one endpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Exposed {
    /// The product it was told for; empty when it was not.
    #[serde(default)]
    product: Box<str>,
    /// Successful calls from outside, with and without credentials.
    #[serde(default)]
    with: u64,
    #[serde(default)]
    without: u64,
}

impl Exposed {
    pub(crate) fn merge(&mut self, other: &Self) {
        if self.product.is_empty() {
            self.product.clone_from(&other.product);
        }
        self.with += other.with;
        self.without += other.without;
    }
}

impl Detector for ProductExposed {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn judge(&self, call: &Call<'_>, memory: &Memory) -> Option<Cause> {
        let product = call.product.filter(|product| product.is_administrative())?;
        let first = memory.exposed.product.is_empty();
        if !call.is_whole_success() || (first && call.service.exposed.contains(&product.name)) {
            return None;
        }
        let severity = if call.seen.row.auth.is_empty() { Severity::High } else { Severity::Medium };
        Some(Cause { severity, ..Cause::default() })
    }

    fn train(&self, call: &Call<'_>, memory: &mut Memory, told: bool) {
        let Some(product) = call.product.filter(|_| told) else { return };
        let known = &mut memory.exposed;
        if known.product.is_empty() {
            known.product = product.name.as_str().into();
        }
        if call.seen.row.auth.is_empty() {
            known.without += 1;
        } else {
            known.with += 1;
        }
    }

    fn report(&self, _: &Facts, memory: &Memory, finding: &Finding) -> Report {
        let (known, n) = (&memory.exposed, finding.count);
        let product = &known.product;
        let calls = if n == 1 { "1 call".to_owned() } else { format!("{n} calls") };
        Report {
            confidence: CONFIDENCE,
            title: format!("{product} answered {calls} from outside with success"),
            expected: vec![fact("external_calls_expected", 0, format!("no stranger reaches {product}"))],
            observed: vec![
                fact("external_calls", n, format!("{calls} from outside, answered with 2xx")),
                fact("without_credentials", known.without, format!("{} of them without credentials", known.without)),
            ],
            ruled_out: vec![
                "a probe that was refused: it was answered with success".into(),
                "an API of one's own with a like path: several signs of the product agree".into(),
            ],
            ..Report::default()
        }
    }
}
