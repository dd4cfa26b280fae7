//! What the platform is told about the webhooks and deliveries of all tenants: events like any other, in the tenant that was chosen for
//! them. So they are matched, signed, retried and shown as its events are.

use super::{
    DEFAULT_TENANT, NewEvent, OpenError, Settlement, audit, codec,
    connection::{Db, transact},
    event_types,
    health::{FAILING_ATTEMPTS, FAILING_HOURS, Transition, Transitioned},
    page::Slice,
    schema::{deliveries, tenants as tenant_rows, webhooks},
    tenants::{self, TenantFilter},
};
use crate::ids::Ids;
use diesel::prelude::*;
use serde::Serialize;
use shared::{
    ActorKind, AuditAction, AuditEntry, DeliveryStatus, Failure, Id, InactiveReason, NewEventType, NewTenant, Tenant,
    Timestamp, is_external_id,
};
use std::collections::HashMap;

/// The `source` of alerts.
pub const ALERTS_SOURCE: &str = "HOOKWRIGHT";

/// The `type` of the alert of a delivery that has failed for good.
const DELIVERY_FAILED: &str = "DELIVERYFAILED";

/// Who has the webhook of the examples.
const CUSTOMER: &str = "Customer 1";

/// How many tenants are named where the one for the alerts is not there.
const NAMED: u32 = 20;

/// The `type` of the alert of a webhook that has come to another state.
const fn kind(transition: Transition) -> &'static str {
    match transition {
        Transition::Failing => "WEBHOOKFAILING",
        Transition::Deactivated(_) => "WEBHOOKDEACTIVATED",
        Transition::Recovered => "WEBHOOKRECOVERED",
    }
}

/// What that alert is for.
const fn description(transition: Transition) -> &'static str {
    match transition {
        Transition::Failing => "Twenty attempts to a webhook of any tenant have failed in a row",
        Transition::Deactivated(_) => {
            "A webhook of any tenant was deactivated, as it failed for too long or answered 410"
        }
        Transition::Recovered => {
            "An attempt to a webhook of any tenant has succeeded, after it was told as failing or deactivated"
        }
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

/// An alert of a webhook in a sentence.
fn text_of_transition(transition: Transition, of: &str, url: &str, since: Option<Timestamp>, streak: u32) -> String {
    let since = since.map(|since| format!(", since {since}")).unwrap_or_default();
    let what = match transition {
        Transition::Failing => format!("has failed {streak} times in a row{since}"),
        Transition::Deactivated(InactiveReason::Gone) => "was deactivated: its receiver answered 410 Gone".to_owned(),
        Transition::Deactivated(_) => format!("was deactivated: it has failed {streak} times in a row{since}"),
        Transition::Recovered => "takes events again".to_owned(),
    };
    shown(&format!("The webhook {url} of {of} {what}."))
}

/// An alert of a delivery in a sentence.
fn text_of_failure(of: &str, event_type: &str, url: &str, attempts: u32, why: &str) -> String {
    shown(&format!(
        "{event_type} did not arrive at {url} of {of}, and is not tried again: attempt {attempts} failed with {why}."
    ))
}

/// A text with the link behind it: chats make it one.
fn leading_to(text: String, page: Option<&String>) -> String {
    page.map_or_else(|| text.clone(), |page| format!("{text} {page}"))
}

/// Without what chats read as more than text: between angle brackets stand links, and calls of everybody. Event types may have them.
fn shown(text: &str) -> String {
    text.replace('<', "‹").replace('>', "›")
}

/// Why a delivery failed, in a word.
fn reason(failure: Option<Failure>, status_code: Option<u16>) -> String {
    let failure = failure.map(Failure::name).unwrap_or_default();
    status_code.map_or_else(|| failure.to_owned(), |code| code.to_string())
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

/// The tenant that the setting calls so, with the alerts in its catalogue.
pub(super) fn prepare(
    connection: &mut Db,
    called: &str,
    ids: &Ids,
    now: Timestamp,
) -> QueryResult<Result<Id, OpenError>> {
    transact(connection, |connection| {
        // Two nodes may start together.
        connection.lock_table("event_types")?;
        let tenant_id = match &*tenants::called(connection, called)? {
            [tenant] => tenant.id,
            [] => match make(connection, called, ids, now)? {
                Some(made) => made,
                None => return Ok(Err(missing(connection, called)?)),
            },
            several => return Ok(Err(OpenError::SeveralTenants(called.to_owned(), several.len()))),
        };
        for event_type in catalogue()? {
            event_types::insert(connection, tenant_id, &event_type)?;
        }
        Ok(Ok(tenant_id))
    })
}

/// Makes the tenant for the alerts, unless the server is in use: then it is rather one that was misspelt.
fn make(connection: &mut Db, called: &str, ids: &Ids, now: Timestamp) -> QueryResult<Option<Id>> {
    // So it is found also by who puts it by its external id.
    let external_id = is_external_id(called).then(|| called.to_owned());
    let new = NewTenant { name: called.to_owned(), external_id };
    if !tenants::is_unused(connection)? || !new.check().is_empty() {
        return Ok(None);
    }
    let id = ids.next(now);
    let tenant = Tenant { id, name: new.name, external_id: new.external_id, created_at: now };
    if tenants::insert(connection, &tenant)?.is_err() {
        return Ok(None);
    }
    let mut entry = AuditEntry::by_itself(ids.next(now), ActorKind::System, AuditAction::TenantCreated, id, called);
    entry.after = Some(codec::to_json(&tenant)?);
    audit::append(connection, DEFAULT_TENANT, &entry)?;
    tracing::info!(
        tenant = called,
        "the tenant for the alerts was created, as there was no other tenant and no webhook yet"
    );
    Ok(Some(id))
}

fn missing(connection: &mut Db, called: &str) -> QueryResult<OpenError> {
    let some = tenants::list(connection, &TenantFilter::default(), Slice::first(NAMED))?.items;
    let names: Vec<_> = some.into_iter().map(|tenant| tenant.name).collect();
    Ok(OpenError::NoTenant(called.to_owned(), names.join(", ")))
}

/// Every alert, with an example.
fn catalogue() -> QueryResult<Vec<NewEventType>> {
    let at = Timestamp::from_micros(1_751_997_679_622_000);
    let id = |number| Id::from_parts(at.unix_ms(), number);
    let (tenant_id, tenant_external_id) = (id(1), Some("customer-1"));
    let (webhook_id, url) = (id(2), "https://example.com/webhook");
    let example = Recipient { tenant_id, portal: Some("https://hooks.example.com".to_owned()) };
    let portal_url = example.page("webhooks", webhook_id);
    let transitions = (3..).zip(Transition::EACH).map(|(number, transition)| {
        let fails = transition != Transition::Recovered;
        let failing_since = fails.then(|| at.plus_seconds(-i64::from(FAILING_HOURS) * 3_600));
        let data = TransitionedWebhook {
            text: leading_to(
                text_of_transition(transition, CUSTOMER, url, failing_since, FAILING_ATTEMPTS),
                portal_url.as_ref(),
            ),
            tenant_id,
            tenant_external_id,
            webhook_id,
            url,
            portal_url: portal_url.clone(),
            inactive_reason: transition.inactive_reason(),
            failing_since,
            failure_streak: if fails { FAILING_ATTEMPTS } else { 0 },
        };
        Alert::new(id(number), kind(transition), at, data).event_type(description(transition))
    });
    let (event_type, attempt_count) = ("TRANSACTION.TRANSACTIONSTATUSUPDATED", 6);
    let portal_url = example.page("events", id(10));
    let data = FailedDelivery {
        text: leading_to(text_of_failure(CUSTOMER, event_type, url, attempt_count, "500"), portal_url.as_ref()),
        tenant_id,
        tenant_external_id,
        webhook_id,
        url,
        portal_url,
        delivery_id: id(10),
        event_id: id(11),
        event_type,
        attempt_count,
        failure: Some(Failure::HttpStatus),
        status_code: Some(500),
    };
    let failed = Alert::new(id(12), DELIVERY_FAILED, at, data).event_type(
        "The last attempt of a delivery to a webhook of any tenant has failed: it is not tried again by itself",
    );
    transitions.chain([failed]).collect()
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
        text: leading_to(
            text_of_transition(transition, &name, &url, failing_since, failure_streak),
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
        let text = text_of_failure(name, event_type, url, attempt_count + 1, &reason(failure, status_code));
        let data = FailedDelivery {
            text: leading_to(text, portal_url.as_ref()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_takes_no_alert_for_a_call() {
        let text =
            text_of_failure("ACME", "A.<!channel>", "https://example.com/", 2, &reason(Some(Failure::Timeout), None));
        let expected = "A.‹!channel› did not arrive at https://example.com/ of ACME, and is not tried again: attempt 2 failed with timeout.";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_receiver_that_is_gone_is_told_as_such() {
        let of = |transition| {
            text_of_transition(transition, "ACME", "https://example.com/", Some(Timestamp::from_micros(0)), 20)
        };
        let gone = of(Transition::Deactivated(InactiveReason::Gone));
        assert_eq!(gone, "The webhook https://example.com/ of ACME was deactivated: its receiver answered 410 Gone.");
    }
}
