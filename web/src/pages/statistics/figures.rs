//! Figures over a period, of one webhook or of all: their period, what failed, and the sums.

use crate::{
    effect::every,
    format,
    live::{self, News},
    pages::events,
    session::{self, for_editors},
    strings::strings,
    ui::{
        choice::{self, Chosen},
        connection::is_offline,
        icon::Icon,
        place::way,
        search::{address, in_address, in_place},
    },
};
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_navigate};
use shared::{Id, Named as _, Period, Stats, Webhook, WebhookStatus};
use std::time::Duration;

/// How often the figures are loaded again at most, while deliveries happen.
const REFRESH: Duration = Duration::from_secs(5);
/// How often they are loaded again while nothing happens: their period ends now.
pub(crate) const AGE: Duration = Duration::from_secs(60);

/// The period that the address names.
pub(crate) fn period_in_address() -> Memo<Period> {
    let name = in_address("period");
    Memo::new(move |_| name.with(|name| Period::named(name)).unwrap_or_default())
}

/// Looks `again` while deliveries of the webhook happen, or of any.
pub(crate) fn follow(webhook: impl Fn() -> Option<Id> + Copy + 'static, again: impl Fn() + 'static) {
    let moved = StoredValue::new(false);
    live::listen_about(webhook, move |updates| {
        let webhook = webhook();
        let is_ours = |news: &News| match news {
            News::Delivery(row) => webhook.is_none_or(|webhook| row.webhook_id == webhook),
            News::Missed => true,
            News::Webhook(_) => false,
        };
        if updates.iter().any(is_ours) {
            moved.try_set_value(true);
        }
    });
    let refresh = move || {
        if moved.try_get_value() == Some(true) && !live::is_leaving(webhook()) && !session::is_over() {
            moved.set_value(false);
            again();
        }
    };
    every(REFRESH, refresh);
}

/// The choice of the period. It is in the URL.
#[component]
pub(crate) fn Periods(
    /// Where the page is.
    path: String,
    period: Memo<Period>,
) -> impl IntoView {
    let t = &strings().overview;
    let navigate = use_navigate();
    let place = move || Period::ALL.iter().position(|one| *one == period.get());
    let choose = move |at: usize| {
        let Some(period) = Period::ALL.get(at) else { return };
        navigate(&address(&path, &[("period", period.name())]), in_place());
    };
    let names = Period::ALL.iter().map(|&one| (t.period_name)(one).to_owned()).collect();
    view! { <div class="bar">{choice::segments("period", Some(t.period), names, Chosen::new(place, choose))}</div> }
}

/// What failed, in a sentence, and the way to it.
pub(crate) fn failed_note(webhook: Option<RwSignal<Webhook>>, stats: &Stats) -> Option<impl IntoView + use<>> {
    let t = &strings().overview;
    let (id, is_active) = (webhook.map(|webhook| webhook.with(|webhook| webhook.id)), sends(webhook));
    let (failed, given_up) = (stats.counts.failed, stats.counts.given_up());
    let (retrying, _) = stats.counts.open(is_active);
    if given_up + retrying == 0 {
        return None;
    }
    let [ended, again] = [given_up, retrying].map(|count| (count > 0).then(|| format::number(count)));
    let fact = (t.some_failed)(ended.as_deref(), again.as_deref(), (t.last)(stats.period));
    let mostly = stats
        .failures
        .first()
        // What fewer failed with than half is no headline.
        .filter(|most| most.count * 2 > failed)
        .map(|most| (format::outcome(most.status_code, Some(most.failure)), most.count))
        // What all failed with needs no count: it stands before it.
        .map(
            |(reason, count)| if count == failed { reason + "." } else { (t.mostly)(&reason, &format::number(count)) },
        );
    let href = events::failed(id, stats.period);
    // Many are sent again at one webhook after the other.
    let resend = id.filter(|_| is_active).map(|id| events::resend_failed(id, stats.period));
    let button = for_editors(move || {
        resend.clone().map(|resend| {
            let href = Signal::derive(move || (!is_offline()).then(|| resend.clone()));
            way("btn small end", t.resend_failed.into(), href)
        })
    });
    let (tone, icon) = if given_up > 0 { ("note bad", Icon::Cross) } else { ("note warn", Icon::Retry) };
    Some(view! {
        <div class=tone>
            {icon.view()}
            <div class="bar"><span><b>{fact}</b>" "{mostly}" "<A href=href>{t.look_at_failed}</A></span>{button}</div>
        </div>
    })
}

/// Whether what waits is sent now: not at an inactive webhook.
fn sends(webhook: Option<RwSignal<Webhook>>) -> bool {
    webhook.is_none_or(|webhook| webhook.with(|webhook| webhook.status == WebhookStatus::Active))
}

#[component]
pub(crate) fn Tiles(stats: RwSignal<Stats>, webhook: Option<RwSignal<Webhook>>) -> impl IntoView {
    let t = strings();
    let is_active = Memo::new(move |_| sends(webhook));
    let open = Memo::new(move |_| stats.with(|stats| stats.counts.open(is_active.get())));
    let none = || t.none.to_owned();
    let latency = move || {
        let both = stats.with(|stats| stats.p50_us.zip(stats.p95_us));
        both.map_or_else(none, |(p50, p95)| format!("{} / {}", format::duration(p50), format::duration(p95)))
    };
    let tile = |name: &'static str, figure: Signal<String>| {
        view! { <div class="stat"><dt class="muted">{name}</dt><dd>{move || figure.get()}</dd></div> }
    };
    let count = move |of: fn(&Stats) -> u64| Signal::derive(move || format::number(stats.with(of)));
    let rate = Signal::derive(move || stats.with(|stats| stats.counts.success_rate).map_or_else(none, format::share));
    view! {
        <dl class="card stats">
            {tile(t.overview.success_rate, rate)}
            {tile(t.overview.delivered, count(|stats| stats.counts.delivered))}
            {tile(t.overview.failed, count(|stats| stats.counts.given_up()))}
            {tile(t.overview.retrying, Signal::derive(move || format::number(open.get().0)))}
            {tile(t.overview.waiting, Signal::derive(move || format::number(open.get().1)))}
            {tile(t.overview.latency_figures, Signal::derive(latency))}
        </dl>
    }
}
