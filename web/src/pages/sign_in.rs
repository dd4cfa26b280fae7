//! Signing in: as a page of its own, or over the page that was open when the session ended, so that nothing typed there is lost.

use crate::{
    api, browser, preferences,
    session::Current,
    strings::{self, Language, strings},
    ui::{dialog::Dialog, icon::Icon, show::explain},
};
use leptos::{ev, html, prelude::*, task::spawn_local};

/// The page for whoever is not signed in.
#[component]
pub(crate) fn SignInPage(current: Current) -> impl IntoView {
    let a = strings().accounts;
    browser::set_title(a.sign_in);
    let set_up_needed = RwSignal::new(false);
    spawn_local(async move {
        // Only a hint: without an answer the form is all there is to say.
        if let Ok(state) = api::set_up_state().await {
            set_up_needed.try_set(state.needed);
        }
    });
    let hint = move || {
        set_up_needed.get().then(|| view! { <p class="note info">{Icon::Alert.view()}<span>{a.set_up_hint}</span></p> })
    };
    view! {
        <section class="card narrow way-in">
            <h1 tabindex="-1">{a.sign_in}</h1>
            {hint}
            <SignInForm current=current email=String::new() done=|| ()/>
            <LanguageField/>
        </section>
    }
}

/// The language, for whoever cannot reach the settings yet.
#[component]
fn LanguageField() -> impl IntoView {
    let options = Language::ALL.map(|language| {
        view! { <option value=language.tag() selected=language == strings::language()>{language.name()}</option> }
    });
    let choose = move |event| {
        if let Some(language) = Language::of(&event_target_value(&event)) {
            preferences::choose_language(language);
        }
    };
    view! {
        <label class="vh" for="language">{strings().settings.language}</label>
        <select class="in" id="language" on:change=choose>{options}</select>
    }
}

/// The form over a page whose session has ended.
#[component]
pub(crate) fn SignInDialog(current: Current) -> impl IntoView {
    let a = strings().accounts;
    let element = NodeRef::<html::Dialog>::new();
    let email = current.session.with_untracked(|session| session.as_ref().map(|session| session.name.clone()));
    // Whoever closes it goes on looking at what is there; the next request asks again.
    let gone = move || current.expired.set(false);
    view! {
        <Dialog title=a.session_ended may_close=|| true gone=gone element=element>
            <div class="body">
                <p>{a.session_ended_text}</p>
                <SignInForm current=current email=email.unwrap_or_default() done=move || crate::ui::dialog::close(element)/>
            </div>
        </Dialog>
    }
}

#[component]
fn SignInForm(current: Current, email: String, done: impl Fn() + Copy + 'static) -> impl IntoView {
    let a = strings().accounts;
    let email = RwSignal::new(email);
    let password = RwSignal::new(String::new());
    let failed = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            let signed_in = api::sign_in(email.get_untracked(), password.get_untracked()).await;
            busy.try_set(false);
            match signed_in {
                Ok(session) => {
                    password.try_set(String::new());
                    done();
                    current.begin(session);
                }
                Err(error) => {
                    failed.try_set(Some(explain(&error)));
                    browser::focus("#sign-in-password");
                }
            }
        });
    };
    view! {
        <form class="stack" on:submit=submit>
            <Failed text=failed/>
            <Entry id="sign-in-email" label=a.email kind="email" autocomplete="username" value=email/>
            <Entry id="sign-in-password" label=a.password kind="password" autocomplete="current-password" value=password/>
            <button type="submit" class="btn primary" aria-disabled=move || busy.get().to_string()>{a.sign_in}</button>
        </form>
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
    value: RwSignal<String>,
) -> impl IntoView {
    let t = strings();
    let described = (!hint.is_empty()).then(|| format!("{id}-hint"));
    let hint = (!hint.is_empty()).then(|| view! { <p class="hint" id=format!("{id}-hint")>{hint}</p> });
    let shown = RwSignal::new(false);
    let look = (kind == "password").then(|| {
        view! {
            <button type="button" class="btn" aria-controls=id on:click=move |_| shown.update(|shown| *shown = !*shown)>
                {move || if shown.get() { t.hide } else { t.show }}
            </button>
        }
    });
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <div class="group">
                <input class="in" id=id type=move || if shown.get() { "text" } else { kind } autocomplete=autocomplete required=required
                    spellcheck="false" aria-describedby=described bind:value=value/>
                {look}
            </div>
            {hint}
        </div>
    }
}
