//! Notices: short messages about what was just done.

use super::icon::Icon;
use crate::strings::strings;
use leptos::prelude::*;
use std::time::Duration;

/// How long a message that needs no action stays.
const SHOWN: Duration = Duration::from_secs(6);

#[derive(Clone, PartialEq, Eq)]
struct Notice {
    text: String,
    bad: bool,
    number: u32,
}

/// The notice on screen. One at a time: the newest counts.
#[derive(Clone, Copy)]
struct Current(RwSignal<Option<Notice>>);

thread_local! {
    static CURRENT: std::cell::Cell<Option<Current>> = const { std::cell::Cell::new(None) };
}

/// Makes place for notices. Called once, by the application: it must outlive every page.
pub(crate) fn provide_notices() {
    CURRENT.set(Some(Current(RwSignal::new(None))));
}

/// Says that something was done. It goes away by itself.
pub(crate) fn say(text: impl Into<String>) {
    if let Some((current, number)) = put(text.into(), false) {
        set_timeout(
            move || {
                if current.with_untracked(|notice| notice.as_ref().is_some_and(|notice| notice.number == number)) {
                    current.set(None);
                }
            },
            SHOWN,
        );
    }
}

/// Says that something failed. It stays until it is dismissed.
pub(crate) fn warn(text: impl Into<String>) {
    put(text.into(), true);
}

fn put(text: String, bad: bool) -> Option<(RwSignal<Option<Notice>>, u32)> {
    let current = CURRENT.get()?.0;
    let number = current.with_untracked(|notice| notice.as_ref().map_or(0, |notice| notice.number + 1));
    current.set(Some(Notice { text, bad, number }));
    Some((current, number))
}

#[component]
pub(crate) fn Notices() -> impl IntoView {
    let t = strings();
    let current = CURRENT.get().map(|current| current.0);
    let shown = move |bad: bool| {
        let notice = current.and_then(|current| current.get()).filter(|notice| notice.bad == bad)?;
        let tone = if bad { "note bad" } else { "note info" };
        let dismiss = move |_| current.into_iter().for_each(|current| current.set(None));
        Some(view! {
            <div class=tone>
                {if bad { Icon::Alert.view() } else { Icon::Check.view() }}
                <div>
                    {notice.text}" "
                    <button type="button" class="link" on:click=dismiss>{t.dismiss}</button>
                </div>
            </div>
        })
    };
    // The live regions are there from the start: one that appears with its text is not read.
    view! {
        <div class="toasts">
            <div role="status">{move || shown(false)}</div>
            <div role="alert">{move || shown(true)}</div>
        </div>
    }
}
