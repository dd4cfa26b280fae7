//! Deleting a tenant, with its webhooks where that is asked for.

use super::{about, append, keep_alerts};
use crate::{
    app::App,
    audit,
    auth::Caller,
    operators::last_admin,
    problem::Error,
    store::{
        self, DEFAULT_TENANT, Db, Rows, Slice, Unwritten, operators,
        tenants::{self, Erase},
        webhooks::{self as webhook_rows, WebhookFilter},
    },
    webhooks,
};
use shared::{AuditAction, AuditEntry, Code, Id, Tenant, Timestamp};

/// How many webhooks are deleted together: others wait meanwhile. A tenant with more goes in the last of several steps.
const TOGETHER: u32 = 100;

/// What goes with a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct With {
    /// Its webhooks. Otherwise it is deleted only when it has none.
    pub webhooks: bool,
    /// The content of its events, afterwards.
    pub content: Erase,
}

/// Deletes a tenant. Its keys and sessions end, and who only acted for it acts for the default tenant; what it did is purged when its time
/// has come. Of one that is deleted already, named by its id, the content of the events can still be erased.
pub(crate) async fn delete(app: &App, who: &Caller, named: String, with: With) -> Result<(), Error> {
    let (mut named, mut gone) = (named, Vec::new());
    let deleted = loop {
        match step(app, who, named, with).await {
            Ok(Step { tenant_id, webhooks, is_last }) => {
                webhooks.iter().for_each(|id| app.store.tell(store::changes::Change::Webhook(*id)));
                gone.extend(webhooks);
                if is_last {
                    break Ok(());
                }
                named = tenant_id.to_string();
            }
            Err(error) => break Err(error),
        }
    };
    app.gatekeeper.tenants.forget_all();
    app.gatekeeper.keys.forget_all();
    for id in gone {
        webhooks::cancel_open(app, id).await;
    }
    deleted
}

/// What a transaction has deleted.
struct Step {
    tenant_id: Id,
    webhooks: Vec<Id>,
    /// The tenant, too.
    is_last: bool,
}

async fn step(app: &App, who: &Caller, named: String, with: With) -> Result<Step, Error> {
    let now = app.clock.now();
    // Its erasing begins a while later by the same clock.
    let deleted_at = app.store.now(now).await?;
    let of_webhook = audit::entry(app, who, AuditAction::WebhookDeleted, "", "");
    let of_tenant = audit::entry(app, who, AuditAction::TenantDeleted, "", "");
    let (alerts_tenant, ids) = (app.alerts_tenant.clone(), app.ids.clone());
    let step = app.store.edit(store::refusable(move |db| {
        operators::change_alone(db)?;
        let Some(tenant) = tenants::lock_named(db, &named)? else {
            let tenant_id = order_erasing(db, &named, with.content, of_tenant)?;
            return Ok(Step { tenant_id, webhooks: Vec::new(), is_last: true });
        };
        let tenant_id = tenant.id;
        may_go(db, &tenant, alerts_tenant.as_deref())?;
        let all = WebhookFilter::default();
        let Rows { items: mut rows, next } = webhook_rows::list(db, tenant_id, &all, Slice::first(TOGETHER))?;
        if !with.webhooks && !rows.is_empty() {
            let detail = "The tenant still has webhooks. Delete them first, or with the tenant (webhooks=delete).";
            return Err(Error::new(Code::TenantInUse, detail).into());
        }
        // As settlements lock them, so that the two never wait for each other in a circle.
        rows.sort_by_key(|row| row.id);
        let mut webhooks = Vec::new();
        let count = rows.len();
        for row in rows {
            let id = ids.next(now);
            let entry = AuditEntry { id, at: id.made_at(), ..of_webhook.clone() };
            if webhooks::delete_version(db, &row, now, entry)? {
                webhooks.push(row.id);
            }
        }
        // One that somebody has changed at this moment goes with the next step.
        let is_last = next.is_none() && webhooks.len() == count;
        if is_last {
            go(db, &tenant, with.content, of_tenant, deleted_at)?;
        }
        Ok(Step { tenant_id, webhooks, is_last })
    }));
    step.await?
}

/// Refuses what would leave nobody to act for, to administrate, or to get the alerts.
fn may_go(db: &mut Db, tenant: &Tenant, alerts: Option<&str>) -> Result<(), Unwritten<Error>> {
    if tenant.id == DEFAULT_TENANT {
        return Err(Error::new(Code::TenantInUse, "The default tenant always exists.").into());
    }
    let admins = operators::platform_admins(db)?;
    if !admins.is_empty() && admins.iter().all(|(_, tenant_id)| *tenant_id == tenant.id) {
        return Err(last_admin().into());
    }
    keep_alerts(db, alerts, tenant.id, None)
}

/// How the log tells that the content of the events is erased afterwards.
const ERASE: &str = r#"{"content":"erase"}"#;

fn go(db: &mut Db, tenant: &Tenant, content: Erase, entry: AuditEntry, at: Timestamp) -> store::QueryResult<()> {
    tenants::delete(db, tenant.id, content, at)?;
    let mut entry = audit::with_change(about(entry, tenant), Some(tenant), None);
    if content == Erase::Content {
        entry.after = Some(ERASE.to_owned());
    }
    append(db, &entry)
}

/// Has the content of a deleted tenant's events erased, where that is asked for: nobody can act for it any more to erase it otherwise.
fn order_erasing(db: &mut Db, named: &str, content: Erase, entry: AuditEntry) -> Result<Id, Unwritten<Error>> {
    let deleted = match (named.parse(), content) {
        (Ok(id), Erase::Content) => tenants::find_deleted(db, id)?,
        _ => None,
    };
    let tenant = deleted.ok_or_else(Error::not_found)?;
    // Whoever asks again is told the same, and the log nothing.
    if tenants::order_erasing(db, tenant.id)? {
        append(db, &AuditEntry { after: Some(ERASE.to_owned()), ..about(entry, &tenant) })?;
    }
    Ok(tenant.id)
}
