//! A modal dialog: the browser's own, so that focus, Escape and the rest of the page are handled as everywhere.

use super::{guard::may_leave, icon::Icon};
use crate::{effect::effect, strings::strings};
use leptos::{ev, html, prelude::*};
use std::sync::atomic::{AtomicU32, Ordering};

/// A dialog that is open as long as it is there. `may_close` is asked when somebody wants to leave it; it says whether that may be.
/// `gone` is called when it was closed, and takes it away.
#[component]
pub(crate) fn Dialog(
    #[prop(into)] title: Signal<String>,
    may_close: impl Fn() -> bool + Send + Sync + 'static,
    gone: impl Fn() + Send + Sync + 'static,
    /// The dialog's element, for whoever closes it from outside.
    element: NodeRef<html::Dialog>,
    children: Children,
) -> impl IntoView {
    made(title, Callback::new(move |()| may_close()), Callback::new(move |()| gone()), element, children)
}

/// The dialog, whatever it asks: this code is there once, not once for each dialog.
fn made(
    title: Signal<String>,
    may_close: Callback<(), bool>,
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
    let cancelled = move |event: ev::Event| {
        if !may_close.run(()) {
            event.prevent_default();
        }
    };
    let close = move || {
        if may_close.run(()) {
            close(element);
        }
    };
    // The browser heeds what `cancel` is answered once: by a second Escape it closes a dialog anyway.
    let escape = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" && !event.is_composing() && TOP.load(Ordering::Relaxed) == number {
            event.prevent_default();
            close();
        }
    });
    on_cleanup(move || {
        escape.remove();
        TOP.store(below, Ordering::Relaxed);
    });
    view! {
        <dialog node_ref=element aria-labelledby=labelled_by on:cancel=cancelled on:close=move |_| gone.run(())>
            <header>
                <h2 id=title_id>{title}</h2>
                <button type="button" class="btn ghost icon end" aria-label=t.close on:click=move |_| close()>{Icon::Cross.view()}</button>
            </header>
            {children()}
        </dialog>
    }
    .into_any()
}

/// Closes a dialog, unless somebody wants to keep what was typed in it.
pub(crate) fn cancel(element: NodeRef<html::Dialog>, dirty: RwSignal<bool>) {
    if may_leave(dirty) {
        close(element);
    }
}

/// Closes a dialog. The browser gives the focus back to where it was.
pub(crate) fn close(element: NodeRef<html::Dialog>) {
    // Gone when it was closed while an answer was on its way.
    if let Some(dialog) = element.try_get_untracked().flatten() {
        dialog.close();
    }
}
