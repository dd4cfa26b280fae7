//! The rules for tenants.

mod deletion;

pub(crate) use deletion::{With, delete};

use crate::{
    app::App,
    audit,
    auth::Caller,
    problem::Error,
    store::{
        self, DEFAULT_TENANT, Rows, Slice,
        tenants::{self, TenantFilter, WebhookTotals},
    },
};
use shared::{AuditAction, AuditEntry, Code, Id, NewTenant, Tenant, TenantName, TenantPatch, TenantSummary};

/// A page of the tenants, newest first.
pub(crate) async fn list(app: &App, filter: TenantFilter, slice: Slice) -> Result<Rows<TenantSummary>, Error> {
    let read = app.store.read(move |db| {
        let rows = tenants::list(db, &filter, slice)?;
        let ids: Vec<_> = rows.items.iter().map(|row| row.id).collect();
        Ok((rows, tenants::count_webhooks(db, &ids)?))
    });
    let (rows, counts) = read.await?;
    let summary = |tenant: Tenant| {
        let WebhookTotals { all, failing } = counts.get(&tenant.id).copied().unwrap_or_default();
        TenantSummary { tenant, webhooks: all, failing }
    };
    Ok(rows.map(summary))
}

/// The tenant of that id, or of that id of the platform's own.
pub(crate) async fn find(app: &App, named: String) -> Result<Tenant, Error> {
    app.store.read(move |db| tenants::named(db, &named)).await?.ok_or_else(Error::not_found)
}

/// Makes a tenant.
pub(crate) async fn create(app: &App, who: &Caller, new: NewTenant) -> Result<Tenant, Error> {
    Error::refuse(new.check())?;
    let (tenant, entry) = make(app, who, new);
    let row = tenant.clone();
    let alerts_tenant = app.alerts_tenant.clone();
    let made = app.store.write(store::refusable(move |db| insert(db, alerts_tenant.as_deref(), &row, &entry)));
    store::or_taken(made.await, is_taken)?;
    Ok(tenant)
}

/// A new tenant, and what the log will tell of it.
fn make(app: &App, who: &Caller, new: NewTenant) -> (Tenant, AuditEntry) {
    let now = app.clock.now();
    let NewTenant { name, external_id } = new;
    let tenant = Tenant { id: app.ids.next(now), name, external_id, created_at: now };
    let entry = audit::entry(app, who, AuditAction::TenantCreated, tenant.id, &tenant.name);
    let entry = audit::with_change(entry, None, Some(&tenant));
    (tenant, entry)
}

fn insert(
    db: &mut store::Db,
    alerts: Option<&str>,
    new: &Tenant,
    entry: &AuditEntry,
) -> Result<(), store::Unwritten<Error>> {
    keep_alerts(db, alerts, new.id, Some(new))?;
    tenants::insert(db, new)?.map_err(|other| exists(new, &other))?;
    Ok(append(db, entry)?)
}

/// Changes a tenant.
pub(crate) async fn change(app: &App, who: &Caller, named: String, patch: TenantPatch) -> Result<Tenant, Error> {
    Error::refuse(patch.check())?;
    let entry = audit::entry(app, who, AuditAction::TenantChanged, "", "");
    let alerts_tenant = app.alerts_tenant.clone();
    let changed = app.store.write(store::refusable(move |db| {
        let before = tenants::lock_named(db, &named)?.ok_or_else(Error::not_found)?;
        let TenantPatch { name, external_id } = patch;
        let mut after = before.clone();
        after.name = name.unwrap_or(after.name);
        after.external_id = external_id.unwrap_or(after.external_id);
        update(db, alerts_tenant.as_deref(), &before, &after, entry)?;
        Ok(after)
    }));
    let changed = changed.await;
    app.gatekeeper.tenants.forget_all();
    store::or_taken(changed, is_taken)
}

fn update(
    db: &mut store::Db,
    alerts: Option<&str>,
    before: &Tenant,
    after: &Tenant,
    entry: AuditEntry,
) -> Result<(), store::Unwritten<Error>> {
    if after == before {
        return Ok(());
    }
    keep_alerts(db, alerts, after.id, Some(after))?;
    tenants::change(db, after)?.map_err(|other| exists(after, &other))?;
    Ok(append(db, &audit::with_change(about(entry, after), Some(before), Some(after)))?)
}

/// Makes the tenant that the platform calls so, or changes the name of the one that is there; where it is called like an id made here, only
/// that. `true`: it is new.
pub(crate) async fn put(app: &App, who: &Caller, named: &str, called: TenantName) -> Result<(Tenant, bool), Error> {
    Error::refuse(called.check())?;
    match put_once(app, who, named.to_owned(), called.clone()).await {
        // Of two at once the other was first: now it is there.
        Err(error) if error.code() == Code::TenantExists => put_once(app, who, named.to_owned(), called).await,
        put => put,
    }
}

async fn put_once(app: &App, who: &Caller, named: String, called: TenantName) -> Result<(Tenant, bool), Error> {
    let TenantName { name } = called;
    let (new, created) = make(app, who, NewTenant { name: name.clone(), external_id: Some(named.clone()) });
    let changed = audit::entry(app, who, AuditAction::TenantChanged, "", "");
    let alerts_tenant = app.alerts_tenant.clone();
    let put = move |db: &mut store::Db| match tenants::lock_named(db, &named)? {
        Some(before) => {
            let after = Tenant { name, ..before.clone() };
            update(db, alerts_tenant.as_deref(), &before, &after, changed)?;
            Ok((after, false))
        }
        None if named.parse::<Id>().is_ok() => Err(looks_like_ours().into()),
        None => {
            insert(db, alerts_tenant.as_deref(), &new, &created)?;
            Ok((new, true))
        }
    };
    store::or_taken(app.store.write(store::refusable(put)).await, is_taken)
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
    let called = tenants::called(db, setting)?;
    let is_named = |tenant: &Tenant| tenant.external_id.as_deref() == Some(setting) || setting.parse() == Ok(tenant.id);
    let by_name = !called.iter().any(is_named);
    let gets = called.iter().any(|called| called.id == id);
    let will_be_called = after.is_some_and(|after| is_named(after) || by_name && after.name == setting);
    if gets == will_be_called {
        return Ok(());
    }
    let detail = format!(
        "HOOKWRIGHT_ALERTS_TENANT is {setting:?}, which names who gets the alerts. Set that to another tenant or to the ID of this one, and start \
         the server again first."
    );
    Err(Error::new(Code::TenantGetsAlerts, detail).into())
}

/// An entry that tells of that tenant.
fn about(mut entry: AuditEntry, tenant: &Tenant) -> AuditEntry {
    entry.target.id = tenant.id.to_string();
    entry.target.name.clone_from(&tenant.name);
    entry
}

/// What the platform does to its tenants stands in its own log, which outlives them.
fn append(db: &mut store::Db, entry: &AuditEntry) -> store::QueryResult<()> {
    store::audit::append(db, DEFAULT_TENANT, entry)
}

/// A tenant is put by what looks like an id made here, and is none of a tenant: platforms may make theirs so, too.
fn looks_like_ours() -> Error {
    let detail = "There is no tenant of this ID, and none is created with it: an ID of the platform's own must not look like a Hookwright ID \
                  (26 letters and digits). Put a prefix before it, such as customer-.";
    Error::new(Code::NotFound, detail)
}

/// Another tenant has the external id that one shall have, or the name where neither has an external id.
fn exists(wanted: &Tenant, other: &Tenant) -> Error {
    let what = if wanted.external_id.is_some() { "external ID" } else { "name" };
    let hint = if wanted.external_id.is_some() { "" } else { " Tenants with external IDs may have the same name." };
    let detail = format!("Another tenant has this {what}: {}. Use that one, or choose another {what}.{hint}", other.id);
    Error::new(Code::TenantExists, detail).at(format_args!("tenants/{}", other.id))
}

/// The same, where nobody can tell which tenant was faster.
fn is_taken() -> Error {
    Error::new(Code::TenantExists, "Another tenant has this name or this external ID. Choose another one.")
}
