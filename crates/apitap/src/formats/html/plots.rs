//! Plots: horizontal bars as inline SVG, each with its name and its value in words beside it, so that colour is never the
//! only sign and nothing in a picture must be read.
//!
//! Only bars are drawn, and they stretch to any width; names and values are text of the page, which wraps.

use model::EndpointRecord;

use super::{escaped, put};
use crate::screens::hours as week;
use crate::screens::inventory::List;
use crate::screens::text;

/// Endpoints that are plotted: those called most.
const SHOWN_MAX: usize = 20;
/// Length of the longest bar, in units of the picture.
const LONGEST: u64 = 1_000;
const NAME_CHARS: usize = 96;
/// Of the bars of an hour: from one to the next, the width, and the height of the highest one.
const HOUR_STEP: u64 = 4;
const HOUR_WIDTH: u64 = 3;
const HOUR_HIGH: u64 = 22;
/// Classes of statuses, as the parts of a bar are coloured.
const STATUSES: [(&str, &str); 4] = [("2xx", "a"), ("3xx", "b"), ("4xx/5xx", "c"), ("no answer", "d")];

/// One bar: its parts with the class of each, and what it says.
struct Bar {
    name: String,
    parts: Vec<(u64, &'static str)>,
    says: String,
}

/// Parts of a bar with the class of each, and what it says.
type Said = (Vec<(u64, &'static str)>, String);

/// All plots.
pub(super) fn all(out: &mut String, list: &List<'_>) {
    let mut endpoints = list.endpoints.to_vec();
    endpoints.sort_by_key(|endpoint| std::cmp::Reverse(endpoint.count));
    endpoints.truncate(SHOWN_MAX);
    let bars = |of: fn(&EndpointRecord) -> Option<Said>| -> Vec<Bar> {
        let bar = |endpoint: &&EndpointRecord| {
            let (parts, says) = of(endpoint)?;
            Some(Bar { name: name(endpoint), parts, says })
        };
        endpoints.iter().filter_map(bar).collect()
    };
    plot(out, "Calls, with the mix of statuses", &STATUSES, &bars(calls));
    hours(out, &endpoints);
    plot(out, "Time to the response, 90th percentile", &[], &bars(latency));
    plot(out, "Bytes of responses, 90th percentile", &[], &bars(size));
}

fn name(endpoint: &EndpointRecord) -> String {
    text::cut_middle(&text::inert(&endpoint.words()), NAME_CHARS)
}

/// Calls by hour of the week: a row of 168 bars for each endpoint, one path each.
fn hours(out: &mut String, endpoints: &[&EndpointRecord]) {
    let rows: Vec<_> = endpoints.iter().filter(|endpoint| !endpoint.hours.is_empty()).collect();
    if rows.is_empty() {
        return;
    }
    figure(out, "Calls by hour of the week in UTC; the highest bar is an endpoint's busiest hour", &[], |out| {
        for endpoint in rows {
            let most = week::most(&endpoint.hours).max(1);
            let busiest = endpoint.hours.iter().max_by_key(|(hour, n)| (**n, std::cmp::Reverse(**hour)));
            let says =
                busiest.map_or_else(String::new, |(hour, n)| format!("{}: {}", week::name(*hour), text::count(*n)));
            let (width, height) = (168 * HOUR_STEP, HOUR_HIGH + 1);
            row(out, &name(endpoint), &says, "week", (width, height), |out| {
                out.push_str("<path class=\"a\" d=\"");
                for (hour, n) in &endpoint.hours {
                    let high = ((u128::from(*n) * u128::from(HOUR_HIGH) / u128::from(most)) as u64).max(1);
                    let x = u64::from(*hour) * HOUR_STEP;
                    put(out, format_args!("M{x} {HOUR_HIGH}h{HOUR_WIDTH}v-{high}h-{HOUR_WIDTH}z"));
                }
                put(out, format_args!("\"/><path class=\"e\" d=\"M0 {HOUR_HIGH}h{width}"));
                (0..7).for_each(|day| put(out, format_args!("M{} 0v{height}", day * 24 * HOUR_STEP)));
                out.push_str("\"/>");
            });
        }
        out.push_str("<li class=\"days\" aria-hidden=\"true\">");
        for day in &week::DAYS {
            put(out, format_args!("<span>{day}</span>"));
        }
        out.push_str("</li>\n");
    });
}

#[allow(clippy::unnecessary_wraps, reason = "one signature for all plots")]
fn calls(endpoint: &EndpointRecord) -> Option<Said> {
    let of = |from: u16, to: u16| endpoint.statuses.range(from..to).map(|(_, n)| *n).sum::<u64>();
    let counts = [of(100, 300), of(300, 400), of(400, 1_000), of(0, 100)];
    let rest = endpoint.count.saturating_sub(counts.iter().sum());
    let named = || STATUSES.iter().zip(counts).filter(|(_, n)| *n > 0);
    let words: Vec<_> = named().map(|((name, _), n)| format!("{name} {}", text::count(n))).collect();
    let says = format!("{}: {}", text::count(endpoint.count), words.join(", "));
    let parts = named().map(|((_, class), n)| (n, *class)).chain((rest > 0).then_some((rest, "d")));
    Some((parts.collect(), says))
}

fn latency(endpoint: &EndpointRecord) -> Option<Said> {
    let q = endpoint.latency?;
    let says = format!("p50 {}, p90 {}, p99 {}", text::nanos(q.p50), text::nanos(q.p90), text::nanos(q.p99));
    Some((vec![(q.p90, "a")], says))
}

fn size(endpoint: &EndpointRecord) -> Option<Said> {
    let q = endpoint.size?;
    let says = format!("p50 {}, p90 {}, p99 {}", text::bytes(q.p50), text::bytes(q.p90), text::bytes(q.p99));
    Some((vec![(q.p90, "a")], says))
}

fn plot(out: &mut String, title: &str, key: &[(&str, &str)], bars: &[Bar]) {
    if bars.is_empty() {
        return;
    }
    let whole = |bar: &Bar| bar.parts.iter().map(|(n, _)| *n).sum::<u64>();
    let most = bars.iter().map(whole).max().unwrap_or(0).max(1);
    figure(out, title, key, |out| {
        for bar in bars {
            row(out, &bar.name, &bar.says, "bar", (LONGEST, 1), |out| {
                let mut x = 0;
                for (n, class) in bar.parts.iter().filter(|(n, _)| *n > 0) {
                    let width = ((u128::from(*n) * u128::from(LONGEST) / u128::from(most)) as u64).max(1);
                    put(
                        out,
                        format_args!("<rect class=\"{class}\" x=\"{x}\" y=\"0\" width=\"{width}\" height=\"1\"/>"),
                    );
                    x += width;
                }
            });
        }
    });
}

/// A plot with its title, and a key of its colours.
fn figure(out: &mut String, title: &str, key: &[(&str, &str)], rows: impl FnOnce(&mut String)) {
    put(out, format_args!("<figure>\n<figcaption>{title}"));
    for (name, class) in key {
        put(out, format_args!(" <span class=\"key\"><i class=\"{class}\"></i>{name}</span>"));
    }
    out.push_str("</figcaption>\n<ol>\n");
    rows(out);
    out.push_str("</ol>\n</figure>\n");
}

/// One row: name, picture, and what the picture shows in words, which is all that is read aloud.
fn row(
    out: &mut String,
    name: &str,
    says: &str,
    class: &str,
    (width, height): (u64, u64),
    inside: impl FnOnce(&mut String),
) {
    put(out, format_args!("<li><span>{}</span> <b>{}</b>\n", escaped(name), escaped(says)));
    put(
        out,
        format_args!(
            "<svg class=\"{class}\" viewBox=\"0 0 {width} {height}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
        ),
    );
    inside(out);
    out.push_str("</svg></li>\n");
}
