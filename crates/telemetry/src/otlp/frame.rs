//! The frame that requests of all three signals share, read in place: resources, scopes in them, items in those.
//!
//! It must never hand out an item before the resource and the scope that it belongs to have been read.

use opentelemetry_proto::tonic::common::v1::EntityRef;
use prost::Message as _;

use super::wire::{Fields, Odd, Pair};

/// Calls `resource` for each resource of a request, with the resource message and its scopes.
pub(crate) fn each_resource<'a, E: From<Odd>>(
    request: &'a [u8],
    mut resource: impl FnMut(Option<&'a [u8]>, Parts<'a>) -> Result<(), E>,
) -> Result<(), E> {
    let mut fields = Fields::of(request);
    while let Some((number, wire)) = fields.next()? {
        if number == 1 {
            let parts = Parts::of(wire.bytes()?)?;
            resource(parts.head, parts)?;
        }
    }
    Ok(())
}

/// `ResourceSpans`, `ScopeSpans` and their like: field 1 is the head, field 2 repeats, field 3 is a schema's URL.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'a> {
    head: Option<&'a [u8]>,
    fields: Fields<'a>,
}

impl<'a> Parts<'a> {
    fn of(message: &'a [u8]) -> Result<Self, Odd> {
        let mut fields = Fields::of(message);
        let mut head = None;
        while let Some((number, wire)) = fields.next()? {
            match number {
                1 if head.is_none() => head = Some(wire.bytes()?),
                1 => return Err(Odd),
                2 => drop(wire.bytes()?),
                3 => drop(wire.text()?),
                _ => {}
            }
        }
        Ok(Self { head, fields: Fields::of(message) })
    }

    /// Calls `scope` for each scope of a resource, with its name and its items.
    pub(crate) fn each_scope<E: From<Odd>>(
        self,
        mut scope: impl FnMut(&'a str, Items<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        for part in self.items() {
            let parts = Parts::of(part)?;
            scope(scope_name(parts.head.unwrap_or_default())?, parts.items())?;
        }
        Ok(())
    }

    fn items(self) -> Items<'a> {
        Items { fields: self.fields }
    }
}

/// The messages of field 2, of a message that was read before.
#[derive(Debug, Clone)]
pub(crate) struct Items<'a> {
    fields: Fields<'a>,
}

impl<'a> Iterator for Items<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while let Ok(Some((number, wire))) = self.fields.next() {
            if let (2, Ok(item)) = (number, wire.bytes()) {
                return Some(item);
            }
        }
        None
    }
}

/// An `InstrumentationScope`'s name.
fn scope_name(scope: &[u8]) -> Result<&str, Odd> {
    let mut fields = Fields::of(scope);
    let mut name = "";
    while let Some((number, wire)) = fields.next()? {
        match number {
            1 => name = wire.text()?,
            2 => drop(wire.text()?),
            3 => drop(Pair::read(wire.bytes()?)?),
            4 => drop(wire.varint()?),
            _ => {}
        }
    }
    Ok(name)
}

/// A `Resource`'s attributes.
pub(crate) fn resource_attributes<'a>(resource: &'a [u8], attributes: &mut Vec<Pair<'a>>) -> Result<(), Odd> {
    let mut fields = Fields::of(resource);
    while let Some((number, wire)) = fields.next()? {
        match number {
            1 => attributes.push(Pair::read(wire.bytes()?)?),
            2 => drop(wire.varint()?),
            3 => drop(EntityRef::decode(wire.bytes()?).map_err(|_| Odd)?),
            _ => {}
        }
    }
    Ok(())
}
