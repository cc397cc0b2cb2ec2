//! What SQL has beside DataFusion's own functions: `attrs['key']`, `resource['key']` and, with paths, `body['key']` as
//! text, and `num(text)`.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, Float64Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type};
use datafusion::common::{DFSchema, Result, ScalarValue, exec_err, plan_err};
use datafusion::execution::FunctionRegistry as _;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::planner::{
    ExprPlanner, PlannerResult, RawBinaryExpr, RawDictionaryExpr, RawFieldAccessExpr,
};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable as _, GetFieldAccess, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility, lit,
};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::bounded;
use super::memory::Memory;
use crate::attrs::{self, AttrValue};

/// What reads subscripts and `||`. They must stand before DataFusion's own.
pub(super) fn planners(memory: &Memory) -> Vec<Arc<dyn ExprPlanner>> {
    vec![Arc::new(Subscripts), Arc::new(Operators { joined: Arc::new(bounded::joined(memory)) })]
}

/// Makes the functions known.
pub(super) fn register(state: &mut SessionState) -> Result<()> {
    state.register_udf(Arc::new(ScalarUDF::from(TextOf::attribute())))?;
    state.register_udf(Arc::new(ScalarUDF::from(TextOf::path())))?;
    state.register_udf(Arc::new(ScalarUDF::from(Num::new())))?;
    Ok(())
}

/// Reads `attrs['key']` as a call of [`TextOf`].
#[derive(Debug)]
struct Subscripts;

impl ExprPlanner for Subscripts {
    fn plan_field_access(
        &self,
        access: RawFieldAccessExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawFieldAccessExpr>> {
        let GetFieldAccess::NamedStructField { name: ScalarValue::Utf8(Some(key)) } = &access.field_access
        else {
            return Ok(PlannerResult::Original(access));
        };
        if !is_text(&access.expr.get_type(schema)?) {
            return Ok(PlannerResult::Original(access));
        }
        // As in expressions: only the body has paths.
        let is_body = matches!(&access.expr, Expr::Column(column) if column.name == "body");
        let reader = if is_body { TextOf::path() } else { TextOf::attribute() };
        Ok(PlannerResult::Planned(ScalarUDF::from(reader).call(vec![access.expr.clone(), lit(key.clone())])))
    }
}

/// Reads `a || b` as a call of a bounded function, and refuses what would write lists and structures.
#[derive(Debug)]
struct Operators {
    joined: Arc<ScalarUDF>,
}

/// Why nothing nested can be written.
const NO_LISTS: &str = "lists and structures cannot be written in a query; compare one value at a time, as in (a = 1 AND b = 2) OR …";

impl ExprPlanner for Operators {
    fn plan_binary_op(&self, expr: RawBinaryExpr, _: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        match expr.op {
            BinaryOperator::StringConcat => Ok(PlannerResult::Planned(match expr.left {
                // One call for all of a chain: it would nest as deep as it is long.
                Expr::ScalarFunction(mut left) if left.func == self.joined => {
                    left.args.push(expr.right);
                    Expr::ScalarFunction(left)
                }
                left => self.joined.call(vec![left, expr.right]),
            })),
            _ => Ok(PlannerResult::Original(expr)),
        }
    }

    fn plan_array_literal(&self, _: Vec<Expr>, _: &DFSchema) -> Result<PlannerResult<Vec<Expr>>> {
        plan_err!("{NO_LISTS}")
    }

    fn plan_dictionary_literal(
        &self,
        _: RawDictionaryExpr,
        _: &DFSchema,
    ) -> Result<PlannerResult<RawDictionaryExpr>> {
        plan_err!("{NO_LISTS}")
    }

    fn plan_struct_literal(&self, _: Vec<Expr>, _: bool) -> Result<PlannerResult<Vec<Expr>>> {
        plan_err!("{NO_LISTS}")
    }

    fn plan_make_map(&self, _: Vec<Expr>) -> Result<PlannerResult<Vec<Expr>>> {
        plan_err!("{NO_LISTS}")
    }
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_text(values),
        other => matches!(other, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View),
    }
}

/// What a key of a JSON object in a text says, as text; NULL where there is none.
#[derive(Debug, PartialEq, Eq, Hash)]
struct TextOf {
    name: &'static str,
    example: &'static str,
    /// Whether the key may be a path into nested objects.
    is_path: bool,
    signature: Signature,
}

impl TextOf {
    /// `attr_text(attrs, 'key')`.
    fn attribute() -> Self {
        Self::new("attr_text", "attr_text(attrs, 'http.route')", false)
    }

    /// `json_text(body, 'path.of.keys')`.
    fn path() -> Self {
        Self::new("json_text", "json_text(body, 'request.path')", true)
    }

    fn new(name: &'static str, example: &'static str, is_path: bool) -> Self {
        Self { name, example, is_path, signature: Signature::any(2, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for TextOf {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        match arguments {
            [map, key] if is_text(map) && is_text(key) => Ok(DataType::Utf8),
            _ => plan_err!("{} takes a text and a key: {}", self.name, self.example),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [map, ColumnarValue::Scalar(key)] = args.args.as_slice() else {
            return exec_err!("the key is a literal text, as in {}", self.example);
        };
        let Some(Some(key)) = key.try_as_str() else {
            return exec_err!("the key is a text, as in {}", self.example);
        };
        let maps = map.to_array(args.number_rows)?;
        let look = if self.is_path { attrs::lookup_path } else { attrs::lookup };
        Ok(ColumnarValue::Array(texts(&maps, key, look)?))
    }
}

/// How a key is looked up in a text.
type Look = for<'a> fn(&'a str, &str) -> Option<AttrValue<'a>>;

fn texts(maps: &ArrayRef, key: &str, look: Look) -> Result<ArrayRef> {
    if let Some(dictionary) = maps.as_dictionary_opt::<Int32Type>() {
        // Each distinct text is looked into once.
        let found = texts(dictionary.values(), key, look)?;
        return Ok(arrow::compute::take(&found, dictionary.keys(), None)?);
    }
    let maps = cast(maps, &DataType::Utf8)?;
    let values = maps.as_string::<i32>().iter().map(|map| look(map?, key)?.into_text());
    Ok(Arc::new(values.collect::<StringArray>()))
}

/// A text as a number; NULL where it is none.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Num {
    signature: Signature,
}

impl Num {
    fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Num {
    fn name(&self) -> &str {
        "num"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        match arguments {
            [text] if is_text(text) => Ok(DataType::Float64),
            _ => plan_err!("num takes a text: num(attrs['retry.count'])"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let texts = cast(&args.args[0].to_array(args.number_rows)?, &DataType::Utf8)?;
        let number = |text: Option<&str>| text?.parse::<f64>().ok().filter(|number| number.is_finite());
        Ok(ColumnarValue::Array(Arc::new(
            texts.as_string::<i32>().iter().map(number).collect::<Float64Array>(),
        )))
    }
}
