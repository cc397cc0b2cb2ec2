//! A document of headings, sentences, lists and tables, in every language; how it looks is for others to say.

use crate::{Language, Said};

/// What is written down for people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Document {
    /// What it is called.
    pub title: Said,
    /// In order.
    pub blocks: Vec<Block>,
}

/// A part of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Block {
    /// What the blocks after it are about; level 2 is right below the title.
    Heading(u8, Said),
    /// Some sentences.
    Paragraph(Said),
    /// One item each.
    List(Vec<Text>),
    /// Rows and columns.
    Table(Table),
}

/// A table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Table {
    /// Its columns.
    pub columns: Vec<Column>,
    /// A cell for each column.
    pub rows: Vec<Vec<Text>>,
}

/// A column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Column {
    /// What it is called.
    pub title: Said,
    /// Whether it has numbers, which stand at its end.
    pub is_number: bool,
}

/// Some words, and where they lead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    /// The words.
    pub said: Said,
    /// A page of ippo, by its path.
    pub path: Option<String>,
}

impl Text {
    /// Words that lead nowhere.
    pub fn plain(said: Said) -> Self {
        Self { said, path: None }
    }

    /// Words that lead to a page.
    pub fn to(said: Said, path: String) -> Self {
        Self { said, path: Some(path) }
    }
}

impl Document {
    /// As Markdown, with tables as GitHub's has them. Pages are under `public_url`, which is empty where nobody knows it: then nothing
    /// is a link.
    pub fn markdown(&self, language: Language, public_url: &str) -> String {
        let text = |text: &Text| {
            let words = escaped(text.said.to(language));
            match &text.path {
                Some(path) if !public_url.is_empty() => format!("[{words}]({public_url}{path})"),
                _ => words,
            }
        };
        let mut written = format!("# {}\n", escaped(self.title.to(language)));
        for block in &self.blocks {
            written.push('\n');
            match block {
                Block::Heading(level, said) => {
                    let marks = "#".repeat(usize::from(*level));
                    written.push_str(&format!("{marks} {}\n", escaped(said.to(language))));
                }
                Block::Paragraph(said) => written.push_str(&format!("{}\n", escaped(said.to(language)))),
                Block::List(items) => {
                    for item in items {
                        written.push_str(&format!("- {}\n", text(item)));
                    }
                }
                Block::Table(table) => {
                    let titles: Vec<String> =
                        table.columns.iter().map(|column| escaped(column.title.to(language))).collect();
                    let rules: Vec<&str> = table
                        .columns
                        .iter()
                        .map(|column| if column.is_number { "--:" } else { "---" })
                        .collect();
                    written.push_str(&format!("| {} |\n| {} |\n", titles.join(" | "), rules.join(" | ")));
                    for row in &table.rows {
                        let cells: Vec<String> = row.iter().map(text).collect();
                        written.push_str(&format!("| {} |\n", cells.join(" | ")));
                    }
                }
            }
        }
        written
    }
}

/// What means something in Markdown or HTML stands for itself, and everything is on one line.
fn escaped(words: &str) -> String {
    let mut written = String::with_capacity(words.len());
    for word in words.split_whitespace() {
        if !written.is_empty() {
            written.push(' ');
        }
        for c in word.chars() {
            if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '&') {
                written.push('\\');
            }
            written.push(c);
        }
    }
    written
}
