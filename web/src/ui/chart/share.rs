//! A bar in a row of a table: its share of all of them. The row's words and numbers stand beside it.

use super::{coordinate, figure};
use leptos::prelude::*;

/// A bar of two parts, out of `all`.
pub(crate) fn share(ok: u64, bad: u64, all: u64) -> impl IntoView {
    let unit = 100.0 / figure(all.max(1));
    let (ok, bad) = (figure(ok) * unit, figure(bad) * unit);
    view! {
        <svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
            <rect class="ok" x="0" y="0" width=coordinate(ok) height="8"></rect>
            <rect class="bad" x=coordinate(ok) y="0" width=coordinate(bad) height="8"></rect>
        </svg>
    }
}
