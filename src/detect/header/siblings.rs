//! A name and its value as two entries of one object, element, call or list item: `{"key": NAME, "value": VALUE}`,
//! `<name>NAME</name><value>VALUE</value>`, `setValue(VALUE, forHTTPHeaderField: NAME)`, `- name: NAME` above
//! `value: VALUE`. Nothing is associated across the bounds of the object or into the next item.

use std::ops::Range;

use super::{
    associate::Value,
    before, blocks, condition, declared,
    entries::{Entry, closing, enclosing, entries},
    expression::{self, Expected},
    list,
    name::Name,
    nested,
    tokens::{self, Kind, Token},
    words::{is_alias, is_naming, is_valuing, normalized, twins},
    xml,
};
use crate::detect::lex::{self, Lexer};

/// How far from the name a sibling may stand, in bytes either way.
pub(super) const REACH: usize = 1024;

/// How far is looked first.
const NEAR: usize = 192;

/// The values that siblings of the name hold.
pub(super) fn values_of(text: &[u8], name: &Name) -> Vec<Value> {
    let Some(giver) = given_by(text, name) else {
        return before::value_of(text, name).into_iter().map(Value::sibling).collect();
    };
    let found = match &giver {
        Giver::Element => return xml::in_elements(text, name).into_iter().map(Value::sibling).collect(),
        Giver::Key(_) => match xml::in_tag(text, name) {
            Sought::Elsewhere => match near(text, name, NEAR) {
                // Most objects are small: only where one is not found whole is more read.
                Sought::Elsewhere => near(text, name, REACH),
                sought => sought,
            },
            sought => sought,
        },
        Giver::Entry => match xml::in_arguments(text, name) {
            Some(value) => Sought::Found(value),
            None => in_list_of_entries(text, name),
        },
        Giver::Call(callee) => in_next_call(text, name, callee),
    };
    let values = match found {
        Sought::Given(at) => given_at(text, at, name),
        Sought::Inside(at) => nested::object_at(text, at, name),
        Sought::Found(span) => vec![Value::sibling(span)],
        Sought::Absent | Sought::Elsewhere => Vec::new(),
    };
    match giver {
        _ if !values.is_empty() => values,
        Giver::Key(key) => {
            let twin = twin(text, name, &key);
            if twin.is_empty() { condition::values_of(text, name) } else { twin }
        }
        Giver::Call(_) => before::value_of(text, name).into_iter().map(Value::sibling).collect(),
        Giver::Element | Giver::Entry => Vec::new(),
    }
}

/// What a search among siblings came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sought {
    Found(Range<usize>),
    /// What stands from there on.
    Given(usize),
    /// What the object from there on holds.
    Inside(usize),
    /// The place is understood, and there is no value.
    Absent,
    /// Not understood: to be looked for in another way.
    Elsewhere,
}

impl Sought {
    pub(super) fn of(value: Option<Range<usize>>) -> Self {
        value.map_or(Self::Absent, Self::Found)
    }
}

/// The values of the expression that stands at `at`, as far as a sibling or an inner entry gives it.
pub(super) fn given_at(text: &[u8], at: usize, name: &Name) -> Vec<Value> {
    let escaped = name.quote.is_some_and(|quote| quote[0] == b'\\');
    let mut lexer = Lexer::new(text, at, escaped);
    let breaks = lexer.skip_space();
    let is_typed = text[..at].ends_with(b":") && declared::declaration(&mut lexer);
    if breaks == 0 && text[..at].ends_with(b":") && !is_typed {
        declared::anchor(&mut lexer);
        if declared::block_scalar(&mut lexer) {
            return expression::bare(&mut lexer, &Name::elsewhere(at)).into_iter().map(Value::into_sibling).collect();
        }
    }
    if breaks > 1 {
        return Vec::new();
    }
    let begins_list = lexer.peek() == Some(b'[') && {
        let mut first = lexer.skipping(1);
        first.skip_blank();
        first.literal().is_some()
    };
    if begins_list {
        // Each of a list is a value; one alone may be put together. What objects in it hold is something else.
        let listed = list::literals(lexer);
        if listed.len() > 1 && !expression::is_joined_list(lexer.skipping(1)) {
            return listed.into_iter().map(Value::into_sibling).collect();
        }
    }
    let expected = if breaks == 0 { Expected::Any } else { Expected::Literal };
    let values = expression::values(lexer, &Name::elsewhere(at), expected);
    values.into_iter().map(Value::into_sibling).collect()
}

/// What gives something the name as its value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Giver {
    /// `key:`, `key=`: the key as far as it can be one.
    Key(String),
    /// `<key>`
    Element,
    /// `setName(`, `name(`
    Call(String),
    /// `value:`, in an object that is an entry itself: `{"key": "key", "value": NAME}`.
    Entry,
}

/// Whether something that names headers is given the name: only then can there be siblings. Most names are not, and that
/// is all that they cost.
fn given_by(text: &[u8], name: &Name) -> Option<Giver> {
    let open = name.span.start - name.quote.map_or(0, <[u8]>::len);
    let before = before_comment(&text[..open]);
    // A literal of Objective-C, an alias of YAML.
    let before = before.strip_suffix(b"@").or_else(|| before.strip_suffix(b"*")).unwrap_or(before).trim_ascii_end();
    if let Some(callee) = before.strip_suffix(b"(") {
        let length =
            callee.iter().rev().take(32).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let callee = normalized(&callee[callee.len() - length..]);
        if callee.starts_with("get") {
            // It asks for what the name has.
            return None;
        }
        return (!twins(&callee).is_empty() && name.is_whole_literal).then_some(Giver::Call(callee));
    }
    // `name={"X-API-Key"}`
    let before = before.strip_suffix(b"{").filter(|before| before.ends_with(b"=")).unwrap_or(before);
    let key = match before {
        [.., b'=', b'>'] | [.., b':', b'='] => &before[..before.len() - 2],
        [.., b'>'] => return Some(Giver::Element),
        before if before.ends_with(xml::CDATA) => return Some(Giver::Element),
        [.., b':' | b'='] => &before[..before.len() - 1],
        _ => return None,
    };
    let key = if before.ends_with(b"=") { declared::without_type(key.trim_ascii_end()) } else { key.trim_ascii_end() };
    let key = &key[..key.len() - lex::quote_before(key, key.len()).map_or(0, <[u8]>::len)];
    let word = key.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte)).count();
    let word = &key[key.len() - word..];
    if normalized(word) == "value" {
        return Some(Giver::Entry);
    }
    let is_key = is_naming(word) || is_selector(word) || !twins(&normalized(word)).is_empty();
    is_key.then(|| Giver::Key(normalized(&key[key.len() - path(key)..])))
}

/// A text without the blanks and the comment at its end.
pub(super) fn before_comment(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_end();
    let inside = text.strip_suffix(b"*/").map(|inside| &inside[inside.len().saturating_sub(REACH)..]);
    match inside.and_then(|inside| Some(inside.len() - memchr::memmem::rfind(inside, b"/*")?)) {
        Some(length) => text[..text.len() - 2 - length].trim_ascii_end(),
        None => text,
    }
}

/// The length of the path that ends a text: `headers(1).name`, `request->header.name`.
fn path(text: &[u8]) -> usize {
    let belongs = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.$@()[]>".contains(byte);
    let length = text.iter().rev().take(64).take_while(|byte| belongs(byte)).count();
    // The letter of `\n` is not the first of a name.
    length - usize::from(length > 0 && text[..text.len() - length].ends_with(b"\\"))
}

/// `forHTTPHeaderField:`, `forKey:`: what stands before it is the value.
pub(super) fn is_selector(key: &[u8]) -> bool {
    let key = normalized(key);
    key.strip_prefix("for")
        .is_some_and(|rest| ["key", "header", "httpheader", "name"].iter().any(|what| rest.starts_with(what)))
}

/// Looks among what stands within `reach` bytes, if the object is whole there.
fn near(text: &[u8], name: &Name, reach: usize) -> Sought {
    let (mut tokens, mut at) = around(text, name, reach, None);
    let mut quote = name.quote;
    if at.is_none() {
        // It may stand in a string of another language, without quotes of its own.
        quote = Some(b"\\\"");
        (tokens, at) = around(text, name, reach, quote);
    }
    let Some(at) = at else { return Sought::Absent };
    let (tokens, at) = within_string(text, &tokens, at, quote);
    let is_whole = enclosing(tokens, at).is_some() && closing(tokens, at) < tokens.len();
    let is_all = name.span.start <= reach && text.len() <= name.span.end + reach;
    if !is_whole && reach < REACH && !is_all {
        return Sought::Elsewhere;
    }
    let found = in_brackets(text, tokens, at);
    // Lines that are written as escapes have no columns; they are read unescaped.
    let is_escaped = quote.is_some_and(|quote| quote[0] == b'\\');
    let in_block = || if is_escaped { None } else { blocks::in_block(text, tokens, at).map(Sought::Given) };
    found.or_else(in_block).unwrap_or(Sought::Absent)
}

/// The tokens of the string that holds the name, where its quotes are written in another way than those of the string.
fn within_string<'t>(text: &[u8], tokens: &'t [Token], at: usize, quote: Option<&[u8]>) -> (&'t [Token], usize) {
    if quote.is_none_or(|quote| quote[0] != b'\\') {
        return (tokens, at);
    }
    let ends = |token: &Token| token.kind == Kind::Other && text[token.span.clone()] == *b"\"";
    let start = tokens[..at].iter().rposition(ends).map_or(0, |quote| quote + 1);
    let end = tokens[at..].iter().position(ends).map_or(tokens.len(), |quote| at + quote);
    (&tokens[start..end], at - start)
}

/// The tokens within `reach` bytes of a name, and which of them it is.
fn around(text: &[u8], name: &Name, reach: usize, quote: Option<&'static [u8]>) -> (Vec<Token>, Option<usize>) {
    let quote = quote.or(name.quote).filter(|quote| quote.len() > 1 && matches!(quote[0], b'\\' | b'&' | b'%'));
    let start = name.span.start.saturating_sub(reach);
    let end = (name.span.end + reach).min(text.len());
    let start = if quote.is_some() || start == 0 {
        start
    } else {
        // From the start of a line, where no literal is open.
        memchr::memchr(b'\n', &text[start..name.span.start]).map_or(start, |newline| start + newline)
    };
    let tokens = tokens::read_around(text, start..end, quote, name.span.start);
    let at = tokens.iter().position(|token| token.span == name.span);
    (tokens, at)
}

/// `{"key": NAME, "value": VALUE}`, `Header(name=NAME, value=VALUE)`, `f(VALUE, forHTTPHeaderField: NAME)`: where the
/// value begins. What has no brackets within reach is read as far as its line goes.
fn in_brackets(text: &[u8], tokens: &[Token], at: usize) -> Option<Sought> {
    let inside = if let Some(open) = enclosing(tokens, at).filter(|open| opens_entries(tokens, *open, at)) {
        &tokens[open + 1..closing(tokens, at)]
    } else {
        let is_line = |token: &Token| token.kind == Kind::Line;
        let start = tokens[..at].iter().rposition(is_line).map_or(0, |line| line + 1);
        let end = tokens[at..].iter().position(is_line).map_or(tokens.len(), |line| at + line);
        &tokens[start..end.min(closing(tokens, at))]
    };
    let entries = entries(text, inside);
    let own = entries.iter().position(|entry| entry.value.is_some_and(|value| value.span == tokens[at].span))?;
    let key = &text[entries[own].key?.span.clone()];
    if is_selector(key) {
        let before = entries[..own].iter().rev().find(|entry| entry.value.is_some())?;
        let value = before.value.filter(|value| is_literal(value))?;
        let quote = lex::quote_before(text, value.span.start).map_or(0, <[u8]>::len);
        return Some(Sought::Given(value.span.start - quote));
    }
    let twins = twins(&normalized(key));
    let names = is_naming(key) || !twins.is_empty();
    let gives = |entry: &&Entry<'_>| {
        let key = entry.key.map(|key| &text[key.span.clone()]);
        key.is_some_and(|key| (names && is_valuing(key)) || twins.contains(&normalized(key)))
    };
    let is_object = |entry: &&Entry<'_>| entry.value.is_none() && opens_object(text, entry.gives);
    let found = entries.iter().find(|entry| gives(entry) && !is_object(entry));
    let second =
        || entries.iter().find(|entry| entry.key.is_some_and(|key| is_key_beside_header(text, key, entries[own].key)));
    let schema = || {
        let is_schema = |key: &Token| {
            ["schema", "stringmatch", "examples", "value"].contains(&normalized(&text[key.span.clone()]).as_str())
        };
        entries.iter().find(|entry| entry.key.is_some_and(is_schema)).map(|entry| Sought::Inside(entry.gives))
    };
    let first = || {
        let first = entries.first().filter(|first| first.key.is_none() && is_alias(key))?;
        let value = first.value.filter(|value| is_literal(value))?;
        Some(Sought::Given(value.span.start - lex::quote_before(text, value.span.start).map_or(0, <[u8]>::len)))
    };
    found.or_else(second).map(|entry| Sought::Given(entry.gives)).or_else(schema).or_else(first)
}

/// Whether a bracket that is not closed within reach opens what holds the token: in prose the line just ends.
fn opens_entries(tokens: &[Token], open: usize, at: usize) -> bool {
    let line = tokens[open..at].iter().position(|token| token.kind == Kind::Line).map(|line| open + line);
    let ends_in_prose = |line: usize| !matches!(tokens[line - 1].kind, Kind::Open | Kind::Ends | Kind::Gives);
    closing(tokens, at) < tokens.len() || !line.is_some_and(ends_in_prose)
}

fn opens_object(text: &[u8], at: usize) -> bool {
    let rest = text[at..].trim_ascii_start();
    rest.starts_with(b"{") && !rest.starts_with(b"{{")
}

/// `{header: NAME, key: VALUE}`: a key is the value where the header has a word of its own.
pub(super) fn is_key_beside_header(text: &[u8], key: &Token, own: Option<&Token>) -> bool {
    let own = own.map(|own| normalized(&text[own.span.clone()]));
    normalized(&text[key.span.clone()]) == "key" && own.is_some_and(|own| own.starts_with("header") || own == "name")
}

fn is_literal(token: &Token) -> bool {
    token.kind == Kind::Literal
}

/// How far from the call that is given the name the one with the value may stand, in bytes.
const NEXT_CALL: usize = 160;

/// `header.setName(NAME); header.setValue(VALUE);`, `.name(NAME).value(VALUE)`
fn in_next_call(text: &[u8], name: &Name, callee: &str) -> Sought {
    let twins = twins(callee);
    let end = text.len().min(name.span.end + NEXT_CALL);
    let tokens = tokens::read(text, name.span.end + name.quote.map_or(0, <[u8]>::len)..end, None);
    let last = |word: &[u8]| normalized(word.rsplit(|byte| matches!(byte, b'.' | b'>')).next().unwrap_or_default());
    // The call that is given the name closes first; what closes one more ends the chain of calls.
    let mut depth = 1_i32;
    for pair in tokens.windows(2) {
        match pair[0].kind {
            Kind::Open => depth += 1,
            Kind::Close => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            break;
        }
        if pair[0].kind != Kind::Word || pair[1].kind != Kind::Open {
            continue;
        }
        let method = last(&text[pair[0].span.clone()]);
        if method == callee {
            break;
        }
        let is_value = is_naming(callee.as_bytes()) && is_valuing(method.as_bytes());
        if twins.contains(&method) || is_value {
            return Sought::Given(pair[1].span.end);
        }
    }
    Sought::Absent
}

/// `[{"key": "value", "value": VALUE}, {"key": "key", "value": NAME}]`: the name is an entry written as an object.
fn in_list_of_entries(text: &[u8], name: &Name) -> Sought {
    let (tokens, at) = around(text, name, REACH, None);
    let found = at.and_then(|at| {
        let open = enclosing(&tokens, at)?;
        let named = |inside: &[Token], wanted: fn(&[u8]) -> bool| {
            entries(text, inside).iter().any(|entry| {
                let key = entry.key.is_some_and(|key| is_naming(&text[key.span.clone()]));
                key && entry.value.is_some_and(|value| wanted(&text[value.span.clone()]))
            })
        };
        if !named(&tokens[open + 1..closing(&tokens, at)], is_naming) {
            return None;
        }
        let list = enclosing(&tokens, open)?;
        let end = closing(&tokens, open);
        let mut next = list + 1;
        while next < end {
            let close = if tokens[next].kind == Kind::Open { closing(&tokens, next + 1).min(end) } else { next };
            let inside = &tokens[(next + 1).min(close)..close];
            if named(inside, |value| normalized(value) == "value") {
                let entries = entries(text, inside);
                let value =
                    entries.iter().find(|entry| entry.key.is_some_and(|key| is_valuing(&text[key.span.clone()])));
                return value.map(|entry| entry.gives);
            }
            next = close + 1;
        }
        None
    });
    found.map_or(Sought::Absent, Sought::Given)
}

/// `header.name = NAME; header.value = VALUE`, `httpHeaderName1: NAME` and `httpHeaderValue1: VALUE`, `API_KEY_HEADER=NAME`
/// and `API_KEY=VALUE`: a key that differs in that word alone, on any line within reach.
fn twin(text: &[u8], name: &Name, key: &str) -> Vec<Value> {
    let mut twins = twins(key);
    // A word alone has its siblings in its object, not on any line.
    if twins.iter().any(|twin| twin == "value" || twin == "key") {
        twins.retain(|twin| twin == "headervalue" && key.starts_with("header"));
    }
    if twins.is_empty() {
        return Vec::new();
    }
    let (tokens, at) = around(text, name, REACH, None);
    let Some(at) = at else { return Vec::new() };
    let is_twin = |token: &&Token| {
        let before = text[..token.span.start].trim_ascii_end();
        let is_assigned = text[token.span.clone()] == *b"=";
        let before = if is_assigned { declared::without_type(before) } else { before };
        let before = &before[..before.len() - lex::quote_before(before, before.len()).map_or(0, <[u8]>::len)];
        twins.contains(&normalized(&before[before.len() - path(before)..]))
    };
    let gives = |token: &&Token| token.kind == Kind::Gives;
    let before = || tokens[..at].iter().rev().filter(gives).find(is_twin);
    let found = tokens[at..].iter().filter(gives).find(is_twin).or_else(before);
    found.map(|gives| given_at(text, gives.span.end, name)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
