//! The rules for creating and changing webhooks, and how one is shown.

mod credentials;
mod present;
mod secret_rotation;

pub use secret_rotation::rotate_secret;

use crate::{
    app::App,
    auth::{
        Principal,
        audit::{self, Target},
    },
    problem::Error,
    secrets::Place,
    store::{
        self,
        changes::Change,
        recent::{self, Recent},
        webhooks::{self, WebhookFilter, WebhookRow},
    },
};
use credentials::{authenticate, check_headers, differs, set_headers};
use present::{audited, present};
use shared::{
    AuditEntry, AuthenticationType, Code, FieldError, Id, InactiveReason, NewWebhook, Page, Timestamp, Webhook,
    WebhookPatch, WebhookStatus,
};
use subtle::ConstantTimeEq as _;

/// Creates a webhook.
pub async fn create(app: &App, who: &Principal, new: NewWebhook) -> Result<Webhook, Error> {
    let mut errors = new.check();
    check_url(app, &new.url, &mut errors).await;
    check_headers(app, None, Some(&new.authentication), Some(&new.headers), &mut errors);
    Error::refuse(errors)?;
    let NewWebhook {
        url,
        secret,
        description,
        authentication,
        headers,
        events,
        status,
        timeout_ms,
        retry_schedule,
        max_concurrency,
        rate_limit,
    } = new;
    let now = app.clock.now();
    let id = app.ids.next(now);
    let mut row = WebhookRow {
        id,
        tenant_id: who.tenant_id,
        url,
        description,
        status,
        inactive_reason: reason(status),
        secret_sealed: app.sealer.seal(Place::WebhookSecret(id), secret.as_bytes()),
        secret_set_at: now,
        auth_type: AuthenticationType::None,
        auth_name: String::new(),
        auth_sealed: None,
        header_names: Vec::new(),
        headers_sealed: None,
        credentials_changed_at: now,
        selection: events,
        timeout_ms,
        retry_schedule,
        version: 1,
        created_at: now,
        updated_at: now,
        deleted_at: None,
        max_concurrency,
        rate_limit,
        failing_since: None,
        failure_streak: 0,
        in_alarm: false,
        previous_secret_sealed: None,
        previous_secret_until: None,
        updated_by: Some(who.name.clone()),
    };
    authenticate(app, &mut row, authentication);
    set_headers(app, &mut row, headers)?;
    let entry = audit::entry(app, who, Target::Webhook, "created", id, &row.url);
    let entry = audit::with_change(entry, None, Some(&audited(&row)));
    let written = row.clone();
    let catalogue = catalogue(app, who.tenant_id).await?;
    let created = app.store.write(move |db| {
        webhooks::insert(db, &written)?;
        store::audit::append(db, written.tenant_id, &entry)
    });
    created.await?;
    app.store.tell(Change::Webhook(id));
    Ok(present(row, Recent::default(), &catalogue))
}

/// The webhook of that id.
pub async fn find(app: &App, tenant_id: Id, id: Id) -> Result<Webhook, Error> {
    let row = load(app, tenant_id, id).await?;
    let recent = recent(app, vec![id]).await?.remove(&id).unwrap_or_default();
    Ok(present(row, recent, &catalogue(app, tenant_id).await?))
}

/// A page of a tenant's webhooks, newest first, and the id to go on after.
pub async fn list(
    app: &App,
    tenant_id: Id,
    filter: WebhookFilter,
    before: Option<Id>,
    limit: u32,
) -> Result<(Vec<Webhook>, Option<Id>), Error> {
    let rows = app.store.read(move |db| webhooks::list(db, tenant_id, &filter, before, limit + 1)).await?;
    let (rows, next) = Page::cut(rows, limit, |row| row.id);
    let mut recent = recent(app, rows.iter().map(|row| row.id).collect()).await?;
    let catalogue = catalogue(app, tenant_id).await?;
    let present_counted = |row: WebhookRow| {
        let recent = recent.remove(&row.id).unwrap_or_default();
        present(row, recent, &catalogue)
    };
    Ok((rows.into_iter().map(present_counted).collect(), next))
}

/// Changes a webhook. `if_match`: the ETags of the versions that the change may be made from; any other is refused.
pub async fn change(
    app: &App,
    who: &Principal,
    id: Id,
    if_match: Option<&str>,
    patch: WebhookPatch,
) -> Result<Webhook, Error> {
    let tenant_id = who.tenant_id;
    let mut row = load(app, tenant_id, id).await?;
    match_version(&row, if_match)?;
    let mut errors = patch.check(row.auth_type);
    if let Some(url) = &patch.url {
        check_url(app, url, &mut errors).await;
    }
    check_headers(app, Some(&row), patch.authentication.as_ref(), patch.headers.as_deref(), &mut errors);
    Error::refuse(errors)?;
    let (before, old) = (audited(&row), row.clone());
    apply(app, &mut row, patch)?;
    if row == old {
        return find(app, tenant_id, id).await;
    }
    touch(app, &mut row);
    row.updated_by = Some(who.name.clone());
    let entry = audit::entry(app, who, Target::Webhook, "changed", id, &row.url);
    let entry = audit::with_change(entry, Some(&before), Some(&audited(&row)));
    write_changed(app, row, entry).await?;
    find(app, tenant_id, id).await
}

/// Deletes a webhook; its open deliveries become cancelled.
pub async fn delete(app: &App, who: &Principal, id: Id, if_match: Option<&str>) -> Result<(), Error> {
    let (tenant_id, now) = (who.tenant_id, app.clock.now());
    let entry = audit::entry(app, who, Target::Webhook, "deleted", id, "");
    let if_match = if_match.map(str::to_owned);
    let deleted = app.store.edit(move |db| {
        let Some(row) = webhooks::find(db, tenant_id, id)?.filter(|row| row.deleted_at.is_none()) else {
            return Ok(Err(Error::not_found()));
        };
        if let Err(error) = match_version(&row, if_match.as_deref()) {
            return Ok(Err(error));
        }
        webhooks::delete(db, &row, now)?;
        let mut entry = audit::with_change(entry, Some(&audited(&row)), None);
        entry.target.name.clone_from(&row.url);
        store::audit::append(db, tenant_id, &entry)?;
        Ok(Ok(()))
    });
    deleted.await??;
    app.store.cancel_open(id).await?;
    app.store.tell(Change::Webhook(id));
    Ok(())
}

/// Refuses the id of a webhook that is not there.
pub async fn exists(app: &App, tenant_id: Id, id: Id) -> Result<(), Error> {
    load(app, tenant_id, id).await.map(drop)
}

/// The webhook of that id as it is recorded, unless it was deleted.
pub async fn load(app: &App, tenant_id: Id, id: Id) -> Result<WebhookRow, Error> {
    let found = app.store.read(move |db| webhooks::find(db, tenant_id, id)).await?;
    found.filter(|row| row.deleted_at.is_none()).ok_or_else(Error::not_found)
}

async fn recent(app: &App, ids: Vec<Id>) -> Result<std::collections::HashMap<Id, Recent>, Error> {
    let now = app.clock.now();
    Ok(app.store.read(move |db| recent::recent(db, &ids, now)).await?)
}

async fn catalogue(app: &App, tenant_id: Id) -> Result<Vec<String>, Error> {
    Ok(app.store.read(move |db| store::event_types::names(db, tenant_id)).await?)
}

async fn check_url(app: &App, url: &str, errors: &mut Vec<FieldError>) {
    if errors.iter().any(|error| error.pointer == "/url") {
        return;
    }
    if let Err(refused) = app.resolver.check_url(url).await {
        errors.push(FieldError::new("/url", refused.code, refused.detail));
    }
}

/// Refuses to act on a version that the client has not seen (RFC 9110, section 13.1.1). A weak tag matches none.
fn match_version(row: &WebhookRow, if_match: Option<&str>) -> Result<(), Error> {
    let Some(tags) = if_match else { return Ok(()) };
    let current = etag(row.version);
    let has = |wanted: &str| tags.split(',').any(|tag| tag.trim() == wanted);
    if has("*") || has(&current) {
        Ok(())
    } else if has(&format!("W/{current}")) {
        Err(weak(current))
    } else {
        Err(changed_meanwhile(row))
    }
}

/// Nothing was changed: whoever reads again and repeats would be refused for ever.
fn weak(current: String) -> Error {
    let detail = format!(
        "The ETag is weak, and If-Match goes by strong ones: send {current}, without W/. A proxy that compresses may have put it there."
    );
    Error::new(Code::VersionMismatch, detail).with_header(http::header::ETAG, current)
}

fn changed_meanwhile(row: &WebhookRow) -> Error {
    let by = row.updated_by.as_ref().map(|name| format!(" by {name}")).unwrap_or_default();
    let detail = format!("The webhook was changed at {}{by}. Read it again and repeat your change.", row.updated_at);
    Error::new(Code::VersionMismatch, detail).with_header(http::header::ETAG, etag(row.version))
}

/// The ETag of a webhook's version.
pub fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

fn apply(app: &App, row: &mut WebhookRow, patch: WebhookPatch) -> Result<(), Error> {
    let now = app.clock.now();
    let WebhookPatch {
        url,
        secret,
        description,
        authentication,
        headers,
        events,
        status,
        timeout_ms,
        retry_schedule,
        max_concurrency,
        rate_limit,
    } = patch;
    if let Some(url) = url {
        row.url = url;
    }
    if let Some(secret) = secret
        && !is_secret(app, row, &secret)
    {
        set_secret(app, row, &secret, now);
        row.previous_secret_sealed = None;
        row.previous_secret_until = None;
    }
    if let Some(description) = description {
        row.description = description;
    }
    if let Some(authentication) = authentication
        && differs(row, &authentication)
    {
        authenticate(app, row, authentication);
        row.credentials_changed_at = now;
    }
    if let Some(headers) = headers
        && set_headers(app, row, headers)?
    {
        row.credentials_changed_at = now;
    }
    if let Some(events) = events {
        row.selection = events;
    }
    if let Some(status) = status
        && status != row.status
    {
        row.status = status;
        row.inactive_reason = reason(status);
    }
    row.timeout_ms = timeout_ms.unwrap_or(row.timeout_ms);
    row.retry_schedule = retry_schedule.unwrap_or(std::mem::take(&mut row.retry_schedule));
    row.max_concurrency = max_concurrency.unwrap_or(row.max_concurrency);
    row.rate_limit = rate_limit.unwrap_or(row.rate_limit);
    Ok(())
}

/// Notes that a webhook was changed.
fn touch(app: &App, row: &mut WebhookRow) {
    // Somebody has just looked after it: what failed before does not count against the settings of now.
    row.failing_since = None;
    row.failure_streak = 0;
    row.updated_at = app.clock.now();
    row.version += 1;
}

/// Whether it is the webhook's secret already. Whoever sends the same again, as programs that bring everything up to date do, changes nothing.
fn is_secret(app: &App, row: &WebhookRow, secret: &str) -> bool {
    let current = app.sealer.open(Place::WebhookSecret(row.id), &row.secret_sealed);
    current.is_ok_and(|current| bool::from(current.ct_eq(secret.as_bytes())))
}

fn set_secret(app: &App, row: &mut WebhookRow, secret: &str, now: Timestamp) {
    row.secret_sealed = app.sealer.seal(Place::WebhookSecret(row.id), secret.as_bytes());
    row.secret_set_at = now;
    row.credentials_changed_at = now;
}

/// Writes a changed webhook with its entry in the audit log, unless somebody else has changed it meanwhile.
async fn write_changed(app: &App, row: WebhookRow, entry: AuditEntry) -> Result<(), Error> {
    let (tenant_id, id) = (row.tenant_id, row.id);
    let written = app.store.edit(move |db| {
        let written = webhooks::update(db, &row)?;
        if written {
            store::audit::append(db, tenant_id, &entry)?;
        }
        Ok(written)
    });
    if !written.await? {
        return Err(changed_meanwhile(&load(app, tenant_id, id).await?));
    }
    app.store.tell(Change::Webhook(id));
    Ok(())
}

fn reason(status: WebhookStatus) -> Option<InactiveReason> {
    (status == WebhookStatus::Inactive).then_some(InactiveReason::Operator)
}
