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
    let hint = move |kind| if form.had == Some(kind) { t.leave_empty_to_keep } else { "" };
    let fields = move || {
        match form.authentication.get() {
        AuthenticationType::None => ().into_any(),
        AuthenticationType::Basic => view! {
            <TextField form=form id="username" pointer="/authentication/username" label=t.username value=form.username/>
            <TextField form=form id="password" pointer="/authentication/password" label=t.password value=form.password
                hint=hint(AuthenticationType::Basic) kind="password" mono=true/>
        }
        .into_any(),
        AuthenticationType::ApiKey => view! {
            <TextField form=form id="header" pointer="/authentication/header" label=t.header_name value=form.header mono=true/>
            <TextField form=form id="value" pointer="/authentication/value" label=t.header_value value=form.value
                hint=hint(AuthenticationType::ApiKey) kind="password" mono=true/>
        }
        .into_any(),
    }
    };
    view! {
        {choice::field("authentication", t.authentication, names.into(), chosen)}
        {fields}
    }
}
