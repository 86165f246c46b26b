//! Names that speak of privileges: of functions and of fields.

/// Longer words are none of those below.
const WORD_BYTES_MAX: usize = 16;

/// Words of functions that are not everybody's.
const fn is_privileged(word: &[u8]) -> bool {
    matches!(
        word,
        b"admin"
            | b"administration"
            | b"administrator"
            | b"admins"
            | b"audit"
            | b"audits"
            | b"backoffice"
            | b"ban"
            | b"debug"
            | b"debugging"
            | b"helpdesk"
            | b"diagnostics"
            | b"dump"
            | b"impersonate"
            | b"internal"
            | b"maintenance"
            | b"manage"
            | b"management"
            | b"moderator"
            | b"ops"
            | b"permissions"
            | b"privileges"
            | b"promote"
            | b"roles"
            | b"root"
            | b"staff"
            | b"sudo"
            | b"superadmin"
            | b"superuser"
            | b"suspend"
            | b"sysadmin"
            | b"unban"
    )
}

/// Words of functions that destroy.
const fn destroys(word: &[u8]) -> bool {
    matches!(word, b"delete" | b"destroy" | b"drop" | b"erase" | b"purge" | b"remove" | b"truncate" | b"wipe")
}

/// Words for more than one thing.
const fn is_whole(word: &[u8]) -> bool {
    matches!(word, b"all" | b"every" | b"everything" | b"bulk")
}

/// Words of fields that raise their sender.
const fn raises(word: &[u8]) -> bool {
    matches!(
        word,
        b"admin"
            | b"administrator"
            | b"isadmin"
            | b"moderator"
            | b"permission"
            | b"permissions"
            | b"privilege"
            | b"privileges"
            | b"role"
            | b"roles"
            | b"scopes"
            | b"staff"
            | b"superuser"
            | b"verified"
    )
}

/// Words of fields that are the service's to set.
const fn is_services(word: &[u8]) -> bool {
    matches!(
        word,
        b"approved"
            | b"balance"
            | b"bonus"
            | b"cashback"
            | b"commission"
            | b"credit"
            | b"credits"
            | b"discount"
            | b"entitlement"
            | b"entitlements"
            | b"fee"
            | b"fees"
            | b"kyc"
            | b"locked"
            | b"owner"
            | b"ownerid"
            | b"plan"
            | b"premium"
            | b"price"
            | b"quota"
            | b"risk"
            | b"salary"
            | b"status"
            | b"subscription"
            | b"tenant"
            | b"tier"
    )
}

/// What the name of a function says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Says {
    /// It is not everybody's.
    pub(crate) privileged: bool,
    /// It destroys.
    pub(crate) destroys: bool,
    /// All of them.
    pub(crate) whole: bool,
}

/// What a path template and an operation say.
pub(crate) fn function(template: &[u8], operation: &str) -> Says {
    let mut says = Says::default();
    let mut look = |word: &[u8]| {
        says.privileged |= is_privileged(word);
        says.destroys |= destroys(word);
        says.whole |= is_whole(word);
    };
    each_word(template, &mut look);
    each_word(operation.as_bytes(), &mut look);
    says
}

/// How strongly a field's name speaks of privileges: 2 raises its sender, 1 is the service's to set, 0 neither.
pub(super) fn field(name: &[u8]) -> u8 {
    // Elements of arrays are called by their array.
    let last = name.rsplit(|byte| *byte == b'/').find(|part| *part != b"*").unwrap_or_default();
    let mut strength = 0;
    let mut first = true;
    each_word(last, &mut |word| {
        // `limit` alone is a page's.
        let bound = matches!(word, b"limit" | b"limits") && last.len() > word.len();
        let here = match () {
            () if raises(word) => 2,
            () if is_services(word) || bound => 1,
            () => 0,
        };
        // `is_pro`, `is_partner`: a state that a flag gives.
        let flag = first && word == b"is" && last.len() > word.len();
        strength = strength.max(here).max(u8::from(flag));
        first = false;
    });
    strength
}

/// Words of a name in small letters: letters between other characters, cut before capitals that follow small letters.
/// Those too long to be known are left out.
fn each_word(name: &[u8], look: &mut dyn FnMut(&[u8])) {
    let mut small = [0; WORD_BYTES_MAX];
    let mut look = |word: &[u8]| {
        let Some(place) = small.get_mut(..word.len()) else { return };
        place.copy_from_slice(word);
        place.make_ascii_lowercase();
        look(place);
    };
    for part in name.split(|byte| !byte.is_ascii_alphabetic()) {
        let mut from = 0;
        for (at, pair) in part.windows(2).enumerate() {
            if let [small, large] = pair
                && small.is_ascii_lowercase()
                && large.is_ascii_uppercase()
            {
                look(part.get(from..=at).unwrap_or_default());
                from = at + 1;
            }
        }
        let rest = part.get(from..).unwrap_or_default();
        if !rest.is_empty() {
            look(rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_told_by_whole_words() {
        for (template, operation, privileged, destroys, whole) in [
            ("/v2/admin/users/{int}/ban", "", true, false, false),
            ("/users/v1/_debug", "", true, false, false),
            ("/graphql", "mutation deleteAllPastes", false, true, true),
            ("/graphql", "query systemDebug", true, false, false),
            ("/v1/administer", "", false, false, false),
            ("/v1/banners/allowed", "", false, false, false),
        ] {
            let expected = Says { privileged, destroys, whole };
            assert_eq!(function(template.as_bytes(), operation), expected, "{template} {operation}");
        }
    }

    #[test]
    fn fields_are_told_by_their_last_name() {
        for (name, strength) in [
            ("admin", 2),
            ("/user/role", 2),
            ("/user/roles/*", 2),
            ("isAdmin", 2),
            ("is_premium", 1),
            ("dailyLimit", 1),
            ("limit", 0),
            ("kycLevel", 1),
            ("/plan/name", 0),
            ("subscription", 1),
            ("email_verified", 2),
            ("issue", 0),
            ("is", 0),
            ("administrative_area", 0),
            ("", 0),
        ] {
            assert_eq!(field(name.as_bytes()), strength, "{name}");
        }
    }
}
