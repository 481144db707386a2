//! What holds of every scan, whatever is scanned: tried on generated content rather than on chosen examples.

mod derived;
pub(crate) mod material;
mod never_panics;
mod pipeline;
mod prefilter;
mod tracing;
mod windows;
