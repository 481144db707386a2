//! What a name is given as an object, a block or further arguments: `"X-API-Key": {"value": VALUE}`,
//! `variable "x_api_key" { default = VALUE }`, `x-api-key:` above `- VALUE`, `option("--x-api-key", default=VALUE)`.

use super::{
    associate::Value,
    name::Name,
    siblings::{self, REACH},
    tokens::{self, Kind},
    words::{is_matching, is_valuing, is_valuing_inside},
};
use crate::detect::lex::Lexer;

/// How deep in an object its value may stand: `{schema: {example: VALUE}}`, `{or: [{absent: true}, {equalTo: VALUE}]}`.
const MAX_DEPTH: usize = 3;

/// How many lines a block may have.
const MAX_LINES: usize = 12;

/// The values inside of what the name is given.
pub(super) fn values_of(text: &[u8], name: &Name) -> Vec<Value> {
    if let Some(values) = in_list(text, name) {
        return values;
    }
    let mut lexer = Lexer::new(text, name.span.end, false);
    if let Some(quote) = name.quote.filter(|_| name.is_whole_literal) {
        lexer.eat_closing(quote);
    }
    let blank = lexer.skip_space();
    let gives = [b":".as_slice(), b"=>", b"=", b","].into_iter().find(|token| lexer.eat(token));
    if gives == Some(b",") {
        let open = name.span.start - name.quote.map_or(0, <[u8]>::len);
        let is_argument = name.is_whole_literal && matches!(text[..open].trim_ascii_end().last(), Some(b'(' | b','));
        return if is_argument { in_arguments(text, lexer, name) } else { Vec::new() };
    }
    let breaks = lexer.skip_space();
    let mut listed = lexer;
    if listed.eat(b"[") {
        listed.skip_blank();
    }
    if listed.peek() == Some(b'{') {
        return in_object(text, listed, name);
    }
    if gives == Some(b":") && blank == 0 && breaks > 0 { in_block(text, lexer, name) } else { Vec::new() }
}

/// `map $http_x_api_key $client { "VALUE" "client"; }` of nginx: what the header is compared with begins each line.
pub(super) fn in_map(text: &[u8], name: &Name) -> Option<Vec<Value>> {
    let line = &text[memchr::memrchr(b'\n', &text[..name.span.start]).map_or(0, |newline| newline + 1)..];
    let start = text.len() - line.len();
    line.trim_ascii_start().strip_prefix(b"map $")?;
    let open = start + memchr::memchr(b'{', &line[..line.len().min(REACH)])?;
    let close = open + memchr::memchr(b'}', &text[open..text.len().min(open + REACH)])?;
    let mut values = Vec::new();
    for newline in memchr::memchr_iter(b'\n', &text[open..close]) {
        let mut lexer = Lexer::new(&text[..close], open + newline + 1, false);
        if lexer.skip_space() == 0 {
            let literal = lexer.literal().map(|literal| literal.content);
            values.push(Value::sibling(literal.unwrap_or_else(|| lexer.bare())));
        }
    }
    Some(values)
}

/// The second column of the block that opens at a place: what a `map` of nginx gives.
pub(super) fn second_column(text: &[u8], at: usize) -> Vec<Value> {
    let reach = text.len().min(at + REACH);
    let Some(open) = memchr::memchr(b'{', &text[at..reach]).map(|open| at + open) else { return Vec::new() };
    let close = memchr::memchr(b'}', &text[open..reach]).map_or(reach, |close| open + close);
    let mut values = Vec::new();
    for newline in memchr::memchr_iter(b'\n', &text[open..close]) {
        let mut lexer = Lexer::new(&text[..close], open + newline + 1, false);
        // The column of a diff.
        lexer.eat(b"+");
        lexer.skip_space();
        if lexer.literal().is_none() {
            lexer.bare();
        }
        if lexer.skip_space() == 0 {
            let literal = lexer.literal().map(|literal| literal.content);
            values.push(Value::sibling(literal.unwrap_or_else(|| lexer.bare())));
        }
    }
    values
}

/// `- - X-API-Key` above `- VALUE` in the second column: a pair in YAML.
fn in_list(text: &[u8], name: &Name) -> Option<Vec<Value>> {
    let open = name.span.start - name.quote.map_or(0, <[u8]>::len);
    let line = memchr::memrchr(b'\n', &text[..open]).map_or(0, |newline| newline + 1);
    let before = &text[line..open];
    if before.trim_ascii() != b"- -" {
        return None;
    }
    let mut lexer = Lexer::new(text, open + memchr::memchr(b'\n', &text[open..])?, false);
    lexer.skip_blank();
    let next = memchr::memrchr(b'\n', &text[..lexer.at()])? + 1;
    let column = memchr::memrchr(b'-', before)?;
    let item = text.get(next + column..).filter(|item| item.starts_with(b"- "))?;
    let is_indented = text.get(next..next + column)?.iter().all(|byte| *byte == b' ');
    is_indented.then(|| siblings::given_at(text, text.len() - item.len() + 2, name))
}

fn quote_of(name: &Name) -> Option<&'static [u8]> {
    name.quote.filter(|quote| quote.len() > 1 && matches!(quote[0], b'\\' | b'&' | b'%'))
}

/// The values inside of the object that is next at a place, if one is.
pub(super) fn object_at(text: &[u8], at: usize, name: &Name) -> Vec<Value> {
    let mut lexer = Lexer::new(text, at, false);
    lexer.skip_space();
    if lexer.peek() == Some(b'{') { in_object(text, lexer, name) } else { Vec::new() }
}

/// `{…}`
fn in_object(text: &[u8], lexer: Lexer<'_>, name: &Name) -> Vec<Value> {
    in_entries(text, lexer.at(), name, MAX_DEPTH, is_valuing_inside)
}

/// The first values of the object that is open at a place, under a key that `is_wanted`, up to `max_depth` deep in it.
pub(super) fn in_entries(
    text: &[u8],
    at: usize,
    name: &Name,
    max_depth: usize,
    is_wanted: impl Fn(&[u8]) -> bool,
) -> Vec<Value> {
    let tokens = tokens::read(text, at..text.len().min(at + REACH), quote_of(name));
    let mut depth = 0;
    let mut found: Vec<Value> = Vec::new();
    let mut under: &[u8] = b"";
    for pair in tokens.windows(2) {
        match pair[0].kind {
            Kind::Open => depth += 1,
            Kind::Close => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        let is_entry = matches!(pair[0].kind, Kind::Literal | Kind::Word) && pair[1].kind == Kind::Gives;
        let key = &text[pair[0].span.clone()];
        // Of several alternatives each is one.
        let is_next = found.is_empty() && is_wanted(key) || !found.is_empty() && is_matching(key) && key == under;
        if depth <= max_depth && is_entry && is_next {
            found.extend(siblings::given_at(text, pair[1].span.end, name));
            under = key;
        }
    }
    found
}

/// The further arguments of the call that has the name as one.
fn in_arguments(text: &[u8], lexer: Lexer<'_>, name: &Name) -> Vec<Value> {
    let range = lexer.at()..text.len().min(lexer.at() + REACH);
    let tokens = tokens::read(text, range, quote_of(name));
    let mut depth = 0_usize;
    let mut found = None;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close if depth == 0 => {
                let is_call = text[token.span.clone()] == *b")";
                return found.filter(|_| is_call).map(|at| siblings::given_at(text, at, name)).unwrap_or_default();
            }
            Kind::Close => depth -= 1,
            Kind::Word if depth == 0 && is_valuing(&text[token.span.clone()]) => {
                let gives = tokens.get(at + 1).filter(|next| next.kind == Kind::Gives);
                found = found.or(gives.map(|gives| gives.span.end));
            }
            _ => {}
        }
    }
    Vec::new()
}

/// Lines below the name that are indented further, or items of a list in its column.
fn in_block(text: &[u8], lexer: Lexer<'_>, name: &Name) -> Vec<Value> {
    let column = |at: usize| {
        let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1);
        text[start..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
    };
    let own = column(name.span.start);
    let mut at = memchr::memrchr(b'\n', &text[..lexer.at()]).map_or(0, |newline| newline + 1);
    let mut is_first = true;
    for _ in 0..MAX_LINES {
        let end = at + memchr::memchr(b'\n', &text[at..]).unwrap_or(text.len() - at);
        let content = text[at..end].trim_ascii();
        if content.starts_with(b"# ") && end < text.len() {
            at = end + 1;
            continue;
        }
        let start = at + column(at);
        let is_item = content.starts_with(b"- ");
        let belongs = column(at) > own || (is_item && column(at) == own);
        if !content.is_empty() && !belongs {
            break;
        }
        if is_item && is_first {
            return siblings::given_at(text, start + 2, name);
        }
        let key = content.iter().position(|byte| *byte == b':').map(|colon| &content[..colon]);
        if let Some(key) = key
            && is_valuing_inside(key)
        {
            let mut item = Lexer::new(text, start + key.len() + 1, false);
            // `values:` above `- VALUE`
            let at = if item.skip_blank() > 0 && item.eat(b"- ") { item.at() } else { start + key.len() + 1 };
            let values = siblings::given_at(text, at, name);
            if !values.is_empty() {
                return values;
            }
        }
        if end == text.len() {
            break;
        }
        is_first = false;
        at = end + 1;
    }
    Vec::new()
}
