//! MD5 (RFC 1321) and HMAC with it: only for the key derivation of TLS 1.0 and 1.1 (RFC 2246 §5), which mixes it with SHA-1.

use zeroize::Zeroizing;

const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
const BLOCK: usize = 64;

/// MD5 of the parts, one after the other.
pub(super) fn digest(parts: &[&[u8]]) -> [u8; 16] {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    let mut message = Zeroizing::new(Vec::with_capacity(len + 2 * BLOCK));
    for part in parts {
        message.extend_from_slice(part);
    }
    message.push(0x80);
    while message.len() % BLOCK != BLOCK - 8 {
        message.push(0);
    }
    message.extend_from_slice(&(len as u64 * 8).to_le_bytes());
    let mut state = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    let (blocks, _) = message.as_chunks::<BLOCK>();
    for block in blocks {
        compress(&mut state, block);
    }
    let mut out = [0; 16];
    let (words, _) = out.as_chunks_mut::<4>();
    for (word, value) in words.iter_mut().zip(state) {
        *word = value.to_le_bytes();
    }
    out
}

fn compress(state: &mut [u32; 4], block: &[u8; BLOCK]) {
    let (words, _) = block.as_chunks::<4>();
    let [mut a, mut b, mut c, mut d] = *state;
    for i in 0..64_u32 {
        let (mixed, word) = match i / 16 {
            0 => ((b & c) | (!b & d), i),
            1 => ((d & b) | (!d & c), 5 * i + 1),
            2 => (b ^ c ^ d, 3 * i + 5),
            _ => (c ^ (b | !d), 7 * i),
        };
        let word = words.get(word as usize % 16).map_or(0, |word| u32::from_le_bytes(*word));
        let shift = SHIFTS.get(i as usize / 16).and_then(|row| row.get(i as usize % 4)).copied().unwrap_or(0);
        #[allow(clippy::cast_sign_loss, reason = "it is positive")]
        // The constants are the first 32 bits of |sin(i + 1)|.
        let sine = (f64::from(i + 1).sin().abs() * 4_294_967_296.0) as u32;
        let sum = a.wrapping_add(mixed).wrapping_add(sine).wrapping_add(word);
        (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(shift)));
    }
    for (old, new) in state.iter_mut().zip([a, b, c, d]) {
        *old = old.wrapping_add(new);
    }
}

/// HMAC-MD5 (RFC 2104) of the parts, one after the other.
pub(super) fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 16] {
    let mut block = Zeroizing::new([0_u8; BLOCK]);
    let hashed;
    let key = if key.len() > BLOCK {
        hashed = Zeroizing::new(digest(&[key]));
        &hashed[..]
    } else {
        key
    };
    for (place, byte) in block.iter_mut().zip(key) {
        *place = *byte;
    }
    let inner = Zeroizing::new(block.map(|byte| byte ^ 0x36));
    let outer = Zeroizing::new(block.map(|byte| byte ^ 0x5c));
    let mut all: Vec<&[u8]> = vec![&inner[..]];
    all.extend_from_slice(parts);
    let first = digest(&all);
    digest(&[&outer[..], &first])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }

    #[test]
    fn digests_are_those_of_rfc_1321_and_rfc_2202() {
        assert_eq!(hex(&digest(&[b""])), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(hex(&digest(&[b"message ", b"digest"])), "f96b697d7cb7938d525a2f31aaf161d0");
        let long = b"12345678901234567890123456789012345678901234567890123456789012345678901234567890";
        assert_eq!(hex(&digest(&[long])), "57edf4a22be3c955ac49da2e2107b67a");
        assert_eq!(hex(&hmac(b"Jefe", &[b"what do ya want for nothing?"])), "750c783e6ab0b503eaa86e310a5db738");
        let test = b"Test Using Larger Than Block-Size Key - Hash Key First";
        assert_eq!(hex(&hmac(&[0xaa; 80], &[test])), "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
    }
}
