//! Plots as inline SVG: horizontal bars, each with its name and its value in words, so that colour is never the only sign.

use model::EndpointRecord;

use super::{escaped, put};
use crate::screens::hours as week;
use crate::screens::inventory::List;
use crate::screens::text;

/// Endpoints that are plotted: those called most.
const SHOWN_MAX: usize = 20;
/// Size of a row, and where its bar lies.
const ROW: u64 = 42;
const WIDTH: u64 = 720;
/// The longest bar: what it says stands beside it.
const BAR: u64 = 340;
const NAME_CHARS: usize = 72;

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
            let name = endpoint.words();
            Some(Bar { name: text::cut_middle(&text::inert(&name), NAME_CHARS), parts, says })
        };
        endpoints.iter().filter_map(bar).collect()
    };
    plot(out, "Calls, with the mix of statuses: 2xx, 3xx, 4xx and 5xx, no answer seen", &bars(calls));
    hours(out, &endpoints);
    plot(out, "Time to the response, 90th percentile", &bars(latency));
    plot(out, "Bytes of responses, 90th percentile", &bars(size));
}

/// Calls by hour of the week: a row of 168 bars for each endpoint, one path each.
fn hours(out: &mut String, endpoints: &[&EndpointRecord]) {
    const TITLE: &str =
        "Calls by hour of the week, Monday to Sunday in UTC; the highest bar is an endpoint's busiest hour";
    /// Width of an hour's bar, and the height of the highest one.
    const STEP: u64 = 4;
    const HIGH: u64 = 22;
    let rows: Vec<_> = endpoints.iter().filter(|endpoint| !endpoint.hours.is_empty()).collect();
    if rows.is_empty() {
        return;
    }
    let height = ROW * rows.len() as u64;
    put(
        out,
        format_args!(
            "<figure>\n<figcaption>{TITLE}</figcaption>\n<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n<title>{TITLE}.</title>\n"
        ),
    );
    for (row, endpoint) in rows.iter().enumerate() {
        let (top, most) = (ROW * row as u64, week::most(&endpoint.hours).max(1));
        let busiest = endpoint.hours.iter().max_by_key(|(hour, n)| (**n, std::cmp::Reverse(**hour)));
        let says = busiest.map_or_else(String::new, |(hour, n)| format!("{}: {}", week::name(*hour), text::count(*n)));
        let name = format!("{} {}{}", endpoint.method, endpoint.service, endpoint.template);
        let name = text::cut_middle(&text::inert(&name), NAME_CHARS);
        put(
            out,
            format_args!(
                "<text x=\"0\" y=\"{}\">{} ({})</text>\n<path class=\"a\" d=\"",
                top + 14,
                escaped(&name),
                escaped(&says)
            ),
        );
        for (hour, n) in &endpoint.hours {
            let high = ((u128::from(*n) * u128::from(HIGH) / u128::from(most)) as u64).max(1);
            put(out, format_args!("M{} {}h3v-{high}h-3z", u64::from(*hour) * STEP, top + 40));
        }
        put(out, format_args!("\"/>\n<path class=\"e\" d=\"M0 {}h{}\"/>\n", top + 41, 168 * STEP));
    }
    out.push_str("</svg>\n</figure>\n");
}

#[allow(clippy::unnecessary_wraps, reason = "one signature for all plots")]
fn calls(endpoint: &EndpointRecord) -> Option<Said> {
    let of = |from: u16, to: u16| endpoint.statuses.range(from..to).map(|(_, n)| *n).sum::<u64>();
    let (good, moved, bad, none) = (of(100, 300), of(300, 400), of(400, 1_000), of(0, 100));
    let rest = endpoint.count.saturating_sub(good + moved + bad + none);
    let words = [("2xx", good), ("3xx", moved), ("4xx/5xx", bad), ("no answer", none)];
    let words: Vec<_> =
        words.iter().filter(|(_, n)| *n > 0).map(|(name, n)| format!("{name} {}", text::count(*n))).collect();
    let says = format!("{}: {}", text::count(endpoint.count), words.join(", "));
    Some((vec![(good, "a"), (moved, "b"), (bad, "c"), (none + rest, "d")], says))
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

fn plot(out: &mut String, title: &str, bars: &[Bar]) {
    if bars.is_empty() {
        return;
    }
    let whole = |bar: &Bar| bar.parts.iter().map(|(n, _)| *n).sum::<u64>();
    let most = bars.iter().map(whole).max().unwrap_or(0).max(1);
    let height = ROW * bars.len() as u64;
    put(
        out,
        format_args!(
            "<figure>\n<figcaption>{title}</figcaption>\n<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n<title>{title}. The same numbers stand in the table of endpoints.</title>\n"
        ),
    );
    for (row, bar) in bars.iter().enumerate() {
        let top = ROW * row as u64;
        put(out, format_args!("<text x=\"0\" y=\"{}\">{}</text>\n", top + 14, escaped(&bar.name)));
        let mut x = 0;
        for (n, class) in bar.parts.iter().filter(|(n, _)| *n > 0) {
            let width = (u128::from(*n) * u128::from(BAR) / u128::from(most)) as u64;
            let width = width.max(1);
            put(
                out,
                format_args!(
                    "<rect class=\"{class}\" x=\"{x}\" y=\"{}\" width=\"{width}\" height=\"14\"/>\n",
                    top + 20
                ),
            );
            x += width;
        }
        put(out, format_args!("<text x=\"{}\" y=\"{}\">{}</text>\n", x + 6, top + 32, escaped(&bar.says)));
    }
    out.push_str("</svg>\n</figure>\n");
}
