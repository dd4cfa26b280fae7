//! A chart as small as a word: how the last 24 hours went, hour by hour. Failures hang below the line.

use super::{coordinate, figure};
use crate::{format, strings::strings};
use leptos::prelude::*;
use shared::HourCounts;

/// Where the line is, in units of the drawing (96 by 28).
const BASELINE: f64 = 18.0;
/// The room below it.
const BELOW: f64 = 10.0;
/// The width of an hour; a quarter of it stays free.
const STEP: f64 = 4.0;

/// The hours, oldest first; nothing when nothing was tried.
pub(crate) fn spark(hours: &[HourCounts]) -> Option<impl IntoView + use<>> {
    let (delivered, failed) = hours.iter().fold((0, 0), |(ok, bad), hour| (ok + hour.delivered, bad + hour.failed));
    if delivered + failed == 0 {
        return None;
    }
    let most_up = hours.iter().map(|hour| hour.delivered).max().unwrap_or(0).max(1);
    // Failures keep the scale of what was delivered, unless they need more room.
    let most_down = figure(hours.iter().map(|hour| hour.failed).max().unwrap_or(0)).max(figure(most_up) / 2.0).max(1.0);
    let bars: Vec<_> = (0_u32..)
        .zip(hours)
        .map(|(index, hour)| {
            let x = coordinate(f64::from(index) * STEP);
            // An hour without deliveries keeps a thin line, so that the row of hours can be read.
            let up = (figure(hour.delivered) * BASELINE / figure(most_up)).max(if hour.delivered > 0 { 1.5 } else { 0.5 });
            let down = (figure(hour.failed) * (BELOW - 1.0) / most_down).max(1.5);
            let hanging = (hour.failed > 0).then(|| {
                view! { <rect class="bad" x=x.clone() y=coordinate(BASELINE + 1.0) width=coordinate(STEP * 0.75) height=coordinate(down)></rect> }
            });
            view! { <rect class="ok" x=x.clone() y=coordinate(BASELINE - up) width=coordinate(STEP * 0.75) height=coordinate(up)></rect>{hanging} }
        })
        .collect();
    let label = (strings().list.delivered_or_not)(&format::number(delivered), &format::number(failed));
    Some(
        view! { <svg class="spark" width="96" height="28" viewBox="0 0 96 28" role="img" aria-label=label>{bars}</svg> },
    )
}
