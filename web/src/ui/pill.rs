//! Statuses: always an icon, a word and a colour, from one table.

use super::icon::Icon;
use crate::{
    format::{self, Part},
    strings::strings,
};
use leptos::prelude::*;
use shared::{DeliveryStatus, InactiveReason, Webhook, WebhookStatus};

fn pill(tone: &'static str, icon: Icon, word: String) -> impl IntoView {
    view! { <span class=format!("badge {tone}")>{icon.view()}{word}</span> }
}

/// The status of a delivery.
pub(crate) fn of_delivery(status: DeliveryStatus) -> impl IntoView {
    let (tone, icon) = look(status);
    pill(tone, icon, (strings().delivery_status)(status).to_owned())
}

/// The status of a delivery, and after how many attempts it has failed.
pub(crate) fn of_delivery_after(status: DeliveryStatus, attempts: u32) -> impl IntoView {
    let (tone, icon) = look(status);
    let t = strings();
    let word = match status {
        DeliveryStatus::Failed if attempts > 1 => (t.failed_after)(attempts),
        _ => (t.delivery_status)(status).to_owned(),
    };
    pill(tone, icon, word)
}

const fn look(status: DeliveryStatus) -> (&'static str, Icon) {
    match status {
        DeliveryStatus::Pending => ("info", Icon::Clock),
        DeliveryStatus::Delivered => ("ok", Icon::Check),
        DeliveryStatus::Retrying => ("warn", Icon::Retry),
        DeliveryStatus::Failed => ("bad", Icon::Cross),
        DeliveryStatus::Cancelled => ("", Icon::Bars),
    }
}

fn of_webhook(status: WebhookStatus) -> impl IntoView {
    let (tone, icon) = match status {
        WebhookStatus::Active => ("ok", Icon::Check),
        WebhookStatus::Inactive => ("", Icon::Bars),
    };
    pill(tone, icon, (strings().webhook_status)(status).to_owned())
}

/// How a webhook is: a failing one is active, but nothing arrives; one that the server has deactivated nobody wanted so; one that rests is
/// sent nothing for a while.
pub(crate) fn of_health(webhook: &Webhook) -> AnyView {
    let t = strings();
    let bad = |icon, word: &str| pill("bad", icon, word.to_owned()).into_any();
    match webhook.inactive_reason {
        Some(InactiveReason::Gone | InactiveReason::Failing) => bad(Icon::Alert, t.deactivated_by_server),
        None if webhook.failing => view! { {bad(Icon::Cross, t.shell.failing)}" "{resting(webhook)} }.into_any(),
        None if webhook.resting_until.is_some() => resting(webhook).into_any(),
        _ => of_webhook(webhook.status).into_any(),
    }
}

fn resting(webhook: &Webhook) -> impl IntoView + use<> {
    let until = webhook.resting_until.map(|until| format::moment(until, Part::Clock));
    until.map(|until| pill("warn", Icon::Clock, (strings().shell.resting_until)(&until)))
}

/// How many webhooks are failing.
pub(crate) fn of_failing(count: u64) -> impl IntoView {
    pill("bad", Icon::Cross, (strings().tenants.failing)(&format::number(count)))
}

/// The status code of an attempt's response.
pub(crate) fn of_response(status: u16, delivered: bool) -> impl IntoView {
    let (tone, icon) = look(if delivered { DeliveryStatus::Delivered } else { DeliveryStatus::Failed });
    pill(tone, icon, status.to_string())
}

/// How an attempt ended, as an icon; the word is for screen readers, what happened stands beside it.
pub(crate) fn of_attempt(delivered: bool) -> impl IntoView {
    let status = if delivered { DeliveryStatus::Delivered } else { DeliveryStatus::Failed };
    let (tone, icon) = look(status);
    let word = (strings().delivery_status)(status);
    view! { <span class=format!("badge round {tone}")>{icon.view()}<span class="vh">{word}</span></span> }
}
