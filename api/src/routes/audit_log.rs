//! `/audit-log`

use super::query::{Paging, Query};
use crate::{app::App, audit, auth::caller::Admin, problem::Error, store::audit::AuditFilter};
use actix_web::{HttpRequest, HttpResponse, get, web::Data};
use shared::{ActorKind, AuditAction, AuditEntry, Id, Page};

/// Read the audit log
///
/// Who did what, when, from where, and how it was before and after; newest first. Nothing in it can be changed or deleted.
#[utoipa::path(
    tag = "Accounts",
    params(
        ("q" = Option<String>, Query, description = "Only entries where who did it, what was done, to what, or the address has this text", max_length = 200),
        ("action" = Option<AuditAction>, Query, description = "Only what was done so"),
        ("actor_kind" = Option<ActorKind>, Query, description = "Only by this kind of actor"),
        ("target_id" = Option<String>, Query, description = "Only to the thing of this id"),
        ("tenant_id" = Option<Id>, Query, description = "Instead of your own, the log of this tenant, which may be deleted: for callers of the platform"),
        ("from" = Option<shared::Timestamp>, Query, description = "Only from this instant on"),
        ("to" = Option<shared::Timestamp>, Query, description = "Only before this instant"),
        Paging,
    ),
    responses((status = 200, body = Page<AuditEntry>))
)]
#[get("/audit-log")]
pub(super) async fn list(app: Data<App>, Admin(who): Admin, request: HttpRequest) -> Result<HttpResponse, Error> {
    let query =
        Query::of_list(&request, "audit-log", &["q", "action", "actor_kind", "target_id", "tenant_id", "from", "to"])?;
    let (from, to) = query.window()?;
    let filter = AuditFilter {
        search: query.search()?,
        action: query.one_of("action")?,
        actor_kind: query.one_of("actor_kind")?,
        target_id: query.text("target_id").map(str::to_owned),
        from,
        to,
    };
    let tenant_id = query.id("tenant_id")?.unwrap_or(who.tenant_id);
    let rows = audit::list(&app, &who, tenant_id, filter, query.slice(&app.cursor_key)?).await?;
    Ok(HttpResponse::Ok().json(query.page(&app.cursor_key, rows)))
}
