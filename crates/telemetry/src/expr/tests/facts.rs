//! What an expression tells about itself, and how columns of files are read.

use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, RecordBatch, StringArray, StringViewArray};
use arrow::datatypes::Int32Type;

use crate::expr::{Expr, LeafCache, ValueExpr};
use crate::signal::Signal;

fn spans(text: &str) -> Expr {
    Expr::parse(text, Signal::Spans).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn names_the_services_it_is_confined_to() {
    let cases: [(&str, Option<&[&str]>); 14] = [
        ("service = 'a'", Some(&["a"])),
        ("'a' = service AND error", Some(&["a"])),
        ("service IN ('b', 'a', NULL) AND kind = 'server'", Some(&["a", "b"])),
        ("service = 'a' OR service = 'b'", Some(&["a", "b"])),
        ("kind = 'server' AND (service = 'a' AND error OR service IN ('c'))", Some(&["a", "c"])),
        ("(error AND (service = 'a'))", Some(&["a"])),
        ("service = 'a' AND service = 'b'", Some(&[])),
        ("service = 'a' OR error", None),
        ("service <> 'a'", None),
        ("NOT service = 'a'", None),
        ("service NOT IN ('a')", None),
        ("service LIKE 'a'", None),
        ("name = 'a'", None),
        ("TRUE", None),
    ];
    for (text, expected) in cases {
        let names = spans(text).mentioned_services();
        let expected = expected.map(|names| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(names, expected, "{text}");
    }
}

#[test]
fn names_its_columns() {
    let expr = spans(
        "resource['a'] = 'x' AND (service = name OR num(attrs['k']) + duration_ns > 5) AND parent_span_id IS NULL",
    );
    assert_eq!(expr.columns(), ["duration_ns", "parent_span_id", "service", "name", "attrs", "resource"]);
    assert_eq!(spans("1 = 1").columns(), [""; 0]);
    let value = ValueExpr::parse("duration_ns / 1000000", Signal::Spans).expect("a number");
    assert_eq!((value.columns(), value.text()), (vec!["duration_ns"], "duration_ns / 1000000"));
}

#[test]
fn equal_texts_are_equal_expressions() {
    assert_eq!(spans("error"), spans("error"));
    assert_ne!(spans("error"), spans("NOT error"));
    assert_ne!(
        Expr::parse("service = 'a'", Signal::Logs).expect("an expression"),
        Expr::parse("service = 'a'", Signal::Spans).expect("an expression"),
    );
}

#[test]
fn every_column_can_be_named() {
    for signal in Signal::ALL {
        for column in crate::columns::of(signal) {
            for text in [format!("{} IS NULL", column.name), format!("NOT ({} IS NOT NULL)", column.name)] {
                match Expr::parse(&text, signal) {
                    Ok(expr) => assert_eq!(expr.columns(), [column.name]),
                    Err(error) => assert!(
                        error.message.contains("read one as") || error.message.contains("cannot be used"),
                        "{text}: {error}"
                    ),
                }
            }
        }
    }
}

#[test]
fn text_is_read_however_a_file_gives_it() {
    let texts = vec![Some("a"), None, Some("b")];
    let large: Vec<Option<String>> = (0..100).map(|i| Some(format!("x{i}"))).collect();
    let large: DictionaryArray<Int32Type> = large.iter().map(Option::as_deref).chain(texts.clone()).collect();
    let forms: [ArrayRef; 4] = [
        Arc::new(StringArray::from(texts.clone())),
        Arc::new(StringViewArray::from(texts.clone())),
        Arc::new(texts.iter().copied().collect::<DictionaryArray<Int32Type>>()),
        Arc::new(large.slice(100, 3)),
    ];
    let mut cache = LeafCache::default();
    for form in forms {
        let batch = RecordBatch::try_from_iter_with_nullable([("service", form, true)]).expect("a batch");
        let values: Vec<_> = spans("service = 'a'").eval_cached(&batch, &mut cache).iter().collect();
        assert_eq!(values, [Some(true), None, Some(false)]);
    }
}
