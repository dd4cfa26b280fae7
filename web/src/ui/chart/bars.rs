//! Bars above and below a line: what was delivered stands, what failed hangs, and what is tried again hangs below that as an outline. So each
//! is a place and a shape, and not only a colour.

use super::{Drawing, coordinate, figure};
use crate::{browser, format};
use leptos::prelude::*;

/// What is not zero is at least this high, in percent of the field: one failure among thousands must be seen.
const LEAST: f64 = 1.5;
/// How far apart two marks are at least, in percent of the field.
const APART: f64 = 12.0;
/// The share of its column that a bar fills.
const FILLED: f64 = 0.76;

/// One column.
pub(crate) struct Column {
    /// What it says, in words.
    pub(crate) title: String,
    /// Where it leads, if it leads anywhere: for the pointer only, the table has the same as links.
    pub(crate) href: Option<String>,
    /// How much stands.
    pub(crate) up: u64,
    /// How much hangs.
    pub(crate) down: u64,
    /// How much hangs below that.
    pub(crate) further: u64,
}

/// The columns on one scale, so that bars above and below can be compared; nothing when all of them are empty. `tone`: what colours the
/// bars that stand, `ok` where they were delivered and `all` where they are only counted.
pub(crate) fn draw(label: String, columns: &[Column], below: Vec<String>, tone: &'static str) -> Option<Drawing> {
    let field = Field::of(columns)?;
    let count = figure(u64::try_from(columns.len()).ok()?);
    let step = 100.0 / count;
    let bars: Vec<_> = (0_u32..)
        .zip(columns)
        .map(|(index, column)| {
            let x = (f64::from(index) + (1.0 - FILLED) / 2.0) * step;
            let [up, down, further] = field.heights(column);
            let top = field.baseline - up;
            let bar = |class, y: f64, height: f64| {
                view! { <rect class=class x=coordinate(x) y=coordinate(y) width=coordinate(step * FILLED) height=coordinate(height)></rect> }
            };
            let href = column.href.clone();
            let leads = href.is_some();
            let press = move |_| {
                if let Some(href) = &href {
                    browser::follow(href);
                }
            };
            view! {
                <g class:leads=leads on:click=press>
                    <title>{column.title.clone()}</title>
                    {bar("none", 0.0, 100.0)}
                    {(up > 0.0).then(|| bar(tone, top, up))}
                    {(down > 0.0).then(|| bar("bad", field.baseline, down))}
                    {(further > 0.0).then(|| bar("warn", field.baseline + down, further))}
                </g>
            }
        })
        .collect();
    let baseline = coordinate(field.baseline);
    let shapes = view! { <line class="base" x1="0" x2="100" y1=baseline.clone() y2=baseline></line>{bars} }.into_any();
    Some(Drawing { label, shapes, marks: field.marks(), below })
}

/// The scale of the field.
#[derive(Debug, PartialEq)]
struct Field {
    most_up: u64,
    most_down: u64,
    /// How far below the top the line between both sides is, in percent.
    baseline: f64,
    /// Percent of the field for each delivery.
    unit: f64,
}

impl Field {
    fn of(columns: &[Column]) -> Option<Self> {
        let most_up = columns.iter().map(|column| column.up).max()?;
        let most_down = columns.iter().map(|column| column.down + column.further).max()?;
        let all = most_up + most_down;
        if all == 0 {
            return None;
        }
        let unit = 100.0 / figure(all);
        let mut baseline = figure(most_up) * unit;
        if most_up > 0 && most_down > 0 {
            baseline = baseline.clamp(LEAST, 100.0 - 2.0 * LEAST);
        }
        Some(Self { most_up, most_down, baseline, unit })
    }

    /// Zero stands at its line, the most of each side at its end. An end too near to that line has none: a number there would read as
    /// where the axis begins.
    fn marks(&self) -> Vec<(f64, String)> {
        let ends = [(0.0, self.most_up), (100.0, self.most_down)];
        let ends = ends.into_iter().filter(|(top, _)| (top - self.baseline).abs() >= APART);
        let ends = ends.map(|(top, most)| (top, format::number(most)));
        std::iter::once((self.baseline, "0".to_owned())).chain(ends).collect()
    }

    /// How high the bars of a column are. Where two hang, the lower one has its least height out of the other, so that none sticks out.
    fn heights(&self, column: &Column) -> [f64; 3] {
        let Column { up, down, further, .. } = *column;
        let up = self.height(up).min(self.baseline);
        let below = self.height(down + further).min(100.0 - self.baseline);
        match (down, further) {
            (_, 0) => [up, below, 0.0],
            (0, _) => [up, 0.0, below],
            _ => {
                let down = (below - self.height(further)).max(LEAST);
                [up, down, (below - down).max(LEAST)]
            }
        }
    }

    fn height(&self, count: u64) -> f64 {
        if count == 0 { 0.0 } else { (figure(count) * self.unit).max(LEAST) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(counts: &[(u64, u64)]) -> Vec<Column> {
        counts.iter().map(|&(up, down)| Column { title: String::new(), href: None, up, down, further: 0 }).collect()
    }

    #[test]
    fn both_sides_share_one_scale() {
        let field = Field::of(&columns(&[(30, 0), (10, 10)])).unwrap();
        assert_eq!((field.most_up, field.most_down), (30, 10));
        assert!((field.baseline - 75.0).abs() < 1e-9 && (field.height(10) - 25.0).abs() < 1e-9, "{field:?}");
    }

    #[test]
    fn one_failure_among_thousands_is_seen() {
        let field = Field::of(&columns(&[(100_000, 1)])).unwrap();
        assert!(field.height(1) >= LEAST && field.baseline <= 100.0 - LEAST, "{field:?}");
        assert!(field.height(0).abs() < 1e-9);
        let [failed, retried] = [(1, 0), (0, 1)].map(|(down, further)| Column {
            title: String::new(),
            href: None,
            up: 100_000,
            down,
            further,
        });
        let field = Field::of(&[failed, retried]).unwrap();
        assert_eq!(field.most_down, 1);
        assert!(field.baseline + 2.0 * field.height(1) <= 100.0, "both have room in one column: {field:?}");
    }

    #[test]
    fn no_bar_sticks_out_of_the_field() {
        for (up, down, further) in
            [(0, 999, 1), (0, 1, 999), (1, 9_999, 0), (1, 9_999, 1), (9_999, 0, 1), (9_999, 1, 1), (9_999, 1, 0)]
        {
            let column = Column { title: String::new(), href: None, up, down, further };
            let field = Field::of(std::slice::from_ref(&column)).unwrap();
            let heights = field.heights(&column);
            let [top, failed, retried] = heights;
            assert!(
                top <= field.baseline && field.baseline + failed + retried <= 100.0 + 1e-9,
                "{heights:?} {field:?}"
            );
            for (count, height) in [up, down, further].into_iter().zip(heights) {
                assert!(if count == 0 { height.abs() < 1e-9 } else { height >= LEAST }, "{heights:?} {field:?}");
            }
        }
    }

    #[test]
    fn the_axis_begins_at_zero() {
        let marks = |counts| Field::of(&columns(counts)).unwrap().marks().into_iter().map(|(_, text)| text);
        assert_eq!(marks(&[(30, 0), (10, 10)]).collect::<Vec<_>>(), ["0", "30", "10"]);
        assert_eq!(marks(&[(68, 3)]).collect::<Vec<_>>(), ["0", "68"]);
        assert_eq!(marks(&[(0, 3)]).collect::<Vec<_>>(), ["0", "3"]);
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert_eq!(Field::of(&columns(&[(0, 0), (0, 0)])), None);
        assert_eq!(Field::of(&[]), None);
    }
}
