//! The reader's settings, and the settings of a webhook.

/// Texts of both.
pub(crate) struct Settings {
    pub(crate) language: &'static str,
    pub(crate) times: &'static str,
    pub(crate) my_zone: fn(&str) -> String,
    pub(crate) utc: &'static str,
    pub(crate) shortcuts: &'static str,
    pub(crate) shortcuts_hint: &'static str,
    pub(crate) shortcuts_list: &'static str,
    pub(crate) kept_here: &'static str,
    pub(crate) more: &'static str,
    pub(crate) danger: &'static str,
    pub(crate) delete_confirm: fn(&str) -> String,
}

pub(super) const EN: Settings = Settings {
    language: "Language",
    times: "Times in",
    my_zone: |zone| format!("My time zone ({zone})"),
    utc: "UTC",
    shortcuts: "Keyboard shortcuts",
    shortcuts_hint: "Single keys such as j, k and r. They never act while you type in a field.",
    shortcuts_list: "Show the shortcuts",
    kept_here: "These choices are kept in this browser.",
    more: "More",
    danger: "Danger zone",
    delete_confirm: |host| format!("Type {host} to confirm."),
};

pub(super) const PT_BR: Settings = Settings {
    language: "Idioma",
    times: "Horários em",
    my_zone: |zone| format!("Meu fuso horário ({zone})"),
    utc: "UTC",
    shortcuts: "Atalhos de teclado",
    shortcuts_hint: "Teclas simples como j, k e r. Elas nunca agem enquanto você digita em um campo.",
    shortcuts_list: "Mostrar os atalhos",
    kept_here: "Estas escolhas ficam guardadas neste navegador.",
    more: "Mais",
    danger: "Zona de perigo",
    delete_confirm: |host| format!("Digite {host} para confirmar."),
};
