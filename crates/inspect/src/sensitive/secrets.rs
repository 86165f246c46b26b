//! Keys and tokens: prefixes that their makers publish for scanners, and what is drawn under a name that says so.

/// Characters after a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    /// Capitals and digits.
    Upper,
    /// Letters and digits.
    Alnum,
    /// And `-`, `_`.
    Url,
    /// And points: tokens of several parts.
    Dotted,
    Hex,
}

/// Prefix, least and most characters after it, and which. Sources: the makers' pages on token formats and GitHub's
/// secret scanning partners.
#[rustfmt::skip]
const PREFIXES: &[(&[u8], usize, usize, Of)] = &[
    (b"AKIA", 16, 16, Of::Upper),         // AWS access key
    (b"ASIA", 16, 16, Of::Upper),         // AWS temporary key
    (b"AGE-SECRET-KEY-1", 58, 58, Of::Upper),
    (b"AIza", 35, 35, Of::Url),           // Google API key
    (b"EAA", 60, 250, Of::Alnum),         // Meta access token
    (b"GOCSPX-", 28, 28, Of::Url),        // Google client secret
    (b"SG.", 66, 66, Of::Dotted),         // SendGrid
    (b"SK", 32, 32, Of::Hex),             // Twilio API key
    (b"dckr_pat_", 27, 60, Of::Url),      // Docker
    (b"dop_v1_", 64, 64, Of::Hex),        // DigitalOcean
    (b"dapi", 32, 32, Of::Hex),           // Databricks
    (b"ghp_", 36, 251, Of::Alnum),        // GitHub
    (b"gho_", 36, 251, Of::Alnum),
    (b"ghu_", 36, 251, Of::Alnum),
    (b"ghs_", 36, 251, Of::Alnum),
    (b"ghr_", 36, 251, Of::Alnum),
    (b"github_pat_", 40, 251, Of::Url),
    (b"glpat-", 20, 300, Of::Dotted),     // GitLab
    (b"glrt-", 20, 300, Of::Dotted),
    (b"hf_", 30, 40, Of::Alnum),          // Hugging Face
    (b"hvs.", 24, 200, Of::Url),          // Vault
    (b"lin_api_", 40, 40, Of::Alnum),     // Linear
    (b"npm_", 36, 36, Of::Alnum),
    (b"pypi-AgE", 50, 250, Of::Url),
    (b"rk_live_", 24, 250, Of::Alnum),    // Stripe
    (b"rk_test_", 24, 250, Of::Alnum),
    (b"shpat_", 32, 32, Of::Hex),         // Shopify
    (b"shpss_", 32, 32, Of::Hex),
    (b"sk_live_", 24, 250, Of::Alnum),    // Stripe
    (b"sk_test_", 24, 250, Of::Alnum),
    (b"sk-ant-", 40, 200, Of::Url),       // Anthropic
    (b"sk-proj-", 40, 250, Of::Url),      // OpenAI
    (b"sk-", 48, 48, Of::Alnum),
    (b"sq0atp-", 22, 22, Of::Url),        // Square
    (b"sq0csp-", 43, 43, Of::Url),
    (b"whsec_", 32, 64, Of::Alnum),       // Stripe webhooks
    (b"xapp-", 30, 200, Of::Url),         // Slack
    (b"xoxb-", 24, 200, Of::Url),
    (b"xoxe-", 24, 200, Of::Url),
    (b"xoxp-", 24, 200, Of::Url),
    (b"xoxs-", 24, 200, Of::Url),
    (b"ya29.", 40, 300, Of::Dotted),      // Google OAuth
];

/// Whether it is a key of a known make.
pub(super) fn known(value: &[u8]) -> bool {
    if value.len() < 16
        || !matches!(
            value.first(),
            Some(
                b'A' | b'E' | b'G' | b'S' | b'd' | b'g' | b'h' | b'l' | b'n' | b'p' | b'r' | b's' | b'w' | b'x' | b'y'
            )
        )
    {
        return false;
    }
    PREFIXES.iter().any(|(prefix, least, most, of)| {
        value.strip_prefix(*prefix).is_some_and(|rest| {
            (*least..=*most).contains(&rest.len()) && rest.iter().all(|byte| fits(*byte, *of)) && varied(rest)
        })
    })
}

const fn fits(byte: u8, of: Of) -> bool {
    match of {
        Of::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        Of::Alnum => byte.is_ascii_alphanumeric(),
        Of::Url => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
        Of::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'),
        Of::Hex => byte.is_ascii_hexdigit(),
    }
}

/// Whether so many different characters stand in it as in a drawn value: placeholders (`xxxx…`) have few.
fn varied(value: &[u8]) -> bool {
    distinct(value) >= 8
}

fn distinct(value: &[u8]) -> u32 {
    let mut seen = [0u64; 4];
    for byte in value {
        if let Some(word) = seen.get_mut(usize::from(byte >> 6)) {
            *word |= 1 << (byte & 63);
        }
    }
    seen.iter().map(|word| word.count_ones()).sum()
}

/// Least length of a secret told by the field's name.
const NAMED_BYTES_MIN: usize = 16;

/// A value drawn by a machine: at least sixteen letters, digits and marks of encodings; digits and letters among them; the
/// entropy of its characters high enough (half of them different, or sixteen).
pub(super) fn drawn(value: &[u8]) -> bool {
    let head = value.get(..256).unwrap_or(value);
    let alphabet =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+' | b'/' | b'=' | b'~');
    let different = distinct(head) as usize;
    value.len() >= NAMED_BYTES_MIN
        && head.iter().all(alphabet)
        && head.iter().any(u8::is_ascii_digit)
        && head.iter().any(u8::is_ascii_alphabetic)
        && (different >= 12 || different * 2 >= head.len())
}

/// The head of a private key in text form (RFC 7468 §10, §11; OpenSSH and PGP likewise).
pub(super) fn private_key(value: &[u8]) -> bool {
    const MARK: &[u8] = b"PRIVATE KEY";
    let line = value.get(..64.min(value.len())).unwrap_or_default();
    line.starts_with(b"-----BEGIN ") && line.windows(MARK.len()).any(|window| window == MARK)
}
