//! What SQL has beside DataFusion's own functions: `attrs['key']` and `resource['key']` as text, and `num(text)`.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, Float64Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type};
use datafusion::common::{DFSchema, Result, ScalarValue, exec_err, plan_err};
use datafusion::execution::FunctionRegistry as _;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawFieldAccessExpr};
use datafusion::logical_expr::{
    ColumnarValue, ExprSchemable as _, GetFieldAccess, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility, lit,
};

use crate::attrs;

/// What reads the subscripts. They must stand before DataFusion's own.
pub(super) fn planners() -> Vec<Arc<dyn ExprPlanner>> {
    vec![Arc::new(Subscripts)]
}

/// Makes the functions known.
pub(super) fn register(state: &mut SessionState) -> Result<()> {
    state.register_udf(Arc::new(ScalarUDF::from(AttrText::new())))?;
    state.register_udf(Arc::new(ScalarUDF::from(Num::new())))?;
    Ok(())
}

/// Reads `attrs['key']` as a call of [`AttrText`].
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
        let call = ScalarUDF::from(AttrText::new()).call(vec![access.expr.clone(), lit(key.clone())]);
        Ok(PlannerResult::Planned(call))
    }
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_text(values),
        other => matches!(other, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View),
    }
}

/// The value of an attribute as text; NULL where there is none.
#[derive(Debug, PartialEq, Eq, Hash)]
struct AttrText {
    signature: Signature,
}

impl AttrText {
    fn new() -> Self {
        Self { signature: Signature::any(2, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for AttrText {
    fn name(&self) -> &str {
        "attr_text"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        match arguments {
            [map, key] if is_text(map) && is_text(key) => Ok(DataType::Utf8),
            _ => plan_err!("attr_text takes attributes and a key: attr_text(attrs, 'http.route')"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [map, ColumnarValue::Scalar(key)] = args.args.as_slice() else {
            return exec_err!("the key of an attribute is a literal text, as in attrs['http.route']");
        };
        let Some(Some(key)) = key.try_as_str() else {
            return exec_err!("the key of an attribute is a text, as in attrs['http.route']");
        };
        let maps = map.to_array(args.number_rows)?;
        Ok(ColumnarValue::Array(texts(&maps, key)?))
    }
}

fn texts(maps: &ArrayRef, key: &str) -> Result<ArrayRef> {
    if let Some(dictionary) = maps.as_dictionary_opt::<Int32Type>() {
        // Each distinct text is looked into once.
        let found = texts(dictionary.values(), key)?;
        return Ok(arrow::compute::take(&found, dictionary.keys(), None)?);
    }
    let maps = cast(maps, &DataType::Utf8)?;
    let values = maps.as_string::<i32>().iter().map(|map| value(map?, key));
    Ok(Arc::new(values.collect::<StringArray>()))
}

fn value<'a>(map: &'a str, key: &str) -> Option<Cow<'a, str>> {
    attrs::lookup(map, key)?.into_text()
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
