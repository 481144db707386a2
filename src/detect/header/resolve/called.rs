//! What a call says of the identifier that holds its result: the function itself, or the field behind a getter.

use std::ops::Range;

use super::{
    super::{
        decoding,
        expression::{self as values, is_lookup_of},
    },
    expression::{Identifier, MAX_IDENTIFIER, Path, finished, identifier, word},
};
use crate::detect::lex::Lexer;

/// Words in the name of what looks up the name that it is given.
const LOOKUPS: &[&str] = &[
    "env",
    "getenv",
    "environ",
    "get",
    "fetch",
    "get_env",
    "getstring",
    "getproperty",
    "config",
    "lookup",
    "var",
    "property",
    "p",
];

/// Methods that change nothing about what an identifier holds, or only how it is represented.
const CONVERSIONS: &[&str] = &[
    "as_bytes",
    "as_ref",
    "as_str",
    "bytes",
    "c_str",
    "clone",
    "decode",
    "encode",
    "entries",
    "expose_secret",
    "get_secret_value",
    "getbytes",
    "into",
    "keys",
    "orempty",
    "parse",
    "reveal",
    "strip",
    "to_owned",
    "to_s",
    "to_string",
    "toowned",
    "tostring",
    "trim",
    "tolatin1",
    "tostdstring",
    "tostr",
    "toutf8",
    "unwrap",
    "value",
    "valueof",
    "values",
];

/// What a call of the function at `span`, which is called on `path`, comes to; `None`, and the lexer behind it: what it is
/// called on.
pub(super) fn call(
    text: &[u8],
    lexer: &mut Lexer<'_>,
    path: Range<usize>,
    span: Range<usize>,
    is_method: bool,
) -> Option<Path> {
    let callee = &text[path.start..span.end];
    let name = text[span.clone()].to_ascii_lowercase();
    let is = |words: &[&str]| words.iter().any(|word| word.as_bytes() == name);
    let inside = lexer.at() + 1;
    *lexer = lexer.skipping(1);
    lexer.skip_space();
    if lexer.eat(b")") {
        // `get_settings().cred`
        let next = lexer.rest().strip_prefix(b".").map_or(0..0, |_| word(text, lexer.at() + 1));
        let is_asked = !next.is_empty() && text.get(next.end) != Some(&b'(');
        let is_converted = is_method && (is(CONVERSIONS) || name.ends_with(b"decoder")) || is_asked;
        return (!is_converted).then(|| {
            let other_name = field(&text[span.clone()]);
            finished(text, Some(Identifier { other_name, ..identifier(text, span) }), lexer.at())
        });
    }
    // `get(key)` of a store of Svelte, `unref(key)` of Vue
    let own = word(text, lexer.at());
    if path.is_empty() && is(&["get", "unref", "tovalue"]) && text.get(own.end) == Some(&b')') && !own.is_empty() {
        return Some(Path::Wrapper(inside));
    }
    let is_lookup = is(LOOKUPS) || is_lookup_of(callee, values::LOOKUPS);
    if let Some(literal) = lexer.literal().filter(|_| is_lookup) {
        return Some(finished(text, Some(identifier(text, literal.content)), literal.end));
    }
    // `Encoding.UTF8.GetString(bytes)`
    let is_text = is_text_of_bytes(callee);
    let makes_another = is_lookup_of(callee, values::LOOKUPS) && !is_text
        || is_lookup_of(callee, values::STORES)
        || values::makes_another(callee)
        || changes(callee);
    // What it is decoded from is sent.
    let decodes = decoding::decoded_by(callee).is_some();
    Some(if makes_another && !decodes { Path::Other } else { Path::Wrapper(inside) })
}

/// Parts of the names of functions whose result is something else than what they are given, and of what holds such a
/// result.
const CHANGES: &[&str] = &[
    "crypt",
    "decode",
    "derive",
    "digest",
    "find",
    "fingerprint",
    "hash",
    "hmac",
    "md5",
    "query",
    "select",
    "sha1",
    "sha2",
    "sha5",
    "sign",
    "verify",
    "checksum",
];

/// Whether a function of this name makes something else of what it is given, or something of this name was made so.
pub(super) fn changes(name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    CHANGES.iter().any(|change| memchr::memmem::find(&lower, change.as_bytes()).is_some())
}

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
    let is_defined = || {
        let defines = |word: &&[u8]| memchr::memmem::find(text, &[word, &text[name.clone()], b"("].concat()).is_some();
        [b"fun ".as_slice(), b"def ", b"func ", b"fn ", b"function "].iter().any(defines)
    };
    let is_fit = is_plain && is_called && name.len() <= MAX_IDENTIFIER;
    (is_fit && (name.len() > 2 || is_defined())).then(|| text[name].to_vec())
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
