//! How requests authenticate at the receiver.

use super::{field::TextField, state::FormState};
use crate::{
    strings::strings,
    ui::choice::{self, Chosen},
};
use leptos::prelude::*;
use shared::AuthenticationType;

#[component]
pub(super) fn AuthenticationFields(form: FormState) -> impl IntoView {
    let t = strings();
    let names = [t.authentication_none, t.authentication_basic, t.authentication_api_key].map(str::to_owned);
    let chosen = Chosen::of(&AuthenticationType::ALL, form.authentication);
    let had = Memo::new(move |_| form.had.with(|had| had.as_ref().map(|had| had.authentication)));
    let leads_elsewhere = Memo::new(move |_| form.leads_elsewhere());
    let hint = move |kind, again| match had.get() {
        Some(had) if had == kind && leads_elsewhere.get() => again,
        Some(had) if had == kind => t.leave_empty_to_keep,
        _ => "",
    };
    let fields = move || {
        match form.authentication.get() {
        AuthenticationType::None => ().into_any(),
        AuthenticationType::Basic => view! {
            <TextField form=form id="username" pointer="/authentication/username" label=t.username value=form.username/>
            <TextField form=form id="password" pointer="/authentication/password" label=t.password value=form.password
                hint=hint(AuthenticationType::Basic, t.password_again) kind="password" mono=true/>
        }
        .into_any(),
        AuthenticationType::ApiKey => view! {
            <TextField form=form id="header" pointer="/authentication/header" label=t.header_name value=form.header mono=true/>
            <TextField form=form id="value" pointer="/authentication/value" label=t.header_value value=form.value
                hint=hint(AuthenticationType::ApiKey, t.value_again) kind="password" mono=true/>
        }
        .into_any(),
    }
    };
    view! {
        {choice::field("authentication", t.authentication, names.into(), chosen)}
        {fields}
    }
}
