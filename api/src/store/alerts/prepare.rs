//! The tenant for the alerts, and its catalogue, at the start.

use super::{Alert, DELIVERY_FAILED, FailedDelivery, Recipient, TransitionedWebhook, kind, text};
use crate::{
    ids::Ids,
    store::{
        DEFAULT_TENANT, OpenError, audit, codec,
        connection::{Db, transact},
        event_types,
        health::{FAILING_ATTEMPTS, FAILING_HOURS, Transition},
        page::Slice,
        tenants::{self, TenantFilter},
    },
};
use diesel::QueryResult;
use shared::{
    ActorKind, AuditAction, AuditEntry, Failure, Id, NewEventType, NewTenant, Tenant, Timestamp, is_external_id,
};

/// Who has the webhook of the examples.
const CUSTOMER: &str = "Customer 1";

/// How many tenants are named where the one for the alerts is not there.
const NAMED: u32 = 20;

/// What the alert of a transition is for.
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

/// The tenant that the setting calls so, with the alerts in its catalogue.
pub(in crate::store) fn prepare(
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
            text: text::leading_to(
                text::of_transition(transition, CUSTOMER, url, failing_since, FAILING_ATTEMPTS),
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
        text: text::leading_to(text::of_failure(CUSTOMER, event_type, url, attempt_count, "500"), portal_url.as_ref()),
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
