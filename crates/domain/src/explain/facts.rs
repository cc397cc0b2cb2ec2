//! The facts that sentences cite. A fact gets its number when it is cited first, so that none is listed in vain.

use std::collections::HashMap;

use super::model::{Exception, Fact, FactKind, TraceRecord};
use super::tree::Tree;
use super::words::{self, FactWords};
use crate::Language;

/// Facts of one explanation.
pub(super) struct Facts<'a> {
    language: Language,
    tree: &'a Tree<'a>,
    trace: &'a TraceRecord,
    list: Vec<Fact>,
    known: HashMap<(FactKind, usize), String>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(language: Language, tree: &'a Tree<'a>, trace: &'a TraceRecord) -> Self {
        Self { language, tree, trace, list: Vec::new(), known: HashMap::new() }
    }

    pub(super) fn into_list(self) -> Vec<Fact> {
        self.list
    }

    /// Cites a span.
    pub(super) fn span(&mut self, at: usize) -> String {
        let (tree, span) = (self.tree, self.tree.spans[at]);
        let offset = span.start.since(tree.spans[0].start);
        let words =
            FactWords::Span { span, offset, calls: tree.calls[tree.call[at]], own: tree.self_time(at) };
        self.cite(FactKind::Span, at, at, &words)
    }

    /// Cites the exception that a span recorded last.
    pub(super) fn exception(&mut self, at: usize, exception: &Exception) -> String {
        self.cite(FactKind::Exception, at, at, &FactWords::Exception { span: self.tree.spans[at], exception })
    }

    /// Cites who made the request, as a span says.
    pub(super) fn user(&mut self, at: usize, user: &str) -> String {
        self.cite(FactKind::User, at, at, &FactWords::User { span: self.tree.spans[at], user })
    }

    /// Cites a log record, by its position in the trace.
    pub(super) fn log(&mut self, position: usize) -> String {
        let log = &self.trace.logs[position];
        let began = self.tree.spans.first().map_or(log.time, |span| span.start);
        let words = words::fact(
            self.language,
            &FactWords::Log { log, offset_nanos: log.time.as_nanos() - began.as_nanos() },
        );
        self.add(FactKind::Log, position, log.span_id, words)
    }

    fn cite(&mut self, kind: FactKind, key: usize, span: usize, words: &FactWords<'_>) -> String {
        let text = words::fact(self.language, words);
        self.add(kind, key, Some(self.tree.spans[span].span_id), text)
    }

    fn add(&mut self, kind: FactKind, key: usize, span_id: Option<super::SpanId>, text: String) -> String {
        if let Some(id) = self.known.get(&(kind, key)) {
            return format!("[{id}]");
        }
        let letter = match kind {
            FactKind::Span => 'S',
            FactKind::Log => 'L',
            FactKind::Exception => 'E',
            FactKind::User => 'U',
        };
        let number = self.list.iter().filter(|fact| fact.kind == kind).count() + 1;
        let id = format!("{letter}:{number}");
        self.known.insert((kind, key), id.clone());
        self.list.push(Fact { id: id.clone(), kind, span_id, text });
        format!("[{id}]")
    }
}
