//! The rules for operators.

pub mod set_up;

use crate::{
    app::App,
    audit,
    auth::{Caller, caller::check_reach, passwords::Passwords},
    ids::Ids,
    problem::Error,
    store::{
        self, Rows, Slice,
        operators::{self, OperatorRow},
        sessions,
    },
};
use shared::{ActorKind, AuditAction, AuditEntry, Code, Id, NewOperator, Operator, OperatorPatch, Role, Timestamp};

/// A page of the tenant's operators, newest first.
pub async fn list(app: &App, who: &Caller, search: Option<String>, slice: Slice) -> Result<Rows<Operator>, Error> {
    let tenant_id = who.tenant_id;
    let list = move |db: &mut store::Db| operators::list(db, tenant_id, search.as_deref(), slice);
    Ok(app.store.read(list).await?.map(present))
}

/// The tenant's operator of that id.
pub async fn find(app: &App, who: &Caller, id: Id) -> Result<Operator, Error> {
    let tenant_id = who.tenant_id;
    let found = app.store.read(move |db| operators::find(db, tenant_id, id)).await?;
    found.map(present).ok_or_else(Error::not_found)
}

/// Makes an operator.
pub async fn create(app: &App, who: &Caller, new: NewOperator) -> Result<Operator, Error> {
    Error::refuse(new.check())?;
    check_reach(who, new.platform)?;
    let row = make(&app.ids, &app.gatekeeper.passwords, app.clock.now(), who.tenant_id, new).await?;
    let operator = present(row.clone());
    let entry = audit::entry(app, who, AuditAction::OperatorCreated, row.id, &row.email);
    let entry = audit::with_change(entry, None, Some(&operator));
    let made = app.store.write(move |db| operators::insert(db, &row, &entry));
    if store::unless_taken(made.await)? {
        return Ok(operator);
    }
    let detail = "Another operator has this e-mail address, perhaps of another tenant.";
    Err(Error::new(Code::EmailTaken, detail))
}

/// A new operator, from what was checked before.
pub async fn make(
    ids: &Ids,
    passwords: &Passwords,
    now: Timestamp,
    tenant_id: Id,
    new: NewOperator,
) -> Result<OperatorRow, Error> {
    let NewOperator { email, password, role, platform } = new;
    Ok(OperatorRow {
        id: ids.next(now),
        tenant_id,
        platform,
        email: email.to_lowercase(),
        password_hash: passwords.hash(password).await?,
        role,
        created_at: now,
        last_sign_in_at: None,
    })
}

/// The audit log's entry about an operator that the server made by itself, or that was made on its command line.
pub fn created(id: Id, actor: ActorKind, row: &OperatorRow) -> AuditEntry {
    let entry = AuditEntry::by_itself(id, actor, AuditAction::OperatorCreated, row.id, &row.email);
    audit::with_change(entry, None, Some(&present(row.clone())))
}

/// Changes an operator's role or password. A new password ends its sessions.
pub async fn change(app: &App, who: &Caller, id: Id, patch: OperatorPatch) -> Result<Operator, Error> {
    Error::refuse(patch.check())?;
    let OperatorPatch { role, password } = patch;
    let password_hash = match password {
        Some(password) => Some(app.gatekeeper.passwords.hash(password).await?),
        None => None,
    };
    let [role_changed, password_set] = [AuditAction::OperatorChanged, AuditAction::OperatorPasswordSet]
        .map(|action| audit::entry(app, who, action, id, ""));
    let who = who.clone();
    let changed = app.store.write(store::refusable(move |db| {
        operators::change_alone(db)?;
        let before = operators::find(db, who.tenant_id, id)?.ok_or_else(Error::not_found)?;
        check_reach(&who, before.platform)?;
        let mut row = before.clone();
        row.role = role.unwrap_or(row.role);
        if row.role != Role::Admin {
            refuse_last_admin(db, &before)?;
        }
        let append = |db: &mut store::Db, mut entry: AuditEntry| {
            entry.target.name.clone_from(&row.email);
            store::audit::append(db, who.tenant_id, &entry)
        };
        if row.role != before.role {
            operators::set_role(db, id, row.role)?;
            append(db, audit::with_change(role_changed, Some(&present(before)), Some(&present(row.clone()))))?;
        }
        if let Some(hash) = password_hash {
            operators::set_password(db, id, &hash)?;
            sessions::delete_of_operator(db, id)?;
            append(db, password_set)?;
        }
        Ok(present(row))
    }));
    changed.await?
}

/// Deletes an operator; its sessions end.
pub async fn delete(app: &App, who: &Caller, id: Id) -> Result<(), Error> {
    let entry = audit::entry(app, who, AuditAction::OperatorDeleted, id, "");
    let who = who.clone();
    let deleted = app.store.write(store::refusable(move |db| {
        operators::change_alone(db)?;
        let row = operators::find(db, who.tenant_id, id)?.ok_or_else(Error::not_found)?;
        check_reach(&who, row.platform)?;
        refuse_last_admin(db, &row)?;
        operators::delete(db, id)?;
        let mut entry = audit::with_change(entry, Some(&present(row.clone())), None);
        entry.target.name = row.email;
        Ok(store::audit::append(db, who.tenant_id, &entry)?)
    }));
    deleted.await?
}

/// Only the platform must keep an admin: it can make one for every tenant.
fn refuse_last_admin(db: &mut store::Db, row: &OperatorRow) -> Result<(), store::Unwritten<Error>> {
    let is_admin = row.platform && row.role == Role::Admin;
    if is_admin && operators::platform_admins(db)?.iter().all(|(id, _)| *id == row.id) {
        return Err(last_admin().into());
    }
    Ok(())
}

pub(super) fn last_admin() -> Error {
    let detail = "Nobody else is an admin of the platform. Make another one first.";
    Error::new(Code::LastAdmin, detail)
}

/// An operator as it is shown.
pub(super) fn present(row: OperatorRow) -> Operator {
    let OperatorRow { id, tenant_id: _, platform, email, password_hash: _, role, created_at, last_sign_in_at } = row;
    Operator { id, email, role, platform, created_at, last_sign_in_at }
}
