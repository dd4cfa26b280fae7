//! Where a reader was on a page: when Back leads there again, the link that was followed has the focus once it is drawn, and with it
//! stands where it is seen.

use crate::browser;
use leptos::prelude::*;
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};
use web_sys::Element;

thread_local! {
    /// The target of the link that was followed last, by the address of its page.
    static FOLLOWED: RefCell<HashMap<String, String>> = RefCell::default();
    /// Whether the page was come to by Back or Forward, and has not been taken up yet.
    static RETURNS: Cell<bool> = const { Cell::new(false) };
}

/// A link that stays where it leads nowhere for now: what stands beside it does not move, and the focus is not lost.
pub(crate) fn way(class: &'static str, name: Signal<&'static str>, href: Signal<Option<String>>) -> AnyView {
    view! {
        <a class=class role="link" tabindex="0" href=href aria-disabled=move || href.with(Option::is_none).then_some("true")>{name}</a>
    }
    .into_any()
}

/// A link is about to be followed.
pub(crate) fn follow(link: &Element) {
    RETURNS.set(false);
    if let Some(target) = link.get_attribute("href") {
        FOLLOWED.with_borrow_mut(|followed| followed.insert(browser::address(), target));
    }
}

/// Back or Forward was pressed.
pub(crate) fn come_back() {
    RETURNS.set(true);
}

/// A part of what a page shows is there.
pub(crate) fn take_up() {
    if !RETURNS.get() {
        return;
    }
    request_animation_frame(|| {
        // Whoever has gone on to something else stays there.
        let is_idle = document().active_element().is_none_or(|focused| ["BODY", "H1"].contains(&&*focused.tag_name()));
        let target = FOLLOWED.with_borrow(|followed| followed.get(&browser::address()).cloned());
        let is_done = target.is_none_or(|target| !is_idle || browser::focus(&format!("main a[href=\"{target}\"]")));
        RETURNS.set(!is_done);
    });
}
