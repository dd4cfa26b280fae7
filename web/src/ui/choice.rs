//! One of a few, chosen by radio buttons: it goes by its place, so that all choices share their code. And some of many, ticked.

use leptos::{callback::UnsyncCallback, prelude::*};
use std::collections::BTreeSet;

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

    fn radio(self, group: &'static str, at: usize) -> impl IntoView {
        let Self { place, choose } = self;
        view! { <input type="radio" name=group prop:checked=move || place.get() == Some(at) on:change=move |_| choose.run(at)/> }
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
        (0..).zip(names).map(|(at, name)| view! { <label>{chosen.radio(group, at)}{name}</label> }).collect();
    view! { <div class="seg" role=title.map(|_| "radiogroup") aria-label=title>{radios}</div> }.into_any()
}

/// Side by side below their title.
pub(crate) fn field(group: &'static str, title: &'static str, names: Vec<String>, chosen: Chosen) -> AnyView {
    view! { <fieldset class="field"><legend>{title}</legend>{segments(group, None, names, chosen)}</fieldset> }
        .into_any()
}

/// One below the other, each with what it means.
pub(crate) fn explained(group: &'static str, choices: Vec<(&'static str, &'static str)>, chosen: Chosen) -> AnyView {
    let radio = |(at, (name, meaning))| {
        view! {
            <label class="radio">{chosen.radio(group, at)}<span>{name}<br/><span class="hint">{meaning}</span></span></label>
        }
    };
    (0..).zip(choices).map(radio).collect_view().into_any()
}

/// Puts one among those that are ticked, or takes it from them.
pub(crate) fn put<T: Ord + Clone>(ticked: &mut BTreeSet<T>, one: &T, on: bool) {
    if on {
        ticked.insert(one.clone());
    } else {
        ticked.remove(one);
    }
}
