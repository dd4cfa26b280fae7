//! Tenants: the customers of the platform. Its operators find them here, act for them, and look after them.

use super::{access::confirmed, api_keys::RoleField, webhooks::FAILING_WEBHOOKS};
use crate::{
    api::{self, FAILING},
    browser, format,
    query::Query,
    session::{self, DEFAULT_TENANT},
    strings::strings,
    ui::{
        acting::TENANTS,
        choice::{self, Chosen},
        copy::shown_once,
        crumbs::crumbs,
        dialog,
        icon::Icon,
        listing::listing,
        notice, pill,
        search::{SearchBar, in_address},
        short_form::{Entry, ShortForm, form_dialog},
        table::{data_table, rows},
    },
};
use leptos::{html, prelude::*};
use shared::{Id, NewPortalLink, NewTenant, Page, PortalLink, Role, Tenant, TenantPatch, TenantSummary};

/// The states that the list can be narrowed to; none stands for all.
const STATES: [&str; 2] = ["", FAILING];

/// Which roles the visitors of a link may have.
const ROLES: [Role; 2] = [Role::Viewer, Role::Editor];

/// For how many seconds a link can be opened.
const SECONDS: [u32; 3] = [600, 3_600, 86_400];

/// A link that was made, below what it is.
type Made = (String, PortalLink);

/// What is open over the list.
#[derive(Clone)]
enum Opened {
    New,
    Edit(Tenant),
    Link(Tenant),
}

#[component]
pub(crate) fn TenantsPage() -> impl IntoView {
    let (t, n) = (strings(), &strings().tenants);
    browser::set_title(n.title);
    let [search, status, cursor] = ["q", "status", "after"].map(in_address);
    let query = Query::new(
        move || (search.get(), status.get(), cursor.get()),
        |(search, status, cursor)| async move { api::tenants(&search, &status, &cursor).await },
    );
    let names = [t.all, t.shell.failing].map(|name| name.to_owned().into()).into();
    let opened = RwSignal::new(None::<Opened>);
    let made = RwSignal::new(None::<Made>);
    let new = for_managers(move || {
        view! {
            <div class="end">
                <button type="button" class="btn primary" on:click=move |_| opened.set(Some(Opened::New))>{Icon::Plus.view()}{n.new}</button>
            </div>
        }
    });
    let gone = Callback::new(move |()| opened.set(None));
    let dialog = move |what| match what {
        Opened::New => tenant_dialog(None, query, gone),
        Opened::Edit(tenant) => tenant_dialog(Some(tenant), query, gone),
        Opened::Link(tenant) => link_dialog(tenant, made, gone),
    };
    let link = move |(of, PortalLink { url, expires_at }): Made| {
        let text = (n.link_made)(&format::instant(expires_at));
        shown_once(of, text, n.link, url, move || made.set(None))
    };
    view! {
        {crumbs(&[("/account", t.accounts.account)], n.title.into_any())}
        <div class="head"><h1 tabindex="-1">{n.title}</h1>{new}</div>
        {move || made.get().map(link)}
        <SearchBar path=TENANTS label=n.filter states=&STATES names=names/>
        {listing(TENANTS, query, n.could_not_load, ["", "", n.none_failing, n.none_match], None, move |page| table(page, query, opened))}
        {move || opened.get().map(dialog)}
    }
}

/// What only they see who may make, change and delete tenants.
fn for_managers<V: IntoView + 'static>(content: impl Fn() -> V + Send + 'static) -> impl IntoView {
    move || session::may_administer().then(&content)
}

fn table(
    page: RwSignal<Page<TenantSummary>>,
    query: Query<Page<TenantSummary>>,
    opened: RwSignal<Option<Opened>>,
) -> AnyView {
    let (t, n) = (strings(), &strings().tenants);
    let ids = Memo::new(move |_| page.with(|page| page.items.iter().map(|item| item.tenant.id).collect::<Vec<_>>()));
    let columns = [(t.accounts.name, ""), (n.external_id, ""), (t.webhooks, ""), (n.created, ""), (t.actions, "num")];
    data_table("tbl tenants", n.title, &columns, rows(ids, Callback::new(move |id| row(id, page, query, opened))))
}

/// A row. Its cells change where they stand.
fn row(
    id: Id,
    page: RwSignal<Page<TenantSummary>>,
    query: Query<Page<TenantSummary>>,
    opened: RwSignal<Option<Opened>>,
) -> AnyView {
    let (t, n) = (strings(), &strings().tenants);
    let summary = Memo::new(move |_| page.with(|page| page.items.iter().find(|item| item.tenant.id == id).cloned()));
    let name = move || summary.get().map(|summary| summary.tenant.name);
    let external_id = move || {
        let external_id = summary.get()?.tenant.external_id?;
        Some(titled(n.external_id, view! { <span class="mono">{external_id}</span> }.into_any()))
    };
    let webhooks = move || {
        let TenantSummary { tenant, webhooks, failing } = summary.get()?;
        let failing = (failing > 0).then(|| to_failing(tenant, failing));
        Some(titled(t.webhooks, view! { <div class="bar">{format::number(webhooks)}{failing}</div> }.into_any()))
    };
    // The default tenant is there from the beginning, whenever that was.
    let created = move || {
        let summary = summary.get().filter(|_| id != DEFAULT_TENANT)?;
        Some(format::instant(summary.tenant.created_at))
    };
    view! {
        <tr role="row">
            <td role="cell" class="full"><span class="words">{name}</span><span class="hint mono">{id.to_string()}</span></td>
            <td role="cell" class="url full">{external_id}</td>
            <td role="cell">{webhooks}</td>
            <td role="cell" class="muted hide-s">{created}</td>
            <td role="cell" class="full">{actions(id, summary, query, opened)}</td>
        </tr>
    }
    .into_any()
}

/// How many webhooks of a tenant are failing, which leads to them: who does not act for it yet does so from then on.
fn to_failing(tenant: Tenant, count: u64) -> AnyView {
    let (id, failing) = (tenant.id, pill::of_failing(count));
    if session::tenant() == Some(id) {
        return view! { <a href=FAILING_WEBHOOKS class="link">{failing}</a> }.into_any();
    }
    let label = (strings().tenants.act_for_failing)(&format::number(count), &called(&tenant));
    let act = move |_| session::act_for(id, FAILING_WEBHOOKS);
    view! { <button type="button" class="link" aria-label=label.clone() title=label on:click=act>{failing}</button> }
        .into_any()
}

/// What stands in a cell, with the column's name where no head tells it.
fn titled(name: &'static str, content: AnyView) -> AnyView {
    view! { <span class="slim hint">{name}</span>{content} }.into_any()
}

fn actions(
    id: Id,
    summary: Memo<Option<TenantSummary>>,
    query: Query<Page<TenantSummary>>,
    opened: RwSignal<Option<Opened>>,
) -> AnyView {
    let (t, n) = (strings(), &strings().tenants);
    let button = move |word: &'static str, of: fn(&str) -> String, act: Callback<Tenant>| {
        let label = move || summary.get().map(|summary| of(&called(&summary.tenant)));
        let pressed = move |_| summary.get_untracked().into_iter().for_each(|summary| act.run(summary.tenant));
        view! { <button type="button" class="btn small" aria-label=label on:click=pressed>{word}</button> }.into_any()
    };
    let act = if session::tenant() == Some(id) {
        view! { <span class="muted">{n.you_act_for_this}</span> }.into_any()
    } else {
        button(n.act_for, n.act_for_this, Callback::new(move |_| session::act_for(id, "/webhooks")))
    };
    let open = move |what: fn(Tenant) -> Opened| Callback::new(move |tenant| opened.set(Some(what(tenant))));
    let remove = move |tenant: Tenant| {
        let webhooks = summary.with_untracked(|summary| summary.as_ref().map_or(0, |summary| summary.webhooks));
        let (question, text) = match webhooks {
            0 => ((t.delete_question)(&called(&tenant)), n.delete_text),
            webhooks => ((n.delete_with_webhooks)(&called(&tenant), webhooks), n.delete_with_webhooks_text),
        };
        let erases = ArcRwSignal::new(false);
        let tick = Some((n.erase, n.erase_hint, erases.clone()));
        confirmed(question, text, tick, t.delete, delete(id, webhooks > 0, erases), n.deleted, *query);
    };
    let manage = for_managers(move || {
        let mut buttons =
            vec![button(n.link, n.link_of, open(Opened::Link)), button(t.edit, t.edit_of, open(Opened::Edit))];
        if id != DEFAULT_TENANT {
            buttons.push(button(t.delete, t.delete_of, Callback::new(remove)));
        }
        buttons
    });
    view! { <div class="row-actions">{act}{manage}</div> }.into_any()
}

fn called(tenant: &Tenant) -> String {
    session::called(tenant.name.clone(), tenant.external_id.as_deref())
}

/// Deletes a tenant, and the webhooks that it is known to have. Whoever acted for it acts for the default tenant then, which is nothing that
/// the page could go on with. `erases`: whether what its events held goes too, read when the question was answered.
async fn delete(id: Id, with_webhooks: bool, erases: ArcRwSignal<bool>) -> Result<(), api::ApiError> {
    api::delete_tenant(id, with_webhooks, erases.get_untracked()).await?;
    if session::tenant() == Some(id) {
        session::load_anew(TENANTS);
        std::future::pending::<()>().await;
    }
    Ok(())
}

fn tenant_dialog(known: Option<Tenant>, query: Query<Page<TenantSummary>>, gone: Callback<()>) -> AnyView {
    let (t, n) = (strings(), &strings().tenants);
    let element = NodeRef::<html::Dialog>::new();
    let (title, label) = match &known {
        None => (n.new.to_owned(), n.create),
        Some(tenant) => ((t.edit_of)(&called(tenant)), t.accounts.save),
    };
    let id = known.as_ref().map(|tenant| tenant.id);
    let (name, external_id) = known.map(|tenant| (tenant.name, tenant.external_id)).unwrap_or_default();
    let (name, external_id) = (RwSignal::new(name), RwSignal::new(external_id.unwrap_or_default()));
    let form = ShortForm::new(&[("/name", "#tenant-name"), ("/external_id", "#external-id")]);
    let submit = move |event| {
        let name = name.get_untracked().trim().to_owned();
        let external_id = Some(external_id.get_untracked().trim().to_owned()).filter(|typed| !typed.is_empty());
        let save = async move {
            match id {
                None => api::create_tenant(&NewTenant { name, external_id }).await,
                Some(id) => {
                    let patch = TenantPatch { name: Some(name), external_id: Some(external_id) };
                    api::change_tenant(id, &patch).await
                }
            }
        };
        form.submit(event, save, move |saved| {
            session::saved(&saved);
            notice::say(n.saved);
            query.reload();
            dialog::close(element);
        });
    };
    let fields = view! {
        <Entry form=form id="tenant-name" label=t.accounts.name autofocus=true value=name/>
        <Entry form=form id="external-id" label=n.external_id hint=n.external_id_hint required=false value=external_id/>
    };
    form_dialog(title, form, fields.into_any(), label, element, Callback::new(submit), gone)
}

/// Asks for a link that opens the portal of a tenant.
fn link_dialog(tenant: Tenant, made: RwSignal<Option<Made>>, gone: Callback<()>) -> AnyView {
    let n = &strings().tenants;
    let element = NodeRef::<html::Dialog>::new();
    let (role, seconds) = (RwSignal::new(ROLES[0]), RwSignal::new(SECONDS[0]));
    let visitor = RwSignal::new(String::new());
    let form = ShortForm::new(&[("/visitor", "#visitor")]);
    let (id, title) = (tenant.id, (n.link_of)(&called(&tenant)));
    let of = title.clone();
    let submit = move |event| {
        let visitor = Some(visitor.get_untracked().trim().to_owned()).filter(|typed| !typed.is_empty());
        let new =
            NewPortalLink { role: role.get_untracked(), expires_in: seconds.get_untracked(), visitor, page: None };
        let of = of.clone();
        form.submit(event, async move { api::create_portal_link(id, &new).await }, move |link| {
            made.try_set(Some((of, link)));
            dialog::close(element);
            request_animation_frame(|| {
                browser::focus("#shown-once");
            });
        });
    };
    let times = SECONDS.map(|seconds| (n.valid)(seconds).to_owned()).into();
    let fields = view! {
        <p>{n.link_text}</p>
        <RoleField roles=&ROLES role=role/>
        <Entry form=form id="visitor" label=n.visitor hint=n.visitor_hint required=false value=visitor/>
        {choice::field("valid", n.valid_for, times, Chosen::of(&SECONDS, seconds))}
    };
    form_dialog(title, form, fields.into_any(), n.create_link, element, Callback::new(submit), gone)
}
