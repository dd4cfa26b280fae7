//! Which pages are measured, and how.

use crate::{
    clock,
    figures::{Figure, ms, quantiles},
    http::{Connection, compose},
    load::Target,
    server::Server,
};
use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use serde_json::Value;
use shared::Timestamp;
use std::time::{Duration, Instant};

/// How often a page is asked for at most, each time for another webhook where the page is a webhook's.
const TIMES: usize = 200;
/// How long one page may be measured.
const LIMIT: Duration = Duration::from_secs(10);
/// What any filtered page may take, at the median.
const FAST_MS: f64 = 1.0;
const DAY_MICROS: i64 = 86_400_000_000;

/// The filters of a list of deliveries. `DELIVERY` and `FROM`, `TO` stand for an id in that list and a window of one day.
const FILTERS: [&str; 16] = [
    "",
    "status=delivered",
    "status=failed",
    "status=retrying",
    "status=failed,retrying",
    "status=pending",
    "status=cancelled",
    "event_type=BENCH.TYPE3",
    "event_type=BENCH.TYPE3&status=failed",
    "failure=timeout",
    "status_code=500",
    "from=FROM&to=TO",
    "from=FROM&to=TO&status=failed",
    "q=DELIVERY",
    "q=customer-77",
    "q=nothing+has+this+text",
];

/// A page and what it took.
#[derive(Serialize)]
pub(super) struct Page {
    path: String,
    rows: usize,
    p50_ms: f64,
    p99_ms: f64,
    /// What the server's process used for one, without the database's own.
    cpu_ms: f64,
    pub(super) figure: Figure,
}

/// Measures all pages.
pub(super) async fn measure(server: &Server<'_>) -> Result<Vec<Page>> {
    let mut asking = Asking { server, connection: Connection::open(server.target().address).await? };
    let webhooks = asking.ids("/api/v1/webhooks?limit=100").await?;
    let delivery =
        asking.ids("/api/v1/deliveries?status=failed&limit=100").await?.pop().context("no failed delivery")?;
    let now = i64::try_from(clock::micros())?;
    let [from, to] = [10, 9].map(|days| Timestamp::from_micros(now - days * DAY_MICROS).to_string());
    let fill_in =
        |filter: &str, delivery: &str| filter.replace("DELIVERY", delivery).replace("FROM", &from).replace("TO", &to);
    let mut lists = Vec::new();
    for id in webhooks {
        let list = format!("/api/v1/webhooks/{id}/deliveries");
        let delivery = asking.ids(&format!("{list}?limit=1")).await?.pop().context("a webhook without deliveries")?;
        lists.push((list, delivery));
    }
    let mut pages = Vec::new();
    for filter in FILTERS {
        let paths: Vec<_> = lists.iter().map(|(list, own)| format!("{list}?{}", fill_in(filter, own))).collect();
        pages.push(asking.page(format!("/webhooks/ID/deliveries?{filter}"), &paths).await?);
    }
    for filter in FILTERS {
        let path = format!("/api/v1/deliveries?{}", fill_in(filter, &delivery));
        pages.push(asking.page(format!("/deliveries?{filter}"), &[path]).await?);
    }
    let deep = asking.next("/api/v1/deliveries?status=failed&limit=100", 20).await?;
    pages.push(asking.page("/deliveries?status=failed, page 20".into(), &[deep]).await?);
    for filter in ["", "event_type=BENCH.TYPE3", "matched=false", "from=FROM&to=TO"] {
        let path = format!("/api/v1/events?{}", fill_in(filter, &delivery));
        pages.push(asking.page(format!("/events?{filter}"), &[path]).await?);
    }
    Ok(pages)
}

/// Prints the pages, as Markdown.
pub(super) fn print(pages: &[Page]) {
    println!("| {:<55} | rows | p50 ms | p99 ms | CPU ms |      |", "page");
    println!("| {} | ---: | -----: | -----: | -----: | ---: |", "-".repeat(55));
    for Page { path, rows, p50_ms, p99_ms, cpu_ms, figure } in pages {
        let verdict = if figure.pass { "pass" } else { "MISS" };
        println!("| {path:<55} | {rows:>4} | {p50_ms:>6.2} | {p99_ms:>6.2} | {cpu_ms:>6.2} | {verdict} |");
    }
}

struct Asking<'a> {
    server: &'a Server<'a>,
    connection: Connection,
}

impl Asking<'_> {
    async fn get(&mut self, path: &str) -> Result<Vec<u8>> {
        let Target { address, key } = self.server.target();
        let request = compose("GET", path, *address, key, None);
        let answer = self.connection.send(&request).await?;
        ensure!(answer.status == 200, "{path} was answered with {}: {}", answer.status, answer.text());
        Ok(answer.body)
    }

    async fn items(&mut self, path: &str) -> Result<(Vec<Value>, Option<String>)> {
        let mut page: Value = serde_json::from_slice(&self.get(path).await?)?;
        let next = page["next_cursor"].as_str().map(str::to_owned);
        Ok((page["items"].as_array_mut().map(std::mem::take).unwrap_or_default(), next))
    }

    async fn ids(&mut self, path: &str) -> Result<Vec<String>> {
        let (items, _) = self.items(path).await?;
        Ok(items.iter().filter_map(|item| item["id"].as_str().map(str::to_owned)).collect())
    }

    /// The path of a page so many pages on, or of the last one.
    async fn next(&mut self, first: &str, pages: u32) -> Result<String> {
        let mut path = first.to_owned();
        for _ in 0..pages {
            let (_, Some(cursor)) = self.items(&path).await? else { break };
            path = format!("{first}&cursor={cursor}");
        }
        Ok(path)
    }

    async fn page(&mut self, name: String, paths: &[String]) -> Result<Page> {
        let (start, mut times, mut rows) = (Instant::now(), Vec::new(), 0);
        let cpu = self.server.cpu_of_threads()?;
        while times.len() < TIMES && (start.elapsed() < LIMIT || times.is_empty()) {
            let path = &paths[times.len() % paths.len()];
            let asked = Instant::now();
            let body = self.get(path).await?;
            times.push(u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX));
            let page: Value = serde_json::from_slice(&body)?;
            rows = rows.max(page["items"].as_array().map_or(0, Vec::len));
        }
        let cpu = self.server.cpu_of_threads()?.saturating_sub(cpu);
        let cpu_ms = cpu.as_secs_f64() * 1e3 / times.len() as f64;
        let [p50, p99] = quantiles(&mut times, [0.5, 0.99]);
        eprintln!("    {name}: {:.2} ms, {cpu_ms:.2} of CPU", ms(p50));
        let figure = Figure::at_most(format!("p50 of {name}"), ms(p50), FAST_MS, "ms");
        Ok(Page { path: name, rows, p50_ms: ms(p50), p99_ms: ms(p99), cpu_ms, figure })
    }
}
