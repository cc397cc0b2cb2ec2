//! The languages ippo speaks, and what it says, in each of them.

use std::fmt;

/// A language ippo speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Japanese.
    Japanese,
}

impl Language {
    /// Every one of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Japanese];

    /// Its code by ISO 639-1.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Japanese => "ja",
        }
    }

    /// Reads a code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }
}

/// A text in every language. It is kept as it was said: what a timeline tells must not change with later wordings.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Said {
    /// In English.
    pub english: String,
    /// In Japanese.
    pub japanese: String,
}

impl Said {
    /// Words of ippo's own.
    pub fn new(english: impl Into<String>, japanese: impl Into<String>) -> Self {
        Self { english: english.into(), japanese: japanese.into() }
    }

    /// A person's words, or a name: the same in every language.
    pub fn same(words: impl Into<String>) -> Self {
        let words = words.into();
        Self { english: words.clone(), japanese: words }
    }

    /// In one language.
    pub fn to(&self, language: Language) -> &str {
        match language {
            Language::English => &self.english,
            Language::Japanese => &self.japanese,
        }
    }

    /// What follows from the words of each language.
    pub fn map(&self, words: impl Fn(Language, &str) -> String) -> Self {
        Self {
            english: words(Language::English, &self.english),
            japanese: words(Language::Japanese, &self.japanese),
        }
    }
}

/// In English: for logs and for programs.
impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english)
    }
}
