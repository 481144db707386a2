//! The entries of an object, a call or a list item, as tokens have them.

use super::tokens::{Kind, Token};

/// An entry of an object or an argument of a call.
#[derive(Debug)]
pub(super) struct Entry<'t> {
    pub(super) key: Option<&'t Token>,
    /// Behind what gives the key its value.
    pub(super) gives: usize,
    pub(super) value: Option<&'t Token>,
}

/// The bracket that is open at a token.
pub(super) fn enclosing(tokens: &[Token], at: usize) -> Option<usize> {
    tokens[..at].iter().rposition(unpaired(Kind::Open, Kind::Close))
}

/// Where that bracket closes, or the end of what was read.
pub(super) fn closing(tokens: &[Token], at: usize) -> usize {
    tokens[at..].iter().position(unpaired(Kind::Close, Kind::Open)).map_or(tokens.len(), |close| at + close)
}

/// Whether one of several tokens, asked in their order, is the first bracket of a kind that none of the other kind before it
/// belongs to.
fn unpaired(wanted: Kind, other: Kind) -> impl FnMut(&Token) -> bool {
    let mut depth = 0_u32;
    move |token| {
        if token.kind == other {
            depth += 1;
        } else if token.kind == wanted {
            if depth == 0 {
                return true;
            }
            depth -= 1;
        }
        false
    }
}

/// Splits what brackets hold into entries: at commas, semicolons, line breaks, and where a key follows a value (as in
/// `[request setValue:VALUE forHTTPHeaderField:NAME]`).
pub(super) fn entries<'t>(text: &[u8], tokens: &'t [Token]) -> Vec<Entry<'t>> {
    let mut entries: Vec<Entry<'t>> = Vec::new();
    let mut key = None;
    let mut gives = 0;
    let mut last: Option<&'t Token> = None;
    let mut depth = 0;
    for token in tokens {
        match token.kind {
            Kind::Open => {
                if depth == 0 && key.is_some() {
                    entries.push(Entry { key: key.take(), gives, value: None });
                }
                depth += 1;
            }
            Kind::Close => depth -= 1,
            _ if depth > 0 => {}
            Kind::Gives => {
                gives = token.span.end;
                // `header: str = …`: a type stands between.
                let typed = entries.last().filter(|entry| {
                    entry.value.is_some_and(|kind| kind.kind == Kind::Word && same(Some(kind), last))
                        && entry.key.is_some()
                });
                let of_type = typed.and_then(|entry| entry.key).filter(|_| &text[token.span.clone()] == b"=");
                key = last.take();
                if of_type.is_some() {
                    entries.pop();
                    key = of_type;
                }
                if entries.last().is_some_and(|entry| entry.key.is_none() && same(entry.value, key)) {
                    entries.pop();
                }
            }
            Kind::Literal | Kind::Word => {
                last = Some(token);
                entries.push(Entry { key: key.take(), gives, value: last });
            }
            Kind::Ends | Kind::Line | Kind::Other => {
                if token.kind == Kind::Ends {
                    key = None;
                }
            }
        }
    }
    entries
}

fn same(a: Option<&Token>, b: Option<&Token>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if a.span == b.span)
}
