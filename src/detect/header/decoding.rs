//! Values that code decodes where it gives them: `atob("…")`, `base64.b64decode("…")`, `bytes.fromhex("…")`,
//! `Buffer.from("…", "base64")`, `"…".decodeBase64()`, `$(echo … | base64 -d)`. What is sent is what they decode to.

use super::{associate::Value, expression::MAX_EXPRESSION, words::is_word};
use crate::detect::lex::{self, Lexer};

/// How a literal is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Base64,
    Hex,
}

/// Calls that may stand around the one that decodes: conversions to text.
const MAX_WRAPPERS: usize = 4;

/// Parts of the names of calls that decode base64, in lower case and without separators.
const BASE64: &[&str] = &["atob", "b64dec", "base64dec", "decode64", "decodebase64", "frombase64", "unbase64"];

/// The same of hexadecimal digits.
const HEX: &[&str] = &["decodehex", "fromhex", "hex2bin", "hexdecode", "hextobytes", "hextoraw", "parsehex", "unhex"];

/// Methods and filters that decode the literal before them.
const METHODS: &[(&[u8], Coding)] = &[
    (b".decodeBase64", Coding::Base64),
    (b".fromBase64", Coding::Base64),
    (b".unpack1(\"m", Coding::Base64),
    (b".unpack1('m", Coding::Base64),
    (b".unpack(\"m", Coding::Base64),
    (b".unpack('m", Coding::Base64),
    (b".decodeHex", Coding::Hex),
    (b"|> Base.decode64", Coding::Base64),
    (b"|> Base.url_decode64", Coding::Base64),
    (b"|> Base.decode16", Coding::Hex),
    (b"| b64dec", Coding::Base64),
    (b"|b64dec", Coding::Base64),
    (b"| base64decode", Coding::Base64),
    (b"| base64_decode", Coding::Base64),
    (b"| @base64d", Coding::Base64),
];

/// The value at `lexer`, if it is a literal that is decoded there.
pub(super) fn value(lexer: Lexer<'_>) -> Option<Value> {
    in_command(lexer).or_else(|| packed(lexer)).or_else(|| in_call(lexer))
}

/// `'X-API-Key: ' . base64_decode('VALUE')`
pub(super) fn joined(mut lexer: Lexer<'_>) -> Option<Value> {
    let operators: [&[u8]; 9] = [b"++", b"<>", b"..", b"||", b"+", b".", b"&", b"~", b","];
    let is_joined = operators.iter().any(|operator| lexer.eat(operator));
    lexer.skip_blank();
    value(lexer).filter(|_| is_joined)
}

/// `['…'].pack('H*')` of Ruby.
fn packed(mut lexer: Lexer<'_>) -> Option<Value> {
    let opens = lexer.eat(b"[");
    let literal = lexer.literal().filter(|_| opens)?;
    let is_packed = [b"].pack('H*')".as_slice(), b"].pack(\"H*\")", b"].pack 'H*'"].iter().any(|call| lexer.eat(call));
    is_packed.then_some(Value::Encoded { span: literal.content, coding: Coding::Hex })
}

fn in_call(mut lexer: Lexer<'_>) -> Option<Value> {
    let mut coding = None;
    let mut takes_coding = false;
    for _ in 0..=MAX_WRAPPERS {
        if let Some(literal) = lexer.literal() {
            let coding = coding.or_else(|| if takes_coding { argument(lexer) } else { None }).or_else(|| method(lexer));
            return coding.map(|coding| Value::Encoded { span: literal.content, coding });
        }
        let start = lexer.at();
        lexer.path();
        // `new String(…)`, `Base64.getDecoder().decode(…)`
        while (lexer.follows(b"new") && lexer.eat(b" ")) || lexer.eat(b"()") {
            lexer.path();
        }
        let called = &lexer.text()[start..lexer.at()];
        if !lexer.eat(b"(") {
            return None;
        }
        coding = decoded_by(called).or_else(|| decoded_by_own(lexer.text(), called)).or(coding);
        takes_coding = matches!(last_word(called), b"from" | b"decode");
        lexer.skip_blank();
        if lexer.eat(b"base64Encoded:") {
            coding = Some(Coding::Base64);
            lexer.skip_space();
        }
    }
    None
}

fn last_word(called: &[u8]) -> &[u8] {
    called.rsplit(|byte| !byte.is_ascii_alphanumeric()).next().unwrap_or_default()
}

/// What a call of this name decodes.
pub(super) fn decoded_by(called: &[u8]) -> Option<Coding> {
    let letters = called.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase);
    let letters: Vec<u8> = letters.collect();
    let has = |word: &str| memchr::memmem::find(&letters, word.as_bytes()).is_some();
    let decodes = has("decode") && !has("encode") && last_word(called).to_ascii_lowercase().starts_with(b"decode");
    if BASE64.iter().any(|word| has(word)) || decodes && (has("base64") || has("standard") || has("urlsafe")) {
        Some(Coding::Base64)
    } else if HEX.iter().any(|word| has(word)) || decodes && has("hex") {
        Some(Coding::Hex)
    } else if decodes && (has("stdencoding") || has("urlencoding") || has("b64")) {
        Some(Coding::Base64)
    } else {
        None
    }
}

/// What a function decodes that the text defines: `const unpack = (s) => Buffer.from(s, 'hex')`.
fn decoded_by_own(text: &[u8], called: &[u8]) -> Option<Coding> {
    const LONGEST: usize = 160;
    if called.len() < 3 || !called.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
        return None;
    }
    let definers: [&[u8]; 5] = [b"const ", b"let ", b"def ", b"function ", b"func "];
    let head = |definer: &&[u8]| {
        let head = [*definer, called].concat();
        let ends = |at: &usize| !text.get(at + head.len()).is_some_and(|byte| is_word(*byte));
        memchr::memmem::find_iter(text, &head).take(MAX_WRAPPERS).find(ends).map(|at| at + head.len())
    };
    let start = definers.iter().find_map(head)?;
    let body = &text[start..text.len().min(start + LONGEST)];
    // Up to where another one begins.
    let next = definers.iter().filter_map(|definer| memchr::memmem::find(body, definer)).min();
    let body = &body[..next.unwrap_or(body.len())];
    let calls = memchr::memchr_iter(b'(', body).map(|open| {
        let length =
            body[..open].iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(byte)).count();
        (&body[open - length..open], open)
    });
    calls.into_iter().find_map(|(call, open)| {
        let parameter = Lexer::new(body, open + 1, false);
        let mut after = parameter;
        after.path();
        decoded_by(call).or_else(|| behind(after, call))
    })
}

/// How what ends at `lexer` is decoded by the method or the argument that follows it; `callee` has it as its first argument.
pub(super) fn behind(lexer: Lexer<'_>, callee: &[u8]) -> Option<Coding> {
    let takes_coding = matches!(last_word(callee), b"from" | b"decode");
    method(lexer).or_else(|| if takes_coding { argument(lexer) } else { None })
}

/// `Buffer.from("…", "hex")`: the next argument says how.
fn argument(mut lexer: Lexer<'_>) -> Option<Coding> {
    lexer.skip_space();
    if !lexer.eat(b",") {
        return None;
    }
    lexer.skip_space();
    let literal = lexer.literal()?;
    match &lexer.text()[literal.content] {
        b"base64" | b"base64url" => Some(Coding::Base64),
        b"hex" => Some(Coding::Hex),
        _ => None,
    }
}

/// `"…".decodeBase64()`
fn method(mut lexer: Lexer<'_>) -> Option<Coding> {
    lexer.skip_space();
    METHODS.iter().find(|(method, _)| lexer.rest().starts_with(method)).map(|(_, coding)| *coding)
}

/// `$(echo … | base64 -d)`, `$(base64 -d <<< …)`
fn in_command(lexer: Lexer<'_>) -> Option<Value> {
    let (mut value, coding) = argument_of_command(lexer)?;
    let span = value.literal().map_or_else(|| value.bare(), |literal| literal.content);
    (!span.is_empty()).then_some(Value::Encoded { span, coding })
}

/// What such a command decodes begins at the lexer.
pub(super) fn argument_of_command(lexer: Lexer<'_>) -> Option<(Lexer<'_>, Coding)> {
    let rest = &lexer.rest()[..lexer.rest().len().min(MAX_EXPRESSION)];
    let (open, close): (&[u8], u8) = if rest.starts_with(b"$(") { (b"$(", b')') } else { (b"`", b'`') };
    let inside = rest.strip_prefix(open)?;
    let inside = &inside[..memchr::memchr(close, inside)?];
    let has = |word: &[u8]| memchr::memmem::find(inside, word).is_some();
    let coding = if [b"base64 -d".as_slice(), b"base64 -D", b"base64 --d"].iter().any(|decoder| has(decoder)) {
        Coding::Base64
    } else if has(b"xxd -r") || has(b"xxd -p -r") {
        Coding::Hex
    } else {
        return None;
    };
    let start = ["echo ", "printf ", "<<<"]
        .iter()
        .find_map(|giver| Some(memchr::memmem::find(inside, giver.as_bytes())? + giver.len()))?;
    let mut value = lexer.skipping(open.len() + start);
    value.skip_space();
    for option in [b"-n ".as_slice(), b"-e ", b"-ne ", b"-en ", b"-E ", b"'%s' ", b"\"%s\" ", b"%s "] {
        value.eat(option);
    }
    Some((value, coding))
}

/// The text that a literal decodes to; `None` if it is none in this coding, or no text.
pub(super) fn decoded(literal: &[u8], coding: Coding) -> Option<Vec<u8>> {
    let mut text = lex::unescape(literal);
    text.retain(|byte| !byte.is_ascii_whitespace());
    let decoded = match coding {
        Coding::Base64 => base64(text.trim_ascii())?,
        Coding::Hex => hex(&text)?,
    };
    // PowerShell's `[Text.Encoding]::Unicode`.
    let is_utf16 = decoded.len() > 1
        && decoded.len().is_multiple_of(2)
        && decoded.iter().skip(1).step_by(2).all(|byte| *byte == 0);
    let decoded = if is_utf16 { decoded.into_iter().step_by(2).collect() } else { decoded };
    let decoded = decoded.trim_ascii();
    (!decoded.is_empty() && decoded.iter().all(|byte| matches!(byte, b' '..=b'~'))).then(|| decoded.to_vec())
}

/// Either alphabet of RFC 4648, padded or not.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let padding = text.iter().rev().take(2).take_while(|byte| **byte == b'=').count();
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut length) = (0_u32, 0);
    for byte in &text[..text.len() - padding] {
        let sextet = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(sextet);
        length += 6;
        if length >= 8 {
            length -= 8;
            bytes.push((bits >> length) as u8);
        }
    }
    (length < 6).then_some(bytes)
}

fn hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let pairs = text.chunks(2).map(|pair| match pair {
        [high, low] => Some((digit(high)? * 16 + digit(low)?) as u8),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(&str, Coding)> {
        match value(Lexer::new(text.as_bytes(), 0, false))? {
            Value::Encoded { span, coding } => Some((&text[span], coding)),
            _ => None,
        }
    }

    #[test]
    fn calls_that_decode() {
        for text in [
            "atob('VALUE')",
            "base64.b64decode(\"VALUE\").decode()",
            "base64.urlsafe_b64decode(b\"VALUE\")",
            "new String(Base64.getDecoder().decode(\"VALUE\"))",
            "Encoding.UTF8.GetString(Convert.FromBase64String(\"VALUE\"))",
            "[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('VALUE'))",
            "Base64.strict_decode64('VALUE')",
            "base64_decode('VALUE')",
            "Buffer.from('VALUE', 'base64').toString()",
            "base64.StdEncoding.DecodeString(\"VALUE\")",
            "String(data: Data(base64Encoded: \"VALUE\")!, encoding: .utf8)!",
            "base64::decode(\"VALUE\").unwrap()",
            "STANDARD.decode(\"VALUE\")?",
            "base64decode(\"VALUE\")",
            "\"VALUE\".decodeBase64()",
            "$(echo -n VALUE | base64 -d)",
            "$(base64 --decode <<< \"VALUE\")",
        ] {
            assert_eq!(read(&text.replace("String(data: ", "String(")), Some(("VALUE", Coding::Base64)), "{text}");
        }
        for text in ["bytes.fromhex('VALUE').decode()", "binascii.unhexlify(\"VALUE\")", "Buffer.from('VALUE', 'hex')"]
        {
            assert_eq!(read(text), Some(("VALUE", Coding::Hex)), "{text}");
        }
        for text in
            ["'VALUE'", "btoa('VALUE')", "base64.b64encode(b'VALUE')", "decode('VALUE')", "Buffer.from('VALUE')"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_text_is_decoded() {
        assert_eq!(decoded(b"a2V5IG9uZQ==", Coding::Base64).as_deref(), Some(b"key one".as_slice()));
        assert_eq!(decoded(b"a2V5IG9uZQ", Coding::Base64).as_deref(), Some(b"key one".as_slice()));
        assert_eq!(decoded(b"6b6579", Coding::Hex).as_deref(), Some(b"key".as_slice()));
        assert_eq!(decoded(b"6b657", Coding::Hex), None);
        assert_eq!(decoded(b"/////w==", Coding::Base64), None);
    }
}
