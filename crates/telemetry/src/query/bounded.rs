//! Functions whose answers may be much larger than what they are given. They are asked for as many rows at a time as there
//! surely is memory for, and what they gave is counted.

use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, StringArray, StringBuilder};
use arrow::compute::kernels::length::length;
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, FieldRef, Int64Type};
use datafusion::common::{Result, ScalarValue, plan_err, resources_err};
use datafusion::execution::FunctionRegistry as _;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility,
};

use super::memory::Memory;

/// How many bytes of text a row's answer takes at most, by the bytes of its arguments.
type Bound = fn(&[usize]) -> usize;

/// The functions of DataFusion that are bounded, and by what.
const BOUNDED: [(&str, Bound); 8] = [
    ("concat", together),
    ("concat_ws", separated),
    ("encode", encoded),
    ("overlay", together),
    ("regexp_match", captured),
    ("regexp_replace", rewritten),
    ("replace", replaced),
    ("to_char", formatted),
];

/// What an argument takes that is no text: a number, a time, a list's place.
const OTHER_BYTES: usize = 64;
/// Offsets into a text array are 32 bits wide.
const ARRAY_BYTES: usize = i32::MAX as usize;

fn together(bytes: &[usize]) -> usize {
    bytes.iter().sum()
}

fn separated(bytes: &[usize]) -> usize {
    together(bytes) + bytes.first().map_or(0, |separator| separator.saturating_mul(bytes.len()))
}

/// Two digits for each byte.
fn encoded(bytes: &[usize]) -> usize {
    together(bytes).saturating_mul(2)
}

/// A replacement between all characters of the text, if what is replaced is empty.
fn replaced(bytes: &[usize]) -> usize {
    let [text, from, to] = bytes else { return usize::MAX };
    text.saturating_add((text / from.max(&1) + 1).saturating_mul(*to))
}

/// A replacement before each character, and all that was matched wherever a replacement names a group, in two bytes.
fn rewritten(bytes: &[usize]) -> usize {
    let [text, _, to, ..] = bytes else { return usize::MAX };
    text.saturating_add((text + 1).saturating_mul(*to)).saturating_add(text.saturating_mul(to / 2))
}

/// A group takes two bytes of the pattern, and all of the text at most.
fn captured(bytes: &[usize]) -> usize {
    let [text, pattern, ..] = bytes else { return usize::MAX };
    (text + OTHER_BYTES).saturating_mul(pattern / 2 + 1)
}

/// A letter of the format stands for the name of a month or a whole date.
fn formatted(bytes: &[usize]) -> usize {
    let [time, format] = bytes else { return usize::MAX };
    time + format.saturating_mul(OTHER_BYTES)
}

/// Puts the bounded functions in the place of DataFusion's.
pub(super) fn register(state: &mut SessionState, memory: &Memory) -> Result<()> {
    for (name, bound) in BOUNDED {
        let inner = state.udf(name)?;
        state.register_udf(Arc::new(ScalarUDF::from(Bounded { inner, bound, memory: memory.clone() })))?;
    }
    Ok(())
}

/// What `a || b` stands for between texts.
pub(super) fn joined(memory: &Memory) -> ScalarUDF {
    let inner = Arc::new(ScalarUDF::from(Joined::new()));
    ScalarUDF::from(Bounded { inner, bound: together, memory: memory.clone() })
}

/// A function within the memory of a query.
#[derive(Debug)]
struct Bounded {
    inner: Arc<ScalarUDF>,
    bound: Bound,
    memory: Memory,
}

impl PartialEq for Bounded {
    fn eq(&self, other: &Self) -> bool {
        self.inner == other.inner
    }
}

impl Eq for Bounded {}

impl Hash for Bounded {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl ScalarUDFImpl for Bounded {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        self.inner.inner().schema_name(args)
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(arguments)
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        self.inner.return_type(arguments)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.inner.return_field_from_args(args)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.inner.documentation()
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let bounds = self.bounds(&args)?;
        let taken = self.memory.reservation();
        if args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_))) {
            taken.try_grow(bounds.iter().copied().max().unwrap_or(0))?;
            let value = self.inner.invoke_with_args(args)?;
            self.memory.hold_value(&value)?;
            return Ok(value);
        }
        let (mut parts, mut at) = (Vec::new(), 0);
        while at < bounds.len() || parts.is_empty() {
            let (rows, bytes) = fitting(&bounds[at..], self.memory.free().min(ARRAY_BYTES));
            self.memory.check()?;
            taken.try_grow(bytes)?;
            let part = self.inner.invoke_with_args(slice(&args, at, rows))?.into_array(rows)?;
            taken.shrink(bytes);
            taken.try_grow(part.get_array_memory_size())?;
            parts.push(part);
            at += rows;
        }
        let whole = match parts.as_slice() {
            [part] => part.clone(),
            parts => {
                let bytes = taken.size();
                if bytes > ARRAY_BYTES {
                    return resources_err!("{} of so many rows take {bytes} bytes", self.name());
                }
                taken.try_grow(bytes)?;
                concat(&parts.iter().map(AsRef::as_ref).collect::<Vec<_>>())?
            }
        };
        drop((parts, taken));
        self.memory.hold(&whole)?;
        Ok(ColumnarValue::Array(whole))
    }
}

impl Bounded {
    /// How many bytes each row's answer takes at most.
    fn bounds(&self, args: &ScalarFunctionArgs) -> Result<Vec<usize>> {
        let arguments: Vec<Vec<usize>> =
            args.args.iter().map(|arg| text_bytes(arg, args.number_rows)).collect::<Result<_>>()?;
        let mut of_row = vec![0; arguments.len()];
        let bound = |row: usize| {
            for (bytes, argument) in of_row.iter_mut().zip(&arguments) {
                *bytes = argument[row];
            }
            (self.bound)(&of_row)
        };
        Ok((0..args.number_rows).map(bound).collect())
    }
}

/// How many of the rows, and how many bytes these take at most: all, or as many as a quarter of what is free has room for.
/// Theirs is not the only answer that is held until the last row is there. One is tried in any case.
fn fitting(bounds: &[usize], free: usize) -> (usize, usize) {
    let mut bytes = 0;
    for (row, bound) in bounds.iter().enumerate() {
        let more = bound.saturating_add(bytes);
        if row > 0 && more > free / 4 {
            return (row, bytes);
        }
        bytes = more;
    }
    (bounds.len(), bytes)
}

fn slice(args: &ScalarFunctionArgs, at: usize, rows: usize) -> ScalarFunctionArgs {
    let part = |arg: &ColumnarValue| match arg {
        ColumnarValue::Array(array) => ColumnarValue::Array(array.slice(at, rows)),
        scalar @ ColumnarValue::Scalar(_) => scalar.clone(),
    };
    ScalarFunctionArgs { args: args.args.iter().map(part).collect(), number_rows: rows, ..args.clone() }
}

/// The bytes of each row's text.
fn text_bytes(arg: &ColumnarValue, rows: usize) -> Result<Vec<usize>> {
    match arg {
        ColumnarValue::Scalar(scalar) => {
            let text = scalar.try_as_str().map(|text| text.map_or(0, str::len));
            Ok(vec![text.unwrap_or_else(|| scalar.size().max(OTHER_BYTES)); rows])
        }
        ColumnarValue::Array(array) => array_bytes(array),
    }
}

/// The bytes of each text of an array.
pub(super) fn array_bytes(array: &ArrayRef) -> Result<Vec<usize>> {
    let lengths = match array.data_type() {
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_any_dictionary();
            let of_values = array_bytes(dictionary.values())?;
            if of_values.is_empty() {
                return Ok(vec![0; array.len()]);
            }
            let of_key = |key: usize| of_values.get(key).copied().unwrap_or(0);
            return Ok(dictionary.normalized_keys().into_iter().map(of_key).collect());
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => length(array)?,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => length(array)?,
        _ => return Ok(vec![OTHER_BYTES; array.len()]),
    };
    let lengths = cast(&lengths, &DataType::Int64)?;
    let bytes = |length: Option<i64>| length.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    Ok(lengths.as_primitive::<Int64Type>().iter().map(bytes).collect())
}

/// Texts one behind the other; NULL if one of them is.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Joined {
    signature: Signature,
}

impl Joined {
    fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Joined {
    fn name(&self) -> &str {
        "||"
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        Ok(args.iter().map(|arg| arg.schema_name().to_string()).collect::<Vec<_>>().join(" || "))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        if let Some(nested) = arguments.iter().find(|kind| kind.is_nested()) {
            return plan_err!("|| joins texts, and this is a {nested}");
        }
        Ok(vec![DataType::Utf8; arguments.len()])
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_constant = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let texts = ColumnarValue::values_to_arrays(&args.args)?;
        let texts: Vec<&StringArray> = texts.iter().map(|texts| texts.as_string()).collect();
        let mut joined = StringBuilder::new();
        for row in 0..texts.first().map_or(0, |texts| texts.len()) {
            if texts.iter().any(|texts| texts.is_null(row)) {
                joined.append_null();
                continue;
            }
            texts.iter().try_for_each(|texts| joined.write_str(texts.value(row))).expect("memory takes it");
            joined.append_value("");
        }
        let both: ArrayRef = Arc::new(joined.finish());
        if is_constant {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&both, 0)?));
        }
        Ok(ColumnarValue::Array(both))
    }
}
