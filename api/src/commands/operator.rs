//! `hookwright operator`

use super::{beside::Beside, database::Database, key::role, print_line};
use crate::{
    auth::passwords::Passwords,
    operators::{created, make},
    problem,
    store::{self, operators, sessions},
};
use shared::{ActorKind, AuditAction, AuditEntry, NewOperator, Role};
use std::{
    error::Error,
    io::{IsTerminal as _, stdin},
    process::ExitCode,
};

/// What `hookwright operator` can do.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Create an operator; the password comes from HOOKWRIGHT_PASSWORD, or from the first line of the standard input
    Add(Add),
    /// Set the password of an operator who has forgotten it, and end all its sessions
    SetPassword(SetPassword),
}

/// The arguments of `hookwright operator add`.
#[derive(clap::Args)]
pub struct Add {
    /// E-mail address to sign in with
    #[arg(long)]
    email: String,

    /// What it may do: viewer, editor or admin
    #[arg(long, value_parser = role, default_value = "admin")]
    role: Role,

    /// Name, id or external id of the tenant that it belongs to [default: the default tenant]
    #[arg(long)]
    tenant: Option<String>,

    /// Let it act for every tenant
    #[arg(long)]
    platform: bool,

    #[command(flatten)]
    database: Database,
}

/// The arguments of `hookwright operator set-password`.
#[derive(clap::Args)]
pub struct SetPassword {
    /// E-mail address to sign in with
    #[arg(long)]
    email: String,

    #[command(flatten)]
    database: Database,
}

/// Makes an operator, or gives one another password.
pub(super) async fn run(command: Command) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Command::Add(args) => add(args).await,
        Command::SetPassword(args) => set_password(args).await,
    }
}

async fn add(args: Add) -> Result<ExitCode, Box<dyn Error>> {
    let Add { email, role, tenant, platform, database } = args;
    let new = checked(NewOperator { email, password: password()?, role, platform })?;
    let beside = Beside::open(&database.url)?;
    let tenant = beside.tenant(tenant).await?;
    let now = beside.clock.now();
    let row = make(&beside.ids, &Passwords::default(), now, tenant.id, new).await?;
    let entry = created(beside.ids.next(now), ActorKind::CommandLine, &row);
    let email = row.email.clone();
    let added = beside.store.write(move |db| operators::insert(db, &row, &entry));
    if !store::unless_taken(added.await)? {
        return Err(format!("{email} has an account already").into());
    }
    let reach = if platform { " and acts for every tenant" } else { "" };
    print_line(format!("{email} can sign in as {} of the tenant {}{reach}", role.name(), tenant.name))?;
    Ok(ExitCode::SUCCESS)
}

async fn set_password(args: SetPassword) -> Result<ExitCode, Box<dyn Error>> {
    let SetPassword { email, database } = args;
    let new = checked(NewOperator { email, password: password()?, role: Role::Viewer, platform: false })?;
    let email = new.email.to_lowercase();
    let beside = Beside::open(&database.url)?;
    let wanted = email.clone();
    let found = beside.store.read(move |db| operators::find_by_email(db, &wanted)).await?;
    let row = found.ok_or_else(|| format!("{email} has no account"))?;
    let hash = Passwords::default().hash(new.password).await?;
    let id = beside.ids.next(beside.clock.now());
    let entry = AuditEntry::by_itself(id, ActorKind::CommandLine, AuditAction::OperatorPasswordSet, row.id, &row.email);
    let set = beside.store.write(move |db| {
        operators::set_password(db, row.id, &hash)?;
        sessions::delete_of_operator(db, row.id)?;
        store::audit::append(db, row.tenant_id, &entry)
    });
    set.await?;
    print_line(format!("{email} has a new password; its sessions have ended"))?;
    Ok(ExitCode::SUCCESS)
}

fn checked(new: NewOperator) -> Result<NewOperator, Box<dyn Error>> {
    let errors = new.check();
    problem::Error::refuse(errors)?;
    Ok(new)
}

/// Never an argument: those can be seen by everybody on the machine.
fn password() -> Result<String, Box<dyn Error>> {
    if let Some(password) = std::env::var("HOOKWRIGHT_PASSWORD").ok().filter(|password| !password.is_empty()) {
        return Ok(password);
    }
    if stdin().is_terminal() {
        eprintln!("password (it is shown as you type):");
    }
    let mut line = String::new();
    stdin().read_line(&mut line)?;
    match line.trim_end_matches(['\r', '\n']) {
        "" => Err("no password was given; type it, or set HOOKWRIGHT_PASSWORD".into()),
        password => Ok(password.to_owned()),
    }
}
