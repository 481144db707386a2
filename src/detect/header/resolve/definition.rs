//! What an occurrence of an identifier says about what it holds: a literal, another identifier, something else, or
//! nothing.

use std::ops::Range;

use super::{
    super::{
        appended,
        associate::{self, Value},
        declared,
        expression::{self as values, Expected},
        name::Name,
        nested, siblings,
    },
    body, bound, called, compared,
    expression::{self, Identifier},
    forms, interpolated, members, parameter, rows, usage,
};
use crate::detect::{
    judge::{Association, judge_header},
    lex::{self, Lexer},
};

/// What an identifier is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// Several in the branches of an expression.
    Literals(Vec<Value>),
    Alias(Identifier),
    /// What it is compared with is one of these.
    Members(Identifier),
    /// What it is compared with is this member of one of several things.
    AnyOf(Identifier),
    /// It is a constant of the type of this name.
    OneOf(Identifier),
    /// It is handed on to this one.
    Bound(Identifier),
    /// Something that is no literal: a call, a lookup, a parameter.
    Other,
}

/// How an identifier is given something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Manner {
    /// `key = …`
    Assigned,
    /// `key: …`, `"key": …`, `<key>…</key>`, as in an object, a document or a call.
    Entered,
}

/// Calls that give the name in their first argument the value in their second.
const DEFINERS: &[&str] = &[
    "const_set",
    "define",
    "defvar",
    "getenv",
    "get",
    "env",
    "put",
    "putenv",
    "set",
    "setdefault",
    "setenv",
    "setproperty",
    "setitem",
    "config",
    "systemproperty",
    "getorelse",
    "getordefault",
    "fetch",
];

/// Words before a name after which a blank gives it a value.
const SETTERS: &[&[u8]] = &[
    b"def",
    b"(def",
    b"(defvar",
    b"(defparameter",
    b"(defconst",
    b"(defconstant",
    b"(define",
    b"(setq",
    b"(setf",
    b"(let",
    b"((",
    b"setq",
    b"let",
    b"local",
    b"set",
    b"set(",
    b"setenv",
    b"env",
    b"arg",
    b"#define",
    b"#macro",
    b"dcl-c",
    b"define",
    b"[",
    b"-gx",
    b"-x",
    b"-g",
    b"-l",
    b"variable",
    b"global",
    b"setx",
    b"declare",
    b"presetenv",
    b"#!define",
    b"^:private",
    b"^:const",
    b"--env",
    b"-e",
];

/// How far back a line is read, in bytes.
const MAX_HEAD: usize = 256;

/// How long the block of a variable may be, in bytes.
const MAX_BLOCK: usize = 1024;

/// Reads an occurrence of an identifier. `is_bound`: it holds what a request has in the header, so that what it is compared
/// with is such a value too.
pub(super) fn read(text: &[u8], span: Range<usize>, is_bound: bool) -> Option<(Manner, Given)> {
    use Manner::{Assigned, Entered};
    let span = with_path(text, span);
    let quote = lex::quote_before(text, span.start);
    let is_whole_literal = quote.is_some_and(|quote| Lexer::new(text, span.end, false).eat_closing(quote));
    let quote = quote.filter(|_| is_whole_literal);
    let name = Name { span: span.clone(), quote, is_whole_literal, is_identifier: true };
    let escaped = quote.is_some_and(|quote| quote[0] == b'\\');
    let mut lexer = Lexer::new(text, span.end, escaped);
    if let Some(quote) = quote {
        lexer.eat_closing(quote);
    }
    let head = head(text, span.start - quote.map_or(0, <[u8]>::len));
    // Earmuffs of Lisp.
    let muffs = head.strip_suffix(b"*").filter(|_| lexer.rest().starts_with(b"* "));
    if muffs.is_some() {
        lexer.eat(b"*");
    }
    let head = muffs.unwrap_or(head);
    let literals = |values: Vec<Value>| (!values.is_empty()).then_some((Entered, Given::Literals(values)));
    if expression::unmarked(head.trim_ascii_start()).starts_with(b"map $") && head.ends_with(b" $") {
        // `map $host $key { api.example VALUE; }` of nginx
        return literals(nested::second_column(text, lexer.at()));
    }
    if head.ends_with(b"</") {
        return None;
    }
    if head.ends_with(b"<") && lexer.rest().starts_with(b">") {
        return literals(associate::values_of(text, &name));
    }
    if is_whole_literal && head.trim_ascii_end().ends_with(b"variable") {
        return block_default(text, &name, lexer).map(|given| (Assigned, given));
    }
    if let Some(before) = head.strip_suffix(b"&").filter(|_| lexer.rest().starts_with(b" ")) {
        // YAML's anchors.
        let is_anchor = before.trim_ascii_end().ends_with(b":") || before.trim_ascii_end().ends_with(b"-");
        lexer.skip_space();
        return is_anchor.then(|| literals(values::values(lexer, &name, Expected::Any))).flatten();
    }
    if is_of_setter(text, &span, head) {
        return None;
    }
    // A subclass gives it something.
    if memchr::memmem::find(head, b"abstract ").is_some() && !head.contains(&b'=') {
        return None;
    }
    let returned = if quote.is_none() { body::of_function(&name, lexer, head) } else { Vec::new() };
    if !returned.is_empty() {
        return Some((Assigned, Given::Literals(returned)));
    }
    let declares = |lexer: &mut Lexer<'_>| {
        declared::declaration(lexer)
            || forms::sized_type(lexer)
            || forms::disjunction(lexer)
            || declared::declared_default(lexer)
    };
    if !is_whole_literal && declares(&mut lexer) {
        return Some((Assigned, given(text, &name, lexer, Expected::Literal)));
    }
    let open = span.start - quote.map_or(0, <[u8]>::len);
    if is_bound && let Some(given) = checked(text, &name, lexer, open, head) {
        return Some((Assigned, given));
    }
    if let Some(given) = taken(text, &span, lexer, head) {
        return Some((Assigned, given));
    }
    if is_bound && let Some(given) = handed_on(text, &name, head) {
        return Some((Assigned, given));
    }
    if let Some(value) = appended::first(text, &span) {
        return Some((Assigned, Given::Literals(vec![value])));
    }
    if let Some(value) = forms::by_shape(text, span, lexer, head) {
        return Some((Assigned, Given::Literals(vec![value])));
    }
    let found = by_separator(text, &name, lexer, head).or_else(|| beside(text, &name));
    let is_literal = matches!(found, Some((_, Given::Literals(_))));
    let is_parameter = || parameter::is_declared(head, lexer.rest());
    if is_literal || is_whole_literal || !is_parameter() {
        return found;
    }
    // `stage: Stage`: the type may be an enumeration.
    match found {
        Some((_, Given::Alias(kind))) if kind.name[0].is_ascii_uppercase() => Some((Assigned, Given::OneOf(kind))),
        _ => Some((Assigned, Given::Other)),
    }
}

/// Whether it is the parameter of the method that sets the field of its name: `setSecret(String secret)`.
fn is_of_setter(text: &[u8], span: &Range<usize>, head: &[u8]) -> bool {
    let name = &text[span.clone()];
    let Some(open) = innermost(head).filter(|open| head[*open] == b'(') else { return false };
    let setter = head[..open].rsplit(|byte| !expression::is_word(*byte)).next().unwrap_or_default();
    setter.strip_prefix(b"set").is_some_and(|field| field.eq_ignore_ascii_case(name))
}

/// What a variable that has the header is compared with; it, or its quote, begins at `open`.
fn checked(text: &[u8], name: &Name, lexer: Lexer<'_>, open: usize, head: &[u8]) -> Option<Given> {
    if let Some(values) = compared::with(text, lexer, open, head) {
        return Some(values);
    }
    let chosen = body::patterns(text, name);
    if !chosen.is_empty() {
        return Some(Given::Literals(chosen));
    }
    members::listed_before(text, name.span.start, head).map(Given::Literals)
}

/// What is handed on that has the header, or what it is looked up in.
fn handed_on(text: &[u8], name: &Name, head: &[u8]) -> Option<Given> {
    let parameter = parameter::handed_on(text, name.span.start, head).map(Given::Bound);
    let list = parameter.or_else(|| members::tested(text, name.span.clone()).map(Given::Members));
    list.or_else(|| bound::assigned(text, name).map(Given::Bound))
}

/// What is taken out of something: by a loop, by its name or its place, or by the initialiser of a member.
fn taken(text: &[u8], span: &Range<usize>, lexer: Lexer<'_>, head: &[u8]) -> Option<Given> {
    let looped = rows::of_loop(text, span, head);
    if !looped.is_empty() {
        return Some(Given::Literals(looped));
    }
    if let Some(list) = members::iterated(text, lexer, head) {
        return Some(Given::Members(list));
    }
    if let Some(alias) = members::destructured(text, span, head).or_else(|| forms::member_alias(lexer, head)) {
        return Some(Given::Alias(alias));
    }
    let value = forms::of_tuple(text, span).or_else(|| forms::of_property(lexer))?;
    Some(Given::Literals(vec![value]))
}

/// The bracket of a line that is still open at its end.
pub(super) fn innermost(head: &[u8]) -> Option<usize> {
    let mut depth = 0_u32;
    head.iter().rposition(|byte| match byte {
        b')' | b']' | b'}' => {
            depth += 1;
            false
        }
        b'(' | b'[' | b'{' if depth == 0 => true,
        b'(' | b'[' | b'{' => {
            depth -= 1;
            false
        }
        _ => false,
    })
}

/// What a name is given by what follows it: a separator, or a blank where that is one.
fn by_separator(text: &[u8], name: &Name, mut lexer: Lexer<'_>, head: &[u8]) -> Option<(Manner, Given)> {
    use Manner::{Assigned, Entered};
    while !lexer.rest().starts_with(b"?=") && [b"]".as_slice(), b"?", b"!"].iter().any(|closer| lexer.eat(closer)) {}
    let before = lexer.at();
    if lexer.skip_space() > 0 {
        return None;
    }
    let is_spaced = lexer.at() > before;
    let rest = lexer.rest();
    let follows = |tokens: &[&[u8]]| tokens.iter().any(|token| rest.starts_with(token));
    if follows(&[b"==", b"=~", b"!=", b"::"]) {
        return None;
    }
    // `key = ${?KEY}` of HOCON gives it something else only where that is set.
    if follows(&[b"= ${?", b": ${?", b"=${?"]) {
        return None;
    }
    // `key, err := …` of Go
    if let Some(ignored) = [b", _ ".as_slice(), b", err ", b", ok "].iter().find(|ignored| rest.starts_with(ignored)) {
        let is_given = [b":=".as_slice(), b"= "].iter().any(|sign| rest[ignored.len()..].starts_with(sign));
        lexer = lexer.skipping(if is_given { ignored.len() } else { 0 });
    }
    let falls_back = follows(&[b":-", b"||", b"??", b"?:", b"or "]) && !follows(&[b"||=", b"??="]);
    if falls_back || rest.starts_with(b",") && name.is_whole_literal && is_defined_by_call(head) {
        let values = associate::values_of(text, name);
        return (!values.is_empty()).then_some((Assigned, Given::Literals(values)));
    }
    let separators: [&[u8]; 8] = [b":=", b"?=", b"||=", b"??=", b"<-", b"=>", b"=", b":"];
    if let Some(separator) = separators.into_iter().find(|separator| lexer.eat(separator)) {
        let mut typed = lexer;
        if separator == b":" && !name.is_whole_literal && declared::declaration(&mut typed) {
            return Some((Assigned, given(text, name, typed, Expected::Literal)));
        }
        let is_argument = innermost(head).is_some_and(|open| head[open] == b'(');
        let manner = if matches!(separator, b":" | b"=>") && !is_argument { Entered } else { Assigned };
        return Some((manner, given(text, name, lexer, Expected::Any)));
    }
    // `std::string key{"VALUE"}`, Elixir's `@key "VALUE"`
    let is_initialised = follows(&[b"{\"", b"(\"", b"{\\\"", b"(\\\"", b"(QStringLiteral(", b"(QByteArrayLiteral("])
        && (head.ends_with(b"string ")
            || forms::is_initialised(lexer, head)
            || forms::is_member_initialised(lexer, head));
    // Before it a string of another language may begin.
    let own = head.rsplit(|byte| *byte == b'"').next().unwrap_or_default();
    if is_initialised || is_spaced && expression::unmarked(own.trim_ascii_start()).trim_ascii_start() == b"@" {
        let lexer = lexer.skipping(usize::from(is_initialised));
        return Some((Assigned, given(text, name, lexer, Expected::Literal)));
    }
    // A key of a map of Clojure.
    let is_keyword =
        head.strip_suffix(b":").is_some_and(|before| before.last().is_none_or(|byte| b" \t{".contains(byte)));
    if is_spaced && is_keyword && matches!(lexer.peek(), Some(b'"')) {
        return Some((Entered, given(text, name, lexer, Expected::Literal)));
    }
    // AppleScript's `set theKey to "VALUE"`
    if expression::unmarked(own.trim_ascii_start()).trim_ascii_start() == b"set " && lexer.eat(b"to ") {
        return Some((Assigned, given(text, name, lexer, Expected::Literal)));
    }
    if is_spaced
        && expression::unmarked(own.trim_ascii()).trim_ascii().is_empty()
        && forms::is_in_list_of_shell(&text[..name.span.start])
    {
        return Some((Entered, given(text, name, lexer, Expected::Any)));
    }
    let sigils = head.iter().rev().take_while(|byte| b"$@%".contains(byte)).count();
    let word = head[..head.len() - sigils].trim_ascii_end();
    let word = word.rsplit(u8::is_ascii_whitespace).next().unwrap_or_default();
    let is_set = is_spaced && SETTERS.iter().any(|setter| expression::unmarked(word).eq_ignore_ascii_case(setter));
    (is_set && !name.is_whole_literal).then(|| (Assigned, given(text, name, lexer, Expected::Any)))
}

/// Whether the name that follows is the first argument of a call that defines it.
fn is_defined_by_call(head: &[u8]) -> bool {
    let Some(callee) = head.trim_ascii_end().strip_suffix(b"(") else { return false };
    let length = callee.iter().rev().take_while(|byte| expression::is_word(**byte)).count();
    let callee = callee[callee.len() - length..].to_ascii_lowercase();
    DEFINERS.iter().any(|definer| definer.as_bytes() == callee)
}

/// Steps over blanks, and over a line break with what may stand behind it: a comment, the column of a diff. Returns how many
/// lines end on the way, not counting those of comments.
fn on_next_line(lexer: &mut Lexer<'_>) -> usize {
    let breaks = lexer.skip_space();
    if breaks == 1 {
        lexer.skip_blank();
        if lexer.follows(b"\n") && lexer.eat(b"+") {
            lexer.skip_blank();
        }
    } else if breaks == 0 && lexer.eat(b"\\n") {
        // Inside a string of another language.
        return 1 + lexer.skip_space();
    }
    breaks
}

/// What the expression where `lexer` stands gives a name.
fn given(text: &[u8], name: &Name, mut lexer: Lexer<'_>, expected: Expected) -> Given {
    let breaks = on_next_line(&mut lexer);
    let start = lexer.at();
    let entered = forms::default_of_entry(text, name, lexer, breaks);
    if !entered.is_empty() {
        return Given::Literals(entered);
    }
    if breaks > 1 {
        return Given::Other;
    }
    // `flag.String("api-key", "VALUE", …)`
    if let Some(value) = forms::default_of_flag(lexer) {
        return Given::Literals(vec![value]);
    }
    if let Some(value) = forms::injected_by_token(lexer) {
        return Given::Literals(vec![value]);
    }
    let chosen = body::of_expression(name, lexer);
    if !chosen.is_empty() {
        return Given::Literals(chosen);
    }
    if let Some(list) = members::chosen_from(text, start) {
        return Given::Members(list);
    }
    let values = values::values(lexer, name, if breaks > 0 { Expected::Literal } else { expected });
    match values.first() {
        Some(Value::Quoted { pieces, .. }) if begins_list(text, start, pieces) || is_changed(text, start, pieces) => {
            Given::Other
        }
        // `"${OTHER}"`
        Some(Value::Quoted { pieces, .. }) => match pieces.first().and_then(|piece| whole_reference(text, piece)) {
            Some(alias) if pieces.len() == 1 => Given::Alias(alias),
            _ => Given::Literals(values),
        },
        // Without quotes it is a name in most languages, and a value in files of settings.
        Some(Value::Bare { span }) if is_value(&text[span.clone()]) => Given::Literals(values),
        Some(Value::Sibling { .. } | Value::Encoded { .. }) => Given::Literals(values),
        _ => {
            let other = fallback(text, start);
            match expression::at(text, start, false) {
                // `environment["KEY"] ?? spare`, `getenv("KEY", spare)`
                Some(found) => {
                    let spare = other.map(|other| other.name);
                    let spare = spare.or_else(|| usage::alternative(text, found.span.end));
                    Given::Alias(Identifier { spare, ..found })
                }
                None => other.map_or(Given::Other, Given::Alias),
            }
        }
    }
}

/// The identifier that a lookup falls back to: `configuration["Key"] ?? FALLBACK`.
pub(super) fn fallback(text: &[u8], start: usize) -> Option<Identifier> {
    let line = &text[start..text.len().min(start + MAX_HEAD)];
    let line = &line[..memchr::memchr2(b'\n', b';', line).unwrap_or(line.len())];
    let operators: [&[u8]; 7] = [b"?? ", b"|| ", b"?: ", b" or ", b"unwrap_or_else(|_| ", b"unwrap_or(", b".orElse("];
    let end = operators.iter().find_map(|operator| Some(memchr::memmem::find(line, operator)? + operator.len()))?;
    expression::at(text, start + end, false)
}

/// The identifier that all of a literal refers to.
fn whole_reference(text: &[u8], piece: &Range<usize>) -> Option<Identifier> {
    interpolated::at(text, piece.start).filter(|alias| piece.end <= alias.span.end + 3)
}

/// Whether a call makes something else of a literal: `sha256("…")`.
fn is_changed(text: &[u8], start: usize, pieces: &[Range<usize>]) -> bool {
    let call = pieces.first().map_or(&[][..], |first| &text[start..first.start]);
    innermost(call).is_some_and(|open| call[open] == b'(' && called::changes(&call[..open]))
}

/// Whether a literal is the first of several in a list: none of these is the value.
fn begins_list(text: &[u8], start: usize, pieces: &[Range<usize>]) -> bool {
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return false };
    let mut lexer = Lexer::new(text, last.end, false);
    lexer.eat_quote();
    lexer.skip_space();
    text[start..first.start].contains(&b'[') && lexer.eat(b",")
}

/// What is named by all of its path: `<api.key>`, `name="api.key"`, `'{$API.KEY}'`.
fn with_path(text: &[u8], span: Range<usize>) -> Range<usize> {
    let head = head(text, span.start);
    let length = head.iter().rev().take_while(|byte| expression::is_word(**byte) || **byte == b'.').count();
    let before = &head[..head.len() - length];
    if before.ends_with(b"{$") && text[span.end..].starts_with(b"}") {
        // A macro of Zabbix.
        return span.start - length - 2..span.end + 1;
    }
    let opened = before.last().copied().filter(|_| head.ends_with(b"."));
    let closes = text.get(span.end).copied();
    let is_path = match opened {
        Some(b'<') => true,
        Some(b'>') => closes == Some(b'<'),
        Some(quote @ (b'"' | b'\'')) => closes == Some(quote),
        _ => false,
    };
    if is_path { span.start - length..span.end } else { span }
}

/// Whether text without quotes is rather a value than a name: digits among letters, as no name has them.
fn is_value(text: &[u8]) -> bool {
    judge_header(text, Association::Bare).is_ok()
}

/// `variable "key" { default = "VALUE" }`
fn block_default(text: &[u8], name: &Name, mut lexer: Lexer<'_>) -> Option<Given> {
    lexer.skip_space();
    if !lexer.eat(b"{") {
        return None;
    }
    let block = &lexer.rest()[..lexer.rest().len().min(MAX_BLOCK)];
    let block = &block[..memchr::memchr(b'}', block).unwrap_or(block.len())];
    let at = memchr::memmem::find(block, b"default")? + b"default".len();
    let mut value = lexer.skipping(at);
    value.skip_space();
    value.eat(b"=").then(|| given(text, name, value, Expected::Any))
}

/// `{"key": "apiKey", "value": "VALUE"}`
fn beside(text: &[u8], name: &Name) -> Option<(Manner, Given)> {
    let values = siblings::values_of(text, name);
    (!values.is_empty()).then_some((Manner::Entered, Given::Literals(values)))
}

/// The line up to `at`.
fn head(text: &[u8], at: usize) -> &[u8] {
    let low = at.saturating_sub(MAX_HEAD);
    &text[expression::line_start(text, low, at)..at]
}
