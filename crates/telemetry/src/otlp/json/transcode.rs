//! Writes the protobuf of a message while its JSON is read, guided by the message's shape.
//!
//! It must never write a message nested deeper than the protobuf reader accepts ([`MAX_MESSAGES`]).

use std::fmt::Write as _;

use super::reader::{Fault, Reader};
use super::shapes::{Field, Kind, Names, Shape};
use super::values;

/// How deep messages may nest: safely below what protobuf readers accept (100).
const MAX_MESSAGES: usize = 90;

/// Reads a document that has this shape; the fault comes with its path.
pub(super) fn transcode(text: &str, shape: &'static Shape) -> Result<Vec<u8>, (String, Fault)> {
    let mut transcoder = Transcoder {
        reader: Reader::new(text),
        out: Vec::with_capacity(text.len() / 2),
        path: Vec::new(),
        depth: 0,
    };
    match transcoder.message(shape).and_then(|()| transcoder.reader.end()) {
        Ok(()) => Ok(transcoder.out),
        Err(fault) => Err((path_text(&transcoder.path), fault)),
    }
}

struct Transcoder<'a> {
    reader: Reader<'a>,
    out: Vec<u8>,
    path: Vec<Step>,
    depth: usize,
}

/// A step on the way to a place in the document.
enum Step {
    Field(&'static str),
    Element(usize),
}

fn path_text(path: &[Step]) -> String {
    let mut text = "$".to_owned();
    for step in path {
        let _ = match step {
            Step::Field(name) => write!(text, ".{name}"),
            Step::Element(index) => write!(text, "[{index}]"),
        };
    }
    text
}

/// Protobuf's wire types.
const VARINT: u32 = 0;
const EIGHT_BYTES: u32 = 1;
const DELIMITED: u32 = 2;
const FOUR_BYTES: u32 = 5;

impl Transcoder<'_> {
    fn message(&mut self, shape: &'static Shape) -> Result<(), Fault> {
        if self.depth == MAX_MESSAGES {
            return Err(self.reader.fault(format!("found values nested more than {MAX_MESSAGES} deep")));
        }
        self.depth += 1;
        let mut more = self.reader.open_object()?;
        let mut expected = 0;
        while more {
            let key = self.reader.key()?;
            match position(shape, &key, expected) {
                Some(position) => {
                    expected = position + 1;
                    self.path.push(Step::Field(shape[position].name));
                    self.field(&shape[position])?;
                    self.path.pop();
                }
                None => self.reader.skip(self.depth)?,
            }
            more = self.reader.next_or(b'}', "a comma or the end of the object")?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn field(&mut self, field: &'static Field) -> Result<(), Fault> {
        if self.reader.null()? {
            return Ok(());
        }
        if !field.repeated {
            return self.single(field);
        }
        if let Kind::Message(_) | Kind::Text = field.kind {
            return self.elements(field, Self::element);
        }
        self.delimited(field.number, |this| this.elements(field, |this, field| this.scalar(field.kind)))
    }

    fn elements(
        &mut self,
        field: &'static Field,
        element: fn(&mut Self, &'static Field) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut more = self.reader.open_array()?;
        let mut index = 0;
        while more {
            self.path.push(Step::Element(index));
            element(self, field)?;
            self.path.pop();
            index += 1;
            more = self.reader.next_or(b']', "a comma or the end of the array")?;
        }
        Ok(())
    }

    /// An element of a list of messages or texts. A null keeps its place as an empty one.
    fn element(&mut self, field: &'static Field) -> Result<(), Fault> {
        if self.reader.null()? {
            return self.delimited(field.number, |_| Ok(()));
        }
        self.single(field)
    }

    fn single(&mut self, field: &'static Field) -> Result<(), Fault> {
        let wire_type = match field.kind {
            Kind::Message(message) => return self.delimited(field.number, |this| this.message(message.0)),
            Kind::Text | Kind::Id | Kind::Bytes => {
                return self.delimited(field.number, |this| this.scalar(field.kind));
            }
            Kind::Double | Kind::Fixed64 | Kind::SignedFixed64 => EIGHT_BYTES,
            Kind::Fixed32 => FOUR_BYTES,
            _ => VARINT,
        };
        self.varint(u64::from(field.number << 3 | wire_type));
        self.scalar(field.kind)
    }

    /// Writes the bytes of a value, without its key or length.
    fn scalar(&mut self, kind: Kind) -> Result<(), Fault> {
        match kind {
            Kind::Text => {
                let text = self.reader.string()?;
                self.out.extend_from_slice(text.as_bytes());
            }
            Kind::Id => {
                let text = self.reader.string()?;
                values::id(&text, &mut self.out);
            }
            Kind::Bytes => self.base64()?,
            Kind::Bool => {
                let value = self.reader.bool()?;
                self.out.push(u8::from(value));
            }
            Kind::Double => {
                let value = self.double()?;
                self.out.extend_from_slice(&value.to_le_bytes());
            }
            Kind::Fixed32 => {
                let value: u32 = self.integer()?;
                self.out.extend_from_slice(&value.to_le_bytes());
            }
            Kind::Fixed64 => {
                let value: u64 = self.integer()?;
                self.out.extend_from_slice(&value.to_le_bytes());
            }
            Kind::SignedFixed64 => {
                let value: i64 = self.integer()?;
                self.out.extend_from_slice(&value.to_le_bytes());
            }
            Kind::Int32 => {
                let value: i32 = self.integer()?;
                self.varint(i64::from(value).cast_unsigned());
            }
            Kind::Int64 => {
                let value: i64 = self.integer()?;
                self.varint(value.cast_unsigned());
            }
            Kind::Uint32 => {
                let value: u32 = self.integer()?;
                self.varint(u64::from(value));
            }
            Kind::Uint64 => {
                let value: u64 = self.integer()?;
                self.varint(value);
            }
            Kind::Sint32 => {
                let value: i32 = self.integer()?;
                self.varint(u64::from((value << 1 ^ value >> 31).cast_unsigned()));
            }
            Kind::Enum(number_of) => {
                let value = self.enumeration(number_of)?;
                self.varint(i64::from(value).cast_unsigned());
            }
            Kind::Message(message) => self.message(message.0)?,
        }
        Ok(())
    }

    /// An enum by number or by name; an unknown name is the value 0, as an unknown field is none.
    fn enumeration(&mut self, number_of: Names) -> Result<i32, Fault> {
        if self.reader.peek() != Some(b'"') {
            return self.integer();
        }
        let name = self.reader.string()?;
        Ok(number_of(&name).or_else(|| name.parse().ok()).unwrap_or(0))
    }

    fn integer<T: TryFrom<i128>>(&mut self) -> Result<T, Fault> {
        let text = match self.reader.peek() {
            Some(b'"') => self.reader.string()?,
            Some(b'-' | b'0'..=b'9') => self.reader.number()?.into(),
            _ => return Err(self.reader.unexpected("an integer, as a number or a string,")),
        };
        let value = values::whole_number(&text);
        value.and_then(|value| T::try_from(value).ok()).ok_or_else(|| {
            self.reader.fault("found a number that is no integer, or too large for this field".to_owned())
        })
    }

    fn double(&mut self) -> Result<f64, Fault> {
        let text = match self.reader.peek() {
            Some(b'"') => self.reader.string()?,
            Some(b'-' | b'0'..=b'9') => self.reader.number()?.into(),
            _ => return Err(self.reader.unexpected("a number")),
        };
        values::double(&text).ok_or_else(|| self.reader.fault("found a string that is no number".to_owned()))
    }

    fn base64(&mut self) -> Result<(), Fault> {
        let text = self.reader.string()?;
        values::base64(&text, &mut self.out)
            .map_err(|_| self.reader.fault("found a string that is not base64".to_owned()))
    }

    /// Writes a field whose length is known only when it has been written.
    fn delimited(
        &mut self,
        number: u32,
        write: impl FnOnce(&mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.varint(u64::from(number << 3 | DELIMITED));
        let start = self.out.len();
        write(self)?;
        let end = self.out.len();
        self.varint((end - start) as u64);
        self.out[start..].rotate_left(end - start);
        Ok(())
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.out.push(value as u8);
    }
}

/// The field with this name, in lowerCamelCase or in snake_case; the one at `expected` is tried first.
fn position(shape: &Shape, name: &str, expected: usize) -> Option<usize> {
    if shape.get(expected).is_some_and(|field| field.name == name) {
        return Some(expected);
    }
    shape.iter().position(|field| field.name == name || is_snake_of(name, field.name))
}

fn is_snake_of(name: &str, camel: &str) -> bool {
    let mut rest = name.bytes();
    for byte in camel.bytes() {
        let matches = match byte {
            b'A'..=b'Z' => rest.next() == Some(b'_') && rest.next() == Some(byte.to_ascii_lowercase()),
            _ => rest.next() == Some(byte),
        };
        if !matches {
            return false;
        }
    }
    rest.next().is_none()
}
