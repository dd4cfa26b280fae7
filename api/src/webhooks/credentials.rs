//! The headers that a webhook's settings add to its requests: that of its authentication, and its custom ones.

use super::is_sealed_in;
use crate::{app::App, delivery::request, problem::Error, secrets::Place, store::webhooks::WebhookRow};
use shared::{
    AuthenticationInput, AuthenticationType, Code, CustomHeader, FieldError, MAX_HEADERS_BYTES, WebhookPatch,
};

/// What only the server knows of the headers of a webhook that is made or changed.
pub(super) fn check_headers(app: &App, row: &WebhookRow, patch: &WebhookPatch, errors: &mut Vec<FieldError>) {
    let WebhookPatch { authentication, headers, .. } = patch;
    let mut refuse = |at: &str, code, detail: &str| {
        // What is wrong with a field by itself was told before.
        if errors.iter().all(|known| known.pointer != at) {
            errors.push(FieldError::new(at, code, detail));
        }
    };
    // The signature's header is a setting. A credential in it would be shown as a signature.
    let folded = |name: &str| name.to_ascii_lowercase().replace('_', "-");
    let taken_by_us = [app.identity.signature_header.clone(), app.identity.previous_signature_header()];
    let is_signature = |name: &str| taken_by_us.iter().any(|taken| folded(name) == folded(taken));
    let carries_signature = "This header carries the signature. Use another one, for example X-API-Key.";
    let taken = match authentication {
        Some(input) => sent_in(input.kind, input.header.as_deref().unwrap_or_default()),
        None => sent_in(row.auth_type, &row.auth_name),
    };
    if authentication.is_some() && taken.is_some_and(is_signature) {
        refuse("/authentication/header", Code::HeaderReserved, carries_signature);
    }
    let has = |name: &str| row.header_names.iter().any(|had| had.eq_ignore_ascii_case(name));
    let Some(headers) = headers else {
        if taken.is_some_and(has) {
            let detail = "One of the webhook's custom headers has this name. Take that out, or use another one.";
            refuse("/authentication/header", Code::HeaderRepeated, detail);
        }
        return;
    };
    for (index, CustomHeader { name, value }) in headers.iter().enumerate() {
        let at = format!("/headers/{index}/name");
        if is_signature(name) {
            refuse(&at, Code::HeaderReserved, carries_signature);
        }
        if taken.is_some_and(|taken| taken.eq_ignore_ascii_case(name)) {
            refuse(&at, Code::HeaderRepeated, "The authentication sends this header already.");
        }
        if value.is_none() && !has(name) {
            let detail = "A header that was not there before needs a value.";
            refuse(&format!("/headers/{index}/value"), Code::MissingField, detail);
        }
    }
}

/// The header in which that authentication is sent.
fn sent_in(kind: AuthenticationType, header: &str) -> Option<&str> {
    match kind {
        AuthenticationType::None => None,
        AuthenticationType::Basic => Some("authorization"),
        AuthenticationType::ApiKey => Some(header),
    }
}

/// Sets the authentication; credentials that are left out stay. The input has been checked. Returns whether that changes anything: a form
/// sends back what it was shown, and programs send everything again.
pub(super) fn authenticate(app: &App, row: &mut WebhookRow, input: AuthenticationInput) -> bool {
    let AuthenticationInput { kind, username, password, header, value } = input;
    let (name, credential) = match kind {
        AuthenticationType::None => (None, None),
        AuthenticationType::Basic => (username, password),
        AuthenticationType::ApiKey => (header, value),
    };
    let (name, place) = (name.unwrap_or_default(), Place::WebhookAuthentication(row.id));
    let sealed = row.auth_sealed.as_deref().unwrap_or_default();
    let credential = credential.filter(|credential| !is_sealed_in(app, sealed, place, credential));
    if credential.is_none() && (kind, &name) == (row.auth_type, &row.auth_name) {
        return false;
    }
    if let Some(credential) = credential {
        row.auth_sealed = Some(app.sealer.seal(place, credential.as_bytes()));
    }
    if kind == AuthenticationType::None {
        row.auth_sealed = None;
    }
    (row.auth_type, row.auth_name) = (kind, name);
    true
}

/// Sets the webhook's custom headers; values that are left out stay. The input has been checked. Returns whether that changes anything.
pub(super) fn set_headers(app: &App, row: &mut WebhookRow, headers: Vec<CustomHeader>) -> Result<bool, Error> {
    let had = request::header_values(&app.sealer, row).map_err(Error::internal)?;
    let kept = |header: &CustomHeader| {
        let place = row.header_names.iter().position(|name| header.is_named(name))?;
        had.get(place).cloned()
    };
    let value = |header: &CustomHeader| header.value.clone().or_else(|| kept(header)).unwrap_or_default();
    let values: Vec<_> = headers.iter().map(value).collect();
    let names: Vec<_> = headers.into_iter().map(|header| header.name).collect();
    // Those that are kept count too.
    if names.iter().chain(&values).map(String::len).sum::<usize>() > MAX_HEADERS_BYTES {
        let detail = "With the values that are kept, custom headers have more than 8,192 bytes in all.";
        return Err(Error::invalid(vec![FieldError::new("/headers", Code::OutOfRange, detail)]));
    }
    if (&names, &values) == (&row.header_names, &had) {
        return Ok(false);
    }
    let sealed = serde_json::to_vec(&values).map_err(Error::internal)?;
    row.headers_sealed = (!names.is_empty()).then(|| app.sealer.seal(Place::WebhookHeaders(row.id), &sealed));
    row.header_names = names;
    Ok(true)
}
