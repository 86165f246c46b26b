//! Coverage of each service: bytes by what became of them, and the share that was read.

use model::coverage::TlsName;
use model::{ServiceCoverage, Tally};
use serde_json::{Value, json};

use super::Screen;
use super::coverage::Coverage;
use super::look::{Look, Tone};
use super::table::{Cell, Column, Fit, markdown, render};
use super::text;
use crate::formats::{Format, csv, json};

const COLUMNS: [Column; 9] = [
    Column::text("SERVICE", Fit::Middle),
    Column::text("PORTS", Fit::End),
    Column::number("READ", "READ"),
    Column::number("DECODED", "DECODED"),
    Column::number("ENCRYPTED", "ENCRYPTED"),
    Column::number("LOST", "LOST"),
    Column::number("LIMIT", "LIMIT"),
    Column::number("NOT HTTP", "NOT_HTTP"),
    Column::text("WHAT", Fit::End),
];

/// Below this share a service is marked.
const LOW: f64 = 0.5;

/// The list as it was asked for; `hours`: one line for each hour.
pub(crate) fn screen(all: &[ServiceCoverage], whole: &Coverage, hours: bool, format: Format, look: &Look) -> Screen {
    let columns: Vec<Column> = if hours { with_hour().collect() } else { COLUMNS.to_vec() };
    let rows = || -> Vec<Vec<Cell>> { all.iter().flat_map(|service| lines(service, hours)).collect() };
    let data = match format {
        Format::Table => render(&columns, &rows(), look),
        Format::Md => markdown(&columns, &rows()),
        Format::Csv => {
            let names: Vec<&str> = columns.iter().map(|column| column.exact).collect();
            let line = |row: Vec<Cell>| csv::line(row.iter().map(|cell| cell.exact().to_owned()));
            csv::heading(&names) + &rows().into_iter().map(line).collect::<String>()
        }
        Format::Json => json::document("services", &all.iter().map(one).collect::<Vec<_>>()),
        Format::Jsonl => all.iter().map(|service| json::line(&one(service))).collect(),
    };
    let mut sum = Tally::default();
    for service in all {
        sum.add(&service.total());
    }
    let counted = text::counted(all.len() as u64, "service", "services");
    let mut remarks = if all.is_empty() {
        "no service with payload is in it (files of earlier versions tell of none)\n".to_owned()
    } else {
        format!("{counted}, {} of {} read.\n", percent(&sum), text::bytes(sum.total() - sum.not_http))
    };
    if whole.whole > 0 {
        remarks.extend([format!("Coverage {} of {} in all.\n", whole.share(), whole.of_what())]);
    }
    Screen { data, remarks }
}

fn with_hour() -> impl Iterator<Item = Column> {
    let (service, rest) = (COLUMNS.first().copied(), COLUMNS.get(1..).unwrap_or_default());
    service.into_iter().chain([Column::text("HOUR", Fit::Whole)]).chain(rest.iter().copied())
}

fn lines(service: &ServiceCoverage, hours: bool) -> Vec<Vec<Cell>> {
    if !hours {
        return vec![line(service, None, &service.total())];
    }
    let hour = |hour: &model::coverage::HourCoverage| {
        let at = format!("{} {}", text::date(hour.hour), text::clock(hour.hour));
        line(service, Some(Cell::forms(&at, &hour.hour.to_string())), &hour.bytes)
    };
    service.hours.iter().map(hour).collect()
}

fn line(service: &ServiceCoverage, hour: Option<Cell>, bytes: &Tally) -> Vec<Cell> {
    let ports: Vec<String> = service.ports.iter().map(u16::to_string).collect();
    let exact = if bytes.total() == bytes.not_http { String::new() } else { format!("{:.4}", bytes.seen()) };
    let tone = if bytes.seen() < LOW { Tone::Warning } else { Tone::Plain };
    let size = |n: u64| Cell::forms(&if n == 0 { "–".to_owned() } else { text::bytes(n) }, &n.to_string());
    let sizes = [bytes.decoded, bytes.encrypted, bytes.lost, bytes.over_limit, bytes.not_http].map(size);
    [Cell::text(&service.service)]
        .into_iter()
        .chain(hour)
        .chain([Cell::text(&ports.join(",")), Cell::forms(&percent(bytes), &exact).toned(tone)])
        .chain(sizes)
        .chain([Cell::text(&what(service, bytes))])
        .collect()
}

/// Share of what may have been HTTP.
fn percent(bytes: &Tally) -> String {
    if bytes.total() == bytes.not_http {
        "–".to_owned()
    } else {
        text::percent(bytes.decoded, bytes.total() - bytes.not_http)
    }
}

/// What is known of what was not read.
fn what(service: &ServiceCoverage, bytes: &Tally) -> String {
    let tls = service.tls.as_ref().map(tls_words);
    let begins = (bytes.not_http > 0 && !service.begins.is_empty()).then(|| format!("begins {}", service.begins));
    tls.into_iter().chain(begins).collect::<Vec<_>>().join(", ")
}

fn tls_words(tls: &TlsName) -> String {
    let version = match tls.version {
        0x0304 => "TLS 1.3",
        0x0303 => "TLS 1.2",
        0x0302 => "TLS 1.1",
        0x0301 => "TLS 1.0",
        _ => "TLS",
    };
    if tls.alpn.is_empty() { version.to_owned() } else { format!("{version} {}", tls.alpn) }
}

/// A service with its sums.
fn one(service: &ServiceCoverage) -> Value {
    let total = service.total();
    let mut value = json::service(service);
    if let Value::Object(fields) = &mut value {
        fields.insert("read".to_owned(), json!((total.seen() * 10_000.0).round() / 10_000.0));
        fields.insert("total".to_owned(), json!(total));
    }
    value
}

#[cfg(test)]
mod tests {
    use model::PacketTime;
    use model::coverage::HourCoverage;

    use super::*;

    fn services() -> Vec<ServiceCoverage> {
        let hour = |n: u64, bytes| HourCoverage { hour: PacketTime(n * 3_600_000_000_000), bytes };
        let read = Tally { decoded: 900, lost: 100, ..Tally::default() };
        let shut = Tally { encrypted: 5_000, not_http: 20, ..Tally::default() };
        vec![
            ServiceCoverage {
                service: "a.example".into(),
                ports: vec![80, 443],
                tls: Some(TlsName { version: 0x0304, alpn: "h2".into() }),
                hours: vec![hour(1, read), hour(2, shut)],
                ..ServiceCoverage::default()
            },
            ServiceCoverage {
                service: "10.0.0.1:22".into(),
                ports: vec![22],
                begins: "5353".into(),
                hours: vec![hour(1, Tally { not_http: 40, ..Tally::default() })],
                ..ServiceCoverage::default()
            },
        ]
    }

    #[test]
    fn a_service_is_told_by_its_classes_and_its_share() {
        let shown = screen(&services(), &Coverage::default(), false, Format::Table, &Look::pipe()).data;
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[0], "SERVICE\tPORTS\tREAD\tDECODED\tENCRYPTED\tLOST\tLIMIT\tNOT_HTTP\tWHAT");
        assert_eq!(lines[1], "a.example\t80,443\t0.1500\t900\t5000\t100\t0\t20\tTLS 1.3 h2");
        assert_eq!(lines[2], "10.0.0.1:22\t22\t\t0\t0\t0\t0\t40\tbegins 5353");
        let hours = screen(&services(), &Coverage::default(), true, Format::Table, &Look::pipe()).data;
        assert!(hours.lines().count() == 4 && hours.contains("1970-01-01T01:00:00Z"), "{hours}");
    }

    #[test]
    fn json_holds_hours_and_sums() {
        let shown = screen(&services(), &Coverage::default(), false, Format::Json, &Look::pipe()).data;
        let value: Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(
            (&value["services"][0]["total"]["encrypted"], &value["services"][0]["read"]),
            (&json!(5_000), &json!(0.15))
        );
        assert_eq!(value["services"][0]["hours"][1]["hour"], "1970-01-01T02:00:00Z");
    }
}
