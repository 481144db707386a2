//! What a test is run with: the parameter of a test function, in each of its cases; the field of a table's row.

use std::ops::Range;

use super::{
    super::{
        associate::Value,
        columns, declared,
        name::Name,
        words::{is_naming, is_whole, normalized},
    },
    expression, parameter,
};
use crate::detect::lex::Lexer;

/// How far before a function its cases may begin, and how far behind its type a table may go on, in bytes.
const REACH: usize = 1536;

/// How far before one of its fields the type of a table may begin, in bytes.
const MAX_TYPE: usize = 256;

/// How many cases are read; the first ones.
const MAX_ROWS: usize = 32;

/// What a test framework of C# puts before each case of a function.
const ATTRIBUTES: &[&[u8]] = &[b"[InlineData(", b"[TestCase(", b"[DataRow(", b"[Arguments("];

/// The literals that cases give the identifier at `span`, where it is a parameter or a field.
pub(super) fn values_of(text: &[u8], span: &Range<usize>) -> Vec<Value> {
    let low = span.start.saturating_sub(REACH);
    let line = expression::line_start(text, low, span.start);
    let head = &text[line..span.start];
    let name = &text[span.clone()];
    if memchr::memmem::find(head, b"def ").is_some() {
        return parametrized(text, low..line, name);
    }
    if let Some(position) = position(head) {
        let found = attributes(text, low..line, position);
        if !found.is_empty() {
            return found;
        }
        let mut found = sources(text, low..line);
        if found.is_empty() {
            found = methods(text, low..line, position);
        }
        return if found.is_empty() { tables(text, low..span.start, position) } else { found };
    }
    Vec::new()
}

/// The number of a parameter, by what stands before it on the line of its function.
fn position(head: &[u8]) -> Option<usize> {
    let open = memchr::memrchr(b'(', head)?;
    let is_parameter =
        head[open + 1..].iter().all(|byte| byte.is_ascii_alphanumeric() || b" _,<>?[].:@".contains(byte));
    is_parameter.then(|| memchr::memchr_iter(b',', &head[open + 1..]).count())
}

/// `@pytest.mark.parametrize("key, status", [("VALUE", 200), …])`
fn parametrized(text: &[u8], before: Range<usize>, name: &[u8]) -> Vec<Value> {
    let call = b"parametrize(";
    let Some(at) = memchr::memmem::rfind(&text[before.clone()], call) else { return Vec::new() };
    let mut lexer = Lexer::new(&text[..before.end], before.start + at + call.len(), false);
    lexer.skip_blank();
    let list = [b"(".as_slice(), b"["].iter().any(|open| lexer.eat(open));
    let mut names: Vec<Vec<u8>> = Vec::new();
    loop {
        lexer.skip_blank();
        let Some(literal) = lexer.literal() else { break };
        let content = &lexer.text()[literal.content];
        names.extend(content.split(|byte| *byte == b',').map(|name| name.trim_ascii().to_vec()));
        if !list || !lexer.eat(b",") {
            break;
        }
    }
    let Some(position) = names.iter().position(|known| known == name) else { return Vec::new() };
    lexer.skip_blank();
    let _closes = lexer.eat(b")") || lexer.eat(b"]");
    lexer.eat(b",");
    lexer.skip_blank();
    if !lexer.eat(b"[") {
        return Vec::new();
    }
    rows(lexer, if names.len() > 1 { Some(position) } else { None })
}

/// The literals of the rows of a list: of each the one at a position, or all.
fn rows(mut lexer: Lexer<'_>, position: Option<usize>) -> Vec<Value> {
    let mut found = Vec::new();
    let (mut depth, mut column) = (0_u32, 0);
    while found.len() < MAX_ROWS {
        if let Some(literal) = lexer.literal() {
            let is_wanted = match position {
                Some(position) => depth == 1 && column == position,
                None => depth <= 1,
            };
            if is_wanted && !literal.interpolates {
                found.push(Value::literal(literal.content));
            }
            continue;
        }
        match lexer.peek() {
            Some(b'(' | b'[' | b'{') => {
                depth += 1;
                column = if depth == 1 { 0 } else { column };
            }
            Some(b')' | b']' | b'}') if depth == 0 => break,
            Some(b')' | b']' | b'}') => depth -= 1,
            Some(b',') if depth == 1 => column += 1,
            Some(_) => {}
            None => break,
        }
        lexer = lexer.skipping(1);
    }
    found
}

/// `[InlineData("/orders", "VALUE")]` above a function.
fn attributes(text: &[u8], before: Range<usize>, position: usize) -> Vec<Value> {
    let near = &text[before.clone()];
    // Those of the function before belong to that one.
    let own = memchr::memrchr(b'}', near).map_or(0, |end| end + 1);
    let mut found = Vec::new();
    for attribute in ATTRIBUTES {
        for at in memchr::memmem::find_iter(&near[own..], attribute).take(MAX_ROWS) {
            let start = before.start + own + at + attribute.len() - 1;
            found.extend(rows(Lexer::new(&text[..before.end], start, false), Some(position)).into_iter().take(1));
        }
    }
    found
}

/// `@ValueSource(strings = {"VALUE"})` above a function of `JUnit`.
fn sources(text: &[u8], before: Range<usize>) -> Vec<Value> {
    let near = &text[before.clone()];
    let own = memchr::memrchr(b';', near).map_or(0, |end| end + 1);
    let Some(at) = memchr::memmem::rfind(&near[own..], b"@ValueSource(").map(|at| before.start + own + at) else {
        return Vec::new();
    };
    let Some(open) = memchr::memchr(b'{', &text[at..before.end]) else { return Vec::new() };
    rows(Lexer::new(&text[..before.end], at + open + 1, false), None)
}

/// `Arguments.of("VALUE", 200)` in the method that `@MethodSource("keys")` names.
fn methods(text: &[u8], before: Range<usize>, position: usize) -> Vec<Value> {
    let near = &text[before.clone()];
    let own = memchr::memrchr(b'}', near).map_or(0, |end| end + 1);
    let call = b"@MethodSource(\"";
    let Some(at) = memchr::memmem::rfind(&near[own..], call).map(|at| own + at + call.len()) else { return Vec::new() };
    let name = [&near[at..at + word(&near[at..])], b"()"].concat();
    let Some(start) = memchr::memmem::find(text, &name).filter(|_| name.len() > 2) else { return Vec::new() };
    let end = text.len().min(start + REACH);
    let body = memchr::memchr(b'}', &text[start..end]).map_or(end, |close| start + close);
    let cases = [b"Arguments.of(".as_slice(), b" arguments("];
    let calls = cases
        .iter()
        .flat_map(|case| memchr::memmem::find_iter(&text[start..body], *case).map(|at| at + case.len() - 1));
    let calls = calls.take(MAX_ROWS).filter_map(|at| parameter::argument(&text[..body], start + at, position, b""));
    calls.collect()
}

/// `test.each([["reader", "VALUE"]])("%s", (role, key) => …` of Jest
fn tables(text: &[u8], before: Range<usize>, position: usize) -> Vec<Value> {
    let call = b".each([";
    let Some(at) = memchr::memmem::rfind(&text[before.clone()], call) else { return Vec::new() };
    rows(Lexer::new(&text[..before.end], before.start + at + call.len(), false), Some(position))
}

/// `[]struct{ name, key string }{ {"right", "VALUE"} }` of Go: the column of a field; and of a type with a name the field of
/// each of its values: `transport{"VALUE", next}`.
pub(super) fn fields(text: &[u8], span: &Range<usize>) -> Vec<Value> {
    let near = span.start.saturating_sub(MAX_TYPE)..span.start;
    let Some(kind) = columns::row_type(text, near) else { return Vec::new() };
    let composed = composed(text, span, &kind);
    if !composed.is_empty() {
        return composed;
    }
    if kind.end < span.end || !text[kind.end + 1..].starts_with(b"{") || text[kind.start..span.start].contains(&b'"') {
        return Vec::new();
    }
    let Some(position) = place(text, span, &kind) else { return Vec::new() };
    let end = text.len().min(kind.end + REACH);
    let lexer = Lexer::new(&text[..end], kind.end + 2, false);
    let values = rows(lexer, Some(position));
    // A row that has another header's name holds that one's value.
    let naming = columns::fields(&text[kind]).position(|field| is_naming(&field[..word(field)]));
    match naming.map(|naming| rows(lexer, Some(naming))) {
        Some(names) if names.len() == values.len() && names.iter().any(|name| is_header(text, name)) => {
            let own = values.into_iter().zip(names).filter(|(_, name)| is_header(text, name));
            own.map(|(value, _)| value).collect()
        }
        _ => values,
    }
}

/// Whether a literal is the header's name.
fn is_header(text: &[u8], literal: &Value) -> bool {
    let Value::Quoted { pieces, .. } = literal else { return false };
    pieces.first().is_some_and(|piece| normalized(&text[piece.clone()]) == "xapikey")
}

/// How long the name is that a field begins with.
fn word(field: &[u8]) -> usize {
    field.iter().take_while(|byte| expression::is_word(**byte)).count()
}

/// The literal at a place in each entry of a list, where the identifier at `span` goes through all of them beside others:
/// `for plan, key in ACCOUNTS`, `for (const [plan, key] of ACCOUNTS)`.
pub(super) fn of_loop(text: &[u8], span: &Range<usize>, head: &[u8]) -> Vec<Value> {
    let Some(start) = memchr::memmem::rfind(head, b"for ") else { return Vec::new() };
    let before = &head[start..];
    let place = memchr::memchr_iter(b',', before).count();
    let mut lexer = Lexer::new(text, span.end, false);
    let mut others = 0;
    while lexer.eat(b", ") {
        lexer = lexer.skipping(expression::word(text, lexer.at()).len());
        others += 1;
    }
    lexer.eat(b"]");
    let goes = [b" in ".as_slice(), b" of "].iter().any(|word| lexer.eat(word));
    let list = expression::word(text, lexer.at());
    if !goes || place + others == 0 || before.len() > MAX_LOOP || list.is_empty() {
        return Vec::new();
    }
    let name = &text[list.clone()];
    let given = |at: usize| {
        let end = text.len().min(at + REACH);
        let mut lexer = Lexer::new(&text[..end], at + name.len(), false);
        if !is_whole(text, at, at + name.len()) {
            return None;
        }
        let is_typed = declared::declaration(&mut lexer);
        lexer.skip_space();
        let is_given = is_typed || lexer.eat(b"=") && !lexer.rest().starts_with(b"=");
        lexer.skip_space();
        // The first list that it is given is the one.
        (is_given && (lexer.eat(b"[") || lexer.eat(b"("))).then(|| rows(lexer, Some(place)))
    };
    memchr::memmem::find_iter(text, name).take(MAX_ROWS).find_map(given).unwrap_or_default()
}

/// What stands at the place of the name in the other of two lists that are put together: `dict(zip(NAMES, VALUES))` below
/// `NAMES = ("Accept", "X-API-Key")` and `VALUES = ("…", "VALUE")`, or `zip(["X-API-Key"], ["VALUE"])`.
pub(in crate::detect::header) fn zipped(text: &[u8], name: &Name) -> Vec<Value> {
    let Some(quote) = name.quote.filter(|_| name.is_whole_literal) else { return Vec::new() };
    let open = name.span.start - quote.len();
    let line = expression::line_start(text, open.saturating_sub(MAX_TYPE), open);
    let head = &text[line..open];
    if let Some(start) =
        memchr::memmem::rfind(head, b"zip(").map(|at| line + at + b"zip([".len()).filter(|start| *start <= open)
    {
        let place = parameter::place(text, start, open);
        let mut lexer = Lexer::new(text, parameter::end(text, start), false);
        let goes_on = (lexer.eat(b"]") || lexer.eat(b")")) && lexer.eat(b",");
        lexer.skip_blank();
        let is_given = goes_on && (lexer.eat(b"[") || lexer.eat(b"("));
        let given = place.filter(|_| is_given).and_then(|place| parameter::element(text, lexer.at(), place));
        return given.into_iter().collect();
    }
    let Some(sign) = memchr::memmem::find(head, b" = ") else { return Vec::new() };
    let list = expression::unmarked(head[..sign].trim_ascii()).trim_ascii_start();
    let start = line + sign + 3;
    if list.is_empty() || !list.iter().all(|byte| expression::is_word(*byte)) || !matches!(text[start], b'(' | b'[') {
        return Vec::new();
    }
    let put = [b"zip(", list, b", "].concat();
    let other = memchr::memmem::find(text, &put).map(|at| &text[expression::word(text, at + put.len())]);
    let Some(other) = other.filter(|other| !other.is_empty()) else { return Vec::new() };
    let Some(place) = parameter::place(text, start + 1, open) else { return Vec::new() };
    let given = |at: usize| {
        let mut lexer = Lexer::new(text, at + other.len(), false);
        let is_given = is_whole(text, at, lexer.at()) && lexer.eat(b" = ") && matches!(lexer.peek(), Some(b'(' | b'['));
        if is_given { parameter::element(text, lexer.at() + 1, place) } else { None }
    };
    memchr::memmem::find_iter(text, other).take(MAX_ROWS).find_map(given).into_iter().collect()
}

/// How long the head of a loop may be up to a variable, in bytes.
const MAX_LOOP: usize = 48;

/// What the values of a class of Python are given at the place of a field, which a line of its own declares:
/// `class Account(NamedTuple):` above `secret: str`.
pub(super) fn of_class(text: &[u8], span: &Range<usize>) -> Vec<Value> {
    let from = span.start.saturating_sub(REACH);
    let line = expression::line_start(text, from, span.start);
    let indent = &text[line..span.start];
    let is_field = |line: &[u8]| {
        let field = line.strip_prefix(indent).filter(|field| !field.starts_with(b" "));
        field.is_some_and(is_field_of_class)
    };
    let end = span.end + memchr::memchr(b'\n', &text[span.end..]).unwrap_or(text.len() - span.end);
    if indent.is_empty() || !indent.iter().all(u8::is_ascii_whitespace) || !is_field(&text[line..end]) {
        return Vec::new();
    }
    let mut place = 0;
    let mut above = text[from..line].trim_ascii_end();
    let class = loop {
        let start = memchr::memrchr(b'\n', above).map_or(0, |newline| newline + 1);
        let own = &above[start..];
        if let Some(class) = own.trim_ascii_start().strip_prefix(b"class ") {
            break class;
        }
        let is_nothing = own.trim_ascii().is_empty() || own.trim_ascii_start().starts_with(b"#");
        if start == 0 || !is_nothing && !is_field(own) {
            return Vec::new();
        }
        place += usize::from(!is_nothing);
        above = &above[..start - 1];
    };
    let name = &class[..word(class)];
    let called = [name, b"("].concat();
    let calls = memchr::memmem::find_iter(text, &called).take(MAX_VALUES).map(|at| at + name.len());
    let given = calls.filter_map(|end| parameter::argument(text, end, place, &text[span.clone()]));
    if name.len() > 2 { given.collect() } else { Vec::new() }
}

/// `secret: str`, perhaps with a default.
fn is_field_of_class(field: &[u8]) -> bool {
    let name = word(field);
    name > 0 && field[name..].starts_with(b": ")
}

/// The place of a field among those of its type.
fn place(text: &[u8], span: &Range<usize>, kind: &Range<usize>) -> Option<usize> {
    columns::fields(&text[kind.clone()]).position(|field| field[..word(field)] == text[span.clone()])
}

/// How many values of a type are read.
const MAX_VALUES: usize = 8;

/// What the values of the type with a name have at the place of a field, where they are written in order.
fn composed(text: &[u8], span: &Range<usize>, kind: &Range<usize>) -> Vec<Value> {
    let Some(head) = text[..kind.start - 1].trim_ascii_end().strip_suffix(b"struct") else { return Vec::new() };
    let head = head.trim_ascii_end();
    let length = head.iter().rev().take_while(|byte| expression::is_word(**byte)).count();
    let name = &head[head.len() - length..];
    let is_named = length > 2 && head[..head.len() - length].trim_ascii_end().ends_with(b"type");
    let Some(place) = place(text, span, kind).filter(|_| is_named && kind.contains(&span.start)) else {
        return Vec::new();
    };
    let opened = [name, b"{"].concat();
    let values = memchr::memmem::find_iter(text, &opened).take(MAX_VALUES).map(|at| {
        let open = at + name.len();
        let near = &text[open..text.len().min(open + MAX_TYPE)];
        let end = open + memchr::memchr(b'\n', near).unwrap_or(near.len());
        rows(Lexer::new(&text[..end], open, false), Some(place)).into_iter().take(1)
    });
    values.flatten().collect()
}
