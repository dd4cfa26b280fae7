//! One attempt of a delivery: from the webhook's settings to what is recorded.

use super::{
    request::{self, Credentials, Identity},
    retry,
    sender::{Outcome, Request, Sender},
    signature::Secret,
};
use crate::{
    clock::Clock,
    secrets::{Place, Sealer, Unsealable},
    store::{
        Claimed, NextAttempt, Settlement, Store, StoreError,
        attempts::{self, NewAttempt},
        webhooks::{self, WebhookRow},
    },
};
use shared::{DeliveryStatus, Failure, Header, InactiveReason, Timestamp, WebhookStatus};
use std::{sync::Arc, time::Duration};
use url::Url;

/// How much of a claim must be left beyond the attempt's time limit, for settling it.
const MARGIN: Duration = Duration::from_secs(5);

/// Makes attempts.
#[derive(Clone)]
pub struct Attempter {
    /// Where webhooks are read and attempts recorded.
    pub store: Store,
    /// Opens the webhooks' secrets.
    pub sealer: Sealer,
    /// Sends the requests.
    pub sender: Arc<Sender>,
    /// What receivers see.
    pub identity: Identity,
    /// The time.
    pub clock: Clock,
}

/// An attempt could not be made, through no fault of the receiver.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Unsealable(#[from] Unsealable),
    #[error("the webhook's URL does not parse")]
    Url(#[from] url::ParseError),
    #[error("the recorded headers do not parse")]
    Headers(#[from] serde_json::Error),
}

impl Attempter {
    /// Makes the attempt that was claimed and settles it. What cannot be settled falls due again when its claim ends.
    pub async fn attempt(&self, claimed: Claimed) {
        let delivery_id = claimed.delivery_id;
        match self.try_attempt(claimed).await {
            Ok(true) => {}
            Ok(false) => tracing::warn!(%delivery_id, "lease lost: somebody else has settled this delivery"),
            Err(error) => tracing::error!(%delivery_id, %error, "the attempt could not be recorded"),
        }
    }

    async fn try_attempt(&self, claimed: Claimed) -> Result<bool, StoreError> {
        let (tenant_id, webhook_id) = (claimed.tenant_id, claimed.webhook_id);
        let webhook = self.store.read(move |db| webhooks::find(db, tenant_id, webhook_id)).await?;
        let now = self.clock.now();
        let Some(webhook) = webhook.filter(|webhook| webhook.deleted_at.is_none()) else {
            return self.store.settle(not_sent(&claimed, DeliveryStatus::Cancelled, None, now)).await;
        };
        if webhook.status == WebhookStatus::Inactive {
            let failure = Some(Failure::WebhookInactive);
            return self.store.settle(not_sent(&claimed, DeliveryStatus::Failed, failure, now)).await;
        }
        let timeout = Duration::from_millis(webhook.timeout_ms.into());
        if now.plus_micros(micros(timeout + MARGIN)) > claimed.lease_until {
            // It waited so long for its turn that the claim might end during the attempt.
            return Ok(true);
        }
        let settlement = match self.send(&claimed, &webhook, timeout, now).await {
            Ok((attempt, retry_after)) => self.settlement(&claimed, &webhook, attempt, retry_after),
            Err(Fault::Store(error)) => return Err(error),
            Err(fault) => {
                tracing::error!(delivery_id = %claimed.delivery_id, %webhook_id, %fault, "the request could not be made");
                not_sent(&claimed, DeliveryStatus::Failed, Some(Failure::InternalError), now)
            }
        };
        self.store.settle(settlement).await
    }

    async fn send(
        &self,
        claimed: &Claimed,
        webhook: &WebhookRow,
        timeout: Duration,
        now: Timestamp,
    ) -> Result<(NewAttempt, Option<String>), Fault> {
        let url = Url::parse(&webhook.url)?;
        let headers = self.headers(claimed, webhook, &url, now).await?;
        let number = claimed.attempt_count + 1;
        let place = Place::RequestHeaders(claimed.delivery_id, number);
        let request_headers_sealed = self.sealer.seal(place, &serde_json::to_vec(&headers)?);
        let request = Request { url: webhook.url.clone(), headers, body: claimed.payload.clone(), timeout };
        let Outcome {
            duration,
            phases,
            failure,
            error,
            status_code,
            response_headers,
            response_body,
            truncated,
            retry_after,
        } = self.sender.send(&request).await;
        let attempt = NewAttempt {
            number,
            trigger: claimed.next.trigger(),
            started_at: now,
            duration_us: u64::try_from(duration.as_micros()).unwrap_or(u64::MAX),
            phases,
            url: webhook.url.clone(),
            failure,
            error,
            request_headers_sealed,
            status_code,
            response_headers,
            response_body,
            truncated,
        };
        Ok((attempt, retry_after))
    }

    async fn headers(
        &self,
        claimed: &Claimed,
        webhook: &WebhookRow,
        url: &Url,
        now: Timestamp,
    ) -> Result<Vec<Header>, Fault> {
        let delivery_id = claimed.delivery_id;
        let secret = self.sealer.open_text(Place::WebhookSecret(webhook.id), &webhook.secret_sealed)?;
        let secret = Secret::new(secret);
        if claimed.next == NextAttempt::ResendOriginal {
            let recorded = self.store.read(move |db| attempts::last_request_headers(db, delivery_id)).await?;
            if let Some((number, sealed)) = recorded {
                let recorded = self.sealer.open(Place::RequestHeaders(delivery_id, number), &sealed)?;
                let recorded = serde_json::from_slice(&recorded)?;
                return Ok(request::original(recorded, &secret, delivery_id, url, &claimed.payload, now));
            }
        }
        let credentials = Credentials::open(&self.sealer, webhook)?;
        Ok(request::current(&self.identity, &secret, &credentials, delivery_id, url, &claimed.payload, now))
    }

    /// Where the delivery stands after the attempt: delivered, or due again while the retry schedule lasts.
    fn settlement(
        &self,
        claimed: &Claimed,
        webhook: &WebhookRow,
        attempt: NewAttempt,
        retry_after: Option<String>,
    ) -> Settlement {
        let at = self.clock.now();
        let gone = attempt.status_code == Some(410);
        let retry_after = retry_after.and_then(|value| retry::parse_retry_after(&value, at));
        let index = usize::try_from(claimed.retry_index).unwrap_or(usize::MAX);
        let delay = retry::next_delay(&webhook.retry_schedule, index, retry_after, rand::random());
        let failure = attempt.failure;
        let (status, due_at) = match (failure, delay) {
            (None, _) => (DeliveryStatus::Delivered, None),
            (Some(_), Some(delay)) if !gone => (DeliveryStatus::Retrying, Some(at.plus_micros(micros(delay)))),
            (Some(_), _) => (DeliveryStatus::Failed, None),
        };
        Settlement {
            delivery_id: claimed.delivery_id,
            attempt_count: claimed.attempt_count,
            status,
            due_at,
            retry_index: claimed.retry_index + u32::from(due_at.is_some()),
            failure,
            attempt: Some(attempt),
            deactivate: gone.then_some((webhook.id, InactiveReason::Gone)),
            at,
        }
    }
}

/// Settles a delivery for which no request was made.
fn not_sent(claimed: &Claimed, status: DeliveryStatus, failure: Option<Failure>, at: Timestamp) -> Settlement {
    Settlement {
        delivery_id: claimed.delivery_id,
        attempt_count: claimed.attempt_count,
        status,
        due_at: None,
        retry_index: claimed.retry_index,
        failure,
        attempt: None,
        deactivate: None,
        at,
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
