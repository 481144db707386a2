//! What a function, a computed property or a choice comes to: the literals that it returns in any of its branches.

use super::{
    super::{
        associate::Value,
        expression::{self as values, Expected},
        name::Name,
    },
    bound,
    expression::{self, Identifier},
};
use crate::detect::lex::Lexer;

/// How long the parameters and the type of a function may be, in bytes.
const MAX_HEAD: usize = 160;

/// How long the subject of a choice may be, in bytes.
const MAX_SUBJECT: usize = 48;

/// How long a body may be, in bytes.
const MAX_BODY: usize = 1024;

/// How many of its results are read; the first ones.
const MAX_RESULTS: usize = 16;

/// Words of a line that make what they stand before a function or a property.
const DEFINERS: &[&[u8]] = &[
    b"async",
    b"def",
    b"defp",
    b"export",
    b"fn",
    b"fun",
    b"func",
    b"function",
    b"get",
    b"internal",
    b"let",
    b"override",
    b"private",
    b"proc",
    b"Property",
    b"protected",
    b"pub",
    b"public",
    b"static",
    b"string",
    b"String",
    b"sub",
    b"var",
];

/// What begins a choice, or a function without a name, where a value is expected.
const CHOICES: &[&[u8]] = &[
    b"match ",
    b"match(",
    b"when ",
    b"when(",
    b"switch ",
    b"switch(",
    b"case ",
    b"if ",
    b"if(",
    b"cond ",
    b"do ",
    b"function",
    b"async ",
    b"fn ",
    b"fun ",
    b"func(",
];

/// What stands before a result.
const ARROWS: &[&[u8]] = &[
    b"return ", b"Return ", b"return(", b"=>", b"->", b"then ", b"else ", b"yield ", b"{ ", b"echo ", b"do: ",
    b"else: ",
];

/// Words that begin the next definition, where nothing else ends a body.
const NEXT: &[&[u8]] = &[
    b"@",
    b"End Property",
    b"End Function",
    b"class ",
    b"def ",
    b"fn ",
    b"fun ",
    b"func ",
    b"function ",
    b"let ",
    b"module ",
    b"val ",
];

/// The literals that the function or property returns whose name ends at `lexer`, if it is defined there. `head` is its line
/// up to the name.
pub(super) fn of_function(name: &Name, lexer: Lexer<'_>, head: &[u8]) -> Vec<Value> {
    let own = head.rsplit(|byte| b"\";{}(".contains(byte)).next().unwrap_or_default();
    let word = own.trim_ascii_end().rsplit(|byte| !expression::is_word(*byte)).next().unwrap_or_default();
    let is_defined = own.ends_with(b" ")
        && own.split(|byte| !expression::is_word(*byte)).any(|word| DEFINERS.contains(&word))
        && !matches!(word, b"return" | b"await" | b"new" | b"in");
    let is_method = expression::unmarked(own.trim_ascii_start()).is_empty() && lexer.peek() == Some(b'(');
    if !is_defined && !is_method {
        return Vec::new();
    }
    let text = lexer.text();
    let mut body = lexer;
    let has_parameters = lexer.peek() == Some(b'(');
    if has_parameters {
        let Some(close) = closing(lexer.rest(), MAX_HEAD) else { return Vec::new() };
        body = lexer.skipping(close);
    }
    let rest = &body.rest()[..body.rest().len().min(MAX_HEAD)];
    // The type of what is returned, other parameters, the column of a diff.
    let belongs = |byte: &u8| expression::is_word(*byte) || b" \t\r\n:<>[]?*&|.-\\+".contains(byte);
    let length = rest.iter().take_while(|byte| belongs(byte)).count();
    let breaks_line = |text: &[u8]| [b"\n".as_slice(), b"\r", b"\\n", b"\\r"].iter().any(|end| text.starts_with(end));
    let next = (rest.get(length), rest.get(length + 1));
    let is_block = next.0 == Some(&b'{');
    // `def key(env):`, `def key` of Ruby, `def key(env), do:` of Elixir
    let is_indented =
        rest[..length].trim_ascii_end().ends_with(b":") || rest.strip_prefix(b":").is_some_and(breaks_line);
    let is_ruby = own.ends_with(b"def ") && breaks_line(rest);
    let is_elixir = rest.starts_with(b", do:");
    // `Property Key As String` of Basic
    let is_basic = own.ends_with(b"Property ") && rest.starts_with(b" As ") || own.ends_with(b"Function ");
    // `fun key(env: Env) = when …`, `let key env =`
    let is_equation = next.0 == Some(&b'=')
        && next.1 != Some(&b'=')
        && (has_parameters || word == b"let" && !rest[..length].trim_ascii().is_empty());
    if !(is_block || is_defined && (is_indented || is_ruby || is_elixir || is_basic || is_equation)) {
        return Vec::new();
    }
    results(name, Lexer::new(text, body.at(), false))
}

/// The literals that a choice, or a function without a name, comes to, where an expression begins with one.
pub(super) fn of_expression(name: &Name, lexer: Lexer<'_>) -> Vec<Value> {
    // `(() => { return … })()`
    let is_called = [b"((".as_slice(), b"(function", b"(async "].iter().any(|open| lexer.rest().starts_with(open));
    let lexer = lexer.skipping(usize::from(is_called));
    let line = &lexer.rest()[..lexer.rest().len().min(MAX_SUBJECT)];
    let line = &line[..memchr::memchr2(b'\n', b'"', line).unwrap_or(line.len())];
    // `env match { case "prod" => …`, `region switch { "eu" => …`
    let begins = CHOICES.iter().any(|choice| lexer.rest().starts_with(choice))
        || memchr::memmem::find(line, b" match {").is_some()
        || memchr::memmem::find(line, b" switch")
            .is_some_and(|at| !line.get(at + 7).is_some_and(|byte| expression::is_word(*byte)));
    let is_arrow = || {
        let close = if lexer.peek() == Some(b'(') { closing(lexer.rest(), MAX_HEAD) } else { None };
        close.is_some_and(|close| lexer.rest()[close..].trim_ascii_start().starts_with(b"=>"))
    };
    if begins || is_arrow() { results(name, lexer) } else { Vec::new() }
}

/// What a choice expects the header to be: `match headers.get("X-API-Key") { Some("VALUE") => …`.
pub(in crate::detect::header) fn patterns(text: &[u8], name: &Name) -> Vec<Value> {
    let Some(mut lexer) = choice(text, name) else { return Vec::new() };
    let mut found = Vec::new();
    while lexer.peek().is_some() && found.len() < MAX_RESULTS {
        let Some(literal) = lexer.literal() else {
            lexer = lexer.skipping(1);
            continue;
        };
        if is_pattern(lexer) {
            found.push(Value::from(literal));
        }
    }
    found
}

/// The constants that a choice expects the header to be: `[@secret] -> …`, `Some(EXPECTED) => …`.
pub(super) fn pattern_names(text: &[u8], name: &Name) -> Vec<Identifier> {
    let is_constant = |found: &Identifier| {
        let before = &text[..found.span.start];
        let is_marked = before.ends_with(b"@") || before.ends_with(b"^");
        // What begins with a small letter is a name for whatever is there, to Scala.
        let is_stable = before.ends_with(b"case ") && found.name[0].is_ascii_uppercase();
        is_marked || is_stable || found.name.len() > 2 && found.name.iter().all(|byte| !byte.is_ascii_lowercase())
    };
    let names = names(text, name).into_iter().filter(|(_, is_tested)| !is_tested).map(|(found, _)| found);
    names.filter(is_constant).collect()
}

/// The names that a choice gives what the header is, and then tests: `Some(key) if key == EXPECTED => …`.
pub(super) fn bound_names(text: &[u8], name: &Name) -> Vec<Identifier> {
    names(text, name).into_iter().filter(|(_, is_tested)| *is_tested).map(|(found, _)| found).collect()
}

/// The identifiers among the patterns of a choice, and whether a test follows.
fn names(text: &[u8], name: &Name) -> Vec<(Identifier, bool)> {
    let Some(mut lexer) = choice(text, name) else { return Vec::new() };
    let mut found = Vec::new();
    while lexer.peek().is_some() && found.len() < MAX_RESULTS {
        if lexer.literal().is_some() {
            continue;
        }
        let length = lexer.rest().iter().take_while(|byte| expression::is_word(**byte)).count();
        let next = lexer.skipping(length);
        let mut after = next;
        while after.eat(b")") || after.eat(b"]") || after.eat(b" ") {}
        let is_tested = after.eat(b"if ") || after.eat(b"when ");
        // What a test looks it up in is no pattern.
        let before = text[..lexer.at()].strip_suffix(b"@").unwrap_or(&text[..lexer.at()]);
        if is_tested || is_pattern(next) && !before.ends_with(b" in ") {
            found.extend(bound::identifier(text, lexer.at(), length).map(|name| (name, is_tested)));
        }
        lexer = lexer.skipping(length.max(1));
    }
    found
}

/// Behind the name of a header that a choice is made by, up to where that ends.
fn choice<'t>(text: &'t [u8], name: &Name) -> Option<Lexer<'t>> {
    let low = expression::line_start(text, name.span.start.saturating_sub(MAX_HEAD), name.span.start);
    let own = text[low..name.span.start].rsplit(|byte| b";{}".contains(byte)).next().unwrap_or_default();
    let chooses: [&[u8]; 4] = [b"match", b"switch", b"case", b"when"];
    let mut lexer = Lexer::new(text, name.span.end, false);
    lexer.eat_quote();
    // `optionalHeaderValueByName("X-API-Key") { case Some("VALUE") => …` of Scala
    let mut block = lexer;
    let is_block = block.eat(b")") && {
        let _method = block.eat(b".flatMap") || block.eat(b".map");
        block.skip_space();
        block.eat(b"match ");
        block.eat(b"{") && {
            block.skip_blank();
            block.rest().starts_with(b"case ")
        }
    };
    if !is_block && !own.split(|byte| !expression::is_word(*byte)).any(|word| chooses.contains(&word)) {
        return None;
    }
    let end = lexer.at() + extent(lexer.rest());
    Some(Lexer::new(&text[..end], lexer.at(), false))
}

/// Whether what ends here is a pattern of a choice.
fn is_pattern(mut after: Lexer<'_>) -> bool {
    while after.eat(b")") || after.eat(b"]") || after.eat(b">>") || after.eat(b" ") {}
    [b"=>".as_slice(), b"->", b":", b"then", b"|"].iter().any(|arrow| after.eat(arrow))
}

/// Reads a body, from behind its head on.
fn results(name: &Name, lexer: Lexer<'_>) -> Vec<Value> {
    let end = lexer.at() + extent(lexer.rest());
    let text = &lexer.text()[..end];
    let mut found: Vec<Value> = Vec::new();
    let mut at = lexer.at();
    while at < end && found.len() < MAX_RESULTS {
        let Some(arrow) = ARROWS.iter().find(|arrow| text[at..].starts_with(arrow)) else {
            at += 1;
            continue;
        };
        let is_word = |byte: &u8| expression::is_word(*byte);
        // The letter of an escape is none of the word, inside a string of another language.
        let is_escape = matches!(text[..at], [.., b'\\', b'n' | b'r' | b't']);
        if is_word(&arrow[0]) && text[..at].last().is_some_and(is_word) && !is_escape {
            at += 1;
            continue;
        }
        at += arrow.len();
        let mut result = Lexer::new(text, at, false);
        result.skip_space();
        if begins_value(result) {
            found.extend(values::values(result, name, Expected::Literal));
        }
    }
    found
}

/// Whether an expression that has a value begins here, and not a block, whose results come later.
fn begins_value(lexer: Lexer<'_>) -> bool {
    !lexer.rest().starts_with(b"{") && !CHOICES.iter().any(|choice| lexer.rest().starts_with(choice))
}

/// How long a body is: to its closing bracket, else to where another definition begins.
fn extent(rest: &[u8]) -> usize {
    let rest = &rest[..rest.len().min(MAX_BODY)];
    let escaped = memchr::memmem::find(rest, b"\\n").unwrap_or(rest.len());
    let first = memchr::memchr(b'\n', rest).unwrap_or(rest.len()).min(escaped);
    // The bracket may stand on a line of its own.
    let blank = rest[first..].iter().take_while(|byte| b" \t\r\n\\+".contains(byte) || **byte == b'n').count();
    let line = if rest.get(first + blank) == Some(&b'{') { first + blank + 1 } else { first };
    let open = memchr::memchr(b'{', &rest[..line]);
    let block = open.and_then(|open| closing(&rest[open..], MAX_BODY).map(|close| open + close));
    let breaks = memchr::memchr_iter(b'\n', rest).map(|at| (at, at + 1));
    let inner = memchr::memmem::find_iter(rest, b"\\n").map(|at| (at, at + 2));
    let begins_next = |next: &usize| {
        let line = expression::unmarked(rest[*next..].trim_ascii_start());
        NEXT.iter().any(|word| line.starts_with(word))
    };
    let next = breaks.chain(inner).filter(|(_, next)| begins_next(next)).map(|(end, _)| end).min();
    block.unwrap_or(rest.len()).min(next.unwrap_or(rest.len()))
}

/// Where the bracket closes that opens a text, behind it; brackets in literals are none.
fn closing(text: &[u8], longest: usize) -> Option<usize> {
    let text = &text[..text.len().min(longest)];
    let mut lexer = Lexer::new(text, 0, false);
    let mut depth = 0_u32;
    while let Some(byte) = lexer.peek() {
        if lexer.literal().is_some() {
            continue;
        }
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        lexer = lexer.skipping(1);
        if depth == 0 {
            return Some(lexer.at());
        }
    }
    None
}
