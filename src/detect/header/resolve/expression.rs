//! Which identifier an expression comes down to: `self.api_key`, `Config::KEY.as_str()`, `String.valueOf(key)`, `"${KEY}"`,
//! `opts[:key]`. Calls that make a value are none.

use std::ops::Range;

pub(super) use super::super::words::is_word;
use super::{
    super::decoding::{self, Coding},
    called, interpolated, owner,
};
use crate::detect::lex::Lexer;

/// An identifier and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identifier {
    pub(super) name: Vec<u8>,
    /// The same thing under another name: the field of a getter, the option behind a parsed argument.
    pub(super) other_name: Option<Vec<u8>>,
    /// What is used where it has nothing: another thing.
    pub(super) spare: Option<Vec<u8>>,
    pub(super) span: Range<usize>,
    /// It is a part of something: `config.key`, `opts[:key]`.
    pub(super) is_member: bool,
    /// What it is a member of, where that tells it from others of its name.
    pub(super) owners: Vec<String>,
    /// How what it holds is decoded where it is used.
    pub(super) coding: Option<Coding>,
}

/// Wrappers around an identifier that are read through.
const MAX_WRAPPERS: usize = 4;

/// How long an identifier is at least and at most, in bytes.
const LENGTH: std::ops::RangeInclusive<usize> = 1..=MAX_IDENTIFIER;

/// How long an identifier may be, in bytes.
pub(super) const MAX_IDENTIFIER: usize = 64;

/// Words that are no identifiers where a value is expected.
const KEYWORDS: &[&str] = &[
    "any",
    "async",
    "await",
    "bool",
    "boolean",
    "bytes",
    "char",
    "const",
    "default",
    "else",
    "end",
    "env",
    "false",
    "final",
    "fn",
    "func",
    "function",
    "if",
    "in",
    "int",
    "lambda",
    "let",
    "new",
    "nil",
    "none",
    "null",
    "nullptr",
    "object",
    "or",
    "os",
    "process",
    "required",
    "return",
    "self",
    "static",
    "str",
    "string",
    "text",
    "this",
    "true",
    "type",
    "undefined",
    "unknown",
    "var",
    "void",
];

/// What may stand before an identifier without changing which one it is.
const MARKS: &[&[u8]] = &[
    b"&mut ",
    b"await ",
    b"new ",
    b"!Ref ",
    b"!Sub ",
    b"&",
    b"*",
    b"!",
    b"?",
    b",",
    // Conversions of Haskell, which need no brackets.
    b"BS.pack ",
    b"B.pack ",
    b"B8.pack ",
    b"BC.pack ",
    b"T.pack ",
    b"pack ",
    b"encodeUtf8 ",
    b"fromString ",
    // Scopes of Vim's script.
    b"g:",
    b"l:",
    b"s:",
];

/// The identifier that the expression at `at` comes down to.
pub(super) fn at(text: &[u8], at: usize, escaped: bool) -> Option<Identifier> {
    let mut lexer = Lexer::new(text, at, escaped);
    if let Some((argument, coding)) = decoding::argument_of_command(lexer) {
        let mut argument = argument;
        argument.eat_quote();
        return interpolated::at(text, argument.at()).map(|found| Identifier { coding: Some(coding), ..found });
    }
    let mut called = None;
    let mut coding = None;
    let mut wrapper: &[u8] = b"";
    for _ in 0..=MAX_WRAPPERS {
        while MARKS.iter().any(|mark| lexer.eat(mark)) {}
        if let Some(length) = called::type_of_powershell(lexer.rest()) {
            lexer = lexer.skipping(length);
        }
        // R's names of what is not listed.
        if matches!(lexer.rest(), [b'.', next, ..] if next.is_ascii_alphabetic()) {
            lexer = lexer.skipping(1);
        }
        if let Some(found) = interpolated::at(text, lexer.at()) {
            return Some(found);
        }
        if let Some(literal) = lexer.literal() {
            // All of the literal is one reference: `"${KEY}"`.
            return interpolated::at(text, literal.content.start);
        }
        match path(text, lexer.at(), escaped) {
            Path::Identifier(found) => {
                // `keyOf(env)`: what is wanted may be what the function returns.
                let coding = coding.or_else(|| decoding::behind(lexer.skipping(found.span.end - lexer.at()), wrapper));
                return Some(Identifier { other_name: found.other_name.or(called), coding, ..found });
            }
            Path::Wrapper(inside) => {
                wrapper = text[lexer.at()..inside].strip_suffix(b"(").unwrap_or_default();
                coding = coding.or_else(|| decoding::decoded_by(wrapper));
                called = called.or_else(|| called::function(text, lexer.at()));
                lexer = Lexer::new(text, inside, escaped);
            }
            Path::Other => {
                let own = || called::function(text, lexer.at()).or_else(|| called::applied(text, lexer.at()));
                let name = called.or_else(|| own().filter(|name| !called::changes(name)))?;
                return Some(Identifier {
                    name,
                    other_name: None,
                    spare: None,
                    span: at..lexer.at(),
                    is_member: false,
                    owners: Vec::new(),
                    coding: None,
                });
            }
        }
        lexer.skip_space();
    }
    None
}

/// How many names a path may have.
const MAX_PATH: usize = 16;

/// What a path of names comes to.
#[derive(Debug)]
pub(super) enum Path {
    Identifier(Identifier),
    /// A call or an opening bracket around what begins here.
    Wrapper(usize),
    Other,
}

pub(super) fn path(text: &[u8], at: usize, escaped: bool) -> Path {
    let mut lexer = Lexer::new(text, at, escaped);
    if lexer.eat(b"[]") {
        // `[]string{key}`
        lexer = Lexer::new(text, word(text, lexer.at()).end, escaped);
    }
    if [b"(".as_slice(), b"[", b"{"].iter().any(|open| lexer.eat(open)) {
        return Path::Wrapper(lexer.at());
    }
    let mut last: Option<Identifier> = None;
    for _ in 0..MAX_PATH {
        let is_sigil = |lexer: &Lexer<'_>| matches!(lexer.peek(), Some(b'$' | b'@' | b':'));
        while is_sigil(&lexer) && !word(text, lexer.at() + 1).is_empty() {
            lexer = lexer.skipping(1);
        }
        let span = word(text, lexer.at());
        if span.is_empty() {
            return finished(text, last, lexer.at());
        }
        lexer = Lexer::new(text, span.end, escaped);
        if lexer.peek() == Some(b'(') {
            match called::call(text, &mut lexer, at..span.start, span, last.is_some()) {
                Some(path) => return path,
                None if step(&mut lexer) => continue,
                None => return finished(text, last, lexer.at()),
            }
        }
        let other_name = option(&text[at..span.end], &text[span.clone()]);
        if last.is_some() && &text[span.clone()] == b"unwrap" && text[at] == b'$' {
            // What Puppet keeps out of its logs.
            return finished(text, last, lexer.at());
        }
        if last.as_ref().is_some_and(|last| last.name.first().is_some_and(u8::is_ascii_uppercase))
            && [b"value".as_slice(), b"rawValue"].contains(&&text[span.clone()])
            && lexer.peek() != Some(b'.')
        {
            // Of a constant of an enumeration, or what its constructor is given.
            let other_name = Some(text[span].to_vec());
            return finished(text, last.map(|last| Identifier { other_name, ..last }), lexer.at());
        }
        // `key.value` of Vue is what `key` holds.
        let held = last.as_ref().filter(|_| &text[span.clone()] == b"value").map(|last| last.name.clone());
        last = Some(Identifier { other_name: other_name.or(held), ..identifier(text, span) });
        // PowerShell's scopes.
        let is_scope = |scope: &[u8]| text[at..lexer.at()].eq_ignore_ascii_case(scope);
        if lexer.peek() == Some(b':') && [b"$env".as_slice(), b"$script", b"$global", b"$ctx"].into_iter().any(is_scope)
        {
            continue;
        }
        if let Some(after) = index(lexer) {
            // The first of a list that has one entry is what the list is given.
            lexer = after;
        } else {
            while lexer.peek() == Some(b'[') {
                let Some(inner) = subscript(text, &mut lexer) else { return Path::Other };
                last = Some(identifier(text, inner));
            }
        }
        // Perl's `$config{key}`, `$self->{key}`
        let _reference = text[at] == b'$' && lexer.rest().starts_with(b"->{") && lexer.eat(b"->");
        if lexer.peek() == Some(b'{') && text[at] == b'$' {
            let inner = word(text, lexer.at() + 1);
            if !inner.is_empty() && text.get(inner.end) == Some(&b'}') {
                lexer = lexer.skipping(inner.len() + 2);
                last = Some(identifier(text, inner));
            }
        }
        // `Some{key}`: a value of a type.
        let is_type = text[at].is_ascii_uppercase() || text[at..lexer.at()].ends_with(b"std::string");
        if lexer.peek() == Some(b'{') && !lexer.rest().starts_with(b"{{") && is_type {
            return Path::Wrapper(lexer.at() + 1);
        }
        // R's `cfg$key`
        let is_member = lexer.peek() == Some(b'$') && text[at] != b'$' && !word(text, lexer.at() + 1).is_empty();
        if !is_member && !step(&mut lexer) {
            return finished(text, last, lexer.at());
        }
    }
    Path::Other
}

/// Steps over `[0]`.
fn index(mut lexer: Lexer<'_>) -> Option<Lexer<'_>> {
    let is_index = lexer.eat(b"[0]") || lexer.eat(b"[-1]");
    is_index.then_some(lexer)
}

/// `opts[:key]`, `cfg["key"]`, `cfg[key]`: the name in it.
fn subscript(text: &[u8], lexer: &mut Lexer<'_>) -> Option<Range<usize>> {
    *lexer = lexer.skipping(1);
    let inner = if let Some(literal) = lexer.literal() {
        (!literal.content.is_empty()).then_some(literal.content)?
    } else {
        lexer.eat(b":");
        let span = word(text, lexer.at());
        *lexer = lexer.skipping(span.len());
        (!span.is_empty() && !text[span.start].is_ascii_digit()).then_some(span)?
    };
    lexer.eat(b"]").then_some(inner)
}

/// Steps over what joins two names of a path.
fn step(lexer: &mut Lexer<'_>) -> bool {
    let joints: [&[u8]; 8] = [b"::", b"->", b"?.", b"!.", b"!!.", b"\\", b".#", b"."];
    joints.iter().any(|joint| {
        let mut ahead = *lexer;
        let is_step = ahead.eat(joint) && {
            let next = ahead.rest().first().copied().unwrap_or(b' ');
            // A backslash joins names of PHP, and begins an escape inside a string.
            if *joint == b"\\" {
                next.is_ascii_uppercase()
            } else {
                next.is_ascii_alphabetic() || b"_$".contains(&next)
            }
        };
        if is_step {
            *lexer = ahead;
        }
        is_step
    })
}

/// The identifier, unless what stands after it says that it is none: a key, or a word of prose.
pub(super) fn finished(text: &[u8], last: Option<Identifier>, end: usize) -> Path {
    let Some(found) = last else { return Path::Other };
    let word = found.name.to_ascii_lowercase();
    let is_quoted = found.span.start > 0 && b"\"'".contains(&text[found.span.start - 1]);
    let is_fit = LENGTH.contains(&found.name.len())
        && !found.name[0].is_ascii_digit()
        && found.name.iter().all(|byte| is_word(*byte) || *byte == b'-' || is_quoted && matches!(byte, b'.' | b':'))
        && memchr::memmem::find(&found.name, b"--").is_none()
        && found.name.last() != Some(&b'-')
        && !called::changes(&found.name)
        && (found.name == b"DEFAULT" || !KEYWORDS.iter().any(|keyword| keyword.as_bytes() == word));
    let rest = &text[end..];
    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let next = &rest[blanks..];
    let has_sigil = found.span.start > 0 && b"$.:>{(@%".contains(&text[found.span.start - 1]);
    let is_key = match next {
        [b'=', after @ ..] => !after.starts_with(b"="),
        [b':', after, ..] if after.is_ascii_alphanumeric() || b"[{($_".contains(after) => blanks == 0 && !has_sigil,
        [b':', after, ..] => blanks == 0 && (after.is_ascii_whitespace() || b"\"'`".contains(after)),
        _ => false,
    };
    let length = next.iter().take(8).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let is_operator = OPERATORS.iter().any(|word| word.as_bytes() == &next[..length]);
    let is_prose = blanks > 0 && length > 0 && !has_sigil && !is_operator;
    let is_called = blanks == 0 && next.starts_with(b"(");
    if !is_fit || is_key || is_prose || is_called {
        return Path::Other;
    }
    let owners = if found.is_member { owner::in_path(text, found.span.start) } else { Vec::new() };
    Path::Identifier(Identifier { owners, ..found })
}

/// Words that may follow an identifier in code, up to eight letters of them.
const OPERATORS: &[&str] = &[
    "if", "or", "unless", "as", "do", "then", "for", "and", "is", "in", "forHTTPH", "with", "else", "end", "DELIMITE",
];

/// Variables that hold the arguments of a program, whose options have dashes in place of underscores.
const ARGUMENTS: &[&str] = &["args", "arguments", "cli", "flags", "matches", "opts", "options", "parsed", "params"];

/// `args.api_key` is what `--api-key` gave.
fn option(path: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let is_argument =
        ARGUMENTS.iter().any(|holder| path.strip_prefix(holder.as_bytes()).is_some_and(|rest| rest.starts_with(b".")));
    let dashed = || name.iter().map(|byte| if *byte == b'_' { b'-' } else { *byte }).collect();
    (is_argument && name.contains(&b'_') && !name.starts_with(b"_") && !name.ends_with(b"_")).then(dashed)
}

pub(super) fn identifier(text: &[u8], span: Range<usize>) -> Identifier {
    let is_member = text[..span.start].last().is_some_and(|byte| b".>:[\"'@".contains(byte));
    let name = text[span.clone()].to_vec();
    Identifier { name, other_name: None, spare: None, span, is_member, owners: Vec::new(), coding: None }
}

/// The name that begins at `at`: with dashes inside, as Lisp and variables of HTTP clients have them.
pub(super) fn word(text: &[u8], at: usize) -> Range<usize> {
    let rest = text.get(at..).filter(|rest| !rest.starts_with(b"-")).unwrap_or_default();
    let mut length = rest.iter().take(*LENGTH.end() + 1).take_while(|byte| is_word(**byte) || **byte == b'-').count();
    if let Some(dashes) = memchr::memmem::find(&rest[..length], b"--") {
        length = dashes;
    }
    // `api-key->` and `key-`
    while length > 0 && rest[length - 1] == b'-' {
        length -= 1;
    }
    at..at + length
}

/// Where the line of `at` begins, not further back than `low`. Inside a string of another language a line break is `\\n`,
/// and an escape is none of the line's first word.
pub(super) fn line_start(text: &[u8], low: usize, at: usize) -> usize {
    let line = memchr::memrchr(b'\n', &text[low..at]).map_or(low, |newline| low + newline + 1);
    let escapes = memchr::memrchr_iter(b'\\', &text[line..at]).map(|escape| line + escape);
    let escape = escapes.filter(|escape| escape + 1 < at).find(|escape| matches!(text[escape + 1], b'n' | b'r' | b't'));
    escape.map_or(line, |escape| escape + 2)
}

/// The first word of a line without what a diff, a quotation or a notebook puts before it.
pub(super) fn unmarked(word: &[u8]) -> &[u8] {
    let marks = word.iter().take_while(|byte| b"+->|\"'".contains(byte)).count();
    // Options begin with dashes too.
    if word[..marks].ends_with(b"-") { word } else { &word[marks..] }
}
