//! What differs between the form and the webhook that somebody else has changed meanwhile.

use super::state::FormState;
use crate::{
    browser,
    format::{self, Part},
    strings::strings,
};
use leptos::prelude::*;
use shared::{AuthenticationType, EventMode, Webhook};

/// What can be set of a webhook and may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Setting {
    Url,
    Description,
    Authentication,
    Headers,
    Content,
    Events,
    Conditions,
    Status,
    TimeLimit,
    Retries,
    Concurrency,
    RateLimit,
}

impl Setting {
    /// Every setting.
    pub(crate) const ALL: [Self; 12] = [
        Self::Url,
        Self::Description,
        Self::Authentication,
        Self::Headers,
        Self::Content,
        Self::Events,
        Self::Conditions,
        Self::Status,
        Self::TimeLimit,
        Self::Retries,
        Self::Concurrency,
        Self::RateLimit,
    ];

    /// What people call it.
    pub(crate) fn name(self) -> &'static str {
        let t = strings();
        match self {
            Self::Url => t.payload_url,
            Self::Description => t.description,
            Self::Authentication => t.authentication,
            Self::Headers => t.custom_headers,
            Self::Content => t.content,
            Self::Events => t.events,
            Self::Conditions => t.conditions,
            Self::Status => t.status,
            Self::TimeLimit => t.time_limit,
            Self::Retries => t.retries,
            Self::Concurrency => t.concurrency,
            Self::RateLimit => t.rate_limit,
        }
    }

    /// What a form holds there, in words.
    pub(crate) fn words(self, form: FormState) -> String {
        let t = strings();
        let words = match self {
            Self::Url => form.url.get().trim().to_owned(),
            Self::Description => form.description.get(),
            Self::Authentication => match form.authentication.get() {
                AuthenticationType::None => t.authentication_none.to_owned(),
                AuthenticationType::Basic => format!("{}: {}", t.authentication_basic, form.username.get()),
                AuthenticationType::ApiKey => format!("{}: {}", t.authentication_api_key, form.header.get()),
            },
            Self::Headers => form.headers.get().lines().collect::<Vec<_>>().join(", "),
            Self::Content => t.content_modes[form.content_mode.get() as usize].0.to_owned(),
            Self::Conditions => form.conditions.get().lines().collect::<Vec<_>>().join("; "),
            Self::Events => match form.mode.get() {
                EventMode::All => t.all_events.to_owned(),
                EventMode::Selected => form.selected_types().into_iter().collect::<Vec<_>>().join(", "),
            },
            Self::Status => (t.webhook_status)(form.status.get()).to_owned(),
            Self::TimeLimit => form.timeout.get(),
            Self::Retries => form.retries.get(),
            Self::Concurrency => form.concurrency.get(),
            Self::RateLimit => form.rate_limit.get(),
        };
        if words.is_empty() { t.none.to_owned() } else { words }
    }

    /// Takes over what another form holds there.
    fn take(self, other: FormState, form: FormState) {
        match self {
            Self::Url => form.url.set(other.url.get_untracked()),
            Self::Description => form.description.set(other.description.get_untracked()),
            Self::Authentication => {
                form.authentication.set(other.authentication.get_untracked());
                form.username.set(other.username.get_untracked());
                form.header.set(other.header.get_untracked());
            }
            Self::Headers => form.headers.set(other.headers.get_untracked()),
            Self::Content => form.content_mode.set(other.content_mode.get_untracked()),
            Self::Events => {
                form.mode.set(other.mode.get_untracked());
                form.types.set(other.types.get_untracked());
                form.typed_type.set(String::new());
            }
            Self::Conditions => form.conditions.set(other.conditions.get_untracked()),
            Self::Status => form.status.set(other.status.get_untracked()),
            Self::TimeLimit => form.timeout.set(other.timeout.get_untracked()),
            Self::Retries => form.retries.set(other.retries.get_untracked()),
            Self::Concurrency => form.concurrency.set(other.concurrency.get_untracked()),
            Self::RateLimit => form.rate_limit.set(other.rate_limit.get_untracked()),
        }
        form.typed();
    }
}

/// Who has changed the webhook, and when.
pub(super) fn told(theirs: &Webhook) -> String {
    let at = theirs.updated_at;
    (strings().settings.changed)(theirs.updated_by.as_deref(), &format::moment(at, Part::Clock))
}

/// What differs, setting by setting, and a way to take over what the server has. What was typed stays until then.
#[component]
pub(super) fn Review(form: FormState, theirs: Webhook) -> impl IntoView {
    let t = &strings().settings;
    let other = FormState::of(Some(&theirs));
    let differs = move |setting: &Setting| setting.words(form) != setting.words(other);
    let differing = Memo::new(move |_| Setting::ALL.into_iter().filter(differs).collect::<Vec<_>>());
    let row = move |setting: Setting| {
        let take = move |_| {
            setting.take(other, form);
            // The button goes with its row.
            request_animation_frame(|| {
                if !browser::focus(".review .btn") {
                    browser::focus("form:has(.review) [type=submit]");
                }
            });
        };
        view! {
            <li>
                <b>{setting.name()}</b>
                <dl class="pair">
                    <div><dt class="hint">{t.on_server}</dt><dd class="url">{setting.words(other)}</dd></div>
                    <div><dt class="hint">{t.in_form}</dt><dd class="url">{move || setting.words(form)}</dd></div>
                </dl>
                <button type="button" class="btn small" aria-label=format!("{}: {}", t.take, setting.name()) on:click=take>{t.take}</button>
            </li>
        }
    };
    let text = move || if differing.with(Vec::is_empty) { t.nothing_differs } else { t.review_text };
    view! {
        <section class="card review" aria-label=strings().settings.review>
            <p class="pad" role="status">{text}</p>
            <ul role="list"><For each=move || differing.get() key=|setting| *setting children=row/></ul>
        </section>
    }
}
