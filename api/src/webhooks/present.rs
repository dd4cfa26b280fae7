//! A webhook as it is shown, and as the audit log keeps it.

use crate::store::{recent::Recent, webhooks::WebhookRow};
use shared::{Authentication, AuthenticationType, CatalogueShare, CustomHeader, EventSelection, Timestamp, Webhook};

/// A webhook as the audit log shows it: without its secrets, but with when they were set.
pub(super) fn audited(row: &WebhookRow) -> serde_json::Value {
    let mut webhook = serde_json::to_value(present(row.clone(), None, Recent::default(), &[])).unwrap_or_default();
    if let Some(members) = webhook.as_object_mut() {
        for name in [
            "catalogue",
            "failing",
            "resting_until",
            "last_24h",
            "hourly",
            "inactive_since",
            "updated_at",
            "updated_by",
            "version",
        ] {
            members.remove(name);
        }
    }
    webhook
}

/// A webhook as it is shown. Full destructuring: a new column makes someone decide whether the world sees it.
pub(super) fn present(
    row: WebhookRow,
    resting_until: Option<Timestamp>,
    recent: Recent,
    catalogue: &[String],
) -> Webhook {
    let failing = row.is_failing();
    let WebhookRow {
        id,
        tenant_id: _,
        url,
        description,
        status,
        inactive_reason,
        secret_sealed: _,
        secret_set_at,
        auth_type,
        auth_name,
        auth_sealed: _,
        header_names,
        headers_sealed: _,
        credentials_changed_at,
        selection,
        timeout_ms,
        retry_schedule,
        version,
        created_at,
        updated_at,
        deleted_at: _,
        max_concurrency,
        rate_limit,
        failing_since: _,
        failure_streak: _,
        in_alarm: _,
        previous_secret_sealed: _,
        previous_secret_until,
        updated_by,
        inactive_since,
        content_mode,
    } = row;
    let authentication = match auth_type {
        AuthenticationType::None => Authentication::None,
        AuthenticationType::Basic => Authentication::Basic { username: auth_name },
        AuthenticationType::ApiKey => Authentication::ApiKey { header: auth_name },
    };
    let wanted = catalogue.iter().filter(|name| selection.wants_type(name)).count();
    let is_other = |wanted: &&String| !catalogue.iter().any(|name| EventSelection::selects(wanted, name));
    let others = selection.types.iter().filter(is_other).count();
    Webhook {
        id,
        url,
        description,
        status,
        inactive_reason,
        inactive_since,
        authentication,
        headers: header_names.into_iter().map(|name| CustomHeader { name, value: None }).collect(),
        content_mode,
        events: selection,
        catalogue: CatalogueShare { wanted, all: catalogue.len(), others },
        timeout_ms,
        retry_schedule,
        max_concurrency,
        rate_limit,
        secret_set: true,
        secret_set_at,
        previous_secret_until,
        credentials_changed_at,
        failing,
        resting_until,
        last_24h: recent.counts,
        hourly: recent.hourly,
        created_at,
        updated_at,
        updated_by,
        version,
    }
}
