//! The responses: every attempt with what came back.

use super::{
    difference::difference,
    erasing::erased_on,
    hint_note,
    request::{copy_headers, header_list, not_sent},
    waterfall::waterfall,
};
use crate::{
    api, browser,
    format::{self, Part},
    hint,
    query::Query,
    strings::strings,
    ui::{icon::Icon, json_view::JsonCard, pill, remaining::remaining, search::in_place},
};
use leptos::{either::Either, prelude::*};
use leptos_router::hooks::{use_navigate, use_query_map};
use shared::{Attempt, Delivery, Id, ResponseBody, Timestamp, Webhook};

#[component]
pub(super) fn Responses(delivery: RwSignal<Delivery>) -> impl IntoView {
    let parameters = use_query_map();
    let chosen =
        Memo::new(move |_| parameters.with(|map| map.get("attempt").and_then(|number| number.parse::<u32>().ok())));
    let attempts = Memo::new(move |_| delivery.with(|delivery| delivery.attempts.clone()));
    // The newest, unless another one was chosen.
    let shown = Memo::new(move |_| {
        attempts.with(|attempts| {
            let found = attempts.iter().find(|attempt| Some(attempt.number) == chosen.get());
            found.or(attempts.first()).cloned()
        })
    });
    let latest = Memo::new(move |_| attempts.with(|attempts| attempts.first().map(|first| first.number)));
    let is_latest = Memo::new(move |_| shown.with(|shown| shown.as_ref().map(|shown| shown.number)) == latest.get());
    let webhook = Memo::new(move |_| delivery.with(|delivery| delivery.summary.webhook_id));
    let settings = Query::new(move || webhook.get(), |id| async move { api::webhook(id).await });
    let erased_at = Memo::new(move |_| delivery.with(|delivery| delivery.summary.erased_at));
    // Whoever reads one attempt is not disturbed by the next one.
    let detail = move || {
        let (attempt, is_latest, erased_at) = (shown.get()?, is_latest.get(), erased_at.get());
        // The page already shows the latest attempt's hint at its top.
        let hint = hint::of_attempt(&attempt).filter(|_| !is_latest);
        let may_change = delivery.with_untracked(|delivery| super::settings(&delivery.summary));
        let hint = hint.map(|hint| hint_note(hint, may_change, ().into_any(), None));
        let response = attempts.with_untracked(|all| response(attempt, erased_at, settings, all));
        Some(view! { <div class="split">{hint}{response}</div> })
    };
    let what = Memo::new(move |_| delivery.with(|delivery| (delivery.summary.id, delivery.attempts.is_empty())));
    move || {
        if what.get().1 {
            Either::Left(not_sent(strings().not_sent_yet))
        } else {
            Either::Right(view! {
                <div class="split two" class:one=move || chosen.get().is_some()>
                    <AttemptList delivery=delivery attempts=attempts shown=shown/>
                    <Steps delivery=delivery attempts=attempts shown=shown/>
                    {detail}
                </div>
            })
        }
    }
}

#[component]
fn AttemptList(
    delivery: RwSignal<Delivery>,
    attempts: Memo<Vec<Attempt>>,
    shown: Memo<Option<Attempt>>,
) -> impl IntoView {
    let t = strings();
    let id = delivery.with_untracked(|delivery| delivery.summary.id);
    let navigate = use_navigate();
    let open = move |number: u32| {
        navigate(&of_attempt(id, number), in_place());
        // On a phone the list has gone, and with it the button.
        request_animation_frame(|| {
            browser::focus(".steps a");
        });
    };
    let next = Memo::new(move |_| delivery.with(|delivery| delivery.summary.next_attempt_at));
    let waiting = move || {
        let left = remaining(next.get()?);
        Some(view! { <p class="waiting">{Icon::Clock.view()}{move || (t.next_attempt_in)(&left.get())}</p> })
    };
    view! {
        <nav class="card attempts" aria-label=t.attempts>
            {waiting}
            <For each=move || attempts.get() key=|attempt| attempt.number children=move |attempt| {
                let open = open.clone();
                let number = attempt.number;
                let current = move || shown.with(|shown| shown.as_ref().is_some_and(|shown| shown.number == number)).to_string();
                view! { <button type="button" aria-current=current on:click=move |_| open(number)>{summary(&attempt)}</button> }
            }/>
        </nav>
    }
}

/// The way back to all attempts and on to the next ones: on a phone, where one attempt stands for itself.
#[component]
fn Steps(delivery: RwSignal<Delivery>, attempts: Memo<Vec<Attempt>>, shown: Memo<Option<Attempt>>) -> impl IntoView {
    let t = strings();
    let id = delivery.with_untracked(|delivery| delivery.summary.id);
    let number = Memo::new(move |_| shown.with(|shown| shown.as_ref().map_or(0, |shown| shown.number)));
    let step = move |number: u32| {
        attempts.with(|attempts| attempts.iter().any(|attempt| attempt.number == number)).then(|| {
            view! { <a href=of_attempt(id, number) class="btn" data-noscroll="">{(t.attempt)(number)}</a> }
        })
    };
    view! {
        <nav class="bar steps" aria-label=t.attempts>
            <a href=format!("/events/{id}/responses") class="btn" data-noscroll="">{t.details.all_attempts}</a>
            {move || step(number.get().saturating_sub(1))}
            {move || step(number.get() + 1)}
        </nav>
        {move || shown.with(|shown| shown.as_ref().map(|shown| view! { <p class="steps muted">{about(shown)}" · "{when(shown)}</p> }))}
    }
}

/// The address of an attempt.
fn of_attempt(delivery: Id, number: u32) -> String {
    format!("/events/{delivery}/responses?attempt={number}")
}

fn summary(attempt: &Attempt) -> impl IntoView + use<> {
    view! {
        {pill::of_attempt(attempt.delivered())}
        <b>{format::outcome(attempt.status_code, attempt.failure)}</b>
        <span class="muted num">{format::duration(attempt.duration_us)}</span>
        <span></span>
        <span class="muted words">{about(attempt)}</span>
        <span class="muted num">{when(attempt)}</span>
    }
}

/// Which attempt it is, and what made it happen: `Attempt 2 · sent by ana@example.com`.
fn about(attempt: &Attempt) -> String {
    let t = strings();
    let by = attempt.resent_by.as_deref().map(t.details.sent_by);
    format!("{} · {}", (t.attempt)(attempt.number), by.unwrap_or_else(|| (t.trigger)(attempt.trigger).to_owned()))
}

fn when(attempt: &Attempt) -> impl IntoView + use<> {
    let at = attempt.started_at;
    view! { <time datetime=at.to_string() title=format::instant_utc(at)>{format::moment(at, Part::Time)}</time> }
}

fn response(
    attempt: Attempt,
    erased_at: Option<Timestamp>,
    settings: Query<Webhook>,
    all: &[Attempt],
) -> impl IntoView + use<> {
    let t = strings();
    let version = attempt.webhook_version;
    let changed = move || {
        let (then, now) = (version?, settings.value.get()?.read().version);
        (now > then).then(|| view! { <p class="muted">{(t.details.changed_since)(then, now)}</p> })
    };
    // Of what was erased nobody can tell what came back, nor whether it was the same.
    let is_whole = erased_at.is_none();
    let headers = attempt.status_code.filter(|_| is_whole).map(|_| response_headers(attempt.response_headers.clone()));
    let difference = is_whole.then(|| difference(&attempt, all));
    view! { {changed}{body(&attempt, erased_at)}{headers}{waterfall(&attempt, settings)}{difference} }
}

fn body(attempt: &Attempt, erased_at: Option<Timestamp>) -> AnyView {
    let t = strings();
    let no_response = || view! { <section class="card pad muted">{t.no_response}</section> }.into_any();
    let Some(status) = attempt.status_code else { return no_response() };
    let pill = pill::of_response(status, attempt.delivered()).into_any();
    let took = format::duration(attempt.duration_us);
    let empty = |pill: AnyView, took: String, words: String| {
        view! {
            <section class="card" aria-label=t.response_body>
                <div class="cardhead"><h2>{t.response}</h2>{pill}<span class="muted">{took}</span></div>
                <p class="pad muted">{words}</p>
            </section>
        }
        .into_any()
    };
    if let Some(at) = erased_at {
        return empty(pill, took, erased_on(at));
    }
    let Some(ResponseBody { text, base64, size, truncated }) = &attempt.response_body else { return no_response() };
    if *size == 0 {
        return empty(pill, took, t.no_body.to_owned());
    }
    let sent = || hint::value(&attempt.response_headers, "content-length")?.parse().ok().map(format::size);
    let cut = truncated.then(|| format!(" · {}", (t.truncated)(sent().as_deref())));
    let note = format!(" · {took}{}", cut.unwrap_or_default());
    let binary = base64.as_ref().map(|_| view! { <p class="muted">{t.binary_body}</p> });
    let shown = text.clone().or_else(|| base64.clone()).unwrap_or_default();
    view! { {binary}<JsonCard title=t.response label=t.response_body text=shown size=*size pill=pill note=note/> }
        .into_any()
}

fn response_headers(headers: Vec<shared::Header>) -> impl IntoView {
    let t = strings();
    let copy = (!headers.is_empty()).then(|| copy_headers(&headers));
    let list = if headers.is_empty() {
        Either::Left(view! { <p class="pad muted">{t.no_headers}</p> })
    } else {
        Either::Right(header_list(headers))
    };
    view! {
        <section class="card" aria-label=t.response_headers>
            <div class="cardhead"><h2>{t.response_headers}</h2><div class="end">{copy}</div></div>
            {list}
        </section>
    }
}
