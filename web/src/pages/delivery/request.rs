//! The request: payload and headers, as they went over the wire.

use super::{curl, erasing};
use crate::{
    hint,
    strings::strings,
    ui::{copy::CopyButton, json_view::JsonCard},
};
use leptos::prelude::*;
use shared::{Attempt, ContentMode, Delivery, Failure, Header, SECRET_MASK, SentData};

/// The header that tells the media type of a body.
pub(super) const CONTENT_TYPE: &str = "content-type";

/// What the file of an event's payload is called: browsers would replace what file names cannot have, each in its own way.
pub(super) fn file_name(id: &str, ending: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    format!("{}.{ending}", id.chars().map(plain).collect::<String>())
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Body {
    /// The body, or where it is no text, the same in base64.
    pub(super) text: String,
    pub(super) is_base64: bool,
    media_type: String,
}

impl Body {
    /// That of the latest attempt, or as long as there is none, the event as it was published; nothing when that was erased.
    fn of(delivery: &Delivery) -> Option<Self> {
        let latest = delivery.attempts.first();
        let sent_alone = latest.filter(|attempt| attempt.content_mode == Some(ContentMode::Binary));
        let (text, is_base64) = match (sent_alone, &delivery.data) {
            (Some(_), Some(SentData { text: Some(text), .. })) => (text, false),
            (Some(_), Some(SentData { base64: Some(base64), .. })) => (base64, true),
            _ => (delivery.payload.as_ref()?, false),
        };
        // As long as nothing was sent it is what will be: what is shown stays as it is when the first attempt comes.
        let media_type = match sent_alone {
            Some(attempt) => hint::value(&attempt.request_headers, CONTENT_TYPE).unwrap_or_default(),
            None => "application/json",
        };
        let media_type = media_type.to_owned();
        Some(Self { text: text.clone(), is_base64, media_type })
    }

    /// How many bytes it has.
    fn size(&self) -> u64 {
        let text = self.text.trim_end_matches('=').len();
        let size = if self.is_base64 { text * 3 / 4 } else { self.text.len() };
        size.try_into().unwrap_or(u64::MAX)
    }

    /// Whether it is JSON, as far as its media type says.
    fn is_json(&self) -> bool {
        let media_type = self.media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        !self.is_base64 && (media_type == "application/json" || media_type.ends_with("+json"))
    }

    /// How its file ends.
    fn ending(&self) -> &'static str {
        match (self.is_base64, self.is_json()) {
            (true, _) => "b64",
            (false, true) => "json",
            (false, false) => "txt",
        }
    }

    fn note(&self) -> String {
        if self.media_type.is_empty() { String::new() } else { format!(" · {}", self.media_type) }
    }
}

#[component]
pub(super) fn RequestTab(delivery: RwSignal<Delivery>) -> impl IntoView {
    let t = strings();
    // A delivery has one of both.
    let body = Memo::new(move |_| delivery.with(Body::of));
    let erased_at = Memo::new(move |_| delivery.with(|delivery| delivery.summary.erased_at));
    let latest = Memo::new(move |_| delivery.with(|delivery| delivery.attempts.first().cloned()));
    let file = move |body: &Body| delivery.with_untracked(|delivery| file_name(&delivery.ce_id, body.ending()));
    let headers = move || match latest.get() {
        // One that failed on our side before there was a request has no headers.
        Some(attempt) if !attempt.request_headers.is_empty() => {
            let body = body.get().map(|body| (file(&body), body));
            sent(attempt, body).into_any()
        }
        Some(_) => not_sent(strings().not_connected).into_any(),
        None => not_sent(strings().not_sent_yet).into_any(),
    };
    view! {
        <div class="split">
            {move || body.get().map(|body| {
                let (size, note, file) = (body.size(), body.note(), file(&body));
                let label = if body.is_json() { t.payload_label } else { t.payload };
                let binary = body.is_base64.then(|| view! { <p class="muted">{t.binary_body}</p> });
                view! { <div>{binary}<JsonCard title=t.payload label=label text=body.text size=size note=note file=file/></div> }
            })}
            {move || erased_at.get().map(erasing::payload)}
            {headers}
        </div>
    }
}

/// What stands where an attempt would.
pub(super) fn not_sent(words: &'static str) -> impl IntoView {
    view! { <section class="card pad muted">{words}</section> }
}

/// Whether there was a connection, over which the request was sent. What failed on our side came no further than to the proxy.
fn connected(attempt: &Attempt) -> bool {
    use Failure::{
        BlockedAddress, CertificateExpired, ConnectFailed, ConnectRefused, ConnectTimeout, Dns, InternalError, Tls,
    };
    let without =
        [Dns, BlockedAddress, ConnectRefused, ConnectTimeout, ConnectFailed, CertificateExpired, Tls, InternalError];
    attempt.failure.is_none_or(|failure| !without.contains(&failure))
}

fn sent(attempt: Attempt, body: Option<(String, Body)>) -> impl IntoView + use<> {
    let t = strings();
    let is_masked = attempt.request_headers.iter().any(|header| header.value.contains(SECRET_MASK));
    let said = if connected(&attempt) { (t.headers_of_attempt)(attempt.number) } else { t.not_connected.to_owned() };
    let curl = body.map(|(file, body)| {
        let command = curl::command(&attempt, &body, &file);
        let notes = [(is_masked, t.details.curl_note), (curl::needs_file(&body), t.details.curl_file)]
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
