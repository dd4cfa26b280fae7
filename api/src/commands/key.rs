//! `hookwright key`

use super::{beside::Beside, database::Database, print_line};
use crate::{api_keys, audit, auth::token, clock::Clock, ids::Ids, store};
use shared::{ActorKind, AuditAction, AuditEntry, Named as _, NewApiKey, Role};
use std::{error::Error, process::ExitCode};

/// What `hookwright key` can do.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Create an API key; the last line of the output is the key, which is never shown again
    Add(Add),
    /// Print a new API key without recording it: the server does so that has it as HOOKWRIGHT_PLATFORM_KEY
    New,
}

/// The arguments of `hookwright key add`.
#[derive(clap::Args)]
pub struct Add {
    /// What the key is for
    #[arg(long)]
    name: String,

    /// What it may do: publisher, viewer, editor or admin
    #[arg(long, value_parser = role)]
    role: Role,

    /// Name, id or external id of the tenant that it belongs to [default: the default tenant]
    #[arg(long)]
    tenant: Option<String>,

    /// Let it act for every tenant, which it names in the header Hookwright-Tenant
    #[arg(long)]
    platform: bool,

    /// Days after which it ends [default: never]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    expires_in_days: Option<u32>,

    #[command(flatten)]
    database: Database,
}

pub(super) fn role(text: &str) -> Result<Role, String> {
    let names = Role::ALL.map(Role::name).join(", ");
    Role::named(text).ok_or_else(|| format!("one of: {names}"))
}

/// Makes the key, and prints it.
pub(super) async fn run(command: Command) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Command::Add(args) => add(args).await,
        Command::New => {
            let id = Ids::default().next(Clock::system().now());
            print_line(token::api_key(id, &token::generate()))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn add(args: Add) -> Result<ExitCode, Box<dyn Error>> {
    let Add { name, role, tenant, platform, expires_in_days, database } = args;
    let beside = Beside::open(&database.url)?;
    let tenant = beside.tenant(tenant).await?;
    let now = beside.clock.now();
    let expires_at = expires_in_days.map(|days| now.plus_seconds(i64::from(days) * 86_400));
    let new = NewApiKey { name, role, expires_at, platform };
    let (row, created) = api_keys::make(&beside.ids, now, tenant.id, new)?;
    let id = beside.ids.next(now);
    let entry = AuditEntry::by_itself(id, ActorKind::CommandLine, AuditAction::ApiKeyCreated, row.id, &row.name);
    let entry = audit::with_change(entry, None, Some(&created.api_key));
    beside.store.write(move |db| store::api_keys::insert(db, &row, &entry)).await?;
    let whose = if platform { "platform".into() } else { format!("tenant {}", tenant.name) };
    eprintln!("an API key of the {whose} for {}; keep it, it is never shown again:", role.name());
    print_line(created.key)?;
    Ok(ExitCode::SUCCESS)
}
