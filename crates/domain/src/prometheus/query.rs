//! Reads what an SLI asks of Prometheus. Of a selector ippo must know every part, as it counts the samples itself; of an
//! expression only that it can be one, as Prometheus evaluates it.
//!
//! Grammar: <https://prometheus.io/docs/prometheus/latest/querying/basics/>.

use std::fmt;

use super::token::{Token, What, tokens};

/// The longest query, in bytes.
pub const QUERY_BYTES: usize = 4_096;

/// Functions and aggregations around a selector that do no more than what ippo does itself: what is inside them is what
/// should be written.
const WRAPPERS: [&str; 4] = ["sum", "rate", "increase", "irate"];

/// What is wrong with a query, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message} (at byte {offset})")]
pub struct QueryError {
    /// Byte offset in the text.
    pub offset: usize,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl QueryError {
    pub(super) fn new(offset: usize, message: impl Into<String>) -> Self {
        Self { offset, message: message.into() }
    }
}

/// A selector of series of one metric. Written out, it is in a form that is the same however it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Selector {
    pub(super) metric: String,
    /// Label, comparison and value; in order, each once.
    pub(super) matchers: Matchers,
}

impl Selector {
    /// The name of its metric.
    pub fn metric(&self) -> &str {
        &self.metric
    }

    /// The value that all its series have of a label, if it says so by `=`.
    pub fn value_of(&self, label: &str) -> Option<&str> {
        let found = self.matchers.iter().find(|(name, sign, _)| name == label && *sign == "=");
        found.map(|(.., value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = |name: &str| if is_name(name, false) { name.to_owned() } else { text(name) };
        let mut matchers: Vec<String> = self
            .matchers
            .iter()
            .map(|(name, sign, value)| format!("{}{sign}{}", label(name), text(value)))
            .collect();
        if is_name(&self.metric, true) {
            f.write_str(&self.metric)?;
        } else {
            matchers.insert(0, format!("__name__={}", text(&self.metric)));
        }
        if matchers.is_empty() { Ok(()) } else { write!(f, "{{{}}}", matchers.join(",")) }
    }
}

pub(super) fn text(value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

/// Whether a text is a name that needs no quotes; colons belong to names of metrics alone.
fn is_name(text: &str, of_metric: bool) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || (of_metric && c == ':');
    !text.is_empty() && !text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(fits)
}

/// Reads a query that must be a selector of one metric's series.
///
/// # Errors
/// What it is instead, and the selector to write where that can be seen.
pub fn read_selector(query: &str) -> Result<Selector, QueryError> {
    check_length(query)?;
    let tokens = tokens(query)?;
    selector(&tokens, query.len()).map_err(|error| match inside(&tokens, query.len()) {
        Some(selector) => QueryError::new(
            tokens.first().map_or(0, |token| token.at),
            format!(
                "a ratioMetric counts a counter's samples itself, exactly and across resets, where rate() and increase() \
                 extrapolate; write the selector alone: {selector}"
            ),
        ),
        None => error,
    })
}

/// Reads a query that may be any expression with a value; gives it without space around it.
///
/// # Errors
/// When it can be none: Prometheus is not asked.
pub fn read_expression(query: &str) -> Result<&str, QueryError> {
    check_length(query)?;
    let tokens = tokens(query)?;
    let Some(last) = tokens.last() else {
        return Err(QueryError::new(0, "the query is empty; write an expression of PromQL"));
    };
    let mut open: Vec<&Token> = Vec::new();
    for token in &tokens {
        match token.what {
            What::Sign('(' | '[' | '{') => open.push(token),
            What::Sign(sign @ (')' | ']' | '}')) => {
                let pair = match sign {
                    ')' => '(',
                    ']' => '[',
                    _ => '{',
                };
                if !open.pop().is_some_and(|opened| opened.is(pair)) {
                    return Err(QueryError::new(token.at, format!("this {sign} closes no {pair}")));
                }
            }
            _ => {}
        }
    }
    if let Some(unclosed) = open.pop() {
        return Err(QueryError::new(unclosed.at, "this bracket is not closed"));
    }
    if last.is(']') {
        let message =
            "this is a range of samples, which has no value; write for example max_over_time(…[5m])";
        return Err(QueryError::new(last.at, message));
    }
    Ok(query.trim())
}

fn check_length(query: &str) -> Result<(), QueryError> {
    if query.len() > QUERY_BYTES {
        let message = format!("the query has {} bytes; at most {QUERY_BYTES} are read", query.len());
        return Err(QueryError::new(0, message));
    }
    Ok(())
}

/// The selector inside of functions and aggregations that ippo does without.
fn inside(tokens: &[Token], end: usize) -> Option<Selector> {
    let closing = closing_of(tokens);
    let (first, last) = (tokens.first()?, tokens.len() - 1);
    if first.is('(') && closing(0)? == last {
        return unwrapped(&tokens[1..last], end);
    }
    if !first.word().is_some_and(|word| WRAPPERS.contains(&word)) {
        return None;
    }
    let grouped =
        |at: usize| tokens.get(at).and_then(Token::word).is_some_and(|w| matches!(w, "by" | "without"));
    let opening = if grouped(1) { closing(2)? + 1 } else { 1 };
    let closes = closing(opening)?;
    let ends = if grouped(closes + 1) { closing(closes + 2)? } else { closes };
    if ends == last { unwrapped(&tokens[opening + 1..closes], end) } else { None }
}

/// Finds where the bracket at a place is closed.
fn closing_of(tokens: &[Token]) -> impl Fn(usize) -> Option<usize> {
    move |opening| {
        if !tokens.get(opening)?.is('(') {
            return None;
        }
        let mut depth = 0usize;
        tokens.iter().enumerate().skip(opening).find_map(|(at, token)| {
            depth = if token.is('(') { depth + 1 } else { depth.saturating_sub(usize::from(token.is(')'))) };
            (depth == 0).then_some(at)
        })
    }
}

fn unwrapped(tokens: &[Token], end: usize) -> Option<Selector> {
    let without_range = match tokens.iter().rposition(|token| token.is('[')) {
        Some(at) if tokens.last().is_some_and(|token| token.is(']')) => &tokens[..at],
        _ => tokens,
    };
    selector(without_range, end).ok().or_else(|| inside(without_range, end))
}

/// Reads a selector; `end` is where its text ends.
pub(super) fn selector(tokens: &[Token], end: usize) -> Result<Selector, QueryError> {
    let mut rest = tokens;
    let mut metric = None;
    if let Some(name) = rest.first().and_then(Token::word).filter(|word| is_name(word, true)) {
        metric = Some(name.to_owned());
        rest = &rest[1..];
    }
    let mut matchers = Vec::new();
    if rest.first().is_some_and(|token| token.is('{')) {
        rest = matchers_of(&rest[1..], end, &mut metric, &mut matchers)?;
    }
    if let Some(token) = rest.first() {
        return Err(QueryError::new(token.at, trailing(token, tokens.len() == rest.len())));
    }
    let Some(metric) = metric else {
        let at = tokens.first().map_or(0, |token| token.at);
        return Err(QueryError::new(
            at,
            "name the metric: write for example http_requests_total{job=\"api\"}",
        ));
    };
    matchers.sort();
    matchers.dedup();
    Ok(Selector { metric, matchers })
}

/// Label, comparison and value.
pub(super) type Matchers = Vec<(String, &'static str, String)>;

/// Reads matchers up to the closing bracket. Gives what is behind it.
fn matchers_of<'a>(
    mut rest: &'a [Token],
    end: usize,
    metric: &mut Option<String>,
    matchers: &mut Matchers,
) -> Result<&'a [Token], QueryError> {
    let at = |rest: &[Token]| rest.first().map_or(end, |token| token.at);
    loop {
        if rest.first().is_some_and(|token| token.is('}')) {
            return Ok(&rest[1..]);
        }
        let begins = at(rest);
        let (label, after) = match rest {
            [Token { what: What::Word(word), .. }, after @ ..] if is_name(word, false) => {
                (word.clone(), after)
            }
            [Token { what: What::Text(text), .. }, after @ ..] => (text.clone(), after),
            _ => return Err(QueryError::new(begins, "here should be a label, such as job=\"api\", or }")),
        };
        rest = match after {
            [Token { what: What::Match(sign), .. }, Token { what: What::Text(value), .. }, after @ ..]
                if *sign != "==" =>
            {
                match (label.as_str(), *sign) {
                    ("__name__", "=") => name_once(metric, value, begins)?,
                    ("__name__", _) => {
                        let message =
                            "a selector is of one metric: give its name, and choose by other labels";
                        return Err(QueryError::new(begins, message));
                    }
                    _ => matchers.push((label, sign, value.clone())),
                }
                after
            }
            // The name of a metric in quotes, as Prometheus 3 takes it.
            after @ ([] | [Token { what: What::Sign(',' | '}'), .. }, ..])
                if matches!(rest.first(), Some(Token { what: What::Text(_), .. })) =>
            {
                name_once(metric, &label, begins)?;
                after
            }
            after => {
                let message = "after a label comes =, !=, =~ or !~ and a text in quotes";
                return Err(QueryError::new(at(after), message));
            }
        };
        match rest {
            [comma, after @ ..] if comma.is(',') => rest = after,
            [brace, ..] if brace.is('}') => {}
            _ => return Err(QueryError::new(at(rest), "here should be a comma or }")),
        }
    }
}

fn name_once(metric: &mut Option<String>, name: &str, at: usize) -> Result<(), QueryError> {
    if metric.is_some() {
        return Err(QueryError::new(at, "the metric is named twice; keep one"));
    }
    *metric = Some(name.to_owned());
    Ok(())
}

/// Why something is no selector, by the first word that does not fit.
fn trailing(token: &Token, is_first: bool) -> String {
    match &token.what {
        What::Sign('[') => "leave the range away: ippo asks for the samples of each minute itself".to_owned(),
        What::Sign('@') => "a selector with @ stands still; leave it away".to_owned(),
        What::Word(word) if word.eq_ignore_ascii_case("offset") => {
            "offset moves samples to another time, and ippo counts them at their own; leave it away".to_owned()
        }
        _ if is_first => "here should be a selector, such as http_requests_total{job=\"api\"}".to_owned(),
        _ => "a ratioMetric needs a selector of counters, such as http_requests_total{job=\"api\",code=~\"5..\"}, and not an \
              expression: ippo counts its samples itself. Write the selector of the series, or the name of a recording rule \
              that is a counter"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_is_too_strange_and_what_is_read_stays_the_same(
            text in r#"(sum|rate|up|x:y|offset|by|[a-z_é]{0,3}|[{}()\[\],@=!~"'`\\# 0-9.-]){0,25}"#,
        ) {
            let _ = read_expression(&text);
            if let Ok(selector) = read_selector(&text) {
                prop_assert_eq!(read_selector(&selector.to_string()), Ok(selector));
            }
        }
    }

    fn canonical(query: &str) -> String {
        read_selector(query).unwrap_or_else(|error| panic!("{query}: {error}")).to_string()
    }

    fn refused(query: &str) -> String {
        read_selector(query).expect_err(query).to_string()
    }

    #[test]
    fn a_selector_is_the_same_however_it_is_written() {
        for (written, same) in [
            ("up", "up"),
            (" job:requests:count { } ", "job:requests:count"),
            (
                "http_requests_total{code=~'2..', job=\"api\",}",
                r#"http_requests_total{code=~"2..",job="api"}"#,
            ),
            ("x{b=\"1\",a!=`\\d`,b='1'} # why", r#"x{a!="\\d",b="1"}"#),
            ("{__name__=\"up\",job!~\"a|b\"}", r#"up{job!~"a|b"}"#),
            (
                "{\"http.server.requests\",\"k8s.pod\"=\"a\"}",
                r#"{__name__="http.server.requests","k8s.pod"="a"}"#,
            ),
            (r#"x{a="\"\n\u00e9"}"#, "x{a=\"\\\"\\n\u{e9}\"}"),
        ] {
            assert_eq!(canonical(written), same);
            assert_eq!(canonical(same), same, "and stays so");
        }
    }

    #[test]
    fn what_ippo_does_itself_is_taken_off() {
        let selector = r#"http_requests_total{code="200"}"#;
        for query in [
            "sum(rate(http_requests_total{code='200'}[5m]))",
            "sum by (job, le) (increase(http_requests_total{code='200'}[1m]))",
            "sum(irate(http_requests_total{code='200'}[5m])) without (pod)",
            "(sum(http_requests_total{code='200'}))",
            "rate(http_requests_total{code='200'}[5m:30s])",
        ] {
            assert!(
                refused(query).contains(&format!("write the selector alone: {selector} ")),
                "{}",
                refused(query)
            );
        }
    }

    #[test]
    fn what_is_no_selector_is_told_with_its_place() {
        for (query, message, offset) in [
            ("", "name the metric", 0),
            ("{job=\"api\"}", "name the metric", 0),
            ("up[5m]", "leave the range away", 2),
            ("up offset 5m", "offset moves", 3),
            ("up @ 5", "stands still", 3),
            ("a / b", "needs a selector of counters", 2),
            ("sum(a) / sum(b)", "needs a selector of counters", 3),
            ("max(a)", "needs a selector of counters", 3),
            ("5", "here should be a selector", 0),
            ("up{job=api}", "a text in quotes", 6),
            ("up{job==\"api\"}", "a text in quotes", 6),
            ("up{job=\"api}", "close its quotes", 7),
            ("up{job=\"a\" x=\"b\"}", "a comma or }", 11),
            ("up{job=\"a\"", "a comma or }", 10),
            ("up{", "a label", 3),
            ("up{__name__=\"x\"}", "named twice", 3),
            ("{__name__=~\"x.*\"}", "of one metric", 1),
            ("up{a=\"\\8\"}", "no known escape", 5),
        ] {
            let error = read_selector(query).expect_err(query);
            assert!(error.message.contains(message), "{query}: {error}");
            assert_eq!(error.offset, offset, "{query}: {error}");
        }
        assert!(refused(&"x".repeat(QUERY_BYTES + 1)).contains("at most 4096"));
    }

    #[test]
    fn an_expression_must_be_able_to_be_one() {
        assert_eq!(read_expression(" max(q{a=\"(\"}[5m:1m]) # )\n"), Ok("max(q{a=\"(\"}[5m:1m]) # )"));
        for (query, message) in [
            (" ", "is empty"),
            ("max(q", "not closed"),
            ("max q)", "closes no ("),
            ("max(q]", "closes no ["),
            ("q[5m]", "a range of samples"),
            ("q{a='b}", "close its quotes"),
        ] {
            let error = read_expression(query).expect_err(query);
            assert!(error.message.contains(message), "{query}: {error}");
        }
    }
}
