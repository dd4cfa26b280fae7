//! A list that is narrowed by its address, and read page by page.

use super::{
    icon::Icon,
    search::{address, found, in_address, none_match},
    show::{empty, show},
};
use crate::{query::Query, strings::strings};
use leptos::prelude::*;
use shared::Page;

/// Shows a page of the list at that path with `table`. `none`: what is said where there is nothing at all, a word more about that, what
/// is said where nothing is in the state that is chosen, and where nothing is what is searched for. `way`: what can be done where there is
/// nothing at all.
pub(crate) fn listing<T>(
    path: &'static str,
    query: Query<Page<T>>,
    failed: &'static str,
    none: [&'static str; 4],
    way: Option<fn() -> AnyView>,
    table: impl Fn(RwSignal<Page<T>>) -> AnyView + Copy + Send + 'static,
) -> impl IntoView
where
    T: PartialEq + Clone + Send + Sync + 'static,
{
    let content = move |page: RwSignal<Page<T>>| {
        let is_empty = Memo::new(move |_| page.with(|page| page.items.is_empty()));
        let older = Memo::new(move |_| page.with(|page| page.next_cursor.clone()));
        view! {
            {move || if is_empty.get() { nothing(path, older, none, way) } else { table(page) }}
            {ways(path, is_empty, older)}
        }
    };
    view! { {found(query)}{show(query, failed, content)} }
}

/// The address of a page of the list at that path, narrowed as it is.
fn page_at(path: &str, cursor: &str) -> String {
    let [search, status] = ["q", "status"].map(in_address);
    search.with(|search| status.with(|status| address(path, &[("q", search), ("status", status), ("after", cursor)])))
}

/// Stands in the place of a page on which nothing is.
fn nothing(
    path: &'static str,
    older: Memo<Option<String>>,
    [none, text, none_so, no_match]: [&'static str; 4],
    way: Option<fn() -> AnyView>,
) -> AnyView {
    let t = strings();
    let [search, status, cursor] = ["q", "status", "after"].map(in_address);
    let search = search.get();
    if let Some(older) = older.get() {
        // A page of a search looks at so many only.
        let further = view! { <p>{t.older_not_searched}</p><a href=page_at(path, &older) class="btn primary">{t.search_older}</a> };
        return empty(Icon::List, t.nothing_found_so_far, further.into_any());
    }
    if !cursor.get().is_empty() {
        // What was on it may have gone, and what a search goes on with had nothing.
        return empty(Icon::List, t.list.nothing_more, ().into_any());
    }
    if search.is_empty() && status.get().is_empty() {
        let more = view! { {(!text.is_empty()).then(|| view! { <p>{text}</p> })}{way.map(|way| way())} };
        empty(Icon::Inbox, none, more.into_any())
    } else {
        none_match(if search.is_empty() { none_so } else { no_match }, search, path)
    }
}

/// The ways to other pages: the one that follows, and from there back to the newest.
fn ways(path: &'static str, is_empty: Memo<bool>, older: Memo<Option<String>>) -> AnyView {
    let t = strings();
    let cursor = in_address("after");
    let way = |href: String, word: &'static str| view! { <a href=href class="btn">{word}</a> };
    let ways = move || {
        let newest = (!cursor.get().is_empty()).then(|| way(page_at(path, ""), t.newest));
        let older = older.get().filter(|_| !is_empty.get()).map(|older| way(page_at(path, &older), t.older));
        (newest.is_some() || older.is_some())
            .then(|| view! { <nav class="bar" aria-label=t.pages>{newest}{older}</nav> })
    };
    ways.into_any()
}
