//! Under what an object stands: `/customers/7/orders/19` says that order 19 is of customer 7.
//!
//! In: calls that reached an object below others, in order. Out: whether it was first reached under the same. Kept in a table of
//! [`Owners`], which forgets the oldest: less evidence. Whoever comes first says where an object stands, an attacker too.

use crate::models::mix;
use crate::owners::{Owner, Owners, Tag};

/// An object and what it was reached under, as hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    /// The values before it in the path.
    pub(crate) under: u64,
    /// The object, whatever it is reached under, on its path up to its value.
    pub(crate) child: u64,
}

/// Where an object was reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Place {
    /// No such object.
    #[default]
    None,
    /// Nobody reached it before, as far as is remembered.
    New,
    /// Where it was first reached, or where the same identity found it that alone had reached it before.
    Usual,
    /// Elsewhere.
    Strange,
}

/// Marks of the two things remembered of an object: under what it stands, and who reached it there.
const UNDER: u64 = 0x0075_6e64_6572;
const WHO: u64 = 0x0077_686f;

/// Looks where `me` reached an object, and remembers it when it is where it was. What is reached elsewhere stays where it was: the
/// next one must not make that right.
pub(crate) fn look(table: &mut Owners, placed: Placed, me: Tag) -> Place {
    let (under, who) = (mix(placed.child ^ UNDER), mix(placed.child ^ WHO));
    let here = Tag::of_hash(placed.under);
    let place = match table.get(under) {
        Owner::Unknown => Place::New,
        Owner::One(tag) if tag == here => Place::Usual,
        // It moved, or had moved before.
        _ if table.get(who) == Owner::One(me) => return Place::Usual,
        Owner::One(_) | Owner::Many => return Place::Strange,
    };
    table.claim(under, here);
    table.claim(who, me);
    place
}

#[cfg(test)]
mod tests {
    use model::Id;

    use super::*;

    #[test]
    fn an_object_stands_where_it_was_first_reached_and_its_owner_may_move_it() {
        let (mut table, [owner, other]) = (Owners::default(), [1, 2].map(|who| Tag::of(&Id([who; 16]))));
        let at = |under| Placed { under: mix(under), child: mix(9) };
        assert_eq!(look(&mut table, at(1), owner), Place::New);
        assert_eq!(look(&mut table, at(1), owner), Place::Usual);
        assert_eq!(look(&mut table, at(2), other), Place::Strange);
        assert_eq!(look(&mut table, at(3), owner), Place::Usual);
        assert_eq!(look(&mut table, at(1), other), Place::Usual);
        assert_eq!(look(&mut table, at(2), other), Place::Strange);
    }
}
