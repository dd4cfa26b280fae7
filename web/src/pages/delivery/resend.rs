//! Sending a failed event again.

use crate::{
    api,
    once::Once,
    pages::resend_headers::WhichHeaders,
    query::Query,
    strings::strings,
    ui::{connection::is_offline, icon::Icon, notice, show::explain},
};
use leptos::{prelude::*, task::spawn_local};
use shared::{Delivery, DeliveryStatus, Id, ResendHeaders};

/// The button. Where the settings that make the headers have changed since, it asks which ones to use.
#[component]
pub(super) fn ResendButton(id: Id, delivery: RwSignal<Delivery>, query: Query<Delivery>) -> impl IntoView {
    let t = strings();
    let word = Memo::new(move |_| {
        let is_waiting = delivery.with(|delivery| delivery.summary.status == DeliveryStatus::Retrying);
        if is_waiting { t.send_now } else { t.resend }
    });
    let busy = RwSignal::new(false);
    let once = Once::new();
    let asking = RwSignal::new(false);
    let send = move |headers| send(id, headers, query, busy, once);
    let click = move |_| {
        if delivery.with_untracked(|delivery| delivery.summary.settings_changed) {
            asking.set(true);
        } else {
            send(ResendHeaders::Original);
        }
    };
    view! {
        <button type="button" class="btn primary" data-key="r" aria-disabled=move || (busy.get() || is_offline()).to_string() on:click=click>
            {Icon::Retry.view()}{word}
        </button>
        {move || asking.get().then(|| view! { <WhichHeaders asking=asking word=Signal::derive(move || word.get().to_owned()) send=send/> })}
    }
}

fn send(id: Id, headers: ResendHeaders, query: Query<Delivery>, busy: RwSignal<bool>, once: Once) {
    let t = strings();
    if busy.get_untracked() {
        return;
    }
    busy.set(true);
    spawn_local(async move {
        match api::resend(id, headers, once).await {
            Ok(_) => notice::say(t.resend_started),
            Err(error) => notice::warn(format!("{} {}", t.could_not_resend, explain(&error))),
        }
        busy.try_set(false);
        query.reload();
    });
}
