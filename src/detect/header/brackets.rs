//! What closes behind a name: the subscript or the call that it stands in, and conversions of it.

use crate::detect::lex::Lexer;

/// Steps over `, MARSHALLER)`: an argument that is no literal, and the end of the call.
pub(super) fn further_argument(lexer: &mut Lexer<'_>) -> bool {
    let mut ahead = *lexer;
    let gives = ahead.eat(b",");
    ahead.skip_space();
    let path = ahead.path();
    let found = gives && !path.is_empty() && ahead.eat(b")");
    if found {
        *lexer = ahead;
    }
    found
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Brackets {
    None,
    /// `h["X-API-Key"]`
    Subscript,
    /// `h.get("X-API-Key")`
    Call,
}

/// Steps over what closes a subscript, a call or emphasis around the name, and over conversions of it
/// (`"X-API-Key".into()`).
pub(super) fn closing_brackets(lexer: &mut Lexer<'_>) -> Brackets {
    let mut brackets = Brackets::None;
    loop {
        if lexer.eat(b"]") || lexer.eat(b"}") {
            brackets = if brackets == Brackets::None { Brackets::Subscript } else { brackets };
        } else if lexer.eat(b")") {
            brackets = Brackets::Call;
        } else if !(lexer.eat(b"**") || lexer.eat(b">>") || converted(lexer)) {
            return brackets;
        }
    }
}

/// Methods that change nothing about a literal.
const CONVERSIONS: &[&[u8]] = &[
    b".into()",
    b".to_string()",
    b".to_s",
    b".toString()",
    b".ToString()",
    b".getBytes()",
    b".trim()",
    b".strip()",
    b".Trim()",
    b".to_owned()",
    b".to_lowercase()",
    b".toLowerCase()",
    b".lower()",
    b".downcase",
    b".freeze",
    b".clone()",
    b".encode()",
    b".parse()",
    b".as_str()",
    b".c_str()",
];

/// Steps over such a method.
pub(super) fn converted(lexer: &mut Lexer<'_>) -> bool {
    if CONVERSIONS.iter().any(|conversion| lexer.eat(conversion)) {
        return true;
    }
    // `.getBytes(StandardCharsets.US_ASCII)`
    let mut ahead = *lexer;
    let is_bytes = ahead.eat(b".getBytes(") && !ahead.path().is_empty() && ahead.eat(b")");
    if is_bytes {
        *lexer = ahead;
    }
    is_bytes
}
