//! Writes an SLO over requests as the document that somebody would write: what a suggestion becomes with one click.

use std::fmt::Write as _;

use jiff::civil::Date;

use super::NAME_BYTES;
use crate::slo::Target;

/// An SLO over the requests of a service, to be written.
#[derive(Clone, PartialEq, Debug)]
pub struct RequestSlo<'a> {
    /// Unique among SLOs: `a-z`, `0-9` and `-`.
    pub name: &'a str,
    /// For people.
    pub display_name: &'a str,
    /// For people; may be empty.
    pub description: &'a str,
    /// Who answers for it; empty if nobody is named yet.
    pub owner: &'a str,
    /// The notification target that is told; empty if none is.
    pub notify: &'a str,
    /// When someone looks again.
    pub review_on: Date,
    /// The service.
    pub service: &'a str,
    /// Which spans count.
    pub total: &'a str,
    /// What makes one good.
    pub judged: RequestJudge<'a>,
    /// The length of the rolling window, in whole days.
    pub window_days: u32,
    /// What share must be good.
    pub target: &'a Target,
}

/// What makes a request good.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum RequestJudge<'a> {
    /// Not to match.
    Bad(&'a str),
    /// To take so many milliseconds or less.
    WithinMillis(u32),
}

impl RequestSlo<'_> {
    /// The document, as YAML. Every text is written as JSON writes it, which is YAML too.
    pub fn document(&self) -> String {
        let mut text = format!(
            "apiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: {}\n  displayName: {}\n  annotations:\n",
            self.name,
            quoted(self.display_name)
        );
        let mut put = |line: std::fmt::Arguments<'_>| {
            text.write_fmt(line).expect("a string takes everything");
            text.push('\n');
        };
        for (name, value) in [("owner", self.owner), ("notify", self.notify)] {
            if !value.is_empty() {
                put(format_args!("    ippo.dev/{name}: {}", quoted(value)));
            }
        }
        put(format_args!("    ippo.dev/review: \"{}\"", self.review_on));
        put(format_args!("spec:"));
        if !self.description.is_empty() {
            put(format_args!("  description: {}", quoted(self.description)));
        }
        put(format_args!("  service: {}", quoted(self.service)));
        put(format_args!("  indicator:\n    metadata:\n      name: {}-sli\n    spec:", short(self.name)));
        let total = quoted(self.total);
        match self.judged {
            RequestJudge::Bad(bad) => put(format_args!(
                "      ratioMetric:\n        bad:\n          metricSource:\n            type: spans\n            spec:\n              \
                 where: {}\n        total:\n          metricSource:\n            type: spans\n            spec:\n              \
                 where: {total}",
                quoted(bad)
            )),
            RequestJudge::WithinMillis(_) => put(format_args!(
                "      thresholdMetric:\n        metricSource:\n          type: spans\n          spec:\n            where: {total}\n            \
                 value: duration_ns / 1000000"
            )),
        }
        put(format_args!("  timeWindow:\n    - duration: {}d\n      isRolling: true", self.window_days));
        put(format_args!("  budgetingMethod: Occurrences\n  objectives:"));
        match self.judged {
            RequestJudge::Bad(_) => put(format_args!("    - target: {}", self.target)),
            RequestJudge::WithinMillis(most) => {
                put(format_args!("    - op: lte\n      value: {most}\n      target: {}", self.target));
            }
        }
        text
    }
}

/// A name made of words in any script: what is not `a-z` or `0-9` becomes one `-`. Not unique.
pub fn name_of(words: &[&str]) -> String {
    let mut name = String::new();
    for c in words.join("-").to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' => name.push(c),
            _ if name.ends_with('-') || name.is_empty() => {}
            _ => name.push('-'),
        }
    }
    let name = name.trim_end_matches('-');
    let cut = &name[..name.len().min(NAME_BYTES)];
    match cut.trim_end_matches('-') {
        "" => "slo".to_owned(),
        cut => cut.to_owned(),
    }
}

/// A name that leaves room for an ending.
fn short(name: &str) -> &str {
    name[..name.len().min(NAME_BYTES - 4)].trim_end_matches('-')
}

pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            c if c.is_control() => write!(quoted, "\\u{:04x}", c as u32).expect("a string takes everything"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::parse_slo;
    use super::*;
    use crate::slo::{Measure, Signal};

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            display in "[ -~あ-ん\\n\"\\\\:#{}]{1,40}",
            owner in "[a-z :#\"']{0,20}",
            endpoint in "[ -~]{0,30}",
            millis in proptest::option::of(1u32..60_000),
            days in 1u32..366,
        ) {
            let target = Target::parse("0.9995").expect("a target");
            let total = format!("service = 'shop' AND name = '{}'", endpoint.replace('\'', "''"));
            let name = name_of(&["shop", &endpoint, "availability"]);
            let slo = RequestSlo {
                name: &name,
                display_name: &display,
                description: "",
                owner: &owner,
                notify: "",
                review_on: jiff::civil::date(2027, 2, 28),
                service: "shop",
                total: &total,
                judged: millis.map_or(RequestJudge::Bad("error"), RequestJudge::WithinMillis),
                window_days: days,
                target: &target,
            };
            let document = slo.document();
            let read = parse_slo(&document).map_err(|errors| TestCaseError::fail(format!("{errors:?}\n{document}")))?;
            prop_assert_eq!(&read.name, &name);
            prop_assert_eq!(read.display_name.trim(), display.trim());
            prop_assert_eq!(read.owner.trim(), owner.trim());
            prop_assert_eq!((read.objectives[0].sli.signal, &read.objectives[0].sli.total), (Signal::Spans, &total));
            prop_assert_eq!(&read.objectives[0].target, &target);
            prop_assert_eq!(read.review_on, Some(slo.review_on));
            match millis {
                None => prop_assert_eq!(&read.objectives[0].sli.measure, &Measure::Bad("error".to_owned())),
                Some(most) => prop_assert_eq!(read.objectives[0].threshold.as_ref().map(|t| t.limit), Some(f64::from(most))),
            }
        }
    }

    #[test]
    fn names_are_made_of_anything() {
        assert_eq!(
            name_of(&["frontend", "POST /api/checkout", "availability"]),
            "frontend-post-api-checkout-availability"
        );
        assert_eq!(name_of(&["決済"]), "slo");
        assert_eq!(name_of(&["a".repeat(80).as_str()]).len(), 63);
    }
}
