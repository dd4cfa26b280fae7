//! Which events the webhook wants: everything, or types from the catalogue, grouped by source.

use super::state::FormState;
use crate::{
    api,
    query::Query,
    strings::strings,
    ui::{
        choice::{self, Chosen, hint_of, name_of, put, words},
        icon::Icon,
        show::{show, type_name},
    },
};
use leptos::prelude::*;
use shared::{EventMode, EventType};
use std::collections::BTreeMap;

#[component]
pub(super) fn EventsField(form: FormState) -> impl IntoView {
    let t = strings();
    let choices = vec![(t.everything, t.everything_hint), (t.individual, t.individual_hint)];
    let chosen = Chosen::of(&[EventMode::All, EventMode::Selected], form.mode);
    let error =
        move || form.error("/events/types").map(|detail| view! { <p class="err">{Icon::Alert.view()}{detail}</p> });
    view! {
        <fieldset class="field">
            <legend>{t.events}</legend>
            {choice::explained("events", choices, chosen)}
            {move || (form.mode.get() == EventMode::Selected).then(|| view! { <Tree form=form/> })}
            {error}
        </fieldset>
    }
}

#[component]
fn Tree(form: FormState) -> impl IntoView {
    let query = Query::new(|| (), |()| api::event_types());
    show(query, strings().could_not_load_types, move |catalogue| {
        let groups = Memo::new(move |_| {
            catalogue.with(|catalogue| form.types.with(|selected| grouped(catalogue, selected.iter())))
        });
        view! {
            <div class="tree">
                <For each=move || groups.get() key=|(source, types)| (source.clone(), types.len())
                    children=move |(source, types)| view! { <Group form=form source=source types=types/> }/>
            </div>
            <AddType form=form/>
        }
    })
}

/// A type's name and what it means.
type Entry = (String, String);

/// The catalogue by source, and at the end what is selected but not in it.
fn grouped<'a>(catalogue: &[EventType], selected: impl Iterator<Item = &'a String>) -> Vec<(String, Vec<Entry>)> {
    let mut groups = BTreeMap::<String, Vec<Entry>>::new();
    for known in catalogue {
        groups.entry(known.source.clone()).or_default().push((known.name.clone(), known.description.clone()));
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    let others: Vec<_> = selected
        .filter(|name| !catalogue.iter().any(|known| known.name == **name))
        .map(|name| (name.clone(), String::new()))
        .collect();
    if !others.is_empty() {
        groups.push((strings().other_types.to_owned(), others));
    }
    groups
}

#[component]
fn Group(form: FormState, source: String, types: Vec<Entry>) -> impl IntoView {
    let t = strings();
    let names: Vec<_> = types.iter().map(|(name, _)| name.clone()).collect();
    let all = names.len();
    let counted = names.clone();
    let selected =
        Memo::new(move |_| form.types.with(|types| counted.iter().filter(|name| types.contains(*name)).count()));
    let open = selected.get_untracked() > 0;
    let toggle_all = move |event| {
        let checked = event_target_checked(&event);
        form.types.update(|types| {
            for name in &names {
                put(types, name, checked);
            }
        });
    };
    let rows: Vec<_> = types
        .into_iter()
        .map(|(name, description)| view! { <Type form=form name=name description=description/> })
        .collect();
    view! {
        <details open=open>
            <summary>{source.clone()}" "<span class="muted">{move || (t.selected_of)(selected.get(), all)}</span></summary>
            <ul>
                <li>
                    <label class="radio">
                        <input type="checkbox" prop:checked=move || selected.get() == all
                            prop:indeterminate=move || (1..all).contains(&selected.get()) on:change=toggle_all/>
                        <span>{(t.all_of_source)(&source)}</span>
                    </label>
                </li>
                {rows}
            </ul>
        </details>
    }
}

#[component]
fn Type(form: FormState, name: String, description: String) -> impl IntoView {
    let (shown, known, id) = (type_name(&name), name.clone(), format!("type-{name}"));
    let name_and_description =
        words(&id, view! { <span class="mono">{shown}</span> }.into_any(), description.into_any());
    let toggle = move |event| {
        let checked = event_target_checked(&event);
        form.types.update(|types| put(types, &name, checked));
    };
    view! {
        <li>
            <label class="radio">
                <input type="checkbox" aria-labelledby=name_of(&id) aria-describedby=hint_of(&id)
                    prop:checked=move || form.types.with(|types| types.contains(&known)) on:change=toggle/>
                {name_and_description}
            </label>
        </li>
    }
}

/// A type that is not in the catalogue can be wanted all the same.
#[component]
fn AddType(form: FormState) -> impl IntoView {
    let t = strings();
    let typed = RwSignal::new(String::new());
    let wrong = RwSignal::new(false);
    let add = move || {
        let name = typed.get_untracked().trim().to_owned();
        let is_name = name.split_once('.').is_some_and(|(source, kind)| !source.is_empty() && !kind.is_empty());
        wrong.set(!is_name);
        if is_name {
            form.types.update(|types| {
                types.insert(name);
            });
            form.dirty.set(true);
            typed.set(String::new());
        }
    };
    let on_enter = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" {
            // It would send the form.
            event.prevent_default();
            add();
        }
    };
    view! {
        <div class="field">
            <label class="hint" for="add-type">{t.add_type_label}</label>
            <div class="group">
                <input class="in mono" id="add-type" autocomplete="off" spellcheck="false" aria-describedby="add-type-error"
                    aria-invalid=move || wrong.get().to_string() bind:value=typed on:keydown=on_enter/>
                <button type="button" class="btn" on:click=move |_| add()>{t.add_type}</button>
            </div>
            {move || wrong.get().then(|| view! { <p class="err" id="add-type-error">{Icon::Alert.view()}{t.add_type_wrong}</p> })}
        </div>
    }
}
