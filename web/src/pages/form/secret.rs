//! The secret: typed or generated, shown on demand, never loaded.

use super::{
    field::{Field, described_by},
    state::FormState,
};
use crate::{
    browser,
    strings::strings,
    ui::{copy::CopyButton, short_form::look},
};
use leptos::prelude::*;

/// A shorter secret gets a warning.
const GOOD_LENGTH: usize = 24;

#[component]
pub(super) fn SecretField(form: FormState, id: &'static str, label: &'static str, hint: String) -> impl IntoView {
    let t = strings();
    let shown = RwSignal::new(false);
    let generate = move |_| {
        if let Some(secret) = browser::generate_secret() {
            form.secret.set(secret);
            form.typed();
            shown.set(true);
        }
    };
    let is_short = move || {
        form.secret.with(|secret| !secret.is_empty() && secret.len() < GOOD_LENGTH) && form.error("/secret").is_none()
    };
    view! {
        <Field form=form id=id pointer="/secret" label=label hint=hint>
            <div class="group">
                // As other secrets of the form: not the login of who types it.
                <input class="in mono" id=id type=move || if shown.get() { "text" } else { "password" } autocomplete="one-time-code"
                    data-1p-ignore="" data-lpignore="true" data-bwignore="" spellcheck="false" aria-describedby=described_by(id, true)
                    aria-invalid=move || form.error("/secret").is_some().to_string() bind:value=form.secret/>
                {look(id, label, shown)}
                <button type="button" class="btn" on:click=generate>{t.generate}</button>
            </div>
            {move || is_short().then(|| view! { <p class="hint" role="status">{t.secret_short}</p> })}
            {move || (shown.get() && form.secret.with(|secret| !secret.is_empty()))
                .then(|| view! { <CopyButton label=t.secret.to_lowercase() text=move || form.secret.get_untracked()/> })}
        </Field>
    }
}
