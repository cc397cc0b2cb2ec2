//! The shop from outside: what it sends against what it says it sent, and how it is delivered.

mod drive;
mod export;
mod generator;
mod receiver;
