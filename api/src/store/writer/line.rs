//! Where writes wait for a writer.

use super::{Accepted, Answer, Group, NewEvent, Settlement, StoreError, WriterSession};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// How many events may wait before more are refused.
const WAITING: usize = 4_096;
/// How many events, and how many settlements, commit together at most.
pub(super) const BATCH: usize = 512;

/// Work in a transaction of its own.
pub(super) type Work = Box<dyn FnOnce(&mut WriterSession) + Send>;

/// A write that waits.
pub(super) enum Write {
    Publish(NewEvent, Answer<Accepted>),
    Settle(Arc<Settlement>, Answer<bool>),
    Run(Work),
}

/// Writes that wait, each kind in the order it came. Settlements have a place of their own: they are not behind the events, and never refused,
/// as there are only as many as the dispatcher has slots, or some times as many while the database hangs.
#[derive(Default)]
pub(super) struct Line {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Default)]
struct Waiting {
    work: Vec<Work>,
    events: Vec<(NewEvent, Answer<Accepted>)>,
    settlements: Vec<(Arc<Settlement>, Answer<bool>)>,
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

    /// Waits for something to write, and takes as much as commits together, of events at most so many. None: the line was closed and is
    /// empty. An event whose publisher was told meanwhile that it could not be taken, or has gone, is not.
    pub(super) fn take(&self, events: usize) -> Option<(Vec<Work>, Group)> {
        let mut waiting = self.lock();
        loop {
            waiting.events.retain(|(_, answer)| !answer.is_closed());
            if !waiting.is_empty() {
                break;
            }
            if waiting.closed {
                return None;
            }
            waiting.idle = true;
            waiting = self.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            waiting.idle = false;
        }
        let work = std::mem::take(&mut waiting.work);
        let group = Group::new(first(&mut waiting.events, events), first(&mut waiting.settlements, BATCH));
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

fn first<T>(all: &mut Vec<T>, most: usize) -> Vec<T> {
    if all.len() <= most {
        return std::mem::take(all);
    }
    all.drain(..most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::{Id, Timestamp};
    use tokio::sync::oneshot;

    fn event() -> NewEvent {
        let (id, now) = (Id::floor(0), Timestamp::from_micros(0));
        let text = String::new;
        NewEvent {
            id,
            tenant_id: id,
            source: text(),
            kind: text(),
            ce_id: text(),
            time: now,
            created_at: now,
            payload: text(),
        }
    }

    #[test]
    fn an_event_that_nobody_waits_for_any_more_is_not_written() {
        let line = Line::default();
        let (answers, mut waiting): (Vec<_>, Vec<_>) = (0..3).map(|_| oneshot::channel()).unzip();
        for answer in answers {
            line.push(Write::Publish(event(), answer)).unwrap();
        }
        drop(waiting.remove(1));
        let (_, group) = line.take(BATCH).unwrap();
        assert_eq!(group.events().len(), 2);
        line.close();
        assert!(line.take(BATCH).is_none());
    }
}
