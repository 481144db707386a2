//! The integration tests: one binary.
#![expect(clippy::unwrap_used, reason = "a test whose preparations fail has failed")]

mod support;

mod allow;
mod ci;
mod cli;
mod config;
#[path = "../corpus/mod.rs"]
mod corpus;
mod detection;
mod encoded;
mod exit;
mod explain;
mod files;
mod fuzz_seeds;
mod git;
mod hook;
mod injection;
mod inline;
mod invariants;
mod operation;
mod packaging;
mod report;
mod resolve;
mod rules;
mod special;
mod tidy;
