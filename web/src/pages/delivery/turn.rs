//! Why an event that was not sent yet waits: at its webhook others come first.

use super::settings;
use crate::{
    api::{self, ApiError},
    effect::every,
    format,
    query::Query,
    strings::strings,
    ui::icon::Icon,
};
use leptos::prelude::*;
use shared::{Delivery, DeliveryStatus, Webhook, WebhookStatus};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// The webhook at which it waits for its turn: if an attempt had been under way when this page saw it unsent, the webhook's time limit would
/// have ended it by now. When the event was published says nothing: it may have been missed, or waited for an inactive webhook or a rest.
pub(super) fn waited_for(delivery: RwSignal<Delivery>) -> Memo<Option<Webhook>> {
    let unsent = Memo::new(move |_| {
        delivery.with(|delivery| {
            let row = &delivery.summary;
            let is_let = row.webhook_status == Some(WebhookStatus::Active) && row.resting_until.is_none();
            let is_first = row.status == DeliveryStatus::Pending && row.attempt_count == 0;
            (is_let && is_first).then_some((row.id, row.webhook_id))
        })
    });
    let webhook = Query::new(
        move || unsent.get().map(|(_, webhook)| webhook),
        |id| async move { api::webhook(id.ok_or(ApiError::NOT_FOUND)?).await },
    );
    let now = RwSignal::new(format::now());
    let seen_at = Memo::new(move |_| unsent.get().map(|_| format::now()));
    every(SECOND, move || {
        if unsent.try_get_untracked().flatten().is_some() {
            now.set(format::now());
        }
    });
    Memo::new(move |_| {
        let seen_at = seen_at.get()?;
        let webhook = webhook.value.get()?.get();
        (now.get() > seen_at.plus(Duration::from_millis(webhook.timeout_ms.into()))).then_some(webhook)
    })
}

/// How fast that webhook lets events go, and where that is changed.
pub(super) fn note(webhook: Webhook, delivery: RwSignal<Delivery>) -> impl IntoView {
    let t = strings();
    let limits = [(t.concurrency, Some(webhook.max_concurrency)), (t.rate_limit, webhook.rate_limit)];
    let limits = limits.map(|(name, limit)| limit.map(|limit| format!(" {name}: {limit}.")).unwrap_or_default());
    let link = delivery.with_untracked(|delivery| settings(&delivery.summary));
    let link = link.map(|href| view! { " "<a href=href>{t.shell.settings}</a> });
    view! { <div class="note info">{Icon::Clock.view()}<div>{t.details.waits_for_turn}{limits}{link}</div></div> }
}
