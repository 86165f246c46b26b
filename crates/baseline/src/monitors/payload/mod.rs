//! Payloads of attacks, told by network: injection, path traversal, JNDI look-ups, server-side request forgery.
//!
//! | module | what |
//! |---|---|
//! | [`tried`] | what one network tried |
//! | [`usual`] | which payloads are usual on an endpoint, under which names |
//!
//! Judged: rules that values of the request match (`model::payload`), and what the answer shows. One certain rule is a finding,
//! a strong one where several callers do not send the like under that name, weak ones when several come together.

mod tried;
mod usual;
mod waits;

use std::marker::PhantomData;
use std::time::Duration;

use model::finding::{DetectorInfo, Severity};
use model::life::Report;
use model::payload::{Rule, Weight, by_number};
use model::{CallOut, PayloadClass, Signal, SignalKind};

use super::monitor::network;
use super::{About, Call, Concern, Key, Monitor, Verdict};
use tried::Tried;
use usual::Usual;

/// Points of what was tried from which on it is a finding: one strong rule, or weak ones of several calls.
const POINTS_MIN: u32 = 4;

/// Classes of payloads that one monitor tells.
pub(crate) trait Family: Send + 'static {
    /// What the monitor is.
    const INFO: DetectorInfo;
    /// What the finding calls it.
    const WHAT: &'static str;

    /// Whether the class belongs to it.
    fn takes(class: PayloadClass) -> bool;
}

/// The monitor of one family.
pub(crate) struct Payload<F>(PhantomData<F>);

impl<F: Family> Payload<F> {
    fn signals<'a>(call: &Call<'a>, kind: SignalKind) -> impl Iterator<Item = (&'a Signal, &'static Rule)> {
        let rule = move |signal: &'a Signal| {
            let rule = by_number(signal.value).filter(|rule| signal.kind == kind && F::takes(rule.class))?;
            Some((signal, rule))
        };
        call.seen.signals().iter().filter_map(rule)
    }
}

impl<F: Family> Monitor for Payload<F> {
    type Common = Usual;
    type Model = Tried;

    const AT_WORK: Severity = Severity::Medium;
    const INFO: DetectorInfo = F::INFO;
    const ATTEMPTS: bool = true;
    const STREAMS: bool = true;

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let tried = call.row().signals.len > 0 && Self::signals(call, SignalKind::Payload).next().is_some();
        let waits = || call.row().streamed.is_none() && waits::looks_at(call.row());
        if !(tried || F::takes(PayloadClass::Sql) && waits()) {
            return None;
        }
        let subject = tried.then(|| Key::of(call.network()));
        let common = call.endpoint.map(Key::endpoint);
        (subject.is_some() || common.is_some()).then_some(Concern { subject, common })
    }

    fn judge(call: &Call<'_>, usual: Option<&Usual>, tried: &mut Tried, open: bool) -> Verdict {
        tried.forget(call.now(), open);
        let shown = Self::signals(call, SignalKind::Proof).next().is_some();
        let (mut points, mut new, mut any) = (0, 0, false);
        for (signal, rule) in Self::signals(call, SignalKind::Payload) {
            let name = call.seen.text(signal.name);
            if rule.weight == Weight::Mention && !shown {
                continue;
            }
            if rule.weight != Weight::Certain && usual.is_some_and(|usual| usual.has(signal, name, call.network())) {
                continue;
            }
            any = true;
            let added = tried.add(signal, name);
            points += points_of(rule.weight);
            new += if added { points_of(rule.weight) } else { 0 };
        }
        if !any {
            return Verdict::Quiet;
        }
        tried.calls = tried.calls.saturating_add(1);
        tried.points = tried.points.saturating_add(new);
        let mut proved = false;
        for (signal, _) in Self::signals(call, SignalKind::Proof) {
            tried.prove(signal.value);
            proved = true;
        }
        tried.proved = tried.proved.saturating_add(u32::from(proved));
        if F::takes(PayloadClass::Sql)
            && let Some(millis) = waits::asked(call)
        {
            proved |= tried.waited(millis, call.row().wait_micros, usual.map(Usual::waits));
        }
        if proved {
            Verdict::Cause(Severity::High)
        } else if open || points >= POINTS_MIN || tried.points >= POINTS_MIN {
            Verdict::Cause(tried.attempted())
        } else {
            Verdict::Note
        }
    }

    fn learn(call: &Call<'_>, usual: &mut Usual) {
        let mut tried = false;
        for (signal, _) in Self::signals(call, SignalKind::Payload) {
            tried = true;
            usual.add(signal, call.seen.text(signal.name), call.network(), call.now());
        }
        if !tried && F::takes(PayloadClass::Sql) {
            usual.waited(call.row().wait_micros, waits::stands_for(call.row()));
        }
    }

    fn borne_out(call_out: &CallOut) -> Option<Key> {
        let rule = by_number(u64::from(call_out.target.rule)).filter(|rule| F::takes(rule.class))?;
        (rule.weight != Weight::Proof).then(|| Key::of(network(&call_out.caller)))
    }

    fn connected(call_out: &CallOut, tried: &mut Tried) {
        tried.connected(call_out);
    }

    fn closed(tried: &mut Tried) {
        *tried = Tried::default();
    }

    fn report(about: &About, tried: &Tried) -> Report {
        tried.report(F::WHAT, about)
    }
}

const fn points_of(weight: Weight) -> u32 {
    match weight {
        Weight::Weak => 1,
        Weight::Strong | Weight::Certain => POINTS_MIN,
        Weight::Mention | Weight::Proof => 0,
    }
}

macro_rules! families {
    ($($(#[$doc:meta])* $family:ident $id:literal $what:literal: $($class:ident)|+ / $owasp:expr, $cwe:expr, $attack:expr, $next:literal;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $family;

        impl Family for $family {
            const INFO: DetectorInfo = DetectorInfo {
                id: $id,
                version: 1,
                subject: "network_endpoint",
                quiet: Duration::from_hours(24),
                doc: concat!("detectors/", $id, ".md"),
                owasp: &$owasp,
                cwe: &$cwe,
                attack: &$attack,
                next: $next,
            };
            const WHAT: &'static str = $what;

            fn takes(class: PayloadClass) -> bool {
                matches!(class, $(PayloadClass::$class)|+)
            }
        }
    )*};
}

families! {
    /// Statements, commands and scripts in values.
    Injection "injection" "payloads of injection":
        Sql | NoSql | Command | Template | Xxe | Script | LineBreak | Ldap | Object /
        ["API8:2023"], ["CWE-74", "CWE-89", "CWE-78", "CWE-79"], ["T1190"],
        "Check that the parameters named are bound and escaped, never built into statements, commands or pages; see whether an answer shows success.";
    /// Paths out of a directory.
    Traversal "path-traversal" "paths out of the directory":
        Traversal / ["API8:2023"], ["CWE-22"], ["T1190", "T1083"],
        "Check that names of files are resolved and held to their directory; see whether an answer holds a file's content.";
    /// Look-ups of Java naming.
    Jndi "jndi-lookup" "look-ups of Java naming":
        Jndi / ["API8:2023"], ["CWE-917", "CWE-502"], ["T1190"],
        "Update Log4j behind this service, and look for connections it opened to the addresses named in the look-ups.";
    /// Requests that the server shall make.
    Ssrf "server-side-request-forgery" "addresses for the server to call":
        Ssrf / ["API7:2023"], ["CWE-918"], ["T1190", "T1552.005"],
        "Hold what the server may call to a list of hosts, and close the metadata service to it.";
}
