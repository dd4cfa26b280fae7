//! Numbers of any length, compared exactly.

use std::cmp::Ordering;

/// A number exactly as it is written in JSON, to be compared by its size: 0.`digits` times ten to the power of `point`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    point: i64,
    digits: String,
}

impl Decimal {
    /// Reads a number; nothing where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
        let (text, exponent) = match text.split_once(['e', 'E']) {
            Some((text, exponent)) => (text, exponent.parse().ok()?),
            None => (text, 0_i64),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        if !is_number(whole) || !is_number(fraction) {
            return None;
        }
        let written = [whole, fraction].concat();
        let digits = written.trim_start_matches('0');
        if digits.is_empty() {
            return Some(Self { negative: false, point: i64::MIN, digits: String::new() });
        }
        let point = i64::try_from(digits.len()).ok()? - i64::try_from(fraction.len()).ok()?;
        Some(Self { negative, point: point.checked_add(exponent)?, digits: digits.trim_end_matches('0').to_owned() })
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => (self.point, &self.digits).cmp(&(other.point, &other.digits)),
            (true, true) => (other.point, &other.digits).cmp(&(self.point, &self.digits)),
            (negative, other) => other.cmp(&negative),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_ordered_by_their_size_exactly() {
        let in_order = [
            "-1e400",
            "-9007199254740993",
            "-12",
            "-1.5",
            "-1",
            "-0.001",
            "0",
            "1e-400",
            "0.001",
            "0.0010000000000000000001",
            "0.1",
            "1",
            "1.5",
            "2",
            "10",
            "11",
            "9007199254740992",
            "9007199254740993",
            "12345678901234567890123",
            "1e400",
        ];
        let in_order: Vec<_> = in_order.into_iter().map(|text| (Decimal::parse(text).unwrap(), text)).collect();
        assert!(in_order.is_sorted_by(|(one, _), (other, _)| one < other), "{in_order:?}");
        for (one, other) in [("0.10", "1e-1"), ("100", "1E+2"), ("-0", "0.0e9"), ("20.5e1", "205"), ("0.05", "5e-2")] {
            assert_eq!(Decimal::parse(one), Decimal::parse(other), "{one} {other}");
        }
        for no_number in ["", "-", "+1", ".5", "1.", "1e", "1.e2", "inf", "-inf", "NaN", "true", "\"1\"", "1 ", "0x10"]
        {
            assert_eq!(Decimal::parse(no_number), None, "{no_number}");
        }
    }
}
