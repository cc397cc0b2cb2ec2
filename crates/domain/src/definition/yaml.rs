//! YAML text as a tree in which every value knows the line and column it was written at. Knows nothing of what the
//! values mean.

use std::fmt;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span};

use super::scalar::Scalar;

/// Values in one file, after aliases are written out.
pub const NODES_PER_FILE: usize = 50_000;
/// How deep values may nest.
pub const NESTING_DEPTH: usize = 32;

/// Where something stands in a file; both count from one, columns in characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl Position {
    /// The first character of a file.
    pub const START: Position = Position { line: 1, column: 1 };

    fn of(marker: &Marker) -> Self {
        let line = u32::try_from(marker.line().max(1)).unwrap_or(u32::MAX);
        Self { line, column: u32::try_from(marker.col() + 1).unwrap_or(u32::MAX) }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: Position,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Scalar(Scalar),
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>),
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: Scalar,
    pub(super) value: Node,
}

impl Node {
    /// Whether nothing was written: an empty plain scalar, `~` or `null`.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.is_null())
    }

    /// Whether nothing is asked for: null, `[]` or `{}`.
    pub(super) fn is_empty(&self) -> bool {
        match &self.value {
            Value::Scalar(scalar) => scalar.is_null(),
            Value::Sequence(items) => items.is_empty(),
            Value::Mapping(entries) => entries.is_empty(),
        }
    }

    fn count(&self) -> usize {
        1 + match &self.value {
            Value::Scalar(_) => 0,
            Value::Sequence(items) => items.iter().map(Node::count).sum(),
            Value::Mapping(entries) => entries.iter().map(|e| 1 + e.value.count()).sum(),
        }
    }
}

/// One document of a file.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) root: Node,
    /// The source text from behind its `---` to the next one.
    pub(super) text: String,
}

/// Why a file cannot be read further.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct YamlError {
    pub(super) at: Position,
    pub(super) message: String,
}

/// Reads every document of a file, up to the first syntax error.
pub(super) fn documents(text: &str) -> (Vec<Document>, Option<YamlError>) {
    let mut builder = Builder::new(text);
    let mut parser = Parser::new_from_str(text);
    let error = loop {
        let result = match parser.next_event() {
            None | Some(Ok((Event::StreamEnd, _))) => break None,
            Some(Ok((event, span))) => builder.take(event, span),
            Some(Err(error)) => Err(syntax_error(&error)),
        };
        if let Err(error) = result {
            break Some(error);
        }
    };
    (builder.finish(), error)
}

fn syntax_error(error: &ScanError) -> YamlError {
    let message = format!(
        "this is not valid YAML: {}; check the indentation and the quotes before this place",
        error.info()
    );
    YamlError { at: Position::of(error.marker()), message }
}

/// Builds trees from the parser's events without recursion.
struct Builder<'a> {
    text: &'a str,
    /// Byte offsets of the text's characters, as the parser counts characters.
    offsets: Vec<usize>,
    open: Vec<Open>,
    anchors: Vec<(usize, Node)>,
    roots: Vec<(Node, usize)>,
    /// Where each document's text begins and where the one before it ends, in bytes.
    starts: Vec<(usize, usize)>,
    nodes: usize,
}

struct Open {
    at: Position,
    anchor: usize,
    items: Items,
}

enum Items {
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>, Option<Scalar>),
}

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Self {
        let offsets = text.char_indices().map(|(offset, _)| offset).collect();
        Self { text, offsets, open: vec![], anchors: vec![], roots: vec![], starts: vec![], nodes: 0 }
    }

    fn offset(&self, marker: &Marker) -> usize {
        self.offsets.get(marker.index()).copied().unwrap_or(self.text.len())
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), YamlError> {
        let at = Position::of(&span.start);
        match event {
            Event::DocumentStart(explicit) => {
                let marker = self.offset(&span.start);
                let start = match (explicit, self.starts.is_empty()) {
                    (true, _) => (marker, self.offset(&span.end)),
                    (false, true) => (0, 0),
                    (false, false) => (marker, marker),
                };
                self.starts.push(start);
                self.anchors.clear();
                Ok(())
            }
            Event::Scalar(text, style, anchor, _) => {
                let scalar = self.scalar(text.into_owned(), style, span);
                self.close(Node { at, value: Value::Scalar(scalar) }, anchor)
            }
            Event::SequenceStart(anchor, _) => self.begin(at, anchor, Items::Sequence(vec![])),
            Event::MappingStart(anchor, _) => self.begin(at, anchor, Items::Mapping(vec![], None)),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let value = match open.items {
                    Items::Sequence(items) => Value::Sequence(items),
                    Items::Mapping(entries, _) => Value::Mapping(entries),
                };
                self.close(Node { at: open.at, value }, open.anchor)
            }
            Event::Alias(anchor) => {
                let known =
                    self.anchors.iter().rev().find(|(id, _)| *id == anchor).map(|(_, node)| node.clone());
                let message = "this alias stands inside the value it names; write the value out".to_owned();
                let mut node = known.ok_or(YamlError { at, message })?;
                node.at = at;
                self.nodes += node.count();
                self.close(node, 0)
            }
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd | Event::Nothing => Ok(()),
        }
    }

    fn scalar(&self, text: String, style: ScalarStyle, span: Span) -> Scalar {
        let raw = &self.text[self.offset(&span.start)..self.offset(&span.end).max(self.offset(&span.start))];
        Scalar::new(text, raw.to_owned(), style, Position::of(&span.start))
    }

    fn begin(&mut self, at: Position, anchor: usize, items: Items) -> Result<(), YamlError> {
        if self.open.len() >= NESTING_DEPTH {
            let message = format!("values nest deeper than {NESTING_DEPTH} levels");
            return Err(YamlError { at, message });
        }
        self.open.push(Open { at, anchor, items });
        Ok(())
    }

    fn close(&mut self, node: Node, anchor: usize) -> Result<(), YamlError> {
        self.nodes += 1;
        if self.nodes > NODES_PER_FILE {
            let message = format!("the file has more than {NODES_PER_FILE} values; split it");
            return Err(YamlError { at: node.at, message });
        }
        if anchor > 0 {
            self.anchors.push((anchor, node.clone()));
        }
        match self.open.last_mut().map(|open| &mut open.items) {
            None => {
                self.roots.push((node, self.starts.len()));
                Ok(())
            }
            Some(Items::Sequence(items)) => {
                items.push(node);
                Ok(())
            }
            Some(Items::Mapping(entries, key)) => match key.take() {
                Some(key) => {
                    entries.push(Entry { key, value: node });
                    Ok(())
                }
                None => {
                    let Value::Scalar(scalar) = node.value else {
                        let message = "a field's name is plain text, not a list or a mapping".to_owned();
                        return Err(YamlError { at: node.at, message });
                    };
                    *key = Some(scalar);
                    Ok(())
                }
            },
        }
    }

    fn finish(self) -> Vec<Document> {
        let (text, starts) = (self.text, self.starts);
        let slice = |number: usize| {
            let from = number.checked_sub(1).and_then(|i| starts.get(i)).map_or(0, |(_, begin)| *begin);
            let to = starts.get(number).map_or(text.len(), |(marker, _)| *marker);
            let slice = text.get(from..to.max(from)).unwrap_or_default();
            format!(
                "{}\n",
                slice.trim_start_matches(['\r', '\n']).trim_end().trim_end_matches("\n...").trim_end()
            )
        };
        self.roots.into_iter().map(|(root, number)| Document { root, text: slice(number) }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_keep_their_text_with_its_comments() {
        let text = "# first\na: 1\n---\n# second\nb: '二'\n...\n---\nc: 3\n";
        let (documents, error) = documents(text);
        assert_eq!(error, None);
        let texts: Vec<&str> = documents.iter().map(|d| d.text.as_str()).collect();
        assert_eq!(texts, ["# first\na: 1\n", "# second\nb: '二'\n", "c: 3\n"]);
    }

    #[test]
    fn what_stands_before_a_syntax_error_is_still_read() {
        let (documents, error) = documents("a: 1\n---\nb: [1\nc: 2\n");
        assert_eq!(documents.len(), 1);
        assert_eq!(error.expect("unclosed").at.line, 4);
    }

    #[test]
    fn an_alias_bomb_meets_a_limit() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let alias = format!("*a{}, ", level - 1).repeat(10);
            text.push_str(&format!("a{level}: &a{level} [{alias}]\n"));
        }
        let (_, error) = documents(&text);
        assert!(error.expect("too many").message.contains("50000 values"));
    }

    #[test]
    fn endless_nesting_meets_a_limit() {
        let (_, error) = documents(&"- ".repeat(1_000));
        assert!(error.expect("too deep").message.contains("32 levels"));
    }
}
