//! The language that a reader asks for: what ippo says of its own comes in it. What people and telemetry said stays as it is.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, header};
use ippo_domain::Language;

/// The language of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted(pub(crate) Language);

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::by(&parts.headers))
    }
}

impl Wanted {
    /// What `Accept-Language` likes best of those that ippo speaks; English if none of them
    /// (<https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4>).
    pub(crate) fn by(headers: &HeaderMap) -> Self {
        let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let mut best = (0.0, Language::default());
        for range in wanted.unwrap_or_default().split(',') {
            let (tag, quality) = match range.split_once(';') {
                Some((tag, rest)) => (tag, quality(rest)),
                None => (range, 1.0),
            };
            let tag = tag.trim().to_ascii_lowercase();
            let Some(language) = tag.split('-').next().and_then(Language::parse) else { continue };
            if quality > best.0 {
                best = (quality, language);
            }
        }
        Self(best.1)
    }
}

fn quality(parameters: &str) -> f32 {
    parameters.trim().strip_prefix("q=").and_then(|q| q.trim().parse().ok()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_browser_says_which_language() {
        let wanted = |wanted: &'static str| {
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, HeaderValue::from_static(wanted))]);
            Wanted::by(&headers).0.code()
        };
        assert_eq!(wanted("ja"), "ja");
        assert_eq!(wanted("ja-JP,ja;q=0.9,en;q=0.8"), "ja");
        assert_eq!(wanted("en-US,en;q=0.9,ja;q=0.8"), "en");
        assert_eq!(wanted("de, ja;q=0.5, en;q=0.7"), "en");
        assert_eq!(wanted("de"), "en");
        assert_eq!(Wanted::by(&HeaderMap::new()).0.code(), "en");
    }
}
