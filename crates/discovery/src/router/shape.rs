//! Shapes of answers, compared: the upper 16 bits stand for the media type, each bit below for names of fields.
//!
//! Optional fields come and go, so answers of one kind are alike without being the same.

/// Bits that stand for names.
const NAMES: u64 = (1 << 48) - 1;

/// Names that two shapes share, and names that either has; `None` when the media types differ.
fn overlap(a: u64, b: u64) -> Option<(u32, u32)> {
    let same_type = (a ^ b) & !NAMES == 0;
    same_type.then(|| ((a & b & NAMES).count_ones(), ((a | b) & NAMES).count_ones()))
}

/// Whether two answers are of one kind: the same, or with two thirds of their names in common.
pub(crate) fn alike(a: u64, b: u64) -> bool {
    a == b || overlap(a, b).is_some_and(|(shared, all)| shared > 0 && shared * 3 >= all * 2)
}

/// Whether two answers are of different kinds: less than a third of their names in common. An answer without names, as
/// the list of nothing is, may be of any kind.
pub(crate) fn differ(a: u64, b: u64) -> bool {
    let empty = a & NAMES == 0 || b & NAMES == 0;
    a != b && overlap(a, b).is_none_or(|(shared, all)| !empty && shared * 3 < all.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn optional_fields_make_no_other_kind_and_other_fields_do() {
        let media = 5 << 48;
        for (a, b, like, unlike) in [
            (0b1111, 0b1111, true, false),
            (0b1111, 0b0111, true, false),
            (0b1111, 0b0011, false, false),
            (0b1111, 0b1111_0000, false, true),
            (0, 0, true, false),
            (0, 0b1, false, false),
        ] {
            assert_eq!((alike(media | a, media | b), differ(media | a, media | b)), (like, unlike), "{a:b} {b:b}");
        }
        assert!(differ(1 << 48 | 0b11, 2 << 48 | 0b11));
    }
}
