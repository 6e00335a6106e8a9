//! Medians and spreads.

/// What the rounds of a measurement amount to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Summary {
    /// None of nothing.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (&least, &most) = (values.first()?, values.last()?);
        let middle = values.len() / 2;
        let median = if values.len() % 2 == 1 {
            values[middle]
        } else {
            f64::midpoint(values[middle - 1], values[middle])
        };
        Some(Self {
            median,
            least,
            most,
        })
    }
}

/// The value that `share` of the sorted values don't exceed (nearest rank).
pub(crate) fn percentile(sorted: &[u64], share: f64) -> Option<u64> {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

#[cfg(test)]
mod tests {
    #[test]
    fn medians_of_odd_and_even_numbers_of_rounds() {
        use super::Summary;
        assert_eq!(Summary::of([]), None);
        let odd = Summary::of([3.0, 1.0, 8.0]).unwrap();
        assert_eq!((odd.median, odd.least, odd.most), (3.0, 1.0, 8.0));
        assert_eq!(Summary::of([4.0, 1.0, 8.0, 2.0]).unwrap().median, 3.0);
    }

    #[test]
    fn percentiles_by_the_nearest_rank() {
        use super::percentile;
        let hundred: Vec<u64> = (1..=100).collect();
        assert_eq!(percentile(&hundred, 0.5), Some(50));
        assert_eq!(percentile(&hundred, 0.99), Some(99));
        assert_eq!(percentile(&hundred, 0.999), Some(100));
        assert_eq!(percentile(&[7], 0.5), Some(7));
        assert_eq!(percentile(&[], 0.5), None);
    }
}
