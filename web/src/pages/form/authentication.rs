//! How requests authenticate at the receiver.

use super::{
    field::{Field, TextField, described_by},
    state::FormState,
};
use crate::strings::strings;
use leptos::prelude::*;
use shared::AuthenticationType;

#[component]
pub(super) fn AuthenticationFields(form: FormState) -> impl IntoView {
    let t = strings();
    let kinds = [
        (AuthenticationType::None, "auth-none", t.authentication_none),
        (AuthenticationType::Basic, "auth-basic", t.authentication_basic),
        (AuthenticationType::ApiKey, "auth-api-key", t.authentication_api_key),
    ];
    let choices = kinds.map(|(kind, id, name)| {
        view! {
            <label>
                <input type="radio" name="authentication" id=id prop:checked=move || form.authentication.get() == kind
                    on:change=move |_| form.authentication.set(kind)/>
                {name}
            </label>
        }
    });
    let hint = move |kind| if form.had == Some(kind) { t.leave_empty_to_keep } else { "" };
    let fields = move || {
        match form.authentication.get() {
        AuthenticationType::None => ().into_any(),
        AuthenticationType::Basic => view! {
            <TextField form=form id="username" pointer="/authentication/username" label=t.username value=form.username/>
            <Credential form=form id="password" pointer="/authentication/password" label=t.password value=form.password
                hint=hint(AuthenticationType::Basic)/>
        }
        .into_any(),
        AuthenticationType::ApiKey => view! {
            <TextField form=form id="header" pointer="/authentication/header" label=t.header_name value=form.header mono=true/>
            <Credential form=form id="value" pointer="/authentication/value" label=t.header_value value=form.value
                hint=hint(AuthenticationType::ApiKey)/>
        }
        .into_any(),
    }
    };
    view! {
        <fieldset class="field"><legend>{t.authentication}</legend><div class="seg">{choices}</div></fieldset>
        {fields}
    }
}

#[component]
fn Credential(
    form: FormState,
    id: &'static str,
    pointer: &'static str,
    label: &'static str,
    hint: &'static str,
    value: RwSignal<String>,
) -> impl IntoView {
    view! {
        <Field form=form id=id pointer=pointer label=label hint=hint>
            <input class="in mono" id=id type="password" autocomplete="new-password" aria-describedby=described_by(id, !hint.is_empty())
                aria-invalid=move || form.error(pointer).is_some().to_string() bind:value=value/>
        </Field>
    }
}
