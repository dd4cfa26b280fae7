//! The events that a webhook missed: those that it wants, and of which it has no delivery.

use super::Window;
use crate::store::{
    codec::{self, substr},
    condition::boxed,
    connection::Db,
    matching::PayloadView,
    schema::{deliveries, events},
};
use diesel::{
    dsl::{exists, not},
    prelude::*,
};
use shared::{EventCondition, EventMode, EventSelection, Id};

/// How many events are looked at by one read, so that none holds its connection for longer than some tenths of a second.
const STRETCH: i64 = 20_000;

/// The same where the payload of each is looked at.
const STRETCH_OF_PAYLOADS: i64 = 2_000;
/// How many payloads are read at once.
const PAYLOADS: usize = 200;

/// The missed events of the next stretch, which begins with that id, oldest first, and the id with which the one after it begins; none at
/// the end of the window.
pub fn missed(
    connection: &mut Db,
    tenant_id: Id,
    window: &Window,
    selection: &EventSelection,
    from: Id,
) -> QueryResult<(Vec<Id>, Option<Id>)> {
    let Window { webhook_id, from: _, to, event_type } = window;
    let stretch = if selection.conditions.is_empty() { STRETCH } else { STRETCH_OF_PAYLOADS };
    let in_window = || {
        events::table
            .filter(events::tenant_id.eq(codec::key(tenant_id)))
            .filter(events::id.ge(codec::key(from)))
            .filter(events::id.lt(codec::floor(*to)))
            .into_boxed()
    };
    let next =
        in_window().order(events::id).offset(stretch).select(events::id).first::<Vec<u8>>(connection).optional()?;
    let sent = deliveries::table
        .filter(deliveries::event_id.eq(events::id))
        .filter(deliveries::webhook_id.eq(codec::key(*webhook_id)));
    let mut missed =
        in_window().filter(events::test.eq(0)).filter(events::erased_at.is_null()).filter(not(exists(sent)));
    if let Some(next) = &next {
        missed = missed.filter(events::id.lt(next.clone()));
    }
    let name = || events::source.concat(".").concat(events::kind);
    if let Some(event_type) = event_type {
        missed = missed.filter(name().eq(event_type));
    }
    if selection.mode == EventMode::Selected {
        let begins = |beginning: &str| {
            let length = i32::try_from(beginning.chars().count()).unwrap_or(i32::MAX);
            substr(name(), 1, length).eq(beginning.to_owned())
        };
        let named = boxed(name().eq_any(&selection.types));
        let beginnings = selection.types.iter().filter_map(|wanted| EventSelection::beginning(wanted));
        missed = missed.filter(beginnings.fold(named, |wanted, beginning| boxed(wanted.or(begins(beginning)))));
    }
    let mut ids = missed.order(events::id).select(events::id).load::<Vec<u8>>(connection)?;
    if !selection.conditions.is_empty() {
        ids = meeting(connection, &ids, &selection.conditions)?;
    }
    let ids = ids.iter().map(|id| codec::id(id)).collect::<QueryResult<_>>()?;
    Ok((ids, next.map(|id| codec::id(&id)).transpose()?))
}

/// Those of the events for whose content the conditions hold.
fn meeting(connection: &mut Db, ids: &[Vec<u8>], conditions: &[EventCondition]) -> QueryResult<Vec<Vec<u8>>> {
    let mut meeting = Vec::new();
    for some in ids.chunks(PAYLOADS) {
        let rows = events::table.filter(events::id.eq_any(some)).order(events::id);
        let rows = rows.select((events::id, events::payload)).load::<(Vec<u8>, String)>(connection)?;
        let met = rows.into_iter().filter(|(_, payload)| PayloadView::of(payload).meets(conditions));
        meeting.extend(met.map(|(id, _)| id));
    }
    Ok(meeting)
}
