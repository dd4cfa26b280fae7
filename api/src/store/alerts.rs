//! What the platform is told about the webhooks and deliveries of all tenants: events like any other, in the tenant that was chosen for
//! them. So they are matched, signed, retried and shown as its events are.

mod prepare;
mod text;

pub(super) use prepare::prepare;

use super::{
    NewEvent, Settlement, codec,
    connection::Db,
    health::{Transition, Transitioned},
    schema::{deliveries, tenants as tenant_rows, webhooks},
};
use crate::ids::Ids;
use diesel::prelude::*;
use serde::Serialize;
use shared::{DeliveryStatus, Failure, Id, InactiveReason, NewEventType, Timestamp};
use std::collections::HashMap;

/// The `source` of alerts.
pub const ALERTS_SOURCE: &str = "HOOKWRIGHT";

/// The `type` of the alert of a delivery that has failed for good.
const DELIVERY_FAILED: &str = "DELIVERYFAILED";

/// The `type` of the alert of a webhook that has come to another state.
const fn kind(transition: Transition) -> &'static str {
    match transition {
        Transition::Failing => "WEBHOOKFAILING",
        Transition::Deactivated(_) => "WEBHOOKDEACTIVATED",
        Transition::Recovered => "WEBHOOKRECOVERED",
    }
}

/// Who gets the alerts, and where they lead.
#[derive(Clone, Debug)]
pub(super) struct Recipient {
    pub(super) tenant_id: Id,
    /// The address of the portal, without a slash at its end.
    pub(super) portal: Option<String>,
}

impl Recipient {
    /// The page of the portal that shows it.
    fn page(&self, section: &str, id: Id) -> Option<String> {
        self.portal.as_ref().map(|portal| format!("{portal}/{section}/{id}"))
    }
}

/// An alert as it is sent: a CloudEvent.
#[derive(Serialize)]
struct Alert<D> {
    specversion: &'static str,
    id: Id,
    source: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    time: Timestamp,
    datacontenttype: &'static str,
    data: D,
}

/// A webhook that has come to another state.
#[derive(Serialize)]
struct TransitionedWebhook<'a> {
    /// The alert in a sentence, under the name by which chats take what they show.
    text: String,
    tenant_id: Id,
    /// The platform's own id of the tenant.
    tenant_external_id: Option<&'a str>,
    webhook_id: Id,
    url: &'a str,
    /// Where the portal shows it; nothing where its address is not set.
    portal_url: Option<String>,
    /// Nothing while it is active.
    inactive_reason: Option<InactiveReason>,
    failing_since: Option<Timestamp>,
    failure_streak: u32,
}

/// A delivery whose last attempt has failed.
#[derive(Serialize)]
struct FailedDelivery<'a> {
    /// As above.
    text: String,
    tenant_id: Id,
    /// The platform's own id of the tenant.
    tenant_external_id: Option<&'a str>,
    webhook_id: Id,
    url: &'a str,
    portal_url: Option<String>,
    delivery_id: Id,
    event_id: Id,
    event_type: &'a str,
    attempt_count: u32,
    failure: Option<Failure>,
    /// Nothing where the receiver did not answer.
    status_code: Option<u16>,
}

impl<D: Serialize> Alert<D> {
    fn new(id: Id, kind: &'static str, time: Timestamp, data: D) -> Self {
        Self { specversion: "1.0", id, source: ALERTS_SOURCE, kind, time, datacontenttype: "application/json", data }
    }

    /// The event that a tenant gets.
    fn event(&self, tenant_id: Id) -> QueryResult<NewEvent> {
        Ok(NewEvent {
            id: self.id,
            tenant_id,
            source: self.source.to_owned(),
            kind: self.kind.to_owned(),
            ce_id: self.id.to_string(),
            time: self.time,
            created_at: self.time,
            payload: codec::to_json(self)?,
        })
    }

    fn event_type(&self, description: &str) -> QueryResult<NewEventType> {
        Ok(NewEventType {
            source: self.source.to_owned(),
            kind: self.kind.to_owned(),
            description: description.to_owned(),
            example: Some(codec::to_json(self)?),
            schema: None,
            all_tenants: false,
        })
    }
}

/// The events that tell a tenant of these transitions, and of the deliveries for which no attempt is left after these settlements.
pub(super) fn events<'a>(
    connection: &mut Db,
    recipient: &Recipient,
    transitions: &[Transitioned],
    settlements: impl Iterator<Item = &'a Settlement>,
    ids: &Ids,
) -> QueryResult<Vec<NewEvent>> {
    let of_webhooks = transitions.iter().map(|transitioned| of_webhook(connection, recipient, transitioned, ids));
    let mut events = of_webhooks.collect::<QueryResult<Vec<_>>>()?;
    let given_up: Vec<_> = settlements.filter(|settlement| settlement.gives_up()).collect();
    if !given_up.is_empty() {
        events.extend(of_deliveries(connection, recipient, &given_up, ids)?);
    }
    Ok(events)
}

fn of_webhook(
    connection: &mut Db,
    recipient: &Recipient,
    transitioned: &Transitioned,
    ids: &Ids,
) -> QueryResult<NewEvent> {
    let &Transitioned { webhook_id, transition, at } = transitioned;
    let webhook = webhooks::table
        .inner_join(tenant_rows::table.on(tenant_rows::id.eq(webhooks::tenant_id)))
        .filter(webhooks::id.eq(codec::key(webhook_id)))
        .select((
            (webhooks::tenant_id, tenant_rows::name, tenant_rows::external_id, webhooks::url),
            (webhooks::inactive_reason, webhooks::failing_since, webhooks::failure_streak),
        ));
    type Columns = ((Vec<u8>, String, Option<String>, String), (Option<String>, Option<i64>, i32));
    let ((of_tenant, name, external_id, url), (reason, since, streak)) = webhook.first::<Columns>(connection)?;
    let failing_since = since.map(Timestamp::from_micros);
    let failure_streak = codec::unsigned(streak, "number of failures")?;
    let portal_url = recipient.page("webhooks", webhook_id);
    let data = TransitionedWebhook {
        text: text::leading_to(
            text::of_transition(transition, &name, &url, failing_since, failure_streak),
            portal_url.as_ref(),
        ),
        tenant_id: codec::id(&of_tenant)?,
        tenant_external_id: external_id.as_deref(),
        webhook_id,
        url: &url,
        portal_url,
        inactive_reason: codec::named_if_any(reason.as_deref(), "reason")?,
        failing_since,
        failure_streak,
    };
    Alert::new(ids.next(at), kind(transition), at, data).event(recipient.tenant_id)
}

/// Nothing for a delivery of an alert, as what tells of it would fail as well, and for one that was cancelled during its last attempt.
fn of_deliveries(
    connection: &mut Db,
    recipient: &Recipient,
    settlements: &[&Settlement],
    ids: &Ids,
) -> QueryResult<Vec<NewEvent>> {
    type Columns = (Vec<u8>, String, Option<String>, Vec<u8>, String, String);
    let found = deliveries::table
        .inner_join(webhooks::table.on(webhooks::id.eq(deliveries::webhook_id)))
        .inner_join(tenant_rows::table.on(tenant_rows::id.eq(deliveries::tenant_id)))
        .filter(deliveries::id.eq_any(settlements.iter().map(|settlement| codec::key(settlement.delivery_id))))
        .filter(deliveries::status.eq(codec::delivery_status(DeliveryStatus::Failed)))
        .select((
            deliveries::id,
            (
                deliveries::tenant_id,
                tenant_rows::name,
                tenant_rows::external_id,
                deliveries::event_id,
                deliveries::event_type,
                webhooks::url,
            ),
        ));
    let found: HashMap<_, _> = found.load::<(Vec<u8>, Columns)>(connection)?.into_iter().collect();
    let mut events = Vec::new();
    for settlement in settlements {
        let &&Settlement { delivery_id, webhook_id, attempt_count, failure, at, .. } = settlement;
        let Some((of_tenant, name, external_id, event_id, event_type, url)) = found.get(&codec::key(delivery_id))
        else {
            continue;
        };
        let of_tenant = codec::id(of_tenant)?;
        let is_alert = event_type.strip_prefix(ALERTS_SOURCE).is_some_and(|kind| kind.starts_with('.'));
        if of_tenant == recipient.tenant_id && is_alert {
            continue;
        }
        let status_code = settlement.attempt.as_ref().and_then(|attempt| attempt.status_code);
        let portal_url = recipient.page("events", delivery_id);
        let text = text::of_failure(name, event_type, url, attempt_count + 1, &text::reason(failure, status_code));
        let data = FailedDelivery {
            text: text::leading_to(text, portal_url.as_ref()),
            tenant_id: of_tenant,
            tenant_external_id: external_id.as_deref(),
            webhook_id,
            url,
            portal_url,
            delivery_id,
            event_id: codec::id(event_id)?,
            event_type,
            attempt_count: attempt_count + 1,
            failure,
            status_code,
        };
        events.push(Alert::new(ids.next(at), DELIVERY_FAILED, at, data).event(recipient.tenant_id)?);
    }
    Ok(events)
}
