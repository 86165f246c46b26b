//! How far a run has come, on standard error: one line redrawn on a terminal, else a plain line now and then.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use crate::screens::look::speaks_utf8;
use crate::screens::text;

/// Between two drawings on a terminal: five a second.
const REDRAW_EVERY: Duration = Duration::from_millis(200);
/// Between two lines elsewhere.
const LINE_EVERY: Duration = Duration::from_secs(30);
/// Before that no end is foretold.
const ETA_AFTER: Duration = Duration::from_secs(2);
/// Characters of the bar.
const BAR_WIDTH: u64 = 20;

/// How far a run has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct At {
    /// Bytes of input read.
    pub read: u64,
    /// Bytes of input in all; none for a pipe.
    pub total: Option<u64>,
    /// Frames read.
    pub frames: u64,
    /// Findings so far.
    pub findings: u64,
}

/// Draws progress. Never fails: a terminal that is gone is no fault of the run.
#[derive(Debug)]
pub(crate) struct Meter {
    name: String,
    mode: Mode,
    began: Instant,
    drawn: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Silent,
    Redrawn { utf8: bool },
    Lines,
}

impl Meter {
    /// `name` is that of the input. Silent when not wanted.
    pub(crate) fn new(name: &str, wanted: bool) -> Self {
        let mode = match (wanted, std::io::stderr().is_terminal()) {
            (false, _) => Mode::Silent,
            (true, true) => Mode::Redrawn { utf8: speaks_utf8() },
            (true, false) => Mode::Lines,
        };
        Self { name: text::inert(name), mode, began: Instant::now(), drawn: None }
    }

    /// Time since the run began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Draws when it is time. Call it as often as is easy.
    pub(crate) fn update(&mut self, at: &At) {
        let every = match self.mode {
            Mode::Silent => return,
            Mode::Redrawn { .. } => REDRAW_EVERY,
            Mode::Lines => LINE_EVERY,
        };
        if self.drawn.unwrap_or(self.began).elapsed() < every {
            return;
        }
        self.drawn = Some(Instant::now());
        let mut err = std::io::stderr().lock();
        let drawn = match self.mode {
            Mode::Redrawn { utf8 } => write!(err, "\r\x1b[K{}", bar(&self.name, at, self.elapsed(), utf8)),
            _ => writeln!(err, "{}", line(&self.name, at, self.elapsed())),
        };
        drop(drawn.and_then(|()| err.flush()));
    }

    /// Removes the line, so that what follows starts clean.
    pub(crate) fn finish(self) {
        if matches!(self.mode, Mode::Redrawn { .. }) && self.drawn.is_some() {
            let mut err = std::io::stderr().lock();
            drop(err.write_all(b"\r\x1b[K").and_then(|()| err.flush()));
        }
    }
}

/// `shop.pcapng  ████░░░░  78 %  3.1 GB of 4.0 GB  412 MB/s  2 findings  ETA 0:02`.
fn bar(name: &str, at: &At, elapsed: Duration, utf8: bool) -> String {
    let name = text::cut_middle(name, 30);
    let (full, empty) = if utf8 { ("█", "░") } else { ("#", ".") };
    let bar = at.total.filter(|total| *total > 0).map(|total| {
        let done = (u128::from(at.read.min(total)) * u128::from(BAR_WIDTH) / u128::from(total)) as usize;
        let rest = (BAR_WIDTH as usize).saturating_sub(done);
        format!("{}{}  ", full.repeat(done), empty.repeat(rest))
    });
    let shown = format!("{name}  {}{}", bar.unwrap_or_default(), counts(at, elapsed));
    if utf8 { shown } else { shown.replace('…', "~") }
}

/// The same without a bar.
fn line(name: &str, at: &At, elapsed: Duration) -> String {
    format!("apitap: {name}: {}", counts(at, elapsed))
}

fn counts(at: &At, elapsed: Duration) -> String {
    let rate = rate(at.read, elapsed);
    let mut parts = Vec::new();
    match at.total.filter(|total| *total > 0) {
        Some(total) => {
            let percent = u128::from(at.read.min(total)) * 100 / u128::from(total);
            parts.push(format!("{percent} %"));
            parts.push(format!("{} of {}", text::bytes(at.read), text::bytes(total)));
        }
        None => parts.push(format!("{}, {}", text::bytes(at.read), text::counted(at.frames, "frame", "frames"))),
    }
    parts.push(format!("{}/s", text::bytes(rate)));
    parts.push(text::counted(at.findings, "finding", "findings"));
    if elapsed >= ETA_AFTER
        && rate > 0
        && let Some(rest) = at.total.map(|total| total.saturating_sub(at.read) / rate)
    {
        parts.push(format!("ETA {}:{:02}", rest / 60, rest % 60));
    }
    parts.join("  ")
}

/// Bytes a second.
fn rate(read: u64, elapsed: Duration) -> u64 {
    u64::try_from(u128::from(read) * 1_000 / elapsed.as_millis().max(1)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: At = At { read: 3_100_000_000, total: Some(4_000_000_000), frames: 7, findings: 2 };

    #[test]
    fn progress_is_told_in_bytes_of_the_file() {
        let after = Duration::from_secs(8);
        assert_eq!(
            bar("shop.pcapng", &AT, after, true),
            "shop.pcapng  ███████████████░░░░░  77 %  3.1 GB of 4.0 GB  387 MB/s  2 findings  ETA 0:02"
        );
        assert!(bar("shop.pcapng", &AT, after, false).is_ascii());
        assert_eq!(
            line("shop.pcapng", &AT, Duration::from_secs(1)),
            "apitap: shop.pcapng: 77 %  3.1 GB of 4.0 GB  3.1 GB/s  2 findings"
        );
    }

    #[test]
    fn a_pipe_has_counts_and_no_share() {
        let at = At { total: None, read: 5_000, ..AT };
        assert_eq!(line("-", &at, Duration::from_secs(5)), "apitap: -: 5.0 KB, 7 frames  1.0 KB/s  2 findings");
        assert_eq!(rate(u64::MAX, Duration::ZERO), u64::MAX);
    }
}
