//! Each target on its seeds, and on the same damage to them at every run.
//!
//! `IPPO_FUZZ_ROUNDS` and `IPPO_FUZZ_SEED` make it longer and different.

use std::panic::{RefUnwindSafe, catch_unwind};
use std::path::Path;

use super::mutation::Random;
use crate::expr::{Expr, ValueExpr};
use crate::otlp::json_to_protobuf;
use crate::signal::Signal;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("IPPO_FUZZ_… is a number"))
}

/// The files of `fuzz/seeds/<target>`, in order of their names.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
    let mut files: Vec<_> =
        folder.read_dir().expect("a folder of seeds").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{target} has seeds");
    files.iter().map(|file| std::fs::read(file).expect("a seed")).collect()
}

fn run(target: &str, rounds: u64, fuzz_one: impl Fn(&[u8]) + RefUnwindSafe) {
    let rounds = number("IPPO_FUZZ_ROUNDS").unwrap_or(rounds);
    let mut random = Random::new(number("IPPO_FUZZ_SEED").unwrap_or(1));
    let seeds = seeds(target);
    seeds.iter().for_each(|seed| fuzz_one(seed));
    for round in 0..rounds {
        let data = random.damaged(&seeds);
        if catch_unwind(|| fuzz_one(&data)).is_err() {
            let file = std::env::temp_dir().join(format!("ippo-fuzz-{target}"));
            std::fs::write(&file, &data).expect("the folder for temporary files is writable");
            panic!("{target} broke in round {round}; add {} to its seeds", file.display());
        }
    }
}

#[test]
fn otlp_protobuf() {
    run("otlp_protobuf", 3_000, super::otlp_protobuf);
}

#[test]
fn otlp_json() {
    run("otlp_json", 3_000, super::otlp_json);
}

#[test]
fn wal() {
    run("wal", 3_000, super::wal);
}

#[test]
fn expression() {
    run("expression", 3_000, super::expression);
}

#[test]
fn every_seed_of_expressions_is_one() {
    for seed in seeds("expression") {
        let text = std::str::from_utf8(&seed).expect("text");
        let errors: Vec<_> =
            Signal::ALL.iter().filter_map(|&signal| Expr::parse(text, signal).err()).collect();
        let number = Signal::ALL.iter().any(|&signal| ValueExpr::parse(text, signal).is_ok());
        assert!(number || errors.len() < Signal::ALL.len(), "{text}: {errors:?}");
    }
}

#[test]
fn a_recorded_request_is_the_same_bytes_in_json() {
    for signal in Signal::ALL {
        let of = |target: &str, ending: &str| {
            let file = format!("../../fuzz/seeds/{target}/{signal}{ending}");
            std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("a seed")
        };
        let translated = json_to_protobuf(signal, &of("otlp_json", ".json"));
        assert_eq!(translated, Ok(of("otlp_protobuf", "")), "{signal}");
    }
}
