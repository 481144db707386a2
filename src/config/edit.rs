//! Adds `[[allow]]` entries to the text of a configuration and leaves every other byte as it is.
//!
//! Works on text: reading and writing the file is the command's affair.

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value};

use super::{Config, ConfigErrors, load};
use crate::finding::Fingerprint;

/// An entry to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAllow {
    /// At least one.
    pub fingerprints: Vec<Fingerprint>,
    /// Globs; empty: wherever the secrets stand.
    pub paths: Vec<String>,
    /// Not empty, one line.
    pub reason: String,
}

/// What became of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// The whole new text; `None`: everything is allowed already.
    pub text: Option<String>,
    /// Those that an entry allows already, and the 1-based line of that entry.
    pub present: Vec<(Fingerprint, usize)>,
}

/// Adds an entry to the end of `text`, for those of its fingerprints that no entry allows yet for these paths. `name` is
/// what errors call the configuration, before and after.
pub fn add_allow(text: &[u8], name: &str, new: &NewAllow) -> Result<Edited, ConfigErrors> {
    let config = load(text, name)?;
    let text = std::str::from_utf8(text).expect("invariant: a configuration that loads is UTF-8");
    let document: DocumentMut = text.parse().expect("invariant: a configuration that loads is TOML");
    let mut present = Vec::new();
    let mut missing = NewAllow { fingerprints: Vec::new(), ..new.clone() };
    for fingerprint in &new.fingerprints {
        match line_of(&config, &document, fingerprint, &new.paths) {
            Some(line) => present.push((fingerprint.clone(), line)),
            None if missing.fingerprints.contains(fingerprint) => {}
            None => missing.fingerprints.push(fingerprint.clone()),
        }
    }
    if missing.fingerprints.is_empty() {
        return Ok(Edited { text: None, present });
    }
    let text = match document.get("allow") {
        Some(Item::Value(Value::Array(_))) => insert(text, document, &missing),
        _ => append(text, &missing),
    };
    load(text.as_bytes(), name)?;
    Ok(Edited { text: Some(text), present })
}

/// The line of an entry that allows a fingerprint, without other conditions than the paths, or with none.
fn line_of(config: &Config, document: &DocumentMut, fingerprint: &Fingerprint, paths: &[String]) -> Option<usize> {
    let tables: Vec<&dyn toml_edit::TableLike> = match document.get("allow")? {
        Item::ArrayOfTables(tables) => tables.iter().map(|table| table as _).collect(),
        Item::Value(Value::Array(tables)) => {
            tables.iter().filter_map(|v| v.as_inline_table()).map(|t| t as _).collect()
        }
        _ => Vec::new(),
    };
    let allows = config.policy.allows.iter().zip(tables);
    let mut same = allows.filter(|(allow, table)| {
        let own_paths = table.get("paths").and_then(Item::as_array).map(strings).unwrap_or_default();
        allow.fingerprints.contains(fingerprint)
            && ["rules", "values", "commits"].iter().all(|key| !table.contains_key(key))
            && (own_paths.is_empty() || own_paths == paths)
    });
    same.next().map(|(allow, _)| allow.line)
}

fn strings(array: &Array) -> Vec<&str> {
    array.iter().filter_map(Value::as_str).collect()
}

/// Adds a table after everything else.
fn append(text: &str, new: &NewAllow) -> String {
    let mut table = Table::new();
    for (key, value) in entry(new) {
        table.insert(key, Item::Value(value));
    }
    let block = format!("[[allow]]\n{table}");
    let break_before = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let gap = if text.trim().is_empty() { "" } else { "\n" };
    let added = with_line_ends(&format!("{break_before}{gap}{block}"), text);
    // Whoever writes no newline at the end keeps none.
    let added = if break_before.is_empty() { &added[..] } else { added.trim_end_matches(['\r', '\n']) };
    format!("{text}{added}")
}

/// Adds a table to `allow = [ … ]`.
fn insert(text: &str, mut document: DocumentMut, new: &NewAllow) -> String {
    let table: InlineTable = entry(new).into_iter().collect();
    if let Some(tables) = document.get_mut("allow").and_then(Item::as_array_mut) {
        let before_last = tables.iter().last().and_then(|last| last.decor().prefix()?.as_str());
        let indent = before_last.and_then(|prefix| prefix.rfind('\n').map(|newline| prefix[newline..].to_owned()));
        let gap = if tables.is_empty() { "" } else { " " };
        let mut value = Value::InlineTable(table);
        value.decor_mut().set_prefix(indent.as_deref().unwrap_or(gap));
        tables.push_formatted(value);
    }
    with_line_ends(&document.to_string(), text)
}

fn entry(new: &NewAllow) -> Vec<(&'static str, Value)> {
    let fingerprints: Array = new.fingerprints.iter().map(Fingerprint::as_str).collect();
    let mut entry = vec![("fingerprints", Value::Array(fingerprints))];
    if !new.paths.is_empty() {
        entry.push(("paths", Value::Array(new.paths.iter().collect())));
    }
    entry.push(("reason", Value::from(new.reason.as_str())));
    entry
}

/// `text` with the line ends that `model` has.
fn with_line_ends(text: &str, model: &str) -> String {
    let is_windows = model.find('\n').is_some_and(|newline| model[..newline].ends_with('\r'));
    if is_windows { text.replace("\r\n", "\n").replace('\n', "\r\n") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fingerprint(number: u8) -> Fingerprint {
        Fingerprint::new("test", &[number])
    }

    fn new(numbers: &[u8], paths: &[&str]) -> NewAllow {
        NewAllow {
            fingerprints: numbers.iter().copied().map(fingerprint).collect(),
            paths: paths.iter().map(|&path| path.to_owned()).collect(),
            reason: "a sample".to_owned(),
        }
    }

    fn added(text: &str, new: &NewAllow) -> String {
        add_allow(text.as_bytes(), "a.toml", new).unwrap().text.unwrap()
    }

    #[test]
    fn an_entry_is_added_and_all_else_is_left() {
        let one = format!("[[allow]]\nfingerprints = [\"{}\"]\nreason = \"a sample\"\n", fingerprint(1));
        for (before, after) in [
            ("", one.clone()),
            ("# only a comment\n", format!("# only a comment\n\n{one}")),
            ("[scan] # end", format!("[scan] # end\n\n{}", one.trim_end())),
            (
                "# top\n\n[[allow]] # first\nreason = 'b'  # why\npaths = [ 'a' ]\n\n# tail\n[scan]\n",
                format!("# top\n\n[[allow]] # first\nreason = 'b'  # why\npaths = [ 'a' ]\n\n# tail\n[scan]\n\n{one}"),
            ),
            ("[scan]\r\n# a\r\n", format!("[scan]\r\n# a\r\n\r\n{}", one.replace('\n', "\r\n"))),
        ] {
            assert_eq!(added(before, &new(&[1], &[])), after);
        }
    }

    #[test]
    fn an_entry_is_added_to_an_inline_list() {
        let table = format!("{{ fingerprints = [\"{}\"], reason = \"a sample\" }}", fingerprint(1));
        for (before, after) in [
            ("allow = []\n", format!("allow = [{table}]\n")),
            (
                "allow = [\r\n  # why\r\n  { paths = ['a'], reason = 'b' },\r\n]\r\n[scan]\r\n",
                format!(
                    "allow = [\r\n  # why\r\n  {{ paths = ['a'], reason = 'b' }},\r\n  {table},\r\n]\r\n[scan]\r\n"
                ),
            ),
        ] {
            assert_eq!(added(before, &new(&[1], &[])), after);
        }
    }

    #[test]
    fn what_is_allowed_already_is_not_added_again() {
        let text = added("# top\n", &new(&[1, 2], &["docs/**"]));
        let again = |new: &NewAllow| add_allow(text.as_bytes(), "a.toml", new).unwrap();
        assert_eq!(again(&new(&[2], &["docs/**"])), Edited { text: None, present: vec![(fingerprint(2), 3)] });
        assert!(again(&new(&[2], &[])).text.is_some(), "elsewhere it is not allowed");
        let both = again(&new(&[1, 3, 3], &["docs/**"]));
        assert_eq!(both.present, [(fingerprint(1), 3)]);
        let tail = &both.text.unwrap()[text.len()..];
        assert_eq!(tail.matches("kh1:").count(), 1);
        assert!(tail.contains(fingerprint(3).as_str()));
    }

    #[test]
    fn an_entry_with_more_conditions_is_another_one() {
        let text = format!("[[allow]]\nfingerprints = ['{}']\nrules = ['sk-live-key']\nreason = 'b'\n", fingerprint(1));
        assert!(add_allow(text.as_bytes(), "a.toml", &new(&[1], &[])).unwrap().text.is_some());
    }

    #[test]
    fn a_broken_configuration_is_refused() {
        let error = add_allow(b"[scan\n", "a.toml", &new(&[1], &[])).unwrap_err();
        assert_eq!(error.faults[0].line, 1);
    }

    proptest! {
        /// Whatever is written as a reason or path comes back, and everything that was there stays.
        #[test]
        fn entries_round_trip(reason in "[^\\p{C}]*[^\\s\\p{C}][^\\p{C}]*", path in "[a-z./\"'\\\\é ]{0,8}[a-z]", windows: bool) {
            let mut text = "# top\n[scan]\n# c\n[[allow]]\npaths = ['b']\nreason = 'c'\n".to_owned();
            if windows {
                text = text.replace('\n', "\r\n");
            }
            let new = NewAllow { reason: reason.clone(), ..new(&[1, 2], &[&path]) };
            let edited = added(&text, &new);
            prop_assert!(edited.starts_with(&text));
            let config = load(edited.as_bytes(), "a.toml").unwrap();
            let allow = config.policy.allows.last().unwrap();
            prop_assert_eq!(&allow.reason, reason.trim());
            prop_assert_eq!(&allow.fingerprints, &new.fingerprints);
            let values: toml::Table = toml::from_str(&edited).unwrap();
            prop_assert_eq!(values["allow"][1]["paths"][0].as_str(), Some(path.as_str()));
            prop_assert_eq!(add_allow(edited.as_bytes(), "a.toml", &new).unwrap().text, None);
        }
    }
}
