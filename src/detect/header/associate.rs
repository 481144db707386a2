//! Which value belongs to a name: the one that the next tokens give it, if they give it one.
//!
//! Reads forward from the name, through separators that assign (`:`, `=`, `=>`, `,` in a call, a subscript's `]`), and
//! stops at whatever does not: the next key, the next argument, the next line.

use std::ops::Range;

use super::{name::Name, siblings};
use crate::detect::{
    judge::placeholder,
    lex::{Joint, Lexer, Literal},
};

/// What stands where a value is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A quoted literal, or the rest of the literal that holds the name; several if they are concatenated.
    Quoted { pieces: Vec<Range<usize>>, interpolates: bool },
    /// Text without quotes, where code could stand as well.
    Bare { span: Range<usize> },
    /// What an entry beside the name's holds.
    Sibling { span: Range<usize> },
    /// A literal that says where the value is kept: the argument of `getenv` and its like.
    Lookup { span: Range<usize> },
}

/// Separators, longest first.
const SEPARATORS: &[(&[u8], Separator)] = &[
    (b"===", Separator::Compares),
    (b"!==", Separator::Compares),
    (b"==", Separator::Compares),
    (b"!=", Separator::Compares),
    (b":=", Separator::Assigns),
    (b"?=", Separator::Assigns),
    (b"+=", Separator::Assigns),
    (b"=>", Separator::Assigns),
    (b"->", Separator::Assigns),
    (b"=&gt;", Separator::Assigns),
    (b"||=", Separator::Assigns),
    (b"??=", Separator::Assigns),
    (b"||", Separator::FallsBack),
    (b"??", Separator::FallsBack),
    (b"?:", Separator::FallsBack),
    (b":-", Separator::FallsBack),
    (b"or ", Separator::FallsBack),
    (b"::", Separator::Assigns),
    (b"=", Separator::Assigns),
    (b":", Separator::Colon),
    (b"%3A", Separator::Assigns),
    (b"%3D", Separator::Assigns),
    (b",", Separator::Lists),
    (b"(", Separator::Opens),
    (b"{", Separator::Opens),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Separator {
    Assigns,
    /// Assigns, or gives the type of what is assigned next.
    Colon,
    Compares,
    FallsBack,
    Lists,
    Opens,
}

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

/// Words in the name of what looks a value up instead of holding it.
const LOOKUPS: &[&str] = &[
    "env",
    "environ",
    "getenv",
    "environment",
    "secrets",
    "vault",
    "get",
    "read",
    "load",
    "lookup",
    "fetch",
    "config",
    "conf",
    "param",
    "params",
    "parameter",
    "property",
    "properties",
    "settings",
    "input",
    "ref",
    "require",
    "prompt",
    "var",
    "variable",
    "variables",
    "decrypt",
    "resolve",
    "import",
    "keyring",
    "ssm",
];

/// The value that the text gives a name: what follows it, else what its siblings hold.
pub(super) fn value_of(text: &[u8], name: &Name) -> Option<Value> {
    following(text, name).or_else(|| siblings::value_of(text, name).map(|span| Value::Sibling { span }))
}

fn following(text: &[u8], name: &Name) -> Option<Value> {
    let before = &text[..name.span.start];
    let escaped = name.quote.is_some_and(|quote| quote[0] == b'\\');
    let mut lexer = Lexer::new(text, name.span.end, escaped);
    if let Some(quote) = name.quote.filter(|_| name.is_whole_literal) {
        lexer.eat_closing(quote);
    }
    if before.ends_with(b"</") {
        return None;
    }
    if before.ends_with(b"<") && lexer.eat(b">") {
        return in_element(lexer);
    }
    let brackets = closing_brackets(&mut lexer);
    let names_header = brackets == Brackets::Call && names_header(before, name);
    if !name.is_whole_literal && name.is_identifier && name.quote.is_none() && declaration(&mut lexer) {
        return literal_or_bare(&mut lexer, name, Expected::Literal);
    }
    let before_space = lexer.at();
    let breaks = lexer.skip_space();
    let blank = &text[before_space..lexer.at()];
    let Some(separator) = separator(&mut lexer, name) else {
        if blank.is_empty() || breaks > 0 || brackets != Brackets::None {
            return None;
        }
        // A blank gives a value to what is set by it; elsewhere it has to be a literal, or a column of a table.
        let is_set = follows_setter(before, name) || blank.contains(&b'\t');
        let expected = if is_set { Expected::Any } else { Expected::Literal };
        return if is_set || name.is_whole_literal { literal_or_bare(&mut lexer, name, expected) } else { None };
    };
    let allowed = match separator {
        _ if breaks > 0 => name.is_whole_literal && separator != Separator::Opens,
        Separator::Assigns | Separator::Colon => brackets != Brackets::Call,
        Separator::Compares | Separator::FallsBack => true,
        Separator::Lists => name.is_whole_literal && (brackets != Brackets::Call || names_header),
        Separator::Opens => brackets == Brackets::None,
    };
    if allowed { after_separator(&mut lexer, name, separator) } else { None }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Brackets {
    None,
    /// `h["X-API-Key"]`
    Subscript,
    /// `h.get("X-API-Key")`
    Call,
}

/// Steps over what closes a subscript, a call or emphasis around the name, and over conversions of it
/// (`"X-API-Key".into()`).
fn closing_brackets(lexer: &mut Lexer<'_>) -> Brackets {
    let mut brackets = Brackets::None;
    loop {
        if lexer.eat(b"]") || lexer.eat(b"}") {
            brackets = brackets.max_of(Brackets::Subscript);
        } else if lexer.eat(b")") {
            brackets = Brackets::Call;
        } else if !(lexer.eat(b"**") || lexer.eat(b">>") || CONVERSIONS.iter().any(|conversion| lexer.eat(conversion)))
        {
            return brackets;
        }
    }
}

/// Methods that change nothing about a literal.
const CONVERSIONS: &[&[u8]] =
    &[b".into()", b".to_string()", b".to_owned()", b".to_lowercase()", b".parse()", b".as_str()"];

/// Whether the call around the name makes the name of a header of it, so that what follows the call is the value:
/// `insert(HeaderName::from_static("x-api-key"), …)`.
fn names_header(before: &[u8], name: &Name) -> bool {
    let open = before.len() - name.quote.map_or(0, <[u8]>::len);
    let Some(callee) = before[..open].strip_suffix(b"(") else { return false };
    let length = callee.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || b"_:.".contains(byte)).count();
    let callee = &callee[callee.len() - length..];
    placeholder::parts(callee)
        .any(|part| [b"name".as_slice(), b"string", b"str"].iter().any(|word| part.eq_ignore_ascii_case(word)))
}

impl Brackets {
    fn max_of(self, other: Self) -> Self {
        if self == Self::None { other } else { self }
    }
}

fn separator(lexer: &mut Lexer<'_>, name: &Name) -> Option<Separator> {
    // `"X-API-Key" to "…"`
    if name.is_whole_literal && lexer.eat(b"to ") {
        return Some(Separator::Assigns);
    }
    SEPARATORS.iter().find_map(|(token, separator)| lexer.eat(token).then_some(*separator))
}

/// `<X-API-Key>value</X-API-Key>`
fn in_element(mut lexer: Lexer<'_>) -> Option<Value> {
    lexer.skip_space();
    let span = lexer.bare();
    lexer.skip_space();
    (!span.is_empty() && lexer.eat(b"<")).then(|| Value::Quoted { pieces: vec![span], interpolates: false })
}

fn follows_setter(before: &[u8], name: &Name) -> bool {
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = match name.quote.filter(|_| name.is_whole_literal) {
        Some(quote) => &line[..line.len().saturating_sub(quote.len())],
        None => line,
    };
    let trimmed = line.trim_ascii_end();
    let word = trimmed.rsplit(u8::is_ascii_whitespace).next().unwrap_or_default().to_ascii_lowercase();
    // `--x-api-key …` is set by itself, and so is a keyword of Lisp.
    let is_option = line.ends_with(b"--") || line.ends_with(b" :") || line.ends_with(b"{:");
    is_option || (trimmed.len() < line.len() && SETTERS.contains(&word.as_slice()))
}

fn after_separator(lexer: &mut Lexer<'_>, name: &Name, separator: Separator) -> Option<Value> {
    let line = lexer.at();
    let mut breaks = lexer.skip_space();
    while lexer.skip_line_comment() {
        breaks += lexer.skip_space();
    }
    if breaks > 3 {
        return None;
    }
    if separator == Separator::Colon && block_scalar(lexer) {
        return bare(lexer, name);
    }
    if breaks > 0 && separator != Separator::Lists {
        // Only a literal can be a value on a line of its own; a name there begins the next entry.
        return lexer.literal().filter(|_| lexer.at() > line).and_then(|literal| not_a_key(lexer, &literal));
    }
    if separator == Separator::Compares {
        // `if key == "…":` ends in what would make a literal the next key elsewhere.
        return lexer.literal().map(|literal| quoted(lexer, &literal));
    }
    if separator == Separator::Lists {
        // In a list or a call only a literal is a value: a name is a variable, or the key of the next argument.
        for keyword in [b"default=".as_slice(), b"default: ", b"fallback=", b"value=", b"default = "] {
            if lexer.eat(keyword) {
                break;
            }
        }
        return literal_or_bare(lexer, name, Expected::Literal);
    }
    if separator == Separator::Colon && name.is_identifier && declaration(lexer) {
        return literal_or_bare(lexer, name, Expected::Literal);
    }
    literal_or_bare(lexer, name, Expected::Any)
}

/// `X-API-Key: >-` and the line break after it: YAML's block scalars.
fn block_scalar(lexer: &mut Lexer<'_>) -> bool {
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

/// How long a type may be, in bytes.
const MAX_TYPE: usize = 96;

/// Steps over a type and the `=` after it, on one line: `x_api_key: str | None = …`, `const xAPIKey string = …`,
/// `char X_API_KEY[] = …`, `XApiKey { get; set; } = …`. What separates entries is in a type only within brackets.
fn declaration(lexer: &mut Lexer<'_>) -> bool {
    let rest = lexer.rest();
    let after_colon = lexer.follows(b":") || lexer.follows(b": ");
    let mut depth = 0_u32;
    let mut words = 0;
    for (at, &byte) in rest.iter().enumerate().take(MAX_TYPE) {
        match byte {
            b'=' if depth == 0 => {
                // Without a blank it is a shell that sets the next variable.
                let ends_type = rest[..at].last().is_some_and(|byte| !byte.is_ascii_alphanumeric()) || after_colon;
                let is_assignment = !matches!(rest.get(at + 1), Some(b'=' | b'>' | b'~')) && words > 0 && ends_type;
                if is_assignment {
                    *lexer = lexer.skipping(at + 1);
                    lexer.skip_space();
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

/// Calls and conversions that may stand between a separator and the literal.
const MAX_WRAPPERS: usize = 3;

/// What may stand where a value is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Literal,
    /// A value without quotes too.
    Any,
}

fn literal_or_bare(lexer: &mut Lexer<'_>, name: &Name, expected: Expected) -> Option<Value> {
    let start = *lexer;
    if name.quote.filter(|_| !name.is_whole_literal).is_some_and(|quote| lexer.eat_closing(quote)) {
        // The literal ends behind the separator: this quote opens none.
        *lexer = start;
        return bare(lexer, name);
    }
    let mut is_lookup = false;
    for _ in 0..=MAX_WRAPPERS {
        let mut ahead = *lexer;
        if let Some(literal) = ahead.literal() {
            *lexer = ahead;
            return if is_lookup { Some(Value::Lookup { span: literal.content }) } else { not_a_key(lexer, &literal) };
        }
        // A path and an opening bracket: a call, a conversion, a list with the value as its first element.
        let path = ahead.path();
        let called = &lexer.text()[path.clone()];
        ahead.eat(b"new ");
        let opens = ahead.eat(b"(") || ahead.eat(b"[") || ahead.eat(b"{") || (path.is_empty() && ahead.eat(b"<"));
        if !opens || called.starts_with(b"$") {
            break;
        }
        is_lookup |= placeholder::parts(called)
            .any(|part| LOOKUPS.iter().any(|word| part.eq_ignore_ascii_case(word.as_bytes())));
        ahead.skip_space();
        *lexer = ahead;
    }
    *lexer = start;
    if expected == Expected::Any { bare(lexer, name) } else { None }
}

/// A literal that is followed by `:` or `=` is the name of the next entry, not this one's value.
fn not_a_key(lexer: &mut Lexer<'_>, literal: &Literal) -> Option<Value> {
    let mut ahead = *lexer;
    let on_this_line = ahead.skip_space() == 0;
    let names = [b":".as_slice(), b"=>", b"="].iter().any(|token| ahead.eat(token));
    let is_key = on_this_line && names && !ahead.rest().starts_with(b"=");
    (!is_key).then(|| quoted(lexer, literal))
}

/// A literal and what is concatenated to it.
fn quoted(lexer: &Lexer<'_>, literal: &Literal) -> Value {
    let joined = lexer.joined(Joint::Operator);
    let interpolates = literal.interpolates || joined.iter().any(|literal| literal.interpolates);
    let rest = joined.into_iter().map(|literal| literal.content);
    Value::Quoted { pieces: std::iter::once(literal.content.clone()).chain(rest).collect(), interpolates }
}

fn bare(lexer: &mut Lexer<'_>, name: &Name) -> Option<Value> {
    let is_bracketed = lexer.eat(b"[");
    let span = lexer.bare();
    let next = lexer.peek();
    if is_bracketed && next != Some(b']') {
        return None;
    }
    // `"X-API-Key: value"`: the quote that closes the name's literal ends the value too, and what is concatenated to the
    // literal goes on with it.
    if name.quote.filter(|_| !name.is_whole_literal).is_some_and(|quote| lexer.eat_closing(quote)) {
        let joined = lexer.joined(Joint::Operator);
        let first = (!span.is_empty()).then_some(span);
        let pieces: Vec<_> = first.into_iter().chain(joined.into_iter().map(|literal| literal.content)).collect();
        return (!pieces.is_empty()).then_some(Value::Quoted { pieces, interpolates: false });
    }
    if span.is_empty() {
        return None;
    }
    if !name.is_whole_literal && !name.is_identifier {
        return Some(Value::Quoted { pieces: vec![span], interpolates: false });
    }
    // `name(…`, `name[…`: code that makes the value.
    let is_code = matches!(next, Some(b'(' | b'[')) || lexer.text()[span.clone()].contains(&b'(');
    if is_code { Some(Value::Lookup { span }) } else { Some(Value::Bare { span }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value that `text` gives the header, if any.
    fn value(text: &str) -> Option<&str> {
        let at =
            text.to_ascii_lowercase().find("x-api-key").or_else(|| text.find("X_API_KEY")).or(text.find("xApiKey"));
        let start = at.expect("the name is there");
        let length = if text[start..].starts_with('x') && !text[start..].contains('-') { 7 } else { 9 };
        let name = Name::around(text.as_bytes(), (start, start + length))?;
        match value_of(text.as_bytes(), &name)? {
            Value::Quoted { pieces, .. } => Some(&text[pieces.first()?.start..pieces.last()?.end]),
            Value::Bare { span } | Value::Sibling { span } => Some(&text[span]),
            Value::Lookup { .. } => None,
        }
    }

    /// Fails with all texts whose value is not the expected one.
    fn check(found: &[(&str, Option<&str>, Option<&str>)]) {
        let wrong: Vec<_> = found.iter().filter(|(_, found, expected)| found != expected).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn name_and_value_in_one_string() {
        let mut found = Vec::new();
        for text in [
            r#"curl -H "X-API-Key: VALUE" https://host"#,
            "curl -H 'x-api-key:VALUE'",
            "X-API-Key: VALUE\r\nHost: x",
            "> X-Api-Key: VALUE",
            r#""command": "curl -H \"X-API-Key: VALUE\" url""#,
            "GET /?x-api-key=VALUE&page=2",
            "http host X-API-Key:VALUE",
        ] {
            found.push((text, value(text), Some("VALUE")));
        }
        check(&found);
    }

    #[test]
    fn name_separator_value() {
        let mut found = Vec::new();
        for text in [
            r#"{"X-API-Key": "VALUE"}"#,
            "{'X-API-Key' : 'VALUE',",
            "'X-API-Key' => 'VALUE'",
            r#"req.Header.Set("X-API-Key", "VALUE")"#,
            r#".header("X-API-Key", HeaderValue::from_static("VALUE"))"#,
            r#"http.Header{"X-Api-Key": {"VALUE"}}"#,
            r#"http.Header{"X-Api-Key": []string{"VALUE"}}"#,
            r#""X-API-Key":["VALUE"]"#,
            r#"\"X-API-Key\":\"VALUE\""#,
            "&quot;X-API-Key&quot;: &quot;VALUE&quot;",
            "X-API-Key: VALUE",
            "x-api-key: >-\n  VALUE\n",
            "\"X-API-Key\":\n    \"VALUE\"",
            "\"X-API-Key\": # the key\n    \"VALUE\"",
            "<X-API-Key>VALUE</X-API-Key>",
            "<h X-API-Key=\"VALUE\"/>",
            "proxy_set_header X-API-Key VALUE;",
            "RequestHeader set X-API-Key \"VALUE\"",
        ] {
            found.push((text, value(text), Some("VALUE")));
        }
        check(&found);
    }

    #[test]
    fn subscripts_variables_and_fallbacks() {
        let mut found = Vec::new();
        for text in [
            r#"headers["X-API-Key"] = "VALUE""#,
            "session.headers['X-API-Key']='VALUE'",
            r#"if req.headers.get("X-API-Key") == "VALUE":"#,
            "X_API_KEY=VALUE",
            "export X_API_KEY=\"VALUE\"",
            "const xApiKey = 'VALUE';",
            "xApiKey: 'VALUE',",
            "X_API_KEY: str = \"VALUE\"",
            "const X_API_KEY: &str = \"VALUE\";",
            "const xApiKey: string = `VALUE`",
            "X_API_KEY: Optional[str] = 'VALUE'",
            "X_API_KEY = SecretStr(\"VALUE\")",
            "ENV X_API_KEY VALUE",
            "ENV X_API_KEY=VALUE",
            "os.getenv('X_API_KEY', 'VALUE')",
            "process.env.X_API_KEY || 'VALUE'",
            "${X_API_KEY:-VALUE}",
        ] {
            found.push((text, value(text), Some("VALUE")));
        }
        check(&found);
    }

    #[test]
    fn names_alone_and_other_values() {
        let mut found = Vec::new();
        for text in [
            "allow_headers = [\"X-API-Key\"]\nother = \"VALUE\"",
            "headers = {\"X-API-Key\": os.environ[\"VALUE\"]}",
            "X-API-Key:\nHost: VALUE",
            "\"X-API-Key\":\n\"Host\": \"VALUE\"",
            "set(\"X-API-Key\")\nset(\"VALUE\")",
            "the X-API-Key header",
            "X_API_KEY = getenv(\"VALUE\")",
            "(\"X-API-Key\"), \"VALUE\"",
            "</X-API-Key>VALUE<",
            "headers: { \"X-API-Key\": get_key(a) }",
        ] {
            found.push((text, value(text), None));
        }
        check(&found);
    }
}
