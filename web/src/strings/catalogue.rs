//! The catalogue of event types.

/// Texts of the catalogue.
pub(crate) struct Catalogue {
    pub(crate) filter: &'static str,
    pub(crate) none_title: &'static str,
    pub(crate) none_text: &'static str,
    pub(crate) none_match: &'static str,
    pub(crate) webhooks: fn(u32) -> String,
    pub(crate) example: &'static str,
    pub(crate) no_example: &'static str,
    pub(crate) schema: &'static str,
    pub(crate) send_title: fn(&str) -> String,
    pub(crate) send_to: &'static str,
    pub(crate) types_of: fn(&str, usize) -> String,
}

pub(super) const EN: Catalogue = Catalogue {
    filter: "Filter by name or description",
    none_title: "No event types yet",
    none_text: "The catalogue tells what can happen. Integrators add types through the API, with a description and an example.",
    none_match: "No event types match this filter",
    webhooks: |count| match count {
        0 => "no webhook".into(),
        1 => "1 webhook".into(),
        count => format!("{count} webhooks"),
    },
    example: "Example",
    no_example: "This type has no example yet.",
    schema: "Schema",
    send_title: |name| format!("Send an example of {name}"),
    send_to: "To which webhook?",
    types_of: |source, count| format!("{source} ({count})"),
};

pub(super) const PT_BR: Catalogue = Catalogue {
    filter: "Filtrar por nome ou descrição",
    none_title: "Nenhum tipo de evento ainda",
    none_text: "O catálogo diz o que pode acontecer. Integradores adicionam tipos pela API, com descrição e exemplo.",
    none_match: "Nenhum tipo de evento corresponde a este filtro",
    webhooks: |count| match count {
        0 => "nenhum webhook".into(),
        1 => "1 webhook".into(),
        count => format!("{count} webhooks"),
    },
    example: "Exemplo",
    no_example: "Este tipo ainda não tem exemplo.",
    schema: "Esquema",
    send_title: |name| format!("Enviar um exemplo de {name}"),
    send_to: "Para qual webhook?",
    types_of: |source, count| format!("{source} ({count})"),
};
