//! `/session` and `/set-up`: how people get in and out.

use super::{body::Body, query::Query};
use crate::{
    app::App,
    auth::{
        caller::Anyone,
        check, cookie,
        sessions::{self, SignedIn},
    },
    operators::set_up,
    problem::Error,
};
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder, delete, get,
    http::header::{self, HeaderValue},
    post, put,
    web::Data,
};
use shared::{Code, OpenPortalLink, PasswordChange, Session, SetUp, SetUpState, SignIn};

/// Who is calling
#[utoipa::path(tag = "Accounts", responses((status = 200, body = Session)))]
#[get("/session")]
pub(super) async fn find(app: Data<App>, Anyone(who): Anyone) -> Result<HttpResponse, Error> {
    Ok(HttpResponse::Ok().json(sessions::describe(&app, &who).await?))
}

/// Sign in
///
/// Answers with a cookie that holds the session. It ends when it was not used for 30 minutes, and after 12 hours.
#[utoipa::path(
    tag = "Accounts",
    security(()),
    request_body = SignIn,
    responses((status = 201, body = Session, headers(("Set-Cookie" = String, description = "The session"))))
)]
#[post("/session")]
pub(super) async fn sign_in(
    app: Data<App>,
    request: HttpRequest,
    Body(sign_in): Body<SignIn>,
) -> Result<HttpResponse, Error> {
    let kind = cookie::Kind::of(&app.web, &request)?;
    let begun = sessions::sign_in(&app, check::client(&app, &request), sign_in).await?;
    Ok(present(HttpResponse::Created(), &begun, kind))
}

/// Sign out
///
/// With `everywhere=true` all sessions of the operator end.
#[utoipa::path(
    tag = "Accounts",
    security((), ("session" = [])),
    params(("everywhere" = Option<bool>, Query, description = "Whether the operator's other sessions end too")),
    responses((status = 204, headers(("Set-Cookie" = String, description = "Takes the session's cookie away"))))
)]
#[delete("/session")]
pub(super) async fn sign_out(app: Data<App>, request: HttpRequest, who: Option<Anyone>) -> Result<HttpResponse, Error> {
    let query = Query::read(&request, &["everywhere"])?;
    let everywhere = query.flag("everywhere")?;
    if let Some(Anyone(who)) = who {
        sessions::sign_out(&app, &who, everywhere == Some(true)).await?;
    }
    let mut response = HttpResponse::NoContent();
    for cookie in cookie::ended() {
        response.append_header((header::SET_COOKIE, cookie));
    }
    Ok(response.finish())
}

/// Act for another tenant
///
/// From now on the session acts for the tenant that the header `Hookwright-Tenant` names. For operators of the platform.
#[utoipa::path(
    tag = "Accounts",
    security(("session" = [])),
    params(("Hookwright-Tenant" = String, Header, description = "The tenant, by its id or its external id", min_length = 1, max_length = 255)),
    responses((status = 200, body = Session))
)]
#[put("/session/tenant")]
pub(super) async fn change_tenant(
    app: Data<App>,
    request: HttpRequest,
    Anyone(who): Anyone,
) -> Result<HttpResponse, Error> {
    if !request.headers().contains_key(check::TENANT) {
        return Err(Error::new(Code::IdInvalid, "Name the tenant in the header Hookwright-Tenant."));
    }
    Ok(HttpResponse::Ok().json(sessions::change_tenant(&app, who).await?))
}

/// Change the own password
///
/// All sessions of the operator end, and the answer's cookie holds a new one.
#[utoipa::path(
    tag = "Accounts",
    security(("session" = [])),
    request_body = PasswordChange,
    responses((status = 200, body = Session, headers(("Set-Cookie" = String, description = "The session"))))
)]
#[put("/session/password")]
pub(super) async fn change_password(
    app: Data<App>,
    request: HttpRequest,
    Anyone(who): Anyone,
    Body(change): Body<PasswordChange>,
) -> Result<HttpResponse, Error> {
    let kind = cookie::Kind::of(&app.web, &request)?;
    let begun = sessions::change_password(&app, &who, change).await?;
    Ok(present(HttpResponse::Ok(), &begun, kind))
}

/// Open a portal link
///
/// Answers with a cookie that holds a session of the link's tenant. A link can be opened once.
#[utoipa::path(
    tag = "Accounts",
    security(()),
    request_body = OpenPortalLink,
    responses((status = 201, body = Session, headers(("Set-Cookie" = String, description = "The session"))))
)]
#[post("/session/portal-link")]
pub(super) async fn open_portal_link(
    app: Data<App>,
    request: HttpRequest,
    Body(link): Body<OpenPortalLink>,
) -> Result<HttpResponse, Error> {
    let kind = cookie::Kind::of(&app.web, &request)?;
    let begun = sessions::open_portal_link(&app, check::client(&app, &request), link).await?;
    let kind = if app.web.embed_origins.is_empty() { kind } else { kind.framed() };
    Ok(present(HttpResponse::Created(), &begun, kind))
}

/// Whether the server is set up
#[utoipa::path(tag = "Accounts", security(()), responses((status = 200, body = SetUpState)))]
#[get("/set-up")]
pub(super) async fn needs_set_up(app: Data<App>) -> Result<HttpResponse, Error> {
    Ok(HttpResponse::Ok().json(SetUpState { needed: set_up::needed(&app).await? }))
}

/// Make the first operator
///
/// With the link that the server printed when it started. The first operator is an admin of the platform, and signed in.
#[utoipa::path(
    tag = "Accounts",
    security(()),
    request_body = SetUp,
    responses((status = 201, body = Session, headers(("Set-Cookie" = String, description = "The session"))))
)]
#[post("/set-up")]
pub(super) async fn make_first_operator(
    app: Data<App>,
    request: HttpRequest,
    Body(new): Body<SetUp>,
) -> Result<HttpResponse, Error> {
    let kind = cookie::Kind::of(&app.web, &request)?;
    let begun = set_up::by_link(&app, check::client(&app, &request), new).await?;
    Ok(present(HttpResponse::Created(), &begun, kind))
}

fn present(mut response: HttpResponseBuilder, begun: &SignedIn, kind: cookie::Kind) -> HttpResponse {
    let SignedIn { token, at, session, expires_at } = begun;
    let cookie = kind.of_session(token, *at, *expires_at);
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.append_header((header::SET_COOKIE, cookie));
    }
    response.json(session)
}
