//! Live updates: one stream of server-sent events for the whole portal, owned by its frame.
//!
//! The browser connects again by itself after an interruption. When the server refuses, the next try waits 1 s, then twice as long
//! each time, up to 30 s. While the stream is away for long, pages are told every 15 s to look for themselves. What was missed in any
//! way is [`News::Missed`], so that pages need no polling of their own.

use crate::{browser, effect::effect, session};
use leptos::{
    ev,
    leptos_dom::helpers::{set_interval_with_handle, window_event_listener_untyped},
    prelude::*,
    wasm_bindgen::{JsCast as _, closure::Closure},
};
use shared::{
    DeliverySummary, Id, Session, live,
    paths::{LIVE, LIVE_TENANT},
};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};
use web_sys::{Event, EventSource, MessageEvent};

/// Updates are handed on together, so that a thousand of them do not draw a thousand times.
const GATHER: Duration = Duration::from_millis(120);
/// The first page has the connection for itself; what changes until the stream is there is looked up then.
const FIRST_LOAD: Duration = Duration::from_secs(1);
/// The wait before the second try, in milliseconds.
const FIRST_WAIT_MS: u32 = 1_000;
/// The longest wait between two tries, in milliseconds.
const LONGEST_WAIT_MS: u32 = 30_000;
/// How often pages are told to look for themselves while the stream is away.
const POLL: Duration = Duration::from_secs(15);
/// A tab that nobody has looked at for so long gives its connection back: without HTTP/2 a browser has six for all of its tabs.
const ASLEEP_AFTER: Duration = Duration::from_secs(5);

/// Something that has changed.
#[derive(Clone, Debug)]
pub(crate) enum News {
    /// This delivery is new or has moved.
    Delivery(Box<DeliverySummary>),
    /// This webhook was created, changed or deleted.
    Webhook(Id),
    /// More may have changed than was told.
    Missed,
}

impl News {
    /// The delivery that it is about, as a row of a list.
    pub(crate) fn row(&self) -> Option<&DeliverySummary> {
        match self {
            Self::Delivery(row) => Some(row),
            Self::Webhook(_) | Self::Missed => None,
        }
    }
}

/// How the stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It was never there yet.
    Connecting,
    /// It is there.
    Open,
    /// It was there, or should be.
    Lost,
    /// It was given back, as nobody looks. That is nothing to tell whoever comes back a moment later.
    Asleep,
}

type Listener = Rc<dyn Fn(&[News])>;

#[derive(Default)]
struct Hub {
    wanted: bool,
    stream: Option<Stream>,
    listeners: Vec<(u32, Listener)>,
    next_listener: u32,
    gathered: Vec<News>,
    refusals: u32,
    polls_lost: u32,
    /// Closes the stream of a tab that nobody looks at.
    sleep: Option<TimeoutHandle>,
}

struct Stream {
    source: EventSource,
    _heard: Vec<Closure<dyn Fn(Event)>>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.close();
    }
}

thread_local! {
    static HUB: RefCell<Hub> = RefCell::default();
    static STATE: Cell<Option<RwSignal<State>>> = const { Cell::new(None) };
    /// The webhooks whose deletion was asked for here.
    static DELETED: RefCell<Vec<Id>> = const { RefCell::new(Vec::new()) };
}

/// Keeps the stream open as long as somebody is signed in, and begins another one for somebody else. Called once, by the frame, which
/// outlives every page; returns how the stream is.
pub(crate) fn start(who: Memo<Option<Session>>) -> RwSignal<State> {
    let state = RwSignal::new(State::Connecting);
    STATE.set(Some(state));
    effect(move || {
        let wanted = who.with(Option::is_some);
        // Whoever had to sign in again does not wait for the next try.
        if let Some(current) = session::current() {
            current.sign_ins.track();
        }
        // The old stream is dropped, and with it closed.
        HUB.with_borrow_mut(|hub| (hub.wanted, hub.stream) = (wanted, None));
        set_timeout(reconnect, FIRST_LOAD);
    });
    let poll = || {
        let is_open = current() == Some(State::Open);
        let lost = HUB.with_borrow_mut(|hub| {
            hub.polls_lost = if is_open { 0 } else { hub.polls_lost + 1 };
            hub.polls_lost > 1
        });
        if lost && !browser::hidden() {
            look();
        }
    };
    // Without an interval there is no polling; the stream is what counts.
    let _ = set_interval_with_handle(poll, POLL);
    let _ = window_event_listener_untyped("visibilitychange", |_| seen_or_not());
    let _ = window_event_listener(ev::online, |_| {
        reconnect();
        // The stream may have outlived what failed meanwhile.
        look();
    });
    state
}

/// Tells pages to look for themselves.
fn look() {
    if !session::is_over() {
        gather(News::Missed);
    }
}

/// Calls `heard` with what has changed, as long as the tab is open. Returns the listener's number.
pub(crate) fn listen_for_good(heard: impl Fn(&[News]) + 'static) -> u32 {
    HUB.with_borrow_mut(|hub| {
        hub.next_listener += 1;
        hub.listeners.push((hub.next_listener, Rc::new(heard)));
        hub.next_listener
    })
}

/// Calls `heard` with what has changed, as long as the place that asks is on screen.
pub(crate) fn listen(heard: impl Fn(&[News]) + 'static) {
    let number = listen_for_good(heard);
    on_cleanup(move || HUB.with_borrow_mut(|hub| hub.listeners.retain(|(other, _)| *other != number)));
}

/// As [`listen`], for a place that shows one webhook, or all of them if there is none: it hears nothing more while that webhook is
/// deleted from here and once it is, for its page is about to be left and would only be told that nothing is there.
pub(crate) fn listen_about(webhook: impl Fn() -> Option<Id> + 'static, heard: impl Fn(&[News]) + 'static) {
    listen(move |news| {
        if !is_leaving(webhook()) {
            heard(news);
        }
    });
}

/// Whether that webhook is deleted from here, or being deleted.
pub(crate) fn is_leaving(webhook: Option<Id>) -> bool {
    webhook.is_some_and(|webhook| DELETED.with_borrow(|deleted| deleted.contains(&webhook)))
}

/// The deletion of that webhook is about to be asked for.
pub(crate) fn deleting(webhook: Id) {
    DELETED.with_borrow_mut(|deleted| deleted.push(webhook));
}

/// That webhook was not deleted after all: whoever shows it looks again.
pub(crate) fn not_deleted(webhook: Id) {
    DELETED.with_borrow_mut(|deleted| deleted.retain(|other| *other != webhook));
    gather(News::Missed);
}

fn current() -> Option<State> {
    STATE.get().and_then(|state| state.try_get_untracked())
}

fn set(now: State) {
    if let Some(state) = STATE.get()
        && current() != Some(now)
    {
        state.try_set(now);
    }
}

fn connect() {
    // The other requests name their tenant in a header, which this one cannot have.
    let Some(tenant) = session::tenant() else { return };
    let Ok(source) = EventSource::new(&format!("{LIVE}?{LIVE_TENANT}={tenant}")) else { return };
    let on = |name: &str, act: fn(Event)| {
        let heard = Closure::<dyn Fn(Event)>::new(act);
        // Fails only for what is no event target.
        let _ = source.add_event_listener_with_callback(name, heard.as_ref().unchecked_ref());
        heard
    };
    let heard = vec![
        on("open", |_| opened()),
        on("error", |_| failed()),
        on(live::DELIVERY_UPDATED, |event| {
            if let Some(summary) = data(event) {
                gather(News::Delivery(Box::new(summary)));
            }
        }),
        on(live::WEBHOOK_UPDATED, |event| {
            if let Some(live::WebhookUpdated { id, .. }) = data(event) {
                gather(News::Webhook(id));
            }
        }),
        on(live::LAGGED, |_| gather(News::Missed)),
    ];
    HUB.with_borrow_mut(|hub| hub.stream = Some(Stream { source, _heard: heard }));
}

/// What an event carries; nothing when it is not known here, because the server is newer.
fn data<T: serde::de::DeserializeOwned>(event: Event) -> Option<T> {
    let text = event.dyn_into::<MessageEvent>().ok()?.data().as_string()?;
    serde_json::from_str(&text).ok()
}

fn opened() {
    HUB.with_borrow_mut(|hub| (hub.refusals, hub.polls_lost) = (0, 0));
    set(State::Open);
    // Whatever was loaded before this moment may have moved since.
    gather(News::Missed);
}

fn failed() {
    set(State::Lost);
    let wait = HUB.with_borrow_mut(|hub| {
        let refused = hub.stream.as_ref().is_some_and(|stream| stream.source.ready_state() == EventSource::CLOSED);
        refused.then(|| {
            hub.refusals += 1;
            wait_ms(hub.refusals)
        })
    });
    if let Some(wait) = wait {
        // A little by chance, so that many tabs do not come back at the same moment.
        let wait = f64::from(wait) * (0.75 + js_sys::Math::random() / 2.0);
        set_timeout(reconnect, Duration::from_secs_f64(wait / 1_000.0));
    }
}

/// The wait after that many refusals, in milliseconds.
fn wait_ms(refusals: u32) -> u32 {
    let doubled = 2_u32.checked_pow(refusals.saturating_sub(1)).and_then(|factor| FIRST_WAIT_MS.checked_mul(factor));
    doubled.map_or(LONGEST_WAIT_MS, |wait| wait.min(LONGEST_WAIT_MS))
}

/// The server has let somebody wait in vain: a stream that says nothing may be as dead, and its heartbeats are nothing that a browser tells
/// of. Another one is there when the server is.
pub(crate) fn doubt() {
    if current() == Some(State::Open) {
        set(State::Lost);
        HUB.with_borrow_mut(|hub| hub.stream = None);
        reconnect();
    }
}

/// Connects unless there is a stream that works or that the browser brings back by itself.
fn reconnect() {
    let works = |stream: &Stream| stream.source.ready_state() != EventSource::CLOSED;
    let is_missing = HUB.with_borrow(|hub| hub.wanted && !hub.stream.as_ref().is_some_and(works));
    if is_missing && !browser::hidden() && !session::is_over() {
        connect();
    }
}

fn seen_or_not() {
    if let Some(sleep) = HUB.with_borrow_mut(|hub| hub.sleep.take()) {
        sleep.clear();
    }
    if !browser::hidden() {
        reconnect();
        return;
    }
    let fall_asleep = || {
        if HUB.with_borrow_mut(|hub| hub.stream.take()).is_some() && current() == Some(State::Open) {
            set(State::Asleep);
        }
    };
    HUB.with_borrow_mut(|hub| hub.sleep = set_timeout_with_handle(fall_asleep, ASLEEP_AFTER).ok());
}

fn gather(news: News) {
    let is_first = HUB.with_borrow_mut(|hub| {
        hub.gathered.push(news);
        hub.gathered.len() == 1
    });
    if is_first {
        set_timeout(hand_on, GATHER);
    }
}

fn hand_on() {
    let (updates, listeners) = HUB.with_borrow_mut(|hub| {
        let listeners: Vec<_> = hub.listeners.iter().map(|(_, heard)| Rc::clone(heard)).collect();
        (std::mem::take(&mut hub.gathered), listeners)
    });
    for heard in listeners {
        heard(&updates);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_become_rarer_up_to_half_a_minute() {
        assert_eq!([1, 2, 3, 5, 6, 40].map(wait_ms), [1_000, 2_000, 4_000, 16_000, 30_000, 30_000]);
    }
}
