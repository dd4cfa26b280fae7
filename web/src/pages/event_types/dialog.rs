//! The form for a new event type and for changing one.

use crate::{
    api, browser, json,
    once::Once,
    query::Load,
    session::{has_tenants, is_of_platform},
    strings::{problems, strings},
    ui::{
        choice::{hint_of, name_of, words},
        dialog, notice,
        short_form::{Entry, ShortForm, form_dialog, lines},
    },
};
use leptos::{ev::SubmitEvent, html, prelude::*};
use shared::{Code, EventType, FieldError, NewEventType};

/// `known`: what is changed; nothing for a new one. A type keeps its name.
pub(super) fn type_dialog(known: Option<EventType>, list: Load, gone: Callback<()>) -> AnyView {
    let (t, n) = (strings(), &strings().catalogue);
    let element = NodeRef::<html::Dialog>::new();
    let is_new = known.is_none();
    let (title, label) = match &known {
        None => (n.new.to_owned(), n.add),
        Some(known) => ((t.edit_of)(&known.name), t.save_changes),
    };
    let all_tenants = RwSignal::new(known.as_ref().is_some_and(|known| known.all_tenants));
    let before = known.map(|EventType { source, kind, description, example, schema, .. }| {
        [source, kind, description, example.unwrap_or_default(), schema.unwrap_or_default()]
    });
    let [source, kind, description, example, schema] = before.unwrap_or_default();
    let [source, kind, description] = [source, kind, description].map(RwSignal::new);
    let [example, schema] = [example, schema].map(JsonText::new);
    let form = ShortForm::new(&[
        ("/source", "#type-source"),
        ("/type", "#type-type"),
        ("/description", "#type-description"),
        ("/example", "#type-example"),
        ("/schema", "#type-schema"),
    ]);
    let once = Once::new();
    let submit = move |event: SubmitEvent| {
        let new = NewEventType {
            source: source.get_untracked().trim().to_owned(),
            kind: kind.get_untracked().trim().to_owned(),
            description: description.get_untracked().trim().to_owned(),
            example: example.given(),
            schema: schema.given(),
            all_tenants: all_tenants.get_untracked(),
        };
        let errors = wrong(&new);
        if !errors.is_empty() {
            event.prevent_default();
            form.refuse(errors);
            return;
        }
        let save = async move {
            if is_new { api::create_event_type(&new, once).await } else { api::put_event_type(&new).await }
        };
        form.submit(event, save, move |_| {
            notice::say(n.saved);
            list.reload();
            dialog::close(element);
        });
    };
    let name = is_new.then(|| {
        view! {
            <div class="pair">
                <Entry form=form id="type-source" label=t.source hint=n.source_hint autofocus=true value=source/>
                <Entry form=form id="type-type" label=n.kind hint=n.kind_hint value=kind/>
            </div>
        }
    });
    let may_be_common = is_new || all_tenants.get_untracked();
    let reach = move || {
        (may_be_common && has_tenants() && is_of_platform()).then(|| {
            view! {
                <label class="radio">
                    <input type="checkbox" aria-labelledby=name_of("all-tenants") aria-describedby=hint_of("all-tenants") disabled=!is_new
                        bind:checked=all_tenants/>
                    {words("all-tenants", n.all_tenants.into_any(), n.all_tenants_hint.into_any())}
                </label>
            }
        })
    };
    let is_begun = Memo::new(move |_| {
        let is_named = [source, kind].iter().all(|part| part.with(|part| !part.trim().is_empty()));
        !is_named || example.text.with(|text| !text.trim().is_empty())
    });
    let begin = move |_| {
        example.text.set(template(source.get_untracked().trim(), kind.get_untracked().trim()));
        browser::focus("#type-example");
    };
    let template = move || {
        (!is_begun.get())
            .then(|| view! { <button type="button" class="btn small" on:click=begin>{n.template}</button> })
    };
    let fields = view! {
        {name}
        <Entry form=form id="type-description" label=t.description hint=n.description_hint required=false autofocus=!is_new value=description/>
        {lines(form, "type-example", n.example, n.example_hint, example.text)}
        {template}
        {lines(form, "type-schema", n.schema, n.schema_hint, schema.text)}
        {reach}
    };
    form_dialog(title, form, fields.into_any(), label, element, Callback::new(submit), gone)
}

/// A field with JSON, which is shown with each value on a line of its own.
#[derive(Clone, Copy)]
struct JsonText {
    before: StoredValue<String>,
    text: RwSignal<String>,
}

impl JsonText {
    fn new(before: String) -> Self {
        let shown = json::indented(&before).unwrap_or_else(|| before.clone());
        Self { before: StoredValue::new(before), text: RwSignal::new(shown) }
    }

    /// What it holds; as it was before, if nothing but its lines is other.
    fn given(self) -> Option<String> {
        let (text, before) = (self.text.get_untracked(), self.before.get_value());
        let is_same = json::indented(&before).is_some_and(|shown| shown == text);
        Some(if is_same { before } else { text }).filter(|text| !text.trim().is_empty())
    }
}

/// What can be told to be wrong before it is sent.
fn wrong(new: &NewEventType) -> Vec<FieldError> {
    let mut errors = problems::of_fields(new.check());
    for (pointer, text) in [("/example", &new.example), ("/schema", &new.schema)] {
        if let Some((line, column)) = text.as_deref().and_then(json::fault) {
            let detail = (strings().catalogue.no_json)(line, column);
            errors.push(FieldError::new(pointer, Code::JsonSyntax, detail));
        }
    }
    errors
}

/// An event of that type, to begin an example with.
fn template(source: &str, kind: &str) -> String {
    let [source, kind] = [source, kind].map(|text| serde_json::to_string(text).unwrap_or_default());
    format!(
        r#"{{
  "specversion": "1.0",
  "id": "1",
  "source": {source},
  "type": {kind},
  "data": {{}}
}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_is_found_before_it_is_sent() {
        let new = NewEventType {
            source: "A".into(),
            kind: "B".into(),
            description: String::new(),
            example: Some(template("A", "say \"B\"")),
            schema: None,
            all_tenants: false,
        };
        assert!(wrong(&new).is_empty());
        let found = wrong(&NewEventType { schema: Some("{\n  \"type\": }".into()), kind: "B C".into(), ..new });
        let said: Vec<_> = found.iter().map(|error| (&*error.pointer, error.code)).collect();
        assert_eq!(said, [("/type", Code::CeInvalidType), ("/schema", Code::JsonSyntax)]);
        assert!(found[1].detail.contains("line 2, column 11"));
    }
}
