//! Expressions as DataFusion's: what prunes files (a column against literals) natively, all else through one function
//! that is our own evaluator.
//!
//! It must never lower natively what DataFusion might answer differently than `eval`: doubles, attributes, patterns.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::{Column, DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Expr as DataFusionExpr, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility, binary_expr, lit, not,
};

use super::ast::{Leaf, Number, Op, Predicate, Text};
use super::eval::{self, LeafCache};
use super::{Expr, in_table_order};
use crate::columns::{self, ColumnDef, ColumnKind, data_type};
use crate::signal::Signal;

/// Comparisons lowered natively; beyond, plans grow more than files are pruned.
const NATIVE_LEAVES: usize = 64;
/// The longest list lowered natively. DataFusion prunes by lists of at most twenty.
const NATIVE_LIST: usize = 20;

impl Expr {
    /// The same condition for DataFusion, over unqualified columns of the signal's table.
    pub fn to_datafusion(&self) -> DataFusionExpr {
        let parts = match self.root.as_ref() {
            Predicate::And(parts) => parts.as_slice(),
            other => std::slice::from_ref(other),
        };
        let lower = Lower { signal: self.signal };
        let mut lowered = vec![];
        let mut residual = vec![];
        for part in parts {
            match lower.predicate(part).filter(|_| lowered.len() < NATIVE_LEAVES) {
                Some(native) => lowered.push(native),
                None => residual.push(part.clone()),
            }
        }
        if !residual.is_empty() {
            lowered.push(self.evaluated(residual));
        }
        joined(lowered, Operator::And).unwrap_or_else(|| lit(true))
    }

    /// The conjunction of `parts` as a call of our evaluator.
    fn evaluated(&self, parts: Vec<Predicate>) -> DataFusionExpr {
        let root = Predicate::And(parts);
        let mut read = vec![];
        root.leaves(&mut |leaf| leaf.columns(&mut |name| read.push(name)));
        let columns = in_table_order(self.signal, &read);
        let arguments = columns.iter().map(|name| column(name)).collect();
        let signature = match columns.len() {
            0 => Signature::nullary(Volatility::Immutable),
            count => Signature::any(count, Volatility::Immutable),
        };
        ScalarUDF::from(Evaluator { expr: self.clone(), root, columns, signature }).call(arguments)
    }
}

struct Lower {
    signal: Signal,
}

impl Lower {
    fn predicate(&self, predicate: &Predicate) -> Option<DataFusionExpr> {
        let mut leaves = 0;
        predicate.leaves(&mut |_| leaves += 1);
        if leaves > NATIVE_LEAVES {
            return None;
        }
        match predicate {
            Predicate::Const(value) => Some(lit(ScalarValue::Boolean(*value))),
            Predicate::Leaf(leaf) => self.leaf(leaf),
            Predicate::Not(inner) => Some(match self.predicate(inner)? {
                DataFusionExpr::IsNull(value) => DataFusionExpr::IsNotNull(value),
                lowered => not(lowered),
            }),
            Predicate::And(parts) => self.all(parts, Operator::And),
            Predicate::Or(parts) => self.all(parts, Operator::Or),
            Predicate::Same(..) | Predicate::Unknown(_) => None,
        }
    }

    fn all(&self, parts: &[Predicate], operator: Operator) -> Option<DataFusionExpr> {
        let parts: Option<Vec<_>> = parts.iter().map(|part| self.predicate(part)).collect();
        joined(parts?, operator)
    }

    fn leaf(&self, leaf: &Leaf) -> Option<DataFusionExpr> {
        match leaf {
            Leaf::Flag(name) => Some(column(name)),
            Leaf::TextIs(Text::Column(name), op, literal) => self.compared(name, *op, &text(literal)),
            Leaf::TextIn(Text::Column(name), list) if list.len() <= NATIVE_LIST => {
                let parts: Option<Vec<_>> =
                    list.iter().map(|item| self.compared(name, Op::Eq, &text(item))).collect();
                joined(parts?, Operator::Or)
            }
            Leaf::Numbers(Number::Column(name), op, Number::Int(literal)) => {
                self.compared(name, *op, &ScalarValue::Int64(Some(*literal)))
            }
            Leaf::NumberIn(Number::Column(name), list) if list.len() <= NATIVE_LIST => {
                let compared = |item: &i64| self.compared(name, Op::Eq, &ScalarValue::Int64(Some(*item)));
                let parts: Option<Vec<_>> = list.iter().map(compared).collect();
                joined(parts?, Operator::Or)
            }
            Leaf::TimeIs(name, op, nanos) => {
                let zone = Some("UTC".into());
                self.compared(name, *op, &ScalarValue::TimestampNanosecond(Some(*nanos), zone))
            }
            Leaf::IdIs(name, op, bytes) => {
                let width = i32::try_from(bytes.len()).ok()?;
                self.compared(name, *op, &ScalarValue::FixedSizeBinary(width, Some(bytes.to_vec())))
            }
            Leaf::NoColumn(name) => Some(column(name).is_null()),
            _ => None,
        }
    }

    /// A column against a literal of its own type, so that no cast comes between it and the statistics of files.
    fn compared(&self, name: &str, op: Op, literal: &ScalarValue) -> Option<DataFusionExpr> {
        let (_, ColumnDef { kind, .. }) = columns::find(self.signal, name)?;
        if kind == ColumnKind::Float {
            return None;
        }
        let literal = literal.cast_to(&data_type(kind)).ok()?;
        Some(binary_expr(column(name), operator(op), lit(literal)))
    }
}

fn column(name: &str) -> DataFusionExpr {
    DataFusionExpr::Column(Column::new_unqualified(name))
}

fn text(text: &str) -> ScalarValue {
    ScalarValue::Utf8(Some(text.to_owned()))
}

fn operator(op: Op) -> Operator {
    match op {
        Op::Eq => Operator::Eq,
        Op::Ne => Operator::NotEq,
        Op::Lt => Operator::Lt,
        Op::Le => Operator::LtEq,
        Op::Gt => Operator::Gt,
        Op::Ge => Operator::GtEq,
    }
}

/// `a AND b AND …`, or with OR; nothing for no parts.
fn joined(parts: Vec<DataFusionExpr>, operator: Operator) -> Option<DataFusionExpr> {
    parts.into_iter().reduce(|left, right| binary_expr(left, operator, right))
}

/// Our evaluator as a function of the columns it reads.
#[derive(Debug)]
struct Evaluator {
    /// Where it comes from: says with `columns` what it is.
    expr: Expr,
    root: Predicate,
    columns: Vec<&'static str>,
    signature: Signature,
}

impl PartialEq for Evaluator {
    fn eq(&self, other: &Self) -> bool {
        self.expr == other.expr && self.columns == other.columns
    }
}

impl Eq for Evaluator {}

impl Hash for Evaluator {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.expr.text().hash(state);
        self.columns.hash(state);
    }
}

impl ScalarUDFImpl for Evaluator {
    fn name(&self) -> &str {
        "ippo_where"
    }

    fn schema_name(&self, _args: &[DataFusionExpr]) -> Result<String> {
        Ok(format!("ippo_where({})", self.expr.text()))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        if args.args.len() != self.columns.len() {
            return Err(DataFusionError::Internal(
                "a condition is called with the columns it reads".to_owned(),
            ));
        }
        let rows = args.number_rows;
        let arrays =
            args.args.into_iter().map(|argument| argument.into_array(rows)).collect::<Result<Vec<_>>>()?;
        let fields: Vec<Field> = self
            .columns
            .iter()
            .zip(&arrays)
            .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
            .collect();
        let batch = RecordBatch::try_new_with_options(
            Arc::new(Schema::new(fields)),
            arrays,
            &RecordBatchOptions::new().with_row_count(Some(rows)),
        )?;
        let truth: BooleanArray =
            eval::predicate(&self.root, &batch, &mut LeafCache::default()).into_array(rows);
        Ok(ColumnarValue::Array(Arc::new(truth)))
    }
}
