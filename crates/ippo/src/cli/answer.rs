//! What a command answers with: its exit code, and the form of its output.

use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser, ValueParser};

use super::Failure;

/// The form of any command's output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// The forms that can be asked for; only what gives rows out has them all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated values.
    Csv,
    /// Columns in a file.
    Parquet,
}

impl ValueEnum for Form {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Text, Self::Json, Self::Ndjson, Self::Csv, Self::Parquet]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

impl Form {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }

    /// Reads one of these forms, and tells them to whoever asks for another.
    pub(super) fn parser(forms: &'static [Self]) -> ValueParser {
        let names = PossibleValuesParser::new(forms.iter().map(|form| form.name()));
        names.map(|name| Self::from_str(&name, false).expect("one of the names")).into()
    }

    /// The form of a command that has only two.
    pub fn plain(self) -> Result<Output, Failure> {
        match self {
            Self::Text => Ok(Output::Text),
            Self::Json => Ok(Output::Json),
            Self::Ndjson | Self::Csv | Self::Parquet => Err(self.refused(&[Self::Text, Self::Json])),
        }
    }

    /// Why a command does not answer in this form, but in those.
    pub fn refused(self, instead: &[Self]) -> Failure {
        let names: Vec<&str> = instead.iter().map(|form| form.name()).collect();
        let instead = match names.as_slice() {
            [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
            names => names.concat(),
        };
        Failure::bad_input(format!("this command has no output as {}; ask for {instead}", self.name()))
    }
}

/// What a command answers; its exit code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// 0: done, or the answer is yes.
    Yes,
    /// 1: the answer is no.
    No,
    /// 2: what was asked for is wrong.
    BadInput,
    /// 3: nobody can say.
    Inconclusive,
}

impl Answer {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Yes => 0,
            Self::No => 1,
            Self::BadInput => 2,
            Self::Inconclusive => 3,
        }
    }
}
