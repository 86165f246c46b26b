//! A report as one HTML file: no script, nothing fetched, readable on a phone and on paper, light and dark.
//!
//! Its tables are those of the screens, so that every number is the same everywhere; plots show what the tables say. All
//! text passes [`escaped`]: what steers is written as an escape, and markup as text.

mod plots;
mod style;

use std::fmt::Write as _;

use crate::screens::audit::{self, Report};
use crate::screens::inventory::{self, List};
use crate::screens::look::Look;
use crate::screens::table::{Cell, Column, Fit};
use crate::screens::text;

/// Characters of a cell that are shown; longer ones unfold.
const CELL_CHARS: usize = 96;

/// The report of an audit with the inventory it rests on.
pub(crate) fn page(report: &Report<'_>, list: &List<'_>) -> String {
    document("API audit", |out| {
        section(out, "result", "Result", |out| {
            out.push_str("<ul>\n");
            for line in audit::lines(report) {
                let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
                put(out, format_args!("<li>{}</li>\n", escaped(&line)));
            }
            out.push_str("</ul>\n");
        });
        section(out, "differences", "Differences", |out| {
            let (columns, rows) = audit::table(report);
            table(out, "Differences between descriptions and traffic, gravest first", &columns, &rows);
        });
        endpoints(out, list);
    })
}

/// An inventory alone.
pub(crate) fn inventory_page(list: &List<'_>) -> String {
    document("API inventory", |out| {
        section(out, "result", "Result", |out| {
            out.push_str("<ul>\n");
            for line in inventory::remarks_of(list, &Look::pipe()).lines() {
                put(out, format_args!("<li>{}</li>\n", escaped(line)));
            }
            out.push_str("</ul>\n");
        });
        endpoints(out, list);
    })
}

/// Plots and table of endpoints.
fn endpoints(out: &mut String, list: &List<'_>) {
    section(out, "plots", "Most called endpoints", |out| plots::all(out, list));
    section(out, "endpoints", "Endpoints", |out| {
        let (columns, rows) = inventory::shown(list, None);
        table(out, "Endpoints seen, as apitap inventory list has them", &columns, &rows);
    });
}

/// A page of that title.
fn document(title: &str, inside: impl FnOnce(&mut String)) -> String {
    let mut out = String::from(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n",
    );
    put(&mut out, format_args!("<title>{title}</title>\n<style>"));
    out.push_str(style::SHEET);
    put(&mut out, format_args!("</style>\n</head>\n<body>\n<header><h1>{title}</h1></header>\n<main>\n"));
    inside(&mut out);
    put(&mut out, format_args!("</main>\n<footer>apitap {}</footer>\n</body>\n</html>\n", env!("CARGO_PKG_VERSION")));
    out
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _infallible = out.write_fmt(text);
}

fn section(out: &mut String, id: &str, title: &str, inside: impl FnOnce(&mut String)) {
    put(out, format_args!("<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>\n"));
    inside(out);
    out.push_str("</section>\n");
}

fn table(out: &mut String, caption: &str, columns: &[Column], rows: &[Vec<Cell>]) {
    // What may be wider than the window scrolls by itself, and by keyboard.
    let label = escaped(caption);
    put(
        out,
        format_args!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\"><table>\n<caption><span>{label}: {}</span></caption>\n<thead><tr>",
            text::counted(rows.len() as u64, "row", "rows")
        ),
    );
    for column in columns {
        put(out, format_args!("<th scope=\"col\"{}>{}</th>", class(column), escaped(column.title)));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for (column, value) in columns.iter().zip(row) {
            put(out, format_args!("<td{}>{}</td>", class(column), cell(value)));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
}

const fn class(column: &Column) -> &'static str {
    match column.fit {
        _ if column.right => " class=\"n\"",
        Fit::Whole => " class=\"w\"",
        Fit::Middle => " class=\"p\"",
        Fit::End => "",
    }
}

/// The short form; the exact one as a hint where it differs, and what is too long unfolds.
fn cell(cell: &Cell) -> String {
    let shown = cell.shown();
    if shown.chars().count() > CELL_CHARS {
        let brief = escaped(&text::cut_middle(shown, CELL_CHARS));
        return format!("<details><summary>{brief}</summary>{}</details>", escaped(shown));
    }
    if cell.exact().is_empty() || cell.exact() == shown {
        return escaped(shown);
    }
    format!("<span title=\"{}\">{}</span>", escaped(cell.exact()), escaped(shown))
}

/// Text as it is, in elements and quoted attributes (HTML Standard §13.3).
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text::inert(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use model::record::Trailer;
    use model::{EndpointRecord, Id};

    use super::*;
    use crate::screens::audit::Basis;
    use crate::screens::ids::Ids;
    use crate::screens::tags::Age;

    #[test]
    fn hostile_names_are_text_and_numbers_are_those_of_the_list() {
        let hostile = EndpointRecord {
            id: Id::of("endpoint", &[b"x"]),
            service: "\"><script>alert(1)</script>".into(),
            method: "GET".into(),
            template: format!("/\u{202e}'{}", "long/".repeat(1_600)),
            count: 1_234,
            statuses: [(200, 1_000), (404, 234)].into(),
            hours: [(9, 17), (33, 1_234)].into(),
            ..EndpointRecord::default()
        };
        let (audit, basis, trailer) = (discovery::audit::Audit::default(), Basis::default(), Trailer::default());
        let report = Report {
            documents: &[],
            audit: &audit,
            ignored: Vec::new(),
            expired: &[],
            endpoints: 1,
            fail_on: None,
            basis: &basis,
        };
        let endpoints = [&hostile];
        let list = List {
            endpoints: &endpoints,
            of: 1,
            trailer: &trailer,
            cut: false,
            ids: Ids::default(),
            age: Age::default(),
            wide: true,
        };
        let alone = inventory_page(&list);
        assert!(!alone.contains("<script") && !alone.contains('\u{202e}') && alone.contains(">1,234<"), "{alone}");
        assert!(alone.contains("M36 ") && alone.contains("Tue 09:00: 1,234"), "{alone}");
        let page = page(&report, &list);
        assert!(!page.contains("<script") && !page.contains('\u{202e}') && !page.contains("http://"), "{page}");
        assert!(page.contains("&lt;script&gt;") && page.contains("\\u{202e}"));
        assert!(page.contains(">1,234<") && page.contains("<details>") && page.contains("default-src 'none'"));
        // A long name stands once whole and otherwise cut.
        assert!(page.len() < 3 * hostile.template.len(), "{}", page.len());
        for tag in ["table", "section", "svg", "figure", "details", "main", "tr", "td"] {
            let opened = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }
}
