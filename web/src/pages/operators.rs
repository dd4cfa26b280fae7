//! Operators: the people who may sign in.

use super::{
    access::{AccessTabs, confirmed},
    api_keys::{RoleField, created},
};
use crate::{
    api, browser, format,
    query::Query,
    strings::strings,
    ui::{
        dialog,
        icon::Icon,
        listing::listing,
        notice,
        search::{SearchBar, in_address},
        short_form::{Entry, ShortForm, form_dialog},
        table::data_table,
    },
};
use leptos::{html, prelude::*};
use shared::{NewOperator, Operator, OperatorPatch, Page, Role};

const OPERATORS: &str = "/access/operators";

const ROLES: [Role; 3] = [Role::Viewer, Role::Editor, Role::Admin];

/// What the dialog is about.
#[derive(Clone)]
enum Edited {
    New,
    Known(Operator),
}

#[component]
pub(crate) fn OperatorsPage() -> impl IntoView {
    let a = strings().accounts;
    browser::set_title(a.operators);
    let [search, cursor] = ["q", "after"].map(in_address);
    let query = Query::new(
        move || (search.get(), cursor.get()),
        |(search, cursor)| async move { api::operators(&search, &cursor).await },
    );
    let edited = RwSignal::new(None::<Edited>);
    let none = [a.no_operators, a.no_operators_text, "", a.no_operators_match];
    let table = move |page: RwSignal<Page<Operator>>| (move || table(page.get().items, query, edited)).into_any();
    view! {
        <div class="head">
            <h1 tabindex="-1">{a.access}</h1>
            <div class="end">
                <button type="button" class="btn primary" on:click=move |_| edited.set(Some(Edited::New))>{Icon::Plus.view()}{a.new_operator}</button>
            </div>
        </div>
        <AccessTabs/>
        <SearchBar path=OPERATORS label=a.filter_operators/>
        {listing(OPERATORS, query, a.could_not_load_operators, none, None, table)}
        {move || edited.get().map(|what| operator_dialog(what, edited, query))}
    }
}

fn table(items: Vec<Operator>, query: Query<Page<Operator>>, edited: RwSignal<Option<Edited>>) -> AnyView {
    let (t, a) = (strings(), strings().accounts);
    let columns = [(a.email, ""), (a.role, ""), (a.last_sign_in, ""), (t.actions, "num")];
    let rows = items.into_iter().map(|operator| row(operator, query, edited)).collect_view().into_any();
    data_table("tbl", a.operators, &columns, rows)
}

fn row(operator: Operator, query: Query<Page<Operator>>, edited: RwSignal<Option<Edited>>) -> impl IntoView {
    let (t, a) = (strings(), strings().accounts);
    let Operator { id, email, role, platform, created_at, last_sign_in_at } = operator.clone();
    let (edit_label, delete_label) = ((t.edit_of)(&email), (t.delete_of)(&email));
    let question = (t.delete_question)(&email);
    let delete = move |_| {
        let deleted = api::delete_operator(id);
        confirmed(&*question, a.delete_operator_text, None, t.delete, deleted, a.operator_deleted, *query);
    };
    let edit = move |_| edited.set(Some(Edited::Known(operator.clone())));
    view! {
        <tr role="row">
            <td role="cell" class="full">{email}{created(created_at)}</td>
            <td role="cell">{(a.role_name)(role)}{platform.then(|| view! { <span class="hint">{a.of_the_platform}</span> })}</td>
            <td role="cell" class="muted"><span class="slim hint">{a.last_sign_in}</span>{last_sign_in_at.map_or_else(|| a.never.to_owned(), format::instant)}</td>
            <td role="cell" class="full">
                <div class="row-actions">
                    <button type="button" class="btn small" aria-label=edit_label on:click=edit>{t.edit}</button>
                    <button type="button" class="btn small" aria-label=delete_label on:click=delete>{t.delete}</button>
                </div>
            </td>
        </tr>
    }
}

fn operator_dialog(what: Edited, edited: RwSignal<Option<Edited>>, query: Query<Page<Operator>>) -> AnyView {
    let a = strings().accounts;
    let element = NodeRef::<html::Dialog>::new();
    let known = match &what {
        Edited::New => None,
        Edited::Known(operator) => Some(operator.clone()),
    };
    let email = RwSignal::new(known.as_ref().map(|operator| operator.email.clone()).unwrap_or_default());
    let role = RwSignal::new(known.as_ref().map_or(Role::Viewer, |operator| operator.role));
    let password = RwSignal::new(String::new());
    let form = ShortForm::new(&[("/email", "#operator-email"), ("/password", "#operator-password")]);
    let id = known.as_ref().map(|operator| operator.id);
    let submit = move |event| {
        let (email, role, password) = (email.get_untracked(), role.get_untracked(), password.get_untracked());
        let save = async move {
            match id {
                None => api::create_operator(&NewOperator { email, password, role, platform: false }).await,
                Some(id) => {
                    let password = Some(password).filter(|password| !password.is_empty());
                    api::change_operator(id, &OperatorPatch { role: Some(role), password }).await
                }
            }
        };
        form.submit(event, save, move |_| {
            notice::say(a.operator_saved);
            query.reload();
            dialog::close(element);
        });
    };
    let (title, hint, action) = match &known {
        None => (a.new_operator.to_owned(), a.first_password_hint, a.create_operator),
        Some(operator) => (operator.email.clone(), a.new_password_hint, a.save),
    };
    let email_field = known.is_none().then(
        || view! { <Entry form=form id="operator-email" label=a.email kind="email" autofocus=true value=email/> },
    );
    let required = known.is_none();
    let fields = view! {
        {email_field}
        <RoleField roles=&ROLES role=role/>
        <Entry form=form id="operator-password" label=strings().password kind="password" autocomplete="new-password" hint=hint required=required value=password/>
    };
    let (submit, gone) = (Callback::new(submit), Callback::new(move |()| edited.set(None)));
    form_dialog(title, form, fields.into_any(), action, element, submit, gone)
}
