//! A field of the form: label, input, hint and error, tied together for screen readers.

use super::state::FormState;
use crate::ui::icon::Icon;
use leptos::prelude::*;
use std::time::Duration;

/// How long it takes until a field that was left is checked: what shows then must not move the button that is being pressed.
const LEFT: Duration = Duration::from_millis(250);

/// The frame of a field around its input. The input names `{id}-hint` and `{id}-error` in `aria-describedby`.
#[component]
pub(super) fn Field(
    form: FormState,
    id: &'static str,
    pointer: &'static str,
    label: &'static str,
    #[prop(into, default = String::new())] hint: String,
    children: Children,
) -> impl IntoView {
    let error = move || {
        form.error(pointer)
            .map(|detail| view! { <p class="err" id=format!("{id}-error")>{Icon::Alert.view()}{detail}</p> })
    };
    let hint = (!hint.is_empty()).then(|| view! { <p class="hint" id=format!("{id}-hint")>{hint}</p> });
    // An empty field may be filled last: nothing is said about it before somebody wants to save.
    let left = move |event| {
        if !event_target_value(&event).is_empty() {
            set_timeout(move || form.left(pointer), LEFT);
        }
    };
    view! { <div class="field" on:focusout=left><label for=id>{label}</label>{children()}{error}{hint}</div> }
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
    let described = described_by(id, !hint.is_empty());
    // A browser would fill in its user's own, and keep this one as theirs; so would what manages their passwords.
    let autocomplete = if kind == "password" { "one-time-code" } else { "off" };
    view! {
        <Field form=form id=id pointer=pointer label=label hint=hint>
            <input class=if mono { "in mono" } else { "in" } id=id type=kind inputmode=numeric.then_some("numeric") autofocus=autofocus autocomplete=autocomplete
                data-1p-ignore="" data-lpignore="true" data-bwignore="" spellcheck="false" aria-describedby=described aria-invalid=move || form.error(pointer).is_some().to_string()
                bind:value=value/>
        </Field>
    }
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
    view! {
        <Field form=form id=id pointer=pointer label=label hint=hint>
            <textarea class="in mono" id=id rows="3" autocomplete="off" spellcheck="false" aria-describedby=described_by(id, true)
                aria-invalid=move || form.error(pointer).is_some().to_string() bind:value=value></textarea>
        </Field>
    }
}

/// What describes an input: its error and its hint.
pub(super) fn described_by(id: &str, has_hint: bool) -> String {
    if has_hint { format!("{id}-error {id}-hint") } else { format!("{id}-error") }
}
