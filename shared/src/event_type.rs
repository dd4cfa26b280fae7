//! The catalogue of event types.

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::value::RawValue;

/// A type of event that the platform publishes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventType {
    /// `SOURCE.TYPE`, as webhooks select it.
    pub name: String,
    /// The events' `source`.
    pub source: String,
    /// The events' `type`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What has happened, in a sentence.
    pub description: String,
    /// A whole event as JSON text, to show and to test with.
    pub example: Option<String>,
    /// A JSON Schema of the events' data, as JSON text.
    pub schema: Option<String>,
    /// How many active webhooks want it.
    pub webhooks: u32,
    /// Whether it stands in the catalogue of every tenant. A type of the same name that a tenant has of its own stands there in its place.
    pub all_tenants: bool,
}

/// The event types that a tenant's webhooks can select.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Catalogue {
    /// All of them: there is no next page.
    pub items: Vec<EventType>,
}

/// A type of event to add to the catalogue, or what to change it to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewEventType {
    /// The events' `source`, a URI reference without asterisks.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 512))]
    pub source: String,
    /// The events' `type`, printable ASCII without spaces or asterisks.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub kind: String,
    /// What has happened, in a sentence of at most 200 characters.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub description: String,
    /// A whole event, as an object or as its JSON text. What is kept is the text as it came.
    #[serde(default, deserialize_with = "object_or_text")]
    #[cfg_attr(feature = "openapi", schema(schema_with = document::example))]
    pub example: Option<String>,
    /// A JSON Schema of the events' data: an object, or its JSON text. It is shown, and events are not held to it.
    #[serde(default, deserialize_with = "object_or_text")]
    #[cfg_attr(feature = "openapi", schema(schema_with = document::schema))]
    pub schema: Option<String>,
    /// Whether it is for the catalogue of every tenant: for callers of the platform.
    #[serde(default)]
    pub all_tenants: bool,
}

/// Reads an object as the text that stands there. An event and a JSON Schema are objects, so a string can only be such a text.
fn object_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let Some(raw) = Option::<Box<RawValue>>::deserialize(deserializer)? else { return Ok(None) };
    match raw.get().as_bytes().first() {
        Some(b'{') => Ok(Some(raw.get().to_owned())),
        Some(b'"') => serde_json::from_str(raw.get()).map(Some).map_err(D::Error::custom),
        _ => Err(D::Error::custom("expected an object, or its JSON text in a string")),
    }
}

/// What is taken in more than one form, as the document tells it.
#[cfg(feature = "openapi")]
mod document {
    use utoipa::openapi::{Object, OneOf, RefOr, Schema, Type};

    pub(super) fn example() -> RefOr<Schema> {
        either(
            "A whole event: the object itself, or its JSON text in a string. It is kept, and answered, as the text that came. A string \
             always is such a text, as no event is a string.",
        )
    }

    pub(super) fn schema() -> RefOr<Schema> {
        either(
            "A JSON Schema of the events' data: the object itself, or its JSON text in a string, as with `example`. It is shown, and \
             events are not held to it.",
        )
    }

    fn either(description: &str) -> RefOr<Schema> {
        let kinds = [Type::Object, Type::String, Type::Null].map(|kind| Object::builder().schema_type(kind));
        let one = kinds.into_iter().fold(OneOf::builder(), utoipa::openapi::schema::OneOfBuilder::item);
        RefOr::T(one.description(Some(description)).into())
    }
}
