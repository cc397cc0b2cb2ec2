//! Orders the parts of AND and OR so that what is cheap decides first. Three-valued logic does not care about order.

use super::ast::{Leaf, Number, Predicate, Text};
use crate::columns::{self, ColumnKind};
use crate::signal::Signal;

/// Sorts by cost; what costs the same keeps its order.
pub(super) fn cheapest_first(parts: &mut [Predicate]) {
    parts.sort_by_key(cost);
}

/// Roughly nanoseconds a row.
fn cost(predicate: &Predicate) -> u32 {
    let mut sum = 0;
    predicate.leaves(&mut |leaf| sum += leaf_cost(leaf));
    sum
}

fn leaf_cost(leaf: &Leaf) -> u32 {
    match leaf {
        Leaf::Flag(_) | Leaf::NoColumn(_) | Leaf::TimeIs(..) | Leaf::TimeTo(..) => 1,
        Leaf::IdIs(..) | Leaf::IdTo(..) => 3,
        Leaf::TextIs(text, ..) | Leaf::TextIn(text, _) => text_cost(text),
        Leaf::Like { text, .. } => 3 * text_cost(text),
        Leaf::TextTo(left, _, right) => 20 + text_cost(left) + text_cost(right),
        Leaf::Numbers(left, _, right) => number_cost(left) + number_cost(right),
        Leaf::NoNumber(number) | Leaf::NumberIn(number, _) => number_cost(number),
        Leaf::AttrFlag(attr) | Leaf::NoAttr(attr) => text_cost(&Text::Attr(attr.clone())),
    }
}

fn text_cost(text: &Text) -> u32 {
    match text {
        Text::Column(name) if repeats(name) => 0,
        Text::Column(_) => 5,
        Text::Attr(attr) if repeats(attr.column) => 1,
        Text::Attr(_) => 100,
    }
}

fn number_cost(number: &Number) -> u32 {
    match number {
        Number::Int(_) | Number::Real(_) => 0,
        Number::Column(_) => 1,
        Number::Attr(attr) => text_cost(&Text::Attr(attr.clone())),
        Number::Parsed(text) => 20 + text_cost(text),
        Number::Computed(_, left, right) => 2 + number_cost(left) + number_cost(right),
    }
}

/// Whether a column is a dictionary, evaluated once a value. Columns of one name are of one kind in every signal.
fn repeats(name: &str) -> bool {
    Signal::ALL
        .into_iter()
        .find_map(|signal| columns::find(signal, name))
        .is_some_and(|(_, column)| matches!(column.kind, ColumnKind::Name | ColumnKind::NamedMap))
}
