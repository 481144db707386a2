//! The integration tests: one binary.

mod detection;
mod invariants;
mod support;

mod allow;
mod config;
mod exit;
mod files;
mod inline;
mod report;
mod rules;
