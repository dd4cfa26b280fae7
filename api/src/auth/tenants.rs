//! The rules for tenants.

use super::{Principal, audit, operators::last_admin};
use crate::{
    app::App,
    problem::Error,
    store::{
        self, DEFAULT_TENANT, operators,
        tenants::{self, TenantFilter, WebhookCount},
    },
};
use shared::{AuditAction, AuditEntry, Code, Id, NewTenant, Tenant, TenantPatch, TenantSummary, paths};

/// A page of the tenants, newest first, and the id to go on after.
pub async fn list(
    app: &App,
    filter: TenantFilter,
    before: Option<Id>,
    limit: u32,
) -> Result<(Vec<TenantSummary>, Option<Id>), Error> {
    let read = app.store.read(move |db| {
        let (rows, next) = tenants::list(db, &filter, before, limit)?;
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        Ok((rows, tenants::count_webhooks(db, &ids)?, next))
    });
    let (rows, counts, next) = read.await?;
    let summary = |tenant: Tenant| {
        let WebhookCount { all, failing } = counts.get(&tenant.id).copied().unwrap_or_default();
        TenantSummary { tenant, webhooks: all, failing }
    };
    Ok((rows.into_iter().map(summary).collect(), next))
}

/// The tenant of that id.
pub async fn find(app: &App, id: Id) -> Result<Tenant, Error> {
    app.store.read(move |db| tenants::find(db, id)).await?.ok_or_else(Error::not_found)
}

/// Makes a tenant.
pub async fn create(app: &App, who: &Principal, new: NewTenant) -> Result<Tenant, Error> {
    Error::refuse(new.check())?;
    let now = app.clock.now();
    let NewTenant { name, external_id } = new;
    let tenant = Tenant { id: app.ids.next(now), name, external_id, created_at: now };
    let entry = audit::entry(app, who, AuditAction::TenantCreated, tenant.id, &tenant.name);
    let entry = audit::with_change(entry, None, Some(&tenant));
    let row = tenant.clone();
    let alerts_tenant = app.alerts_tenant.clone();
    let made = app.store.write(store::refusable(move |db| {
        keep_alerts(db, alerts_tenant.as_deref(), row.id, Some(&row))?;
        tenants::insert(db, &row)?.map_err(|other| exists(&row, &other))?;
        Ok(append(db, &entry)?)
    }));
    store::or_taken(made.await, is_taken)?;
    Ok(tenant)
}

/// Changes a tenant.
pub async fn change(app: &App, who: &Principal, id: Id, patch: TenantPatch) -> Result<Tenant, Error> {
    Error::refuse(patch.check())?;
    let mut entry = audit::entry(app, who, AuditAction::TenantChanged, id, "");
    let alerts_tenant = app.alerts_tenant.clone();
    let changed = app.store.write(store::refusable(move |db| {
        let before = tenants::find(db, id)?.ok_or_else(Error::not_found)?;
        let mut after = before.clone();
        let TenantPatch { name, external_id } = patch;
        after.name = name.unwrap_or(after.name);
        after.external_id = external_id.unwrap_or(after.external_id);
        keep_alerts(db, alerts_tenant.as_deref(), id, Some(&after))?;
        tenants::change(db, &after)?.map_err(|other| exists(&after, &other))?;
        if after == before {
            return Ok(after);
        }
        entry.target.name.clone_from(&after.name);
        append(db, &audit::with_change(entry, Some(&before), Some(&after)))?;
        Ok(after)
    }));
    let changed = changed.await;
    app.gatekeeper.tenants.forget_all();
    store::or_taken(changed, is_taken)
}

/// Deletes a tenant that has no webhooks any more. Its keys and sessions end, and who only acted for it acts for the default tenant; what it
/// did is purged when its time has come.
pub async fn delete(app: &App, who: &Principal, id: Id) -> Result<(), Error> {
    if id == DEFAULT_TENANT {
        return Err(Error::new(Code::TenantInUse, "The default tenant always exists."));
    }
    let now = app.clock.now();
    let entry = audit::entry(app, who, AuditAction::TenantDeleted, id, "");
    let alerts_tenant = app.alerts_tenant.clone();
    let deleted = app.store.write(store::refusable(move |db| {
        operators::change_alone(db)?;
        let tenant = tenants::find(db, id)?.ok_or_else(Error::not_found)?;
        if !tenants::lock(db, id)? {
            return Err(Error::not_found().into());
        }
        if tenants::has_webhooks(db, id)? {
            let detail = "The tenant still has webhooks. Delete them first.";
            return Err(Error::new(Code::TenantInUse, detail).into());
        }
        let admins = operators::platform_admins(db)?;
        if !admins.is_empty() && admins.iter().all(|(_, tenant_id)| *tenant_id == id) {
            return Err(last_admin().into());
        }
        keep_alerts(db, alerts_tenant.as_deref(), id, None)?;
        tenants::delete(db, id, now)?;
        let mut entry = audit::with_change(entry, Some(&tenant), None);
        entry.target.name = tenant.name;
        Ok(append(db, &entry)?)
    }));
    let deleted = deleted.await?;
    app.gatekeeper.tenants.forget_all();
    app.gatekeeper.keys.forget_all();
    deleted
}

/// Refuses what would lead the alerts to another tenant at the next start, or to none. `after`: what becomes of the tenant of that id, unless
/// it is deleted.
fn keep_alerts(
    db: &mut store::Db,
    setting: Option<&str>,
    id: Id,
    after: Option<&Tenant>,
) -> Result<(), store::Unwritten<Error>> {
    let Some(setting) = setting else { return Ok(()) };
    let is_called = |tenant: &Tenant| {
        tenant.name == setting || tenant.external_id.as_deref() == Some(setting) || setting.parse() == Ok(tenant.id)
    };
    let gets = tenants::called(db, setting)?.is_some_and(|called| called.id == id);
    let will_be_called = after.is_some_and(is_called);
    if gets == will_be_called {
        return Ok(());
    }
    let detail = format!(
        "HOOKWRIGHT_ALERTS_TENANT is {setting:?}, which names who gets the alerts. Set that to another tenant or to the ID of this one, and start \
         the server again first."
    );
    Err(Error::new(Code::TenantGetsAlerts, detail).into())
}

/// What the platform does to its tenants stands in its own log, which outlives them.
fn append(db: &mut store::Db, entry: &AuditEntry) -> store::QueryResult<()> {
    store::audit::append(db, DEFAULT_TENANT, entry)
}

/// Another tenant has what that one wants to be called.
fn exists(wanted: &Tenant, other: &Tenant) -> Error {
    let is_same = wanted.external_id.is_some() && wanted.external_id == other.external_id;
    let what = if is_same { "external ID" } else { "name" };
    let detail = format!("Another tenant has this {what}: {}. Use that one, or choose another {what}.", other.id);
    let place = format!("{}/tenants/{}", paths::API, other.id);
    Error::new(Code::TenantExists, detail).with_header(http::header::LOCATION, place)
}

/// The same, where nobody can tell which tenant was faster.
fn is_taken() -> Error {
    Error::new(Code::TenantExists, "Another tenant has this name or this external ID. Choose another one.")
}
