//! Lists that are joined, calls that put their arguments together, and formats: the parts of a text in each of them.

use super::{
    super::{expression::is_joiner, list},
    expression, members,
    sum::{MAX_TERMS, Term, single},
};
use crate::detect::lex::Lexer;

/// What follows the first of the parts that a call or a list puts together, behind that: `paste0(head, tail)`.
pub(super) fn listed_rest(text: &[u8], start: usize, mut lexer: Lexer<'_>) -> Option<Vec<Term>> {
    let before = text[..start].trim_ascii_end();
    let callee = before.strip_suffix(b"(").map(|callee| {
        let belongs = |byte: &&u8| expression::is_word(**byte) || b".:!".contains(byte);
        &callee[callee.len() - callee.iter().rev().take(32).take_while(belongs).count()..]
    });
    let is_list = before.ends_with(b"[");
    if !is_list && !callee.is_some_and(is_joiner) || !lexer.eat(b",") {
        return None;
    }
    let mut terms = Vec::new();
    loop {
        lexer.skip_blank();
        terms.extend(single(&mut lexer)?);
        lexer.skip_blank();
        if terms.len() >= MAX_TERMS || !lexer.eat(b",") {
            break;
        }
    }
    let joins = |lexer: &mut Lexer<'_>| lexer.eat(b"].join(") && lexer.eat_empty();
    (if is_list { joins(&mut lexer) } else { lexer.eat(b")") }).then_some(terms)
}

/// `[a, b].join("")`, `"".join([a, b])`, `concat(a, b)`, `join("", [a, b])`
pub(super) fn listed(mut lexer: Lexer<'_>) -> Option<Vec<Term>> {
    if let Some(list) = members::joined_list(lexer) {
        return Some(Vec::from([Term::List(list)]));
    }
    if lexer.eat(b"join ") {
        // Perl's, without brackets.
        let separates = lexer.eat_empty() && lexer.eat(b",");
        lexer.skip_space();
        let words = if separates { list::words(&mut lexer) } else { return None };
        return words.map(|words| words.into_iter().map(Term::Text).collect()).or_else(|| arguments(&mut lexer));
    }
    if let Some(terms) = of_matlab(lexer) {
        return Some(terms);
    }
    if let Some(words) = list::words(&mut lexer) {
        let is_joined = lexer.eat(b".join") && !lexer.peek().is_some_and(expression::is_word);
        let joins = is_joined && (!lexer.eat(b"(") || lexer.eat(b")") || lexer.eat_empty());
        return joins.then(|| words.into_iter().map(Term::Text).collect());
    }
    if lexer.eat(b"[") {
        let terms = arguments(&mut lexer)?;
        lexer.skip_space();
        let joins =
            lexer.eat(b"]") && (lexer.eat(b".join(") && lexer.eat_empty() || lexer.rest().starts_with(b".join\n"));
        return joins.then_some(terms);
    }
    let mut joined = lexer;
    if joined.eat_empty() {
        let joins = joined.eat(b".join(") && (joined.eat(b"[") || joined.eat(b"("));
        return joins.then(|| arguments(&mut joined)).flatten();
    }
    let called = lexer.path();
    if !is_joiner(&lexer.text()[called]) || !lexer.eat(b"(") {
        return None;
    }
    let mut first = lexer;
    let separator = first.literal().map(|literal| literal.content).filter(|_| first.eat(b","));
    first.skip_space();
    let is_list = first.eat(b"[");
    match separator {
        Some(separator) if separator.is_empty() => return arguments(&mut first),
        Some(separator) if separator.len() == 1 && is_list => {
            let terms = arguments(&mut first)?;
            let parted = terms.into_iter().flat_map(|term| [Term::Text(separator.clone()), term]);
            return Some(parted.skip(1).collect());
        }
        _ => {}
    }
    arguments(&mut lexer)
}

/// `['…', ...` above `'…']`: literals of MATLAB, of which a line goes on.
fn of_matlab(mut lexer: Lexer<'_>) -> Option<Vec<Term>> {
    let mut terms = Vec::new();
    let mut is_continued = false;
    if !lexer.eat(b"[") {
        return None;
    }
    while terms.len() < MAX_TERMS {
        terms.push(Term::Text(lexer.literal()?.content));
        lexer.skip_space();
        if lexer.eat(b"]") {
            break;
        }
        lexer.eat(b",");
        lexer.skip_space();
        is_continued |= lexer.eat(b"...");
        lexer.skip_space();
    }
    is_continued.then_some(terms)
}

/// Parts between commas.
pub(super) fn arguments(lexer: &mut Lexer<'_>) -> Option<Vec<Term>> {
    let mut terms = Vec::new();
    while terms.len() < MAX_TERMS {
        lexer.skip_blank();
        // What ends the line is none of the value.
        let mut last = *lexer;
        if !terms.is_empty() && last.literal().is_some_and(|literal| lexer.text()[literal.content].starts_with(b"\\")) {
            break;
        }
        terms.extend(single(lexer)?);
        lexer.skip_blank();
        if !lexer.eat(b",") {
            break;
        }
    }
    (terms.len() > 1).then_some(terms)
}

/// `"%s%s" % (a, b)`, `"{}{}".format(a, b)`, `Sprintf("%s%s", a, b)`
pub(super) fn formatted(mut lexer: Lexer<'_>) -> Option<Vec<Term>> {
    // PowerShell's `('{0}{1}' -f $a, $b)`
    lexer.eat(b"(");
    let called = lexer.path();
    if !called.is_empty() && !lexer.eat(b"(") {
        return None;
    }
    let literal = lexer.literal()?;
    let count = specifiers(&lexer.text()[literal.content])?;
    lexer.skip_space();
    let gives =
        [b",".as_slice(), b"% (", b"%(", b".format(", b".formatted(", b"-f "].iter().any(|token| lexer.eat(token));
    lexer.skip_space();
    let terms = if gives { arguments(&mut lexer)? } else { return None };
    (terms.len() == count).then_some(terms)
}

/// How many specifiers a format is made of, if it has nothing else.
pub(in crate::detect) fn specifiers(format: &[u8]) -> Option<usize> {
    let mut rest = format;
    let mut count = 0;
    while !rest.is_empty() {
        rest = match rest {
            [b'%', b's' | b'v' | b'@', after @ ..]
            | [b'{', b'}', after @ ..]
            | [b'{', b'0'..=b'9', b'}', after @ ..] => after,
            _ => return None,
        };
        count += 1;
    }
    (count > 1).then_some(count)
}
