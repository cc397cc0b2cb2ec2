//! What a command answers with: its exit code, and the form of its output.

use clap::ValueEnum;

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
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Form {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// One JSON object a line, from `ippo logs`.
    Ndjson,
    /// Comma-separated values, from `ippo logs` and `ippo sql`.
    Csv,
    /// Columns in a file, from `ippo sql`.
    Parquet,
}

impl Form {
    /// The form of a command that has only two.
    pub fn plain(self) -> Result<Output, Failure> {
        match self {
            Self::Text => Ok(Output::Text),
            Self::Json => Ok(Output::Json),
            Self::Ndjson | Self::Csv | Self::Parquet => Err(self.refused("text or json")),
        }
    }

    /// Why a command does not answer in this form.
    pub fn refused(self, instead: &str) -> Failure {
        let name = self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        Failure::bad_input(format!("this command has no output as {name}; ask for {instead}"))
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
