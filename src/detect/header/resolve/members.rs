//! Keys in a list, a set or a map: what a header is looked up in (`KEYS.includes(req.get("X-API-Key"))`,
//! `if key not in KEYS`), and what one is chosen from (`random.choice(KEYS)`, `KEYS[n]`).

use std::ops::Range;

use super::{
    super::{associate::Value, comparison, declared, list, name::Name, words::is_whole},
    bound, definition,
    expression::{self, Identifier},
};
use crate::detect::lex::{self, Joint, Lexer, Literal};

/// Methods that say whether something is a member, or what belongs to it.
const TESTS: &[&str] = &[
    "any",
    "array_key_exists",
    "contains",
    "contains_key",
    "containskey",
    "count",
    "elem",
    "exists",
    "find",
    "get",
    "has",
    "has_key",
    "in_array",
    "include",
    "includes",
    "indexof",
    "key",
    "member",
    "trygetvalue",
];

/// Calls that take one member.
const CHOOSERS: &[&str] =
    &["choice", "choices", "cycle", "element", "next", "pick", "rand", "random", "sample", "shuffle"];

/// Methods that give what belongs to a name.
const ASKERS: &[&str] = &["fetch", "get", "getordefault", "getvalue", "getvalueordefault"];

/// Calls that put something into a list, a set or a map.
const FILLERS: &[&[u8]] =
    &[b".add(", b".Add(", b".insert(", b".push(", b".append(", b".put(", b".set(", b".push_back("];

/// What a request's own values are called: nothing is a member of these.
const REQUESTS: &[&str] =
    &["header", "headers", "req", "request", "params", "environ", "env", "server", "meta", "get", "query"];

/// How many occurrences of a list's name are looked at for what it is given.
const MAX_OCCURRENCES: usize = 32;

/// How far a test may reach, in bytes.
const MAX_TEST: usize = 160;

/// What the header's value is looked up in, where it is asked for at a name.
pub(super) fn of_header(text: &[u8], name: &Name) -> Option<Identifier> {
    if name.is_identifier && name.quote.is_none() {
        let path = text[..name.span.start].iter().rev().take(MAX_TEST).take_while(|byte| is_path(**byte)).count();
        return tested(text, name.span.start - path..name.span.end);
    }
    let open = name.span.start - name.quote.filter(|_| name.is_whole_literal)?.len();
    let mut lexer = Lexer::new(text, name.span.end, false);
    lexer.eat_quote();
    let mut fallback = lexer;
    if fallback.eat(b", ") && fallback.literal().is_some_and(|literal| literal.content.is_empty()) {
        // `META.get("HTTP_X_API_KEY", "")`
        lexer = fallback;
    }
    let is_asked_for = lexer.eat(b")") || lexer.eat(b"]");
    let before = &text[open.saturating_sub(MAX_TEST)..open];
    let bracket = before.last().filter(|byte| is_asked_for && b"([".contains(byte))?;
    let is_access = |byte: &&u8| is_path(**byte) || b"()".contains(byte);
    let mut path = before[..before.len() - 1].iter().rev().take_while(is_access).count();
    // The bracket of the test itself.
    let access = &before[before.len() - 1 - path..before.len() - 1];
    if let Some(open) = definition::innermost(access) {
        path -= open + 1;
    }
    (path > 0 && b"([".contains(bracket)).then(|| tested(text, open - 1 - path..lexer.at())).flatten()
}

/// What the expression in a range is looked up in.
pub(super) fn tested(text: &[u8], range: Range<usize>) -> Option<Identifier> {
    let mut lexer = Lexer::new(text, range.end, false);
    lexer.skip_space();
    if comparison::membership(&mut lexer) {
        // What follows a colon is the body of the condition.
        let rest = &lexer.rest()[..lexer.rest().len().min(MAX_TEST)];
        let end = lexer.at() + rest.iter().position(|byte| matches!(byte, b':' | b'\n')).unwrap_or(rest.len());
        return expression::at(&text[..end], lexer.at(), false);
    }
    let low = expression::line_start(text, range.start.saturating_sub(MAX_TEST), range.start);
    let mut head = text[low..range.start].trim_ascii_end();
    while let Some(outside) =
        [b"String(".as_slice(), b"str(", b"string(", b"&", b"*"].iter().find_map(|call| head.strip_suffix(*call))
    {
        head = outside;
    }
    if let Some(before) = head.strip_suffix(b"[") {
        return holder(text, low, before);
    }
    let open = definition::innermost(head).filter(|open| head[*open] == b'(')?;
    let callee = &head[..open];
    let callee = callee.strip_suffix(b"?").unwrap_or(callee);
    let path = callee.iter().rev().take_while(|byte| is_path(**byte)).count();
    let path = &callee[callee.len() - path..];
    let method = last_word(path);
    if !is_one_of(method, TESTS) {
        return None;
    }
    let receiver = &path[..path.len() - method.len()];
    let receiver = [b"->".as_slice(), b"::", b"?.", b"."].iter().find_map(|joint| receiver.strip_suffix(*joint));
    if open + 1 < head.len() {
        // `slices.Contains(keys, header)`
        return head.ends_with(b",").then(|| expression::at(text, low + open + 1, false)).flatten();
    }
    if lexer.eat(b",") {
        // `in_array(header, $keys)`
        lexer.skip_space();
        return expression::at(text, lexer.at(), false);
    }
    let receiver = receiver.filter(|receiver| !receiver.is_empty())?;
    holder(text, low, &callee[..callee.len() - path.len() + receiver.len()])
}

/// What one member is taken of, where an expression begins.
pub(super) fn chosen_from(text: &[u8], at: usize) -> Option<Identifier> {
    if text[at..].starts_with(b"${") {
        return chosen_by_reference(text, at + 2);
    }
    // `"{{ keys[stage] }}"`
    let opening = text[at..].iter().take(4).take_while(|byte| b"\"'{ ".contains(byte)).count();
    let at = if text[at..at + opening].trim_ascii().ends_with(b"{{") { at + opening } else { at };
    let length = text[at..].iter().take(MAX_TEST).take_while(|byte| is_path(**byte)).count();
    let path = at..at + length;
    let mut lexer = Lexer::new(text, path.end, false);
    let last = last_word(&text[path.clone()]);
    if lexer.eat(b"(") && is_one_of(last, CHOOSERS) {
        let found = expression::at(text, lexer.at(), false);
        if found.is_some() || last.len() == path.len() {
            return found;
        }
    }
    let method = path.len() - last.len();
    // `KEYS.get(env)`
    let is_asked = is_one_of(last, ASKERS) && lexer.follows(b"(") && lexer.literal().is_none();
    if method > 1 && (is_one_of(last, CHOOSERS) || is_asked) {
        // `KEYS.sample`
        return holder(text, path.start, &text[path.start..path.start + method - 1]);
    }
    let mut lexer = Lexer::new(text, path.end, false);
    let is_index = lexer.eat(b"[") && lexer.literal().is_none() && !lexer.rest().starts_with(b":");
    (is_index && !path.is_empty()).then(|| holder(text, path.start, &text[path])).flatten()
}

/// `${self:custom.keys.${self:provider.stage}}` of the Serverless Framework.
fn chosen_by_reference(text: &[u8], at: usize) -> Option<Identifier> {
    let start = at
        + [b"self:".as_slice(), b"file(", b"param:"]
            .iter()
            .find(|of| text[at..].starts_with(of))
            .map_or(0, |of| of.len());
    let length = text[start..].iter().take(MAX_TEST).take_while(|byte| is_path(**byte) && **byte != b'$').count();
    let before = text[start..start + length].strip_suffix(b".")?;
    text[start + length..].starts_with(b"${").then(|| holder(text, start, before)).flatten()
}

/// The last name of a path that ends a text, which begins at `low`.
fn holder(text: &[u8], low: usize, before: &[u8]) -> Option<Identifier> {
    let name = last_word(before);
    let start = low + before.len() - name.len();
    let is_fit = name.len() > 2 && !name[0].is_ascii_digit() && !is_one_of(name, REQUESTS);
    let found = bound::identifier(text, start, name.len()).filter(|_| is_fit)?;
    Some(Identifier { is_member: text[..start].ends_with(b"."), ..found })
}

/// What the list that an identifier is given comes to when it is joined, near by: the pieces, in order.
pub(super) fn joined(text: &[u8], name: &[u8], near: usize) -> Option<Vec<Range<usize>>> {
    let pieces = |start: usize| {
        let end = start + name.len();
        let mut elements = if is_whole(text, start, end) { elements(text, &(start..end)) } else { Vec::new() };
        if elements.is_empty() && text[..start].ends_with(b"$") {
            elements = unbracketed(text, end);
        }
        let pieces = elements.into_iter().flat_map(|element| match element {
            Value::Quoted { pieces, interpolates: false } => pieces,
            _ => Vec::new(),
        });
        Some(pieces.collect::<Vec<_>>()).filter(|pieces| pieces.len() > 1)
    };
    let before = memchr::memmem::rfind_iter(&text[..near], name).take(MAX_OCCURRENCES).find_map(pieces);
    before.or_else(|| {
        memchr::memmem::find_iter(&text[near..], name).take(MAX_OCCURRENCES).find_map(|at| pieces(near + at))
    })
}

/// The identifier of a list that is joined as it is: `parts.join("")`, `"".join(parts)`, `strings.Join(parts, "")`.
pub(super) fn joined_list(mut lexer: Lexer<'_>) -> Option<Vec<u8>> {
    let text = lexer.text();
    let mut quoted = lexer;
    if quoted.literal().is_some_and(|literal| literal.content.is_empty()) && quoted.eat(b".join(") {
        let name = expression::word(text, quoted.at());
        return (!name.is_empty() && text.get(name.end) == Some(&b')')).then(|| text[name].to_vec());
    }
    // PowerShell's `($parts -join '')`
    let mut joined = lexer;
    let _opens = joined.eat(b"(");
    let name = expression::word(text, joined.at() + 1);
    if joined.eat(b"$") && !name.is_empty() {
        joined = joined.skipping(name.len());
        if joined.eat(b" -join ") && joined.eat_empty() {
            return Some(text[name].to_vec());
        }
    }
    let path = lexer.path();
    let last = last_word(&text[path.clone()]);
    if !last.eq_ignore_ascii_case(b"join") && last != b"implode" || !lexer.eat(b"(") {
        return None;
    }
    let method = path.len() - last.len();
    let mut first = lexer;
    if first.eat_empty() && first.eat(b")") && method > 1 {
        return Some(last_word(&text[path.start..path.start + method - 1]).to_vec()).filter(|name| !name.is_empty());
    }
    // The separator comes first or last.
    let separates = lexer.eat_empty() && lexer.eat(b",");
    lexer.skip_space();
    let _sigil = lexer.eat(b"$") || lexer.eat(b"@");
    let path = lexer.path();
    let name = path.end - last_word(&text[path.clone()]).len()..path.end;
    let ends = separates && lexer.eat(b")")
        || lexer.eat(b",") && {
            lexer.skip_space();
            lexer.eat_empty()
        };
    (ends && !name.is_empty()).then(|| text[name].to_vec())
}

/// The list that a variable of `PowerShell` is given, which needs no brackets: `$parts = 'a', 'b'`.
fn unbracketed(text: &[u8], at: usize) -> Vec<Value> {
    let mut lexer = Lexer::new(text, at, false);
    lexer.skip_space();
    let is_given = lexer.eat(b"=");
    lexer.skip_space();
    let Some(first) = lexer.literal().filter(|_| is_given) else { return Vec::new() };
    let rest = lexer.joined(Joint::Comma);
    let quoted = |literal: Literal| Value::from(literal);
    std::iter::once(first).chain(rest).map(quoted).collect()
}

/// The literals of the list, set or map that is given to the identifier at `span`.
pub(super) fn elements(text: &[u8], span: &Range<usize>) -> Vec<Value> {
    let mut lexer = Lexer::new(text, span.end, false);
    if let Some(call) = FILLERS.iter().find(|call| lexer.rest().starts_with(call)) {
        // `KEYS.add("VALUE")`
        lexer = lexer.skipping(call.len());
        let first = lexer.literal();
        // `KEYS.put("acme", "VALUE")`
        let maps = matches!(*call, b".put(" | b".set(") && lexer.eat(b",");
        lexer.skip_space();
        let second = if maps { lexer.literal() } else { None };
        let literal = second.or(first).map(|literal| literal.content);
        return literal.map(Value::literal).into_iter().collect();
    }
    if lex::quote_before(text, span.start).is_some() {
        lexer.eat_quote();
    }
    let array =
        lexer.rest().strip_prefix(b": [").and_then(|kind| memchr::memmem::find(&kind[..kind.len().min(48)], b"] = "));
    if text[..span.start].ends_with(b"@") && lexer.rest().starts_with(b" [") {
        // An attribute of Elixir.
        lexer = lexer.skipping(1);
    } else if let Some(kind) = array {
        // An array of Rust.
        lexer = lexer.skipping(3 + kind + 4);
    } else if !declared::declaration(&mut lexer) {
        lexer.skip_space();
        // `std::set<std::string> keys{"VALUE"};`
        let is_initialised =
            lexer.peek() == Some(b'{') && text[..span.start].ends_with(b" ") && !text[..span.start].ends_with(b"= ");
        if !is_initialised && ![b":=".as_slice(), b"=>", b"=", b":", b"<-"].iter().any(|sign| lexer.eat(sign))
            || lexer.rest().starts_with(b"=")
        {
            return Vec::new();
        }
    }
    let line = memchr::memrchr(b'\n', &text[..span.start]).map_or(0, |newline| newline + 1);
    let is_key = text[line..span.start].iter().all(|byte| b" \t-+\"'".contains(byte));
    if lexer.skip_blank() == 1 && is_key && text[span.end..].starts_with(b":") {
        return list::block(lexer, text[..span.start].iter().rev().take_while(|byte| **byte != b'\n').count());
    }
    list::literals(lexer)
}

/// What is taken out of one of several, or of a map, under its own name: `const { key } = stages[stage]`,
/// `[{:keys [host key]} config]`.
pub(super) fn destructured(text: &[u8], span: &Range<usize>, head: &[u8]) -> Option<Identifier> {
    let rest = &text[span.end..text.len().min(span.end + MAX_TEST)];
    if let Some(found) = renamed(text, span, head, rest) {
        return Some(found);
    }
    let next = rest.trim_ascii_start().first().copied();
    let is_of_clojure = memchr::memmem::find(head, b"{:keys [").is_some();
    let declares =
        [b"const {".as_slice(), b"let {", b"var {"].iter().any(|word| memchr::memmem::find(head, word).is_some());
    let close = rest.iter().position(|byte| b"}\n;\"".contains(byte)).filter(|close| rest[*close] == b'}')?;
    let after = rest[close + 1..].trim_ascii_start();
    let is_taken = if is_of_clojure {
        next.is_some_and(|byte| byte == b']' || byte.is_ascii_alphabetic())
            && after.first().is_some_and(u8::is_ascii_alphabetic)
    } else {
        // With a default it is given that.
        declares && matches!(next, Some(b',' | b'}')) && after.starts_with(b"=")
    };
    let found = bound::identifier(text, span.start, span.len()).filter(|_| is_taken)?;
    Some(Identifier { is_member: true, ..found })
}

/// The enumeration around a use of what its own constant holds: `$this->value`, `self.rawValue`.
pub(super) fn enumeration_around(text: &[u8], found: &Identifier) -> Option<Identifier> {
    let is_value = matches!(&found.name[..], b"value" | b"rawValue");
    let before = &text[..found.span.start];
    let is_own = [b"this->".as_slice(), b"self.", b"this."].iter().any(|own| before.ends_with(own));
    let low = found.span.start.saturating_sub(MAX_ENUMERATION);
    let word: &[u8] = b"enum ";
    let start =
        low + memchr::memmem::rfind(&text[low..found.span.start], word).filter(|_| is_value && is_own)? + word.len();
    bound::identifier(text, start, expression::word(text, start).len())
}

/// How far before a use the enumeration may begin that it stands in, in bytes.
const MAX_ENUMERATION: usize = 1024;

/// The literals of the enumeration whose name stands at `span`: `class Stage(str, Enum):` of Python, `enum Stage {`.
pub(super) fn enumerated(text: &[u8], span: &Range<usize>) -> Vec<Value> {
    let before = &text[..span.start];
    let rest = &text[span.end..text.len().min(span.end + MAX_TEST)];
    let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    if before.ends_with(b"enum ") {
        let open = memchr::memchr(b'{', rest).filter(|open| memchr::memchr_iter(b'\n', &rest[..*open]).count() <= 2);
        return open.map(|open| list::literals(Lexer::new(text, span.end + open, false))).unwrap_or_default();
    }
    let is_enumeration = line.starts_with(b"(") && memchr::memmem::find(line, b"Enum").is_some();
    if !before.ends_with(b"class ") || !is_enumeration {
        return Vec::new();
    }
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() - b"class ".len();
    let mut lexer = Lexer::new(text, span.end + line.len(), false);
    lexer.skip_blank();
    list::block(lexer, column)
}

/// What is taken out under another name: `const { key: k } = config`, `['key' => $k] = $config`.
fn renamed(text: &[u8], span: &Range<usize>, head: &[u8], rest: &[u8]) -> Option<Identifier> {
    let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    let of_php =
        head.strip_suffix(b" => $").and_then(|head| head.strip_suffix(b"'").or_else(|| head.strip_suffix(b"\"")));
    let (key, is_taken) = if let Some(key) = of_php {
        (key, memchr::memmem::find(line, b"] = $").is_some())
    } else {
        let words = [b"const {".as_slice(), b"let {", b"var {"];
        let declares = words.iter().any(|word| memchr::memmem::find(head, word).is_some());
        (head.strip_suffix(b": ")?, declares && memchr::memmem::find(line, b"} = ").is_some())
    };
    let length = last_word(key).len();
    let start =
        span.start.checked_sub(head.len() - key.len() + length).filter(|_| text[..span.start].ends_with(head))?;
    let found = bound::identifier(text, start, length).filter(|_| is_taken)?;
    Some(Identifier { is_member: true, ..found })
}

/// The literals of a list that is written out before the test of what it holds: `["VALUE", "VALUE"].includes(key)`.
pub(super) fn listed_before(text: &[u8], at: usize, head: &[u8]) -> Option<Vec<Value>> {
    let call = head.strip_suffix(b"(")?;
    let method = last_word(call);
    let list = call[..call.len() - method.len()].strip_suffix(b".")?;
    if !is_one_of(method, TESTS) || !list.ends_with(b"]") && !list.ends_with(b")") && !list.ends_with(b"}") {
        return None;
    }
    let inner = &list[..list.len() - 1];
    let open = definition::innermost(inner)?;
    let found = list::literals(Lexer::new(text, at - head.len() + open, false));
    (!found.is_empty()).then_some(found)
}

/// The list that a variable goes through: `for valid in KEYS`, `for (String valid : KEYS)`, `for (const valid of KEYS)`.
pub(super) fn iterated(text: &[u8], mut lexer: Lexer<'_>, head: &[u8]) -> Option<Identifier> {
    let is_loop = memchr::memmem::rfind(head, b"for ").or_else(|| memchr::memmem::rfind(head, b"foreach "));
    let between = &head[is_loop?..];
    if between.len() > 40 || between.contains(&b')') {
        return None;
    }
    let goes = [b" in ".as_slice(), b" of ", b" : ", b" := range "].iter().any(|word| lexer.eat(word));
    // What follows a colon is the body of the loop.
    let rest = &lexer.rest()[..lexer.rest().len().min(MAX_TEST)];
    let end = lexer.at() + rest.iter().position(|byte| matches!(byte, b':' | b'\n')).unwrap_or(rest.len());
    goes.then(|| expression::at(&text[..end], lexer.at(), false)).flatten()
}

fn is_path(byte: u8) -> bool {
    expression::is_word(byte) || b".:>-$?!".contains(&byte)
}

fn last_word(path: &[u8]) -> &[u8] {
    let length = path.iter().rev().take_while(|byte| expression::is_word(**byte)).count();
    &path[path.len() - length..]
}

fn is_one_of(word: &[u8], words: &[&str]) -> bool {
    words.iter().any(|one| word.eq_ignore_ascii_case(one.as_bytes()))
}
