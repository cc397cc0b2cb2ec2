//! Who sent a row: the facts of a resource.
//!
//! A resource is read once, however many rows it has.

use std::borrow::Cow;

use ippo_base::limits::ATTRIBUTE_VALUE_BYTES;

use super::frame::resource_attributes;
use super::names::Facts;
use super::spans::declares_sampling;
use super::wire::{Odd, Value};
use crate::attrs_write::{Kept, Loss, cut, write_double};
use crate::columns::origin::Origin;

/// The service of a resource that names none.
const UNKNOWN_SERVICE: &str = "unknown_service";

/// Reads a `Resource`.
pub(crate) fn origin_of(resource: &[u8]) -> Result<(Origin, Loss), Odd> {
    let mut attributes = Vec::new();
    resource_attributes(resource, &mut attributes)?;
    let mut loss = Loss::default();
    let kept = Kept::of(&attributes, &mut loss);
    let mut json = String::new();
    kept.write(&mut json, &mut loss);
    let text = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| kept.iter().find(|pair| pair.key == *name).and_then(|pair| text_of(pair.value?)))
            .map(Cow::into_owned)
    };
    let origin = Origin {
        service: text(&["service.name"]).unwrap_or_else(|| UNKNOWN_SERVICE.to_owned()),
        namespace: text(&["service.namespace"]).unwrap_or_default(),
        environment: text(&["deployment.environment.name", "deployment.environment"]).unwrap_or_default(),
        service_version: text(&["service.version"]),
        json,
        sampled: declares_sampling(&Facts::of(kept.iter())),
    };
    Ok((origin, loss))
}

/// A scalar value as the text of a column; `None` when it is empty or has no single text.
pub(crate) fn text_of(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value {
        Value::Text("") => None,
        Value::Text(text) => Some(Cow::Borrowed(cut(text, ATTRIBUTE_VALUE_BYTES).0)),
        Value::Bool(value) => Some(Cow::Borrowed(if value { "true" } else { "false" })),
        Value::Int(value) => Some(Cow::Owned(value.to_string())),
        Value::Double(value) => {
            let mut text = String::new();
            write_double(&mut text, value);
            value.is_finite().then_some(Cow::Owned(text))
        }
        Value::Array(_) | Value::Map(_) | Value::Bytes(_) | Value::Reference => None,
    }
}

/// A value as an integer, also when the sender wrote it as text or as a double without a fraction.
pub(crate) fn int_of(value: Value<'_>) -> Option<i64> {
    match value {
        Value::Int(value) => Some(value),
        Value::Text(text) => text.trim().parse().ok(),
        Value::Double(value) if value.fract() == 0.0 && value.abs() < 9e15 => Some(value as i64),
        _ => None,
    }
}

/// A value as a double, also when the sender wrote it as text.
pub(crate) fn double_of(value: Value<'_>) -> Option<f64> {
    match value {
        Value::Int(value) => Some(value as f64),
        Value::Double(value) => Some(value),
        Value::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}
