//! CloudEvents batches (JSON batch format): many events in one request, each accepted or refused on its own.

use super::{
    MAX_EVENT,
    cloudevents::{self, ParsedEvent},
};
use crate::{app::App, json, problem::Error};
use futures_util::future::join_all;
use serde_json::value::RawValue;
use shared::{BatchItem, Code, Id, Published};
use std::collections::{BTreeMap, HashSet};

/// How many events a batch may have.
const MOST: usize = 100;

/// Records the events of a batch, and says in their order what became of each. When this returns, the accepted ones are on disk.
///
/// A batch of which nothing was accepted, and something may be when it is sent again, is refused as a whole: retries go by the status.
///
/// All of them wait for the writer before one is awaited, so that they are committed together. Only an event with the source and the
/// id of one before it waits for that one: the first of the batch is to be the one that counts.
pub(crate) async fn publish(app: &App, tenant_id: Id, body: &[u8]) -> Result<Vec<BatchItem>, Error> {
    let mut seen = HashSet::new();
    let (mut at_once, mut repeated) = (Vec::new(), Vec::new());
    let mut results = BTreeMap::new();
    for (at, event) in split(body)?.into_iter().enumerate() {
        match one_of_many(event.get()) {
            Ok(event) if seen.insert((event.source.clone(), event.ce_id.clone())) => at_once.push((at, event)),
            Ok(event) => repeated.push((at, event)),
            Err(error) => drop(results.insert(at, Err(error))),
        }
    }
    let one = |(at, event)| async move { (at, super::publish(app, tenant_id, event).await) };
    results.extend(join_all(at_once.into_iter().map(one)).await);
    for event in repeated {
        results.extend([one(event).await]);
    }
    let mut results: Vec<_> = results.into_values().collect();
    let later = results
        .iter()
        .position(|result| result.as_ref().is_err_and(|error| matches!(error.code().status(), 429 | 503)));
    if let Some(at) = later
        && results.iter().all(Result::is_err)
    {
        results.swap_remove(at)?;
    }
    Ok(results.into_iter().map(item).collect())
}

fn item(result: Result<Published, Error>) -> BatchItem {
    result.map_or_else(|error| error.problem().into(), BatchItem::from)
}

fn one_of_many(event: &str) -> Result<ParsedEvent, Error> {
    if event.len() > MAX_EVENT {
        return Err(Error::new(Code::BodyTooLarge, "An event has at most 256 KiB (262,144 bytes), in a batch too."));
    }
    cloudevents::parse(event.as_bytes())
}

/// The texts of the events, which are not looked into yet.
fn split(body: &[u8]) -> Result<Vec<&RawValue>, Error> {
    let text = json::unscanned(body)?;
    if !text.starts_with('[') {
        return Err(Error::new(Code::EventNotObject, "A batch is a JSON array of events."));
    }
    let events: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| json::syntax(&error))?;
    if events.len() > MOST {
        let detail = format!("A batch has at most {MOST} events; this one has {}. Send several.", events.len());
        return Err(Error::new(Code::BatchTooLarge, detail));
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_an_array_of_at_most_a_hundred() {
        let of = |number| format!("[{}]", vec!["{}"; number].join(","));
        assert_eq!(split(of(100).as_bytes()).unwrap().len(), 100);
        assert_eq!(split(b"[]").unwrap().len(), 0);
        for (body, code) in [
            (of(101), Code::BatchTooLarge),
            ("{}".into(), Code::EventNotObject),
            ("[{}".into(), Code::JsonSyntax),
            ("[{}] x".into(), Code::JsonSyntax),
            (String::new(), Code::BodyMissing),
        ] {
            assert_eq!(split(body.as_bytes()).unwrap_err().code(), code, "{body:.20}");
        }
    }
}
