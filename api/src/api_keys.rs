//! The rules for API keys.

pub mod declared;

use crate::{
    app::App,
    audit,
    auth::{Caller, caller::check_reach, token},
    ids::Ids,
    problem::Error,
    store::{
        self, Rows, Slice,
        api_keys::{self, ApiKeyRow, ApiKeySearch},
        sessions::TokenHash,
    },
};
use shared::{ApiKey, AuditAction, Code, CreatedApiKey, FieldError, Id, NewApiKey, Timestamp};

/// A page of the tenant's keys, newest first.
pub async fn list(app: &App, who: &Caller, search: Option<String>, slice: Slice) -> Result<Rows<ApiKey>, Error> {
    let tenant_id = who.tenant_id;
    let search = search.map(|name| ApiKeySearch { ids: token::ids_of(&name), name });
    let list = move |db: &mut store::Db| api_keys::list(db, tenant_id, search.as_ref(), slice);
    Ok(app.store.read(list).await?.map(present))
}

/// The tenant's key of that id.
pub async fn find(app: &App, who: &Caller, id: Id) -> Result<ApiKey, Error> {
    let found = app.store.read(move |db| api_keys::find(db, id)).await?;
    found.filter(|row| row.tenant_id == who.tenant_id).map(present).ok_or_else(Error::not_found)
}

/// Makes a key.
pub async fn create(app: &App, who: &Caller, new: NewApiKey) -> Result<CreatedApiKey, Error> {
    check_reach(who, new.platform)?;
    let (row, created) = make(&app.ids, app.clock.now(), who.tenant_id, new)?;
    let entry = audit::entry(app, who, AuditAction::ApiKeyCreated, row.id, &row.name);
    let entry = audit::with_change(entry, None, Some(&created.api_key));
    app.store.write(move |db| api_keys::insert(db, &row, &entry)).await?;
    Ok(created)
}

/// A new key: what is recorded of it, and what is shown once.
pub fn make(ids: &Ids, now: Timestamp, tenant_id: Id, new: NewApiKey) -> Result<(ApiKeyRow, CreatedApiKey), Error> {
    let mut errors = new.check();
    if new.expires_at.is_some_and(|end| end <= now) {
        errors.push(FieldError::new("/expires_at", Code::DateRangeInvalid, "Set expires_at to a time in the future."));
    }
    Error::refuse(errors)?;
    let (id, secret) = (ids.next(now), token::generate());
    let row = row(id, token::hash(&secret), now, tenant_id, new);
    let created = CreatedApiKey { api_key: present(row.clone()), key: token::api_key(id, &secret) };
    Ok((row, created))
}

/// A new key as it is recorded.
pub(super) fn row(id: Id, secret_hash: TokenHash, now: Timestamp, tenant_id: Id, new: NewApiKey) -> ApiKeyRow {
    let NewApiKey { name, role, expires_at, platform } = new;
    ApiKeyRow {
        id,
        tenant_id,
        platform,
        name,
        role,
        secret_hash,
        created_at: now,
        expires_at,
        last_used_at: None,
        revoked_at: None,
    }
}

/// Revokes a key: it ends at once. Doing it again changes nothing.
pub async fn revoke(app: &App, who: &Caller, id: Id) -> Result<(), Error> {
    let now = app.clock.now();
    let entry = audit::entry(app, who, AuditAction::ApiKeyRevoked, id, "");
    let caller = who.clone();
    let revoked = app.store.write(store::refusable(move |db| {
        let found = api_keys::find(db, id)?.filter(|row| row.tenant_id == caller.tenant_id);
        let row = found.ok_or_else(Error::not_found)?;
        check_reach(&caller, row.platform)?;
        if row.revoked_at.is_none() {
            api_keys::revoke(db, id, now)?;
            let mut entry = audit::with_change(entry, Some(&present(row.clone())), None);
            entry.target.name = row.name;
            store::audit::append(db, caller.tenant_id, &entry)?;
        }
        Ok(())
    }));
    let revoked = revoked.await?;
    app.gatekeeper.keys.forget(&id);
    revoked
}

/// A key as it is shown.
pub(super) fn present(row: ApiKeyRow) -> ApiKey {
    let ApiKeyRow {
        id,
        tenant_id: _,
        platform,
        name,
        role,
        secret_hash: _,
        created_at,
        expires_at,
        last_used_at,
        revoked_at,
    } = row;
    ApiKey { id, name, role, platform, created_at, expires_at, last_used_at, revoked_at }
}
