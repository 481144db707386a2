//! What an identifier that holds the header's value is compared with: `key != "VALUE"`, `"VALUE".equals(key)`,
//! `compare_digest(key, KEY)`.

use super::{
    super::{
        associate::{self, Value},
        expression as values,
    },
    definition::{Given, innermost},
    expression,
};
use crate::detect::lex::Lexer;

/// How far a comparison may reach, in bytes.
const MAX_TEST: usize = 256;

/// What compares, between two.
const OPERATORS: &[&[u8]] = &[
    b"===",
    b"!==",
    b"==",
    b"!=",
    b"=:=",
    b"=/=",
    b"~=",
    b"<>",
    b".equals(",
    b".Equals(",
    b".eql?(",
    b".eq(",
    b"-cne ",
    b"-ceq ",
    b"-ne ",
    b"-eq ",
];

/// Parts of the names of calls that compare two of their arguments.
const COMPARERS: &[&[u8]] = &[b"ompare", b"qual", b"assert", b"strcmp"];

/// What is put around a literal so that it can be compared.
const CONVERSIONS: &[&[u8]] = &[b"[]byte(", b"Buffer.from(", b"Some(", b"mg_str(", b"<<"];

/// What the identifier at `at` is compared with: `lexer` stands behind it, `head` is its line up to there.
pub(super) fn with(text: &[u8], mut lexer: Lexer<'_>, at: usize, head: &[u8]) -> Option<Given> {
    if let Some(value) = before_operator(at, head) {
        return Some(Given::Literals(vec![value]));
    }
    // The sigil of what is compared.
    let sigils = head.iter().rev().take_while(|byte| b"$@&*".contains(byte)).count();
    let head = &head[..head.len() - sigils];
    let at = at - sigils;
    let open = innermost(head).filter(|open| head[*open] == b'(');
    let before = open.map_or(&[][..], |open| &head[..open]);
    let length = before.iter().rev().take_while(|byte| expression::is_word(**byte) || b".:".contains(byte)).count();
    let callee = &before[before.len() - length..];
    if expression::changes(callee) && !is_comparer(callee) {
        return None;
    }
    if let Some(open) = open.filter(|_| is_comparer(callee) && head.trim_ascii_end().ends_with(b",")) {
        // `hash_equals(KEY, $sent)`
        return other(text, Lexer::new(&text[..at], at - head.len() + open + 1, false));
    }
    while lexer.eat(b")") || associate::converted(&mut lexer) {}
    lexer.skip_space();
    let is_compared = OPERATORS.iter().any(|operator| lexer.eat(operator)) || is_comparer(head) && lexer.eat(b",");
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
    expression::at(&text[..end], lexer.at(), false).map(Given::Alias)
}

fn is_comparer(callee: &[u8]) -> bool {
    COMPARERS.iter().any(|word| memchr::memmem::find(callee, word).is_some())
}

/// The literal that stands before what it is compared with, which ends a line's `head` in front of `at`: `"VALUE".equals(key)`,
/// `"VALUE" == key`.
fn before_operator(at: usize, head: &[u8]) -> Option<Value> {
    let before = head.trim_ascii_end();
    let before = OPERATORS.iter().find_map(|operator| before.strip_suffix(operator.trim_ascii_end()))?.trim_ascii_end();
    let quote = *before.last().filter(|byte| b"\"'`".contains(byte))?;
    let inside = &before[..before.len() - 1];
    let inside = inside.strip_suffix(b"\\").unwrap_or(inside);
    let open = memchr::memrchr(quote, inside)?;
    let line = at - head.len();
    let piece = line + open + 1..line + inside.len();
    Some(Value::Quoted { pieces: Vec::from([piece]), interpolates: false })
}
