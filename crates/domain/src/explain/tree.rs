//! The spans of a trace as trees: who called whom, what is missing, whose own time is how long.
//!
//! Everything is a loop over arrays: a trace may be as deep as it has spans, and may claim to be its own ancestor.

use std::collections::HashMap;
use std::time::Duration;

use super::model::{SpanId, SpanKind, TracedSpan};

/// Why a span has no parent here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Top {
    /// It names none.
    Root,
    /// It names one that is not in the trace.
    Orphan,
    /// It is its own ancestor; the tree is cut here.
    Cycle,
}

/// Spans by start, each after its parent in `order`. Positions are positions in `spans`.
pub(super) struct Tree<'a> {
    pub(super) spans: Vec<&'a TracedSpan>,
    pub(super) parent: Vec<Option<usize>>,
    pub(super) children: Vec<Vec<usize>>,
    /// The spans without a parent, by start.
    pub(super) tops: Vec<(usize, Top)>,
    /// The top above each span.
    pub(super) top_of: Vec<usize>,
    /// Equal for spans that are the same call: the same services, names and kinds from the top down.
    pub(super) call: Vec<usize>,
    /// How often each call was made.
    pub(super) calls: Vec<usize>,
    /// Every span, parents first.
    pub(super) order: Vec<usize>,
}

impl<'a> Tree<'a> {
    pub(super) fn of(spans: &'a [TracedSpan]) -> Self {
        let mut spans: Vec<&TracedSpan> = spans.iter().collect();
        spans.sort_by(|a, b| (a.start, a.span_id, &a.name).cmp(&(b.start, b.span_id, &b.name)));
        let mut by_id: HashMap<SpanId, usize> = HashMap::new();
        for (at, span) in spans.iter().enumerate() {
            by_id.entry(span.span_id).or_insert(at);
        }
        let mut parent: Vec<Option<usize>> =
            spans.iter().map(|span| by_id.get(&span.parent_span_id?).copied()).collect();
        let cycles = cut_cycles(&mut parent);
        let mut children = vec![Vec::new(); spans.len()];
        let mut tops = Vec::new();
        for at in 0..spans.len() {
            match parent[at] {
                Some(parent) => children[parent].push(at),
                None if cycles.contains(&at) => tops.push((at, Top::Cycle)),
                None if spans[at].parent_span_id.is_some() => tops.push((at, Top::Orphan)),
                None => tops.push((at, Top::Root)),
            }
        }
        let mut tree = Self {
            parent,
            children,
            tops,
            top_of: vec![0; spans.len()],
            call: vec![0; spans.len()],
            calls: vec![],
            order: vec![],
            spans,
        };
        tree.descend();
        tree
    }

    /// Fills what is known from the top down.
    fn descend(&mut self) {
        let mut calls: HashMap<(Option<usize>, &str, &str, SpanKind), usize> = HashMap::new();
        let mut waiting: Vec<usize> = self.tops.iter().rev().map(|(top, _)| *top).collect();
        while let Some(at) = waiting.pop() {
            let (span, parent) = (self.spans[at], self.parent[at]);
            let path = (parent.map(|parent| self.call[parent]), &*span.service, &*span.name, span.kind);
            let next = calls.len();
            self.call[at] = *calls.entry(path).or_insert(next);
            self.calls.resize(calls.len(), 0);
            self.calls[self.call[at]] += 1;
            self.top_of[at] = parent.map_or(at, |parent| self.top_of[parent]);
            self.order.push(at);
            waiting.extend(self.children[at].iter().rev());
        }
        debug_assert_eq!(self.order.len(), self.spans.len(), "every span is below a top");
    }

    /// The span and those above it.
    pub(super) fn upward(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(at), |at| self.parent[*at])
    }

    /// How long a span worked itself: its duration without the time in which a child ran.
    pub(super) fn self_time(&self, at: usize) -> Duration {
        let (from, to) = (self.spans[at].start, self.spans[at].end());
        let mut covered = Duration::ZERO;
        let mut reached = from;
        for child in &self.children[at] {
            let begins = self.spans[*child].start.max(reached);
            let ends = self.spans[*child].end().min(to);
            if ends > begins {
                covered += ends.since(begins);
                reached = ends;
            }
        }
        self.spans[at].duration.saturating_sub(covered)
    }
}

/// Takes the parent from one span of every cycle, the first by start, and gives those spans.
fn cut_cycles(parent: &mut [Option<usize>]) -> Vec<usize> {
    let mut cut = Vec::new();
    // The walk in which a span was seen first.
    let mut seen: Vec<Option<usize>> = vec![None; parent.len()];
    for walk in 0..parent.len() {
        let mut at = Some(walk);
        while let Some(here) = at.filter(|here| seen[*here].is_none()) {
            seen[here] = Some(walk);
            at = parent[here];
        }
        let Some(entry) = at.filter(|entry| seen[*entry] == Some(walk)) else { continue };
        let around = std::iter::successors(parent[entry], |at| parent[*at]);
        let first = around.take_while(|at| *at != entry).fold(entry, usize::min);
        parent[first] = None;
        cut.push(first);
    }
    cut
}
