//! The webhooks list.

pub(crate) mod actions;

use crate::{
    api::{self, FAILING},
    browser,
    effect::effect,
    format,
    live::{self, News},
    pages::{events, send_test::SendTest, statistics::STATISTICS},
    query::Query,
    session::for_editors,
    strings::strings,
    ui::{
        chart::spark::spark,
        icon::Icon,
        listing::listing,
        pill,
        search::{SearchBar, in_address, searched},
        show::broken_url,
        table::{data_table, rows},
    },
};
use actions::{Actions, Asked, Outcome, Question, url_of};
use leptos::prelude::*;
use leptos_router::{components::Outlet, hooks::use_location};
use shared::{CatalogueShare, EventMode, Id, Page, Period, Webhook, WebhookStatus};
use std::time::Duration;

/// How often the list is loaded again while it is looked at.
const REFRESH: Duration = Duration::from_secs(10);

/// What share of the events has to arrive, at least, not to catch the eye.
const POOR: f64 = 0.9;

/// The states that the list can be narrowed to; none stands for all.
const STATES: [&str; 4] = ["", FAILING, WebhookStatus::Active.name(), WebhookStatus::Inactive.name()];

/// The list of those that are failing.
pub(crate) const FAILING_WEBHOOKS: &str = "/webhooks?status=failing";

/// The list, for the form over it: what was saved shows at once.
#[derive(Clone, Copy)]
pub(crate) struct WebhooksList(pub(crate) Query<Page<Webhook>>);

#[component]
pub(crate) fn WebhooksPage() -> impl IntoView {
    let t = strings();
    let [status, cursor] = ["status", "after"].map(in_address);
    let search = searched();
    let query = Query::new(
        move || (search.get(), status.get(), cursor.get()),
        |(search, status, cursor)| async move { api::webhooks(&search, &status, &cursor).await },
    );
    query.reload_every(REFRESH, |_| true);
    // One page with all of them tells it, too.
    let asks = Memo::new(move |_| {
        let is_all = [search, status, cursor].iter().all(|part| part.with(String::is_empty));
        query.value.get().is_some_and(|page| !is_all || page.with(|page| page.next_cursor.is_some()))
    });
    let failing = Query::new(
        move || asks.get(),
        |asks| async move { if asks { api::failing_webhooks().await.map(Some) } else { Ok(None) } },
    );
    failing.reload_every(REFRESH, |_| true);
    live::listen(move |news| {
        let changes = |news: &News| match news {
            News::Missed => !query.is_recent(),
            news => matches!(news, News::Webhook(_)),
        };
        if news.iter().any(changes) {
            query.refresh();
            failing.refresh();
        }
    });
    provide_context(WebhooksList(query));
    let path = use_location().pathname;
    effect(move || {
        if path.get() == "/webhooks" {
            browser::set_title(t.webhooks);
        }
    });
    let asked = RwSignal::new(None::<Asked>);
    let done = Callback::new(move |_| query.reload());
    // How many there are is known where one page shows them all.
    let count = move || {
        let page = query.value.get()?;
        let is_whole = page.with(|page| page.next_cursor.is_none()) && cursor.with(String::is_empty);
        is_whole.then(|| page.with(|page| page.items.len()))
    };
    let named = |status| (t.webhooks_that_are)(status).to_owned().into();
    let names = vec![
        t.all.to_owned().into(),
        Signal::derive(move || {
            failing_with_count(if asks.get() {
                failing.value.get().and_then(|page| page.with(|page| page.as_ref().map(count_failing)))
            } else {
                query.value.get().map(|page| page.with(count_failing))
            })
        }),
        named(WebhookStatus::Active),
        named(WebhookStatus::Inactive),
    ];
    let none = [t.no_webhooks_title, t.no_webhooks_text, t.no_webhooks_match, t.no_webhooks_match];
    let new = || for_editors(new_webhook).into_any();
    view! {
        <div class="head">
            <h1 tabindex="-1">{t.webhooks}</h1>
            <span class="muted">{count}</span>
            <div class="end">
                <a class="btn" href=STATISTICS>{Icon::Chart.view()}{t.overview.statistics}</a>
                {for_editors(new_webhook)}
            </div>
        </div>
        // Dialogs; what comes before them must not stand below a long list.
        <Outlet/>
        <SearchBar path="/webhooks" label=t.filter_by_url states=&STATES names=names/>
        {listing("/webhooks", query, t.could_not_load_webhooks, none, Some(new), move |page| table(page, asked, done))}
        {move || asked.get().map(|what| view! { <Question what=what asked=asked done=done/> })}
    }
}

/// How many of a page are failing, and a sign where there may be more.
fn count_failing(page: &Page<Webhook>) -> (usize, &'static str) {
    let failing = page.items.iter().filter(|webhook| webhook.failing).count();
    (failing, if page.next_cursor.is_some() { "+" } else { "" })
}

/// The word for those that are failing, and how many they are where some are.
fn failing_with_count(count: Option<(usize, &str)>) -> String {
    let word = strings().shell.failing;
    match count {
        Some((count @ 1.., more)) => format!("{word} ({count}{more})"),
        _ => word.to_owned(),
    }
}

/// The address of a form over the list, which stays narrowed as it is.
fn over_list(path: impl Into<String>) -> impl Fn() -> String + Send + Sync + 'static {
    let (path, search) = (path.into(), use_location().search);
    move || search.with(|search| if search.is_empty() { path.clone() } else { format!("{path}?{search}") })
}

fn new_webhook() -> impl IntoView {
    view! { <a class="btn primary" href=over_list("/webhooks/new")>{Icon::Plus.view()}{strings().new_webhook}</a> }
}

fn table(page: RwSignal<Page<Webhook>>, asked: RwSignal<Option<Asked>>, done: Callback<Outcome>) -> AnyView {
    let t = strings();
    let ids = Memo::new(move |_| page.with(|page| page.items.iter().map(|webhook| webhook.id).collect::<Vec<_>>()));
    let columns = [(t.payload_url, ""), (t.events, ""), (t.last_24_hours, ""), (t.status, ""), (t.actions, "num")];
    let rows = rows(ids, Callback::new(move |id| row(id, page, asked, done).into_any()));
    data_table("tbl hooks", t.webhooks_caption, &columns, rows)
}

/// A row. Its cells change where they stand.
fn row(
    id: Id,
    page: RwSignal<Page<Webhook>>,
    asked: RwSignal<Option<Asked>>,
    done: Callback<Outcome>,
) -> impl IntoView {
    let webhook = Memo::new(move |_| page.with(|page| page.items.iter().find(|webhook| webhook.id == id).cloned()));
    let url = url_of(webhook);
    let description = move || {
        let description = webhook.get().map(|webhook| webhook.description).filter(|text| !text.is_empty());
        description.map(|text| view! { <span class="hint">{text}</span> })
    };
    view! {
        <tr role="row">
            <td role="cell" class="full"><a href=format!("/webhooks/{id}") class="row-link mono url" title=url>{move || url.with(|url| broken_url(url))}</a>{description}</td>
            <td role="cell" class="muted">{move || webhook.get().map(|webhook| selection(&webhook))}</td>
            <td role="cell" class="full">{move || webhook.get().map(|webhook| health(&webhook))}</td>
            <td role="cell">{move || webhook.get().map(|webhook| status(&webhook))}</td>
            <td role="cell" class="acts"><Actions id=id webhook=webhook asked=asked done=done/></td>
        </tr>
    }
}

fn status(webhook: &Webhook) -> impl IntoView + use<> {
    let reason = webhook.inactive_reason.map(strings().inactive_reason);
    view! { {pill::of_health(webhook)}{reason.map(|reason| view! { <span class="hint">{reason}</span> })} }
}

/// What a webhook takes of the catalogue: in figures for the eye, in words for the ear.
fn selection(webhook: &Webhook) -> impl IntoView + use<> {
    let t = strings();
    let (CatalogueShare { wanted, all, others }, selected) = (webhook.catalogue, webhook.events.types.len());
    let (figures, words) = match webhook.events.mode {
        EventMode::All => (t.all.to_owned(), t.all_events.to_owned()),
        // What wants nothing of the catalogue is no part of it.
        EventMode::Selected if wanted == 0 && selected > 0 => {
            ((t.selected_events)(selected), (t.selected_events)(selected))
        }
        EventMode::Selected => {
            let more = if others > 0 { format!(" + {others}") } else { String::new() };
            ((t.selected_of)(wanted, all) + &more, (t.selected_types_of)(wanted, all, others))
        }
    };
    let conditions = webhook.events.conditions.len();
    let conditions = (conditions > 0).then(|| view! { <span class="hint">{(t.conditions_count)(conditions)}</span> });
    view! { <span aria-hidden="true" title=words.clone()>{figures}</span><span class="vh">{words}</span>{conditions} }
}

fn health(webhook: &Webhook) -> impl IntoView + use<> {
    let t = strings();
    let counts = webhook.last_24h;
    let (retrying, waiting) = counts.open(webhook.status == WebhookStatus::Active);
    let waiting = (waiting > 0).then(|| (t.list.waiting)(&format::number(waiting)));
    let Some(rate) = counts.success_rate else {
        let test = (webhook.status == WebhookStatus::Active).then(|| {
            view! { <div class="above bar"><SendTest webhook=webhook.id event_type=None primary=false url=webhook.url.clone()/></div> }
        });
        let words = waiting.unwrap_or_else(|| t.no_deliveries.to_owned());
        return view! { <span class="muted">{words}</span>{test} }.into_any();
    };
    let retrying = (retrying > 0).then(|| (t.list.being_retried)(&format::number(retrying)));
    let counted = (t.delivered_and_failed)(&format::number(counts.delivered), &format::number(counts.given_up()));
    let counted = [Some(counted), retrying, waiting].into_iter().flatten().collect::<Vec<_>>().join(", ");
    // Whoever sees that something failed wants to see what.
    let counted = if counts.failed > 0 {
        let href = events::failed(Some(webhook.id), Period::Day);
        view! { <a class="hint above" href=href>{counted}</a> }.into_any()
    } else {
        view! { <span class="hint">{counted}</span> }.into_any()
    };
    view! {
        <div class="health">
            {spark(&webhook.hourly)}
            <div><span class:poor=rate < POOR>{format::share(rate)}</span>{counted}</div>
        </div>
    }
    .into_any()
}
