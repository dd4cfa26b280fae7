//! Short forms: their fields, and sending what they say.

use super::{
    dialog::{self, Dialog},
    guard::{Saving, guard},
    icon::Icon,
    show::explain,
};
use crate::{
    api::ApiError,
    browser,
    strings::{problems, strings},
};
use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local, wasm_bindgen::JsCast as _};
use shared::{Code, FieldError};
use std::pin::Pin;
use web_sys::{Element, HtmlInputElement};

/// Sends what a form says, once at a time.
#[derive(Clone, Copy)]
pub(crate) struct ShortForm {
    /// Why it was not taken, where no field says it.
    pub(crate) failed: RwSignal<Option<String>>,
    /// What is wrong with its fields.
    errors: RwSignal<Vec<FieldError>>,
    busy: RwSignal<bool>,
    /// Whether something was typed that is not sent.
    pub(crate) dirty: RwSignal<bool>,
    fields: &'static [(&'static str, &'static str)],
}

impl ShortForm {
    /// A form with those fields: the member of the request and the selector of each. When the form was not taken, the first of those that
    /// an error is about has the focus, or the first of all.
    pub(crate) fn new(fields: &'static [(&'static str, &'static str)]) -> Self {
        let (busy, dirty) = (RwSignal::new(false), RwSignal::new(false));
        Self { failed: RwSignal::new(None), errors: RwSignal::default(), busy, dirty, fields }
    }

    /// Says at each field what is wrong with it, and moves the focus to the first of them. False if there is none; the first error then
    /// stands above the fields.
    pub(crate) fn refuse(self, errors: Vec<FieldError>) -> bool {
        let is_wrong = |(member, _): &&(&str, &str)| errors.iter().any(|error| error.pointer == *member);
        // A field is not always there.
        let is_said = self.fields.iter().filter(is_wrong).any(|(_, field)| browser::focus(field));
        self.failed.try_set(errors.first().filter(|_| !is_said).map(|error| error.detail.clone()));
        self.errors.try_set(errors);
        is_said
    }

    /// What the browser finds wrong with the fields. It would say so in a language of its own.
    fn check(self) -> Vec<FieldError> {
        let wrong = self.fields.iter().filter_map(|(member, field)| {
            let found = document().query_selector(field).ok().flatten()?;
            let input = found.dyn_into::<HtmlInputElement>().ok().filter(|input| !input.check_validity())?;
            Some(match input.value().is_empty() {
                true => FieldError::new(*member, Code::MissingField, "Fill in this field."),
                false => {
                    FieldError::new(*member, Code::EmailInvalid, "Write an e-mail address, such as ana@example.com.")
                }
            })
        });
        problems::of_fields(wrong.collect())
    }

    /// What is wrong with the field of that id.
    pub(crate) fn error(self, id: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            let (member, _) = self.fields.iter().find(|(_, field)| field[1..] == *id)?;
            let is_here = |error: &&FieldError| error.pointer == *member;
            self.errors.with(|errors| errors.iter().find(is_here).map(|error| error.detail.clone()))
        })
    }

    /// Somebody types in the field of that id: what was wrong with it may be right now, and is looked at when the form is sent.
    pub(crate) fn typed(self, id: &str) {
        let Some((member, _)) = self.fields.iter().find(|(_, field)| field[1..] == *id) else { return };
        if self.errors.with_untracked(|errors| errors.iter().any(|error| error.pointer == *member)) {
            self.errors.update(|errors| errors.retain(|error| error.pointer != *member));
        }
    }

    /// Sends it, unless the answer to the last time is still to come.
    pub(crate) fn submit<T: 'static>(
        self,
        event: SubmitEvent,
        answer: impl Future<Output = Result<T, ApiError>> + 'static,
        taken: impl FnOnce(T) + 'static,
    ) {
        self.send(&event, Box::pin(async move { answer.await.map(taken) }));
    }

    /// The same, whatever the answer is: this code is there once, not once for each form.
    fn send(self, event: &SubmitEvent, taken: Pin<Box<dyn Future<Output = Result<(), ApiError>>>>) {
        event.prevent_default();
        if self.busy.get_untracked() {
            return;
        }
        let errors = self.check();
        let is_fine = errors.is_empty();
        self.refuse(errors);
        if !is_fine {
            return;
        }
        self.busy.set(true);
        let saving = Saving::begin();
        spawn_local(async move {
            let taken = taken.await;
            drop(saving);
            self.busy.try_set(false);
            let Err(error) = taken else { return };
            let errors = error.problem.as_ref().map(|problem| problems::of_fields(problem.errors.clone()));
            if !self.refuse(errors.unwrap_or_default()) {
                self.failed.try_set(Some(explain(&error)));
                self.fields.first().map(|(_, field)| browser::focus(field));
            }
        });
    }
}

/// A dialog with a form: its fields, and `label` on the button that sends it. Made once, not for each form.
pub(crate) fn form_dialog(
    title: String,
    form: ShortForm,
    fields: AnyView,
    label: &'static str,
    element: NodeRef<html::Dialog>,
    submit: Callback<SubmitEvent>,
    gone: Callback<()>,
) -> AnyView {
    let dirty = form.dirty;
    guard(dirty);
    let typed = move |event| {
        dirty.set(true);
        form.typed(&event_target::<Element>(&event).id());
    };
    view! {
        <Dialog title=title dirty=dirty gone=move || gone.run(()) element=element>
            <form novalidate on:submit=move |event| submit.run(event) on:input=typed autocomplete="off">
                <div class="body"><Failed text=form.failed/>{fields}</div>
                <footer>
                    <button type="button" class="btn" on:click=move |_| dialog::cancel(element, dirty)>{strings().cancel}</button>
                    <Submit form=form label=label/>
                </footer>
            </form>
        </Dialog>
    }
    .into_any()
}

/// The button that sends a form.
#[component]
pub(crate) fn Submit(form: ShortForm, label: &'static str) -> impl IntoView {
    view! {
        <button type="submit" class="btn primary" aria-disabled=move || form.busy.get().to_string()>{label}</button>
    }
}

/// Why what was submitted was not taken.
#[component]
pub(crate) fn Failed(text: RwSignal<Option<String>>) -> impl IntoView {
    view! {
        <div role="alert">
            {move || text.get().map(|text| view! { <p class="note bad">{Icon::Alert.view()}<span>{text}</span></p> })}
        </div>
    }
}

/// A field of a short form: label, input, what is wrong with it, and a hint. A password can be looked at.
#[component]
pub(crate) fn Entry(
    form: ShortForm,
    id: &'static str,
    label: &'static str,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(default = "")] hint: &'static str,
    #[prop(default = true)] required: bool,
    #[prop(default = false)] autofocus: bool,
    value: RwSignal<String>,
) -> impl IntoView {
    let (shown, error) = (RwSignal::new(false), form.error(id));
    let look = (kind == "password").then(|| look(id, label, shown));
    let input = view! {
        <div class="group">
            <input class="in" id=id type=move || if shown.get() { "text" } else { kind } autocomplete=autocomplete required=required autofocus=autofocus
                spellcheck="false" aria-describedby=described_by(id) aria-invalid=is_wrong(error) bind:value=value/>
            {look}
        </div>
    };
    framed(id, label, hint.to_owned(), error, input.into_any())
}

/// A field of a short form for a text of several lines, as JSON has.
pub(crate) fn lines(
    form: ShortForm,
    id: &'static str,
    label: &'static str,
    hint: &'static str,
    value: RwSignal<String>,
) -> AnyView {
    let error = form.error(id);
    let input = view! {
        <textarea class="in mono" id=id rows="6" autocomplete="off" spellcheck="false" aria-describedby=described_by(id)
            aria-invalid=is_wrong(error) bind:value=value></textarea>
    };
    framed(id, label, hint.to_owned(), error, input.into_any())
}

/// The frame of a field around its input, with what is wrong with it. Made once, not for each field.
pub(crate) fn framed(
    id: &'static str,
    label: &'static str,
    hint: String,
    error: Signal<Option<String>>,
    input: AnyView,
) -> AnyView {
    let error = move || {
        error.get().map(|detail| view! { <p class="err" id=format!("{id}-error")>{Icon::Alert.view()}{detail}</p> })
    };
    let hint = (!hint.is_empty()).then(|| view! { <p class="hint" id=format!("{id}-hint")>{hint}</p> });
    view! { <div class="field"><label for=id>{label}</label>{input}{error}{hint}</div> }.into_any()
}

/// What describes an input: its error and its hint.
pub(crate) fn described_by(id: &str) -> String {
    format!("{id}-error {id}-hint")
}

pub(crate) fn is_wrong(error: Signal<Option<String>>) -> impl Fn() -> String + Send {
    move || error.with(Option::is_some).to_string()
}

/// The button that shows what a field has that is hidden, and hides it again.
pub(crate) fn look(field: &'static str, label: &'static str, shown: RwSignal<bool>) -> AnyView {
    let t = strings();
    let word = move || if shown.get() { t.hide } else { t.show };
    view! {
        <button type="button" class="btn" aria-controls=field on:click=move |_| shown.update(|shown| *shown = !*shown)>
            {word}<span class="vh">" "{label.to_lowercase()}</span>
        </button>
    }
    .into_any()
}
