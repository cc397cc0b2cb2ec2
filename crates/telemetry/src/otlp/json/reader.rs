//! The tokens of JSON (RFC 8259), read in place.
//!
//! It must never recurse deeper than [`MAX_DEPTH`], nor copy a text that has no escapes.

use std::borrow::Cow;

/// How deep objects and arrays may nest.
pub(super) const MAX_DEPTH: usize = 128;

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Bytes from the start of the body.
    pub(super) offset: usize,
    pub(super) reason: String,
}

/// A position in a JSON text.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The first byte of the next token.
    pub(super) fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    /// Takes the next token if it is this punctuation mark.
    pub(super) fn take(&mut self, mark: u8) -> bool {
        let found = self.peek() == Some(mark);
        self.at += usize::from(found);
        found
    }

    /// Takes this punctuation mark.
    pub(super) fn expect(&mut self, mark: u8, expected: &str) -> Result<(), Fault> {
        if self.take(mark) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    /// Takes `null` if it is next.
    pub(super) fn null(&mut self) -> Result<bool, Fault> {
        match self.peek() {
            Some(b'n') => self.word("null").map(|()| true),
            _ => Ok(false),
        }
    }

    pub(super) fn bool(&mut self) -> Result<bool, Fault> {
        match self.peek() {
            Some(b't') => self.word("true").map(|()| true),
            Some(b'f') => self.word("false").map(|()| false),
            _ => Err(self.unexpected("true or false")),
        }
    }

    fn word(&mut self, word: &str) -> Result<(), Fault> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(self.unexpected(word));
        }
        self.at += word.len();
        Ok(())
    }

    /// That something else was expected at the next token.
    pub(super) fn unexpected(&mut self, expected: &str) -> Fault {
        let found = match self.peek() {
            None => "the end",
            Some(b'"') => "a string",
            Some(b'{') => "an object",
            Some(b'[') => "an array",
            Some(b'-' | b'0'..=b'9') => "a number",
            Some(b't' | b'f') => "true or false",
            Some(b'n') => "null",
            Some(_) => "something else",
        };
        self.fault(format!("found {found} where {expected} was expected"))
    }

    /// A fault at the current position.
    pub(super) fn fault(&self, reason: String) -> Fault {
        Fault { offset: self.at, reason }
    }

    /// The end of the document.
    pub(super) fn end(&mut self) -> Result<(), Fault> {
        if self.peek().is_none() { Ok(()) } else { Err(self.unexpected("the end")) }
    }

    /// A number's text, which follows the grammar.
    pub(super) fn number(&mut self) -> Result<&'a str, Fault> {
        self.peek();
        let start = self.at;
        self.at += usize::from(self.byte() == Some(b'-'));
        let whole = self.digits();
        let leading_zero = whole > 1 && self.text.as_bytes()[self.at - whole] == b'0';
        let mut good = whole > 0 && !leading_zero;
        if self.byte() == Some(b'.') {
            self.at += 1;
            good &= self.digits() > 0;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            good &= self.digits() > 0;
        }
        if !good {
            self.at = start;
            return Err(self.unexpected("a well-formed number"));
        }
        Ok(&self.text[start..self.at])
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        self.at - start
    }

    /// A string's text.
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        self.expect(b'"', "a string")?;
        let start = self.at;
        self.plain()?;
        if self.byte() == Some(b'"') {
            self.at += 1;
            return Ok(Cow::Borrowed(&self.text[start..self.at - 1]));
        }
        let mut owned = self.text[start..self.at].to_owned();
        while self.byte() == Some(b'\\') {
            self.at += 1;
            self.escape(&mut owned)?;
            let start = self.at;
            self.plain()?;
            owned.push_str(&self.text[start..self.at]);
        }
        self.at += 1;
        Ok(Cow::Owned(owned))
    }

    /// Goes on to the next quote or backslash of a string.
    fn plain(&mut self) -> Result<(), Fault> {
        let rest = &self.text.as_bytes()[self.at..];
        let length = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
        self.at += length.unwrap_or(rest.len());
        match self.byte() {
            Some(b'"' | b'\\') => Ok(()),
            Some(_) => Err(self.fault("found a control character in a string".to_owned())),
            None => Err(self.fault("found the end inside a string".to_owned())),
        }
    }

    fn escape(&mut self, out: &mut String) -> Result<(), Fault> {
        let escaped = match self.byte() {
            Some(mark @ (b'"' | b'\\' | b'/')) => char::from(mark),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                out.push(self.code_point()?);
                return Ok(());
            }
            _ => return Err(self.fault("found an unknown escape in a string".to_owned())),
        };
        self.at += 1;
        out.push(escaped);
        Ok(())
    }

    /// The character of `\u` escapes; a surrogate without its other half is the replacement character.
    fn code_point(&mut self) -> Result<char, Fault> {
        let high = self.four_hex_digits()?;
        let paired = matches!(high, 0xD800..0xDC00) && self.text.as_bytes()[self.at..].starts_with(b"\\u");
        if paired {
            let before = self.at;
            self.at += 2;
            let low = self.four_hex_digits()?;
            if let 0xDC00..0xE000 = low {
                let code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = before;
        }
        Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn four_hex_digits(&mut self) -> Result<u32, Fault> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        let code = digits.and_then(|digits| {
            digits.iter().try_fold(0, |code, &digit| Some(code * 16 + char::from(digit).to_digit(16)?))
        });
        let code = code.ok_or_else(|| self.fault("found \\u without four hexadecimal digits".to_owned()))?;
        self.at += 4;
        Ok(code)
    }

    /// Skips any value.
    pub(super) fn skip(&mut self, depth: usize) -> Result<(), Fault> {
        self.check_depth(depth)?;
        match self.peek() {
            Some(b'{') => self.members(|reader, _| reader.skip(depth + 1)),
            Some(b'[') => self.elements(|reader, _| reader.skip(depth + 1)),
            Some(b'"') => self.string().map(|_| ()),
            Some(b't' | b'f') => self.bool().map(|_| ()),
            Some(b'n') => self.word("null"),
            _ => self.number().map(|_| ()),
        }
    }

    pub(super) fn check_depth(&self, depth: usize) -> Result<(), Fault> {
        if depth < MAX_DEPTH {
            return Ok(());
        }
        Err(self.fault(format!("found objects and arrays nested more than {MAX_DEPTH} deep")))
    }

    fn members(
        &mut self,
        mut member: impl FnMut(&mut Self, Cow<'a, str>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut more = self.open_object()?;
        while more {
            let key = self.key()?;
            member(self, key)?;
            more = self.next_or(b'}', "a comma or the end of the object")?;
        }
        Ok(())
    }

    fn elements(
        &mut self,
        mut element: impl FnMut(&mut Self, usize) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut more = self.open_array()?;
        let mut index = 0;
        while more {
            element(self, index)?;
            index += 1;
            more = self.next_or(b']', "a comma or the end of the array")?;
        }
        Ok(())
    }

    /// Enters an object; whether it has a member.
    pub(super) fn open_object(&mut self) -> Result<bool, Fault> {
        self.expect(b'{', "an object")?;
        Ok(!self.take(b'}'))
    }

    /// Enters an array; whether it has an element.
    pub(super) fn open_array(&mut self) -> Result<bool, Fault> {
        self.expect(b'[', "an array")?;
        Ok(!self.take(b']'))
    }

    /// A member's name and its colon.
    pub(super) fn key(&mut self) -> Result<Cow<'a, str>, Fault> {
        let key = self.string()?;
        self.expect(b':', "a colon")?;
        Ok(key)
    }

    /// After a member or an element: whether another follows.
    pub(super) fn next_or(&mut self, closing: u8, expected: &str) -> Result<bool, Fault> {
        if self.take(b',') {
            return Ok(true);
        }
        self.expect(closing, expected).map(|()| false)
    }
}
