//! Charts: drawings of our own, sharp at every width. Each says in words what it shows, and has its figures as a table.
//!
//! The shapes lie on a field of 100 by 100 that is stretched over the card; words stand beside it, so that they keep their size.

pub(crate) mod bars;
pub(crate) mod lines;
pub(crate) mod share;
pub(crate) mod spark;

use super::show::unfold_once;
use crate::strings::strings;
use leptos::prelude::*;

/// What a chart shows.
pub(crate) struct Drawing {
    /// The drawing in a sentence, for whoever does not see it.
    pub(crate) label: String,
    /// Shapes on the field of 100 by 100.
    pub(crate) shapes: AnyView,
    /// Marks beside the field: how far below its top in percent, and the text.
    pub(crate) marks: Vec<(f64, String)>,
    /// Words below the field, from its left end to its right end.
    pub(crate) below: Vec<String>,
}

/// A chart's figures as a table.
#[derive(PartialEq)]
pub(crate) struct Figures {
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
    /// Where the rows lead, those that lead somewhere.
    pub(crate) links: Vec<Option<String>>,
}

/// A card with a chart. Without a drawing it says that there is nothing to draw.
#[component]
pub(crate) fn Chart(
    title: &'static str,
    /// What the colours and lines stand for: a class and a word each.
    key: Vec<(&'static str, String)>,
    drawing: impl Fn() -> Option<Drawing> + Send + 'static,
    figures: impl Fn() -> Figures + Send + Sync + Copy + 'static,
) -> impl IntoView {
    let t = &strings().overview;
    let key: Vec<_> = key.into_iter().map(|(class, word)| view! { <li class=class>{word}</li> }).collect();
    let opened = RwSignal::new(false);
    let plot = move || match drawing() {
        Some(drawing) => plot(drawing).into_any(),
        None => view! { <p class="pad muted">{t.nothing_in_period}</p> }.into_any(),
    };
    view! {
        <section class="card chart" aria-label=title>
            <div class="cardhead"><h2>{title}</h2><ul class="key" role="list">{key}</ul></div>
            {plot}
            <details on:toggle=unfold_once(opened)>
                <summary>{t.show_as_table}</summary>
                {move || opened.get().then(|| table(title, Memo::new(move |_| figures())))}
            </details>
        </section>
    }
}

fn plot(drawing: Drawing) -> impl IntoView {
    let Drawing { label, shapes, marks, below } = drawing;
    let marks: Vec<_> =
        marks.into_iter().map(|(top, text)| view! { <span style:top=coordinate(top) + "%">{text}</span> }).collect();
    let below: Vec<_> = below.into_iter().map(|text| view! { <span>{text}</span> }).collect();
    view! {
        <div class="plot">
            <div class="marks" aria-hidden="true">{marks}</div>
            <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label=label>{shapes}</svg>
            <div class="below" aria-hidden="true">{below}</div>
        </div>
    }
}

/// The table of the figures. They change where they stand, so that a link among them keeps the focus.
fn table(title: &'static str, figures: Memo<Figures>) -> AnyView {
    let head = figures.with_untracked(|figures| figures.columns.clone());
    let count = Memo::new(move |_| figures.with(|figures| figures.rows.len()));
    let columns = head.len();
    let head: Vec<_> = head.into_iter().map(|name| view! { <th scope="col">{name}</th> }).collect();
    let row = move |at: usize| {
        let cell = move |column: usize| {
            move || figures.with(|figures| figures.rows.get(at).and_then(|row| row.get(column)).cloned())
        };
        let href = Memo::new(move |_| figures.with(|figures| figures.links.get(at).cloned().flatten()));
        let leads = Memo::new(move |_| href.with(Option::is_some));
        let name =
            move || if leads.get() { view! { <a href=href>{cell(0)}</a> }.into_any() } else { cell(0).into_any() };
        let others = (1..columns).map(|column| view! { <td>{cell(column)}</td> }).collect_view();
        view! { <tr><td>{name}</td>{others}</tr> }
    };
    let rows = move || (0..count.get()).map(row).collect_view();
    view! { <table class="plain figures" aria-label=title><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table> }
        .into_any()
}

/// A count as a number to draw with.
#[expect(clippy::cast_precision_loss, reason = "counts and microseconds of a period stay far below 2^53")]
pub(crate) const fn figure(count: u64) -> f64 {
    count as f64
}

/// A coordinate in whole hundredths, as SVG and CSS read it: `1234e-2`. Rust's own way to write fractions would weigh 7 KB.
#[expect(clippy::cast_possible_truncation, reason = "drawings and pages are some thousand units long")]
pub(crate) fn coordinate(value: f64) -> String {
    format!("{}e-2", (value * 100.0).round() as i32)
}
