//! The catalogue: what can happen, with examples to look at and to send.

mod dialog;
mod fields;
mod webhooks;

use super::{access::confirmed, send_test::SendTest, webhook_choice::WebhookChoice};
use crate::{
    api, browser,
    query::{Load, Query},
    session::{for_editors, has_tenants, is_of_platform, may_keep_types},
    strings::strings,
    ui::{
        dialog::{Dialog, close},
        icon::Icon,
        json_view::JsonCard,
        search::{SearchBar, counted, none_match, searched},
        show::{empty, show, unfold_once},
    },
};
use leptos::{html, prelude::*};
use shared::{EventType, Id};
use std::collections::BTreeMap;

/// What is open over the catalogue.
#[derive(Clone)]
enum Opened {
    New,
    Edit(EventType),
    /// To send an example of that type.
    Send(String),
}

/// The types that the text is found in, by source.
type Groups = Vec<(String, Vec<EventType>)>;

#[component]
pub(crate) fn EventTypesPage() -> impl IntoView {
    let t = strings();
    browser::set_title(t.shell.event_types);
    let query = Query::new(|| (), |()| api::event_types());
    let search = searched();
    let count = move || {
        let types = query.value.get()?;
        Some((types.with(|types| search.with(|search| matching(types, search).count())), false))
    };
    let opened = RwSignal::new(None::<Opened>);
    let gone = Callback::new(move |()| opened.set(None));
    let dialog = move |what| match what {
        Opened::New => dialog::type_dialog(None, *query, gone),
        Opened::Edit(known) => dialog::type_dialog(Some(known), *query, gone),
        Opened::Send(name) => view! { <SendDialog name=name gone=gone/> }.into_any(),
    };
    view! {
        <div class="head">
            <h1 tabindex="-1">{t.shell.event_types}</h1>
            {move || may_keep_types().then(|| view! { <div class="end">{new_type(opened)}</div> })}
        </div>
        <SearchBar path="/event-types" label=t.catalogue.filter/>
        {counted(*query, Signal::derive(count))}
        {show(query, t.could_not_load_types, move |types| {
            let groups = Memo::new(move |_| types.with(|types| search.with(|search| grouped(types, search))));
            let sources = Memo::new(move |_| groups.with(|groups| groups.iter().map(|(source, _)| source.clone()).collect::<Vec<_>>()));
            let is_empty = Memo::new(move |_| (types.with(Vec::is_empty), sources.with(Vec::is_empty)));
            move || match is_empty.get() {
                (true, _) => none(opened),
                (false, true) => none_match(t.catalogue.none_match, search.get(), "/event-types"),
                (false, false) => view! {
                    <For each=move || sources.get() key=String::clone children=move |source| group(source, groups, opened, *query)/>
                }
                .into_any(),
            }
        })}
        {move || opened.get().map(dialog)}
    }
}

fn new_type(opened: RwSignal<Option<Opened>>) -> impl IntoView {
    view! {
        <button type="button" class="btn primary" on:click=move |_| opened.set(Some(Opened::New))>
            {Icon::Plus.view()}{strings().catalogue.new}
        </button>
    }
}

fn none(opened: RwSignal<Option<Opened>>) -> AnyView {
    let t = &strings().catalogue;
    // The button goes with the first type.
    on_cleanup(browser::keep_focus);
    let more = view! { <p>{t.none_text}</p>{move || may_keep_types().then(|| new_type(opened))} };
    empty(Icon::List, t.none_title, more.into_any())
}

/// The types that the text is found in.
fn matching<'a>(types: &'a [EventType], search: &str) -> impl Iterator<Item = &'a EventType> + use<'a> {
    let search = search.trim().to_lowercase();
    let is_in = move |text: &str| text.to_lowercase().contains(&search);
    types.iter().filter(move |known| is_in(&known.name) || is_in(&known.description))
}

fn grouped(types: &[EventType], search: &str) -> Groups {
    let mut groups = BTreeMap::<String, Vec<EventType>>::new();
    for known in matching(types, search) {
        groups.entry(known.source.clone()).or_default().push(known.clone());
    }
    groups.into_iter().collect()
}

/// The types of a source. What stays is not made again when the catalogue is loaded again: it stays unfolded, and keeps the focus.
fn group(source: String, groups: Memo<Groups>, opened: RwSignal<Option<Opened>>, list: Load) -> AnyView {
    let name = source.clone();
    let types = Memo::new(move |_| {
        groups
            .with(|groups| groups.iter().find(|(other, _)| *other == name).map(|(_, types)| types.clone()))
            .unwrap_or_default()
    });
    let title = Memo::new(move |_| (strings().catalogue.types_of)(&source, types.with(Vec::len)));
    let names = move || types.with(|types| types.iter().map(|known| known.name.clone()).collect::<Vec<_>>());
    view! {
        <section class="card types" aria-label=title>
            <div class="cardhead"><h2>{title}</h2></div>
            <For each=names key=String::clone children=move |name| entry(name, types, opened, list)/>
        </section>
    }
    .into_any()
}

/// A type. What is said of it changes where it stands.
fn entry(name: String, types: Memo<Vec<EventType>>, opened: RwSignal<Option<Opened>>, list: Load) -> AnyView {
    let t = strings();
    let (named, wanted) = (name.clone(), name.clone());
    let known = Memo::new(move |_| types.with(|types| types.iter().find(|known| known.name == named).cloned()));
    let kind = move || known.get().map(|known| known.kind);
    let description = move || known.get().map(|known| known.description);
    let webhooks = move || known.get().map(|known| (t.catalogue.webhooks)(known.webhooks));
    let is_common = Memo::new(move |_| known.with(|known| known.as_ref().is_some_and(|known| known.all_tenants)));
    let reach = move || {
        (is_common.get() && has_tenants()).then(|| view! { <span class="badge">{t.catalogue.all_tenants}</span> })
    };
    let unfolded = RwSignal::new(false);
    view! {
        <details class="type" on:toggle=unfold_once(unfolded)>
            <summary>
                <span class="mono name" title=name>{kind}</span>
                <span class="muted">{description}" "{reach}</span>
                <span class="muted count">{webhooks}</span>
            </summary>
            {move || unfolded.get().then(|| view! {
                <div class="inside">
                    {webhooks::wanting(wanted.clone())}
                    {move || known.get().map(texts)}
                    {for_editors(move || actions(known, is_common, opened, list))}
                </div>
            })}
        </details>
    }
    .into_any()
}

fn texts(known: EventType) -> AnyView {
    let t = &strings().catalogue;
    let fields = fields::table(&known);
    let EventType { name, example, schema, .. } = known;
    let card = |title: &'static str, text| view! { <JsonCard title=title label=format!("{title}: {name}") text=text note=""/> };
    let schema = schema.map(|text| card(t.schema, text));
    match example {
        Some(text) => view! { {fields}{card(t.example, text)}{schema} }.into_any(),
        None => view! { <p class="muted">{t.no_example}</p>{fields}{schema} }.into_any(),
    }
}

/// What is there for all tenants is changed by the platform only.
fn actions(
    known: Memo<Option<EventType>>,
    is_common: Memo<bool>,
    opened: RwSignal<Option<Opened>>,
    list: Load,
) -> AnyView {
    let t = strings();
    let name = move || known.with(|known| known.as_ref().map(|known| known.name.clone()).unwrap_or_default());
    let edit = move |_| opened.set(known.get_untracked().map(Opened::Edit));
    let delete = move |_| {
        let name = untrack(name);
        let question = (t.delete_question)(&name);
        let deleted = api::delete_event_type(name, is_common.get_untracked());
        let is_for_all = untrack(|| is_common.get() && has_tenants());
        let text = if is_for_all { t.catalogue.delete_for_all } else { t.catalogue.delete_text };
        confirmed(question, text, None, t.delete, deleted, t.catalogue.deleted, list);
    };
    let changes = move || {
        (may_keep_types() && (!is_common.get() || is_of_platform())).then(|| view! {
            <button type="button" class="btn" aria-label=move || (t.edit_of)(&name()) on:click=edit>{t.edit}</button>
            <button type="button" class="btn" aria-label=move || (t.delete_of)(&name()) on:click=delete>{t.delete}</button>
        })
    };
    view! {
        <div class="row-actions">
            <button type="button" class="btn" on:click=move |_| opened.set(Some(Opened::Send(untrack(name))))>{Icon::Send.view()}{t.shell.send_test}</button>
            {changes}
        </div>
    }
    .into_any()
}

/// Asks for the webhook, and sends the example to it.
#[component]
fn SendDialog(name: String, gone: Callback<()>) -> impl IntoView {
    let t = strings();
    let element = NodeRef::<html::Dialog>::new();
    let chosen = RwSignal::new(None::<Id>);
    let sent = name.clone();
    let button = move || {
        let sent = sent.clone();
        chosen.get().map(|id| view! { <SendTest webhook=id event_type=Some(sent) primary=true/> })
    };
    view! {
        <Dialog title=(t.catalogue.send_title)(&name) gone=move || gone.run(()) element=element>
            <div class="body"><WebhookChoice id="to" label=t.catalogue.send_to chosen=chosen/></div>
            <footer>
                <button type="button" class="btn" on:click=move |_| close(element)>{t.close}</button>
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
            all_tenants: false,
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
