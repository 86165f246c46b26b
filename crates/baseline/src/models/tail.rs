//! Tail probabilities: how likely a count at least so large is, given what others or the past show.
//!
//! All three answer in nats, `-ln p`, so that evidence adds up and never underflows. They are heavy-tailed on purpose:
//! a mean estimated from few is uncertain, and people differ more than dice do.
#![allow(clippy::many_single_char_names, reason = "formulas keep the letters of their sources")]

/// `-ln P(T ≥ t)` of Student's t with `freedom` degrees of freedom; 0.69 (one half) and less for `t ≤ 0`.
pub(crate) fn student(t: f64, freedom: f64) -> f64 {
    if t <= 0.0 {
        return 0.0;
    }
    let tail = 0.5 * incomplete_beta(freedom / 2.0, 0.5, freedom / (freedom + t * t));
    nats(tail)
}

/// `-ln P(X ≥ hits)` of a beta-binomial with `tries` draws: a share that has mean `mean` over actors and differs between
/// them as `Beta(spread·mean, spread·(1−mean))` does.
pub(crate) fn share(hits: u32, tries: u32, mean: f64, spread: f64) -> f64 {
    if hits == 0 || tries == 0 {
        return 0.0;
    }
    let (hits, tries) = (hits.min(tries), tries);
    let (a, b) = (spread * mean, spread * (1.0 - mean));
    let (n, k) = (f64::from(tries), f64::from(hits));
    let ln_first = ln_choose(n, k) + ln_beta(k + a, n - k + b) - ln_beta(a, b);
    // Terms from `hits` up, each from the one before; their ratio is bounded, so relative sums are exact enough.
    let (mut sum, mut term) = (1.0, 1.0);
    for i in hits..tries {
        let i = f64::from(i);
        term *= (n - i) / (i + 1.0) * (i + a) / (n - i - 1.0 + b);
        sum += term;
    }
    (-(ln_first + f64::ln(sum))).max(0.0)
}

/// `-ln P(X ≥ n)` of the sum of `people` counts, each geometric with that mean: what several people behind one address do
/// together (negative binomial).
pub(crate) fn people(n: u32, mean: f64, people: u32) -> f64 {
    let (r, q) = (f64::from(people.max(1)), mean / (1.0 + mean));
    if n == 0 || q <= 0.0 {
        return 0.0;
    }
    let n = f64::from(n);
    let ln_first = ln_gamma(n + r) - ln_gamma(n + 1.0) - ln_gamma(r) + n * q.ln() + r * (1.0 - q).ln();
    let (mut sum, mut term, mut k) = (1.0, 1.0, n);
    // Terms rise to the mode and then fall by a ratio that nears `q`; few thousand are enough for any mean met here.
    for _ in 0..TERMS_MAX {
        term *= (k + r) / (k + 1.0) * q;
        k += 1.0;
        sum += term;
        if term < sum * 1e-9 {
            break;
        }
    }
    (-(ln_first + f64::ln(sum))).max(0.0)
}

/// `-ln P(X ≥ n)` of the sum of `days` further counts of a day, where the `past` days summed up to `sum`: a day is negative
/// binomial with that `shape` (1 is geometric), its mean is not known better than the past tells it (beta negative binomial;
/// Johnson, Kemp, Kotz, Univariate Discrete Distributions, §6.2.3). A past of nothing is worth its days and no more.
pub(crate) fn days(n: u32, days: u32, sum: u32, past: u32, shape: f64) -> f64 {
    if n == 0 || past == 0 {
        return 0.0;
    }
    let (n, r) = (f64::from(n), shape * f64::from(days.max(1)));
    let (a, b) = (shape * f64::from(past), f64::from(sum) + 1.0);
    let ln_first = ln_gamma(n + r) - ln_gamma(n + 1.0) - ln_gamma(r) + ln_beta(a + r, b + n) - ln_beta(a, b);
    let (mut total, mut term, mut k) = (1.0, 1.0, n);
    for _ in 0..TERMS_MAX {
        term *= (k + r) / (k + 1.0) * (b + k) / (a + r + b + k);
        k += 1.0;
        total += term;
        if term < total * 1e-9 {
            break;
        }
    }
    (-(ln_first + f64::ln(total))).max(0.0)
}

/// Terms summed up at most.
const TERMS_MAX: usize = 20_000;

/// Fisher's method: `-ln p` of several independent pieces of evidence taken together.
pub(crate) fn combined(pieces: &[f64]) -> f64 {
    let x: f64 = pieces.iter().sum();
    let (mut sum, mut term) = (1.0, 1.0);
    for i in 1..pieces.len() {
        term *= x / i as f64;
        sum += term;
    }
    (x - f64::ln(sum)).max(0.0)
}

fn nats(p: f64) -> f64 {
    -p.max(f64::MIN_POSITIVE).ln()
}

fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

fn ln_choose(n: f64, k: f64) -> f64 {
    ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0)
}

/// Lanczos approximation (g = 7, nine terms): relative error below 1e-13 for positive arguments.
fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        let sine = (std::f64::consts::PI * x).sin();
        return (std::f64::consts::PI / sine).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let sum = TERMS.iter().zip(1u8..).fold(0.999_999_999_999_809_9, |sum, (term, i)| sum + term / (x + f64::from(i)));
    let t = x + 7.5;
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

/// Regularised incomplete beta function by its continued fraction (modified Lentz, DLMF §8.17.22).
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (a * x.ln() + b * (1.0 - x).ln() - ln_beta(a, b)).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(a, b, x) / a
    } else {
        1.0 - front * fraction(b, a, 1.0 - x) / b
    }
}

fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |v: f64| if v.abs() < TINY { TINY } else { v };
    let (mut c, mut d) = (1.0, 1.0 / guard(1.0 - (a + b) * x / (a + 1.0)));
    let mut h = d;
    for m in 1..200 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = h;
        for step in [even, odd] {
            d = 1.0 / guard(1.0 + step * d);
            c = guard(1.0 + step / c);
            h *= d * c;
        }
        if (h - before).abs() < 1e-14 * h.abs() {
            break;
        }
    }
    h
}

#[cfg(test)]
mod people_tests {
    use super::{days, people};

    #[test]
    fn a_day_is_the_rarer_the_longer_the_past_and_days_together_rarer_than_each() {
        // One geometric day: the rule of succession, `E[(1-p)ⁿ]` with `p` of Beta(3, 1) is 3! n! / (n + 3)!.
        let exact = -(6.0 / (21.0 * 22.0 * 23.0_f64)).ln();
        assert!((days(20, 1, 0, 3, 1.0) - exact).abs() < 1e-3);
        assert!(days(20, 1, 0, 3, 1.0) < days(20, 1, 0, 12, 1.0));
        assert!(days(80, 1, 30, 11, 1.0) < days(160, 2, 30, 11, 1.0));
        assert!(days(80, 1, 30, 11, 0.3) < days(80, 1, 30, 11, 1.0), "days that differ more");
        assert!(days(9, 1, 90, 10, 1.0) < 1.5 && days(0, 1, 9, 9, 1.0) == 0.0 && days(9, 1, 9, 0, 1.0) == 0.0);
        // A long past is as good as a known mean.
        assert!((days(80, 3, 200_000, 100_000, 1.0) - people(80, 2.0, 3)).abs() < 0.1);
    }

    #[test]
    fn counts_of_one_are_geometric_and_of_many_are_less_rare() {
        assert!((people(24, 1.0, 1) - 24.0 * 2f64.ln()).abs() < 1e-9);
        assert!(people(24, 1.0, 20) < 1.5 && people(240, 1.0, 20) > 16.0);
        assert!(people(0, 1.0, 1) == 0.0 && people(5, 0.0, 1) == 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, expected: f64) {
        assert!((got / expected - 1.0).abs() < 2e-3, "{got} is not {expected}");
    }

    #[test]
    fn students_tail_is_that_of_the_tables() {
        for (t, freedom, p) in [(1.812_46, 10.0, 0.05), (3.767_6, 23.0, 0.0005), (12.706, 1.0, 0.025)] {
            close((-student(t, freedom)).exp(), p);
        }
        assert!(student(-1.0, 5.0).abs() < 1e-12);
    }

    #[test]
    fn a_uniform_share_makes_every_count_equally_likely() {
        for hits in 1..=10 {
            close((-share(hits, 10, 0.5, 2.0)).exp(), f64::from(11 - hits) / 11.0);
        }
        assert!(share(0, 10, 0.1, 2.0).abs() < 1e-12);
    }

    #[test]
    fn evidence_of_nothing_dilutes_and_evidence_of_one_stays() {
        close(combined(&[5.0]), 5.0);
        assert!(combined(&[20.0, 0.0, 0.0]) < 20.0 && combined(&[20.0, 5.0, 5.0]) > 20.0);
    }
}
