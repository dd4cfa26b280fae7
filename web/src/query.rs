//! Loading: what a page shows comes from here, and stays on screen while it is loaded again.

use crate::{api::ApiError, session};
use leptos::{leptos_dom::helpers::set_interval_with_handle, prelude::*, task::spawn_local};
use std::{future::Future, pin::Pin, time::Duration};

/// How often a load is tried again before the reader is told that it failed.
const TRIES: u32 = 3;
/// The wait before the first of these tries; each further one waits twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(300);

/// What was loaded for a key, and how the latest load went.
pub(crate) struct Query<T: Send + Sync + 'static> {
    /// What was loaded last; nothing before the first success.
    pub(crate) value: RwSignal<Option<ArcRwSignal<T>>>,
    /// Why the latest load failed, if it did.
    pub(crate) error: RwSignal<Option<ApiError>>,
    /// Whether a load is under way.
    pub(crate) loading: RwSignal<bool>,
    again: RwSignal<u32>,
    /// Failures since the last success.
    failures: StoredValue<u32>,
}

impl<T: Send + Sync + 'static> Clone for Query<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Query<T> {}

impl<T: PartialEq + Clone + Send + Sync + 'static> Query<T> {
    /// Loads what belongs to the key, and again whenever the key changes.
    pub(crate) fn new<K, F>(key: impl Fn() -> K + 'static, load: impl Fn(K) -> F + 'static) -> Self
    where
        K: 'static,
        F: Future<Output = Result<T, ApiError>> + 'static,
    {
        let query = Self {
            value: RwSignal::new(None),
            error: RwSignal::new(None),
            loading: RwSignal::new(true),
            again: RwSignal::new(0),
            failures: StoredValue::new(0),
        };
        let latest = StoredValue::new(0_u32);
        Effect::new(move || {
            query.again.track();
            // Whoever had to sign in again sees what is there now.
            if let Some(current) = session::current() {
                current.sign_ins.track();
            }
            latest.update_value(|number| *number += 1);
            let number = latest.get_value();
            query.loading.set(true);
            // Behind a pointer: the part that waits is made once for each type, not for each place that loads it.
            let loading: Pin<Box<dyn Future<Output = Result<T, ApiError>>>> = Box::pin(load(key()));
            spawn_local(async move {
                let loaded = loading.await;
                // The page may be gone by now, or a later load may have begun.
                if latest.try_get_value() == Some(number) {
                    query.take(loaded);
                }
            });
        });
        query
    }

    /// Loads again.
    pub(crate) fn reload(self) {
        self.again.try_update(|number| *number += 1);
    }

    /// Loads again what is shown. Where the first load has failed, that is left to the reader, who is being told about it.
    pub(crate) fn refresh(self) {
        if self.value.try_get_untracked().flatten().is_some() {
            self.reload();
        }
    }

    /// Loads again and again while what is shown says so, as long as the page is there.
    pub(crate) fn reload_every(self, period: Duration, wanted: impl Fn(&T) -> bool + 'static) {
        let look = move || {
            let shown = self.value.try_get_untracked().flatten();
            if shown.is_some_and(|value| wanted(&value.read_untracked())) && !self.loading.get_untracked() {
                self.reload();
            }
        };
        if let Ok(interval) = set_interval_with_handle(look, period) {
            on_cleanup(move || interval.clear());
        }
    }

    fn take(self, loaded: Result<T, ApiError>) {
        if loaded.as_ref().is_err_and(|error| self.tries_again(error)) {
            return;
        }
        self.loading.try_set(false);
        match loaded {
            Ok(value) => {
                self.failures.try_set_value(0);
                self.error.try_set(None);
                match self.value.try_get_untracked().flatten() {
                    // What stays the same is not drawn again: focus and open folds stay where they are.
                    Some(shown) if *shown.read_untracked() == value => {}
                    Some(shown) => shown.set(value),
                    None => drop(self.value.try_set(Some(ArcRwSignal::new(value)))),
                }
            }
            Err(error) => drop(self.error.try_set(Some(error))),
        }
    }

    /// Loads again after a while, if that may help: a server that is away for a moment is nothing that a reader has to deal with.
    fn tries_again(self, error: &ApiError) -> bool {
        let failures = self.failures.try_update_value(|failures| {
            *failures += 1;
            *failures
        });
        let Some(failures) = failures.filter(|failures| *failures <= TRIES && error.may_pass()) else { return false };
        set_timeout(move || self.reload(), FIRST_WAIT * 2_u32.pow(failures - 1));
        true
    }
}
