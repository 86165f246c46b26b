//! How text is shown: width, colour, and which characters the terminal has.

use std::io::IsTerminal as _;

use model::Severity;

/// What the reader's end can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// Columns of the terminal; none for a pipe or file, where nothing is cut or shortened.
    pub width: Option<usize>,
    /// Whether colours are used; they are never the only sign.
    pub colour: bool,
    /// Whether only ASCII is shown (`C` locale).
    pub ascii: bool,
}

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What a piece of text is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Ordinary.
    Plain,
    /// The heading of a table or a label.
    Heading,
    /// A severity.
    Severity(Severity),
    /// Something to take note of.
    Warning,
}

impl Look {
    /// What standard output can show.
    pub(crate) fn of_stdout(colour: Colour) -> Self {
        let terminal = std::io::stdout().is_terminal();
        let width = terminal.then(|| columns().unwrap_or(80).max(40));
        Self { width, colour: coloured(colour, terminal), ascii: terminal && !speaks_utf8() }
    }

    /// Text in the colour of its kind.
    pub(crate) fn toned(&self, text: &str, tone: Tone) -> String {
        let code = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Heading => "1",
            Tone::Severity(Severity::Critical | Severity::High) => "31",
            Tone::Severity(Severity::Medium) | Tone::Warning => "33",
            Tone::Severity(Severity::Low) => "36",
            Tone::Severity(Severity::Info) => "2",
        };
        if self.colour && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// `text` in the characters the terminal has, each replaced by one other so that tables stay aligned.
    pub(crate) fn rendered(&self, text: String) -> String {
        if self.ascii { text.chars().map(plain).collect() } else { text }
    }

    /// Lines broken at the width; as they are in a pipe.
    pub(crate) fn wrapped(&self, text: &str) -> String {
        let Some(width) = self.width else { return text.to_owned() };
        text.lines().flat_map(|line| super::text::wrapped(line, width)).map(|line| line + "\n").collect()
    }

    #[cfg(test)]
    pub(crate) fn terminal(width: usize) -> Self {
        Self { width: Some(width), colour: false, ascii: false }
    }

    /// Text for a file: lines as long as they are, no colours.
    pub(crate) fn pipe() -> Self {
        Self { width: None, colour: false, ascii: false }
    }
}

/// The nearest ASCII character.
fn plain(c: char) -> char {
    match c {
        '\0'..='\x7f' => c,
        '–' | '·' | '−' => '-',
        '…' => '~',
        '≤' => '<',
        '→' | '≥' => '>',
        'µ' => 'u',
        '×' => 'x',
        '▁' | '▂' => '_',
        '▃' | '▄' => '=',
        '▅' | '▆' | '▇' => '+',
        '█' => '#',
        '░' => '.',
        _ => '?',
    }
}

fn coloured(colour: Colour, terminal: bool) -> bool {
    match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => {
            let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
            terminal && !refused && !dumb
        }
    }
}

/// `COLUMNS`, else what the terminal says.
fn columns() -> Option<usize> {
    let set = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|&columns| columns > 0);
    set.or_else(|| rustix::termios::tcgetwinsize(std::io::stdout()).ok().map(|size| usize::from(size.ws_col)))
        .filter(|&columns| columns > 0)
}

/// Whether the locale writes UTF-8: the first of these variables that is set decides (POSIX, XBD §8.2).
pub(crate) fn speaks_utf8() -> bool {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG")).unwrap_or_default();
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_keeps_the_number_of_characters() {
        let look = Look { width: Some(80), colour: false, ascii: true };
        let shown = look.rendered("a…b – c → d █░ ≤ µ日".to_owned());
        assert_eq!(shown, "a~b - c > d #. < u?");
    }

    #[test]
    fn without_colour_there_is_no_escape() {
        let plain = Look::terminal(80).toned("high", Tone::Severity(Severity::High));
        assert_eq!(plain, "high");
        let red = Look { colour: true, ..Look::terminal(80) }.toned("high", Tone::Severity(Severity::High));
        assert_eq!(red, "\x1b[31mhigh\x1b[0m");
    }
}
