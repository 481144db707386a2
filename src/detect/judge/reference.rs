//! Values that say where a key is kept, or how it will be put together, instead of being one.

use super::{Rejection, RejectionKind};

/// Beginnings of references to secret managers and encrypted values, which no key begins with.
const MANAGERS: &[&str] = &[
    "op://",
    "bws:",
    "vault:",
    "secret:",
    "secrets.",
    "secrets/",
    "secret/",
    "arn:aws:",
    "projects/",
    "azurekeyvault",
    "keyvault",
    "@microsoft.keyvault",
    "ssm:",
    "enc[",
    "enc(",
    "sops:",
    "ref+",
    "doppler:",
    "infisical:",
    "berglas://",
    "sm://",
    "akv://",
    "bw://",
    "keyring:",
    "env:",
    "file:",
    "process.env",
    "os.environ",
    "encrypted:",
    "{cipher}",
    "{aes",
    "{enc",
    "kms:",
    "age:",
    "gpg:",
    "aws-kms:",
    "awskms:",
    "gcpkms:",
    "crypt:",
    "!vault",
    // Where a package is fetched from.
    "github:",
    "gitlab:",
    "bitbucket:",
    "npm:",
    // Digests of a key, not the key.
    "sha256:",
    "sha256-",
    "sha384-",
    "sha512:",
    "sha512-",
    "sha1:",
    "sha1-",
    "md5:",
    "$2a$",
    "$2b$",
    "$2y$",
    "$argon2",
    "pbkdf2",
];

/// Beginnings of code, where no quotes say that it is text.
const CODE: &[&str] = &[
    "$", "%", "@", "<", "{", "[", "!", "&", "#{", "*", "env.", "var.", "local.", "data.", "config.", "self.", "this.",
    "pass:", "aws:", "gcp:",
];

/// Pieces of templates: something will be put there.
const TEMPLATES: &[&str] =
    &["${", "$(", "{{", "}}", "<%", "%s", "%v", "%q", "%d", "{}", "{0}", "#{", "[[", "%(", "__("];

/// Pieces of regular expressions, which match keys and are none.
const PATTERNS: &[&str] = &["[0-9", "[a-f", "[a-z", "]{", "]+", "]*", "\\d", "\\w", "(?", ".*", ".+"];

/// Marks of something left out or masked.
const MASKS: &[&str] = &["...", "…", "***", "•", "█", "___", "###"];

/// Whether a value stands in quotes, and what braces in it mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::detect) enum Quoting {
    /// None: code could stand there as well.
    Bare,
    Text,
    /// Braces in it are code.
    Template,
}

/// Why `value` cannot be a key itself.
pub(in crate::detect) fn find(value: &[u8], quoting: Quoting) -> Option<Rejection> {
    let lower = value.to_ascii_lowercase();
    let contains = |piece: &str| memchr::memmem::find(&lower, piece.as_bytes()).is_some();
    let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| lower.starts_with(beginning.as_bytes()));
    let (kind, evidence) = if MASKS.iter().any(|mask| contains(mask)) {
        (RejectionKind::Placeholder, "part of it is masked or left out")
    } else if begins(MANAGERS) || is_reference(value) || (quoting == Quoting::Bare && begins(CODE)) {
        (RejectionKind::Reference, "it refers to a value that is kept elsewhere")
    } else if TEMPLATES.iter().any(|template| contains(template))
        || (quoting == Quoting::Template && lower.contains(&b'{'))
    {
        (RejectionKind::Reference, "it is a template")
    } else if PATTERNS.iter().any(|pattern| contains(pattern)) {
        (RejectionKind::Reference, "it is a pattern, not what that matches")
    } else if !value.iter().all(u8::is_ascii_graphic) {
        (RejectionKind::Identifier, "it is text, not one word of ASCII")
    } else if contains("..") {
        (RejectionKind::Identifier, "it is a range")
    } else if contains("://") || value.starts_with(b"/") || value.starts_with(b"./") {
        (RejectionKind::Identifier, "it is an address or a path")
    } else {
        return None;
    };
    Some(Rejection::new(kind, evidence))
}

/// A reference by its whole syntax: `$KEY`, `%KEY%`, `<key>`, `{key}`, `[key]`, `@KEY@`, `a<b>c`.
fn is_reference(value: &[u8]) -> bool {
    let is_name = |name: &[u8]| {
        !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-. ".contains(byte))
    };
    match value {
        [b'$', name @ ..] => is_name(name) && !name.iter().any(u8::is_ascii_digit) || name.starts_with(b"{"),
        [b'%', name @ .., b'%'] | [b'@', name @ .., b'@'] | [b'{', name @ .., b'}'] | [b'[', name @ .., b']'] => {
            is_name(name)
        }
        _ => {
            let open = memchr::memchr(b'<', value);
            open.is_some_and(|open| memchr::memchr(b'>', &value[open..]).is_some())
        }
    }
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
            assert!(find(value.as_bytes(), Quoting::Text).is_some(), "{value}");
        }
        assert!(find(b"prefix-{key}", Quoting::Template).is_some());
        assert!(find(b"$K3Y", Quoting::Bare).is_some());
    }

    #[test]
    fn values() {
        for value in [
            "Zt9KqW3xLb7VnR2mYf4H",
            "550e8400-e29b-41d4-a716-446655440000",
            "ab/cd+ef0123==",
            "a$b%c!d1",
            "!aB3",
            "&9xY2",
            "[a1",
            "$9aB3xY",
        ] {
            assert_eq!(find(value.as_bytes(), Quoting::Text), None, "{value}");
        }
    }
}
