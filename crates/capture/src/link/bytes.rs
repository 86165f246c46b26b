//! Readers of fixed-width fields.
//!
//! In: a slice and an offset. Out: the field, or `None` when the slice ends before it. Nothing is kept; nothing can
//! panic, since every access goes through `get`.

/// `N` bytes at `offset`.
#[inline]
pub(super) fn array<const N: usize>(data: &[u8], offset: usize) -> Option<[u8; N]> {
    data.get(offset..)?.first_chunk::<N>().copied()
}

/// Big-endian 16 bits at `offset`.
#[inline]
pub(super) fn be16(data: &[u8], offset: usize) -> Option<u16> {
    array(data, offset).map(u16::from_be_bytes)
}

/// Big-endian 32 bits at `offset`.
#[inline]
pub(super) fn be32(data: &[u8], offset: usize) -> Option<u32> {
    array(data, offset).map(u32::from_be_bytes)
}

/// Little-endian 16 bits at `offset`.
#[inline]
pub(super) fn le16(data: &[u8], offset: usize) -> Option<u16> {
    array(data, offset).map(u16::from_le_bytes)
}

/// Little-endian 32 bits at `offset`.
#[inline]
pub(super) fn le32(data: &[u8], offset: usize) -> Option<u32> {
    array(data, offset).map(u32::from_le_bytes)
}

/// One byte at `offset`.
#[inline]
pub(super) fn byte(data: &[u8], offset: usize) -> Option<u8> {
    data.get(offset).copied()
}
