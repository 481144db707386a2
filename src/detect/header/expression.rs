//! What stands where a value is expected: a literal, perhaps inside calls and conversions; text without quotes; or code
//! with literals that it falls back to (`os.getenv("K", "VALUE")`, `key || "VALUE"`, `test ? key : "VALUE"`).

use std::ops::Range;

use super::{
    adjacent::{adjacent, on_lines, wrapped},
    associate::Value,
    beside, branches, decoding, format,
    name::Name,
    template,
};
use crate::detect::{
    judge::placeholder,
    lex::{self, Joint, Lexer, Literal},
};

/// What may stand where a value is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Literal,
    /// A value without quotes too.
    Any,
}

/// Words in the name of what looks a value up instead of holding it.
pub(super) const LOOKUPS: &[&str] = &[
    "env",
    "environ",
    "getenv",
    "environment",
    "get",
    "read",
    "load",
    "lookup",
    "fetch",
    "config",
    "conf",
    "param",
    "params",
    "parameter",
    "property",
    "properties",
    "settings",
    "input",
    "ref",
    "require",
    "prompt",
    "var",
    "variable",
    "variables",
    "decrypt",
    "resolve",
    "import",
    "coalesce",
    "nvl",
    "ifnull",
    "isnull",
];

/// Those whose second argument is no value to fall back to, but a version or a field.
pub(super) const STORES: &[&str] =
    &["secrets", "vault", "ssm", "keyring", "kms", "keychain", "decrypt", "secretsmanager", "akv", "kv"];

/// Calls that make something else of a literal than a value to send: a symbol, a token of dependency injection, a prompt.
const MAKERS: &[&str] = &["getpass", "injectiontoken", "symbol", "useid"];

/// Parts of the names of calls that make a digest.
const DIGESTS: &[&str] =
    &["checksum", "digest", "fingerprint", "hmac", "md5", "sha1", "sha2", "sha3", "sha5", "sum256"];

/// What may stand before `[` around the values of a list; anything else there is asked for the literal.
const LISTS: &[&str] = &["array", "list", "listof", "seq", "set", "tuple", "vec!", "vector"];

/// Calls that concatenate their arguments.
const JOINERS: &[&str] =
    &["concat!", "concat", "paste", "paste0", "strcat", "string.concat", "join", "str", "concatenate"];

/// Calls and conversions that may stand between a separator and the literal.
const MAX_WRAPPERS: usize = 4;

/// How much of an expression is read, in bytes.
pub(super) const MAX_EXPRESSION: usize = 384;

/// Reads the expression at `lexer` for the values that it has, one for each branch.
pub(super) fn values(lexer: Lexer<'_>, name: &Name, expected: Expected) -> Vec<Value> {
    if let Some(joined) = template::joined(lexer) {
        return vec![joined];
    }
    let fallbacks = template::fallbacks(lexer);
    if !fallbacks.is_empty() {
        return fallbacks;
    }
    let mut after = lexer;
    let first = primary(&mut after, name, expected);
    let is_template = [b"{{".as_slice(), b"${{", b"<%="].iter().any(|open| lexer.rest().starts_with(open));
    if name.quote.is_some() && !name.is_whole_literal || is_template {
        // What follows is text up to the closing quote; and what follows a template is no part of it.
        return first.into_iter().collect();
    }
    // After a literal its expression may go on with another branch; else the literals stand in what was not understood.
    let is_literal = match &first {
        Some(Value::Quoted { pieces, .. }) => {
            pieces.first().is_some_and(|piece| lex::quote_before(lexer.text(), piece.start).is_some())
        }
        Some(Value::Encoded { .. }) => return first.into_iter().collect(),
        _ => false,
    };
    if let Some(Value::Quoted { pieces, .. }) = &first
        && let [_, .., last] = &pieces[..]
        && last.end > after.at()
    {
        // What is added to it is none of its alternatives.
        after = after.skipping(last.end - after.at());
        after.eat_quote();
    }
    // `defined('KEY') ? KEY : 'VALUE'`
    let mut closed = after;
    closed.skip_space();
    while is_literal && closed.eat(b")") {
        closed.skip_space();
        if closed.rest().starts_with(b"? ") {
            after = closed;
        }
    }
    let mut values: Vec<Value> = first.iter().filter(|_| is_literal).cloned().collect();
    values.extend(branches::of(if is_literal { after } else { lexer }));
    if values.is_empty() { first.into_iter().collect() } else { values }
}

/// The literal here, with what is concatenated to it.
pub(super) fn literal(lexer: &mut Lexer<'_>) -> Option<Value> {
    lexer.literal().and_then(|literal| not_a_key(lexer, &literal))
}

/// The values of an entry: in most languages a literal on the line after its own goes on with it.
pub(super) fn entry(lexer: Lexer<'_>, name: &Name) -> Vec<Value> {
    let mut values = values(lexer, name, Expected::Any);
    let mut first = lexer;
    let literal = first.literal();
    if let ([Value::Quoted { pieces, .. }], Some(literal)) = (&mut values[..], literal)
        && *pieces == [literal.content]
    {
        let mut next = first;
        let breaks = next.skip_blank();
        let more = next.literal().filter(|_| breaks == 1 && !names_next_entry(next));
        pieces.extend(more.map(|literal| literal.content));
    }
    values
}

/// The literal, call or bare text at `lexer`.
fn primary(lexer: &mut Lexer<'_>, name: &Name, expected: Expected) -> Option<Value> {
    cast(lexer);
    if lexer.eat(b"!!str ") || lexer.eat(b"!str ") || lexer.eat(b"!!binary ") {
        lexer.skip_space();
    }
    // Of Haskell.
    lexer.eat(b"Just ");
    let start = *lexer;
    if name.quote.filter(|_| !name.is_whole_literal).is_some_and(|quote| lexer.eat_closing(quote)) {
        // The literal ends behind the separator: this quote opens none.
        *lexer = start;
        return bare(lexer, name);
    }
    let is_closure = closure(lexer);
    if let Some(value) = decoding::value(*lexer).filter(|_| !is_closure) {
        return Some(value);
    }
    let mut is_lookup = false;
    let mut joint = Joint::Operator;
    for _ in 0..=MAX_WRAPPERS {
        let mut ahead = *lexer;
        if let Some(literal) = ahead.literal() {
            if name.quote.is_none() && is_operator(&lexer.text()[literal.content.clone()]) {
                // `"?x-api-key=" + "VALUE"`: this quote closes the literal that the name ends.
                let mut next = lexer.skipping(1);
                let joined = next.joined(Joint::Operator);
                next.eat_quote();
                let pieces: Vec<_> = joined.into_iter().map(|literal| literal.content).collect();
                return (!pieces.is_empty()).then_some(Value::Quoted { pieces, interpolates: false });
            }
            *lexer = ahead;
            if is_lookup || lexer.rest().starts_with(b".length") {
                return Some(Value::Lookup { span: literal.content });
            }
            if joint == Joint::Operator && is_joined_list(*lexer) {
                joint = Joint::Comma;
            }
            if format::is_format(&lexer.text()[literal.content.clone()])
                && let Some(argument) = format::literal(*lexer)
            {
                return Some(argument);
            }
            if joint == Joint::Operator
                && let Some(adjacent) = adjacent(*lexer, &literal, 0).or_else(|| on_lines(*lexer, &literal))
            {
                return Some(adjacent);
            }
            return (!names_next_entry(*lexer)).then(|| joined(lexer, &literal, joint));
        }
        // What a function calls is not the value that it returns.
        if is_closure {
            break;
        }
        // A path and an opening bracket: a call, a conversion, a list with the value as its first element.
        let path = ahead.path();
        let mut called = path.clone();
        if &ahead.text()[path.clone()] == b"new" && ahead.eat(b" ") {
            called = ahead.path();
        }
        let mut method = ahead;
        if method.eat(b"().") {
            // `new TextEncoder().encode("VALUE")`
            called = method.path();
            ahead = method;
        }
        let called = &ahead.text()[called];
        let array = ahead.eat(b"[]");
        if array || called.ends_with(b"[]") {
            ahead.skip_space();
        }
        let opens = ahead.eat(b"(") || ahead.eat(b"[") || ahead.eat(b"{") || (path.is_empty() && ahead.eat(b"<"));
        if !opens || (called.starts_with(b"$") && !array) {
            break;
        }
        if called.starts_with(b"not") {
            // `notMatching("VALUE")` is any other value.
            break;
        }
        is_lookup |= is_lookup_of(called, LOOKUPS) && !is_bytes(called) && !is_held(called)
            || is_lookup_of(called, STORES)
            || makes_another(called)
            // Jenkins keeps what this names.
            || called == b"credentials";
        is_lookup |= ahead.follows(b"[") && !array && is_subscripted(called);
        if is_joiner(called) {
            joint = Joint::Comma;
        } else if path.is_empty() && lexer.peek() == Some(b'(') {
            joint = Joint::Any;
        }
        ahead.skip_blank();
        closure(&mut ahead);
        if path.is_empty() {
            // `(str, "VALUE")`: a type and its default.
            let mut typed = ahead;
            let kind = typed.path();
            if !kind.is_empty() && typed.eat(b",") {
                typed.skip_space();
                ahead = typed;
            }
        }
        for keyword in [b"default=".as_slice(), b"value=", b"default:", b"value:", b"values:", b"default_value="] {
            if ahead.eat(keyword) {
                ahead.skip_space();
            }
        }
        *lexer = ahead;
    }
    *lexer = start;
    if expected == Expected::Any { bare(lexer, name) } else { None }
}

/// Whether a call of this name holds its argument, as Vue's does; the `Ref` of `CloudFormation` begins with a capital.
fn is_held(called: &[u8]) -> bool {
    called == b"ref" || called.starts_with(b"ref<")
}

/// Whether a call of this name gives the bytes of its argument: `Encoding.UTF8.GetBytes(`.
fn is_bytes(called: &[u8]) -> bool {
    called.len() > 8 && called[called.len() - 8..].eq_ignore_ascii_case(b"getbytes")
}

pub(super) fn is_lookup_of(called: &[u8], words: &[&str]) -> bool {
    placeholder::parts(called).any(|part| words.iter().any(|word| part.eq_ignore_ascii_case(word.as_bytes())))
}

/// Whether a call of this name makes something else of its argument, or finds something by it: `sha256(`, `keyFor(`.
pub(super) fn makes_another(called: &[u8]) -> bool {
    let lower = called.to_ascii_lowercase();
    let last = lower.rsplit(|byte| matches!(byte, b'.' | b':')).next().unwrap_or_default();
    MAKERS.iter().any(|maker| maker.as_bytes() == last)
        || DIGESTS.iter().any(|digest| memchr::memmem::find(&lower, digest.as_bytes()).is_some())
        || last.ends_with(b"keyof")
        || is_lookup_of(called, &["hash", "for"])
}

/// Whether `[` behind this name asks it for an entry, as in `keys["…"]`; types and lists hold what stands there.
fn is_subscripted(called: &[u8]) -> bool {
    let lower = called.to_ascii_lowercase();
    let last = lower.rsplit(|byte| matches!(byte, b'.' | b':')).next().unwrap_or_default();
    last.last().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        && !LISTS.iter().any(|list| list.as_bytes() == last)
}

/// Whether a call of this name concatenates its arguments.
pub(in crate::detect) fn is_joiner(called: &[u8]) -> bool {
    let lower = called.to_ascii_lowercase();
    let last = lower.rsplit(|byte| matches!(byte, b'.' | b':')).next().unwrap_or_default();
    // Julia's; elsewhere `String` takes an encoding, too.
    called == b"string" || JOINERS.iter().any(|joiner| joiner.as_bytes() == last || joiner.as_bytes() == lower)
}

/// Whether the list that goes on here is joined as a whole: `"a", "b"].join("")`.
pub(in crate::detect) fn is_joined_list(mut lexer: Lexer<'_>) -> bool {
    let last = lexer.joined(Joint::Comma).last().map(|literal| literal.end);
    let Some(end) = last else { return false };
    lexer = lexer.skipping(end - lexer.at());
    lexer.skip_space();
    let _trailing = lexer.eat(b",");
    lexer.skip_space();
    lexer.rest().starts_with(b"-join ''")
        || lexer.rest().starts_with(b"-join \"\"")
        || (lexer.eat(b"]") || lexer.eat(b")")) && lexer.rest().starts_with(b".join")
}

/// A literal of an operator alone is none: it is what stands between two.
fn is_operator(content: &[u8]) -> bool {
    matches!(content.trim_ascii(), b"+" | b"." | b"&" | b".." | b"++" | b"~" | b"||")
}

/// Steps over the head of a function without arguments, of which the value is what it returns: `() -> "VALUE"`.
fn closure(lexer: &mut Lexer<'_>) -> bool {
    const HEADS: &[&[u8]] =
        &[b"()->", b"() ->", b"()=>", b"() =>", b"_ ->", b"_ =>", b"lambda:", b"|_|", b"||", b"func() string { return"];
    let is_closure = HEADS.iter().any(|head| lexer.eat(head));
    lexer.skip_space();
    is_closure
}

/// Steps over `(string)` before a value without quotes.
fn cast(lexer: &mut Lexer<'_>) {
    if lexer.rest().starts_with(b"<string>'") || lexer.rest().starts_with(b"<string>\"") {
        *lexer = lexer.skipping(8);
    }
    let Some(inside) = lexer.rest().strip_prefix(b"(") else { return };
    let word = inside.iter().take(16).take_while(|byte| byte.is_ascii_alphabetic()).count();
    if word > 2 && inside.get(word) == Some(&b')') && inside.get(word + 1).is_some_and(u8::is_ascii_alphanumeric) {
        *lexer = lexer.skipping(word + 2);
    }
}

/// A literal that is followed by `:` or `=` is the name of the next entry, not this one's value.
fn not_a_key(lexer: &mut Lexer<'_>, literal: &Literal) -> Option<Value> {
    (!names_next_entry(*lexer)).then(|| quoted(lexer, literal))
}

pub(super) fn names_next_entry(mut lexer: Lexer<'_>) -> bool {
    let on_this_line = lexer.skip_space() == 0;
    let names = [b":".as_slice(), b"=>", b"="].iter().any(|token| lexer.eat(token));
    on_this_line && names && !lexer.rest().starts_with(b"=")
}

/// A literal and what is concatenated to it.
pub(super) fn quoted(lexer: &Lexer<'_>, literal: &Literal) -> Value {
    joined(lexer, literal, Joint::Operator)
}

fn joined(lexer: &Lexer<'_>, literal: &Literal, joint: Joint) -> Value {
    let joined = lexer.joined(joint);
    // A literal of TOML begins behind the end of a line that is continued.
    let content = &lexer.text()[literal.content.clone()];
    let continued = lex::continues_line(content)
        .map_or(0, |length| length + content[length..].iter().take_while(|byte| byte.is_ascii_whitespace()).count());
    let content = literal.content.start + continued..literal.content.end;
    let interpolates = literal.interpolates || joined.iter().any(|literal| literal.interpolates);
    let rest = joined.into_iter().map(|literal| literal.content);
    Value::Quoted { pieces: std::iter::once(content).chain(rest).collect(), interpolates }
}

/// Text without quotes.
pub(super) fn bare(lexer: &mut Lexer<'_>, name: &Name) -> Option<Value> {
    if !name.is_whole_literal && format::is_format(lexer.rest()) {
        // `"X-API-Key: %s\r\n"`: the literal goes on a little.
        if let Some(mut argument) = format::argument(*lexer, lexer.at()) {
            return argument.literal().map(|literal| quoted(&argument, &literal));
        }
        let rest = lexer.rest();
        let end = rest.iter().take(64).position(|byte| matches!(byte, b'"' | b'\''));
        let argument = end.and_then(|end| format::literal(lexer.skipping(end + 1)));
        if argument.is_some() {
            return argument;
        }
    }
    let is_bracketed = lexer.eat(b"[");
    let span = delimited(lexer, name);
    let next = lexer.peek();
    // `[d52a4199](https://…)` is a link.
    if is_bracketed && (next != Some(b']') || lexer.rest().starts_with(b"](")) {
        return None;
    }
    // `"X-API-Key: value"`: the quote that closes the name's literal ends the value too, and what is concatenated to the
    // literal goes on with it; side by side in a shell.
    if let Some(quote) = name.quote.filter(|_| !name.is_whole_literal)
        && lexer.eat_closing(quote)
    {
        let mut next = *lexer;
        next.skip_blank();
        if span.is_empty()
            && let Some(value) = decoding::joined(next)
        {
            return Some(value);
        }
        if span.is_empty()
            && let Some(value) = beside::next_write(*lexer, name)
        {
            return Some(value);
        }
        if span.is_empty() && (next.eat(b",") || next.eat(b"DELIMITED BY SIZE") || next.eat(b"DELIMITED SIZE")) {
            // `print("X-API-Key:", "VALUE")`, COBOL's `STRING`
            next.skip_blank();
        }
        // `-H "X-API-Key: "VALUE`: a shell takes what touches as one word.
        if span.is_empty() && lexer.peek().is_some_and(|byte| byte.is_ascii_alphanumeric()) {
            return Some(Value::Loose { span: lexer.bare() });
        }
        let adjacent_literal = if span.is_empty() { next.literal() } else { None };
        if let Some(literal) = &adjacent_literal
            && let Some(halves) = adjacent(next, literal, 2)
        {
            return Some(halves);
        }
        let pieces: Vec<_> = if let Some(literal) = adjacent_literal {
            let joined = next.joined(Joint::Operator).into_iter().map(|literal| literal.content);
            std::iter::once(literal.content).chain(joined).collect()
        } else {
            let joined = lexer.joined(Joint::Operator);
            let first = (!span.is_empty()).then_some(span);
            first.into_iter().chain(joined.into_iter().map(|literal| literal.content)).collect()
        };
        return (!pieces.is_empty()).then_some(Value::Quoted { pieces, interpolates: false });
    }
    if span.is_empty() {
        return None;
    }
    if let Some(rest) = wrapped(*lexer, name, &span) {
        return Some(Value::Quoted { pieces: vec![span, rest], interpolates: false });
    }
    if !name.is_whole_literal && !name.is_identifier {
        return Some(Value::literal(span));
    }
    // `name(…`, `name[…`: code that makes the value.
    let is_code =
        matches!(next, Some(b'(' | b'[')) || memchr::memchr2(b'(', b'[', &lexer.text()[span.clone()]).is_some();
    if is_code { Some(Value::Lookup { span }) } else { Some(Value::Bare { span }) }
}

/// The text without quotes here. What stands between a pair of delimiters with its name ends at the second one:
/// `s/…/X_API_KEY=VALUE/`.
fn delimited(lexer: &mut Lexer<'_>, name: &Name) -> Range<usize> {
    let text = lexer.text();
    let before = text[..name.span.start].last().copied().filter(|byte| matches!(byte, b'/' | b'#' | b'~' | b'@'));
    let span = lexer.bare();
    // `"X-API-Key: VALUE[\r][\n]"`, as the log of a client has line ends.
    let near = &text[span.start..text.len().min(span.end + 3)];
    let line_ends: [&[u8]; 4] = [b"[\\r]", b"[\\n]", b"[\r]", b"[\n]"];
    let line_end = line_ends.iter().find_map(|end| memchr::memmem::find(near, end));
    let span = span.start..line_end.map_or(span.end, |end| span.start + end);
    match before.and_then(|mark| memchr::memchr(mark, &text[span.clone()])) {
        Some(length) if length + 1 == span.len() || !name.span.is_empty() && text[name.span.end] == b'=' => {
            span.start..span.start + length
        }
        _ => span,
    }
}

#[cfg(test)]
mod tests;
