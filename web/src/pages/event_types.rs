//! The catalogue: what can happen, with examples to look at and to send.

use super::{send_test::SendTest, webhook_choice::WebhookChoice};
use crate::{
    api, browser,
    query::Query,
    session::for_editors,
    strings::strings,
    ui::{
        dialog::{self, Dialog},
        icon::Icon,
        json_view::JsonCard,
        search::{SearchBar, searched},
        show::{empty, show},
    },
};
use leptos::{html, prelude::*};
use shared::{EventType, Id};
use std::collections::BTreeMap;

#[component]
pub(crate) fn EventTypesPage() -> impl IntoView {
    let t = strings();
    browser::set_title(t.shell.event_types);
    let query = Query::new(|| (), |()| api::event_types());
    let search = searched();
    let sending = RwSignal::new(None::<String>);
    view! {
        <div class="head"><h1 tabindex="-1">{t.shell.event_types}</h1></div>
        <SearchBar path="/event-types" label=t.catalogue.filter/>
        {show(query, t.could_not_load_types, move |types| {
            let groups = Memo::new(move |_| types.with(|types| search.with(|search| grouped(types, &search.trim().to_lowercase()))));
            let is_empty = Memo::new(move |_| types.with(Vec::is_empty));
            move || match (is_empty.get(), groups.with(Vec::is_empty)) {
                (true, _) => empty(Icon::List, t.catalogue.none_title, view! { <p>{t.catalogue.none_text}</p> }.into_any()),
                (false, true) => empty(Icon::List, t.catalogue.none_match, ().into_any()),
                (false, false) => view! {
                    <For each=move || groups.get() key=|(source, types)| (source.clone(), types.len())
                        children=move |(source, types)| group(&source, types, sending)/>
                }
                .into_any(),
            }
        })}
        {move || sending.get().map(|name| view! { <SendDialog name=name sending=sending/> })}
    }
}

/// The types that contain the text, by source.
fn grouped(types: &[EventType], search: &str) -> Vec<(String, Vec<EventType>)> {
    let mut groups = BTreeMap::<String, Vec<EventType>>::new();
    for known in types {
        if known.name.to_lowercase().contains(search) || known.description.to_lowercase().contains(search) {
            groups.entry(known.source.clone()).or_default().push(known.clone());
        }
    }
    groups.into_iter().collect()
}

fn group(source: &str, types: Vec<EventType>, sending: RwSignal<Option<String>>) -> impl IntoView + use<> {
    let title = (strings().catalogue.types_of)(source, types.len());
    let rows: Vec<_> = types.into_iter().map(|known| entry(known, sending)).collect();
    view! { <section class="card types" aria-label=title.clone()><div class="cardhead"><h2>{title.clone()}</h2></div>{rows}</section> }
}

fn entry(known: EventType, sending: RwSignal<Option<String>>) -> impl IntoView {
    let t = strings();
    let EventType { name, kind, description, example, schema, webhooks, .. } = known;
    let opened = RwSignal::new(false);
    let sent = name.clone();
    let details = move || {
        let (example, schema) = (example.clone(), schema.clone());
        let example = match example {
            Some(text) => {
                view! { <JsonCard title=t.catalogue.example label=format!("{}: {sent}", t.catalogue.example) text=text note=""/> }.into_any()
            }
            None => view! { <p class="muted">{t.catalogue.no_example}</p> }.into_any(),
        };
        let schema = schema
            .map(|text| view! { <JsonCard title=t.catalogue.schema label=format!("{}: {sent}", t.catalogue.schema) text=text note=""/> });
        let sent = sent.clone();
        let send = for_editors(move || {
            let sent = sent.clone();
            view! {
                <button type="button" class="btn" on:click=move |_| sending.set(Some(sent.clone()))>{Icon::Send.view()}{t.shell.send_test}</button>
            }
        });
        view! {
            <div class="inside">
                {example}{schema}{send}
            </div>
        }
    };
    view! {
        <details class="type" on:toggle=move |_| opened.set(true)>
            <summary>
                <span class="mono name" title=name.clone()>{kind}</span>
                <span class="muted about">{description}</span>
                <span class="muted count">{(t.catalogue.webhooks)(webhooks)}</span>
            </summary>
            {move || opened.get().then(&details)}
        </details>
    }
}

/// Asks for the webhook, and sends the example to it.
#[component]
fn SendDialog(name: String, sending: RwSignal<Option<String>>) -> impl IntoView {
    let t = strings();
    let element = NodeRef::<html::Dialog>::new();
    let chosen = RwSignal::new(None::<Id>);
    let sent = name.clone();
    let button = move || {
        let sent = sent.clone();
        chosen.get().map(|id| view! { <SendTest webhook=id event_type=Some(sent) primary=true/> })
    };
    view! {
        <Dialog title=(t.catalogue.send_title)(&name) gone=move || sending.set(None) element=element>
            <div class="body"><WebhookChoice id="to" label=t.catalogue.send_to chosen=chosen/></div>
            <footer>
                <button type="button" class="btn" on:click=move |_| dialog::close(element)>{t.close}</button>
                {button}
            </footer>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(source: &str, kind: &str, description: &str) -> EventType {
        EventType {
            name: format!("{source}.{kind}"),
            source: source.into(),
            kind: kind.into(),
            description: description.into(),
            example: None,
            schema: None,
            webhooks: 0,
        }
    }

    #[test]
    fn types_are_grouped_by_source_and_found_by_description() {
        let types = [known("B", "ONE", "a face"), known("A", "TWO", "a document"), known("B", "THREE", "another face")];
        let names = |search: &str| {
            grouped(&types, search).into_iter().map(|(source, types)| (source, types.len())).collect::<Vec<_>>()
        };
        assert_eq!(names(""), [("A".to_owned(), 1), ("B".to_owned(), 2)]);
        assert_eq!(names("face"), [("B".to_owned(), 2)]);
        assert_eq!(names("a.two"), [("A".to_owned(), 1)]);
        assert!(names("nothing").is_empty());
    }
}
