//! Reads an expression of PromQL into a tree, as far as people write it in alerting rules: it knows what is an operand of what, and
//! nothing of what any of it means here.

use super::super::query::{QUERY_BYTES, QueryError, Selector, selector};
use super::super::token::{Token, What, tokens};
use super::super::{Grouped, NotCounted};

/// How deep brackets, calls and signs may nest.
const DEPTH: usize = 64;

/// Aggregations, whose labels may be named before or behind what they are of.
const AGGREGATIONS: [&str; 13] = [
    "sum",
    "avg",
    "min",
    "max",
    "count",
    "group",
    "stddev",
    "stdvar",
    "topk",
    "bottomk",
    "quantile",
    "count_values",
    "limitk",
];

/// What is between two operands, the loosest first; of one strength the first is done first.
const BINARY: [&[&str]; 6] = [
    &["or"],
    &["and", "unless"],
    &["==", "!=", "<=", "<", ">=", ">"],
    &["+", "-"],
    &["*", "/", "%", "atan2"],
    &["^"],
];

/// A part of an expression, and where it begins.
pub(super) struct Node {
    pub(super) at: usize,
    pub(super) what: Part,
}

pub(super) enum Part {
    Number(f64),
    /// A text in quotes, as some functions take it.
    Text,
    Series(Selector),
    /// The samples of series over so many seconds.
    Range(Selector, u64),
    /// A range of another expression's values.
    Subquery,
    Call(String, Vec<Node>),
    Aggregation {
        name: String,
        grouped: Grouped,
        of: Vec<Node>,
    },
    Binary(Box<Binary>),
}

pub(super) struct Binary {
    pub(super) sign: &'static str,
    pub(super) sign_at: usize,
    /// `bool`, `on (…)` and the like, if there is one.
    pub(super) modifier: Option<String>,
    pub(super) left: Node,
    pub(super) right: Node,
}

const READABLE: &str = "write it as Prometheus takes it, and check it with promtool check rules";

fn wrong(at: usize, reason: impl Into<String>) -> NotCounted {
    NotCounted { offset: at, reason: reason.into(), instead: READABLE }
}

fn moved(at: usize, word: &str) -> NotCounted {
    NotCounted {
        offset: at,
        reason: format!(
            "{word} looks at another time than now, and ippo judges each minute by what happened in it"
        ),
        instead: "leave it away, or say the comparison with the past by a limit",
    }
}

/// Reads a whole expression.
pub(super) fn read(query: &str) -> Result<Node, NotCounted> {
    if query.len() > QUERY_BYTES {
        return Err(wrong(
            0,
            format!("the expression has {} bytes; at most {QUERY_BYTES} are read", query.len()),
        ));
    }
    if let Some(at) = query.find("{{") {
        return Err(NotCounted {
            offset: at,
            reason: "a template fills this in, and with what is not known here".to_owned(),
            instead: "import what the template makes of it, as helm template or your generator writes it",
        });
    }
    let tokens = tokens(query).map_err(unreadable)?;
    let mut parser = Parser { tokens: &tokens, at: 0, end: query.len(), depth: 0 };
    let node = parser.binary(0)?;
    match parser.peek() {
        None => Ok(node),
        Some(token) if token.is('@') => Err(moved(token.at, "@")),
        Some(token) => Err(wrong(token.at, "this is not read as an expression")),
    }
}

fn unreadable(error: QueryError) -> NotCounted {
    wrong(error.offset, error.message)
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
        if self.takes(sign) { Ok(()) } else { Err(wrong(self.offset(), format!("here should be a {sign}"))) }
    }

    fn word(&self) -> Option<&'a str> {
        self.peek()?.word()
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, NotCounted>) -> Result<T, NotCounted> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(wrong(self.offset(), format!("this nests deeper than {DEPTH} levels")));
        }
        let read = read(self)?;
        self.depth -= 1;
        Ok(read)
    }

    /// Operands with what is between them, of this strength and stronger.
    fn binary(&mut self, strength: usize) -> Result<Node, NotCounted> {
        let Some(signs) = BINARY.get(strength) else { return self.unary() };
        let mut left = self.binary(strength + 1)?;
        while let Some((sign, length)) = self.sign(signs) {
            let sign_at = self.offset();
            self.at += length;
            let modifier = self.modifiers()?;
            let right = self.deeper(|parser| parser.binary(strength + usize::from(sign != "^")))?;
            let binary = Binary { sign, sign_at, modifier, left, right };
            left = Node { at: binary.left.at, what: Part::Binary(Box::new(binary)) };
        }
        Ok(left)
    }

    /// Which of these comes next, and how many words it is.
    fn sign(&self, signs: &[&'static str]) -> Option<(&'static str, usize)> {
        let token = self.peek()?;
        let follows = self
            .tokens
            .get(self.at + 1)
            .is_some_and(|next| next.at == token.at + 1 && next.what == What::Match("="));
        let found = match &token.what {
            What::Word(word) => signs.iter().find(|sign| word.eq_ignore_ascii_case(sign)),
            What::Match(sign) => signs.iter().find(|known| *known == sign),
            What::Sign(sign @ ('<' | '>')) if follows => {
                return signs.iter().find(|known| **known == format!("{sign}=")).map(|known| (*known, 2));
            }
            What::Sign(sign) => signs.iter().find(|known| known.chars().eq([*sign])),
            What::Text(_) => None,
        };
        found.map(|known| (*known, 1))
    }

    /// `bool`, and how series are paired.
    fn modifiers(&mut self) -> Result<Option<String>, NotCounted> {
        let mut first = None;
        while let Some(word) = self.word() {
            let is = |known: &str| word.eq_ignore_ascii_case(known);
            if !["bool", "on", "ignoring", "group_left", "group_right"].into_iter().any(is) {
                break;
            }
            self.at += 1;
            if !is("bool") && self.peek().is_some_and(|token| token.is('(')) {
                self.labels()?;
            }
            first.get_or_insert_with(|| word.to_ascii_lowercase());
        }
        Ok(first)
    }

    fn unary(&mut self) -> Result<Node, NotCounted> {
        let at = self.offset();
        if self.takes('+') {
            return self.deeper(Self::unary);
        }
        if !self.takes('-') {
            return self.behind();
        }
        let of = self.deeper(|parser| parser.binary(BINARY.len() - 1))?;
        let what = match of.what {
            Part::Number(number) => Part::Number(-number),
            _ => Part::Binary(Box::new(Binary {
                sign: "*",
                sign_at: at,
                modifier: None,
                left: Node { at, what: Part::Number(-1.0) },
                right: of,
            })),
        };
        Ok(Node { at, what })
    }

    /// An operand, with what stands behind it.
    fn behind(&mut self) -> Result<Node, NotCounted> {
        let mut node = self.operand()?;
        while let Some(token) = self.peek() {
            let word = token.word().filter(|word| word.eq_ignore_ascii_case("offset"));
            if token.is('[') {
                node = self.range(node)?;
            } else if let Some(word) = word {
                return Err(moved(token.at, word));
            } else {
                break;
            }
        }
        Ok(node)
    }

    fn range(&mut self, of: Node) -> Result<Node, NotCounted> {
        let at = self.offset();
        self.expect('[')?;
        let length = self.word().and_then(seconds);
        let inside = self.tokens[self.at..].iter().position(|token| token.is(']'));
        let Some(closes) = inside else { return Err(wrong(at, "this [ is not closed")) };
        let has_step = self.tokens[self.at..self.at + closes]
            .iter()
            .any(|token| token.word().is_some_and(|word| word.contains(':')) || token.is(':'));
        self.at += closes + 1;
        let what = match (of.what, length) {
            _ if has_step => Part::Subquery,
            (Part::Series(selector), Some(length)) if closes == 1 => Part::Range(selector, length),
            (Part::Series(_), _) => return Err(wrong(at + 1, "here should be a length of time, such as 5m")),
            _ => return Err(wrong(at, "a range is of a selector")),
        };
        Ok(Node { at: of.at, what })
    }

    fn operand(&mut self) -> Result<Node, NotCounted> {
        let at = self.offset();
        if self.takes('(') {
            let inside = self.deeper(|parser| parser.binary(0))?;
            self.expect(')')?;
            return Ok(Node { at, what: inside.what });
        }
        let Some(token) = self.peek() else { return Err(wrong(at, "the expression is empty, or ends here")) };
        let next = |ahead: usize| self.tokens.get(self.at + ahead);
        let opens = next(1).is_some_and(|token| token.is('('));
        let grouped = next(1).and_then(Token::word).is_some_and(is_grouping);
        match &token.what {
            What::Text(_) => {
                self.at += 1;
                Ok(Node { at, what: Part::Text })
            }
            What::Word(word) if word.starts_with(|c: char| c.is_ascii_digit() || c == '.') => {
                self.number(word)
            }
            What::Word(word) if is_aggregation(word) && (opens || grouped) => self.aggregation(word),
            What::Word(word) if opens => {
                self.at += 1;
                let of = self.arguments()?;
                Ok(Node { at, what: Part::Call(word.to_ascii_lowercase(), of) })
            }
            What::Word(_) => self.series(),
            What::Sign('{') => self.series(),
            _ => Err(wrong(at, "here should be a metric, a number or a function")),
        }
    }

    /// A number, of which the sign of its exponent is a word of its own.
    fn number(&mut self, word: &str) -> Result<Node, NotCounted> {
        let at = self.offset();
        let mut text = word.to_owned();
        self.at += 1;
        if word.ends_with(['e', 'E'])
            && let Some(sign @ ('-' | '+')) = self.peek().and_then(|token| match token.what {
                What::Sign(sign) => Some(sign),
                _ => None,
            })
            && let Some(exponent) = self.tokens.get(self.at + 1).and_then(Token::word)
        {
            text = format!("{word}{sign}{exponent}");
            self.at += 2;
        }
        let number = number(&text).ok_or_else(|| wrong(at, format!("{text} is not read as a number")))?;
        Ok(Node { at, what: Part::Number(number) })
    }

    fn series(&mut self) -> Result<Node, NotCounted> {
        let (at, begins) = (self.offset(), self.at);
        self.at += usize::from(self.word().is_some());
        if self.peek().is_some_and(|token| token.is('{')) {
            let closes = self.tokens[self.at..].iter().position(|token| token.is('}'));
            let Some(closes) = closes else { return Err(wrong(self.offset(), "this { is not closed")) };
            self.at += closes + 1;
        }
        let selector =
            selector(&self.tokens[begins..self.at], self.offset()).map_err(|error| NotCounted {
                offset: error.offset,
                reason: error.message,
                instead: "name one metric, and choose its series by its labels",
            })?;
        Ok(Node { at, what: Part::Series(selector) })
    }

    fn arguments(&mut self) -> Result<Vec<Node>, NotCounted> {
        self.expect('(')?;
        let mut of = Vec::new();
        while !self.takes(')') {
            of.push(self.deeper(|parser| parser.binary(0))?);
            if !self.takes(',') && !self.peek().is_some_and(|token| token.is(')')) {
                return Err(wrong(self.offset(), "here should be a comma or )"));
            }
        }
        Ok(of)
    }

    fn aggregation(&mut self, name: &str) -> Result<Node, NotCounted> {
        let at = self.offset();
        self.at += 1;
        let before = self.grouping()?;
        let of = self.arguments()?;
        let grouped = match before {
            Some(before) => before,
            None => self.grouping()?.unwrap_or(Grouped::Whole),
        };
        Ok(Node { at, what: Part::Aggregation { name: name.to_ascii_lowercase(), grouped, of } })
    }

    fn grouping(&mut self) -> Result<Option<Grouped>, NotCounted> {
        let Some(word) = self.word().filter(|word| is_grouping(word)) else { return Ok(None) };
        self.at += 1;
        let labels = self.labels()?;
        Ok(Some(match (word.eq_ignore_ascii_case("by"), labels.is_empty()) {
            (true, true) => Grouped::Whole,
            (true, false) => Grouped::By(labels),
            (false, _) => Grouped::Without(labels),
        }))
    }

    /// Names of labels in brackets.
    fn labels(&mut self) -> Result<Vec<String>, NotCounted> {
        self.expect('(')?;
        let mut labels = Vec::new();
        while !self.takes(')') {
            match self.peek().map(|token| &token.what) {
                Some(What::Word(label) | What::Text(label)) => labels.push(label.clone()),
                _ => return Err(wrong(self.offset(), "here should be a label or )")),
            }
            self.at += 1;
            self.takes(',');
        }
        Ok(labels)
    }
}

fn is_aggregation(word: &str) -> bool {
    AGGREGATIONS.iter().any(|known| word.eq_ignore_ascii_case(known))
}

fn is_grouping(word: &str) -> bool {
    word.eq_ignore_ascii_case("by") || word.eq_ignore_ascii_case("without")
}

/// A number as it is usually written, or a length of time in seconds, as Prometheus 3 takes it.
fn number(word: &str) -> Option<f64> {
    let plain = word.parse().ok().filter(|number: &f64| number.is_finite());
    plain.or_else(|| seconds(word).map(|seconds| seconds as f64))
}

/// Seconds, of `5m`, `1h30m` or `90s`; the unit of milliseconds is not among them.
pub fn seconds(text: &str) -> Option<u64> {
    let mut total: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|digits| *digits > 0)?;
        let per_unit = match rest.as_bytes()[digits] {
            b's' => 1,
            b'm' => 60,
            b'h' => 3_600,
            b'd' => 86_400,
            b'w' => 7 * 86_400,
            b'y' => 365 * 86_400,
            _ => return None,
        };
        let count: u64 = rest[..digits].parse().ok()?;
        total = total.checked_add(count.checked_mul(per_unit)?)?;
        rest = &rest[digits + 1..];
    }
    (!text.is_empty()).then_some(total)
}
