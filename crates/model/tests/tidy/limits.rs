//! Reads the constants of `limits.rs` and writes their values as `docs/limits.md` does.

/// Name and written value of every constant, in order. An expression that is not understood is given as it stands.
pub(crate) fn defined(source: &str) -> Vec<(String, String)> {
    let constants = source.lines().filter_map(|line| line.strip_prefix("pub const "));
    constants
        .filter_map(|line| {
            let (name, rest) = line.split_once(':')?;
            let (_, expression) = rest.split_once('=')?;
            let expression = normal(expression.trim().trim_end_matches(';'));
            Some((name.to_owned(), written(name, expression).unwrap_or_else(|| expression.to_owned())))
        })
        .collect()
}

/// The normal value of `or_tiny(normal, tiny)`.
fn normal(expression: &str) -> &str {
    expression.strip_prefix("or_tiny(").and_then(|pair| pair.split_once(',')).map_or(expression, |(normal, _)| normal)
}

fn written(name: &str, expression: &str) -> Option<String> {
    if let Some(span) = expression.strip_prefix("Duration::from_") {
        let (unit, n) = span.trim_end_matches(')').split_once('(')?;
        let unit = match unit {
            "millis" => "ms",
            "secs" => "s",
            "mins" => "min",
            "hours" => "h",
            _ => return None,
        };
        return Some(format!("{} {unit}", grouped(number(n)?)));
    }
    let value = match expression.split_once("<<") {
        Some((base, shift)) => number(base)? << number(shift)?,
        None => number(expression)?,
    };
    Some(if name.contains("BYTES") { bytes(value) } else { grouped(value) })
}

fn number(text: &str) -> Option<u64> {
    text.trim().replace('_', "").parse().ok()
}

fn bytes(n: u64) -> String {
    match n {
        _ if n >= 1 << 20 && n.is_multiple_of(1 << 20) => format!("{} MiB", grouped(n >> 20)),
        _ if n >= 1 << 10 && n.is_multiple_of(1 << 10) => format!("{} KiB", grouped(n >> 10)),
        _ => format!("{} B", grouped(n)),
    }
}

fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[test]
fn values_are_written_with_their_unit() {
    let source = "pub const A_BYTES_MAX: usize = 16 << 20;\npub const B_BYTES: usize = 64;\npub const C_MAX: u64 = 4_096;\n\
                  pub const D_AGE: Duration = Duration::from_mins(5);\nconst PRIVATE: u8 = 1;\n\
                  pub const E_MAX: usize = or_tiny(1_024, 2);\n";
    let written: Vec<_> = defined(source).into_iter().map(|(name, value)| format!("{name} {value}")).collect();
    assert_eq!(written, ["A_BYTES_MAX 16 MiB", "B_BYTES 64 B", "C_MAX 4,096", "D_AGE 5 min", "E_MAX 1,024"]);
}
