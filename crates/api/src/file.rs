//! What the headers of a file say of it: how much it has, and what it has not. No file may pass for more than it is.

use http::{HeaderMap, HeaderName, HeaderValue};

/// The header that says how many rows or records a file has.
pub const RECORDS: HeaderName = HeaderName::from_static("x-ippo-records");
/// The header that says how many records match what was asked for.
pub const MATCHED: HeaderName = HeaderName::from_static("x-ippo-matched");
/// The header that says that rows were left out of a file because of a limit.
pub const TRUNCATED: HeaderName = HeaderName::from_static("x-ippo-truncated");
/// The header that says that stored rows are known to be missing.
pub const PARTIAL: HeaderName = HeaderName::from_static("x-ippo-partial");
/// The header that says why a file is partial: which segments could not be read.
pub const WARNINGS: HeaderName = HeaderName::from_static("x-ippo-warnings");
/// Of more, the first ones say enough.
const WARNING_LETTERS: usize = 2_000;

/// What the headers mean, for the description of the API.
pub(crate) const SAID: [(HeaderName, &str); 5] = [
    (RECORDS, "How many rows or records the file has."),
    (MATCHED, "How many records match, whether the file has them or not."),
    (TRUNCATED, "`true` where rows were left out because the file has as many as a file may have."),
    (
        PARTIAL,
        "`true` where stored rows are missing because they could not be read; `x-ippo-warnings` says which.",
    ),
    (
        WARNINGS,
        "What the reader should know before trusting the file, such as which segments could not be read: texts in \
         printable ASCII with `; ` between them, cut after 2,000 characters. Absent where there is nothing to say.",
    ),
];

/// Says that stored rows are missing, and which.
pub(crate) fn tell_missing(headers: &mut HeaderMap, warnings: &[String]) {
    headers.insert(PARTIAL, HeaderValue::from_static("true"));
    // What a header cannot hold is in no warning but for names that users gave.
    let plain = |letter| if (' '..='~').contains(&letter) { letter } else { '?' };
    let text: String = warnings.join("; ").chars().take(WARNING_LETTERS).map(plain).collect();
    if !text.is_empty() {
        headers.extend(HeaderValue::from_str(&text).map(|text| (WARNINGS, text)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_in_letters_that_a_header_can_hold() {
        let mut headers = HeaderMap::new();
        tell_missing(&mut headers, &["segment a is damaged".to_owned(), "支払い\r\n: x".to_owned()]);
        assert_eq!(headers[PARTIAL], "true");
        assert_eq!(headers[WARNINGS], "segment a is damaged; ?????: x");
        let mut headers = HeaderMap::new();
        tell_missing(&mut headers, &["x".repeat(5_000)]);
        assert_eq!(headers[WARNINGS].len(), WARNING_LETTERS);
        let mut headers = HeaderMap::new();
        tell_missing(&mut headers, &[]);
        assert!(headers.contains_key(PARTIAL) && !headers.contains_key(WARNINGS));
    }
}
