//! The secret: typed or generated, shown on demand, never loaded.

use crate::{
    browser,
    strings::strings,
    ui::{
        copy::CopyButton,
        short_form::{described_by, framed, is_wrong, look},
    },
};
use leptos::{ev::FocusEvent, prelude::*};

/// A shorter secret gets a warning.
const GOOD_LENGTH: usize = 24;

/// A field for a secret. `error`: what is wrong with it. `typed` is called when one was generated, `left` when the field was left.
#[component]
pub(super) fn SecretField(
    id: &'static str,
    label: &'static str,
    hint: String,
    value: RwSignal<String>,
    error: Signal<Option<String>>,
    typed: impl Fn() + 'static,
    left: impl Fn(FocusEvent) + 'static,
) -> impl IntoView {
    let t = strings();
    // What was made here and not typed is nothing to hide from who is about to store it.
    let shown = RwSignal::new(value.with_untracked(|secret| !secret.is_empty()));
    let generate = move |_| {
        if let Some(secret) = browser::generate_secret() {
            value.set(secret);
            typed();
            shown.set(true);
        }
    };
    let is_short =
        move || value.with(|secret| !secret.is_empty() && secret.len() < GOOD_LENGTH) && error.with(Option::is_none);
    let input = view! {
        <div class="group">
            // As other secrets of the form: not the login of who types it.
            <input class="in mono" id=id type=move || if shown.get() { "text" } else { "password" } autocomplete="one-time-code"
                data-1p-ignore="" data-lpignore="true" data-bwignore="" spellcheck="false" aria-describedby=described_by(id)
                aria-invalid=is_wrong(error) on:blur=left bind:value=value/>
            {look(id, label, shown)}
            <button type="button" class="btn" on:click=generate>{t.generate}</button>
        </div>
        {move || is_short().then(|| view! { <p class="hint" role="status">{t.secret_short}</p> })}
        {move || (shown.get() && value.with(|secret| !secret.is_empty()))
            .then(|| view! { <CopyButton label=t.secret.to_lowercase() text=move || value.get_untracked()/> })}
    };
    framed(id, label, hint, error, input.into_any())
}
