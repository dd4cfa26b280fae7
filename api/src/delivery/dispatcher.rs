//! The dispatcher: starts the attempts that are due, each webhook in its own lane.
//!
//! Fresh deliveries come in memory from the writer; retries, resends and what another process left behind are claimed from the
//! store.

use super::{
    attempt::Attempter,
    lanes::{Caps, Lanes},
};
use crate::store::{Claimed, StoreError};
use shared::Id;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

/// How many fresh deliveries the writer may hand over before the dispatcher has taken them; what is more falls due at once.
pub const HAND_OVER: usize = 1_024;
/// How often the store is asked for what is due.
const POLL: Duration = Duration::from_millis(500);
/// How many deliveries are claimed at once.
const CLAIM: u32 = 256;
/// How long a stop waits for the attempts that are under way.
const DRAIN: Duration = Duration::from_secs(4);
const CAPS: Caps = Caps { running: 512, running_per_webhook: 16, waiting_per_webhook: 64 };

/// Starts attempts.
pub struct Dispatcher {
    attempter: Arc<Attempter>,
    fresh: mpsc::Receiver<Claimed>,
    lanes: Lanes,
    running: JoinSet<Id>,
}

impl Dispatcher {
    /// A dispatcher of what comes through `fresh` and of what is due in the attempter's store.
    pub fn new(attempter: Attempter, fresh: mpsc::Receiver<Claimed>) -> Self {
        Self { attempter: Arc::new(attempter), fresh, lanes: Lanes::new(CAPS), running: JoinSet::new() }
    }

    /// Runs until `stop` becomes true, then waits a few seconds for the attempts that are under way. What has not begun is given
    /// back.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let store = self.attempter.store.clone();
        let mut poll = tokio::time::interval(POLL);
        poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            self.start();
            tokio::select! {
                biased;
                () = stopped(&mut stop) => break,
                Some(ended) = self.running.join_next() => self.ended(ended),
                Some(claimed) = self.fresh.recv() => self.take(claimed).await,
                () = store.wait_for_due() => self.claim().await,
                _ = poll.tick() => self.claim().await,
            }
        }
        self.stop().await;
    }

    /// Makes every attempt that is due now, and returns when all are settled: one turn by hand, for tests.
    pub async fn run_due(&mut self) {
        loop {
            while let Ok(claimed) = self.fresh.try_recv() {
                self.take(claimed).await;
            }
            self.claim().await;
            self.start();
            let Some(ended) = self.running.join_next().await else {
                return;
            };
            self.ended(ended);
        }
    }

    fn start(&mut self) {
        while let Some(claimed) = self.lanes.next() {
            let attempter = Arc::clone(&self.attempter);
            let webhook_id = claimed.webhook_id;
            self.running.spawn(async move {
                // In a task of its own, so that a panic ends this attempt only and the lane is freed all the same.
                if let Err(panic) = tokio::spawn(async move { attempter.attempt(claimed).await }).await {
                    tracing::error!(%webhook_id, %panic, "an attempt ended in a panic");
                }
                webhook_id
            });
        }
    }

    fn ended(&mut self, ended: Result<Id, tokio::task::JoinError>) {
        match ended {
            Ok(webhook_id) => self.lanes.done(webhook_id),
            Err(error) => tracing::error!(%error, "an attempt's task was lost"),
        }
    }

    async fn take(&mut self, claimed: Claimed) {
        if let Err(refused) = self.lanes.push(claimed) {
            self.give_back(vec![refused]).await;
        }
    }

    async fn claim(&mut self) {
        let now = self.attempter.clock.now();
        let crowded = self.lanes.crowded();
        match self.attempter.store.claim_due(now, CLAIM, crowded.into_iter().collect()).await {
            Ok(due) => {
                for claimed in due {
                    self.take(claimed).await;
                }
            }
            Err(error) => report(&error),
        }
    }

    async fn give_back(&self, claimed: Vec<Claimed>) {
        let ids = claimed.iter().map(|claimed| claimed.delivery_id).collect();
        if let Err(error) = self.attempter.store.release(ids, self.attempter.clock.now()).await {
            report(&error);
        }
    }

    async fn stop(mut self) {
        self.fresh.close();
        let mut waiting = self.lanes.drain();
        while let Some(claimed) = self.fresh.recv().await {
            waiting.push(claimed);
        }
        self.give_back(waiting).await;
        let drained = async { while self.running.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN, drained).await.is_err() {
            tracing::warn!("attempts were still under way; they count as interrupted");
        }
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Whoever could still say stop is gone when this fails: that is a stop too.
    let _ = stop.wait_for(|&stop| stop).await;
}

fn report(error: &StoreError) {
    tracing::error!(%error, "the store could not be asked for what is due");
}
