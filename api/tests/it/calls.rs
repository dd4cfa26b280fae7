//! Calls to a server that is a process of its own.

use crate::{
    harness::{changed, event},
    processes::until,
    receiver::Receiver,
};
use serde_json::{Value, json};

pub(crate) async fn register(client: &reqwest::Client, base: &str, receiver: &Receiver) {
    register_with(client, base, receiver, json!({})).await;
}

/// Registers a webhook with those members instead of the usual ones.
pub(crate) async fn register_with(client: &reqwest::Client, base: &str, receiver: &Receiver, change: Value) {
    let new = changed(json!({"url": receiver.url(), "secret": "dummysecret"}), change);
    let (status, answer) = post(client, base, "/webhooks", &new).await;
    assert_eq!(status, 201, "{answer}");
}

/// Publishes an event with that id.
pub(crate) async fn publish(client: &reqwest::Client, base: &str, ce_id: &str) {
    let (status, answer) = post(client, base, "/events", &event("A", "B", ce_id)).await;
    assert_eq!(status, 202, "{answer}");
}

/// The status and the JSON that a path of the API answers to that JSON.
pub(crate) async fn post(client: &reqwest::Client, base: &str, path: &str, body: &Value) -> (u16, Value) {
    try_post(client, base, path, body).await.unwrap()
}

/// Like [`post`], where the server may be gone.
pub(crate) async fn try_post(
    client: &reqwest::Client,
    base: &str,
    path: &str,
    body: &Value,
) -> reqwest::Result<(u16, Value)> {
    let request = client.post(format!("{base}/api/v1{path}")).header("content-type", "application/json");
    let answer = request.body(body.to_string()).send().await?;
    let status = answer.status().as_u16();
    // What is read to its end leaves the connection for the next request.
    let text = answer.text().await?;
    Ok((status, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))))
}

/// Waits until no delivery is open.
pub(crate) async fn settled(client: &reqwest::Client, base: &str) {
    until(async || {
        let open = get(client, &format!("{base}/api/v1/deliveries?status=pending,retrying&limit=1")).await;
        if open["items"] == json!([]) { Ok(()) } else { Err(format!("still open: {open}")) }
    })
    .await;
}

/// How many attempts the server has counted that failed so.
pub(crate) async fn counted(client: &reqwest::Client, base: &str, failure: &str) -> usize {
    let metrics = metrics(client, base).await;
    let line = format!("hookwright_attempts_failed_total{{failure=\"{failure}\"}} ");
    metrics.lines().find_map(|shown| shown.strip_prefix(line.as_str())).map_or(0, |count| count.parse().unwrap())
}

pub(crate) async fn metrics(client: &reqwest::Client, base: &str) -> String {
    client.get(format!("{base}/metrics")).send().await.unwrap().text().await.unwrap()
}

pub(crate) async fn get(client: &reqwest::Client, url: &str) -> Value {
    serde_json::from_str(&client.get(url).send().await.unwrap().text().await.unwrap()).unwrap()
}

pub(crate) async fn all(client: &reqwest::Client, url: &str) -> Vec<Value> {
    let (mut rows, mut next) = (Vec::new(), String::new());
    loop {
        let page = get(client, &format!("{url}?limit=100{next}")).await;
        rows.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(cursor) = page["next_cursor"].as_str() else { return rows };
        next = format!("&cursor={cursor}");
    }
}
