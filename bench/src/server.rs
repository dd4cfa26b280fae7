//! The server under measurement: a process of its own with its default settings, but for the sink on this machine being allowed.

use crate::{
    database::{Database, Databases},
    http::{self, Answer, Connection},
    load::Target,
    process,
};
use anyhow::{Context as _, Result, bail};
use serde_json::json;
use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tokio::time::Instant;

const STARTS_WITHIN: Duration = Duration::from_secs(30);
const SETTLES_WITHIN: Duration = Duration::from_secs(5);
/// Seals what belongs to no one.
const ENCRYPTION_KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// How to start the server.
pub(crate) struct Program(PathBuf);

impl Program {
    /// That program, or the one beside the bench's own.
    pub(crate) fn find(given: Option<PathBuf>) -> Result<Self> {
        let program = match given {
            Some(program) => program,
            None => std::env::current_exe()?.with_file_name("hookwright"),
        };
        if !program.exists() {
            bail!("the server's program is missing; build it with: cargo build --release -p api");
        }
        Ok(Self(program))
    }

    fn command(&self, database: &Database) -> Command {
        let mut command = Command::new(&self.0);
        // Only what is said here is measured.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HOOKWRIGHT_")) {
            command.env_remove(name);
        }
        command
            .env("DATABASE_URL", &database.url)
            .env("HOOKWRIGHT_ENCRYPTION_KEY", ENCRYPTION_KEY)
            .stdin(Stdio::null());
        command
    }

    /// Makes an API key.
    fn key(&self, database: &Database) -> Result<String> {
        let made = self.command(database).args(["key", "add", "--name", "bench", "--role", "admin"]).output()?;
        if !made.status.success() {
            bail!("`hookwright key add` failed: {}", String::from_utf8_lossy(&made.stderr));
        }
        String::from_utf8_lossy(&made.stdout).lines().last().map(str::to_owned).context("a key that is not shown")
    }
}

/// What a server has used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// CPU time of the server's process.
    pub(crate) server: Duration,
    /// CPU time of the database's processes.
    pub(crate) database: Duration,
}

impl Usage {
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            server: self.server.saturating_sub(before.server),
            database: self.database.saturating_sub(before.database),
        }
    }
}

/// A server that runs; it ends with this.
pub(crate) struct Server<'a> {
    program: &'a Program,
    databases: &'a Databases,
    pub(crate) database: Database,
    child: Child,
    target: Target,
}

impl<'a> Server<'a> {
    /// Starts a server on that database, which nobody else uses.
    pub(crate) async fn start(program: &'a Program, databases: &'a Databases, database: Database) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = spawn(program, databases, &database, address)?;
        let mut server = Self { program, databases, database, child, target: Target { address, key: String::new() } };
        server.ready().await?;
        server.target.key = program.key(&server.database)?;
        Ok(server)
    }

    /// Ends it as a power cut would: SIGKILL.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Starts it again on the same database and address, and returns how long it took to answer.
    pub(crate) async fn restart(&mut self) -> Result<Duration> {
        let start = Instant::now();
        self.child = spawn(self.program, self.databases, &self.database, self.target.address)?;
        self.ready().await?;
        Ok(start.elapsed())
    }

    async fn ready(&mut self) -> Result<()> {
        let start = Instant::now();
        loop {
            match self.ask("GET", "/readyz", None).await {
                Ok(Answer { status: 200, .. }) => return Ok(()),
                _ if start.elapsed() < STARTS_WITHIN && self.child.try_wait()?.is_none() => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                _ => {
                    bail!("the server did not start:\n{}", fs::read_to_string(log(self.databases)).unwrap_or_default())
                }
            }
        }
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, body: Option<&str>) -> Result<Answer> {
        let Target { address, key } = &self.target;
        let request = http::compose(method, path, *address, key, body);
        Ok(Connection::open(*address).await?.send(&request).await?)
    }

    /// Registers a webhook at that URL for events of one type of the load, or for all.
    pub(crate) async fn webhook(&self, url: &str, kind: Option<&str>) -> Result<()> {
        let events = match kind {
            None => json!({"mode": "all"}),
            Some(kind) => json!({"mode": "selected", "types": [format!("BENCH.{kind}")]}),
        };
        let new = json!({"url": url, "secret": "bench-secret", "events": events}).to_string();
        let answer = self.ask("POST", "/api/v1/webhooks", Some(&new)).await?;
        if answer.status != 201 {
            bail!("the webhook was refused: {}", answer.text());
        }
        Ok(())
    }

    /// Registers a webhook at each of those URLs.
    pub(crate) async fn webhooks(&self, urls: impl Iterator<Item = String>, kind: Option<&str>) -> Result<()> {
        for url in urls {
            self.webhook(&url, kind).await?;
        }
        Ok(())
    }

    /// What it has used so far.
    pub(crate) fn usage(&self) -> Result<Usage> {
        Ok(Usage { server: process::cpu(self.child.id())?, database: self.databases.cpu()? })
    }

    /// The CPU time of its threads, finer than [`Server::usage`].
    pub(crate) fn cpu_of_threads(&self) -> Result<Duration> {
        process::cpu_of_threads(self.child.id())
    }

    /// The most memory it has held, in MiB.
    pub(crate) fn peak_memory_mib(&self) -> Result<f64> {
        Ok(process::peak_memory(self.child.id())? as f64 / (1024.0 * 1024.0))
    }

    /// Waits until it does next to nothing: the last attempts are recorded.
    pub(crate) async fn settle(&self) -> Result<()> {
        let (start, mut before) = (Instant::now(), process::cpu(self.child.id())?);
        while start.elapsed() < SETTLES_WITHIN {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let now = process::cpu(self.child.id())?;
            if now.saturating_sub(before) <= Duration::from_millis(10) {
                break;
            }
            before = now;
        }
        Ok(())
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

fn log(databases: &Databases) -> PathBuf {
    databases.folder().join("server.log")
}

fn spawn(program: &Program, databases: &Databases, database: &Database, address: SocketAddr) -> Result<Child> {
    let listen = address.to_string();
    program
        .command(database)
        .args(["serve", "--listen", &listen, "--allow-http", "true", "--allow-networks", "127.0.0.0/8"])
        .stdout(Stdio::null())
        .stderr(fs::File::create(log(databases))?)
        .spawn()
        .context("cannot start the server")
}
