//! What somebody expects of an SLO at a point in time, held against how it stands. Reads no files.

use ippo_base::Timestamp;

use super::burn::BurnStatus;
use super::evaluate::{ObjectiveStatus, SloStatus};
use super::ratio::Ratio;
use super::state::SloState;
use super::whole::WholeStatus;

/// Digits after the point that a figure may have.
const FIGURE_DECIMALS: usize = 9;
/// Digits that are shown of what is not as expected, beyond those that were written.
const MORE_DECIMALS: u32 = 4;

/// A share as it was written, to be held against one that is cut to as many decimals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Figure {
    digits: i128,
    decimals: u32,
    percent: bool,
}

impl Figure {
    /// Reads `0.9995`, `99.95 %` or `-38.9%`.
    ///
    /// # Errors
    /// Says what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text:?} is not a share; write a decimal such as 0.9995, or a percentage such as 99.95 %"
            )
        };
        let (number, percent) = match text.strip_suffix('%') {
            Some(number) => (number.trim_end(), true),
            None => (text, false),
        };
        let (sign, plain) = number.strip_prefix('-').map_or((1, number), |plain| (-1, plain));
        let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || digits.len() > 15 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        if fraction.len() > FIGURE_DECIMALS {
            return Err(format!("{text} has more than {FIGURE_DECIMALS} decimals; shorten it"));
        }
        let digits: i128 = digits.parse().map_err(|_| wrong())?;
        Ok(Self { digits: sign * digits, decimals: fraction.len() as u32, percent })
    }

    /// Whether a share, cut downwards to as many decimals, is this.
    fn is(self, share: Ratio) -> bool {
        self.cut(share, self.decimals) == self.digits
    }

    fn cut(self, share: Ratio, decimals: u32) -> i128 {
        let scale = Ratio::new(10i128.pow(decimals) * if self.percent { 100 } else { 1 }, 1);
        // Sums of shares of slices may have more digits than can be scaled; nobody writes the last of those.
        share.checked_by(scale).unwrap_or_else(|| share.rounded().by(scale)).floor()
    }

    /// A share in the same form, with more decimals; cut downwards.
    fn like(self, share: Ratio) -> String {
        let decimals = (self.decimals + MORE_DECIMALS).min(12);
        self.written(self.cut(share, decimals), decimals)
    }

    fn written(self, digits: i128, decimals: u32) -> String {
        let text = Ratio::new(digits, 10i128.pow(decimals)).to_decimal(decimals);
        if self.percent { format!("{text} %") } else { text }
    }
}

/// What is expected. Of a share, none is that nothing was counted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expected {
    /// Of the SLO.
    State(SloState),
    /// Of the SLO: the covered share of its window.
    Coverage(Figure),
    /// Of the SLO: whether its source is told to be silent.
    Absence(bool),
    /// The share that was good.
    Attained(Option<Figure>),
    /// What is left of the budget.
    Budget(Option<Figure>),
    /// The labels of the pairs that fire, and of no others.
    Fires(Vec<String>),
    /// Of those, the ones that nobody can say to have stopped.
    Held(Vec<String>),
    /// The pages that are not sent, as so few failures may be chance.
    Suppressed(Vec<String>),
    /// When the budget ends, to the minute; none if it does not.
    ExhaustsAt(Option<Timestamp>),
}

/// How an SLO stands at the end of a minute.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// By the published function.
    pub status: &'a SloStatus,
    /// What of it is looked at.
    pub of: LookedAt<'a>,
    /// Whether its source is told to be silent.
    pub is_absent: bool,
}

/// What of an SLO is looked at.
#[derive(Clone, Copy, Debug)]
pub enum LookedAt<'a> {
    /// One objective.
    Objective(&'a ObjectiveStatus),
    /// A composite SLO as a whole, which has no share of good events.
    Whole(&'a WholeStatus),
}

impl LookedAt<'_> {
    fn attained(&self) -> Option<Ratio> {
        match self {
            Self::Objective(objective) => objective.window().attained,
            Self::Whole(_) => None,
        }
    }

    fn remaining(&self) -> Option<Ratio> {
        match self {
            Self::Objective(objective) => objective.window().budget.map(|budget| budget.remaining),
            Self::Whole(whole) => whole.window().remaining(),
        }
    }

    fn exhausts_at(&self) -> Option<Timestamp> {
        match self {
            Self::Objective(objective) => objective.exhausts_at,
            Self::Whole(whole) => whole.exhausts_at,
        }
    }

    fn burn(&self) -> &[BurnStatus] {
        match self {
            Self::Objective(objective) => &objective.burn,
            Self::Whole(whole) => &whole.burn,
        }
    }
}

/// An expectation held against what is the case, both in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checked {
    /// Whether it is as expected.
    pub as_expected: bool,
    /// What was expected.
    pub expected: String,
    /// What is the case.
    pub actual: String,
}

impl Expected {
    /// The word in fixtures.
    pub fn field(&self) -> &'static str {
        match self {
            Self::State(_) => "state",
            Self::Coverage(_) => "coverage",
            Self::Absence(_) => "absence",
            Self::Attained(_) => "attained",
            Self::Budget(_) => "budget",
            Self::Fires(_) => "fires",
            Self::Held(_) => "held",
            Self::Suppressed(_) => "suppressed",
            Self::ExhaustsAt(_) => "exhaustsAt",
        }
    }

    /// Holds it against how the SLO stands.
    pub fn check(&self, standing: &Standing<'_>) -> Checked {
        let of = &standing.of;
        match self {
            Self::State(state) => same(state.name(), standing.status.state.name()),
            Self::Coverage(figure) => share(Some(*figure), Some(standing.status.coverage)),
            Self::Absence(expected) => same(&expected.to_string(), &standing.is_absent.to_string()),
            Self::Attained(figure) => share(*figure, of.attained()),
            Self::Budget(figure) => share(*figure, of.remaining()),
            Self::Fires(labels) => pairs(labels, of, |status| status.firing),
            Self::Held(labels) => pairs(labels, of, |status| status.held),
            Self::Suppressed(labels) => pairs(labels, of, |status| status.too_few),
            Self::ExhaustsAt(expected) => {
                let text = |at: Option<Timestamp>| {
                    at.map_or_else(|| "never".to_owned(), |at| at.minute().start().to_string())
                };
                same(&text(*expected), &text(of.exhausts_at()))
            }
        }
    }

    /// The labels of pairs that it names.
    pub fn labels(&self) -> &[String] {
        match self {
            Self::Fires(labels) | Self::Held(labels) | Self::Suppressed(labels) => labels,
            _ => &[],
        }
    }
}

fn same(expected: &str, actual: &str) -> Checked {
    Checked { as_expected: expected == actual, expected: expected.to_owned(), actual: actual.to_owned() }
}

fn share(expected: Option<Figure>, actual: Option<Ratio>) -> Checked {
    let none = || "none".to_owned();
    // Without a figure to follow, a share is shown as a percentage.
    let form = expected.unwrap_or(Figure { digits: 0, decimals: 2, percent: true });
    let as_expected = match (expected, actual) {
        (Some(figure), Some(share)) => figure.is(share),
        (None, None) => true,
        _ => false,
    };
    let written = |figure: Figure| figure.written(figure.digits, figure.decimals);
    let expected = expected.map_or_else(none, written);
    let actual = match actual {
        Some(_) if as_expected => expected.clone(),
        Some(share) => form.like(share),
        None => none(),
    };
    Checked { as_expected, expected, actual }
}

fn pairs(expected: &[String], of: &LookedAt<'_>, is: impl Fn(&BurnStatus) -> bool) -> Checked {
    let actual = of.burn().iter().filter(|status| is(status)).map(|status| status.pair.label()).collect();
    let list = |mut labels: Vec<String>| {
        labels.sort();
        labels.dedup();
        format!("[{}]", labels.join(", "))
    };
    same(&list(expected.to_vec()), &list(actual))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_what_is_left_when_the_rest_is_cut() {
        for (text, share, as_expected) in [
            ("0.999", (999, 1_000), true),
            ("99.9 %", (999, 1_000), true),
            ("99.9%", (99_899, 100_000), false),
            ("99.8 %", (99_899, 100_000), true),
            ("99.899 %", (99_899, 100_000), true),
            ("-38.89 %", (-7, 18), true),
            ("-38 %", (-38, 100), true),
            ("0", (1, 3), true),
            ("0.333333333", (1, 3), true),
            ("100 %", (1, 1), true),
        ] {
            let figure = Figure::parse(text).expect(text);
            let checked = super::share(Some(figure), Some(Ratio::new(share.0, share.1)));
            assert_eq!(checked.as_expected, as_expected, "{text}: {checked:?}");
        }
        for text in ["", "%", "most", "1e-3", "99,9 %", "0.9999999999", "--1", "1.2.3"] {
            assert!(Figure::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_share_of_too_many_digits_to_be_scaled_is_rounded_first() {
        let third = Ratio::new(i128::MAX / 3, i128::MAX - 1);
        let figure = Figure::parse("33.333 %").expect("valid");
        assert!(super::share(Some(figure), Some(third)).as_expected);
    }

    #[test]
    fn what_differs_is_shown_in_the_form_that_was_expected() {
        let figure = |text| Figure::parse(text).expect("valid");
        let checked = super::share(Some(figure("99.9 %")), Some(Ratio::new(99_899, 100_000)));
        assert_eq!((checked.expected.as_str(), checked.actual.as_str()), ("99.9 %", "99.899 %"));
        let checked = super::share(Some(figure("0.5")), None);
        assert_eq!((checked.as_expected, checked.actual.as_str()), (false, "none"));
        let checked = super::share(None, Some(Ratio::new(1, 3)));
        assert_eq!((checked.expected.as_str(), checked.actual.as_str()), ("none", "33.333333 %"));
        assert!(super::share(None, None).as_expected);
    }
}
