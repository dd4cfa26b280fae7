//! A modal dialog: the browser's own, so that focus, Escape and the rest of the page are handled as everywhere.

use super::icon::Icon;
use crate::strings::strings;
use leptos::{ev, html, prelude::*};
use std::sync::atomic::{AtomicU32, Ordering};

/// A dialog that is open as long as it is there. `on_close` is asked when somebody wants to leave it; it says whether that may be.
/// `gone` is called when it was closed, and takes it away.
#[component]
pub(crate) fn Dialog(
    #[prop(into)] title: Signal<String>,
    may_close: impl Fn() -> bool + Copy + Send + 'static,
    gone: impl Fn() + Copy + Send + 'static,
    /// The dialog's element, for whoever closes it from outside.
    element: NodeRef<html::Dialog>,
    children: Children,
) -> impl IntoView {
    // The form to sign in again may open over another dialog.
    static DIALOGS: AtomicU32 = AtomicU32::new(0);
    let title_id = format!("dialog-title-{}", DIALOGS.fetch_add(1, Ordering::Relaxed));
    let labelled_by = title_id.clone();
    let t = strings();
    Effect::new(move || {
        if let Some(dialog) = element.get().filter(|dialog| !dialog.open()) {
            let _ = dialog.show_modal();
        }
    });
    let cancelled = move |event: ev::Event| {
        if !may_close() {
            event.prevent_default();
        }
    };
    let close = move |_| {
        if may_close() {
            close(element);
        }
    };
    view! {
        <dialog node_ref=element aria-labelledby=labelled_by on:cancel=cancelled on:close=move |_| gone()>
            <header>
                <h2 id=title_id>{title}</h2>
                <button type="button" class="btn ghost icon end" aria-label=t.close on:click=close>{Icon::Cross.view()}</button>
            </header>
            {children()}
        </dialog>
    }
}

/// Closes a dialog. The browser gives the focus back to where it was.
pub(crate) fn close(element: NodeRef<html::Dialog>) {
    if let Some(dialog) = element.get_untracked() {
        dialog.close();
    }
}
