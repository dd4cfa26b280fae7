//! The lists over many deliveries: fills a database, then measures filtered pages through the API.

mod fill;
mod pages;

use crate::{
    database::{Database, Databases, Kind},
    machine::Machine,
    options::ListOptions,
    report,
    server::{Program, Server},
};
use anyhow::{Result, bail};
use serde::Serialize;

/// How many webhooks share the deliveries.
const WEBHOOKS: u32 = 100;

#[derive(Serialize)]
struct Results {
    machine: Machine,
    database: Kind,
    deliveries: u64,
    pages: Vec<pages::Page>,
}

/// Fills, measures, prints, and tells whether every page was fast enough.
pub(crate) async fn run(options: ListOptions) -> Result<bool> {
    let ListOptions { place, deliveries, keep, out } = options;
    let databases = Databases::open(&place)?;
    let database = match (&keep, databases.kind()) {
        (Some(file), Kind::Sqlite) => Database { kind: Kind::Sqlite, url: format!("sqlite://{}", file.display()) },
        (Some(_), Kind::Postgres) => bail!("--keep is for SQLite; name a database of your own with --database"),
        (None, _) => databases.fresh()?,
    };
    let program = Program::find(place.server)?;
    let mut server = Server::start(&program, &databases, database.clone()).await?;
    let present = database.count("SELECT count(*) AS count FROM deliveries")?;
    if present == 0 {
        server.webhooks((0..WEBHOOKS).map(|number| format!("http://127.0.0.1:60000/{number}")), None).await?;
        server.kill()?;
        fill::fill(&database, deliveries)?;
        server.restart().await?;
    } else if present < deliveries {
        bail!("the database holds {present} deliveries; remove it or ask for as many");
    }
    let pages = pages::measure(&server).await?;
    let passed = pages.iter().all(|page| page.figure.pass);
    let (machine, database) = (Machine::here(), database.kind);
    let results = Results { machine, database, deliveries: present.max(deliveries), pages };
    pages::print(&results.pages);
    if let Some(out) = out {
        report::write(&results, &out)?;
    }
    server.kill()?;
    Ok(passed)
}
