//! The rules for accounts, keys and tenants.

use super::{Errors, misleads};
use crate::{
    Code, FieldError, Id, NewApiKey, NewOperator, NewPortalLink, NewTenant, OperatorPatch, PasswordChange, Role, SetUp,
    TenantName, TenantPatch,
};

/// The longest password in bytes: a longer one would only keep the server busy.
pub const MAX_PASSWORD_BYTES: usize = 1_024;
/// The shortest password in characters.
pub const MIN_PASSWORD_CHARS: usize = 10;
/// The longest e-mail address in bytes (RFC 5321).
const MAX_EMAIL_BYTES: usize = 254;
const MAX_NAME_CHARS: usize = 100;
const MAX_EXTERNAL_ID_BYTES: usize = 255;

impl Errors {
    fn email(&mut self, email: &str) {
        let parts = email.split_once('@');
        let fine = email.len() <= MAX_EMAIL_BYTES
            && parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
            && !email.chars().any(|c| c.is_whitespace() || c.is_control() || misleads(c));
        self.unless(fine, "/email", Code::EmailInvalid, "Write an e-mail address, such as ana@example.com.");
    }

    fn role_of_a_person(&mut self, role: Role) {
        let detail = "An operator is a viewer, an editor or an admin; publisher is for API keys.";
        self.unless(role != Role::Publisher, "/role", Code::ValidationFailed, detail);
    }

    fn password(&mut self, password: &str, pointer: &str) {
        let fine = password.len() <= MAX_PASSWORD_BYTES
            && password.chars().take(MIN_PASSWORD_CHARS).count() == MIN_PASSWORD_CHARS;
        let detail = "A password must have at least 10 characters and at most 1,024 bytes.";
        self.unless(fine, pointer, Code::PasswordInvalid, detail);
    }

    fn name(&mut self, name: &str, pointer: &str) {
        let fine = (1..=MAX_NAME_CHARS).contains(&name.chars().take(MAX_NAME_CHARS + 1).count())
            && !name.chars().any(misleads)
            && name.trim() == name;
        let detail = "A name must have 1 to 100 characters, no space at either end and no control characters.";
        self.unless(fine, pointer, Code::NameInvalid, detail);
    }
}

impl NewOperator {
    /// What is wrong with it; empty when nothing is.
    pub fn check(&self) -> Vec<FieldError> {
        let Self { email, password, role, platform: _ } = self;
        let mut errors = Errors::default();
        errors.email(email);
        errors.password(password, "/password");
        errors.role_of_a_person(*role);
        errors.0
    }
}

impl OperatorPatch {
    /// What is wrong with it; empty when nothing is.
    pub fn check(&self) -> Vec<FieldError> {
        let mut errors = Errors::default();
        if let Some(password) = &self.password {
            errors.password(password, "/password");
        }
        if let Some(role) = self.role {
            errors.role_of_a_person(role);
        }
        errors.0
    }
}

impl SetUp {
    /// What is wrong with it; empty when nothing is.
    pub fn check(&self) -> Vec<FieldError> {
        let Self { token: _, email, password } = self;
        let mut errors = Errors::default();
        errors.email(email);
        errors.password(password, "/password");
        errors.0
    }
}

impl PasswordChange {
    /// What is wrong with it; empty when nothing is.
    pub fn check(&self) -> Vec<FieldError> {
        let mut errors = Errors::default();
        errors.password(&self.new_password, "/new_password");
        errors.0
    }
}

impl NewApiKey {
    /// What is wrong with it; empty when nothing is.
    pub fn check(&self) -> Vec<FieldError> {
        let mut errors = Errors::default();
        errors.name(&self.name, "/name");
        errors.0
    }
}

impl NewTenant {
    /// What is wrong with it; empty when nothing is.
    pub fn check(&self) -> Vec<FieldError> {
        let Self { name, external_id } = self;
        let mut errors = Errors::default();
        errors.name(name, "/name");
        errors.external_id(external_id.as_deref());
        errors.0
    }
}

impl TenantName {
    /// What is wrong with it; empty when nothing is.
    pub fn check(&self) -> Vec<FieldError> {
        let Self { name } = self;
        let mut errors = Errors::default();
        errors.name(name, "/name");
        errors.0
    }
}

impl TenantPatch {
    /// What is wrong with it; empty when nothing is.
    pub fn check(&self) -> Vec<FieldError> {
        let Self { name, external_id } = self;
        let mut errors = Errors::default();
        if let Some(name) = name {
            errors.name(name, "/name");
        }
        errors.external_id(external_id.as_ref().and_then(Option::as_deref));
        errors.0
    }
}

impl Errors {
    fn external_id(&mut self, external_id: Option<&str>) {
        let fine = external_id.is_none_or(|id| is_external_id(id) && id.parse::<Id>().is_err());
        let detail = "An external ID must have 1 to 255 printable ASCII characters without spaces, and must not look like a \
                      Hookwright ID (26 letters and digits).";
        self.unless(fine, "/external_id", Code::ValidationFailed, detail);
    }
}

/// Whether the platform's own id of a tenant may be written so: it stands in a header.
pub fn is_external_id(text: &str) -> bool {
    (1..=MAX_EXTERNAL_ID_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl NewPortalLink {
    /// What is wrong with it; empty when nothing is.
    pub fn check(&self) -> Vec<FieldError> {
        let Self { role, expires_in, visitor, page } = self;
        let mut errors = Errors::default();
        let fine = matches!(role, Role::Viewer | Role::Editor);
        errors.unless(fine, "/role", Code::ValidationFailed, "A portal link is for a viewer or an editor.");
        let fine = (60..=86_400).contains(expires_in);
        errors.unless(fine, "/expires_in", Code::OutOfRange, "A portal link can be opened for 60 to 86,400 seconds.");
        if let Some(visitor) = visitor {
            errors.name(visitor, "/visitor");
        }
        let fine = page.as_deref().is_none_or(is_portal_page);
        errors.unless(fine, "/page", Code::ValidationFailed, PORTAL_PAGE_DETAIL);
        errors.0
    }
}

const PORTAL_PAGE_DETAIL: &str = "A page is a path that begins with /webhooks, /events, /event-types or /tools and has letters, digits, - and \
/ only, such as /webhooks/ID or /events?status=failed; behind the ? may stand any visible ASCII characters but #, 500 in all.";
/// The pages that a portal link may lead to, by how their paths begin.
const PORTAL_PAGES: [&str; 4] = ["/webhooks", "/events", "/event-types", "/tools"];

/// Whether a path is one that a portal link may lead to: it stays within the portal.
pub fn is_portal_page(path: &str) -> bool {
    let page = path.split('?').next().unwrap_or_default();
    // Ids and names have no other characters, and a path with dots could lead elsewhere.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-');
    let is_below = |known: &str| page.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    path.len() <= 500
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
        && page.chars().all(is_plain)
        && !page.contains("//")
        && PORTAL_PAGES.into_iter().any(is_below)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operator(email: &str, password: &str) -> Vec<Code> {
        let new = NewOperator { email: email.into(), password: password.into(), role: Role::Viewer, platform: false };
        new.check().into_iter().map(|error| error.code).collect()
    }

    #[test]
    fn e_mail_addresses_and_passwords() {
        assert_eq!(operator("ana@example.com", "ten chars!"), []);
        assert_eq!(operator("ana@localhost", &"x".repeat(1_024)), []);
        for email in ["", "ana", "@example.com", "ana@", "a@b@c", "ana @example.com", "ana\u{202e}@example.com"] {
            assert_eq!(operator(email, "ten chars!"), [Code::EmailInvalid], "{email}");
        }
        for password in ["", "nine char", &"x".repeat(1_025)] {
            assert_eq!(operator("ana@example.com", password), [Code::PasswordInvalid]);
        }
    }

    #[test]
    fn names_say_something() {
        for name in ["", " ", " a", "a\n", &"x".repeat(101)] {
            assert_eq!(NewTenant { name: name.into(), external_id: None }.check().len(), 1, "{name:?}");
        }
        assert_eq!(NewTenant { name: "Ação & Co.".into(), external_id: None }.check(), []);
    }
}
