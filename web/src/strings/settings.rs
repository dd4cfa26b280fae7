//! The reader's settings, and the settings of a webhook.

use super::moment;

/// Texts of both.
pub(crate) struct Settings {
    pub(crate) language: &'static str,
    pub(crate) times: &'static str,
    pub(crate) my_zone: fn(&str) -> String,
    pub(crate) utc: &'static str,
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
    pub(crate) delete_wrong: fn(&str) -> String,
    /// By whom, if it is known, and when.
    pub(crate) changed: fn(Option<&str>, &str) -> String,
    pub(crate) review: &'static str,
    pub(crate) review_text: &'static str,
    pub(crate) nothing_differs: &'static str,
    pub(crate) on_server: &'static str,
    pub(crate) in_form: &'static str,
    pub(crate) take: &'static str,
}

pub(super) const EN: Settings = Settings {
    language: "Language",
    times: "Times in",
    my_zone: |zone| format!("My time zone ({zone})"),
    utc: "UTC",
    shortcuts_hint: "Single keys such as j, k and r. They never act while you type in a field.",
    shortcuts_list: "Show the shortcuts",
    kept_here: "These choices are kept in this browser.",
    more: "More",
    rotate: "Rotate secret",
    rotate_text: "From now on {header} is signed with the new secret: a receiver that checks only that header needs it immediately. For as long as you choose, {header}-Previous carries a signature by the old secret, and webhook-signature (Standard Webhooks) both, so that a receiver that accepts either can switch over in that time.",
    new_secret: "New secret",
    previous_signs_for: "How long to keep signing with the old secret as well",
    overlap: |hours| match hours {
        0 => "Not at all",
        1 => "1 hour",
        24 => "24 hours",
        _ => "7 days",
    },
    previous_signs_until: |time| {
        format!("Signatures by the old secret are sent as well until {time}. Rotating again ends that.")
    },
    rotated: "Secret rotated",
    danger: "Danger zone",
    delete_confirm: |host| format!("Type {host} to confirm."),
    delete_wrong: |host| format!("This is not {host}."),
    changed: |by, when| match by {
        Some(name) => {
            format!("{name} changed this webhook {}. None of your changes were saved.", moment("at", "on", when))
        }
        None => format!("This webhook was changed {}. None of your changes were saved.", moment("at", "on", when)),
    },
    review: "Review changes",
    review_text: "Saving now replaces what is on the server with what is in this form. Secrets, passwords and header values are not compared.",
    nothing_differs: "This form matches the server; it is safe to save. Secrets, passwords and header values are not compared.",
    on_server: "On the server now",
    in_form: "In this form",
    take: "Use the server's",
};

pub(super) const PT_BR: Settings = Settings {
    language: "Idioma",
    times: "Horários em",
    my_zone: |zone| format!("Meu fuso horário ({zone})"),
    utc: "UTC",
    shortcuts_hint: "Teclas simples como j, k e r. Elas não funcionam enquanto você digita em um campo.",
    shortcuts_list: "Mostrar os atalhos",
    kept_here: "Estas escolhas ficam guardadas neste navegador.",
    more: "Mais",
    rotate: "Trocar o segredo",
    rotate_text: "{header} já passa a ser assinado com o novo segredo: um receptor que verifica só esse cabeçalho precisa tê-lo na hora. Pelo tempo escolhido, {header}-Previous leva a assinatura do segredo anterior, e webhook-signature (Standard Webhooks) leva as duas, para que um receptor que aceita qualquer uma delas possa trocar nesse intervalo.",
    new_secret: "Novo segredo",
    previous_signs_for: "Por quanto tempo continuar assinando também com o anterior",
    overlap: |hours| match hours {
        0 => "Não continuar",
        1 => "1 hora",
        24 => "24 horas",
        _ => "7 dias",
    },
    previous_signs_until: |time| {
        format!("Assinaturas do segredo anterior também são enviadas até {time}. Trocar de novo encerra isso.")
    },
    rotated: "Segredo trocado",
    danger: "Zona de perigo",
    delete_confirm: |host| format!("Digite {host} para confirmar."),
    delete_wrong: |host| format!("Isto não é {host}."),
    changed: |by, when| match by {
        Some(name) => {
            format!("{name} alterou este webhook {}. Nenhuma das suas alterações foi salva.", moment("às", "em", when))
        }
        None => {
            format!("Este webhook foi alterado {}. Nenhuma das suas alterações foi salva.", moment("às", "em", when))
        }
    },
    review: "Ver alterações",
    review_text: "Salvar agora substitui o que está no servidor pelo que está neste formulário. Segredos, senhas e valores de cabeçalhos não são comparados.",
    nothing_differs: "Este formulário está igual ao servidor; pode salvar. Segredos, senhas e valores de cabeçalhos não são comparados.",
    on_server: "No servidor agora",
    in_form: "Neste formulário",
    take: "Usar o do servidor",
};
