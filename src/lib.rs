//! keyhound finds `MediaMagic` API keys before they leak.
//!
//! The library is the program's own; its interface follows the program and is not promised to anyone else. Modules in
//! reading order: what is passed around ([`origin`], [`delta`], [`finding`], [`position`],
//! [`trace`]), what is looked for ([`rule`],
//! [`detect`]), where it is looked for ([`source`]), what is forgiven ([`config`], [`suppress`]), the pipeline
//! ([`scan`]) and what is written ([`report`]). [`cli`] wires them, and what [`install`] does to hooks of git. `ARCHITECTURE.md` has the map and the invariants.

pub mod check;
pub mod cli;
pub mod config;
pub mod delta;
pub mod detect;
pub mod document;
pub mod finding;
#[doc(hidden)]
pub mod fuzzing;
pub mod glob;
pub mod install;
pub mod inventory;
pub mod origin;
mod platform;
pub mod position;
pub mod report;
pub mod rule;
pub mod scan;
pub mod source;
pub mod suppress;
pub mod trace;
