//! TOML read key by key, so that every mistake in a file is told at once and with its line.
//!
//! What it reads is written by hand: the configuration and the files of rules. It knows no key of theirs; whoever asks
//! a [`Table`] for keys says by that which ones there are, and what was not asked for is unknown. Messages name keys
//! and lines. They quote no value, since what is mistaken for something else may be a secret.

use std::{cell::RefCell, collections::BTreeSet, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The longest key that a message repeats, in bytes.
const QUOTED_KEY: usize = 24;

/// Something wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// 1-based.
    pub line: usize,
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// Everything wrong with one text, as it comes up.
#[derive(Debug)]
struct Faults<'t> {
    text: &'t str,
    list: RefCell<Vec<Fault>>,
    /// The text is TOML. In one that is not, what seems to be missing may stand in what could not be read.
    is_whole: bool,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<T> {
    pub value: T,
    /// 1-based.
    pub line: usize,
}

/// A table from which keys are taken.
#[derive(Debug)]
pub struct Table<'d> {
    /// As a reader would call it: `[scan]`, `[[allow]]`.
    name: &'static str,
    entries: &'d DeTable<'d>,
    /// 1-based line of its header.
    pub line: usize,
    faults: &'d Faults<'d>,
    asked: Vec<&'static str>,
}

/// What was read, and everything that is wrong with it so far.
#[derive(Debug)]
pub struct Reading<T> {
    /// Made of what could be read.
    pub value: T,
    /// By line.
    pub faults: Vec<Fault>,
    /// The text is TOML: what seems to be missing is missing.
    pub is_whole: bool,
}

/// Reads `text`: `read` takes the keys of the top level.
pub fn read<T>(text: &str, read: impl FnOnce(&mut Table<'_>) -> T) -> Reading<T> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let is_whole = errors.is_empty();
    let faults = Faults { text, list: RefCell::default(), is_whole };
    let mut broken = BTreeSet::new();
    for error in errors {
        let line = error.span().map_or(1, |span| faults.line(&span));
        // More of the same line are consequences of the first.
        if broken.insert(line) {
            faults.add(line, error.message().to_owned(), None);
        }
    }
    let mut top =
        Table { name: "the top level", entries: table.get_ref(), line: 1, faults: &faults, asked: Vec::new() };
    let value = read(&mut top);
    if is_whole {
        // Otherwise the header that a key belongs to may be what could not be read.
        top.finish();
    }
    let mut faults = faults.list.take();
    faults.sort();
    faults.dedup();
    Reading { value, faults, is_whole }
}

/// The name among `known` that `typed` is most likely a slip of, if it is near to any.
pub fn nearest<'n>(typed: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let distance = |name: &'n str| (strsim::damerau_levenshtein(typed, name), name);
    let best = known.into_iter().map(distance).min()?;
    // One slip in every three letters, and always fewer than rewriting the word.
    (best.0 <= (typed.chars().count().max(best.1.chars().count()) / 3).max(1)).then_some(best.1)
}

/// `did you mean …?`, if anything is near.
pub fn did_you_mean<'n>(typed: &str, known: impl IntoIterator<Item = &'n str>) -> Option<String> {
    nearest(typed, known).map(|name| format!("did you mean `{name}`?"))
}

impl Faults<'_> {
    fn add(&self, line: usize, message: String, help: Option<String>) {
        self.list.borrow_mut().push(Fault { line, message, help });
    }

    fn line(&self, span: &Range<usize>) -> usize {
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        1 + memchr::memchr_iter(b'\n', before).count()
    }
}

impl<'d> Table<'d> {
    /// Notes a fault in this table.
    pub fn fault(&self, line: usize, message: String, help: Option<String>) {
        self.faults.add(line, message, help);
    }

    /// Whether the key is there.
    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// A string.
    pub fn string(&mut self, key: &'static str) -> Option<Entry<String>> {
        self.one(key, "a string", string)
    }

    /// A string that must be there and say something.
    pub fn text(&mut self, key: &'static str) -> Option<Entry<String>> {
        if !self.has(key) {
            self.missing(key, None);
        }
        let entry = self.string(key)?;
        if entry.value.trim().is_empty() {
            self.fault(entry.line, format!("`{key}` of {} is empty", self.name), None);
            return None;
        }
        Some(entry)
    }

    /// A list of strings; none if the key is not there.
    pub fn strings(&mut self, key: &'static str) -> Vec<Entry<String>> {
        self.list(key, "a list of strings", string)
    }

    /// A number from 0.
    pub fn count(&mut self, key: &'static str) -> Option<Entry<usize>> {
        self.one(key, "a number from 0", count)
    }

    /// A list of numbers from 0; none if the key is not there.
    pub fn counts(&mut self, key: &'static str) -> Vec<Entry<usize>> {
        self.list(key, "a list of numbers from 0", count)
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: &'static str) -> Option<Entry<bool>> {
        self.one(key, "true or false", DeValue::as_bool)
    }

    /// Says that a list has nothing in it, if that is so.
    pub fn refuse_empty(&self, key: &str) {
        if let Some(DeValue::Array(items)) = self.entries.get(key).map(Spanned::get_ref)
            && items.is_empty()
        {
            let help = format!("say what it should hold, or remove `{key}`");
            self.fault(self.line_of(key), format!("`{key}` of {} is an empty list", self.name), Some(help));
        }
    }

    /// One of a few names.
    pub fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let entry = self.string(key)?;
        let choice = choices.iter().find(|(name, _)| *name == entry.value);
        if choice.is_none() {
            let names: Vec<_> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
            let message = format!("`{key}` of {} must be one of {}", self.name, names.join(", "));
            self.fault(entry.line, message, did_you_mean(&entry.value, choices.iter().map(|(name, _)| *name)));
        }
        choice.map(|(_, choice)| *choice)
    }

    /// Says that a key must be there and is not; without a `help` of its own, that it is to be added.
    pub fn missing(&self, key: &str, help: Option<&str>) {
        if self.faults.is_whole {
            let help = help.map_or_else(|| format!("add `{key} = …` to it"), str::to_owned);
            self.fault(self.line, format!("{} has no `{key}`", self.name), Some(help));
        }
    }

    /// The table of this name, called `name` in messages.
    pub fn table<T>(
        &mut self,
        key: &'static str,
        name: &'static str,
        read: impl FnOnce(&mut Table<'d>) -> T,
    ) -> Option<T> {
        let Entry { value: entries, line } = self.one(key, "a table", DeValue::as_table)?;
        Some(self.inner(name, entries, line, read))
    }

    /// The list of tables of this name, each called `name` in messages; none if the key is not there.
    pub fn tables<T>(
        &mut self,
        key: &'static str,
        name: &'static str,
        mut read: impl FnMut(&mut Table<'d>) -> T,
    ) -> Vec<T> {
        let tables = self.list(key, "a list of tables", DeValue::as_table);
        tables.into_iter().map(|Entry { value, line }| self.inner(name, value, line, &mut read)).collect()
    }

    /// The line of a key, or of the table if it has no such key.
    pub fn line_of(&self, key: &str) -> usize {
        self.entries.get_key_value(key).map_or(self.line, |(key, _)| self.faults.line(&key.span()))
    }

    fn inner<T>(
        &self,
        name: &'static str,
        entries: &'d DeTable<'d>,
        line: usize,
        read: impl FnOnce(&mut Table<'d>) -> T,
    ) -> T {
        let mut table = Table { name, entries, line, faults: self.faults, asked: Vec::new() };
        let result = read(&mut table);
        table.finish();
        result
    }

    /// A value of a kind; one of another kind is a fault.
    fn one<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        convert: impl Fn(&'d DeValue<'d>) -> Option<T>,
    ) -> Option<Entry<T>> {
        self.asked.push(key);
        let value = self.entries.get(key)?;
        let converted = convert(value.get_ref());
        if converted.is_none() {
            self.wrong_type(key, value, expected);
        }
        converted.map(|converted| Entry { value: converted, line: self.faults.line(&value.span()) })
    }

    /// The items of a list that are of a kind; others are faults.
    fn list<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        convert: impl Fn(&'d DeValue<'d>) -> Option<T>,
    ) -> Vec<Entry<T>> {
        let Some(items) = self.one(key, expected, DeValue::as_array) else { return Vec::new() };
        let mut list = Vec::new();
        for item in items.value {
            match convert(item.get_ref()) {
                Some(value) => list.push(Entry { value, line: self.faults.line(&item.span()) }),
                None => self.wrong_type(key, item, expected),
            }
        }
        list
    }

    fn wrong_type(&self, key: &str, value: &Spanned<DeValue<'_>>, expected: &str) {
        let line = self.faults.line(&value.span());
        self.fault(line, format!("`{key}` of {} must be {expected}", self.name), None);
    }

    /// Says which keys nobody asked for.
    fn finish(self) {
        for (key, _) in self.entries {
            let name = key.get_ref().as_ref();
            if self.asked.contains(&name) {
                continue;
            }
            let is_harmless = name.len() <= QUOTED_KEY
                && name.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_'));
            let quoted = if is_harmless { format!("unknown key `{name}`") } else { "unknown key".to_owned() };
            let known = || {
                let known: Vec<_> = self.asked.iter().map(|key| format!("`{key}`")).collect();
                format!("known keys are {}", known.join(", "))
            };
            let help = did_you_mean(name, self.asked.iter().copied()).unwrap_or_else(known);
            let line = self.faults.line(&key.span());
            self.fault(line, format!("{quoted} in {}", self.name), Some(help));
        }
    }
}

fn count(value: &DeValue<'_>) -> Option<usize> {
    let integer = value.as_integer()?;
    usize::from_str_radix(integer.as_str(), integer.radix()).ok()
}

fn string(value: &DeValue<'_>) -> Option<String> {
    value.as_str().map(str::to_owned)
}
