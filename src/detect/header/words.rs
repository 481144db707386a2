//! Words for names and for values of headers, as keys of objects, elements, attributes and arguments.

/// Keys whose value is the name of a header.
const NAMING: &[&str] = &[
    "name",
    "key",
    "header",
    "headername",
    "path",
    "field",
    "fieldname",
    "k",
    "param",
    "parameter",
    "parametername",
    "label",
    "headerkey",
    "attribute",
    "property",
    "variable",
    "alias",
    "envvar",
    "validationalias",
    "option",
    "mapkey",
    "keyname",
    "apikeyheader",
    "title",
    "id",
    "secretname",
    "variablename",
    "modifier",
    "var",
    "macro",
    "requestheader",
];

/// Keys whose value is the value of that header.
const VALUING: &[&str] = &[
    "value",
    "val",
    "v",
    "values",
    "content",
    "headervalue",
    "fieldvalue",
    "default",
    "defaultvalue",
    "example",
    "examples",
    "secret",
    "token",
    "text",
    "string",
    "apikey",
    "credential",
    "credentials",
    "initialvalue",
    "currentvalue",
    "data",
    "stringvalue",
    "plaintext",
    "plaintextvalue",
    "constant",
    "mapvalue",
    "const",
    "simple",
    "static",
    "select",
    "password",
    "secretstring",
    "secretvalue",
    "newvalue",
    "secrets",
    "generate",
    "validkeys",
    "keys",
    "acceptedkeys",
    "clientkeys",
    "apikeys",
    "allowedkeys",
    "expression",
];

/// Keys of an object that says what a header has to be.
const MATCHING: &[&str] = &["equalto", "equals", "eq", "exact", "exactmatch", "is", "contains", "enum", "matches"];

/// A key without case and separators.
pub(super) fn normalized(key: &[u8]) -> String {
    let letters = key.iter().filter(|byte| byte.is_ascii_alphanumeric());
    letters.map(|byte| char::from(byte.to_ascii_lowercase())).collect()
}

pub(super) fn is_naming(key: &[u8]) -> bool {
    NAMING.contains(&normalized(key).as_str())
}

/// Whether `text` ends in such a word.
pub(super) fn ends_naming(text: &str) -> bool {
    NAMING[..15].iter().any(|naming| text.ends_with(naming))
}

pub(super) fn is_valuing(key: &[u8]) -> bool {
    VALUING.contains(&normalized(key).as_str())
}

/// Whether `text` ends in such a word.
pub(super) fn ends_valuing(text: &str) -> bool {
    VALUING.iter().any(|valuing| text.ends_with(valuing))
}

/// Whether a condition has what a header must be under this key.
pub(super) fn is_matching(key: &[u8]) -> bool {
    MATCHING.contains(&normalized(key).as_str())
}

/// Whether a declaration has another name of what it declares under this key: its first argument is the default.
pub(super) fn is_alias(key: &[u8]) -> bool {
    ["alias", "envvar", "validationalias"].contains(&normalized(key).as_str())
}

/// Whether a schema has an actual value under this key.
pub(super) fn is_schema_value(key: &[u8]) -> bool {
    ["default", "example", "const", "literal", "value"].contains(&normalized(key).as_str())
}

/// Whether an object that a header is given has its value under this key.
pub(super) fn is_valuing_inside(key: &[u8]) -> bool {
    is_valuing(key) || is_matching(key) || normalized(key) == "key"
}

/// The keys under which the value stands when the name stands under `key`, without case and separators: `headerName1`
/// and `headerValue1`, `mapKey` and `mapValue`, `API_KEY_HEADER` and `API_KEY`. None for keys that say nothing of a name.
pub(super) fn twins(key: &str) -> Vec<String> {
    const MARKS: &[&str] = &["headername", "headerkey", "header", "fieldname", "name", "key", "field"];
    if key == "p" {
        // A rule of Node-RED, which sets a property to something.
        return vec!["to".to_owned()];
    }
    if key == "requestheader" {
        // A transform of YARP.
        return vec!["set".to_owned(), "append".to_owned()];
    }
    let tail = key.len() - key.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (word, number) = key.split_at(tail);
    let Some(stem) = MARKS.iter().find_map(|mark| word.strip_suffix(mark)) else {
        // `keyValue` and `valueValue`
        let stem = word.strip_prefix("key").filter(|rest| !rest.is_empty());
        return stem.map(|rest| format!("value{rest}{number}")).into_iter().collect();
    };
    let mut twins = Vec::new();
    for value in ["value", "headervalue", "val", "content", "fieldvalue"] {
        twins.push(format!("{stem}{value}{number}"));
    }
    if !stem.is_empty() && word.contains("header") {
        twins.push(format!("{stem}apikey{number}"));
    }
    if stem.len() >= 3 && !word.ends_with("key") {
        for value in ["", "key", "token", "secret"] {
            twins.push(format!("{stem}{value}{number}"));
        }
    }
    twins
}

/// What identifiers are made of.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Whether an occurrence is a whole identifier.
pub(super) fn is_whole(text: &[u8], start: usize, end: usize) -> bool {
    let before = &text[..start];
    let continues =
        before.last().is_some_and(|byte| is_word(*byte)) || matches!(before, [.., byte, b'-'] if is_word(*byte));
    // The letter of an escape is none of the identifier, inside a string of another language.
    let begins = !continues || matches!(before, [.., b'\\', b'n' | b'r' | b't']);
    let after = &text[end..];
    let ends =
        !after.first().is_some_and(|byte| is_word(*byte)) && !matches!(after, [b'-', byte, ..] if is_word(*byte));
    begins && ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_for_names_has_twins_for_values() {
        for (name, value) in [
            ("httpheadername1", "httpheadervalue1"),
            ("mapkey", "mapvalue"),
            ("apikeyheader", "apikey"),
            ("authheadername", "authtoken"),
            ("keyvalue", "valuevalue"),
            ("grequestheaders1name", "grequestheaders1value"),
        ] {
            assert!(twins(name).iter().any(|twin| twin == value), "{name}: {:?}", twins(name));
        }
        assert!(twins("description").is_empty());
    }
}
