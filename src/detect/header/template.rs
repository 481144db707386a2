//! Fallbacks in templates and references: `${KEY:-VALUE}`, `{{ key | default("VALUE") }}`.

use std::ops::Range;

use super::{associate::Value, branches, decoding, expression::MAX_EXPRESSION};
use crate::detect::lex::{Joint, Lexer};

/// Where the default stands in a property of `JMeter`, which is all of a value: `${__P(name,VALUE)}`.
pub(super) fn property_default(value: &[u8]) -> Option<Range<usize>> {
    let inside = value.strip_prefix(b"${__P(").or_else(|| value.strip_prefix(b"${__property("))?;
    let inside = inside.strip_suffix(b")}")?;
    let comma = memchr::memrchr(b',', inside)?;
    let end = value.len() - 2;
    let start = end - (inside.len() - comma - 1);
    (start < end).then_some(start..end)
}

/// What a template sets before it uses it: `{% set key = 'VALUE' %}{{ key }}`.
fn set_before(mut lexer: Lexer<'_>) -> Option<Value> {
    lexer.eat_quote();
    if !lexer.eat(b"{%") {
        return None;
    }
    lexer.eat(b"-");
    lexer.skip_space();
    let is_set = lexer.eat(b"set ");
    lexer.path();
    lexer.skip_space();
    let gives = is_set && lexer.eat(b"=");
    lexer.skip_space();
    lexer.literal().filter(|_| gives).map(|literal| Value::literal(literal.content))
}

/// The last of several where the first that is there counts, as Aero reads edn: `#or [#env KEY "VALUE"]`.
fn spare(mut lexer: Lexer<'_>) -> Option<Value> {
    if !lexer.eat(b"#or [") {
        return None;
    }
    let rest = &lexer.rest()[..lexer.rest().len().min(MAX_EXPRESSION)];
    let text = &lexer.text()[..lexer.at() + memchr::memchr(b']', rest)?];
    let quote = memchr::memchr(b'"', &text[lexer.at()..])?;
    let mut last = Lexer::new(text, lexer.at() + quote, false);
    let literal = last.literal()?;
    last.skip_space();
    last.rest().is_empty().then(|| Value::literal(literal.content))
}

/// What `CloudFormation` puts together: `{"Fn::Join": ["", ["a", "b"]]}`, `!Join ["", ["a", "b"]]`.
pub(super) fn joined(mut lexer: Lexer<'_>) -> Option<Value> {
    if lexer.eat(b"{") {
        lexer.skip_blank();
        let function = lexer.literal()?.content;
        if lexer.text()[function] != *b"Fn::Join" || !lexer.eat(b":") {
            return None;
        }
    } else if !lexer.eat(b"!Join ") && !lexer.eat(b"Fn::Join:") {
        return None;
    }
    lexer.skip_blank();
    let opens = lexer.eat(b"[");
    lexer.skip_blank();
    let separates = opens && lexer.literal().is_some_and(|literal| literal.content.is_empty()) && lexer.eat(b",");
    lexer.skip_blank();
    if !separates || !lexer.eat(b"[") {
        return None;
    }
    lexer.skip_blank();
    let first = lexer.literal()?.content;
    let rest = lexer.joined(Joint::Comma).into_iter().map(|literal| literal.content);
    Some(Value::Quoted { pieces: std::iter::once(first).chain(rest).collect(), interpolates: false })
}

/// The fallbacks inside `${…}`, `{{…}}`, `#{…}`, `$(…)`, which may be written without quotes there.
pub(super) fn fallbacks(lexer: Lexer<'_>) -> Vec<Value> {
    let rest = lexer.rest();
    let rest = &rest[..rest.len().min(MAX_EXPRESSION)];
    let quote = rest.iter().take(3).take_while(|byte| matches!(byte, b'"' | b'\'' | b'\\')).count();
    if let Some(value) = set_before(lexer).or_else(|| spare(lexer)) {
        return vec![value];
    }
    let delimiters: [(&[u8], &[u8]); 6] =
        [(b"${{", b"}}"), (b"{{", b"}}"), (b"${", b"}"), (b"{$", b"}"), (b"#{", b"}"), (b"<%=", b"%>")];
    let Some((open, close)) = delimiters.into_iter().find(|(open, _)| rest[quote..].starts_with(open)) else {
        return Vec::new();
    };
    let Some(length) = memchr::memmem::find(&rest[quote + open.len()..], close) else { return Vec::new() };
    let inside = lexer.at() + quote + open.len();
    let text = &lexer.text()[..inside + length];
    if matches!(open, b"${" | b"{$") {
        return bare_default(text, inside);
    }
    let mut lexer = Lexer::new(text, inside, false);
    lexer.skip_space();
    // `{{ 'VALUE' | b64decode }}`
    if let Some(value) = decoding::value(lexer) {
        return vec![value];
    }
    branches::of(lexer)
}

/// `${KEY:-VALUE}`, `${KEY-VALUE}`, `${KEY:=VALUE}`, `${KEY:VALUE}` and the like in one another; `${KEY || 'VALUE'}`.
fn bare_default(text: &[u8], at: usize) -> Vec<Value> {
    let inside = &text[at..];
    let scopes: [&[u8]; 6] = [b"env:", b"self:", b"opt:", b"param:", b"ssm:", b"file("];
    if let Some(comma) =
        memchr::memmem::rfind(inside, b", ").filter(|_| scopes.iter().any(|scope| inside.starts_with(scope)))
    {
        // The Serverless Framework's: `${env:KEY, 'VALUE'}`
        let mut value = Lexer::new(text, at + comma + 2, false);
        let span = value.literal().map_or_else(|| value.bare(), |literal| literal.content);
        let values = (!span.is_empty()).then(|| Value::literal(span));
        return values.into_iter().collect();
    }
    let name = inside.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(byte)).count();
    let rest = &inside[name..];
    let separators: [&[u8]; 5] = [b":-", b":=", b"-", b":", b"="];
    let Some(separator) = separators.into_iter().find(|separator| rest.starts_with(separator)).filter(|_| name > 0)
    else {
        return branches::of(Lexer::new(text, at, false));
    };
    let start = at + name + separator.len();
    if text[start..].starts_with(b"${") {
        return bare_default(text, start + 2);
    }
    let value = text[start..].trim_ascii();
    let start = start + (text[start..].len() - text[start..].trim_ascii_start().len());
    let quotes = usize::from(value.len() > 2 && matches!(value[0], b'"' | b'\'') && value.last() == value.first());
    let span = start + quotes..start + value.len() - quotes;
    if span.is_empty() { Vec::new() } else { vec![Value::literal(span)] }
}
