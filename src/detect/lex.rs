//! A micro-lexer: enough of every language's strings, names, operators and space to read a few tokens at any place of
//! any text, without knowing the language or what came before.

mod delimited;

use std::ops::Range;

/// How long a literal may be, in bytes; a longer one is a text, not a value.
const MAX_LITERAL: usize = 1024;

/// Stands at a place in a text and reads on from there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    /// Line breaks may be written as `\n`: the place is inside a string of another language.
    escaped: bool,
}

/// A quoted literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    /// Between the quotes.
    pub(super) content: Range<usize>,
    /// After the closing quote.
    pub(super) end: usize,
    /// `$"…"`, `f"…"`, a template literal: braces or `${…}` inside are code.
    pub(super) interpolates: bool,
}

/// How many literals one value may be made of.
const MAX_PIECES: usize = 16;

/// What concatenates literals, longest first.
const OPERATORS: &[&[u8]] = &[
    b"++",
    b"<>",
    b"..",
    b"||",
    b"//",
    b").concat(",
    b").append(",
    b".concat(",
    b".append(",
    b"stringByAppendingString:",
    b"DELIMITED BY SIZE",
    b"+",
    b".",
    b"&",
    b"~",
    b"^",
    b"*",
];

/// What counts as concatenation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    /// An operator between the literals.
    Operator,
    /// A comma: the literals are arguments of what joins them.
    Comma,
    /// Nothing at all as well: in many languages literals side by side are one, in others they are two arguments.
    Any,
}

/// The spellings of a quote, longest first: triple quotes, quotes escaped once or more, as entities and as code points.
const QUOTES: &[&[u8]] = &[
    b"\"\"\"",
    b"'''",
    b"\"\"",
    b"''",
    b"``",
    b"\\\\\\\"",
    b"\\\\\\'",
    b"\\\"",
    b"\\'",
    b"\\`",
    b"&amp;quot;",
    b"&quot;",
    b"&#34;",
    b"&#x22;",
    b"&apos;",
    b"&#39;",
    b"&#x27;",
    b"\\u0022",
    b"\\u0027",
    b"\\x22",
    b"\\x27",
    b"%22",
    b"%27",
    b"\"",
    b"'",
    b"`",
    "“".as_bytes(),
    "”".as_bytes(),
    "‘".as_bytes(),
    "’".as_bytes(),
];

/// Whether a byte begins one of [`QUOTES`]; most do not.
fn begins_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b'&' | b'%' | 0xe2)
}

/// The quote that ends just before `at`.
pub(super) fn quote_before(text: &[u8], at: usize) -> Option<&'static [u8]> {
    let before = &text[..at];
    let last = before.last()?;
    QUOTES.iter().copied().find(|quote| quote.last() == Some(last) && before.ends_with(quote))
}

/// The quote that closes what `open` opened.
fn closing(open: &'static [u8]) -> &'static [u8] {
    match open {
        _ if open == "“".as_bytes() => "”".as_bytes(),
        _ if open == "‘".as_bytes() => "’".as_bytes(),
        _ => open,
    }
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a [u8], at: usize, escaped: bool) -> Self {
        Self { text, at, escaped }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn text(&self) -> &'a [u8] {
        self.text
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    /// The same place, so many bytes further on.
    pub(super) fn skipping(self, bytes: usize) -> Self {
        Self { at: self.at + bytes, ..self }
    }

    /// Whether the text before this place ends in `token`.
    pub(super) fn follows(&self, token: &[u8]) -> bool {
        self.text[..self.at].ends_with(token)
    }

    /// Steps over `token` if it is next.
    pub(super) fn eat(&mut self, token: &[u8]) -> bool {
        let is_next = self.rest().starts_with(token);
        if is_next {
            self.at += token.len();
        }
        is_next
    }

    /// Steps over blanks and, outside of lines, comments; returns how many line breaks were among them.
    pub(super) fn skip_space(&mut self) -> usize {
        let mut breaks = 0;
        loop {
            let rest = self.rest();
            if rest.starts_with(b"\n") {
                breaks += 1;
                self.at += 1;
            } else if self.escaped && rest.starts_with(b"\\n") {
                breaks += 1;
                self.at += 2;
            } else if self.escaped && (rest.starts_with(b"\\t") || rest.starts_with(b"\\r")) {
                self.at += 2;
            } else if rest.first().is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\r')) {
                self.at += 1;
            } else if let Some(length) = continues_line(rest) {
                // What is continued is one line.
                self.at += length;
            } else if self.escaped && rest.starts_with(b"_\\n") {
                self.at += 3;
            } else if rest.starts_with(b"\\ ") {
                self.at += 2;
            } else if let Some(length) = colour(rest) {
                self.at += length;
            } else if rest.starts_with(b"%20") {
                self.at += 3;
            } else if rest.starts_with("\u{a0}".as_bytes()) {
                self.at += 2;
            } else if !self.skip_comment() {
                return breaks;
            }
        }
    }

    /// Steps over the comment that begins here, if it ends within reach.
    pub(super) fn skip_comment(&mut self) -> bool {
        if !matches!(self.peek(), Some(b'/' | b'<')) {
            return false;
        }
        let rest = &self.rest()[..self.rest().len().min(MAX_LITERAL)];
        let end = COMMENTS.iter().find_map(|(open, close)| {
            let inside = rest.strip_prefix(*open)?;
            Some(open.len() + memchr::memmem::find(inside, close)? + close.len())
        });
        let end = end.or_else(|| inline_tag(rest));
        self.at += end.unwrap_or(0);
        end.is_some()
    }

    /// Steps over blanks and all comments; returns how many line breaks were among them, without those of comments.
    pub(super) fn skip_blank(&mut self) -> usize {
        let mut breaks = self.skip_space();
        while self.skip_line_comment() {
            breaks += self.skip_space().saturating_sub(1);
        }
        breaks
    }

    /// Steps over a comment that goes on to the end of its line, if another line follows.
    pub(super) fn skip_line_comment(&mut self) -> bool {
        let rest = self.rest();
        let begins = [b"// ".as_slice(), b"# ", b"-- "].iter().any(|mark| rest.starts_with(mark));
        let end = memchr::memchr(b'\n', rest).filter(|_| begins);
        if let Some(end) = end {
            self.at += end;
        }
        end.is_some()
    }

    /// Steps over the closing quote of a name that `open` opened.
    pub(super) fn eat_closing(&mut self, open: &'static [u8]) -> bool {
        self.eat(closing(open))
    }

    /// Steps over a quote of any kind.
    pub(super) fn eat_quote(&mut self) -> bool {
        let Some(first) = self.peek() else { return false };
        QUOTES.iter().any(|quote| quote[0] == first && self.eat(quote))
    }

    /// Reads a quoted literal with its prefix (`b"…"`, `r#"…"#`, `@"…"`, `f'…'`), if one begins here.
    pub(super) fn literal(&mut self) -> Option<Literal> {
        let rest = self.rest();
        if !rest.first().is_some_and(|byte| may_begin_literal(*byte)) {
            return None;
        }
        if let Some(literal) = delimited::literal(self.text, self.at) {
            self.at = literal.end;
            return Some(literal);
        }
        let prefix = rest.iter().take(3).take_while(|byte| PREFIXES.contains(byte)).count();
        // A prefix is optional: `b` may begin a bare word as well.
        (0..=prefix).rev().find_map(|length| {
            let (first, after) = (*rest.get(length).filter(|first| begins_quote(**first))?, &rest[length..]);
            let mut quotes = QUOTES.iter().copied().filter(|quote| quote[0] == first && after.starts_with(quote));
            let open = quotes.next()?;
            let marks = &rest[..length];
            let start = self.at + length + open.len();
            let literal = match open {
                // Doubled inside of another literal, or a literal that is empty.
                b"\"\"" | b"''" | b"``" => {
                    self.doubled(start, open).or_else(|| self.content(start - 1, quotes.next()?, marks))
                }
                _ => self.content(start, open, marks),
            }?;
            self.at = literal.end;
            Some(literal)
        })
    }

    /// `""value""`: one word.
    fn doubled(&self, start: usize, quote: &'static [u8]) -> Option<Literal> {
        let rest = &self.text[start..self.text.len().min(start + MAX_LITERAL)];
        let length = memchr::memmem::find(rest, quote).filter(|length| *length > 0)?;
        let is_word = rest[..length].iter().all(|byte| byte.is_ascii_graphic() && !b"\"',;(){}".contains(byte));
        is_word.then(|| Literal {
            content: start..start + length,
            end: start + length + quote.len(),
            interpolates: false,
        })
    }

    fn content(&self, start: usize, open: &'static [u8], prefix: &[u8]) -> Option<Literal> {
        let close = closing(open);
        let spans_lines = open.len() == 3 && matches!(open[0], b'"' | b'\'') || open == b"`";
        let limit = self.text.len().min(start + MAX_LITERAL);
        let mut at = start;
        let next = |at: usize| memchr::memchr3(close[0], b'\n', b'\\', self.text.get(at..limit)?);
        while let Some(skipped) = next(at) {
            at += skipped;
            if self.text[at..].starts_with(close) {
                let interpolates = open == b"`" || prefix.iter().any(|mark| b"fF$".contains(mark));
                return Some(Literal { content: start..at, end: at + close.len(), interpolates });
            }
            match self.text[at] {
                b'\n' if !spans_lines => return None,
                b'\\' if open.len() == 1 => at += continues_line(&self.text[at..]).unwrap_or(2),
                _ => at += 1,
            }
        }
        None
    }

    /// Steps over a literal that is empty.
    pub(super) fn eat_empty(&mut self) -> bool {
        let mut ahead = *self;
        let is_empty = ahead.literal().is_some_and(|literal| literal.content.is_empty());
        if is_empty {
            *self = ahead;
        }
        is_empty
    }

    /// Whether nothing but `&` stands on the rest of the line, or what concatenates in Fortran and that.
    fn ends_in_ampersand(&self) -> bool {
        let line = self.rest().split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
        line.len() < self.rest().len() && matches!(line.trim_ascii(), b"&" | b"// &")
    }

    /// The literals that are concatenated to the one that ends here, on this line or the next.
    pub(super) fn joined(&self, joint: Joint) -> Vec<Literal> {
        // Behind an escaped quote line breaks are escaped as well.
        let mut ahead = Self { escaped: self.escaped || self.follows(b"\\\""), ..*self };
        let (mut literals, mut takes_more) = (Vec::new(), false);
        while literals.len() < MAX_PIECES {
            // At the end of a line it continues the line to Fortran, and concatenates to Ada and Basic.
            let is_continued = ahead.ends_in_ampersand();
            let breaks = ahead.skip_blank();
            // In a diff a plus sign in the first column says that the line is new.
            let is_added = ahead.follows(b"\n") && ahead.eat(b"+");
            let breaks = if is_added { breaks + ahead.skip_blank() } else { breaks };
            let operator = if joint == Joint::Comma || takes_more && ahead.rest().starts_with(b",") {
                ahead.eat(b",")
            } else {
                OPERATORS.iter().any(|operator| ahead.eat(operator)) || is_continued
            };
            takes_more |= ahead.text[..ahead.at].ends_with(b".concat(");
            let mut breaks = breaks + ahead.skip_blank();
            if operator && ahead.follows(b"\n") && ahead.eat(b"+") {
                breaks += ahead.skip_blank();
            }
            let is_joined = (operator || joint == Joint::Any) && breaks <= 2;
            // Three backticks are the end of a block of Markdown.
            let is_fence = ahead.rest().starts_with(b"```");
            let Some(literal) = ahead.literal().filter(|_| is_joined && !is_fence) else { break };
            literals.push(literal);
        }
        literals
    }

    /// Reads a value without quotes: up to blank, quote, or what ends it in any language that allows such values.
    pub(super) fn bare(&mut self) -> Range<usize> {
        let rest = self.rest();
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`,;)]}<>|&\\\x1b".contains(byte);
        let mut length = rest.iter().take(MAX_LITERAL).position(ends).unwrap_or(rest.len().min(MAX_LITERAL));
        // A reference goes on to the end of its brackets, whatever they hold.
        for (open, close) in [(b"${".as_slice(), b'}'), (b"$(", b')'), (b"{{", b'}'), (b"<", b'>'), (b"%(", b')')] {
            if rest.starts_with(open) {
                let end = memchr::memchr(close, &rest[..rest.len().min(MAX_LITERAL)]);
                length = end.map_or(open.len(), |end| end + 1);
            }
        }
        let value = self.at..self.at + length;
        self.at = value.end;
        value
    }

    /// Reads a name with its path, as a call or a type begins with: `os.environ`, `HeaderValue::from_static`, `[]byte`.
    pub(super) fn path(&mut self) -> Range<usize> {
        let rest = self.rest();
        let belongs = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.$:&?!*<>[]".contains(byte) || *byte >= 0x80;
        let mut length = rest.iter().take(128).take_while(|byte| belongs(byte)).count();
        // An opening bracket after the name belongs to what follows.
        while length > 0 && matches!(rest[length - 1], b'[' | b'<') {
            length -= 1;
        }
        let path = self.at..self.at + length;
        self.at = path.end;
        path
    }
}

/// The bytes that quotes and their prefixes begin with: most bytes of a text are told apart by the first one.
fn may_begin_literal(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b'&' | b'%' | b'q' | b'[' | b'<' | b'~' | 0xE2)
        || PREFIXES.contains(&byte)
}

/// The length of a terminal's colour sequence: ESC, `[`, numbers and `;`, `m` (ECMA-48, 8.3.117).
fn colour(rest: &[u8]) -> Option<usize> {
    let parameters = rest.strip_prefix(b"\x1b[")?;
    let length = parameters.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    (parameters.get(length) == Some(&b'm')).then_some(length + 3)
}

/// Elements that only show text in another way.
const INLINE: &[&[u8]] = &[b"span", b"b", b"i", b"em", b"strong", b"code", b"tt", b"kbd", b"font", b"mark"];

/// The length of the tag of such an element.
fn inline_tag(rest: &[u8]) -> Option<usize> {
    let inside = rest.strip_prefix(b"</").or_else(|| rest.strip_prefix(b"<"))?;
    let name = inside.iter().take(8).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let end = memchr::memchr(b'>', &rest[..rest.len().min(MAX_LITERAL)])?;
    let is_tag = INLINE.contains(&&inside[..name]) && matches!(inside.get(name), Some(b'>' | b' '));
    is_tag.then_some(end + 1)
}

/// Comments within a line: of C and its children, of XML, of PowerShell.
const COMMENTS: &[(&[u8], &[u8])] = &[(b"/*", b"*/"), (b"<!--", b"-->"), (b"<#", b"#>")];

/// Whether the line goes on on the next one: `\\` (C, shell, Python), `_` (Basic), `^` (cmd) or `&` (Fortran) at its end.
pub(super) fn continues_line(rest: &[u8]) -> Option<usize> {
    match rest {
        [b'\\' | b'_' | b'^' | b'&', b'\n', ..] => Some(2),
        [b'\\' | b'_' | b'^' | b'&', b'\r', b'\n', ..] => Some(3),
        _ => None,
    }
}

/// Letters and marks that may stand before a quote.
const PREFIXES: &[u8] = b"bBrRuUfFlLN@$#";

/// Resolves the backslash escapes of a literal: `\"`, `\x41`, `\u0041`, `\u{41}`, `\U00000041`, `\n`, `\101` and any
/// other `\c` as `c`.
pub(super) fn unescape(content: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(content.len());
    let mut at = 0;
    while at < content.len() {
        if content[at] != b'\\' || at + 1 == content.len() {
            decoded.push(content[at]);
            at += 1;
            continue;
        }
        if let Some(length) = continues_line(&content[at..]) {
            let rest = &content[at + length..];
            at += length + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            continue;
        }
        if let Some((character, length)) = code_point(&content[at + 1..]) {
            decoded.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            at += 1 + length;
            continue;
        }
        decoded.push(match content[at + 1] {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            other => other,
        });
        at += 2;
    }
    decoded
}

/// The character that an escape gives by its number, and the length of the escape without the backslash.
fn code_point(escape: &[u8]) -> Option<(char, usize)> {
    let (start, digits, radix, close) = match escape {
        [b'u' | b'x', b'{', rest @ ..] => (2, memchr::memchr(b'}', &rest[..rest.len().min(9)])?, 16, 1),
        [b'x', ..] => (1, 2, 16, 0),
        [b'u', ..] => (1, 4, 16, 0),
        [b'U', ..] => (1, 8, 16, 0),
        [b'0'..=b'3', b'0'..=b'7', b'0'..=b'7', ..] => (0, 3, 8, 0),
        _ => return None,
    };
    let digits = std::str::from_utf8(escape.get(start..start + digits)?).ok()?;
    let code = u32::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with('+'))?;
    Some((char::from_u32(code)?, start + digits.len() + close))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Option<&str> {
        let literal = Lexer::new(text.as_bytes(), 0, false).literal()?;
        Some(&text[literal.content])
    }

    #[test]
    fn reads_literals_of_many_languages() {
        for text in [
            r#""value""#,
            "'value'",
            "`value`",
            r#"b"value""#,
            r##"r#"value"#"##,
            r#"@"value""#,
            "f'value'",
            "'''value'''",
            r#"\"value\""#,
            "&quot;value&quot;",
            "%22value%22",
            "“value”",
        ] {
            assert_eq!(literal(text), Some("value"), "{text}");
        }
        assert_eq!(literal(r#""va\"lue""#), Some(r#"va\"lue"#));
        assert_eq!(literal("'value\n'"), None, "a line ends it");
        assert_eq!(literal("value"), None);
        assert_eq!(literal("\"value"), None);
    }

    #[test]
    fn resolves_escapes() {
        assert_eq!(unescape(br#"a\"b\x41\u00e9\u{42}\103\n\\"#), "a\"bAéBC\n\\".as_bytes());
        assert_eq!(unescape(br"\u12"), b"u12");
        assert_eq!(unescape(b"\\"), b"\\");
    }
}
