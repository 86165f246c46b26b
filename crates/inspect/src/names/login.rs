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
    /// Proves that it is theirs: a password, a code sent to a phone, a coupon.
    Secret,
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
    b"clientid",
    b"customerid",
    b"memberid",
    b"uname",
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
];
const PASSWORDS: &[&[u8]] = &[b"password", b"passwd", b"pwd", b"passphrase"];

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
        } else if SECRETS.contains(&plain) || PASSWORDS.iter().any(|word| contains(plain, word)) {
            Self::Secret
        } else if ACCOUNTS.contains(&plain) {
            Self::Account
        } else {
            Self::No
        }
    }
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
                ],
                Login::Secret,
            ),
            (&["refresh_token", "refreshToken"], Login::Refresh),
            (&["pinned", "codec", "address", "compass", "emails_sent", "", "barcode"], Login::No),
        ] {
            for name in names {
                assert_eq!(Login::of(name.as_bytes()), expected, "{name}");
            }
        }
    }
}
