//! What commits together.

use super::{Accepted, NewEvent, Reply, Settlement, StoreError};
use crate::store::{
    changes::Change,
    health::{Transitioned, Verdict},
};
use shared::{Id, InactiveReason};
use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

/// Events and settlements that commit together, with those who wait for them.
#[derive(Default)]
pub(super) struct Group {
    events: Vec<(NewEvent, Reply<Accepted>)>,
    settlements: Vec<(Arc<Settlement>, Reply<bool>)>,
}

/// What a group came to, in its order.
pub(super) struct Done {
    pub(super) accepted: Vec<Accepted>,
    pub(super) settled: Vec<bool>,
    /// For how many deliveries no attempt is left by it.
    pub(super) exhausted: u64,
    /// The webhooks that have come to another state by it.
    pub(super) transitions: Vec<Transitioned>,
    /// What became of the events that tell of them.
    pub(super) alerts: Vec<Accepted>,
}

impl Done {
    /// How many deliveries its events have.
    pub(super) fn deliveries(&self) -> usize {
        let matched = self.accepted.iter().filter_map(|accepted| match accepted {
            Accepted::Recorded { matched, .. } => Some(*matched as usize),
            _ => None,
        });
        matched.sum()
    }

    /// The webhooks that were made inactive by it, and why.
    pub(super) fn deactivated(&self) -> impl Iterator<Item = (Id, InactiveReason)> {
        self.transitions
            .iter()
            .filter_map(|transitioned| Some((transitioned.webhook_id, transitioned.transition.inactive_reason()?)))
    }
}

impl Group {
    pub(super) fn new(
        events: Vec<(NewEvent, Reply<Accepted>)>,
        settlements: Vec<(Arc<Settlement>, Reply<bool>)>,
    ) -> Self {
        Self { events, settlements }
    }

    pub(super) fn len(&self) -> usize {
        self.events.len() + self.settlements.len()
    }

    pub(super) fn events(&self) -> Vec<&NewEvent> {
        self.events.iter().map(|(event, _)| event).collect()
    }

    pub(super) fn settlements(&self) -> Vec<&Settlement> {
        self.settlements.iter().map(|(settlement, _)| &**settlement).collect()
    }

    /// Whether all of it is of one kind, and neither anything about webhooks nor an alert, where those are told, would have to be written
    /// too.
    pub(super) fn is_one_statement(&self, alerts: bool) -> bool {
        let gives_up = || alerts && self.settlements.iter().any(|(settlement, _)| settlement.gives_up());
        self.settlements.is_empty() || self.events.is_empty() && !self.tells_of_webhooks() && !gives_up()
    }

    /// Whether settlements say something about their webhooks that is written there.
    pub(super) fn tells_of_webhooks(&self) -> bool {
        self.settlements.iter().any(|(settlement, _)| settlement.verdict != Verdict::Nothing)
    }

    /// What is different now that it is committed.
    pub(super) fn changes(&self, done: &Done) -> Vec<Change> {
        let recorded = done.accepted.iter().chain(&done.alerts).filter_map(|accepted| match accepted {
            Accepted::Recorded { id, matched: 1.. } => Some(Change::Event(*id)),
            _ => None,
        });
        let settled = self.settlements.iter().zip(&done.settled).filter(|(_, settled)| **settled);
        let settled = settled.map(|((settlement, _), _)| Change::Delivery(settlement.delivery_id));
        let deactivated = done.deactivated().map(|(webhook_id, _)| Change::Webhook(webhook_id));
        recorded.chain(settled).chain(deactivated).collect()
    }

    /// Whether it is settlements and nothing else.
    pub(super) fn is_settlements(&self) -> bool {
        self.events.is_empty()
    }

    /// Without the settlements of these webhooks, and those.
    pub(super) fn without(self, webhooks: &HashSet<Id>) -> (Self, Self) {
        if webhooks.is_empty() {
            return (self, Self::default());
        }
        let (of_them, others) = self.settlements.into_iter().partition(|(one, _)| webhooks.contains(&one.webhook_id));
        (Self::new(self.events, others), Self::new(vec![], of_them))
    }

    /// A group of each webhook's settlements.
    pub(super) fn by_webhook(self) -> impl Iterator<Item = (Id, Self)> {
        let mut groups = BTreeMap::<Id, Self>::new();
        for settlement in self.settlements {
            groups.entry(settlement.0.webhook_id).or_default().settlements.push(settlement);
        }
        groups.into_iter()
    }

    pub(super) fn singly(self) -> impl Iterator<Item = Self> {
        let events = self.events.into_iter().map(|event| Self { events: vec![event], settlements: vec![] });
        let settlements = self.settlements.into_iter().map(|one| Self { events: vec![], settlements: vec![one] });
        events.chain(settlements)
    }

    // Whoever asked may have gone away; what is committed stays committed.
    pub(super) fn answer(self, done: Done) {
        for ((_, answer), accepted) in self.events.into_iter().zip(done.accepted) {
            let _ = answer.send(Ok(accepted));
        }
        for ((_, answer), settled) in self.settlements.into_iter().zip(done.settled) {
            let _ = answer.send(Ok(settled));
        }
    }

    /// Tells whoever waits what went wrong.
    pub(super) fn refuse(self, error: &StoreError) {
        for (_, answer) in self.events {
            let _ = answer.send(Err(error.again()));
        }
        for (_, answer) in self.settlements {
            let _ = answer.send(Err(error.again()));
        }
    }
}
