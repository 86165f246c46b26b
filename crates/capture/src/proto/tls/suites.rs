//! Cipher suites: what each number stands for (IANA registry "TLS Cipher Suites").
//!
//! In: the number that the server chose. Out: how its records are opened, or that they are not and its name.

/// How records are protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protection {
    /// AES-128-GCM.
    Aes128Gcm,
    /// AES-256-GCM.
    Aes256Gcm,
    /// AES-CCM with a key and a tag of so many bytes.
    Ccm { key: usize, tag: usize },
    /// ChaCha20-Poly1305.
    ChaCha20,
    /// AES-CBC with a key of so many bytes, and HMAC.
    Cbc { key: usize, mac: Mac },
    /// HMAC only.
    Null { mac: Mac },
    /// Known by name only.
    Refused,
}

/// Hash of the HMAC of older suites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mac {
    /// HMAC-SHA-1.
    Sha1,
    /// HMAC-SHA-256.
    Sha256,
    /// HMAC-SHA-384.
    Sha384,
}

/// A cipher suite.
#[derive(Clone, Copy, Debug)]
pub(super) struct Suite {
    /// Registered name without `TLS_`.
    pub name: &'static str,
    /// How records are protected.
    pub protection: Protection,
    /// Whether keys are derived with SHA-384 (else SHA-256; before TLS 1.2 MD5 with SHA-1).
    pub sha384: bool,
    /// Whether the client sends the premaster secret under the server's RSA key.
    pub rsa: bool,
}

impl Suite {
    /// The suite of that number, if it is known.
    pub(super) fn of(id: u16) -> Option<Self> {
        let at = SUITES.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        let (_, name) = *SUITES.get(at)?;
        Some(Self {
            name,
            protection: protection(name),
            sha384: name.ends_with("SHA384"),
            rsa: name.starts_with("RSA_WITH"),
        })
    }
}

/// The names are regular: what stands behind `WITH` says it all.
fn protection(name: &str) -> Protection {
    let of = name.split_once("WITH_").map_or(name, |(_, of)| of);
    let mac = || match of.rsplit('_').next() {
        Some("SHA") => Some(Mac::Sha1),
        Some("SHA256") => Some(Mac::Sha256),
        Some("SHA384") => Some(Mac::Sha384),
        _ => None,
    };
    let tag = if of.contains("CCM_8") { 8 } else { 16 };
    if of.starts_with("AES_128_GCM") {
        Protection::Aes128Gcm
    } else if of.starts_with("AES_256_GCM") {
        Protection::Aes256Gcm
    } else if of.starts_with("CHACHA20") {
        Protection::ChaCha20
    } else if of.starts_with("AES_128_CCM") {
        Protection::Ccm { key: 16, tag }
    } else if of.starts_with("AES_256_CCM") {
        Protection::Ccm { key: 32, tag }
    } else if let Some(mac) = mac() {
        if of.starts_with("AES_128_CBC") {
            Protection::Cbc { key: 16, mac }
        } else if of.starts_with("AES_256_CBC") {
            Protection::Cbc { key: 32, mac }
        } else if of.starts_with("NULL") {
            Protection::Null { mac }
        } else {
            Protection::Refused
        }
    } else {
        Protection::Refused
    }
}

/// Suites that servers choose, by number; those without protection of ours are refused by name.
static SUITES: &[(u16, &str)] = &[
    (0x0001, "RSA_WITH_NULL_MD5"),
    (0x0002, "RSA_WITH_NULL_SHA"),
    (0x0004, "RSA_WITH_RC4_128_MD5"),
    (0x0005, "RSA_WITH_RC4_128_SHA"),
    (0x0007, "RSA_WITH_IDEA_CBC_SHA"),
    (0x0009, "RSA_WITH_DES_CBC_SHA"),
    (0x000a, "RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0013, "DHE_DSS_WITH_3DES_EDE_CBC_SHA"),
    (0x0016, "DHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0018, "DH_anon_WITH_RC4_128_MD5"),
    (0x002c, "PSK_WITH_NULL_SHA"),
    (0x002d, "DHE_PSK_WITH_NULL_SHA"),
    (0x002e, "RSA_PSK_WITH_NULL_SHA"),
    (0x002f, "RSA_WITH_AES_128_CBC_SHA"),
    (0x0032, "DHE_DSS_WITH_AES_128_CBC_SHA"),
    (0x0033, "DHE_RSA_WITH_AES_128_CBC_SHA"),
    (0x0034, "DH_anon_WITH_AES_128_CBC_SHA"),
    (0x0035, "RSA_WITH_AES_256_CBC_SHA"),
    (0x0038, "DHE_DSS_WITH_AES_256_CBC_SHA"),
    (0x0039, "DHE_RSA_WITH_AES_256_CBC_SHA"),
    (0x003a, "DH_anon_WITH_AES_256_CBC_SHA"),
    (0x003b, "RSA_WITH_NULL_SHA256"),
    (0x003c, "RSA_WITH_AES_128_CBC_SHA256"),
    (0x003d, "RSA_WITH_AES_256_CBC_SHA256"),
    (0x0040, "DHE_DSS_WITH_AES_128_CBC_SHA256"),
    (0x0041, "RSA_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0044, "DHE_DSS_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0045, "DHE_RSA_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0046, "DH_anon_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0067, "DHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0x006a, "DHE_DSS_WITH_AES_256_CBC_SHA256"),
    (0x006b, "DHE_RSA_WITH_AES_256_CBC_SHA256"),
    (0x006c, "DH_anon_WITH_AES_128_CBC_SHA256"),
    (0x006d, "DH_anon_WITH_AES_256_CBC_SHA256"),
    (0x0084, "RSA_WITH_CAMELLIA_256_CBC_SHA"),
    (0x0087, "DHE_DSS_WITH_CAMELLIA_256_CBC_SHA"),
    (0x0088, "DHE_RSA_WITH_CAMELLIA_256_CBC_SHA"),
    (0x0089, "DH_anon_WITH_CAMELLIA_256_CBC_SHA"),
    (0x008c, "PSK_WITH_AES_128_CBC_SHA"),
    (0x008d, "PSK_WITH_AES_256_CBC_SHA"),
    (0x0090, "DHE_PSK_WITH_AES_128_CBC_SHA"),
    (0x0091, "DHE_PSK_WITH_AES_256_CBC_SHA"),
    (0x0094, "RSA_PSK_WITH_AES_128_CBC_SHA"),
    (0x0095, "RSA_PSK_WITH_AES_256_CBC_SHA"),
    (0x0096, "RSA_WITH_SEED_CBC_SHA"),
    (0x0099, "DHE_DSS_WITH_SEED_CBC_SHA"),
    (0x009a, "DHE_RSA_WITH_SEED_CBC_SHA"),
    (0x009c, "RSA_WITH_AES_128_GCM_SHA256"),
    (0x009d, "RSA_WITH_AES_256_GCM_SHA384"),
    (0x009e, "DHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0x009f, "DHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0x00a2, "DHE_DSS_WITH_AES_128_GCM_SHA256"),
    (0x00a3, "DHE_DSS_WITH_AES_256_GCM_SHA384"),
    (0x00a6, "DH_anon_WITH_AES_128_GCM_SHA256"),
    (0x00a7, "DH_anon_WITH_AES_256_GCM_SHA384"),
    (0x00a8, "PSK_WITH_AES_128_GCM_SHA256"),
    (0x00a9, "PSK_WITH_AES_256_GCM_SHA384"),
    (0x00aa, "DHE_PSK_WITH_AES_128_GCM_SHA256"),
    (0x00ab, "DHE_PSK_WITH_AES_256_GCM_SHA384"),
    (0x00ac, "RSA_PSK_WITH_AES_128_GCM_SHA256"),
    (0x00ad, "RSA_PSK_WITH_AES_256_GCM_SHA384"),
    (0x00ae, "PSK_WITH_AES_128_CBC_SHA256"),
    (0x00af, "PSK_WITH_AES_256_CBC_SHA384"),
    (0x00b0, "PSK_WITH_NULL_SHA256"),
    (0x00b1, "PSK_WITH_NULL_SHA384"),
    (0x00b2, "DHE_PSK_WITH_AES_128_CBC_SHA256"),
    (0x00b3, "DHE_PSK_WITH_AES_256_CBC_SHA384"),
    (0x00b4, "DHE_PSK_WITH_NULL_SHA256"),
    (0x00b5, "DHE_PSK_WITH_NULL_SHA384"),
    (0x00b6, "RSA_PSK_WITH_AES_128_CBC_SHA256"),
    (0x00b7, "RSA_PSK_WITH_AES_256_CBC_SHA384"),
    (0x00b8, "RSA_PSK_WITH_NULL_SHA256"),
    (0x00b9, "RSA_PSK_WITH_NULL_SHA384"),
    (0x00ba, "RSA_WITH_CAMELLIA_128_CBC_SHA256"),
    (0x00bd, "DHE_DSS_WITH_CAMELLIA_128_CBC_SHA256"),
    (0x00be, "DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"),
    (0x00bf, "DH_anon_WITH_CAMELLIA_128_CBC_SHA256"),
    (0x00c0, "RSA_WITH_CAMELLIA_256_CBC_SHA256"),
    (0x00c3, "DHE_DSS_WITH_CAMELLIA_256_CBC_SHA256"),
    (0x00c4, "DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256"),
    (0x00c5, "DH_anon_WITH_CAMELLIA_256_CBC_SHA256"),
    (0x1301, "AES_128_GCM_SHA256"),
    (0x1302, "AES_256_GCM_SHA384"),
    (0x1303, "CHACHA20_POLY1305_SHA256"),
    (0x1304, "AES_128_CCM_SHA256"),
    (0x1305, "AES_128_CCM_8_SHA256"),
    (0xc002, "ECDH_ECDSA_WITH_RC4_128_SHA"),
    (0xc004, "ECDH_ECDSA_WITH_AES_128_CBC_SHA"),
    (0xc005, "ECDH_ECDSA_WITH_AES_256_CBC_SHA"),
    (0xc006, "ECDHE_ECDSA_WITH_NULL_SHA"),
    (0xc007, "ECDHE_ECDSA_WITH_RC4_128_SHA"),
    (0xc008, "ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"),
    (0xc009, "ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
    (0xc00a, "ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
    (0xc00e, "ECDH_RSA_WITH_AES_128_CBC_SHA"),
    (0xc00f, "ECDH_RSA_WITH_AES_256_CBC_SHA"),
    (0xc010, "ECDHE_RSA_WITH_NULL_SHA"),
    (0xc011, "ECDHE_RSA_WITH_RC4_128_SHA"),
    (0xc012, "ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0xc013, "ECDHE_RSA_WITH_AES_128_CBC_SHA"),
    (0xc014, "ECDHE_RSA_WITH_AES_256_CBC_SHA"),
    (0xc015, "ECDH_anon_WITH_NULL_SHA"),
    (0xc018, "ECDH_anon_WITH_AES_128_CBC_SHA"),
    (0xc019, "ECDH_anon_WITH_AES_256_CBC_SHA"),
    (0xc01d, "SRP_SHA_WITH_AES_128_CBC_SHA"),
    (0xc01e, "SRP_SHA_RSA_WITH_AES_128_CBC_SHA"),
    (0xc01f, "SRP_SHA_DSS_WITH_AES_128_CBC_SHA"),
    (0xc020, "SRP_SHA_WITH_AES_256_CBC_SHA"),
    (0xc021, "SRP_SHA_RSA_WITH_AES_256_CBC_SHA"),
    (0xc022, "SRP_SHA_DSS_WITH_AES_256_CBC_SHA"),
    (0xc023, "ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
    (0xc024, "ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"),
    (0xc025, "ECDH_ECDSA_WITH_AES_128_CBC_SHA256"),
    (0xc026, "ECDH_ECDSA_WITH_AES_256_CBC_SHA384"),
    (0xc027, "ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0xc028, "ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
    (0xc029, "ECDH_RSA_WITH_AES_128_CBC_SHA256"),
    (0xc02a, "ECDH_RSA_WITH_AES_256_CBC_SHA384"),
    (0xc02b, "ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    (0xc02c, "ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    (0xc02d, "ECDH_ECDSA_WITH_AES_128_GCM_SHA256"),
    (0xc02e, "ECDH_ECDSA_WITH_AES_256_GCM_SHA384"),
    (0xc02f, "ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0xc030, "ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0xc031, "ECDH_RSA_WITH_AES_128_GCM_SHA256"),
    (0xc032, "ECDH_RSA_WITH_AES_256_GCM_SHA384"),
    (0xc035, "ECDHE_PSK_WITH_AES_128_CBC_SHA"),
    (0xc036, "ECDHE_PSK_WITH_AES_256_CBC_SHA"),
    (0xc037, "ECDHE_PSK_WITH_AES_128_CBC_SHA256"),
    (0xc038, "ECDHE_PSK_WITH_AES_256_CBC_SHA384"),
    (0xc039, "ECDHE_PSK_WITH_NULL_SHA"),
    (0xc03a, "ECDHE_PSK_WITH_NULL_SHA256"),
    (0xc03b, "ECDHE_PSK_WITH_NULL_SHA384"),
    (0xc050, "RSA_WITH_ARIA_128_GCM_SHA256"),
    (0xc051, "RSA_WITH_ARIA_256_GCM_SHA384"),
    (0xc052, "DHE_RSA_WITH_ARIA_128_GCM_SHA256"),
    (0xc053, "DHE_RSA_WITH_ARIA_256_GCM_SHA384"),
    (0xc056, "DHE_DSS_WITH_ARIA_128_GCM_SHA256"),
    (0xc057, "DHE_DSS_WITH_ARIA_256_GCM_SHA384"),
    (0xc05c, "ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256"),
    (0xc05d, "ECDHE_ECDSA_WITH_ARIA_256_GCM_SHA384"),
    (0xc060, "ECDHE_RSA_WITH_ARIA_128_GCM_SHA256"),
    (0xc061, "ECDHE_RSA_WITH_ARIA_256_GCM_SHA384"),
    (0xc06a, "PSK_WITH_ARIA_128_GCM_SHA256"),
    (0xc06b, "PSK_WITH_ARIA_256_GCM_SHA384"),
    (0xc06c, "DHE_PSK_WITH_ARIA_128_GCM_SHA256"),
    (0xc06d, "DHE_PSK_WITH_ARIA_256_GCM_SHA384"),
    (0xc06e, "RSA_PSK_WITH_ARIA_128_GCM_SHA256"),
    (0xc06f, "RSA_PSK_WITH_ARIA_256_GCM_SHA384"),
    (0xc072, "ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256"),
    (0xc073, "ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384"),
    (0xc076, "ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"),
    (0xc077, "ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384"),
    (0xc094, "PSK_WITH_CAMELLIA_128_CBC_SHA256"),
    (0xc095, "PSK_WITH_CAMELLIA_256_CBC_SHA384"),
    (0xc096, "DHE_PSK_WITH_CAMELLIA_128_CBC_SHA256"),
    (0xc097, "DHE_PSK_WITH_CAMELLIA_256_CBC_SHA384"),
    (0xc098, "RSA_PSK_WITH_CAMELLIA_128_CBC_SHA256"),
    (0xc099, "RSA_PSK_WITH_CAMELLIA_256_CBC_SHA384"),
    (0xc09a, "ECDHE_PSK_WITH_CAMELLIA_128_CBC_SHA256"),
    (0xc09b, "ECDHE_PSK_WITH_CAMELLIA_256_CBC_SHA384"),
    (0xc09c, "RSA_WITH_AES_128_CCM"),
    (0xc09d, "RSA_WITH_AES_256_CCM"),
    (0xc09e, "DHE_RSA_WITH_AES_128_CCM"),
    (0xc09f, "DHE_RSA_WITH_AES_256_CCM"),
    (0xc0a0, "RSA_WITH_AES_128_CCM_8"),
    (0xc0a1, "RSA_WITH_AES_256_CCM_8"),
    (0xc0a2, "DHE_RSA_WITH_AES_128_CCM_8"),
    (0xc0a3, "DHE_RSA_WITH_AES_256_CCM_8"),
    (0xc0a4, "PSK_WITH_AES_128_CCM"),
    (0xc0a5, "PSK_WITH_AES_256_CCM"),
    (0xc0a6, "DHE_PSK_WITH_AES_128_CCM"),
    (0xc0a7, "DHE_PSK_WITH_AES_256_CCM"),
    (0xc0a8, "PSK_WITH_AES_128_CCM_8"),
    (0xc0a9, "PSK_WITH_AES_256_CCM_8"),
    (0xc0aa, "PSK_DHE_WITH_AES_128_CCM_8"),
    (0xc0ab, "PSK_DHE_WITH_AES_256_CCM_8"),
    (0xc0ac, "ECDHE_ECDSA_WITH_AES_128_CCM"),
    (0xc0ad, "ECDHE_ECDSA_WITH_AES_256_CCM"),
    (0xc0ae, "ECDHE_ECDSA_WITH_AES_128_CCM_8"),
    (0xc0af, "ECDHE_ECDSA_WITH_AES_256_CCM_8"),
    (0xcca8, "ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xcca9, "ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xccaa, "DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xccab, "PSK_WITH_CHACHA20_POLY1305_SHA256"),
    (0xccac, "ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256"),
    (0xccad, "DHE_PSK_WITH_CHACHA20_POLY1305_SHA256"),
    (0xccae, "RSA_PSK_WITH_CHACHA20_POLY1305_SHA256"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_are_in_order_and_read_from_their_names() {
        assert!(SUITES.is_sorted_by(|a, b| a.0 < b.0));
        let of = |id| Suite::of(id).unwrap();
        assert_eq!(of(0x1302).protection, Protection::Aes256Gcm);
        assert!(of(0x1302).sha384 && !of(0x1301).sha384);
        assert_eq!(of(0x1305).protection, Protection::Ccm { key: 16, tag: 8 });
        assert_eq!(of(0xc0af).protection, Protection::Ccm { key: 32, tag: 8 });
        assert_eq!(of(0x0038).protection, Protection::Cbc { key: 32, mac: Mac::Sha1 });
        assert_eq!(of(0xc024).protection, Protection::Cbc { key: 32, mac: Mac::Sha384 });
        assert_eq!(of(0x003b).protection, Protection::Null { mac: Mac::Sha256 });
        assert_eq!(of(0xccaa).protection, Protection::ChaCha20);
        assert!(of(0x009c).rsa && !of(0xc02f).rsa);
        for refused in [0x0005, 0x000a, 0x00be, 0xc072, 0x0001] {
            assert_eq!(of(refused).protection, Protection::Refused, "{}", of(refused).name);
        }
        assert!(Suite::of(0x0a0a).is_none());
    }
}
