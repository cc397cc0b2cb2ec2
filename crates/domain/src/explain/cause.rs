//! Which spans failed first, and how far their failure went.
//!
//! A failed span with a failed span below it passed that failure on; one without is where a failure began. A failed
//! call that was made again with success did no harm to its caller. It must never choose by chance: the order in
//! which spans are given does not matter.

use std::collections::HashMap;

use ippo_base::Timestamp;

use super::tree::Tree;

/// Failures that began in the same call, such as the attempts of a retry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// The spans where it began, by end.
    pub(super) spans: Vec<usize>,
    /// How often that call was made in this trace, failed or not.
    pub(super) calls: usize,
    /// The highest span that the first of them took down.
    pub(super) reached: usize,
    /// A later call of the same kind that went well.
    pub(super) made_good: Option<usize>,
}

impl Failure {
    /// The span that failed first.
    pub(super) fn first(&self) -> usize {
        self.spans[0]
    }
}

/// All failures of a trace, each list by the end of its first span.
#[derive(Debug, Default)]
pub(super) struct Failures {
    /// Those that went up to a span without a caller in the trace.
    pub(super) whole: Vec<Failure>,
    /// Those whose caller went on.
    pub(super) contained: Vec<Failure>,
}

pub(super) fn failures(tree: &Tree<'_>) -> Failures {
    let made_good = made_good(tree);
    let harmed: Vec<bool> =
        (0..tree.spans.len()).map(|at| tree.spans[at].error && made_good[at].is_none()).collect();
    // How far up an unbroken line of failed spans goes.
    let mut reached: Vec<usize> = (0..tree.spans.len()).collect();
    for &at in &tree.order {
        if let Some(parent) = tree.parent[at].filter(|parent| harmed[at] && harmed[*parent]) {
            reached[at] = reached[parent];
        }
    }
    let began = |at: usize| tree.spans[at].error && !tree.children[at].iter().any(|child| harmed[*child]);
    let mut places: Vec<usize> = (0..tree.spans.len()).filter(|at| began(*at)).collect();
    places.sort_by_key(|at| (tree.spans[*at].end(), *at));

    let mut found = Failures::default();
    let mut known: HashMap<(usize, bool), usize> = HashMap::new();
    for at in places {
        let is_whole = harmed[at] && tree.parent[reached[at]].is_none();
        let list = if is_whole { &mut found.whole } else { &mut found.contained };
        if let Some(position) = known.get(&(tree.call[at], is_whole)) {
            let failure: &mut Failure = &mut list[*position];
            failure.spans.push(at);
            continue;
        }
        known.insert((tree.call[at], is_whole), list.len());
        let reached = reached[at];
        let made_good = made_good[at].or_else(|| made_good[tree.parent[reached]?]);
        list.push(Failure { spans: vec![at], calls: tree.calls[tree.call[at]], reached, made_good });
    }
    found
}

/// For each failed span, the same call by the same caller that began after it ended and went well.
fn made_good(tree: &Tree<'_>) -> Vec<Option<usize>> {
    let mut found = vec![None; tree.spans.len()];
    for siblings in &tree.children {
        // Children are by start: the last one that went well is the latest.
        let mut latest: HashMap<usize, (Timestamp, usize)> = HashMap::new();
        for &at in siblings.iter().filter(|at| !tree.spans[**at].error) {
            latest.insert(tree.call[at], (tree.spans[at].start, at));
        }
        for &at in siblings.iter().filter(|at| tree.spans[**at].error) {
            found[at] = latest
                .get(&tree.call[at])
                .filter(|(start, _)| *start >= tree.spans[at].end())
                .map(|found| found.1);
        }
    }
    found
}
