//! CloudEvents batches (JSON batch format): many events in one request, each accepted or refused on its own.

use super::cloudevents;
use crate::{app::App, json, problem::Error};
use futures_util::future::join_all;
use serde_json::value::RawValue;
use shared::{BatchItem, Code, Id};

/// How many events a batch may have.
const MOST: usize = 100;

/// Records the events of a batch, and says in their order what became of each. When this returns, the accepted ones are on disk.
///
/// All of them wait for the writer before one is awaited, so that they are committed together.
pub async fn publish(app: &App, tenant_id: Id, body: &[u8]) -> Result<Vec<BatchItem>, Error> {
    let publishing = split(body)?.into_iter().map(|event| async move {
        let published = match cloudevents::parse(event.get().as_bytes()) {
            Ok(event) => super::publish(app, tenant_id, event).await,
            Err(error) => Err(error),
        };
        published.map_or_else(|error| error.problem().into(), BatchItem::from)
    });
    Ok(join_all(publishing).await)
}

/// The texts of the events, which are not looked into yet.
fn split(body: &[u8]) -> Result<Vec<&RawValue>, Error> {
    let text = json::text(body)?;
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
