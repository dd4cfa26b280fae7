//! Where an attempt's time went, phase after phase, against the time limit.

use crate::{format, query::Query, strings::strings, ui::chart};
use leptos::prelude::*;
use shared::{Attempt, Failure, Phases, Webhook};

/// A phase: its name, where it begins and how long it took, in microseconds.
type Phase = (&'static str, u64, u64);

/// The phases of an attempt; nothing when none was measured. The limit is the webhook's of now, if it still exists.
pub(super) fn waterfall(attempt: &Attempt, settings: Query<Webhook>) -> Option<impl IntoView + use<>> {
    let t = strings();
    let phases = phases(attempt.phases, attempt.failure, attempt.duration_us);
    if phases.is_empty() {
        return None;
    }
    let took = attempt.duration_us;
    let limit = Memo::new(move |_| settings.value.get().map(|webhook| u64::from(webhook.get().timeout_ms) * 1_000));
    let note = move || match limit.get() {
        Some(limit) => (t.details.waterfall_label)(&format::duration(took), &format::duration(limit)),
        None => format::duration(took),
    };
    let key = move || {
        let text = (t.overview.limit)(&format::duration(limit.get()?));
        Some(view! { <ul class="key" role="list"><li class="limit">{text}</li></ul> })
    };
    let rows = move || {
        let whole = took.max(limit.get().unwrap_or_default()).max(1);
        let row = |(name, from, micros): Phase| {
            view! {
                <tr>
                    <th scope="row">{name}</th>
                    <td class="num">{format::duration(micros)}</td>
                    <td class="wide">{bar(from, micros, whole, limit.get())}</td>
                </tr>
            }
        };
        phases.iter().copied().map(row).collect::<Vec<_>>()
    };
    Some(view! {
        <section class="card" aria-label=t.phases>
            <div class="cardhead"><h2>{t.phases}</h2>{key}</div>
            <p class="pad muted">{note}</p>
            <table class="plain"><tbody>{rows}</tbody></table>
        </section>
    })
}

fn bar(from: u64, micros: u64, whole: u64, limit: Option<u64>) -> impl IntoView {
    let percent = |micros: u64| chart::figure(micros) * 100.0 / chart::figure(whole);
    let line = limit.map(|limit| {
        let x = chart::coordinate(percent(limit).min(99.6));
        view! { <line class="limit" x1=x.clone() x2=x y1="0" y2="8"></line> }
    });
    view! {
        <svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
            <rect class="phase" x=chart::coordinate(percent(from)) y="0" width=chart::coordinate(percent(micros).max(0.4)) height="8"></rect>
            {line}
        </svg>
    }
}

/// The phases that happened, one after the other. The one in which the time was over has no end: it took what was left.
fn phases(phases: Phases, failure: Option<Failure>, took: u64) -> Vec<Phase> {
    let t = strings();
    let Phases { dns_us, connect_us, first_byte_us, body_us } = phases;
    let measured = [
        (t.phase_dns, dns_us),
        (t.phase_connect, connect_us),
        (t.phase_first_byte, first_byte_us),
        (t.phase_body, body_us),
    ];
    let mut from = 0;
    let mut rows = Vec::new();
    for (name, micros) in measured {
        if let Some(micros) = micros {
            rows.push((name, from, micros));
            from += micros;
        }
    }
    let unfinished = match failure {
        Some(Failure::ConnectTimeout) => Some(t.phase_connect),
        Some(Failure::Timeout) if first_byte_us.is_none() => Some(t.phase_first_byte),
        Some(Failure::Timeout) => Some(t.phase_body),
        _ => None,
    };
    rows.extend(unfinished.map(|name| (name, from, took.saturating_sub(from))));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_follow_each_other() {
        let measured = Phases { dns_us: None, connect_us: Some(10), first_byte_us: Some(30), body_us: Some(2) };
        let at: Vec<_> = phases(measured, None, 45).into_iter().map(|(_, from, micros)| (from, micros)).collect();
        assert_eq!(at, [(0, 10), (10, 30), (40, 2)]);
    }

    #[test]
    fn the_phase_in_which_the_time_was_over_took_the_rest() {
        let (waited, read) = (strings().phase_first_byte, strings().phase_body);
        let last = |measured, failure| phases(measured, Some(failure), 2_000).pop();
        assert_eq!(last(Phases::default(), Failure::Timeout), Some((waited, 0, 2_000)));
        let connected = Phases { connect_us: Some(10), ..Phases::default() };
        assert_eq!(last(connected, Failure::Timeout), Some((waited, 10, 1_990)));
        assert_eq!(last(Phases { first_byte_us: Some(30), ..connected }, Failure::Timeout), Some((read, 40, 1_960)));
        let resolved = Phases { dns_us: Some(5), ..Phases::default() };
        assert_eq!(last(resolved, Failure::ConnectTimeout), Some((strings().phase_connect, 5, 1_995)));
    }
}
