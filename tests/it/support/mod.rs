//! What the integration tests share: a place to run in, real git, keys that stand in no file, and one text to look at.

pub(crate) mod encode;
pub(crate) mod git;
pub(crate) mod keys;
pub(crate) mod orders;
pub(crate) mod output;
pub(crate) mod sandbox;

pub(crate) use output::Output;
pub(crate) use sandbox::Sandbox;
