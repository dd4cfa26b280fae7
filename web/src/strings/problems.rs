//! Problems in the reader's language. The server writes them in English, with a code; the other languages say the same by code.

use shared::{Code, FieldError, Problem};

/// How a language says what a code means and what to do. `None`: as the server said it.
pub(crate) type Said = fn(Code) -> Option<&'static str>;

/// English is what the server speaks.
pub(super) const EN: Said = |_| None;

pub(super) const PT_BR: Said = |code| {
    Some(match code {
        Code::NotFound => "Não há nada aqui. Pode ter sido excluído.",
        Code::VersionMismatch => "Alguém alterou isto nesse meio-tempo. Carregue de novo e repita sua alteração.",
        Code::TooManyRequests => "Requisições demais ao mesmo tempo. Espere um pouco e tente de novo.",
        Code::InternalError => "Algo falhou do nosso lado. Tente de novo; se continuar, informe o ID da requisição.",
        Code::StorageUnavailable => "O banco de dados não responde. Tente de novo daqui a pouco.",
        Code::StorageFull => "O disco do banco de dados está cheio.",
        Code::RequestTimeout => "A requisição demorou demais para chegar.",
        Code::ValidationFailed => "Algo na requisição não é válido. Corrija os campos indicados.",
        Code::MissingField => "Preencha este campo.",
        Code::OutOfRange => "O número está fora dos limites.",
        Code::DateRangeInvalid => "O período não é válido: o começo vem antes do fim.",
        Code::SearchTooLong => "O texto da busca é longo demais: no máximo 200 caracteres.",
        Code::CursorInvalid => "Esta página da lista não existe mais. Comece pela primeira.",
        Code::UrlInvalid => "A URL não é válida. Escreva-a inteira, como https://exemplo.com/webhooks.",
        Code::UrlTooLong => "A URL é longa demais: no máximo 2.048 bytes.",
        Code::UrlControlChar => "A URL tem um espaço ou caractere de controle. Remova-o ou codifique-o.",
        Code::UrlSchemeNotAllowed => "Este esquema de URL não é permitido. Use https://.",
        Code::UrlUserinfoNotAllowed => "A URL tem usuário ou senha. Use a autenticação abaixo.",
        Code::UrlFragmentNotAllowed => "A URL tem um fragmento (#…). Ele nunca é enviado: remova-o.",
        Code::UrlNotCanonical => "A URL não está na forma canônica. Escreva-a como um navegador a mostra.",
        Code::UrlPortNotAllowed => "A porta da URL não é permitida.",
        Code::TargetAddressBlocked => {
            "A URL aponta para um endereço que não pode ser chamado. Use um endereço público."
        }
        Code::TargetHostNotAllowed => "O host da URL não pode ser chamado.",
        Code::TargetIsSelf => "A URL aponta para este próprio servidor.",
        Code::SecretInvalid => "O segredo não é válido: 8 a 256 bytes; depois de whsec_, base64.",
        Code::SecretPlaceholder => {
            "Isto é a máscara que substitui o segredo. Digite o segredo, ou deixe vazio para mantê-lo."
        }
        Code::DescriptionInvalid => "A descrição não é válida: no máximo 200 caracteres, em uma linha.",
        Code::FilterInvalid => "A seleção de eventos não é válida. Escolha pelo menos um tipo, como SOURCE.TYPE.",
        Code::UsernameInvalid => "O usuário não é válido: sem dois-pontos nem caracteres de controle.",
        Code::HeaderNameInvalid => "O nome do cabeçalho não é válido. Use letras, dígitos e hífens.",
        Code::HeaderValueInvalid => "O valor do cabeçalho não é válido: sem quebras de linha.",
        Code::HeaderReserved => "Este cabeçalho é reservado. Use outro, como X-API-Key.",
        Code::WebhookDeleted => "O webhook foi excluído.",
        Code::WebhookInactive => "O webhook está inativo. Ative-o primeiro.",
        Code::DeliveryNotFailed => "Esta entrega não falhou; não há o que reenviar.",
        Code::DeliveryInProgress => "Uma tentativa está em andamento. Espere por ela.",
        Code::EventExpired => "O evento já foi removido: o prazo de retenção passou.",
        _ => return None,
    })
};

/// What a problem says, in the reader's language.
pub(crate) fn of_problem(problem: &Problem) -> String {
    said(problem.code).map_or_else(|| problem.detail.clone(), str::to_owned)
}

/// What is wrong with a field, in the reader's language.
pub(crate) fn of_field(error: &FieldError) -> String {
    said(error.code).map_or_else(|| error.detail.clone(), str::to_owned)
}

fn said(code: Code) -> Option<&'static str> {
    (super::strings().problem)(code)
}
