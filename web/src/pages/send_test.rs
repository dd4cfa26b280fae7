//! Sending a test event, and what came of it, in the place where it was asked for.

use crate::{
    api, browser, format, hint,
    session::for_editors,
    strings::strings,
    ui::{connection::is_offline, icon::Icon, notice, show::explain},
};
use leptos::{prelude::*, task::spawn_local};
use shared::{Delivery, Id, NewTest, TestKind};
use std::time::Duration;

/// How often the outcome is asked for.
const ASKED: Duration = Duration::from_millis(400);
/// How often at most: longer than the longest time limit.
const ASKED_AT_MOST: u32 = 90;

/// What is known of the test.
#[derive(Clone, PartialEq)]
enum Outcome {
    Sending,
    Delivered(Id, String),
    Failed(Id, String),
    Unknown(Id),
    Refused(String),
}

/// A button that sends an example and tells what the receiver did with it.
#[component]
pub(crate) fn SendTest(
    /// Where it goes.
    webhook: Id,
    /// Which type; nothing for the first one that the webhook wants.
    event_type: Option<String>,
    /// Whether it is the page's main action.
    primary: bool,
    /// Where it goes, in words: where the page has more of these buttons.
    #[prop(optional)]
    url: Option<String>,
) -> impl IntoView {
    let t = &strings().shell;
    let outcome = RwSignal::new(None::<Outcome>);
    let event_type = StoredValue::new(event_type);
    let label = StoredValue::new(url.map(|url| (t.send_test_to)(&url)));
    let send = move || {
        if outcome.get_untracked() == Some(Outcome::Sending) {
            return;
        }
        outcome.set(Some(Outcome::Sending));
        let test = NewTest { event_type: event_type.get_value(), kind: TestKind::Event };
        spawn_local(async move {
            let known = match run(webhook, &test).await {
                Ok(delivery) => of(&delivery),
                Err(error) => Outcome::Refused(explain(&error)),
            };
            outcome.try_set(Some(known));
        });
    };
    let is_busy = move || outcome.with(|outcome| *outcome == Some(Outcome::Sending));
    for_editors(move || {
        view! {
            <button type="button" class="btn" class:primary=primary aria-label=label.get_value() aria-disabled=move || (is_busy() || is_offline()).to_string() on:click=move |_| send()>
                {Icon::Send.view()}{t.send_test}
            </button>
            <div class="outcome" role="status">{move || outcome.get().map(said)}</div>
        }
    })
}

/// Sends an example where there is no room for its outcome: a notice tells it.
pub(crate) fn announce(webhook: Id) {
    let t = &strings().shell;
    notice::say(t.test_sent);
    spawn_local(async move {
        match run(webhook, &NewTest { event_type: None, kind: TestKind::Event }).await.as_ref().map(of) {
            Ok(Outcome::Delivered(_, text)) => notice::say(text),
            Ok(Outcome::Failed(id, text)) => {
                notice::warn_of(format!("{} {text}", t.test_failed), responses(id), t.look_at_it);
            }
            Ok(_) => notice::say(t.test_slow),
            Err(error) => notice::warn(explain(error)),
        }
    });
}

/// Starts a test and waits until its last attempt is over. What was started is on its way also where an answer about it is lost.
pub(crate) async fn run(webhook: Id, test: &NewTest) -> Result<Delivery, api::ApiError> {
    let started = api::test(webhook, test).await?;
    // A duplicate is a second attempt of the same delivery.
    let attempts = if test.kind == TestKind::Duplicate { 2 } else { 1 };
    let mut asked = 0;
    loop {
        let answer = api::delivery(started.id).await;
        let goes_on = match &answer {
            Ok(Delivery { summary, .. }) => {
                summary.in_progress || (summary.attempt_count < attempts && summary.failure.is_none())
            }
            Err(error) => error.may_be_done(),
        };
        if !goes_on || asked == ASKED_AT_MOST {
            return answer;
        }
        asked += 1;
        browser::pause(ASKED).await;
    }
}

fn of(delivery: &Delivery) -> Outcome {
    let id = delivery.summary.id;
    match delivery.attempts.first() {
        None => Outcome::Unknown(id),
        Some(attempt) => match (hint::of_attempt(attempt), attempt.status_code) {
            (None, Some(status)) => {
                Outcome::Delivered(id, (strings().shell.test_arrived)(status, &format::duration(attempt.duration_us)))
            }
            (hint, _) => Outcome::Failed(id, hint.map(|hint| hint.fact).unwrap_or_default()),
        },
    }
}

/// Where the receiver's answers stand.
fn responses(test: Id) -> String {
    format!("/events/{test}/responses")
}

fn said(outcome: Outcome) -> impl IntoView {
    let t = &strings().shell;
    let link = |id: Id| view! { <a href=responses(id)>{t.look_at_it}</a> };
    match outcome {
        Outcome::Sending => view! { <span class="muted">{t.test_sent}</span> }.into_any(),
        Outcome::Delivered(id, text) => {
            view! { <span class="badge ok">{Icon::Check.view()}{text}</span>" "{link(id)} }.into_any()
        }
        Outcome::Failed(id, text) => {
            view! { <span class="badge bad">{Icon::Cross.view()}{t.test_failed}</span>" "{text}" "{link(id)} }
                .into_any()
        }
        Outcome::Unknown(id) => view! { <span class="muted">{t.test_slow}</span>" "{link(id)} }.into_any(),
        Outcome::Refused(text) => view! { <span class="badge bad">{Icon::Cross.view()}{text}</span> }.into_any(),
    }
}
