//! The figures of all webhooks: whether something is wrong, since when, and at which of them.

pub(crate) mod charts;
pub(crate) mod figures;

use crate::{
    api, browser, format,
    pages::{events, webhook::Section},
    query::Query,
    strings::strings,
    ui::{
        chart::share::share,
        crumbs::crumbs,
        icon::Icon,
        show::{empty, show},
        webhook_name,
    },
};
use charts::Charts;
use figures::{AGE, Periods, Tiles, failed_note, follow, period_in_address};
use leptos::prelude::*;
use shared::{Counts, DeliveryStatus, Period, Stats, WebhookCount};

/// Where the page is.
pub(crate) const STATISTICS: &str = "/webhooks/statistics";

#[component]
pub(crate) fn StatisticsPage() -> impl IntoView {
    let t = strings();
    browser::set_title(t.overview.statistics);
    let period = period_in_address();
    let query = Query::new(move || period.get(), |period| api::stats(None, period));
    follow(|| None, move || query.reload());
    query.reload_every(AGE, |_| true);
    view! {
        {crumbs(&[("/webhooks", t.webhooks)], t.overview.statistics.into_any())}
        <div class="head"><h1 tabindex="-1">{t.overview.statistics}</h1></div>
        <Periods path=STATISTICS.to_owned() period=period/>
        {show(query, t.overview.could_not_load, content)}
    }
}

fn content(stats: RwSignal<Stats>) -> impl IntoView {
    let is_empty = Memo::new(move |_| stats.with(|stats| is_empty(&stats.counts)));
    move || {
        if is_empty.get() {
            return empty(Icon::Inbox, strings().overview.nothing_in_period, ().into_any());
        }
        view! {
            {move || stats.with(|stats| failed_note(None, stats))}
            <Tiles stats=stats webhook=None/>
            <Webhooks stats=stats/>
            <Charts stats=stats webhook=None/>
        }
        .into_any()
    }
}

/// Whether there was nothing to deliver.
const fn is_empty(counts: &Counts) -> bool {
    counts.delivered + counts.failed + counts.pending == 0
}

/// The webhooks that fail most.
#[component]
fn Webhooks(stats: RwSignal<Stats>) -> impl IntoView {
    let t = &strings().overview;
    let rows = move || {
        let (webhooks, period, counts) = stats.with(|stats| (stats.webhooks.clone(), stats.period, stats.counts));
        let all = counts.delivered + counts.failed;
        webhooks.into_iter().map(|webhook| row(&webhook, period, all)).collect_view()
    };
    view! {
        <section class="card chart" aria-label=t.by_webhook>
            <div class="cardhead"><h2>{t.by_webhook}</h2><span class="hint">{t.most_failures_first}</span></div>
            <table class="plain by-type" role="table">
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">{strings().list.webhook}</th>
                        <th role="columnheader" scope="col" class="num">{t.delivered}</th>
                        <th role="columnheader" scope="col" class="num">{t.failed}</th>
                        <th role="columnheader" scope="col" class="num">{t.retrying}</th>
                        <th role="columnheader" scope="col">{t.share}</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </section>
    }
}

fn row(webhook: &WebhookCount, period: Period, all: u64) -> impl IntoView + use<> {
    let id = webhook.id;
    let href = format!("{}?period={}", Section::Overview.href(id), period.name());
    let name = webhook_name::stacked(&webhook.description, &webhook.url, webhook_name::IN_CELL);
    // Whoever sees that something failed wants to see what.
    let count = |count: u64, status| {
        let number = format::number(count);
        if count == 0 {
            return number.into_any();
        }
        view! { <a href=events::with_status(id, status, period)>{number}</a> }.into_any()
    };
    view! {
        <tr role="row">
            <th role="rowheader" scope="row"><a href=href class="url">{name}</a></th>
            <td role="cell" class="num">{format::number(webhook.delivered)}</td>
            <td role="cell" class="num">{count(webhook.given_up(), DeliveryStatus::Failed)}</td>
            <td role="cell" class="num">{count(webhook.retrying, DeliveryStatus::Retrying)}</td>
            <td role="cell" class="wide">{share(webhook.delivered, webhook.failed, all)}</td>
        </tr>
    }
}
