//! Problems: every error that leaves the API, as `application/problem+json` (RFC 9457) with a code of the closed list.

mod outages;

use self::outages::Outages;
use crate::store::{StoreError, Unwritten};
use actix_web::{HttpResponse, ResponseError, body::BoxBody, http::StatusCode};
use http::HeaderName;
use shared::{Code, FieldError, Problem, paths};
use std::{fmt, time::Instant};

/// The header that carries the request's id, on every answer.
pub(crate) const REQUEST_ID: &str = "x-request-id";

/// How long a client shall wait when the server is busy or its database away, in seconds.
const SOON: u64 = 1;

const NOTHING: &str = "There is nothing here. Check the URL and the ID.";

/// What this process's log is told of, wherever a request fails.
static OUTAGES: Outages = Outages::new();

/// What is wrong with a request, or with us.
#[derive(Debug)]
pub struct Error {
    code: Code,
    detail: String,
    errors: Vec<FieldError>,
    headers: Vec<(HeaderName, String)>,
}

impl Error {
    /// A problem of that code; `detail` says what to do about it.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), headers: Vec::new() }
    }

    /// A problem that passes: the same may be asked again after so many seconds.
    pub fn later(code: Code, detail: impl Into<String>, seconds: u64) -> Self {
        Self::new(code, detail).with_header(http::header::RETRY_AFTER, seconds.to_string())
    }

    /// Members of the request that are not valid, at least one. The code is that of the first.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let code = errors.first().map_or(Code::ValidationFailed, |error| error.code);
        let detail = match errors.as_slice() {
            [only] => only.detail.clone(),
            _ => format!("{} things in the request are not valid; each is listed in errors.", errors.len()),
        };
        Self { errors, ..Self::new(code, detail) }
    }

    /// Refuses members that are not valid, if there are any.
    pub fn refuse(errors: Vec<FieldError>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self::invalid(errors)) }
    }

    /// There is nothing at this address, or it belongs to somebody else: the answer is the same.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, NOTHING)
    }

    /// The same for somebody who may name a tenant, if that is what it is: what is another tenant's is not found either.
    pub fn looked_for_in(&self, tenant: &str) -> Option<Self> {
        let is_plain = self.code == Code::NotFound && self.detail == NOTHING;
        let told = || {
            format!(
                "{NOTHING} It was looked for in the tenant {tenant}; the header Hookwright-Tenant names another one."
            )
        };
        is_plain.then(|| Self::new(self.code, told()))
    }

    /// A fault on our side: the source goes to the log, and nothing of it to the client.
    pub fn internal(source: impl fmt::Display) -> Self {
        tracing::error!(error = %source, "internal error");
        Self::new(
            Code::InternalError,
            "Something failed on our side. Try again; if it keeps failing, report the request ID to whoever runs this server.",
        )
    }

    /// The problem with one more header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The problem with the place of what is there already, below the API.
    #[must_use]
    pub fn at(self, place: impl fmt::Display) -> Self {
        self.with_header(http::header::LOCATION, format!("{}/{place}", paths::API))
    }

    /// The problem's code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The problem as it goes over the wire.
    pub fn problem(&self) -> Problem {
        Problem {
            kind: format!("{}#{}", paths::PROBLEMS, self.code.name()),
            title: self.code.title().to_owned(),
            status: self.code.status(),
            detail: self.detail.clone(),
            code: self.code,
            request_id: crate::request_id::current().unwrap_or_default(),
            errors: self.errors.clone(),
        }
    }

    /// What is wrong with which member.
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)?;
        // Of one the detail is that of the whole.
        let mut listed = self.errors.iter().filter(|_| self.errors.len() > 1);
        listed.try_for_each(|error| write!(f, "\n  {}: {}", error.pointer, error.detail))
    }
}

impl std::error::Error for Error {}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let later = |code, detail: &str| Self::later(code, detail, SOON);
        if let StoreError::ReadOnly | StoreError::Full | StoreError::Unavailable(_) = error {
            OUTAGES.tell(&error, Instant::now());
        }
        match error {
            StoreError::Busy => later(
                Code::TooManyRequests,
                "Events are published faster than they can be written. Try again in a moment.",
            ),
            StoreError::Crowded => {
                later(Code::StorageUnavailable, "Too many large queries are running. Try again in a moment.")
            }
            StoreError::ReadOnly => later(
                Code::StorageReadOnly,
                "The database is read-only at the moment. Reading still works. Try again later.",
            ),
            StoreError::Full => later(Code::StorageFull, "The disk is full. Reading still works; free space to go on."),
            StoreError::Unavailable(_) => {
                later(Code::StorageUnavailable, "The database does not answer at the moment. Try again.")
            }
            StoreError::Taken | StoreError::Query(_) => Self::internal(error),
        }
    }
}

impl From<Error> for Unwritten<Error> {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let problem = self.problem();
        let mut response = HttpResponse::build(self.status_code());
        for (name, value) in &self.headers {
            response.insert_header((name.as_str(), value.as_str()));
        }
        let body = serde_json::to_string(&problem).unwrap_or_default();
        response.content_type("application/problem+json").body(body)
    }
}
