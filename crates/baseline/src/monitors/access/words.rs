//! Names that speak of privileges: of functions and of fields.

/// Words of functions that are not everybody's.
const FUNCTIONS: &[&str] = &[
    "admin",
    "administration",
    "administrator",
    "admins",
    "audit",
    "audits",
    "backoffice",
    "ban",
    "debug",
    "debugging",
    "diagnostics",
    "dump",
    "impersonate",
    "internal",
    "maintenance",
    "manage",
    "management",
    "moderator",
    "permissions",
    "privileges",
    "promote",
    "roles",
    "root",
    "staff",
    "sudo",
    "superuser",
    "suspend",
    "unban",
];

/// Words of functions that destroy.
const DESTROYERS: &[&str] = &["delete", "destroy", "drop", "erase", "purge", "remove", "truncate", "wipe"];

/// Words for more than one thing.
const WHOLES: &[&str] = &["all", "every", "everything", "bulk"];

/// Words of fields that raise their sender.
const RAISING: &[&str] = &[
    "admin",
    "administrator",
    "isadmin",
    "moderator",
    "permission",
    "permissions",
    "privilege",
    "privileges",
    "role",
    "roles",
    "scopes",
    "staff",
    "superuser",
    "verified",
];

/// Words of fields that are the service's to set.
const SERVICES: &[&str] = &[
    "approved",
    "balance",
    "credit",
    "credits",
    "discount",
    "locked",
    "owner",
    "ownerid",
    "plan",
    "premium",
    "price",
    "quota",
    "status",
    "subscription",
    "tenant",
    "tier",
];

/// What the name of a function says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Says {
    /// It is not everybody's.
    pub(super) privileged: bool,
    /// It destroys.
    pub(super) destroys: bool,
    /// All of them.
    pub(super) whole: bool,
}

/// What a path template and an operation say.
pub(super) fn function(template: &[u8], operation: &str) -> Says {
    let mut says = Says::default();
    let mut look = |word: &[u8]| {
        says.privileged |= is_in(FUNCTIONS, word);
        says.destroys |= is_in(DESTROYERS, word);
        says.whole |= is_in(WHOLES, word);
    };
    each_word(template, &mut look);
    each_word(operation.as_bytes(), &mut look);
    says
}

/// How strongly a field's name speaks of privileges: 2 raises its sender, 1 is the service's to set, 0 neither.
pub(super) fn field(name: &[u8]) -> u8 {
    let last = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let mut strength = 0;
    let mut first = true;
    each_word(last, &mut |word| {
        let here = match () {
            () if is_in(RAISING, word) => 2,
            () if is_in(SERVICES, word) => 1,
            () => 0,
        };
        // `is_pro`, `is_partner`: a state that a flag gives.
        let flag = first && word.eq_ignore_ascii_case(b"is") && last.len() > word.len();
        strength = strength.max(here).max(u8::from(flag));
        first = false;
    });
    strength
}

fn is_in(list: &[&str], word: &[u8]) -> bool {
    list.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(word))
}

/// Words of a name: letters between other characters, cut before capitals that follow small letters.
fn each_word(name: &[u8], look: &mut dyn FnMut(&[u8])) {
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
            ("isAdmin", 2),
            ("is_premium", 1),
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
