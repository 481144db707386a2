//! Is this the name of the header, or of a variable named after it, and where does it end?

use std::ops::Range;

use crate::detect::{lex, token};

/// A name that is given a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) span: Range<usize>,
    /// The quote before it and, if the name is all of the literal, behind it.
    pub(super) quote: Option<&'static [u8]>,
    pub(super) is_whole_literal: bool,
    /// It could be a variable in code: no dash in it.
    pub(super) is_identifier: bool,
}

/// How far a name may begin before the header's, in bytes.
const MAX_PREFIX: usize = 64;

/// What a name may go on with and still be one for a value: `X_API_KEY_PROD`, `xApiKeyValue`.
const ENDINGS: &[&str] = &[
    "",
    "value",
    "prod",
    "production",
    "live",
    "test",
    "sandbox",
    "staging",
    "dev",
    "default",
    "fallback",
    "secret",
    // Salesforce marks what is not its own with `__c`.
    "c",
    "1",
    "2",
    "3",
    "old",
    "new",
    "v1",
    "v2",
    "v3",
    // What it holds is decoded.
    "b64",
    "base64",
];

impl Name {
    /// For reading an expression that stands elsewhere than behind the name.
    pub(super) fn elsewhere(at: usize) -> Self {
        Self { span: at..at, quote: None, is_whole_literal: false, is_identifier: true }
    }

    /// Reads the name around an anchor.
    pub(super) fn around(text: &[u8], anchor: (usize, usize)) -> Option<Self> {
        let span = if text[anchor.0].eq_ignore_ascii_case(&b'i') {
            provider_name(text, anchor)?
        } else {
            header_name(text, anchor)?
        };
        let span = whole_name(text, span);
        let quote = lex::quote_before(text, span.start);
        let is_whole_literal = quote.is_some_and(|quote| lex::Lexer::new(text, span.end, false).eat_closing(quote));
        let is_identifier = !text[span.clone()].contains(&b'-');
        Some(Self { span, quote, is_whole_literal, is_identifier })
    }
}

/// The whole of a name that stands in a literal behind dashes or a path: `"--x-api-key"`, `"spark.app.x_api_key"`.
fn whole_name(text: &[u8], span: Range<usize>) -> Range<usize> {
    let belongs = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-/:".contains(byte);
    let before = text[..span.start].iter().rev().take(MAX_PREFIX).take_while(|byte| belongs(byte)).count();
    let start = span.start - before;
    let open = if before > 0 { lex::quote_before(text, start) } else { None };
    let is_whole = open.is_some_and(|open| lex::Lexer::new(text, span.end, false).eat_closing(open));
    // A pointer of a patch: `path: /data/X_API_KEY`
    let is_pointer = text[..start].ends_with(b"path: ") && text.get(start) == Some(&b'/');
    let is_whole = is_whole || is_pointer;
    if is_whole && !is_escape(&text[..span.start]) { start..span.end } else { span }
}

/// `X-API-Key`, `X_API_KEY`, `xApiKey` and longer names that end in it: not `MINIMAX_API_KEY`.
fn header_name(text: &[u8], (start, end): (usize, usize)) -> Option<Range<usize>> {
    let continues_a_word = match text[..start].last() {
        // `myXApiKey` is two words, `maxApiKey` and `MAX_API_KEY` are others.
        Some(byte) if byte.is_ascii_alphanumeric() => {
            !(byte.is_ascii_lowercase() && text[start] == b'X' && text[start + 1].is_ascii_alphabetic())
        }
        _ => false,
    };
    let after_quote = lex::quote_before(text, start).is_some();
    let is_coloured = token::ends_in_colour(&text[..start]);
    if continues_a_word && !after_quote && !is_coloured && !is_escape(&text[..start]) {
        return None;
    }
    let words = text[..start].iter().rev().take(MAX_PREFIX);
    let before = words.take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let start = if continues_a_word || after_quote { start } else { start - before };
    let end = end_of_name(text, end)?;
    Some(start..end)
}

/// Whether what precedes a name is the letter of an escape such as `\n`, or of an option such as `-H` and `-D`.
fn is_escape(before: &[u8]) -> bool {
    matches!(before, [.., b'\\', b'n' | b't' | b'r'])
        || matches!(before, [.., b' ' | b'"' | b'\'', b'-', option] | [b'-', option] if option.is_ascii_alphabetic())
}

/// `MEDIAMAGIC_API_KEY`, `mediamagic.api.key`, `MediaMagic:ApiKey`: the provider's name, and `key` at the end. The
/// anchor is the name without its first three letters, which are rare enough to be searched for.
fn provider_name(text: &[u8], anchor: (usize, usize)) -> Option<Range<usize>> {
    let head = anchor.0.checked_sub(3)?;
    // The names of stores: a value has another one.
    let stores: [&[u8]; 5] = [b"/", b"secretsmanager:", b"ssm:", b"ssm-secure:", b"vault:"];
    let is_provider =
        text[head..anchor.0].eq_ignore_ascii_case(b"med") && !stores.iter().any(|store| text[..head].ends_with(store));
    let belongs = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(byte);
    let mut end = anchor.1 + text[anchor.1..].iter().take(64).take_while(|byte| belongs(byte)).count();
    // A separator at the end is not the name's: `MEDIAMAGIC_API_KEY:`.
    while end > anchor.1 && !text[end - 1].is_ascii_alphanumeric() {
        end -= 1;
    }
    // What `key` is given is not the name's: `mediamagic.api.key:VALUE`.
    let key = text[anchor.1..end].to_ascii_lowercase();
    if let Some(key) = memchr::memmem::find(&key, b"key")
        && let Some(colon) = memchr::memchr(b':', &text[anchor.1 + key..end])
    {
        end = anchor.1 + key + colon;
    }
    let letters: Vec<u8> = text[anchor.1..end].iter().filter(|byte| byte.is_ascii_alphanumeric()).copied().collect();
    let letters = letters.to_ascii_lowercase();
    let key = memchr::memmem::find(&letters, b"key")?;
    let ends_well = ENDINGS.iter().any(|ending| ending.as_bytes() == &letters[key + 3..]);
    let words = text[..head].iter().rev().take(MAX_PREFIX);
    let before = words.take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    (is_provider && ends_well).then_some(head - before..end)
}

/// The end of a name after `key`, unless it goes on as the name of something else (`X_API_KEY_HEADER`).
fn end_of_name(text: &[u8], key: usize) -> Option<usize> {
    let rest = &text[key..];
    let length = rest.iter().take(64).take_while(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte)).count();
    let ending: Vec<u8> = rest[..length].iter().filter(|byte| byte.is_ascii_alphanumeric()).copied().collect();
    let ending = ending.to_ascii_lowercase();
    // A dash alone belongs to what follows: `${X_API_KEY:-…}`, `X-API-Key->`.
    let is_underscores = rest[..length].iter().all(|byte| *byte == b'_');
    let length = if ending.is_empty() && !is_underscores { 0 } else { length };
    ENDINGS.iter().any(|known| known.as_bytes() == ending).then_some(key + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name<'t>(text: &'t str, anchor: &str) -> Option<&'t str> {
        let start = text.find(anchor).expect("the anchor is there");
        Name::around(text.as_bytes(), (start, start + anchor.len())).map(|name| &text[name.span])
    }

    #[test]
    fn names_of_the_header_and_after_it() {
        assert_eq!(name("\"X-API-Key\": 1", "X-API-Key"), Some("X-API-Key"));
        assert_eq!(name("MY_X_API_KEY=1", "X_API_KEY"), Some("MY_X_API_KEY"));
        assert_eq!(name("X_API_KEY_PROD=1", "X_API_KEY"), Some("X_API_KEY_PROD"));
        assert_eq!(name("myXApiKey = 1", "XApiKey"), Some("myXApiKey"));
        assert_eq!(name("${X_API_KEY:-1}", "X_API_KEY"), Some("X_API_KEY"));
        assert_eq!(name("MEDIAMAGIC_API_KEY=1", "IAMAGIC"), Some("MEDIAMAGIC_API_KEY"));
        assert_eq!(name("MediaMagic:ApiKey: 1", "iaMagic"), Some("MediaMagic:ApiKey"));
    }

    #[test]
    fn other_names() {
        assert_eq!(name("MINIMAX_API_KEY=1", "X_API_KEY"), None);
        assert_eq!(name("maxApiKey = 1", "xApiKey"), None);
        assert_eq!(name("X_API_KEY_HEADER = 1", "X_API_KEY"), None);
        assert_eq!(name("X-API-Key-ID: 1", "X-API-Key"), None);
        assert_eq!(name("mediamagic.app", "iamagic"), None);
        assert_eq!(name("MEDIAMAGIC_API_KEY_FILE=1", "IAMAGIC"), None);
    }
}
