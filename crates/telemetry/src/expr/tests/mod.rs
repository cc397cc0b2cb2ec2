//! The expressions against a naive reading of the same words, row by row; their errors; their limits.

mod errors;
mod facts;
mod generate;
mod logic;
mod naive;
#[cfg(feature = "query")]
mod query;
mod rows;
