//! Sending a failed event again.

use crate::{
    api,
    once::Once,
    query::Query,
    strings::strings,
    ui::{
        dialog::{self, Dialog},
        icon::Icon,
        notice,
        show::explain,
    },
};
use leptos::{html, prelude::*, task::spawn_local};
use shared::{Delivery, DeliveryStatus, Id, ResendHeaders};

/// The button. Where secret or authentication have changed since, it asks which ones to use.
#[component]
pub(super) fn ResendButton(delivery: RwSignal<Delivery>, query: Query<Delivery>) -> impl IntoView {
    let t = strings();
    let word = Memo::new(move |_| {
        let is_waiting = delivery.with(|delivery| delivery.summary.status == DeliveryStatus::Retrying);
        if is_waiting { t.send_now } else { t.resend }
    });
    let busy = RwSignal::new(false);
    let once = Once::new();
    let asking = RwSignal::new(false);
    let send = move |headers| send(delivery.with_untracked(|delivery| delivery.summary.id), headers, query, busy, once);
    let click = move |_| {
        if delivery.with_untracked(|delivery| delivery.settings_changed) {
            asking.set(true);
        } else {
            send(ResendHeaders::Original);
        }
    };
    view! {
        <div class="end">
            <button type="button" class="btn primary" data-key="r" aria-disabled=move || busy.get().to_string() on:click=click>
                {Icon::Retry.view()}{word}
            </button>
        </div>
        {move || asking.get().then(|| view! { <Choice asking=asking word=word send=send/> })}
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

#[component]
fn Choice(
    asking: RwSignal<bool>,
    word: Memo<&'static str>,
    send: impl Fn(ResendHeaders) + Copy + Send + 'static,
) -> impl IntoView {
    let t = strings();
    let element = NodeRef::<html::Dialog>::new();
    let chosen = RwSignal::new(ResendHeaders::Original);
    let option = move |value, id, name, hint| {
        view! {
            <label class="radio">
                <input type="radio" name="headers" id=id prop:checked=move || chosen.get() == value on:change=move |_| chosen.set(value)/>
                <span>{name}<br/><span class="hint">{hint}</span></span>
            </label>
        }
    };
    let confirm = move |_| {
        send(chosen.get_untracked());
        dialog::close(element);
    };
    view! {
        <Dialog title=t.resend_title may_close=|| true gone=move || asking.set(false) element=element>
            <div class="body">
                <p>{t.resend_changed_text}</p>
                <fieldset>
                    <legend class="vh">{t.resend_title}</legend>
                    {option(ResendHeaders::Original, "headers-original", t.resend_original, t.resend_original_hint)}
                    {option(ResendHeaders::Current, "headers-current", t.resend_current, t.resend_current_hint)}
                </fieldset>
            </div>
            <footer>
                <button type="button" class="btn" on:click=move |_| dialog::close(element)>{t.cancel}</button>
                <button type="button" class="btn primary" on:click=confirm>{word}</button>
            </footer>
        </Dialog>
    }
}
