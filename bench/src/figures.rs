//! What is judged: figures with their limits, and the arithmetic behind them.

use serde::Serialize;
use std::time::Duration;

/// A figure and the limit that it is held to.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) limit: f64,
    pub(crate) side: Side,
    pub(crate) unit: &'static str,
    pub(crate) pass: bool,
}

/// On which side of the limit a figure shall be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Side {
    AtLeast,
    AtMost,
}

impl Figure {
    pub(crate) fn at_least(name: impl Into<String>, value: f64, limit: f64, unit: &'static str) -> Self {
        Self { name: name.into(), value, limit, side: Side::AtLeast, unit, pass: value >= limit }
    }

    pub(crate) fn at_most(name: impl Into<String>, value: f64, limit: f64, unit: &'static str) -> Self {
        Self { name: name.into(), value, limit, side: Side::AtMost, unit, pass: value <= limit }
    }
}

/// The values below which those shares of the values lie (1.0: the largest); zeros without values. Sorts them.
pub(crate) fn quantiles<const N: usize>(values: &mut [u32], shares: [f64; N]) -> [u32; N] {
    values.sort_unstable();
    shares.map(|share| {
        let rank = (values.len() as f64 * share).ceil() as usize;
        values.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    })
}

/// So many, by the run's scale, and at least so many.
pub(crate) fn scaled(count: u64, scale: f64, least: u64) -> u64 {
    ((count as f64 * scale) as u64).max(least)
}

/// So many in a second.
pub(crate) fn rate(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64().max(1e-6)
}

/// Microseconds as milliseconds.
pub(crate) fn ms(micros: u32) -> f64 {
    f64::from(micros) / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let mut values: Vec<u32> = (1..=100).rev().collect();
        assert_eq!(quantiles(&mut values, [0.5, 0.99, 1.0]), [50, 99, 100]);
        assert_eq!(quantiles(&mut [7], [0.5, 0.99]), [7, 7]);
        assert_eq!(quantiles(&mut [], [0.5]), [0]);
    }

    #[test]
    fn a_limit_itself_passes() {
        assert!(Figure::at_least("a", 2.0, 2.0, "").pass && Figure::at_most("a", 2.0, 2.0, "").pass);
        assert!(!Figure::at_least("a", f64::NAN, 2.0, "").pass && !Figure::at_most("a", f64::NAN, 2.0, "").pass);
    }
}
