//! Reads the fields of a protobuf message in place, and attribute values as views of it.
//!
//! It knows the form that encoders write. Whatever else protobuf allows (a message in two pieces, a group, a wrong wire
//! type) is [`Odd`] here and never an answer: `canonical` decides on it.

/// These bytes are not a message in the form that encoders write; they may still be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Odd;

/// Values nest no deeper in a message that the general decoder takes.
const DEPTH: usize = 64;

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32,
}

impl<'a> Wire<'a> {
    pub(crate) fn bytes(self) -> Result<&'a [u8], Odd> {
        match self {
            Wire::Bytes(bytes) => Ok(bytes),
            _ => Err(Odd),
        }
    }

    pub(crate) fn text(self) -> Result<&'a str, Odd> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Odd)
    }

    pub(crate) fn varint(self) -> Result<u64, Odd> {
        match self {
            Wire::Varint(value) => Ok(value),
            _ => Err(Odd),
        }
    }

    /// An enumeration or an `int32`: of a larger number the lower half counts, as protobuf says.
    pub(crate) fn int32(self) -> Result<i32, Odd> {
        Ok(self.varint()? as i32)
    }

    /// A `uint32`, likewise.
    pub(crate) fn uint32(self) -> Result<u32, Odd> {
        Ok(self.varint()? as u32)
    }

    /// A `sint32`: zigzag.
    pub(crate) fn sint32(self) -> Result<i32, Odd> {
        let value = self.uint32()?;
        Ok((value >> 1) as i32 ^ -((value & 1) as i32))
    }

    pub(crate) fn fixed64(self) -> Result<u64, Odd> {
        match self {
            Wire::Fixed64(value) => Ok(value),
            _ => Err(Odd),
        }
    }

    pub(crate) fn double(self) -> Result<f64, Odd> {
        Ok(f64::from_bits(self.fixed64()?))
    }

    pub(crate) fn fixed32(self) -> Result<(), Odd> {
        matches!(self, Wire::Fixed32).then_some(()).ok_or(Odd)
    }
}

/// The fields of a message, in the order in which they were written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) fn of(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// The next field's number and content; none at the end.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<(u32, Wire<'a>)>, Odd> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let key = u32::try_from(self.varint()?).map_err(|_| Odd)?;
        let wire = match key & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed64(u64::from_le_bytes(*self.take()?)),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| Odd)?;
                let (content, rest) = self.rest.split_at_checked(length).ok_or(Odd)?;
                self.rest = rest;
                Wire::Bytes(content)
            }
            5 => {
                self.take::<4>()?;
                Wire::Fixed32
            }
            _ => return Err(Odd),
        };
        if key >> 3 == 0 {
            return Err(Odd);
        }
        Ok(Some((key >> 3, wire)))
    }

    fn take<const N: usize>(&mut self) -> Result<&'a [u8; N], Odd> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(Odd)?;
        self.rest = rest;
        Ok(taken)
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, Odd> {
        match self.rest.split_first() {
            Some((&byte, rest)) if byte < 0x80 => {
                self.rest = rest;
                Ok(u64::from(byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, Odd> {
        let mut value = 0;
        for (place, &byte) in self.rest.iter().take(10).enumerate() {
            if place == 9 && byte > 1 {
                return Err(Odd);
            }
            value |= u64::from(byte & 0x7f) << (7 * place);
            if byte < 0x80 {
                self.rest = &self.rest[place + 1..];
                return Ok(value);
            }
        }
        Err(Odd)
    }
}

/// Numbers of a repeated field with eight bytes each, packed or one by one.
pub(crate) fn push_fixed64(wire: Wire<'_>, into: &mut Vec<u64>) -> Result<(), Odd> {
    match wire {
        Wire::Fixed64(value) => into.push(value),
        Wire::Bytes(packed) => {
            let (values, rest) = packed.as_chunks::<8>();
            if !rest.is_empty() {
                return Err(Odd);
            }
            into.extend(values.iter().map(|value| u64::from_le_bytes(*value)));
        }
        _ => return Err(Odd),
    }
    Ok(())
}

/// Numbers of a repeated field of varints, packed or one by one.
pub(crate) fn push_varints(wire: Wire<'_>, into: &mut Vec<u64>) -> Result<(), Odd> {
    match wire {
        Wire::Varint(value) => into.push(value),
        Wire::Bytes(packed) => {
            let mut fields = Fields::of(packed);
            while !fields.rest.is_empty() {
                into.push(fields.varint()?);
            }
        }
        _ => return Err(Odd),
    }
    Ok(())
}

/// The value of an attribute or a body. It has been checked to its depths.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Text(&'a str),
    Bool(bool),
    Int(i64),
    Double(f64),
    Bytes(&'a [u8]),
    /// The content of an `ArrayValue`.
    Array(&'a [u8]),
    /// The content of a `KeyValueList`.
    Map(&'a [u8]),
    /// A position in a table of texts, which only profiles have.
    Reference,
}

impl<'a> Value<'a> {
    /// Reads an `AnyValue`; none where it is empty.
    pub(crate) fn read(message: &'a [u8]) -> Result<Option<Self>, Odd> {
        any_value(message, 0)
    }

    /// The elements of an [`Value::Array`].
    pub(crate) fn elements(array: &'a [u8]) -> impl Iterator<Item = Option<Value<'a>>> {
        messages(array).map(|element| Value::read(element).ok().flatten())
    }

    /// The entries of a [`Value::Map`].
    pub(crate) fn entries(map: &'a [u8]) -> impl Iterator<Item = Pair<'a>> + Clone {
        messages(map).filter_map(|pair| Pair::read(pair).ok())
    }
}

/// The messages of field 1, of bytes that were checked.
fn messages(list: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    let mut fields = Fields::of(list);
    std::iter::from_fn(move || {
        while let Ok(Some((number, wire))) = fields.next() {
            if let (1, Wire::Bytes(message)) = (number, wire) {
                return Some(message);
            }
        }
        None
    })
}

fn any_value(message: &[u8], depth: usize) -> Result<Option<Value<'_>>, Odd> {
    let mut fields = Fields::of(message);
    let mut value = None;
    while let Some((number, wire)) = fields.next()? {
        if value.is_some() {
            return Err(Odd);
        }
        value = Some(match number {
            1 => Value::Text(wire.text()?),
            2 => Value::Bool(wire.varint()? != 0),
            3 => Value::Int(wire.varint()? as i64),
            4 => Value::Double(wire.double()?),
            5 => {
                let list = wire.bytes()?;
                each_message(list, depth, |element| any_value(element, depth + 1).map(|_| ()))?;
                Value::Array(list)
            }
            6 => {
                let list = wire.bytes()?;
                each_message(list, depth, |entry| pair(entry, depth + 1).map(|_| ()))?;
                Value::Map(list)
            }
            7 => Value::Bytes(wire.bytes()?),
            8 => {
                wire.varint()?;
                Value::Reference
            }
            _ => return Err(Odd),
        });
    }
    Ok(value)
}

fn each_message<'a>(
    list: &'a [u8],
    depth: usize,
    mut check: impl FnMut(&'a [u8]) -> Result<(), Odd>,
) -> Result<(), Odd> {
    if depth >= DEPTH {
        return Err(Odd);
    }
    let mut fields = Fields::of(list);
    while let Some((number, wire)) = fields.next()? {
        if number == 1 {
            check(wire.bytes()?)?;
        }
    }
    Ok(())
}

/// An attribute.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub(crate) key: &'a str,
    pub(crate) value: Option<Value<'a>>,
}

impl<'a> Pair<'a> {
    /// Reads a `KeyValue`.
    pub(crate) fn read(message: &'a [u8]) -> Result<Self, Odd> {
        pair(message, 0)
    }
}

fn pair(message: &[u8], depth: usize) -> Result<Pair<'_>, Odd> {
    let mut fields = Fields::of(message);
    let (mut key, mut value) = ("", None);
    while let Some((number, wire)) = fields.next()? {
        match number {
            1 => key = wire.text()?,
            2 if value.is_none() => value = Some(any_value(wire.bytes()?, depth)?),
            3 => drop(wire.varint()?),
            2 => return Err(Odd),
            _ => {}
        }
    }
    Ok(Pair { key, value: value.flatten() })
}

#[cfg(test)]
mod tests {
    use prost::encoding::{encode_varint, sint32};

    use super::*;

    #[test]
    fn every_varint_is_read_as_it_was_written() {
        for value in (0..64).flat_map(|bit| [(1_u64 << bit) - 1, 1 << bit]).chain([u64::MAX]) {
            let mut bytes = vec![0x08];
            encode_varint(value, &mut bytes);
            let read = Fields::of(&bytes).next().expect("plain").expect("a field");
            assert!(matches!(read, (1, Wire::Varint(found)) if found == value), "{value}");
            for end in 1..bytes.len() {
                assert_eq!(Fields::of(&bytes[..end]).next().err(), Some(Odd));
            }
        }
        let too_long = [&[0x08][..], &[0xff; 9], &[0x02]].concat();
        assert_eq!(Fields::of(&too_long).next().err(), Some(Odd));
    }

    #[test]
    fn zigzag_is_read_as_it_was_written() {
        for value in [0, -1, 1, i32::MIN, i32::MAX] {
            let mut bytes = Vec::new();
            sint32::encode(5, &value, &mut bytes);
            let (_, wire) = Fields::of(&bytes).next().expect("plain").expect("a field");
            assert_eq!(wire.sint32(), Ok(value));
        }
    }

    #[test]
    fn numbers_come_packed_or_one_by_one() {
        let (mut fixed, mut varints) = (Vec::new(), Vec::new());
        push_fixed64(Wire::Fixed64(1), &mut fixed).expect("one");
        push_fixed64(Wire::Bytes(&[[2, 0, 0, 0, 0, 0, 0, 0], [3, 0, 0, 0, 0, 0, 0, 0]].concat()), &mut fixed)
            .expect("two");
        push_varints(Wire::Varint(1), &mut varints).expect("one");
        push_varints(Wire::Bytes(&[2, 0xac, 2]), &mut varints).expect("two");
        assert_eq!((fixed, varints), (vec![1, 2, 3], vec![1, 2, 300]));
        assert_eq!(push_fixed64(Wire::Bytes(&[0; 9]), &mut Vec::new()), Err(Odd));
        assert_eq!(push_varints(Wire::Bytes(&[0x80]), &mut Vec::new()), Err(Odd));
    }
}
