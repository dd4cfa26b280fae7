//! The audit log: append only; the database itself refuses to change it.

use super::{
    codec::{self, lower},
    connection::Db,
    idempotency,
    page::{Rows, Slice},
    schema::audit_log,
};
use diesel::prelude::*;
use shared::{ActorKind, AuditAction, AuditActor, AuditEntry, AuditTarget, Id, Timestamp};

/// Appends an entry to a tenant's log, and notes it with the key of the request that does it. Call it in the transaction of what it tells
/// about.
pub fn append(connection: &mut Db, tenant_id: Id, entry: &AuditEntry) -> QueryResult<()> {
    let AuditEntry { id, at: _, actor, action, target, address, request_id, before, after } = entry;
    diesel::insert_into(audit_log::table)
        .values((
            audit_log::id.eq(codec::key(*id)),
            audit_log::tenant_id.eq(codec::key(tenant_id)),
            audit_log::actor_kind.eq(actor.kind.name()),
            audit_log::actor_id.eq(actor.id.map(codec::key)),
            audit_log::actor_name.eq(&actor.name),
            audit_log::action.eq(action.name()),
            audit_log::target_kind.eq(&target.kind),
            audit_log::target_id.eq(&target.id),
            audit_log::target_name.eq(&target.name),
            audit_log::address.eq(address),
            audit_log::request_id.eq(request_id),
            audit_log::before.eq(before),
            audit_log::after.eq(after),
        ))
        .execute(connection)?;
    idempotency::note(connection, *action, &target.id)
}

/// Which entries to show.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Only where the actor's name, the action, the target's name or id, or the address has this text.
    pub search: Option<String>,
    /// Only what was done so.
    pub action: Option<AuditAction>,
    /// Only by this kind of actor.
    pub actor_kind: Option<ActorKind>,
    /// Only to the thing of this id.
    pub target_id: Option<String>,
    /// Only from this instant on.
    pub from: Option<Timestamp>,
    /// Only before this instant.
    pub to: Option<Timestamp>,
}

#[derive(Queryable)]
struct Columns {
    id: Vec<u8>,
    _tenant_id: Vec<u8>,
    actor_kind: String,
    actor_id: Option<Vec<u8>>,
    actor_name: String,
    action: String,
    target_kind: String,
    target_id: String,
    target_name: String,
    address: Option<String>,
    request_id: Option<String>,
    before: Option<String>,
    after: Option<String>,
}

impl Columns {
    fn read(self) -> QueryResult<AuditEntry> {
        let id = codec::id(&self.id)?;
        Ok(AuditEntry {
            id,
            at: id.made_at(),
            actor: AuditActor {
                kind: codec::named(&self.actor_kind, "kind of actor")?,
                id: self.actor_id.map(|id| codec::id(&id)).transpose()?,
                name: self.actor_name,
            },
            action: codec::named(&self.action, "action")?,
            target: AuditTarget { kind: self.target_kind, id: self.target_id, name: self.target_name },
            address: self.address,
            request_id: self.request_id,
            before: self.before,
            after: self.after,
        })
    }
}

/// A tenant's log, newest first.
pub fn list(connection: &mut Db, tenant_id: Id, filter: &AuditFilter, slice: Slice) -> QueryResult<Rows<AuditEntry>> {
    let AuditFilter { search, action, actor_kind, target_id, from, to } = filter;
    let mut query = audit_log::table
        .filter(audit_log::tenant_id.eq(codec::key(tenant_id)))
        .order(audit_log::id.desc())
        .limit(slice.beyond().into())
        .into_boxed();
    if let Some(search) = search {
        let about = audit_log::actor_name.concat("\n").concat(audit_log::action).concat("\n");
        let about = about.concat(audit_log::target_name).concat("\n").concat(audit_log::target_id);
        let pattern = || lower(codec::contains(search));
        let address = lower(audit_log::address.assume_not_null()).like(pattern()).escape('\\');
        query = query.filter(lower(about).like(pattern()).escape('\\').or(address));
    }
    if let Some(action) = action {
        query = query.filter(audit_log::action.eq(action.name()));
    }
    if let Some(kind) = actor_kind {
        query = query.filter(audit_log::actor_kind.eq(kind.name()));
    }
    if let Some(target_id) = target_id {
        query = query.filter(audit_log::target_id.eq(target_id));
    }
    let (from, until) = codec::window(*from, *to, slice.before);
    if let Some(from) = from {
        query = query.filter(audit_log::id.ge(from));
    }
    if let Some(until) = until {
        query = query.filter(audit_log::id.lt(until));
    }
    let rows = slice.cut(query.load::<Columns>(connection)?, |row| codec::id(&row.id))?;
    let read = |row: Columns| {
        let id = codec::id(&row.id).ok();
        row.read().inspect_err(|error| tracing::error!(?id, %error, "an entry of the audit log is left out")).ok()
    };
    // A newer node may have written what is not known here.
    Ok(Rows { items: rows.items.into_iter().filter_map(read).collect(), next: rows.next })
}
