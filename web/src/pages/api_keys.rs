//! API keys: the credentials of programs. A key is shown once, when it is made.

use super::access::{AccessTabs, confirmed};
use crate::{
    api, browser,
    format::{self, Part},
    query::Query,
    strings::strings,
    ui::{
        choice::{self, Chosen},
        copy::shown_once,
        dialog,
        icon::Icon,
        listing::listing,
        search::{SearchBar, in_address},
        short_form::{Entry, ShortForm, form_dialog},
        table::data_table,
    },
};
use leptos::{html, prelude::*};
use shared::{ApiKey, NewApiKey, Page, Role, Timestamp};

const API_KEYS: &str = "/access/api-keys";

/// After how many days a new key expires; 0: never.
const LIFETIMES: [u32; 4] = [0, 30, 90, 365];

#[component]
pub(crate) fn ApiKeysPage() -> impl IntoView {
    let a = strings().accounts;
    browser::set_title(a.api_keys);
    let [search, cursor] = ["q", "after"].map(in_address);
    let query = Query::new(
        move || (search.get(), cursor.get()),
        |(search, cursor)| async move { api::api_keys(&search, &cursor).await },
    );
    let adding = RwSignal::new(false);
    let made = RwSignal::new(None::<String>);
    let none = [a.no_api_keys, a.no_api_keys_text, "", a.no_api_keys_match];
    let table = move |page: RwSignal<Page<ApiKey>>| (move || table(page.get().items, query)).into_any();
    view! {
        <div class="head">
            <h1 tabindex="-1">{a.access}</h1>
            <div class="end">
                <button type="button" class="btn primary" on:click=move |_| adding.set(true)>{Icon::Plus.view()}{a.new_api_key}</button>
            </div>
        </div>
        <AccessTabs/>
        {move || made.get().map(|key| {
            let (title, text) = (a.api_key_made.to_owned(), a.api_key_made_text.to_owned());
            shown_once(title, text, strings().authentication_api_key, key, move || made.set(None))
        })}
        <SearchBar path=API_KEYS label=a.filter_api_keys/>
        {listing(API_KEYS, query, a.could_not_load_api_keys, none, None, table)}
        {move || adding.get().then(|| new_key_dialog(adding, made, query))}
    }
}

fn table(items: Vec<ApiKey>, query: Query<Page<ApiKey>>) -> AnyView {
    let (t, a) = (strings(), strings().accounts);
    let columns = [(a.name, ""), (a.role, ""), (a.last_used, ""), (a.expires, ""), (t.actions, "num")];
    let rows = items.into_iter().map(|key| row(key, query)).collect_view().into_any();
    data_table("tbl", a.api_keys, &columns, rows)
}

fn row(key: ApiKey, query: Query<Page<ApiKey>>) -> impl IntoView {
    let a = strings().accounts;
    let ApiKey { id, name, role, platform, created_at, expires_at, last_used_at, revoked_at } = key;
    let label = (a.revoke_of)(&name);
    let question = format!("{label}?");
    let revoke = move |_| {
        confirmed(&*question, a.revoke_text, None, a.revoke, api::revoke_api_key(id), a.api_key_revoked, *query);
    };
    let action = match revoked_at {
        Some(at) => view! { <span class="muted">{(a.revoked_on)(&format::instant(at))}</span> }.into_any(),
        None => view! { <button type="button" class="btn small" aria-label=label on:click=revoke>{a.revoke}</button> }
            .into_any(),
    };
    let instant = |at: Option<_>, none: &'static str| at.map_or_else(|| none.to_owned(), format::instant);
    view! {
        <tr role="row">
            <td role="cell" class="full">{name}<span class="hint mono">{format!("hw_{id}_…")}</span>{created(created_at)}</td>
            <td role="cell">{(a.role_name)(role)}{platform.then(|| view! { <span class="hint">{a.of_the_platform}</span> })}</td>
            <td role="cell" class="muted"><span class="slim hint">{a.last_used}</span>{instant(last_used_at, a.never)}</td>
            <td role="cell" class="muted"><span class="slim hint">{a.expires}</span>{instant(expires_at, a.never)}</td>
            <td role="cell" class="full"><div class="row-actions">{action}</div></td>
        </tr>
    }
}

/// Since when it is there, below its name.
pub(super) fn created(at: Timestamp) -> impl IntoView {
    view! { <span class="hint">{strings().accounts.since}" "{format::part(at, Part::Date)}</span> }
}

fn new_key_dialog(adding: RwSignal<bool>, made: RwSignal<Option<String>>, query: Query<Page<ApiKey>>) -> AnyView {
    let a = strings().accounts;
    let element = NodeRef::<html::Dialog>::new();
    let name = RwSignal::new(String::new());
    let role = RwSignal::new(Role::Publisher);
    let form = ShortForm::new(&[("/name", "#key-name")]);
    let lifetime = RwSignal::new(LIFETIMES[0]);
    let names = LIFETIMES.map(|days| (a.expires_after)(days).to_owned()).into();
    let expiry = choice::field("expires", a.expires, names, Chosen::of(&LIFETIMES, lifetime));
    let submit = move |event| {
        let days = i64::from(lifetime.get_untracked());
        let new = NewApiKey {
            name: name.get_untracked(),
            role: role.get_untracked(),
            expires_at: (days > 0).then(|| format::now().plus_seconds(days * 86_400)),
            platform: false,
        };
        form.submit(event, async move { api::create_api_key(&new).await }, move |created| {
            made.set(Some(created.key));
            query.reload();
            dialog::close(element);
            request_animation_frame(|| {
                browser::focus("#shown-once");
            });
        });
    };
    let fields = view! {
        <Entry form=form id="key-name" label=a.name hint=a.api_key_name_hint autofocus=true value=name/>
        <RoleField roles=&Role::ALL role=role/>
        {expiry}
    };
    let (submit, gone) = (Callback::new(submit), Callback::new(move |()| adding.set(false)));
    form_dialog(a.new_api_key.to_owned(), form, fields.into_any(), a.create_api_key, element, submit, gone)
}

/// Chooses a role, and says what it may do.
#[component]
pub(super) fn RoleField(roles: &'static [Role], role: RwSignal<Role>) -> impl IntoView {
    let a = strings().accounts;
    let choices = roles.iter().map(|&one| ((a.role_name)(one), (a.role_text)(one))).collect();
    view! { <fieldset><legend>{a.role}</legend>{choice::explained("role", choices, Chosen::of(roles, role))}</fieldset> }
}
