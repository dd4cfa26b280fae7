//! Keyboard shortcuts. Single keys act only while no field has the focus and no dialog is open, and can be switched off.

use crate::{browser, preferences, session, strings::strings, ui::dialog::Dialog};
use leptos::{ev, html, prelude::*, wasm_bindgen::JsCast as _};
use std::{cell::Cell, time::Duration};
use web_sys::{HtmlElement, KeyboardEvent};

/// How long `g` waits for the key that says where to.
const CHORD: Duration = Duration::from_secs(2);

thread_local! {
    static SHEET: Cell<Option<RwSignal<bool>>> = const { Cell::new(None) };
}

/// Opens the list of shortcuts.
pub(crate) fn show_sheet() {
    if let Some(sheet) = SHEET.get() {
        sheet.set(true);
    }
}

/// Listens to keys, and shows the list of shortcuts when it is asked for. Once, in the frame.
#[component]
pub(crate) fn Shortcuts() -> impl IntoView {
    let sheet = RwSignal::new(false);
    SHEET.set(Some(sheet));
    let going = StoredValue::new(0_u32);
    let chord = StoredValue::new(0_u32);
    let handle = window_event_listener(ev::keydown, move |event| {
        if !preferences::shortcuts() || is_typing(&event) || browser::has_dialog() {
            return;
        }
        let was_going = going.get_value() > 0;
        going.set_value(0);
        let done = match (event.key().as_str(), was_going) {
            ("w", true) => act(|| browser::follow("/webhooks")),
            ("e", true) => act(|| browser::follow("/events")),
            ("t", true) => act(|| browser::follow("/event-types")),
            ("s", true) => act(|| browser::follow("/settings")),
            ("g", _) => {
                chord.update_value(|number| *number += 1);
                going.set_value(chord.get_value());
                let number = chord.get_value();
                set_timeout(
                    move || {
                        if going.try_get_value() == Some(number) {
                            going.set_value(0);
                        }
                    },
                    CHORD,
                );
                true
            }
            ("?", _) => act(|| sheet.set(true)),
            ("/", _) => browser::focus("main input[type=search]"),
            ("n", _) if session::may_edit() => act(|| browser::follow("/webhooks/new")),
            ("j" | "ArrowDown", _) => step(1),
            ("k" | "ArrowUp", _) => step(-1),
            ("r", _) => press("[data-key=r]"),
            ("[", _) => attempt(1),
            ("]", _) => attempt(-1),
            _ => false,
        };
        if done {
            event.prevent_default();
        }
    });
    on_cleanup(move || handle.remove());
    move || sheet.get().then(|| view! { <Sheet sheet=sheet/> })
}

fn act(act: impl FnOnce()) -> bool {
    act();
    true
}

/// Whether the key belongs to a field, a menu, or to the browser.
fn is_typing(event: &KeyboardEvent) -> bool {
    let field = |element: HtmlElement| {
        let is_field = match element.get_attribute("type").as_deref() {
            Some("checkbox") => false,
            // Its own keys choose another one.
            Some("radio") => event.key().starts_with("Arrow"),
            _ => matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"),
        };
        is_field || element.is_content_editable() || element.get_attribute("role").as_deref() == Some("menuitem")
    };
    let target = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing() || target.is_some_and(field)
}

/// Moves the focus by that many rows; false without rows, so that the key scrolls.
fn step(by: i32) -> bool {
    let rows = browser::all("main .row-link");
    let Ok(count) = i32::try_from(rows.len()) else { return false };
    let at = rows.iter().position(browser::has_focus).and_then(|at| i32::try_from(at).ok());
    let next = at.map_or(if by > 0 { 0 } else { count - 1 }, |at| (at + by).clamp(0, count - 1));
    let row = usize::try_from(next).ok().and_then(|next| rows.get(next));
    row.is_some_and(|row| row.focus().is_ok())
}

fn press(selector: &str) -> bool {
    let found = browser::all(selector).into_iter().next();
    found.is_some_and(|element| {
        element.click();
        true
    })
}

/// Shows the attempt that is so many further down; they are listed newest first.
fn attempt(by: i32) -> bool {
    let attempts = browser::all("main .attempts button");
    let is_shown = |button: &HtmlElement| button.get_attribute("aria-current").as_deref() == Some("true");
    let at = attempts.iter().position(is_shown).and_then(|at| i32::try_from(at).ok());
    let next = at.and_then(|at| usize::try_from(at + by).ok()).and_then(|next| attempts.get(next));
    next.is_some_and(|button| {
        button.click();
        true
    })
}

#[component]
fn Sheet(sheet: RwSignal<bool>) -> impl IntoView {
    let t = &strings().keyboard;
    let element = NodeRef::<html::Dialog>::new();
    let may_edit = session::may_edit();
    let rows = [
        (vec!["/"], t.search),
        (vec!["n"], strings().new_webhook),
        (vec!["j", "↓"], t.next),
        (vec!["k", "↑"], t.previous),
        (vec!["Enter"], t.open),
        (vec!["r"], t.resend),
        (vec!["["], t.older_attempt),
        (vec!["]"], t.newer_attempt),
        (vec!["g w"], t.go_webhooks),
        (vec!["g e"], t.go_events),
        (vec!["g t"], t.go_types),
        (vec!["g s"], t.go_settings),
        (vec!["?"], t.this_sheet),
        (vec!["Esc"], t.close),
    ]
    .into_iter()
    .filter(|(keys, _)| may_edit || !matches!(keys[..], ["n" | "r"]))
    .map(|(keys, meaning)| {
        let keys: Vec<_> = keys
            .into_iter()
            .map(|keys| {
                let parts: Vec<_> = keys.split(' ').map(|key| view! { <kbd>{key}</kbd>" " }).collect();
                view! { <span>{parts}</span> }
            })
            .collect();
        view! { <dt>{keys}</dt><dd>{meaning}</dd> }
    })
    .collect::<Vec<_>>();
    view! {
        <Dialog title=t.title gone=move || sheet.set(false) element=element>
            <div class="body" tabindex="0" role="group" aria-label=t.title>
                <dl class="kv keys">{rows}</dl>
                <p class="hint">{t.off_note}</p>
            </div>
        </Dialog>
    }
}
