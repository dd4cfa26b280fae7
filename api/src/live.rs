//! Live updates: one reader that turns what the store commits into server-sent events, and the streams that pass them on.
//!
//! The reader runs while a stream is open. It waits a moment between two looks, so that a burst is read together, and each row is
//! told once as it stands then. Whoever falls behind is told so, and reads again what it shows. A stream sees only what this node
//! commits; where there are others, each heartbeat says to read again.

use crate::{
    clock::Clock,
    problem::Error,
    slots::{Slot, Slots},
    store::{
        Store,
        changes::{self, Change, Changed},
    },
};
use bytes::Bytes;
use futures_util::{Stream, stream};
use parking_lot::Mutex;
use serde::Serialize;
use shared::{Code, Id, live};
use std::{
    collections::HashSet,
    convert::Infallible,
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{
    sync::{
        broadcast::{self, error::RecvError, error::TryRecvError},
        watch,
    },
    time::{Instant, Interval},
};

/// How many streams may be open at once.
pub const MOST_STREAMS: usize = 200;
/// How often a stream says that it lives, so that nothing on the way takes it for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// When a stream ends, so that whoever listens is asked again who it is.
const LIFETIME: Duration = Duration::from_secs(3_600);
/// How long the reader waits between two looks.
const PAUSE: Duration = Duration::from_millis(50);
/// How many events may wait for one stream, before it is told that it has missed some.
const WAITING: usize = 2 * changes::MOST_ROWS;
/// When a client that is refused may try again, in seconds.
const RETRY_AFTER_SECONDS: u64 = 15;

/// An event as it goes over the wire.
#[derive(Clone)]
enum Frame {
    /// For the streams of that tenant.
    Changed(Id, Bytes),
    /// For every stream: some changes were not told.
    Lagged,
}

/// The streams of live updates.
pub struct Live {
    store: Store,
    clock: Clock,
    slots: Slots,
    /// Where the reader puts its frames; gone when no reader runs.
    frames: Mutex<Weak<broadcast::Sender<Frame>>>,
    closed: watch::Sender<bool>,
}

impl Live {
    /// No stream is open yet.
    pub fn new(store: Store, clock: Clock) -> Arc<Self> {
        let closed = watch::Sender::new(false);
        Arc::new(Self { store, clock, slots: Slots::new(MOST_STREAMS), frames: Mutex::default(), closed })
    }

    /// Opens a stream of what changes from now on for that tenant. With each heartbeat it is asked whether its client may still read.
    pub fn open(
        self: &Arc<Self>,
        tenant_id: Id,
        may_still_read: impl AsyncFn() -> bool + 'static,
    ) -> Result<impl Stream<Item = Result<Bytes, Infallible>> + 'static, Error> {
        let slot = self.slots.take(tenant_id).ok_or_else(|| {
            let detail = format!(
                "Too many live streams are open: there may be {MOST_STREAMS} in all, and a tenant gets another one only while more \
                 are free than it already has. Poll instead, and try again later."
            );
            Error::later(Code::TooManyStreams, detail, RETRY_AFTER_SECONDS)
        })?;
        let store = self.store.clone();
        let open = Open {
            tenant_id,
            frames: self.subscribe(),
            heartbeat: tokio::time::interval(HEARTBEAT),
            ends: Instant::now() + LIFETIME,
            closed: self.closed.subscribe(),
            may_still_read,
            has_company: move || store.has_company(),
            _slot: slot,
        };
        Ok(stream::unfold(open, async |mut open| open.next().await.map(|bytes| (Ok(bytes), open))))
    }

    /// Ends every stream; one that is opened later ends at once.
    pub fn close(&self) {
        self.closed.send_replace(true);
    }

    /// The frames from now on, of the reader that runs or of a new one.
    fn subscribe(self: &Arc<Self>) -> broadcast::Receiver<Frame> {
        let mut running = self.frames.lock();
        if let Some(frames) = running.upgrade() {
            return frames.subscribe();
        }
        let frames = Arc::new(broadcast::Sender::new(WAITING));
        let receiver = frames.subscribe();
        *running = Arc::downgrade(&frames);
        // Watching begins before the stream is answered: what is committed after that is told.
        tokio::spawn(read(Arc::clone(self), self.store.watch(), frames));
        receiver
    }

    /// Whether the reader shall end. Asked under the lock that a new stream takes, so that none is left without a reader.
    fn nobody_listens(&self, frames: &broadcast::Sender<Frame>) -> bool {
        let mut running = self.frames.lock();
        let nobody = frames.receiver_count() == 0;
        if nobody {
            *running = Weak::new();
        }
        nobody
    }
}

/// One stream.
struct Open<M, C> {
    tenant_id: Id,
    frames: broadcast::Receiver<Frame>,
    heartbeat: Interval,
    ends: Instant,
    closed: watch::Receiver<bool>,
    may_still_read: M,
    /// Whether other nodes commit, too: none of them tells this one.
    has_company: C,
    _slot: Slot,
}

impl<M: AsyncFn() -> bool, C: Fn() -> bool> Open<M, C> {
    /// What to send next; nothing when the stream ends. The first heartbeat is due at once, so that the client knows that it is heard.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            tokio::select! {
                biased;
                () = closed(&mut self.closed) => return None,
                () = tokio::time::sleep_until(self.ends) => return None,
                _ = self.heartbeat.tick() => {
                    let beat = || if (self.has_company)() { lagged() } else { Bytes::from_static(b":\n\n") };
                    return (self.may_still_read)().await.then(beat);
                }
                frame = self.frames.recv() => match frame {
                    Ok(Frame::Changed(tenant_id, bytes)) if tenant_id == self.tenant_id => return Some(bytes),
                    Ok(Frame::Changed(..)) => {}
                    Ok(Frame::Lagged) => return Some(lagged()),
                    Err(RecvError::Lagged(_)) => {
                        // Whoever reads everything again needs none of what still waits.
                        self.frames = self.frames.resubscribe();
                        return Some(lagged());
                    }
                    Err(RecvError::Closed) => return None,
                }
            }
        }
    }
}

async fn closed(closed: &mut watch::Receiver<bool>) {
    // Whoever could still close is gone when this fails: that is an end too.
    let _ = closed.wait_for(|&closed| closed).await;
}

/// The reader: turns changes into frames while somebody listens.
async fn read(live: Arc<Live>, mut watched: broadcast::Receiver<Arc<[Change]>>, frames: Arc<broadcast::Sender<Frame>>) {
    let store = live.store.clone();
    loop {
        let first = tokio::time::timeout(HEARTBEAT, watched.recv()).await;
        if live.nobody_listens(&frames) {
            return;
        }
        let (mut changes, mut missed) = (HashSet::new(), false);
        match first {
            Ok(Ok(first)) => changes.extend(first.iter().copied()),
            Ok(Err(RecvError::Lagged(_))) => missed = true,
            Ok(Err(RecvError::Closed)) => return,
            Err(_) => continue,
        }
        loop {
            match watched.try_recv() {
                Ok(more) => changes.extend(more.iter().copied()),
                Err(TryRecvError::Lagged(_)) => missed = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        let resting = store.resting(live.clock.now());
        let rows = match store.read(move |db| changes::read(db, changes.into_iter(), &resting)).await {
            Ok(rows) => rows.filter(|_| !missed),
            Err(error) => {
                tracing::warn!(%error, "what has changed could not be read for the live streams");
                None
            }
        };
        // It fails when the last one has gone meanwhile; then the next round ends the reader.
        match rows {
            Some(rows) => rows.iter().for_each(|(tenant_id, changed)| {
                let _ = frames.send(Frame::Changed(*tenant_id, frame(changed)));
            }),
            None => drop(frames.send(Frame::Lagged)),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn frame(changed: &Changed) -> Bytes {
    match changed {
        Changed::Delivery(delivery) => event(live::DELIVERY_UPDATED, delivery),
        Changed::Webhook(webhook) => event(live::WEBHOOK_UPDATED, webhook),
    }
}

fn lagged() -> Bytes {
    event(live::LAGGED, &serde_json::Map::new())
}

/// JSON has no line breaks outside of strings, and escapes those inside, so that one `data` line holds it.
fn event(name: &str, data: &impl Serialize) -> Bytes {
    let data = serde_json::to_string(data).unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[tokio::test]
    async fn a_stream_ends_with_the_right_to_read_it() {
        let ((_frames, frames), (_closed, closed)) = (broadcast::channel(1), watch::channel(false));
        let (may, company) = (Cell::new(true), Cell::new(false));
        let mut open = Open {
            tenant_id: Id::floor(0),
            frames,
            heartbeat: tokio::time::interval(Duration::from_millis(1)),
            ends: Instant::now() + LIFETIME,
            closed,
            may_still_read: async || may.get(),
            has_company: || company.get(),
            _slot: Slots::new(2).take(Id::floor(0)).unwrap(),
        };
        assert_eq!(open.next().await.as_deref(), Some(&b":\n\n"[..]));
        company.set(true);
        assert_eq!(open.next().await, Some(lagged()), "what others have committed");
        may.set(false);
        assert_eq!(open.next().await, None);
    }
}
