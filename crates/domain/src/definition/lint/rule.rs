//! The names of rules, and what each of them is for. The guide's table is made of these, and a test holds it to them.

/// Why a remark is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Rule {
    /// Nobody answers for it.
    NoOwner,
    /// Nobody is told.
    NoNotify,
    /// Nothing says what to do.
    NoRunbook,
    /// Nobody looks at the promise again.
    NoReview,
    /// Somebody should have.
    ReviewIsPast,
    /// Whom to tell is defined elsewhere, if at all.
    TargetElsewhere,
    /// A period too short for burn alerts.
    ShortWindow,
    /// Burn pairs that the target cannot reach.
    PairsOmitted,
    /// A written pair that fires when nothing is left.
    FiresTooLate,
    /// A target that allows next to nothing.
    ManyNines,
    /// Pages for single failures, of which many are allowed.
    LowTargetEveryFailure,
    /// Good and bad are swapped.
    UpsideDown,
    /// Two promises about the same events.
    SameSli,
    /// A part of a composite SLO that hardly matters.
    WeighsTooLittle,
    /// A journey to which nobody agreed.
    NobodyAgreed,
    /// What an SLO is named for is in none of the files.
    SloElsewhere,
    /// A promise outward that breaks before the one inward.
    StricterThanSlo,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Rule; 17] = [
        Self::NoOwner,
        Self::NoNotify,
        Self::NoRunbook,
        Self::NoReview,
        Self::ReviewIsPast,
        Self::TargetElsewhere,
        Self::ShortWindow,
        Self::PairsOmitted,
        Self::FiresTooLate,
        Self::ManyNines,
        Self::LowTargetEveryFailure,
        Self::UpsideDown,
        Self::SameSli,
        Self::WeighsTooLittle,
        Self::NobodyAgreed,
        Self::SloElsewhere,
        Self::StricterThanSlo,
    ];

    /// The word on the command line and in JSON.
    pub fn name(self) -> &'static str {
        self.words().0
    }

    /// When it is said.
    pub fn when(self) -> &'static str {
        self.words().1
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::NoOwner => (
                "no-owner",
                "`ippo.dev/owner` of an SLO, or `spec.owner` of a journey or an SLA, names nobody",
            ),
            Self::NoNotify => {
                ("no-notify", "neither `ippo.dev/notify` nor an alert policy names anyone to tell")
            }
            Self::NoRunbook => ("no-runbook", "`ippo.dev/runbook` is missing"),
            Self::NoReview => {
                ("no-review", "`ippo.dev/review` of an SLO, or `spec.reviewOn` of a journey, names no day")
            }
            Self::ReviewIsPast => (
                "review-is-past",
                "the day of `ippo.dev/review`, or of a journey's `spec.reviewOn`, is before today (UTC)",
            ),
            Self::TargetElsewhere => {
                ("target-elsewhere", "a notification target is in none of the files that were given")
            }
            Self::ShortWindow => {
                ("short-window", "a period under 7 days without alert policies has no burn alerts")
            }
            Self::PairsOmitted => (
                "pairs-omitted",
                "a burn pair is left out, as the target cannot reach it or a slice is too long for it",
            ),
            Self::FiresTooLate => {
                ("fires-too-late", "a written burn pair fires when all of the budget is spent")
            }
            Self::ManyNines => ("many-nines", "a target of 99.999 % or more"),
            Self::LowTargetEveryFailure => {
                ("low-target-every-failure", "`ippo.dev/every-failure-matters` with a target under 99 %")
            }
            Self::UpsideDown => {
                ("upside-down", "`good` is made of signs of failure alone, or `bad` of signs of success")
            }
            Self::SameSli => ("same-sli", "two SLOs count the same and promise different shares of it"),
            Self::WeighsTooLittle => (
                "weighs-too-little",
                "a day in which all of a part of a composite SLO fails spends less than 10 % of the budget",
            ),
            Self::NobodyAgreed => ("nobody-agreed", "`spec.agreedBy` of a journey names nobody"),
            Self::SloElsewhere => {
                ("slo-elsewhere", "the SLO of a journey or an SLA is in none of the files that were given")
            }
            Self::StricterThanSlo => {
                ("stricter-than-slo", "an SLA promises more than the objective of the SLO that it rests on")
            }
        }
    }
}

/// The rules as a table, in Markdown.
pub fn markdown_table() -> String {
    let mut table = "| rule | said when |\n|---|---|\n".to_owned();
    for rule in Rule::ALL {
        table.push_str(&format!("| `{}` | {} |\n", rule.name(), rule.when()));
    }
    table
}
