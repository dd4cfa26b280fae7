//! The first operator: by a link that works once, or from the settings.

use super::{created, make};
use crate::{
    app::App,
    auth::{
        sessions::{self, Client, SignedIn},
        token,
    },
    problem::Error,
    store::{
        DEFAULT_TENANT, Db, StoreError,
        links::{self, LinkRow, Purpose},
        operators::{self, OperatorRow},
    },
};
use shared::{ActorKind, AuditAction, Code, NewOperator, Role, SetUp};

/// How long the link works; the next start prints another one.
const LINK_LASTS_SECONDS: i64 = 24 * 3_600;

/// Whether nobody can sign in yet who looks after this server.
pub async fn needed(app: &App) -> Result<bool, Error> {
    Ok(!app.store.read(operators::any_in_charge).await?)
}

/// The token of a new link to make the first operator.
pub async fn link(app: &App) -> Result<String, Error> {
    let token = token::generate();
    let now = app.clock.now();
    let row = LinkRow {
        token_hash: token::hash(&token),
        purpose: Purpose::SetUp,
        tenant_id: DEFAULT_TENANT,
        role: Role::Admin,
        visitor: None,
        created_at: now,
        expires_at: now.plus_seconds(LINK_LASTS_SECONDS),
    };
    app.store.write(move |db| links::insert(db, &row)).await?;
    Ok(token)
}

/// Makes the first operator and signs it in. The link is used up.
pub async fn by_link(app: &App, client: Client, set_up: SetUp) -> Result<SignedIn, Error> {
    Error::refuse(set_up.check())?;
    let SetUp { token, email, password } = set_up;
    let (token_hash, now) = (token::hash(&token), app.clock.now());
    if !needed(app).await? {
        return Err(done());
    }
    if app.store.read(move |db| links::find(db, &token_hash, Purpose::SetUp, now)).await?.is_none() {
        return Err(sessions::link_invalid());
    }
    let new = NewOperator { email, password, role: Role::Admin, platform: true };
    let made = make(&app.ids, &app.gatekeeper.passwords, now, DEFAULT_TENANT, new).await?;
    let operator = OperatorRow { last_sign_in_at: Some(now), ..made };
    let entry = created(app.ids.next(now), ActorKind::System, &operator);
    let record = move |db: &mut Db, operator: &OperatorRow| {
        // Somebody may have been faster.
        Ok(!operators::any_in_charge(db)? && links::take(db, &token_hash)? && operators::insert(db, operator, &entry)?)
    };
    sessions::begin(app, client, operator, AuditAction::SessionCreated, record).await?.ok_or_else(done)
}

/// Makes the admin that the settings name, if nobody can sign in yet who looks after this server: one that was deleted does not come back with a restart.
pub async fn by_settings(app: &App, email: &str, password: &str) -> Result<(), Error> {
    let new = NewOperator { email: email.into(), password: password.into(), role: Role::Admin, platform: true };
    Error::refuse(new.check())?;
    if !needed(app).await? {
        let address = email.to_lowercase();
        if app.store.read(move |db| operators::find_by_email(db, &address)).await?.is_none() {
            tracing::info!(
                email,
                "HOOKWRIGHT_ADMIN_EMAIL has no account, and none is made: other operators can sign in; to make it: hookwright operator add"
            );
        }
        return Ok(());
    }
    let now = app.clock.now();
    let operator = make(&app.ids, &app.gatekeeper.passwords, now, DEFAULT_TENANT, new).await?;
    let entry = created(app.ids.next(now), ActorKind::System, &operator);
    let made =
        app.store.write(move |db| Ok(operators::insert(db, &operator, &entry)? || operators::any_in_charge(db)?));
    match made.await {
        // Another node may have been faster.
        Ok(true) | Err(StoreError::Taken) => {}
        Ok(false) => tracing::warn!(email, "HOOKWRIGHT_ADMIN_EMAIL is an operator of a customer: set another address"),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

fn done() -> Error {
    Error::new(
        Code::SetUpDone,
        "An operator exists already, or this e-mail address has an account. Sign in, or ask an admin for an account.",
    )
}
