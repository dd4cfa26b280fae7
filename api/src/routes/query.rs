//! Query strings: what is not known is an error, so that a typing mistake does not silently show everything.

use super::body::nearest;
use crate::{
    auth::Caller,
    cursor::CursorKey,
    openapi::operations,
    problem::Error,
    store::{Rows, Slice},
};
use actix_web::{
    HttpMessage as _, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web::Data,
};
use shared::{Code, FieldError, Id, Named, Page, Timestamp, check_single_type, paths};
use std::borrow::Cow;
use url::form_urlencoded;
use utoipa::openapi::{
    OpenApi, RefOr,
    path::{Parameter, ParameterIn},
};

/// The largest page.
const MAX_LIMIT: u32 = 100;
/// The usual page.
const DEFAULT_LIMIT: u32 = 50;
/// How long a text to search for may be, in characters.
const MAX_SEARCH: usize = 200;

/// The page of a list.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "what the document says; the query is read strictly")]
pub(super) struct Paging {
    /// Rows of a page
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
    /// Where to go on: `next_cursor` of the page before
    cursor: Option<String>,
}

/// The operations that take parameters, by method and path.
pub(crate) struct Parametrized(Vec<(&'static str, String)>);

impl Parametrized {
    /// Those of which the document says so.
    pub(crate) fn of(document: &mut OpenApi) -> Self {
        let mut found = Vec::new();
        for (path, item) in &mut document.paths.paths {
            for (method, operation) in operations(item) {
                let mut parameters = operation.parameters.iter().flatten();
                let is_query = |parameter: &RefOr<Parameter>| match parameter {
                    RefOr::T(parameter) => matches!(parameter.parameter_in, ParameterIn::Query),
                    RefOr::Ref(_) => false,
                };
                if parameters.any(is_query) {
                    found.push((method, path.clone()));
                }
            }
        }
        Self(found)
    }
}

/// Refuses parameters where none is taken: what they ask for would not happen, and something else would.
pub(crate) async fn expected(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let is_unexpected = |known: &Data<Parametrized>, path: String| {
        path.starts_with(paths::API) && !known.0.iter().any(|(method, of)| *method == request.method() && *of == path)
    };
    if !request.query_string().is_empty()
        && let (Some(known), Some(path)) = (request.app_data::<Data<Parametrized>>(), request.match_pattern())
        && is_unexpected(known, path)
        && let Err(error) = Query::read(request.request(), &[])
    {
        return Ok(request.error_response(error));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// The parameters of a request.
pub(super) struct Query {
    parameters: Vec<(String, String)>,
    /// The name of the list that they are about, empty where it is none: a cursor is good for no other list.
    list: String,
    /// Whose lists they are about: a cursor is good for no other tenant.
    tenant_id: Option<Id>,
}

impl Query {
    /// Reads the query string; each parameter must be one of `known` and stand once. An empty text to search for, or an empty
    /// cursor, counts as left out; any other empty one would show everything to whoever forgot to fill it in.
    pub(super) fn read(request: &HttpRequest, known: &[&str]) -> Result<Self, Error> {
        let mut parameters: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(request.query_string().as_bytes()) {
            if !known.contains(&&*name) {
                let detail = match nearest(&name, known.iter().copied()) {
                    Some(nearest) => format!("There is no parameter {name:?} here. Did you mean {nearest:?}?"),
                    None if known.is_empty() => "This endpoint takes no parameters.".into(),
                    None => format!("There is no parameter {name:?} here. Known parameters: {}.", known.join(", ")),
                };
                return Err(Error::new(Code::UnknownParameter, detail));
            }
            if parameters.iter().any(|(before, _)| *before == name) {
                return Err(refused(
                    &name,
                    Code::InvalidParameter,
                    "The parameter appears twice. Send it once; where it takes several values, they are separated by commas.",
                ));
            }
            if value.contains('\0') {
                return Err(refused(&name, Code::InvalidParameter, "The value has a NUL character. Remove it."));
            }
            if !value.is_empty() {
                parameters.push((name.into_owned(), value.into_owned()));
            } else if !["q", "cursor"].contains(&&*name) {
                let detail = "The parameter has no value. Give it one, or leave it out.";
                return Err(refused(&name, Code::InvalidParameter, detail));
            }
        }
        let tenant_id = request.extensions().get::<Caller>().map(|who| who.tenant_id);
        Ok(Self { parameters, list: String::new(), tenant_id })
    }

    /// Reads the query string of a list, which takes those filters and the page to show.
    pub(super) fn of_list(request: &HttpRequest, list: impl Into<String>, filters: &[&str]) -> Result<Self, Error> {
        let query = Self::read(request, &[filters, &["limit", "cursor"]].concat())?;
        Ok(Self { list: list.into(), ..query })
    }

    /// A parameter's text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Which part of the list to show.
    pub(super) fn slice(&self, key: &CursorKey) -> Result<Slice, Error> {
        let before = self.text("cursor").map(|cursor| key.open(cursor, &self.filters())).transpose()?;
        Ok(Slice { before, limit: self.limit()? })
    }

    /// How many rows to show.
    fn limit(&self) -> Result<u32, Error> {
        let Some(text) = self.text("limit") else {
            return Ok(DEFAULT_LIMIT);
        };
        let limit = text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
        limit.ok_or_else(|| refused("limit", Code::LimitOutOfRange, "A limit is a number from 1 to 100."))
    }

    /// A page of the list, and its cursor where the list goes on.
    pub(super) fn page<T>(&self, key: &CursorKey, rows: Rows<T>) -> Page<T> {
        Page { items: rows.items, next_cursor: rows.next.map(|id| key.seal(id, &self.filters())) }
    }

    /// What a cursor belongs to: the list and its filters, in a canonical form.
    fn filters(&self) -> String {
        // A cursor is a place in the list; a window of time, which may end now, only says how much of the list there is.
        let of_the_page = |name: &str| ["cursor", "limit", "from", "to"].contains(&name);
        let mut filters: Vec<_> = self.parameters.iter().filter(|(name, _)| !of_the_page(name)).collect();
        filters.sort();
        let tenant = self.tenant_id.map(|id| id.to_string()).unwrap_or_default();
        let mut text = form_urlencoded::Serializer::new(format!("{tenant}/{}?", self.list));
        for (name, value) in filters {
            text.append_pair(name, value);
        }
        text.finish()
    }

    /// The window of time, from `from` on and before `to`.
    pub(super) fn window(&self) -> Result<(Option<Timestamp>, Option<Timestamp>), Error> {
        let (from, to) = (self.instant("from")?, self.instant("to")?);
        match (from, to) {
            (Some(from), Some(to)) if from > to => {
                Err(refused("from", Code::DateRangeInvalid, "The window ends before it begins. Swap from and to."))
            }
            window => Ok(window),
        }
    }

    fn instant(&self, name: &str) -> Result<Option<Timestamp>, Error> {
        let parse = |text: &str| {
            // A plus sign that was not escaped comes as a space.
            let text = text.replace(' ', "+");
            let detail = "Write the instant as in RFC 3339, for example 2025-07-08T18:01:19Z.";
            text.parse().map_err(|_| refused(name, Code::DateRangeInvalid, detail))
        };
        self.text(name).map(parse).transpose()
    }

    /// A text to search for.
    pub(super) fn search(&self) -> Result<Option<String>, Error> {
        match self.text("q").map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) if text.chars().count() > MAX_SEARCH => {
                Err(refused("q", Code::SearchTooLong, "Search for at most 200 characters."))
            }
            text => Ok(text.map(str::to_owned)),
        }
    }

    /// One of a closed list of names.
    pub(super) fn one_of<T: Named>(&self, name: &str) -> Result<Option<T>, Error> {
        self.text(name).map(|text| choose(name, text, T::NAMES)).transpose()
    }

    /// Any of a closed list of names, separated by commas.
    pub(super) fn any_of<T: Named>(&self, name: &str) -> Result<Vec<T>, Error> {
        let texts = self.text(name).into_iter().flat_map(|text| text.split(','));
        texts.map(|text| choose(name, text, T::NAMES)).collect()
    }

    /// An event type.
    pub(super) fn event_type(&self) -> Result<Option<String>, Error> {
        let check = |name: &str| match check_single_type(name) {
            Ok(()) => Ok(name.to_owned()),
            Err(detail) => Err(refused("event_type", Code::InvalidParameter, detail)),
        };
        self.text("event_type").map(check).transpose()
    }

    /// An id.
    pub(super) fn id(&self, name: &str) -> Result<Option<Id>, Error> {
        let id = self.text(name).map(str::parse).transpose();
        id.map_err(|_| refused(name, Code::InvalidParameter, "An id has 26 digits and letters."))
    }

    /// Yes or no.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Error> {
        self.text(name).map(|text| choose(name, text, &[(true, "true"), (false, "false")])).transpose()
    }

    /// Whether a parameter is there that has one value only.
    pub(super) fn is(&self, name: &str, value: &str) -> Result<bool, Error> {
        Ok(self.text(name).map(|text| choose(name, text, &[((), value)])).transpose()?.is_some())
    }

    /// A status code.
    pub(super) fn status_code(&self) -> Result<Option<u16>, Error> {
        let parse = |text: &str| {
            let code = text.parse().ok().filter(|code| (100..=999).contains(code));
            code.ok_or_else(|| {
                refused("status_code", Code::InvalidParameter, "A status code is a number from 100 to 999.")
            })
        };
        self.text("status_code").map(parse).transpose()
    }
}

fn choose<T: Copy>(parameter: &str, text: &str, names: &[(T, &str)]) -> Result<T, Error> {
    names.iter().find(|(_, name)| *name == text).map(|(one, _)| *one).ok_or_else(|| {
        let names: Vec<_> = names.iter().map(|(_, name)| *name).collect();
        refused(
            parameter,
            Code::InvalidParameter,
            format!("The parameter {parameter} is one of: {}.", names.join(", ")),
        )
    })
}

fn refused(name: &str, code: Code, detail: impl Into<Cow<'static, str>>) -> Error {
    Error::invalid(vec![FieldError::new(name, code, detail.into())])
}
