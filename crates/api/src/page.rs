//! What reads have in common: the envelope of a list, its cursor, and query parameters by name.
//!
//! A parameter that cannot be read is refused by its name, never replaced by a default.

use std::time::Duration;

use axum::extract::{FromRequestParts, Query};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::request::Parts;
use ippo_base::{TimeRange, Timestamp};
use ippo_telemetry::read::SampledPart;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::time::Time;

/// The range of a read that names none.
pub const DEFAULT_RANGE: Duration = Duration::from_secs(60 * 60);
/// How many items a list has when `limit` is not given.
pub const DEFAULT_LIMIT: usize = 100;
/// The highest `limit`.
pub const MAX_LIMIT: usize = 1_000;
/// A cursor in its written form, in bytes.
pub const CURSOR_BYTES: usize = 1_024;

/// What every list carries beside its items.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page {
    /// Give it back as `cursor` for the next page; `null` on the last.
    pub next_cursor: Option<String>,
    /// What the reader should know before trusting the answer.
    pub warnings: Vec<String>,
    /// Whether something is missing: a limit was met, or data could not be read.
    pub partial: bool,
    /// The part of the spans looked at that is what sampling left; `null` where there is none.
    pub sampled: Option<SampledSpans>,
}

/// Hours of which only some traces are stored. What was counted when they came in, such as SLOs and the rate, errors and
/// durations of services, is of all of them; what is found by reading spans is of those that are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SampledSpans {
    /// When the first of the hours begins.
    pub from: Time,
    /// When the last of them ends.
    pub to: Time,
    /// Spans of theirs that are stored.
    pub kept: u64,
    /// Spans that they had.
    pub of: u64,
}

impl From<SampledPart> for SampledSpans {
    fn from(part: SampledPart) -> Self {
        let TimeRange { from, to } = part.range;
        Self { from: Time(from), to: Time(to), kept: part.rows, of: part.of_rows }
    }
}

impl Page {
    /// A complete answer.
    pub fn complete() -> Self {
        Self::default()
    }

    /// Sets the cursor of the next page.
    #[must_use]
    pub fn with_next(mut self, cursor: Option<String>) -> Self {
        self.next_cursor = cursor;
        self
    }
}

/// Writes a position as an opaque cursor.
pub fn write_cursor<T: Serialize>(position: &T) -> String {
    let json = serde_json::to_vec(position).expect("positions are plain numbers and texts");
    URL_SAFE_NO_PAD.encode(json)
}

/// Reads what [`write_cursor`] wrote.
///
/// # Errors
/// A problem that names the parameter.
pub fn read_cursor<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let refuse =
        || Problem::parameter("cursor", "is not one that this server gave; leave it out to start anew");
    if text.len() > CURSOR_BYTES {
        return Err(refuse());
    }
    let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| refuse())?;
    serde_json::from_slice(&json).map_err(|_| refuse())
}

/// The query parameters of a request. Each is taken by name; [`Params::finish`] refuses what is left.
#[derive(Debug, Default)]
pub struct Params {
    given: Vec<(String, String)>,
    known: Vec<&'static str>,
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(given) =
            Query::<Vec<(String, String)>>::from_request_parts(parts, state).await.map_err(|e| {
                Problem::bad_request(format!("The query string cannot be read: {}.", e.body_text()))
            })?;
        let given = given.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        Ok(Self { given, known: Vec::new() })
    }
}

impl Params {
    /// Takes a text. An empty one counts as not given.
    ///
    /// # Errors
    /// When it is given twice.
    pub fn text(&mut self, name: &'static str) -> Result<Option<String>, Problem> {
        self.known.push(name);
        let mut found = None;
        while let Some(at) = self.given.iter().position(|(given, _)| given == name) {
            if found.is_some() {
                return Err(Problem::parameter(name, "is given twice"));
            }
            found = Some(self.given.swap_remove(at).1);
        }
        Ok(found)
    }

    /// Takes every text of a name that may be given several times.
    pub fn texts(&mut self, name: &'static str) -> Vec<String> {
        self.known.push(name);
        let (taken, rest) = std::mem::take(&mut self.given).into_iter().partition(|(given, _)| given == name);
        self.given = rest;
        let taken: Vec<(String, String)> = taken;
        taken.into_iter().map(|(_, value)| value).collect()
    }

    /// Takes a finite number of either sign.
    ///
    /// # Errors
    /// When it is something else.
    pub fn signed(&mut self, name: &'static str) -> Result<Option<f64>, Problem> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(Problem::parameter(name, format!("is {text:?}, not a number"))),
        }
    }

    /// Takes a whole number that is not negative.
    ///
    /// # Errors
    /// When it is something else.
    pub fn integer(&mut self, name: &'static str) -> Result<Option<u64>, Problem> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        text.parse()
            .map(Some)
            .map_err(|_| Problem::parameter(name, format!("is {text:?}, not a whole number")))
    }

    /// Takes a finite number that is not negative.
    ///
    /// # Errors
    /// When it is something else.
    pub fn number(&mut self, name: &'static str) -> Result<Option<f64>, Problem> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() && number >= 0.0 => Ok(Some(number)),
            _ => Err(Problem::parameter(name, format!("is {text:?}, not a number of zero or more"))),
        }
    }

    /// Takes `true` or `false`.
    ///
    /// # Errors
    /// When it is something else.
    pub fn flag(&mut self, name: &'static str) -> Result<Option<bool>, Problem> {
        match self.text(name)?.as_deref() {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(text) => Err(Problem::parameter(name, format!("is {text:?}, not true or false"))),
        }
    }

    /// Takes a point in time.
    ///
    /// # Errors
    /// When it is something else.
    pub fn time(&mut self, name: &'static str) -> Result<Option<Timestamp>, Problem> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        Timestamp::parse(&text)
            .map(Some)
            .map_err(|e| Problem::parameter(name, format!("cannot be read: {e}")))
    }

    /// Takes `from`, `to` and `last`, as seen at `now`.
    ///
    /// # Errors
    /// When one cannot be read, `from` is not before `to`, or both `from` and `last` are given.
    pub fn range(&mut self, now: Timestamp) -> Result<TimeRange, Problem> {
        self.range_of(now, DEFAULT_RANGE)
    }

    /// The same, of another length where none is named.
    ///
    /// # Errors
    /// As [`Params::range`] does.
    pub fn range_of(&mut self, now: Timestamp, default: Duration) -> Result<TimeRange, Problem> {
        let from = self.time("from")?;
        let to = self.time("to")?.unwrap_or(now);
        let last = self.text("last")?;
        let from = match (from, last) {
            (Some(_), Some(_)) => {
                return Err(Problem::parameter("last", "excludes `from`; give one of them"));
            }
            (Some(from), None) => from,
            (None, Some(last)) => to.minus(read_duration("last", &last)?),
            (None, None) => to.minus(default),
        };
        if from >= to {
            return Err(Problem::parameter("from", format!("is {from}, which is not before `to`, {to}")));
        }
        Ok(TimeRange { from, to })
    }

    /// Takes `limit`: 1 to [`MAX_LIMIT`], by default [`DEFAULT_LIMIT`].
    ///
    /// # Errors
    /// When it is out of bounds or not a number.
    pub fn limit(&mut self) -> Result<usize, Problem> {
        let Some(limit) = self.integer("limit")? else { return Ok(DEFAULT_LIMIT) };
        match usize::try_from(limit) {
            Ok(limit) if (1..=MAX_LIMIT).contains(&limit) => Ok(limit),
            _ => Err(Problem::parameter("limit", format!("is {limit}; it must be 1 to {MAX_LIMIT}"))),
        }
    }

    /// Takes `cursor`.
    ///
    /// # Errors
    /// When this server did not write it.
    pub fn cursor<T: DeserializeOwned>(&mut self) -> Result<Option<T>, Problem> {
        self.text("cursor")?.map(|text| read_cursor(&text)).transpose()
    }

    /// Refuses whatever was given and not taken: a misspelt parameter must not be silently ignored.
    ///
    /// # Errors
    /// When something is left.
    pub fn finish(self) -> Result<(), Problem> {
        let Some((name, _)) = self.given.first() else { return Ok(()) };
        let known = if self.known.is_empty() { "none".to_owned() } else { self.known.join(", ") };
        Err(Problem::parameter(name, format!("is not a parameter of this call; known: {known}")))
    }
}

/// Reads a duration such as `90s`, `15m`, `1h`, `7d` or `4w`.
fn read_duration(name: &str, text: &str) -> Result<Duration, Problem> {
    let refuse =
        || Problem::parameter(name, format!("is {text:?}, not a duration such as 15m, 1h, 7d or 4w"));
    let unit_at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(refuse)?;
    let (count, unit) = text.split_at(unit_at);
    let unit_secs: u64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        "w" => 7 * 24 * 60 * 60,
        _ => return Err(refuse()),
    };
    let secs = count.parse::<u64>().ok().and_then(|count| count.checked_mul(unit_secs)).ok_or_else(refuse)?;
    Ok(Duration::from_secs(secs))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Params {
        let given = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Params { given, known: Vec::new() }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    fn detail<T: std::fmt::Debug>(result: Result<T, Problem>) -> String {
        result.expect_err("refused").detail().to_owned()
    }

    #[test]
    fn the_range_is_the_last_hour_unless_named() {
        let now = at("2026-11-24T12:00:00Z");
        let range = params(&[]).range(now).expect("default");
        assert_eq!((range.from, range.to), (at("2026-11-24T11:00:00Z"), now));
        let range = params(&[("last", "7d")]).range(now).expect("seven days");
        assert_eq!(range.from, at("2026-11-17T12:00:00Z"));
        let range = params(&[("from", "2026-11-24T20:00:00+09:00"), ("to", "2026-11-24T11:30:00Z")]);
        let mut range = range;
        let range = range.range(now).expect("both");
        assert_eq!((range.from, range.to), (at("2026-11-24T11:00:00Z"), at("2026-11-24T11:30:00Z")));
    }

    #[test]
    fn a_refusal_names_the_parameter() {
        let now = at("2026-11-24T12:00:00Z");
        assert!(detail(params(&[("from", "noon")]).range(now)).starts_with("Parameter `from`"));
        assert!(detail(params(&[("to", "2026-11-24T12:00:00")]).range(now)).starts_with("Parameter `to`"));
        assert!(detail(params(&[("last", "1 fortnight")]).range(now)).starts_with("Parameter `last`"));
        assert!(detail(params(&[("from", "2026-11-24T12:00:00Z")]).range(now)).contains("not before"));
        assert!(
            detail(params(&[("last", "1h"), ("from", "2026-11-24T11:00:00Z")]).range(now)).contains("`last`")
        );
        assert!(detail(params(&[("limit", "0")]).limit()).contains("1 to 1000"));
        assert!(detail(params(&[("limit", "1e3")]).limit()).contains("`limit`"));
        assert!(detail(params(&[("error", "yes")]).flag("error")).contains("`error`"));
        assert!(detail(params(&[("min_ms", "NaN")]).number("min_ms")).contains("`min_ms`"));
        assert!(detail(params(&[("a", "1"), ("a", "2")]).text("a")).contains("twice"));
        assert_eq!(params(&[("a", "1"), ("b", "3"), ("a", "2")]).texts("a"), ["1", "2"]);
        assert!(detail(params(&[("cursor", "xx")]).cursor::<u64>()).contains("`cursor`"));
    }

    #[test]
    fn a_name_that_may_be_given_several_times_is_taken_in_order() {
        let mut params = params(&[("label", "a=1"), ("last", "1h"), ("label", "b=2")]);
        assert_eq!(params.texts("label"), ["a=1", "b=2"]);
        assert_eq!(params.texts("label"), Vec::<String>::new());
        assert_eq!(params.text("last"), Ok(Some("1h".to_owned())));
        assert_eq!(self::params(&[("threshold", "-0.5")]).signed("threshold"), Ok(Some(-0.5)));
        assert!(detail(self::params(&[("threshold", "inf")]).signed("threshold")).contains("`threshold`"));
    }

    #[test]
    fn what_nobody_took_is_refused() {
        let mut params = params(&[("servce", "shop")]);
        assert_eq!(params.text("service"), Ok(None));
        assert!(detail(params.finish()).contains("`servce`"));
    }

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        let cursor = write_cursor(&(7_u64, "x"));
        assert_eq!(read_cursor::<(u64, String)>(&cursor), Ok((7, "x".to_owned())));
    }
}
