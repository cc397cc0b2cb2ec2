//! Why an alerting expression is not carried over, and what to do instead: a sentence for each reason, in one place.

use super::tree::{Binary, Node, Part};
use crate::prometheus::{NotCounted, Selector};

const RECORD: &str = "have the Prometheus record it (record: …) and send it by remote write, and compare the name of the record with the limit";
const SHARE: &str = "a share of requests that fail is what an SLO watches: write one with a ratioMetric of the two counters; for \
                     others have the Prometheus record it (record: …) and send it by remote write, and compare the name of the record";
const TWO_RULES: &str = "write a rule for each side";
/// Functions that read the clock.
const CLOCK: [&str; 10] = [
    "time",
    "timestamp",
    "hour",
    "minute",
    "month",
    "year",
    "day_of_week",
    "day_of_month",
    "day_of_year",
    "days_in_month",
];
const NAMED_SERIES: &str = "name the labels by which alerts are told apart: sum by (job) (…)";

fn refusal(at: usize, reason: impl Into<String>, instead: &'static str) -> NotCounted {
    NotCounted { offset: at, reason: reason.into(), instead }
}

/// Why an expression without a comparison is none.
pub(super) fn not_compared(node: &Node) -> NotCounted {
    let at = node.at;
    match &node.what {
        Part::Binary(binary) => match binary.sign {
            "or" => refusal(binary.sign_at, "a rule has one condition, and \"or\" joins two", TWO_RULES),
            "and" | "unless" => refusal(
                binary.sign_at,
                format!("a rule has one condition, and {:?} joins two", binary.sign),
                "keep the condition that people act on; what only holds it back may be a mute or a label in its selector",
            ),
            _ => without_limit(at),
        },
        Part::Call(name, _) if name == "vector" => refusal(
            at,
            "it always fires, so that somebody notices when alerts end: that is no condition of a service",
            "have ippo say from outside that it is well: heartbeat.url in its configuration",
        ),
        Part::Number(_) | Part::Text => refusal(at, "this is no series", RECORD),
        _ => without_limit(at),
    }
}

fn without_limit(at: usize) -> NotCounted {
    refusal(
        at,
        "without a comparison it fires as long as there are series, whatever their values, and ippo holds values against a limit",
        "compare the value, as in > 0",
    )
}

pub(super) fn modified(at: usize, modifier: &str) -> NotCounted {
    match modifier {
        "bool" => refusal(
            at,
            "with bool every series has a value, 0 too, and the rule always fires",
            "leave bool away",
        ),
        _ => of_two(at),
    }
}

pub(super) fn of_numbers(at: usize) -> NotCounted {
    refusal(at, "this compares numbers, and looks at no series", RECORD)
}

pub(super) fn of_two(at: usize) -> NotCounted {
    refusal(at, "this compares two metrics, and an alert rule holds one against a number", RECORD)
}

pub(super) fn of_absence(at: usize) -> NotCounted {
    refusal(at, "absent() is 1 or nothing at all, so that this never fires", "leave the comparison away")
}

pub(super) fn absence_of(at: usize) -> NotCounted {
    refusal(
        at,
        "ippo waits for series of one metric, and this is no selector",
        "write absent(metric{…}), or absent_over_time(metric{…}[1h])",
    )
}

pub(super) fn of_one_value(at: usize) -> NotCounted {
    refusal(
        at,
        "a rule fires beyond a limit, and not at one value; == and != are read with 0 and 1 alone, which are ends of what a value can be",
        "write >, >=, < or <=, or two rules",
    )
}

pub(super) fn of_bucket(at: usize) -> NotCounted {
    refusal(
        at,
        "an observation at a boundary is in the bucket below it, so that >= cannot be told from >",
        "write >",
    )
}

pub(super) fn no_limit(at: usize) -> NotCounted {
    refusal(at, "with these numbers there is no limit", "compare the metric itself with a number")
}

pub(super) fn no_value(node: &Node) -> NotCounted {
    match node.what {
        Part::Range(..) => {
            refusal(node.at, "a range of samples has no value", "write for example max_over_time(…[5m])")
        }
        Part::Subquery => subquery(node.at),
        _ => refusal(node.at, "this is no series", RECORD),
    }
}

/// Why two operands are not one value.
pub(super) fn joined(binary: &Binary) -> NotCounted {
    let at = binary.sign_at;
    for side in [&binary.left, &binary.right] {
        if let Part::Call(name, _) = &side.what
            && CLOCK.contains(&name.as_str())
        {
            return function(side.at, name);
        }
    }
    match binary.sign {
        "/" => refusal(at, "this divides one metric by another, which ippo does not", SHARE),
        "and" | "or" | "unless" => {
            refusal(at, format!("a rule has one condition, and {:?} joins two", binary.sign), TWO_RULES)
        }
        "==" | "!=" | "<" | "<=" | ">" | ">=" => filtered(at),
        sign => refusal(
            at,
            format!("this is arithmetic ({sign}) between metrics, which ippo does not do"),
            RECORD,
        ),
    }
}

pub(super) fn of_alerts(at: usize) -> NotCounted {
    refusal(
        at,
        "ALERTS are those of the Prometheus, which does not send them",
        "write the condition of the alert that is meant",
    )
}

pub(super) fn of_counter(at: usize, selector: &Selector) -> NotCounted {
    let metric = selector.metric();
    refusal(
        at,
        format!("{metric} is called as counters are, whose value only grows until the next restart"),
        "say how much it grew in which time: increase(…[1h])",
    )
}

pub(super) fn aggregation(at: usize, name: &str) -> NotCounted {
    match name {
        "count" | "group" | "count_values" => refusal(
            at,
            format!("{name}() counts series, and ippo adds up their values"),
            "where the values are 0 and 1, sum(…) says the same",
        ),
        _ => refusal(at, format!("{name}() is computed by Prometheus from several series"), RECORD),
    }
}

pub(super) fn without(at: usize) -> NotCounted {
    refusal(at, "without (…) leaves open by which labels alerts are told apart", NAMED_SERIES)
}

pub(super) fn filtered(at: usize) -> NotCounted {
    refusal(at, "a comparison within the expression drops series before the others are put together", RECORD)
}

pub(super) fn twice(at: usize) -> NotCounted {
    refusal(at, "series are put together twice, and ippo does it once", "put them together once")
}

pub(super) fn arithmetic_within(at: usize, name: &str) -> NotCounted {
    refusal(
        at,
        format!("this is another value with its arithmetic within {name}() than behind it"),
        "do the arithmetic with the result",
    )
}

pub(super) fn arguments(at: usize, name: &str) -> NotCounted {
    refusal(
        at,
        format!("{name}() is of something else"),
        "write it as Prometheus takes it, and check it with promtool check rules",
    )
}

pub(super) fn function(at: usize, name: &str) -> NotCounted {
    let (why, instead) = match name {
        "irate" => (
            "looks at the last two samples alone, so that one quiet scrape ends the alert",
            "write rate() over a few minutes",
        ),
        "predict_linear" | "deriv" | "holt_winters" | "double_exponential_smoothing" => (
            "foretells, and ippo holds what was measured against a limit",
            "alert on how much is left; of an error budget ippo foretells the end itself",
        ),
        "delta" | "idelta" | "changes" | "resets" => ("compares samples of a value with each other", RECORD),
        name if CLOCK.contains(&name) => (
            "reads the clock, and ippo does no arithmetic with it",
            "for something that must go on, wait for what it sends: an absence with silentFor; for others have the Prometheus record the \
             age (record: …) and send it by remote write",
        ),
        "label_replace" | "label_join" => (
            "writes labels anew",
            "choose by the labels that the series have, or write them in the configuration of the scrape",
        ),
        "scalar" | "vector" => {
            ("makes a number of a series or a series of a number", "compare the series with a number")
        }
        _ => ("is computed by Prometheus", RECORD),
    };
    refusal(at, format!("{name}() {why}"), instead)
}

pub(super) fn subquery(at: usize) -> NotCounted {
    refusal(at, "a range over another expression is computed by Prometheus", RECORD)
}

pub(super) fn no_minutes(at: usize) -> NotCounted {
    refusal(
        at,
        "ippo judges whole minutes, and this range is none",
        "write a range of whole minutes, such as [2m]",
    )
}

pub(super) fn too_long(at: usize) -> NotCounted {
    refusal(
        at,
        "a rule over metrics looks back six hours at most",
        "write a shorter range, or an SLO, whose windows are days",
    )
}

pub(super) fn no_share(at: usize) -> NotCounted {
    refusal(at, "a percentile is a number between 0 and 1", "write for example histogram_quantile(0.95, …)")
}

pub(super) fn no_histogram(at: usize) -> NotCounted {
    refusal(
        at,
        "of histograms ippo reads what was observed in some minutes, put together",
        "write histogram_quantile(0.95, sum by (job) (rate(x[5m])))",
    )
}

pub(super) fn classic(at: usize, metric: &str) -> NotCounted {
    let name = metric.strip_suffix("_bucket").unwrap_or(metric);
    refusal(
        at,
        format!("the buckets of {name} come as counters by le, each by itself, and not as a histogram"),
        "have the Prometheus send native histograms, or the application OTLP, and write measure: p95 over the histogram; or promise \
         a share of requests within a boundary: an SLO",
    )
}
