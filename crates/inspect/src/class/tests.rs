//! The table of shapes.

use model::ValueClass::{self, *};
use proptest::prelude::*;

use super::shape::Shape;
use super::{by_counts, classify, classify_segment, number};

const ROWS: &[(&str, ValueClass)] = &[
    ("", Null),
    ("null", Null),
    ("true", Bool),
    ("false", Bool),
    ("0", Int),
    ("42", Int),
    ("-5", Int),
    ("1234567890123456789", Int),
    ("00000000000000000000000000000001", Int),
    ("3.14", Decimal),
    ("-0.5", Decimal),
    ("6.02e23", Decimal),
    ("12345.678", Decimal),
    ("1.2.3", Version),
    ("v1", Version),
    ("v2.1", Version),
    ("V3", Version),
    ("v1beta1", Version),
    ("v2024-01-01", Version),
    ("2023-10", Version),
    ("550e8400-e29b-41d4-a716-446655440000", Uuid),
    ("{550E8400-E29B-41D4-A716-446655440000}", Uuid),
    ("018f5d3c-7b1a-7cc0-98c4-dc0c0c07398f", Uuid),
    ("507f1f77bcf86cd799439011", Hex),
    ("d41d8cd98f00b204e9800998ecf8427e", Hex),
    ("7f3c2a1b", Hex),
    ("0x52908400098527886E0F7030069857D2E4169EE7", Hex),
    ("00:1a:2b:3c:4d:5e", Hex),
    ("ch_3MmlLrLkdIwHu7ix0snN0B15", Token),
    ("cus_9s6XKzkNRiz8i3", Token),
    ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", Token),
    ("price_1MoBy5LkdIwHu7ixZhnattbh", Token),
    ("01ARZ3NDEKTSV4RRFFQ69G5FAV", Token),
    ("01hzxk5v0q8g7m2n4p6r8s0t2v", Token),
    ("01HQZTKWMDXHDGFGJQNQQNGGBC", Token),
    ("QxlRdNmM9EjjAlYt", Token),
    ("KwdzLMMWlDjBarVyfHitRA", Token),
    ("TWhZKiyWfdXbLJ_3qv-F", Token),
    ("dQw4w9WgXcQ", Token),
    ("V1StGXR8_Z5jdHi6B-myT", Token),
    ("4iV5W9uYEdYUVa79Axb7Rh", Token),
    ("1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms", Token),
    ("AC5ef8732a3c49700934481addd5ce1659", Hex),
    ("org-550e8400-e29b-41d4-a716-446655440000", Token),
    ("user_123456789012345678", Token),
    ("order-12345", Token),
    ("ORD12345678", Token),
    ("i-0abcd1234ef567890", Token),
    ("AKIAIOSFODNN7EXAMPLE", Token),
    ("VXNlcjoxMjM=", Token),
    ("12345-my-product-title", Token),
    ("1,2,3", Token),
    ("52.52,13.405", Token),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", Jwt),
    ("2024-01-31", Date),
    ("2024-01-31T12:30:00Z", DateTime),
    ("2024-01-31 12:30:00", DateTime),
    ("20240131T123000Z", DateTime),
    ("jane.doe+x@example.co.uk", Email),
    ("a@b.io", Email),
    ("+4915112345678", Phone),
    ("+1 (202) 555-0173", Phone),
    ("192.0.2.7", Ip),
    ("2001:db8::1", Ip),
    ("pt-BR", Locale),
    ("en_US", Locale),
    ("zh-Hans", Locale),
    ("https://example.com/a?b=c", Url),
    ("s3://bucket/key", Url),
    ("app.js", File),
    ("main.3f2a9c1b.chunk.css", File),
    ("logo@2x.png", File),
    ("favicon.ico", File),
    ("example.com", Host),
    ("api.eu.example.de", Host),
    // Look-alikes that are words of an API.
    ("en", Word),
    ("us", Word),
    ("me", Word),
    ("orders", Word),
    ("oauth2", Word),
    ("ec2", Word),
    ("s3", Word),
    ("k8s", Word),
    ("i18n", Word),
    ("x509", Word),
    ("sha256", Word),
    ("sha256sum", Word),
    ("base64url", Word),
    ("utf8mb4", Word),
    ("h264", Word),
    ("iso-8601", Word),
    ("ISO27001", Word),
    ("covid19", Word),
    ("2fa", Word),
    ("3ds2", Word),
    ("windows2019x64", Word),
    ("getUserById", Word),
    ("getHTTPSURLForXMLAPI", Word),
    ("createOrUpdateSubscriptionItem", Word),
    ("ListBucketsV2", Word),
    ("getOAuth2URLById", Word),
    ("List-Buckets-V2-By-ID", Word),
    ("chat.postMessage", Word),
    ("users.list", Word),
    ("socket.io", Word),
    ("com.example.app", Word),
    ("orders.json", Word),
    ("feed.xml", Word),
    (".well-known", Word),
    ("well-known", Word),
    ("password_reset", Word),
    ("order-items", Word),
    ("annual-report-2024", Word),
    ("q1-2024", Word),
    ("top-10", Word),
    ("us-east-1", Word),
    ("deadbeef", Word),
    ("decade2000", Word),
    ("facade", Word),
    ("__schema", Word),
    ("@me", Word),
    ("wp-json", Word),
    ("Microsoft.Compute", Word),
    ("internationalization", Word),
    ("UPPER_CASE_NAME", Word),
    ("résumé", Word),
    ("hello world", Word),
    ("12-34", Word),
    ("v", Word),
    ("version", Word),
    ("vintage2024", Word),
];

#[test]
fn shapes_are_recognised_and_words_stay_words() {
    let wrong: Vec<_> = ROWS
        .iter()
        .map(|(text, want)| (text, want, classify(text.as_bytes())))
        .filter(|(_, want, got)| **want != *got)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn short_decimals_in_a_path_are_versions() {
    assert_eq!(classify_segment(b"2.0"), Version);
    assert_eq!(classify_segment(b"storage.example.io"), Word);
    assert_eq!(classify_segment(b"52.5200"), Decimal);
}

#[test]
fn numbers_above_64_bits_have_no_value() {
    assert_eq!(number(b"18446744073709551615"), Some(u64::MAX));
    assert_eq!(number(b"18446744073709551616"), None);
    assert_eq!(number(b"-1"), None);
}

const MARKS: &[&str] =
    &["-", "_", ".", ":", "://", "@", "+", "/", "=", " ", ",", "%", "(", "e", "0", "eyJ", "é", ".png", "T"];

/// Pieces of all shapes, to be put together at random.
fn piece() -> impl Strategy<Value = String> {
    let known = ROWS.iter().map(|(text, _)| (*text).to_owned()).collect::<Vec<_>>();
    prop_oneof![
        prop::sample::select(known),
        prop::sample::select(MARKS).prop_map(str::to_owned),
        "[a-zA-Z0-9._ -]{0,30}",
        "[a-z ]{0,40}"
    ]
}

proptest! {
    #[test]
    fn short_cuts_say_what_the_general_rule_says(pieces in prop::collection::vec(piece(), 1..5)) {
        let text = pieces.concat();
        prop_assume!(!text.is_empty());
        prop_assert_eq!(classify(text.as_bytes()), by_counts(text.as_bytes()));
    }

    #[test]
    fn counts_are_counts(bytes in prop::collection::vec(any::<u8>(), 0..700)) {
        let count = |kind: &dyn Fn(u8) -> bool| bytes.iter().filter(|byte| kind(**byte)).count();
        prop_assert_eq!(Shape::of(&bytes), Shape {
            len: bytes.len(),
            digits: count(&|b| b.is_ascii_digit()),
            lower: count(&|b| b.is_ascii_lowercase()),
            upper: count(&|b| b.is_ascii_uppercase()),
            hex_letters: count(&|b| b.is_ascii_hexdigit() && !b.is_ascii_digit()),
            dashes: count(&|b| b == b'-'),
            dots: count(&|b| b == b'.'),
            colons: count(&|b| b == b':'),
            joiners: count(&|b| b"_+/=~,%".contains(&b)),
        });
    }

    #[test]
    fn any_bytes_have_a_class(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        classify(&bytes);
        classify_segment(&bytes);
    }

    #[test]
    fn drawn_base62_is_a_token(text in "[0-9A-Za-z]{22,40}") {
        // A draw may lack digits or capitals by chance; then nothing is claimed.
        let has = |f: fn(&u8) -> bool| text.bytes().filter(f).count() >= 3;
        prop_assume!(has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase));
        prop_assert_eq!(classify(text.as_bytes()), Token);
    }

    #[test]
    fn words_joined_by_marks_are_words(text in "[a-z]{2,9}([-_][a-z]{2,9}){0,4}") {
        prop_assume!(!matches!(text.as_str(), "true" | "false" | "null"));
        prop_assert_eq!(classify(text.as_bytes()), Word);
    }

    #[test]
    fn what_kinds_tell_is_what_counts_tell(
        text in prop_oneof![
            "[a-z_-]{1,40}", "[A-Za-z]{1,33}", "[0-9a-z]{1,9}", "[vVa-f][0-9A-Fa-f]{0,9}", "[0-9]{1,40}", "[!-~]{1,8}",
            "[a-f]{2}(-[a-f]{2}){3,6}", "(true|false|null|True|False|v1|zh_Hans|en-US|AKIA[A-Z]{16})[a-z0-9_-]{0,1}"
        ]
    ) {
        if let Some(class) = super::quick(text.as_bytes()) {
            prop_assert_eq!(class, by_counts(text.as_bytes()));
            let mut shown = Vec::new();
            crate::text::push_printable(&mut shown, text.as_bytes(), usize::MAX);
            prop_assert_eq!(shown, text.as_bytes());
        }
    }
}
