//! The way between the pages of a list. A cursor leads to what is older; the way back is kept by the tab, as far as it came that way.

use super::{filter::Filter, list::Shown};
use crate::{browser, effect::effect, format, strings::strings, ui::place::way};
use leptos::prelude::*;
use shared::{DeliverySummary, Page};

/// Where a page stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    /// The number of its first event, counted from the newest.
    first: u64,
    /// The cursor of the page before it; empty for the newest.
    newer: String,
}

impl Place {
    /// The place of the page behind that cursor; nothing when this tab has not come there from the newest.
    fn of(cursor: &str) -> Option<Self> {
        if cursor.is_empty() {
            return Some(Self { first: 1, newer: String::new() });
        }
        let kept = browser::kept_by_tab(cursor)?;
        let (first, newer) = kept.split_once(' ')?;
        Some(Self { first: first.parse().ok()?, newer: newer.to_owned() })
    }

    fn keep(&self, cursor: &str) {
        browser::keep_by_tab(cursor, &format!("{} {}", self.first, self.newer));
    }
}

#[component]
pub(super) fn Pager(shown: Shown, page: RwSignal<Page<DeliverySummary>>) -> impl IntoView {
    let t = strings();
    let cursor = shown.cursor;
    let place = Memo::new(move |_| cursor.with(|cursor| Place::of(cursor)));
    let count = Memo::new(move |_| page.with(|page| page.items.len() as u64));
    let next = Memo::new(move |_| page.with(|page| page.next_cursor.clone()));
    effect(move || {
        if let (Some(Place { first, .. }), Some(next)) = (place.get(), next.get()) {
            Place { first: first + count.get(), newer: cursor.get() }.keep(&next);
        }
    });
    let showing = move || {
        let (first, count) = (place.get()?.first, count.get());
        let number = format::number;
        match count {
            0 => None,
            1 => Some((t.list.showing)(&number(first))),
            _ => Some((t.list.showing)(&format!("{}–{}", number(first), number(first + count - 1)))),
        }
    };
    let to = move |cursor: String| Filter { cursor, ..shown.filter.get() }.href(&shown.scope.path());
    let newer = move || {
        let is_later = cursor.with(|cursor| !cursor.is_empty());
        is_later.then(|| to(place.get().map(|place| place.newer).unwrap_or_default()))
    };
    // Without a place the only page that is known to be newer is the newest.
    let newer_name = move || if place.with(Option::is_some) { t.list.newer } else { t.newest };
    let older = move || next.get().map(to);
    let has_others = Memo::new(move |_| next.with(Option::is_some) || cursor.with(|cursor| !cursor.is_empty()));
    let ways = move || {
        has_others.get().then(|| {
            let newer = way("btn", Signal::derive(newer_name), Signal::derive(newer));
            view! { {newer}{way("btn", Signal::derive(|| t.older), Signal::derive(older))} }
        })
    };
    // The first page is told with how many were found.
    let said = move || cursor.with(|cursor| !cursor.is_empty()).then(showing);
    view! {
        <nav class="bar paging" aria-label=t.pages><span class="muted">{showing}</span>{ways}<span class="vh" role="status">{said}</span></nav>
    }
}
