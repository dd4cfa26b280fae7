//! The webhook's overview: how its deliveries went over a period.

use super::{Section, charts, frame};
use crate::{
    api,
    effect::every,
    format::{self, Part},
    live::{self, News},
    pages::{
        events,
        resend_job::{self, Progress},
        webhooks::actions::go_on_button,
    },
    query::Query,
    session::for_editors,
    strings::strings,
    ui::{
        choice::{self, Chosen},
        connection::is_offline,
        icon::Icon,
        place::way,
        search::in_place,
        show::show,
    },
};
use leptos::prelude::*;
use leptos_router::{
    components::A,
    hooks::{use_navigate, use_query_map},
};
use shared::{Id, Named as _, Period, ResendKind, Stats, Webhook, WebhookStatus};
use std::time::Duration;

/// How often the figures are loaded again at most, while deliveries happen.
const REFRESH: Duration = Duration::from_secs(5);

#[component]
pub(crate) fn OverviewPage() -> impl IntoView {
    frame(Section::Overview, |webhook| view! { <Overview webhook=webhook/> })
}

#[component]
fn Overview(webhook: RwSignal<Webhook>) -> impl IntoView {
    let t = &strings().overview;
    let id = webhook.with_untracked(|webhook| webhook.id);
    let parameters = use_query_map();
    let period = Memo::new(move |_| {
        let name = parameters.with(|map| map.get("period"));
        name.as_deref().and_then(Period::named).unwrap_or_default()
    });
    let query = Query::new(move || period.get(), move |period| api::stats(id, period));
    let job = RwSignal::new(None::<Progress>);
    let ended = Callback::new(move |()| query.reload());
    resend_job::find(id, job, ended);
    let moved = StoredValue::new(false);
    let ours = move || Some(id);
    live::listen_about(ours, move |updates| {
        let is_ours = |news: &News| match news {
            News::Delivery(row) => row.webhook_id == id,
            News::Missed => true,
            News::Webhook(_) => false,
        };
        if updates.iter().any(is_ours) {
            moved.try_set_value(true);
        }
    });
    let refresh = move || {
        if moved.try_get_value() == Some(true) {
            moved.set_value(false);
            query.reload();
            resend_job::find(id, job, ended);
        }
    };
    every(REFRESH, refresh);
    view! {
        {rest_note(webhook)}
        {job_note(id, job)}
        <Periods webhook=id period=period/>
        {show(query, t.could_not_load, move |stats| {
            view! {
                {move || stats.with(|stats| failed_note(webhook, stats))}
                <Tiles stats=stats webhook=webhook/>
                <charts::Charts stats=stats webhook=webhook/>
            }
        })}
    }
}

/// Until when the webhook rests, why, and the way out.
fn rest_note(webhook: RwSignal<Webhook>) -> impl IntoView {
    let t = strings();
    let rests = Memo::new(move |_| webhook.with(|webhook| webhook.resting_until.map(|until| (webhook.id, until))));
    let done = Callback::new(move |now: Option<Webhook>| {
        // What somebody else has done to it comes with the live updates.
        if let Some(now) = now {
            webhook.try_set(now);
        }
    });
    let note = move |(id, until)| {
        let until = (t.shell.resting_until)(&format::moment(until, Part::Clock));
        let button = go_on_button(id, done);
        view! {
            <div class="note warn">
                {Icon::Clock.view()}
                <div class="bar"><span><b>{until}"."</b>" "{t.overview.rest_note}</span>{button}</div>
            </div>
        }
    };
    move || rests.get().map(note)
}

/// The job that sends the webhook many deliveries: as long as it runs, and then how it ended.
fn job_note(webhook: Id, job: RwSignal<Option<Progress>>) -> impl IntoView {
    let t = strings();
    let kind = Memo::new(move |_| job.with(|job| job.as_ref().and_then(Progress::kind)));
    let note = move |kind| {
        let title = match kind {
            ResendKind::Failed => t.list.select_all_failed,
            ResendKind::Missed => t.list.send_missed,
        };
        let title = title.trim_end_matches('…');
        view! {
            <section class="note info" aria-label=title>
                {Icon::Retry.view()}
                <div class="bar">
                    <span><b>{title}.</b>" "{resend_job::said(job)}" "<A href=Section::Events.href(webhook)>{t.view_events}</A></span>
                    {resend_job::button(job, "btn small end")}
                </div>
            </section>
        }
    };
    move || kind.get().map(note)
}

/// The choice of the period. It is in the URL.
#[component]
fn Periods(webhook: Id, period: Memo<Period>) -> impl IntoView {
    let t = &strings().overview;
    let navigate = use_navigate();
    let place = move || Period::ALL.iter().position(|one| *one == period.get());
    let choose = move |at: usize| {
        let Some(period) = Period::ALL.get(at) else { return };
        navigate(&format!("/webhooks/{webhook}?period={}", period.name()), in_place());
    };
    let names = Period::ALL.iter().map(|&one| (t.period_name)(one).to_owned()).collect();
    view! { <div class="bar">{choice::segments("period", Some(t.period), names, Chosen::new(place, choose))}</div> }
}

/// What failed, in a sentence, and the way to it.
fn failed_note(webhook: RwSignal<Webhook>, stats: &Stats) -> Option<impl IntoView + use<>> {
    let t = &strings().overview;
    let (id, is_active) = webhook.with(|webhook| (webhook.id, webhook.status == WebhookStatus::Active));
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
    let resend = events::resend_failed(id, stats.period);
    let button = for_editors(move || {
        let resend = resend.clone();
        let href = Signal::derive(move || (!is_offline()).then(|| resend.clone()));
        is_active.then(|| way("btn small end", t.resend_failed.into(), href))
    });
    let (tone, icon) = if given_up > 0 { ("note bad", Icon::Cross) } else { ("note warn", Icon::Retry) };
    Some(view! {
        <div class=tone>
            {icon.view()}
            <div class="bar"><span><b>{fact}</b>" "{mostly}" "<A href=href>{t.look_at_failed}</A></span>{button}</div>
        </div>
    })
}

#[component]
fn Tiles(stats: RwSignal<Stats>, webhook: RwSignal<Webhook>) -> impl IntoView {
    let t = strings();
    let is_active = Memo::new(move |_| webhook.with(|webhook| webhook.status == WebhookStatus::Active));
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
