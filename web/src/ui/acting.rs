//! For whom somebody of the platform acts, above every page.

use crate::{
    session::{self, Current, DEFAULT_TENANT},
    strings::strings,
};
use leptos::prelude::*;

/// Where somebody of the platform finds the tenants.
pub(crate) const TENANTS: &str = "/account/tenants";

/// A line with the tenant's name, the way to the others, and the way back, as long as it is not the default one.
#[component]
pub(crate) fn Acting(current: Current) -> impl IntoView {
    let n = &strings().tenants;
    move || {
        let (tenant, name) = session::acts_for(current.session.get()?)?;
        let is_default = tenant == DEFAULT_TENANT;
        let back = (!is_default).then(|| {
            view! { <button type="button" class="link" on:click=|_| session::act_for(DEFAULT_TENANT, "/webhooks")>{n.back_to_default}</button> }
        });
        Some(view! {
            <section class="acting" class:own=is_default aria-label=strings().accounts.tenant>
                <p>{n.you_act_for}" "<b>{name}</b></p>
                <a href=TENANTS>{n.all}</a>
                {back}
            </section>
        })
    }
}
