//! Values that say where a key is kept, or how it will be put together, instead of being one.

use super::{Rejection, RejectionKind};

/// Beginnings of references to environments, secret managers and encrypted values.
const BEGINNINGS: &[&str] = &[
    "$",
    "%",
    "@",
    "<",
    "{",
    "[",
    "!",
    "&",
    "#{",
    "op://",
    "vault:",
    "secret:",
    "secrets.",
    "secrets/",
    "arn:aws:",
    "projects/",
    "azurekeyvault",
    "keyvault",
    "ssm:",
    "env:",
    "env.",
    "file:",
    "enc[",
    "enc(",
    "sops:",
    "ref+",
    "process.env",
    "os.environ",
    "var.",
    "local.",
    "data.",
    "config.",
    "self.",
    "this.",
    "doppler:",
    "infisical:",
    "berglas://",
    "gcp:",
    "aws:",
    "sm://",
    "akv://",
    "bw://",
    "keyring:",
    "pass:",
];

/// Pieces of templates: something will be put there.
const TEMPLATES: &[&str] =
    &["${", "$(", "{{", "}}", "<%", "%s", "%v", "%q", "%d", "{}", "{0}", "#{", "[[", "%(", "__("];

/// Marks of something left out or masked.
const MASKS: &[&str] = &["...", "…", "***", "•", "█", "___", "###"];

/// Why `value` cannot be a key itself. `interpolates`: braces in it are code.
pub(in crate::detect) fn find(value: &[u8], interpolates: bool) -> Option<Rejection> {
    let lower = value.to_ascii_lowercase();
    let contains = |piece: &str| memchr::memmem::find(&lower, piece.as_bytes()).is_some();
    let (kind, evidence) = if MASKS.iter().any(|mask| contains(mask)) {
        (RejectionKind::Placeholder, "part of it is masked or left out")
    } else if BEGINNINGS.iter().any(|beginning| lower.starts_with(beginning.as_bytes())) {
        (RejectionKind::Reference, "it refers to a value that is kept elsewhere")
    } else if TEMPLATES.iter().any(|template| contains(template))
        || lower.contains(&b'<')
        || (interpolates && lower.contains(&b'{'))
    {
        (RejectionKind::Reference, "it is a template")
    } else if !value.iter().all(u8::is_ascii_graphic) {
        (RejectionKind::Identifier, "it is text, not one word of ASCII")
    } else if memchr::memmem::find(value, b"://").is_some() || value.starts_with(b"/") || value.starts_with(b"./") {
        (RejectionKind::Identifier, "it is an address or a path")
    } else {
        return None;
    };
    Some(Rejection::new(kind, evidence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_templates() {
        for value in [
            "${KEY}",
            "{{ key }}",
            "%KEY%",
            "op://vault/item/field",
            "ENC[AES256,data]",
            "abc%sdef",
            "sk-…-1234",
            "ab12<key>",
        ] {
            assert!(find(value.as_bytes(), false).is_some(), "{value}");
        }
        assert!(find(b"prefix-{key}", true).is_some());
    }

    #[test]
    fn values() {
        for value in ["Zt9KqW3xLb7VnR2mYf4H", "550e8400-e29b-41d4-a716-446655440000", "ab/cd+ef0123==", "a$b%c!d1"] {
            assert_eq!(find(value.as_bytes(), false), None, "{value}");
        }
    }
}
