//! The receiver check-up: six test events, and whether the receiver does the right thing with each.

use crate::{
    pages::{send_test, webhook_choice::WebhookChoice},
    strings::strings,
    ui::{icon::Icon, show::explain},
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::components::A;
use shared::{Delivery, Id, NewTest, TestKind};

/// What came of one check.
#[derive(Clone, PartialEq)]
struct Checked {
    passed: bool,
    /// What the receiver answered, or why it could not be checked.
    words: String,
    delivery: Option<Id>,
}

#[component]
pub(super) fn CheckUp() -> impl IntoView {
    let t = &strings().tools;
    let chosen = RwSignal::new(None::<Id>);
    view! {
        <section class="card" aria-label=t.checkup>
            <div class="cardhead"><h2>{t.checkup}</h2></div>
            <div class="pad tool">
                <p class="muted">{t.checkup_lead}</p>
                <WebhookChoice id="checkup-webhook" label=strings().list.webhook chosen=chosen/>
                {move || chosen.get().map(|webhook| view! { <Run webhook=webhook/> })}
            </div>
        </section>
    }
}

#[component]
fn Run(webhook: Id) -> impl IntoView {
    let t = &strings().tools;
    let results = TestKind::ALL.map(|kind| (kind, RwSignal::new(None::<Checked>)));
    let running = RwSignal::new(None::<TestKind>);
    let run = move |_| {
        if running.get_untracked().is_some() {
            return;
        }
        for (_, result) in results {
            result.set(None);
        }
        // One after the other, so that the receiver's log tells them apart.
        spawn_local(async move {
            for (kind, result) in results {
                if running.try_set(Some(kind)).is_some() {
                    return;
                }
                let checked = check(webhook, kind).await;
                result.try_set(Some(checked));
            }
            running.try_set(None);
        });
    };
    let rows = results.map(|(kind, result)| {
        let (what, should) = (t.kind)(kind);
        let shown = move || match (result.get(), running.get() == Some(kind)) {
            (Some(checked), _) => said(checked).into_any(),
            (None, true) => view! { <span class="muted">{t.running}</span> }.into_any(),
            (None, false) => view! { <span class="muted">"—"</span> }.into_any(),
        };
        view! { <li><div><b>{what}</b>" "<span class="muted">{should}</span></div><div class="outcome">{shown}</div></li> }
    });
    let summary = move || {
        let done: Vec<_> = results.iter().filter_map(|(_, result)| result.get()).collect();
        let passed = done.iter().filter(|checked| checked.passed).count();
        (done.len() == results.len()).then(|| (t.result)(passed, done.len()))
    };
    view! {
        <ul class="checks" role="list">{rows}</ul>
        <div class="bar">
            <button type="button" class="btn primary" aria-disabled=move || running.get().is_some().to_string() on:click=run>
                {Icon::Send.view()}{move || if running.get().is_some() { t.running } else { t.run }}
            </button>
            <span role="status">{summary}</span>
        </div>
    }
}

async fn check(webhook: Id, kind: TestKind) -> Checked {
    let test = NewTest { event_type: None, kind };
    match send_test::run(webhook, &test).await {
        Ok(delivery) => judged(&delivery, kind),
        Err(error) => {
            let words = format!("{} {}", strings().tools.could_not_run, explain(&error));
            Checked { passed: false, words, delivery: None }
        }
    }
}

/// A forged event must be refused by an answer; everything else must be accepted, a duplicate both times.
fn judged(delivery: &Delivery, kind: TestKind) -> Checked {
    let t = strings();
    let accepted = !delivery.attempts.is_empty() && delivery.attempts.iter().all(shared::Attempt::delivered);
    let attempt = delivery.attempts.first();
    let answer = attempt.and_then(|attempt| attempt.status_code);
    let passed = match kind {
        TestKind::InvalidSignature => !accepted && answer.is_some(),
        _ => accepted,
    };
    let answered = match (answer, attempt.and_then(|attempt| attempt.failure)) {
        (Some(status), _) => (t.tools.answered)(status),
        (None, Some(failure)) => (t.failure)(failure).to_owned(),
        (None, None) => t.not_sent_yet.to_owned(),
    };
    let advice = match (passed, kind) {
        (true, _) => "",
        (false, TestKind::InvalidSignature) if accepted => t.tools.should_refuse,
        (false, _) => t.tools.should_accept,
    };
    Checked {
        passed,
        words: format!("{answered}. {advice}").trim_end().to_owned(),
        delivery: Some(delivery.summary.id),
    }
}

fn said(checked: Checked) -> impl IntoView {
    let t = strings();
    let (tone, icon, word) = if checked.passed {
        ("badge ok", Icon::Check, t.tools.passed)
    } else {
        ("badge bad", Icon::Cross, t.tools.did_not_pass)
    };
    let link = checked.delivery.map(|id| view! { <A href=format!("/events/{id}/responses")>{t.shell.look_at_it}</A> });
    view! { <span class=tone>{icon.view()}{word}</span>" "{checked.words}" "{link} }
}
