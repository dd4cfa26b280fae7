//! What differs between two attempts: what was sent, and what came back.

use crate::{format, strings::strings};
use leptos::prelude::*;
use shared::{Attempt, Header};

/// A card that compares the attempt with another one; nothing when there is no other.
pub(super) fn difference(shown: &Attempt, all: &[Attempt]) -> Option<impl IntoView + use<>> {
    let t = strings();
    let others: Vec<_> = all.iter().filter(|other| other.number != shown.number).cloned().collect();
    if others.is_empty() {
        return None;
    }
    let chosen = RwSignal::new(None::<u32>);
    let none = std::iter::once(view! { <option value="">{t.details.choose_attempt}</option> }.into_any());
    let numbers = others
        .iter()
        .map(|other| view! { <option value=other.number.to_string()>{(t.attempt)(other.number)}</option> }.into_any());
    let options: Vec<_> = none.chain(numbers).collect();
    let shown = shown.clone();
    let table = move || match others.iter().find(|other| Some(other.number) == chosen.get()) {
        Some(other) => compared(other, &shown).into_any(),
        None => view! { <p class="pad muted">{t.details.compare_hint}</p> }.into_any(),
    };
    Some(view! {
        <section class="card" class:compare=move || chosen.get().is_none() aria-label=t.details.compare>
            <div class="cardhead">
                <h2>{t.details.compare}</h2>
                <div class="end compare">
                    <label class="vh" for="compare">{t.details.compare_with}</label>
                    <select class="in" id="compare" on:change=move |event| chosen.set(event_target_value(&event).parse().ok())>{options}</select>
                </div>
            </div>
            {table}
        </section>
    })
}

fn compared(other: &Attempt, shown: &Attempt) -> impl IntoView + use<> {
    let t = &strings().details;
    let rows = differences(other, shown);
    if rows.is_empty() {
        return view! { <p class="pad muted">{t.same}</p> }.into_any();
    }
    let rows: Vec<_> = rows
        .into_iter()
        .map(|Difference { what, before, after }| {
            view! { <tr><th scope="row">{what}</th><td class="mono url">{before}</td><td class="mono url">{after}</td></tr> }
        })
        .collect();
    view! {
        <div class="scroll" tabindex="0" role="group" aria-label=t.compare>
            <table class="plain">
                <thead>
                    <tr>
                        <td></td>
                        <th scope="col">{(strings().attempt)(other.number)}</th>
                        <th scope="col">{(strings().attempt)(shown.number)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[derive(Debug, PartialEq, Eq)]
struct Difference {
    what: String,
    before: String,
    after: String,
}

fn differences(other: &Attempt, shown: &Attempt) -> Vec<Difference> {
    let t = &strings().details;
    let mut found = Vec::new();
    let mut compare = |what: String, before: String, after: String| {
        if before != after {
            found.push(Difference { what, before, after });
        }
    };
    let outcome = |attempt: &Attempt| format::outcome(attempt.status_code, attempt.failure);
    compare(strings().list.outcome.to_owned(), outcome(other), outcome(shown));
    compare(strings().sent_to.to_owned(), other.url.clone(), shown.url.clone());
    let sides = [
        (t.request_header, &other.request_headers, &shown.request_headers),
        (t.response_header, &other.response_headers, &shown.response_headers),
    ];
    for (named, before, after) in sides {
        for name in names(before, after) {
            compare(named(&name), value(before, &name), value(after, &name));
        }
    }
    let body = |attempt: &Attempt| {
        let body = attempt.response_body.as_ref();
        body.and_then(|body| body.text.clone().or_else(|| body.base64.clone())).unwrap_or_default()
    };
    compare(strings().response_body.to_owned(), body(other), body(shown));
    found
}

/// The names of both, in the order they come, each once.
fn names(before: &[Header], after: &[Header]) -> Vec<String> {
    let mut names = Vec::<String>::new();
    for header in before.iter().chain(after) {
        if !names.iter().any(|name| name.eq_ignore_ascii_case(&header.name)) {
            names.push(header.name.clone());
        }
    }
    names
}

/// The values under that name, as one text.
fn value(headers: &[Header], name: &str) -> String {
    let values = headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
    values.map(|header| header.value.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::{ContentMode, Failure, Phases, Timestamp, Trigger};

    fn attempt(number: u32, signature: &str, status: u16) -> Attempt {
        let header = |name: &str, value: &str| Header { name: name.into(), value: value.into() };
        Attempt {
            number,
            trigger: Trigger::Scheduled,
            started_at: Timestamp::from_micros(0),
            duration_us: 1,
            phases: Phases::default(),
            url: "https://example.com/hook".into(),
            content_mode: Some(ContentMode::Structured),
            request_headers: vec![header("content-type", "application/json"), header("webhook-signature", signature)],
            failure: Some(Failure::HttpStatus),
            error: None,
            status_code: Some(status),
            response_headers: vec![],
            response_body: None,
            webhook_version: Some(1),
            resent_by: None,
        }
    }

    #[test]
    fn only_what_differs_is_told() {
        assert!(differences(&attempt(1, "v1,a", 500), &attempt(2, "v1,a", 500)).is_empty());
        let found = differences(&attempt(1, "v1,a", 500), &attempt(2, "v1,b", 503));
        let texts: Vec<_> = found.iter().map(|row| (row.before.as_str(), row.after.as_str())).collect();
        assert_eq!(texts.len(), 2, "{found:?}");
        assert_eq!(texts[1], ("v1,a", "v1,b"));
    }

    #[test]
    fn headers_are_compared_by_name_in_any_case() {
        let header = |name: &str, value: &str| Header { name: name.into(), value: value.into() };
        let (before, after) = ([header("Date", "x"), header("A", "1"), header("a", "2")], [header("date", "x")]);
        assert_eq!(names(&before, &after), ["Date", "A"]);
        assert_eq!((value(&before, "a"), value(&after, "a")), ("1, 2".to_owned(), String::new()));
    }
}
