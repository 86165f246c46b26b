//! SHA-1 (FIPS 180-4 §6.1), which the handshake of WebSockets asks for: no secret depends on it.

/// The digest of `message`.
pub(super) fn sha1(message: &[u8]) -> [u8; 20] {
    let mut state = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend_from_slice(&(message.len() as u64 * 8).to_be_bytes());
    let (blocks, _) = padded.as_chunks::<64>();
    for block in blocks {
        step(&mut state, block);
    }
    let mut digest = [0; 20];
    let (words, _) = digest.as_chunks_mut::<4>();
    words.iter_mut().zip(state).for_each(|(to, word)| *to = word.to_be_bytes());
    digest
}

#[allow(clippy::many_single_char_names, reason = "the names of the standard")]
fn step(state: &mut [u32; 5], block: &[u8; 64]) {
    let (bytes, _) = block.as_chunks::<4>();
    // The last sixteen words of the schedule, the oldest first.
    let mut words = [0u32; 16];
    words.iter_mut().zip(bytes).for_each(|(word, bytes)| *word = u32::from_be_bytes(*bytes));
    let [mut a, mut b, mut c, mut d, mut e] = *state;
    for round in 0..80 {
        let word = words[0];
        let next = (words[13] ^ words[8] ^ words[2] ^ words[0]).rotate_left(1);
        words.rotate_left(1);
        words[15] = next;
        let (mix, constant) = match round {
            0..20 => ((b & c) | (!b & d), 0x5a82_7999_u32),
            20..40 => (b ^ c ^ d, 0x6ed9_eba1),
            40..60 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
            _ => (b ^ c ^ d, 0xca62_c1d6),
        };
        let sum = a.rotate_left(5).wrapping_add(mix).wrapping_add(e).wrapping_add(constant).wrapping_add(word);
        (e, d, c, b, a) = (d, c, b.rotate_left(30), a, sum);
    }
    state.iter_mut().zip([a, b, c, d, e]).for_each(|(old, new)| *old = old.wrapping_add(new));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(digest: [u8; 20]) -> String {
        let (_, high) = digest.split_at(4);
        let low = u128::from_be_bytes(high.try_into().unwrap());
        format!("{:08x}{low:032x}", u32::from_be_bytes(digest[..4].try_into().unwrap()))
    }

    #[test]
    fn digests_are_those_of_the_standard() {
        // RFC 3174 §7.3, FIPS 180 examples.
        assert_eq!(hex(sha1(b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(hex(sha1(b"")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        let two = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        assert_eq!(hex(sha1(two)), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
        assert_eq!(hex(sha1(&vec![b'a'; 1_000_000])), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    }
}
