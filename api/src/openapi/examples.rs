//! An example of each request that has a body, to read and to try. A test sends each of them.

use serde_json::{Value, json};
use utoipa::openapi::{RefOr, path::Operation};

/// The body of a request to an operation as somebody would send it; nothing where only a token of somebody's own would do.
fn of(method: &str, path: &str) -> Option<Value> {
    const DAY: [&str; 2] = ["2025-07-08T00:00:00Z", "2025-07-09T00:00:00Z"];
    let event = json!({
        "specversion": "1.0", "id": "A-4711", "source": "ORDER", "type": "CREATED", "time": "2025-07-08T18:01:19.622Z",
        "datacontenttype": "application/json", "data": {"order": "A-4711", "amount": 129.90}
    });
    let event_type = json!({
        "source": "ORDER", "type": "CREATED", "description": "An order was placed",
        "example": json!({
            "specversion": "1.0", "id": "A-4711", "source": "ORDER", "type": "CREATED", "data": {"order": "A-4711", "amount": 129.90}
        }).to_string(),
    });
    Some(match (method, path) {
        ("POST", "/api-keys") => json!({"name": "The shop's publisher", "role": "publisher"}),
        ("POST", "/deliveries/{id}/resend") => json!({"headers": "current"}),
        ("POST", "/event-types") | ("PUT", "/event-types/{name}") => event_type,
        ("POST", "/events") => event,
        ("POST", "/events/batch") => json!([event]),
        ("POST", "/operators") => {
            json!({"email": "maria@example.com", "password": "tell her by another way", "role": "editor"})
        }
        ("PATCH", "/operators/{id}") => json!({"role": "viewer"}),
        ("POST", "/portal-links") => {
            json!({"role": "editor", "visitor": "maria@customer.example", "page": "/events?status=failed"})
        }
        ("POST", "/session") => json!({"email": "maria@example.com", "password": "tell her by another way"}),
        ("PUT", "/session/password") => {
            json!({"current_password": "tell her by another way", "new_password": "what nobody else knows"})
        }
        ("POST", "/tenants") => json!({"name": "ACME", "external_id": "customer-1"}),
        ("PATCH" | "PUT", "/tenants/{id}") => json!({"name": "ACME Inc."}),
        ("POST", "/webhooks") => json!({
            "url": "https://example.com/webhooks", "description": "Orders for the warehouse",
            "events": {"mode": "selected", "types": ["ORDER.CREATED"]}
        }),
        ("PATCH", "/webhooks/{id}") => json!({
            "events": {
                "mode": "selected", "types": ["ORDER.*"],
                "conditions": [{"path": "/data/amount", "operator": "at_least", "values": ["100"]}]
            },
            "retry_schedule": [5, 60, 600, 3600]
        }),
        ("POST", "/webhooks/preflight") => json!({"url": "https://example.com/webhooks"}),
        ("POST", "/webhooks/{id}/resend-failed") => {
            json!({"from": DAY[0], "to": DAY[1], "status_code": 503, "rate": 20})
        }
        ("POST", "/webhooks/{id}/rotate-secret") => json!({"overlap_seconds": 86_400}),
        ("POST", "/webhooks/{id}/send-missed") => json!({"from": DAY[0], "to": DAY[1], "dry_run": true}),
        ("POST", "/webhooks/{id}/test") => json!({"kind": "duplicate"}),
        _ => return None,
    })
}

/// Adds the example to each form of JSON that the operation reads.
pub(super) fn add(method: &str, path: &str, operation: &mut Operation) {
    let (Some(example), Some(RefOr::T(body))) = (of(method, path), &mut operation.request_body) else { return };
    for (media_type, content) in &mut body.content {
        let RefOr::T(content) = content else { continue };
        content.example = media_type.ends_with("json").then(|| example.clone());
    }
}
