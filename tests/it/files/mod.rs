//! Which files are scanned: each row of the table in the design, on real repositories.

mod access;
mod ignore;
mod index;
pub(super) mod kinds;
mod named;
mod nested;
mod recorder;
