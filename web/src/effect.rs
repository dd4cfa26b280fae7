//! What follows a change.

use leptos::{leptos_dom::helpers::set_interval_with_handle, prelude::*};
use std::time::Duration;

/// Does something now, and again whenever what it has read changes. Behind a pointer: Leptos' code for it is there once, not once for
/// each effect.
pub(crate) fn effect(act: impl FnMut() + 'static) {
    let act: Box<dyn FnMut()> = Box::new(act);
    Effect::new(act);
}

/// Does something again and again, as long as the place that asks for it is there.
pub(crate) fn every(period: Duration, act: impl Fn() + 'static) {
    let act: Box<dyn Fn()> = Box::new(act);
    if let Ok(interval) = set_interval_with_handle(act, period) {
        on_cleanup(move || interval.clear());
    }
}
