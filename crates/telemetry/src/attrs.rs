//! Reads one attribute out of the JSON text that `attrs_write` wrote, without building a tree.
//!
//! It must never panic on any text, and never allocate but for a text that holds escapes.

use std::borrow::Cow;

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum AttrValue<'a> {
    /// JSON `null`: the attribute came without a value.
    Null,
    /// True or false.
    Bool(bool),
    /// A number as it is written.
    Number(&'a str),
    /// A text, its escapes resolved.
    Text(Cow<'a, str>),
    /// A list, a map, bytes or a double that JSON has no number for, as JSON text.
    Nested(&'a str),
}

impl<'a> AttrValue<'a> {
    /// The value as text: a text itself, anything else as JSON writes it, nothing for `null`.
    pub fn into_text(self) -> Option<Cow<'a, str>> {
        match self {
            AttrValue::Null => None,
            AttrValue::Bool(true) => Some(Cow::Borrowed("true")),
            AttrValue::Bool(false) => Some(Cow::Borrowed("false")),
            AttrValue::Number(text) | AttrValue::Nested(text) => Some(Cow::Borrowed(text)),
            AttrValue::Text(text) => Some(text),
        }
    }

    /// The value if it is a number. A text is not, whatever it says; NaN is none either.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            AttrValue::Number(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
            AttrValue::Nested(r#"{"double":"Infinity"}"#) => Some(f64::INFINITY),
            AttrValue::Nested(r#"{"double":"-Infinity"}"#) => Some(f64::NEG_INFINITY),
            _ => None,
        }
    }

    /// The value if it is true or false.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            AttrValue::Bool(value) => Some(*value),
            _ => None,
        }
    }
}

/// Finds `key` in the text of a JSON object; only the object's own keys count. The writer writes a key once; of a
/// text from elsewhere that repeats a key, the first counts.
pub fn lookup<'a>(json: &'a str, key: &str) -> Option<AttrValue<'a>> {
    let mut scan = Scan { text: json, at: 0 };
    scan.eat(b'{')?;
    loop {
        let found = scan.string()?;
        scan.eat(b':')?;
        scan.blanks();
        if is_key(found, key) {
            return scan.value();
        }
        scan.skip_value()?;
        scan.eat(b',')?;
    }
}

/// How many levels [`lookup_path`] goes down. Each costs one more look at the text.
pub const PATH_LEVELS: usize = 16;

/// Finds `path` in a text that may be a JSON object: a key of its own, or else keys of nested objects joined by dots.
/// Where several readings fit, the one that comes first in the text counts. Nothing where the text is no object, or
/// not down to there; nor below [`PATH_LEVELS`].
pub fn lookup_path<'a>(json: &'a str, path: &str) -> Option<AttrValue<'a>> {
    below(json, path, PATH_LEVELS)
}

fn below<'a>(json: &'a str, path: &str, levels: usize) -> Option<AttrValue<'a>> {
    if let Some(own) = lookup(json, path) {
        return Some(own);
    }
    if levels <= 1 || !path.contains('.') {
        return None;
    }
    let mut scan = Scan { text: json, at: 0 };
    scan.eat(b'{')?;
    loop {
        let found = unescape(scan.string()?)?;
        scan.eat(b':')?;
        scan.blanks();
        let rest = path.strip_prefix(found.as_ref()).and_then(|rest| rest.strip_prefix('.'));
        match rest.filter(|_| scan.peek() == Some(b'{')) {
            Some(rest) => {
                let inner = scan.bare()?;
                if let Some(value) = below(inner, rest, levels - 1) {
                    return Some(value);
                }
            }
            None => scan.skip_value()?,
        }
        scan.eat(b',')?;
    }
}

/// Whether a JSON string, without its quotes, says `key`.
fn is_key(raw: &str, key: &str) -> bool {
    if raw.contains('\\') { unescape(raw).is_some_and(|text| text == key) } else { raw == key }
}

/// The text of a JSON string, without its quotes.
fn unescape(raw: &str) -> Option<Cow<'_, str>> {
    if !raw.contains('\\') {
        return Some(Cow::Borrowed(raw));
    }
    serde_json::from_str(&format!("\"{raw}\"")).ok().map(Cow::Owned)
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Steps over `byte`, which must come next.
    fn eat(&mut self, byte: u8) -> Option<()> {
        self.blanks();
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Steps over a string; what is between its quotes, as written.
    fn string(&mut self) -> Option<&'a str> {
        self.eat(b'"')?;
        let from = self.at;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        self.text.get(from..self.at - 1)
    }

    /// Steps over whatever is no string: to the end of a nested value, or of a word or number.
    fn bare(&mut self) -> Option<&'a str> {
        let from = self.at;
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    if depth == 0 {
                        self.at += 1;
                        break;
                    }
                }
                b'}' | b']' | b',' if depth == 0 => break,
                _ => {}
            }
            self.at += 1;
        }
        (depth == 0).then(|| self.text.get(from..self.at)).flatten()
    }

    fn skip_value(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(drop),
            _ => self.bare().map(drop),
        }
    }

    fn value(&mut self) -> Option<AttrValue<'a>> {
        if self.peek()? == b'"' {
            return self.string().and_then(unescape).map(AttrValue::Text);
        }
        let text = self.bare()?.trim_end();
        Some(match text.as_bytes().first()? {
            b'{' | b'[' => AttrValue::Nested(text),
            b'-' | b'0'..=b'9' => AttrValue::Number(text),
            _ => match text {
                "true" => AttrValue::Bool(true),
                "false" => AttrValue::Bool(false),
                "null" => AttrValue::Null,
                _ => return None,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_each_kind_of_value() {
        let json = r#"{"a":"x","b":-1.5,"c":true,"d":null,"e":{"a":[1,"}"]},"f\n":"q\"\u00e9\\","g":[{"a":2}], "h" : 7 }"#;
        let text = |key: &str| lookup(json, key).and_then(|v| v.into_text().map(Cow::into_owned));
        assert_eq!(text("a").as_deref(), Some("x"));
        assert_eq!(lookup(json, "b").and_then(|v| v.as_number()), Some(-1.5));
        assert_eq!(lookup(json, "c").and_then(|v| v.as_bool()), Some(true));
        assert_eq!(lookup(json, "d"), Some(AttrValue::Null));
        assert_eq!(text("e").as_deref(), Some(r#"{"a":[1,"}"]}"#));
        assert_eq!(text("f\n").as_deref(), Some("q\"é\\"));
        assert_eq!(text("g").as_deref(), Some(r#"[{"a":2}]"#));
        assert_eq!(text("h").as_deref(), Some("7"));
        assert_eq!(lookup(json, "z"), None);
        assert_eq!(lookup("{}", "a"), None);
    }

    #[test]
    fn reads_doubles_that_json_has_no_number_for() {
        let json = r#"{"n":{"double":"NaN"},"i":{"double":"-Infinity"},"t":"1"}"#;
        assert_eq!(lookup(json, "n").and_then(|v| v.as_number()), None);
        assert_eq!(lookup(json, "i").and_then(|v| v.as_number()), Some(f64::NEG_INFINITY));
        assert_eq!(lookup(json, "t").and_then(|v| v.as_number()), None);
    }

    #[test]
    fn a_path_goes_down_into_objects() {
        let json = r#"{"a":{"b":{"c":1},"b.c":"own"},"a.b":{"d":2},"x.y":3,"x":{"y":4},"l":[{"b":5}],"é\n":{"z":6}}"#;
        let text = |path: &str| lookup_path(json, path).and_then(|v| v.into_text().map(Cow::into_owned));
        assert_eq!(text("a.b").as_deref(), Some(r#"{"d":2}"#), "an own key comes first");
        assert_eq!(text("a.b.c").as_deref(), Some("own"), "also further down");
        assert_eq!(text("a.b.d").as_deref(), Some("2"), "a key with a dot is a step too");
        assert_eq!(text("x.y").as_deref(), Some("3"));
        assert_eq!(text("é\n.z").as_deref(), Some("6"));
        for missing in ["a.c", "l.b", "a.", ".a", "x.y.z", "", ".", "a.b.c.d"] {
            assert_eq!(text(missing), None, "{missing}");
        }
        for none in ["", "a log line", "{level} started", "[{\"a\":1}]", "\"a\"", "null"] {
            assert_eq!(lookup_path(none, "a"), None, "{none}");
        }
        let deep = |levels: usize| format!("{}1{}", r#"{"k":"#.repeat(levels), "}".repeat(levels));
        let path = |levels: usize| vec!["k"; levels].join(".");
        assert!(lookup_path(&deep(PATH_LEVELS), &path(PATH_LEVELS)).is_some());
        assert_eq!(lookup_path(&deep(PATH_LEVELS + 1), &path(PATH_LEVELS + 1)), None);
    }

    #[test]
    fn broken_text_has_no_attributes() {
        for json in [
            "",
            "{",
            "{\"a",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":\"",
            "{\"a\\",
            "{\"b\":[,\"a\":1}",
            "[1]",
            "{\"a\":x}",
            "{\"é\\",
        ] {
            assert_eq!(lookup(json, "a"), None, "{json}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(json in ".*", key in ".*") {
            lookup(&json, &key);
            lookup(&format!("{{{json}}}"), &key);
            lookup_path(&json, &key);
            lookup_path(&format!("{{{json}}}"), &key);
        }

        #[test]
        fn agrees_with_a_full_reader(entries in proptest::collection::btree_map(".{0,6}", ".{0,12}", 0..6)) {
            let json = serde_json::to_string(&entries).expect("a map of texts");
            for (key, value) in &entries {
                proptest::prop_assert_eq!(lookup(&json, key), Some(AttrValue::Text(value.as_str().into())));
            }
        }
    }
}
