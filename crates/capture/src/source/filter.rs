//! Capture filters in pcap syntax (`tcp port 8080`), for frames of files.
//!
//! In: an expression and frames. Out: whether a frame matches. Kept: one compiled program for each link type seen. An
//! expression that has no meaning for a link type matches none of its frames. Live interfaces are filtered in the
//! kernel instead. The `len` primitives see the captured, not the wire length: the pcap crate passes only that on.
//! Source: pcap-filter(7).

use std::fmt;

use model::limits;
use pcap::{BpfProgram, Capture, Linktype};

use super::error::SourceError;
use crate::Frame;

/// Link types an expression is tried on when it is given: Ethernet, raw IP, 802.11 with radiotap, Linux cooked.
const TRIED_LINK_TYPES: [u32; 4] = [1, 101, 127, 113];

/// A capture filter.
pub struct Filter {
    expression: String,
    programs: Vec<(u32, Option<BpfProgram>)>,
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter").field("expression", &self.expression).finish_non_exhaustive()
    }
}

impl Filter {
    /// Checks an expression. Errors: [`SourceError::Filter`] when it is valid for no common link type.
    pub fn new(expression: &str) -> Result<Self, SourceError> {
        let mut first_refusal = None;
        for link_type in TRIED_LINK_TYPES {
            match compile(expression, link_type) {
                Ok(program) => {
                    let programs = vec![(link_type, Some(program))];
                    return Ok(Self { expression: expression.to_owned(), programs });
                }
                Err(reason) => {
                    first_refusal.get_or_insert(reason);
                }
            }
        }
        let reason = first_refusal.unwrap_or_default();
        Err(SourceError::Filter { expression: expression.to_owned(), reason })
    }

    /// Whether the frame matches. Compiles the expression when the frame's link type is new.
    pub fn matches(&mut self, frame: &Frame<'_>) -> bool {
        let known = self.programs.iter().position(|(link_type, _)| *link_type == frame.link_type);
        let place = known.unwrap_or_else(|| {
            self.programs.truncate(limits::PROGRAMS_MAX.saturating_sub(1));
            self.programs.push((frame.link_type, compile(&self.expression, frame.link_type).ok()));
            self.programs.len().saturating_sub(1)
        });
        match self.programs.get(place) {
            Some((_, Some(program))) => program.filter(frame.data),
            _ => false,
        }
    }
}

/// The DLT value libpcap uses on Linux for a `LINKTYPE_*` value. Source: libpcap `pcap-common.c`.
pub(super) fn dlt(link_type: u32) -> i32 {
    match link_type {
        100 => 11,
        101 => 12,
        102 => 15,
        103 => 16,
        106 => 19,
        other => i32::try_from(other).unwrap_or(i32::MAX),
    }
}

/// The `LINKTYPE_*` value of a DLT value on Linux: the reverse of [`dlt`].
pub(super) fn link_type(dlt: i32) -> u32 {
    match dlt {
        11 => 100,
        12 => 101,
        15 => 102,
        16 => 103,
        19 => 106,
        other => u32::try_from(other).unwrap_or(u32::MAX),
    }
}

fn compile(expression: &str, link_type: u32) -> Result<BpfProgram, String> {
    let capture = Capture::dead(Linktype(dlt(link_type))).map_err(|error| error.to_string())?;
    capture.compile(expression, true).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::PacketTime;

    fn check(expression: &str, link_type: u32, data: &[u8], expected: bool) {
        let mut filter = Filter::new(expression).unwrap();
        let frame = Frame { number: 1, at: PacketTime::ZERO, link_type, data, wire_len: data.len() as u32 };
        assert_eq!(filter.matches(&frame), expected, "{expression} on {link_type}");
        assert_eq!(filter.matches(&frame), expected, "asked again");
    }

    #[test]
    fn frames_are_matched_by_their_own_link_type() {
        let ip: Vec<u8> = [&[0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2][..], &[0x1f, 0x90]]
            .concat()
            .into_iter()
            .chain([0x00, 0x50, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0, 0, 0, 0, 0, 0])
            .collect();
        let ethernet = [&[0; 12][..], &[8, 0], &ip].concat();
        check("tcp port 8080", 1, &ethernet, true);
        check("tcp port 8080", 101, &ip, true);
        check("tcp port 8080", 228, &ip, true);
        check("tcp port 8081", 1, &ethernet, false);
        check("tcp port 8080", 1, &ip, false);
        check("tcp port 8080", u32::MAX, &ethernet, false);
        check("", 1, &[], true);
    }

    #[test]
    fn an_expression_that_does_not_compile_is_refused_with_the_reason() {
        let refusal = Filter::new("tcp prot 80").unwrap_err();
        assert!(
            matches!(&refusal, SourceError::Filter { expression, reason }
            if expression == "tcp prot 80" && !reason.is_empty()),
            "{refusal:?}"
        );
    }

    #[test]
    fn many_link_types_keep_few_programs() {
        let mut filter = Filter::new("tcp").unwrap();
        for link_type in 0..1_000 {
            filter.matches(&Frame { number: 1, at: PacketTime::ZERO, link_type, data: &[], wire_len: 0 });
        }
        assert!(filter.programs.len() <= limits::PROGRAMS_MAX);
    }
}
