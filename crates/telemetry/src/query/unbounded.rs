//! What a query may not ask for, because its memory or its time would grow with the square of its rows, or with a power of its
//! length, and be counted too late.

use arrow::datatypes::{DataType, Field};
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::expr::GroupingSet;
use datafusion::logical_expr::{BinaryExpr, Expr, LogicalPlan, Operator};

use super::memory::CONSTANT_BYTES;

/// Steps of a plan. Layers that name the layer below twice make a thousand of them in a few lines.
const NODES: usize = 500;
/// Groupings of one `CUBE`, `ROLLUP` or `GROUPING SETS`: each row is grouped so many times.
const GROUPINGS: usize = 64;

/// Refuses it, with what to write instead.
pub(super) fn refuse(plan: &LogicalPlan) -> Result<()> {
    let mut nodes = 0;
    plan.apply_with_subqueries(|_| {
        nodes += 1;
        Ok(if nodes > NODES { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    if nodes > NODES {
        return plan_err!("it has more than {NODES} steps, as layers that are named twice are read twice");
    }
    let refused = |node: &LogicalPlan| {
        refuse_node(node)?;
        node.apply_expressions(|expr| expr.apply(refuse_expression))
    };
    plan.apply_with_subqueries(refused).map(|_| ())
}

fn refuse_node(node: &LogicalPlan) -> Result<()> {
    match node {
        LogicalPlan::Unnest(_) => {
            plan_err!("unnest is not offered: every row would be copied for each element")
        }
        LogicalPlan::Window(window) => {
            // Its own columns are behind those of its rows.
            let mut own = window.window_expr.iter().rev().zip(window.schema.fields().iter().rev());
            if own.any(|(expr, field)| grows(expr, field)) {
                return plan_err!(
                    "lists and joined texts are not offered with OVER, as each row would have all that were before \
                     it: aggregate them with GROUP BY"
                );
            }
            Ok(())
        }
        LogicalPlan::Aggregate(aggregate) => {
            let groupings = aggregate.group_expr.iter().map(groupings).fold(1, usize::saturating_mul);
            if groupings > GROUPINGS {
                return plan_err!("it groups in {groupings} ways, and {GROUPINGS} are the most");
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn groupings(expr: &Expr) -> usize {
    match expr {
        Expr::GroupingSet(GroupingSet::Cube(of)) => u32::try_from(of.len())
            .ok()
            .and_then(|columns| 2_usize.checked_pow(columns))
            .unwrap_or(usize::MAX),
        Expr::GroupingSet(GroupingSet::Rollup(of)) => of.len() + 1,
        Expr::GroupingSet(GroupingSet::GroupingSets(sets)) => sets.len(),
        _ => 1,
    }
}

fn refuse_expression(expr: &Expr) -> Result<TreeNodeRecursion> {
    let pattern = match expr {
        Expr::Literal(value, _) if value.size() > CONSTANT_BYTES => {
            return plan_err!("a text in a query may have {CONSTANT_BYTES} bytes");
        }
        Expr::ScalarFunction(call) if call.name().starts_with("regexp_") => call.args.get(1),
        Expr::BinaryExpr(BinaryExpr { op, right, .. }) if is_regex(*op) => Some(right.as_ref()),
        Expr::SimilarTo(like) => Some(like.pattern.as_ref()),
        _ => None,
    };
    if pattern.is_some_and(|pattern| !matches!(pattern, Expr::Literal(..))) {
        return plan_err!(
            "the pattern of a regular expression is written in the query, as each has to be made ready"
        );
    }
    Ok(TreeNodeRecursion::Continue)
}

fn is_regex(op: Operator) -> bool {
    use Operator::{RegexIMatch, RegexMatch, RegexNotIMatch, RegexNotMatch};
    matches!(op, RegexMatch | RegexIMatch | RegexNotMatch | RegexNotIMatch)
}

/// Whether each row's answer is made of the rows before it.
fn grows(expr: &Expr, field: &Field) -> bool {
    let is_list = matches!(field.data_type(), DataType::List(_) | DataType::LargeList(_));
    is_list || matches!(expr, Expr::WindowFunction(window) if window.fun.name() == "string_agg")
}
