//! "Did you mean": the known word nearest to a mistyped one.

/// Words longer than this are not compared: nobody mistypes them by one letter, and the work is quadratic.
const COMPARED_CHARS_MAX: usize = 64;

/// Letters in common at the beginning that make a word meant.
const BEGUN_CHARS_MIN: usize = 4;

/// The nearest of `known` to `given`, when it is near enough to be meant: at most a third of its letters differ.
pub(crate) fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let known: Vec<&str> = known.into_iter().collect();
    let near = known.iter().copied().filter_map(|word| {
        let distance = distance(&given.to_lowercase(), &word.to_lowercase())?;
        (distance <= word.chars().count().max(3) / 3).then_some((distance, word))
    });
    near.min_by_key(|(distance, _)| *distance).map(|(_, word)| word).or_else(|| begun(given, &known))
}

/// The longest of `known` that `given` goes on from, or that goes on from it: `unauth` for `unauthenticated`.
fn begun<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    let given = given.to_lowercase();
    let goes_on = |long: &str, short: &str| short.chars().count() >= BEGUN_CHARS_MIN && long.starts_with(short);
    let fits = known.iter().copied().filter(|word| goes_on(&given, word) || goes_on(word, &given));
    fits.max_by_key(|word| word.len())
}

/// Letters to insert, delete, replace, or swap with their neighbour (optimal string alignment).
fn distance(a: &str, b: &str) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().max(b.len()) > COMPARED_CHARS_MAX {
        return None;
    }
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    let at = |rows: &[Vec<usize>], i: usize, j: usize| {
        rows.get(i).and_then(|row| row.get(j)).copied().unwrap_or(usize::MAX / 2)
    };
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let replaced = at(&rows, i, j) + usize::from(x != y);
            let inserted = row.last().copied().unwrap_or(0) + 1;
            let mut best = replaced.min(inserted).min(at(&rows, i, j + 1) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&rows, i - 1, j - 1) + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    Some(at(&rows, a.len(), b.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let known = ["filter", "promiscuous", "ring_mib", "shards"];
        for (given, expected) in [
            ("fliter", Some("filter")),
            ("Filter", Some("filter")),
            ("shard", Some("shards")),
            ("ring-mib", Some("ring_mib")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, known), expected, "{given}");
        }
    }
}
