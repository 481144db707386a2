//! What a header's name is given that is no literal: the identifier whose value will be sent.

use super::{
    super::{
        associate::Value,
        beside,
        brackets::converted,
        comparison, context, format,
        name::Name,
        siblings,
        words::{ends_valuing, normalized},
    },
    compared, definition,
    expression::{self, Identifier},
    interpolated, members,
};
use crate::detect::lex::{self, Lexer};

/// What may stand between a name and the expression of its value.
pub(super) const SEPARATORS: &[&[u8]] =
    &[b":=", b"?=", b"=>", b"->", b"<-", b"~>", b".~", b"=", b":", b"%3A", b"%3D", b",", b"to ", b". "];

/// What puts text and an expression together.
const OPERATORS: &[&[u8]] = &[
    b"++",
    b"<>",
    b"..",
    b".concat(",
    b"+=",
    b"+",
    b".",
    b"&",
    b"~",
    b"||",
    b"<<",
    b",",
    b"%",
    b"//",
    b"DELIMITED BY SIZE",
];

/// Stands in a text for the next argument.
const SPECIFIERS: &[&[u8]] =
    &[b"%s", b"%v", b"%q", b"%@", b"%S", b"{}", b"{0}", b"{:?}", b"{:s}", b"{!s}", b"%1$s", b"{0:s}", b"~a", b"~s"];

/// How far a format is read to its end, in bytes.
const MAX_FORMAT: usize = 256;

/// The identifier that a name is given, after it, in the same literal, or beside it.
pub(super) fn identifier(text: &[u8], name: &Name) -> Option<Identifier> {
    let found = following(text, name).or_else(|| sibling(text, name)).or_else(|| preceding(text, name));
    let mut found = found.or_else(|| compared::before(text, name).filter(|_| !is_hashed(text, name)))?;
    found.spare = alternative(text, found.span.end).or_else(|| {
        let spare = if name.is_whole_literal { definition::fallback(text, found.span.end) } else { None };
        spare.map(|spare| spare.name)
    });
    Some(found)
}

/// The list of which one is given to a name: `"X-API-Key": random.choice(KEYS)`.
pub(super) fn chosen(text: &[u8], name: &Name) -> Option<Identifier> {
    let mut lexer = Lexer::new(text, name.span.end, false);
    if let Some(quote) = name.quote.filter(|_| name.is_whole_literal) {
        lexer.eat_closing(quote);
    }
    if name.quote.is_some() && !name.is_whole_literal && lexer.eat(b":") {
        // `"X-API-Key: " + KEYS[env]`
        lexer.skip_space();
        let ends = lexer.eat_quote();
        lexer.skip_space();
        let is_joined = ends && OPERATORS.iter().any(|operator| lexer.eat(operator));
        lexer.skip_space();
        return is_joined.then(|| members::chosen_from(text, lexer.at())).flatten();
    }
    let _subscript = lexer.eat(b"]");
    lexer.skip_space();
    let is_given = [b"=>".as_slice(), b"=", b":", b","].iter().any(|sign| lexer.eat(sign));
    lexer.skip_space();
    let is_given = is_given
        && (name.is_whole_literal
            || [b"${".as_slice(), b"\"{{", b"'{{", b"{{"].iter().any(|open| lexer.rest().starts_with(open)));
    let found = is_given.then(|| members::chosen_from(text, lexer.at())).flatten();
    found.or_else(|| {
        // `{ key: "X-API-Key", value: KEYS[env] }`
        let values = siblings::values_of(text, name);
        let start = match values.first()? {
            Value::Sibling { pieces, .. } => pieces.first()?.start,
            Value::Lookup { span } => span.start,
            _ => return None,
        };
        members::chosen_from(text, start)
    })
}

/// The identifier that an expression falls back to: `getenv("K") or KEY`, `getenv("K", KEY)`, `key ?? KEY`.
pub(super) fn alternative(text: &[u8], end: usize) -> Option<Vec<u8>> {
    let mut lexer = Lexer::new(text, end, false);
    let is_asked_for = lexer.eat_quote();
    let lists = is_asked_for && lexer.eat(b",");
    while lexer.eat(b")") || lexer.eat(b"]") {}
    lexer.skip_space();
    let operators: [&[u8]; 4] = [b"or ", b"||", b"??", b"?:"];
    if !lists && !operators.iter().any(|operator| lexer.eat(operator)) {
        return None;
    }
    lexer.skip_space();
    expression::at(text, lexer.at(), false).map(|found| found.name)
}

fn following(text: &[u8], name: &Name) -> Option<Identifier> {
    let open = name.span.start - name.quote.map_or(0, <[u8]>::len);
    let escaped = name.quote.is_some_and(|quote| quote[0] == b'\\');
    let mut lexer = Lexer::new(text, name.span.end, escaped);
    if let Some(quote) = name.quote.filter(|_| name.is_whole_literal) {
        lexer.eat_closing(quote);
    }
    if name.is_whole_literal
        && let Some(value) = beside::behind_colon(lexer, is_joined_by_lisp(text, open) || is_macro(text, name))
    {
        return expression::at(text, value.at(), escaped);
    }
    // `(_keyHeader): _key` of CUE
    let is_in_brackets = text[..open]
        .strip_suffix(b"(")
        .is_some_and(|before| before.last().is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b'$'));
    let is_called = closed(&mut lexer) && !is_in_brackets;
    let _key = context::is_key_of_raku(&text[..open], lexer) && lexer.eat(b">");
    let before = lexer.at();
    let breaks = lexer.skip_space();
    let is_spaced = lexer.at() > before;
    let compares = comparison::operator(&mut lexer) || comparison::method(&mut lexer);
    let separator = SEPARATORS.iter().find(|separator| !compares && lexer.eat(separator));
    if separator.is_none() && !compares && (!is_spaced || breaks > 0) || breaks > 1 {
        return None;
    }
    let lists = separator == Some(&b",".as_slice());
    // Basic writes subscripts as calls.
    let is_subscript = separator == Some(&b"=".as_slice());
    if is_called
        && !is_subscript
        && !(compares || lists && (is_compared(text, name) || context::names_header(&text[..name.span.start], name)))
        || compares && is_hashed(text, name)
    {
        return None;
    }
    if lexer.skip_space() > 1 {
        return None;
    }
    if compares {
        // `if key != KEY:`
        let end = lexer.rest().iter().take(MAX_FORMAT).position(|byte| matches!(byte, b':' | b'\n'));
        let end = end.map_or(text.len(), |end| lexer.at() + end);
        return expression::at(&text[..end], lexer.at(), escaped);
    }
    if name.is_whole_literal && separator == Some(&b",".as_slice()) {
        // `"KeyName", "X-API-Key", "KeyValue", token`
        let mut ahead = lexer;
        let word = ahead.literal().map(|literal| normalized(&text[literal.content]));
        if word.is_some_and(|word| ends_valuing(&word)) && ahead.eat(b",") {
            ahead.skip_space();
            lexer = ahead;
        }
    }
    if name.is_whole_literal
        && let Some(joined) = put_together(lexer)
    {
        return expression::at(text, joined.at(), escaped);
    }
    if name.is_whole_literal || name.is_identifier && name.quote.is_none() {
        return match separator {
            Some(_) => {
                let found = expression::at(text, lexer.at(), escaped);
                // `node.read("key") || default_key`
                found.or_else(|| if name.is_whole_literal { definition::fallback(text, lexer.at()) } else { None })
            }
            // Without any separator only a reference is a value, and what ends a map of Lisp.
            None => expression::at(text, lexer.at(), escaped).filter(|found| {
                // Earmuffs of Lisp.
                let rest = &text[found.span.end..];
                let rest = rest.strip_prefix(b"*").or_else(|| rest.strip_prefix(b"+")).unwrap_or(rest);
                let is_last = matches!(rest, [b'.', b'\n' | b'\r' | b'\\', ..])
                    || rest.first().is_none_or(|byte| b"})];\r\n\\".contains(byte));
                // The next entry of a map of Lisp, or what else the expression of Haskell is made of.
                let next = rest.trim_ascii_start();
                let is_last = is_last || matches!(next.first(), Some(b']' | b'}' | b')'));
                let goes_on = [b"\"".as_slice(), b"\\\"", b":", b"<>", b"|>", b"$ ", b"& "]
                    .iter()
                    .any(|next_| next.starts_with(next_));
                let is_last = is_last || goes_on && rest.starts_with(b" ");
                let before = &text[..name.span.start];
                let is_entry = name.is_whole_literal
                    || before.to_ascii_lowercase().ends_with(b"using ")
                    || before.ends_with(b"{")
                    || before.ends_with(b"eader ");
                is_last && is_entry || interpolated::at(text, lexer.at()).is_some()
            }),
        };
    }
    if name.quote.is_none() {
        // Text without quotes: only what is marked as a reference is one.
        let is_marked = matches!(lexer.peek(), Some(b'*' | b'"' | b'\''))
            || separator == Some(&b". ".as_slice()) && lexer.peek() == Some(b',')
            || lexer.rest().starts_with(b"!Ref ")
            || lexer.rest().starts_with(b"\\\"");
        // `{ X-API-Key = local.key }`
        let found = expression::at(text, lexer.at(), false).filter(|found| {
            let is_set = separator == Some(&b"=".as_slice()) && text[..name.span.start].ends_with(b"header ");
            is_marked || found.is_member || is_set
        });
        return interpolated::at(text, lexer.at()).or(found).or_else(|| in_text(text, name, lexer));
    }
    separator?;
    in_text(text, name, lexer)
}

/// Steps over what closes brackets around a name, and over conversions of it; whether a call was closed.
fn closed(lexer: &mut Lexer<'_>) -> bool {
    let closers: [&[u8]; 10] =
        [b"]", b")", b"}", b">>", b".into()", b".to_string()", b".parse().unwrap()", b".parse()?", b".clone()", b"!"];
    let mut is_called = false;
    loop {
        is_called |= lexer.rest().starts_with(b")");
        if lexer.rest().starts_with(b"!=") || !closers.iter().any(|closer| lexer.eat(closer)) && !converted(lexer) {
            return is_called;
        }
    }
}

/// Where an identifier begins that JSON is put together with, in a literal of code: `'{"X-API-Key":"' + KEY + '"}'`.
fn put_together(mut lexer: Lexer<'_>) -> Option<Lexer<'_>> {
    let opens = [b"\"'".as_slice(), b"'\"", b"\\\"\""].iter().any(|quotes| lexer.eat(quotes));
    lexer.skip_space();
    let is_joined = opens && OPERATORS.iter().any(|operator| lexer.eat(operator));
    lexer.skip_space();
    is_joined.then_some(lexer)
}

/// Whether the name is a macro of C, which literals stand beside: `HEADER ": " KEY`.
fn is_macro(text: &[u8], name: &Name) -> bool {
    name.quote.is_none() && text[name.span.clone()].iter().all(|byte| !byte.is_ascii_lowercase() && *byte != b'-')
}

/// What stands before a name on its line, in lower case.
fn head(text: &[u8], name: &Name) -> Vec<u8> {
    let low = name.span.start.saturating_sub(MAX_FORMAT);
    text[expression::line_start(text, low, name.span.start)..name.span.start].to_ascii_lowercase()
}

/// Whether a digest of the header's value is looked at: `sha256(request.headers["X-API-Key"]) == …`.
fn is_hashed(text: &[u8], name: &Name) -> bool {
    let head = head(text, name);
    let hashes = [b"sha1".as_slice(), b"sha2", b"sha5", b"md5", b"hash(", b"hashed", b"crypt"];
    hashes.iter().any(|word| memchr::memmem::find(&head, word).is_some())
}

/// Whether the header's value is one of two that are compared: `compare_digest(headers.get("X-API-Key"), …)`.
fn is_compared(text: &[u8], name: &Name) -> bool {
    let head = head(text, name);
    let compares = [b"compare".as_slice(), b"equal", b"assert", b"expect"];
    compares.iter().any(|word| memchr::memmem::find(&head, word).is_some()) && !is_hashed(text, name)
}

/// Whether all arguments of the call are put together that a literal at `open` is one of: `(string-append "X-API-Key: " key)`.
fn is_joined_by_lisp(text: &[u8], open: usize) -> bool {
    let calls: [&[u8]; 5] = [b"(string-append ", b"(str ", b"(concat ", b"(concatenate 'string ", b"(strcat "];
    calls.iter().any(|call| text[..open].ends_with(call))
}

/// Reads on inside a text such as `"X-API-Key: …"`, from behind the separator.
fn in_text(text: &[u8], name: &Name, mut lexer: Lexer<'_>) -> Option<Identifier> {
    if let Some(found) = interpolated::at(text, lexer.at()) {
        return Some(found);
    }
    if SPECIFIERS.iter().any(|specifier| lexer.rest().starts_with(specifier)) {
        return argument(text, lexer.at());
    }
    if !lexer.eat_quote() {
        return None;
    }
    // What is put right behind a text is part of it in a shell.
    if lexer.peek() == Some(b'$') {
        return interpolated::at(text, lexer.at());
    }
    if let Some(written) = beside::next_written(lexer, name) {
        return expression::at(text, written.at(), false);
    }
    lexer.skip_space();
    let open = name.span.start - name.quote.map_or(0, <[u8]>::len);
    let is_joined = OPERATORS.iter().any(|operator| lexer.eat(operator)) || is_joined_by_lisp(text, open);
    lexer.skip_space();
    // Side by side: a macro of C, a variable between two literals of awk.
    let is_beside = |found: &Identifier| {
        let after = text[found.span.end..].trim_ascii_start();
        found.name.iter().all(|byte| !byte.is_ascii_lowercase())
            || after.starts_with(b"\"")
            || after.starts_with(b"\\\"")
    };
    expression::at(text, lexer.at(), false).filter(|found| is_joined || is_beside(found))
}

/// The argument that a format puts where its specifier begins, at `at`.
fn argument(text: &[u8], at: usize) -> Option<Identifier> {
    let lexer = Lexer::new(text, at, false);
    if let Some(argument) = format::argument(lexer, at) {
        return expression::at(text, argument.at(), false);
    }
    // `printf "X-API-Key: %s" key`: functions whose arguments need no comma.
    let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1);
    let head = &text[start.max(at.saturating_sub(MAX_FORMAT))..at];
    let open = head.iter().rposition(|byte| matches!(byte, b'"' | b'\'' | b'`'))?;
    let call = head[..open].to_ascii_lowercase();
    let call = call.strip_suffix(b"\\").unwrap_or(&call);
    let is_format = call.ends_with(b"printf ") || call.ends_with(b"format ");
    let rest = &text[at..text.len().min(at + MAX_FORMAT)];
    let close = rest.iter().position(|byte| matches!(byte, b'"' | b'\'' | b'`' | b'\n'))?;
    let mut after = lexer.skipping(close);
    let is_first = !head[open..].contains(&b'%') && after.eat_quote();
    after.skip_space();
    (is_format && is_first).then(|| expression::at(text, after.at(), false)).flatten()
}

/// `{"key": "X-API-Key", "value": key}`
fn sibling(text: &[u8], name: &Name) -> Option<Identifier> {
    let values = siblings::values_of(text, name);
    let (Value::Sibling { pieces, .. } | Value::Quoted { pieces, .. }) = values.first()? else { return None };
    let start = pieces.first()?.start;
    interpolated::at(text, start).or_else(|| {
        // The text of an element is none, either.
        let is_quoted = lex::quote_before(text, start).is_some() || text[..start].ends_with(b">");
        (!is_quoted).then(|| expression::at(text, start, false)).flatten()
    })
}

/// `setValue(key, forHTTPHeaderField: "X-API-Key")`
fn preceding(text: &[u8], name: &Name) -> Option<Identifier> {
    let before = &text[..name.span.start - name.quote.map_or(0, <[u8]>::len)];
    let before = before.strip_suffix(b"@").unwrap_or(before).trim_ascii_end();
    let low = before.len().saturating_sub(24);
    let label = memchr::memmem::rfind(&before[low..], b"forHTTPHeaderField").map(|at| low + at)?;
    let before = before[..label].trim_ascii_end();
    let before = before.strip_suffix(b",").unwrap_or(before);
    let length = before
        .iter()
        .rev()
        .take(128)
        .take_while(|byte| expression::is_word(**byte) || b".?!->$\\()".contains(byte))
        .count();
    let start = before.len() - length;
    // The parenthesis of the call itself.
    let start = start
        + memchr::memrchr(b'(', &before[start..])
            .filter(|open| !before[start + open..].starts_with(b"()"))
            .map_or(0, |open| open + 1);
    expression::at(text, start, false)
}
