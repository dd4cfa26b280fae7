//! What the form holds, and the webhook that it makes of it.

use super::conditions;
use crate::{
    browser,
    few::one_by_one,
    session,
    strings::{problems, strings},
};
use leptos::prelude::*;
use serde_json::Value;
use shared::{
    Authentication, AuthenticationInput, AuthenticationType, Code, ContentMode, CustomHeader, EventMode,
    EventSelection, FieldError, Id, KeptWebhook, NewWebhook, SECRET_MASK, Webhook, WebhookPatch, WebhookStatus,
};
use std::{collections::BTreeSet, num::ParseIntError};

/// The fields of the form. What is not shown again (secret, password, key) is empty at first, and empty means: keep it.
#[derive(Clone, Copy)]
pub(crate) struct FormState {
    pub(super) url: RwSignal<String>,
    pub(super) secret: RwSignal<String>,
    pub(super) description: RwSignal<String>,
    pub(super) authentication: RwSignal<AuthenticationType>,
    pub(super) username: RwSignal<String>,
    pub(super) password: RwSignal<String>,
    pub(super) header: RwSignal<String>,
    pub(super) value: RwSignal<String>,
    /// The webhook's custom headers, one a line, as `Name: value`.
    pub(super) headers: RwSignal<String>,
    pub(super) content_mode: RwSignal<ContentMode>,
    pub(super) mode: RwSignal<EventMode>,
    pub(super) types: RwSignal<BTreeSet<String>>,
    /// A type that is typed, and not added to them yet.
    pub(super) typed_type: RwSignal<String>,
    /// What the content of an event must be, one condition a line, as `/data/status = APPROVED`.
    pub(super) conditions: RwSignal<String>,
    pub(super) status: RwSignal<WebhookStatus>,
    pub(super) timeout: RwSignal<String>,
    pub(super) retries: RwSignal<String>,
    pub(super) concurrency: RwSignal<String>,
    pub(super) rate_limit: RwSignal<String>,
    /// The webhook that is there already.
    pub(super) kept: Option<Id>,
    /// How that is in the version that is changed: what is secret of it and left empty stays, unless the URL leads to another server.
    pub(super) had: RwSignal<Option<KeptWebhook>>,
    pub(super) errors: RwSignal<Vec<FieldError>>,
    /// Whether the errors kept the form from being saved: then they are counted at its top.
    pub(super) refused: RwSignal<bool>,
    /// What was sent when the server refused it, and what it said about that.
    pub(super) refusal: RwSignal<(Value, Vec<FieldError>)>,
    pub(super) failed: RwSignal<Option<String>>,
    /// The version of the webhook that is changed.
    pub(super) version: RwSignal<u64>,
    /// What somebody else has made of the webhook since that version.
    pub(super) theirs: RwSignal<Option<Webhook>>,
    pub(super) busy: RwSignal<bool>,
    pub(super) dirty: RwSignal<bool>,
    /// Whether the settings that few change are unfolded.
    pub(super) unfolded: RwSignal<bool>,
}

impl FormState {
    /// The fields as they are for that webhook, or for a new one.
    pub(crate) fn of(webhook: Option<&Webhook>) -> Self {
        let text = |of: fn(&Webhook) -> String| RwSignal::new(webhook.map(of).unwrap_or_default());
        let (kind, username, header) = match webhook.map(|webhook| &webhook.authentication) {
            None | Some(Authentication::None) => (AuthenticationType::None, String::new(), String::new()),
            Some(Authentication::Basic { username }) => (AuthenticationType::Basic, username.clone(), String::new()),
            Some(Authentication::ApiKey { header }) => (AuthenticationType::ApiKey, String::new(), header.clone()),
        };
        let defaults = session::webhook_defaults();
        let schedule = webhook.map_or(defaults.retry_schedule, |webhook| webhook.retry_schedule.clone());
        let retries = schedule.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        let timeout = webhook.map_or(defaults.timeout_ms, |webhook| webhook.timeout_ms);
        let concurrency = webhook.map_or(NewWebhook::DEFAULT_MAX_CONCURRENCY, |webhook| webhook.max_concurrency);
        let selection = webhook.map(|webhook| webhook.events.clone()).unwrap_or_default();
        Self {
            url: text(|webhook| webhook.url.clone()),
            // Whoever has one of their own types it over that.
            secret: RwSignal::new(if webhook.is_none() {
                browser::generate_secret().unwrap_or_default()
            } else {
                String::new()
            }),
            description: text(|webhook| webhook.description.clone()),
            authentication: RwSignal::new(kind),
            username: RwSignal::new(username),
            password: RwSignal::default(),
            header: RwSignal::new(if header.is_empty() { "X-API-Key".into() } else { header }),
            value: RwSignal::default(),
            headers: text(|webhook| {
                webhook.headers.iter().map(|header| format!("{}: {SECRET_MASK}\n", header.name)).collect()
            }),
            content_mode: RwSignal::new(webhook.map_or(defaults.content_mode, |webhook| webhook.content_mode)),
            mode: RwSignal::new(selection.mode),
            types: RwSignal::new(one_by_one(selection.types)),
            typed_type: RwSignal::default(),
            conditions: RwSignal::new(conditions::written(&selection.conditions)),
            status: RwSignal::new(webhook.map(|webhook| webhook.status).unwrap_or_default()),
            timeout: RwSignal::new(timeout.to_string()),
            retries: RwSignal::new(retries),
            concurrency: RwSignal::new(concurrency.to_string()),
            rate_limit: text(|webhook| webhook.rate_limit.map(|limit| limit.to_string()).unwrap_or_default()),
            kept: webhook.map(|webhook| webhook.id),
            had: RwSignal::new(webhook.map(KeptWebhook::from)),
            errors: RwSignal::default(),
            refused: RwSignal::default(),
            refusal: RwSignal::default(),
            failed: RwSignal::default(),
            version: RwSignal::new(webhook.map_or(0, |webhook| webhook.version)),
            theirs: RwSignal::default(),
            busy: RwSignal::default(),
            dirty: RwSignal::default(),
            unfolded: RwSignal::default(),
        }
    }

    /// What is wrong at that pointer, or below it: one thing, or one for each line of a field that has several.
    pub(super) fn error(self, pointer: &str) -> Option<String> {
        self.errors.with(|errors| {
            let is_here = |error: &&FieldError| {
                error.pointer.strip_prefix(pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            let mut said: Vec<_> =
                errors.iter().filter(is_here).map(|error| (self.line_at(&error.pointer), &error.detail)).collect();
            said.dedup_by(|(line, _), (before, _)| line == before);
            let text = |(line, detail): (Option<String>, &String)| match line {
                Some(line) => format!("{line}: {detail}"),
                None => detail.clone(),
            };
            (!said.is_empty()).then(|| said.into_iter().map(text).collect::<Vec<_>>().join("\n"))
        })
    }

    /// What the line is called that a pointer leads to, in a field that holds several.
    fn line_at(self, pointer: &str) -> Option<String> {
        if let Some(rest) = pointer.strip_prefix("/headers/") {
            return self.custom_headers().into_iter().nth(place(rest)?).map(|header| header.name);
        }
        if let Some(rest) = pointer.strip_prefix("/events/types/") {
            return self.selected_types().into_iter().nth(place(rest)?);
        }
        let at = place(pointer.strip_prefix("/events/conditions/")?)?;
        let number =
            self.conditions.with_untracked(|text| conditions::lines(text).nth(at).map(|(number, _)| number))?;
        Some((strings().line)(number))
    }

    /// What the condition lacks that a pointer leads to.
    fn lacking_at(self, pointer: &str) -> Option<String> {
        let at = place(pointer.strip_prefix("/events/conditions/")?)?;
        self.conditions.with_untracked(|text| conditions::lacking(conditions::lines(text).nth(at)?.1))
    }

    /// Something was typed: what was pointed out goes as soon as it is right. What only the server knows goes when its own field
    /// changes. A field that is taken away while somebody is in it says so after the form has gone.
    pub(super) fn typed(self) {
        let Some(is_right) = self.errors.try_with_untracked(Vec::is_empty) else { return };
        self.dirty.try_set(true);
        if is_right {
            return;
        }
        let wrong = self.check().err().unwrap_or_default();
        let still_refused = self.still_refused();
        self.errors.update(|errors| {
            let is_known = |error: &FieldError| errors.iter().any(|known| part(&known.pointer) == part(&error.pointer));
            *errors = wrong.into_iter().filter(is_known).chain(still_refused).collect();
        });
    }

    fn still_refused(self) -> Vec<FieldError> {
        let now = self.body();
        self.refusal.update_untracked(|(sent, errors)| {
            let is_same = |pointer: &str| now.pointer(pointer) == sent.pointer(pointer);
            // Which header is meant is a matter of its place.
            errors.retain(|FieldError { pointer, .. }| {
                is_same(if pointer.starts_with("/headers") { "/headers" } else { part(pointer) })
            });
            errors.clone()
        })
    }

    /// What the fields describe, as it is sent: the pointers of errors lead into it.
    pub(super) fn body(self) -> Value {
        serde_json::to_value(self.new_webhook()).unwrap_or_default()
    }

    /// Somebody has left the field at that pointer: what is wrong with it is said, if nothing is yet. What the server has said about it
    /// stays.
    pub(super) fn left(self, pointer: &str) {
        let is_here = |error: &FieldError| error.pointer.starts_with(pointer);
        let is_said = self.errors.try_with_untracked(|errors| errors.iter().any(is_here));
        if self.dirty.try_get_untracked() == Some(true) && is_said == Some(false) {
            self.look_at(pointer);
        }
    }

    /// Says what is wrong with the field at that pointer.
    pub(super) fn look_at(self, pointer: &str) {
        let is_here = |error: &FieldError| error.pointer.starts_with(pointer);
        let wrong = self.check().err().unwrap_or_default();
        self.errors.update(|errors| {
            errors.retain(|error| !is_here(error));
            errors.extend(wrong.into_iter().filter(is_here));
        });
    }

    /// Whether the URL leads to another server than that of the webhook that is there.
    pub(super) fn leads_elsewhere(self) -> bool {
        self.had.with(|had| self.url.with(|url| had.as_ref().is_some_and(|had| had.is_left_for(url.trim()))))
    }

    /// Checks the fields by the rules that the server has too.
    pub(super) fn check(self) -> Result<(), Vec<FieldError>> {
        let t = strings();
        let errors = self.had.with_untracked(|had| match had {
            Some(had) => self.patch().check(had),
            None => self.new_webhook().check(),
        });
        let mut errors = problems::of_fields(errors);
        for error in &mut errors {
            if let Some(detail) = self.lacking_at(&error.pointer) {
                error.detail = detail;
            }
        }
        let mut add = |pointer: &str, detail: &str| {
            errors.retain(|error| error.pointer != pointer);
            errors.push(FieldError::new(pointer, Code::WrongType, detail));
        };
        for (pointer, is_number) in [
            ("/timeout_ms", number(self.timeout).is_some()),
            ("/max_concurrency", number(self.concurrency).is_some()),
            ("/rate_limit", self.rate_limit().is_ok()),
        ] {
            if !is_number {
                add(pointer, t.number_wrong);
            }
        }
        if self.retry_schedule().is_none() {
            add("/retry_schedule", t.retries_wrong);
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// The new webhook that the fields describe.
    pub(super) fn new_webhook(self) -> NewWebhook {
        NewWebhook {
            url: self.url.get_untracked().trim().to_owned(),
            secret: Some(self.secret.get_untracked()),
            description: self.description.get_untracked(),
            authentication: self.authentication_input(),
            headers: self.custom_headers(),
            content_mode: Some(self.content_mode.get_untracked()),
            events: self.selection(),
            status: self.status.get_untracked(),
            timeout_ms: number(self.timeout),
            retry_schedule: self.retry_schedule(),
            max_concurrency: number(self.concurrency).unwrap_or_default(),
            rate_limit: self.rate_limit().unwrap_or_default(),
        }
    }

    /// The change to an existing webhook that the fields describe.
    pub(super) fn patch(self) -> WebhookPatch {
        WebhookPatch { secret: given(self.secret.get_untracked()), ..self.new_webhook().into() }
    }

    fn authentication_input(self) -> AuthenticationInput {
        let kind = self.authentication.get_untracked();
        let mut input = AuthenticationInput { kind, ..AuthenticationInput::default() };
        match kind {
            AuthenticationType::None => {}
            AuthenticationType::Basic => {
                input.username = Some(self.username.get_untracked());
                input.password = given(self.password.get_untracked());
            }
            AuthenticationType::ApiKey => {
                input.header = Some(self.header.get_untracked().trim().to_owned());
                input.value = given(self.value.get_untracked());
            }
        }
        input
    }

    /// Where a value is left out, or is the mask, the one that is set stays.
    fn custom_headers(self) -> Vec<CustomHeader> {
        let header = |line: &str| {
            let (name, value) = line.split_once(':').unwrap_or((line, SECRET_MASK));
            let value = Some(value.trim().to_owned()).filter(|value| value != SECRET_MASK);
            CustomHeader { name: name.trim().to_owned(), value }
        };
        self.headers.with_untracked(|text| text.lines().filter(|line| !line.trim().is_empty()).map(header).collect())
    }

    /// The types that are wanted: what was typed is, whether or not it was added.
    pub(super) fn selected_types(self) -> BTreeSet<String> {
        let mut types = self.types.get();
        types.extend(given(self.typed_type.with(|typed| typed.trim().to_owned())));
        types
    }

    fn selection(self) -> EventSelection {
        let mode = self.mode.get_untracked();
        let types = match mode {
            EventMode::All => Vec::new(),
            EventMode::Selected => untrack(|| self.selected_types()).into_iter().collect(),
        };
        EventSelection { mode, types, conditions: self.conditions.with_untracked(|text| conditions::read(text)) }
    }

    /// No limit where the field is empty.
    fn rate_limit(self) -> Result<Option<u32>, ParseIntError> {
        self.rate_limit.with_untracked(|text| match text.trim() {
            "" => Ok(None),
            text => text.parse().map(Some),
        })
    }

    fn retry_schedule(self) -> Option<Vec<u32>> {
        let text = self.retries.get_untracked();
        if text.trim().is_empty() {
            return Some(Vec::new());
        }
        text.split(',').map(|delay| delay.trim().parse().ok()).collect()
    }
}

/// The part of the webhook that a pointer is about: types stand in the order of their names, and their places change with the others.
fn part(pointer: &str) -> &str {
    const TYPES: &str = "/events/types";
    if pointer.starts_with(TYPES) { TYPES } else { pointer }
}

/// The place that a pointer begins with.
fn place(pointer: &str) -> Option<usize> {
    pointer.split('/').next()?.parse().ok()
}

fn number(field: RwSignal<String>) -> Option<u32> {
    field.with_untracked(|text| text.trim().parse().ok())
}

fn given(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
