//! Which value belongs to a name: the one that the next tokens give it, if they give it one.
//!
//! Reads forward from the name, through separators that assign (`:`, `=`, `=>`, `,` in a call, a subscript's `]`), and
//! stops at whatever does not: the next key, the next argument, the next line.

use std::ops::Range;

use super::{
    appended, beside,
    brackets::{Brackets, closing_brackets, further_argument},
    branches, columns, comparison, context,
    declared::{self, declaration},
    decoding::Coding,
    expression::{self, Expected},
    name::Name,
    nested, siblings, template,
    words::{ends_valuing, normalized},
    xml,
};
use crate::detect::{
    judge::reference::Quoting,
    lex::{Lexer, Literal},
};

/// What stands where a value is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A quoted literal, or the rest of the literal that holds the name; several if they are concatenated.
    Quoted { pieces: Vec<Range<usize>>, interpolates: bool },
    /// Text without quotes, where code could stand as well.
    Bare { span: Range<usize> },
    /// Text without quotes that merely stands behind the name: only what is random counts.
    Loose { span: Range<usize> },
    /// What an entry beside the name's holds.
    Sibling { pieces: Vec<Range<usize>>, quoting: Quoting },
    /// A literal that says where the value is kept: the argument of `getenv` and its like.
    Lookup { span: Range<usize> },
    /// Literals in several places that are put together: the first one's is the value's.
    Sum { pieces: Vec<Range<usize>> },
    /// A literal that is decoded where it is given.
    Encoded { span: Range<usize>, coding: Coding },
}

impl Value {
    /// A literal in which nothing is interpolated.
    pub(super) fn literal(content: Range<usize>) -> Self {
        Self::Quoted { pieces: vec![content], interpolates: false }
    }

    /// Text that a sibling holds.
    pub(super) fn sibling(span: Range<usize>) -> Self {
        Self::Sibling { pieces: vec![span], quoting: Quoting::Text }
    }

    /// The same value, decoded where it is used.
    pub(super) fn encoded(self, coding: Coding) -> Self {
        match self {
            Self::Quoted { pieces, .. } | Self::Sibling { pieces, .. } if pieces.len() == 1 => {
                Self::Encoded { span: pieces[0].clone(), coding }
            }
            Self::Bare { span } => Self::Encoded { span, coding },
            other => other,
        }
    }

    /// The same value, given by a sibling.
    pub(super) fn into_sibling(self) -> Self {
        match self {
            Self::Quoted { pieces, interpolates: false } => Self::Sibling { pieces, quoting: Quoting::Text },
            Self::Quoted { pieces, interpolates: true } => Self::Sibling { pieces, quoting: Quoting::Template },
            Self::Bare { span } => Self::Sibling { pieces: vec![span], quoting: Quoting::Bare },
            other => other,
        }
    }
}

impl From<Literal> for Value {
    fn from(literal: Literal) -> Self {
        Self::Quoted { pieces: vec![literal.content], interpolates: literal.interpolates }
    }
}

/// Separators but for those that compare, longest first.
const SEPARATORS: &[(&[u8], Separator)] = &[
    (b"\\:", Separator::Assigns),
    (b"\\=", Separator::Assigns),
    (b":=", Separator::Assigns),
    (b"?=", Separator::Assigns),
    (b"+=", Separator::Assigns),
    (b"=>", Separator::Assigns),
    (b"->", Separator::Assigns),
    (b".~", Separator::Assigns),
    (b"=:", Separator::Assigns),
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
    (b"&#x3a;", Separator::Assigns),
    (b"&#58;", Separator::Assigns),
    (b"%3a", Separator::Assigns),
    ("—".as_bytes(), Separator::Assigns),
    ("–".as_bytes(), Separator::Assigns),
    ("→".as_bytes(), Separator::Assigns),
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

/// The values that the text gives a name: what follows it, else what is inside of what it names, else what its siblings
/// hold.
pub(super) fn values_of(text: &[u8], name: &Name) -> Vec<Value> {
    if let Some(values) = nested::in_map(text, name) {
        return values;
    }
    let is_option = text[name.span.clone()].starts_with(b"-");
    if is_option {
        // The arguments after an option's name are its other names and its help.
        let keyworded = nested::values_of(text, name);
        if !keyworded.is_empty() {
            return keyworded;
        }
    }
    let mut following = following(text, name);
    let own = normalized(&text[name.span.clone()]);
    if own.ends_with("b64") || own.ends_with("base64") {
        following = following.into_iter().map(|value| value.encoded(Coding::Base64)).collect();
    }
    if following.iter().any(|value| !matches!(value, Value::Bare { .. } | Value::Lookup { .. })) {
        return following;
    }
    // A name or a type where the value is expected leaves room for one elsewhere.
    let inside = nested::values_of(text, name);
    let elsewhere = if inside.is_empty() { siblings::values_of(text, name) } else { inside };
    if elsewhere.is_empty() { following } else { elsewhere }
}

fn following(text: &[u8], name: &Name) -> Vec<Value> {
    let before = &text[..name.span.start];
    let escaped = name.quote.is_some_and(|quote| quote[0] == b'\\');
    let mut lexer = Lexer::new(text, name.span.end, escaped);
    if let Some(quote) = name.quote.filter(|_| name.is_whole_literal) {
        lexer.eat_closing(quote);
    }
    if before.ends_with(b"</")
        || context::is_asked_for(before, name)
        || context::is_told(before, name)
        || context::is_scoped(before)
    {
        return Vec::new();
    }
    if before.ends_with(b"<") && !context::is_key_of_raku(before, lexer) && lexer.eat(b">") {
        return xml::in_element(lexer).into_iter().collect();
    }
    if name.is_whole_literal
        && let Some(value) = beside::behind_colon(lexer, false)
    {
        return expression::values(value, name, Expected::Literal);
    }
    if let Some(value) = declared::of_explicit_key(lexer, before) {
        return siblings::given_at(text, value, name);
    }
    let is_key_of_raku = context::is_key_of_raku(before, lexer) && lexer.eat(b">");
    let brackets = if is_key_of_raku { Brackets::Subscript } else { closing_brackets(&mut lexer) };
    let names_header = brackets == Brackets::Call && context::names_header(before, name)
        || brackets == Brackets::None && context::names_header(before, name) && further_argument(&mut lexer);
    let brackets = if names_header { Brackets::Call } else { brackets };
    let is_variable = !name.is_whole_literal && name.is_identifier && name.quote.is_none();
    if let Some(values) = declared::values(lexer, name, is_variable) {
        return values;
    }
    let after_name = lexer;
    let breaks = if name.is_whole_literal { lexer.skip_blank() } else { lexer.skip_space() };
    if let Some(value) = beside::next_register(lexer, before, name) {
        return vec![value];
    }
    if name.is_whole_literal && breaks <= 1 && lexer.eat(b":value ") {
        // `{:name "X-API-Key" :value "…"}`
        return expression::values(lexer, name, Expected::Literal);
    }
    let alone = beside::tag_default(lexer, name)
        .or_else(|| beside::next_cell(lexer, before))
        .or_else(|| beside::next_serialized(lexer, name))
        .or_else(|| beside::next_column(lexer))
        .or_else(|| beside::of_directory(lexer, before));
    if let Some(value) = alone {
        return vec![value];
    }
    if lexer.rest().starts_with(b"{$") {
        // An environment variable of Caddy.
        return template::fallbacks(lexer);
    }
    if before.ends_with(b"lookup \"") {
        // `lookup "X-API-Key" (requestHeaders req) == Just "VALUE"` of Haskell
        context::skip_argument(&mut lexer);
    }
    let separator = separator(&mut lexer, name);
    let behind = Behind { text, name, before, after_name, lexer, breaks, brackets, names_header, is_variable };
    match separator {
        Some(separator) => behind.separated(separator),
        None => behind.unseparated(),
    }
}

/// What stands behind a name.
struct Behind<'a> {
    text: &'a [u8],
    name: &'a Name,
    before: &'a [u8],
    after_name: Lexer<'a>,
    /// Behind the blanks, and behind the separator, if there is one.
    lexer: Lexer<'a>,
    /// How many lines end in the blanks.
    breaks: usize,
    brackets: Brackets,
    names_header: bool,
    is_variable: bool,
}

impl Behind<'_> {
    /// The values that a separator gives.
    fn separated(mut self, separator: Separator) -> Vec<Value> {
        let Self { name, before, .. } = self;
        if separator == Separator::Lists && !name.is_whole_literal && !self.is_variable {
            // `"X-API-Key, VALUE"`; in prose `X-API-Key, value …`.
            let mut ahead = self.lexer;
            ahead.skip_space();
            let sets_header = before.len() >= 7 && before[before.len() - 7..].eq_ignore_ascii_case(b"header=");
            if (beside::connecting_words(&mut ahead) || name.quote.is_some() || sets_header)
                && let Some(value) = beside::loose(ahead)
            {
                return vec![value];
            }
        }
        let is_rest = self.is_variable
            && self.text[..self.lexer.at()].ends_with(b"+=")
            && appended::goes_on(self.text, &name.span);
        let is_other = separator == Separator::Lists && columns::is_told_apart(self.before, name);
        let is_allowed = self.allows(separator) && !is_rest && !is_other;
        if is_allowed && separator == Separator::Compares {
            // Whatever follows it, it is no key of the next entry.
            let mut compared = self.lexer;
            compared.skip_blank();
            let _just = compared.eat(b"Just ");
            if let Some(literal) = compared.literal() {
                return vec![expression::quoted(&compared, &literal)];
            }
        }
        let mut values = if is_allowed { after_separator(&mut self.lexer, name, separator) } else { Vec::new() };
        if self.is_variable {
            appended::extend(self.text, &self.text[name.span.clone()], &mut values);
        }
        if !values.is_empty() {
            return values;
        }
        if self.brackets != Brackets::None {
            return branches::after_call(self.after_name);
        }
        // `get("X_API_KEY", None) or "VALUE"`
        let is_spared = separator == Separator::Lists && context::is_nothing(&mut self.lexer) && self.lexer.eat(b")");
        if is_spared { branches::after_call(self.lexer) } else { values }
    }

    /// Whether a separator gives the name a value here.
    fn allows(&self, separator: Separator) -> bool {
        let Self { text, name, before, is_variable, brackets, names_header, .. } = *self;
        match separator {
            _ if self.breaks > 0 => name.is_whole_literal && separator != Separator::Opens,
            // Basic writes subscripts as calls.
            Separator::Assigns | Separator::Compares | Separator::FallsBack => true,
            Separator::Colon => brackets != Brackets::Call || names_header,
            Separator::Lists if context::is_list_of_names(before) => false,
            Separator::Lists => {
                let is_item = !name.is_identifier && name.quote.is_none() && before.trim_ascii_end().ends_with(b"[");
                // Of Ruby, and of Erlang as the first of a tuple.
                let is_atom =
                    is_variable && (before.ends_with(b" :") || before.ends_with(b"(:") || before.ends_with(b"{"));
                let is_defined = is_variable && before.ends_with(b"define(");
                let is_constant = is_variable && context::is_constant_of_header(text, name);
                let is_tested = is_variable && context::is_compared(before);
                (name.is_whole_literal || is_item || is_atom || is_defined || is_constant || is_tested)
                    && (brackets != Brackets::Call || names_header || context::is_compared(before))
            }
            Separator::Opens => brackets == Brackets::None,
        }
    }

    /// The values that follow without any separator.
    fn unseparated(self) -> Vec<Value> {
        let Self { text, name, before, breaks, is_variable, mut lexer, .. } = self;
        let blank = &text[self.after_name.at()..lexer.at()];
        if breaks <= 1 && !blank.is_empty() && context::takes_next(before) {
            return expression::values(lexer, name, Expected::Literal);
        }
        if self.brackets != Brackets::None {
            // `@Header("X-API-Key") key: string = "…"`
            let mut declared = lexer;
            let is_declared = breaks <= 1 && context::is_decorated(before) && declaration(&mut declared);
            let values = branches::after_call(self.after_name);
            return if is_declared { expression::values(declared, name, Expected::Literal) } else { values };
        }
        // An argument may stand on the next line where arguments need no comma.
        let is_argument = breaks == 1 && name.is_whole_literal && beside::follows_setter(before, name);
        if is_argument {
            return expression::values(lexer, name, Expected::Literal);
        }
        if blank.is_empty() || breaks > 0 {
            return Vec::new();
        }
        // A blank gives a value to what is set by it; elsewhere it has to be a literal, or a column of a table.
        let is_set = beside::follows_setter(before, name) || blank.contains(&b'\t');
        let is_set = is_set || (is_variable && beside::is_command(before));
        let is_connected = beside::connecting_words(&mut lexer);
        if let Some(value) = beside::option_value(lexer) {
            return vec![value];
        }
        if is_connected && let Some(value) = beside::set_off(lexer) {
            return vec![value];
        }
        // A column of what a program prints is set off by several blanks.
        let is_prose = !is_set && name.quote.is_none() && (!is_variable || blank.len() > 1) || is_connected;
        if is_prose && let Some(value) = beside::loose(lexer) {
            return vec![value];
        }
        let mut next = lexer;
        let is_set = is_set && !beside::is_of_another(&text[next.bare()]);
        expression::values(lexer, name, if is_set { Expected::Any } else { Expected::Literal })
    }
}

fn separator(lexer: &mut Lexer<'_>, name: &Name) -> Option<Separator> {
    // `"X-API-Key" to "…"`, `("X-API-Key" . "…")`
    let pairs = lexer.rest().starts_with(b". \"") && !name.is_identifier;
    if (name.is_whole_literal || pairs) && (lexer.eat(b"to ") || lexer.eat(b". ")) {
        return Some(Separator::Assigns);
    }
    if comparison::operator(lexer) {
        return Some(Separator::Compares);
    }
    SEPARATORS.iter().find_map(|(token, separator)| lexer.eat(token).then_some(*separator))
}

fn after_separator(lexer: &mut Lexer<'_>, name: &Name, separator: Separator) -> Vec<Value> {
    let line = lexer.at();
    let breaks = lexer.skip_blank();
    if breaks > 3 {
        return Vec::new();
    }
    // What `var_dump` says of a string of PHP: `string(40) "VALUE"`.
    let mut dumped = *lexer;
    if dumped.eat(b"string(") {
        dumped.bare();
        if dumped.eat(b") ") {
            return expression::literal(&mut dumped).into_iter().collect();
        }
    }
    // Emphasis that began before the name ends behind its colon.
    let _emphasis = lexer.eat(b"**") || lexer.eat(b"__");
    if lexer.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
        lexer.skip_space();
    }
    if separator == Separator::Colon {
        declared::anchor(lexer);
    }
    if lexer.rest().starts_with(b"0x") {
        // A literal of SQL without quotes.
        return vec![Value::Bare { span: lexer.bare() }];
    }
    if separator == Separator::Colon && declared::block_scalar(lexer) {
        let fallbacks = template::fallbacks(*lexer);
        return if fallbacks.is_empty() { expression::bare(lexer, name).into_iter().collect() } else { fallbacks };
    }
    if breaks > 0 && separator != Separator::Lists {
        // A literal that began before the name may go on there, and end behind the value.
        let mut ahead = *lexer;
        let span = ahead.bare();
        let goes_on = name.quote.filter(|_| !name.is_whole_literal && breaks == 1 && !span.is_empty());
        if goes_on.is_some_and(|quote| ahead.eat_closing(quote)) {
            return vec![Value::Bare { span }];
        }
        let is_plain = separator == Separator::Colon && breaks == 1 && !name.is_whole_literal && name.quote.is_none();
        if is_plain && let Some(value) = beside::plain_below(*lexer, name) {
            return vec![value];
        }
        // Only a literal can be a value on a line of its own; a name there begins the next entry.
        let value = expression::literal(lexer).filter(|_| lexer.at() > line);
        return value.into_iter().collect();
    }
    if separator == Separator::FallsBack {
        // `(header ?? "") !== "VALUE"`
        let mut ahead = *lexer;
        let is_empty = ahead.literal().is_some_and(|literal| literal.content.is_empty());
        while ahead.eat(b")") {}
        ahead.skip_space();
        let operators: [&[u8]; 4] = [b"===", b"!==", b"==", b"!="];
        if is_empty && operators.iter().any(|operator| ahead.eat(operator)) {
            ahead.skip_space();
            let literal = ahead.literal();
            return literal.map(|literal| expression::quoted(&ahead, &literal)).into_iter().collect();
        }
    }
    if separator == Separator::Compares {
        // `if key == "…":` ends in what would make a literal the next key elsewhere.
        let value = lexer.literal().map(|literal| expression::quoted(lexer, &literal));
        return value.or_else(|| beside::loose(*lexer)).into_iter().collect();
    }
    if separator == Separator::Lists {
        // In a list or a call only a literal is a value: a name is a variable, or the key of the next argument.
        for keyword in [b"default=".as_slice(), b"default: ", b"fallback=", b"value=", b"default = ", b"value: "] {
            if lexer.eat(keyword) {
                break;
            }
        }
        // `("X-API-Key", "header", "VALUE")`: where it is sent stands between.
        let mut ahead = *lexer;
        let place = ahead.literal().map(|literal| text_of(&ahead, &literal).to_ascii_lowercase());
        // `('KeyName', "X-API-Key", 'KeyValue', "VALUE")`: so does the word for it.
        let stands_between = |place: &Vec<u8>| {
            [b"header".as_slice(), b"query", b"cookie"].contains(&place.as_slice()) || ends_valuing(&normalized(place))
        };
        if place.as_ref().is_some_and(stands_between) && ahead.eat(b",") {
            ahead.skip_space();
            *lexer = ahead;
        }
        return expression::values(*lexer, name, Expected::Literal);
    }
    if separator == Separator::Colon && name.is_identifier && name.quote.is_none() {
        // A variable of CMake's cache, a label of an assembler.
        for kind in [b"STRING=".as_slice(), b".asciz ", b".ascii ", b".string "] {
            lexer.eat(kind);
        }
        lexer.skip_space();
    }
    if separator == Separator::Colon && name.is_whole_literal {
        return expression::entry(*lexer, name);
    }
    if separator == Separator::Colon && name.is_identifier && declaration(lexer) {
        return expression::values(*lexer, name, Expected::Literal);
    }
    expression::values(*lexer, name, Expected::Any)
}

fn text_of<'a>(lexer: &Lexer<'a>, literal: &Literal) -> &'a [u8] {
    &lexer.text()[literal.content.clone()]
}

#[cfg(test)]
mod tests;
