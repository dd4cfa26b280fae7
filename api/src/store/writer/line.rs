//! Where writes wait for a writer.

use super::{Accepted, Answer, Group, NewEvent, Session, Settlement, StoreError};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How many events may wait before more are refused.
const WAITING: usize = 4_096;
/// How many events, and how many settlements, commit together at most.
const BATCH: usize = 512;

/// Work in a transaction of its own.
pub(super) type Work = Box<dyn FnOnce(&mut Session) + Send>;

/// A write that waits.
pub(super) enum Write {
    Publish(NewEvent, Answer<Accepted>),
    Settle(Settlement, Answer<bool>),
    Run(Work),
}

/// Writes that wait, in the order they came. Settlements have a place of their own: they are not behind the events, and never refused,
/// as there are only as many as the dispatcher has slots.
#[derive(Default)]
pub(super) struct Line {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Default)]
struct Waiting {
    work: Vec<Work>,
    events: Vec<(NewEvent, Answer<Accepted>)>,
    settlements: Vec<(Settlement, Answer<bool>)>,
    /// Whether the writer has nothing to do.
    idle: bool,
    closed: bool,
}

impl Line {
    /// Puts a write at the end, unless too many events wait already.
    pub(super) fn push(&self, write: Write) -> Result<(), StoreError> {
        let mut waiting = self.lock();
        match write {
            Write::Publish(..) if waiting.events.len() >= WAITING => return Err(StoreError::Busy),
            Write::Publish(event, answer) => waiting.events.push((event, answer)),
            Write::Settle(settlement, answer) => waiting.settlements.push((settlement, answer)),
            Write::Run(work) => waiting.work.push(work),
        }
        let wake = waiting.idle;
        drop(waiting);
        if wake {
            self.arrived.notify_one();
        }
        Ok(())
    }

    /// Waits for something to write, and takes as much as commits together. None: the line was closed and is empty.
    pub(super) fn take(&self) -> Option<(Vec<Work>, Group)> {
        let mut waiting = self.lock();
        while waiting.is_empty() {
            if waiting.closed {
                return None;
            }
            waiting.idle = true;
            waiting = self.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            waiting.idle = false;
        }
        let work = std::mem::take(&mut waiting.work);
        let group = Group::new(first(&mut waiting.events), first(&mut waiting.settlements));
        Some((work, group))
    }

    /// How many writes wait.
    pub(super) fn waiting(&self) -> usize {
        let waiting = self.lock();
        waiting.work.len() + waiting.events.len() + waiting.settlements.len()
    }

    /// Lets the writer end when it has written what waits.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.work.is_empty() && self.events.is_empty() && self.settlements.is_empty()
    }
}

fn first<T>(all: &mut Vec<T>) -> Vec<T> {
    if all.len() <= BATCH {
        return std::mem::take(all);
    }
    all.drain(..BATCH).collect()
}
