//! What was typed and is not saved: whoever is about to leave it is asked first.

use super::{ask::ask_or, place};
use crate::{browser, effect::effect, strings::strings};
use leptos::{
    ev,
    prelude::*,
    wasm_bindgen::{JsCast as _, JsValue},
};
use std::cell::{Cell, RefCell};
use web_sys::{Element, HtmlElement, MouseEvent};

/// Links by which the page is left.
const LINKS: &str = "a[href]:not([href^='#'], [target], [download])";

thread_local! {
    /// The forms in which something was typed: whether it still stands there, and the form's address.
    static TYPED: RefCell<Vec<(RwSignal<bool>, String)>> = const { RefCell::new(Vec::new()) };
    /// How many forms are being saved.
    static SAVING: Cell<u32> = const { Cell::new(0) };
}

/// A form is being saved as long as this is there. The tab is kept meanwhile, as its end would be that of the request.
pub(crate) struct Saving(());

impl Saving {
    pub(crate) fn begin() -> Self {
        SAVING.set(SAVING.get() + 1);
        Self(())
    }
}

impl Drop for Saving {
    fn drop(&mut self) {
        SAVING.set(SAVING.get() - 1);
    }
}

/// Asks before a form goes in which something was typed: by a link, by Back, or with the tab. Called once, by the application, before the
/// router listens to the same.
pub(crate) fn guard_forms() {
    window_event_listener(ev::beforeunload, |event| {
        if is_typed() {
            event.prevent_default();
        }
    });
    window_event_listener(ev::click, |event| {
        let Some(link) = leads_away(&event) else { return };
        if typed().is_some() {
            event.prevent_default();
            ask_to_discard(move || {
                discard();
                browser::click(&link);
            });
        } else {
            place::follow(&link);
        }
    });
    window_event_listener(ev::popstate, |event| {
        if let Some((_, address)) = typed()
            && browser::address() != address
            && let Ok(history) = window().history()
        {
            // The router does not hear of it, and the address is again what it was: what it was about to be is then one step back.
            event.stop_immediate_propagation();
            let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&address));
            ask_to_discard(move || {
                discard();
                let _ = history.back();
            });
        } else if window().location().hash().is_ok_and(|fragment| fragment.is_empty()) {
            place::come_back();
        }
    });
}

/// Guards a form, as long as it is there: `dirty` says whether something was typed in it. Its own buttons call [`leave`].
pub(crate) fn guard(dirty: RwSignal<bool>) {
    effect(move || {
        if dirty.get() {
            TYPED.with_borrow_mut(|typed| {
                typed.retain(is_there);
                typed.push((dirty, browser::address()));
            });
            // What the browser closes by itself it closes at the second attempt without asking.
            if let Ok(Some(dialog)) = document().query_selector("dialog[open]") {
                let _ = dialog.set_attribute("closedby", "none");
            }
        }
    });
}

/// Whether something was typed that is not saved, or is being saved.
pub(crate) fn is_typed() -> bool {
    typed().is_some() || SAVING.get() > 0
}

/// Lets a form go: at once, or after a question if something was typed in it. Not while that is being saved: it can be discarded no more,
/// and the answer may hold a key that is shown only once.
pub(crate) fn leave(dirty: RwSignal<bool>, go: impl FnOnce() + 'static) {
    let go = move || {
        // What has the focus would say that it was changed when it goes, and count as typed once more.
        browser::blur();
        dirty.try_set(false);
        go();
    };
    match dirty.try_get_untracked() {
        Some(true) if SAVING.get() > 0 => {}
        Some(true) => ask_to_discard(go),
        _ => go(),
    }
}

/// Does what lets all that was typed go: at once if nothing was, or after a question. It is guarded until it does go.
pub(crate) fn unless_kept(go: impl FnOnce() + 'static) {
    if typed().is_some() { ask_to_discard(go) } else { go() }
}

fn ask_to_discard(go: impl FnOnce() + 'static) {
    let t = strings();
    ask_or(t.discard_changes, "", t.discard, t.keep_editing, go);
}

/// The latest form in which something was typed, as long as it is there.
fn typed() -> Option<(RwSignal<bool>, String)> {
    TYPED.with_borrow(|typed| typed.iter().rfind(|form| is_there(form)).cloned())
}

fn is_there((dirty, _): &(RwSignal<bool>, String)) -> bool {
    dirty.try_get_untracked() == Some(true)
}

/// What was typed goes.
pub(crate) fn discard() {
    if typed().is_some() {
        // As in [`leave`].
        browser::blur();
    }
    while let Some((dirty, _)) = typed() {
        dirty.set(false);
    }
}

/// The link that a click follows in this tab, if it does.
fn leads_away(click: &MouseEvent) -> Option<HtmlElement> {
    let elsewhere = click.button() != 0 || click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key();
    let target = click.target().and_then(|target| target.dyn_into::<Element>().ok()).filter(|_| !elsewhere)?;
    target.closest(LINKS).ok().flatten()?.dyn_into().ok()
}
