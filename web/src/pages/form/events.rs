//! Which events the webhook wants: everything, or types from the catalogue, grouped by source.

use super::state::FormState;
use crate::{
    api,
    query::Query,
    strings::strings,
    ui::{
        choice::{self, Chosen, hint_of, name_of, words},
        icon::Icon,
        show::{show, type_name},
    },
};
use leptos::prelude::*;
use shared::{EventMode, EventSelection, EventType, check_selected_type};
use std::collections::{BTreeMap, BTreeSet};

/// Where the error of the selection stands.
const ERROR: &str = "events-error";

#[component]
pub(super) fn EventsField(form: FormState) -> impl IntoView {
    let t = strings();
    let choices = vec![(t.everything, t.everything_hint), (t.individual, t.individual_hint)];
    let chosen = Chosen::of(&[EventMode::All, EventMode::Selected], form.mode);
    let error = move || {
        form.error("/events/types").map(|detail| view! { <p class="err" id=ERROR>{Icon::Alert.view()}{detail}</p> })
    };
    view! {
        <fieldset class="field" aria-describedby=ERROR>
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
        // What is unticked stays there, to be ticked again.
        let offered = Memo::new(move |before: Option<&BTreeSet<String>>| {
            let mut offered = before.cloned().unwrap_or_default();
            offered.extend(form.types.get());
            offered
        });
        let groups =
            Memo::new(move |_| catalogue.with(|catalogue| offered.with(|offered| grouped(catalogue, offered))));
        let known = Memo::new(move |_| catalogue.with(|types| types.iter().map(|known| known.name.clone()).collect()));
        view! {
            <div class="tree">
                <For each=move || groups.get() key=|group| (group.source.clone(), group.types.len())
                    children=move |group| view! { <Group form=form group=group known=known/> }/>
            </div>
            <AddType form=form/>
        }
    })
}

/// Types that stand together.
#[derive(Clone, PartialEq)]
struct Types {
    /// Their source; none for those that are not in the catalogue.
    source: Option<String>,
    /// The name of each and what it means.
    types: Vec<(String, String)>,
}

/// What selects all types of a source.
fn all_of(source: &str) -> String {
    format!("{source}.*")
}

/// The catalogue by source, and at the end what was selected and is not in it.
fn grouped(catalogue: &[EventType], offered: &BTreeSet<String>) -> Vec<Types> {
    let mut sources = BTreeMap::<String, Vec<_>>::new();
    for known in catalogue {
        sources.entry(known.source.clone()).or_default().push((known.name.clone(), known.description.clone()));
    }
    let is_known =
        |name: &&String| catalogue.iter().any(|known| known.name == **name || all_of(&known.source) == **name);
    let others: Vec<_> =
        offered.iter().filter(|name| !is_known(name)).map(|name| (name.clone(), String::new())).collect();
    let others = (!others.is_empty()).then_some(Types { source: None, types: others });
    let of_source = |(source, types)| Types { source: Some(source), types };
    sources.into_iter().map(of_source).chain(others).collect()
}

fn is_selected(types: &BTreeSet<String>, name: &str) -> bool {
    types.iter().any(|wanted| EventSelection::selects(wanted, name))
}

/// Takes a type out. Of what stood for several, the others that are known stay, each by its name.
fn take_out(types: &mut BTreeSet<String>, name: &str, known: &[String]) {
    let (for_it, mut left): (BTreeSet<_>, BTreeSet<_>) =
        std::mem::take(types).into_iter().partition(|wanted| EventSelection::selects(wanted, name));
    left.extend(known.iter().filter(|known| is_selected(&for_it, known)).cloned());
    left.remove(name);
    *types = left;
}

#[component]
fn Group(form: FormState, group: Types, known: Memo<Vec<String>>) -> impl IntoView {
    let t = strings();
    let Types { source, types } = group;
    let names: Vec<_> = types.iter().map(|(name, _)| name.clone()).collect();
    let all = names.len();
    let counted = names.clone();
    let selected =
        Memo::new(move |_| form.types.with(|types| counted.iter().filter(|name| is_selected(types, name)).count()));
    let open = selected.get_untracked() > 0;
    let whole = source.as_deref().map(|source| {
        let (label, whole) = ((t.all_of_source)(source), StoredValue::new(all_of(source)));
        let is_whole = Memo::new(move |_| form.types.with(|types| whole.with_value(|whole| is_selected(types, whole))));
        let is_part = move || !is_whole.get() && selected.get() > 0;
        let toggle = move |event| {
            let checked = event_target_checked(&event);
            form.types.update(|types| {
                whole.with_value(|whole| known.with_untracked(|known| take_out(types, whole, known)));
                types.retain(|name| !names.contains(name));
                if checked {
                    types.insert(whole.get_value());
                }
            });
        };
        view! {
            <li>
                <label class="radio">
                    <input type="checkbox" prop:checked=is_whole
                        prop:indeterminate=is_part on:change=toggle/>
                    <span>{label}</span>
                </label>
            </li>
        }
    });
    let rows: Vec<_> = types
        .into_iter()
        .map(|(name, description)| view! { <Type form=form name=name description=description known=known/> })
        .collect();
    let title = source.unwrap_or_else(|| t.other_types.to_owned());
    view! {
        <details open=open>
            <summary>{title}" "<span class="muted">{move || (t.selected_of)(selected.get(), all)}</span></summary>
            <ul>{whole}{rows}</ul>
        </details>
    }
}

#[component]
fn Type(form: FormState, name: String, description: String, known: Memo<Vec<String>>) -> impl IntoView {
    let (shown, ticked, id) = (type_name(&name), name.clone(), format!("type-{name}"));
    let name_and_description =
        words(&id, view! { <span class="mono">{shown}</span> }.into_any(), description.into_any());
    let toggle = move |event| {
        let checked = event_target_checked(&event);
        form.types.update(|types| {
            if checked {
                types.insert(name.clone());
            } else {
                known.with_untracked(|known| take_out(types, &name, known));
            }
        });
    };
    view! {
        <li>
            <label class="radio">
                <input type="checkbox" aria-labelledby=name_of(&id) aria-describedby=hint_of(&id)
                    prop:checked=move || form.types.with(|types| is_selected(types, &ticked)) on:change=toggle/>
                {name_and_description}
            </label>
        </li>
    }
}

/// A type that is not in the catalogue can be wanted all the same.
#[component]
fn AddType(form: FormState) -> impl IntoView {
    let t = strings();
    let typed = form.typed_type;
    // What could not be added. Whatever else is typed is not that any more.
    let refused = RwSignal::new(None::<String>);
    let wrong = Memo::new(move |_| refused.with(|refused| typed.with(|typed| refused.as_ref() == Some(typed))));
    let add = move || {
        let text = typed.get_untracked();
        let name = text.trim().to_owned();
        if check_selected_type(&name).is_err() {
            refused.set(Some(text));
            return;
        }
        refused.set(None);
        form.types.update(|types| {
            types.insert(name);
        });
        typed.set(String::new());
        form.typed();
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
                <input class="in mono" id="add-type" autocomplete="off" spellcheck="false"
                    aria-describedby=format!("add-type-error {ERROR}")
                    aria-invalid=move || (wrong.get() || form.error("/events/types").is_some()).to_string()
                    bind:value=typed on:keydown=on_enter/>
                <button type="button" class="btn" on:click=move |_| add()>{t.add_type}</button>
            </div>
            {move || wrong.get().then(|| view! { <p class="err" role="alert" id="add-type-error">{Icon::Alert.view()}{t.add_type_wrong}</p> })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_out_of_a_source_leaves_its_others() {
        let known = ["A.ONE", "A.TWO", "A.B.ONE", "C.ONE"].map(str::to_owned);
        let left = |types: &[&str], name: &str| {
            let mut types = types.iter().map(|&name| name.to_owned()).collect();
            take_out(&mut types, name, &known);
            types.into_iter().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(left(&["A.*", "C.ONE"], "A.ONE"), "A.B.ONE A.TWO C.ONE");
        assert_eq!(left(&["A.*", "A.ONE"], "A.ONE"), "A.B.ONE A.TWO");
        assert_eq!(left(&["A.ONE", "A.TWO"], "A.ONE"), "A.TWO");
        assert_eq!(left(&["A.*"], "A.*"), "A.B.ONE A.ONE A.TWO");
        assert_eq!(left(&["A.*"], "A.B.*"), "A.B.ONE A.ONE A.TWO");
        assert_eq!(left(&["OTHER.*", "A.ONE"], "OTHER.*"), "A.ONE");
    }
}
