//! Who is signed in, as the whole portal knows it.

use crate::{
    api::{self, ApiError},
    browser, format,
    live::{self, News},
    strings::strings,
    ui::{ask::ask_or, guard, notice, show::explain},
};
use leptos::{ev, prelude::*, task::spawn_local};
use shared::{ActorKind, CallerKind, Id, Role, Session, Tenant, WebhookDefaults};

/// Where the browser's other tabs hear that somebody has signed in or out here.
const TOLD: &str = "session";
/// Where a tab keeps that it was opened by a portal link.
const LINK: &str = "portal-link";

/// The tenant that is there from the beginning.
pub(crate) const DEFAULT_TENANT: Id = Id::from_bytes([0; 16]);

/// What is known about who uses the portal.
#[derive(Clone, Copy)]
pub(crate) struct Current {
    /// Who is signed in; nothing before the first answer, and when nobody is.
    pub(crate) session: RwSignal<Option<Session>>,
    /// Why nobody could be found out.
    pub(crate) failed: RwSignal<Option<ApiError>>,
    /// Whether the server no longer knows who this is.
    pub(crate) expired: RwSignal<bool>,
    /// Whether the question to sign in again was closed.
    pub(crate) declined: RwSignal<bool>,
    /// Counts the sign-ins: what could not be loaded before is loaded again.
    pub(crate) sign_ins: RwSignal<u32>,
    may_edit: Memo<bool>,
    may_keep_types: Memo<bool>,
    may_administer: Memo<bool>,
    is_of_platform: Memo<bool>,
    has_tenants: Memo<bool>,
}

thread_local! {
    static CURRENT: std::cell::Cell<Option<Current>> = const { std::cell::Cell::new(None) };
}

/// Asks the server who this is. Called once, by the application.
pub(crate) fn provide() -> Current {
    let session = RwSignal::new(None::<Session>);
    let role_allows = move |allows: fn(Role) -> bool| {
        session.with(|session| session.as_ref().is_some_and(|session| allows(session.role)))
    };
    let current = Current {
        session,
        failed: RwSignal::new(None),
        expired: RwSignal::new(false),
        declined: RwSignal::new(false),
        sign_ins: RwSignal::new(0),
        may_edit: Memo::new(move |_| role_allows(Role::may_edit)),
        may_keep_types: Memo::new(move |_| {
            let of_link = |session: &Session| session.kind == CallerKind::PortalLink;
            role_allows(Role::may_edit) && !session.with(|session| session.as_ref().is_some_and(of_link))
        }),
        may_administer: Memo::new(move |_| role_allows(Role::may_administer)),
        is_of_platform: Memo::new(move |_| {
            session.with(|session| session.as_ref().is_some_and(|session| session.platform))
        }),
        has_tenants: Memo::new(move |_| {
            session.with(|session| session.as_ref().is_some_and(|session| session.has_tenants))
        }),
    };
    CURRENT.set(Some(current));
    window_event_listener(ev::storage, move |event| {
        if event.key().as_deref() == Some(TOLD) {
            current.look_again();
        }
    });
    // Who it is could not be found out, and the server may be back.
    live::listen_for_good(move |news| {
        let was_away = current.failed.with_untracked(|error| error.as_ref().is_some_and(ApiError::may_pass));
        if was_away && news.iter().any(|news| matches!(news, News::Missed)) {
            current.look_again();
        }
    });
    current.find_out();
    current
}

/// Tells the browser's other tabs that the session is another one.
pub(crate) fn tell() {
    browser::store(TOLD, &format::now().to_string());
}

/// Whether this tab was opened by a portal link: whoever uses it has no password.
pub(crate) fn is_link() -> bool {
    browser::kept_by_tab(LINK).is_some_and(|kept| !kept.is_empty())
}

/// Whoever uses this tab has a password after all.
pub(crate) fn forget_link() {
    browser::keep_by_tab(LINK, "");
}

/// The tenant that this tab shows.
pub(crate) fn tenant() -> Option<Id> {
    current()?.session.with_untracked(|session| session.as_ref().map(|session| session.tenant_id))
}

/// What is known; nothing outside of the application.
pub(crate) fn current() -> Option<Current> {
    CURRENT.get()
}

/// What whoever is signed in is called.
pub(crate) fn name(session: &Session) -> String {
    match session.kind {
        CallerKind::PortalLink if session.name == Session::UNNAMED_VISITOR => {
            (strings().accounts.actor_kind)(ActorKind::PortalLink).to_owned()
        }
        _ => session.name.clone(),
    }
}

/// The tenant that somebody of the platform acts for, and its name. Whoever needs no tenants has the default one only, and never meets the
/// word.
pub(crate) fn acts_for(session: Session) -> Option<(Id, String)> {
    let Session { platform, has_tenants, tenant_id, tenant_name, tenant_external_id, .. } = session;
    let may_be_another = platform && (has_tenants || tenant_id != DEFAULT_TENANT);
    may_be_another.then(|| (tenant_id, called(tenant_name, tenant_external_id.as_deref())))
}

/// What a tenant is called. Those that the platform tells apart by its own ids may have the same name.
pub(crate) fn called(name: String, external_id: Option<&str>) -> String {
    let external_id = external_id.filter(|external_id| *external_id != name);
    external_id.map_or_else(|| name.clone(), |external_id| format!("{name} ({external_id})"))
}

/// Lets the session act for a tenant from now on, in all tabs, and goes to a page of the tenant.
pub(crate) fn act_for(tenant: Id, path: impl Into<String>) {
    let path = path.into();
    guard::unless_kept(move || {
        spawn_local(async move {
            match api::act_for(tenant).await {
                Ok(_) => {
                    guard::discard();
                    load_anew(&path);
                }
                Err(error) => notice::warn(explain(&error)),
            }
        });
    });
}

/// Loads a page for the tenant that the session acts for by now: whatever is loaded is of the tenant before, in the other tabs too.
pub(crate) fn load_anew(path: &str) {
    tell();
    browser::keep_focus_at("main h1");
    browser::load(path);
}

/// A tenant is new, or has another name.
pub(crate) fn saved(tenant: &Tenant) {
    let Some(current) = current() else { return };
    current.session.update(|session| {
        let Some(session) = session else { return };
        session.has_tenants |= tenant.id != DEFAULT_TENANT;
        if session.tenant_id == tenant.id {
            session.tenant_name.clone_from(&tenant.name);
            session.tenant_external_id.clone_from(&tenant.external_id);
        }
    });
}

/// Who that is, whichever of their sessions it is.
pub(crate) fn who(session: &Session) -> Session {
    Session { expires_at: None, has_tenants: true, ..session.clone() }
}

/// Whether it is the same person, who acts for another tenant by now.
fn acts_elsewhere(known: &Session, now: &Session) -> bool {
    let there = Session {
        tenant_id: now.tenant_id,
        tenant_name: now.tenant_name.clone(),
        tenant_external_id: now.tenant_external_id.clone(),
        ..who(known)
    };
    known.platform && there == who(now)
}

/// Whether it is known who is signed in.
pub(crate) fn is_known() -> bool {
    current().is_some_and(|current| current.session.with(Option::is_some))
}

/// Whether who is signed in may change webhooks, resend and test. Whoever may not sees no way to do it: the server would refuse it.
pub(crate) fn may_edit() -> bool {
    current().is_some_and(|current| current.may_edit.get())
}

/// Whether who is signed in may change event types: not who was let in by a portal link.
pub(crate) fn may_keep_types() -> bool {
    current().is_some_and(|current| current.may_keep_types.get())
}

/// Whether who is signed in may manage operators and API keys, and read the audit log.
pub(crate) fn may_administer() -> bool {
    current().is_some_and(|current| current.may_administer.get())
}

/// Whether who is signed in belongs to the platform, and may act for each of its tenants.
pub(crate) fn is_of_platform() -> bool {
    current().is_some_and(|current| current.is_of_platform.get())
}

/// Whether there are tenants. Whoever needs none has the default one only, and never meets the word.
pub(crate) fn has_tenants() -> bool {
    current().is_some_and(|current| current.has_tenants.get())
}

/// What the server gives to a new webhook where nothing else is said.
pub(crate) fn webhook_defaults() -> WebhookDefaults {
    let session = current().and_then(|current| current.session.get_untracked());
    session.map(|session| session.webhook_defaults).unwrap_or_default()
}

/// The text with the name of the header in which the server sends the hexadecimal signature, in the place of `{header}`.
pub(crate) fn name_header(text: &str) -> String {
    let session = current().and_then(|current| current.session.get());
    text.replace("{header}", &session.map(|session| session.signature_header).unwrap_or_default())
}

/// What stands before the digits of that signature.
pub(crate) fn signature_prefix() -> String {
    let session = current().and_then(|current| current.session.get());
    session.map(|session| session.signature_prefix).unwrap_or_default()
}

/// What only they see who may edit.
pub(crate) fn for_editors<V: IntoView + 'static>(content: impl Fn() -> V + Send + 'static) -> impl IntoView {
    move || may_edit().then(&content)
}

/// Whether the session has ended, as far as is known: then nothing asks the server by itself.
pub(crate) fn is_over() -> bool {
    current().is_some_and(|current| current.expired.get_untracked() || current.declined.get_untracked())
}

/// Whether the question to sign in again was closed.
pub(crate) fn has_declined() -> bool {
    current().is_some_and(|current| current.declined.get_untracked())
}

/// The server did not know who this is.
pub(crate) fn ended() {
    // Somebody may be typing the password already.
    if let Some(current) = current().filter(|current| !current.expired.get_untracked()) {
        current.expired.set(true);
    }
}

/// The server knows who this is: whatever was taken for the end of the session, it goes on.
pub(crate) fn goes_on() {
    if let Some(current) = current().filter(|current| current.declined.get_untracked()) {
        current.declined.set(false);
        current.sign_ins.update(|number| *number += 1);
    }
}

impl Current {
    /// Asks the server who this is.
    pub(crate) fn find_out(self) {
        self.failed.set(None);
        self.expired.set(false);
        let before = self.session.get_untracked();
        spawn_local(async move {
            let found = api::session().await;
            // A link was opened meanwhile: what was asked before says nothing of that session.
            if self.session.get_untracked() != before {
                return;
            }
            match found {
                Ok(session) => self.take(session),
                Err(error) if error.status == Some(401) => self.expired.set(true),
                Err(error) => self.failed.set(Some(error)),
            }
        });
    }

    /// Somebody has signed in or out in another tab, or acts for another tenant there. What is shown here is another's then, and all of it
    /// is loaded anew; but what was typed stays, and can be saved for the tenant that this tab shows only.
    fn look_again(self) {
        spawn_local(async move {
            let found = match api::session().await {
                Ok(session) => Some(session),
                Err(error) if error.status == Some(401) => None,
                // The next request tells.
                Err(_) => return,
            };
            let known = self.session.get_untracked();
            match found {
                Some(session) if known.as_ref().is_none_or(|known| who(known) == who(&session)) => self.take(session),
                // The session goes on, and each request names the tenant that this tab shows.
                Some(session) if guard::is_typed() && known.is_some_and(|known| acts_elsewhere(&known, &session)) => {
                    let t = strings();
                    let follow = || {
                        guard::discard();
                        browser::reload();
                    };
                    let tenant = called(session.tenant_name, session.tenant_external_id.as_deref());
                    let question = (t.tenants.acts_elsewhere)(&tenant);
                    ask_or(question, t.tenants.saved_here, t.discard, t.keep_editing, follow);
                }
                _ if guard::is_typed() => ended(),
                Some(_) => browser::reload(),
                None => self.end(),
            }
        });
    }

    /// Somebody has signed in. Who belongs to the platform goes on for the tenant that this tab shows.
    pub(crate) fn begin(self, session: Session) {
        let shown = tenant().filter(|shown| session.platform && *shown != session.tenant_id);
        let Some(shown) = shown else {
            self.take(session);
            return tell();
        };
        spawn_local(async move {
            match api::act_for(shown).await {
                Ok(session) => self.take(session),
                // What was typed is for that tenant, and must not be saved for another one.
                Err(error) if guard::is_typed() => notice::warn(explain(&error)),
                Err(_) => self.take(session),
            }
            tell();
        });
    }

    fn take(self, session: Session) {
        browser::keep_by_tab(LINK, if session.kind == CallerKind::PortalLink { "yes" } else { "" });
        self.failed.set(None);
        self.session.set(Some(session));
        if self.expired.get_untracked() || self.declined.get_untracked() {
            self.expired.set(false);
            self.declined.set(false);
            self.sign_ins.update(|number| *number += 1);
        }
    }

    fn end(self) {
        self.failed.set(None);
        self.session.set(None);
        self.expired.set(true);
        // What was pressed has gone with its page.
        browser::turn_page();
    }

    /// Signs out. What was on screen goes away.
    pub(crate) fn sign_out(self) {
        spawn_local(async move {
            match api::sign_out().await {
                Ok(()) => {
                    self.end();
                    tell();
                }
                Err(error) => notice::warn(explain(&error)),
            }
        });
    }
}
