//! What the reader has chosen: language, time zone, shortcuts. The browser keeps it; the colours are in `browser.rs`, because
//! `boot.js` applies them before anything is drawn.

use crate::{
    browser,
    strings::{self, Language},
};
use std::cell::Cell;

/// How the URL names the language.
const ASKED: &str = "lang";
const LANGUAGE: &str = "language";
const ZONE: &str = "zone";
const SHORTCUTS: &str = "shortcuts";

thread_local! {
    static UTC: Cell<bool> = const { Cell::new(false) };
    static KEYS: Cell<bool> = const { Cell::new(true) };
}

/// Applies what was chosen earlier. Called once, before anything is drawn.
///
/// The language is the one that the URL asks for (`?lang=pt-BR`), else the one chosen before, else the first of the browser's that
/// the portal speaks, else English.
pub(crate) fn start() {
    let asked = browser::parameter(ASKED).and_then(|tag| Language::of(&tag));
    if let Some(language) = asked {
        browser::store(LANGUAGE, language.tag());
    }
    let kept = || browser::stored(LANGUAGE).and_then(|tag| Language::of(&tag));
    let spoken = || browser::languages().iter().find_map(|tag| Language::of(tag));
    let language = asked.or_else(kept).or_else(spoken).unwrap_or(Language::English);
    strings::speak(language);
    browser::set_language(language.tag());
    UTC.set(browser::stored(ZONE).as_deref() == Some("utc"));
    KEYS.set(browser::stored(SHORTCUTS).as_deref() != Some("off"));
}

/// Chooses the language. Every text of the page changes, so it is loaded again, at an address that asks for no other language.
pub(crate) fn choose_language(language: Language) {
    browser::store(LANGUAGE, language.tag());
    if browser::parameter(ASKED).is_some() {
        browser::load_plain();
    } else {
        browser::reload();
    }
}

/// Whether instants are written in UTC instead of the reader's time zone.
pub(crate) fn utc() -> bool {
    UTC.get()
}

/// Chooses how instants are written; what is drawn from now on follows.
pub(crate) fn choose_utc(utc: bool) {
    UTC.set(utc);
    browser::store(ZONE, if utc { "utc" } else { "local" });
}

/// Whether single keys are shortcuts.
pub(crate) fn shortcuts() -> bool {
    KEYS.get()
}

/// Switches shortcuts on or off.
pub(crate) fn choose_shortcuts(on: bool) {
    KEYS.set(on);
    browser::store(SHORTCUTS, if on { "on" } else { "off" });
}
