//! One attempt of a delivery: from the webhook's settings to what is recorded.

use super::{
    content::{self, Content, ContentError},
    key_watch::KeyWatch,
    opened::{Opened, OpenedWebhooks},
    request::{self, Identity, Message},
    retry,
    sender::{Outcome, Request, Sender},
    settlement::{self, Ending, Reception},
    signature::Secret,
    unrecorded::{AGAIN, Unrecorded},
};
use crate::{
    clock::{Clock, micros},
    failpoint,
    metrics::Metrics,
    secrets::{Place, Sealer, Unsealable},
    store::{
        ANSWER_WITHIN, Claimed, LEASE, NextAttempt, Pace, Settlement, Store, StoreError,
        attempts::{self, AttemptRow},
        webhooks::WebhookRow,
    },
};
use bytes::Bytes;
use futures_util::FutureExt as _;
use shared::{DeliveryStatus, Failure, Header, Id, MAX_TIMEOUT_MS, Timestamp, WebhookStatus, is_same_origin};
use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

/// How much of a claim must be left beyond the attempt's time limit, for settling it. Longer than it takes to learn that the database hangs:
/// by then nothing is claimed any more, and so not what has just arrived.
const MARGIN: Duration = Duration::from_secs(10);
const _: () = assert!(ANSWER_WITHIN.as_millis() < MARGIN.as_millis());
const _: () = assert!(MARGIN.as_millis() + (MAX_TIMEOUT_MS as u128) < LEASE.as_millis());

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
    /// Counts the attempts.
    pub metrics: Arc<Metrics>,
    /// The webhooks that were opened lately.
    pub opened: Arc<OpenedWebhooks>,
    /// The attempts that cannot be recorded yet.
    pub unrecorded: Unrecorded,
    /// Whether the sealer has the database's keys.
    pub keys: KeyWatch,
    /// After how many seconds events are purged.
    pub retention_seconds: i64,
}

/// What the dispatcher learns from an attempt that has ended.
pub(super) struct Ended {
    pub(super) webhook_id: Id,
    /// How fast attempts to the webhook may follow each other now.
    pub(super) pace: Option<Pace>,
    /// How the receiver copes.
    pub(super) reception: Reception,
    /// How long the request took, if one was sent.
    pub(super) took: Duration,
    /// How long the receiver wants no other.
    pub(super) rest: Option<Rest>,
    /// What is still to be done.
    pub(super) left: Left,
}

/// What is still to be done about an attempt that has ended.
pub(super) enum Left {
    /// Nothing.
    Nothing,
    /// To record it, with [`Attempter::settle`].
    Record(Settlement),
    /// To give the delivery back, with [`Attempter::give_back`]: nothing was sent and it stays due, as its claim would end during the
    /// attempt, its webhook is inactive, its key is not known here or the database is away.
    GiveBack(Claimed),
}

/// What a receiver asked for that wants to be left alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rest {
    /// When the attempt began that it answered so.
    pub(super) began: Timestamp,
    /// Until when.
    pub(super) until: Timestamp,
}

impl Ended {
    /// Nothing was sent, and nothing is to be recorded.
    pub(super) const fn nothing(webhook_id: Id) -> Self {
        Self {
            webhook_id,
            pace: None,
            reception: Reception::Unknown,
            took: Duration::ZERO,
            rest: None,
            left: Left::Nothing,
        }
    }
}

/// An attempt could not be made, through no fault of the receiver.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the webhook's secret or credential: {0}")]
    Unsealable(#[from] Unsealable),
    #[error("the webhook's URL does not parse")]
    Url,
    #[error("the recorded headers do not parse")]
    Headers(#[from] serde_json::Error),
    #[error(transparent)]
    Content(#[from] ContentError),
    #[error("an error in the server's program, which its log tells more about")]
    Panic,
}

/// Whether an attempt that begins then ends clearly before its claim. One that would end later than any claim was made before the clock was
/// set back.
pub(super) fn fits_claim(lease_until: Timestamp, timeout: Duration, begins: Timestamp) -> bool {
    (begins.plus(timeout + MARGIN)..=begins.plus(LEASE + MARGIN)).contains(&lease_until)
}

/// Tries `work` again while the database is away, for as long as `time`.
async fn retried_for<T, F>(time: Duration, mut work: impl FnMut() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let end = Instant::now() + time;
    loop {
        match work().await {
            Err(error) if error.may_pass() && Instant::now() < end => tokio::time::sleep(AGAIN).await,
            done => return done,
        }
    }
}

impl Attempter {
    /// Makes the attempt that was claimed. One that failed is recorded too: it may make the webhook inactive, and then the next one must
    /// not begin before that is known. After one that arrived nobody has to wait.
    pub(super) async fn attempt(&self, claimed: Claimed) -> Ended {
        // As long as the claim holds: what is given back and claimed again at once would go round and round while the database is away.
        let left = claimed.lease_until.since(self.clock.now()).saturating_sub(claimed.pace.timeout() + MARGIN);
        let attempt = async {
            failpoint::at("attempt_claimed");
            retried_for(left, || self.try_attempt(&claimed)).await
        };
        // A panic ends this attempt only: it is recorded like any fault of ours, and its slot becomes free.
        let ended = AssertUnwindSafe(attempt).catch_unwind().await;
        let ended = ended.unwrap_or_else(|_| self.after_fault(&claimed, None, Fault::Panic));
        let mut ended = ended.unwrap_or_else(|error| {
            tracing::warn!(delivery_id = %claimed.delivery_id, %error, "the attempt could not be made");
            Ended { left: Left::GiveBack(claimed.clone()), ..Ended::nothing(claimed.webhook_id) }
        });
        ended.left = match ended.left {
            Left::Record(settlement) if settlement.failure.is_some() => {
                self.settle(settlement).await;
                Left::Nothing
            }
            left => left,
        };
        ended
    }

    /// Records an attempt, however long the database is away: what has arrived must not be sent again. Until then its slot is not free,
    /// so that no more is sent than can be recorded. A statement that fails is tried again for a while: the reason may pass, and be told in words
    /// that nobody knows here.
    pub(super) async fn settle(&self, settlement: Settlement) {
        let delivery_id = settlement.delivery_id;
        let settlement = Arc::new(settlement);
        let settle = || async {
            let give_up_at = Instant::now() + MARGIN;
            loop {
                match self.store.settle(Arc::clone(&settlement)).await {
                    Err(StoreError::Query(_)) if Instant::now() < give_up_at => tokio::time::sleep(AGAIN).await,
                    settled => return settled,
                }
            }
        };
        match self.unrecorded.retried_while_away(settle).await {
            (Ok(true), _) => {}
            // A commit whose answer was lost with the connection may have been this one.
            (Ok(false), true) => tracing::info!(%delivery_id, "this delivery is settled already"),
            (Ok(false), false) => tracing::warn!(%delivery_id, "lease lost: somebody else has settled this delivery"),
            (Err(error), _) => tracing::error!(%delivery_id, %error, "the attempt could not be recorded"),
        }
    }

    /// Gives deliveries back that were not attempted, however long the database is away: they shall not count as interrupted. `false`: they
    /// fall due when their claims end.
    pub(super) async fn give_back(&self, claimed: &[Claimed]) -> bool {
        let claims: Vec<_> = claimed.iter().map(|claimed| (claimed.delivery_id, claimed.attempt_count)).collect();
        let (released, _) =
            self.unrecorded.retried_while_away(|| self.store.release(claims.clone(), self.clock.now())).await;
        if let Err(error) = &released {
            tracing::error!(%error, "deliveries could not be given back: they fall due when their claims end");
        }
        released.is_ok()
    }

    /// What the attempt came to. An error says that the database is away, and that nothing was sent.
    async fn try_attempt(&self, claimed: &Claimed) -> Result<Ended, StoreError> {
        let webhook = match self.store.webhook(claimed.tenant_id, claimed.webhook_id).await {
            Ok(webhook) => webhook,
            Err(error) => return self.after_fault(claimed, None, error.into()),
        };
        let now = self.clock.now();
        let Some(webhook) = webhook.filter(|webhook| webhook.deleted_at.is_none()) else {
            let cancelled = settlement::not_sent(claimed, DeliveryStatus::Cancelled, None, now);
            return Ok(Ended { left: Left::Record(cancelled), ..Ended::nothing(claimed.webhook_id) });
        };
        let ended = |left| Ended { pace: Some(webhook.pace()), left, ..Ended::nothing(webhook.id) };
        if claimed.next.is_repeated_test(claimed.attempt_count) {
            let failure = Some(Failure::Interrupted);
            return Ok(ended(Left::Record(settlement::not_sent(claimed, DeliveryStatus::Failed, failure, now))));
        }
        let waits = webhook.status == WebhookStatus::Inactive && !claimed.next.is_test();
        if waits || !fits_claim(claimed.lease_until, webhook.pace().timeout(), now) {
            return Ok(ended(Left::GiveBack(claimed.clone())));
        }
        match self.send(claimed, &webhook, now).await {
            Ok((attempt, retry_after)) => {
                let (reception, took) = (settlement::reception(&attempt), Duration::from_micros(attempt.duration_us));
                self.count(claimed, &attempt);
                let ending = self.ending(claimed);
                let retry_after = retry_after.and_then(|value| retry::parse_retry_after(&value, ending.at));
                let rest = retry::rest(attempt.status_code, retry_after);
                let rest = rest.map(|rest| Rest { began: now, until: ending.at.plus(rest) });
                let settlement = settlement::sent(claimed, &webhook, attempt, retry_after, ending);
                Ok(Ended { reception, took, rest, ..ended(Left::Record(settlement)) })
            }
            // Who has the key sends it. Where all are known, what does not open was changed, and nobody opens it.
            Err(Fault::Unsealable(_)) if !self.keys.look().await? => Ok(ended(Left::GiveBack(claimed.clone()))),
            Err(fault) => self.after_fault(claimed, Some(&webhook), fault),
        }
    }

    /// What follows from a fault of ours. While the database is away nothing can be recorded.
    fn after_fault(&self, claimed: &Claimed, webhook: Option<&WebhookRow>, fault: Fault) -> Result<Ended, StoreError> {
        let words = match fault {
            Fault::Store(error) if error.may_pass() => return Err(error),
            // A database's own words are for the log only.
            Fault::Store(error) => {
                tracing::error!(delivery_id = %claimed.delivery_id, %error, "the attempt could not be made");
                "the webhook or an earlier attempt cannot be read from the database".to_owned()
            }
            fault => {
                tracing::error!(delivery_id = %claimed.delivery_id, %fault, "the attempt could not be made");
                fault.to_string()
            }
        };
        let settlement = settlement::own_fault(claimed, webhook, &words, self.ending(claimed));
        self.metrics.failed(Failure::InternalError);
        let pace = webhook.map(WebhookRow::pace);
        Ok(Ended { pace, left: Left::Record(settlement), ..Ended::nothing(claimed.webhook_id) })
    }

    /// An attempt ends now.
    fn ending(&self, claimed: &Claimed) -> Ending {
        let purged_at = claimed.delivery_id.made_at().plus_seconds(self.retention_seconds);
        Ending { at: self.clock.now(), purged_at, jitter: rand::random() }
    }

    fn count(&self, claimed: &Claimed, attempt: &AttemptRow) {
        let waited = (attempt.started_at.plus(LEASE)).since(claimed.lease_until);
        let took = Duration::from_micros(attempt.duration_us);
        self.metrics.attempted(attempt.failure, waited, took, attempt.phases);
    }

    async fn send(
        &self,
        claimed: &Claimed,
        webhook: &Arc<WebhookRow>,
        now: Timestamp,
    ) -> Result<(AttemptRow, Option<String>), Fault> {
        let opened = self.opened.open(webhook, &self.sealer, &self.sender, now)?;
        let (headers, body) = self.message(claimed, webhook, &opened, now).await?;
        let timeout = Duration::from_millis(webhook.timeout_ms.into());
        let number = claimed.attempt_count + 1;
        let place = Place::RequestHeaders(claimed.delivery_id, number);
        let request_headers_sealed = self.sealer.seal(place, &serde_json::to_vec(&content::recorded(&headers))?);
        let request = Request { target: &opened.target, headers, body, timeout };
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
        } = request::without_echo(self.sender.send(&request).await, &self.identity, &request.headers);
        let attempt = AttemptRow {
            number,
            trigger: claimed.next.trigger(),
            started_at: now,
            duration_us: micros(duration),
            phases,
            url: webhook.url.clone(),
            failure,
            error,
            request_headers_sealed,
            status_code,
            response_headers,
            response_body,
            truncated,
            webhook_version: Some(webhook.version),
        };
        Ok((attempt, retry_after))
    }

    /// The headers and the body to send.
    async fn message(
        &self,
        claimed: &Claimed,
        webhook: &WebhookRow,
        opened: &Opened,
        now: Timestamp,
    ) -> Result<(Vec<Header>, Bytes), Fault> {
        let delivery_id = claimed.delivery_id;
        let url = opened.target.url().ok_or(Fault::Url)?;
        let wrong;
        let secret = if claimed.next == NextAttempt::TestInvalidSignature {
            wrong = Secret::new(hex::encode(rand::random::<[u8; 32]>()));
            &wrong
        } else {
            opened.secrets.at(now)
        };
        let message = |body| Message { delivery_id, url, body, secret, now };
        if claimed.next == NextAttempt::ResendOriginal {
            let recorded = self.store.read(move |db| attempts::last_request(db, delivery_id)).await?;
            // Credentials go where they were meant for, and to nobody else. Those of the settings are meant for the URL of now: what is kept
            // of them keeps it from being led to another server.
            let meant_for_it = |(_, before, _): &(_, String, _)| is_same_origin(before, &webhook.url);
            if let Some((number, _, sealed)) = recorded.filter(meant_for_it) {
                let recorded = self.sealer.open(Place::RequestHeaders(delivery_id, number), &sealed)?;
                let recorded: Vec<_> = serde_json::from_slice(&recorded)?;
                let content = Content::of(&claimed.payload, content::mode_of_headers(&recorded))?;
                return Ok((message(&content.body).original(content.restore(recorded)), content.body));
            }
        }
        let Content { body, headers } = Content::of(&claimed.payload, webhook.content_mode)?;
        Ok((message(&body).current(&self.identity, headers, &opened.headers), body))
    }
}
