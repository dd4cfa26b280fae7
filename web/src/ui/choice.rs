//! One of a few, chosen by radio buttons: it goes by its place, so that all choices share their code. And some of many, ticked.

use crate::effect::effect;
use leptos::{callback::UnsyncCallback, html, prelude::*};
use std::collections::BTreeSet;
use web_sys::HtmlElement;

/// What is chosen of several, and how another is.
#[derive(Clone, Copy)]
pub(crate) struct Chosen {
    place: Signal<Option<usize>>,
    choose: UnsyncCallback<usize>,
}

impl Chosen {
    /// `place`: where what is chosen stands, if it is one of them.
    pub(crate) fn new(
        place: impl Fn() -> Option<usize> + Send + Sync + 'static,
        choose: impl Fn(usize) + 'static,
    ) -> Self {
        Self { place: Signal::derive(place), choose: UnsyncCallback::new(choose) }
    }

    /// The one of `all` that `value` holds.
    pub(crate) fn of<T: Copy + PartialEq + Send + Sync>(all: &'static [T], value: RwSignal<T>) -> Self {
        let place = move || all.iter().position(|one| *one == value.get());
        Self::new(place, move |at| all.get(at).into_iter().for_each(|&one| value.set(one)))
    }

    /// `id`: that of the words beside it, where they have a hint.
    fn radio(self, group: &'static str, at: usize, id: Option<&str>) -> impl IntoView + use<> {
        let Self { place, choose } = self;
        view! {
            <input type="radio" name=group aria-labelledby=id.map(name_of) aria-describedby=id.map(hint_of)
                prop:checked=move || place.get() == Some(at) on:change=move |_| choose.run(at)/>
        }
    }
}

/// Side by side. `title`: what is chosen, for screen readers, where no legend says it.
pub(crate) fn segments(
    group: &'static str,
    title: Option<&'static str>,
    names: Vec<String>,
    chosen: Chosen,
) -> AnyView {
    live_segments(group, title, names.into_iter().map(Signal::from).collect(), chosen)
}

/// The same, with names that change.
pub(crate) fn live_segments(
    group: &'static str,
    title: Option<&'static str>,
    names: Vec<Signal<String>>,
    chosen: Chosen,
) -> AnyView {
    let radios: Vec<_> =
        (0..).zip(names).map(|(at, name)| view! { <label>{chosen.radio(group, at, None)}{name}</label> }).collect();
    let element = NodeRef::<html::Div>::new();
    effect(move || {
        if let (Some(row), Some(_)) = (element.get(), chosen.place.get()) {
            request_animation_frame(move || show_chosen(&row));
        }
    });
    view! { <div class="seg" node_ref=element role=title.map(|_| "radiogroup") aria-label=title>{radios}</div> }
        .into_any()
}

/// On a phone the row may be wider than the screen: what is chosen stands in its middle then.
fn show_chosen(row: &HtmlElement) {
    if let Ok(Some(chosen)) = row.query_selector("label:has(:checked)") {
        let (edges, frame) = (chosen.get_bounding_client_rect(), row.get_bounding_client_rect());
        let beside = edges.left() + edges.width() / 2.0 - frame.left() - frame.width() / 2.0;
        row.scroll_by_with_x_and_y(beside, 0.0);
    }
}

/// Side by side below their title.
pub(crate) fn field(group: &'static str, title: &'static str, names: Vec<String>, chosen: Chosen) -> AnyView {
    view! { <fieldset class="field"><legend>{title}</legend>{segments(group, None, names, chosen)}</fieldset> }
        .into_any()
}

/// One below the other, each with what it means.
pub(crate) fn explained(group: &'static str, choices: Vec<(&'static str, &'static str)>, chosen: Chosen) -> AnyView {
    let radio = |(at, (name, meaning)): (_, (&'static str, &'static str))| {
        let id = format!("{group}-{at}");
        view! {
            <label class="radio">{chosen.radio(group, at, Some(&id))}{words(&id, name.into_any(), meaning.into_any())}</label>
        }
    };
    (0..).zip(choices).map(radio).collect_view().into_any()
}

/// What stands beside a box or a switch of that id: its name, and below it what that means. The input names both, so that the meaning is no
/// part of its name.
pub(crate) fn words(id: &str, name: AnyView, meaning: AnyView) -> AnyView {
    view! { <span><span id=name_of(id)>{name}</span><br/><span class="hint" id=hint_of(id)>{meaning}</span></span> }
        .into_any()
}

/// What names an input of that id (`aria-labelledby`).
pub(crate) fn name_of(id: &str) -> String {
    format!("{id}-name")
}

/// What describes an input of that id (`aria-describedby`).
pub(crate) fn hint_of(id: &str) -> String {
    format!("{id}-hint")
}

/// Puts one among those that are ticked, or takes it from them.
pub(crate) fn put<T: Ord + Clone>(ticked: &mut BTreeSet<T>, one: &T, on: bool) {
    if on {
        ticked.insert(one.clone());
    } else {
        ticked.remove(one);
    }
}
