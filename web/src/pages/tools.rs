//! Tools for whoever writes the receiver: the signature lab, code that verifies, and the check-up.

mod checkup;
mod lab;
mod snippets;

use crate::{api, browser, format, query::Query, session::for_editors, strings::strings, ui::show::show};
use leptos::prelude::*;
use shared::Id;

#[component]
pub(crate) fn ToolsPage() -> impl IntoView {
    let t = &strings().tools;
    browser::set_title(t.title);
    view! {
        <div class="head"><h1 tabindex="-1">{t.title}</h1></div>
        <p class="muted">{t.lead}</p>
        <lab::Lab/>
        <snippets::Snippets/>
        // Last: it comes when it is known who this is, and pushes nothing away.
        {for_editors(checkup::CheckUp)}
    }
}

/// A choice among the webhooks, and below it what is done with the chosen one.
fn with_webhook<V: IntoView + 'static>(
    id: &'static str,
    content: impl Fn(Id) -> V + Send + Copy + 'static,
) -> impl IntoView {
    let t = strings();
    let query = Query::new(|| (), |()| async { api::webhooks("", "").await });
    show(query, t.could_not_load_webhooks, move |page| {
        let webhooks = page.with_untracked(|page| {
            page.items
                .iter()
                .map(|webhook| (webhook.id, format::short_url(&webhook.url).to_owned()))
                .collect::<Vec<_>>()
        });
        let Some((first, _)) = webhooks.first().cloned() else {
            return view! { <p class="muted">{t.tools.no_webhook}</p> }.into_any();
        };
        let chosen = RwSignal::new(first);
        let options: Vec<_> =
            webhooks.into_iter().map(|(id, url)| view! { <option value=id.to_string()>{url}</option> }).collect();
        let choose = move |event| {
            if let Ok(id) = event_target_value(&event).parse() {
                chosen.set(id);
            }
        };
        view! {
            <div class="field">
                <label for=id>{t.tools.webhook}</label>
                <select class="in mono" id=id on:change=choose>{options}</select>
            </div>
            {move || content(chosen.get())}
        }
        .into_any()
    })
}
