//! Whether an expression is upside down beyond doubt: a `good` made of nothing but signs of failure, or a `bad` of nothing but
//! signs of success. Anything that needs understanding is let be.

/// What every sign in an expression says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Signs {
    /// Each is one of failure.
    Failure,
    /// Each is one of success.
    Success,
}

/// What an expression's comparisons say, if all of them are well known, and say the same. None where there is a NOT or a
/// parenthesis, or anything else that would have to be understood.
pub(super) fn signs(text: &str) -> Option<Signs> {
    let words = words(text)?;
    let mut parts = words.split(|word| matches!(word.as_str(), "and" | "or"));
    let first = sign(parts.next()?)?;
    parts.all(|part| sign(part) == Some(first)).then_some(first)
}

/// Words and operators in lower case, quoted text without its quotes.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '\'' => rest[1..].find('\'')? + 2,
            '=' | '<' | '>' | '!' => rest.find(|c| !matches!(c, '=' | '<' | '>' | '!')).unwrap_or(rest.len()),
            c if c.is_ascii_alphanumeric() || c == '_' => {
                rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            _ => return None,
        };
        words.push(rest[..end].trim_matches('\'').to_lowercase());
        rest = rest[end..].trim_start();
    }
    Some(words)
}

fn sign(comparison: &[String]) -> Option<Signs> {
    let [column, op, value] = comparison else { return None };
    match (column.as_str(), op.as_str(), value.as_str()) {
        ("status", "=", "error") | ("severity", "=", "error" | "fatal") => Some(Signs::Failure),
        ("status", "=", "ok") => Some(Signs::Success),
        ("http_status", op, number) => by_http_status(op, number.parse().ok()?),
        _ => None,
    }
}

fn by_http_status(op: &str, number: u16) -> Option<Signs> {
    match (op, number) {
        ("=" | ">=", 500..=599) | (">", 499..=598) => Some(Signs::Failure),
        ("=", 200..=299) | ("<", 201..=500) | ("<=", 200..=499) => Some(Signs::Success),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_beyond_doubt_is_told() {
        for text in [
            "status = 'error'",
            "STATUS='error' OR http_status >= 500",
            "http_status > 499",
            "severity = 'ERROR'",
        ] {
            assert_eq!(signs(text), Some(Signs::Failure), "{text}");
        }
        for text in ["status = 'ok'", "http_status < 500", "http_status = 200 AND status = 'ok'"] {
            assert_eq!(signs(text), Some(Signs::Success), "{text}");
        }
        for text in [
            "",
            "NOT status = 'error'",
            "status != 'error'",
            "NOT (status = 'error')",
            "status = 'error' AND duration_ns < 5",
            "status = 'error' OR status = 'ok'",
            "attrs['status'] = 'error'",
            "http_status >= 400",
            "http_status < 300 OR http_status = 404",
            "status = 'unset'",
            "status = 'error",
            "日本 = 'error'",
        ] {
            assert_eq!(signs(text), None, "{text}");
        }
    }
}
