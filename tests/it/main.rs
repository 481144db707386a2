//! The integration tests: one binary.

mod detection;
mod invariants;
mod support;

mod allow;
mod config;
mod exit;
mod report;
mod inline;
mod rules;
