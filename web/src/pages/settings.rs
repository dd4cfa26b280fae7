//! The reader's own settings.

use crate::{
    browser, format, preferences, shortcuts,
    strings::{self, Language, strings},
    ui::choice::{self, Chosen, hint_of, name_of, words},
};
use leptos::prelude::*;
use shared::paths;

/// The themes by their names; none is the system's.
const THEMES: [&str; 3] = ["", "light", "dark"];

#[component]
pub(crate) fn SettingsPage() -> impl IntoView {
    let t = strings();
    browser::set_title(t.shell.settings);
    let chosen = |place: Option<usize>, choose: fn(usize)| Chosen::new(move || place, choose);
    let languages = Language::ALL.map(|language| language.name().to_owned()).into();
    let language = Language::ALL.iter().position(|one| *one == strings::language());
    let language = chosen(language, |at| {
        if let Some(language) = Language::ALL.get(at) {
            browser::keep_focus_at("input[name=language]:checked");
            preferences::choose_language(*language);
        }
    });
    let themes = [t.theme_system, t.theme_light, t.theme_dark].map(str::to_owned).into();
    let theme = browser::theme();
    let theme = chosen(THEMES.iter().position(|one| *one == theme), |at| {
        THEMES.get(at).copied().into_iter().for_each(browser::set_theme);
    });
    let zones = vec![(t.settings.my_zone)(&format::zone()), t.settings.utc.to_owned()];
    let zone = chosen(Some(preferences::utc().into()), |at| preferences::choose_utc(at == 1));
    let switch = move |event| preferences::choose_shortcuts(event_target_checked(&event));
    view! {
        <div class="head"><h1 tabindex="-1">{t.shell.settings}</h1></div>
        <section class="card pad settings">
            {choice::field("language", t.settings.language, languages, language)}
            {choice::field("theme", t.theme, themes, theme)}
            {choice::field("zone", t.settings.times, zones, zone)}
            <label class="radio">
                <input class="switch" type="checkbox" role="switch" id="shortcuts" aria-labelledby=name_of("shortcuts")
                    aria-describedby=hint_of("shortcuts") prop:checked=preferences::shortcuts on:change=switch/>
                {words("shortcuts", t.keyboard.title.into_any(), t.settings.shortcuts_hint.into_any())}
            </label>
            <p><button type="button" class="btn" on:click=move |_| shortcuts::show_sheet()>{t.settings.shortcuts_list}</button></p>
            <p class="hint">{t.settings.kept_here}</p>
        </section>
        <section class="card pad settings" aria-label=t.settings.more>
            <ul role="list">
                <li><a href=format!("{}/", paths::DOCS) rel="external">{t.api_documentation}</a></li>
            </ul>
        </section>
    }
}
