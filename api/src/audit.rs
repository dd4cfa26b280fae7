//! Entries of the audit log: who did what, and how it was before and after. They are appended in the transaction of the change.

use crate::{
    app::App,
    auth::Caller,
    problem::Error,
    request_id,
    store::{self, Rows, Slice, audit::AuditFilter, tenants},
};
use serde::Serialize;
use serde_json::{Map, Value};
use shared::{AuditAction, AuditActor, AuditEntry, Code, Id};

/// A page of a tenant's log, newest first. The tenant may be deleted.
///
/// # Errors
/// When the tenant is another than the caller's, who is not of the platform, or there never was one of that id.
pub(crate) async fn list(
    app: &App,
    who: &Caller,
    tenant_id: Id,
    filter: AuditFilter,
    slice: Slice,
) -> Result<Rows<AuditEntry>, Error> {
    let searches = filter.search.is_some();
    if tenant_id != who.tenant_id && !who.platform {
        return Err(Error::new(Code::ForbiddenRole, "Only callers of the platform read the log of another tenant."));
    }
    let list = move |db: &mut store::Db| {
        Ok(if tenants::has_been(db, tenant_id)? {
            Some(store::audit::list(db, tenant_id, &filter, slice)?)
        } else {
            None
        })
    };
    app.store.read_or_search(searches, list).await?.ok_or_else(Error::not_found)
}

/// An entry about what a caller does.
pub(crate) fn entry(app: &App, who: &Caller, action: AuditAction, id: impl ToString, name: &str) -> AuditEntry {
    let actor = AuditActor { kind: who.actor_kind(), id: who.id, name: who.name.clone() };
    let mut entry = AuditEntry::new(app.ids.next(app.clock.now()), actor, action, id, name);
    entry.address = who.address.map(|address| address.to_string());
    entry.request_id = request_id::current();
    entry
}

/// Adds how something was before and is after: of what was changed, only the members that differ. What is given must hold no secret.
#[must_use]
pub(crate) fn with_change<T: Serialize>(entry: AuditEntry, before: Option<&T>, after: Option<&T>) -> AuditEntry {
    with_change_and(entry, before, after, &[])
}

/// Like [`with_change`], with members that are told also where they do not differ.
#[must_use]
pub(crate) fn with_change_and<T: Serialize>(
    mut entry: AuditEntry,
    before: Option<&T>,
    after: Option<&T>,
    always: &[&str],
) -> AuditEntry {
    let object = |value: &T| match serde_json::to_value(value) {
        Ok(Value::Object(object)) => object,
        _ => Map::new(),
    };
    let (mut before, mut after) = (before.map(object), after.map(object));
    if let (Some(before), Some(after)) = (&mut before, &mut after) {
        let is_same =
            |(name, value): &(&String, &Value)| after.get(*name) == Some(value) && !always.contains(&name.as_str());
        let same: Vec<_> = before.iter().filter(is_same).map(|(name, _)| name.clone()).collect();
        for name in same {
            before.remove(&name);
            after.remove(&name);
        }
    }
    entry.before = before.map(|object| Value::Object(object).to_string());
    entry.after = after.map(|object| Value::Object(object).to_string());
    entry
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use shared::ActorKind;

    #[test]
    fn a_change_tells_only_what_differs() {
        let empty = AuditEntry::by_itself(Id::floor(0), ActorKind::System, AuditAction::WebhookChanged, 1, "");
        let changed = with_change(empty.clone(), Some(&json!({"a": 1, "b": 2})), Some(&json!({"a": 1, "b": 3})));
        assert_eq!((changed.before.as_deref(), changed.after.as_deref()), (Some(r#"{"b":2}"#), Some(r#"{"b":3}"#)));
        let created = with_change(empty, None, Some(&json!({"a": 1})));
        assert_eq!((created.before.as_deref(), created.after.as_deref()), (None, Some(r#"{"a":1}"#)));
    }
}
