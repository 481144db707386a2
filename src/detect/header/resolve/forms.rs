//! Ways to give an identifier a literal that are no assignments of one: what a function returns, what a call copies, the
//! default of an option, of a lookup or of an entry, a value that is injected.

use std::ops::Range;

use super::{
    super::{
        associate::Value,
        expression::{self as values, Expected},
        list,
        name::Name,
    },
    expression::{self, Identifier},
};
use crate::detect::lex::Lexer;

/// The literal that the shape around an occurrence gives it. `lexer` stands behind the identifier, `head` is its line up to
/// there.
pub(super) fn by_shape(text: &[u8], span: Range<usize>, lexer: Lexer<'_>, head: &[u8]) -> Option<Value> {
    let is_function = lexer.peek() == Some(b'(') || head.ends_with(b"def ") && lexer.peek() == Some(b'\n');
    // Where an expression is expected it is called, not defined.
    let is_called = head.ends_with(b".") || head.trim_ascii_end().ends_with(b"=") || head.ends_with(b"return ");
    if is_function && !is_called {
        return returned(lexer);
    }
    if let Some(value) = bound_before(text, span.start, head).or_else(|| of_fact(text, &span, lexer, head)) {
        return Some(value);
    }
    if head.ends_with(b"set ") && lexer.rest().starts_with(b" {") {
        // A word of Tcl.
        let mut value = lexer.skipping(2);
        let piece = value.bare();
        return (!piece.is_empty() && value.peek() == Some(b'}')).then(|| Value::literal(piece));
    }
    if (head.ends_with(b"let(:") || head.ends_with(b"let!(:")) && lexer.rest().starts_with(b") {") {
        // A helper of RSpec.
        let mut value = lexer.skipping(3);
        value.skip_space();
        return value.literal().map(|literal| Value::literal(literal.content));
    }
    if lexer.rest().starts_with(b" \\\\ ") {
        // A default of Elixir.
        let mut value = lexer.skipping(4);
        return value.literal().map(|literal| Value::literal(literal.content));
    }
    let is_dest =
        head.strip_suffix(b"\"").or_else(|| head.strip_suffix(b"'")).is_some_and(|head| head.ends_with(b"dest="));
    if head.ends_with(b"--") && is_quote(lexer) || is_dest || head.ends_with(b"dest=") {
        return named_default(lexer);
    }
    if head.ends_with(b"${") && (lexer.rest().starts_with(b"}  ") || lexer.rest().starts_with(b"}\t")) {
        // A variable of Robot Framework.
        let mut value = lexer.skipping(1);
        value.skip_space();
        let piece = value.bare();
        return (!piece.is_empty()).then_some(Value::Bare { span: piece });
    }
    if lexer.peek() == Some(b',') && head.ends_with(b"(") {
        let copies: [&[u8]; 4] = [b"strcpy(", b"strncpy(", b"define(", b"strlcpy("];
        let mut value = lexer.skipping(1);
        value.skip_space();
        // A binary of Erlang.
        let _opens = value.eat(b"<<");
        let is_copied = copies.iter().any(|copy| head.ends_with(copy));
        return is_copied.then(|| value.literal()).flatten().map(|literal| Value::literal(literal.content));
    }
    if matches!(lexer.peek(), Some(b';' | b',' | b')')) || lexer.rest().starts_with(b": ") {
        return injected(text, span.start);
    }
    None
}

/// What a token of Angular is injected as, if nothing else is said: `new InjectionToken<string>('key', { factory: () => 'VALUE' })`.
pub(super) fn injected_by_token(lexer: Lexer<'_>) -> Option<Value> {
    let rest = &lexer.rest()[..lexer.rest().len().min(MAX_FORM)];
    let factory: &[u8] = b"factory: () => ";
    let at = memchr::memmem::find(rest, factory).filter(|_| rest.starts_with(b"new InjectionToken"))?;
    let mut value = lexer.skipping(at + factory.len());
    value.literal().map(|literal| Value::literal(literal.content))
}

/// The literal at the place of one of several that are given at once: `const [user, key] = ['…', 'VALUE']`,
/// `user, key = "…", "VALUE"`.
pub(super) fn of_tuple(text: &[u8], span: &Range<usize>) -> Option<Value> {
    let line = expression::line_start(text, span.start.saturating_sub(MAX_FORM), span.start);
    let end = span.end + text[span.end..].iter().take(MAX_FORM).position(|byte| *byte == b'\n').unwrap_or(MAX_FORM);
    let sign = memchr::memchr(b'=', &text[span.end..text.len().min(end)]).map(|sign| span.end + sign)?;
    let line = line + text[line..sign].iter().rposition(|byte| *byte == b';').map_or(0, |end| end + 1);
    let left = expression::unmarked(text[line..sign].trim_ascii());
    let words = [b"const".as_slice(), b"let", b"var"];
    let left = words.iter().find_map(|word| left.strip_prefix(*word)).unwrap_or(left);
    let left = left.strip_suffix(b":").unwrap_or(left).trim_ascii();
    let is_name = |byte: &u8| expression::is_word(*byte) || b" ,$".contains(byte);
    let names = left.strip_prefix(b"[").and_then(|names| names.strip_suffix(b"]")).unwrap_or(left);
    if !names.contains(&b',') || !names.iter().all(is_name) {
        return None;
    }
    let name = &text[span.clone()];
    let place = names
        .split(|byte| *byte == b',')
        .position(|one| one.trim_ascii().strip_prefix(b"$").unwrap_or(one.trim_ascii()) == name)?;
    let mut values = Lexer::new(text, sign + 1, false);
    values.skip_space();
    values.eat(b"[");
    values.eat(b"(");
    for _ in 0..place {
        values.literal()?;
        if !values.eat(b",") {
            return None;
        }
        values.skip_space();
    }
    values.literal().map(|literal| Value::literal(literal.content))
}

/// What a property of Kotlin gives below its name: `val key: String` above `get() = "VALUE"`.
pub(super) fn of_property(mut lexer: Lexer<'_>) -> Option<Value> {
    let is_typed = lexer.eat(b": String");
    let breaks = lexer.skip_space();
    let is_getter = is_typed && breaks <= 1 && (lexer.eat(b"get() = ") || lexer.eat(b"get() { return "));
    lexer.literal().filter(|_| is_getter).map(|literal| Value::literal(literal.content))
}

/// `"VALUE" as $key` of jq.
fn bound_before(text: &[u8], at: usize, head: &[u8]) -> Option<Value> {
    let before = head.strip_suffix(b" as $").filter(|_| text[..at].ends_with(head))?;
    let quote = *before.last().filter(|byte| **byte == b'"')?;
    let open = memchr::memrchr(quote, &before[..before.len() - 1])? + 1;
    let line = at - head.len();
    Some(Value::literal(line + open..line + before.len() - 1))
}

/// How many occurrences of the name of a fact are read.
const MAX_FACTS: usize = 32;

/// What a fact of Prolog says, where a goal asks for it: `licence(Licence),` below `licence('VALUE').`
fn of_fact(text: &[u8], span: &Range<usize>, lexer: Lexer<'_>, head: &[u8]) -> Option<Value> {
    let call = head.strip_suffix(b"(")?;
    let is_variable = text[span.start].is_ascii_uppercase() || text[span.start] == b'_';
    let is_goal = lexer.rest().starts_with(b"),") || ends_clause(lexer);
    let length = call.iter().rev().take_while(|byte| expression::is_word(**byte)).count();
    let name = &call[call.len() - length..];
    if !is_variable || !is_goal || name.is_empty() {
        return None;
    }
    let fact = [name, b"("].concat();
    let said = |start: usize| {
        let mut lexer = Lexer::new(text, start + fact.len(), false);
        let literal = lexer.literal().filter(|_| ends_clause(lexer))?;
        let line = expression::line_start(text, start.saturating_sub(MAX_INDENT), start);
        let begins_line = text[line..start].iter().all(|byte| b" \t+-".contains(byte));
        begins_line.then(|| Value::literal(literal.content))
    };
    memchr::memmem::find_iter(text, &fact).take(MAX_FACTS).find_map(said)
}

/// How far a fact of Prolog may be indented, in bytes.
const MAX_INDENT: usize = 32;

/// Whether a bracket ends a clause of Prolog here: a full stop that nothing follows on its line.
fn ends_clause(mut lexer: Lexer<'_>) -> bool {
    let ends = lexer.eat(b").");
    ends && matches!(lexer.peek(), None | Some(b'\n' | b'\r' | b' ' | b'\t' | b'\\'))
}

fn is_quote(mut lexer: Lexer<'_>) -> bool {
    lexer.eat_quote()
}

/// How far the parts of such a form may be apart, in bytes.
const MAX_FORM: usize = 192;

/// The literal that a function without more to it returns, read from behind its name.
fn returned(mut lexer: Lexer<'_>) -> Option<Value> {
    let rest = &lexer.rest()[..lexer.rest().len().min(MAX_FORM)];
    if rest.starts_with(b"(") {
        let close = memchr::memchr(b')', rest)?;
        // What ends the entry or the statement here makes it a call, not the head of a function.
        if matches!(rest[close + 1..].trim_ascii_start().first(), Some(b',' | b')' | b']' | b'}' | b';' | b'.')) {
            return None;
        }
        // The type of what is returned, up to the body.
        let body =
            rest[close + 1..].iter().position(|byte| matches!(byte, b'{' | b':' | b'=' | b'\n' | b';' | b'"'))?;
        let typed = rest[close + 1 + body] == b':' && rest[..close + 1 + body].ends_with(b")");
        lexer = lexer.skipping(close + 1 + body);
        // `fun key(): String = "…"`, `key(): string {`
        let typed_body = lexer.rest()[1..].iter().take(64).position(|byte| matches!(byte, b'{' | b'=' | b'\n'));
        if typed && typed_body.is_some_and(|body| lexer.rest()[1 + body] != b'\n') {
            lexer = lexer.skipping(1 + typed_body?);
        }
        if !(lexer.eat(b"=>") || lexer.eat(b"{") || lexer.eat(b":") || lexer.eat(b"=") || lexer.eat(b"\n")) {
            return None;
        }
    }
    lexer.skip_space();
    lexer.eat(b"return ");
    let literal = lexer.literal()?;
    let rest = lexer.rest().trim_ascii_start();
    let ends = rest.is_empty()
        || lexer.rest().starts_with(b"\n")
        || matches!(rest[0], b';' | b'}')
        || rest.starts_with(b"end");
    ends.then(|| Value::literal(literal.content))
}

/// `default="VALUE"` before the parenthesis closes.
pub(super) fn named_default(lexer: Lexer<'_>) -> Option<Value> {
    let rest = &lexer.rest()[..lexer.rest().len().min(MAX_FORM)];
    let is_keyword = |at: &usize| rest[..*at].last().is_none_or(|byte| !expression::is_word(*byte));
    let at = memchr::memmem::find_iter(rest, b"default").find(is_keyword)?;
    if rest[..at].contains(&b')') {
        return None;
    }
    let mut value = lexer.skipping(at + b"default".len());
    value.skip_space();
    let gives = value.eat(b"=") || value.eat(b":");
    value.skip_space();
    value.literal().filter(|_| gives).map(|literal| Value::literal(literal.content))
}

/// `@Value("${api.key:VALUE}") String apiKey;`
fn injected(text: &[u8], at: usize) -> Option<Value> {
    let low = at.saturating_sub(MAX_FORM);
    let before = &text[low..at];
    if let Some(found) = attributed(text, low, before) {
        return Some(found);
    }
    let call = memchr::memmem::rfind(before, b"@Value(")?;
    let open = call + memchr::memmem::find(&before[call..], b"${")?;
    let end = open + memchr::memchr(b'}', &before[open..])?;
    let colon = memchr::memchr(b':', &before[open..end]).map(|colon| open + colon + 1)?;
    let is_next = !before[end..].contains(&b';');
    is_next.then(|| Value::literal(low + colon..low + end))
}

/// `#[arg(long, default_value = "VALUE")]` above `api_key: String`
fn attributed(text: &[u8], low: usize, before: &[u8]) -> Option<Value> {
    let close = memchr::memmem::rfind(before, b")]")?;
    let open = memchr::memmem::rfind(&before[..close], b"#[")?;
    let between = &before[close..];
    let is_next = memchr::memchr_iter(b'\n', between).count() <= 1 && !between.contains(&b',');
    let is_word = |at: &usize| !expression::is_word(before[open + at - 1]);
    let default =
        memchr::memmem::find_iter(&before[open..close], b"default_value").find(is_word).filter(|_| is_next)?;
    let mut lexer = Lexer::new(text, low + open + default + b"default_value".len(), false);
    lexer.skip_space();
    let gives = lexer.eat(b"=");
    lexer.skip_space();
    lexer.literal().filter(|_| gives).map(|literal| Value::literal(literal.content))
}

/// Whether a member is initialised with the literal in brackets: `Api::Api() : key_("VALUE") {`.
pub(super) fn is_member_initialised(lexer: Lexer<'_>, head: &[u8]) -> bool {
    let mut inside = lexer.skipping(1);
    let _converted =
        inside.eat(b"QStringLiteral(") || inside.eat(b"QByteArrayLiteral(") || inside.eat(b"QLatin1String(");
    let is_whole = inside.literal().is_some() && (inside.eat(b")") || inside.eat(b"}"));
    inside.eat(b")");
    inside.skip_space();
    let goes_on = matches!(inside.peek(), Some(b'{' | b',')) || inside.follows(b"\n");
    let head = head.trim_ascii();
    let begins = head.ends_with(b":") || head.ends_with(b",");
    is_whole && goes_on && begins && (memchr::memmem::rfind(head, b") :").is_some() || head.len() == 1)
}

/// What a member is initialised with, in brackets: `explicit Api(std::string key) : key_(std::move(key)) {`.
pub(super) fn member_alias(lexer: Lexer<'_>, head: &[u8]) -> Option<Identifier> {
    let head = head.trim_ascii_end();
    let begins = head.ends_with(b":") || head.ends_with(b",");
    let is_list = begins && memchr::memmem::rfind(head, b") :").is_some() || head == b":" || head == b",";
    let opens = matches!(lexer.peek(), Some(b'(' | b'{'));
    (is_list && opens).then(|| expression::at(lexer.text(), lexer.at() + 1, false)).flatten()
}

/// Steps over a type with a size and the sign after it: `VARCHAR2(64) := …`
pub(super) fn sized_type(lexer: &mut Lexer<'_>) -> bool {
    let rest = &lexer.rest()[..lexer.rest().len().min(64)];
    let Some(open) = memchr::memchr(b'(', rest).filter(|open| *open > 1) else { return false };
    let digits = rest[open + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_type =
        rest[0] == b' ' && rest[..open].iter().all(|byte| byte.is_ascii_alphanumeric() || b" _".contains(byte));
    let mut ahead = lexer.skipping(open + 1 + digits);
    let is_sized = is_type && digits > 0 && ahead.eat(b")");
    ahead.skip_space();
    let is_assigned = is_sized && (ahead.eat(b":=") || ahead.eat(b"=") || ahead.eat(b"DEFAULT "));
    if is_assigned {
        *lexer = ahead;
    }
    is_assigned
}

/// Steps over the type of CUE before the default that is marked among what it may be: `key: string | *"VALUE"`.
pub(super) fn disjunction(lexer: &mut Lexer<'_>) -> bool {
    let mut ahead = *lexer;
    let is_typed = ahead.eat(b":") && ahead.skip_space() == 0 && !ahead.path().is_empty();
    let is_marked = is_typed && ahead.eat(b" | *");
    if is_marked {
        *lexer = ahead;
    }
    is_marked
}

/// How many lines of an entry are read.
const MAX_LINES: usize = 8;

/// `"apiKey": {"type": "string", "defaultValue": "VALUE"}`, and the same as a block of YAML.
pub(super) fn default_of_entry(text: &[u8], name: &Name, lexer: Lexer<'_>, breaks: usize) -> Vec<Value> {
    let column = |at: usize| at - memchr::memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1);
    if breaks == 1 && lexer.rest().starts_with(b"- ") && column(lexer.at()) > column(name.span.start) {
        let items = list::block(lexer, column(name.span.start));
        if items.len() > 1 {
            return items;
        }
    }
    default_inside(text, name, lexer, breaks).into_iter().collect()
}

fn default_inside(text: &[u8], name: &Name, mut lexer: Lexer<'_>, breaks: usize) -> Option<Value> {
    let rest = &lexer.rest()[..lexer.rest().len().min(MAX_FORM)];
    if breaks == 0 {
        let block = &rest[..memchr::memchr(b'}', rest)?];
        let at = memchr::memmem::find(block, b"\"defaultValue\"").filter(|_| block.starts_with(b"{"))?;
        lexer = lexer.skipping(at + b"\"defaultValue\"".len());
        lexer.skip_space();
        let gives = lexer.eat(b":");
        lexer.skip_space();
        return lexer.literal().filter(|_| gives).map(|literal| Value::literal(literal.content));
    }
    let column = |at: usize| at - memchr::memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1);
    let own = column(name.span.start);
    for line in 0..MAX_LINES {
        if column(lexer.at()) <= own {
            return None;
        }
        let is_item = line == 0 && lexer.eat(b"- ");
        if is_item || lexer.eat(b"Default: ") || lexer.eat(b"default: ") || lexer.eat(b"value: ") {
            return values::values(lexer, name, Expected::Any).into_iter().next();
        }
        let end = memchr::memchr(b'\n', lexer.rest())?;
        lexer = lexer.skipping(end);
        lexer.skip_space();
    }
    None
}

/// `flag.String("api-key", "VALUE", …)`: the second argument of a call that takes a name and then a default.
pub(super) fn default_of_flag(mut lexer: Lexer<'_>) -> Option<Value> {
    let callee = lexer.path();
    let callee = lexer.text()[callee].to_ascii_lowercase();
    let is_definer =
        [b"flag".as_slice(), b"default", b"option"].iter().any(|word| memchr::memmem::find(&callee, word).is_some());
    if !is_definer || !lexer.eat(b"(") {
        return None;
    }
    lexer.literal()?;
    lexer.skip_space();
    let gives = lexer.eat(b",");
    lexer.skip_space();
    lexer.literal().filter(|_| gives).map(|literal| Value::literal(literal.content))
}

/// Whether a list of a shell is open at the end of a text: `svc=(` above `  key VALUE`.
pub(super) fn is_in_list_of_shell(before: &[u8]) -> bool {
    let near = &before[before.len().saturating_sub(2 * MAX_FORM)..];
    let Some(open) = memchr::memmem::rfind(near, b"=(") else { return false };
    let inside = &near[open + 2..];
    let breaks = [b"\n".as_slice(), b"\r\n", b"\\n", b"\\r\\n"];
    breaks.iter().any(|line_break| inside.starts_with(line_break)) && !inside.contains(&b')')
}

/// Whether a literal in brackets is all that an object is made of: `static const QByteArray key("VALUE");`
pub(super) fn is_initialised(lexer: Lexer<'_>, head: &[u8]) -> bool {
    let mut inside = lexer.skipping(1);
    let is_whole = inside.literal().is_some() && (inside.eat(b");") || inside.eat(b"};"));
    let kind = head.trim_ascii_end().rsplit(u8::is_ascii_whitespace).next().unwrap_or_default();
    let is_type = (kind.first().is_some_and(u8::is_ascii_uppercase) || memchr::memmem::find(kind, b"::").is_some())
        && kind.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_:<>".contains(byte));
    is_whole && is_type && head.ends_with(b" ")
}
