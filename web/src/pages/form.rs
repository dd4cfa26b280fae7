//! The form for a new webhook and for changing one, as a dialog over the list.

mod authentication;
mod conditions;
mod created;
mod events;
mod field;
mod inline;
mod preflight;
mod review;
mod rotation;
mod secret;
mod state;

use super::{
    webhook::{Section, id_in_path, remember, webhook_in_path},
    webhooks::{WebhooksList, actions::say_activated},
};
use crate::{
    api::{self, ApiError},
    browser,
    effect::effect,
    few::one_by_one,
    format,
    once::Once,
    query::Load,
    strings::{problems, strings},
    ui::{
        choice::{self, Chosen, hint_of, name_of, words},
        dialog::{self, Dialog},
        guard::{Saving, guard},
        icon::Icon,
        notice,
        show::{explain, load_error, skeleton},
    },
};
pub(crate) use inline::InlineForm;
pub(crate) use review::Setting;
pub(crate) use rotation::Rotation;
pub(crate) use state::FormState;

use field::TextField;
use leptos::{ev, html, prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_query_map},
};
use serde_json::Value;
use shared::{Code, ContentMode, FieldError, KeptWebhook, Timestamp, Webhook, WebhookStatus};
use std::collections::BTreeSet;
use web_sys::Element;

/// A form for a new webhook.
#[component]
pub(crate) fn NewWebhookForm() -> impl IntoView {
    let title = strings().new_webhook;
    browser::set_passing_title(title);
    let dialog = FormDialog::new(title);
    dialog.around(view! { <WebhookForm webhook=None dialog=dialog/> }.into_any())
}

/// A form for changing the webhook in the path.
#[component]
pub(crate) fn EditWebhookForm() -> impl IntoView {
    let t = strings();
    browser::set_passing_title(t.edit_webhook);
    let dialog = FormDialog::new(t.edit_webhook);
    let query = webhook_in_path();
    let is_missing =
        Memo::new(move |_| query.error.with(|error| error.as_ref().is_some_and(|error| error.status == Some(404))));
    effect(move || {
        let is_missing = is_missing.get();
        dialog.title.set(if is_missing { t.no_such_webhook } else { t.edit_webhook });
        if is_missing {
            // What was typed has gone with the form.
            dialog.dirty.set(false);
        }
    });
    let content = move || {
        if is_missing.get() {
            return no_such_webhook(dialog);
        }
        // The form keeps what it was opened with: a later load must not overwrite what is being typed.
        let Some(webhook) = query.value.get() else { return not_there(*query) };
        // The browser has given the focus to what was there before.
        request_animation_frame(|| {
            browser::focus("dialog [autofocus]");
        });
        view! { <WebhookForm webhook=Some(webhook.get_untracked()) dialog=dialog/> }.into_any()
    };
    dialog.around(content.into_any())
}

/// Stands where the form will, or says why it does not come.
fn not_there(load: Load) -> AnyView {
    let words = move || match load.error.get() {
        Some(error) => load_error(strings().could_not_load_webhook, &error, Box::new(move || load.reload())),
        None => skeleton().into_any(),
    };
    view! { <div class="body">{words}</div> }.into_any()
}

/// Stands over the list where the form would.
fn no_such_webhook(dialog: FormDialog) -> AnyView {
    let t = strings();
    view! {
        <div class="body"><p>{t.not_found_text}</p></div>
        <footer>
            <button type="button" class="btn primary" on:click=move |_| dialog::close(dialog.element)>{t.close}</button>
        </footer>
    }
    .into_any()
}

/// The dialog over the list.
#[derive(Clone, Copy)]
struct FormDialog {
    title: RwSignal<&'static str>,
    dirty: RwSignal<bool>,
    element: NodeRef<html::Dialog>,
}

impl FormDialog {
    fn new(title: &'static str) -> Self {
        Self { title: RwSignal::new(title), dirty: RwSignal::new(false), element: NodeRef::new() }
    }

    /// It is open before what it is about is loaded: a list may be long, and what stands below it out of sight.
    fn around(self, content: AnyView) -> impl IntoView {
        let leave = leave();
        guard(self.dirty);
        let title = Signal::derive(move || self.title.get().to_owned());
        view! { <Dialog title=title dirty=self.dirty gone=move || leave.run(()) element=self.element>{content}</Dialog> }
    }
}

#[component]
fn WebhookForm(webhook: Option<Webhook>, dialog: FormDialog) -> impl IntoView {
    let t = strings();
    let FormDialog { title, dirty, element } = dialog;
    let form = FormState { dirty, ..FormState::of(webhook.as_ref()) };
    let is_new = form.kept.is_none();
    let list = use_context::<WebhooksList>();
    let created = RwSignal::new(None::<Webhook>);
    let inactive_since = RwSignal::new(webhook.as_ref().and_then(|webhook| webhook.inactive_since));
    let is_saved = RwSignal::new(false);
    let submit = saving(form, move |webhook| {
        if let Some(WebhooksList(list)) = list {
            list.reload();
        }
        if !is_new {
            say_saved(&webhook, inactive_since.try_get_untracked().flatten());
            inactive_since.try_set(webhook.inactive_since);
            if dirty.try_get_untracked() == Some(false) {
                dialog::close(element);
            }
            is_saved.try_set(true);
        } else if let Some(webhook) = created.try_set(Some(webhook)).flatten() {
            // Whoever has discarded it meanwhile has a webhook all the same.
            notice::offer(t.created.to_owned(), Section::Settings.href(webhook.id), t.shell.settings);
        } else {
            title.try_set(t.created);
        }
    });
    let action = if is_new { t.create_webhook } else { t.save_changes };
    let typed = move || {
        is_saved.set(false);
        form.typed();
    };
    let fields = move || {
        let webhook = webhook.clone();
        view! {
            <form novalidate on:submit=submit on:input=move |_| typed() on:change=move |_| typed() autocomplete="off">
                // What is typed while a webhook is being created would go with the form.
                <div class="body" inert=move || is_new && form.busy.get()><Fields form=form webhook=webhook autofocus=true/></div>
                <footer>
                    // The notice that says so stands behind the dialog, where that stays.
                    <span class="saved" role="status">{move || is_saved.get().then_some(t.saved)}</span>
                    <button type="button" class="btn" on:click=move |_| dialog::cancel(element, form.dirty)>{t.cancel}</button>
                    <button type="submit" class="btn primary" aria-disabled=move || form.busy.get().to_string()>
                        {move || if form.busy.get() { t.saving } else { action }}
                    </button>
                </footer>
            </form>
        }
    };
    move || match created.get() {
        Some(webhook) => created::next_steps(webhook, form, element).into_any(),
        None => fields().into_any(),
    }
}

/// Says that the webhook was saved; that it is active, if it was not before.
fn say_saved(webhook: &Webhook, inactive_since: Option<Timestamp>) {
    match inactive_since.filter(|_| webhook.status == WebhookStatus::Active) {
        since @ Some(_) => say_activated(webhook, since),
        None => notice::say(strings().saved),
    }
}

/// Sends the form, unless something in it is wrong, and hands over what was saved.
fn saving(form: FormState, saved: impl Fn(Webhook) + Copy + 'static) -> impl Fn(ev::SubmitEvent) + Copy + 'static {
    let once = Once::new();
    move |event| {
        event.prevent_default();
        if form.busy.get_untracked() {
            return;
        }
        form.failed.set(None);
        if let Err(errors) = form.check() {
            show_errors(form, errors);
            return;
        }
        if form.kept.is_none() {
            // The field that was typed in cannot keep the focus while nothing may be typed.
            browser::focus("dialog footer [type=submit]");
        }
        form.busy.set(true);
        // What is on its way cannot be discarded any more.
        let was_dirty = form.dirty.get_untracked();
        form.dirty.set(false);
        form.theirs.set(None);
        let (sent, saving) = (form.body(), Saving::begin());
        spawn_local(async move {
            let _saving = saving;
            let answer = match form.kept {
                None => api::create_webhook(&form.new_webhook(), once).await,
                Some(id) => api::change_webhook(id, Some(form.version.get_untracked()), &form.patch()).await,
            };
            let is_gone = form.busy.try_set(false).is_some();
            match answer {
                Ok(webhook) => {
                    remember(&webhook);
                    if is_gone || form.kept.is_none() || form.body() == sent {
                        form.dirty.try_set(false);
                    } else {
                        // What was typed meanwhile is saved next.
                        form.version.set(webhook.version);
                        form.had.set(Some(KeptWebhook::from(&webhook)));
                    }
                    saved(webhook);
                }
                Err(error) if is_gone => notice::warn(not_saved(&error)),
                Err(error) => {
                    form.dirty.try_update(|dirty| *dirty |= was_dirty);
                    refused(form, sent, error).await;
                }
            }
        });
    }
}

/// Every field. `webhook`: what is changed; nothing for a new one.
#[component]
fn Fields(form: FormState, webhook: Option<Webhook>, autofocus: bool) -> impl IntoView {
    let t = strings();
    let secret_hint = match &webhook {
        None => t.secret_hint_new.to_owned(),
        Some(webhook) => (t.secret_hint_set)(&format::instant(webhook.secret_set_at)),
    };
    view! {
        <Summary form=form/>
        <TextField form=form id="url" pointer="/url" label=t.payload_url hint=t.payload_url_hint value=form.url kind="url" mono=true autofocus=autofocus/>
        <preflight::PreflightButton form=form/>
        <secret::SecretField id="secret" label=t.secret hint=secret_hint value=form.secret error=field::error(form, "/secret")
            typed=move || form.typed() left=field::left(form, "/secret")/>
        <authentication::AuthenticationFields form=form/>
        <events::EventsField form=form/>
        <Active form=form/>
        <Advanced form=form/>
    }
}

/// Goes back to the page from which the form was opened: in the history, where it is the entry before, so that Back does not open the
/// form again.
fn leave() -> Callback<()> {
    let navigate = use_navigate();
    let back = use_query_map().with_untracked(|map| Section::named(&map.get("back")?));
    let (page, narrowed) = match back.zip(id_in_path().get_untracked()) {
        Some((section, id)) => (section.href(id), String::new()),
        None => ("/webhooks".to_owned(), use_location().search.get_untracked()),
    };
    let navigate = StoredValue::new_local(navigate);
    Callback::new(move |()| {
        // Nothing had the focus if a key opened the form.
        browser::keep_focus();
        if browser::back_to(&page) {
            return;
        }
        let href = if narrowed.is_empty() { page.clone() } else { format!("{page}?{narrowed}") };
        let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
        // Gone when the page was left in another way.
        let _ = navigate.try_with_value(|navigate| navigate(&href, options));
    })
}

fn show_errors(form: FormState, errors: Vec<FieldError>) {
    form.errors.try_set(errors);
    form.refused.try_set(true);
    request_animation_frame(|| {
        if !browser::focus("form [aria-invalid=true]") {
            browser::focus("form .note.bad");
        }
    });
}

/// Says why the server has not taken what was sent.
async fn refused(form: FormState, sent: Value, mut error: ApiError) {
    if let (Some(id), Some(Code::VersionMismatch)) = (form.kept, error.code()) {
        match api::webhook(id).await {
            Ok(theirs) => {
                form.theirs.try_set(Some(theirs));
                show_errors(form, Vec::new());
                return;
            }
            Err(other) => error = other,
        }
    }
    let errors = error.problem.as_ref().map(|problem| problems::of_fields(problem.errors.clone())).unwrap_or_default();
    if errors.is_empty() {
        form.failed.try_set(Some(not_saved(&error)));
    }
    form.refusal.try_set((sent, errors.clone()));
    show_errors(form, errors);
}

fn not_saved(error: &ApiError) -> String {
    format!("{} {}", strings().could_not_save, explain(error))
}

/// How many fields there is something wrong with: several lines of one are one.
fn fields(errors: &[FieldError]) -> usize {
    let is_number = |part: &&str| part.bytes().all(|b| b.is_ascii_digit());
    let field = |error: &FieldError| {
        error.pointer.split('/').skip(1).take_while(|part| !is_number(part)).collect::<Vec<_>>().join("/")
    };
    one_by_one::<BTreeSet<_>, _>(errors.iter().map(field)).len()
}

/// What keeps the form from being saved, all of it.
#[component]
fn Summary(form: FormState) -> impl IntoView {
    let t = strings();
    let text = Memo::new(move |_| {
        let count = if form.refused.get() { form.errors.with(|errors| fields(errors)) } else { 0 };
        form.failed.get().or_else(|| (count > 0).then(|| (t.errors_to_fix)(count)))
    });
    // Which version was looked at: whoever has seen it may save over it.
    let reviewed = RwSignal::new(None::<u64>);
    let stale = move || {
        let theirs = form.theirs.get()?;
        let version = theirs.version;
        let had = KeptWebhook::from(&theirs);
        let is_open = move || reviewed.get() == Some(version);
        let review = move |_| {
            form.version.set(version);
            form.had.set(Some(had.clone()));
            reviewed.set(Some(version));
        };
        Some(view! {
            {review::told(&theirs)}" "
            <button type="button" class="link" aria-expanded=move || is_open().to_string() on:click=review>{t.settings.review}</button>
        })
    };
    let said = move || text.get().map(IntoAny::into_any).or_else(|| stale().map(IntoAny::into_any));
    // The note stays where it is when it says something else: it may have the focus.
    let is_said = Memo::new(move |_| text.with(Option::is_some) || form.theirs.with(Option::is_some));
    let differences = move || {
        let theirs = form.theirs.get().filter(|theirs| reviewed.get() == Some(theirs.version))?;
        Some(view! { <review::Review form=form theirs=theirs/> })
    };
    view! {
        <div role="alert">
            {move || is_said.get().then(|| view! {
                <div class="note bad" tabindex="-1">{Icon::Alert.view()}<div>{said}</div></div>
            })}
        </div>
        {differences}
    }
}

#[component]
fn Active(form: FormState) -> impl IntoView {
    let t = strings();
    let active = move || form.status.get() == WebhookStatus::Active;
    let toggle = move |event| {
        form.status.set(if event_target_checked(&event) { WebhookStatus::Active } else { WebhookStatus::Inactive });
    };
    view! {
        <label class="radio">
            <input class="switch" id="active" type="checkbox" role="switch" aria-labelledby=name_of("active") aria-describedby=hint_of("active")
                prop:checked=active on:change=toggle/>
            {words("active", t.active.into_any(), t.active_hint.into_any())}
        </label>
    }
}

#[component]
fn Advanced(form: FormState) -> impl IntoView {
    let t = strings();
    let is_wrong = Memo::new(move |_| {
        let inside = [
            "/description",
            "/headers",
            "/events/conditions",
            "/timeout_ms",
            "/retry_schedule",
            "/max_concurrency",
            "/rate_limit",
        ];
        let is_inside = |error: &FieldError| inside.iter().any(|pointer| error.pointer.starts_with(pointer));
        form.errors.with(|errors| errors.iter().any(is_inside))
    });
    // Opens when something inside turns out to be wrong.
    effect(move || {
        if is_wrong.get() {
            form.unfolded.set(true);
        }
    });
    let toggled = move |event: ev::Event| form.unfolded.set(event_target::<Element>(&event).has_attribute("open"));
    let headers_hint = Memo::new(move |_| {
        let has_headers = form.had.with(|had| had.as_ref().is_some_and(|had| !had.headers.is_empty()));
        match form.kept {
            None => t.custom_headers_hint,
            Some(_) if has_headers && form.leads_elsewhere() => t.custom_headers_again,
            Some(_) => t.custom_headers_kept,
        }
    });
    let headers = move || {
        let hint = headers_hint.get();
        view! { <field::LinesField form=form id="headers" pointer="/headers" label=t.custom_headers hint=hint value=form.headers/> }
    };
    view! {
        <details class="advanced" prop:open=move || form.unfolded.get() on:toggle=toggled>
            <summary>{t.advanced}</summary>
            <div class="body-inner">
                <TextField form=form id="description" pointer="/description" label=t.description value=form.description/>
                {headers}
                <fieldset class="field">
                    <legend>{t.content}</legend>
                    {choice::explained("content", t.content_modes.into(), Chosen::of(&ContentMode::ALL, form.content_mode))}
                </fieldset>
                <field::LinesField form=form id="conditions" pointer="/events/conditions" label=t.conditions hint=t.conditions_hint value=form.conditions/>
                <TextField form=form id="timeout" pointer="/timeout_ms" label=t.time_limit hint=t.time_limit_hint value=form.timeout numeric=true/>
                <TextField form=form id="retries" pointer="/retry_schedule" label=t.retries hint=t.retries_hint value=form.retries/>
                <div class="pair">
                    <TextField form=form id="concurrency" pointer="/max_concurrency" label=t.concurrency hint=t.concurrency_hint value=form.concurrency numeric=true/>
                    <TextField form=form id="rate-limit" pointer="/rate_limit" label=t.rate_limit hint=t.rate_limit_hint value=form.rate_limit numeric=true/>
                </div>
            </div>
        </details>
    }
}
