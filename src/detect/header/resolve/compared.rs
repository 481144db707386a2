//! What an identifier that holds the header's value is compared with: `key != "VALUE"`, `"VALUE".equals(key)`,
//! `compare_digest(key, KEY)`.

use super::{
    super::{associate::Value, brackets, comparison, expression as values, name::Name},
    called,
    definition::{Given, innermost},
    expression::{self, Identifier},
};
use crate::detect::lex::Lexer;

/// How far a comparison may reach, in bytes.
const MAX_TEST: usize = 256;

/// Methods by which what was looked up by the header's name is given its value.
const SETTERS: &[&[u8]] = &[b".setApiKey("];

/// Parts of the names of calls that compare two of their arguments.
const COMPARERS: &[&[u8]] = &[b"ompare", b"qual", b"assert", b"strcmp"];

/// What a header's value is taken from: the first of several, what is there.
const ACCESSES: &[&[u8]] = &[
    b"[0]",
    b"->value()",
    b".value()",
    b"->second",
    b".Value",
    b".get()",
    b".unwrap()",
    b".First()",
    b".FirstOrDefault()",
    b"!!",
    b"!",
    b"?",
];

/// What is put around a literal so that it can be compared.
const CONVERSIONS: &[&[u8]] = &[b"[]byte(", b"Buffer.from(", b"Some(", b"mg_str(", b"<<"];

/// What the identifier at `at` is compared with: `lexer` stands behind it, `head` is its line up to there.
pub(super) fn with(text: &[u8], mut lexer: Lexer<'_>, at: usize, head: &[u8]) -> Option<Given> {
    if let Some(value) = before_operator(at, head) {
        return Some(Given::Literals(vec![value]));
    }
    if let Some(found) = identifier_before(text, at, head) {
        return Some(given(found));
    }
    // The sigil of what is compared.
    let sigils = head.iter().rev().take_while(|byte| b"$@&*".contains(byte)).count();
    let head = &head[..head.len() - sigils];
    let at = at - sigils;
    let open = innermost(head).filter(|open| head[*open] == b'(');
    let before = open.map_or(&[][..], |open| &head[..open]);
    let length = before.iter().rev().take_while(|byte| expression::is_word(**byte) || b".:".contains(byte)).count();
    let callee = &before[before.len() - length..];
    if called::changes(callee) && !is_comparer(callee) {
        return None;
    }
    if let Some(open) = open.filter(|_| is_comparer(callee) && head.trim_ascii_end().ends_with(b",")) {
        // `hash_equals(KEY, $sent)`
        return other(text, Lexer::new(&text[..at], at - head.len() + open + 1, false));
    }
    while lexer.eat(b")") || brackets::converted(&mut lexer) || ACCESSES.iter().any(|access| lexer.eat(access)) {}
    // `ApiKeyAuth(key, { it == "VALUE" })`
    lexer.eat(b", { it");
    lexer.skip_space();
    // `key or "", "VALUE"`
    for empty in [b"or ".as_slice(), b"?? ", b"|| "] {
        let mut fallback = lexer;
        if fallback.eat(empty) && fallback.literal().is_some_and(|literal| literal.content.is_empty()) {
            lexer = fallback;
        }
    }
    let is_compared = comparison::operator(&mut lexer)
        || comparison::method(&mut lexer)
        || SETTERS.iter().any(|setter| lexer.eat(setter))
        || is_comparer(head) && lexer.eat(b",");
    is_compared.then(|| other(text, lexer)).flatten()
}

/// What stands on the other side of a comparison.
fn other(text: &[u8], mut lexer: Lexer<'_>) -> Option<Given> {
    lexer.skip_space();
    let _converted = CONVERSIONS.iter().any(|call| lexer.eat(call));
    if let Some(literal) = lexer.literal() {
        return Some(Given::Literals(vec![values::quoted(&lexer, &literal)]));
    }
    // What follows a colon is the body of the condition, but for one of two that join a path.
    let rest = &lexer.rest()[..lexer.rest().len().min(MAX_TEST)];
    let is_end = |at: &usize| match rest[*at] {
        b':' => rest.get(at + 1) != Some(&b':') && !rest[..*at].ends_with(b":"),
        byte => byte == b'\n',
    };
    let end = lexer.at() + (0..rest.len()).find(is_end).unwrap_or(rest.len());
    expression::at(&text[..end], lexer.at(), false).map(given)
}

/// The same whoever's member it is: `c` of `KEYS.find(c => c.key === key)` is any of these.
fn given(found: Identifier) -> Given {
    let is_one_of_many = found.is_member && found.owners.iter().all(|owner| owner.len() <= 2);
    if is_one_of_many { Given::AnyOf(Identifier { owners: Vec::new(), ..found }) } else { Given::Alias(found) }
}

fn is_comparer(callee: &[u8]) -> bool {
    COMPARERS.iter().any(|word| memchr::memmem::find(callee, word).is_some())
}

/// The identifier that the header is compared with where it is read, before that: `KEY.equals(request.getHeader("X-API-Key"))`,
/// `KEY == headers["X-API-Key"]`, `(= key (get-in request [:headers "x-api-key"]))`.
pub(super) fn before(text: &[u8], name: &Name) -> Option<Identifier> {
    let open = name.span.start - name.quote.filter(|_| name.is_whole_literal).map_or(0, <[u8]>::len);
    let line = expression::line_start(text, open.saturating_sub(MAX_TEST), open);
    let head = &text[line..open];
    for call in [b"(= ".as_slice(), b"(not= ", b"(equal? ", b"(equal ", b"(string=? ", b"(string= "] {
        if let Some(at) = memchr::memmem::rfind(head, call) {
            return expression::at(text, line + at + call.len(), false);
        }
    }
    let access = head.strip_suffix(b"(").or_else(|| head.strip_suffix(b"["))?;
    let access = access.strip_suffix(b"name: ").unwrap_or(access);
    let belongs = |byte: &&u8| expression::is_word(**byte) || b".$->:()@".contains(byte);
    let path = access.len() - access.iter().rev().take_while(belongs).count();
    if let Some(at) = comparison::called_in(&access[path..]) {
        let end = line + path + at;
        return expression::at(&text[..end], line + path + opening(&access[path..path + at]), false);
    }
    // A conversion of PHP.
    let before = access[..path].trim_ascii_end();
    let before = before.strip_suffix(b"(string)").unwrap_or(&access[..path]);
    identifier_before(text, line + before.len(), before)
}

/// Where the expression begins that ends a path: behind the bracket that is open.
fn opening(path: &[u8]) -> usize {
    memchr::memrchr(b'(', path).map_or(0, |open| open + 1)
}

/// The identifier that ends a line's `head` in front of `at`, before what compares it, or as the first of two that a call
/// compares: `KEY.equals(key)`, `KEY == key`, `compare_digest(KEY, key)`.
fn identifier_before(text: &[u8], at: usize, head: &[u8]) -> Option<Identifier> {
    let trimmed = head.trim_ascii_end();
    let line = at - head.len();
    if let Some(list) = trimmed.strip_suffix(b",") {
        let open = innermost(list).filter(|open| list[*open] == b'(' && is_comparer(&list[..*open]))?;
        return expression::at(&text[..line + list.len()], line + open + 1, false);
    }
    let before = comparison::compared(trimmed)?;
    let belongs = |byte: &&u8| expression::is_word(**byte) || b".$->:@".contains(byte);
    let length = before.iter().rev().take_while(belongs).count();
    if length == 0 {
        return None;
    }
    let found = expression::at(&text[..line + before.len()], line + before.len() - length, false)?;
    // What a request has is none of these.
    (!is_request(&before[before.len() - length..])).then_some(found)
}

/// Whether a path reads a request: both sides of such a comparison may.
fn is_request(path: &[u8]) -> bool {
    [b"headers".as_slice(), b"request", b"req."].iter().any(|word| memchr::memmem::find(path, word).is_some())
}

/// The literal that stands before what it is compared with, which ends a line's `head` in front of `at`: `"VALUE".equals(key)`,
/// `"VALUE" == key`.
fn before_operator(at: usize, head: &[u8]) -> Option<Value> {
    let before = comparison::compared(head)?;
    let quote = *before.last().filter(|byte| b"\"'`".contains(byte))?;
    let inside = &before[..before.len() - 1];
    let inside = inside.strip_suffix(b"\\").unwrap_or(inside);
    let open = memchr::memrchr(quote, inside)?;
    let line = at - head.len();
    let piece = line + open + 1..line + inside.len();
    Some(Value::literal(piece))
}
