//! Where writes wait for a writer.

use super::{Accepted, Group, NewEvent, Reply, Settlement, StoreError, WriterSession};
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;

/// How many events may wait before more are refused.
const WAITING: usize = 4_096;
/// How many bytes of payload may wait before more events are refused.
const WAITING_BYTES: usize = 64 << 20;
/// How many bytes of payload commit together, about: as one statement, more would take a slow disk too long.
const BATCH_BYTES: usize = 8 << 20;
/// How many turns on the processor those get at most who may write more.
const TURNS: usize = 8;
/// How many events, and how many settlements, commit together at most.
pub(super) const BATCH: usize = 512;

/// Work in a transaction of its own.
pub(super) type Work = Box<dyn FnOnce(&mut WriterSession) + Send>;

/// A write that waits.
pub(super) enum Write {
    Publish(NewEvent, Reply<Accepted>),
    Settle(Arc<Settlement>, Reply<bool>),
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
    events: Vec<(NewEvent, Reply<Accepted>)>,
    /// What the payloads of those come to.
    bytes: usize,
    settlements: Vec<(Arc<Settlement>, Reply<bool>)>,
    /// Whether the writer has nothing to do.
    idle: bool,
    closed: bool,
}

impl Line {
    /// Puts a write at the end, unless too many events wait already, or too many bytes of them.
    pub(super) fn push(&self, write: Write) -> Result<(), StoreError> {
        let mut waiting = self.waiting.lock();
        match write {
            Write::Publish(..) if waiting.events.len() >= WAITING || waiting.bytes >= WAITING_BYTES => {
                return Err(StoreError::Busy);
            }
            Write::Publish(event, answer) => {
                waiting.bytes += event.payload.len();
                waiting.events.push((event, answer));
            }
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
        let mut waiting = self.waiting.lock();
        loop {
            waiting.forget_closed();
            if !waiting.is_empty() {
                break;
            }
            if waiting.closed {
                return None;
            }
            waiting.idle = true;
            self.arrived.wait(&mut waiting);
            waiting.idle = false;
        }
        let work = std::mem::take(&mut waiting.work);
        let group = Group::new(waiting.first_events(events), first(&mut waiting.settlements, BATCH));
        Some((work, group))
    }

    /// Lets come what those write next who were answered just now: with some turns on the processor they come in time for the next commit,
    /// otherwise the first of them commits alone, and the others after it. Ends when as many wait as were written together, or no more come: a
    /// lone write is waited for by nobody.
    pub(super) fn gather(&self, written: usize) {
        let mut waiting = 0;
        for _ in 0..TURNS {
            std::thread::yield_now();
            let now = self.waiting();
            if now >= written || now == waiting {
                return;
            }
            waiting = now;
        }
    }

    /// How many writes wait.
    pub(super) fn waiting(&self) -> usize {
        let waiting = self.waiting.lock();
        waiting.work.len() + waiting.events.len() + waiting.settlements.len()
    }

    /// Lets the writer end when it has written what waits.
    pub(super) fn close(&self) {
        self.waiting.lock().closed = true;
        self.arrived.notify_one();
    }
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.work.is_empty() && self.events.is_empty() && self.settlements.is_empty()
    }

    /// Lets go the events whose publishers wait no more.
    fn forget_closed(&mut self) {
        let Self { events, bytes, .. } = self;
        events.retain(|(event, answer)| {
            let is_closed = answer.is_closed();
            if is_closed {
                *bytes -= event.payload.len();
            }
            !is_closed
        });
    }

    /// The first events, at most so many, and of those as many as have [`BATCH_BYTES`], at least one.
    fn first_events(&mut self, most: usize) -> Vec<(NewEvent, Reply<Accepted>)> {
        let (mut fit, mut bytes) = (0, 0);
        for (event, _) in self.events.iter().take(most) {
            let with_it = bytes + event.payload.len();
            if fit > 0 && with_it > BATCH_BYTES {
                break;
            }
            (fit, bytes) = (fit + 1, with_it);
        }
        self.bytes -= bytes;
        first(&mut self.events, fit)
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

    fn event(bytes: usize) -> NewEvent {
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
            payload: "x".repeat(bytes),
        }
    }

    #[test]
    fn an_event_that_nobody_waits_for_any_more_is_not_written() {
        let line = Line::default();
        let (answers, mut waiting): (Vec<_>, Vec<_>) = (0..3).map(|_| oneshot::channel()).unzip();
        for answer in answers {
            line.push(Write::Publish(event(1), answer)).unwrap();
        }
        drop(waiting.remove(1));
        let (_, group) = line.take(BATCH).unwrap();
        assert_eq!(group.events().len(), 2);
        line.close();
        assert!(line.take(BATCH).is_none());
    }

    #[test]
    fn only_so_many_bytes_wait_and_commit_together() {
        const BYTES: usize = 1 << 20;
        let line = Line::default();
        let mut waiting = Vec::new();
        let mut push = || {
            let (answer, answered) = oneshot::channel();
            waiting.push(answered);
            line.push(Write::Publish(event(BYTES), answer))
        };
        for _ in 0..WAITING_BYTES / BYTES {
            push().unwrap();
        }
        assert!(matches!(push(), Err(StoreError::Busy)));
        let (_, group) = line.take(BATCH).unwrap();
        assert_eq!(group.events().len(), BATCH_BYTES / BYTES);
        push().unwrap();
        // What nobody waits for takes no room.
        drop(waiting);
        line.push(Write::Run(Box::new(|_| {}))).unwrap();
        assert_eq!(line.take(BATCH).unwrap().1.events().len(), 0);
        assert_eq!(line.waiting.lock().bytes, 0);
    }
}
