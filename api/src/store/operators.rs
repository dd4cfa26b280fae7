//! Operators: people with an account.

use super::{
    DEFAULT_TENANT, audit,
    codec::{self, lower},
    connection::Db,
    page::{Rows, Slice},
    schema::operators,
};
use diesel::prelude::*;
use shared::{AuditEntry, Id, Role, Timestamp};

/// An operator as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorRow {
    /// Its id.
    pub id: Id,
    /// Where it belongs.
    pub tenant_id: Id,
    /// Whether it may act for every tenant.
    pub platform: bool,
    /// What it signs in with, in lower case.
    pub email: String,
    /// The password's argon2id hash, in the PHC string format.
    pub password_hash: String,
    /// What it may do.
    pub role: Role,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last signed in.
    pub last_sign_in_at: Option<Timestamp>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = operators)]
struct Columns {
    id: Vec<u8>,
    tenant_id: Vec<u8>,
    platform: i16,
    email: String,
    password_hash: String,
    role: String,
    created_at: i64,
    last_sign_in_at: Option<i64>,
}

impl Columns {
    fn write(row: &OperatorRow) -> Self {
        let OperatorRow { id, tenant_id, platform, email, password_hash, role, created_at, last_sign_in_at } = row;
        Self {
            id: codec::key(*id),
            tenant_id: codec::key(*tenant_id),
            platform: i16::from(*platform),
            email: email.clone(),
            password_hash: password_hash.clone(),
            role: role.name().to_owned(),
            created_at: created_at.as_micros(),
            last_sign_in_at: last_sign_in_at.map(Timestamp::as_micros),
        }
    }

    fn read(self) -> QueryResult<OperatorRow> {
        Ok(OperatorRow {
            id: codec::id(&self.id)?,
            tenant_id: codec::id(&self.tenant_id)?,
            platform: self.platform != 0,
            email: self.email,
            password_hash: self.password_hash,
            role: codec::named(&self.role, "role")?,
            created_at: Timestamp::from_micros(self.created_at),
            last_sign_in_at: self.last_sign_in_at.map(Timestamp::from_micros),
        })
    }
}

/// Whether anybody can sign in who looks after this server: an operator of the platform, or one of the first tenant. Those of a customer do
/// not.
pub fn any_in_charge(connection: &mut Db) -> QueryResult<bool> {
    let in_charge = operators::platform.eq(1).or(operators::tenant_id.eq(codec::key(DEFAULT_TENANT)));
    let found = operators::table.filter(in_charge).select(operators::id).first::<Vec<u8>>(connection);
    Ok(found.optional()?.is_some())
}

/// Lets nobody else change operators until the transaction ends: two admins who demote each other must not both find the other one still
/// there.
pub fn change_alone(connection: &mut Db) -> QueryResult<()> {
    connection.lock_table("operators")
}

/// Adds an operator, and who has made it to the audit log. `false`: another one has its e-mail address.
pub fn insert(connection: &mut Db, row: &OperatorRow, entry: &AuditEntry) -> QueryResult<bool> {
    if find_by_email(connection, &row.email)?.is_some() {
        return Ok(false);
    }
    diesel::insert_into(operators::table).values(Columns::write(row)).execute(connection)?;
    audit::append(connection, row.tenant_id, entry)?;
    Ok(true)
}

/// The operator with that e-mail address, in lower case.
pub fn find_by_email(connection: &mut Db, email: &str) -> QueryResult<Option<OperatorRow>> {
    // PostgreSQL refuses the character in any text, and nobody has such an address.
    if email.contains('\0') {
        return Ok(None);
    }
    let found = operators::table.filter(operators::email.eq(email)).first::<Columns>(connection).optional()?;
    found.map(Columns::read).transpose()
}

/// A tenant's operator of that id.
pub fn find(connection: &mut Db, tenant_id: Id, id: Id) -> QueryResult<Option<OperatorRow>> {
    let found = operators::table
        .find(codec::key(id))
        .filter(operators::tenant_id.eq(codec::key(tenant_id)))
        .first::<Columns>(connection)
        .optional()?;
    found.map(Columns::read).transpose()
}

/// A tenant's operators, newest first. `search`: only those whose e-mail address has this text, or the one with this id.
pub fn list(connection: &mut Db, tenant_id: Id, search: Option<&str>, slice: Slice) -> QueryResult<Rows<OperatorRow>> {
    let mut query = operators::table
        .filter(operators::tenant_id.eq(codec::key(tenant_id)))
        .order(operators::id.desc())
        .limit(slice.beyond().into())
        .into_boxed();
    if let Some(before) = slice.before {
        query = query.filter(operators::id.lt(codec::key(before)));
    }
    if let Some(search) = search {
        let found = lower(operators::email).like(lower(codec::contains(search))).escape('\\');
        query = match search.parse() {
            Ok(id) => query.filter(found.or(operators::id.eq(codec::key(id)))),
            Err(_) => query.filter(found),
        };
    }
    let rows = query.load::<Columns>(connection)?.into_iter().map(Columns::read).collect::<QueryResult<_>>()?;
    slice.cut(rows, |row: &OperatorRow| Ok(row.id))
}

/// Gives an operator another role.
pub fn set_role(connection: &mut Db, id: Id, role: Role) -> QueryResult<()> {
    let operator = operators::table.find(codec::key(id));
    diesel::update(operator).set(operators::role.eq(role.name())).execute(connection).map(drop)
}

/// Gives an operator another password, of that hash.
pub fn set_password(connection: &mut Db, id: Id, hash: &str) -> QueryResult<()> {
    let operator = operators::table.find(codec::key(id));
    diesel::update(operator).set(operators::password_hash.eq(hash)).execute(connection).map(drop)
}

/// Gives an operator another password in the place of the one that was verified. `false`: it has another one by now, or is gone.
pub fn replace_password(connection: &mut Db, verified: &OperatorRow, hash: &str) -> QueryResult<bool> {
    let operator = operators::table.find(codec::key(verified.id));
    let same = operator.filter(operators::password_hash.eq(&verified.password_hash));
    Ok(diesel::update(same).set(operators::password_hash.eq(hash)).execute(connection)? == 1)
}

/// Notes that an operator has signed in with the password that was verified. `false`: it has another one by now, or is gone.
pub fn note_sign_in(connection: &mut Db, verified: &OperatorRow, at: Timestamp) -> QueryResult<bool> {
    let operator = operators::table.find(codec::key(verified.id));
    let same = operator.filter(operators::password_hash.eq(&verified.password_hash));
    Ok(diesel::update(same).set(operators::last_sign_in_at.eq(at.as_micros())).execute(connection)? == 1)
}

/// Deletes an operator, and its sessions with it.
pub fn delete(connection: &mut Db, id: Id) -> QueryResult<()> {
    diesel::delete(operators::table.find(codec::key(id))).execute(connection).map(drop)
}

/// The admins of the platform, each with its tenant.
pub fn platform_admins(connection: &mut Db) -> QueryResult<Vec<(Id, Id)>> {
    let rows = operators::table
        .filter(operators::platform.eq(1))
        .filter(operators::role.eq(Role::Admin.name()))
        .select((operators::id, operators::tenant_id))
        .load::<(Vec<u8>, Vec<u8>)>(connection)?;
    rows.iter().map(|(id, tenant_id)| Ok((codec::id(id)?, codec::id(tenant_id)?))).collect()
}
