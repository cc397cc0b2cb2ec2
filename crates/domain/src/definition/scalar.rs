//! A written value: its text, and where each byte of that text stands in the file, through quotes, escapes and
//! folded lines.

use std::iter::Peekable;
use std::str::Chars;

use saphyr_parser::ScalarStyle;

use super::yaml::Position;

/// A single value as it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scalar {
    text: String,
    raw: String,
    style: ScalarStyle,
    at: Position,
}

impl Scalar {
    /// The value `text` that was written as `raw`, beginning at `at`.
    pub(super) fn new(text: String, raw: String, style: ScalarStyle, at: Position) -> Self {
        Self { text, raw, style, at }
    }

    /// What the value says.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where it begins.
    pub fn at(&self) -> Position {
        self.at
    }

    /// Whether it stands for nothing.
    pub(super) fn is_null(&self) -> bool {
        self.style == ScalarStyle::Plain && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }

    /// Where the byte `offset` of the text stands in the file; past the end, where the value ends.
    pub fn position_of(&self, offset: usize) -> Position {
        let mut source = Source { rest: self.raw.chars().peekable(), at: self.at, style: self.style };
        source.open();
        for (at, wanted) in self.text.char_indices() {
            source.reach(wanted);
            if at >= offset {
                return source.at;
            }
            source.unit();
        }
        source.at
    }
}

/// A walk over the written characters.
struct Source<'a> {
    rest: Peekable<Chars<'a>>,
    at: Position,
    style: ScalarStyle,
}

impl Source<'_> {
    fn step(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        self.at = match c {
            '\n' => Position { line: self.at.line + 1, column: 1 },
            _ => Position { line: self.at.line, column: self.at.column + 1 },
        };
        Some(c)
    }

    /// Goes to where the content begins.
    fn open(&mut self) {
        match self.style {
            ScalarStyle::Plain => {}
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                self.step();
            }
            ScalarStyle::Literal | ScalarStyle::Folded => {
                if self.rest.peek().is_some_and(|c| matches!(c, '|' | '>')) {
                    while self.step().is_some_and(|c| c != '\n') {}
                }
            }
        }
    }

    /// Goes to where `wanted` is written: indentation and folded lines before it stand for nothing.
    fn reach(&mut self, wanted: char) {
        if wanted.is_whitespace() {
            return;
        }
        loop {
            match self.rest.peek().copied() {
                Some(c) if c.is_whitespace() => {
                    self.step();
                }
                Some('\\') if self.continues_line() => {
                    self.step();
                    self.step();
                }
                _ => return,
            }
        }
    }

    /// Whether an escaped line break comes next.
    fn continues_line(&self) -> bool {
        let mut ahead = self.rest.clone();
        self.style == ScalarStyle::DoubleQuoted && ahead.next() == Some('\\') && ahead.next() == Some('\n')
    }

    /// Passes what stands for one character of the text.
    fn unit(&mut self) {
        let first = self.step();
        match (self.style, first) {
            (ScalarStyle::SingleQuoted, Some('\'')) => {
                self.step();
            }
            (ScalarStyle::DoubleQuoted, Some('\\')) => {
                let digits = match self.step() {
                    Some('x') => 2,
                    Some('u') => 4,
                    Some('U') => 8,
                    _ => 0,
                };
                for _ in 0..digits {
                    self.step();
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::yaml::{Value, documents};
    use super::*;

    /// Finds where `needle` of the text stands in the file, for the value of the field `a`.
    fn place(yaml: &str, needle: &str) -> (u32, u32) {
        let (documents, error) = documents(yaml);
        assert_eq!(error, None);
        let Value::Mapping(entries) = &documents[0].root.value else { panic!("a mapping") };
        let Value::Scalar(scalar) = &entries[0].value.value else { panic!("a scalar") };
        let offset = scalar.text().find(needle).expect("in the text");
        let at = scalar.position_of(offset);
        (at.line, at.column)
    }

    #[test]
    fn a_place_in_the_text_is_found_in_the_file_however_it_was_written() {
        let cases = [
            ("a: foo = bar", "bar", (1, 10)),
            ("a: foo =\n  'x' AND\n  bar", "bar", (3, 3)),
            ("a: \"foo = \\\"q\\\" \\u3042 bar\"", "bar", (1, 24)),
            ("a: \"foo \\\n     bar\"", "bar", (2, 6)),
            ("a: 'foo = ''q'' bar'", "bar", (1, 17)),
            ("a: |\n  foo\n    AND bar\n", "bar", (3, 9)),
            ("a: >-\n  foo\n  AND\n\n  bar\n", "bar", (5, 3)),
            ("a: |  # why\n  foo\n  bar\n", "bar", (3, 3)),
            ("a: '支払 bar'", "bar", (1, 8)),
        ];
        for (yaml, needle, expected) in cases {
            assert_eq!(place(yaml, needle), expected, "{yaml}");
        }
    }

    #[test]
    fn past_the_end_is_where_the_value_ends() {
        let (documents, _) = documents("a: 'foo ='\n");
        let Value::Mapping(entries) = &documents[0].root.value else { panic!("a mapping") };
        let Value::Scalar(scalar) = &entries[0].value.value else { panic!("a scalar") };
        assert_eq!(scalar.position_of(999), Position { line: 1, column: 10 });
    }
}
