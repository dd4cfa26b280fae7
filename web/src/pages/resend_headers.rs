//! With which headers to send again what was first sent with another secret, authentication or other headers.

use crate::{
    browser,
    strings::strings,
    ui::{
        choice::{self, Chosen},
        dialog::{self, Dialog},
    },
};
use leptos::{html, prelude::*};
use shared::ResendHeaders;

/// The question, before `send` sends again.
#[component]
pub(crate) fn WhichHeaders(
    asking: RwSignal<bool>,
    #[prop(into)] word: Signal<String>,
    send: impl Fn(ResendHeaders) + Copy + Send + 'static,
) -> impl IntoView {
    let t = strings();
    let element = NodeRef::<html::Dialog>::new();
    let chosen = RwSignal::new(ResendHeaders::Original);
    let confirm = move |_| {
        send(chosen.get_untracked());
        dialog::close(element);
    };
    // What asked may be gone by then.
    let gone = move || {
        asking.set(false);
        browser::keep_focus();
    };
    view! {
        <Dialog title=t.resend_title asks=true gone=gone element=element>
            <div class="body"><HeadersChoice chosen=chosen/></div>
            <footer>
                <button type="button" class="btn" on:click=move |_| dialog::close(element)>{t.cancel}</button>
                <button type="button" class="btn primary" on:click=confirm>{word}</button>
            </footer>
        </Dialog>
    }
}

/// The choice between those of before and those of now.
#[component]
pub(crate) fn HeadersChoice(chosen: RwSignal<ResendHeaders>) -> impl IntoView {
    let t = strings();
    let choices = vec![(t.resend_original, t.resend_original_hint), (t.resend_current, t.resend_current_hint)];
    let chosen = Chosen::of(&[ResendHeaders::Original, ResendHeaders::Current], chosen);
    view! {
        <p>{t.resend_changed_text}</p>
        <fieldset>
            <legend class="vh">{t.resend_title}</legend>
            {choice::explained("headers", choices, chosen)}
        </fieldset>
    }
}
