//! The filter bar. A change replaces the URL: Back leaves the page, and the cursor of another list is of no use.

use super::{
    FAILED_OR_RETRYING, Scope,
    filter::{Filter, status_name},
};
use crate::{
    api, format,
    query::Query,
    strings::strings,
    ui::{
        choice::{self, Chosen},
        search::{SearchField, found, in_place},
    },
};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use shared::{DeliverySummary, Failure, Page, Period, Timestamp};
use std::collections::BTreeSet;

/// The states that can be chosen; none stands for all.
const STATUSES: [&str; 7] = ["", FAILED_OR_RETRYING, "failed", "retrying", "pending", "delivered", "cancelled"];
/// Answers that are offered as filters; any other can stand in the URL.
const CODES: [u16; 18] = [301, 302, 400, 401, 403, 404, 405, 408, 409, 410, 413, 415, 422, 429, 500, 502, 503, 504];

/// Changes the filter.
#[derive(Clone, Copy)]
struct Change(StoredValue<Box<dyn Fn(Filter)>, LocalStorage>, Memo<Filter>);

impl Change {
    fn by(self, change: impl FnOnce(&mut Filter)) {
        let mut filter = Filter { cursor: String::new(), ..self.1.get_untracked() };
        change(&mut filter);
        self.0.with_value(|go| go(filter));
    }
}

#[component]
pub(super) fn FilterBar(scope: Scope, filter: Memo<Filter>, query: Query<Page<DeliverySummary>>) -> impl IntoView {
    let t = strings();
    let navigate = use_navigate();
    let path = scope.path();
    let go = move |filter: Filter| {
        navigate(&filter.href(&path), in_place());
    };
    let change = Change(StoredValue::new_local(Box::new(go)), filter);
    let more = RwSignal::new(false);
    let searched = Memo::new(move |_| filter.with(|filter| filter.search.clone()));
    let search = move |text: String| change.by(|filter| filter.search = text.trim().to_owned());
    view! {
        <form class="bar filters" class:open=move || more.get() role="search" aria-label=t.filter_events on:submit=|event| event.prevent_default()>
            <Statuses filter=filter change=change/>
            <button type="button" class="btn more" aria-expanded=move || more.get().to_string() on:click=move |_| more.update(|more| *more = !*more)>
                {move || (t.list.filters)(filter.with(Filter::count))}
            </button>
            <div class="others">
                <Types scope=scope filter=filter change=change query=query/>
                <Window filter=filter change=change/>
                <Outcomes filter=filter change=change/>
                <SearchField label=t.search_events placeholder=t.search_placeholder value=searched changed=search/>
                {move || filter.with(Filter::narrows).then(|| view! {
                    <button type="button" class="btn ghost" on:click=move |_| change.by(|filter| *filter = Filter::default())>{t.clear_filters}</button>
                })}
            </div>
        </form>
        {found(query)}
    }
}

#[component]
fn Statuses(filter: Memo<Filter>, change: Change) -> impl IntoView {
    let t = strings();
    let names = STATUSES.iter().map(|status| status_name(status).unwrap_or(t.all).to_owned()).collect();
    let place = move || filter.with(|filter| STATUSES.iter().position(|status| filter.status == *status));
    let choose = move |at: usize| {
        let status = STATUSES.get(at).copied().unwrap_or_default();
        change.by(|filter| filter.status = status.to_owned());
    };
    choice::segments("status", Some(t.status), names, Chosen::new(place, choose))
}

/// The types that can be chosen: those that are wanted, those that were seen in the list, and what is chosen already.
#[component]
fn Types(scope: Scope, filter: Memo<Filter>, change: Change, query: Query<Page<DeliverySummary>>) -> impl IntoView {
    let t = strings();
    let catalogue = Query::new(|| (), |()| api::event_types());
    // A narrower list does not take away what a wider one has shown.
    let seen = Memo::new(move |before: Option<&BTreeSet<String>>| {
        let mut seen = before.cloned().unwrap_or_default();
        if let Some(page) = query.value.get() {
            page.with(|page| seen.extend(page.items.iter().map(|row| row.event_type.clone())));
        }
        seen
    });
    let names = move || {
        let known = catalogue.value.get().map(|types| types.get()).unwrap_or_default();
        let mut names = seen.get();
        names.extend(scope.types(known.into_iter().map(|known| known.name).collect()));
        names.extend(Some(filter.with(|filter| filter.event_type.clone())).filter(|chosen| !chosen.is_empty()));
        names
    };
    let chosen = move |name: &str| filter.with(|filter| filter.event_type == name);
    let select = move |event| change.by(|filter| filter.event_type = event_target_value(&event));
    view! {
        <label class="vh" for="type">{t.event_type}</label>
        <select class="in" id="type" on:change=select>
            <option value="" prop:selected=move || chosen("")>{t.all_event_types}</option>
            <For each=names key=Clone::clone children=move |name| {
                let (value, shown) = (name.clone(), name.clone());
                view! { <option value=value prop:selected=move || chosen(&name)>{shown}</option> }
            }/>
        </select>
    }
}

/// The window of time: a period that ends now, or from and to.
#[component]
fn Window(filter: Memo<Filter>, change: Change) -> impl IntoView {
    let t = &strings().list;
    let has_dates = |filter: &Filter| !filter.from.is_empty() || !filter.to.is_empty();
    let period = Memo::new(move |_| {
        filter.with(|filter| if has_dates(filter) { Filter::CUSTOM.to_owned() } else { filter.period.clone() })
    });
    let select = move |event| {
        let value = event_target_value(&event);
        change.by(|filter| (filter.period, filter.from, filter.to) = (value, String::new(), String::new()));
    };
    let periods = Period::ALL.map(|period| (period.name(), (t.last)(period)));
    let options: Vec<_> = std::iter::once(("", t.any_time))
        .chain(periods)
        .chain([(Filter::CUSTOM, t.custom)])
        .map(|(value, name)| view! { <option value=value prop:selected=move || period.with(|period| period == value)>{name}</option> })
        .collect();
    let is_reversed = Memo::new(move |_| filter.with(Filter::is_reversed));
    let date = move |id: &'static str, name: &'static str, of: fn(&mut Filter) -> &mut String| {
        let value = move || filter.with(|filter| local(of(&mut filter.clone()).as_str()));
        let set = move |event| {
            let instant = from_local(&event_target_value(&event));
            change.by(|filter| {
                filter.period = Filter::CUSTOM.to_owned();
                *of(filter) = instant;
            });
        };
        view! {
            <label class="date">{name}" "<input class="in" id=id type="datetime-local" aria-describedby="window-error" aria-invalid=move || is_reversed.get().to_string() prop:value=value on:change=set/></label>
        }
    };
    view! {
        <label class="vh" for="when">{t.when}</label>
        <select class="in" id="when" on:change=select>{options}</select>
        {move || period.with(|period| period == Filter::CUSTOM).then(|| view! {
            {date("from", t.from, |filter| &mut filter.from)}
            {date("to", t.to, |filter| &mut filter.to)}
            <p class="err" id="window-error" role="alert">
                {move || is_reversed.get().then(|| view! { {crate::ui::icon::Icon::Alert.view()}{t.reversed} })}
            </p>
        })}
    }
}

/// An instant as an input for dates takes it: the reader's time without a zone.
fn local(instant: &str) -> String {
    instant.parse::<Timestamp>().map(format::local_input).unwrap_or_default()
}

/// What was typed into an input for dates, as an instant; empty when it is none.
fn from_local(typed: &str) -> String {
    format::from_local_input(typed).map(|instant| instant.to_string()).unwrap_or_default()
}

#[component]
fn Outcomes(filter: Memo<Filter>, change: Change) -> impl IntoView {
    let t = strings();
    let select = move |event| change.by(|filter| filter.outcome = event_target_value(&event));
    let option = move |value: String, name: String| {
        let own = value.clone();
        view! { <option value=value prop:selected=move || filter.with(|filter| filter.outcome == own)>{name}</option> }
    };
    let failures: Vec<_> = Failure::ALL
        .into_iter()
        .filter(|failure| *failure != Failure::HttpStatus)
        .map(|failure| option(failure.name().to_owned(), (t.failure)(failure).to_owned()))
        .collect();
    let codes = move || {
        let chosen = filter.with(|filter| filter.outcome.parse::<u16>().ok()).filter(|code| !CODES.contains(code));
        CODES.into_iter().chain(chosen).collect::<Vec<_>>()
    };
    view! {
        <label class="vh" for="outcome">{t.list.outcome}</label>
        <select class="in" id="outcome" on:change=select>
            {option(String::new(), t.list.any_outcome.to_owned())}
            <optgroup label=t.list.http_status>
                <For each=codes key=|code| *code children=move |code| option(code.to_string(), format::status(code))/>
            </optgroup>
            <optgroup label=t.list.no_answer>{failures}</optgroup>
        </select>
    }
}
