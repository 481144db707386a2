//! What can be written in a configuration, as it is written. A mirror of the text: what a value means is decided by
//! `load`.

use crate::{
    document::{Entry, Table},
    rule::RuleSyntax,
};

/// The whole file.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) policy: Option<Entry<String>>,
    pub(super) excludes: Vec<ExcludeOptions>,
    pub(super) allows: Vec<AllowOptions>,
    pub(super) rules: Vec<RuleSyntax>,
}

/// An entry of `[scan] exclude`.
#[derive(Debug)]
pub(super) struct ExcludeOptions {
    pub(super) path: Option<Entry<String>>,
}

/// An `[[allow]]` table.
#[derive(Debug)]
pub(super) struct AllowOptions {
    pub(super) paths: Vec<Entry<String>>,
    pub(super) rules: Vec<Entry<String>>,
    pub(super) values: Vec<Entry<String>>,
    pub(super) fingerprints: Vec<Entry<String>>,
    pub(super) commits: Vec<Entry<String>>,
    pub(super) reason: Option<Entry<String>>,
    /// 1-based line of the table.
    pub(super) line: usize,
}

/// The names of the conditions of an `[[allow]]` table.
const CONDITIONS: [&str; 5] = ["paths", "rules", "values", "fingerprints", "commits"];

impl Options {
    pub(super) fn read(top: &mut Table<'_>) -> Self {
        let excludes =
            top.table("scan", "[scan]", |scan| scan.tables("exclude", "an entry of `exclude`", ExcludeOptions::read));
        Self {
            policy: top.string("policy"),
            excludes: excludes.unwrap_or_default(),
            allows: top.tables("allow", "[[allow]]", AllowOptions::read),
            rules: top.tables("rule", "[[rule]]", RuleSyntax::read),
        }
    }
}

impl ExcludeOptions {
    fn read(table: &mut Table<'_>) -> Self {
        let path = table.text("path");
        // Asked for so that it is there: whoever reads the file wants to know why something is not scanned.
        table.text("reason");
        Self { path }
    }
}

impl AllowOptions {
    fn read(table: &mut Table<'_>) -> Self {
        let options = Self {
            paths: table.strings("paths"),
            rules: table.strings("rules"),
            values: table.strings("values"),
            fingerprints: table.strings("fingerprints"),
            commits: table.strings("commits"),
            reason: table.text("reason"),
            line: table.line,
        };
        for key in CONDITIONS {
            table.refuse_empty(key);
        }
        options
    }
}
