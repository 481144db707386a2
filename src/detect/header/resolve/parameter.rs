//! What a function is called with: `def call(key)` and `call("VALUE")`, `class Client` with `__init__(self, key)` and
//! `Client("VALUE")`. Calls are looked for in the neighbourhood of the function's head only.

use std::ops::Range;

use super::{
    super::{associate::Value, words::is_whole},
    bound, constant,
    definition::{self, Given},
    expression::{self, Identifier},
    positional, rows,
};
use crate::detect::lex::Lexer;

/// How many occurrences of a function's name are read.
const MAX_CALLS: usize = 32;

/// How many arguments of a call are read.
const MAX_ARGUMENTS: usize = 8;

/// How long the arguments of a call may be, in bytes.
const MAX_CALL: usize = 512;

/// How far before its constructor a class may begin, in bytes.
const MAX_CLASS: usize = 2048;

/// Names of constructors, which are called by the name of their class.
const CONSTRUCTORS: &[&[u8]] = &[b"__init__", b"constructor", b"initialize", b"init", b"__construct", b"new"];

/// Parameters that no caller gives.
const RECEIVERS: &[&[u8]] = &[b"self", b"&self", b"&mut self", b"mut self", b"this", b"cls"];

/// What calls give an identifier: the parameter of a function, or what is assigned one.
pub(super) fn values_of(text: &[u8], span: &Range<usize>, given: &Given) -> Option<Vec<Value>> {
    let mut values = positional::assigned(text, span);
    if values.is_empty() && matches!(given, Given::Other) {
        values = arguments(text, span);
        if values.is_empty() {
            values = rows::values_of(text, span);
        }
        if values.is_empty() {
            values = rows::of_class(text, span);
        }
    }
    (!values.is_empty()).then_some(values)
}

/// The literals that the parameter at `span` is given by calls of its function.
fn arguments(text: &[u8], span: &Range<usize>) -> Vec<Value> {
    let from = span.start.saturating_sub(MAX_CALL);
    let mut low = expression::line_start(text, from, span.start);
    let bracket = |low: usize| definition::innermost(&text[low..span.start]).filter(|open| text[low + open] == b'(');
    if bracket(low).is_none()
        && let Some(open) = bracket(from)
    {
        // Parameters on lines of their own.
        low = expression::line_start(text, from, from + open);
    }
    let head = &text[low..span.start];
    let Some(open) = bracket(low) else { return Vec::new() };
    let Some(position) = position(&head[open + 1..]) else { return Vec::new() };
    let Some(name) = name(text, low, open) else { return Vec::new() };
    if let Some(constants) = constants(text, low, name) {
        return constants.filter_map(|end| argument(text, end, position, b"")).collect();
    }
    let occurrences = memchr::memmem::find_iter(text, name).take(MAX_CALLS);
    let own = low..span.end;
    let calls = occurrences.filter(|start| !own.contains(start) && is_whole(text, *start, start + name.len()));
    calls.filter_map(|start| argument(text, start + name.len(), position, &text[span.clone()])).collect()
}

/// Where the names of the constants of an enumeration end that call its constructor, which begins at `head`:
/// `enum Env { LIVE("VALUE"), …; Env(String key) {`.
fn constants<'t>(text: &'t [u8], head: usize, name: &[u8]) -> Option<impl Iterator<Item = usize> + use<'t>> {
    let line = &text[head..text.len().min(head + MAX_CALL)];
    if let Some(class) = memchr::memmem::find(line, &[b"enum class ", name].concat()) {
        // Kotlin's has its parameters behind its name.
        let body = head + class + memchr::memchr(b'{', &line[class..])?;
        let close = text[body..].iter().take(MAX_CLASS).position(|byte| matches!(byte, b';' | b'}'));
        let list = body..close.map_or(text.len(), |close| body + close);
        return Some(bracketed(text, list));
    }
    let low = head.saturating_sub(MAX_CLASS);
    let declared = [b"enum ", name].concat();
    let body = low + memchr::memmem::rfind(&text[low..head], &declared)? + declared.len();
    let list = body..body + memchr::memchr(b';', &text[body..head]).unwrap_or(head - body);
    Some(bracketed(text, list))
}

/// Where the names of constants end that are given something in brackets, in a list of them.
fn bracketed(text: &[u8], list: Range<usize>) -> impl Iterator<Item = usize> + use<'_> {
    let brackets = memchr::memchr_iter(b'(', &text[list.clone()]).map(move |bracket| list.start + bracket);
    let is_constant = |bracket: &usize| expression::is_word(text[bracket - 1]);
    brackets.filter(is_constant).take(MAX_CALLS)
}

/// How many arguments stand before the last parameter of `parameters`.
fn position(parameters: &[u8]) -> Option<usize> {
    let mut depth = 0_u32;
    let mut position = 0;
    let mut first = true;
    for parameter in parameters.split_inclusive(|byte| {
        match byte {
            b'(' | b'[' | b'<' | b'{' => depth += 1,
            b')' | b']' | b'>' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        *byte == b',' && depth == 0
    }) {
        let Some(parameter) = parameter.strip_suffix(b",") else { break };
        let is_receiver = first && RECEIVERS.contains(&parameter.trim_ascii());
        position += usize::from(!is_receiver);
        first = false;
    }
    (position < MAX_ARGUMENTS).then_some(position)
}

/// The name by which the function whose parameters begin at `open`, of the line at `low`, is called.
fn name(text: &[u8], low: usize, open: usize) -> Option<&[u8]> {
    let word = |text: &'_ [u8]| text.iter().rev().take_while(|byte| expression::is_word(**byte)).count();
    let head = text[low..low + open].trim_ascii_end();
    let mut name = &head[head.len() - word(head)..];
    if CONSTRUCTORS.contains(&name) {
        let before = &text[low.saturating_sub(MAX_CLASS)..low + head.len()];
        let class = memchr::memmem::rfind(before, b"class ").map(|at| at + b"class ".len());
        let implemented = memchr::memmem::rfind(before, b"impl ").map(|at| at + b"impl ".len());
        let structure = memchr::memmem::rfind(before, b"struct ").map(|at| at + b"struct ".len());
        let start = class.max(implemented).max(structure)?;
        let length = before[start..].iter().take_while(|byte| expression::is_word(**byte)).count();
        name = &before[start..start + length];
    } else if name.is_empty() || name == b"function" {
        // `const call = (key) =>`, `call: function (key)`
        let left = head.strip_suffix(b"function").unwrap_or(head).trim_ascii_end();
        let left = left.strip_suffix(b"async").unwrap_or(left).trim_ascii_end();
        let left = left.strip_suffix(b"=").or_else(|| left.strip_suffix(b":"))?.trim_ascii_end();
        name = &left[left.len() - word(left)..];
    }
    (name.len() > 2).then_some(name)
}

/// The literal that is the argument of this label, or else at a position, of the call whose name ends at `at`; or the one that
/// stands alone.
pub(super) fn argument(text: &[u8], at: usize, position: usize, label: &[u8]) -> Option<Value> {
    let text = &text[..text.len().min(at + MAX_CALL)];
    let mut lexer = Lexer::new(text, at, false);
    // `Client::new("VALUE")`, `Client.new("VALUE")`
    let _constructs = lexer.eat(b"::new") || lexer.eat(b".new");
    if !lexer.eat(b"(") {
        return None;
    }
    let mut found = None;
    for number in 0..MAX_ARGUMENTS {
        lexer.skip_blank();
        let own = expression::word(text, lexer.at());
        let mut labelled = lexer.skipping(own.len());
        let is_labelled = !own.is_empty() && (labelled.eat(b":") || labelled.eat(b" =") || labelled.eat(b"="));
        labelled.skip_space();
        if is_labelled && !label.is_empty() && text[own] == *label {
            found = Some(labelled);
            break;
        }
        if number == position {
            found = Some(if is_labelled { labelled } else { lexer });
        }
        if skip_argument(&mut lexer).is_none() {
            break;
        }
    }
    whole(found?)
}

/// Which of the elements behind a bracket that ends at `start` begins at `at`, counted from 0.
pub(super) fn place(text: &[u8], start: usize, at: usize) -> Option<usize> {
    let mut lexer = Lexer::new(&text[..at], start, false);
    for place in 0..MAX_ARGUMENTS {
        let mut own = lexer;
        own.skip_blank();
        if own.at() == at {
            return Some(place);
        }
        skip_argument(&mut lexer)?;
    }
    None
}

/// The literal that is the element at a place behind a bracket that ends at `start`.
pub(super) fn element(text: &[u8], start: usize, place: usize) -> Option<Value> {
    let mut lexer = Lexer::new(&text[..text.len().min(start + MAX_CALL)], start, false);
    for _ in 0..place {
        skip_argument(&mut lexer)?;
    }
    lexer.skip_blank();
    whole(lexer)
}

/// Where the bracket closes that ends at `start`, or what was read of it ends.
pub(super) fn end(text: &[u8], start: usize) -> usize {
    let mut lexer = Lexer::new(&text[..text.len().min(start + MAX_CALL)], start, false);
    while skip_argument(&mut lexer).is_some() {}
    lexer.at()
}

/// The literal that is a whole argument or element.
fn whole(mut lexer: Lexer<'_>) -> Option<Value> {
    let literal = lexer.literal()?;
    lexer.skip_blank();
    let is_whole = matches!(lexer.peek(), Some(b',' | b')' | b']')) && !literal.interpolates;
    is_whole.then(|| Value::literal(literal.content))
}

/// Steps over an argument and the comma behind it.
fn skip_argument(lexer: &mut Lexer<'_>) -> Option<()> {
    let mut depth = 0_u32;
    loop {
        if lexer.literal().is_some() {
            continue;
        }
        match lexer.peek()? {
            b',' if depth == 0 => break,
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        *lexer = lexer.skipping(1);
    }
    lexer.eat(b",").then_some(())
}

/// The parameter that has what a dependency gives: `key: str = Security(header)`.
pub(super) fn handed_on(text: &[u8], at: usize, head: &[u8]) -> Option<Identifier> {
    let call = [b"Security(".as_slice(), b"Depends("].iter().find_map(|call| head.strip_suffix(*call))?;
    let line = at - head.len();
    if let Some(annotated) = memchr::memmem::rfind(call, b": Annotated[") {
        // `key: Annotated[str, Security(scheme)]`
        let length = call[..annotated].iter().rev().take_while(|byte| expression::is_word(**byte)).count();
        return bound::identifier(text, line + annotated - length, length);
    }
    let left = call.trim_ascii_end().strip_suffix(b"=")?.trim_ascii_end();
    let name = constant::assigned_name(left)?;
    bound::identifier(text, line + name.start, name.len())
}

/// Whether something stands in the head of a function of Python that is decorated: options may be given to it.
pub(super) fn is_decorated(text: &[u8], at: usize) -> bool {
    let line = expression::line_start(text, at.saturating_sub(MAX_CALL), at);
    let head = text[line..at].trim_ascii_start();
    if !head.starts_with(b"def ") && !head.starts_with(b"async def ") {
        return false;
    }
    let low = line.saturating_sub(MAX_CALL);
    let lines = text[low..line].rsplit(|byte| *byte == b'\n');
    let comments =
        lines.map(|line| (line, line.trim_ascii())).take_while(|(_, line)| line.is_empty() || line.starts_with(b"#"));
    let comments: usize = comments.map(|(line, _)| line.len() + 1).sum();
    let mut above = text[low..line.saturating_sub(comments).max(low)].trim_ascii_end();
    if let Some(call) = above.strip_suffix(b")")
        && let Some(open) = definition::innermost(call)
    {
        above = &call[..open];
    }
    let start = memchr::memrchr(b'\n', above).map_or(0, |newline| newline + 1);
    above[start..].trim_ascii_start().starts_with(b"@")
}

/// Whether what stands between `head` and `rest` of its line is a parameter of a function, so that it is whatever the caller
/// says.
pub(super) fn is_declared(head: &[u8], rest: &[u8]) -> bool {
    is_parameter(head) || is_of_arrow(head, rest) || is_of_method(head, rest)
}

/// Words that begin the head of a function.
const FUNCTIONS: &[&[u8]] = &[
    b"constructor",
    b"def ",
    b"init",
    b"fn ",
    b"fun ",
    b"func ",
    b"function",
    b"private ",
    b"proc ",
    b"protected ",
    b"public ",
    b"sub ",
];

/// Whether what follows is a parameter of a function: whatever the caller says.
fn is_parameter(head: &[u8]) -> bool {
    let open = definition::innermost(head).filter(|open| head[*open] == b'(');
    // What stands in the body of a function is none of its parameters.
    open.is_some_and(|open| {
        let own = memchr::memrchr2(b'{', b';', &head[..open]).map_or(0, |body| body + 1);
        FUNCTIONS.iter().any(|word| memchr::memmem::find(&head[own..open], word).is_some())
    })
}

/// Whether what follows is a parameter of a function without a name: `(path, key) =>`.
fn is_of_arrow(head: &[u8], rest: &[u8]) -> bool {
    let rest = &rest[..rest.len().min(MAX_CALL)];
    let close = rest.iter().position(|byte| matches!(byte, b')' | b'(' | b'\n' | b';' | b'{'));
    let Some(close) = close.filter(|close| rest[*close] == b')') else { return false };
    definition::innermost(head).is_some_and(|open| head[open] == b'(')
        && rest[close + 1..].trim_ascii_start().starts_with(b"=>")
}

/// Words before a parenthesis that make no function of what stands before its block.
const STATEMENTS: &[&[u8]] =
    &[b"catch", b"for", b"foreach", b"if", b"switch", b"until", b"using", b"when", b"while", b"with"];

/// Whether what follows is a parameter of a method or constructor, which some languages have no word for:
/// `Client(String key) {`, `Client(this.key);`
fn is_of_method(head: &[u8], rest: &[u8]) -> bool {
    let Some(open) = definition::innermost(head).filter(|open| head[*open] == b'(') else { return false };
    let callee = head[..open].trim_ascii_end();
    let length = callee.iter().rev().take_while(|byte| expression::is_word(**byte)).count();
    let name = &callee[callee.len() - length..];
    if name.is_empty() || STATEMENTS.contains(&name) {
        return false;
    }
    if head.ends_with(b"this.") {
        return name[0].is_ascii_uppercase();
    }
    let rest = &rest[..rest.len().min(MAX_CALL)];
    let close = rest.iter().position(|byte| matches!(byte, b')' | b'(' | b';' | b'{'));
    let after = close.filter(|close| rest[*close] == b')').map(|close| rest[close + 1..].trim_ascii_start());
    // What stands before the parameter is its type, or another one.
    let is_declared = !head[open + 1..].trim_ascii().is_empty() || name[0].is_ascii_uppercase();
    after.is_some_and(|after| {
        is_declared && [b"{".as_slice(), b": ", b"throws "].iter().any(|body| after.starts_with(body))
    })
}

/// The type of a parameter that has one of its constants as default: `tier: Tier = Tier.FREE`.
pub(super) fn declared_type(text: &[u8], span: &Range<usize>) -> Option<Identifier> {
    let start = span.end + text[span.end..].strip_prefix(b": ").map(|_| 2)?;
    let kind = expression::word(text, start);
    let name = &text[kind.clone()];
    let default = text[kind.end..].strip_prefix(b" = ").and_then(|default| default.strip_prefix(name))?;
    (name.first()?.is_ascii_uppercase() && default.starts_with(b"."))
        .then(|| bound::identifier(text, start, name.len()))?
}
