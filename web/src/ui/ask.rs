//! A question before something is done that cannot be undone.

use super::{
    choice::{hint_of, name_of, words},
    dialog::{self, Dialog},
};
use crate::{effect::effect, strings::strings};
use leptos::{html, prelude::*};
use leptos_router::hooks::use_location;
use std::cell::{Cell, RefCell};

/// What is asked: the question, what a yes means where that needs a sentence, what else it may mean, and the words for it and for a no.
type Question = (String, &'static str, Option<Tick>, &'static str, &'static str);

/// A box in a question: its name, what that means, and whether it is ticked.
pub(crate) type Tick = (&'static str, &'static str, ArcRwSignal<bool>);

thread_local! {
    static ASKED: Cell<Option<RwSignal<Option<Question>>>> = const { Cell::new(None) };
    /// What a yes does.
    static YES: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

/// Asks, and does `yes` after a yes, when the question is gone. One that is open already stays as it is.
pub(crate) fn ask(
    question: impl Into<String>,
    text: &'static str,
    tick: Option<Tick>,
    word: &'static str,
    yes: impl FnOnce() + 'static,
) {
    put((question.into(), text, tick, word, strings().cancel), yes);
}

/// The same with another word for a no, and no box.
pub(crate) fn ask_or(
    question: impl Into<String>,
    text: &'static str,
    word: &'static str,
    no: &'static str,
    yes: impl FnOnce() + 'static,
) {
    put((question.into(), text, None, word, no), yes);
}

fn put(question: Question, yes: impl FnOnce() + 'static) {
    if let Some(asked) = ASKED.get().filter(|asked| asked.with_untracked(Option::is_none)) {
        YES.set(Some(Box::new(yes)));
        asked.set(Some(question));
    }
}

/// Shows what is asked. Once, in the frame: whoever asks may be gone before the answer.
#[component]
pub(crate) fn Questions() -> impl IntoView {
    let asked = RwSignal::new(None::<Question>);
    ASKED.set(Some(asked));
    let path = use_location().pathname;
    // What is asked about goes with its page.
    effect(move || {
        path.track();
        YES.set(None);
        asked.set(None);
    });
    move || asked.get().map(|question| dialog(question, asked))
}

fn dialog((question, text, tick, word, no): Question, asked: RwSignal<Option<Question>>) -> impl IntoView {
    let element = NodeRef::<html::Dialog>::new();
    let agreed = RwSignal::new(false);
    let agree = move |_| {
        agreed.set(true);
        dialog::close(element);
    };
    let gone = move || {
        let yes = YES.take().filter(|_| agreed.get_untracked());
        asked.set(None);
        if let Some(yes) = yes {
            yes();
        }
    };
    let tick = tick.map(|(name, meaning, ticked)| {
        let id = "tick";
        view! {
            <label class="radio">
                <input type="checkbox" aria-labelledby=name_of(id) aria-describedby=hint_of(id) on:change=move |event| ticked.set(event_target_checked(&event))/>
                {words(id, name.into_any(), meaning.into_any())}
            </label>
        }
    });
    view! {
        <Dialog title=question asks=true gone=gone element=element>
            {(!text.is_empty() || tick.is_some()).then(|| view! { <div class="body"><p>{text}</p>{tick}</div> })}
            <footer role="presentation">
                <button type="button" class="btn" autofocus on:click=move |_| dialog::close(element)>{no}</button>
                <button type="button" class="btn danger" on:click=agree>{word}</button>
            </footer>
        </Dialog>
    }
}
