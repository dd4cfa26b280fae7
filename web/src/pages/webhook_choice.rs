//! A choice among the webhooks. Where they are more than a page of the API has, a search finds the others.

use crate::{
    api,
    effect::effect,
    query::Query,
    strings::strings,
    ui::{search::SearchField, show::show, webhook_name},
};
use leptos::prelude::*;
use shared::{Id, Webhook};

/// Chooses one of the webhooks: the newest at first, and of those that are searched for.
#[component]
pub(crate) fn WebhookChoice(
    /// The field's id; no other on the page has the same.
    id: &'static str,
    label: &'static str,
    chosen: RwSignal<Option<Id>>,
) -> impl IntoView {
    let t = strings();
    let search = RwSignal::new(String::new());
    let query = Query::new(move || search.get(), |search| async move { api::webhooks(&search, "", "").await });
    show(query, t.could_not_load_webhooks, move |page| {
        // Who is chosen stays so when the list is loaded again.
        effect(move || {
            let ids = page.with(|page| page.items.iter().map(|webhook| webhook.id).collect::<Vec<_>>());
            if !chosen.get_untracked().is_some_and(|chosen| ids.contains(&chosen)) {
                chosen.set(ids.first().copied());
            }
        });
        let is_searched =
            Memo::new(move |_| !search.with(String::is_empty) || page.with(|page| page.next_cursor.is_some()));
        let field = move || {
            is_searched.get().then(|| {
                let value = Memo::new(move |_| search.get());
                let changed = move |text: String| search.set(text.trim().to_owned());
                view! { <SearchField label=t.filter_by_url placeholder=t.filter_by_url value=value changed=changed/> }
            })
        };
        let choice = move || {
            let webhooks = page.get().items;
            if webhooks.is_empty() {
                let none = if is_searched.get_untracked() { t.no_webhooks_match } else { t.tools.no_webhook };
                return view! { <p class="muted">{none}</p> }.into_any();
            }
            let option = move |webhook: Webhook| {
                let name = webhook_name::text(&webhook.description, &webhook.url);
                view! { <option value=webhook.id.to_string() prop:selected=move || chosen.get() == Some(webhook.id)>{name}</option> }
            };
            let choose = move |event| chosen.set(event_target_value(&event).parse().ok());
            view! {
                <select class="in mono" id=id on:change=choose>{webhooks.into_iter().map(option).collect_view()}</select>
            }
            .into_any()
        };
        view! { <div class="field"><label for=id>{label}</label>{field}{choice}</div> }
    })
}
