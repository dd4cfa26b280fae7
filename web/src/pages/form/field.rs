//! The fields of the form: label, input, hint and error, tied together for screen readers.

use super::state::FormState;
use crate::ui::short_form::{described_by, framed, is_wrong};
use leptos::{ev::FocusEvent, prelude::*};
use std::time::Duration;

/// How long it takes until a field that was left is checked: what shows then must not move the button that is being pressed.
const LEFT: Duration = Duration::from_millis(250);

/// Checks a field of the form when it is left. An empty field may be filled last: nothing is said about it before somebody wants to save.
pub(super) fn left(form: FormState, pointer: &'static str) -> impl Fn(FocusEvent) + Copy {
    move |event| {
        if !event_target_value(&event).is_empty() {
            set_timeout(move || form.left(pointer), LEFT);
        }
    }
}

/// What is wrong with a field of the form.
pub(super) fn error(form: FormState, pointer: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || form.error(pointer))
}

/// A field of one line of text.
#[component]
pub(super) fn TextField(
    form: FormState,
    id: &'static str,
    pointer: &'static str,
    label: &'static str,
    #[prop(into, default = String::new())] hint: String,
    value: RwSignal<String>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = false)] mono: bool,
    #[prop(default = false)] numeric: bool,
    #[prop(default = false)] autofocus: bool,
) -> impl IntoView {
    let error = error(form, pointer);
    // A browser would fill in its user's own, and keep this one as theirs; so would what manages their passwords.
    let autocomplete = if kind == "password" { "one-time-code" } else { "off" };
    let input = view! {
        <input class=if mono { "in mono" } else { "in" } id=id type=kind inputmode=numeric.then_some("numeric") autofocus=autofocus autocomplete=autocomplete
            data-1p-ignore="" data-lpignore="true" data-bwignore="" spellcheck="false" aria-describedby=described_by(id) aria-invalid=is_wrong(error)
            on:blur=left(form, pointer) bind:value=value/>
    };
    framed(id, label, hint, error, input.into_any())
}

/// A field of several lines.
#[component]
pub(super) fn LinesField(
    form: FormState,
    id: &'static str,
    pointer: &'static str,
    label: &'static str,
    hint: &'static str,
    value: RwSignal<String>,
) -> impl IntoView {
    let error = error(form, pointer);
    let input = view! {
        <textarea class="in mono" id=id rows="3" autocomplete="off" spellcheck="false" aria-describedby=described_by(id)
            aria-invalid=is_wrong(error) on:blur=left(form, pointer) bind:value=value></textarea>
    };
    framed(id, label, hint.to_owned(), error, input.into_any())
}
