//! One metric of CloudWatch with its dimensions, and one statistic of it. Written out, it is the same however it was written.

use std::collections::BTreeMap;
use std::fmt;

use super::Statistic;

/// CloudWatch's own limits, in characters.
const NAME_CHARS: usize = 255;
const VALUE_CHARS: usize = 1_024;
/// Dimensions of a metric.
const DIMENSIONS: usize = 30;

/// A statistic of a metric, minute by minute.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Metric {
    namespace: String,
    name: String,
    dimensions: BTreeMap<String, String>,
    statistic: Statistic,
}

/// What is wrong with a metric.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MetricError {
    /// The field that it is wrong with: `namespace`, `metricName` or `dimensions`.
    pub field: &'static str,
    /// What is wrong, and what to write.
    pub message: String,
}

impl Metric {
    /// A metric as it is named.
    ///
    /// # Errors
    /// When CloudWatch can have none of that name.
    pub fn new(
        (namespace, name): (&str, &str),
        dimensions: BTreeMap<String, String>,
        statistic: Statistic,
    ) -> Result<Self, MetricError> {
        let wrong = |field: &'static str, message: String| Err(MetricError { field, message });
        let fits = |text: &str, most: usize| {
            !text.trim().is_empty() && text.chars().count() <= most && !text.contains(char::is_control)
        };
        if !fits(namespace, NAME_CHARS) || namespace.starts_with(':') {
            let message = format!(
                "this is no namespace; write one of at most {NAME_CHARS} characters, such as AWS/ApplicationELB"
            );
            return wrong("namespace", message);
        }
        if !fits(name, NAME_CHARS) {
            let message = format!(
                "this is no name of a metric; write one of at most {NAME_CHARS} characters, such as RequestCount"
            );
            return wrong("metricName", message);
        }
        if dimensions.len() > DIMENSIONS {
            let message =
                format!("these are {} dimensions; a metric has at most {DIMENSIONS}", dimensions.len());
            return wrong("dimensions", message);
        }
        let unfit = |(name, value): &(&String, &String)| !fits(name, NAME_CHARS) || !fits(value, VALUE_CHARS);
        if let Some((dimension, _)) = dimensions.iter().find(unfit) {
            let message = format!(
                "the dimension {dimension:?} has no value that CloudWatch can have; give the value in full, as \
                 LoadBalancer: app/shop/50dc6c495c0c9188. Wildcards and SEARCH are not read"
            );
            return wrong("dimensions", message);
        }
        Ok(Self { namespace: namespace.to_owned(), name: name.to_owned(), dimensions, statistic })
    }

    /// Its namespace.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its dimensions.
    pub fn dimensions(&self) -> &BTreeMap<String, String> {
        &self.dimensions
    }

    /// What is asked of it.
    pub fn statistic(&self) -> &Statistic {
        &self.statistic
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", plain(&self.namespace), plain(&self.name))?;
        if !self.dimensions.is_empty() {
            let dimensions =
                self.dimensions.iter().map(|(name, value)| format!("{}={}", plain(name), quoted(value)));
            write!(f, "{{{}}}", dimensions.collect::<Vec<_>>().join(","))?;
        }
        write!(f, " {}", self.statistic)
    }
}

/// A name as it is, or in quotes where it could be taken for something else.
fn plain(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '#' | ':');
    if name.chars().all(is_plain) { name.to_owned() } else { quoted(name) }
}

fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn metric(namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> Result<Metric, MetricError> {
        let dimensions = dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Metric::new((namespace, name), dimensions.collect(), Statistic::read("Sum").expect("a statistic"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn two_metrics_are_never_written_alike(
            one in (r#"[a /{}=",.]{1,6}"#, r#"[a /{}=",.]{1,6}"#, proptest::collection::btree_map("[ab=\", ]{1,4}", r#"[ab="{}, \\]{1,4}"#, 0..3)),
            other in (r#"[a /{}=",.]{1,6}"#, r#"[a /{}=",.]{1,6}"#, proptest::collection::btree_map("[ab=\", ]{1,4}", r#"[ab="{}, \\]{1,4}"#, 0..3)),
        ) {
            let made = |(namespace, name, dimensions): &(String, String, BTreeMap<String, String>)| {
                Metric::new((namespace, name), dimensions.clone(), Statistic::read("Sum").expect("a statistic")).ok()
            };
            if let (Some(one), Some(other)) = (made(&one), made(&other)) {
                prop_assert_eq!(one == other, one.to_string() == other.to_string());
            }
        }
    }

    #[test]
    fn a_metric_is_the_same_however_it_is_written() {
        let alb = metric(
            "AWS/ApplicationELB",
            "RequestCount",
            &[("TargetGroup", "t"), ("LoadBalancer", "app/x/1")],
        );
        assert_eq!(
            alb.expect("a metric").to_string(),
            "AWS/ApplicationELB RequestCount{LoadBalancer=\"app/x/1\",TargetGroup=\"t\"} Sum"
        );
        let windows = metric("CWAgent", "Processor % Idle Time", &[]).expect("a metric");
        assert_eq!(windows.to_string(), "CWAgent \"Processor % Idle Time\" Sum");
    }

    #[test]
    fn what_cannot_be_is_told_by_its_field() {
        let many: Vec<(String, String)> = (0..31).map(|n| (n.to_string(), "x".to_owned())).collect();
        let many: Vec<(&str, &str)> =
            many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        for (made, field) in [
            (metric("", "x", &[]), "namespace"),
            (metric(":a", "x", &[]), "namespace"),
            (metric("a", " ", &[]), "metricName"),
            (metric("a", &"x".repeat(256), &[]), "metricName"),
            (metric("a", "x", &[("LoadBalancer", "")]), "dimensions"),
            (metric("a", "x", &many), "dimensions"),
        ] {
            assert_eq!(made.expect_err(field).field, field);
        }
    }
}
