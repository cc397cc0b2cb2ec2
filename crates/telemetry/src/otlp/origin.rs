//! Who sent a row: the facts of a resource.
//!
//! A resource is read once, however many rows it has.

use std::borrow::Cow;

use ippo_base::limits::ATTRIBUTE_VALUE_BYTES;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::resource::v1::Resource;

use super::names::Facts;
use super::spans::declares_sampling;
use crate::attrs_write::{Kept, Loss, cut, write_double};
use crate::columns::build::Origin;

/// The service of a resource that names none.
const UNKNOWN_SERVICE: &str = "unknown_service";

/// Reads a resource; whether it declares that its spans are a sample.
pub(crate) fn origin_of(resource: Option<&Resource>, loss: &mut Loss) -> (Origin, bool) {
    let attributes = resource.map_or(&[][..], |resource| &resource.attributes);
    let kept = Kept::of(attributes, loss);
    let mut json = String::new();
    kept.write(&mut json, loss);
    let text = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| kept.iter().find(|(key, _)| key == name).and_then(|(_, value)| text_of(value?)))
            .map(Cow::into_owned)
    };
    let origin = Origin {
        service: text(&["service.name"]).unwrap_or_else(|| UNKNOWN_SERVICE.to_owned()),
        namespace: text(&["service.namespace"]).unwrap_or_default(),
        environment: text(&["deployment.environment.name", "deployment.environment"]).unwrap_or_default(),
        service_version: text(&["service.version"]),
        json,
    };
    (origin, declares_sampling(&Facts::of(kept.iter())))
}

/// A scalar value as the text of a column; `None` when it is empty or has no single text.
pub(crate) fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::StringValue(text) if text.is_empty() => None,
        Value::StringValue(text) => Some(Cow::Borrowed(cut(text, ATTRIBUTE_VALUE_BYTES).0)),
        Value::BoolValue(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
        Value::IntValue(value) => Some(Cow::Owned(value.to_string())),
        Value::DoubleValue(value) => {
            let mut text = String::new();
            write_double(&mut text, *value);
            value.is_finite().then_some(Cow::Owned(text))
        }
        Value::ArrayValue(_)
        | Value::KvlistValue(_)
        | Value::BytesValue(_)
        | Value::StringValueStrindex(_) => None,
    }
}

/// A value as an integer, also when the sender wrote it as text or as a double without a fraction.
pub(crate) fn int_of(value: &Value) -> Option<i64> {
    match value {
        Value::IntValue(value) => Some(*value),
        Value::StringValue(text) => text.trim().parse().ok(),
        Value::DoubleValue(value) if value.fract() == 0.0 && value.abs() < 9e15 => Some(*value as i64),
        _ => None,
    }
}

/// A value as a double, also when the sender wrote it as text.
pub(crate) fn double_of(value: &Value) -> Option<f64> {
    match value {
        Value::IntValue(value) => Some(*value as f64),
        Value::DoubleValue(value) => Some(*value),
        Value::StringValue(text) => text.trim().parse().ok(),
        _ => None,
    }
}
