//! The dispatcher: starts the attempts that are due, each webhook in its own lane.
//!
//! Fresh deliveries come in memory from the writer; retries, resends, what found no room in memory and what another process left behind
//! are claimed from the store. The loop itself never waits for the store: it asks in tasks of their own, one claim at a time, so that
//! a slow write holds up no attempt.

use super::{
    attempt::{Attempter, Ended, Left, fits_claim},
    lanes::Lanes,
};
use crate::{
    failpoint,
    metrics::{Metrics, signed},
    store::{Claimed, HandedOver, Rooms, StoreError, Told, WEBHOOKS},
};
use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use shared::{Failure, Id};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

/// How often the store is asked for what is due, where nothing says that something is.
const POLL: Duration = Duration::from_millis(500);
/// How many deliveries are claimed at once. More would keep a processor so long that others notice.
const CLAIM: usize = 64;
/// How many attempts may be under way or unrecorded: half of the file descriptors that a process usually has. So many may be made again
/// after a crash.
const SLOTS: usize = 512;
/// How long a stop waits for the attempts that are under way.
const DRAIN: Duration = Duration::from_secs(4);
/// Where a look at the store begins: before the first webhook.
const FIRST: Id = Id::from_bytes([0; 16]);

/// Starts attempts.
pub struct Dispatcher {
    attempter: Arc<Attempter>,
    metrics: Arc<Metrics>,
    told: mpsc::UnboundedReceiver<Told>,
    rooms: Rooms,
    lanes: Lanes,
    running: JoinSet<Ended>,
    /// The attempts that are being recorded, by their webhooks.
    recording: FuturesUnordered<BoxFuture<'static, Id>>,
    /// The claim that is under way, at most one.
    claiming: JoinSet<Claims>,
    /// Whether the store could not be asked the last time.
    is_away: bool,
    /// What was claimed and stays due, to be given back.
    unattempted: Vec<Claimed>,
    /// What is being given back.
    releasing: JoinSet<()>,
    /// The webhook after which to look for what is due; none when there is no reason to look.
    look_after: Option<Id>,
}

/// What came of a claim.
struct Claims {
    claimed: Result<Vec<Claimed>, StoreError>,
    /// Where to look on at once, as there may be more: also where this claim failed.
    look_after: Option<Id>,
}

impl Dispatcher {
    /// A dispatcher of what is handed over and of what is due in the attempter's store.
    pub fn new(attempter: Attempter, handed_over: HandedOver) -> Self {
        let HandedOver { rooms, rests, receiver } = handed_over;
        Self {
            metrics: Arc::clone(&attempter.metrics),
            attempter: Arc::new(attempter),
            told: receiver,
            lanes: Lanes::new(SLOTS, rooms.clone(), rests),
            rooms,
            running: JoinSet::new(),
            recording: FuturesUnordered::new(),
            claiming: JoinSet::new(),
            is_away: false,
            unattempted: Vec::new(),
            releasing: JoinSet::new(),
            look_after: None,
        }
    }

    /// Runs until `stop` becomes true, then waits a few seconds for the attempts that are under way. What has not begun is given
    /// back.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let store = self.attempter.store.clone();
        let mut poll = tokio::time::interval(POLL);
        poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            self.take_what_is_there();
            // `select!` takes ended attempts first: under load it never comes to a release.
            if self.releasing.try_join_next().is_some() {
                self.claim();
            }
            self.start();
            self.claim();
            let next_look = self.lanes.next_look(self.attempter.clock.now());
            tokio::select! {
                biased;
                () = stopped(&mut stop) => break,
                Some(ended) = self.running.join_next() => self.ended(ended),
                Some(webhook_id) = self.recording.next() => self.recorded(webhook_id),
                Some(claims) = self.claiming.join_next() => self.claimed(claims),
                Some(told) = self.told.recv() => self.hear(told),
                Some(_) = self.releasing.join_next() => self.claim(),
                () = after(next_look) => {}
                () = store.wait_for_due() => self.look(),
                _ = poll.tick() => self.look(),
            }
        }
        self.stop().await;
    }

    /// Makes no attempt until `stop` becomes true: what is published falls due, for another process or the next start.
    pub fn stand_by(mut self, mut stop: watch::Receiver<bool>) -> impl Future<Output = ()> {
        // Now, and not when somebody waits for the stop: nothing may be handed over that nobody takes.
        self.rooms.close();
        self.told.close();
        async move { stopped(&mut stop).await }
    }

    /// Makes every attempt that is due now, and returns when all are recorded: one turn by hand, for tests.
    pub async fn run_due(&mut self) {
        // What an attempt makes due at once counts too.
        while self.run_what_is_due().await {}
    }

    /// Whether an attempt was made.
    async fn run_what_is_due(&mut self) -> bool {
        let mut attempted = false;
        self.look();
        loop {
            self.take_what_is_there();
            self.start();
            // Not when it ends: that may be seen in either place.
            attempted |= !self.running.is_empty();
            self.claim();
            tokio::select! {
                biased;
                Some(claims) = self.claiming.join_next() => self.claimed(claims),
                Some(_) = self.releasing.join_next() => self.claim(),
                Some(ended) = self.running.join_next() => self.ended(ended),
                Some(webhook_id) = self.recording.next() => self.recorded(webhook_id),
                else => return attempted,
            }
        }
    }

    /// Takes what has come meanwhile, without waiting: many attempts may end between two turns of the loop.
    fn take_what_is_there(&mut self) {
        while let Some(ended) = self.running.try_join_next() {
            self.ended(ended);
        }
        while let Some(Some(webhook_id)) = self.recording.next().now_or_never() {
            self.recorded(webhook_id);
        }
        while let Ok(told) = self.told.try_recv() {
            self.hear(told);
        }
    }

    fn hear(&mut self, told: Told) {
        match told {
            Told::Fresh(claimed) => claimed.into_iter().for_each(|claimed| self.take(claimed)),
            Told::Edited(webhook_id) => self.lanes.edited(webhook_id, self.attempter.clock.now()),
        }
    }

    fn take(&mut self, claimed: Claimed) {
        self.lanes.push(claimed, self.attempter.clock.now());
    }

    fn start(&mut self) {
        let now = self.attempter.clock.now();
        while let Some(claimed) = self.lanes.next(now) {
            let attempter = Arc::clone(&self.attempter);
            self.running.spawn(async move { attempter.attempt(claimed).await });
        }
        self.unattempted.extend(self.lanes.take_surplus());
        self.attempter.store.tell_of_rests(self.lanes.take_changed_rests());
        self.give_back();
        self.count();
    }

    /// The next attempt to the webhook may begin, even if this one is not on record yet.
    fn ended(&mut self, ended: Result<Ended, tokio::task::JoinError>) {
        let ended = match ended {
            Ok(ended) => ended,
            // An attempt catches its own panics.
            Err(error) => return tracing::error!(%error, "an attempt's task was lost"),
        };
        self.lanes.ended(&ended, self.attempter.clock.now());
        let Ended { webhook_id, left, .. } = ended;
        match left {
            Left::Nothing => self.lanes.recorded(webhook_id, self.attempter.clock.now()),
            Left::Record(settlement) => {
                let attempter = Arc::clone(&self.attempter);
                let recording = async move {
                    attempter.settle(settlement).await;
                    webhook_id
                };
                self.recording.push(recording.boxed());
            }
            Left::GiveBack(claimed) => {
                self.unattempted.push(claimed);
                self.lanes.recorded(webhook_id, self.attempter.clock.now());
            }
        }
    }

    fn recorded(&mut self, webhook_id: Id) {
        self.lanes.recorded(webhook_id, self.attempter.clock.now());
        failpoint::at("slot_freed");
    }

    /// Something may be due: all webhooks are looked through.
    fn look(&mut self) {
        self.look_after.get_or_insert(FIRST);
    }

    /// Begins to claim what is due, if there is a reason to, and no claim is under way. While attempts wait to be recorded, or
    /// deliveries to be given back, none begins: when the database is back, their claims may have ended, and what has arrived would be
    /// taken for what is due, and what was never sent for what was interrupted. Nor does one while this server lacks a key, but the look for
    /// it.
    fn claim(&mut self) {
        let now = self.attempter.clock.now();
        let ends = |claimed: &Claimed| !fits_claim(claimed.lease_until, Duration::ZERO, now);
        let is_recorded =
            self.attempter.unrecorded.count() == 0 && self.releasing.is_empty() && !self.unattempted.iter().any(ends);
        let wanting = self.rooms.wanting() && self.attempter.keys.has_all();
        if is_recorded && self.claiming.is_empty() && (self.look_after.is_some() || wanting) {
            let (attempter, rooms) = (Arc::clone(&self.attempter), self.rooms.clone());
            let look_after = self.look_after.take();
            self.claiming.spawn(async move { claim(&attempter, &rooms, look_after).await });
        }
    }

    fn claimed(&mut self, claims: Result<Claims, tokio::task::JoinError>) {
        let Claims { claimed, look_after } = match claims {
            Ok(claims) => claims,
            Err(error) => return tracing::error!(%error, "a claim was lost"),
        };
        // Goes on where the last look ended. Begun anew each time, it would find the first webhooks only.
        self.look_after = look_after.or(self.look_after);
        match claimed {
            Ok(claimed) => {
                if std::mem::take(&mut self.is_away) {
                    tracing::info!("the store can be asked for what is due again");
                }
                claimed.into_iter().for_each(|claimed| self.take(claimed));
            }
            // Once, not at each poll while the database is away.
            Err(error) => {
                if !std::mem::replace(&mut self.is_away, error.may_pass()) {
                    tracing::error!(%error, "the store could not be asked for what is due");
                }
            }
        }
    }

    /// Makes deliveries due again that were claimed and not attempted. What comes meanwhile waits for the next time, so that claims, which
    /// wait too, get their turn in between.
    fn give_back(&mut self) {
        if self.unattempted.is_empty() || !self.releasing.is_empty() {
            return;
        }
        let claimed = std::mem::take(&mut self.unattempted);
        let (attempter, rooms) = (Arc::clone(&self.attempter), self.rooms.clone());
        self.releasing.spawn(async move {
            if attempter.give_back(&claimed).await {
                rooms.note_behind(claimed.iter().map(|claimed| (claimed.webhook_id, claimed.next.is_test())));
            }
        });
    }

    fn count(&self) {
        let (lanes, running) = self.lanes.counts();
        self.metrics.lanes.set(signed(lanes));
        self.metrics.in_flight.set(signed(running));
        self.metrics.waiting.set(signed(self.rooms.waiting()));
    }

    async fn stop(mut self) {
        let drained = async {
            // What is published from now on falls due: it is somebody else's, or there at the next start.
            self.rooms.close();
            self.told.close();
            // What has ended is recorded beside what is under way, and beside a claim: neither may end in time.
            loop {
                self.take_what_is_there();
                self.unattempted.extend(self.lanes.drain());
                self.give_back();
                tokio::select! {
                    Some(ended) = self.running.join_next() => self.ended(ended),
                    Some(webhook_id) = self.recording.next() => self.recorded(webhook_id),
                    Some(claims) = self.claiming.join_next() => self.claimed(claims),
                    Some(told) = self.told.recv() => self.hear(told),
                    Some(_) = self.releasing.join_next() => {}
                    else => break,
                }
            }
        };
        if tokio::time::timeout(DRAIN, drained).await.is_err() {
            let attempts = self.running.len() + self.recording.len();
            if attempts > 0 {
                tracing::warn!(attempts, "attempts were still under way; they count as interrupted");
            }
        }
    }
}

/// Claims what is due to webhooks that are known to be behind, and with `look_after` looks for those that nobody knows of.
async fn claim(attempter: &Attempter, rooms: &Rooms, look_after: Option<Id>) -> Claims {
    let mut look_on = None;
    let claimed = async {
        if let Some(after) = look_after {
            if !attempter.keys.look_to_dispatch().await? {
                return Ok(Vec::new());
            }
            let found = attempter.store.due_webhooks(after, attempter.clock.now()).await?;
            look_on = found.last().filter(|_| found.len() == WEBHOOKS).map(|&(webhook_id, _)| webhook_id);
            rooms.note_behind(found);
        }
        let shares = rooms.shares(CLAIM);
        let claimed = attempter.store.claim_due(attempter.clock.now(), shares.clone()).await;
        let mut used = HashMap::<Id, (usize, usize)>::new();
        for claimed in claimed.iter().flatten() {
            let (deliveries, bytes) = used.entry(claimed.webhook_id).or_default();
            *deliveries += 1;
            *bytes += claimed.payload.len();
            if claimed.interrupted {
                attempter.metrics.failed(Failure::Interrupted);
            }
        }
        for share in shares {
            let (deliveries, bytes) = used.remove(&share.webhook_id).unwrap_or_default();
            rooms.use_share(share, deliveries, bytes);
        }
        claimed
    }
    .await;
    Claims { claimed, look_after: look_on }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Whoever could still say stop is gone when this fails: that is a stop too.
    let _ = stop.wait_for(|&stop| stop).await;
}

async fn after(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}
