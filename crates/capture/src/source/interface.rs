//! Interfaces of a pcapng section: link type, snap length and how time stamps are to be read.
//!
//! Source: draft-ietf-opsawg-pcapng §4.2 (`if_tsresol`, `if_tsoffset`) and §3.5 (options).

use model::PacketTime;

use super::bytes::Order;

/// Link type of frames whose interface is not known. No `LINKTYPE_*` value: those have 16 bits.
pub const UNKNOWN_LINK_TYPE: u32 = u32::MAX;

/// Start of the options in an interface description block.
const OPTIONS_AT: usize = 16;
const END_OF_OPTIONS: u16 = 0;
const TIME_RESOLUTION: u16 = 9;
const TIME_OFFSET: u16 = 14;

/// How long one unit of a time stamp is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resolution {
    /// So many nanoseconds.
    Nanos(u64),
    /// One so-many-th of a nanosecond.
    PerNano(u64),
    /// 2 to the minus so many seconds.
    Binary(u8),
}

/// One interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interface {
    /// `LINKTYPE_*` value.
    pub(super) link_type: u32,
    /// Longest frame captured; `u32::MAX` when unlimited.
    pub(super) snap_length: u32,
    resolution: Resolution,
    offset_nanos: i64,
}

impl Interface {
    /// An interface of which nothing is known: microseconds, as the format's default.
    pub(super) const UNKNOWN: Self = Self {
        link_type: UNKNOWN_LINK_TYPE,
        snap_length: u32::MAX,
        resolution: Resolution::Nanos(1_000),
        offset_nanos: 0,
    };

    /// From an interface description block without its trailing length.
    pub(super) fn read(order: Order, body: &[u8]) -> Option<Self> {
        let snap_length = order.u32(body, 12)?;
        let mut interface = Self {
            link_type: u32::from(order.u16(body, 8)?),
            snap_length: if snap_length == 0 { u32::MAX } else { snap_length },
            ..Self::UNKNOWN
        };
        interface.options(order, body.get(OPTIONS_AT..).unwrap_or_default());
        Some(interface)
    }

    /// The instant of a time stamp, saturating.
    #[inline]
    pub(super) fn time(&self, ticks: u64) -> PacketTime {
        let nanos = match self.resolution {
            Resolution::Nanos(nanos) => ticks.saturating_mul(nanos),
            Resolution::PerNano(units) => ticks.checked_div(units).unwrap_or(0),
            Resolution::Binary(bits) => {
                let scaled = u128::from(ticks).saturating_mul(1_000_000_000);
                u64::try_from(scaled.checked_shr(u32::from(bits)).unwrap_or(0)).unwrap_or(u64::MAX)
            }
        };
        PacketTime(nanos.saturating_add_signed(self.offset_nanos))
    }

    fn options(&mut self, order: Order, mut rest: &[u8]) {
        while let (Some(code), Some(bytes)) = (order.u16(rest, 0), order.u16(rest, 2)) {
            let Some(value) = rest.get(4..).and_then(|after| after.get(..usize::from(bytes))) else { return };
            match code {
                END_OF_OPTIONS => return,
                TIME_RESOLUTION => {
                    if let Some(&exponent) = value.first() {
                        self.resolution = resolution(exponent);
                    }
                }
                TIME_OFFSET => {
                    self.offset_nanos = order.i64(value, 0).unwrap_or(0).saturating_mul(1_000_000_000);
                }
                _ => {}
            }
            let padded = usize::from(bytes).next_multiple_of(4);
            rest = rest.get(padded.saturating_add(4)..).unwrap_or_default();
        }
    }
}

/// `if_tsresol`: the high bit chooses powers of 2, else 10; the rest is the negative exponent.
fn resolution(exponent: u8) -> Resolution {
    let digits = u32::from(exponent & 0x7f);
    if exponent & 0x80 != 0 {
        Resolution::Binary(exponent & 0x7f)
    } else if digits <= 9 {
        Resolution::Nanos(10_u64.saturating_pow(9_u32.saturating_sub(digits)))
    } else {
        Resolution::PerNano(10_u64.saturating_pow(digits.saturating_sub(9)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_stamps_of_every_resolution_become_nanoseconds() {
        for (exponent, ticks, expected) in [
            (0, 2, 2_000_000_000),
            (6, 1_500_000, 1_500_000_000),
            (9, 7, 7),
            (12, 7_999, 7),
            (127, u64::MAX, 1),
            (0x80, 3, 3_000_000_000),
            (0x8a, 512, 500_000_000),
            (0xff, u64::MAX, 0),
            (0, u64::MAX, u64::MAX),
        ] {
            let interface = Interface { resolution: resolution(exponent), ..Interface::UNKNOWN };
            assert_eq!(interface.time(ticks), PacketTime(expected), "{exponent}");
        }
    }

    #[test]
    fn the_offset_is_added_and_never_wraps() {
        let interface = Interface { offset_nanos: -5, ..Interface::UNKNOWN };
        assert_eq!(interface.time(1), PacketTime(995));
        assert_eq!(interface.time(0), PacketTime(0));
    }
}
