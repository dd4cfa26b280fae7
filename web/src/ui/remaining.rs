//! Time that is left, counted down while somebody looks.

use crate::format;
use leptos::{leptos_dom::helpers::set_interval_with_handle, prelude::*};
use shared::Timestamp;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// How long from now until then, in words, as long as the place that asks is on screen.
pub(crate) fn remaining(at: Timestamp) -> ReadSignal<String> {
    let (left, set_left) = signal(format::until(at));
    let count = move || {
        let now = format::until(at);
        if left.try_with_untracked(|left| *left != now) == Some(true) {
            set_left.set(now);
        }
    };
    if let Ok(interval) = set_interval_with_handle(count, SECOND) {
        on_cleanup(move || interval.clear());
    }
    left
}
