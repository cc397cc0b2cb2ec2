//! A selector of PromQL as the expression that holds for the same series in ippo, as remote write and an OpenTelemetry Collector
//! bring them: `job` and `instance` say who sends, other labels are attributes. A regular expression becomes a comparison where
//! one says the same, and nothing that is nearly the same.

use super::Selector;

/// Texts and patterns that one comparison may have.
const ALTERNATIVES: usize = 50;
/// How deep groups of a regular expression may nest.
const DEPTH: usize = 16;

/// What tells series apart in ippo by a label: a column or an attribute.
pub fn stored_label(label: &str) -> String {
    match label {
        "job" => "service".to_owned(),
        "instance" => "resource['service.instance.id']".to_owned(),
        other => format!("attrs[{}]", quoted(other)),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl Selector {
    /// The expression over ippo's metrics that is true for the series of this selector.
    ///
    /// # Errors
    /// The regular expression that no comparison says.
    pub fn stored_where(&self) -> Result<String, String> {
        let mut parts = vec![format!("metric = {}", quoted(&self.metric))];
        for (label, sign, value) in &self.matchers {
            parts.extend(comparison(&stored_label(label), sign, value)?);
        }
        Ok(parts.join(" AND "))
    }
}

/// One comparison; none where it is true of everything. A label that is missing is the same as an empty one.
fn comparison(field: &str, sign: &str, value: &str) -> Result<Option<String>, String> {
    let unread = || {
        format!(
            "the regular expression {value:?} says more than a comparison of ippo can; name the values, as in =~\"eu|us\""
        )
    };
    let found = match sign {
        "=" | "!=" => Found { texts: vec![value.to_owned()], likes: vec![] },
        _ => {
            let chars: Vec<char> = value.chars().collect();
            let mut regex = Regex { chars: &chars, at: 0 };
            let patterns = regex.alternatives(0).filter(|_| regex.at == chars.len()).ok_or_else(unread)?;
            Found::of(&patterns)
        }
    };
    let is_wanted = matches!(sign, "=" | "=~");
    if found.likes.iter().any(|like| like.chars().all(|c| c == '%')) {
        return if is_wanted {
            Ok(None)
        } else {
            Err(format!("{value:?} is anything at all, so that no series is left"))
        };
    }
    let with_empty = found.texts.iter().any(String::is_empty);
    let condition = found.condition(field);
    Ok(Some(match (is_wanted, with_empty) {
        (true, true) => format!("({field} IS NULL OR {condition})"),
        (true, false) => found.within(condition),
        (false, true) if found.texts.len() == 1 && found.likes.is_empty() => format!("{field} <> ''"),
        (false, true) => format!("({field} IS NOT NULL AND NOT ({condition}))"),
        (false, false) => match (found.texts.as_slice(), found.likes.is_empty()) {
            ([text], true) => format!("({field} IS NULL OR {field} <> {})", quoted(text)),
            _ => format!("({field} IS NULL OR NOT ({condition}))"),
        },
    }))
}

/// What a regular expression finds.
struct Found {
    texts: Vec<String>,
    /// As LIKE writes them.
    likes: Vec<String>,
}

impl Found {
    fn of(patterns: &[Vec<Piece>]) -> Self {
        let mut found = Self { texts: vec![], likes: vec![] };
        for pattern in patterns {
            let text: Option<String> =
                pattern.iter().map(|piece| if let Piece::Is(c) = piece { Some(*c) } else { None }).collect();
            let (list, text) = match text {
                Some(text) => (&mut found.texts, text),
                None => (&mut found.likes, like(pattern)),
            };
            if !list.contains(&text) {
                list.push(text);
            }
        }
        found
    }

    fn condition(&self, field: &str) -> String {
        let texts: Vec<String> = self.texts.iter().map(|text| quoted(text)).collect();
        let mut parts: Vec<String> = match texts.as_slice() {
            [] => vec![],
            [text] => vec![format!("{field} = {text}")],
            several => vec![format!("{field} IN ({})", several.join(", "))],
        };
        parts.extend(self.likes.iter().map(|like| format!("{field} LIKE {}", quoted(like))));
        parts.join(" OR ")
    }

    /// Beside others, which are joined by AND.
    fn within(&self, condition: String) -> String {
        let parts = usize::from(!self.texts.is_empty()) + self.likes.len();
        if parts > 1 { format!("({condition})") } else { condition }
    }
}

#[derive(Clone, Copy)]
enum Piece {
    Is(char),
    Any,
    Anything,
}

fn like(pattern: &[Piece]) -> String {
    let mut text = String::new();
    for piece in pattern {
        match piece {
            Piece::Is(c) => {
                if matches!(c, '%' | '_' | '\\') {
                    text.push('\\');
                }
                text.push(*c);
            }
            Piece::Any => text.push('_'),
            Piece::Anything => text.push('%'),
        }
    }
    text
}

/// Reads regular expressions that are no more than alternatives of texts and points.
struct Regex<'a> {
    chars: &'a [char],
    at: usize,
}

impl Regex<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.chars.get(self.at).copied();
        self.at += usize::from(next.is_some());
        next
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    /// Every alternative up to the end, or up to the bracket that closes the group.
    fn alternatives(&mut self, depth: usize) -> Option<Vec<Vec<Piece>>> {
        if depth > DEPTH {
            return None;
        }
        let mut done: Vec<Vec<Piece>> = Vec::new();
        let mut open: Vec<Vec<Piece>> = vec![vec![]];
        while let Some(c) = self.peek() {
            if c == ')' {
                break;
            }
            self.at += 1;
            match c {
                '|' => done.append(&mut std::mem::replace(&mut open, vec![vec![]])),
                '^' if self.at == 1 => {}
                '$' if self.at == self.chars.len() => {}
                _ => {
                    let piece = self.piece(c, depth)?;
                    open = open
                        .iter()
                        .flat_map(|start| piece.iter().map(|end| [start.as_slice(), end].concat()))
                        .collect();
                }
            }
            if done.len() + open.len() > ALTERNATIVES {
                return None;
            }
        }
        done.append(&mut open);
        Some(done)
    }

    /// What can stand where `c` does.
    fn piece(&mut self, c: char, depth: usize) -> Option<Vec<Vec<Piece>>> {
        let found = match c {
            '.' => match self.peek() {
                Some('*') => {
                    self.at += 1;
                    vec![vec![Piece::Anything]]
                }
                Some('+') => {
                    self.at += 1;
                    vec![vec![Piece::Any, Piece::Anything]]
                }
                _ => vec![vec![Piece::Any]],
            },
            '(' => {
                if self.peek() == Some('?') {
                    self.at += 1;
                    (self.next()? == ':').then_some(())?;
                }
                let inside = self.alternatives(depth + 1)?;
                (self.next()? == ')').then_some(())?;
                inside
            }
            '[' => self.class()?,
            '\\' => {
                let escaped = self.next().filter(|c| !c.is_ascii_alphanumeric())?;
                vec![vec![Piece::Is(escaped)]]
            }
            '*' | '+' | '?' | '{' | '}' | ']' | '^' | '$' => return None,
            plain => vec![vec![Piece::Is(plain)]],
        };
        let is_repeated = matches!(self.peek(), Some('*' | '+' | '?' | '{'));
        (!is_repeated).then_some(found)
    }

    /// `[45]` and `[0-9]`.
    fn class(&mut self) -> Option<Vec<Vec<Piece>>> {
        let mut found = Vec::new();
        loop {
            let first = self.next().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ']' | '.'))?;
            if first == ']' {
                return (!found.is_empty()).then_some(found);
            }
            let last = match (self.peek(), self.chars.get(self.at + 1)) {
                (Some('-'), Some(last)) if last.is_ascii_alphanumeric() => {
                    self.at += 2;
                    *last
                }
                _ => first,
            };
            found.extend((first..=last).map(|c| vec![Piece::Is(c)]));
            if found.len() > ALTERNATIVES || last < first {
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::read_selector;

    fn stored(selector: &str) -> Result<String, String> {
        read_selector(selector).expect("a selector").stored_where()
    }

    #[test]
    fn a_selector_is_a_condition_over_what_is_stored() {
        for (selector, expected) in [
            ("up", "metric = 'up'"),
            (
                r#"up{job="api",instance="a:80"}"#,
                "metric = 'up' AND resource['service.instance.id'] = 'a:80' AND service = 'api'",
            ),
            (r#"x{a="it's"}"#, "metric = 'x' AND attrs['a'] = 'it''s'"),
            (r#"x{a=""}"#, "metric = 'x' AND (attrs['a'] IS NULL OR attrs['a'] = '')"),
            (r#"x{a!=""}"#, "metric = 'x' AND attrs['a'] <> ''"),
            (r#"x{a!="b"}"#, "metric = 'x' AND (attrs['a'] IS NULL OR attrs['a'] <> 'b')"),
            (r#"x{a=~"b"}"#, "metric = 'x' AND attrs['a'] = 'b'"),
            (r#"x{a=~"b|c"}"#, "metric = 'x' AND attrs['a'] IN ('b', 'c')"),
            (r#"x{a=~"5.."}"#, "metric = 'x' AND attrs['a'] LIKE '5__'"),
            (r#"x{a=~"^(429|5..)$"}"#, "metric = 'x' AND (attrs['a'] = '429' OR attrs['a'] LIKE '5__')"),
            (
                r#"x{a=~"api-(eu|us).*"}"#,
                "metric = 'x' AND (attrs['a'] LIKE 'api-eu%' OR attrs['a'] LIKE 'api-us%')",
            ),
            (r#"x{a=~"[45].."}"#, "metric = 'x' AND (attrs['a'] LIKE '4__' OR attrs['a'] LIKE '5__')"),
            (r#"x{a=~"50[2-4]"}"#, "metric = 'x' AND attrs['a'] IN ('502', '503', '504')"),
            (r#"x{a=~"a\\.b_c%"}"#, "metric = 'x' AND attrs['a'] = 'a.b_c%'"),
            (r#"x{a=~"a_.+"}"#, r"metric = 'x' AND attrs['a'] LIKE 'a\__%'"),
            (r#"x{a=~".*"}"#, "metric = 'x'"),
            (r#"x{a=~".+"}"#, "metric = 'x' AND attrs['a'] LIKE '_%'"),
            (r#"x{a=~"|b"}"#, "metric = 'x' AND (attrs['a'] IS NULL OR attrs['a'] IN ('', 'b'))"),
            (r#"x{a!~"b|c"}"#, "metric = 'x' AND (attrs['a'] IS NULL OR NOT (attrs['a'] IN ('b', 'c')))"),
            (
                r#"x{a!~"tmpfs|fuse.*"}"#,
                "metric = 'x' AND (attrs['a'] IS NULL OR NOT (attrs['a'] = 'tmpfs' OR attrs['a'] LIKE 'fuse%'))",
            ),
            (r#"x{a!~"|b"}"#, "metric = 'x' AND (attrs['a'] IS NOT NULL AND NOT (attrs['a'] IN ('', 'b')))"),
        ] {
            assert_eq!(stored(selector).as_deref(), Ok(expected), "{selector}");
        }
    }

    #[test]
    fn what_no_comparison_says_is_told() {
        for selector in [
            r#"x{a=~"5\\d\\d"}"#,
            r#"x{a=~"ab*"}"#,
            r#"x{a=~"a?"}"#,
            r#"x{a=~"a{2}"}"#,
            r#"x{a=~"[^a]"}"#,
            r#"x{a=~"(?i)a"}"#,
            r#"x{a=~"a^b"}"#,
            r#"x{a=~"(a"}"#,
            r#"x{a=~"a)"}"#,
            r#"x{a=~"[a-z][a-z]"}"#,
            r#"x{a=~"(a|b)+"}"#,
        ] {
            assert!(stored(selector).is_err_and(|told| told.contains("says more")), "{selector}");
        }
        assert!(stored(r#"x{a!~".*"}"#).is_err_and(|told| told.contains("no series is left")));
    }

    proptest! {
        #[test]
        fn no_regular_expression_is_too_strange(text in r"[a-c0-3.*+?|()\[\]{}^$\\-]{0,24}") {
            let selector = format!("x{{a=~{}}}", super::super::query::text(&text));
            let _ = stored(&selector);
        }
    }
}
