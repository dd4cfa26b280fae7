//! The event's details: the request as it went out, and what came back for each attempt.

pub(crate) mod unwanted;

mod curl;
mod difference;
mod erasing;
mod request;
mod resend;
mod responses;
mod turn;
mod waterfall;
mod webhooks;

use crate::{
    api::{self, ApiError},
    browser,
    effect::effect,
    format::{self, Part},
    hint::{self, Hint, Way},
    live::{self, News},
    pages::{
        webhook::Section,
        webhooks::actions::{activate_button, go_on_button},
    },
    query::Query,
    session,
    strings::strings,
    ui::{
        copy::CopyButton,
        crumbs::{crumb, trail},
        heading::Heading,
        icon::Icon,
        pill,
        remaining::remaining,
        show::{once_drawn, show_page, type_name},
        webhook_name,
    },
};
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_params_map};
use shared::{Delivery, DeliveryStatus, DeliverySummary, Id, Timestamp, Trigger, Webhook, WebhookStatus};
use std::time::Duration;

/// How often the event is loaded again while an attempt is under way or due: live updates tell what came of it, and not that it has begun.
const REFRESH: Duration = Duration::from_secs(1);

/// How the address names the tabs; without a name it is the request.
const REQUEST: &str = "request";
const RESPONSES: &str = "responses";

#[component]
pub(crate) fn DeliveryPage() -> impl IntoView {
    let t = strings();
    let parameters = use_params_map();
    let tab = Memo::new(move |_| parameters.with(|map| map.get("tab").unwrap_or_default()));
    let id = Memo::new(move |_| {
        let is_known = tab.with(|tab| ["", REQUEST, RESPONSES].contains(&tab.as_str()));
        parameters.with(|map| map.get("id").filter(|_| is_known).and_then(|id| id.parse::<Id>().ok()))
    });
    let query = Query::new(move || id.get(), |id| async move { api::delivery(id.ok_or(ApiError::NOT_FOUND)?).await });
    query.reload_every(REFRESH, |delivery| {
        let summary = &delivery.summary;
        summary.in_progress || summary.next_attempt_at.is_some_and(|at| at <= format::now())
    });
    live::listen(move |updates| {
        let is_ours = |news: &News| match news {
            News::Delivery(row) => id.try_get_untracked().flatten() == Some(row.id),
            News::Missed => true,
            // Whether it can be resent, and with which headers, is up to the webhook.
            News::Webhook(changed) => {
                let shown = query.current();
                shown.is_some_and(|shown| shown.with_untracked(|shown| shown.summary.webhook_id == *changed))
            }
        };
        if updates.iter().any(is_ours) {
            query.refresh();
        }
    });
    let on_responses = Memo::new(move |_| tab.with(|tab| tab == RESPONSES));
    browser::set_passing_title(t.event);
    show_page(query, t.event, t.could_not_load_event, move |delivery| {
        effect(move || delivery.with(|delivery| browser::set_title(&delivery.summary.event_type)));
        let waited_for = turn::waited_for(delivery);
        view! {
            <Head delivery=delivery query=query waited_for=waited_for/>
            {move || delivery.with(|delivery| verdict(delivery, query))}
            {move || waited_for.get().map(|webhook| turn::note(webhook, delivery))}
            <Tabs delivery=delivery on_responses=on_responses/>
            {once_drawn(move || view! {
                {move || {
                    if on_responses.get() {
                        view! { <responses::Responses delivery=delivery/> }.into_any()
                    } else {
                        view! { <request::RequestTab delivery=delivery/> }.into_any()
                    }
                }}
                // Whoever comes for what went wrong finds that first.
                <Facts delivery=delivery/>
                <webhooks::AtWebhooks delivery=delivery/>
            })}
        }
    })
}

#[component]
fn Head(delivery: RwSignal<Delivery>, query: Query<Delivery>, waited_for: Memo<Option<Webhook>>) -> impl IntoView {
    let t = strings();
    let webhook = Memo::new(move |_| {
        delivery.with(|delivery| {
            let row = &delivery.summary;
            let url = row.webhook_url.clone().unwrap_or_default();
            (row.webhook_id, url, row.webhook_description.clone().unwrap_or_default(), row.webhook_status.is_none())
        })
    });
    let event_type = Memo::new(move |_| delivery.with(|delivery| delivery.summary.event_type.clone()));
    let status =
        Memo::new(move |_| delivery.with(|delivery| (delivery.summary.status, delivery.summary.attempt_count)));
    let sending =
        Memo::new(move |_| waited_for.with(Option::is_none) && delivery.with(|delivery| delivery.summary.in_progress));
    // With its id: what is under way for one event is nothing to the button of another.
    let resent =
        Memo::new(move |_| delivery.with(|delivery| resendable(&delivery.summary).then_some(delivery.summary.id)));
    let erasable = Memo::new(move |_| {
        delivery.with(|delivery| delivery.summary.erased_at.is_none().then_some(delivery.summary.event_id))
    });
    let is_test = Memo::new(move |_| delivery.with(|delivery| delivery.summary.test.is_some()));
    // Whoever pressed the button stays on the page when it goes.
    let mut was = false;
    effect(move || {
        let is = resent.with(Option::is_some);
        if was && !is {
            browser::keep_focus();
        }
        was = is;
    });
    let above = (move || webhook_link(webhook.get())).into_any();
    view! {
        {trail(vec![crumb("/webhooks", t.webhooks), above], t.event.into_any())}
        <div class="head">
            <Heading text=event_type drawn=|name| type_name(name).into_any()/>
            {move || is_test.get().then(|| view! { <span class="chip">{t.list.test}</span> })}
            <span class="bar" role="status">
                {move || { let (status, attempts) = status.get(); pill::of_delivery_after(status, attempts) }}
                {move || sending.get().then(|| view! { <span class="muted">{t.sending}</span> })}
            </span>
            <div class="end">
                {move || resent.get().map(|id| view! { <resend::ResendButton id=id delivery=delivery query=query/> })}
                {move || erasable.get().map(|id| erasing::menu(id, event_type.get(), *query))}
            </div>
        </div>
    }
}

/// Whether whoever is signed in can send it again.
pub(super) fn resendable(row: &DeliverySummary) -> bool {
    row.resendable() && session::may_edit()
}

fn webhook_link((id, url, description, is_deleted): (Id, String, String, bool)) -> impl IntoView {
    let name = webhook_name::short(&description, &url);
    if is_deleted {
        // A URL that is cut must not take the word with it.
        view! { <span class="url" title=url>{name}</span>"\u{a0}"{strings().list.deleted} }.into_any()
    } else {
        view! { <A href=format!("/webhooks/{id}/events") attr:class="url" attr:title=url>{name}</A> }.into_any()
    }
}

/// What the latest attempt means, and what happens next.
fn verdict(delivery: &Delivery, query: Query<Delivery>) -> Option<AnyView> {
    let t = strings();
    let summary = &delivery.summary;
    let is_inactive = summary.webhook_status == Some(WebhookStatus::Inactive);
    let activate = || activate_button(summary.webhook_id, Callback::new(move |_| query.reload()));
    let rest = summary.resting_until.map(|until| {
        let words = (t.details.waits_until)(&format::moment(until, Part::Clock));
        (words.into_any(), go_on_button(summary.webhook_id, Callback::new(move |_| query.reload())))
    });
    let Some(failure) = summary.failure else {
        if let Some((words, button)) = rest {
            return Some(note("note warn", words, Some(button)));
        }
        if is_inactive && summary.status == DeliveryStatus::Pending {
            return Some(note("note warn", t.not_sent_inactive.into_any(), Some(activate())));
        }
        let (tone, icon, text) = match summary.status {
            DeliveryStatus::Delivered => ("note ok", Icon::Check, accepted(summary)?),
            DeliveryStatus::Cancelled => ("note", Icon::Alert, nothing_more(summary).to_owned()),
            _ => return None,
        };
        return Some(view! { <div class=tone>{icon.view()}<div>{text}</div></div> }.into_any());
    };
    let hint = match (failure, delivery.attempts.first()) {
        (_, None) => hint::of_failure(failure, "", 0),
        (_, Some(attempt)) => hint::of_attempt(attempt)?,
    };
    if let Some((words, button)) = rest {
        return Some(hint_note(hint, settings(summary), words, Some(button)));
    }
    let next = match (summary.status, summary.next_attempt_at) {
        (DeliveryStatus::Retrying, Some(next)) => {
            let left = remaining(next);
            let number = retry_number(delivery);
            let retries = delivery.retries.max(number);
            view! { {move || (t.retry_note)(number, retries, &left.get())} }.into_any()
        }
        (DeliveryStatus::Cancelled, _) => nothing_more(summary).into_any(),
        (DeliveryStatus::Failed, _) if summary.erased_at.is_some() => t.details.not_sent_again.into_any(),
        (DeliveryStatus::Failed | DeliveryStatus::Retrying, _) if is_inactive => {
            return Some(hint_note(hint, settings(summary), t.webhook_inactive_note.into_any(), Some(activate())));
        }
        (DeliveryStatus::Failed, _) if resendable(summary) => t.no_attempts_left.into_any(),
        _ => ().into_any(),
    };
    Some(hint_note(hint, settings(summary), next, None))
}

/// Why nothing more is sent of what was cancelled.
fn nothing_more(summary: &DeliverySummary) -> &'static str {
    let d = &strings().details;
    if summary.erased_at.is_some() { d.not_sent_again } else { d.webhook_was_deleted }
}

/// What speaks for it where somebody says that nothing came.
fn accepted(summary: &DeliverySummary) -> Option<String> {
    let at = summary.last_attempt_at?;
    let (day, took) = (format::part(at, Part::Date), format::duration(summary.duration_us?));
    Some((strings().hints.delivered)(summary.status_code?, &day, &format::time(at), &took, summary.attempt_count))
}

/// Which of the automatic retries is the next one. The schedule starts again with what is sent by hand.
fn retry_number(delivery: &Delivery) -> u32 {
    let attempts = &delivery.attempts;
    let by_hand = attempts.iter().position(|attempt| attempt.trigger != Trigger::Scheduled);
    u32::try_from(by_hand.map_or(attempts.len(), |after| after + 1)).unwrap_or(u32::MAX).max(1)
}

/// Where whoever is signed in can change the delivery's webhook.
fn settings(summary: &DeliverySummary) -> Option<String> {
    (summary.webhook_status.is_some() && session::may_edit()).then(|| Section::Settings.href(summary.webhook_id))
}

/// A hint as a note, and what happens next. `settings`: where the webhook can be changed.
fn hint_note(
    Hint { fact, advice, way, said }: Hint,
    settings: Option<String>,
    next: AnyView,
    button: Option<AnyView>,
) -> AnyView {
    let hints = &strings().hints;
    let link = match way {
        Some(Way::Lab) => Some(("/tools".to_owned(), hints.check_signature)),
        Some(Way::Settings) => settings.map(|href| (href, hints.change_url)),
        None => None,
    };
    let link = link.map(|(href, word)| view! { <a href=href>{word}</a>". " });
    let said = said.map(|said| {
        view! { <br/><span class="muted">{strings().system_says}": "<span class="mono">{said}</span></span> }
    });
    note("note bad", view! { <b>{fact}</b>" "{advice}" "{link}{next}{said} }.into_any(), button)
}

/// A note, with the button that helps where there is one.
fn note(tone: &'static str, words: AnyView, button: Option<AnyView>) -> AnyView {
    let has_button = button.is_some();
    view! {
        <div class=tone>
            {Icon::Alert.view()}
            <div class:bar=has_button><span class="words">{words}</span>{button}</div>
        </div>
    }
    .into_any()
}

#[component]
fn Facts(delivery: RwSignal<Delivery>) -> impl IntoView {
    let known = Memo::new(move |_| {
        delivery.with(|delivery| {
            let Delivery { summary, ce_id, time, .. } = delivery;
            (summary.id, summary.event_id, ce_id.clone(), summary.webhook_url.clone(), *time)
        })
    });
    move || {
        let (id, event_id, published_id, url, time) = known.get();
        facts(Some(id), event_id, published_id, url, time)
    }
}

/// `id`: the delivery's, if there is one. `url`: where its webhook leads by now.
fn facts(id: Option<Id>, event_id: Id, published_id: String, url: Option<String>, time: Timestamp) -> impl IntoView {
    let t = strings();
    let (shown, utc) = format::instant_and_utc(time);
    let given = |label: &'static str, hint: Option<&'static str>, value: String| {
        let text = value.clone();
        view! {
            <dt>{label}</dt>
            <dd class="bar">
                <span class="mono">{format::visible(&value)}</span>
                <CopyButton label=label text=move || text.clone()/>
                {hint.map(|hint| view! { <span class="hint">{hint}</span> })}
            </dd>
        }
    };
    view! {
        <div class="card pad">
            <dl class="kv">
                {id.map(|id| given(t.event_id, Some("webhook-id"), id.to_string()))}
                {given(t.published_as, Some(t.published_as_hint), event_id.to_string())}
                {(published_id != event_id.to_string()).then(|| given(t.published_id, None, published_id))}
                {url.map(|url| view! { <dt>{t.payload_url}</dt><dd class="mono">{url}</dd> })}
                <dt>{t.occurred}</dt>
                <dd><time datetime=time.to_string()>{shown}</time>{utc.map(|utc| view! { " "<span class="muted">"("{utc}")"</span> })}</dd>
            </dl>
        </div>
    }
}

#[component]
fn Tabs(delivery: RwSignal<Delivery>, on_responses: Memo<bool>) -> impl IntoView {
    let t = strings();
    let id = Memo::new(move |_| delivery.with(|delivery| delivery.summary.id));
    let attempts = Memo::new(move |_| delivery.with(|delivery| delivery.attempts.len()));
    let current = move |responses: bool| (on_responses.get() == responses).then_some("page");
    // They change what is shown below them, so the page does not jump to its top.
    view! {
        <nav class="tabs" aria-label=t.event_sections>
            <a href=move || format!("/events/{}", id.get()) aria-current=move || current(false) data-noscroll="">{t.request}</a>
            <a href=move || format!("/events/{}/{RESPONSES}", id.get()) aria-current=move || current(true) data-noscroll="">
                {move || (t.responses)(attempts.get())}
            </a>
        </nav>
    }
}
