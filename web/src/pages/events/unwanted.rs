//! The events that no webhook wanted: nothing was delivered, so they stand in no other list.

use crate::{
    api, browser, format,
    query::Query,
    strings::strings,
    ui::{
        crumbs::crumbs,
        icon::Icon,
        search::{SearchBar, address, found, in_address, searched},
        show::{empty, show, type_name},
        table::{data_table, onward},
    },
};
use leptos::prelude::*;
use leptos_router::components::A;
use shared::{EventSummary, Page};

/// Where the list is; an event's page is below it.
pub(crate) const UNWANTED: &str = "/events/unwanted";

#[component]
pub(crate) fn UnwantedEventsPage() -> impl IntoView {
    let t = strings();
    browser::set_title(t.list.unwanted);
    let (search, cursor) = (searched(), in_address("after"));
    let query = Query::new(
        move || (search.get(), cursor.get()),
        |(search, cursor)| async move { api::unwanted_events(&search, &cursor).await },
    );
    view! {
        {crumbs(&[("/events", t.events)], t.list.unwanted.into_any())}
        <div class="head"><h1 tabindex="-1">{t.list.unwanted}</h1></div>
        <SearchBar path=UNWANTED label=t.search_events/>
        {found(query)}
        {show(query, t.could_not_load_events, move |page| move || list(page.get(), &search.get()))}
    }
}

fn list(Page { items, next_cursor }: Page<EventSummary>, search: &str) -> AnyView {
    let t = strings();
    let older = next_cursor.map(|cursor| address(UNWANTED, &[("q", search), ("after", &cursor)]));
    if !items.is_empty() {
        let columns = [(t.event, ""), (t.published, "num")];
        let rows = items.into_iter().map(row).collect_view().into_any();
        let older = older.map(|href| onward(href, t.older));
        return view! { {data_table("tbl", t.events_caption, &columns, rows)}{older} }.into_any();
    }
    let title = match (&older, search) {
        (Some(_), _) => t.nothing_found_so_far,
        (None, "") => t.list.none_unwanted,
        (None, _) => t.no_events_match,
    };
    let further =
        older.map(|href| view! { <p>{t.older_not_searched}</p><a href=href class="btn primary">{t.search_older}</a> });
    empty(Icon::Inbox, title, further.into_any())
}

fn row(EventSummary { id, source, kind, created_at, .. }: EventSummary) -> impl IntoView {
    view! {
        <tr role="row">
            <td role="cell" class="full">
                <A href=format!("{UNWANTED}/{id}") attr:class="row-link mono">{type_name(&format!("{source}.{kind}"))}</A>
                <br/>
                <span class="mono muted">{id.to_string()}</span>
            </td>
            <td role="cell" class="num muted">{format::instant(created_at)}</td>
        </tr>
    }
}
