//! Small mergeable pieces that models are made of. They hold counts and hashes, never values, and know only packet time.

pub(crate) mod costs;
pub(crate) mod distinct;
pub(crate) mod histogram;
pub(crate) mod ring;
pub(crate) mod sample;
pub(crate) mod spread;
pub(crate) mod tail;

/// Spreads a 64-bit value over all its bits (the finaliser of `SplitMix64`): sketches use the low and the high ones.
pub(crate) const fn mix(value: u64) -> u64 {
    let mut x = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
