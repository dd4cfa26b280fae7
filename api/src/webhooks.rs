//! The rules for creating and changing webhooks, and how one is shown.

mod credentials;
mod present;
mod secret_rotation;

pub(crate) use secret_rotation::rotate_secret;

use crate::{
    app::App,
    audit,
    auth::Caller,
    problem::Error,
    secrets::Place,
    store::{
        self, Rows, Slice, StoreError,
        changes::Change,
        tenants,
        webhooks::{self, WebhookFilter, WebhookRow},
    },
};
use credentials::{authenticate, check_headers, set_headers};
use present::{audited, present};
use secret_rotation::new_secret;
use shared::{
    AuditAction, AuditEntry, Code, CreatedWebhook, FieldError, Id, InactiveReason, KeptWebhook, NewWebhook, Timestamp,
    Webhook, WebhookDefaults, WebhookPatch, WebhookStatus,
};
use subtle::ConstantTimeEq as _;

/// How often a change is made again that another one came before.
const AGAIN: u32 = 20;
/// How many webhooks a warning names at most.
const WARNED_OF: i64 = 20;

/// Creates a webhook, and makes its secret where none is given.
pub(crate) async fn create(app: &App, who: &Caller, new: NewWebhook) -> Result<CreatedWebhook, Error> {
    let new = NewWebhook { url: with_ascii_host(new.url), ..new };
    let mut errors = new.check();
    check_url(app, &new.url, &mut errors).await;
    let now = app.clock.now();
    let id = app.ids.next(now);
    let WebhookDefaults { timeout_ms, retry_schedule, content_mode } = app.webhook_defaults.clone();
    let mut row = WebhookRow { timeout_ms, retry_schedule, content_mode, ..WebhookRow::new(id, who.tenant_id, now) };
    let secret = new.secret.is_none().then(new_secret);
    let new = NewWebhook { secret: new.secret.or(secret.clone()), ..new };
    let patch = WebhookPatch::from(new);
    check_headers(app, &row, &patch, &mut errors);
    Error::refuse(errors)?;
    apply(app, &mut row, patch, now)?;
    row.updated_by = Some(who.name.clone());
    let entry = audit::entry(app, who, AuditAction::WebhookCreated, id, &row.url);
    let entry = audit::with_change(entry, None, Some(&audited(&row)));
    // Before it is there: whoever is told of a failure makes it again.
    let webhook = shown(app, &row).await?;
    let most = app.webhooks_per_tenant;
    let created = app.store.write(store::refusable(move |db| {
        if !tenants::lock(db, row.tenant_id)? {
            return Err(Error::not_found().into());
        }
        if !webhooks::has_room(db, row.tenant_id, most)? {
            let detail = format!(
                "There are at most {most} webhooks. Delete one that is not needed any more; whoever runs the server can raise the limit \
                 with HOOKWRIGHT_WEBHOOKS_PER_TENANT."
            );
            return Err(Error::new(Code::LimitReached, detail).into());
        }
        webhooks::insert(db, &row)?;
        Ok(store::audit::append(db, row.tenant_id, &entry)?)
    }));
    created.await??;
    app.store.tell(Change::Webhook(id));
    Ok(CreatedWebhook { webhook, secret })
}

/// The webhook of that id.
pub(crate) async fn find(app: &App, tenant_id: Id, id: Id) -> Result<Webhook, Error> {
    let row = load(app, tenant_id, id).await?;
    shown(app, &row).await
}

/// A page of a tenant's webhooks, newest first.
pub(crate) async fn list(
    app: &App,
    tenant_id: Id,
    filter: WebhookFilter,
    slice: Slice,
) -> Result<Rows<Webhook>, Error> {
    let Rows { items, next } = app.store.read(move |db| webhooks::list(db, tenant_id, &filter, slice)).await?;
    Ok(Rows { items: all_shown(app, tenant_id, items).await?, next })
}

/// A webhook as it is shown.
async fn shown(app: &App, row: &WebhookRow) -> Result<Webhook, Error> {
    all_shown(app, row.tenant_id, vec![row.clone()]).await?.pop().ok_or_else(Error::not_found)
}

/// A tenant's webhooks as they are shown.
async fn all_shown(app: &App, tenant_id: Id, rows: Vec<WebhookRow>) -> Result<Vec<Webhook>, Error> {
    let (ids, now) = (rows.iter().map(|row| row.id).collect::<Vec<_>>(), app.clock.now());
    let recent = app.store.recent(ids, now).await?;
    let catalogue = app.store.read(move |db| store::event_types::names(db, tenant_id)).await?;
    let resting = app.store.resting(now);
    let present = |row: WebhookRow| {
        let recent = recent.get(&row.id).cloned().unwrap_or_default();
        let resting_until = resting.until(row.id).filter(|_| row.status == WebhookStatus::Active);
        present(row, resting_until, recent, &catalogue)
    };
    Ok(rows.into_iter().map(present).collect())
}

/// Changes a webhook, and ends its rest. `if_match`: the ETags of the versions that the change may be made from; any other is refused. Without one it is made
/// from whatever is there, also where that changes meanwhile.
pub(crate) async fn change(
    app: &App,
    who: &Caller,
    id: Id,
    if_match: Option<&str>,
    patch: WebhookPatch,
) -> Result<Webhook, Error> {
    let patch = WebhookPatch { url: patch.url.map(with_ascii_host), ..patch };
    of_any_version(if_match, || change_once(app, who, id, if_match, patch.clone())).await
}

/// Changes a webhook, a few times anew where another change came in between, unless the caller named the versions that it may be.
async fn of_any_version<T>(if_match: Option<&str>, act: impl AsyncFn() -> Result<T, Error>) -> Result<T, Error> {
    for _ in 0..AGAIN {
        match act().await {
            Err(error) if if_match.is_none() && error.code() == Code::VersionMismatch => {}
            done => return done,
        }
    }
    act().await
}

async fn change_once(
    app: &App,
    who: &Caller,
    id: Id,
    if_match: Option<&str>,
    patch: WebhookPatch,
) -> Result<Webhook, Error> {
    let tenant_id = who.tenant_id;
    let mut row = load(app, tenant_id, id).await?;
    match_version(&row, if_match)?;
    let mut errors = patch.check(&kept(&row));
    if let Some(url) = &patch.url {
        check_url(app, url, &mut errors).await;
    }
    check_headers(app, &row, &patch, &mut errors);
    Error::refuse(errors)?;
    let (before, old) = (audited(&row), row.clone());
    let now = app.clock.now();
    apply(app, &mut row, patch, now)?;
    if row == old {
        app.store.end_rest(id);
        return find(app, tenant_id, id).await;
    }
    touch(&mut row, now);
    row.updated_by = Some(who.name.clone());
    let entry = audit::entry(app, who, AuditAction::WebhookChanged, id, &row.url);
    let entry = audit::with_change(entry, Some(&before), Some(&audited(&row)));
    write_changed(app, row, entry).await
}

/// Deletes a webhook; its open deliveries become cancelled.
pub(crate) async fn delete(app: &App, who: &Caller, id: Id, if_match: Option<&str>) -> Result<(), Error> {
    of_any_version(if_match, || delete_once(app, who, id, if_match)).await
}

async fn delete_once(app: &App, who: &Caller, id: Id, if_match: Option<&str>) -> Result<(), Error> {
    let (tenant_id, now) = (who.tenant_id, app.clock.now());
    let entry = audit::entry(app, who, AuditAction::WebhookDeleted, id, "");
    let if_match = if_match.map(str::to_owned);
    let deleted = app.store.edit(store::refusable(move |db| {
        let found = webhooks::find(db, tenant_id, id)?.filter(|row| row.deleted_at.is_none());
        let row = found.ok_or_else(Error::not_found)?;
        match_version(&row, if_match.as_deref())?;
        Ok(delete_version(db, &row, now, entry)?)
    }));
    if !deleted.await?? {
        return Err(changed_meanwhile(&load(app, tenant_id, id).await?));
    }
    app.store.tell(Change::Webhook(id));
    cancel_open(app, id).await;
    Ok(())
}

/// Deletes that version of a webhook, and completes the entry of the log that says so. `false`: somebody else has changed or deleted it.
pub(crate) fn delete_version(
    db: &mut store::Db,
    row: &WebhookRow,
    now: Timestamp,
    entry: AuditEntry,
) -> store::QueryResult<bool> {
    if !webhooks::delete(db, row, now)? {
        return Ok(false);
    }
    let mut entry = audit::with_change(entry, Some(&audited(row)), None);
    entry.target.id = row.id.to_string();
    entry.target.name.clone_from(&row.url);
    store::audit::append(db, row.tenant_id, &entry)?;
    Ok(true)
}

/// Cancels what is open of a deleted webhook.
pub(crate) async fn cancel_open(app: &App, id: Id) {
    if let Err(error) = app.store.cancel_open(id).await {
        tracing::warn!(webhook_id = %id, %error, "what is open of a deleted webhook is cancelled when its turn comes");
    }
}

/// Tells the log of webhooks with a header of their own that has become the signature's name: it is not sent.
pub(crate) async fn warn_of_unsent_headers(app: &App) -> Result<(), StoreError> {
    let header = &app.identity.signature_header;
    for name in [header.clone(), app.identity.previous_signature_header()] {
        let sought = name.clone();
        let webhooks = app.store.read(move |db| webhooks::with_header(db, &sought, WARNED_OF)).await?;
        if !webhooks.is_empty() {
            let webhooks = webhooks.iter().map(Id::to_string).collect::<Vec<_>>().join(", ");
            tracing::warn!(
                webhooks,
                "HOOKWRIGHT_SIGNATURE_HEADER is {header}: these webhooks' own header {name} is not sent"
            );
        }
    }
    Ok(())
}

/// Refuses the id of a webhook that is not there.
pub(crate) async fn exists(app: &App, tenant_id: Id, id: Id) -> Result<(), Error> {
    load(app, tenant_id, id).await.map(drop)
}

/// The webhook of that id as it is recorded, unless it was deleted.
pub(crate) async fn load(app: &App, tenant_id: Id, id: Id) -> Result<WebhookRow, Error> {
    let found = app.store.read(move |db| webhooks::find(db, tenant_id, id)).await?;
    found.filter(|row| row.deleted_at.is_none()).ok_or_else(Error::not_found)
}

/// What a change of it may leave out.
fn kept(row: &WebhookRow) -> KeptWebhook {
    KeptWebhook { url: row.url.clone(), authentication: row.auth_type, headers: row.header_names.clone() }
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
    } else if !tags.contains('"') {
        let detail = format!(
            "What If-Match names is no ETag: those have quotation marks, such as {current}, which is the present one."
        );
        Err(Error::new(Code::VersionMismatch, detail).with_header(http::header::ETAG, current))
    } else {
        Err(changed_meanwhile(row))
    }
}

/// Nothing was changed: whoever reads again and repeats would be refused for ever.
fn weak(current: String) -> Error {
    let detail = format!(
        "The ETag is weak, and If-Match compares strong ones only: send {current}, without W/. A compressing proxy may have added it."
    );
    Error::new(Code::VersionMismatch, detail).with_header(http::header::ETAG, current)
}

fn changed_meanwhile(row: &WebhookRow) -> Error {
    let by = row.updated_by.as_ref().map(|name| format!(" by {name}")).unwrap_or_default();
    let detail = format!("The webhook was changed at {}{by}. Read it again and repeat your change.", row.updated_at);
    Error::new(Code::VersionMismatch, detail).with_header(http::header::ETAG, etag(row.version))
}

/// The ETag of a webhook's version.
pub(crate) fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

fn apply(app: &App, row: &mut WebhookRow, patch: WebhookPatch, now: Timestamp) -> Result<(), Error> {
    let WebhookPatch {
        url,
        secret,
        description,
        authentication,
        headers,
        content_mode,
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
        && authenticate(app, row, authentication)
    {
        row.credentials_changed_at = now;
    }
    if let Some(headers) = headers
        && set_headers(app, row, headers)?
    {
        row.credentials_changed_at = now;
    }
    if let Some(content_mode) = content_mode
        && content_mode != row.content_mode
    {
        row.content_mode = content_mode;
        row.credentials_changed_at = now;
    }
    if let Some(events) = events {
        row.selection = events;
    }
    if let Some(status) = status
        && status != row.status
    {
        row.status = status;
        let is_inactive = status == WebhookStatus::Inactive;
        row.inactive_reason = is_inactive.then_some(InactiveReason::Operator);
        row.inactive_since = is_inactive.then_some(now);
    }
    row.timeout_ms = timeout_ms.unwrap_or(row.timeout_ms);
    row.retry_schedule = retry_schedule.unwrap_or(std::mem::take(&mut row.retry_schedule));
    row.max_concurrency = max_concurrency.unwrap_or(row.max_concurrency);
    row.rate_limit = rate_limit.unwrap_or(row.rate_limit);
    Ok(())
}

/// The URL with its host as it is looked up: letters of another alphabet can look like those of another name.
fn with_ascii_host(url: String) -> String {
    let ascii = || {
        let (scheme, rest) = url.split_once("://")?;
        let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let port = authority.rfind(':').map_or("", |at| &authority[at..]);
        let parsed = url::Url::parse(&url).ok()?;
        Some(format!("{scheme}://{}{port}{tail}", parsed.host_str()?)).filter(|_| !authority.is_ascii())
    };
    ascii().unwrap_or(url)
}

/// Notes that a webhook was changed.
fn touch(row: &mut WebhookRow, now: Timestamp) {
    // Somebody has just looked after it: what failed before does not count against the settings of now.
    row.failing_since = None;
    row.failure_streak = 0;
    row.updated_at = now;
    row.version += 1;
}

/// Whether it is the webhook's secret already. Whoever sends the same again, as programs that bring everything up to date do, changes nothing.
fn is_secret(app: &App, row: &WebhookRow, secret: &str) -> bool {
    is_sealed_in(app, &row.secret_sealed, Place::WebhookSecret(row.id), secret)
}

fn is_sealed_in(app: &App, sealed: &[u8], place: Place, secret: &str) -> bool {
    app.sealer.open(place, sealed).is_ok_and(|current| bool::from(current.ct_eq(secret.as_bytes())))
}

fn set_secret(app: &App, row: &mut WebhookRow, secret: &str, now: Timestamp) {
    row.secret_sealed = app.sealer.seal(Place::WebhookSecret(row.id), secret.as_bytes());
    row.secret_set_at = now;
    row.credentials_changed_at = now;
}

/// Writes a changed webhook with its entry in the audit log, unless somebody else has changed it meanwhile. Returns it as it is shown.
async fn write_changed(app: &App, row: WebhookRow, entry: AuditEntry) -> Result<Webhook, Error> {
    let (tenant_id, id) = (row.tenant_id, row.id);
    // Before it is changed: whoever is told of a failure may repeat it.
    let shown = Webhook { resting_until: None, ..shown(app, &row).await? };
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
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_kept_as_it_is_looked_up_and_nothing_else_is_changed() {
        for (typed, kept) in [
            ("https://bücher.example/hook?q=ü", "https://xn--bcher-kva.example/hook?q=ü"),
            ("https://аpi.example:8443", "https://xn--pi-6kc.example:8443"),
            ("https://Api.example/ü", "https://Api.example/ü"),
            ("https://[2606:4700:4700::1111]:8443/ü", "https://[2606:4700:4700::1111]:8443/ü"),
        ] {
            assert_eq!(with_ascii_host(typed.into()), kept);
        }
    }
}
