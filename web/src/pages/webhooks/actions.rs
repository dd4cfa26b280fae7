//! What can be done with a webhook, in its row and in the head of its pages.

use crate::{
    api, browser, format,
    pages::{audit, events, send_test, webhook, webhooks::over_list},
    session::{for_editors, may_administer},
    strings::strings,
    ui::{
        dialog::{self, Dialog},
        menu::Menu,
        notice,
        show::explain,
    },
};
use leptos::{html, prelude::*, task::spawn_local};
use shared::{Id, ResendCount, ResendFailed, ResendKind, Timestamp, Webhook, WebhookPatch, WebhookStatus};

/// What is asked about before it is done.
#[derive(Clone)]
pub(crate) enum Asked {
    Delete(Webhook),
    Deactivate(Webhook),
}

/// What may have become of the webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Changed,
    Deleted,
}

/// The buttons of a row, and its menu. On a narrow screen everything is in the menu.
#[component]
pub(super) fn Actions(
    id: Id,
    webhook: Memo<Option<Webhook>>,
    asked: RwSignal<Option<Asked>>,
    done: Callback<Outcome>,
) -> impl IntoView {
    let t = strings();
    let url = url_of(webhook);
    let label = move |of: fn(&str) -> String| move || of(&url.get());
    let href = move |page: &str| format!("/webhooks/{id}/{page}");
    let delete = move |_| asked.set(webhook.get_untracked().map(Asked::Delete));
    view! {
        <div class="row-actions above">
            <a class="btn small wide" href=href("events") aria-label=label(t.view_events_of)>{t.view_events}</a>
            {for_editors(move || view! {
                <a class="btn small wide" href=over_list(href("edit")) aria-label=label(t.edit_of)>{t.edit}</a>
                <button type="button" class="btn small wide" aria-label=label(t.delete_of) on:click=delete>{t.delete}</button>
            })}
            <More id=id webhook=webhook asked=asked done=done in_row=true/>
        </div>
    }
}

/// The menu of a webhook. A row's has also what stands as buttons in the head of the webhook's pages.
#[component]
pub(crate) fn More(
    id: Id,
    webhook: Memo<Option<Webhook>>,
    asked: RwSignal<Option<Asked>>,
    done: Callback<Outcome>,
    in_row: bool,
) -> impl IntoView {
    let t = strings();
    let url = url_of(webhook);
    let status = Memo::new(move |_| webhook.with(|webhook| webhook.as_ref().map(|webhook| webhook.status)));
    let delete = Callback::new(move |()| asked.set(webhook.get_untracked().map(Asked::Delete)));
    let test = Callback::new(move |()| send_test::announce(id));
    let switch = Callback::new(move |()| match webhook.get_untracked() {
        Some(webhook) if webhook.status == WebhookStatus::Inactive => activate(id, done),
        active => asked.set(active.map(Asked::Deactivate)),
    });
    let copy = Callback::new(move |()| {
        let url = url.get_untracked();
        spawn_local(async move {
            if browser::copy(url).await { notice::say(t.copied) } else { notice::warn(t.copy_failed) }
        });
    });
    let link = move |word: &'static str, href: Signal<String>| {
        in_row.then(|| view! { <a class="slim" role="menuitem" tabindex="-1" href=href>{word}</a> })
    };
    let item = |word: Signal<&'static str>, slim: bool, act: Callback<()>| {
        view! { <button type="button" class:slim=slim role="menuitem" tabindex="-1" on:click=move |_| act.run(())>{word}</button> }
    };
    let switch_word =
        Signal::derive(move || if status.get() == Some(WebhookStatus::Inactive) { t.activate } else { t.deactivate });
    view! {
        <Menu id=format!("menu-{id}") label=move || (t.actions_of)(&url.get())>
            {link(t.view_events, format!("/webhooks/{id}/events").into())}
            {item(t.copy_url.into(), false, copy)}
            {move || may_administer().then(|| view! {
                <a role="menuitem" tabindex="-1" href=audit::done_to(id)>{t.accounts.audit_log}</a>
            })}
            {for_editors(move || (
                link(t.edit, Signal::derive(over_list(format!("/webhooks/{id}/edit")))),
                item(switch_word, false, switch),
                in_row.then(|| item(t.shell.send_test.into(), false, test)),
                // Nothing is sent to an inactive one.
                move || (status.get() == Some(WebhookStatus::Active)).then(|| view! {
                    <a role="menuitem" tabindex="-1" href=events::send_missed(id, None)>{t.list.send_missed}</a>
                }),
                item(t.delete.into(), in_row, delete),
            ))}
        </Menu>
    }
}

pub(super) fn url_of(webhook: Memo<Option<Webhook>>) -> Memo<String> {
    Memo::new(move |_| webhook.with(|webhook| webhook.as_ref().map(|webhook| webhook.url.clone()).unwrap_or_default()))
}

/// The button in a note that says that the webhook is inactive. It goes with the note.
pub(crate) fn activate_button(id: Id, done: Callback<Outcome>) -> AnyView {
    on_cleanup(browser::keep_focus);
    let press = move |_| activate(id, done);
    for_editors(move || {
        view! { <button type="button" class="btn small end" on:click=press>{strings().activate}</button> }
    })
    .into_any()
}

/// Activates the webhook, whatever became of it since it was loaded, and says so.
fn activate(id: Id, done: Callback<Outcome>) {
    let t = strings();
    spawn_local(async move {
        let activated = async {
            let since = api::webhook(id).await?.inactive_since;
            Ok((set_status(id, WebhookStatus::Active).await?, since))
        };
        match activated.await {
            Ok((webhook, since)) => say_activated(&webhook, since),
            Err(error) => notice::warn(format!("{} {}", t.could_not_save, explain(&error))),
        }
        // Gone when another page was opened meanwhile.
        done.try_run(Outcome::Changed);
    });
}

/// The button in a note that says that the webhook rests. It goes with the note. `done` gets the webhook as it is now, or nothing where
/// somebody should look.
pub(crate) fn go_on_button(id: Id, done: Callback<Option<Webhook>>) -> AnyView {
    on_cleanup(browser::keep_focus);
    let press = move |_| go_on(id, done);
    for_editors(move || {
        view! { <button type="button" class="btn small end" on:click=press>{strings().shell.go_on}</button> }
    })
    .into_any()
}

/// Ends the rest of the webhook by saving it as it is.
fn go_on(id: Id, done: Callback<Option<Webhook>>) {
    let t = strings();
    spawn_local(async move {
        let saved = api::change_webhook(id, None, &WebhookPatch::default()).await;
        match &saved {
            Ok(webhook) => {
                webhook::remember(webhook);
                notice::say(t.shell.gone_on);
            }
            Err(error) => notice::warn(format!("{} {}", t.could_not_save, explain(error))),
        }
        // Gone when another page was opened meanwhile.
        done.try_run(saved.ok());
    });
}

/// Says that the webhook is active, and how much was published since it was not.
pub(crate) fn say_activated(webhook: &Webhook, since: Option<Timestamp>) {
    let (t, id, until) = (strings(), webhook.id, webhook.updated_at);
    notice::say(t.activated);
    let Some(since) = since else { return };
    spawn_local(async move {
        let missed = ResendFailed::within(since, until);
        if let Ok(ResendCount { count: count @ 1.. }) = api::count_many(id, ResendKind::Missed, missed).await {
            let text = format!("{}. {}", t.activated, (t.published_meanwhile)(&format::number(count)));
            notice::offer(text, events::send_missed(id, Some(since)), t.list.send_missed);
        }
    });
}

/// Switches the webhook, whatever became of it since it was loaded.
async fn set_status(id: Id, status: WebhookStatus) -> Result<Webhook, api::ApiError> {
    let patch = WebhookPatch { status: Some(status), ..WebhookPatch::default() };
    api::change_webhook(id, None, &patch).await.inspect(webhook::remember)
}

/// The question before a webhook is deleted or deactivated.
#[component]
pub(crate) fn Question(what: Asked, asked: RwSignal<Option<Asked>>, done: Callback<Outcome>) -> impl IntoView {
    let t = strings();
    let element = NodeRef::<html::Dialog>::new();
    let busy = RwSignal::new(false);
    let became = RwSignal::new(None::<Outcome>);
    let (webhook, deletes) = match what {
        Asked::Delete(webhook) => (webhook, true),
        Asked::Deactivate(webhook) => (webhook, false),
    };
    let (title, text, word) = if deletes {
        (t.delete_title, t.delete_text, t.delete_confirm)
    } else {
        (t.deactivate_title, t.active_hint, t.deactivate)
    };
    let url = webhook.url.clone();
    let tell = move |outcome| {
        // Gone when another page was opened meanwhile, which has a focus of its own.
        let is_here = done.try_run(outcome).is_some();
        // The button that opened the dialog goes with the webhook.
        if is_here && outcome == Outcome::Deleted {
            browser::focus("main h1");
        }
    };
    let confirm = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let webhook = webhook.clone();
        spawn_local(async move {
            let answer = if deletes {
                api::delete_webhook(webhook.id).await.inspect(|()| webhook::forget())
            } else {
                set_status(webhook.id, WebhookStatus::Inactive).await.map(drop)
            };
            let outcome = if deletes && answer.is_ok() { Outcome::Deleted } else { Outcome::Changed };
            match answer {
                Ok(()) => notice::say(if deletes { t.deleted } else { t.deactivated }),
                Err(error) => {
                    let failed = if deletes { t.could_not_delete } else { t.could_not_save };
                    notice::warn(format!("{failed} {}", explain(&error)));
                }
            }
            match became.try_set(Some(outcome)) {
                None => dialog::close(element),
                // The question was closed meanwhile.
                Some(_) => tell(outcome),
            }
        });
    };
    let gone = move || {
        let outcome = became.get_untracked();
        asked.set(None);
        if let Some(outcome) = outcome {
            tell(outcome);
        }
    };
    view! {
        <Dialog title=title asks=true gone=gone element=element>
            <div class="body"><p class="mono url">{url}</p><p>{text}</p></div>
            <footer>
                <button type="button" class="btn" autofocus on:click=move |_| dialog::close(element)>{t.cancel}</button>
                <button type="button" class="btn danger" aria-disabled=move || busy.get().to_string() on:click=confirm>{word}</button>
            </footer>
        </Dialog>
    }
}
