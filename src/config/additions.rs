//! What a configuration has that an earlier one did not have: what a change says about itself.

use toml::{Table, Value};

/// What was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdditionKind {
    Allow,
    Exclude,
    Rule,
    /// Anything else.
    Setting,
}

/// A part of a configuration that was not there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addition {
    pub kind: AdditionKind,
    /// What it is about, and the reason it gives: the values as they stand there, which may hold secrets.
    pub text: String,
}

/// Tables that come in lists, and what of them a reader wants to know.
const LISTS: [(&str, AdditionKind, &[&str]); 3] = [
    ("allow", AdditionKind::Allow, &["paths", "rules", "fingerprints", "commits", "reason"]),
    ("rule", AdditionKind::Rule, &["id", "name"]),
    ("exclude", AdditionKind::Exclude, &["path", "reason"]),
];

/// Compares two texts of a configuration; `None`: there is none. What was changed counts as added.
pub fn additions(before: Option<&[u8]>, after: Option<&[u8]>) -> Vec<Addition> {
    let setting = |text: &str| Addition { kind: AdditionKind::Setting, text: text.to_owned() };
    let (Some(after), true) = (after, before != after) else { return Vec::new() };
    // Why it cannot be read is said by whoever loads it: here it matters that it cannot.
    let Ok(after) = toml::from_slice::<Table>(after) else {
        return vec![setting("the file can no longer be read")];
    };
    let before = match before.map(toml::from_slice::<Table>) {
        Some(Ok(table)) => table,
        // Of an earlier text that cannot be read nothing is known, so all of the later one counts as added.
        Some(Err(_)) | None => Table::default(),
    };
    let mut additions = Vec::new();
    for (name, kind, keys) in LISTS {
        let mut known = list(&before, name).to_vec();
        for entry in list(&after, name) {
            // Each earlier entry accounts for one.
            match known.iter().position(|earlier| earlier == entry) {
                Some(at) => drop(known.swap_remove(at)),
                None => additions.push(Addition { kind, text: described(entry, keys) }),
            }
        }
    }
    let others = after.iter().filter(|(key, _)| !["allow", "rule", "scan"].contains(&key.as_str()));
    let new = others.filter(|(key, value)| before.get(*key) != Some(value));
    additions.extend(new.map(|(key, value)| setting(&format!("{key} = {value}"))));
    additions
}

fn list<'t>(table: &'t Table, name: &str) -> &'t [Value] {
    let table = if name == "exclude" { table.get("scan").and_then(Value::as_table) } else { Some(table) };
    table.and_then(|table| table.get(name)).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn described(entry: &Value, keys: &[&str]) -> String {
    let parts = keys.iter().filter_map(|key| Some(format!("{key} = {}", entry.get(key)?)));
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(before: &str, after: &str) -> Vec<String> {
        let additions = additions(Some(before.as_bytes()), Some(after.as_bytes()));
        additions.into_iter().map(|added| format!("{:?} {}", added.kind, added.text)).collect()
    }

    #[test]
    fn what_was_not_there_before_is_told() {
        let one = "[[allow]]\npaths = [\"a\"]\nreason = \"r\"\n";
        let two = "[[allow]]\nrules = [\"sk-test-key\"]\nreason = \"s\"\n";
        assert_eq!(added(one, one), [""; 0]);
        assert_eq!(added(one, &format!("# why\n{two}{one}")), ["Allow rules = [\"sk-test-key\"], reason = \"s\""]);
        assert_eq!(added(&format!("{one}{two}"), one), [""; 0], "taking away adds nothing");
        assert_eq!(added(one, &format!("{one}{one}")), ["Allow paths = [\"a\"], reason = \"r\""]);
        assert_eq!(
            added(
                "[scan]\nexclude = [{ path = \"x\", reason = \"r\" }]",
                "policy = \"head\"\n[scan]\nexclude = [{ path = \"y\", reason = \"r\" }]\n[[rule]]\nid = \"i\"\nname = \"n\"\n"
            ),
            ["Rule id = \"i\", name = \"n\"", "Exclude path = \"y\", reason = \"r\"", "Setting policy = \"head\""]
        );
        assert_eq!(added("not toml", one), ["Allow paths = [\"a\"], reason = \"r\""], "nothing is known of before");
        assert_eq!(added("", "not toml"), ["Setting the file can no longer be read"]);
        assert_eq!(additions(Some(b"x = 1"), None), []);
        assert_eq!(additions(None, None), []);
        assert_eq!(additions(None, Some(two.as_bytes())).len(), 1);
        assert_eq!(additions(None, Some(b"\xff")).len(), 1);
    }
}
