//! Testing a webhook: which example it gets, and what is different about it.

mod payload;

use crate::{app::App, audit, auth::Caller, intake::cloudevents, problem::Error, store::event_types, webhooks};
use payload::Example;
use serde_json::json;
use shared::{AuditAction, Code, DeliverySummary, EventSelection, EventType, FieldError, Id, NewTest};

/// What a test sends where the catalogue has no example.
const BUILT_IN: &str = r#"{"specversion":"1.0","type":"TEST","source":"HOOKWRIGHT","id":"","time":"","datacontenttype":"application/json","data":{"message":"This is a test.","answer":"Answer 2xx when you have taken it."}}"#;

/// Records a test of that webhook; its one attempt is due at once.
pub(crate) async fn start(app: &App, who: &Caller, webhook_id: Id, test: NewTest) -> Result<DeliverySummary, Error> {
    let (tenant_id, NewTest { event_type, kind }) = (who.tenant_id, test);
    let webhook = webhooks::load(app, tenant_id, webhook_id).await?;
    app.must_deliver()?;
    let catalogue = app.store.read(move |db| event_types::list(db, tenant_id)).await?;
    let example = choose(&catalogue, event_type.as_deref(), &webhook.selection)?;
    let now = app.clock.now();
    let id = app.ids.next(now);
    let payload = payload::of(example, kind, &id.to_string(), now)?;
    // What the catalogue holds was checked when it was added; this reads the attributes, and checks what became of them.
    let event = cloudevents::parse(payload.as_bytes())?.taken(id, tenant_id, now);
    let entry = audit::entry(app, who, AuditAction::WebhookTested, webhook_id, &webhook.url);
    let entry = audit::with_change(entry, None, Some(&json!({"event_type": event.event_type(), "test": kind})));
    Ok(app.store.start_test(event, app.ids.next(now), &webhook, kind, entry).await?)
}

/// The example to send: of the type that was asked for, or of the first type that the webhook wants.
fn choose<'a>(
    catalogue: &'a [EventType],
    asked: Option<&str>,
    selection: &EventSelection,
) -> Result<Example<'a>, Error> {
    let built_in = Example { text: BUILT_IN, instead: None };
    match asked {
        Some(name) => {
            let known = catalogue.iter().find(|known| known.name == name).ok_or_else(|| {
                let detail = "The catalogue has no such type. Choose one of GET /event-types, or leave it out.";
                Error::invalid(vec![FieldError::new("/event_type", Code::EventTypeUnknown, detail)])
            })?;
            Ok(match known.example.as_deref() {
                Some(text) => Example { text, instead: None },
                None => Example { instead: Some((&known.source, &known.kind)), ..built_in },
            })
        }
        None => {
            let wanted = catalogue.iter().filter(|known| selection.wants_type(&known.name));
            let text = wanted.filter_map(|known| known.example.as_deref()).next();
            Ok(text.map_or(built_in, |text| Example { text, instead: None }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::EventMode;

    fn known(source: &str, kind: &str, example: Option<&str>) -> EventType {
        EventType {
            name: format!("{source}.{kind}"),
            source: source.into(),
            kind: kind.into(),
            description: String::new(),
            example: example.map(str::to_owned),
            schema: None,
            webhooks: 0,
            all_tenants: false,
        }
    }

    #[test]
    fn the_first_type_that_the_webhook_wants_and_that_has_an_example_is_sent() {
        let catalogue = [known("A", "A", Some("a")), known("B", "B", None), known("C", "C", Some("c"))];
        let selected = |types: &[&str]| EventSelection {
            mode: EventMode::Selected,
            types: types.iter().map(|&name| name.to_owned()).collect(),
            conditions: vec![],
        };
        for (asked, selection, text) in [
            (None, EventSelection::default(), "a"),
            (None, selected(&["B.B", "C.C"]), "c"),
            (None, selected(&["B.B"]), BUILT_IN),
            (Some("A.A"), selected(&["C.C"]), "a"),
        ] {
            assert_eq!(choose(&catalogue, asked, &selection).unwrap().text, text, "{asked:?} {selection:?}");
        }
        assert_eq!(choose(&catalogue, Some("B.B"), &selected(&["C.C"])).unwrap().instead, Some(("B", "B")));
        assert!(choose(&catalogue, Some("D.D"), &selected(&["C.C"])).is_err());
    }
}
