//! The list: it stands still while it is read. What happens to its rows shows in place; what is new is only counted.

use super::{Scope, UNWANTED, bar::FilterBar, bulk::Bulk, filter::Filter, heard::Heard, pager::Pager, table::Table};
use crate::{
    api::{self, ApiError},
    browser,
    effect::{effect, every},
    format,
    live::{self, News},
    pages::{delivery::resendable, send_test::SendTest},
    query::Query,
    strings::strings,
    ui::{
        icon::Icon,
        search::address,
        show::{empty, load_error, show, skeleton},
    },
};
use leptos::{portal::Portal, prelude::*, task::spawn_local};
use leptos_router::components::A;
use shared::{DeliverySummary, Id, Page, Timestamp};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// How many new events are counted.
const MOST_FRESH: usize = 10_000;
/// How often a screen reader is told how many events are new, at most.
const ANNOUNCED: Duration = Duration::from_secs(10);

/// The page that the address asks for, loaded.
#[derive(Clone, Copy)]
pub(super) struct Source {
    filter: Memo<Filter>,
    query: Query<Page<DeliverySummary>>,
    cursor: RwSignal<String>,
    heard: Heard,
}

impl Source {
    /// Asks at once for a page of that webhook's events, or of all.
    pub(super) fn of(webhook: impl Fn() -> Result<Option<Id>, ApiError> + Copy + 'static) -> Self {
        let filter = Filter::in_url();
        let (cursor, heard) = (RwSignal::new(String::new()), Heard::new());
        let load = move |(webhook, asked): (Result<Option<Id>, ApiError>, Filter)| async move {
            let loaded = load(webhook?, &asked, heard).await;
            if loaded.is_ok() && filter.try_get_untracked().as_ref() == Some(&asked) {
                cursor.try_set(asked.cursor);
            }
            loaded
        };
        let query = Query::new(move || (webhook(), filter.get()), load);
        live::listen(move |updates| {
            heard.hear(updates);
            // What an answer that is on its way does not have yet is on no page, and no further news of it may come.
            let here = untrack(webhook);
            let is_ours =
                |row: &DeliverySummary| here.as_ref().is_ok_and(|id| id.is_none_or(|id| id == row.webhook_id));
            if query.current().is_none() && updates.iter().filter_map(News::row).any(is_ours) {
                query.refresh();
            }
        });
        Self { filter, query, cursor, heard }
    }
}

/// A page of the list. In a window of time that ends before it begins there is nothing to ask for.
async fn load(webhook: Option<Id>, filter: &Filter, heard: Heard) -> Result<Page<DeliverySummary>, ApiError> {
    if filter.is_reversed() {
        return Ok(Page { items: Vec::new(), next_cursor: None });
    }
    heard.newer_than(api::deliveries(webhook, &filter.asked()), |page| &mut page.items).await
}

/// A page of the list and what has happened since it was loaded.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    pub(super) scope: Scope,
    pub(super) filter: Memo<Filter>,
    pub(super) query: Query<Page<DeliverySummary>>,
    /// The cursor of the page that is there: the filter's may be that of one that is still on its way.
    pub(super) cursor: RwSignal<String>,
    pub(super) heard: Heard,
    /// Events that belong here but are not on the page.
    pub(super) fresh: RwSignal<BTreeSet<Id>>,
    /// The rows that were ticked.
    pub(super) selected: RwSignal<BTreeSet<Id>>,
}

#[component]
pub(super) fn List(scope: Scope, source: Source) -> impl IntoView {
    let t = strings();
    let Source { filter, query, cursor, heard } = source;
    let id = scope.id();
    let shown =
        Shown { scope, filter, query, cursor, heard, fresh: RwSignal::default(), selected: RwSignal::default() };
    effect(move || {
        filter.track();
        shown.fresh.try_update(BTreeSet::clear);
        shown.selected.try_update(BTreeSet::clear);
    });
    effect(move || shown.keep());
    let dock = document().get_element_by_id("dock");
    live::listen_about(move || id, move |updates| shown.hear(updates));
    view! {
        <FilterBar scope=scope filter=filter query=query/>
        <Fresh shown=shown/>
        {show(query, t.could_not_load_events, move |page| {
            let is_empty = Memo::new(move |_| page.with(|page| page.items.is_empty()));
            move || {
                if is_empty.get() {
                    none(shown, page).into_any()
                } else {
                    view! { <Table shown=shown page=page/> <Pager shown=shown page=page/> }.into_any()
                }
            }
        })}
        {dock.map(|dock| view! { <Portal mount=dock><Bulk shown=shown/></Portal> })}
    }
}

impl Shown {
    /// Loads the page again, with what is new.
    pub(super) fn refresh(self) {
        self.fresh.try_update(BTreeSet::clear);
        self.query.reload();
    }

    /// The time. This clock may be slow: what the server has told of was before, whatever it says.
    pub(super) fn now(self) -> Timestamp {
        let newest =
            self.query.current().and_then(|page| page.with_untracked(|page| page.items.first().map(|row| row.id)));
        let told = [newest.map(|id| id.made_at().plus_seconds(1)), self.scope.changed_at()];
        told.into_iter().flatten().fold(format::now(), Timestamp::max)
    }

    /// What can be sent again stays ticked as long as it is on the page, and what is on the page is not new any more.
    fn keep(self) {
        let Some(page) = self.query.value.get() else { return };
        let shown = page.with(|page| page.items.iter().map(|row| row.id).collect::<Vec<_>>());
        if self.fresh.with_untracked(|fresh| shown.iter().any(|id| fresh.contains(id))) {
            self.fresh.update(|fresh| fresh.retain(|id| !shown.contains(id)));
        }
        let may =
            page.with(|page| page.items.iter().filter(|row| resendable(row)).map(|row| row.id).collect::<Vec<_>>());
        if self.selected.with_untracked(|selected| selected.iter().any(|id| !may.contains(id))) {
            self.selected.update(|selected| selected.retain(|id| may.contains(id)));
        }
    }

    /// Ticks those that are on the page and can be sent again. Returns whether there are any.
    pub(super) fn tick(self, rows: &[Id]) -> bool {
        let Some(page) = self.query.current() else { return false };
        let ticks = |row: &&DeliverySummary| rows.contains(&row.id) && resendable(row);
        let ticked: Vec<_> = page.with_untracked(|page| page.items.iter().filter(ticks).map(|row| row.id).collect());
        let is_any = !ticked.is_empty();
        self.selected.try_update(|selected| selected.extend(ticked)).is_some() && is_any
    }

    fn hear(self, updates: &[News]) {
        self.take(updates.iter().filter_map(News::row).cloned().collect());
        // With the webhook, its URL may have changed, and which headers the rows were sent with.
        if updates.iter().any(|news| matches!(news, News::Missed | News::Webhook(_))) {
            self.look();
        }
    }

    /// Looks for what has changed, without moving a row.
    pub(super) fn look(self) {
        let (Some(filter), Some(counted)) = (self.filter.try_get_untracked(), self.fresh.try_get_untracked()) else {
            return;
        };
        let id = self.scope.id();
        spawn_local(async move {
            let looked = load(id, &filter, self.heard).await;
            if self.filter.try_get_untracked() != Some(filter) || self.query.current().is_none() {
                return;
            }
            match looked {
                Ok(page) => {
                    self.query.error.set(None);
                    // What has left the list meanwhile without a word is not new in it any more.
                    let left = |id: &Id| counted.contains(id) && reaches(&page, *id) && !has(&page, *id);
                    if self.fresh.try_with_untracked(|fresh| fresh.iter().any(left)) == Some(true) {
                        self.fresh.update(|fresh| fresh.retain(|id| !left(id)));
                    }
                    self.take(page.items);
                }
                Err(error) => self.query.error.set(Some(error)),
            }
        });
    }

    /// Takes rows as they are now: those on the page change in place, the others are counted if they belong here. Of several news of a row
    /// the latest comes last, and counts.
    pub(super) fn take(self, rows: Vec<DeliverySummary>) {
        let Some(page) = self.query.current() else { return };
        let latest = rows.into_iter().map(|row| (row.id, row)).collect::<BTreeMap<_, _>>().into_values();
        let (known, others): (Vec<_>, Vec<_>) = page.with_untracked(|page| latest.partition(|row| has(page, row.id)));
        let changed = page.with_untracked(|page| known.iter().any(|row| !page.items.contains(row)));
        if changed {
            page.update(|page| {
                for row in known {
                    if let Some(place) = page.items.iter_mut().find(|place| place.id == row.id) {
                        *place = row;
                    }
                }
            });
        }
        let (Some(filter), now, id) = (self.filter.try_get_untracked(), format::now(), self.scope.id()) else { return };
        // A later page stands still, and what is older than the page belongs to the next one.
        let belongs = |row: &DeliverySummary| {
            let is_here = filter.cursor.is_empty() && id.is_none_or(|id| id == row.webhook_id);
            is_here && filter.takes(row, now) && page.with_untracked(|page| reaches(page, row.id))
        };
        let (fresh, gone): (Vec<_>, Vec<_>) = others.into_iter().partition(belongs);
        // What was new may not belong here any more.
        if self.fresh.try_with_untracked(|known| gone.iter().any(|row| known.contains(&row.id))) == Some(true) {
            self.fresh.update(|known| known.retain(|id| gone.iter().all(|row| row.id != *id)));
        }
        if fresh.is_empty() {
            return;
        }
        if page.with_untracked(|page| page.items.is_empty()) {
            // Nothing is there yet that could jump.
            self.query.reload();
        } else {
            self.fresh.try_update(|known| {
                known.extend(fresh.iter().map(|row| row.id));
                // Nobody reads on from so many.
                while known.len() > MOST_FRESH {
                    known.pop_first();
                }
            });
        }
    }
}

fn has(page: &Page<DeliverySummary>, id: Id) -> bool {
    page.items.iter().any(|row| row.id == id)
}

/// Whether a row as old as that would be on the page, if it belonged there.
fn reaches(page: &Page<DeliverySummary>, id: Id) -> bool {
    page.next_cursor.is_none() || page.items.last().is_none_or(|last| id > last.id)
}

/// "12 new events. Show"
#[component]
fn Fresh(shown: Shown) -> impl IntoView {
    let t = &strings().list;
    let count = Memo::new(move |_| shown.fresh.with(BTreeSet::len));
    let announced = RwSignal::new(0);
    every(ANNOUNCED, move || {
        if let Some(count) = count.try_get_untracked().filter(|count| announced.try_get_untracked() != Some(*count)) {
            announced.try_set(count);
        }
    });
    let show = move || {
        shown.refresh();
        // The button goes.
        browser::keep_focus();
    };
    let button = move || {
        let count = count.get();
        (count > 0).then(|| {
            view! {
                <button type="button" class="btn fresh" on:click=move |_| show()>{Icon::Up.view()}{(t.new_events)(&format::number(count as u64))}</button>
            }
        })
    };
    let spoken = move || {
        Some(announced.get()).filter(|count| *count > 0).map(|count| (t.new_events)(&format::number(count as u64)))
    };
    view! { <p class="vh" role="status">{spoken}</p>{button} }
}

fn none(shown: Shown, page: RwSignal<Page<DeliverySummary>>) -> AnyView {
    let t = strings();
    if shown.filter.with(Filter::narrows) {
        let href = shown.scope.path();
        // A page of a search looks at so many events only.
        let older = move || page.with(|page| page.next_cursor.clone());
        let further = move || {
            let href = Filter { cursor: older()?, ..shown.filter.get() }.href(&shown.scope.path());
            Some(view! { <p>{t.older_not_searched}</p><a href=href class="btn primary">{t.search_older}</a> })
        };
        // Whoever looks for one event may find it at another webhook, or have published what nobody wants.
        let is_one = shown.scope.id().is_some();
        let elsewhere = move || {
            let search = shown.filter.with(|filter| filter.search.clone());
            let way = |path: &str, word: &'static str| {
                view! { <A href=address(path, &[("q", &search)]) attr:class="btn">{word}</A> }
            };
            (!is_one || !search.is_empty())
                .then(|| (is_one.then(|| way("/events", t.list.search_all)), way(UNWANTED, t.list.unwanted)))
        };
        let title =
            if page.with(|page| page.next_cursor.is_none()) { t.no_events_match } else { t.nothing_found_so_far };
        let more = view! {
            <p>{move || shown.filter.with(Filter::words)}</p>
            {further}
            <A href=href attr:class="btn">{t.clear_filters}</A>
            {elsewhere}
        };
        return view! { {empty(Icon::List, title, more.into_any())}<Pager shown=shown page=page/> }.into_any();
    }
    match shown.scope.id() {
        Some(id) => {
            let test = view! { <SendTest webhook=id event_type=None primary=true/> };
            empty(Icon::Inbox, t.no_events_title, view! { <p>{t.no_events_text}</p>{test} }.into_any())
        }
        None => nothing_at_any_webhook(),
    }
}

/// Nothing was published yet, or no webhook wanted what was.
fn nothing_at_any_webhook() -> AnyView {
    let t = strings();
    let discarded = Query::new(|| (), |()| api::unwanted_events("", ""));
    let some = Memo::new(move |_| discarded.value.get().map(|page| page.with(|page| !page.items.is_empty())));
    let words = move || match some.get() {
        Some(true) => {
            let more =
                view! { <p>{t.list.all_unwanted}</p><A href=UNWANTED attr:class="btn primary">{t.list.unwanted}</A> };
            empty(Icon::Inbox, t.list.none_delivered, more.into_any())
        }
        None if discarded.is_running.get() => skeleton().into_any(),
        None => match discarded.error.get() {
            Some(error) => load_error(t.could_not_load_events, &error, Box::new(move || discarded.reload())),
            None => skeleton().into_any(),
        },
        _ => empty(Icon::Inbox, t.no_events_title, view! { <p>{t.no_events_text}</p> }.into_any()),
    };
    words.into_any()
}
