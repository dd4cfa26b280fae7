//! Portal links: a platform asks for one and puts it into a page of its own, and the portal opens there for one tenant.

use crate::{
    app::App,
    audit,
    auth::{Caller, token},
    problem::Error,
    store::{
        self,
        links::{LinkRow, Purpose},
    },
};
use serde_json::json;
use shared::{AuditAction, NewPortalLink, PortalLink};

/// Makes a link to the portal of the caller's tenant. `base`: the address that this server is reached by.
pub(crate) async fn create(app: &App, who: &Caller, new: NewPortalLink, base: &str) -> Result<PortalLink, Error> {
    Error::refuse(new.check())?;
    let NewPortalLink { role, expires_in, visitor, page } = new;
    let token = token::generate();
    let now = app.clock.now();
    let row = LinkRow {
        token_hash: token::hash(&token),
        purpose: Purpose::Portal,
        tenant_id: who.tenant_id,
        role,
        visitor,
        created_at: now,
        expires_at: now.plus_seconds(i64::from(expires_in)),
    };
    let expires_at = row.expires_at;
    let entry = audit::entry(app, who, AuditAction::PortalLinkCreated, "", role.name());
    let named = row.visitor.as_ref().map(|visitor| json!({"visitor": visitor}));
    let entry = audit::with_change(entry, None, named.as_ref());
    let made = app.store.write(move |db| {
        store::links::insert(db, &row)?;
        store::audit::append(db, row.tenant_id, &entry)
    });
    made.await?;
    // Behind `#` it is in no log of any server, and in no Referer. The page begins with a slash, and the token has none.
    let page = page.unwrap_or_default();
    Ok(PortalLink { url: format!("{base}/open#{token}{page}"), expires_at })
}
