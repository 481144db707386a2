//! A section that is named after the provider, with the key in it: `{"MediaMagic": {"ApiKey": VALUE}}`, `mediamagic:`
//! above `api-key: VALUE`, `[mediamagic]` above `api_key = VALUE`.

use super::{
    associate::Value,
    name::Name,
    nested,
    siblings::{self, REACH},
    words::normalized,
};
use crate::detect::lex::{self, Lexer};

/// What a section calls the key, without case and separators.
const KEYS: &[&str] =
    &["apikey", "key", "xapikey", "apitoken", "livekey", "testkey", "sandboxkey", "secretkey", "accesskey"];

/// The values of keys in the section that `anchor`, the last letters of the provider's name, names.
pub(super) fn values_of(text: &[u8], anchor: (usize, usize)) -> Vec<Value> {
    let Some(start) = anchor.0.checked_sub(3).filter(|start| text[*start..anchor.0].eq_ignore_ascii_case(b"med"))
    else {
        return Vec::new();
    };
    // `ia_magic` is a part of longer names only.
    if text[anchor.0..anchor.1].len() != b"iamagic".len() {
        return Vec::new();
    }
    let mut lexer = Lexer::new(text, anchor.1, false);
    let name = Name::elsewhere(start);
    if text[..start].ends_with(b"[") && lexer.eat(b"]") {
        return in_lines(text, lexer.at(), &name, |line| line.starts_with(b"["));
    }
    if lex::quote_before(text, start).is_some() {
        lexer.eat_quote();
    }
    lexer.skip_space();
    let gives = lexer.eat(b"=>") || lexer.eat(b":") || lexer.eat(b"=");
    let before = lexer.at();
    lexer.skip_space();
    if lexer.peek() == Some(b'{') {
        return nested::in_entries(text, lexer.at(), &name, 1, is_key);
    }
    let line = text[..start].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let column = start - line;
    let is_block = gives
        && text[line..start].iter().all(|byte| *byte == b' ')
        && matches!(text[before..], [b'\n', ..] | [b'\r', b'\n', ..]);
    if !is_block {
        return Vec::new();
    }
    in_lines(text, before, &name, |line| {
        let indent = line.len() - line.trim_ascii_start().len();
        indent <= column
    })
}

/// Entries on lines of their own, up to one at which the section `ends`.
fn in_lines(text: &[u8], at: usize, name: &Name, ends: impl Fn(&[u8]) -> bool) -> Vec<Value> {
    let high = text.len().min(at + REACH);
    let Some(newline) = memchr::memchr(b'\n', &text[at..high]) else { return Vec::new() };
    let mut start = at + newline + 1;
    while start < high {
        let end = start + memchr::memchr(b'\n', &text[start..high]).unwrap_or(high - start);
        let line = &text[start..end];
        if !line.trim_ascii().is_empty() {
            if ends(line) {
                break;
            }
            let gives = line.iter().position(|byte| matches!(byte, b':' | b'='));
            if let Some(gives) = gives.filter(|gives| is_key(&line[..*gives])) {
                return siblings::given_at(text, start + gives + 1, name);
            }
        }
        start = end + 1;
    }
    Vec::new()
}

fn is_key(key: &[u8]) -> bool {
    KEYS.contains(&normalized(key).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<&str> {
        let start = text.to_ascii_lowercase().find("iamagic").expect("the provider is named");
        match values_of(text.as_bytes(), (start, start + 7)).into_iter().next()? {
            Value::Sibling { pieces, .. } | Value::Quoted { pieces, .. } | Value::Sum { pieces } => {
                Some(&text[pieces[0].clone()])
            }
            Value::Bare { span } | Value::Loose { span } | Value::Lookup { span } | Value::Encoded { span, .. } => {
                Some(&text[span])
            }
        }
    }

    #[test]
    fn the_key_of_a_section() {
        for text in [
            r#"{"MediaMagic":{"BaseUrl":"https://x","ApiKey":"VALUE"}}"#,
            "mediamagic:\n  url: x\n  api-key: VALUE\nother:\n  api-key: no",
            "[mediamagic]\nurl = x\napi_key = VALUE\n[other]\napi_key = no",
            "mediamagic = {\n  api_key = \"VALUE\"\n}",
            "  mediaMagic: { apiKey: 'VALUE' },",
        ] {
            assert_eq!(value(text), Some("VALUE"), "{text}");
        }
        for text in [
            "mediamagic:\n  url: x\nother:\n  api-key: VALUE",
            "[mediamagic]\nurl = x\n[other]\napi_key = VALUE",
            "https://mediamagic.app/{id}?api_key=VALUE",
            r#"{"MediaMagic":{"Url":"x"},"ApiKey":"VALUE"}"#,
        ] {
            assert_eq!(value(text), None, "{text}");
        }
    }
}
