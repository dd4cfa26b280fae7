//! What follows a change.

use leptos::prelude::*;

/// Does something now, and again whenever what it has read changes. Behind a pointer: Leptos' code for it is there once, not once for
/// each effect.
pub(crate) fn effect(act: impl FnMut() + 'static) {
    let act: Box<dyn FnMut()> = Box::new(act);
    Effect::new(act);
}
