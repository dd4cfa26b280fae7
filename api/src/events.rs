//! What an operator sees of published events, also of those that nobody wanted.

use crate::{
    app::App,
    audit,
    auth::Caller,
    deliveries::missing,
    problem::Error,
    store::{
        Db, EraseRefused, Rows, Slice,
        events::{self, EventFilter},
        webhooks::{self, WebhookRow},
    },
};
use shared::{AuditAction, Code, Event, EventSummary, EventWebhook, Id, NotMatched};
use std::collections::HashSet;

/// A page of a tenant's events, newest first.
pub(crate) async fn list(
    app: &App,
    tenant_id: Id,
    filter: EventFilter,
    slice: Slice,
) -> Result<Rows<EventSummary>, Error> {
    let searches = filter.searches();
    let list = move |db: &mut Db| events::list(db, tenant_id, &filter, slice);
    Ok(app.store.read_or_search(searches, list).await?)
}

/// An event, its payload unless that was erased, and what became of it at each webhook: at those there are, and at deleted ones that it
/// was for.
pub(crate) async fn find(app: &App, tenant_id: Id, id: Id) -> Result<Event, Error> {
    let found = app
        .store
        .read(move |db| {
            let Some((summary, payload)) = events::find(db, tenant_id, id)? else {
                return Ok(None);
            };
            let deliveries = events::deliveries_of(db, id)?;
            let mut webhooks = webhooks::all(db, tenant_id)?;
            let there: HashSet<_> = webhooks.iter().map(|webhook| webhook.id).collect();
            for webhook_id in deliveries.keys().filter(|id| !there.contains(id)) {
                webhooks.extend(webhooks::find(db, tenant_id, *webhook_id)?);
            }
            Ok(Some((summary, payload, webhooks, deliveries)))
        })
        .await?;
    let (summary, payload, webhooks, deliveries) = found.ok_or_else(|| missing(app, id))?;
    let webhooks = webhooks
        .into_iter()
        .map(|webhook| (deliveries.get(&webhook.id), webhook))
        // A test is meant for its webhook alone: there is nothing to tell about the others.
        .filter(|(delivery, _)| !summary.test || delivery.is_some())
        .map(|(delivery, webhook)| EventWebhook {
            webhook_id: webhook.id,
            deleted: webhook.deleted_at.is_some(),
            delivery_id: delivery.map(|&(id, _)| id),
            status: delivery.map(|&(_, status)| status),
            not_matched: delivery.is_none().then(|| why_not(&summary, &webhook)),
            url: webhook.url,
            description: webhook.description,
        })
        .collect();
    Ok(Event { summary, payload, webhooks })
}

/// Erases the content of an event; one that was erased before stays as it is.
pub(crate) async fn erase(app: &App, who: &Caller, id: Id) -> Result<(), Error> {
    let entry = audit::entry(app, who, AuditAction::EventErased, id, "");
    app.store.erase(who.tenant_id, id, app.clock.now(), entry).await?.map_err(|refused| match refused {
        EraseRefused::NotFound => missing(app, id),
        EraseRefused::InProgress => Error::new(
            Code::DeliveryInProgress,
            "An attempt of the event is under way or about to start, and its answer would be recorded afterwards. Ask again in a few seconds, \
             or deactivate its webhooks before.",
        ),
    })
}

/// Why a webhook has no delivery of an event, as far as its settings of today tell.
fn why_not(event: &EventSummary, webhook: &WebhookRow) -> NotMatched {
    if webhook.created_at > event.created_at {
        NotMatched::CreatedLater
    } else if webhook.inactive_since.is_some_and(|since| since <= event.created_at) {
        NotMatched::Inactive
    } else if webhook.updated_at > event.created_at {
        NotMatched::ChangedSince
    } else if webhook.selection.wants_type(&format!("{}.{}", event.source, event.kind)) {
        NotMatched::ConditionsNotMet
    } else {
        NotMatched::TypeNotSelected
    }
}
