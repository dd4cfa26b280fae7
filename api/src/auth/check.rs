//! Who is calling is found out here, before any handler: a request to the API without good credentials goes no further, but for the
//! few that are for those who have none yet.

use super::{
    Caller,
    caller::forbidden,
    cookie,
    origin::{self, Proof},
    sessions::Client,
    token,
};
use crate::{
    app::App,
    problem::Error,
    store::{
        self,
        api_keys::ApiKeyRow,
        sessions::{SessionRow, TokenHash},
    },
};
use actix_web::{
    HttpMessage as _, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::Next,
    web::Data,
};
use shared::{CallerKind, Code, Id, Role, Timestamp, is_external_id, paths};
use std::{
    borrow::Cow,
    net::{IpAddr, SocketAddr},
};
use subtle::ConstantTimeEq as _;
use url::form_urlencoded;

/// The header by which a caller of the platform names a tenant.
pub(crate) const TENANT: &str = "hookwright-tenant";
/// A session that was not used for so long has ended.
const IDLE_SECONDS: i64 = 30 * 60;
/// How exactly it is recorded when a session or a key was last used.
const NOTED_EVERY_SECONDS: i64 = 60;

/// What is open to those who have no credentials yet, below the API. Compared with the path as it was sent: another spelling is not open.
const OPEN: [(Method, &str); 7] = [
    (Method::GET, "/openapi.json"),
    (Method::POST, "/session"),
    (Method::DELETE, "/session"),
    (Method::POST, "/session/portal-link"),
    (Method::GET, "/set-up"),
    (Method::POST, "/set-up"),
    (Method::POST, "/client-errors"),
];

/// Lets a request to the API through if it is known who makes it; the handler finds out by the extractors of [`super::caller`].
pub(crate) async fn check(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    if !paths::is_api(request.path()) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    match identify(request.request()).await {
        Ok(Some(caller)) => {
            request.extensions_mut().insert(caller);
        }
        Ok(None) => {}
        Err(error) => return Ok(request.error_response(error).map_into_boxed_body()),
    }
    let answer = next.call(request).await?.map_into_boxed_body();
    let refused = answer.response().error().and_then(|error| error.as_error::<Error>());
    match refused.and_then(|refused| refused.looked_for_in(&tenant_of_a_key(answer.request())?)) {
        Some(told) => Ok(answer.error_response(told)),
        None => Ok(answer),
    }
}

/// The tenant in which a key of the platform looks for what belongs to one, in the key's words or by its id.
fn tenant_of_a_key(request: &HttpRequest) -> Option<String> {
    let extensions = request.extensions();
    // Tenants belong to none.
    let is_of_one = !request.path().strip_prefix(paths::API).is_some_and(|path| path.starts_with("/tenants"));
    let caller = extensions.get::<Caller>().filter(|caller| caller.platform && caller.kind == CallerKind::ApiKey)?;
    let named = request.headers().get(TENANT).and_then(|named| named.to_str().ok()).map(str::to_owned);
    is_of_one.then(|| named.unwrap_or_else(|| caller.tenant_id.to_string()))
}

/// Who makes a request. Nobody is fine only where it is open.
async fn identify(request: &HttpRequest) -> Result<Option<Caller>, Error> {
    let app = request.app_data::<Data<App>>().ok_or_else(|| Error::internal("the application is missing"))?;
    let below = request.path().strip_prefix(paths::API);
    let open = OPEN.iter().any(|(method, path)| method == request.method() && below == Some(path));
    let found = if let Some(authorization) = request.headers().get(header::AUTHORIZATION) {
        let key = authorization.to_str().ok().and_then(bearer);
        match key {
            Some(key) => by_api_key(app, key).await?,
            None => None,
        }
    } else if let Some(token) = cookie::read(&app.web, request) {
        origin::check_host(&app.web, request)?;
        origin::check_site(request, Proof::Required)?;
        by_session(app, token::hash(token)).await?
    } else {
        None
    };
    let Some(mut caller) = found else {
        if !open {
            return Err(unauthenticated());
        }
        origin::check_host(&app.web, request)?;
        origin::check_site(request, Proof::IfBrowser)?;
        return Ok(None);
    };
    caller.address = address(&app.web.trusted_proxies, request);
    caller.tenant_id = tenant(app, request, &caller).await?;
    Ok(Some(caller))
}

/// Lets through whoever may see the figures of all tenants, which name nobody: a process on this machine, or an API key of the platform
/// that may read.
pub(crate) async fn check_metrics(app: &App, request: &HttpRequest) -> Result<(), Error> {
    if is_local(app, request) {
        return Ok(());
    }
    let key = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(bearer);
    let found = match key {
        Some(key) => by_api_key(app, key).await?,
        None => None,
    };
    match found.ok_or_else(unauthenticated)? {
        who if who.platform && who.role.may_read() => Ok(()),
        who => Err(forbidden(&who, "viewer of the platform")),
    }
}

/// Whether a process on this machine asks for itself. What a proxy here passes on comes from elsewhere: it says so, or it was asked by
/// the name that others know. Not every proxy tells: where the server is known by a public URL, nobody is taken for local.
fn is_local(app: &App, request: &HttpRequest) -> bool {
    const PASSED_ON: [&str; 6] =
        ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];
    app.web.public_url.is_none()
        && origin::names_loopback(request)
        && request.peer_addr().is_some_and(|peer| origin::is_loopback_address(peer.ip()))
        && !PASSED_ON.iter().any(|name| request.headers().contains_key(*name))
}

/// Who asks for a session.
pub(crate) fn client(app: &App, request: &HttpRequest) -> Client {
    let address = address(&app.web.trusted_proxies, request);
    Client { address, session: cookie::read(&app.web, request).map(token::hash) }
}

/// The same answer whether the credentials are missing, wrong, revoked or have expired.
pub(super) fn unauthenticated() -> Error {
    let detail = "Sign in, or send a valid API key as Authorization: Bearer hw_…";
    Error::new(Code::Unauthenticated, detail).with_header(http::header::WWW_AUTHENTICATE, "Bearer realm=\"hookwright\"")
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, key) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

async fn by_api_key(app: &App, key: &str) -> Result<Option<Caller>, Error> {
    let Some((id, secret_hash)) = token::read_api_key(key) else {
        return Ok(None);
    };
    let now = app.clock.now();
    let keys = &app.gatekeeper.keys;
    let look = keys.look();
    let found = match keys.get(&id) {
        Some(row) => Some(row),
        None => {
            let found = app.store.read(move |db| store::api_keys::find(db, id)).await?;
            found.inspect(|row| keys.put(look, id, row.clone()))
        }
    };
    let good = found.filter(|row| bool::from(row.secret_hash.ct_eq(&secret_hash)) && is_good(row, now));
    if good.as_ref().is_some_and(|row| row.last_used_at.is_none_or(|last| is_due(last, now))) {
        // Before it is written: those who come meanwhile need not write it, too.
        keys.change(&id, |row| row.last_used_at = Some(now));
        note(app.store.write(move |db| store::api_keys::note_used(db, id, now)).await);
    }
    Ok(good.map(|row| Caller {
        kind: CallerKind::ApiKey,
        id: Some(row.id),
        name: row.name,
        role: row.role,
        platform: row.platform,
        tenant_id: row.tenant_id,
        expires_at: row.expires_at,
        session: None,
        address: None,
    }))
}

async fn by_session(app: &App, token_hash: TokenHash) -> Result<Option<Caller>, Error> {
    let now = app.clock.now();
    let Some(session) = look_up_session(app, token_hash, now).await? else {
        return Ok(None);
    };
    if is_due(session.last_seen_at, now) {
        note(app.store.write(move |db| store::sessions::note_used(db, &token_hash, now)).await);
    }
    let kind = if session.operator.is_some() { CallerKind::Operator } else { CallerKind::PortalLink };
    let (id, name) = session.operator.unzip();
    Ok(Some(Caller {
        kind,
        id,
        name: name.or(session.visitor).unwrap_or_default(),
        role: session.role,
        platform: session.platform,
        tenant_id: session.tenant_id,
        expires_at: Some(session.expires_at),
        session: Some(token_hash),
        address: None,
    }))
}

/// The session of that token, if it has not ended.
async fn look_up_session(app: &App, token_hash: TokenHash, now: Timestamp) -> Result<Option<SessionRow>, Error> {
    let found = app.store.read(move |db| store::sessions::find(db, &token_hash)).await?;
    Ok(found.filter(|session| session.expires_at > now && session.last_seen_at.plus_seconds(IDLE_SECONDS) > now))
}

/// Whether who has opened a stream may still read: since then its key may have been revoked, its session ended, its role changed.
/// Listening alone is no use of a session. While the database is away nobody is turned away.
pub(crate) async fn may_still_read(app: &App, who: &Caller) -> bool {
    let now = app.clock.now();
    let role = match (who.session, who.id) {
        (Some(token_hash), _) => look_up_session(app, token_hash, now).await.map(|found| found.map(|row| row.role)),
        (None, Some(id)) => app
            .store
            .read(move |db| store::api_keys::find(db, id))
            .await
            .map_err(Error::from)
            .map(|found| found.filter(|row| is_good(row, now)).map(|row| row.role)),
        (None, None) => Ok(None),
    };
    role.map_or(true, |role| role.is_some_and(Role::may_read))
}

fn is_good(key: &ApiKeyRow, now: Timestamp) -> bool {
    key.revoked_at.is_none() && key.expires_at.is_none_or(|end| end > now)
}

fn is_due(last: Timestamp, now: Timestamp) -> bool {
    last.plus_seconds(NOTED_EVERY_SECONDS) <= now
}

/// That somebody was here is worth recording, but no reason to turn them away.
fn note(noted: Result<(), store::StoreError>) {
    if let Err(error) = noted {
        tracing::warn!(%error, "the time of the last use could not be recorded");
    }
}

/// The tenant that a caller acts for: its own, or, if it belongs to the platform, the one that it names.
async fn tenant(app: &App, request: &HttpRequest, caller: &Caller) -> Result<Id, Error> {
    let in_header = request.headers().get(TENANT).map(|value| value.to_str().ok().map(Cow::Borrowed));
    let Some(named) = in_header.or_else(|| in_query(request).map(Some)) else {
        return Ok(caller.tenant_id);
    };
    let named = named.filter(|text| is_external_id(text)).map(Cow::into_owned).ok_or_else(|| {
        let detail =
            "Hookwright-Tenant holds a tenant's id, or the one that the platform gave it: at most 255 printable ASCII characters without spaces.";
        Error::new(Code::IdInvalid, detail)
    })?;
    let tenants = &app.gatekeeper.tenants;
    let mut found = tenants.get(&named);
    if found.is_none() {
        let (look, name) = (tenants.look(), named.clone());
        found = app.store.read(move |db| store::tenants::named(db, &name)).await?.map(|tenant| tenant.id);
        found.inspect(|id| tenants.put(look, named.clone(), *id));
    }
    found.filter(|id| caller.platform || *id == caller.tenant_id).ok_or_else(|| {
        let advice = if caller.platform { ", or make the tenant: PUT /api/v1/tenants/{external id}" } else { "" };
        let detail =
            format!("Hookwright-Tenant names no tenant that you may act for: {named:?}. Check its id{advice}.");
        Error::new(Code::TenantUnknown, detail)
    })
}

/// The tenant that the query string of a stream names: what browsers offer for streams sends no header.
fn in_query(request: &HttpRequest) -> Option<Cow<'_, str>> {
    let mut parameters = form_urlencoded::parse(request.query_string().as_bytes());
    let named = || parameters.find(|(name, value)| name == paths::LIVE_TENANT && !value.is_empty());
    (request.path() == paths::LIVE).then(named).flatten().map(|(_, value)| value)
}

/// Where a request came from: the last address in `X-Forwarded-For` that is no proxy of ours, if a proxy of ours passed it on.
fn address(trusted: &[ipnet::IpNet], request: &HttpRequest) -> Option<IpAddr> {
    let is_ours = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let peer = request.peer_addr()?.ip().to_canonical();
    if !is_ours(&peer) {
        return Some(peer);
    }
    let forwarded = request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
    let forwarded: Vec<_> =
        forwarded.flat_map(|value| value.split(',')).map(|part| forwarded_for(part.trim())).collect();
    let foreign = forwarded.into_iter().rev().map_while(|address| address).find(|address| !is_ours(address));
    Some(foreign.unwrap_or(peer))
}

/// An address as proxies write it: some add the port, and put IPv6 in brackets then.
fn forwarded_for(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn only_our_own_proxies_are_believed() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let address = |peer: &str, forwarded: &str| {
            let request = TestRequest::default()
                .peer_addr(format!("{peer}:4711").parse().unwrap())
                .insert_header(("x-forwarded-for", forwarded));
            address(&trusted, &request.to_http_request()).unwrap().to_string()
        };
        assert_eq!(address("203.0.113.7", "1.2.3.4"), "203.0.113.7");
        assert_eq!(address("10.0.0.1", "1.2.3.4"), "1.2.3.4");
        assert_eq!(address("10.0.0.1", "1.2.3.4:5678"), "1.2.3.4");
        assert_eq!(address("10.0.0.1", "[2001:db8::1]:443"), "2001:db8::1");
        assert_eq!(address("10.0.0.1", "[2001:db8::1], 10.0.0.2:80"), "2001:db8::1");
        assert_eq!(address("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2"), "1.2.3.4");
        assert_eq!(address("10.0.0.1", "6.6.6.6, unknown"), "10.0.0.1");
    }

    #[test]
    fn the_scheme_is_bearer() {
        assert_eq!(bearer("Bearer hw_x"), Some("hw_x"));
        assert_eq!(bearer("bearer  hw_x"), Some("hw_x"));
        assert_eq!(bearer("Basic hw_x"), None);
        assert_eq!(bearer("hw_x"), None);
    }
}
