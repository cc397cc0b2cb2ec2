//! A document for people, in one language.

use ippo_domain::Language;
use ippo_domain::report::{Block, Document, Text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is written down for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportDocument {
    /// `en` or `ja`.
    pub language: String,
    /// What it is called.
    pub title: String,
    /// In order.
    pub blocks: Vec<ReportBlock>,
}

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReportBlock {
    /// What the blocks after it are about.
    Heading {
        /// 2 is right below the title.
        level: u8,
        /// The words.
        text: String,
    },
    /// Some sentences.
    Paragraph {
        /// The words.
        text: String,
    },
    /// One item each.
    List {
        /// The items.
        items: Vec<ReportText>,
    },
    /// Rows and columns.
    Table {
        /// Its columns.
        columns: Vec<ReportColumn>,
        /// A cell for each column.
        rows: Vec<Vec<ReportText>>,
    },
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportColumn {
    /// What it is called.
    pub title: String,
    /// Whether it has numbers.
    pub is_number: bool,
}

/// Some words, and where they lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportText {
    /// The words.
    pub text: String,
    /// A page of ippo, by its path.
    pub path: Option<String>,
}

impl ReportDocument {
    pub(super) fn told(document: &Document, language: Language) -> Self {
        let text =
            |text: &Text| ReportText { text: text.said.to(language).to_owned(), path: text.path.clone() };
        let block = |block: &Block| match block {
            Block::Heading(level, said) => {
                ReportBlock::Heading { level: *level, text: said.to(language).to_owned() }
            }
            Block::Paragraph(said) => ReportBlock::Paragraph { text: said.to(language).to_owned() },
            Block::List(items) => ReportBlock::List { items: items.iter().map(text).collect() },
            Block::Table(table) => ReportBlock::Table {
                columns: table
                    .columns
                    .iter()
                    .map(|column| ReportColumn {
                        title: column.title.to(language).to_owned(),
                        is_number: column.is_number,
                    })
                    .collect(),
                rows: table.rows.iter().map(|row| row.iter().map(text).collect()).collect(),
            },
        };
        Self {
            language: language.code().to_owned(),
            title: document.title.to(language).to_owned(),
            blocks: document.blocks.iter().map(block).collect(),
        }
    }
}
