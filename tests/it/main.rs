//! The integration tests: one binary.

mod detection;
mod invariants;
