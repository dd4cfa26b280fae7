//! The portal: manage webhooks, see what happened to each event, send it again.
//!
//! `app.rs` is the table of pages, `api.rs` the only file that makes requests, `strings.rs` has every text. State that a link should
//! restore lives in the URL.
#![expect(unreachable_pub, reason = "Leptos' component macro writes pub")]

mod api;
mod app;
mod brand;
mod browser;
mod effect;
mod few;
mod format;
mod hint;
mod json;
mod lab;
mod live;
mod once;
mod pages;
mod preferences;
mod query;
mod session;
mod shortcuts;
mod strings;
mod ui;

fn main() {
    std::panic::set_hook(Box::new(browser::report_panic));
    preferences::start();
    browser::started();
    leptos::mount::mount_to_body(app::App);
}
