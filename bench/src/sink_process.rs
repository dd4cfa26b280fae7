//! The sink, seen by the bench: starting it and asking it.

use crate::{
    http::{self, Connection},
    sink::GroupReport,
};
use anyhow::{Context as _, Result, bail};
use serde::de::DeserializeOwned;
use std::{
    collections::HashSet,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tokio::time::Instant;

/// How often the sink is asked how far it is.
const ASK: Duration = Duration::from_millis(50);

/// A sink that runs; it ends with this.
pub(crate) struct Sink {
    child: Child,
    address: SocketAddr,
}

impl Sink {
    pub(crate) fn start() -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("sink")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the sink")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("the sink has no output")?).read_line(&mut line)?;
        let address = line.trim().parse().with_context(|| format!("the sink said {line:?}"))?;
        Ok(Self { child, address })
    }

    /// The payload URL of a receiver. `behaviour`: as the sink's paths have it, `ok`, `never` or `gate`.
    pub(crate) fn url(&self, behaviour: &str, group: &str, number: u32) -> String {
        format!("http://{}/{behaviour}/{group}/{number}", self.address)
    }

    /// The payload URLs of so many receivers of a group.
    pub(crate) fn urls(&self, behaviour: &str, group: &str, count: u32) -> impl Iterator<Item = String> {
        (1..=count).map(move |number| self.url(behaviour, group, number))
    }

    /// Forgets what has arrived.
    pub(crate) async fn reset(&self) -> Result<()> {
        self.ask("/reset").await
    }

    /// Lets the receivers behind the gate answer, or not.
    pub(crate) async fn gate(&self, open: bool) -> Result<()> {
        self.ask(if open { "/open" } else { "/shut" }).await
    }

    /// What that group has received.
    pub(crate) async fn report(&self, group: &str) -> Result<GroupReport> {
        self.ask(&format!("/report/{group}")).await
    }

    /// The receivers and events of that group's deliveries.
    pub(crate) async fn seen(&self, group: &str) -> Result<HashSet<(u32, u64)>> {
        self.ask(&format!("/seen/{group}")).await
    }

    /// Waits until that group has so many deliveries, or for as long as nothing more arrives.
    pub(crate) async fn wait_for(&self, group: &str, deliveries: u64, patience: Duration) -> Result<()> {
        let (mut arrived, mut since) = (0, Instant::now());
        while arrived < deliveries && since.elapsed() < patience {
            tokio::time::sleep(ASK).await;
            let now = self.ask(&format!("/progress/{group}")).await?;
            if now != arrived {
                (arrived, since) = (now, Instant::now());
            }
        }
        Ok(())
    }

    async fn ask<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let mut connection = Connection::open(self.address).await?;
        let answer = connection.send(&http::compose("GET", path, self.address, "", None)).await?;
        if answer.status != 200 {
            bail!("the sink does not know {path}");
        }
        Ok(serde_json::from_slice(&answer.body)?)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // It ends when its input does; waiting only tidies up.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
