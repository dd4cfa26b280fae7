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
    pub(crate) rotate: &'static str,
    /// `{header}` stands for the name of the header with the hexadecimal signature.
    pub(crate) rotate_text: &'static str,
    pub(crate) new_secret: &'static str,
    pub(crate) previous_signs_for: &'static str,
    /// For so many hours.
    pub(crate) overlap: fn(u32) -> &'static str,
    pub(crate) previous_signs_until: fn(&str) -> String,
    pub(crate) rotated: &'static str,
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
    rotate: "Rotate secret",
    rotate_text: "Set a new secret without losing an event: for a while webhook-signature holds two signatures, made with the new secret and with the one before, and a receiver that accepts either changes over at its own time. {header} has the new one at once.",
    new_secret: "New secret",
    previous_signs_for: "How long the one before signs too",
    overlap: |hours| match hours {
        0 => "Not at all",
        1 => "1 hour",
        24 => "24 hours",
        _ => "7 days",
    },
    previous_signs_until: |time| format!("The secret before signs too until {time}. Rotating again ends that."),
    rotated: "Secret rotated",
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
    rotate: "Trocar segredo",
    rotate_text: "Defina um novo segredo sem perder nenhum evento: por um tempo webhook-signature traz duas assinaturas, feitas com o novo segredo e com o anterior, e um receptor que aceita qualquer uma delas muda quando quiser. {header} traz a nova desde já.",
    new_secret: "Novo segredo",
    previous_signs_for: "Por quanto tempo o anterior também assina",
    overlap: |hours| match hours {
        0 => "Não assina",
        1 => "1 hora",
        24 => "24 horas",
        _ => "7 dias",
    },
    previous_signs_until: |time| format!("O segredo anterior também assina até {time}. Trocar de novo encerra isso."),
    rotated: "Segredo trocado",
    danger: "Zona de perigo",
    delete_confirm: |host| format!("Digite {host} para confirmar."),
};
