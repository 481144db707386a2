//! Literal values of the header.

use super::session::{Examined, Neighbourhood};
use crate::rule::{Rule, RuleSet};

/// Examines the text around the header's name.
pub(super) fn examine(_rules: &RuleSet, _rule: &Rule, _around: Neighbourhood<'_>) -> Vec<Examined> {
    Vec::new()
}
