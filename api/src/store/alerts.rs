//! What the platform is told about the webhooks of all tenants: events like any other, in the tenant that was chosen for them. So they
//! are matched, signed, retried and shown as its events are.

use super::{
    NewEvent, codec,
    connection::{Db, transact},
    event_types,
    health::{FAILING_ATTEMPTS, FAILING_SECONDS, Turn, Turned},
    schema::webhooks,
    tenants,
};
use crate::ids::Ids;
use diesel::prelude::*;
use serde::Serialize;
use shared::{Id, InactiveReason, NewEventType, Timestamp};

/// The `source` of alerts.
pub const ALERTS_SOURCE: &str = "HOOKWRIGHT";

/// The `type` of the alert, and what it is for.
const fn kind(turn: Turn) -> (&'static str, &'static str) {
    match turn {
        Turn::Failing => ("WEBHOOKFAILING", "Twenty attempts to a webhook of any tenant have failed in a row"),
        Turn::Deactivated => {
            ("WEBHOOKDEACTIVATED", "A webhook of any tenant was deactivated, as it failed for a day or answered 410")
        }
        Turn::Recovered => (
            "WEBHOOKRECOVERED",
            "An attempt to a webhook of any tenant has succeeded, after it was told as failing or deactivated",
        ),
    }
}

/// An alert as it is sent: a CloudEvent.
#[derive(Serialize)]
struct Alert<'a> {
    specversion: &'static str,
    id: Id,
    source: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    time: Timestamp,
    datacontenttype: &'static str,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    tenant_id: Id,
    webhook_id: Id,
    url: &'a str,
    /// Nothing while it is active.
    inactive_reason: Option<InactiveReason>,
    failing_since: Option<Timestamp>,
    failure_streak: u32,
}

impl<'a> Alert<'a> {
    fn new(id: Id, turn: Turn, time: Timestamp, data: Data<'a>) -> Self {
        let (kind, _) = kind(turn);
        Self { specversion: "1.0", id, source: ALERTS_SOURCE, kind, time, datacontenttype: "application/json", data }
    }
}

/// The tenant of that name, with the alerts in its catalogue; nothing if there is no such tenant.
pub(super) fn prepare(connection: &mut Db, tenant: &str) -> QueryResult<Option<Id>> {
    transact(connection, |connection| {
        // Two nodes may start together.
        connection.lock_table("event_types")?;
        let Some(tenant) = tenants::find_by_name(connection, tenant)? else { return Ok(None) };
        for (number, turn) in (3..).zip(Turn::ALL) {
            let (kind, description) = kind(turn);
            let at = Timestamp::from_micros(1_751_997_679_622_000);
            let id = |number| Id::from_parts(at.unix_ms(), number);
            let fails = turn != Turn::Recovered;
            let data = Data {
                tenant_id: id(1),
                webhook_id: id(2),
                url: "https://example.com/webhook",
                inactive_reason: (turn == Turn::Deactivated).then_some(InactiveReason::Failing),
                failing_since: fails.then(|| at.plus_seconds(-FAILING_SECONDS)),
                failure_streak: if fails { FAILING_ATTEMPTS } else { 0 },
            };
            let example = Some(codec::to_json(&Alert::new(id(number), turn, at, data))?);
            let (source, kind, description) = (ALERTS_SOURCE.to_owned(), kind.to_owned(), description.to_owned());
            event_types::insert(
                connection,
                tenant.id,
                &NewEventType { source, kind, description, example, schema: None },
            )?;
        }
        Ok(Some(tenant.id))
    })
}

/// The events that tell of these turns.
pub(super) fn events(connection: &mut Db, tenant_id: Id, turned: &[Turned], ids: &Ids) -> QueryResult<Vec<NewEvent>> {
    let of = |&Turned { webhook_id, turn, at }: &Turned| {
        let webhook = webhooks::table.find(codec::key(webhook_id)).select((
            webhooks::tenant_id,
            webhooks::url,
            webhooks::inactive_reason,
            webhooks::failing_since,
            webhooks::failure_streak,
        ));
        let (of_tenant, url, reason, since, streak) =
            webhook.first::<(Vec<u8>, String, Option<String>, Option<i64>, i32)>(connection)?;
        let data = Data {
            tenant_id: codec::id(&of_tenant)?,
            webhook_id,
            url: &url,
            inactive_reason: codec::named_if_any(reason.as_deref(), "reason")?,
            failing_since: since.map(Timestamp::from_micros),
            failure_streak: codec::unsigned(streak, "number of failures")?,
        };
        let id = ids.next(at);
        let alert = Alert::new(id, turn, at, data);
        Ok(NewEvent {
            id,
            tenant_id,
            source: alert.source.to_owned(),
            kind: alert.kind.to_owned(),
            ce_id: id.to_string(),
            time: at,
            created_at: at,
            payload: codec::to_json(&alert)?,
        })
    };
    turned.iter().map(of).collect()
}
