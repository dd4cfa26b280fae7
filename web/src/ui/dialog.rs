//! A modal dialog: the browser's own, so that focus, Escape and the rest of the page are handled as everywhere.

use super::{guard, icon::Icon, show::type_name};
use crate::{effect::effect, strings::strings};
use leptos::{ev, html, prelude::*};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use web_sys::Event;

/// A dialog that is open as long as it is there. `gone` is called when it was closed, and takes it away.
#[component]
pub(crate) fn Dialog(
    #[prop(into)] title: Signal<String>,
    /// Whether something was typed in it: whoever wants to leave it is asked first.
    #[prop(optional)]
    dirty: Option<RwSignal<bool>>,
    /// Whether it is a question, which needs little room.
    #[prop(optional)]
    asks: bool,
    gone: impl Fn() + Send + Sync + 'static,
    /// The dialog's element, for whoever closes it from outside.
    element: NodeRef<html::Dialog>,
    children: Children,
) -> impl IntoView {
    made(title, dirty, asks, Callback::new(move |()| gone()), element, children)
}

/// The dialog, whatever it asks: this code is there once, not once for each dialog.
fn made(
    title: Signal<String>,
    dirty: Option<RwSignal<bool>>,
    asks: bool,
    gone: Callback<()>,
    element: NodeRef<html::Dialog>,
    children: Children,
) -> AnyView {
    // The form to sign in again may open over another dialog.
    static DIALOGS: AtomicU32 = AtomicU32::new(0);
    static TOP: AtomicU32 = AtomicU32::new(0);
    let number = DIALOGS.fetch_add(1, Ordering::Relaxed);
    let below = TOP.swap(number, Ordering::Relaxed);
    let title_id = format!("dialog-title-{number}");
    let labelled_by = title_id.clone();
    let t = strings();
    effect(move || {
        if let Some(dialog) = element.get().filter(|dialog| !dialog.open()) {
            let _ = dialog.show_modal();
        }
    });
    let leave = move || match dirty {
        Some(dirty) => cancel(element, dirty),
        None => close(element),
    };
    // Told twice: by [`close`], and by the browser.
    let is_gone = AtomicBool::new(false);
    let closed = move |_| {
        if !is_gone.swap(true, Ordering::Relaxed) {
            gone.run(());
        }
    };
    let cancelled = move |event: ev::Event| {
        event.prevent_default();
        leave();
    };
    // The browser heeds what `cancel` is answered once: by a second Escape it closes a dialog anyway.
    let escape = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" && !event.is_composing() && TOP.load(Ordering::Relaxed) == number {
            event.prevent_default();
            leave();
        }
    });
    on_cleanup(move || {
        escape.remove();
        TOP.store(below, Ordering::Relaxed);
    });
    view! {
        <dialog node_ref=element class:ask=asks aria-labelledby=labelled_by on:cancel=cancelled on:close=closed>
            <header role="presentation">
                <h2 id=title_id>{move || type_name(&title.get())}</h2>
                <button type="button" class="btn ghost icon end" aria-label=t.close on:click=move |_| leave()>{Icon::Cross.view()}</button>
            </header>
            {children()}
        </dialog>
    }
    .into_any()
}

/// Closes a dialog, unless somebody wants to keep what was typed in it.
pub(crate) fn cancel(element: NodeRef<html::Dialog>, dirty: RwSignal<bool>) {
    guard::leave(dirty, move || close(element));
}

/// Closes a dialog. The browser gives the focus back to where it was.
pub(crate) fn close(element: NodeRef<html::Dialog>) {
    // Gone when it was closed while an answer was on its way.
    if let Some(dialog) = element.try_get_untracked().flatten() {
        dialog.close();
        // The browser tells of it when it finds the time. What is pressed until then would be lost: the dialog would still count as the one on
        // top, and a question as still asked.
        if let Ok(told) = Event::new("close") {
            let _ = dialog.dispatch_event(&told);
        }
    }
}
