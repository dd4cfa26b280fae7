//! One webhook: what its pages have in common, and the way between them.

pub(crate) mod overview;
pub(crate) mod settings;

use super::{
    send_test::SendTest,
    statistics::figures::follow,
    webhooks::actions::{Asked, More, Outcome, Question, activate_button, go_on_button},
};
use crate::{
    api::{self, ApiError},
    browser,
    effect::effect,
    format::{self, Part},
    live::{self, News},
    query::{Load, Query},
    session::{self, for_editors},
    strings::strings,
    ui::{
        crumbs::crumbs,
        heading::Heading,
        icon::Icon,
        pill,
        show::{broken_url, once_drawn, show_page},
        webhook_name,
    },
};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    components::A,
    hooks::{use_navigate, use_params_map},
};
use shared::{Id, InactiveReason, PreflightAdvice, Timestamp, Webhook};
use std::cell::RefCell;

thread_local! {
    /// The webhook that was shown or changed last, and whose it is: its head and the way between its pages are there before it is loaded
    /// again, and also when the server is away.
    static KNOWN: RefCell<Option<(Option<Id>, Webhook)>> = RefCell::default();
}

/// The webhook is so now, as its pages will show at first.
pub(crate) fn remember(webhook: &Webhook) {
    KNOWN.set(Some((session::tenant(), webhook.clone())));
}

/// The webhook is no more.
pub(crate) fn forget() {
    KNOWN.set(None);
}

/// The webhook of that id, if it is the one that is remembered.
fn known(id: Id) -> Option<Webhook> {
    let (tenant, webhook) = KNOWN.with_borrow(Option::clone)?;
    (tenant == session::tenant() && webhook.id == id).then_some(webhook)
}

/// A page of the webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Overview,
    Events,
    Settings,
}

impl Section {
    const ALL: [Self; 3] = [Self::Overview, Self::Events, Self::Settings];

    /// How an address names the page to go back to.
    const fn back(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Events => "events",
            Self::Settings => "settings",
        }
    }

    /// The page that an address names so.
    pub(crate) fn named(back: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.back() == back)
    }

    /// Where the page is.
    pub(crate) fn href(self, webhook: Id) -> String {
        match self {
            Self::Overview => format!("/webhooks/{webhook}"),
            Self::Events => format!("/webhooks/{webhook}/events"),
            Self::Settings => format!("/webhooks/{webhook}/settings"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Overview => strings().overview.overview,
            Self::Events => strings().events,
            Self::Settings => strings().shell.settings,
        }
    }

    fn title(self, url: &str) -> String {
        let t = strings();
        match self {
            Self::Overview => (t.overview.overview_of)(url),
            Self::Events => (t.events_of)(url),
            Self::Settings => (t.overview.settings_of)(url),
        }
    }
}

/// The id in the path; nothing when what stands there is no id.
pub(crate) fn id_in_path() -> Memo<Option<Id>> {
    let parameters = use_params_map();
    Memo::new(move |_| parameters.with(|map| map.get("id").and_then(|id| id.parse().ok())))
}

/// The webhook in the path, loaded.
pub(crate) fn webhook_in_path() -> Query<Webhook> {
    let id = id_in_path();
    Query::new(move || id.get(), |id| async move { api::webhook(id.ok_or(ApiError::NOT_FOUND)?).await })
}

/// A page of the webhook in the path: its head, and below it `content`.
pub(crate) fn frame<V: IntoView + 'static>(
    section: Section,
    content: impl Fn(RwSignal<Webhook>) -> V + Send + Sync + Copy + 'static,
) -> impl IntoView {
    let t = strings();
    browser::set_passing_title(section.name());
    let (id, query) = (id_in_path(), webhook_in_path());
    if let Some(webhook) = id.get_untracked().and_then(known) {
        query.begin_with(webhook);
    }
    let ours = move || id.try_get_untracked().flatten();
    live::listen_about(ours, move |updates| {
        let is_ours = |news: &News| match news {
            News::Webhook(changed) => ours() == Some(*changed),
            News::Missed => true,
            News::Delivery(_) => false,
        };
        if updates.iter().any(is_ours) {
            query.refresh();
        }
    });
    // Whether it is failing is told by no news of its own.
    follow(ours, move || query.refresh());
    let is_ready = readiness(section, *query);
    show_page(query, section.name(), t.could_not_load_webhook, move |webhook| {
        // Back and Forward may lead from one webhook's page straight to another's.
        let shown = Memo::new(move |_| webhook.with(|webhook| webhook.id));
        move || {
            // Read, as a memo that nobody reads does not change.
            shown.get();
            view! {
                <Head webhook=webhook section=section query=query/>
                {move || is_ready.get().then(|| once_drawn(move || content(webhook)))}
            }
        }
    })
}

/// Whether the page's content can be drawn: the settings wait until they are loaded, so that nobody types over old ones.
fn readiness(section: Section, load: Load) -> Memo<bool> {
    let is_loaded = move || !load.is_running.get() && load.error.with(Option::is_none);
    Memo::new(move |before| before == Some(&true) || section != Section::Settings || is_loaded())
}

#[component]
fn Head(webhook: RwSignal<Webhook>, section: Section, query: Query<Webhook>) -> impl IntoView {
    let t = strings();
    let id = webhook.with_untracked(|webhook| webhook.id);
    let url = Memo::new(move |_| webhook.with(|webhook| format::short_url(&webhook.url).to_owned()));
    // The heading leaves the scheme out.
    let is_plain = Memo::new(move |_| webhook.with(|webhook| format::is_readable_on_the_way(&webhook.url)));
    effect(move || url.with(|url| browser::set_title(&section.title(url))));
    effect(move || webhook.with(remember));
    let asked = RwSignal::new(None::<Asked>);
    let navigate = StoredValue::new_local(use_navigate());
    let done = Callback::new(move |outcome| match outcome {
        Outcome::Changed => query.reload(),
        Outcome::Deleted => navigate.with_value(|navigate| navigate("/webhooks", NavigateOptions::default())),
    });
    let inactive = Memo::new(move |_| webhook.with(|webhook| webhook.inactive_reason.zip(webhook.inactive_since)));
    let waiting = Memo::new(move |_| webhook.with(|webhook| webhook.last_24h.waiting()));
    let note = move || inactive.get().map(|(reason, since)| inactive_note(id, reason, since, waiting, done));
    let tabs = Section::ALL.map(|tab| {
        view! { <A href=tab.href(id) exact=true attr:aria-current=(tab == section).then_some("page")>{tab.name()}</A> }
    });
    view! {
        {crumbs(&[("/webhooks", t.webhooks)], view! {
            <span class="url" title=url>{move || webhook.with(|webhook| webhook_name::short(&webhook.description, &webhook.url))}</span>
        }.into_any())}
        <div class="head">
            <Heading text=url drawn=|url| broken_url(url).into_any()/>
            {move || webhook.with(pill::of_health)}
            {move || is_plain.get().then(|| view! { <span class="chip" title=(t.tools.advice)(PreflightAdvice::PlainHttp)>"http"<span class="vh">": "{(t.tools.advice)(PreflightAdvice::PlainHttp)}</span></span> })}
            <div class="end">
                <SendTest webhook=id event_type=None primary=false/>
                {for_editors(move || view! { <A href=format!("/webhooks/{id}/edit?back={}", section.back()) attr:class="btn">{t.edit}</A> })}
                <More id=id webhook=Memo::new(move |_| Some(webhook.get())) asked=asked done=done in_row=false/>
            </div>
        </div>
        {move || {
            let description = webhook.with(|webhook| webhook.description.clone());
            (!description.is_empty()).then(|| view! { <p class="muted words">{description}</p> })
        }}
        {note}
        {rest_note(webhook)}
        {move || asked.get().map(|what| view! { <Question what=what asked=asked done=done/> })}
        <nav class="tabs" aria-label=t.list.webhook>{tabs}</nav>
    }
}

/// Since when the webhook is inactive and why, and the way out.
fn inactive_note(
    id: Id,
    reason: InactiveReason,
    since: Timestamp,
    waiting: Memo<u64>,
    done: Callback<Outcome>,
) -> impl IntoView {
    let t = strings();
    let waiting =
        move || Some(waiting.get()).filter(|count| *count > 0).map(|count| (t.list.wait)(&format::number(count)));
    let (tone, text) = match reason {
        InactiveReason::Operator => ("note warn", t.receives_nothing),
        InactiveReason::Gone => ("note bad", t.webhook_gone_note),
        InactiveReason::Failing => ("note bad", t.webhook_failing_note),
    };
    let since = (t.inactive_since)(&format::moment(since, Part::Clock));
    let button = activate_button(id, done);
    view! { <div class=tone>{Icon::Alert.view()}<div class="bar"><span><b>{since}</b>" "{text}" "{waiting}</span>{button}</div></div> }
}

/// Until when the webhook rests, why, and the way out.
fn rest_note(webhook: RwSignal<Webhook>) -> impl IntoView {
    let t = strings();
    let rests = Memo::new(move |_| webhook.with(|webhook| webhook.resting_until.map(|until| (webhook.id, until))));
    let done = Callback::new(move |now: Option<Webhook>| {
        // What somebody else has done to it comes with the live updates.
        if let Some(now) = now {
            webhook.try_set(now);
        }
    });
    let note = move |(id, until)| {
        let until = (t.shell.resting_until)(&format::moment(until, Part::Clock));
        let button = go_on_button(id, done);
        view! {
            <div class="note warn">
                {Icon::Clock.view()}
                <div class="bar"><span><b>{until}"."</b>" "{t.overview.rest_note}</span>{button}</div>
            </div>
        }
    };
    move || rests.get().map(note)
}
