//! The request: payload and headers, as they went over the wire.

use super::{curl, erasing};
use crate::{
    strings::strings,
    ui::{copy::CopyButton, json_view::JsonCard},
};
use leptos::prelude::*;
use shared::{Attempt, Delivery, Failure, Header, SECRET_MASK};

/// What the file of an event's payload is called: browsers would replace what file names cannot have, each in its own way.
pub(super) fn file_name(id: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    format!("{}.json", id.chars().map(plain).collect::<String>())
}

#[component]
pub(super) fn RequestTab(delivery: RwSignal<Delivery>) -> impl IntoView {
    let t = strings();
    // A delivery has one of both.
    let payload = Memo::new(move |_| delivery.with(|delivery| delivery.payload.clone()));
    let erased_at = Memo::new(move |_| delivery.with(|delivery| delivery.summary.erased_at));
    let latest = Memo::new(move |_| delivery.with(|delivery| delivery.attempts.first().cloned()));
    let file = move || delivery.with_untracked(|delivery| file_name(&delivery.ce_id));
    let headers = move || match latest.get() {
        Some(attempt) => sent(attempt, payload.get(), &file()).into_any(),
        None => not_sent().into_any(),
    };
    view! {
        <div class="split">
            {move || payload.get().map(|text| view! {
                <JsonCard title=t.payload label=t.payload_label text=text note=" · application/json" file=file()/>
            })}
            {move || erased_at.get().map(erasing::payload)}
            {headers}
        </div>
    }
}

/// What stands where an attempt would.
pub(super) fn not_sent() -> impl IntoView {
    view! { <section class="card pad muted">{strings().not_sent_yet}</section> }
}

/// Whether there was a connection, over which the request was sent.
fn connected(attempt: &Attempt) -> bool {
    use Failure::{BlockedAddress, ConnectFailed, ConnectRefused, ConnectTimeout, Dns, Tls};
    !matches!(attempt.failure, Some(Dns | BlockedAddress | ConnectRefused | ConnectTimeout | ConnectFailed | Tls))
}

fn sent(attempt: Attempt, payload: Option<String>, file: &str) -> impl IntoView + use<> {
    let t = strings();
    let is_masked = attempt.request_headers.iter().any(|header| header.value.contains(SECRET_MASK));
    let said = if connected(&attempt) { (t.headers_of_attempt)(attempt.number) } else { t.not_connected.to_owned() };
    let curl = payload.map(|payload| {
        let command = curl::command(&attempt, &payload, file);
        let notes = [(is_masked, t.details.curl_note), (curl::needs_file(&payload), t.details.curl_file)]
            .map(|(is_so, note)| is_so.then(|| view! { <p class="hint pad">{note}</p> }));
        (view! { <CopyButton label="" name=t.details.copy_curl text=move || command.clone()/> }, notes)
    });
    let (copy, notes) = curl.unzip();
    view! {
        <section class="card" aria-label=t.headers>
            <div class="cardhead">
                <h2>{t.headers}</h2>
                <span class="muted">{said}</span>
                <div class="end">
                    {copy_headers(&attempt.request_headers)}
                    {copy}
                </div>
            </div>
            <dl class="kv pad"><dt>{t.sent_to}</dt><dd class="mono">{attempt.url}</dd></dl>
            {header_list(attempt.request_headers)}
            {notes}
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
