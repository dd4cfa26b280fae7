//! The request: payload and headers, as they went over the wire.

use super::curl;
use crate::{
    strings::strings,
    ui::{copy::CopyButton, json_view::JsonCard},
};
use leptos::prelude::*;
use shared::{Attempt, Delivery, Failure, Header, SECRET_MASK};

#[component]
pub(super) fn RequestTab(delivery: RwSignal<Delivery>) -> impl IntoView {
    let t = strings();
    let payload = Memo::new(move |_| delivery.with(|delivery| delivery.payload.clone()));
    let latest = Memo::new(move |_| delivery.with(|delivery| delivery.attempts.first().cloned()));
    let headers = move || match latest.get() {
        Some(attempt) => sent(attempt, payload.get()).into_any(),
        None => not_sent(delivery).into_any(),
    };
    view! {
        <div class="split">
            {move || {
                let file = delivery.with_untracked(|delivery| format!("{}.json", delivery.ce_id));
                view! { <JsonCard title=t.payload label=t.payload_label text=payload.get() note=" · application/json" file=file/> }
            }}
            {headers}
        </div>
    }
}

/// What stands where an attempt would.
pub(super) fn not_sent(delivery: RwSignal<Delivery>) -> impl IntoView {
    let t = strings();
    let inactive = delivery.with(|delivery| delivery.summary.failure == Some(Failure::WebhookInactive));
    view! { <section class="card pad muted">{if inactive { t.not_sent_inactive } else { t.not_sent_yet }}</section> }
}

/// Whether there was a connection, over which the request was sent.
fn connected(attempt: &Attempt) -> bool {
    use Failure::{BlockedAddress, ConnectFailed, ConnectRefused, ConnectTimeout, Dns, Tls};
    !matches!(attempt.failure, Some(Dns | BlockedAddress | ConnectRefused | ConnectTimeout | ConnectFailed | Tls))
}

fn sent(attempt: Attempt, payload: String) -> impl IntoView {
    let t = strings();
    let command = curl::command(&attempt, &payload);
    let is_masked = attempt.request_headers.iter().any(|header| header.value.contains(SECRET_MASK));
    let said = if connected(&attempt) { (t.headers_of_attempt)(attempt.number) } else { t.not_connected.to_owned() };
    let note = is_masked.then(|| view! { <p class="hint pad">{t.details.curl_note}</p> });
    view! {
        <section class="card" aria-label=t.headers>
            <div class="cardhead">
                <h2>{t.headers}</h2>
                <span class="muted">{said}</span>
                <div class="end">
                    {copy_headers(&attempt.request_headers)}
                    <CopyButton label="" name=t.details.copy_curl text=move || command.clone()/>
                </div>
            </div>
            <dl class="kv pad"><dt>{t.sent_to}</dt><dd class="mono">{attempt.url}</dd></dl>
            {header_list(attempt.request_headers)}
            {note}
        </section>
    }
}

/// A button that copies headers as lines.
pub(super) fn copy_headers(headers: &[Header]) -> impl IntoView + use<> {
    let lines: String = headers.iter().map(|header| format!("{}: {}\n", header.name, header.value)).collect();
    view! { <CopyButton label=strings().headers.to_lowercase() text=move || lines.clone()/> }
}

/// Headers in the order of the wire.
pub(super) fn header_list(headers: Vec<Header>) -> impl IntoView {
    let rows: Vec<_> =
        headers.into_iter().map(|header| view! { <dt>{header.name}</dt><dd>{header.value}</dd> }).collect();
    view! { <dl class="kv pad mono">{rows}</dl> }
}
