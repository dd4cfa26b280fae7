//! The event's details: the request as it went out, and what came back for each attempt.

mod request;
mod resend;
mod responses;

use crate::{
    api::{self, ApiError},
    browser, format,
    hint::{self, Hint},
    query::Query,
    strings::strings,
    ui::{copy::CopyButton, icon::Icon, pill, show::show},
};
use leptos::prelude::*;
use leptos_router::{
    components::A,
    hooks::{use_params_map, use_query_map},
};
use shared::{Delivery, DeliveryStatus, Failure, Id};
use std::time::Duration;

/// How often the event is loaded again while something is about to happen to it.
const REFRESH: Duration = Duration::from_secs(1);

#[component]
pub(crate) fn DeliveryPage() -> impl IntoView {
    let t = strings();
    let parameters = use_params_map();
    let id = Memo::new(move |_| parameters.with(|map| map.get("id").and_then(|id| id.parse::<Id>().ok())));
    let query = Query::new(
        move || id.get(),
        |id| async move { api::delivery(id.ok_or(ApiError { status: Some(404), problem: None })?).await },
    );
    query.reload_every(REFRESH, |delivery| {
        let summary = &delivery.summary;
        summary.in_progress || matches!(summary.status, DeliveryStatus::Pending | DeliveryStatus::Retrying)
    });
    show(query, t.could_not_load_event, move |delivery| {
        let on_responses =
            Memo::new(move |_| use_query_map().with(|map| map.get("tab").as_deref() == Some("responses")));
        Effect::new(move || delivery.with(|delivery| browser::set_title(&delivery.summary.event_type)));
        view! {
            {move || head(&delivery.get(), query)}
            {move || delivery.with(verdict)}
            {move || facts(&delivery.get())}
            {move || tabs(&delivery.get(), on_responses.get())}
            {move || {
                if on_responses.get() {
                    view! { <responses::Responses delivery=delivery/> }.into_any()
                } else {
                    view! { <request::RequestTab delivery=delivery/> }.into_any()
                }
            }}
        }
    })
}

fn head(delivery: &Delivery, query: Query<Delivery>) -> impl IntoView + use<> {
    let t = strings();
    let summary = &delivery.summary;
    let webhook = delivery.webhook_url.as_deref().map_or_else(
        || view! { <span>{t.webhook_deleted}</span> }.into_any(),
        |url| {
            let href = format!("/webhooks/{}/events", summary.webhook_id);
            let shown = format::short_url(url).to_owned();
            view! { <A href=href attr:class="mono url">{shown}</A> }.into_any()
        },
    );
    view! {
        <nav class="crumbs" aria-label=t.breadcrumb>
            <ol role="list">
                <li><A href="/webhooks">{t.webhooks}</A></li>
                <li>{webhook}</li>
                <li><span aria-current="page">{t.event}</span></li>
            </ol>
        </nav>
        <div class="head">
            <h1 class="mono" tabindex="-1">{summary.event_type.clone()}</h1>
            {pill::of_delivery(summary.status)}
            <span class="muted" role="status">{summary.in_progress.then_some(t.sending)}</span>
            {summary.resendable().then(|| resend::resend_button(delivery, query))}
        </div>
    }
}

/// What the latest attempt means, and what happens next.
fn verdict(delivery: &Delivery) -> Option<impl IntoView + use<>> {
    let t = strings();
    let summary = &delivery.summary;
    let failure = summary.failure?;
    let hint = match (failure, delivery.attempts.last()) {
        (Failure::WebhookInactive, _) | (_, None) => hint::of_failure(failure, None, "", 0),
        (_, Some(attempt)) => hint::of_attempt(attempt)?,
    };
    let next = match (summary.status, summary.next_attempt_at) {
        (DeliveryStatus::Retrying, Some(next)) => Some((t.retry_note)(&format::until(next))),
        (DeliveryStatus::Failed, _) if failure != Failure::WebhookInactive => Some(t.no_attempts_left.to_owned()),
        _ => None,
    };
    Some(hint_note(hint, next))
}

/// A hint as a note.
fn hint_note(hint: Hint, next: Option<String>) -> impl IntoView {
    view! { <div class="note bad">{Icon::Alert.view()}<div><b>{hint.fact}</b>" "{hint.advice}" "{next}</div></div> }
}

fn facts(delivery: &Delivery) -> impl IntoView + use<> {
    let t = strings();
    let id = delivery.summary.id.to_string();
    let copied = id.clone();
    view! {
        <div class="card pad">
            <dl class="kv">
                <dt>{t.event_id}</dt>
                <dd class="bar"><span class="mono">{id}</span><CopyButton label=t.event_id text=move || copied.clone()/></dd>
                <dt>{t.published_id}</dt>
                <dd class="mono">{delivery.ce_id.clone()}</dd>
                <dt>{t.source}</dt>
                <dd>{delivery.source.clone()}</dd>
                <dt>{t.occurred}</dt>
                <dd><time datetime=delivery.time.to_string()>{format::instant(delivery.time)}</time>" "<span class="muted">"("{delivery.time.to_string()}")"</span></dd>
            </dl>
        </div>
    }
}

fn tabs(delivery: &Delivery, on_responses: bool) -> impl IntoView + use<> {
    let t = strings();
    let href = format!("/events/{}", delivery.summary.id);
    let current = |is: bool| is.then_some("page");
    view! {
        <nav class="tabs" aria-label=t.event_sections>
            <a href=href.clone() aria-current=current(!on_responses)>{t.request}</a>
            <a href=format!("{href}?tab=responses") aria-current=current(on_responses)>{(t.responses)(delivery.attempts.len())}</a>
        </nav>
    }
}
