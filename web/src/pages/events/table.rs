//! The rows. Their cells change where they stand, so that what has the focus keeps it.

use super::{Scope, list::Shown};
use crate::{
    effect::{effect, every},
    few::one_by_one,
    format::{self, Part},
    pages::delivery::resendable,
    strings::strings,
    ui::{
        choice::put,
        pill,
        remaining::remaining,
        show::type_name,
        webhook_name::{self, IN_CELL},
    },
};
use leptos::prelude::*;
use leptos_router::components::A;
use shared::{DeliverySummary, Failure, Id, Page, Timestamp};
use std::time::Duration;

/// From how many seconds between its publishing and its last attempt on an event's row tells both.
const LATER: i64 = 60;
/// How often is looked whether another day has begun.
const NEW_DAY: Duration = Duration::from_secs(30);

#[component]
pub(super) fn Table(shown: Shown, page: RwSignal<Page<DeliverySummary>>) -> impl IntoView {
    let t = strings();
    let possible = Memo::new(move |_| {
        let rows = page.with(|page| page.items.clone());
        rows.into_iter().filter(resendable).map(|row| row.id).collect::<Vec<_>>()
    });
    // Without a row that can be ticked there is no column for it. Once it is there it stays until the list is another one: rows that change
    // do not move what stands beside them.
    let has_ticks = RwSignal::new(false);
    let mut is_another = true;
    effect(move || {
        let some = !possible.with(Vec::is_empty);
        if shown.query.lacks.get() {
            is_another = true;
        } else {
            has_ticks.set(some || (!is_another && has_ticks.get_untracked()));
            is_another = false;
        }
    });
    let today = RwSignal::new(format::part(format::now(), Part::Date));
    let look = move || {
        let now = format::part(format::now(), Part::Date);
        if today.try_with_untracked(|today| *today != now) == Some(true) {
            today.set(now);
        }
    };
    every(NEW_DAY, look);
    let all = move || {
        let (possible, ticked) = (possible.get(), shown.selected.get());
        (!possible.is_empty() && possible.iter().all(|id| ticked.contains(id)), !ticked.is_empty())
    };
    let toggle = move |event| {
        let on = event_target_checked(&event);
        shown.selected.set(if on { one_by_one(possible.get_untracked()) } else { Default::default() });
    };
    let webhook = matches!(shown.scope, Scope::All)
        .then(|| view! { <th role="columnheader" scope="col" class="hide-s">{t.list.webhook}</th> });
    let tick = move || {
        (!possible.with(Vec::is_empty)).then(|| {
            view! {
                <input type="checkbox" aria-label=t.list.select_page prop:checked=move || all().0
                    prop:indeterminate=move || { let (every, some) = all(); some && !every } on:change=toggle/>
            }
        })
    };
    view! {
        <div class="card" aria-busy=move || shown.query.lacks.get().then_some("true")>
            <table class="tbl events" class:bare=move || !has_ticks.get() role="table">
                <caption class="vh">{t.events_caption}</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col" class="tick">{tick}<span class="vh">{t.list.selection}</span></th>
                        <th role="columnheader" scope="col">{t.status}</th>
                        <th role="columnheader" scope="col">{t.event}</th>
                        {webhook}
                        <th role="columnheader" scope="col" class="num">{t.http}</th>
                        <th role="columnheader" scope="col" class="num">{t.attempts}</th>
                        <th role="columnheader" scope="col" class="num">{t.duration}</th>
                        <th role="columnheader" scope="col" class="num">{t.date_sent}</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    <For each=move || page.get().items key=|row| row.id children=move |first| row(first, shown, page, today)/>
                </tbody>
            </table>
        </div>
    }
}

fn row(
    first: DeliverySummary,
    shown: Shown,
    page: RwSignal<Page<DeliverySummary>>,
    today: RwSignal<String>,
) -> impl IntoView {
    let none = || strings().none.to_owned();
    let (id, event_type, webhook_id, published) =
        (first.id, first.event_type.clone(), first.webhook_id, first.created_at);
    let test = first.test.map(|_| view! { " "<span class="chip">{strings().list.test}</span> });
    let row = Memo::new(move |before: Option<&DeliverySummary>| {
        let now = page.with(|page| page.items.iter().find(|row| row.id == id).cloned());
        // What is no longer in the list is about to go.
        now.or_else(|| before.cloned()).unwrap_or_else(|| first.clone())
    });
    let status = Memo::new(move |_| row.with(|row| row.status));
    let why = Memo::new(move |_| row.with(|row| row.failure.map(|failure| (failure, row.status_code))));
    // A status has a column of its own, except on a card.
    let reason = |(failure, code): (Failure, Option<u16>)| match code.filter(|_| failure == Failure::HttpStatus) {
        Some(code) => view! { <span class="hint why slim">{code}</span> }.into_any(),
        None => view! { <span class="hint why">{(strings().failure)(failure)}</span> }.into_any(),
    };
    // What was never sent may be under way, or wait for its turn for long.
    let ends = Memo::new(move |_| {
        row.with(|row| (row.in_progress && row.attempt_count > 0, row.next_attempt_at, row.duration_us))
    });
    let sent = Memo::new(move |_| row.with(|row| row.last_attempt_at));
    let date = move || {
        // What was today may be yesterday by now.
        today.track();
        let time = |at: Timestamp, say: fn(&str) -> String| view! { <time datetime=at.to_string() title=format::instant_utc(at)>{say(&format::moment(at, Part::Time))}</time> };
        let sent = sent.get();
        let is_told = sent.is_none_or(|at| at >= published.plus_seconds(LATER));
        let published =
            is_told.then(|| view! { <span class="hint" class:also=sent.is_some()>{time(published, strings().list.published_at)}</span> });
        view! { {sent.map_or_else(|| none().into_any(), |at| time(at, str::to_owned).into_any())}{published} }
    };
    let tick = move || row.with(resendable).then(|| tick(id, shown));
    let webhook = match shown.scope {
        Scope::All => {
            let webhook =
                Memo::new(move |_| row.with(|row| row.webhook_description.clone().zip(row.webhook_url.clone())));
            let is_deleted = Memo::new(move |_| row.with(|row| row.webhook_status.is_none()));
            let title = move || webhook.get().map_or_else(|| webhook_id.to_string(), |(_, url)| url);
            let name = move || {
                let name = webhook.get().map(|(description, url)| webhook_name::stacked(&description, &url, IN_CELL));
                let deleted = is_deleted.get().then_some(strings().list.deleted);
                view! { {name}" "{deleted} }
            };
            Some(view! { <td role="cell" class="full muted url" title=title>{name}</td> })
        }
        Scope::Webhook(_) => None,
    };
    view! {
        <tr role="row">
            <td role="cell" class="tick">{tick}</td>
            <td role="cell">{move || pill::of_delivery(status.get())}{move || why.get().map(reason)}</td>
            <td role="cell" class="full">
                <A href=format!("/events/{id}") attr:class="row-link mono">{type_name(&event_type)}</A>
                {test}
                <br/>
                <span class="mono muted">{id.to_string()}</span>
            </td>
            {webhook}
            <td role="cell" class="num hide-s">{move || row.with(|row| row.status_code.map_or_else(none, |code| code.to_string()))}</td>
            <td role="cell" class="num hide-s">{move || row.with(|row| row.attempt_count)}</td>
            <td role="cell" class="num hide-s muted ends">{move || ending(ends.get())}</td>
            <td role="cell" class="num muted when">
                {date}
            </td>
        </tr>
    }
}

/// A box for choosing the row. Only rows whose last attempt failed have one: others cannot be resent.
fn tick(id: Id, shown: Shown) -> impl IntoView {
    let toggle = move |event| {
        let on = event_target_checked(&event);
        shown.selected.update(|selected| put(selected, &id, on));
    };
    view! {
        <input class="above" type="checkbox" aria-label=(strings().list.select)(&id.to_string())
            prop:checked=move || shown.selected.with(|selected| selected.contains(&id)) on:change=toggle/>
    }
}

/// How long the last attempt took, or when the next one comes.
fn ending((in_progress, next, duration_us): (bool, Option<Timestamp>, Option<u64>)) -> impl IntoView {
    let t = strings();
    match (in_progress, next) {
        (true, _) => t.sending.into_any(),
        (false, Some(next)) => {
            let left = remaining(next);
            view! { {move || (t.next_in)(&left.get())} }.into_any()
        }
        (false, None) => duration_us.map_or_else(|| t.none.to_owned(), format::duration).into_any(),
    }
}
