//! Values that stand behind a name without a separator: after what sets it (`proxy_set_header NAME VALUE`), after words
//! (`NAME is VALUE`), as the option of a command (`--name NAME --value VALUE`), or alone.

use super::{
    associate::Value,
    decoding::{self, Coding},
    expression,
    name::Name,
};
use crate::detect::lex::Lexer;

/// Words before a name after which a blank is a separator: `ENV X_API_KEY …`, `proxy_set_header X-API-Key …`.
const SETTERS: &[&[u8]] = &[
    b"env",
    b"setenv",
    b"set",
    b"add",
    b"append",
    b"setx",
    b"set-header",
    b"add-header",
    b"set_header",
    b"add_header",
    b"proxy_set_header",
    b"more_set_headers",
    b"header",
    b"always",
    b"#define",
    b"header_up",
    b"header_down",
    b"-gx",
    b"-x",
    b"-ux",
    b"setglobal",
];

/// Whether what stands before a name sets it to what follows a blank.
pub(super) fn follows_setter(before: &[u8], name: &Name) -> bool {
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = match name.quote.filter(|_| name.is_whole_literal) {
        Some(quote) => &line[..line.len().saturating_sub(quote.len())],
        None => line,
    };
    let trimmed = line.trim_ascii_end();
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`');
    let word = trimmed.rsplit(ends).next().unwrap_or_default().to_ascii_lowercase();
    // `--x-api-key …` is set by itself, and so are a keyword of Lisp and the first word of a list or a literal.
    let is_option = line.ends_with(b"--") || line.ends_with(b" :") || line.ends_with(b"{:");
    let is_first = matches!(line.last(), Some(b'{' | b'[' | b'(')) || (name.quote.is_some() && !name.is_whole_literal);
    let is_setter = SETTERS.contains(&word.as_slice()) || memchr::memmem::find(&word, b"header").is_some();
    is_option || is_first || (trimmed.len() < line.len() && is_setter)
}

/// Whether a command on this line gives a variable its value: `cf set-env app X_API_KEY …`, `consul kv put …`.
pub(super) fn is_command(before: &[u8]) -> bool {
    const COMMANDS: &[&[u8]] =
        &[b"set-env", b"env:set", b"set", b"put", b"config", b"secret", b"variable", b"setenv", b"kv", b"add", b"setx"];
    let line = &before[memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1)..];
    let mut words = line.split(u8::is_ascii_whitespace);
    words.any(|word| COMMANDS.contains(&word) || word.starts_with(b"set-") || word.ends_with(b":set"))
}

/// `|X-API-Key |VALUE`: the next cell of a row of `AsciiDoc`, which no bar ends.
pub(super) fn next_cell(mut lexer: Lexer<'_>, before: &[u8]) -> Option<Value> {
    let is_row = before.trim_ascii_end().ends_with(b"|") && lexer.eat(b"|");
    lexer.skip_space();
    loose(lexer).filter(|_| is_row && !lexer.rest().starts_with(b"|"))
}

/// `\texttt{X-API-Key} & \texttt{VALUE} \\`: the next column of a row of LaTeX.
pub(super) fn next_column(mut lexer: Lexer<'_>) -> Option<Value> {
    if !lexer.eat(b"& ") {
        return None;
    }
    lexer.skip_space();
    for command in [b"\\texttt{".as_slice(), b"\\code{", b"\\lstinline{", b"\\verb|"] {
        lexer.eat(command);
    }
    let span = lexer.bare();
    while lexer.eat(b"}") || lexer.eat(b"|") {}
    lexer.skip_space();
    (!span.is_empty() && lexer.eat(b"\\\\")).then_some(Value::Loose { span })
}

/// `xApiKey:: BASE64`: an attribute of LDIF (RFC 2849) whose value is encoded.
pub(super) fn of_directory(mut lexer: Lexer<'_>, before: &[u8]) -> Option<Value> {
    // In a diff a line has a column before it.
    let line = &before[memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1)..];
    let begins_line = line.iter().all(|byte| b" +-".contains(byte));
    if !begins_line || !lexer.eat(b":: ") {
        return None;
    }
    let span = lexer.bare();
    let text = &lexer.text()[span.clone()];
    decoding::decoded(text, Coding::Base64).map(|_| Value::Encoded { span, coding: Coding::Base64 })
}

/// A value that prose sets off from what says whose it is: on a line of its own, below an empty one.
pub(super) fn set_off(mut lexer: Lexer<'_>) -> Option<Value> {
    let breaks = lexer.skip_space();
    let text = lexer.text();
    let is_indented = text[..lexer.at()].ends_with(b"  ") || text[..lexer.at()].ends_with(b"\t");
    let span = lexer.bare();
    let is_alone = lexer.skip_space() > 0 || lexer.rest().is_empty();
    (breaks == 2 && is_indented && is_alone && !span.is_empty()).then_some(Value::Loose { span })
}

/// The default in a tag of Go: `env:"X_API_KEY" envDefault:"VALUE"`.
pub(super) fn tag_default(mut lexer: Lexer<'_>, name: &Name) -> Option<Value> {
    let length = lexer.rest().iter().take(32).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let is_default = name.is_whole_literal && lexer.rest()[..length].ends_with(b"efault");
    lexer = lexer.skipping(length);
    let is_default = is_default && lexer.eat(b":");
    lexer.literal().filter(|_| is_default).map(|literal| Value::sibling(literal.content))
}

/// `s:9:"X-API-Key";s:32:"VALUE";`: the next entry of what PHP serializes.
pub(super) fn next_serialized(mut lexer: Lexer<'_>, name: &Name) -> Option<Value> {
    if !name.is_whole_literal || !lexer.eat(b";s:") {
        return None;
    }
    let digits = lexer.rest().iter().take(8).take_while(|byte| byte.is_ascii_digit()).count();
    lexer = lexer.skipping(digits);
    let gives = lexer.eat(b":");
    lexer.literal().filter(|_| gives).map(|literal| Value::sibling(literal.content))
}

/// `const-string v1, "X-API-Key"` above `const-string v2, "VALUE"`: the next register of smali.
pub(super) fn next_register(mut lexer: Lexer<'_>, before: &[u8], name: &Name) -> Option<Value> {
    let line = &before[memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1)..];
    let is_register = name.is_whole_literal && memchr::memmem::find(line, b"const-string").is_some();
    if !is_register {
        return None;
    }
    if lexer.eat(b".line ") {
        lexer.bare();
        lexer.skip_space();
    }
    let loads = lexer.eat(b"const-string/jumbo ") || lexer.eat(b"const-string ");
    lexer.bare();
    let gives = loads && lexer.eat(b",");
    lexer.skip_space();
    lexer.literal().filter(|_| gives).map(|literal| Value::sibling(literal.content))
}

/// The literal that is written right after one that ends in `X-API-Key: `, by the same call: `print("X-API-Key: ");` above
/// `println("VALUE");`. `lexer` stands behind that literal.
pub(super) fn next_write(lexer: Lexer<'_>, name: &Name) -> Option<Value> {
    next_written(lexer, name)?.literal().map(|literal| Value::sibling(literal.content))
}

/// Where that call has what it writes.
pub(super) fn next_written<'a>(mut lexer: Lexer<'a>, name: &Name) -> Option<Lexer<'a>> {
    let text = lexer.text();
    let open = name.span.start - name.quote?.len();
    let line = memchr::memrchr(b'\n', &text[..open]).map_or(0, |newline| newline + 1);
    let head = text[line..open].trim_ascii_start();
    let head = head.strip_prefix(b"+").unwrap_or(head).trim_ascii_start();
    let head = head.strip_suffix(b"b").unwrap_or(head);
    let callee = memchr::memrchr(b'(', head)?;
    let (callee, arguments) = (&head[..callee], &head[callee + 1..]);
    let writes = [b"write".as_slice(), b"print", b"send", b"append", b"puts", b"Write", b"Print", b"Append"];
    if !writes.iter().any(|word| memchr::memmem::find(callee, word).is_some()) || !lexer.eat(b")") {
        return None;
    }
    for end in [b"?".as_slice(), b".unwrap()", b";"] {
        lexer.eat(end);
    }
    let breaks = lexer.skip_blank();
    let _column = lexer.eat(b"+");
    lexer.skip_space();
    if breaks != 1 || !lexer.eat(callee) {
        return None;
    }
    let _line = lexer.eat(b"ln") || lexer.eat(b"Line");
    (lexer.eat(b"(") && lexer.eat(arguments)).then_some(lexer)
}

/// Behind the colon that is put between a name and its value: `"X-API-Key" + ": " + VALUE`, `<< "X-API-Key" << ": " << VALUE`,
/// `.append("X-API-Key").append(": ").append(VALUE)`.
/// `is_listed`: they stand side by side, as Lisp has them.
pub(super) fn behind_colon(mut lexer: Lexer<'_>, is_listed: bool) -> Option<Lexer<'_>> {
    let joint = |lexer: &mut Lexer<'_>| {
        if !is_listed {
            return joint(lexer);
        }
        lexer.skip_blank();
        Some(())
    };
    joint(&mut lexer)?;
    let text = lexer.text();
    lexer.literal().filter(|literal| text[literal.content.clone()].trim_ascii() == b":")?;
    joint(&mut lexer)?;
    Some(lexer)
}

/// Steps over what puts two texts together.
fn joint(lexer: &mut Lexer<'_>) -> Option<()> {
    let _closes = lexer.eat(b")");
    lexer.skip_blank();
    if lexer.follows(b")") || lexer.rest().starts_with(b".") {
        let mut call = *lexer;
        let is_call = call.eat(b".") && !call.path().is_empty() && call.eat(b"(");
        if is_call {
            *lexer = call;
            return Some(());
        }
    }
    let operators: [&[u8]; 8] = [b"<<", b"++", b"+", b"..", b".", b"<>", b"&", b"~"];
    let is_joined = operators.iter().any(|operator| lexer.eat(operator));
    lexer.skip_blank();
    is_joined.then_some(())
}

/// A scalar of YAML on a line of its own, indented further than its key: `X-API-Key:` above `  VALUE`.
pub(super) fn plain_below(mut lexer: Lexer<'_>, name: &Name) -> Option<Value> {
    let text = lexer.text();
    let column = |at: usize| at - memchr::memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1);
    let line = memchr::memrchr(b'\n', &text[..name.span.start]).map_or(0, |newline| newline);
    // A folded scalar: its lines are one.
    let is_folded = [b">-".as_slice(), b">", b">+"].iter().any(|mark| text[..line].trim_ascii_end().ends_with(mark));
    let is_indented = column(lexer.at()) > column(name.span.start) || is_folded;
    let span = lexer.bare();
    let is_whole = !span.is_empty() && lexer.skip_space() > 0 || lexer.rest().is_empty();
    let is_entry = text[span.clone()].ends_with(b":") || text[span.clone()].starts_with(b"- ");
    (is_indented && is_whole && !is_entry).then_some(Value::Loose { span })
}

/// Whether text without quotes is given to a name of its own: `request_id=…`
pub(super) fn is_of_another(text: &[u8]) -> bool {
    memchr::memchr2(b'=', b':', text.trim_ascii_end()).is_some_and(|at| at + 2 < text.len())
}

/// Text without quotes, if it is alone.
pub(super) fn loose(mut lexer: Lexer<'_>) -> Option<Value> {
    let span = lexer.bare();
    let text = &lexer.text()[span.clone()];
    let text = text.strip_suffix(b".").or_else(|| text.strip_suffix(b":")).unwrap_or(text);
    let is_alone = match lexer.peek() {
        Some(b'(' | b'[') => false,
        // It may end a literal that began on this line.
        Some(quote @ (b'\'' | b'"')) => {
            let before = &lexer.text()[..span.start];
            let line = &before[memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1)..];
            memchr::memchr_iter(quote, line).count() % 2 == 1
        }
        _ => true,
    };
    (is_alone && !is_of_another(text) && !text.is_empty() && !text.starts_with(b"<"))
        .then(|| Value::Loose { span: span.start..span.start + text.len() })
}

/// The value that a later option of the command gives: `--name X_API_KEY --type SecureString --value 'VALUE'`.
pub(super) fn option_value(lexer: Lexer<'_>) -> Option<Value> {
    let rest = lexer.rest();
    let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len()).min(160)];
    let options: &[&[u8]] = match rest {
        [b'-', ..] => &[b"-value", b"-body", b"-secret-string", b"-data"],
        [b'/', ..] => &[b"/d"],
        _ => return None,
    };
    let end = options.iter().find_map(|option| Some(memchr::memmem::find(line, option)? + option.len()))?;
    let mut value = lexer.skipping(end);
    let _equals = value.eat(b"=");
    value.skip_space();
    let literal = value.literal();
    literal.map(|literal| expression::quoted(&value, &literal)).or_else(|| loose(value))
}

/// `"X-API-Key" is "VALUE"`, `"X-API-Key" with value "VALUE"`, `at: 'X-API-Key' put: 'VALUE'`.
pub(super) fn connecting_words(lexer: &mut Lexer<'_>) -> bool {
    const WORDS: &[&[u8]] = &[
        b"is",
        b"is:",
        b"as",
        b"to",
        b"be",
        b"equals",
        b"equal",
        b"with",
        b"value",
        b"the",
        b"set",
        b"of",
        b"should",
        b"header",
        b"put:",
        b"value:",
        b"withValue:",
        b"to:",
        b"contains",
        b"containing",
        b"matches",
        b"and",
        b"has",
        // "The X-API-Key we use in production is …"
        b"currently",
        b"dev",
        b"for",
        b"in",
        b"live",
        b"my",
        b"now",
        b"on",
        b"our",
        b"prod",
        b"production",
        b"sandbox",
        b"staging",
        b"still",
        b"test",
        b"testing",
        b"use",
        b"used",
        b"we",
        b"eq",
        b"--body",
        b"--value",
        b"-b",
        b"-v",
    ];
    let start = lexer.at();
    for _ in 0..6 {
        let rest = lexer.rest();
        let length =
            rest.iter().take(16).take_while(|byte| byte.is_ascii_alphabetic() || matches!(byte, b':' | b'-')).count();
        // `value = …` is an entry of its own.
        let is_entry = rest[length..].trim_ascii_start().starts_with(b"=");
        if !WORDS.contains(&&rest[..length]) || !rest.get(length).is_some_and(u8::is_ascii_whitespace) || is_entry {
            break;
        }
        let mut next = lexer.skipping(length);
        if next.skip_space() > 0 {
            // What the next line says is something else.
            *lexer = lexer.skipping(length);
            break;
        }
        *lexer = next;
    }
    lexer.at() > start
}
