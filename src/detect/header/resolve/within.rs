//! Values through identifiers in text that was decoded, in which no pass looks for them: what stands in one neighbourhood.

use super::{
    super::{associate::Value, name::Name, words::is_whole},
    constant, sum, usage,
};

/// How many occurrences of a constant are read as the name that it holds.
const MAX_OCCURRENCES: usize = 8;

/// The values that a name is given through an identifier, or through a constant that holds the name.
pub(in crate::detect::header) fn values_of(text: &[u8], name: &Name) -> Vec<Value> {
    if let Some(value) = through(text, name) {
        return vec![value];
    }
    let Some(constant) = constant::identifier(text, name) else { return Vec::new() };
    let length = constant.name.len();
    let occurrences =
        memchr::memmem::find_iter(text, &constant.name).filter(|start| is_whole(text, *start, start + length));
    let names = occurrences.take(MAX_OCCURRENCES).filter_map(|start| constant::as_name(text, start..start + length));
    let values = names.map(|name| match through(text, &name) {
        Some(value) => vec![value],
        None => constant::values_of(text, &name),
    });
    values.into_iter().find(|values| !values.is_empty()).unwrap_or_default()
}

/// What the identifier is given that the name is given.
fn through(text: &[u8], name: &Name) -> Option<Value> {
    let found = usage::identifier(text, name).filter(|found| found.coding.is_none())?;
    sum::literal_of(text, &found.name, name.span.start).map(|pieces| Value::Sum { pieces })
}
