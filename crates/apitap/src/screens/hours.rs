//! Calls by hour of the week as bars of one character.

use std::collections::BTreeMap;

/// Days of a week, as hours are counted.
pub(crate) const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const NONE: char = '·';
const OF_DAY: u8 = 24;

/// Days with calls, each with 24 bars; the highest bar is the hour of the week with the most calls.
pub(crate) fn lines(hours: &BTreeMap<u8, u64>) -> Vec<String> {
    let most = most(hours);
    let day = |(day, name): (u8, &str)| {
        let (from, to) = (day * OF_DAY, (day + 1) * OF_DAY);
        hours.range(from..to).next()?;
        let bars: String = (from..to).map(|hour| bar(hours.get(&hour).copied().unwrap_or(0), most)).collect();
        Some(format!("{name} {bars}"))
    };
    (0u8..).zip(DAYS).filter_map(day).collect()
}

/// Calls in the hour of the week with the most.
pub(crate) fn most(hours: &BTreeMap<u8, u64>) -> u64 {
    hours.values().copied().max().unwrap_or(0)
}

/// The name of an hour: `Mon 08:00`.
pub(crate) fn name(hour: u8) -> String {
    let day = DAYS.get(usize::from(hour / OF_DAY)).copied().unwrap_or_default();
    format!("{day} {:02}:00", hour % OF_DAY)
}

fn bar(calls: u64, most: u64) -> char {
    if calls == 0 {
        return NONE;
    }
    let step = u128::from(calls) * (BARS.len() as u128 - 1) / u128::from(most.max(1));
    BARS.get(step as usize).copied().unwrap_or(NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_without_calls_are_left_out_and_the_busiest_hour_is_highest() {
        let hours = [(0, 1), (1, 70), (8, 35), (48, 7)].into();
        let lines = lines(&hours);
        assert_eq!(lines, ["Mon ▁█······▄···············", "Wed ▁·······················"]);
        assert_eq!(name(49), "Wed 01:00");
        assert_eq!(super::lines(&BTreeMap::new()), Vec::<String>::new());
    }
}
