//! Reads what an expression of PromQL counts, as far as selectors of counters say the same. Where they do not it says why, and
//! never picks something that is nearly the same.
//!
//! Grammar: <https://prometheus.io/docs/prometheus/latest/querying/operators/>.

use super::query::{QUERY_BYTES, QueryError, Selector, selector};
use super::token::{Token, What, tokens};

/// How deep brackets may nest.
const DEPTH: usize = 64;

/// What a selector's counters are summed by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Grouped {
    /// All of them are one sum.
    Whole,
    /// One sum for each value of these labels.
    By(Vec<String>),
    /// One sum for each value of all labels but these.
    Without(Vec<String>),
    /// Each series by itself.
    EachSeries,
}

/// Good or bad events.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CountedPart {
    /// These are good.
    Good(Selector),
    /// These are bad.
    Bad(Selector),
}

impl CountedPart {
    /// Its selector, whichever it is.
    pub fn selector(&self) -> &Selector {
        match self {
            Self::Good(selector) | Self::Bad(selector) => selector,
        }
    }
}

/// A ratio of what counters count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CountedRatio {
    /// All events.
    pub total: Selector,
    /// Some of them.
    pub part: CountedPart,
    /// What both are summed by.
    pub grouped: Grouped,
}

/// Why selectors cannot say what an expression says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotCounted {
    /// Byte offset in the text.
    pub offset: usize,
    /// Why.
    pub reason: String,
    /// What to write instead.
    pub instead: &'static str,
}

/// Which of two expressions is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The bad events.
    Error,
    /// All events.
    Total,
}

const AS_COUNTERS: &str =
    "name the counters of the events: a ratioMetric with a selector for good or bad and one for total";
const AS_VALUE: &str = "judge the value once a minute: a thresholdMetric with it as its query, and op and value in the objective";
const RECORDED: &str = "write the selectors of the counters that the rule is made of";
const ONE_SELECTOR: &str =
    "write one selector that has them all, such as code=~\"429|5..\", or an SLO for each";

impl NotCounted {
    fn new(offset: usize, reason: impl Into<String>, instead: &'static str) -> Self {
        Self { offset, reason: reason.into(), instead }
    }
}

impl From<QueryError> for NotCounted {
    fn from(error: QueryError) -> Self {
        Self::new(error.offset, error.message, AS_COUNTERS)
    }
}

/// Reads a query for bad events and one for all of them.
///
/// # Errors
/// Which of the two cannot be counted, and why.
pub fn read_events(error: &str, total: &str) -> Result<CountedRatio, (Side, NotCounted)> {
    let of_total = parse(total).and_then(|node| counted(&node)).map_err(|e| (Side::Total, e))?;
    let node = parse(error).map_err(|e| (Side::Error, e))?;
    events(&node, of_total).map_err(|e| (Side::Error, e))
}

/// Reads a query for the share of bad events.
///
/// # Errors
/// Why it is no ratio of counters.
pub fn read_error_ratio(query: &str) -> Result<CountedRatio, NotCounted> {
    let node = parse(query)?;
    match &node.what {
        Sum::Over(errors, total) => events(errors, counted(total)?),
        Sum::Minus(whole, rest) if whole.is_number(1.0) => match &rest.what {
            Sum::Over(good, total) => Ok(ratio(CountedPart::Good, part(good)?, counted(total)?)),
            _ => Err(no_ratio(&node)),
        },
        _ => Err(no_ratio(&node)),
    }
}

fn no_ratio(node: &Node) -> NotCounted {
    let reason = "a ready-made ratio cannot be summed exactly over a window: a quiet minute would weigh as much as a busy one";
    NotCounted::new(node.at, reason, AS_COUNTERS)
}

/// Selectors of one sum.
#[derive(Clone)]
struct Counted {
    selector: Selector,
    grouped: Grouped,
    /// Where it says that nothing is there when nothing was counted.
    drops_at: Option<usize>,
}

struct Node {
    at: usize,
    what: Sum,
}

enum Sum {
    Number(f64),
    Count(Counted),
    Plus(Box<Node>, Box<Node>),
    Minus(Box<Node>, Box<Node>),
    Over(Box<Node>, Box<Node>),
}

impl Node {
    fn is_number(&self, number: f64) -> bool {
        matches!(self.what, Sum::Number(written) if written == number)
    }
}

fn events(node: &Node, total: Counted) -> Result<CountedRatio, NotCounted> {
    let Sum::Minus(all, good) = &node.what else {
        return Ok(ratio(CountedPart::Bad, part(node)?, total));
    };
    let of_all = counted(all)?;
    if of_all.selector != total.selector {
        let reason = format!(
            "what is left of {} are bad events only if that counts all of them, and the total is {}",
            of_all.selector, total.selector
        );
        return Err(NotCounted::new(all.at, reason, AS_COUNTERS));
    }
    Ok(ratio(CountedPart::Good, part(good)?, total))
}

/// The one selector of some of the events, of which there may be none.
fn part(node: &Node) -> Result<Counted, NotCounted> {
    let counted = counted(node)?;
    match counted.drops_at {
        None => Ok(counted),
        Some(at) => {
            let reason = "a comparison drops the times at which there were none, so that what else happened then is not judged";
            Err(NotCounted::new(
                at,
                reason,
                "leave the comparison away: it has a meaning for the total alone",
            ))
        }
    }
}

fn ratio(part: fn(Selector) -> CountedPart, of_part: Counted, total: Counted) -> CountedRatio {
    let grouped = if total.grouped == Grouped::Whole { of_part.grouped } else { total.grouped };
    CountedRatio { total: total.selector, part: part(of_part.selector), grouped }
}

/// The one selector of a sum.
fn counted(node: &Node) -> Result<Counted, NotCounted> {
    match &node.what {
        Sum::Count(counted) => Ok(counted.clone()),
        Sum::Plus(left, right) => {
            let (left, right) = (counted(left)?, counted(right)?);
            let selector = left.selector.or(&right.selector).ok_or_else(|| {
                let reason = format!(
                    "ippo counts one selector here, and no one selector is known to count exactly {} and {}",
                    left.selector, right.selector
                );
                NotCounted::new(node.at, reason, ONE_SELECTOR)
            })?;
            Ok(Counted { selector, grouped: left.grouped, drops_at: left.drops_at.or(right.drops_at) })
        }
        Sum::Minus(..) => {
            let reason = "the difference of two counts is no count of events that a selector finds";
            Err(NotCounted::new(node.at, reason, AS_COUNTERS))
        }
        Sum::Over(..) => Err(no_ratio(node)),
        Sum::Number(_) => Err(NotCounted::new(node.at, "a number counts no events", AS_COUNTERS)),
    }
}

fn parse(query: &str) -> Result<Node, NotCounted> {
    if query.len() > QUERY_BYTES {
        let reason = format!("the query has {} bytes; at most {QUERY_BYTES} are read", query.len());
        return Err(NotCounted::new(0, reason, AS_COUNTERS));
    }
    let tokens = tokens(query)?;
    let templated = |token: &&Token| matches!(&token.what, What::Text(text) if text.contains("{{"));
    if let Some(token) = tokens.iter().find(templated) {
        let reason = "a value that a template fills in is not known here";
        return Err(NotCounted::new(token.at, reason, "write the value out"));
    }
    let mut parser = Parser { tokens: &tokens, at: 0, end: query.len(), depth: 0 };
    let node = parser.expression()?;
    match parser.peek() {
        None => Ok(node),
        Some(token) => Err(unfit(token)),
    }
}

/// Why something cannot stand behind what was read.
fn unfit(token: &Token) -> NotCounted {
    let (reason, instead) = match &token.what {
        What::Word(word) if is(word, "offset") => {
            ("offset moves samples to another time, and ippo counts them at their own", "leave offset away")
        }
        What::Word(word) if is_join(word) => {
            ("a join of series is computed by Prometheus, and not counted", AS_COUNTERS)
        }
        What::Word(word) if ["or", "and", "unless"].iter().any(|known| is(word, known)) => (
            "a choice between series is made by Prometheus at each time, and not counted; of these only `or vector(0)` is read, \
             as where there are no series nothing is counted",
            AS_COUNTERS,
        ),
        What::Sign('<' | '>') | What::Match(_) => {
            ("a comparison drops samples, and ippo counts all that a selector finds", AS_VALUE)
        }
        What::Sign('*' | '%' | '^') => ("arithmetic changes what is counted", AS_COUNTERS),
        What::Sign('@') => ("a selector with @ stands still", "leave @ away"),
        _ => ("this is not read as an expression over counters", AS_COUNTERS),
    };
    NotCounted::new(token.at, reason, instead)
}

fn is(word: &str, known: &str) -> bool {
    word.eq_ignore_ascii_case(known)
}

fn is_join(word: &str) -> bool {
    ["on", "ignoring", "group_left", "group_right", "bool"].iter().any(|known| is(word, known))
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    /// Where the text ends.
    end: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn offset(&self) -> usize {
        self.peek().map_or(self.end, |token| token.at)
    }

    fn takes(&mut self, sign: char) -> bool {
        let takes = self.peek().is_some_and(|token| token.is(sign));
        self.at += usize::from(takes);
        takes
    }

    fn expect(&mut self, sign: char) -> Result<(), NotCounted> {
        if self.takes(sign) {
            return Ok(());
        }
        Err(self.peek().map_or_else(
            || NotCounted::new(self.end, format!("here should be a {sign}"), AS_COUNTERS),
            unfit,
        ))
    }

    fn word(&self, known: &[&str]) -> Option<&'a str> {
        let word = self.peek()?.word()?;
        known.iter().any(|known| is(word, known)).then_some(word)
    }

    /// Sums, and what says no more than that there may be nothing.
    fn expression(&mut self) -> Result<Node, NotCounted> {
        let mut node = self.additive()?;
        loop {
            if self.is_above_nought() {
                if let Sum::Count(counted) = &mut node.what {
                    counted.drops_at = Some(self.offset());
                }
                self.at += 2;
            } else if let Some(after) = self.or_nought() {
                if let Sum::Count(counted) = &mut node.what {
                    counted.drops_at = None;
                }
                self.at = after;
            } else {
                return Ok(node);
            }
        }
    }

    /// `> 0` and `!= 0`, which drop what counts nothing.
    fn is_above_nought(&self) -> bool {
        let [sign, number, ..] = &self.tokens[self.at..] else { return false };
        (sign.is('>') || sign.what == What::Match("!=")) && number.word().and_then(number_of) == Some(0.0)
    }

    /// What is behind `or vector(0)`.
    fn or_nought(&self) -> Option<usize> {
        self.word(&["or"])?;
        let mut at = self.at + 1;
        let is_word = |at: usize, word: &str| self.tokens.get(at)?.word().filter(|w| is(w, word));
        let is_sign = |at: usize, sign: char| self.tokens.get(at).is_some_and(|token| token.is(sign));
        if is_word(at, "on").is_some() && is_sign(at + 1, '(') && is_sign(at + 2, ')') {
            at += 3;
        }
        let opened = (at..).take_while(|&at| is_sign(at, '(')).count();
        at += opened;
        is_word(at, "vector")?;
        let nought = self.tokens.get(at + 2)?.word().and_then(number_of) == Some(0.0);
        let closed = (at + 3..).take_while(|&at| is_sign(at, ')')).take(opened + 1).count();
        (is_sign(at + 1, '(') && nought && closed == opened + 1).then_some(at + 3 + closed)
    }

    fn additive(&mut self) -> Result<Node, NotCounted> {
        let mut left = self.quotient()?;
        loop {
            let what = match self.peek().map(|token| &token.what) {
                Some(What::Sign('+')) => Sum::Plus,
                Some(What::Sign('-')) => Sum::Minus,
                _ => return Ok(left),
            };
            left = self.operation(left, what, Self::quotient)?;
        }
    }

    fn quotient(&mut self) -> Result<Node, NotCounted> {
        let mut left = self.operand()?;
        while self.peek().is_some_and(|token| token.is('/')) {
            left = self.operation(left, Sum::Over, Self::operand)?;
        }
        Ok(left)
    }

    /// The operation whose sign comes next.
    fn operation(
        &mut self,
        left: Node,
        what: fn(Box<Node>, Box<Node>) -> Sum,
        operand: fn(&mut Self) -> Result<Node, NotCounted>,
    ) -> Result<Node, NotCounted> {
        self.at += 1;
        if let Some(token) = self.peek()
            && token.word().is_some_and(is_join)
        {
            return Err(unfit(token));
        }
        let right = operand(self)?;
        let per_series =
            |node: &Node| matches!(&node.what, Sum::Count(counted) if counted.grouped == Grouped::EachSeries);
        if per_series(&left) || per_series(&right) {
            let reason =
                "arithmetic between single series pairs those that have the same labels, and drops the rest";
            return Err(NotCounted::new(left.at, reason, "write sum(…) around each side"));
        }
        Ok(Node { at: left.at, what: what(Box::new(left), Box::new(right)) })
    }

    fn operand(&mut self) -> Result<Node, NotCounted> {
        let at = self.offset();
        if self.takes('(') {
            return self.bracketed();
        }
        let Some(token) = self.peek() else {
            return Err(NotCounted::new(at, "the query is empty, or ends here", AS_COUNTERS));
        };
        let opens = |ahead: usize| self.tokens.get(self.at + ahead).is_some_and(|token| token.is('('));
        let grouping = self.tokens.get(self.at + 1).and_then(Token::word).is_some_and(is_grouping);
        match token.word() {
            Some(word) if is(word, "sum") && (opens(1) || grouping) => self.sum(),
            Some("rate" | "increase" | "irate") if opens(1) => self.increase(),
            Some(word) if opens(1) || grouping => Err(function(at, word)),
            Some(word) if number_of(word).is_some() => {
                self.at += 1;
                Ok(Node { at, what: Sum::Number(number_of(word).unwrap_or_default()) })
            }
            Some(_) => Err(self.value()),
            None if token.is('{') => Err(self.value()),
            None => Err(unfit(token)),
        }
    }

    fn bracketed(&mut self) -> Result<Node, NotCounted> {
        self.depth += 1;
        if self.depth > DEPTH {
            let reason = format!("brackets nest deeper than {DEPTH} levels");
            return Err(NotCounted::new(self.offset(), reason, AS_COUNTERS));
        }
        let node = self.expression()?;
        self.depth -= 1;
        self.expect(')')?;
        Ok(node)
    }

    /// `sum(…)`, grouped before or behind.
    fn sum(&mut self) -> Result<Node, NotCounted> {
        let at = self.offset();
        self.at += 1;
        let before = self.grouping()?;
        self.expect('(')?;
        let inside = self.bracketed()?;
        let behind = self.grouping()?;
        match inside.what {
            Sum::Count(counted) => {
                let grouped = before.or(behind).unwrap_or(Grouped::Whole);
                Ok(Node { at, what: Sum::Count(Counted { grouped, ..counted }) })
            }
            _ => {
                let reason =
                    "arithmetic within sum() pairs series that have the same labels, and drops the rest";
                Err(NotCounted::new(inside.at, reason, "write sum(…) around each side"))
            }
        }
    }

    fn grouping(&mut self) -> Result<Option<Grouped>, NotCounted> {
        let Some(word) = self.word(&["by", "without"]) else { return Ok(None) };
        self.at += 1;
        self.expect('(')?;
        let mut labels = Vec::new();
        while !self.takes(')') {
            match self.peek().map(|token| &token.what) {
                Some(What::Word(label) | What::Text(label)) => labels.push(label.clone()),
                _ => self.expect(')')?,
            }
            self.at += 1;
            self.takes(',');
        }
        Ok(Some(match (is(word, "by"), labels.is_empty()) {
            (true, true) => Grouped::Whole,
            (true, false) => Grouped::By(labels),
            (false, _) => Grouped::Without(labels),
        }))
    }

    /// `rate(selector[…])` and the like.
    fn increase(&mut self) -> Result<Node, NotCounted> {
        let at = self.offset();
        self.at += 1;
        self.expect('(')?;
        let begins = self.at;
        let is_range = |token: &&Token| token.is('[');
        let length = self.tokens[begins..].iter().take_while(|token| !is_range(token)).count();
        let written = &self.tokens[begins..begins + length];
        if begins + length == self.tokens.len() {
            let reason = "the range is missing";
            return Err(NotCounted::new(at, reason, "write for example rate(x[5m])"));
        }
        let selector = read_counter(written, self.offset())?;
        let closes = self.tokens[begins + length..].iter().position(|token| token.is(']'));
        let Some(closes) = closes else {
            let reason = "the range is not closed";
            return Err(NotCounted::new(self.tokens[begins + length].at, reason, "write ] behind it"));
        };
        self.at = begins + length + closes + 1;
        self.expect(')')?;
        Ok(Node { at, what: Sum::Count(Counted { selector, grouped: Grouped::EachSeries, drops_at: None }) })
    }

    /// Why a selector by itself counts nothing.
    fn value(&self) -> NotCounted {
        let at = self.offset();
        let name = self.peek().and_then(Token::word).unwrap_or_default();
        if name.contains(':') {
            let reason = format!("{name} is a recording rule, and what it records cannot be seen here");
            return NotCounted::new(at, reason, RECORDED);
        }
        let reason = "without rate() or increase() this is a value, and not how often something happened";
        NotCounted::new(at, reason, AS_VALUE)
    }
}

fn read_counter(written: &[Token], end: usize) -> Result<Selector, NotCounted> {
    let name = written.first().and_then(Token::word).unwrap_or_default();
    if let [_, first, second, ..] = written
        && first.is('{')
        && second.is('{')
    {
        let reason = format!("the recording rule {name}… is another one for each window");
        return Err(NotCounted::new(written[0].at, reason, RECORDED));
    }
    let inner = written.get(1).is_some_and(|token| token.is('('));
    if inner && !name.is_empty() {
        let reason =
            format!("rate() of {name}() is computed by Prometheus from its samples, and not counted");
        return Err(NotCounted::new(written[0].at, reason, AS_COUNTERS));
    }
    Ok(selector(written, end)?)
}

fn is_grouping(word: &str) -> bool {
    is(word, "by") || is(word, "without")
}

fn number_of(word: &str) -> Option<f64> {
    if word.starts_with(|c: char| c.is_ascii_digit() || c == '.') { word.parse().ok() } else { None }
}

/// Why a function or an aggregation counts no events.
fn function(at: usize, name: &str) -> NotCounted {
    let (why, instead) = match name.to_ascii_lowercase().as_str() {
        "histogram_quantile" => (
            "a quantile is no count",
            "promise a share of requests within a boundary of the histogram: good is the selector with _bucket and le=\"…\", \
             total the one with _count",
        ),
        over if over.ends_with("_over_time") => {
            ("looks at samples of a value, and not at what a counter counted", AS_VALUE)
        }
        "max" | "min" | "avg" | "count" | "count_values" | "quantile" | "stddev" | "stdvar" | "topk"
        | "bottomk" | "group" => ("is no sum of counts", AS_VALUE),
        "delta" | "idelta" | "deriv" | "predict_linear" => ("is about a gauge, and not a counter", AS_VALUE),
        _ => ("is computed by Prometheus, and not counted", AS_COUNTERS),
    };
    NotCounted::new(at, format!("{name}() {why}"), instead)
}

#[cfg(test)]
mod tests;
