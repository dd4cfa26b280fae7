//! The rules for the credentials that are sent to a receiver.

use super::Errors;
use crate::{AuthenticationInput, AuthenticationType, Code};

impl Errors {
    /// `complete`: whether all credentials must be there, as for a new webhook; in a change what is left out stays.
    pub(super) fn authentication(&mut self, input: &AuthenticationInput, complete: bool) {
        let AuthenticationInput { kind, username, password, header, value } = input;
        match kind {
            AuthenticationType::None => {}
            AuthenticationType::Basic => {
                let at = "/authentication/username";
                match username.as_deref() {
                    None | Some("") => self.add(at, Code::MissingField, "Basic authentication needs a username."),
                    Some(name) => {
                        let fine = name.len() <= 256 && !name.contains(':') && !name.chars().any(char::is_control);
                        let detail = "A username can have at most 256 bytes and no colon.";
                        self.unless(fine, at, Code::UsernameInvalid, detail);
                    }
                }
                let at = "/authentication/password";
                match password {
                    None => self.unless(!complete, at, Code::MissingField, "Basic authentication needs a password."),
                    Some(password) => {
                        self.secret(password, at);
                        let fine = password.len() <= 1_024 && !password.chars().any(char::is_control);
                        let detail = "A password can have at most 1,024 bytes and no control characters.";
                        self.unless(fine, at, Code::HeaderValueInvalid, detail);
                    }
                }
            }
            AuthenticationType::ApiKey => {
                let at = "/authentication/header";
                match header.as_deref() {
                    None => self.add(at, Code::MissingField, "Name the header, for example X-API-Key."),
                    Some(name) => self.header_name(name, at),
                }
                let at = "/authentication/value";
                match value.as_deref() {
                    None => self.unless(!complete, at, Code::MissingField, "An API key needs a value."),
                    Some(value) => self.header_value(value, at),
                }
            }
        }
    }
}
