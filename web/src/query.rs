//! Loading: what a page shows comes from here, and stays on screen while it is loaded again.

use crate::{
    api::ApiError,
    browser,
    effect::{effect, every},
    format,
    live::{self, News},
    session,
};
use leptos::{prelude::*, task::spawn_local};
use shared::Timestamp;
use std::{future::Future, ops::Deref, pin::Pin, time::Duration};

/// How often a load is tried again before the reader is told that it failed.
const TRIES: u32 = 3;
/// The wait before the first of these tries; each further one waits twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(300);
/// How long an answer is waited for before what is asked for again is loaded without it: it may never come.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a stream usually takes to open after a page has begun to load.
const RECENT: Duration = Duration::from_secs(2);

/// What was loaded for a key, and how that went.
pub(crate) struct Query<T: Send + Sync + 'static> {
    /// What was loaded last; nothing before the first success.
    pub(crate) value: RwSignal<Option<ArcRwSignal<T>>>,
    load: Load,
}

/// How the latest load goes, whatever it is that is loaded: code about this is there once, not once for each type.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    /// Why it failed, if it did.
    pub(crate) error: RwSignal<Option<ApiError>>,
    /// Whether it is under way.
    pub(crate) is_running: RwSignal<bool>,
    /// Whether nothing is there yet for the key that is asked for: what is there, if anything, belongs to another one.
    pub(crate) lacks: RwSignal<bool>,
    again: RwSignal<u32>,
    /// Whether it was asked for again while it is under way.
    is_stale: StoredValue<bool>,
    /// The number of the latest load.
    latest: StoredValue<u32>,
    /// When that began.
    began: StoredValue<Timestamp>,
    /// The number of the load that was taken last, or of the last one of another key.
    taken: StoredValue<u32>,
    /// Failures since the last success.
    failures: StoredValue<u32>,
}

impl<T: Send + Sync + 'static> Clone for Query<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Query<T> {}

impl<T: Send + Sync + 'static> Deref for Query<T> {
    type Target = Load;

    fn deref(&self) -> &Load {
        &self.load
    }
}

impl<T: PartialEq + Clone + Send + Sync + 'static> Query<T> {
    /// Loads what belongs to the key, and again whenever the key changes.
    pub(crate) fn new<K, F>(key: impl Fn() -> K + 'static, load: impl Fn(K) -> F + 'static) -> Self
    where
        K: PartialEq + Clone + 'static,
        F: Future<Output = Result<T, ApiError>> + 'static,
    {
        let query = Self { value: RwSignal::new(None), load: Load::new() };
        // The key that was asked for last, and that of what is there, where it is another one.
        let mut before = None::<(K, Option<K>)>;
        query.watch(Box::new(move |number| {
            let key = key();
            let shown = match before.take() {
                Some((asked, shown)) if asked == key => shown,
                Some((asked, shown)) => {
                    query.taken.set_value(number - 1);
                    let shown = if query.lacks.get_untracked() { shown } else { Some(asked) };
                    query.turn(shown.as_ref() != Some(&key));
                    shown
                }
                None => None,
            };
            query.wait(number, Box::pin(load(key.clone())));
            before = Some((key, shown));
        }));
        query
    }

    /// Begins with what was loaded before, for the key that it is about to load.
    pub(crate) fn begin_with(self, value: T) {
        self.value.set(Some(ArcRwSignal::new(value)));
        self.lacks.set(false);
    }

    /// Takes what is loaded. Behind a pointer: this is made once for each type, not for each place that loads it.
    fn wait(self, number: u32, loading: Pin<Box<dyn Future<Output = Result<T, ApiError>>>>) {
        spawn_local(async move {
            let loaded = loading.await;
            if self.counts(number, loaded.is_ok()) {
                self.take(loaded);
                self.catch_up();
            }
        });
    }

    /// What was loaded for the key that is asked for.
    pub(crate) fn current(self) -> Option<ArcRwSignal<T>> {
        self.value.try_get_untracked().flatten().filter(|_| !self.lacks.get_untracked())
    }

    /// Loads again what is shown, or is about to be: what is on its way may be older.
    pub(crate) fn refresh(self) {
        if self.current().is_some() || self.is_awaited() {
            self.reload();
        }
    }

    /// Loads again and again while what is shown says so, as long as the page is there.
    pub(crate) fn reload_every(self, period: Duration, wanted: impl Fn(&T) -> bool + 'static) {
        let look = move || {
            if self.current().is_some_and(|value| wanted(&value.read_untracked()))
                && !self.is_awaited()
                && !browser::hidden()
                && !session::is_over()
            {
                self.reload();
            }
        };
        every(period, look);
    }

    fn take(self, loaded: Result<T, ApiError>) {
        let value = match loaded {
            Ok(value) => value,
            Err(error) => return self.fail(error),
        };
        self.succeed();
        match self.value.try_get_untracked().flatten() {
            // What stays the same is not drawn again: focus and open folds stay where they are.
            Some(shown) if *shown.read_untracked() == value => {}
            Some(shown) => shown.set(value),
            None => drop(self.value.try_set(Some(ArcRwSignal::new(value)))),
        }
    }
}

impl Load {
    fn new() -> Self {
        Self {
            error: RwSignal::new(None),
            is_running: RwSignal::new(true),
            lacks: RwSignal::new(true),
            again: RwSignal::new(0),
            is_stale: StoredValue::new(false),
            latest: StoredValue::new(0),
            taken: StoredValue::new(0),
            began: StoredValue::new(format::now()),
            failures: StoredValue::new(0),
        }
    }

    /// Loads again: at once, or when the answer is there that is on its way. Where much happens on a slow line none would ever arrive
    /// otherwise.
    pub(crate) fn reload(self) {
        if self.is_awaited() {
            self.is_stale.try_set_value(true);
        } else {
            self.start();
        }
    }

    /// Whether the latest load began a moment ago: a stream that opens now has missed next to nothing.
    pub(crate) fn is_recent(self) -> bool {
        self.began.try_get_value().is_some_and(|began| format::now().since(began) < RECENT)
    }

    /// Whether an answer is on its way that is still waited for.
    fn is_awaited(self) -> bool {
        self.is_running.try_get_untracked() == Some(true)
            && self.began.try_get_value().is_some_and(|began| format::now().since(began) < PATIENCE)
    }

    fn start(self) {
        self.again.try_update(|number| *number += 1);
    }

    /// Begins what was asked for while the load was under way that has ended.
    fn catch_up(self) {
        let is_ended = self.is_running.try_get_untracked() == Some(false);
        if self.is_stale.try_get_value() == Some(true) && is_ended && !session::is_over() {
            self.start();
        }
    }

    /// Loads with the number of the load, and again whenever what was read for it has changed.
    fn watch(self, mut load: Box<dyn FnMut(u32)>) {
        effect(move || load(self.begin()));
        // What failed because the server was away comes when it is back.
        live::listen(move |news| {
            let was_away = |error: &Option<ApiError>| error.as_ref().is_some_and(ApiError::may_pass);
            if news.iter().any(|news| matches!(news, News::Missed)) && self.error.with_untracked(was_away) {
                self.reload();
            }
        });
    }

    /// A load begins: returns its number.
    fn begin(self) -> u32 {
        self.again.track();
        // Whoever had to sign in again sees what is there now.
        if let Some(current) = session::current() {
            current.sign_ins.track();
        }
        self.latest.update_value(|number| *number += 1);
        self.began.set_value(format::now());
        self.is_stale.set_value(false);
        self.is_running.set(true);
        self.latest.get_value()
    }

    /// Another key is asked for, and what is there belongs to it or not.
    fn turn(self, lacks: bool) {
        self.lacks.set(lacks);
        self.error.set(None);
        self.failures.set_value(0);
    }

    /// Whether the answer to that load counts: a good one does where none that is newer was taken, as on a slow line what a later load
    /// brings may come much later, or never.
    fn counts(self, number: u32, is_good: bool) -> bool {
        // The page may be gone by now.
        let Some((latest, taken)) = self.latest.try_get_value().zip(self.taken.try_get_value()) else { return false };
        if !is_good {
            return number == latest;
        }
        if number > taken {
            self.taken.try_set_value(number);
            if number == latest {
                self.is_running.try_set(false);
            }
        }
        number > taken
    }

    fn succeed(self) {
        self.failures.try_set_value(0);
        self.lacks.try_set(false);
        self.error.try_set(None);
    }

    fn fail(self, error: ApiError) {
        if !self.tries_again(&error) {
            self.is_running.try_set(false);
            if error.status == Some(404) {
                // What was there is no more, whatever an answer says that was asked for before.
                self.lacks.try_set(true);
                self.taken.try_set_value(self.latest.try_get_value().unwrap_or_default());
            }
            self.error.try_set(Some(error));
        }
    }

    /// Loads again after a while, if that may help: a server that is away for a moment is nothing that a reader has to deal with.
    fn tries_again(self, error: &ApiError) -> bool {
        let failures = self.failures.try_update_value(|failures| {
            *failures += 1;
            *failures
        });
        // Whoever has waited for long is told so.
        let may_help = error.may_pass() && !error.is_late;
        let Some(failures) = failures.filter(|failures| *failures <= TRIES && may_help) else { return false };
        set_timeout(move || self.start(), FIRST_WAIT * 2_u32.pow(failures - 1));
        true
    }
}
