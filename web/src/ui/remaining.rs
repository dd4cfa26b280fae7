//! Time that is left, counted down while somebody looks.

use crate::{effect::every, format};
use leptos::prelude::*;
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
    every(SECOND, count);
    left
}
