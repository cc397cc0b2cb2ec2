//! What is said about a trace, in which order. It must never choose words, and never cite what it does not know.

use std::collections::HashMap;

use super::cause::{Failure, Failures, failures};
use super::facts::Facts;
use super::model::{Cause, Exception, Explanation, SpanId, SpanKind, TraceRecord, Verdict};
use super::tree::{Top, Tree};
use super::words::{self, Place, Sentence};
use crate::Language;

/// Calls of one failure that are cited one by one.
const CITED_CALLS: usize = 5;
/// Failures that are named after the first.
const NAMED_FAILURES: usize = 3;
/// Services that are named between the cause and the request.
const NAMED_SERVICES: usize = 4;
/// Log records that an explanation carries.
const CARRIED_LOGS: usize = 100;
/// From this number on, severities are errors.
const ERROR_SEVERITY: u8 = 17;

/// An explanation that is being told.
pub(super) struct Story<'a> {
    trace: &'a TraceRecord,
    tree: &'a Tree<'a>,
    language: Language,
    facts: Facts<'a>,
    sentences: Vec<Sentence<'a>>,
}

impl<'a> Story<'a> {
    pub(super) fn of(trace: &'a TraceRecord, tree: &'a Tree<'a>, language: Language) -> Self {
        Self { trace, tree, language, facts: Facts::new(language, tree, trace), sentences: Vec::new() }
    }

    pub(super) fn tell(mut self) -> Explanation {
        let found = failures(self.tree);
        let first = found.whole.first().or(found.contained.first());
        let (mut cause, mut logs) = (None, Vec::new());
        match first {
            Some(failure) => {
                cause = Some(self.tell_cause(failure, &found));
                logs = self.tell_logs(failure.first());
                self.tell_others(&found);
            }
            None => self.tell_success(),
        }
        self.tell_user();
        let is_incomplete = self.tell_gaps();
        let verdict = match (first, is_incomplete) {
            (_, true) => Verdict::Inconclusive,
            (None, false) => Verdict::NoError,
            (Some(_), false) if found.whole.len() > 1 => Verdict::Inconclusive,
            (Some(_), false) => Verdict::Error,
        };
        let text = words::text(self.language, &self.sentences);
        Explanation { verdict, text, facts: self.facts.into_list(), cause, logs }
    }

    fn place(&self, at: usize) -> Place<'a> {
        Place::of(self.tree.spans[at])
    }

    /// How the request ended, where that began, what was thrown, which way it went.
    fn tell_cause(&mut self, failure: &Failure, found: &Failures) -> Cause {
        let (first, tree) = (failure.first(), self.tree);
        let (span, one_of) = (tree.spans[first], found.whole.len());
        // Of several failed requests, in a trace in parts, the first is the one that the others belong to.
        let failed = found.whole.iter().map(|failure| failure.reached).min();
        let (request, cite) = match failed {
            Some(request) => (request, self.facts.span(request)),
            None => (tree.top_of[first], self.facts.span(tree.top_of[first])),
        };
        let (at, took) = (self.place(request), tree.spans[request].duration);
        if request == first && failure.calls == 1 && one_of == 1 {
            let alone = found.contained.is_empty();
            self.sentences.push(Sentence::FailedItself {
                at,
                took,
                message: &span.status_message,
                alone,
                cite,
            });
        } else {
            self.sentences.push(match failed {
                Some(_) => Sentence::RequestFailed { at, took, cite },
                None => Sentence::RequestWentOn { at, took, cite },
            });
            self.tell_beginning(failure, one_of);
        }
        if span.kind == SpanKind::Client && tree.children[first].is_empty() {
            let cite = self.facts.span(first);
            self.sentences.push(Sentence::OtherSideSilent { cite });
        }
        let exception = self.tell_exception(first);
        self.tell_way(first, failure.reached);
        let (service, name) = (span.service.clone(), span.name.clone());
        Cause { span_id: span.span_id, service, name, exception }
    }

    fn tell_beginning(&mut self, failure: &Failure, one_of: usize) {
        let at = self.place(failure.first());
        let message: &'a str = &self.tree.spans[failure.first()].status_message;
        let failed = failure.spans.len();
        let last = failure.spans[failed - 1];
        let mut cited: Vec<usize> = failure.spans.iter().copied().take(CITED_CALLS).collect();
        if failed > CITED_CALLS {
            cited.push(last);
        }
        let cite: String = cited.into_iter().map(|at| self.facts.span(at)).collect();
        let is_single = failed == 1 && (failure.calls == 1 || failure.made_good.is_some());
        self.sentences.push(if is_single {
            Sentence::Began { at, message, one_of, cite }
        } else {
            Sentence::BeganInCalls { at, failed, calls: failure.calls, message, one_of, cite }
        });
        if let Some(good) = failure.made_good {
            let (at, cite) = (self.place(good), self.facts.span(good));
            self.sentences.push(Sentence::MadeGood { at, cite });
        }
    }

    /// The last exception of the span, or of the nearest failed span above it that recorded any.
    fn tell_exception(&mut self, first: usize) -> Option<Exception> {
        let failed = self.tree.upward(first).take_while(|at| self.tree.spans[*at].error);
        let (at, exception) =
            failed.filter_map(|at| Some((at, self.tree.spans[at].exceptions.last()?))).next()?;
        let cite = self.facts.exception(at, exception);
        let service: &'a str = &self.tree.spans[at].service;
        self.sentences.push(Sentence::Raised { service, exception, cite });
        Some(exception.clone())
    }

    /// The services between the one where it began and the one it reached.
    fn tell_way(&mut self, first: usize, reached: usize) {
        let service = |at: usize| -> &'a str { &self.tree.spans[at].service };
        let (begin, end) = (service(first), service(reached));
        let mut between: Vec<usize> = Vec::new();
        for at in self.tree.upward(first).take_while(|at| *at != reached) {
            let is_new = between.last().is_none_or(|last| service(*last) != service(at));
            if is_new && service(at) != begin && service(at) != end {
                between.push(at);
            }
        }
        between.truncate(NAMED_SERVICES);
        if between.is_empty() {
            return;
        }
        let services = between.into_iter().map(|at| (service(at), self.facts.span(at))).collect();
        self.sentences.push(Sentence::Passed { services });
    }

    /// The records of the cause, or of the nearest failed span of its service above it that has any.
    fn tell_logs(&mut self, first: usize) -> Vec<usize> {
        let mut by_span: HashMap<SpanId, Vec<usize>> = HashMap::new();
        for (position, log) in self.trace.logs.iter().enumerate() {
            if let Some(id) = log.span_id {
                by_span.entry(id).or_default().push(position);
            }
        }
        let spans = &self.tree.spans;
        let same = |at: &usize| spans[*at].error && spans[*at].service == spans[first].service;
        let found =
            self.tree.upward(first).take_while(same).find(|at| by_span.contains_key(&spans[*at].span_id));
        let Some(at) = found else { return Vec::new() };
        let mut logs = by_span.remove(&spans[at].span_id).unwrap_or_default();
        logs.sort_by_key(|position| (self.trace.logs[*position].time, *position));
        let rank = |position: &usize| self.trace.logs[*position].severity_number;
        // `rev` makes the earliest of equals the last, which `max_by_key` takes.
        let Some(worst) = logs.iter().rev().copied().max_by_key(rank) else { return logs };
        let (log, cite) = (&self.trace.logs[worst], self.facts.log(worst));
        let elsewhere = (at != first).then(|| self.place(at));
        self.sentences.push(Sentence::Logged { log, count: logs.len(), elsewhere, cite });
        logs.truncate(CARRIED_LOGS);
        logs
    }

    /// The failures after the first.
    fn tell_others(&mut self, found: &Failures) {
        let contained = if found.whole.is_empty() { &found.contained[1..] } else { &found.contained };
        let whole = found.whole.iter().skip(1).map(|failure| (failure, true));
        let others: Vec<_> = whole.chain(contained.iter().map(|failure| (failure, false))).collect();
        for (failure, is_whole) in others.iter().take(NAMED_FAILURES) {
            let at = self.place(failure.first());
            let message: &'a str = &self.tree.spans[failure.first()].status_message;
            let cite = self.facts.span(failure.first());
            self.sentences.push(match (is_whole, failure.made_good) {
                (true, _) => Sentence::Another { at, message, cite },
                (false, Some(good)) => {
                    Sentence::Contained { at, made_good: true, cite: cite + &self.facts.span(good) }
                }
                (false, None) => Sentence::Contained { at, made_good: false, cite },
            });
        }
        if let count @ 1.. = others.len().saturating_sub(NAMED_FAILURES) {
            self.sentences.push(Sentence::More { count });
        }
    }

    /// How long the request took, and which span worked longest itself.
    fn tell_success(&mut self) {
        let tree = self.tree;
        // The first of the longest: `max_by_key` takes the last of equals.
        let tops = tree.tops.iter().rev().map(|(top, _)| *top);
        let Some(request) = tops.max_by_key(|top| tree.spans[*top].duration) else {
            self.sentences.push(Sentence::NoSpans);
            return;
        };
        let (at, cite) = (self.place(request), self.facts.span(request));
        self.sentences.push(Sentence::NothingFailed { at, took: tree.spans[request].duration, cite });
        let longest = tree.order.iter().rev().copied().max_by_key(|at| tree.self_time(*at));
        if let Some(longest) = longest.filter(|at| tree.spans.len() > 1 && !tree.self_time(*at).is_zero()) {
            let (at, cite) = (self.place(longest), self.facts.span(longest));
            self.sentences.push(Sentence::Longest { at, own: tree.self_time(longest), cite });
        }
        let logs = &self.trace.logs;
        let errors = || (0..logs.len()).filter(|at| logs[*at].severity_number >= ERROR_SEVERITY);
        if let Some(first) = errors().min_by_key(|at| (logs[*at].time, *at)) {
            let (log, cite) = (&logs[first], self.facts.log(first));
            self.sentences.push(Sentence::ErrorsLogged { log, count: errors().count(), cite });
        }
    }

    /// Who made the request, where all spans that name a user name the same.
    fn tell_user(&mut self) {
        let spans = &self.tree.spans;
        let named = || self.tree.order.iter().filter_map(|at| Some((*at, spans[*at].user_id.as_deref()?)));
        let Some((at, user)) = named().next() else { return };
        if named().all(|(_, other)| other == user) {
            let cite = self.facts.user(at, user);
            self.sentences.push(Sentence::User { user, cite });
        }
    }

    /// What is missing; whether so much that nothing is certain.
    fn tell_gaps(&mut self) -> bool {
        let of = |kind: Top| self.tree.tops.iter().filter(move |(_, top)| *top == kind).map(|(at, _)| *at);
        let orphans: Vec<usize> = of(Top::Orphan).collect();
        let cycle = of(Top::Cycle).next();
        let parts = self.tree.tops.len();
        let mut is_incomplete = self.trace.cut || cycle.is_some() || parts == 0;
        match orphans.first() {
            Some(&orphan) if parts == 1 => {
                let (at, cite) = (self.place(orphan), self.facts.span(orphan));
                self.sentences.push(Sentence::CallerMissing { at, cite });
            }
            Some(_) => {
                is_incomplete = true;
                let cite = orphans.iter().take(CITED_CALLS).map(|at| self.facts.span(*at)).collect();
                self.sentences.push(Sentence::InParts { parts, missing: orphans.len(), cite });
            }
            None => {}
        }
        if let Some(at) = cycle {
            let cite = self.facts.span(at);
            self.sentences.push(Sentence::Cycle { cite });
        }
        if self.trace.cut {
            self.sentences.push(Sentence::Cut { spans: self.tree.spans.len() });
        }
        if is_incomplete && parts > 0 {
            self.sentences.push(Sentence::Uncertain);
        }
        is_incomplete
    }
}
