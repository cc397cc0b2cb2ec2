//! Keeps two layers of a query apart that look the same, as in `SELECT i + 1 AS i FROM (SELECT i + 1 AS i FROM …)`.
//!
//! DataFusion 55 takes one of two projections for the other where their expressions are equal, though each has another `i`:
//! the answer lacks a layer (apache/datafusion#24686). With the version that has mended it this can go.

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult as _};
use datafusion::logical_expr::{Expr, LogicalPlan, Projection};

/// The same plan, in which no projection is equal to the one right below it.
pub(super) fn kept_apart(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.transform_up_with_subqueries(|node| {
        let LogicalPlan::Projection(upper) = &node else { return Ok(Transformed::no(node)) };
        let LogicalPlan::Projection(lower) = upper.input.as_ref() else { return Ok(Transformed::no(node)) };
        if upper.expr != lower.expr {
            return Ok(Transformed::no(node));
        }
        // A name that is given twice is still the name.
        let renamed = |expr: &Expr| match expr {
            Expr::Alias(alias) => expr.clone().alias_qualified(alias.relation.clone(), &alias.name),
            other => other.clone(),
        };
        let expressions = upper.expr.iter().map(renamed).collect();
        let apart = Projection::try_new_with_schema(expressions, upper.input.clone(), upper.schema.clone())?;
        Ok(Transformed::yes(LogicalPlan::Projection(apart)))
    })
    .data()
}
