//! The integration tests: one binary.

mod detection;
mod invariants;
mod support;

mod exit;
mod report;
