//! Text that is put together from several literals, some of them through identifiers: `a + b`, `f"{a}{b}"`, `$a$b`,
//! `[a, b].join("")`, `"%s%s" % (a, b)`.
//!
//! The literals are looked for in the neighbourhood only, so that no further pass has to wait for all of them.

use std::ops::Range;

use super::{
    super::{associate::Value, comparison, expression::is_joiner, name::Name, siblings, words::is_whole},
    definition::{self, Given},
    expression, interpolated, members,
    parts::{arguments, formatted, listed, specifiers},
    usage::SEPARATORS,
};
use crate::detect::{judge::reference::Quoting, lex::Lexer};

/// A part of such a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    Text(Range<usize>),
    Name(Vec<u8>),
    /// All of a list.
    List(Vec<u8>),
}

/// How many parts are read.
pub(super) const MAX_TERMS: usize = 8;

/// How many occurrences of a name are read for its literal.
pub(super) const MAX_OCCURRENCES: usize = 32;

/// How many of those that may give it something are read.
const MAX_DEFINITIONS: usize = 4;

/// How far a text with references in it is read, in bytes.
pub(super) const MAX_TEXT: usize = 256;

/// What concatenates, longest first; those that mean something else in some languages are told apart by what follows.
const OPERATORS: &[&[u8]] =
    &[b"++", b"<>", b"..", b".concat(", b".plus(", b".append(", b".Append(", b"+", b".", b"&", b"~", b"^"];

/// The value that a header's name is given as a sum.
pub(in super::super) fn of_header(text: &[u8], name: &Name) -> Option<Value> {
    let mut lexer = Lexer::new(text, name.span.end, false);
    if let Some(quote) = name.quote.filter(|_| name.is_whole_literal) {
        lexer.eat_closing(quote);
    }
    while lexer.eat(b"]") || lexer.eat(b"}") {}
    let breaks = lexer.skip_space();
    if !comparison::operator(&mut lexer) && !comparison::method(&mut lexer) {
        SEPARATORS.iter().find(|separator| lexer.eat(separator))?;
    }
    if breaks + lexer.skip_space() > 1 {
        return None;
    }
    let is_code = name.is_whole_literal || name.is_identifier && name.quote.is_none();
    // `"[concat('…', '…')]"` of Azure's templates
    let mut function = lexer;
    if name.is_whole_literal && (function.eat(b"\"[") || function.eat(b"'[")) {
        let terms = listed(function)?;
        return pieces(text, &terms, name.span.start).map(|pieces| Value::Sum { pieces });
    }
    if is_code && let Some(terms) = listed(lexer).or_else(|| formatted(lexer)) {
        return pieces(text, &terms, name.span.start).map(|pieces| Value::Sum { pieces });
    }
    if !is_code && is_argument_of_joiner(text, name) {
        let terms = after_text(lexer, name)?;
        return pieces(text, &terms, name.span.start).map(|pieces| Value::Sum { pieces });
    }
    let terms = if is_code { terms(lexer).or_else(|| references(text, lexer.at()))? } else { after_text(lexer, name)? };
    value(text, &terms, name.span.start)
}

/// The value that a sibling of a name is given as a sum: `{value: head + tail, name: "X-API-Key"}`.
pub(in super::super) fn of_sibling(text: &[u8], name: &Name) -> Option<Value> {
    let values = siblings::values_of(text, name);
    let [Value::Sibling { pieces, quoting: Quoting::Bare }] = &values[..] else { return None };
    value(text, &terms(Lexer::new(text, pieces.first()?.start, false))?, name.span.start)
}

/// What an identifier is assigned as a sum; `span` is where it stands.
pub(super) fn assigned(text: &[u8], span: &Range<usize>) -> Option<Value> {
    let mut lexer = Lexer::new(text, span.end, false);
    let is_typed = super::super::declared::declaration(&mut lexer);
    lexer.skip_space();
    let is_given = is_typed || [b":=".as_slice(), b"=>", b"=", b":", b"<-"].iter().any(|sign| lexer.eat(sign));
    if !is_given || lexer.skip_space() > 1 {
        return None;
    }
    if [b"%w".as_slice(), b"join ", b"['"].iter().any(|list| lexer.rest().starts_with(list)) || built(&mut { lexer }) {
        return pieces(text, &terms(lexer)?, span.start).map(|pieces| Value::Sum { pieces });
    }
    value(text, &terms(lexer)?, span.start)
}

/// A value, if all of its parts are known.
pub(super) fn value(text: &[u8], terms: &[Term], near: usize) -> Option<Value> {
    let is_through_name = terms.iter().any(|term| matches!(term, Term::Name(_)));
    let is_list = matches!(terms, [Term::List(_)]);
    (terms.len() > 1 && is_through_name || is_list)
        .then(|| pieces(text, terms, near))
        .flatten()
        .map(|pieces| Value::Sum { pieces })
}

pub(super) fn pieces(text: &[u8], terms: &[Term], near: usize) -> Option<Vec<Range<usize>>> {
    let mut pieces = Vec::new();
    for term in terms {
        match term {
            Term::Text(span) => pieces.push(span.clone()),
            Term::Name(name) => pieces.extend(literal_of(text, name, near)?),
            Term::List(name) => pieces.extend(members::joined(text, name, near)?),
        }
    }
    Some(pieces)
}

/// The literal that an identifier is given in the neighbourhood: before `near`, else after it.
pub(super) fn literal_of(text: &[u8], name: &[u8], near: usize) -> Option<Vec<Range<usize>>> {
    let is_defined = |start: &usize| is_whole(text, *start, start + name.len()) && may_be_given(text, *start, name);
    let read = |start: usize| match definition::read(text, start..start + name.len(), false)? {
        (_, Given::Literals(values)) => match &values[..] {
            [Value::Quoted { pieces, interpolates: false } | Value::Sibling { pieces, .. }] => Some(pieces.clone()),
            [Value::Bare { span }] => Some(Vec::from([span.clone()])),
            _ => None,
        },
        _ => word_of_shell(text, start, start + name.len()),
    };
    let before = memchr::memmem::rfind_iter(&text[..near], name).take(MAX_OCCURRENCES).filter(is_defined);
    before.take(MAX_DEFINITIONS).find_map(read).or_else(|| {
        let after = memchr::memmem::find_iter(&text[near..], name).take(MAX_OCCURRENCES).map(|at| near + at);
        after.filter(is_defined).take(MAX_DEFINITIONS).find_map(read)
    })
}

/// What a shell's variable is given without quotes: `rest=4c1d-9f`, at the beginning of a line.
fn word_of_shell(text: &[u8], start: usize, end: usize) -> Option<Vec<Range<usize>>> {
    let line = expression::line_start(text, start.saturating_sub(MAX_TEXT), start);
    let head = expression::unmarked(text[line..start].trim_ascii());
    let is_set = matches!(head, b"" | b"export" | b"local" | b"readonly");
    let mut lexer = Lexer::new(text, end, false);
    let piece = if is_set && lexer.eat(b"=") { lexer.bare() } else { return None };
    (!piece.is_empty() && text[piece.clone()].iter().all(|byte| is_plain(*byte))).then(|| Vec::from([piece]))
}

/// Whether an occurrence could give the identifier something, by what stands beside it: most are used where they stand, and
/// that is all they cost.
fn may_be_given(text: &[u8], start: usize, name: &[u8]) -> bool {
    let rest = text[start + name.len()..].trim_ascii_start();
    let is_argument = || text[..start].last().is_some_and(|byte| b"(\"'".contains(byte));
    match rest.first() {
        Some(b',') => is_argument(),
        Some(byte) => !b"+);}].&|*%".contains(byte),
        None => false,
    }
}

/// The parts of the expression at `lexer`, if it has several.
fn terms(mut lexer: Lexer<'_>) -> Option<Vec<Term>> {
    if let Some(terms) = listed(lexer).or_else(|| formatted(lexer)) {
        return Some(terms);
    }
    if built(&mut lexer) {
        return further(&mut lexer).filter(|terms| terms.len() > 1);
    }
    let mut terms = single(&mut lexer)?;
    if let Some(more) = further(&mut lexer) {
        terms.extend(more);
    }
    (terms.len() > 1).then_some(terms)
}

/// Steps over a builder that is empty: `new StringBuilder(64)`.
fn built(lexer: &mut Lexer<'_>) -> bool {
    let mut ahead = *lexer;
    let _new = ahead.eat(b"new ");
    let is_builder = ahead.eat(b"StringBuilder(") || ahead.eat(b"StringBuffer(") || ahead.eat(b"strings.Builder{");
    ahead.bare();
    let is_empty = is_builder && (ahead.eat(b")") || ahead.eat(b"}"));
    if is_empty {
        *lexer = ahead;
    }
    is_empty
}

/// What is added to what ends at `lexer`.
pub(super) fn further(lexer: &mut Lexer<'_>) -> Option<Vec<Term>> {
    let text = lexer.text();
    let mut terms = Vec::new();
    while terms.len() < MAX_TERMS {
        let mut ahead = *lexer;
        let breaks = ahead.skip_blank();
        // In a diff a plus sign in the first column says that the line is new.
        let is_column = ahead.follows(b"\n") || ahead.follows(b"\\n");
        if breaks > 1 || is_column || !operator(&mut ahead) {
            break;
        }
        let is_call = text[..ahead.at()].ends_with(b"(");
        let breaks = breaks + ahead.skip_blank();
        // What ends the line is none of the value.
        let mut last = ahead;
        let ends_line = last.literal().is_some_and(|literal| lexer.text()[literal.content].starts_with(b"\\"));
        if ends_line && !terms.is_empty() {
            break;
        }
        let more = single(&mut ahead).filter(|_| breaks <= 1)?;
        terms.extend(more);
        // `"a".concat("b", "c")`
        while is_call && terms.len() < MAX_TERMS && ahead.eat(b",") {
            ahead.skip_blank();
            terms.extend(single(&mut ahead)?);
        }
        let _closes = ahead.eat(b")");
        *lexer = ahead;
    }
    (!terms.is_empty()).then_some(terms)
}

fn operator(lexer: &mut Lexer<'_>) -> bool {
    let Some(operator) = OPERATORS.iter().copied().find(|operator| lexer.rest().starts_with(operator)) else {
        return false;
    };
    let after = lexer.rest().get(operator.len()).copied().unwrap_or_default();
    let joins = match operator {
        // The end of a sentence is none: a word on the next line begins something else.
        b"." => {
            let rest = &lexer.rest()[1..];
            let next = rest.trim_ascii_start();
            let breaks = rest[..rest.len() - next.len()].contains(&b'\n');
            let is_marked = next.first().is_some_and(|next| b"$\"'".contains(next));
            is_marked || after.is_ascii_whitespace() && !breaks
        }
        b"&" | b"+" => after != b'&' && after != b'=',
        _ => true,
    };
    joins && lexer.eat(operator)
}

/// One part: a literal, perhaps with references in it, or an identifier with its path.
pub(super) fn single(lexer: &mut Lexer<'_>) -> Option<Vec<Term>> {
    let text = lexer.text();
    if let Some(literal) = lexer.literal() {
        let content = literal.content;
        let terms = in_text(text, content.start, content.end)?;
        return Some(terms);
    }
    // `concat(variables('a'), parameters('b'))`
    if lexer.eat(b"variables(") || lexer.eat(b"parameters(") {
        let name = lexer.literal()?.content;
        return lexer.eat(b")").then(|| Vec::from([Term::Name(text[name].to_vec())]));
    }
    // `String(KEY_A) + KEY_B`
    let is_converted = [b"String(".as_slice(), b"std::string(", b"str("].iter().any(|call| lexer.eat(call));
    let name = identifier(lexer)?;
    (!is_converted || lexer.eat(b")")).then(|| Vec::from([Term::Name(name)]))
}

/// The last name of a path: `self.a`, `Config::A`, `$this->a`, `opts[:a]`, `cfg["a"]`.
fn identifier(lexer: &mut Lexer<'_>) -> Option<Vec<u8>> {
    let text = lexer.text();
    while matches!(lexer.peek(), Some(b'&' | b'*' | b'$' | b'@')) {
        *lexer = lexer.skipping(1);
    }
    let mut name = word(lexer)?;
    loop {
        let joint =
            [b"::".as_slice(), b"->", b"?.", b"!.", b"."].into_iter().find(|joint| lexer.rest().starts_with(joint));
        let Some(joint) = joint else { break };
        let mut ahead = lexer.skipping(joint.len());
        let Some(next) = word(&mut ahead) else { break };
        if ahead.peek() == Some(b'(') {
            break;
        }
        name = next;
        *lexer = ahead;
    }
    if lexer.eat(b"[") {
        let quoted = lexer.literal().map(|literal| text[literal.content].to_vec());
        let _symbol = lexer.eat(b":");
        name = quoted.or_else(|| word(lexer))?;
        if !lexer.eat(b"]") {
            return None;
        }
    }
    (lexer.peek() != Some(b'(')).then_some(name)
}

pub(super) fn word(lexer: &mut Lexer<'_>) -> Option<Vec<u8>> {
    let rest = lexer.rest();
    let length =
        rest.iter().take(expression::MAX_IDENTIFIER + 1).take_while(|byte| expression::is_word(**byte)).count();
    let is_name = (1..=expression::MAX_IDENTIFIER).contains(&length) && !rest[0].is_ascii_digit();
    let word = rest[..length].to_vec();
    *lexer = lexer.skipping(length);
    is_name.then_some(word)
}

/// Behind `"X-API-Key: `: text and references up to where the literal ends, else what is added to it.
fn after_text(mut lexer: Lexer<'_>, name: &Name) -> Option<Vec<Term>> {
    let text = lexer.text();
    let rest = &lexer.rest()[..lexer.rest().len().min(MAX_TEXT)];
    let quote = name.quote.and_then(|quote| quote.last().copied());
    let closes = |byte: u8| quote.map_or(b"\"'`".contains(&byte), |quote| quote == byte);
    let ends = |byte: &u8| closes(*byte) || byte.is_ascii_whitespace() || *byte == b'\\' && quote != Some(b'\\');
    let length = rest.iter().position(ends).unwrap_or(rest.len());
    if length == 0 {
        if !lexer.eat_quote() {
            return None;
        }
        if is_argument_of_joiner(text, name) && lexer.eat(b",") {
            return arguments(&mut lexer);
        }
        let found = further(&mut lexer).or_else(|| adjacent(lexer));
        return found.filter(|terms| terms.len() > 1);
    }
    let end = lexer.at() + length;
    if let Some(count) = specifiers(&rest[..length]) {
        lexer = lexer.skipping(length);
        let given = lexer.eat_quote() && {
            lexer.skip_space();
            [b",".as_slice(), b"% (", b"%(", b".format("].iter().any(|token| lexer.eat(token))
        };
        return arguments(&mut lexer).filter(|terms| given && terms.len() == count);
    }
    in_text(text, lexer.at(), end).filter(|terms| terms.len() > 1)
}

/// Whether the literal with the name is an argument of what concatenates these: `concat!("X-API-Key: ", …)`.
fn is_argument_of_joiner(text: &[u8], name: &Name) -> bool {
    let open = name.span.start - name.quote.map_or(0, <[u8]>::len);
    let Some(call) = text[..open].strip_suffix(b"(") else { return false };
    let belongs = |byte: &&u8| expression::is_word(**byte) || b".!:".contains(byte);
    is_joiner(&call[call.len() - call.iter().rev().take(32).take_while(belongs).count()..])
}

/// Macros of C side by side, and literals beside them: `"X-API-Key: " KEY_HEAD KEY_TAIL`, `KEY_HEAD "…"`.
pub(super) fn adjacent(mut lexer: Lexer<'_>) -> Option<Vec<Term>> {
    let mut terms = Vec::new();
    while terms.len() < MAX_TERMS {
        if lexer.skip_space() > 0 {
            break;
        }
        let literal = lexer.literal().map(|literal| literal.content);
        if let Some(content) =
            literal.filter(|content| lexer.text()[content.clone()].iter().all(|byte| is_plain(*byte)))
        {
            terms.push(Term::Text(content));
            continue;
        }
        let Some(name) = word(&mut lexer).filter(|name| !name.iter().any(u8::is_ascii_lowercase)) else { break };
        terms.push(Term::Name(name));
    }
    (!terms.is_empty()).then_some(terms)
}

/// Text with references, from `at` to `end`.
fn in_text(text: &[u8], mut at: usize, end: usize) -> Option<Vec<Term>> {
    let mut terms = Vec::new();
    while at < end && terms.len() < MAX_TERMS {
        let length = text[at..end].iter().take_while(|byte| is_plain(**byte)).count();
        if length > 0 {
            terms.push(Term::Text(at..at + length));
            at += length;
            continue;
        }
        let (name, closed) = reference(text, at, end)?;
        terms.push(Term::Name(name));
        at = closed;
    }
    (at == end).then_some(terms)
}

/// What keys are made of.
pub(super) fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// References that begin at `at`, with text between them.
pub(super) fn references(text: &[u8], at: usize) -> Option<Vec<Term>> {
    let high = text.len().min(at + MAX_TEXT);
    let mut terms = Vec::new();
    let mut end = at;
    while let Some((name, closed)) = reference(text, end, high) {
        terms.push(Term::Name(name));
        let length = text[closed..high].iter().take_while(|byte| is_plain(**byte)).count();
        if length > 0 {
            terms.push(Term::Text(closed..closed + length));
        }
        end = closed + length;
    }
    (!terms.is_empty()).then_some(terms)
}

/// The name in the reference at `at`, and where that ends.
fn reference(text: &[u8], at: usize, end: usize) -> Option<(Vec<u8>, usize)> {
    if !matches!(text.get(at), Some(b'$' | b'#' | b'{' | b'%' | b'\\' | b'@')) {
        return None;
    }
    let found = interpolated::at(&text[..end], at)?;
    let closed = closed(&text[..end], &text[at..found.span.start], found.span.end)?;
    Some((found.name, closed))
}

/// Where what `opening` opened is closed, if it is right behind `at`.
pub(super) fn closed(text: &[u8], opening: &[u8], at: usize) -> Option<usize> {
    let mut lexer = Lexer::new(text, at, false);
    for mark in opening.iter().rev() {
        let close: &[u8] = match mark {
            b'{' => b"}",
            b'(' => b")",
            b'%' => b"%",
            _ => continue,
        };
        lexer.skip_space();
        if !lexer.eat(close) {
            return None;
        }
    }
    Some(lexer.at())
}
