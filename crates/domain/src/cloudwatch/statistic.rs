//! Statistics by the words of CloudWatch: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html>.

use std::fmt;

/// Words that stand alone.
const WORDS: [&str; 6] = ["Sum", "SampleCount", "Average", "Minimum", "Maximum", "IQM"];
/// What percentiles and trimmed statistics begin with: `p99`, `tm95.5`.
const OF_PERCENT: [&str; 5] = ["tm", "wm", "tc", "ts", "p"];
/// What those between two boundaries begin with: `TC(0:0.3)`.
const BETWEEN: [&str; 5] = ["TM", "WM", "TC", "TS", "PR"];

/// What is asked of a metric.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Statistic(String);

/// Why a text is no statistic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StatisticError(pub String);

impl Statistic {
    /// The statistic of this name.
    ///
    /// # Errors
    /// When CloudWatch has none.
    pub fn read(text: &str) -> Result<Self, StatisticError> {
        if WORDS.contains(&text) || is_of_percent(text) || is_between(text) {
            return Ok(Self(text.to_owned()));
        }
        let meant = WORDS.into_iter().find(|word| word.eq_ignore_ascii_case(text));
        Err(StatisticError(match meant {
            Some(word) => format!("CloudWatch writes this statistic {word}"),
            None => format!(
                "{text:?} is no statistic of CloudWatch; write one of {}, a percentile such as p99, or a part such as \
                 TC(0:0.3)",
                WORDS.join(", ")
            ),
        }))
    }

    /// Whether its numbers count things, so that those of minutes add up.
    pub fn is_count(&self) -> bool {
        matches!(self.0.as_str(), "Sum" | "SampleCount")
            || (self.0.starts_with("TC(") && !self.0.contains('%'))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_of_percent(text: &str) -> bool {
    let percent = OF_PERCENT.iter().find_map(|begin| text.strip_prefix(begin));
    percent.and_then(number).is_some_and(|percent| (0.0..=100.0).contains(&percent))
}

/// Boundaries are numbers, or both percentages; one of them may be left away. PR has no percentages.
fn is_between(text: &str) -> bool {
    let inside = BETWEEN.iter().find_map(|begin| Some((*begin, text.strip_prefix(begin)?)));
    let bounds = inside.and_then(|(begin, rest)| {
        let (low, high) = rest.strip_prefix('(')?.strip_suffix(')')?.split_once(':')?;
        Some((begin, low, high))
    });
    let Some((begin, low, high)) = bounds else { return false };
    let given = || [low, high].into_iter().filter(|bound| !bound.is_empty());
    let percents = given().filter(|bound| bound.ends_with('%')).count();
    let is_number = |bound: &str| number(bound.strip_suffix('%').unwrap_or(bound)).is_some();
    given().count() > 0
        && given().all(is_number)
        && (percents == 0 || (percents == given().count() && begin != "PR"))
}

/// A number in plain decimals.
fn number(text: &str) -> Option<f64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (is_plain && text.starts_with(|c: char| c.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_those_of_cloudwatch() {
        for text in [
            "Sum",
            "SampleCount",
            "Average",
            "IQM",
            "p99",
            "p99.9",
            "p100",
            "tm95",
            "tc90",
            "TC(0:0.3)",
            "TC(:0.3)",
            "TM(10%:90%)",
            "PR(:300)",
            "WM(5%:)",
        ] {
            assert!(Statistic::read(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "sum",
            "p",
            "p101",
            "99",
            "p-1",
            "TC()",
            "TC(:)",
            "TC(a:b)",
            "TM(10%:9)",
            "PR(10%:)",
            "median",
        ] {
            assert!(Statistic::read(text).is_err(), "{text}");
        }
        let told = |text: &str| Statistic::read(text).expect_err(text).0;
        assert_eq!(told("sum"), "CloudWatch writes this statistic Sum");
        assert!(told("median").contains("p99"));
    }

    #[test]
    fn only_counts_add_up() {
        for (text, is_count) in [
            ("Sum", true),
            ("SampleCount", true),
            ("TC(0:0.3)", true),
            ("TC(0%:95%)", false),
            ("tc95", false),
            ("Average", false),
            ("TS(0:1)", false),
        ] {
            assert_eq!(Statistic::read(text).expect(text).is_count(), is_count, "{text}");
        }
    }
}
