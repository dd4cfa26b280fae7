//! Short forms: their fields, and sending what they say.

use super::{
    dialog::{self, Dialog},
    guard::guard,
    icon::Icon,
    show::explain,
};
use crate::{api::ApiError, browser, strings::strings};
use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};
use std::pin::Pin;

/// Sends what a form says, once at a time.
#[derive(Clone, Copy)]
pub(crate) struct ShortForm {
    /// Why it was not taken.
    pub(crate) failed: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    fields: &'static [(&'static str, &'static str)],
}

impl ShortForm {
    /// A form with those fields: the member of the request and the selector of each. When the form was not taken, the one that an error
    /// is about has the focus, or the first.
    pub(crate) fn new(fields: &'static [(&'static str, &'static str)]) -> Self {
        Self { failed: RwSignal::new(None), busy: RwSignal::new(false), fields }
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
        self.busy.set(true);
        self.failed.set(None);
        spawn_local(async move {
            let taken = taken.await;
            self.busy.try_set(false);
            if let Err(error) = taken {
                self.failed.try_set(Some(explain(&error)));
                let pointer = error.problem.as_ref().and_then(|problem| problem.errors.first()).map(|one| &one.pointer);
                let about = |(member, _): &&(&str, &str)| pointer.is_some_and(|pointer| pointer[..] == **member);
                if let Some((_, field)) = self.fields.iter().find(about).or(self.fields.first()) {
                    browser::focus(field);
                }
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
    let dirty = RwSignal::new(false);
    guard(dirty);
    view! {
        <Dialog title=title dirty=dirty gone=move || gone.run(()) element=element>
            <form on:submit=move |event| submit.run(event) on:input=move |_| dirty.set(true) autocomplete="off">
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

/// A field of a short form: label, input, and a hint. A password can be looked at.
#[component]
pub(crate) fn Entry(
    id: &'static str,
    label: &'static str,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(default = "")] hint: &'static str,
    #[prop(default = true)] required: bool,
    #[prop(default = false)] autofocus: bool,
    value: RwSignal<String>,
) -> impl IntoView {
    let described = (!hint.is_empty()).then(|| format!("{id}-hint"));
    let hint = (!hint.is_empty()).then(|| view! { <p class="hint" id=format!("{id}-hint")>{hint}</p> });
    let shown = RwSignal::new(false);
    let look = (kind == "password").then(|| look(id, shown));
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <div class="group">
                <input class="in" id=id type=move || if shown.get() { "text" } else { kind } autocomplete=autocomplete required=required autofocus=autofocus
                    spellcheck="false" aria-describedby=described bind:value=value/>
                {look}
            </div>
            {hint}
        </div>
    }
}

/// The button that shows what a field has that is hidden, and hides it again.
pub(crate) fn look(field: &'static str, shown: RwSignal<bool>) -> AnyView {
    let t = strings();
    view! {
        <button type="button" class="btn" aria-controls=field on:click=move |_| shown.update(|shown| *shown = !*shown)>
            {move || if shown.get() { t.hide } else { t.show }}
        </button>
    }
    .into_any()
}
