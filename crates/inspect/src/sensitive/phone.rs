//! Phone numbers (ITU-T E.164): country code and length of the national number.

use super::digits::Digits;

/// Country codes, with the least and most digits of the national number where the plan is narrower than E.164's 15 in
/// all (ITU Operational Bulletins, national numbering plans).
#[rustfmt::skip]
const PLANS: &[(u16, u8, u8)] = &[
    (1, 10, 10), (7, 10, 10), (20, 8, 10), (27, 9, 9), (30, 10, 10), (31, 9, 9), (32, 8, 9), (33, 9, 9),
    (34, 9, 9), (36, 8, 9), (39, 6, 11), (40, 9, 9), (41, 9, 9), (43, 4, 13), (44, 7, 10), (45, 8, 8),
    (46, 7, 10), (47, 8, 8), (48, 9, 9), (49, 6, 11), (51, 8, 9), (52, 10, 11), (53, 6, 8), (54, 10, 11),
    (55, 10, 11), (56, 8, 9), (57, 8, 10), (58, 10, 10), (60, 7, 10), (61, 9, 9), (62, 7, 12), (63, 8, 10),
    (64, 8, 10), (65, 8, 8), (66, 8, 9), (81, 9, 10), (82, 8, 11), (84, 9, 10), (86, 9, 11), (90, 10, 10),
    (91, 10, 10), (92, 9, 10), (93, 9, 9), (94, 9, 9), (95, 7, 10), (98, 10, 10), (212, 9, 9), (213, 8, 9),
    (216, 8, 8), (218, 8, 10), (220, 7, 7), (221, 9, 9), (225, 8, 10), (233, 9, 9), (234, 7, 10), (237, 9, 9),
    (251, 9, 9), (254, 9, 10), (255, 9, 9), (256, 9, 9), (260, 9, 9), (263, 8, 10), (351, 9, 9), (352, 4, 11),
    (353, 7, 10), (354, 7, 9), (355, 8, 9), (356, 8, 8), (357, 8, 8), (358, 5, 12), (359, 7, 9), (370, 8, 8),
    (371, 8, 8), (372, 7, 8), (373, 8, 8), (374, 8, 8), (375, 9, 10), (376, 6, 9), (377, 8, 9), (380, 9, 9),
    (381, 8, 12), (382, 8, 8), (385, 8, 9), (386, 8, 8), (387, 8, 8), (389, 8, 8), (420, 9, 9), (421, 9, 9),
    (423, 7, 9), (502, 8, 8), (503, 8, 8), (504, 8, 8), (505, 8, 8), (506, 8, 8), (507, 7, 8), (591, 8, 8),
    (593, 8, 9), (595, 9, 9), (598, 8, 8), (852, 8, 8), (853, 8, 8), (855, 8, 9), (880, 10, 10), (886, 8, 9),
    (961, 7, 8), (962, 8, 9), (963, 8, 9), (964, 8, 10), (965, 8, 8), (966, 8, 9), (968, 8, 8), (970, 8, 9),
    (971, 8, 9), (972, 8, 9), (973, 8, 8), (974, 8, 8), (977, 8, 10), (992, 9, 9), (994, 9, 9), (995, 9, 9),
    (996, 9, 9), (998, 9, 9),
];

/// A number in international form: `+`, a country code in use, as many digits as its plan has.
pub(super) fn international(value: &[u8]) -> bool {
    let Some(rest) = value.strip_prefix(b"+") else { return false };
    if rest.len() > 24 || !rest.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let (mut number, mut len, mut digits) = (0u16, 0, [0u8; 15]);
    for byte in rest {
        if byte.is_ascii_digit() {
            let Some(slot) = digits.get_mut(len) else { return false };
            *slot = byte - b'0';
            len += 1;
        } else if !matches!(byte, b' ' | b'-' | b'.' | b'(' | b')') {
            return false;
        }
    }
    (1..=3usize).any(|count| {
        number =
            number.saturating_mul(10).saturating_add(u16::from(digits.get(count - 1).copied().unwrap_or_default()));
        let plan = PLANS.binary_search_by_key(&number, |(code, ..)| *code).ok().and_then(|at| PLANS.get(at));
        plan.is_some_and(|(_, least, most)| {
            (usize::from(*least)..=usize::from(*most)).contains(&(len.saturating_sub(count)))
        })
    })
}

/// A number as it is dialled inside a country, or without its plus; only where the name says so.
pub(super) fn national(value: &[u8]) -> bool {
    let open = memchr::memchr_iter(b'(', value).count();
    let close = memchr::memchr_iter(b')', value).count();
    let mut bare = [0u8; 24];
    let mut len = 0;
    for byte in value.iter().filter(|byte| !matches!(byte, b'(' | b')' | b' ' | b'-' | b'.' | b'/')) {
        let Some(slot) = bare.get_mut(len) else { return false };
        *slot = *byte;
        len += 1;
    }
    let Some(digits) = Digits::of(bare.get(..len).unwrap_or_default(), b"") else { return false };
    open == close && open <= 1 && matches!(len, 7..=15) && value.len() <= len + 6 && !digits.all_one()
}
