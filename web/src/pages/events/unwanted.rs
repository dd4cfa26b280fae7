//! The events that no webhook wanted: nothing was delivered, so they stand in no other list.

use crate::{
    api, browser, format,
    query::Query,
    strings::strings,
    ui::{
        crumbs::crumbs,
        listing::listing,
        search::{SearchBar, in_address, searched},
        show::type_name,
        table::data_table,
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
        {listing(UNWANTED, query, t.could_not_load_events, [t.list.none_unwanted, t.list.none_unwanted_text, "", t.no_events_match], None, table)}
    }
}

fn table(page: RwSignal<Page<EventSummary>>) -> AnyView {
    let t = strings();
    let rows = move || page.get().items.into_iter().map(row).collect_view();
    data_table("tbl", t.events_caption, &[(t.event, ""), (t.published, "num")], rows.into_any())
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
