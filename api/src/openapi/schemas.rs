//! What the derived schemas do not say by themselves.

use std::collections::BTreeMap;
use utoipa::openapi::{
    Object, Ref, RefOr, Schema, Type,
    schema::{AdditionalProperties, ArrayItems, Discriminator, SchemaType},
};

/// Finishes the schemas: those of lists, of events and of all that is answered.
pub(super) fn finish(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    name_variants(schemas);
    for (name, schema) in schemas {
        let RefOr::T(schema) = schema else { continue };
        for object in objects(schema) {
            if let Some(row) = name.strip_prefix("Page_") {
                refer_to_rows(object, row);
            }
            if name == "CloudEvent" {
                object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(true)));
            }
            // What is sent says whether it may have other members; what is answered says nothing of the kind.
            if object.additional_properties.is_none() {
                require_nullable(object);
            }
        }
    }
}

/// Variants that have a title get that name of their own, and the member that tells them apart is told: a generator of clients would have
/// numbered them.
fn name_variants(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let mut named = Vec::new();
    for schema in schemas.values_mut() {
        let RefOr::T(Schema::OneOf(one)) = schema else { continue };
        let mut mapping = BTreeMap::new();
        let mut tag = None;
        for variant in &mut one.items {
            let RefOr::T(Schema::Object(object)) = variant else { continue };
            let (Some(title), Some((member, value))) = (object.title.clone(), constant(object)) else { continue };
            let reference = Ref::from_schema_name(&title);
            mapping.insert(value, reference.ref_location.clone());
            tag = Some(member);
            named.push((title, std::mem::replace(variant, RefOr::Ref(reference))));
        }
        one.discriminator = tag.map(|tag| Discriminator::with_mapping(tag, mapping));
    }
    schemas.extend(named);
}

/// The member of an object that has one value only, and that value.
fn constant(object: &Object) -> Option<(String, String)> {
    object.properties.iter().find_map(|(name, property)| {
        let RefOr::T(Schema::Object(property)) = property else { return None };
        match property.enum_values.as_deref() {
            Some([only]) => Some((name.clone(), only.as_str()?.to_owned())),
            _ => None,
        }
    })
}

fn objects(schema: &mut Schema) -> Vec<&mut Object> {
    let items = match schema {
        Schema::Object(object) => return vec![object],
        Schema::AllOf(all) => &mut all.items,
        Schema::OneOf(one) => &mut one.items,
        _ => return Vec::new(),
    };
    let schemas = items.iter_mut().filter_map(|item| match item {
        RefOr::T(schema) => Some(schema),
        RefOr::Ref(_) => None,
    });
    schemas.flat_map(objects).collect()
}

/// The rows of a list are what is read one by one, not a type of their own.
fn refer_to_rows(page: &mut Object, row: &str) {
    if let Some(RefOr::T(Schema::Array(items))) = page.properties.get_mut("items") {
        items.items = ArrayItems::RefOrSchema(Box::new(Ref::from_schema_name(row).into()));
    }
}

/// A member of an answer that may be `null` is always there; one that may be left out is never `null`.
fn require_nullable(object: &mut Object) {
    let nullable = object.properties.iter().filter(|(_, property)| is_nullable(property));
    let names: Vec<_> = nullable.map(|(name, _)| name.clone()).collect();
    object.required.extend(names);
}

fn is_nullable(schema: &RefOr<Schema>) -> bool {
    match schema {
        RefOr::T(Schema::Object(object)) => has_null(&object.schema_type),
        RefOr::T(Schema::Array(array)) => has_null(&array.schema_type),
        RefOr::T(Schema::OneOf(one)) => one.items.iter().any(is_null),
        _ => false,
    }
}

fn has_null(schema_type: &SchemaType) -> bool {
    matches!(schema_type, SchemaType::Array(types) if types.contains(&Type::Null))
}

/// Whether it is nothing but `null`.
pub(super) fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null))
}
