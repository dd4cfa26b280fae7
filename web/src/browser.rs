//! What only the browser can do: copy, random bytes, focus, the page's title.

use crate::{api, brand};
use leptos::{
    prelude::*,
    wasm_bindgen::{JsCast as _, JsValue},
};
use shared::{ClientError, Id, SECRET_PREFIX};
use std::{cell::RefCell, panic::PanicHookInfo, time::Duration};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, HtmlElement, Url, UrlSearchParams, console};

/// How much of what broke is told at most, in characters.
const LONGEST_WORDS: usize = 200;
/// How long a part of a path may be that is no id: as the longest in the table of pages.
const LONGEST_WORD: usize = 11;

/// Where a tab keeps what shall have the focus when its page was loaded anew.
const FOCUS: &str = "focus";

/// How many random bytes a generated secret has.
const SECRET_BYTES: usize = 32;

/// What says that the portal is on its way goes.
pub(crate) fn started() {
    if let Some(said) = document().get_element_by_id("starting") {
        said.remove();
    }
}

/// Shows the page's static message for faults, and tells the server: after a panic nothing else of the portal runs. What breaks after
/// the first fault follows from it.
pub(crate) fn report_panic(info: &PanicHookInfo<'_>) {
    console::error_1(&info.to_string().into());
    let found = |id| document().get_element_by_id(id);
    let message = found("broken").filter(|message| message.has_attribute("hidden"));
    if let (Some(message), Some(copy)) = (message, found("copy-details")) {
        let address = window().location().href().unwrap_or_default();
        // `boot.js` copies them.
        let _ = copy.set_attribute("value", &format!("{info}\n{address}"));
        let _ = message.remove_attribute("hidden");
        api::report(&ClientError {
            message: what_broke(info),
            location: info.location().map(ToString::to_string).unwrap_or_default(),
            page: pattern(&window().location().pathname().unwrap_or_default()),
            build: script().unwrap_or_default(),
        });
    }
}

/// What a panic says, up to the first value in it: that may be what somebody typed.
fn what_broke(info: &PanicHookInfo<'_>) -> String {
    let words = info.payload().downcast_ref::<&str>().copied().map(str::to_owned);
    let made = || info.payload().downcast_ref::<String>().map(|text| without_values(text));
    words.or_else(made).unwrap_or_default()
}

fn without_values(text: &str) -> String {
    // What `unwrap` says quotes code before it comes to the value.
    let is_of_unwrap = text.starts_with("called `");
    let words = if is_of_unwrap { text.split(": ").next() } else { text.split([':', '`', '"', '\'']).next() };
    words.unwrap_or_default().chars().take(LONGEST_WORDS).collect()
}

/// A path as a pattern: what stands in it may be an id, or anything that somebody wrote into an address.
fn pattern(path: &str) -> String {
    let is_word = |part: &str| part.len() <= LONGEST_WORD && part.bytes().all(|c| c.is_ascii_lowercase() || c == b'-');
    let part = |part| match is_word(part) {
        true => part,
        false if part.parse::<Id>().is_ok() => ":id",
        false => ":other",
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// The file of the portal that runs here; its name tells the build.
pub(crate) fn script() -> Option<String> {
    document().query_selector("link[rel=modulepreload]").ok().flatten()?.get_attribute("href")
}

/// Copies the text; false if the browser did not allow it.
pub(crate) async fn copy(text: String) -> bool {
    let clipboard = window().navigator().clipboard();
    // Not there on pages that are not served securely.
    if clipboard.is_undefined() {
        return false;
    }
    JsFuture::from(clipboard.write_text(&text)).await.is_ok()
}

/// Waits so long.
pub(crate) async fn pause(duration: Duration) {
    let mut wait = |resume: js_sys::Function, _| set_timeout(move || drop(resume.call0(&JsValue::NULL)), duration);
    // There is nothing in it that could fail.
    let _ = JsFuture::from(js_sys::Promise::new(&mut wait)).await;
}

/// A new secret in the form of Standard Webhooks, `whsec_<base64>`; nothing without a source of randomness.
pub(crate) fn generate_secret() -> Option<String> {
    let mut bytes = [0; SECRET_BYTES];
    window().crypto().ok()?.get_random_values_with_u8_array(&mut bytes).ok()?;
    let binary: String = bytes.into_iter().map(char::from).collect();
    window().btoa(&binary).ok().map(|encoded| format!("{SECRET_PREFIX}{encoded}"))
}

/// Moves the focus to the first element that matches; false if there is none.
pub(crate) fn focus(selector: &str) -> bool {
    let found = document().query_selector(selector).ok().flatten();
    let element = found.and_then(|element| element.dyn_into::<HtmlElement>().ok());
    element.is_some_and(|element| element.focus().is_ok())
}

/// Takes the focus from what has it.
pub(crate) fn blur() {
    if let Some(element) = document().active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.blur();
    }
}

/// Moves the focus to the page's heading once what had it is gone. Without this the next Tab would begin at the top of the page.
pub(crate) fn keep_focus() {
    request_animation_frame(|| {
        let is_lost = document().active_element().is_none_or(|element| element.tag_name() == "BODY");
        if is_lost {
            focus("main h1");
        }
    });
}

/// Every element that matches.
pub(crate) fn all(selector: &str) -> Vec<HtmlElement> {
    let Ok(found) = document().query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|index| found.get(index)?.dyn_into().ok()).collect()
}

/// Whether that element has the focus.
pub(crate) fn has_focus(element: &HtmlElement) -> bool {
    document().active_element().is_some_and(|focused| focused == **element)
}

/// Whether a dialog is open.
pub(crate) fn has_dialog() -> bool {
    document().query_selector("dialog[open]").ok().flatten().is_some()
}

/// What stands behind `#` in the address, which is taken out of it: a token must not stay where it can be seen or bookmarked.
pub(crate) fn take_fragment() -> String {
    let location = window().location();
    let fragment = location.hash().unwrap_or_default().trim_start_matches('#').to_owned();
    if let (false, Ok(history), Ok(path)) = (fragment.is_empty(), window().history(), location.pathname()) {
        let _ = history.replace_state_with_url(&leptos::wasm_bindgen::JsValue::NULL, "", Some(&path));
    }
    fragment
}

/// Whether nobody can see the page, because another tab is in front.
pub(crate) fn hidden() -> bool {
    document().hidden()
}

/// Says which page is shown: its title stands in the browser's tab, and its heading gets the focus when it is another page than
/// before, so that a screen reader reads it. Called when the heading is there.
pub(crate) fn set_title(page: &str) {
    set_passing_title(page);
    request_animation_frame(|| {
        let path = window().location().pathname().unwrap_or_default();
        let page = page_of(&path).to_owned();
        let before = SHOWN.replace(page.clone());
        if before.is_empty() {
            // The first page has the browser's own focus, unless it was loaded for what was pressed.
            if let Some(selector) = kept_by_tab(FOCUS).filter(|selector| !selector.is_empty()) {
                keep_by_tab(FOCUS, "");
                focus(&selector);
            }
        } else if before != page && !has_dialog() {
            focus("main h1");
        }
    });
}

/// The page is about to be loaded anew: the focus shall then be at the first element that matches.
pub(crate) fn keep_focus_at(selector: &str) {
    keep_by_tab(FOCUS, selector);
}

/// Another page comes to this address: its heading gets the focus, too.
pub(crate) fn turn_page() {
    SHOWN.replace("/".to_owned());
}

/// The title while a page is still loading, or of a dialog, which has its own focus.
pub(crate) fn set_passing_title(title: &str) {
    document().set_title(&format!("{title} · {}", brand::name()));
}

thread_local! {
    /// The path of the page that was shown last.
    static SHOWN: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Goes one step back in the history, if that page was shown before a dialog came over it. False if it was not: then the dialog was
/// opened by its address.
pub(crate) fn back_to(page: &str) -> bool {
    let came_from = SHOWN.with_borrow(|shown| shown == page);
    came_from && window().history().is_ok_and(|history| history.back().is_ok())
}

/// Whether a dialog stands at that path, over a page.
fn is_dialog(path: &str) -> bool {
    path.starts_with("/webhooks/") && (path.ends_with("/new") || path.ends_with("/edit"))
}

/// Whether a dialog stands at the page's address.
pub(crate) fn is_at_dialog() -> bool {
    window().location().pathname().is_ok_and(|path| is_dialog(&path))
}

/// The path of the page: below a dialog, and without the tab of an event's details.
fn page_of(path: &str) -> &str {
    let tab = ["/request", "/responses"].into_iter().find_map(|tab| path.strip_suffix(tab));
    match tab.filter(|_| path.starts_with("/events/")) {
        _ if is_dialog(path) => "/webhooks",
        Some(event) => event,
        None => path,
    }
}

/// Says in which language the page is.
pub(crate) fn set_language(tag: &str) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("lang", tag);
    }
}

/// The colour scheme that was chosen; empty for the system's.
pub(crate) fn theme() -> String {
    stored("theme").unwrap_or_default()
}

/// Chooses a colour scheme and remembers it. `boot.js` applies it when the page is loaded.
pub(crate) fn set_theme(theme: &str) {
    let Some(root) = document().document_element() else { return };
    if theme.is_empty() {
        let _ = root.remove_attribute("data-theme");
    } else {
        let _ = root.set_attribute("data-theme", theme);
    }
    store("theme", theme);
}

/// What was kept under that name.
pub(crate) fn stored(name: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(name).ok().flatten()
}

/// Keeps a value under that name. Without storage the choice lasts as long as the page.
pub(crate) fn store(name: &str, value: &str) {
    if let Some(storage) = window().local_storage().ok().flatten() {
        let _ = storage.set_item(name, value);
    }
}

/// What this tab keeps under that name, as long as it is open.
pub(crate) fn kept_by_tab(name: &str) -> Option<String> {
    window().session_storage().ok().flatten()?.get_item(name).ok().flatten()
}

/// Keeps a value for this tab.
pub(crate) fn keep_by_tab(name: &str, value: &str) {
    if let Some(storage) = window().session_storage().ok().flatten() {
        let _ = storage.set_item(name, value);
    }
}

/// The page's address on this server, without what stands behind `#`.
pub(crate) fn address() -> String {
    let location = window().location();
    location.pathname().unwrap_or_default() + &location.search().unwrap_or_default()
}

/// The same without that parameter.
pub(crate) fn address_without(name: &str) -> String {
    let location = window().location();
    let (path, search) = (location.pathname().unwrap_or_default(), location.search().unwrap_or_default());
    let Ok(parameters) = UrlSearchParams::new_with_str(&search) else { return path };
    parameters.delete(name);
    format!("{path}?{}", parameters.to_string()).trim_end_matches('?').to_owned()
}

/// Goes there as by a link, so that whoever would lose what was typed is asked.
pub(crate) fn follow(path: &str) {
    if let Some(link) = link_to(path) {
        click(&link);
    }
}

/// Clicks on a link, also on one that stands nowhere.
pub(crate) fn click(link: &HtmlElement) {
    if link.is_connected() {
        return link.click();
    }
    if let Some(body) = document().body() {
        let _ = body.append_child(link);
        link.click();
        link.remove();
    }
}

fn link_to(address: &str) -> Option<HtmlAnchorElement> {
    let link = document().create_element("a").ok()?.dyn_into::<HtmlAnchorElement>().ok()?;
    link.set_href(address);
    Some(link)
}

/// The value of that parameter in the page's address.
pub(crate) fn parameter(name: &str) -> Option<String> {
    let query = window().location().search().ok()?;
    UrlSearchParams::new_with_str(&query).ok()?.get(name)
}

/// The languages that the reader prefers, best first.
pub(crate) fn languages() -> Vec<String> {
    window().navigator().languages().iter().filter_map(|tag| tag.as_string()).collect()
}

/// Loads the page at its address without any parameters.
pub(crate) fn load_plain() {
    if let Ok(path) = window().location().pathname() {
        load(&path);
    }
}

/// Loads the page of that path, with nothing kept of what was loaded before.
pub(crate) fn load(path: &str) {
    let _ = window().location().assign(path);
}

/// Loads the page again.
pub(crate) fn reload() {
    let _ = window().location().reload();
}

/// Saves a text as a file of that name. It is bytes of somebody else: of no kind that a browser would open instead.
pub(crate) fn download(name: &str, text: &str) {
    let kind = BlobPropertyBag::new();
    kind.set_type("application/octet-stream");
    let blob = Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&text.into()), &kind);
    let Ok(blob) = blob else { return };
    let Ok(address) = Url::create_object_url_with_blob(&blob) else { return };
    if let Some(link) = link_to(&address) {
        link.set_download(name);
        link.click();
    }
    let _ = Url::revoke_object_url(&address);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialog_is_no_page_of_its_own() {
        assert_eq!(
            ["/webhooks/new", "/webhooks/01J/edit", "/webhooks/01J/events", "/webhooks"].map(page_of),
            ["/webhooks", "/webhooks", "/webhooks/01J/events", "/webhooks"]
        );
    }

    #[test]
    fn what_is_reported_tells_nothing_of_what_somebody_wrote() {
        let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
        assert_eq!(
            [format!("/events/{id}/responses"), "/access/operators".into(), "/ana@example.com/x".into()]
                .map(|path| pattern(&path)),
            ["/events/:id/responses", "/access/operators", "/:other/x"]
        );
        assert_eq!(
            without_values("byte index 2 is not a char boundary; it is inside 'é' of `typed`"),
            "byte index 2 is not a char boundary; it is inside "
        );
        assert_eq!(
            without_values("called `Result::unwrap()` on an `Err` value: typed"),
            "called `Result::unwrap()` on an `Err` value"
        );
        assert_eq!(without_values(&"é".repeat(300)), "é".repeat(200));
    }

    #[test]
    fn the_tabs_of_an_event_are_one_page() {
        assert_eq!(["/events/01J", "/events/01J/request", "/events/01J/responses"].map(page_of), ["/events/01J"; 3]);
    }
}
