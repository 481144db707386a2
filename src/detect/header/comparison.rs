//! What compares two values, or looks one up in several, in any language.

use crate::detect::lex::Lexer;

/// Operators, longest first.
const OPERATORS: &[&[u8]] =
    &[b"===", b"!==", b"=:=", b"=/=", b"==", b"!=", b"<>", b"/=", b"~=", b"=~", b"-cne ", b"-ceq ", b"-ne ", b"-eq "];

/// Operators that are words: they end where a blank does.
const WORDS: &[&[u8]] = &[b"eq ", b"ne ", b"-m str "];

/// Methods of the one that take the other.
const METHODS: &[&[u8]] =
    &[b".equals(", b".Equals(", b".eql?(", b".eq(", b"->compare(", b".compareTo(", b".compare(", b".contentEquals("];

/// What says that one is among several that follow.
const MEMBERSHIPS: &[&[u8]] = &[b"not in ", b"in ", b"!in ", b"notin ", b"-notin ", b"-in "];

/// Whether an operator that compares stands at `lexer`, which moves behind it.
pub(super) fn operator(lexer: &mut Lexer<'_>) -> bool {
    OPERATORS.iter().chain(WORDS).any(|operator| lexer.eat(operator))
}

/// The same for a method, up to its argument.
pub(super) fn method(lexer: &mut Lexer<'_>) -> bool {
    METHODS.iter().any(|method| lexer.eat(method))
}

/// The same for what looks one up in several that follow.
pub(super) fn membership(lexer: &mut Lexer<'_>) -> bool {
    MEMBERSHIPS.iter().any(|word| lexer.eat(word))
}

/// What stands before the operator or the method that ends `head`.
pub(super) fn compared(head: &[u8]) -> Option<&[u8]> {
    let head = head.trim_ascii_end();
    let mut operators = OPERATORS.iter().chain(METHODS).map(|operator| operator.trim_ascii_end());
    let before = operators.find_map(|operator| head.strip_suffix(operator));
    let word = || {
        let before = WORDS.iter().find_map(|word| head.strip_suffix(word.trim_ascii_end()))?;
        before.ends_with(b" ").then_some(before)
    };
    before.or_else(word).map(<[u8]>::trim_ascii_end)
}

/// Where the last call of such a method begins in a path.
pub(super) fn called_in(path: &[u8]) -> Option<usize> {
    METHODS.iter().filter_map(|method| memchr::memmem::rfind(path, method)).max()
}
