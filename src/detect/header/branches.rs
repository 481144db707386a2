//! The literals that an expression may come to besides its first: what it falls back to, the branches of a choice, what a
//! test compares it with.

use super::{
    associate::Value,
    expression::{LOOKUPS, MAX_EXPRESSION, STORES, is_lookup_of, makes_another, names_next_entry, quoted},
    words::is_whole,
};
use crate::detect::lex::Lexer;

/// Words after which a literal is what an expression falls back to.
const FALLBACKS: &[&str] = &[
    "or",
    "else",
    "default",
    "unwrap_or",
    "unwrap_or_else",
    "map_or",
    "or_else",
    "orelse",
    "orelseget",
    "frommaybe",
    "getorelse",
    "get_or_else",
    "defaultto",
    "default_to",
    "defaultvalue",
    "default_value",
    "fallback",
    "ifempty",
    "ifblank",
    "withdefault",
    "ordefault",
    "or_default",
    "valueor",
    "value_or",
    // What a test expects a request to have been sent with.
    "tobe",
    "toequal",
    "tostrictequal",
    "isequalto",
    "equalto",
    "equals",
    "equal",
    "eq",
    "eql",
    // What a test double gives.
    "thenreturn",
    "and_return",
    "returns",
    "willreturn",
];

/// Words that set the value of what has been looked up by the name: `client.getAuthentication(NAME).setApiKey(…)`.
const SETTERS: &[&str] = &["setapikey", "setvalue", "apikey"];

/// The literals that the expression at `lexer`, or the rest of one, may come to.
pub(super) fn of(lexer: Lexer<'_>) -> Vec<Value> {
    Expression::new(lexer).branches(false)
}

/// The same, behind a call or a subscript: a block there is its fallback, `ENV.fetch("X_API_KEY") { "VALUE" }`.
pub(super) fn after_call(lexer: Lexer<'_>) -> Vec<Value> {
    Expression { is_access: true, ..Expression::new(lexer) }.branches(true)
}

/// Reads an expression for the literals that it may come to.
struct Expression<'a> {
    lexer: Lexer<'a>,
    end: usize,
    /// Brackets that are open; of each, whether an argument after a comma is a fallback.
    open: Vec<bool>,
    /// Depths at which a `?` waits for its `:`.
    choices: Vec<usize>,
    /// The next literal is a value.
    armed: bool,
    /// It goes on behind the access to what the name names.
    is_access: bool,
}

impl<'a> Expression<'a> {
    fn new(lexer: Lexer<'a>) -> Self {
        let end = lexer.text().len().min(lexer.at() + MAX_EXPRESSION);
        Self { lexer, end, open: Vec::new(), choices: Vec::new(), armed: false, is_access: false }
    }

    /// `closed_lookup`: a call has just been closed, and a block after it is its fallback.
    fn branches(mut self, mut closed_lookup: bool) -> Vec<Value> {
        let mut values = Vec::new();
        while self.lexer.at() < self.end {
            let mut breaks = self.lexer.skip_space();
            // A comment between two lines; elsewhere `// 'VALUE'` is a fallback of Perl.
            while breaks > 0 && self.lexer.skip_line_comment() {
                breaks += self.lexer.skip_space();
            }
            if self.lexer.at() >= self.end || (breaks > 0 && self.open.is_empty() && !self.goes_on()) {
                break;
            }
            if let Some(literal) = self.lexer.literal() {
                let content = &self.lexer.text()[literal.content.clone()];
                if self.is_access && matches!(content, b"eq" | b"equal" | b"deep.equal") && self.lexer.eat(b",") {
                    // `.its('x-api-key').should('eq', 'VALUE')` of Cypress
                    self.armed = true;
                    continue;
                }
                let is_key = !self.choices.contains(&self.open.len()) && names_next_entry(self.lexer);
                if self.armed && !is_key {
                    values.push(quoted(&self.lexer, &literal));
                } else if self.names_another() {
                    break;
                }
                self.armed = false;
                closed_lookup = false;
                continue;
            }
            if closed_lookup && matches!(self.lexer.rest(), [b'd', b'o', b'\n' | b'\r' | b' ', ..]) {
                values.extend(last_of_block(self.lexer));
                break;
            }
            if self.word() {
                closed_lookup = false;
                continue;
            }
            match self.step(closed_lookup) {
                Step::On => closed_lookup = false,
                Step::ClosedLookup => closed_lookup = true,
                Step::End => break,
            }
        }
        values
    }

    /// Whether the literal before is the first argument of a call behind the access, which is about something else:
    /// `without("X-API-Key").with("ETag", equalTo("…"))`.
    fn names_another(&self) -> bool {
        let is_argument = self.open.last() == Some(&false);
        self.is_access && is_argument && self.lexer.rest().trim_ascii_start().starts_with(b",")
    }

    /// Whether the expression goes on on this line.
    fn goes_on(&self) -> bool {
        let rest = self.lexer.rest();
        self.armed
            || [b"||".as_slice(), b"??", b"?", b"or ", b".", b"else ", b"->", b"//"]
                .iter()
                .any(|operator| rest.starts_with(operator))
            || (rest.starts_with(b":") && self.choices.contains(&self.open.len()))
    }

    /// Steps over a word, if one is next, and what it says of the literals after it.
    fn word(&mut self) -> bool {
        let rest = self.lexer.rest();
        let belongs = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$');
        let length = rest.iter().take(MAX_EXPRESSION).take_while(|byte| belongs(byte)).count();
        if length == 0 {
            return false;
        }
        let word = &rest[..length];
        let before = &self.lexer.text()[..self.lexer.at()];
        let qualifier = before.iter().rev().take(64).take_while(|byte| belongs(byte) || b".:>-".contains(byte)).count();
        let path = &self.lexer.text()[self.lexer.at() - qualifier..self.lexer.at() + length];
        // The types of a generic call: `config.get<string>("KEY", "VALUE")`.
        let types =
            rest[length..].strip_prefix(b"<").and_then(|types| memchr::memchr(b'>', &types[..types.len().min(32)]));
        let types = types.filter(|close| rest.get(length + close + 2) == Some(&b'(')).map_or(0, |close| close + 2);
        let length = length + types;
        let after = rest[length..].trim_ascii_start();
        let lower = word.to_ascii_lowercase();
        let next = after.first().copied().unwrap_or_default();
        let is_one_of = |words: &[&str]| words.iter().any(|word| word.as_bytes() == lower);
        // An identifier of that name is none of these words.
        let is_name = lower == b"fallback" && !matches!(next, b'(' | b':' | b'=' | b'"' | b'\'');
        let falls_back = is_one_of(FALLBACKS) && !is_name || (self.is_access && is_one_of(SETTERS));
        if falls_back {
            self.armed = true;
        } else if !matches!(next, b'(' | b'.' | b':' | b'|' | b'{' | b'[' | b'"' | b'\'' | b'=' | b'-' | b'!') {
            self.armed = false;
        }
        self.lexer = self.lexer.skipping(length);
        let is_call = matches!(next, b'(' | b'[') && !falls_back;
        // Ansible's plug-ins are told what to look up by their second argument.
        let is_plugin = lower == b"lookup" && before.trim_ascii_end().ends_with(b"{{");
        let is_store = is_plugin
            || is_call && (is_lookup_of(path, STORES) || is_lookup_of(word, &["secret"]) || makes_another(word));
        let is_default = memchr::memmem::find(&lower, b"orelse").or_else(|| memchr::memmem::find(&lower, b"ordefault"));
        let gets = is_default.is_some() && lower.starts_with(b"get");
        if falls_back && gets && next == b'(' {
            // `getOrElse("K", "VALUE")`
            self.lexer.skip_space();
            self.lexer = self.lexer.skipping(1);
            self.open.push(true);
        } else if falls_back && (lower == b"or" || lower == b"firstnonnull") && (next == b'(' || before.ends_with(b"("))
        {
            // `cmp.Or(a, "VALUE")`, `(or a "VALUE")`: any argument may be it.
            if next == b'(' && !before.ends_with(b"(") {
                self.lexer.skip_space();
                self.lexer = self.lexer.skipping(1);
                self.open.push(true);
            } else if let Some(open) = self.open.last_mut() {
                *open = true;
            } else {
                self.open.push(true);
            }
        } else if is_call && !is_store && (is_lookup_of(word, LOOKUPS) || word == b"If") {
            self.lexer.skip_space();
            self.lexer = self.lexer.skipping(1);
            self.open.push(true);
            self.armed = false;
        } else if is_store {
            self.lexer.skip_space();
            self.lexer = self.lexer.skipping(1);
            self.open.push(false);
            self.armed = false;
        }
        true
    }

    /// Steps over a mark.
    fn step(&mut self, closed_lookup: bool) -> Step {
        let operators: [&[u8]; 4] = [b"||", b"??", b"?:", b":-"];
        if operators.iter().any(|operator| self.lexer.eat(operator)) {
            let _assigns = self.lexer.eat(b"=");
            self.armed = true;
            return Step::On;
        }
        let rest = self.lexer.rest();
        if [b"// '".as_slice(), b"// \"", b"// q{", b"// q(", b"// qq{"]
            .iter()
            .any(|operator| rest.starts_with(operator))
        {
            self.lexer = self.lexer.skipping(2);
            self.armed = true;
            return Step::On;
        }
        if rest.starts_with(b"//") || rest.starts_with(b"# ") {
            return Step::End;
        }
        let depth = self.open.len();
        let mark = rest[0];
        let step = match mark {
            b'(' | b'[' | b'{' => {
                self.armed |= closed_lookup && mark == b'{';
                self.open.push(false);
                Step::On
            }
            b')' | b']' | b'}' => match self.open.pop() {
                Some(is_lookup) => {
                    // In a list without commas the next argument follows.
                    self.armed |= self.open.last() == Some(&true);
                    if is_lookup { Step::ClosedLookup } else { Step::On }
                }
                None => Step::End,
            },
            b',' if depth == 0 => Step::End,
            b',' => {
                self.armed = self.open.last() == Some(&true);
                Step::On
            }
            b';' => Step::End,
            b'?' if !matches!(rest.get(1), None | Some(b'.' | b')' | b';' | b',' | b'>')) => {
                self.choices.push(depth);
                self.armed = true;
                Step::On
            }
            b':' if self.choices.last() == Some(&depth) => {
                self.choices.pop();
                self.armed = true;
                Step::On
            }
            _ => Step::On,
        };
        if step != Step::End {
            self.lexer = self.lexer.skipping(1);
        }
        step
    }
}

/// What a block of Ruby comes to, which begins at `lexer`: the literal that is the last of its lines.
fn last_of_block(lexer: Lexer<'_>) -> Option<Value> {
    let text = lexer.text();
    let near = &lexer.rest()[..lexer.rest().len().min(MAX_EXPRESSION)];
    let mut ends = memchr::memmem::find_iter(near, b"end");
    let end = lexer.at() + ends.find(|end| is_whole(near, *end, end + b"end".len()))?;
    let mut block = text[..end].trim_ascii_end();
    let mut start = memchr::memrchr(b'\n', block)? + 1;
    while block[start..].trim_ascii_start().starts_with(b"#") {
        block = block[..start].trim_ascii_end();
        start = memchr::memrchr(b'\n', block)? + 1;
    }
    let mut last = Lexer::new(&text[..block.len()], start, false);
    last.skip_blank();
    let literal = last.literal()?;
    last.rest().is_empty().then(|| quoted(&last, &literal))
}

/// What came of reading a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    On,
    ClosedLookup,
    End,
}
