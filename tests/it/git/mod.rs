//! What git holds beyond the working tree: the index, ranges of commits, the history. Repositories are made by git itself.

mod audit;
mod history;
mod range;
mod staged;
