//! What stands before a name and says what follows it: a call that asks for a value, compares it or makes a name of it, a
//! list of names, a decorator.

use super::name::Name;
use crate::detect::{judge::placeholder, lex::Lexer};

/// Whether the name is in a decorator or attribute of what is declared next: `@Header(`, `[FromHeader(Name = `.
pub(super) fn is_decorated(before: &[u8]) -> bool {
    let line = &before[memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1)..];
    let Some(open) = memchr::memrchr(b'(', line) else { return false };
    let callee = line[..open].iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(byte));
    let start = open - callee.count();
    start > 0 && matches!(line[start - 1], b'@' | b'[')
}

/// `"names":["X-API-Key", …` of a source map.
pub(super) fn is_list_of_names(before: &[u8]) -> bool {
    let list = before.split_last().and_then(|(_quote, list)| list.trim_ascii_end().strip_suffix(b"["));
    list.is_some_and(|key| key.trim_ascii_end().ends_with(b"names\":"))
}

/// Whether the call around the name's is compared by a test: `assertEquals(request.getHeader("X-API-Key"), "VALUE")`.
pub(super) fn is_compared(before: &[u8]) -> bool {
    let line = &before[memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1)..];
    [b"ssert".as_slice(), b"qual", b"expect", b"ompare"].iter().any(|word| memchr::memmem::find(line, word).is_some())
}

/// Whether the literal with the name is told to people: `new ApiError('X-API-Key', …)`, `test('X-API-Key …', …)`.
pub(super) fn is_told(before: &[u8], name: &Name) -> bool {
    let Some(quote) = name.quote else { return false };
    let Some(call) = before.strip_suffix(quote).and_then(|before| before.strip_suffix(b"(")) else { return false };
    let length = call.iter().rev().take(64).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let callee = &call[call.len() - length..];
    let is_title =
        !name.is_whole_literal && [b"test".as_slice(), b"it", b"describe", b"context", b"Run"].contains(&callee);
    is_title || name.is_whole_literal && (callee.ends_with(b"Error") || callee.ends_with(b"Exception"))
}

/// `"security": [{"X-API-Key": ["scope"]}]` (OpenAPI): a scheme that is given its scopes.
pub(super) fn is_scoped(before: &[u8]) -> bool {
    let mark = |byte: &u8| byte.is_ascii_whitespace() || b"\"'\\-+{[:".contains(byte);
    let low = before.len().saturating_sub(64);
    let end = before[low..].iter().rposition(|byte| !mark(byte)).map_or(0, |last| low + last + 1);
    before[..end].ends_with(b"security") && before[end..].contains(&b':')
}

/// Whether a call of Lisp takes what follows the brackets around the name: `(assoc-in request [:headers "X-API-Key"] "VALUE")`,
/// `(= (get-in request [:headers "x-api-key"]) "VALUE")`.
pub(super) fn takes_next(before: &[u8]) -> bool {
    let line = &before[memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1)..];
    let calls: [&[u8]; 7] =
        [b"(assoc-in ", b"(= (", b"(not= (", b"(equal (", b"(equal? (", b"(string= (", b"(string=? ("];
    calls.iter().any(|call| memchr::memmem::find(line, call).is_some())
}

/// Steps over an argument in brackets, and the blanks behind it: `(requestHeaders req) `.
pub(super) fn skip_argument(lexer: &mut Lexer<'_>) {
    let rest = &lexer.rest()[..lexer.rest().len().min(MAX_CALLEE)];
    let close = memchr::memchr(b')', rest).filter(|_| rest.starts_with(b"("));
    if let Some(close) = close.filter(|close| !rest[1..*close].iter().any(|byte| b"(\"".contains(byte))) {
        *lexer = lexer.skipping(close + 1);
        lexer.skip_space();
    }
}

/// Callees whose arguments say where a key is kept, or from what a number is made: the argument after the name is a
/// version, not a value.
const ASKING: &[&[u8]] = &[b"getsecret", b"get_secret", b"secret", b"guid", b"uuid", b"uniquestring", b"newguid"];

/// `getSecret("x-api-key", "version")`
pub(super) fn is_asked_for(before: &[u8], name: &Name) -> bool {
    let open = before.len() - name.quote.filter(|_| name.is_whole_literal).map_or(0, <[u8]>::len);
    let line = &before[before[..open].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)..open];
    let Some(bracket) = memchr::memrchr(b'(', line) else { return false };
    let callee = &line[..bracket];
    let length = callee.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let callee = callee[callee.len() - length..].to_ascii_lowercase();
    let callee = callee.strip_suffix(b"async").unwrap_or(&callee);
    ASKING.iter().any(|asking| callee.ends_with(asking))
}

/// Words in the name of a call that makes the name of a header of its argument.
const NAMERS: &[&[u8]] = &[
    b"name",
    b"string",
    b"str",
    b"key",
    b"text",
    b"constant",
    b"canonical",
    b"atom",
    b"sym",
    b"u",
    b"f",
    b"array",
    b"literal",
    b"bytes",
];

/// Whether the call around the name makes the name of a header of it, so that what follows the call is the value:
/// `insert(HeaderName::from_static("x-api-key"), …)`.
pub(super) fn names_header(before: &[u8], name: &Name) -> bool {
    let open = before.len() - name.quote.map_or(0, <[u8]>::len);
    let Some(callee) = before[..open].strip_suffix(b"(") else { return false };
    let length = callee.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || b"_:.".contains(byte)).count();
    let callee = &callee[callee.len() - length..];
    let last = callee.rsplit(|byte| matches!(byte, b'.' | b':')).next().unwrap_or_default();
    if [b"get".as_slice(), b"fetch", b"load", b"read", b"find"].iter().any(|word| last.starts_with(word)) {
        // `getKey("X-API-Key")` is the value itself.
        return false;
    }
    // Brackets alone change nothing.
    callee.is_empty()
        || placeholder::parts(callee).any(|part| NAMERS.iter().any(|word| part.eq_ignore_ascii_case(word)))
}

/// Words in the name of a call that sets a header.
const SETTERS: &[&[u8]] = &[b"header", b"set", b"add", b"append", b"insert", b"put", b"with"];

/// Whether the name is a constant that holds the header's name, as the first argument of what sets a header:
/// `request.header(HttpHeaders.X_API_KEY, …)`, `headers.set(X_API_KEY, …)`. As all else it may hold the value.
pub(super) fn is_constant_of_header(text: &[u8], name: &Name) -> bool {
    let before = &text[..name.span.start];
    let belongs = |byte: &u8| byte.is_ascii_alphanumeric() || b"_:.".contains(byte);
    let qualifier =
        &before[before.len() - before.iter().rev().take(MAX_CALLEE).take_while(|byte| belongs(byte)).count()..];
    let outside = before[..before.len() - qualifier.len()].trim_ascii_end();
    let Some(callee) = outside.strip_suffix(b"(") else { return false };
    let callee =
        &callee[callee.len() - callee.iter().rev().take(MAX_CALLEE).take_while(|byte| belongs(byte)).count()..];
    let method = callee.rsplit(|byte| matches!(byte, b'.' | b':')).next().unwrap_or_default();
    let sets = |word: &[u8]| SETTERS.iter().any(|setter| word.eq_ignore_ascii_case(setter));
    let is_constant = text[name.span.clone()].iter().all(|byte| !byte.is_ascii_lowercase());
    let is_of_headers = placeholder::parts(qualifier)
        .any(|part| [b"header".as_slice(), b"headers"].iter().any(|word| part.eq_ignore_ascii_case(word)));
    (is_constant || is_of_headers) && placeholder::parts(method).any(sets)
}

/// How long the path of a call is read, in bytes.
const MAX_CALLEE: usize = 64;

/// Whether the name is a key of a hash of Raku that is given something: `%headers<X-API-Key> = …`.
pub(super) fn is_key_of_raku(before: &[u8], mut lexer: Lexer<'_>) -> bool {
    let hash = before.strip_suffix(b"<");
    let length = hash.map_or(0, |hash| hash.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count());
    let is_hash = length > 0
        && hash.is_some_and(|hash| matches!(hash[..hash.len() - length].last(), Some(b'%' | b'$' | b'.' | b'!')));
    is_hash && lexer.eat(b"> =") && !lexer.rest().starts_with(b"=")
}

/// Steps over a word for nothing: `None`, `null`, an empty literal.
pub(super) fn is_nothing(lexer: &mut Lexer<'_>) -> bool {
    lexer.skip_space();
    if lexer.eat_empty() {
        return true;
    }
    [b"None".as_slice(), b"null", b"nil", b"undefined", b"NULL", b"Nothing"].iter().any(|word| lexer.eat(word))
}
