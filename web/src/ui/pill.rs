//! Statuses: always an icon, a word and a colour, from one table.

use super::icon::Icon;
use crate::strings::strings;
use leptos::prelude::*;
use shared::{DeliveryStatus, WebhookStatus};

fn pill(tone: &'static str, icon: Icon, word: String) -> impl IntoView {
    view! { <span class=format!("badge {tone}")>{icon.view()}{word}</span> }
}

/// The status of a delivery.
pub(crate) fn of_delivery(status: DeliveryStatus) -> impl IntoView {
    let (tone, icon) = match status {
        DeliveryStatus::Pending => ("info", Icon::Clock),
        DeliveryStatus::Delivered => ("ok", Icon::Check),
        DeliveryStatus::Retrying => ("warn", Icon::Retry),
        DeliveryStatus::Failed => ("bad", Icon::Cross),
        DeliveryStatus::Cancelled => ("", Icon::Bars),
    };
    pill(tone, icon, (strings().delivery_status)(status).to_owned())
}

/// The status of a webhook.
pub(crate) fn of_webhook(status: WebhookStatus) -> impl IntoView {
    let (tone, icon) = match status {
        WebhookStatus::Active => ("ok", Icon::Check),
        WebhookStatus::Inactive => ("", Icon::Bars),
    };
    pill(tone, icon, (strings().webhook_status)(status).to_owned())
}

/// How an attempt ended: the status code or a word.
pub(crate) fn of_attempt(delivered: bool, word: String) -> impl IntoView {
    let (tone, icon) = if delivered { ("ok", Icon::Check) } else { ("bad", Icon::Cross) };
    pill(tone, icon, word)
}
