//! Notices: short messages about what was just done.

use super::{guard, icon::Icon};
use crate::{browser, strings::strings};
use leptos::prelude::*;
use std::{cell::Cell, time::Duration};

/// How long a message that needs no action stays.
const LASTS: Duration = Duration::from_secs(6);

#[derive(Clone, PartialEq, Eq)]
struct Notice {
    text: String,
    /// Where it leads, and the word for that.
    link: Option<(String, &'static str)>,
    bad: bool,
    number: u32,
}

/// The notices on screen, the newest last: whatever failed and was not dismissed, the latest of what was done, and the latest that leads
/// on.
type Shown = RwSignal<Vec<Notice>>;

thread_local! {
    static SHOWN: Cell<Option<Shown>> = const { Cell::new(None) };
    /// The number of the next notice.
    static NUMBER: Cell<u32> = const { Cell::new(0) };
}

/// Makes place for notices. Called once, by the application: it must outlive every page.
pub(crate) fn provide_notices() {
    SHOWN.set(Some(RwSignal::default()));
}

/// Says that something was done. It goes away by itself.
pub(crate) fn say(text: impl Into<String>) {
    if let Some(number) = put(text.into(), None, false) {
        set_timeout(move || fade(number), LASTS);
    }
}

/// Takes a notice away, unless somebody is at the notices: whoever points at one may still read it, and the focus would be lost with it.
fn fade(number: u32) {
    if browser::all(".toasts :is(:hover, :focus)").is_empty() {
        dismiss(number);
    } else {
        set_timeout(move || fade(number), LASTS);
    }
}

/// Says that something was done, and where to go on. It stays until it is dismissed.
pub(crate) fn offer(text: String, href: String, word: &'static str) {
    put(text, Some((href, word)), false);
}

/// Says that something failed. It stays until it is dismissed.
pub(crate) fn warn(text: impl Into<String>) {
    put(text.into(), None, true);
}

/// Says that something failed, and where to find out why.
pub(crate) fn warn_of(text: String, href: String, word: &'static str) {
    put(text, Some((href, word)), true);
}

/// Shows a notice in the place of the one that it makes obsolete: an earlier success, unless that one alone leads on, or the same failure.
/// Returns its number.
fn put(text: String, link: Option<(String, &'static str)>, bad: bool) -> Option<u32> {
    let shown = SHOWN.get()?;
    let number = NUMBER.get();
    NUMBER.set(number + 1);
    shown.update(|shown| {
        let leads_on = link.is_some();
        shown.retain(|notice| if notice.bad { notice.text != text } else { notice.link.is_some() && !leads_on });
        shown.push(Notice { text, link, bad, number });
    });
    Some(number)
}

fn dismiss(number: u32) {
    if let Some(shown) = SHOWN.get() {
        shown.update(|shown| shown.retain(|notice| notice.number != number));
    }
}

#[component]
pub(crate) fn Notices() -> impl IntoView {
    let t = strings();
    let region = |role: &'static str, bad: bool| {
        let (tone, icon) = if bad { ("note bad", Icon::Alert) } else { ("note info", Icon::Check) };
        let notices = move || {
            let mut notices = SHOWN.get().map(|shown| shown.get()).unwrap_or_default();
            notices.retain(|notice| notice.bad == bad);
            notices
        };
        let notice = move |Notice { text, link, number, .. }| {
            // Whoever is asked about a form first may stay; the link is then pressed again, or not.
            let follow = move |_| {
                if !guard::is_typed() {
                    dismiss(number);
                }
            };
            let link = link.map(|(href, word)| view! { <a href=href on:click=follow>{word}</a>" " });
            view! {
                <div class=tone>
                    {icon.view()}
                    <div>
                        {text}" "{link}
                        <button type="button" class="link" on:click=move |_| { dismiss(number); browser::keep_focus(); }>{t.dismiss}</button>
                    </div>
                </div>
            }
        };
        // What is there already is not read again with what is new.
        view! { <div role=role aria-atomic="false"><For each=notices key=|notice| notice.number children=notice/></div> }
    };
    // The live regions are there from the start: one that appears with its text is not read.
    view! { <div class="toasts">{region("status", false)}{region("alert", true)}</div> }
}
