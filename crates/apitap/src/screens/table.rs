//! Tables: columns that fit a terminal, or tab-separated and uncut for a pipe.
//!
//! In: columns and rows of cells, each with a short form for people and an exact one for programs. Only columns that say
//! so are cut, paths in their middle and sentences at their end; ids never are.

use super::look::{Look, Tone};
use super::text;

/// How a column gives way when the table is wider than the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// Not at all.
    Whole,
    /// The middle is left out.
    Middle,
    /// The end is left out.
    End,
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// Heading on a terminal.
    pub title: &'static str,
    /// Heading in a pipe, where cells are exact.
    pub exact: &'static str,
    /// Numbers stand at the right.
    pub right: bool,
    /// How it gives way.
    pub fit: Fit,
}

impl Column {
    pub(crate) const fn text(title: &'static str, fit: Fit) -> Self {
        Self { title, exact: title, right: false, fit }
    }

    pub(crate) const fn number(title: &'static str, exact: &'static str) -> Self {
        Self { title, exact, right: true, fit: Fit::Whole }
    }
}

/// One cell; both forms are inert text.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    shown: String,
    /// None where it is the same.
    exact: Option<String>,
    tone: Tone,
}

impl Cell {
    /// The same text for people and programs.
    pub(crate) fn text(text: &str) -> Self {
        Self { shown: text::inert(text), exact: None, tone: Tone::Plain }
    }

    /// A short form for people and an exact one for programs.
    pub(crate) fn forms(shown: &str, exact: &str) -> Self {
        Self { shown: text::inert(shown), exact: Some(text::inert(exact)), tone: Tone::Plain }
    }

    /// A number.
    pub(crate) fn count(n: u64) -> Self {
        Self { shown: text::count(n), exact: Some(n.to_string()), tone: Tone::Plain }
    }

    /// The short form for people.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// The exact form for programs.
    pub(crate) fn exact(&self) -> &str {
        self.exact.as_deref().unwrap_or(&self.shown)
    }

    pub(crate) fn toned(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }
}

/// The table as text, ending in a line feed. Without rows there is no heading on a terminal.
pub(crate) fn render(columns: &[Column], rows: &[Vec<Cell>], look: &Look) -> String {
    match look.width {
        None => tab_separated(columns, rows),
        Some(_) if rows.is_empty() => String::new(),
        Some(width) => aligned(columns, rows, width, look),
    }
}

/// The table in Markdown.
pub(crate) fn markdown(columns: &[Column], rows: &[Vec<Cell>]) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut out = line(columns.iter().map(|c| c.title.to_owned()).collect());
    out.push_str(&line(columns.iter().map(|c| if c.right { "---:" } else { "---" }.to_owned()).collect()));
    for row in rows {
        out.push_str(&line(row.iter().map(|cell| markdown_text(cell.exact())).collect()));
    }
    out
}

/// Text that Markdown shows as it is.
fn markdown_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '!' | '~' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

fn tab_separated(columns: &[Column], rows: &[Vec<Cell>]) -> String {
    let mut out = columns.iter().map(|c| c.exact).collect::<Vec<_>>().join("\t");
    out.push('\n');
    for row in rows {
        for (at, cell) in row.iter().enumerate() {
            out.push_str(if at == 0 { "" } else { "\t" });
            out.push_str(cell.exact());
        }
        out.push('\n');
    }
    out
}

fn aligned(columns: &[Column], rows: &[Vec<Cell>], width: usize, look: &Look) -> String {
    let widths = fitted(columns, rows, width);
    let mut out = String::new();
    let heading: Vec<_> = columns.iter().map(|c| Cell::text(c.title).toned(Tone::Heading)).collect();
    line(&mut out, columns, &widths, &heading, look);
    for row in rows {
        line(&mut out, columns, &widths, row, look);
    }
    out
}

fn line(out: &mut String, columns: &[Column], widths: &[usize], cells: &[Cell], look: &Look) {
    let last = columns.len().saturating_sub(1);
    for (at, ((cell, column), &width)) in cells.iter().zip(columns).zip(widths).enumerate() {
        let shown = match column.fit {
            Fit::Whole => cell.shown.clone(),
            Fit::Middle => text::cut_middle(&cell.shown, width),
            Fit::End => text::cut_end(&cell.shown, width),
        };
        let padding = " ".repeat(width.saturating_sub(shown.chars().count()));
        let shown = look.toned(&shown, cell.tone);
        match (column.right, at == last) {
            (true, _) => out.extend([padding.as_str(), &shown]),
            (false, true) => out.push_str(&shown),
            (false, false) => out.extend([shown.as_str(), &padding]),
        }
        if at < last {
            out.push_str("  ");
        }
    }
    out.push('\n');
}

/// Narrowest a column is made.
const CUT_WIDTH_MIN: usize = 10;

/// Widths of the columns: as wide as their cells, and then the widest that may be cut give way.
fn fitted(columns: &[Column], rows: &[Vec<Cell>], width: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = columns.iter().map(|c| c.title.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.shown.chars().count());
        }
    }
    for (own, column) in widths.iter_mut().zip(columns) {
        if column.fit != Fit::Whole {
            *own = (*own).min(width.max(CUT_WIDTH_MIN));
        }
    }
    let gaps = columns.len().saturating_sub(1) * 2;
    while widths.iter().sum::<usize>() + gaps > width {
        let may_give = |(at, own): &(usize, &mut usize)| {
            columns.get(*at).is_some_and(|c| c.fit != Fit::Whole) && **own > CUT_WIDTH_MIN
        };
        match widths.iter_mut().enumerate().filter(may_give).max_by_key(|(_, own)| **own) {
            Some((_, own)) => *own -= 1,
            None => break,
        }
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] =
        [Column::text("ID", Fit::Whole), Column::text("ENDPOINT", Fit::Middle), Column::number("CALLS", "CALLS")];

    fn rows() -> Vec<Vec<Cell>> {
        let long = "api.shop.example/v1/warehouses/{int}/orders/{uuid}/positions/{int}/labels";
        vec![
            vec![Cell::text("E-3F9A0K"), Cell::text(long), Cell::count(212_345)],
            vec![Cell::text("E-81BC00"), Cell::text("\u{1b}[2J"), Cell::count(9)],
        ]
    }

    #[test]
    fn a_table_fits_the_width_and_cuts_no_id() {
        for width in [40, 80, 120] {
            let table = render(&COLUMNS, &rows(), &Look::terminal(width));
            assert!(table.lines().all(|line| line.chars().count() <= width), "{width}:\n{table}");
            assert!(table.contains("E-3F9A0K") && table.contains("E-81BC00") && table.contains("212 k"));
            assert!(!table.contains('\u{1b}'));
        }
    }

    #[test]
    fn a_pipe_gets_exact_uncut_cells() {
        let table = render(&COLUMNS, &rows(), &Look::pipe());
        assert_eq!(table.lines().next(), Some("ID\tENDPOINT\tCALLS"));
        assert!(table.contains("/positions/{int}/labels\t212345\n"));
    }

    #[test]
    fn markdown_shows_hostile_text_as_it_is() {
        let rows = vec![vec![Cell::text("<script>|*"), Cell::text("x"), Cell::count(1)]];
        assert!(markdown(&COLUMNS, &rows).contains(r"| &lt;script>\|\* | x | 1 |"));
    }
}
