//! The question before a webhook is sent many events, all that failed or what it missed: how many they are, first.

use super::{
    FAILED_OR_RETRYING,
    filter::{begin, status_name},
    list::Shown,
};
use crate::{
    api, browser, format,
    once::Once,
    pages::{
        resend_headers::HeadersChoice,
        resend_job::{self, Progress, WORTH_A_WORD},
    },
    query::Query,
    strings::strings,
    ui::{
        dialog::{self, Dialog},
        icon::Icon,
        short_form::Failed,
        show::explain,
    },
};
use leptos::{html, prelude::*, task::spawn_local};
use shared::{
    DeliveryStatus, Failure, Named as _, Period, ResendFailed, ResendHeaders, ResendKind, Timestamp, Webhook,
};

/// How many can be sent in a second.
const RATES: [u32; 4] = [1, ResendFailed::DEFAULT_RATE, 50, ResendFailed::MAX_RATE];

#[component]
pub(super) fn SendMany(
    kind: ResendKind,
    shown: Shown,
    asking: RwSignal<Option<ResendKind>>,
    progress: RwSignal<Option<Progress>>,
    ended: Callback<()>,
) -> impl IntoView {
    let t = &strings().list;
    let element = NodeRef::<html::Dialog>::new();
    let (busy, failed_to_start) = (RwSignal::new(false), RwSignal::new(None));
    let once = Once::new();
    let super::Scope::Webhook(webhook) = shown.scope else { return ().into_any() };
    let (which, words) = (Which::of(kind, shown), Words::of(kind));
    let takes_headers = webhook.with_untracked(|webhook| which.takes_headers(webhook));
    let Webhook { id: webhook, url, .. } = webhook.get_untracked();
    let counted = Query::new(move || which.period.get(), move |_| api::count_many(webhook, kind, which.asked()));
    let count = move || counted.value.get().filter(|_| !counted.lacks.get()).map(|counted| counted.get().count);
    let said = move || match (count(), counted.error.get()) {
        (Some(0), _) => words.none.to_owned(),
        (Some(count), _) => (words.some)(&format::number(count), count == 1),
        (None, Some(error)) => explain(&error),
        (None, None) => t.counting.to_owned(),
    };
    let is_ready = move || count().is_some_and(|count| count > 0) && !busy.get();
    let confirm = move |_| {
        if !untrack(is_ready) {
            return;
        }
        busy.set(true);
        // What is said again would not be read again.
        failed_to_start.set(None);
        spawn_local(async move {
            match api::send_many(webhook, kind, which.asked(), once).await {
                Ok(begun) => {
                    resend_job::show(begun, progress, ended);
                    dialog::close(element);
                }
                Err(error) => {
                    busy.try_set(false);
                    // Not as a notice, which would stand behind the dialog.
                    failed_to_start.try_set(Some(format!("{} {}", t.could_not_start, explain(&error))));
                    // One that somebody else has begun meanwhile.
                    resend_job::find(webhook, progress, ended);
                }
            }
        });
    };
    // Whoever came by a link has no button to go back to.
    let gone = move || {
        asking.set(None);
        browser::keep_focus();
    };
    view! {
        <Dialog title=words.title.trim_end_matches('…') gone=gone element=element>
            <div class="body">
                <Failed text=failed_to_start/>
                <p role="status"><b>{said}</b></p>
                <dl class="kv"><dt>{t.resend_to}</dt><dd class="mono">{url}</dd>{which.facts()}<dt><label for="send-rate">{t.speed}</label></dt><dd>{rates(which.rate)}</dd></dl>
                {takes_headers.then(|| view! { <HeadersChoice chosen=which.headers/> })}
                <p>{words.text}</p>
                <p class="hint">{t.resend_canary}" "{move || count().and_then(|count| which.takes(count))}</p>
            </div>
            <footer>
                <button type="button" class="btn" autofocus on:click=move |_| dialog::close(element)>{strings().cancel}</button>
                <button type="button" class="btn primary" aria-disabled=move || (!is_ready()).to_string() on:click=confirm>
                    {Icon::Retry.view()}
                    {move || (words.send)(&count().map(format::number).unwrap_or_default())}
                </button>
            </footer>
        </Dialog>
    }
    .into_any()
}

/// A period that ends now; or the window of the list, where it has one.
fn periods(which: Which) -> impl IntoView {
    let t = &strings().list;
    let period = which.period;
    let window = period.get_untracked().is_none().then(|| {
        let from = which.failed.with_value(|shown| format::instant(shown.from));
        view! { <option value="" prop:selected=move || period.get().is_none()>{t.from}" "{from}</option> }
    });
    let options = Period::ALL.map(|one| {
        let is_chosen = move || period.get() == Some(one);
        view! { <option value=one.name() prop:selected=is_chosen>{(t.last)(one)}</option> }
    });
    let choose = move |event| period.set(Period::named(&event_target_value(&event)));
    view! { <select class="in" id="missed-when" on:change=choose>{window}{options}</select> }
}

/// How many are sent in a second.
fn rates(rate: RwSignal<u32>) -> impl IntoView {
    let options = RATES.map(|one| {
        let is_chosen = move || rate.get() == one;
        view! { <option value=one.to_string() prop:selected=is_chosen>{(strings().list.per_second)(one)}</option> }
    });
    let choose = move |event| rate.set(event_target_value(&event).parse().unwrap_or(ResendFailed::DEFAULT_RATE));
    view! { <select class="in" id="send-rate" on:change=choose>{options}</select> }
}

/// What the question says.
#[derive(Clone, Copy)]
struct Words {
    title: &'static str,
    none: &'static str,
    some: fn(&str, bool) -> String,
    text: &'static str,
    send: fn(&str) -> String,
}

impl Words {
    fn of(kind: ResendKind) -> Self {
        let t = &strings().list;
        match kind {
            ResendKind::Failed => Self {
                title: t.select_all_failed,
                none: t.nothing_to_resend,
                some: t.resend_title,
                text: t.resend_text,
                send: t.resend_count,
            },
            ResendKind::Missed => Self {
                title: t.send_missed,
                none: t.nothing_missed,
                some: t.missed,
                text: t.missed_text,
                send: t.send_count,
            },
        }
    }
}

/// What would be sent: of what failed that which the list shows; of what was missed, which stands in no list, that of a period.
#[derive(Clone, Copy)]
struct Which {
    kind: ResendKind,
    now: Timestamp,
    failed: StoredValue<ResendFailed>,
    headers: RwSignal<ResendHeaders>,
    /// Nothing for the window of the list.
    period: RwSignal<Option<Period>>,
    rate: RwSignal<u32>,
}

impl Which {
    fn of(kind: ResendKind, shown: Shown) -> Self {
        let (now, headers) = (shown.now(), RwSignal::new(ResendHeaders::Original));
        let period = shown.filter.with_untracked(|filter| match filter.window(now) {
            (None, _) => Some(Period::default()),
            _ => Period::named(&filter.period),
        });
        let (period, rate) = (RwSignal::new(period), RwSignal::new(ResendFailed::DEFAULT_RATE));
        Self { kind, now, failed: StoredValue::new(failed(shown, now)), headers, period, rate }
    }

    fn asked(self) -> ResendFailed {
        let which = match self.kind {
            ResendKind::Failed => ResendFailed { headers: self.headers.get_untracked(), ..self.failed.get_value() },
            ResendKind::Missed => match self.period.get_untracked() {
                Some(period) => ResendFailed::within(begin(period, self.now), self.now),
                None => self.failed.with_value(|shown| ResendFailed::within(shown.from, shown.to)),
            },
        };
        ResendFailed { rate: self.rate.get_untracked(), ..which }
    }

    /// How long so many take, where that is worth a word.
    fn takes(self, count: u64) -> Option<String> {
        let seconds = count / u64::from(self.rate.get());
        (seconds >= WORTH_A_WORD).then(|| (strings().list.takes)(&format::seconds(seconds)))
    }

    /// Whether some of it may have been sent first with other headers than the webhook has now.
    fn takes_headers(self, webhook: &Webhook) -> bool {
        let from = self.failed.with_value(|failed| failed.from);
        self.kind == ResendKind::Failed && webhook.credentials_changed_at > from.max(webhook.created_at)
    }

    fn facts(self) -> AnyView {
        let t = strings();
        match self.kind {
            ResendKind::Failed => {
                let ResendFailed { from, to, event_type, status, failure, status_code, .. } = self.failed.get_value();
                let status = status_name(status.map_or(FAILED_OR_RETRYING, DeliveryStatus::name));
                let outcome = (failure.is_some() || status_code.is_some()).then(|| {
                    view! { <dt>{t.list.outcome}</dt><dd>{format::outcome(status_code, failure)}</dd> }
                });
                view! {
                    <dt>{t.list.when}</dt><dd>{format!("{} – {}", format::instant(from), format::instant(to))}</dd>
                    <dt>{t.event_type}</dt><dd>{event_type.unwrap_or_else(|| t.all_event_types.to_owned())}</dd>
                    <dt>{t.status}</dt><dd>{status}</dd>
                    {outcome}
                }
                .into_any()
            }
            ResendKind::Missed => {
                view! { <dt><label for="missed-when">{t.list.when}</label></dt><dd>{periods(self)}</dd> }.into_any()
            }
        }
    }
}

/// What the list shows, as far as a resend can be narrowed. Without a window it is the last 30 days.
fn failed(shown: Shown, now: Timestamp) -> ResendFailed {
    let filter = shown.filter.get_untracked();
    let (from, to) = filter.window(now);
    ResendFailed {
        status: DeliveryStatus::named(&filter.status),
        failure: Failure::named(&filter.outcome),
        status_code: filter.outcome.parse().ok(),
        event_type: Some(filter.event_type).filter(|name| !name.is_empty()),
        ..ResendFailed::within(from.unwrap_or_else(|| begin(Period::Month, now)), to.unwrap_or(now))
    }
}
