//! Lines of durations against a limit, on a logarithmic scale: 5 ms and 2 s are both read off the same chart.

use super::{Drawing, coordinate, figure};
use crate::format;
use leptos::prelude::*;

/// How much room stays above the highest value, as a factor.
const HEADROOM: f64 = 1.3;

/// One line; a gap where there is no value.
pub(crate) struct Line {
    /// How it is drawn.
    pub(crate) class: &'static str,
    /// Its values in microseconds, from left to right.
    pub(crate) values: Vec<Option<u64>>,
}

/// The lines and the limit (in microseconds), where there is one; nothing without any value.
pub(crate) fn draw(label: String, lines: &[Line], limit: Option<u64>, below: Vec<String>) -> Option<Drawing> {
    let scale = Scale::of(lines.iter().flat_map(|line| line.values.iter().copied().flatten()), limit)?;
    let limit = limit.map(|limit| {
        let y = coordinate(scale.top(limit));
        view! { <line class="limit" x1="0" x2="100" y1=y.clone() y2=y></line> }
    });
    let marks = scale.marks();
    let grid: Vec<_> = marks
        .iter()
        .map(|&(top, _)| {
            let y = coordinate(top);
            view! { <line class="grid" x1="0" x2="100" y1=y.clone() y2=y></line> }
        })
        .collect();
    let paths: Vec<_> = lines
        .iter()
        .map(|line| {
            let top = |value| scale.top(value);
            view! {
                <path class=line.class d=path(&line.values, top)></path>
                <path class=format!("{} dot", line.class) d=dots(&line.values, top)></path>
            }
        })
        .collect();
    let shapes = view! { {grid}{limit}{paths} }.into_any();
    Some(Drawing { label, shapes, marks, below })
}

/// The values that stand alone, as strokes of no length, which their round ends make dots: a line of one value has no length.
fn dots(values: &[Option<u64>], top: impl Fn(u64) -> f64) -> String {
    let step = step(values);
    let at = |index: usize| values.get(index).copied().flatten();
    let is_lone = |index: usize| index.checked_sub(1).and_then(at).is_none() && at(index + 1).is_none();
    let lone = (0..values.len()).filter(|&index| is_lone(index)).filter_map(|index| Some((index, at(index)?)));
    lone.map(|(index, value)| {
        let x = (figure(u64::try_from(index).unwrap_or_default()) + 0.5) * step;
        format!("M{} {}h0", coordinate(x), coordinate(top(value)))
    })
    .collect()
}

/// The width of a value on the field.
fn step(values: &[Option<u64>]) -> f64 {
    100.0 / figure(u64::try_from(values.len()).unwrap_or(1).max(1))
}

/// The line as a path: a new stroke after each gap.
fn path(values: &[Option<u64>], top: impl Fn(u64) -> f64) -> String {
    let step = step(values);
    let mut path = String::new();
    let mut drawing = false;
    for (index, value) in (0_u32..).zip(values) {
        if let Some(value) = *value {
            let (x, y) = (coordinate((f64::from(index) + 0.5) * step), coordinate(top(value)));
            path += &if drawing { format!("L{x} {y}") } else { format!("M{x} {y}") };
        }
        drawing = value.is_some();
    }
    path
}

/// A logarithmic scale in powers of ten.
#[derive(Debug)]
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    fn of(values: impl Iterator<Item = u64>, limit: Option<u64>) -> Option<Self> {
        let (mut least, mut most) = (u64::MAX, 0);
        for value in values {
            (least, most) = (least.min(value), most.max(value));
        }
        if least == u64::MAX {
            return None;
        }
        let (least, most) = (least.min(limit.unwrap_or(least)), most.max(limit.unwrap_or(most)));
        let low = figure(least.max(1)).log10().floor();
        Some(Self { low, high: (figure(most) * HEADROOM).log10() })
    }

    /// How far below the top of the field a value is, in percent.
    fn top(&self, value: u64) -> f64 {
        let share = (figure(value.max(1)).log10() - self.low) / (self.high - self.low);
        100.0 * (1.0 - share.clamp(0.0, 1.0))
    }

    /// The powers of ten.
    fn marks(&self) -> Vec<(f64, String)> {
        (0_u32..12)
            .filter(|&power| (self.low..=self.high).contains(&f64::from(power)))
            .map(|power| (self.top(10_u64.pow(power)), format::power(power)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_holds_every_value_and_the_limit() {
        let scale = Scale::of([4_000, 180_000].into_iter(), Some(2_000_000)).unwrap();
        assert!(scale.top(2_000_000) > 0.0 && scale.top(4_000) < 100.0, "{scale:?}");
        assert!((scale.top(1_000) - 100.0).abs() < 1e-9);
        let names: Vec<_> = scale.marks().into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["1\u{a0}ms", "10\u{a0}ms", "100\u{a0}ms", "1\u{a0}s"]);
        assert!(Scale::of(std::iter::empty(), Some(2_000_000)).is_none());
    }

    #[test]
    fn without_a_limit_the_values_fill_the_scale() {
        let scale = Scale::of([4_000, 180_000].into_iter(), None).unwrap();
        assert!(scale.top(180_000) < scale.top(100_000) && scale.top(180_000) < 10.0, "{scale:?}");
    }

    #[test]
    fn gaps_begin_a_new_stroke() {
        let drawn = path(&[Some(1), Some(2), None, Some(3)], figure);
        assert_eq!(drawn, "M1250e-2 100e-2L3750e-2 200e-2M8750e-2 300e-2");
        assert_eq!(dots(&[Some(1), Some(2), None, Some(3)], figure), "M8750e-2 300e-2h0");
        assert_eq!(path(&[], figure), "");
    }
}
