//! A name and its value as entries of a block: on lines of their own, at the same column, up to where the item ends.

use super::{
    siblings::is_key_beside_header,
    tokens::{Kind, Token},
    words::{is_matching, is_naming, is_schema_value, is_valuing, normalized, twins},
};

/// `- name: NAME` and `value: VALUE` on lines of their own, at the same column, up to where the item ends.
pub(super) fn in_block(text: &[u8], tokens: &[Token], at: usize) -> Option<usize> {
    let lines: Vec<&[Token]> = tokens.split(|token| token.kind == Kind::Line).collect();
    let own = lines.iter().position(|line| line.iter().any(|token| token.span == tokens[at].span))?;
    if let Some(at) = in_items(text, &lines[own..]) {
        return Some(at);
    }
    let entry = block_entry(text, lines[own])?;
    let key = &text[entry.key.span.clone()];
    let names_headers = is_naming(key) || !twins(&normalized(key)).is_empty();
    if entry.value.span != tokens[at].span || !names_headers {
        return None;
    }
    // Blank lines are in any block, lines without a value as far as they are indented.
    let filled = |line: &&&[Token]| !line.is_empty();
    let below = lines[own + 1..].iter().filter(filled).take_while(|line| {
        let (column, is_item) = indent(text, line);
        column > entry.column || (column == entry.column && !is_item)
    });
    let mut item_began = entry.is_item;
    let above = lines[..own].iter().rev().filter(filled).take_while(|line| {
        let (column, is_item) = indent(text, line);
        let belongs = !item_began && column >= entry.column;
        item_began |= is_item && column == entry.column;
        belongs
    });
    // `[build]` begins another table of TOML.
    let is_table = |line: &&&[Token]| {
        let first = line.iter().find(|token| !matches!(&text[token.span.clone()], b"+" | b"-"));
        // `[[headers]]` is a literal elsewhere.
        first.is_some_and(|token| text[token.span.clone()] == *b"[" || text[..token.span.start].ends_with(b"[["))
    };
    let below = below.take_while(|line| !is_table(line));
    let above = above.take_while(|line| !is_table(line));
    let siblings: Vec<_> = below.chain(above).filter_map(|line| block_entry(text, line)).collect();
    let gives = |next: &BlockEntry<'_>| {
        let key = &text[next.key.span.clone()];
        let is_valuing = is_valuing(key) || is_key_beside_header(text, next.key, Some(entry.key));
        (next.column == entry.column && is_valuing)
            || (next.column > entry.column && (is_matching(key) || is_schema_value(key)))
    };
    // `secret: true` says something of the value.
    let is_flag =
        |next: &&BlockEntry<'_>| matches!(&text[next.value.span.clone()], b"true" | b"false" | b"yes" | b"no");
    siblings.iter().find(|next| gives(next) && !is_flag(next)).map(|next| next.gives)
}

/// `- header: NAME` above `- value: VALUE`, as people write lists; the first line is the name's.
fn in_items(text: &[u8], lines: &[&[Token]]) -> Option<usize> {
    let entry = |line: &&[Token]| {
        let mark = line.first().filter(|token| matches!(&text[token.span.clone()], b"-" | b"*"))?;
        let gives = line.iter().position(|token| token.kind == Kind::Gives).filter(|gives| *gives > 1)?;
        Some((mark.span.clone(), &text[line[gives - 1].span.clone()], line[gives].span.end))
    };
    let ((mark, key, _), (next_mark, next_key, gives)) = (entry(lines.first()?)?, entry(lines.get(1)?)?);
    let is_same_list = text[mark] == text[next_mark];
    (is_same_list && is_naming(key) && is_valuing(next_key)).then_some(gives)
}

/// A line `key: value`, with `- ` before it or not.
struct BlockEntry<'t> {
    key: &'t Token,
    value: &'t Token,
    /// Behind the colon.
    gives: usize,
    /// Where the key begins in its line, in bytes.
    column: usize,
    is_item: bool,
}

fn block_entry<'t>(text: &[u8], line: &'t [Token]) -> Option<BlockEntry<'t>> {
    let is_item = line.first().is_some_and(|token| &text[token.span.clone()] == b"-");
    let [key, gives, value, rest @ ..] = &line[usize::from(is_item)..] else { return None };
    // `name: *alias`
    let (value, rest) = match rest {
        [alias, rest @ ..] if text[value.span.clone()] == *b"*" => (alias, rest),
        _ => (value, rest),
    };
    // `header: str = …`: a type stands between.
    let (gives, value) = match rest {
        [assigns, assigned, ..]
            if value.kind == Kind::Word && assigns.kind == Kind::Gives && text[assigns.span.clone()] == *b"=" =>
        {
            (assigns, assigned)
        }
        _ => (gives, value),
    };
    let (column, is_item) = indent(text, line);
    (gives.kind == Kind::Gives).then_some(BlockEntry { key, value, gives: gives.span.end, column, is_item })
}

/// Where a line that is not empty begins, in bytes, without the `- ` of an item; and whether it has that.
fn indent(text: &[u8], line: &[Token]) -> (usize, bool) {
    let is_item = line.len() > 1 && &text[line[0].span.clone()] == b"-";
    let first = &line[usize::from(is_item)];
    let start = memchr::memrchr(b'\n', &text[..first.span.start]).map_or(0, |newline| newline + 1);
    // What a here document holds begins at the start of a line, without a quote before it.
    ((first.span.start - start).saturating_sub(usize::from(first.kind == Kind::Literal)), is_item)
}
