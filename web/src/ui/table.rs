//! A table whose rows are cards where they have no room beside each other. The roles stay when CSS no longer lays it out as a table.

use crate::query::Load;
use leptos::prelude::*;
use shared::Id;

/// A table on a card, of what is shown by [`show`](super::show::show): busy while what is asked for is on its way. A column has a name, and
/// the class of what stands above it. Made once, not for each table.
pub(crate) fn data_table(
    class: &'static str,
    caption: &'static str,
    columns: &[(&'static str, &'static str)],
    rows: AnyView,
) -> AnyView {
    let heads: Vec<_> = columns
        .iter()
        .map(|&(name, class)| view! { <th role="columnheader" scope="col" class=class>{name}</th> })
        .collect();
    let busy = use_context::<Load>().map(|load| move || load.lacks.get().then_some("true"));
    view! {
        <div class="card" aria-busy=busy>
            <table class=class role="table">
                <caption class="vh">{caption}</caption>
                <thead role="rowgroup"><tr role="row">{heads}</tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// A row for each of those, made with `row`. One that stays is not made again: what has the focus keeps it when a list is loaded again.
pub(crate) fn rows(ids: Memo<Vec<Id>>, row: Callback<Id, AnyView>) -> AnyView {
    view! { <For each=move || ids.get() key=|id| *id children=move |id| row.run(id)/> }.into_any()
}
