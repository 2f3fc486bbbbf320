//! The arithmetic of calibration: lines through points, medians, and readable prices.

/// A cost of `a + b * n`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Line {
    /// The cost at n = 0.
    pub(crate) a: f64,
    /// The cost of each unit.
    pub(crate) b: f64,
}

/// The line with the least sum of squared relative errors, neither number negative.
///
/// Errors count relative to the value, because a size of 64 KiB would otherwise drown what is
/// known about the small ones. With fewer than two different sizes the slope is 0.
pub(crate) fn line(points: &[(f64, f64)]) -> Line {
    let weighted = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        points
            .iter()
            .map(|(n, y)| f(*n, *y) / y.max(1.0).powi(2))
            .sum()
    };
    let weight = weighted(&|_, _| 1.0);
    if weight == 0.0 {
        return Line { a: 0.0, b: 0.0 };
    }
    let (n_mean, y_mean) = (weighted(&|n, _| n) / weight, weighted(&|_, y| y) / weight);
    let spread = weighted(&|n, _| (n - n_mean).powi(2));
    let through_mean = |b: f64| Line {
        a: y_mean - b * n_mean,
        b,
    };
    if spread <= 0.0 {
        return through_mean(0.0);
    }
    let slope = weighted(&|n, y| (n - n_mean) * (y - y_mean)) / spread;
    let free = through_mean(slope.max(0.0));
    if free.a >= 0.0 {
        return free;
    }
    let squares = weighted(&|n, _| n * n);
    Line {
        a: 0.0,
        b: weighted(&|n, y| n * y) / squares,
    }
}

/// The middle value; of an even number of values the mean of the two in the middle. 0 of none.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        length if length % 2 == 1 => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
    }
}

/// The leading digits of readable prices of 10 and more.
const READABLE: [u64; 10] = [10, 12, 15, 20, 25, 30, 40, 50, 60, 80];

/// A readable price for `value`: up to 10 the nearest integer, but not 0, above that the smallest
/// number not below it that has two digits from a short list and zeros.
pub(crate) fn readable(value: f64) -> u64 {
    if value < 10.0 {
        return value.round().max(1.0) as u64;
    }
    let mut scale = 1_u64;
    loop {
        let found = READABLE
            .iter()
            .find(|lead| (**lead * scale) as f64 >= value);
        match (found, scale.checked_mul(10)) {
            (Some(lead), _) => return *lead * scale,
            (None, Some(next)) => scale = next,
            (None, None) => return u64::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, line, median, readable};

    fn close(found: Line, a: f64, b: f64) {
        assert!((found.a - a).abs() < 1e-6 * a.max(1.0), "{found:?}");
        assert!((found.b - b).abs() < 1e-6 * b.max(1.0), "{found:?}");
    }

    #[test]
    fn exact_lines_are_recovered() {
        for (a, b) in [(250.0, 3.5), (0.0, 1.0), (80.0, 0.0), (5e6, 0.02)] {
            let points: Vec<_> = [0.0, 64.0, 1024.0, 65536.0]
                .map(|n| (n, a + b * n))
                .to_vec();
            close(line(&points), a, b);
        }
    }

    #[test]
    fn numbers_are_never_negative_and_one_point_is_a_constant() {
        close(
            line(&[(10.0, 5.0), (20.0, 15.0)]),
            0.0,
            0.576_923_076_923_077,
        );
        close(line(&[(0.0, 9.0), (100.0, 9.0), (200.0, 9.0)]), 9.0, 0.0);
        let falling = line(&[(0.0, 10.0), (100.0, 5.0)]);
        assert!(falling.b == 0.0 && falling.a >= 5.0, "{falling:?}");
        close(line(&[(7.0, 42.0)]), 42.0, 0.0);
        close(line(&[]), 0.0, 0.0);
    }

    #[test]
    fn medians() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(&[]), 0.0);
    }

    #[test]
    fn prices_are_rounded_to_readable_numbers() {
        let rounded = [
            (0.0, 1),
            (0.2, 1),
            (1.4, 1),
            (1.6, 2),
            (6.4, 6),
            (10.0, 10),
            (10.1, 12),
            (81.0, 100),
            (99.0, 100),
            (1001.0, 1200),
            (52_000.0, 60_000),
        ];
        for (value, price) in rounded {
            assert_eq!(readable(value), price, "{value}");
        }
    }
}
