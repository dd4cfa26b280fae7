//! Erasing the content of an event, and what stands in its place.

use crate::{
    api, format, pages::access::confirmed, query::Load, session::for_editors, strings::strings, ui::menu::Menu,
};
use leptos::prelude::*;
use shared::{Id, Timestamp};

/// The menu of an event that has its content.
pub(super) fn menu(id: Id, event_type: String, load: Load) -> impl IntoView {
    let t = strings();
    let d = &t.details;
    let erase = move |_| confirmed(d.erase_title, d.erase_text, None, d.erase, api::erase_event(id), d.erased, load);
    for_editors(move || {
        let event_type = event_type.clone();
        view! {
            <Menu id=format!("menu-{id}") label=move || (t.actions_of)(&event_type)>
                <button type="button" role="menuitem" tabindex="-1" on:click=erase>{d.erase_content}</button>
            </Menu>
        }
    })
}

/// The card in the place of a payload.
pub(super) fn payload(at: Timestamp) -> impl IntoView {
    view! {
        <section class="card">
            <div class="cardhead"><h2>{strings().payload}</h2></div>
            <p class="pad muted">{erased_on(at)}</p>
        </section>
    }
}

pub(super) fn erased_on(at: Timestamp) -> String {
    (strings().details.erased_on)(&format::instant(at))
}
