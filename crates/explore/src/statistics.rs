//! Statistical uncertainty: 95 % confidence intervals of shares and means, and the rank ranges that
//! they imply.

/// The two-sided 95 % quantile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// The Wilson score interval of `count` out of `n`, 0 to 1. For 0 out of 0: the whole range.
pub(crate) fn wilson(count: u32, n: u32) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    let (count, n) = (f64::from(count), f64::from(n));
    let share = count / n;
    let z2 = Z * Z;
    let scale = 1.0 + z2 / n;
    let centre = (share + z2 / (2.0 * n)) / scale;
    let half = Z / scale * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    // Rounding must not move a bound beyond the share that it encloses.
    (
        (centre - half).clamp(0.0, share),
        (centre + half).clamp(share, 1.0),
    )
}

/// Sums to compute a mean and its interval from.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    pub n: u32,
    pub sum: i128,
    pub squares: f64,
}

impl Sums {
    pub fn add(&mut self, value: i64) {
        self.n += 1;
        self.sum += i128::from(value);
        self.squares += value as f64 * value as f64;
    }

    pub fn mean(&self) -> Option<f64> {
        (self.n > 0).then(|| self.sum as f64 / f64::from(self.n))
    }

    /// The normal interval of the mean; none for fewer than two numbers.
    pub fn interval(&self) -> Option<(f64, f64)> {
        let mean = self.mean().filter(|_| self.n > 1)?;
        let n = f64::from(self.n);
        let variance = ((self.squares - self.sum as f64 * mean) / (n - 1.0)).max(0.0);
        let half = Z * (variance / n).sqrt();
        Some((mean - half, mean + half))
    }
}

/// The best and worst rank of each interval, 1 for the largest: two intervals are ordered only if
/// they do not overlap.
pub(crate) fn ranks(intervals: &[(f64, f64)]) -> Vec<[u32; 2]> {
    let sorted = |mut ends: Vec<f64>| {
        ends.sort_unstable_by(f64::total_cmp);
        ends
    };
    let lows = sorted(intervals.iter().map(|interval| interval.0).collect());
    let highs = sorted(intervals.iter().map(|interval| interval.1).collect());
    let all = intervals.len();
    intervals
        .iter()
        .map(|(low, high)| {
            let ahead = all - lows.partition_point(|other| other <= high);
            let behind = highs.partition_point(|other| other < low);
            [1 + ahead as u32, (all - behind) as u32]
        })
        .collect()
}

/// Rounded to six decimals, in line with the precision of the intervals.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The score intervals that Newcombe (1998), Statistics in Medicine 17, gives to four decimals.
    #[test]
    fn wilson_intervals_are_the_known_ones() {
        let known = [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ];
        for (count, n, low, high) in known {
            let interval = wilson(count, n);
            assert!(
                (interval.0 - low).abs() < 5e-5,
                "{count} of {n}: {interval:?}"
            );
            assert!(
                (interval.1 - high).abs() < 5e-5,
                "{count} of {n}: {interval:?}"
            );
        }
        assert_eq!(wilson(0, 0), (0.0, 1.0));
        assert_eq!(wilson(7, 7).1, 1.0);
    }

    #[test]
    fn means_have_an_interval_from_two_numbers() {
        let mut sums = Sums::default();
        assert_eq!(sums.mean(), None);
        sums.add(2);
        assert_eq!((sums.mean(), sums.interval()), (Some(2.0), None));
        for value in [4, 4, 4, 5, 5, 7, 9] {
            sums.add(value);
        }
        // Mean 5, sample standard deviation 2.138090.
        let (low, high) = sums.interval().expect("eight numbers");
        assert!((low - 3.518_413).abs() < 1e-5, "{low}");
        assert!((high - 6.481_587).abs() < 1e-5, "{high}");
    }

    #[test]
    fn ranks_stay_open_where_intervals_overlap() {
        let intervals = [(0.6, 0.7), (0.3, 0.5), (0.4, 0.55), (0.1, 0.2)];
        assert_eq!(ranks(&intervals), [[1, 1], [2, 3], [2, 3], [4, 4]]);
        assert_eq!(ranks(&[(0.2, 0.4), (0.2, 0.4)]), [[1, 2], [1, 2]]);
        assert!(ranks(&[]).is_empty());
    }
}
