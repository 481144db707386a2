//! What stands between a name and what it is given: the type of a declaration, the anchor of YAML, the head of a block scalar.

use super::{
    associate::Value,
    expression::{self, Expected},
    list,
    name::Name,
};
use crate::detect::lex::Lexer;

/// What the declaration gives that the name begins or is tested in.
pub(super) fn values(mut lexer: Lexer<'_>, name: &Name, is_variable: bool) -> Option<Vec<Value>> {
    let listed = if is_variable || name.is_whole_literal { list::tested(lexer) } else { Vec::new() };
    if !listed.is_empty() {
        return Some(listed);
    }
    let is_declared = is_variable && declaration(&mut lexer)
        || name.quote.is_none() && declared_default(&mut lexer)
        // A field of smali.
        || is_variable && lexer.eat(b":Ljava/lang/String; = ")
        || is_variable && (lexer.eat(b" by lazy ") || lexer.eat(b" by lazy{"));
    is_declared.then(|| expression::values(lexer, name, Expected::Literal))
}

/// How long a type may be, in bytes.
const MAX_TYPE: usize = 96;

/// Steps to the value of a declaration without an equals sign: `x_api_key VARCHAR(64) NOT NULL DEFAULT 'VALUE'` (SQL),
/// `X-API-KEY PIC X(32) VALUE 'VALUE'` (COBOL).
pub(super) fn declared_default(lexer: &mut Lexer<'_>) -> bool {
    let rest = &lexer.rest()[..lexer.rest().len().min(MAX_TYPE)];
    let belongs = |byte: &u8| byte.is_ascii_alphanumeric() || b" \t\r\n()_".contains(byte);
    let length = rest.iter().take_while(|byte| belongs(byte)).count();
    let lower = rest[..length].to_ascii_lowercase();
    let keyword = [b" default ".as_slice(), b" value ", b"\nvalue "]
        .into_iter()
        .find_map(|keyword| Some(memchr::memmem::find(&lower, keyword)? + keyword.len()));
    let found = keyword.filter(|end| *end == length && matches!(rest.get(length), Some(b'"' | b'\'')));
    if let Some(end) = found {
        *lexer = lexer.skipping(end);
    }
    found.is_some()
}

/// Steps over the name that YAML lets a value be repeated by: `x-api-key: &name VALUE`.
pub(super) fn anchor(lexer: &mut Lexer<'_>) {
    let Some(name) = lexer.rest().strip_prefix(b"&") else { return };
    let length = name.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')).count();
    if length > 0 && name.get(length) == Some(&b' ') {
        *lexer = lexer.skipping(1 + length);
        lexer.skip_space();
    }
}

/// Where the value begins whose key is written with a mark of its own, which YAML allows: `? X-API-Key` above `: VALUE`.
pub(super) fn of_explicit_key(mut lexer: Lexer<'_>, before: &[u8]) -> Option<usize> {
    let line = &before[memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1)..];
    let is_explicit = line.trim_ascii_start().starts_with(b"? ");
    (is_explicit && lexer.skip_space() == 1 && lexer.eat(b":")).then(|| lexer.at())
}

/// `X-API-Key: >-` and the line break after it: YAML's block scalars.
pub(super) fn block_scalar(lexer: &mut Lexer<'_>) -> bool {
    let mut ahead = *lexer;
    if !(ahead.eat(b">") || ahead.eat(b"|")) {
        return false;
    }
    let _chomps = ahead.eat(b"-") || ahead.eat(b"+");
    let is_block = ahead.skip_space() == 1;
    if is_block {
        *lexer = ahead;
    }
    is_block
}

/// Steps over a type and the `=` after it, on one line: `x_api_key: str | None = …`, `const xAPIKey string = …`,
/// `char X_API_KEY[] = …`, `XApiKey { get; set; } = …`. What separates entries is in a type only within brackets.
pub(super) fn declaration(lexer: &mut Lexer<'_>) -> bool {
    if let Some(length) = annotated(*lexer) {
        *lexer = lexer.skipping(length);
    }
    let rest = lexer.rest();
    let after_colon = lexer.follows(b":") || lexer.follows(b": ");
    let mut depth = 0_u32;
    let mut words = 0;
    for (at, &byte) in rest.iter().enumerate().take(MAX_TYPE) {
        match byte {
            b'=' if depth == 0 => {
                // Without a blank it is a shell that sets the next variable.
                let ends_type = rest[..at].last().is_some_and(|byte| !byte.is_ascii_alphanumeric()) || after_colon;
                // At the end of a line it is padding of base64.
                let is_basic = rest[..at].trim_ascii().eq_ignore_ascii_case(b"as string");
                let goes_on = match rest.get(at + 1) {
                    None | Some(b'=' | b'>' | b'~') => false,
                    Some(b'\n' | b'\r') => is_basic,
                    Some(_) => true,
                };
                let is_assignment = goes_on && words > 0 && ends_type;
                if is_assignment {
                    *lexer = lexer.skipping(at + 1);
                    if lexer.skip_space() > 0 {
                        // On the next line, behind a comment or the column of a diff.
                        lexer.skip_blank();
                        if lexer.follows(b"\n") && lexer.eat(b"+") {
                            lexer.skip_blank();
                        }
                    }
                }
                return is_assignment;
            }
            b'[' | b'<' | b'{' => depth += 1,
            b']' | b'>' | b'}' => match depth.checked_sub(1) {
                Some(outer) => depth = outer,
                None => return false,
            },
            b',' | b';' | b'(' | b')' | b'=' if depth > 0 => {}
            b' ' | b'\t' | b'.' | b':' | b'|' | b'&' | b'*' | b'?' | b'_' => {}
            // A lifetime, not a literal.
            b'\'' if rest[..at].ends_with(b"&") => {}
            _ if byte.is_ascii_alphanumeric() => {}
            _ => return false,
        }
        words += usize::from(byte.is_ascii_alphanumeric() || byte == b'[');
    }
    false
}

/// How long `: Annotated[str, Option("--key", envvar="KEY")` is, up to its last bracket.
fn annotated(lexer: Lexer<'_>) -> Option<usize> {
    let mut inside = lexer;
    if !inside.eat(b": Annotated[") {
        return None;
    }
    let mut depth = 1_u32;
    while inside.at() < lexer.at() + MAX_ANNOTATION {
        if inside.literal().is_some() {
            continue;
        }
        match inside.peek()? {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(inside.at() - lexer.at());
        }
        inside = inside.skipping(1);
    }
    None
}

/// How long what is said of a parameter may be, in bytes.
const MAX_ANNOTATION: usize = 256;

/// What stands before a sign without the type or the accessors between the name and it: `HEADER: &str`,
/// `Header { get; set; }`.
pub(super) fn without_type(before: &[u8]) -> &[u8] {
    let low = before.len().saturating_sub(MAX_TYPE);
    let line = memchr::memrchr(b'\n', &before[low..]).map_or(low, |newline| low + newline + 1);
    if before.ends_with(b"}") {
        let open = memchr::memrchr(b'{', &before[line..]).map(|open| line + open);
        let accessors = open.filter(|open| memchr::memmem::find(&before[*open..], b"get;").is_some());
        return accessors.map_or(before, |open| before[..open].trim_ascii_end());
    }
    let is_type = |byte: &u8| byte.is_ascii_alphanumeric() || b" _.&<>[]'?|".contains(byte);
    let length = before[line..].iter().rev().take_while(|byte| is_type(byte)).count();
    let rest = &before[..before.len() - length];
    let kind = &before[rest.len()..];
    let is_declared = rest.strip_suffix(b":").filter(|_| kind.starts_with(b" ") && !kind.trim_ascii().is_empty());
    let ends_word = |name: &&[u8]| name.last().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    is_declared.filter(ends_word).unwrap_or(before)
}
