//! The reader's own settings.

use crate::{
    browser, format, preferences, shortcuts,
    strings::{self, Language, strings},
};
use leptos::prelude::*;
use leptos_router::components::A;
use shared::paths;

#[component]
pub(crate) fn SettingsPage() -> impl IntoView {
    let t = strings();
    browser::set_title(t.shell.settings);
    let languages = Language::ALL.map(|language| {
        let choose = move |_| preferences::choose_language(language);
        (language.name(), language == strings::language(), language.tag(), Callback::new(choose))
    });
    let theme = browser::theme();
    let themes = [("", t.theme_system), ("light", t.theme_light), ("dark", t.theme_dark)]
        .map(|(value, name)| (name, value == theme, value, Callback::new(move |()| browser::set_theme(value))));
    let zones = [(t.settings.utc.to_owned(), true), ((t.settings.my_zone)(&format::zone()), false)];
    let [utc, mine] = zones.map(|(name, utc)| {
        (
            name,
            utc == preferences::utc(),
            if utc { "utc" } else { "local" },
            Callback::new(move |()| preferences::choose_utc(utc)),
        )
    });
    let languages = languages
        .map(|(name, is, value, choose)| (name.to_owned(), is, value, Callback::new(move |()| choose.run(()))));
    let themes = themes.map(|(name, is, value, choose)| (name.to_owned(), is, value, choose));
    let switch = move |event| preferences::choose_shortcuts(event_target_checked(&event));
    view! {
        <div class="head"><h1 tabindex="-1">{t.shell.settings}</h1></div>
        <section class="card pad settings">
            {choice("language", t.settings.language, languages)}
            {choice("theme", t.theme, themes)}
            {choice("zone", t.settings.times, [mine, utc])}
            <label class="radio">
                <input class="switch" type="checkbox" role="switch" id="shortcuts" prop:checked=preferences::shortcuts on:change=switch/>
                <span>{t.settings.shortcuts}<br/><span class="hint">{t.settings.shortcuts_hint}</span></span>
            </label>
            <p><button type="button" class="btn" on:click=move |_| shortcuts::show_sheet()>{t.settings.shortcuts_list}</button></p>
            <p class="hint">{t.settings.kept_here}</p>
        </section>
        <section class="card pad settings" aria-label=t.settings.more>
            <ul class="links" role="list">
                <li><A href="/tools">{t.tools.title}</A></li>
                <li><a href=format!("{}/", paths::DOCS) rel="external">{t.api_documentation}</a></li>
            </ul>
        </section>
    }
}

/// One of a few, side by side. Each: name, whether it is chosen, value, and what choosing it does.
fn choice<const N: usize>(
    id: &'static str,
    title: &'static str,
    options: [(String, bool, &'static str, Callback<()>); N],
) -> impl IntoView {
    let options = options.map(|(name, chosen, value, choose)| {
        view! { <label><input type="radio" name=id value=value checked=chosen on:change=move |_| choose.run(())/>{name}</label> }
    });
    view! { <fieldset class="field"><legend>{title}</legend><div class="seg">{options}</div></fieldset> }
}
