//! The words of PromQL, as far as ippo reads it: names, texts in quotes, and everything else a sign at a time.

use super::QueryError;

/// A word and where it begins, in bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Token {
    pub(super) at: usize,
    pub(super) what: What,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum What {
    /// A name, a number or a duration.
    Word(String),
    /// A text, without its quotes.
    Text(String),
    /// `=`, `!=`, `=~`, `!~`, `==`.
    Match(&'static str),
    /// Any other sign.
    Sign(char),
}

impl Token {
    pub(super) fn is(&self, sign: char) -> bool {
        self.what == What::Sign(sign)
    }

    pub(super) fn word(&self) -> Option<&str> {
        match &self.what {
            What::Word(word) => Some(word),
            _ => None,
        }
    }
}

const MATCHES: [&str; 5] = ["=~", "!~", "!=", "==", "="];

/// The words of a query. Comments go to the end of their line.
pub(super) fn tokens(query: &str) -> Result<Vec<Token>, QueryError> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = query[at..].chars().next() {
        let rest = &query[at..];
        let is_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.');
        let (what, length) = match next {
            _ if next.is_whitespace() => {
                at += next.len_utf8();
                continue;
            }
            '#' => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            '"' | '\'' | '`' => {
                let (text, length) = quoted(rest, next).map_err(|m| QueryError::new(at, m))?;
                (What::Text(text), length)
            }
            _ if is_of_word(next) => {
                let length = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
                (What::Word(rest[..length].to_owned()), length)
            }
            _ => match MATCHES.into_iter().find(|sign| rest.starts_with(sign)) {
                Some(sign) => (What::Match(sign), sign.len()),
                None => (What::Sign(next), next.len_utf8()),
            },
        };
        found.push(Token { at, what });
        at += length;
    }
    Ok(found)
}

/// A text in quotes at the beginning of `rest`, and how many bytes it takes there. Escapes are those of Go.
fn quoted(rest: &str, quote: char) -> Result<(String, usize), &'static str> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            _ if c == quote => return Ok((text, at + 1)),
            '\\' if quote != '`' => {
                let (_, escape) = chars.next().ok_or("the text has no end: close its quotes")?;
                let digits = match escape {
                    'x' => 2,
                    'u' => 4,
                    'U' => 8,
                    '0'..='7' => return Err("octal escapes are not read; write the character, or \\u"),
                    _ => {
                        text.push(
                            simple_escape(escape).ok_or("a \\ stands before no known escape; write \\\\")?,
                        );
                        continue;
                    }
                };
                let code: String = chars.by_ref().take(digits).map(|(_, c)| c).collect();
                let code = u32::from_str_radix(&code, 16).ok().filter(|_| code.len() == digits);
                text.push(code.and_then(char::from_u32).ok_or("this escape is no character")?);
            }
            '\n' if quote != '`' => break,
            _ => text.push(c),
        }
    }
    Err("the text has no end: close its quotes")
}

fn simple_escape(escape: char) -> Option<char> {
    Some(match escape {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        '\\' | '"' | '\'' => escape,
        _ => return None,
    })
}
