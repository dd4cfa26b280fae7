//! What stands in the form's place once the webhook is there: its secret for the last time, and a test event.

use super::state::FormState;
use crate::{
    browser,
    pages::send_test::SendTest,
    strings::strings,
    ui::{copy::CopyButton, dialog},
};
use leptos::{html, prelude::*};
use shared::{Webhook, WebhookStatus};

pub(super) fn next_steps(webhook: Webhook, form: FormState, dialog: NodeRef<html::Dialog>) -> impl IntoView {
    let t = strings();
    let is_active = webhook.status == WebhookStatus::Active;
    let test =
        is_active.then(|| view! { <div class="bar"><SendTest webhook=webhook.id event_type=None primary=true/></div> });
    // The button that had the focus is gone.
    request_animation_frame(|| {
        browser::focus("dialog .body .primary, dialog footer .btn");
    });
    view! {
        <div class="body">
            <p class="mono url">{webhook.url}</p>
            <div class="field">
                <b>{t.secret}</b>
                <div class="bar">
                    <code class="mono url">{form.secret.get_untracked()}</code>
                    <CopyButton label=t.secret.to_lowercase() text=move || form.secret.get_untracked()/>
                </div>
                <p class="hint">{t.secret_hint_new}</p>
            </div>
            <p>{if is_active { t.created_text } else { t.active_hint }}</p>
            {test}
        </div>
        <footer>
            <button type="button" class="btn" on:click=move |_| dialog::close(dialog)>{t.done}</button>
        </footer>
    }
}
