//! Signing in and out.

use super::{Caller, passwords, token};
use crate::{
    app::App,
    audit,
    delivery::request::Identity,
    problem::Error,
    store::{
        self, DEFAULT_TENANT,
        links::Purpose,
        operators::{self, OperatorRow},
        sessions::{self, NewSession, TokenHash},
    },
};
use shared::{
    AuditAction, AuditEntry, CallerKind, Code, FieldError, Id, OpenPortalLink, PasswordChange, Role, Session, SignIn,
    Tenant, Timestamp,
};
use std::net::IpAddr;

/// A session ends so long after its beginning, however much it is used.
const LASTS_SECONDS: i64 = 12 * 3_600;

/// A session that has just begun.
pub struct SignedIn {
    /// The token that its cookie holds.
    pub token: String,
    /// When it began.
    pub at: Timestamp,
    /// Whose it is.
    pub session: Session,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// Where a request to begin a session comes from, and the session that it takes the place of.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// The address.
    pub address: Option<IpAddr>,
    /// The session so far: another one must not be slipped to somebody who signs in.
    pub session: Option<TokenHash>,
}

/// Begins a session of the operator with that e-mail address and password. The answer and the work are the same for a wrong password
/// and for an unknown address.
pub(crate) async fn sign_in(app: &App, client: Client, sign_in: SignIn) -> Result<SignedIn, Error> {
    let SignIn { email, password } = sign_in;
    passwords::check_length(&password, "/password")?;
    let email = email.trim().to_lowercase();
    let now = app.clock.now();
    let (throttle, address) = (&app.gatekeeper.throttle, client.address);
    throttle.attempt(address, Some(&email), now)?;
    let begun = begin_for(app, client, email.clone(), password, now).await;
    match &begun {
        Ok(_) => throttle.succeeded(address, &email),
        Err(error) if error.code() == Code::SignInFailed => {}
        // The database is away, for example: that must not lock anybody out when it is back.
        Err(_) => throttle.take_back(address, &email),
    }
    begun
}

async fn begin_for(
    app: &App,
    client: Client,
    email: String,
    password: String,
    now: Timestamp,
) -> Result<SignedIn, Error> {
    let found = app.store.read(move |db| operators::find_by_email(db, &email)).await?;
    let hash = found.as_ref().map(|operator| operator.password_hash.clone());
    let right = app.gatekeeper.passwords.verify(password, hash).await?;
    let begun = match found.clone().filter(|_| right) {
        Some(operator) => {
            let note = move |db: &mut store::Db, operator: &OperatorRow| operators::note_sign_in(db, operator, now);
            begin(app, client.clone(), operator, AuditAction::SessionCreated, note).await?
        }
        None => None,
    };
    let Some(begun) = begun else {
        refused(app, &client, found).await?;
        return Err(Error::new(Code::SignInFailed, "The e-mail address or the password is wrong."));
    };
    Ok(begun)
}

async fn refused(app: &App, client: &Client, found: Option<OperatorRow>) -> Result<(), Error> {
    let now = app.clock.now();
    if !app.gatekeeper.refused_sign_ins.is_recorded(now) {
        return Ok(());
    }
    // What was typed as the address of nobody may be a password in the wrong field: it is not recorded.
    let (tenant_id, name) = match found {
        Some(operator) => (operator.tenant_id, operator.email),
        None => (DEFAULT_TENANT, String::new()),
    };
    let id = app.ids.next(now);
    let mut entry = AuditEntry::by_itself(id, shared::ActorKind::Unknown, AuditAction::SessionRefused, "", &name);
    entry.address = client.address.map(|address| address.to_string());
    entry.request_id = crate::request_id::current();
    Ok(app.store.write(move |db| store::audit::append(db, tenant_id, &entry)).await?)
}

/// Begins a session of an operator, if `also`, which is written in the same transaction, says so. It comes first, and writes nothing
/// where it says no: since the password was verified the operator may have changed.
pub(crate) async fn begin(
    app: &App,
    client: Client,
    operator: OperatorRow,
    action: AuditAction,
    also: impl FnOnce(&mut store::Db, &OperatorRow) -> store::QueryResult<bool> + Send + 'static,
) -> Result<Option<SignedIn>, Error> {
    let caller = Caller {
        kind: CallerKind::Operator,
        id: Some(operator.id),
        name: operator.email.clone(),
        role: operator.role,
        platform: operator.platform,
        tenant_id: operator.tenant_id,
        expires_at: None,
        session: client.session,
        address: client.address,
    };
    record(app, caller, action, move |db| also(db, &operator)).await
}

async fn record(
    app: &App,
    mut who: Caller,
    action: AuditAction,
    also: impl FnOnce(&mut store::Db) -> store::QueryResult<bool> + Send + 'static,
) -> Result<Option<SignedIn>, Error> {
    let now = app.clock.now();
    let token = token::generate();
    let expires_at = now.plus_seconds(LASTS_SECONDS);
    let session = NewSession {
        token_hash: token::hash(&token),
        operator_id: who.id,
        visitor: who.id.is_none().then(|| who.name.clone()),
        tenant_id: who.tenant_id,
        role: who.role,
        created_at: now,
        expires_at,
    };
    let before = who.session.replace(session.token_hash);
    who.expires_at = Some(expires_at);
    let entry = audit::entry(app, &who, action, "", &who.name);
    let begun = app
        .store
        .write(move |db| {
            if !also(db)? {
                return Ok(None);
            }
            if let Some(before) = before {
                sessions::delete(db, &before)?;
            }
            sessions::insert(db, &session)?;
            store::audit::append(db, session.tenant_id, &entry)?;
            // Together: whoever has used up a link or a password must get the session.
            store::tenants::find_and_others(db, session.tenant_id)
        })
        .await?;
    Ok(begun.map(|tenant| SignedIn { token, at: now, session: present(app, who, tenant), expires_at }))
}

/// Opens a portal link: begins a session of its tenant. The link is used up.
pub(crate) async fn open_portal_link(app: &App, client: Client, link: OpenPortalLink) -> Result<SignedIn, Error> {
    let token_hash = token::hash(&link.token);
    let now = app.clock.now();
    let found = app.store.read(move |db| store::links::find(db, &token_hash, Purpose::Portal, now)).await?;
    let (tenant_id, role, name) = found.ok_or_else(link_invalid)?;
    let who = portal_visitor(tenant_id, role, name, client);
    // Together: a link that was used up without a session would be lost.
    record(app, who, AuditAction::SessionCreated, move |db| store::links::take(db, &token_hash))
        .await?
        .ok_or_else(link_invalid)
}

/// Refuses a link that was used before, or whose time is over.
pub(crate) fn link_invalid() -> Error {
    Error::new(Code::LinkInvalid, "The link was used before, or its time is over. Ask for a new one.")
}

fn portal_visitor(tenant_id: Id, role: Role, name: Option<String>, client: Client) -> Caller {
    Caller {
        kind: CallerKind::PortalLink,
        id: None,
        name: name.unwrap_or_else(|| Session::UNNAMED_VISITOR.to_owned()),
        role,
        platform: false,
        tenant_id,
        expires_at: None,
        session: client.session,
        address: client.address,
    }
}

/// Ends the caller's session, or all sessions of its operator.
pub(crate) async fn sign_out(app: &App, who: &Caller, everywhere: bool) -> Result<(), Error> {
    let Some(session) = who.session else {
        return Ok(());
    };
    let operator_id = who.id.filter(|_| everywhere);
    let action = if operator_id.is_some() { AuditAction::SessionAllEnded } else { AuditAction::SessionEnded };
    let entry = audit::entry(app, who, action, "", &who.name);
    let tenant_id = who.tenant_id;
    let ended = app.store.write(move |db| {
        match operator_id {
            Some(operator_id) => sessions::delete_of_operator(db, operator_id)?,
            None => sessions::delete(db, &session)?,
        }
        store::audit::append(db, tenant_id, &entry)
    });
    Ok(ended.await?)
}

/// Lets the caller's session act from now on for the tenant that the request names.
pub(crate) async fn change_tenant(app: &App, who: Caller) -> Result<Session, Error> {
    let Some(session) = who.session else {
        let detail = "An API key has no session. It names the tenant with each request.";
        return Err(Error::new(Code::NotFound, detail));
    };
    if !who.platform {
        return Err(Error::new(Code::ForbiddenRole, "Only operators of the platform act for other tenants."));
    }
    let entry = audit::entry(app, &who, AuditAction::SessionTenantChanged, "", &who.name);
    let tenant_id = who.tenant_id;
    let changed = app.store.write(move |db| {
        let tenant = store::tenants::find_and_others(db, tenant_id)?;
        if tenant.is_some() {
            sessions::set_tenant(db, &session, tenant_id)?;
            store::audit::append(db, tenant_id, &entry)?;
        }
        Ok(tenant)
    });
    let tenant = changed.await?.ok_or_else(Error::not_found)?;
    Ok(present(app, who, tenant))
}

/// Changes the password of the operator who is signed in. All its sessions end, and a new one begins.
pub(crate) async fn change_password(app: &App, who: &Caller, change: PasswordChange) -> Result<SignedIn, Error> {
    let operator_id = match (who.kind, who.id) {
        (CallerKind::Operator, Some(id)) => id,
        _ => return Err(Error::new(Code::ForbiddenRole, "Only an operator has a password.")),
    };
    passwords::check_length(&change.current_password, "/current_password")?;
    Error::refuse(change.check())?;
    app.gatekeeper.throttle.attempt(who.address, Some(&who.name), app.clock.now())?;
    let email = who.name.clone();
    let found = app.store.read(move |db| operators::find_by_email(db, &email)).await;
    let take_back = || app.gatekeeper.throttle.take_back(who.address, &who.name);
    let found = found.inspect_err(|_| take_back())?;
    let operator = found.filter(|operator| operator.id == operator_id).ok_or_else(Error::not_found)?;
    // The new session goes on for the tenant of the one before.
    let operator = OperatorRow { tenant_id: who.tenant_id, ..operator };
    let PasswordChange { current_password, new_password } = change;
    let verified = app.gatekeeper.passwords.verify(current_password, Some(operator.password_hash.clone())).await;
    if !verified.inspect_err(|_| take_back())? {
        return Err(wrong_password());
    }
    app.gatekeeper.throttle.succeeded(who.address, &who.name);
    let hash = app.gatekeeper.passwords.hash(new_password).await?;
    let client = Client { address: who.address, session: who.session };
    let begun = begin(app, client, operator, AuditAction::SessionPasswordChanged, move |db, operator| {
        let replaced = operators::replace_password(db, operator, &hash)?;
        if replaced {
            sessions::delete_of_operator(db, operator.id)?;
        }
        Ok(replaced)
    });
    begun.await?.ok_or_else(wrong_password)
}

fn wrong_password() -> Error {
    let detail = "That is not your password.";
    Error::invalid(vec![FieldError::new("/current_password", Code::PasswordWrong, detail)])
}

/// Who the caller is.
pub(crate) async fn describe(app: &App, who: &Caller) -> Result<Session, Error> {
    let tenant_id = who.tenant_id;
    let tenant =
        app.store.read(move |db| store::tenants::find_and_others(db, tenant_id)).await?.ok_or_else(Error::not_found)?;
    Ok(present(app, who.clone(), tenant))
}

fn present(app: &App, who: Caller, (tenant, has_tenants): (Tenant, bool)) -> Session {
    let Caller { kind, id: _, name, role, platform, tenant_id, expires_at, session: _, address: _ } = who;
    let Identity { signature_header, signature_prefix, user_agent: _ } = app.identity.clone();
    let webhook_defaults = app.webhook_defaults.clone();
    Session {
        kind,
        name,
        role,
        platform,
        tenant_id,
        tenant_name: tenant.name,
        tenant_external_id: tenant.external_id.filter(|_| platform),
        has_tenants,
        expires_at,
        signature_header,
        signature_prefix,
        webhook_defaults,
    }
}
