//! The commonest of frames: Ethernet II, IPv4 without options, TCP, all of it captured.
//!
//! In: a frame. Out: its TCP segment, with the path as the general way leaves it; or nothing on the least doubt, with the
//! path untouched. Kept: nothing.

use model::flow::mapped;

use super::path::Path;
use crate::Frame;

/// `LINKTYPE_ETHERNET`.
const ETHERNET: u32 = 1;
/// Bytes of the Ethernet header.
const LINK_BYTES: usize = 14;
/// Bytes of an IPv4 header without options.
const IP_BYTES: usize = 20;

/// The segment of a plain frame.
#[inline]
pub(super) fn tcp<'a>(frame: &Frame<'a>, path: &mut Path) -> Option<&'a [u8]> {
    let (link, data) = frame.data.split_first_chunk::<LINK_BYTES>()?;
    let header: &[u8; IP_BYTES] = data.first_chunk()?;
    let [.., k0, k1] = *link;
    let [first, _, l0, l1, i0, i1, f0, f1, _, protocol, _, _, s0, s1, s2, s3, d0, d1, d2, d3] = *header;
    let (kind, fragment) = (u16::from_be_bytes([k0, k1]), u16::from_be_bytes([f0, f1]));
    // Neither a fragment's offset nor more to come: RFC 791 §3.1.
    if (frame.link_type, kind, first, protocol, fragment & 0x3fff) != (ETHERNET, 0x0800, 0x45, 6, 0) {
        return None;
    }
    let total = usize::from(u16::from_be_bytes([l0, l1]));
    let segment = data.get(IP_BYTES..total)?;
    path.missing = 0;
    path.ip_header(false, mapped([s0, s1, s2, s3]), mapped([d0, d1, d2, d3]), u16::from_be_bytes([i0, i1]));
    Some(segment)
}

#[cfg(test)]
mod tests {
    use super::super::{End, Layer, walk};
    use super::*;
    use model::PacketTime;

    fn frame(data: &[u8], wire_len: usize) -> Frame<'_> {
        Frame { number: 1, at: PacketTime::ZERO, link_type: 1, data, wire_len: wire_len as u32 }
    }

    /// Both ways must agree; true when the short one was taken.
    fn agrees(data: &[u8], missing: usize) -> bool {
        let (mut short, mut long) = (Path::new(missing), Path::new(missing));
        let frame = frame(data, data.len() + missing);
        let untouched = format!("{short:?}");
        let Some(segment) = tcp(&frame, &mut short) else {
            assert_eq!(format!("{short:?}"), untouched);
            return false;
        };
        let Ok(End::Tcp(expected)) = walk(Layer::Link(1), data, &mut long) else { panic!("no TCP: {data:02x?}") };
        assert_eq!((segment.as_ptr(), segment.len()), (expected.as_ptr(), expected.len()));
        assert_eq!(format!("{short:?}"), format!("{long:?}"));
        true
    }

    /// Values that mean something in some place of the headers.
    const TELLING: [u8; 8] = [0, 1, 6, 20, 0x20, 0x45, 0x81, 0xff];

    #[test]
    fn any_two_bytes_of_the_headers_lead_both_ways_to_the_same_end() {
        let ip = [0x45, 0, 0, 45, 1, 2, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        let tcp =
            [0x1f, 0x90, 0, 0x50, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0, 0, 0, 0, 0, 0, b'h', b'e', b'l', b'l', b'o'];
        let whole = [&[0; 12][..], &[8, 0], &ip, &tcp, &[0; 3]].concat();
        assert!(agrees(&whole, 0) && agrees(&whole, 9));
        let mut taken = 0;
        for at in 0..34 {
            for byte in 0..=u8::MAX {
                let mut other = whole.clone();
                other[at] = byte;
                taken += u32::from(agrees(&other, 0));
                for next in at + 1..34 {
                    for value in TELLING.into_iter().filter(|_| TELLING.contains(&byte)) {
                        other[next] = value;
                        agrees(&other, usize::from(byte));
                    }
                    other[next] = whole[next];
                }
            }
        }
        assert!(taken > 0);
        for len in 0..whole.len() {
            agrees(&whole[..len], 0);
            agrees(&whole[..len], whole.len() - len);
        }
    }
}
