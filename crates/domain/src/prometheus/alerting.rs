//! Reads what an alerting expression of PromQL watches, and the limit it is held against, as far as an alert rule says the same.
//! Where none does it says why, and never picks something that is nearly the same without a word.
//!
//! Grammar: <https://prometheus.io/docs/prometheus/latest/querying/operators/>.

mod refusal;
mod tree;

use super::{Grouped, NotCounted, Selector};
use crate::alert_rule::{Across, Direction, OverTime};
use tree::{Binary, Node, Part};

pub use tree::seconds;

/// How far Prometheus looks back for a sample, unless it is told otherwise; in minutes.
const LOOK_BACK_MINUTES: u32 = 5;
/// Ends of names of which Prometheus and remote write know that they are counters.
const COUNTERS: [&str; 4] = ["_total", "_bucket", "_sum", "_count"];
const COMPARISONS: [&str; 6] = ["==", "!=", "<=", "<", ">=", ">"];

/// What an alerting expression says.
#[derive(Clone, PartialEq, Debug)]
pub enum Alerting {
    /// A value is beyond a limit.
    Beyond(Beyond),
    /// Nothing has come.
    Absent(Absent),
}

/// A value that is held against a limit.
#[derive(Clone, PartialEq, Debug)]
pub struct Beyond {
    /// What is held against it.
    pub watched: Watched,
    /// On which side the alert is.
    pub direction: Direction,
    /// The limit, in the unit of what is watched.
    pub limit: f64,
    /// What must be true of the values for this to say the same.
    pub supposed: Option<Supposed>,
    /// Whether the limit was computed, as the value was scaled in the expression.
    pub is_computed: bool,
}

/// What must be true of values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Supposed {
    /// They are never below 0.
    NeverBelowNought,
    /// They are never above 1.
    NeverAboveOne,
}

/// What is watched.
#[derive(Clone, PartialEq, Debug)]
pub struct Watched {
    /// Which series.
    pub selector: Selector,
    /// What is made of each.
    pub made: Made,
    /// By what they are put together.
    pub grouped: Grouped,
    /// How; of single series any that is beyond the limit.
    pub across: Across,
}

/// What is made of a series over minutes.
#[derive(Clone, PartialEq, Debug)]
pub enum Made {
    /// A value.
    Value(OverTime, u32),
    /// What was added.
    Increase(u32),
    /// The same in a second.
    Rate(u32),
    /// A percentile, such as `p95`, of a histogram.
    Percentile(String, u32),
}

/// Series of which nothing has come.
#[derive(Clone, PartialEq, Debug)]
pub struct Absent {
    /// Which series.
    pub selector: Selector,
    /// For so many minutes.
    pub minutes: u32,
}

/// Reads an alerting expression.
///
/// # Errors
/// Why no alert rule says the same, and what to do.
pub fn read_alerting(expression: &str) -> Result<Alerting, NotCounted> {
    let node = tree::read(expression)?;
    match node.what {
        Part::Binary(binary) if COMPARISONS.contains(&binary.sign) => compared(*binary),
        Part::Call(name, of) if name == "absent" || name == "absent_over_time" => {
            absent(node.at, &name, of).map(Alerting::Absent)
        }
        what => Err(refusal::not_compared(&Node { at: node.at, what })),
    }
}

/// What is watched, times `factor`, and `added`.
struct Scaled {
    watched: Watched,
    factor: f64,
    added: f64,
}

fn compared(binary: Binary) -> Result<Alerting, NotCounted> {
    let Binary { sign, sign_at, modifier, left, right } = binary;
    if let Some(modifier) = modifier {
        return Err(refusal::modified(sign_at, &modifier));
    }
    let (side, limit, sign) = match (constant(&left), constant(&right)) {
        (None, Some(limit)) => (left, limit, sign),
        (Some(limit), None) => (right, limit, turned(sign)),
        (Some(_), Some(_)) => return Err(refusal::of_numbers(left.at)),
        (None, None) => return Err(refusal::of_two(sign_at)),
    };
    if let Part::Call(name, of) = side.what {
        if name == "absent" || name == "absent_over_time" {
            let is_there = matches!((sign, limit), ("==" | ">=", 1.0) | (">", 0.0));
            return match is_there {
                true => absent(side.at, &name, of).map(Alerting::Absent),
                false => Err(refusal::of_absence(sign_at)),
            };
        }
        let node = Node { at: side.at, what: Part::Call(name, of) };
        return beyond(scaled(node)?, sign, (sign_at, limit)).map(Alerting::Beyond);
    }
    beyond(scaled(side)?, sign, (sign_at, limit)).map(Alerting::Beyond)
}

/// The sign that says the same with its sides exchanged.
fn turned(sign: &'static str) -> &'static str {
    match sign {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        same => same,
    }
}

fn beyond(scaled: Scaled, sign: &'static str, (at, limit): (usize, f64)) -> Result<Beyond, NotCounted> {
    let Scaled { mut watched, factor, added } = scaled;
    let is_computed = factor != 1.0 || added != 0.0;
    let sign = if factor < 0.0 { turned(sign) } else { sign };
    let limit = if is_computed { tidy((limit - added) / factor) } else { limit };
    if !limit.is_finite() {
        return Err(refusal::no_limit(at));
    }
    let is_counted = matches!(watched.made, Made::Increase(_) | Made::Rate(_));
    let never_below = (!is_counted).then_some(Supposed::NeverBelowNought);
    let is_added_up = watched.across == Across::Sum && watched.grouped != Grouped::EachSeries;
    let (direction, supposed) = match (sign, limit) {
        (">", _) => (Direction::Above, None),
        (">=", _) => (Direction::AtLeast, None),
        ("<", _) => (Direction::Below, None),
        ("<=", _) => (Direction::AtMost, None),
        ("==", 0.0) => (Direction::AtMost, never_below),
        ("!=", 0.0) => (Direction::Above, never_below),
        ("==", 1.0) if !is_counted && !is_added_up => (Direction::AtLeast, Some(Supposed::NeverAboveOne)),
        ("!=", 1.0) if !is_counted && !is_added_up => (Direction::Below, Some(Supposed::NeverAboveOne)),
        _ => return Err(refusal::of_one_value(at)),
    };
    if let Made::Percentile(..) = watched.made
        && direction == Direction::AtLeast
    {
        return Err(refusal::of_bucket(at));
    }
    if watched.grouped == Grouped::EachSeries {
        watched.across = if direction.is_high() { Across::Max } else { Across::Min };
    }
    Ok(Beyond { watched, direction, limit, supposed, is_computed })
}

/// A number without what the arithmetic of doubles left behind.
fn tidy(number: f64) -> f64 {
    format!("{number:.13e}").parse().unwrap_or(number)
}

/// The number that a part is, if it has nothing but numbers.
fn constant(node: &Node) -> Option<f64> {
    match &node.what {
        Part::Number(number) => Some(*number),
        Part::Binary(binary) if binary.modifier.is_none() => {
            let (left, right) = (constant(&binary.left)?, constant(&binary.right)?);
            Some(match binary.sign {
                "+" => left + right,
                "-" => left - right,
                "*" => left * right,
                "/" => left / right,
                "^" => left.powf(right),
                _ => return None,
            })
        }
        _ => None,
    }
}

fn scaled(node: Node) -> Result<Scaled, NotCounted> {
    let Node { at, what } = node;
    let watched = match what {
        Part::Binary(binary) => return arithmetic(*binary),
        Part::Aggregation { name, grouped, of } => return aggregated(at, &name, grouped, of),
        Part::Series(selector) => each(of_value(at, selector)?),
        Part::Call(name, of) => called(at, &name, of)?,
        what => return Err(refusal::no_value(&Node { at, what })),
    };
    Ok(Scaled { watched, factor: 1.0, added: 0.0 })
}

fn arithmetic(binary: Binary) -> Result<Scaled, NotCounted> {
    if binary.modifier.is_some() || !["+", "-", "*", "/"].contains(&binary.sign) {
        return Err(refusal::joined(&binary));
    }
    let (number, is_left) = match (constant(&binary.left), constant(&binary.right)) {
        (None, Some(number)) => (number, false),
        (Some(number), None) => (number, true),
        _ => return Err(refusal::joined(&binary)),
    };
    if is_left && binary.sign == "/" {
        return Err(refusal::joined(&binary));
    }
    let Scaled { watched, factor, added } = scaled(if is_left { binary.right } else { binary.left })?;
    let (factor, added) = match (binary.sign, is_left) {
        ("+", _) => (factor, added + number),
        ("-", false) => (factor, added - number),
        ("-", true) => (-factor, number - added),
        ("*", _) => (factor * number, added * number),
        _ => (factor / number, added / number),
    };
    if factor == 0.0 || !factor.is_finite() || !added.is_finite() {
        return Err(refusal::no_limit(binary.sign_at));
    }
    Ok(Scaled { watched, factor, added })
}

/// A series by itself.
fn each((selector, made): (Selector, Made)) -> Watched {
    Watched { selector, made, grouped: Grouped::EachSeries, across: Across::Max }
}

fn of_value(at: usize, selector: Selector) -> Result<(Selector, Made), NotCounted> {
    if selector.metric() == "ALERTS" {
        return Err(refusal::of_alerts(at));
    }
    if is_counter(selector.metric()) {
        return Err(refusal::of_counter(at, &selector));
    }
    Ok((selector, Made::Value(OverTime::Last, LOOK_BACK_MINUTES)))
}

/// Whether a metric is called as counters are.
pub fn is_counter(metric: &str) -> bool {
    COUNTERS.iter().any(|end| metric.ends_with(end))
}

fn aggregated(at: usize, name: &str, grouped: Grouped, mut of: Vec<Node>) -> Result<Scaled, NotCounted> {
    let Some(across) = Across::ALL.into_iter().find(|across| across.name() == name) else {
        return Err(refusal::aggregation(at, name));
    };
    if let Grouped::Without(_) = grouped {
        return Err(refusal::without(at));
    }
    let (Some(inside), true) = (of.pop(), of.is_empty()) else { return Err(refusal::arguments(at, name)) };
    let inside_at = inside.at;
    if let Part::Binary(binary) = &inside.what
        && COMPARISONS.contains(&binary.sign)
    {
        return Err(refusal::filtered(binary.sign_at));
    }
    let Scaled { watched, factor, added } = scaled(inside)?;
    if watched.grouped != Grouped::EachSeries || matches!(watched.made, Made::Percentile(..)) {
        return Err(refusal::twice(inside_at));
    }
    if added != 0.0 || factor < 0.0 {
        return Err(refusal::arithmetic_within(inside_at, name));
    }
    Ok(Scaled { watched: Watched { grouped, across, ..watched }, factor, added })
}

fn called(at: usize, name: &str, mut of: Vec<Node>) -> Result<Watched, NotCounted> {
    let over = |over: &str| OverTime::ALL.into_iter().find(|each| name == format!("{}{over}", each.name()));
    match (name, over("_over_time")) {
        ("rate" | "increase", _) | (_, Some(_)) => {
            let (selector, minutes) = range(at, name, of)?;
            let made = match (name, over("_over_time")) {
                ("rate", _) => Made::Rate(minutes),
                ("increase", _) => Made::Increase(minutes),
                (_, over) => {
                    of_value(at, selector.clone())?;
                    Made::Value(over.unwrap_or(OverTime::Last), minutes)
                }
            };
            Ok(each((selector, made)))
        }
        ("histogram_quantile", _) => {
            let (Some(inside), Some(share), true) = (of.pop(), of.pop(), of.is_empty()) else {
                return Err(refusal::arguments(at, name));
            };
            percentile(&share, inside)
        }
        _ => Err(refusal::function(at, name)),
    }
}

/// The series and the minutes of a function over a range.
fn range(at: usize, name: &str, mut of: Vec<Node>) -> Result<(Selector, u32), NotCounted> {
    match (of.pop(), of.is_empty()) {
        (Some(Node { what: Part::Range(selector, seconds), at }), true) => {
            whole_minutes(at, seconds).map(|minutes| (selector, minutes))
        }
        (Some(Node { what: Part::Subquery, at }), true) => Err(refusal::subquery(at)),
        _ => Err(refusal::arguments(at, name)),
    }
}

fn whole_minutes(at: usize, seconds: u64) -> Result<u32, NotCounted> {
    let minutes =
        u32::try_from(seconds / 60).ok().filter(|minutes| *minutes > 0 && seconds.is_multiple_of(60));
    let longest = crate::definition::VALUE_WINDOW_MINUTES;
    match minutes {
        None => Err(refusal::no_minutes(at)),
        Some(minutes) if minutes > longest => Err(refusal::too_long(at)),
        Some(minutes) => Ok(minutes),
    }
}

/// `histogram_quantile(0.95, sum by (x) (rate(h[5m])))`, of native histograms.
fn percentile(share: &Node, inside: Node) -> Result<Watched, NotCounted> {
    let at = inside.at;
    let percent =
        constant(share).filter(|share| *share > 0.0 && *share < 1.0).map(|share| tidy(share * 100.0));
    let Some(percent) = percent else { return Err(refusal::no_share(share.at)) };
    let Scaled { watched, factor, added } = scaled(inside)?;
    let minutes = match watched.made {
        Made::Rate(minutes) | Made::Increase(minutes) if factor == 1.0 && added == 0.0 => minutes,
        _ => return Err(refusal::no_histogram(at)),
    };
    let by_boundary =
        matches!(&watched.grouped, Grouped::By(labels) if labels.iter().any(|label| label == "le"));
    if by_boundary || watched.selector.metric().ends_with("_bucket") {
        return Err(refusal::classic(at, watched.selector.metric()));
    }
    if watched.grouped == Grouped::EachSeries || watched.across != Across::Sum {
        return Err(refusal::no_histogram(at));
    }
    Ok(Watched { made: Made::Percentile(format!("p{percent}"), minutes), ..watched })
}

fn absent(at: usize, name: &str, mut of: Vec<Node>) -> Result<Absent, NotCounted> {
    match (of.pop(), of.is_empty(), name) {
        (Some(Node { what: Part::Series(selector), .. }), true, "absent") => {
            Ok(Absent { selector, minutes: LOOK_BACK_MINUTES })
        }
        (Some(Node { what: Part::Range(selector, seconds), at }), true, "absent_over_time") => {
            let minutes = u32::try_from(seconds.div_ceil(60)).ok().filter(|minutes| *minutes > 0);
            minutes.map(|minutes| Absent { selector, minutes }).ok_or_else(|| refusal::no_minutes(at))
        }
        _ => Err(refusal::absence_of(at)),
    }
}

#[cfg(test)]
mod tests;
