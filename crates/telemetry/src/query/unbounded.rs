//! What a query may not ask for, because its memory would grow with the square of its rows and be counted too late.

use arrow::datatypes::{DataType, Field};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{Expr, LogicalPlan};

/// Refuses it, with what to write instead.
pub(super) fn refuse(plan: &LogicalPlan) -> Result<()> {
    let refused = |node: &LogicalPlan| {
        match node {
            LogicalPlan::Unnest(_) => {
                return plan_err!("unnest is not offered: every row would be copied for each element");
            }
            LogicalPlan::Window(window) => {
                // Its own columns are behind those of its rows.
                let own = window.window_expr.iter().rev().zip(window.schema.fields().iter().rev());
                for (expr, field) in own {
                    if grows(expr, field) {
                        return plan_err!(
                            "lists and joined texts are not offered with OVER, as each row would have all that \
                             were before it: aggregate them with GROUP BY"
                        );
                    }
                }
            }
            _ => {}
        }
        Ok(TreeNodeRecursion::Continue)
    };
    plan.apply_with_subqueries(refused).map(|_| ())
}

/// Whether each row's answer is made of the rows before it.
fn grows(expr: &Expr, field: &Field) -> bool {
    let is_list = matches!(field.data_type(), DataType::List(_) | DataType::LargeList(_));
    is_list || matches!(expr, Expr::WindowFunction(window) if window.fun.name() == "string_agg")
}
