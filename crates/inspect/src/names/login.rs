//! Names of what somebody logs in with.

use crate::text::contains;

/// What a parameter is to somebody who logs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Login {
    /// Nothing.
    #[default]
    No,
    /// Names the account.
    Account,
    /// Names the program that asks for a token, which is the account only where it asks for itself (RFC 6749 §4.4).
    Client,
    /// Proves that it is theirs: a password, a code sent to a phone, a coupon.
    Secret,
    /// Proves it where the path speaks of log-ins or forgotten passwords; elsewhere it may answer any question.
    Answer,
    /// A token that new ones are given for.
    Refresh,
}

/// Whole last parts of names of accounts, in lower case without separators.
const ACCOUNTS: &[&[u8]] = &[
    b"user",
    b"username",
    b"userid",
    b"login",
    b"loginid",
    b"loginname",
    b"email",
    b"emailaddress",
    b"mail",
    b"account",
    b"accountname",
    b"accountid",
    b"phone",
    b"phonenumber",
    b"mobile",
    b"msisdn",
    b"identifier",
    b"nickname",
    b"handle",
    b"usernameoremail",
    b"customerid",
    b"memberid",
    b"uname",
    b"employeeid",
    b"employeenumber",
    b"staffid",
    b"staffnumber",
    b"studentid",
    b"studentnumber",
    b"badgenumber",
    b"membernumber",
];

/// The same of secrets; names that hold [`PASSWORDS`] are too.
const SECRETS: &[&[u8]] = &[
    b"pass",
    b"userpass",
    b"loginpass",
    b"pw",
    b"psw",
    b"pswd",
    b"pin",
    b"pincode",
    b"otp",
    b"otpcode",
    b"totp",
    b"mfacode",
    b"code",
    b"verificationcode",
    b"smscode",
    b"passcode",
    b"coupon",
    b"couponcode",
    b"promo",
    b"promocode",
    b"voucher",
    b"vouchercode",
    b"giftcard",
    b"giftcode",
    b"redeemcode",
    b"discountcode",
    b"promotioncode",
    b"invitecode",
    b"invitationcode",
    b"activationcode",
    b"activationkey",
    b"licensekey",
    b"licencekey",
    b"unlockcode",
    b"accesscode",
    b"resetcode",
    b"recoverycode",
    b"backupcode",
    b"confirmationcode",
    b"adminkey",
    b"masterkey",
    b"secretkey",
    b"clientsecret",
    b"securitycode",
    b"authcode",
    b"token2fa",
    b"cvv",
    b"cvc",
    b"dateofbirth",
    b"dob",
    b"birthdate",
    b"secretanswer",
    b"securityanswer",
    b"answertosecurityquestion",
];
const PASSWORDS: &[&[u8]] = &[b"password", b"passwd", b"pwd", b"passphrase"];
/// How names of codes end, whatever stands before: `emailOtp`, `appliedCouponCode`.
const ENDS: &[&[u8]] = &[
    b"otp",
    b"totp",
    b"otpcode",
    b"coupon",
    b"couponcode",
    b"vouchercode",
    b"promocode",
    b"giftcardcode",
    b"giftcardnumber",
    b"giftcode",
    b"verificationcode",
    b"securityanswer",
];
/// How names of second factors begin, and what their values are called: `totpToken`, `mfa_code`, `2faPin`.
const FACTORS: &[&[u8]] = &[b"otp", b"totp", b"mfa", b"tfa", b"2fa", b"twofa", b"twofactor", b"secondfactor"];
const VALUES: &[&[u8]] = &[b"code", b"token", b"value", b"pin", b"input", b"answer", b"response"];

/// Longest name looked at, without separators.
const NAME_MAX: usize = 32;

impl Login {
    /// By that name, of a pointer by its last part.
    pub(crate) fn of(name: &[u8]) -> Self {
        let last = name.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        let mut plain = [0; NAME_MAX];
        let mut len = 0;
        for byte in last.iter().filter(|byte| byte.is_ascii_alphanumeric()) {
            let Some(place) = plain.get_mut(len) else { return Self::No };
            *place = byte.to_ascii_lowercase();
            len += 1;
        }
        let plain = plain.get(..len).unwrap_or_default();
        if plain == b"refreshtoken" {
            Self::Refresh
        } else if plain == b"clientid" {
            Self::Client
        } else if SECRETS.contains(&plain) || PASSWORDS.iter().any(|word| contains(plain, word)) || is_code(plain) {
            Self::Secret
        } else if plain == b"answer" {
            Self::Answer
        } else if ACCOUNTS.contains(&plain) {
            Self::Account
        } else {
            Self::No
        }
    }
}

/// Whether a name is that of a code, by its beginning and end.
fn is_code(plain: &[u8]) -> bool {
    let is_value = |rest: &[u8]| VALUES.iter().any(|value| rest.ends_with(value));
    ENDS.iter().any(|end| plain.ends_with(end))
        || FACTORS.iter().any(|factor| plain.strip_prefix(*factor).is_some_and(is_value))
}

/// Whether a name, which may be a pointer as it is kept, is that of a password or PIN.
pub(crate) fn is_password(name: &[u8]) -> bool {
    let ends = |end: &[u8]| {
        name.len()
            .checked_sub(end.len())
            .and_then(|at| name.get(at..))
            .is_some_and(|last| last.eq_ignore_ascii_case(end))
    };
    ends(b"pin") || ends(b"pincode") || ends(b"passcode") || PASSWORDS.iter().any(|word| ends(word))
}

/// Whether a name is that of the secret of a program: `client_secret`.
pub(crate) fn is_secret_of_a_program(name: &[u8]) -> bool {
    name.len().checked_sub(6).and_then(|at| name.get(at..)).is_some_and(|last| last.eq_ignore_ascii_case(b"secret"))
}

/// Whether a name speaks of people: `employeeNo`.
pub(crate) fn is_of_people(name: &[u8]) -> bool {
    const PEOPLE: &[&[u8]] = &[
        b"employee",
        b"staff",
        b"member",
        b"badge",
        b"user",
        b"customer",
        b"student",
        b"personnel",
        b"operator",
        b"worker",
        b"driver",
        b"patient",
    ];
    PEOPLE.iter().any(|word| name.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word)))
}

/// Whether a name ends as those of numbers that people are known by: `employeeNo`, `member_number`, `staffId`.
pub(crate) fn ends_as_number(name: &[u8]) -> bool {
    const ENDS: &[&[u8]] = &[b"No", b"_no", b"Nr", b"_nr", b"Number", b"number", b"Num", b"_num", b"Id", b"_id"];
    ENDS.iter().any(|end| name.ends_with(end))
}

/// Whether what follows a segment of that name in a path is a code that somebody was given: `/coupons/{code}`.
pub(crate) fn precedes_code(segment: &[u8]) -> bool {
    const NAMES: &[&[u8]] = &[
        b"coupon",
        b"coupons",
        b"voucher",
        b"vouchers",
        b"promo",
        b"promocode",
        b"promocodes",
        b"promo-code",
        b"promo-codes",
        b"giftcard",
        b"giftcards",
        b"gift-card",
        b"gift-cards",
        b"redeem",
        b"otp",
    ];
    // Most segments begin otherwise, which spares the list.
    matches!(segment.first(), Some(b'c' | b'C' | b'v' | b'V' | b'p' | b'P' | b'g' | b'G' | b'r' | b'R' | b'o' | b'O'))
        && NAMES.iter().any(|name| segment.eq_ignore_ascii_case(name))
}

/// Whether a path speaks of log-ins, forgotten passwords or second factors.
pub(crate) fn speaks_of_access(path: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b"login",
        b"log-in",
        b"signin",
        b"sign-in",
        b"password",
        b"reset",
        b"recover",
        b"forgot",
        b"unlock",
        b"auth",
        b"2fa",
        b"mfa",
        b"security",
    ];
    WORDS.iter().any(|word| path.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_accounts_and_secrets_are_known_in_all_spellings() {
        for (names, expected) in [
            (&["username", "user_name", "userName", "/user/email", "login", "Phone-Number"][..], Login::Account),
            (
                &[
                    "password",
                    "newPassword",
                    "/credentials/passwd",
                    "otp_code",
                    "couponCode",
                    "pin",
                    "user[pwd]",
                    "pass",
                    "totpToken",
                    "mfa_code",
                    "2fa-pin",
                    "emailOtp",
                    "applied_coupon_code",
                    "securityAnswer",
                ],
                Login::Secret,
            ),
            (&["refresh_token", "refreshToken"], Login::Refresh),
            (&["client_id", "/clientId"], Login::Client),
            (&["answer", "/answer"], Login::Answer),
            (&["pinned", "codec", "address", "compass", "emails_sent", "", "barcode"], Login::No),
            (&["otpEnabled", "mfaType", "twoFactor", "couponId", "accessToken", "answers", "bookmark"], Login::No),
        ] {
            for name in names {
                assert_eq!(Login::of(name.as_bytes()), expected, "{name}");
            }
        }
    }
}
