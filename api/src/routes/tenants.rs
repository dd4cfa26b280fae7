//! `/tenants` and `/portal-links`

use super::{
    body::Body,
    path::{PathTenant, TenantParams, location},
    query::{Paging, Query},
};
use crate::{
    app::App,
    auth::caller::{Admin, PlatformAdmin, PlatformReader},
    portal_links,
    problem::Error,
    store::tenants::{Erase, TenantFilter},
    tenants::{self, With},
};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put, web::Data};
use shared::{Id, NewPortalLink, NewTenant, Page, PortalLink, Tenant, TenantName, TenantPatch, TenantSummary};

/// List tenants
///
/// Newest first, each with how many webhooks it has and how many of them are failing; for the platform.
#[utoipa::path(
    tag = "Tenants",
    params(
        ("q" = Option<String>, Query, description = "Only those whose name or external id contains this text, or where it has a dot, a slash or a colon, the URL of a webhook; or the one whose id this is, or the id of a webhook, an event or a delivery (`webhook-id`)", max_length = 200),
        ("external_id" = Option<String>, Query, description = "Only the one with this id of the platform's own"),
        ("failing" = Option<bool>, Query, description = "Only those of which at least one webhook is failing, or those of which none is"),
        Paging,
    ),
    responses((status = 200, body = Page<TenantSummary>))
)]
#[get("/tenants")]
pub(super) async fn list(app: Data<App>, _: PlatformReader, request: HttpRequest) -> Result<HttpResponse, Error> {
    let query = Query::of_list(&request, "tenants", &["q", "external_id", "failing"])?;
    let filter = TenantFilter {
        search: query.search()?,
        external_id: query.text("external_id").map(str::to_owned),
        failing: query.flag("failing")?,
    };
    let rows = tenants::list(&app, filter, query.slice(&app.cursor_key)?).await?;
    Ok(HttpResponse::Ok().json(query.page(&app.cursor_key, rows)))
}

/// Create a tenant
///
/// For admins of the platform. They act for it by naming it in `Hookwright-Tenant`, by its id or by their own of it.
#[utoipa::path(
    tag = "Tenants",
    request_body = NewTenant,
    responses((status = 201, body = Tenant, headers(("Location" = String, description = "The new tenant"))))
)]
#[post("/tenants")]
pub(super) async fn create(
    app: Data<App>,
    PlatformAdmin(who): PlatformAdmin,
    Body(new): Body<NewTenant>,
) -> Result<HttpResponse, Error> {
    Ok(created(&tenants::create(&app, &who, new).await?))
}

/// The answer for a tenant that was created before.
pub(super) async fn made(app: &App, id: Id) -> Result<HttpResponse, Error> {
    Ok(created(&tenants::find(app, id.to_string()).await?))
}

fn created(tenant: &Tenant) -> HttpResponse {
    HttpResponse::Created().insert_header(location(format!("tenants/{}", tenant.id))).json(tenant)
}

/// Read a tenant
#[utoipa::path(tag = "Tenants", params(TenantParams), responses((status = 200, body = Tenant)))]
#[get("/tenants/{id}")]
pub(super) async fn find(
    app: Data<App>,
    _: PlatformReader,
    PathTenant(named): PathTenant,
) -> Result<HttpResponse, Error> {
    Ok(HttpResponse::Ok().json(tenants::find(&app, named).await?))
}

/// Create or change a tenant
///
/// By the platform's own id of it: one that is not there is created with it, of one that is there the name is changed. So tenants can be kept
/// in step with the platform's customers by putting each of them. An id that was made here leads to that tenant, and creates none.
#[utoipa::path(
    tag = "Tenants",
    params(TenantParams),
    request_body = TenantName,
    responses(
        (status = 200, body = Tenant),
        (status = 201, body = Tenant, headers(("Location" = String, description = "The new tenant"))),
    )
)]
#[put("/tenants/{id}")]
pub(super) async fn put(
    app: Data<App>,
    PlatformAdmin(who): PlatformAdmin,
    PathTenant(named): PathTenant,
    Body(called): Body<TenantName>,
) -> Result<HttpResponse, Error> {
    let (put, is_new) = tenants::put(&app, &who, &named, called).await?;
    Ok(if is_new { created(&put) } else { HttpResponse::Ok().json(put) })
}

/// Change a tenant
#[utoipa::path(
    tag = "Tenants",
    params(TenantParams),
    request_body = TenantPatch,
    responses((status = 200, body = Tenant))
)]
#[patch("/tenants/{id}")]
pub(super) async fn change(
    app: Data<App>,
    PlatformAdmin(who): PlatformAdmin,
    PathTenant(named): PathTenant,
    Body(patch): Body<TenantPatch>,
) -> Result<HttpResponse, Error> {
    Ok(HttpResponse::Ok().json(tenants::change(&app, &who, named, patch).await?))
}

/// Delete a tenant
///
/// Only when it has no webhooks any more, or with them where `webhooks` is `delete`. They go in steps, and the tenant with the last of them:
/// where a request is interrupted, send it again. Its API keys, operators and sessions end at once; who only acts for it acts for the default
/// tenant. Where `content` is `erase`, the payloads of all its events, and what receivers answered, are erased afterwards, which begins within
/// a quarter of an hour, and the platform's audit log tells when it is done (`tenant.content_erased`); otherwise they are kept until they are
/// purged. Who forgot it sends the request once more, with `content=erase` and the tenant's own id: that is answered with 204 also for a tenant
/// that is deleted already.
#[utoipa::path(
    tag = "Tenants",
    params(
        TenantParams,
        ("webhooks" = Option<String>, Query, description = "`delete`: its webhooks are deleted, too, and what is open of them is cancelled", pattern = "^delete$"),
        ("content" = Option<String>, Query, description = "`erase`: the content of its events is erased", pattern = "^erase$"),
    ),
    responses((status = 204))
)]
#[delete("/tenants/{id}")]
pub(super) async fn delete(
    app: Data<App>,
    PlatformAdmin(who): PlatformAdmin,
    PathTenant(named): PathTenant,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let query = Query::read(&request, &["webhooks", "content"])?;
    let content = if query.is("content", "erase")? { Erase::Content } else { Erase::Nothing };
    let with = With { webhooks: query.is("webhooks", "delete")?, content };
    tenants::delete(&app, &who, named, with).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Make a portal link
///
/// It opens the portal for the caller's tenant, or the one named in `Hookwright-Tenant`, without an account: for a platform that
/// shows the portal inside its own product. The link can be opened once. The sites that may show it in a frame are a setting of the
/// server (`HOOKWRIGHT_EMBED_ORIGINS`). An `Idempotency-Key` is not taken: where the answer was lost, make another link.
#[utoipa::path(tag = "Tenants", request_body = NewPortalLink, responses((status = 201, body = PortalLink)))]
#[post("/portal-links")]
pub(super) async fn create_portal_link(
    app: Data<App>,
    Admin(who): Admin,
    request: HttpRequest,
    Body(new): Body<NewPortalLink>,
) -> Result<HttpResponse, Error> {
    let base = app.web.base(&request);
    Ok(HttpResponse::Created().json(portal_links::create(&app, &who, new, &base).await?))
}
