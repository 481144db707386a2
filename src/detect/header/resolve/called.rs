//! What a call says of the identifier that holds its result: the function itself, or the field behind a getter.

use super::expression::{MAX_IDENTIFIER, word};

/// The name of a function that is applied to one word, as it is without brackets: `key env ]`.
pub(super) fn applied(text: &[u8], at: usize) -> Option<Vec<u8>> {
    let name = word(text, at);
    let argument = word(text, name.end + 1);
    let closes =
        text.get(argument.end..).is_some_and(|rest| matches!(rest.trim_ascii_start().first(), Some(b']' | b')')));
    let is_applied = text.get(name.end) == Some(&b' ') && !argument.is_empty() && closes;
    (is_applied && (3..=MAX_IDENTIFIER).contains(&name.len())).then(|| text[name].to_vec())
}

/// The name of the function whose call begins at `at`, as far as it could be one of the same content.
pub(super) fn function(text: &[u8], at: usize) -> Option<Vec<u8>> {
    let own: [&[u8]; 6] = [b"self.", b"this.", b"this->", b"Self::", b"self::", b"$this->"];
    let receiver = own.iter().find(|receiver| text[at..].starts_with(receiver)).map_or(0, |receiver| receiver.len());
    let name = word(text, at + receiver);
    let is_plain = text.get(name.start).is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    let is_called = text.get(name.end) == Some(&b'(');
    (is_plain && is_called && (3..=MAX_IDENTIFIER).contains(&name.len())).then(|| text[name].to_vec())
}

/// `getApiKey()` gives what `apiKey` holds.
pub(super) fn field(getter: &[u8]) -> Option<Vec<u8>> {
    let field = match getter.strip_prefix(b"get_") {
        Some(field) => field,
        None => getter.strip_prefix(b"get").filter(|field| field.first().is_some_and(u8::is_ascii_uppercase))?,
    };
    let mut field = field.to_vec();
    field.first_mut()?.make_ascii_lowercase();
    (1..=MAX_IDENTIFIER).contains(&field.len()).then_some(field)
}

/// Whether a call of this name gives the text that bytes are: `Encoding.UTF8.GetString(`.
pub(super) fn is_text_of_bytes(callee: &[u8]) -> bool {
    let Some(encoding) = callee.strip_suffix(b".GetString") else { return false };
    [b"UTF8".as_slice(), b"Unicode", b"ASCII", b"Default"].iter().any(|known| encoding.ends_with(known))
}

/// The length of the type in brackets that `PowerShell` has before one of its methods: `[Text.Encoding]::`.
pub(super) fn type_of_powershell(rest: &[u8]) -> Option<usize> {
    let inside = rest.strip_prefix(b"[")?;
    let length = inside.iter().take(64).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'.').count();
    (length > 0 && inside[length..].starts_with(b"]::")).then_some(length + b"[]::".len())
}
