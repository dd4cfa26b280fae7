//! For whom somebody of the platform acts, above every page.

use crate::{
    session::{self, Current, DEFAULT_TENANT},
    strings::strings,
};
use leptos::prelude::*;

/// Where somebody of the platform finds the tenants.
pub(crate) const TENANTS: &str = "/account/tenants";

/// A line with the tenant's name and the way back, as long as it is not the default one.
#[component]
pub(crate) fn Acting(current: Current) -> impl IntoView {
    let n = &strings().tenants;
    move || {
        let name = session::acts_for(current.session.get()?)?;
        Some(view! {
            <section class="acting" aria-label=strings().accounts.tenant>
                <p>{n.you_act_for}" "<b>{name}</b></p>
                <a href=TENANTS>{n.all}</a>
                <button type="button" class="link" on:click=|_| session::act_for(DEFAULT_TENANT, "/webhooks")>{n.back_to_default}</button>
            </section>
        })
    }
}
