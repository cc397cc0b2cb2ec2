//! OTLP attributes as JSON text, types kept: an integer has no `.`, a double always has a `.` or an `e`, bytes are
//! `{"bytes":"<base64>"}`, a double that JSON cannot hold is `{"double":"NaN"}`.
//!
//! It must never lose anything silently: what does not fit the limits of `ippo_base::limits` is counted.

use std::collections::HashMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ippo_base::limits::{ATTRIBUTE_KEY_BYTES, ATTRIBUTE_VALUE_BYTES, ATTRIBUTES_PER_ITEM};

use crate::otlp::wire::{Pair, Value};

/// What the limits cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Loss {
    /// Attributes (and events, and links) that were not kept.
    pub(crate) dropped: usize,
    /// Values that were shortened.
    pub(crate) cut: usize,
    /// Ids of the wrong length.
    pub(crate) ids: usize,
}

impl Loss {
    pub(crate) fn add(&mut self, other: Loss) {
        self.dropped += other.dropped;
        self.cut += other.cut;
        self.ids += other.ids;
    }
}

/// The attributes of one item that are kept: a key once, its last value, within the limits.
pub(crate) struct Kept<'p, 'a> {
    attributes: &'p [Pair<'a>],
    /// Which; none where all are.
    chosen: Option<Vec<usize>>,
}

impl<'p, 'a> Kept<'p, 'a> {
    /// Chooses what is kept and counts the rest. Keys keep the place where they came first.
    pub(crate) fn of(attributes: &'p [Pair<'a>], loss: &mut Loss) -> Self {
        let is_new = |at: usize, key: &str| attributes[..at].iter().all(|before| before.key != key);
        let mut each = attributes.iter().enumerate();
        let all = attributes.len() <= ATTRIBUTES_PER_ITEM
            && each.all(|(at, attribute)| fits(attribute.key) && is_new(at, attribute.key));
        Self { attributes, chosen: (!all).then(|| choose(attributes, loss)) }
    }

    /// The kept attributes in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Pair<'a>> {
        let chosen = self.chosen.as_deref();
        let count = chosen.map_or(self.attributes.len(), <[usize]>::len);
        (0..count).map(move |at| self.attributes[chosen.map_or(at, |chosen| chosen[at])])
    }

    /// Writes them as one JSON object.
    pub(crate) fn write(&self, out: &mut String, loss: &mut Loss) {
        out.push('{');
        for (position, pair) in self.iter().enumerate() {
            if position > 0 {
                out.push(',');
            }
            write_text(out, pair.key);
            out.push(':');
            loss.cut += usize::from(write_value(out, pair.value, ATTRIBUTE_VALUE_BYTES));
        }
        out.push('}');
    }
}

fn fits(key: &str) -> bool {
    !key.is_empty() && key.len() <= ATTRIBUTE_KEY_BYTES
}

/// The positions of what is kept where that is not everything.
fn choose(attributes: &[Pair<'_>], loss: &mut Loss) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::with_capacity(attributes.len().min(ATTRIBUTES_PER_ITEM));
    for (at, attribute) in attributes.iter().enumerate() {
        if !fits(attribute.key) || chosen.len() == ATTRIBUTES_PER_ITEM {
            loss.dropped += 1;
            continue;
        }
        match chosen.iter_mut().find(|chosen| attributes[**chosen].key == attribute.key) {
            Some(chosen) => *chosen = at,
            None => chosen.push(at),
        }
    }
    chosen
}

/// Writes attributes as one JSON object.
pub(crate) fn write_attributes(out: &mut String, attributes: &[Pair<'_>], loss: &mut Loss) {
    Kept::of(attributes, loss).write(out, loss);
}

/// Writes a value as JSON of at most about `limit` bytes; whether something had to be left out.
pub(crate) fn write_value(out: &mut String, value: Option<Value<'_>>, limit: usize) -> bool {
    let end = out.len() + limit;
    write_within(out, value, end)
}

fn write_within(out: &mut String, value: Option<Value<'_>>, end: usize) -> bool {
    let room = end.saturating_sub(out.len());
    match value {
        None | Some(Value::Reference) => out.push_str("null"),
        Some(Value::Text(text)) => {
            let (text, was_cut) = cut(text, room);
            write_text(out, text);
            return was_cut;
        }
        Some(Value::Bool(value)) => out.push_str(if value { "true" } else { "false" }),
        Some(Value::Int(value)) => write_int(out, value),
        Some(Value::Double(value)) => write_double(out, value),
        Some(Value::Bytes(bytes)) => {
            let kept = &bytes[..bytes.len().min(room)];
            out.push_str("{\"bytes\":\"");
            BASE64.encode_string(kept, out);
            out.push_str("\"}");
            return kept.len() < bytes.len();
        }
        Some(Value::Array(array)) => return write_array(out, array, end),
        Some(Value::Map(map)) => return write_map(out, map, end),
    }
    false
}

fn write_array(out: &mut String, array: &[u8], end: usize) -> bool {
    let mut was_cut = false;
    out.push('[');
    for (index, value) in Value::elements(array).enumerate() {
        if out.len() >= end {
            was_cut = true;
            break;
        }
        if index > 0 {
            out.push(',');
        }
        was_cut |= write_within(out, value, end);
    }
    out.push(']');
    was_cut
}

fn write_map(out: &mut String, map: &[u8], end: usize) -> bool {
    let entries = Value::entries(map);
    let last: HashMap<&str, usize> = entries.clone().enumerate().map(|(i, entry)| (entry.key, i)).collect();
    let mut was_cut = false;
    let mut written = 0;
    out.push('{');
    for (index, entry) in entries.enumerate() {
        if last.get(entry.key) != Some(&index) {
            continue;
        }
        if out.len() >= end || entry.key.len() > ATTRIBUTE_KEY_BYTES {
            was_cut = true;
            continue;
        }
        if written > 0 {
            out.push(',');
        }
        written += 1;
        write_text(out, entry.key);
        out.push(':');
        was_cut |= write_within(out, entry.value, end);
    }
    out.push('}');
    was_cut
}

/// At most `limit` bytes from the start of `text`, whole characters only; whether something was left out.
pub(crate) fn cut(text: &str, limit: usize) -> (&str, bool) {
    if text.len() <= limit {
        return (text, false);
    }
    (&text[..text.floor_char_boundary(limit)], true)
}

/// Writes a JSON string.
pub(crate) fn write_text(out: &mut String, text: &str) {
    out.push('"');
    if text.as_bytes().chunks(32).any(|chunk| chunk.iter().fold(false, |any, byte| any | escapes(*byte))) {
        write_escaped(out, text);
    } else {
        out.push_str(text);
    }
    out.push('"');
}

/// Whether a byte cannot stand in a JSON string as it is.
pub(crate) const fn escapes(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}

fn write_escaped(out: &mut String, text: &str) {
    let mut clean_from = 0;
    for (at, byte) in text.bytes().enumerate().filter(|(_, byte)| escapes(*byte)) {
        out.push_str(&text[clean_from..at]);
        clean_from = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ => write!(out, "\\u{byte:04x}").expect("a String takes every write"),
        }
    }
    out.push_str(&text[clean_from..]);
}

/// Writes a JSON number without a fraction.
pub(crate) fn write_int(out: &mut String, value: impl itoa::Integer) {
    out.push_str(itoa::Buffer::new().format(value));
}

/// Writes a double: a number with `.` or `e`, or `{"double":"NaN"}` and its like.
pub(crate) fn write_double(out: &mut String, value: f64) {
    if value.is_finite() {
        write!(out, "{value:?}").expect("a String takes every write");
        return;
    }
    out.push_str("{\"double\":\"");
    out.push_str(match () {
        () if value.is_nan() => "NaN",
        () if value > 0.0 => "Infinity",
        () => "-Infinity",
    });
    out.push_str("\"}");
}
