//! Values in tables: the cells below a column that is named after the header, the cell beside one that holds the name,
//! and rows that SQL inserts. A line is a row of a table only if all of it reads as one.

use std::ops::Range;

use super::{
    name::Name,
    words::{is_valuing, normalized},
};
use crate::detect::lex::Lexer;

/// How long a row may be, in bytes.
const MAX_ROW: usize = 1024;

/// How many cells a row may have.
const MAX_CELLS: usize = 64;

/// How many rows below a column's name are read.
const MAX_ROWS: usize = 64;

/// What separates cells where nothing marks the ends of a row.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Columns that hold values, where another one holds names.
const VALUING: &[&str] =
    &["value", "val", "example", "default", "content", "setting", "sample", "current value", "secret"];

/// The cells that hold values of a name.
pub(super) fn values_of(text: &[u8], name: &Name) -> Vec<Range<usize>> {
    if let Some(value) = in_list(text, name) {
        return vec![value];
    }
    if !may_be_cell(text, name) {
        return Vec::new();
    }
    let inserted = inserted(text, name);
    if !inserted.is_empty() {
        return inserted;
    }
    if let Some(value) = in_row(text, name) {
        return vec![value];
    }
    let line = line_around(text, name.span.start);
    let Some((delimiter, row)) = row_with(text, line.clone(), name) else { return Vec::new() };
    let column = row.iter().position(|cell| *cell == name.span).unwrap_or(row.len());
    if let Some(value) = valued(text, line.start, delimiter, &row) {
        return vec![value];
    }
    let below = below(text, name.span.clone(), line.end, delimiter, row.len(), column);
    if !below.is_empty() && is_heading(text, &row) {
        return below;
    }
    beside(text, delimiter, &row, column).into_iter().collect()
}

/// Whether what stands around the name could be the bounds of a cell: most names are none, and this is all they cost.
fn may_be_cell(text: &[u8], name: &Name) -> bool {
    let bound = |byte: &u8| !b" \"'`*\r[]".contains(byte);
    let after = text[name.span.end..].iter().take(64).find(|byte| bound(byte));
    let before = text[..name.span.start].iter().rev().take(64).find(|byte| bound(byte));
    let ends = |byte: Option<&u8>| byte.is_none_or(|byte| DELIMITERS.contains(byte) || b"\n()".contains(byte));
    // The column of a diff.
    let line = text[..name.span.start].trim_ascii_end();
    let is_added = matches!(line, [b'+' | b'-'] | [.., b'\n', b'+' | b'-']);
    ends(after) && (ends(before) || is_added)
}

fn line_around(text: &[u8], at: usize) -> Range<usize> {
    let low = at.saturating_sub(MAX_ROW);
    let start = memchr::memrchr(b'\n', &text[low..at]).map_or(low, |newline| low + newline + 1);
    start..line_end(text, at)
}

fn line_end(text: &[u8], at: usize) -> usize {
    let high = text.len().min(at + MAX_ROW);
    memchr::memchr(b'\n', &text[at..high]).map_or(high, |newline| at + newline)
}

/// The delimiter and the cells of a line that has the name as one of its cells.
fn row_with(text: &[u8], line: Range<usize>, name: &Name) -> Option<(u8, Vec<Range<usize>>)> {
    let line = past_mark(text, line);
    let is_framed = text[line.clone()].trim_ascii().starts_with(b"|");
    let delimiters = if is_framed { &DELIMITERS[3..] } else { &DELIMITERS[..] };
    delimiters.iter().find_map(|&delimiter| {
        let row = cells(text, line.clone(), delimiter);
        (row.len() > 1 && row.contains(&name.span)).then_some((delimiter, row))
    })
}

/// The cells of a row, without blanks, quotes and emphasis around them.
fn cells(text: &[u8], line: Range<usize>, delimiter: u8) -> Vec<Range<usize>> {
    let mut line = past_mark(text, trimmed(text, line));
    if delimiter == b'|' && text[line.clone()].starts_with(b"|") {
        line.start += 1;
        line.end -= usize::from(!line.is_empty() && text[line.end - 1] == b'|');
    }
    let mut cells = Vec::new();
    let mut start = line.start;
    let mut at = line.start;
    let mut is_quoted = false;
    while at < line.end && cells.len() < MAX_CELLS {
        match text[at] {
            // A quote begins a cell, or ends one: within a cell it is text.
            b'"' => is_quoted = !is_quoted && text[start..at].trim_ascii().is_empty(),
            byte if byte == delimiter && !is_quoted => {
                cells.push(bare(text, start..at));
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    cells.push(bare(text, start..line.end));
    cells
}

/// A line without the column of a diff.
fn past_mark(text: &[u8], line: Range<usize>) -> Range<usize> {
    line.start + usize::from(matches!(text.get(line.start), Some(b'+' | b'-')) && !line.is_empty())..line.end
}

fn trimmed(text: &[u8], range: Range<usize>) -> Range<usize> {
    let start = range.start + range.len() - text[range.clone()].trim_ascii_start().len();
    start..start + text[range].trim_ascii().len()
}

/// A cell without what marks it as text or code.
fn bare(text: &[u8], cell: Range<usize>) -> Range<usize> {
    let mut cell = trimmed(text, cell);
    if text[cell.clone()].starts_with(b"{{") && text[cell.clone()].ends_with(b"}}") {
        // Code in Jira.
        cell = trimmed(text, cell.start + 2..cell.end - 2);
    }
    while cell.len() > 1
        && text[cell.start] == text[cell.end - 1]
        && matches!(text[cell.start], b'"' | b'\'' | b'`' | b'*')
    {
        cell = trimmed(text, cell.start + 1..cell.end - 1);
    }
    cell
}

/// Whether a row names columns: all of its cells are names, none of them has a digit among random letters.
fn is_heading(text: &[u8], row: &[Range<usize>]) -> bool {
    let is_name = |cell: &Range<usize>| {
        let cell = &text[cell.clone()];
        (1..=40).contains(&cell.len())
            && cell.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-. /()".contains(byte))
    };
    row.iter().all(is_name)
}

/// The cells of a column in the rows that follow.
fn below(
    text: &[u8],
    name: Range<usize>,
    mut at: usize,
    delimiter: u8,
    width: usize,
    column: usize,
) -> Vec<Range<usize>> {
    let mut values = Vec::new();
    for _ in 0..MAX_ROWS {
        if at >= text.len() {
            break;
        }
        let line = at + 1..line_end(text, at + 1);
        at = line.end;
        if is_rule(&text[line.clone()]) {
            continue;
        }
        let row = cells(text, line, delimiter);
        // A heading that comes again heads nothing.
        if row.len() != width || row.get(column).is_some_and(|cell| text[cell.clone()] == text[name.clone()]) {
            break;
        }
        values.extend(row.get(column).filter(|cell| !cell.is_empty()).cloned());
    }
    values
}

/// `|---|:--:|`, `+----+`
fn is_rule(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.len() > 1 && line.iter().all(|byte| b"|-:+= ".contains(byte))
}

/// The cell beside the name: in the column that is said to hold values, else the next one.
fn beside(text: &[u8], delimiter: u8, row: &[Range<usize>], column: usize) -> Option<Range<usize>> {
    let is_framed = delimiter == b'|';
    // A list of names is no table: without a heading only a row of a name and a value is one.
    let next = (is_framed || column == 0 && row.len() == 2).then_some(column + 1);
    value_of(text, row, next?)
}

/// The cell of a row below the heading of values.
fn valued(text: &[u8], start: usize, delimiter: u8, row: &[Range<usize>]) -> Option<Range<usize>> {
    let heading = heading(text, start, delimiter, row.len())?;
    let valuing = heading.iter().position(|cell| {
        let cell = text[cell.clone()].to_ascii_lowercase();
        VALUING.iter().any(|valuing| valuing.as_bytes() == cell) || cell.ends_with(b"value")
    });
    value_of(text, row, valuing?)
}

fn value_of(text: &[u8], row: &[Range<usize>], column: usize) -> Option<Range<usize>> {
    row.get(column).filter(|cell| !cell.is_empty() && !text[(*cell).clone()].contains(&b' ')).cloned()
}

/// What heads the column of a value in the row of the name.
pub(super) fn heading_of(text: &[u8], name: &Name, value: &Range<usize>) -> Option<Range<usize>> {
    if let Some(column) = inserted_column(text, name, value) {
        return Some(column);
    }
    if !may_be_cell(text, name) {
        return None;
    }
    let line = line_around(text, name.span.start);
    let (delimiter, row) = row_with(text, line.clone(), name)?;
    let column = row.iter().position(|cell| cell.start <= value.start && value.end <= cell.end)?;
    let heading = heading(text, line.start, delimiter, row.len())?;
    // Of a row without its first bar the last cell is empty.
    let named = &heading[..heading.len() - usize::from(heading.last().is_some_and(Range::is_empty))];
    is_heading(text, named).then(|| named.get(column).cloned()).flatten()
}

/// The places of the row of `INSERT INTO t (name, key_hash) VALUES (NAME, VALUE)` that has the name, and the columns.
type Row = (Vec<Option<Range<usize>>>, Vec<Range<usize>>);

fn inserted_row(text: &[u8], name: &Name) -> Option<Row> {
    let low = name.span.start.saturating_sub(MAX_ROW);
    let row = low + memchr::memrchr(b'(', &text[low..name.span.start])?;
    let mut lexer = Lexer::new(text, row + 1, false);
    let places = tuple(&mut lexer)?;
    let before = text[low..row].to_ascii_lowercase();
    let values = memchr::memmem::rfind(&before, b"values")?;
    let Some(close) = before[..values].trim_ascii_end().strip_suffix(b")").map(<[u8]>::len) else {
        return Some((places, created(text, low + values)?));
    };
    let open = memchr::memrchr(b'(', &before[..close])? + 1;
    Some((places, cells(text, low + open..low + close, b',')))
}

/// The columns of the table that a statement inserts into, whose rows begin at a place, as it was made above.
fn created(text: &[u8], values: usize) -> Option<Vec<Range<usize>>> {
    let head = text[..values].trim_ascii_end();
    let name = head.rsplit(u8::is_ascii_whitespace).next()?;
    let made = [b"CREATE TABLE ", name].concat();
    let low = values.saturating_sub(4 * MAX_ROW);
    let start = low + memchr::memmem::rfind(&text[low..values], &made)? + made.len();
    let open = start + memchr::memchr(b'(', &text[start..values])? + 1;
    let lines = text[open..values].split(|byte| *byte == b'\n').take(MAX_CELLS);
    let lines = lines.take_while(|line| !line.trim_ascii_start().starts_with(b")"));
    let mut at = open;
    let mut columns = Vec::new();
    for line in lines {
        let word = line.trim_ascii_start();
        let start = at + (line.len() - word.len());
        let length = word.iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
        if length > 0 && !word.starts_with(b"PRIMARY ") && !word.starts_with(b"KEY ") {
            columns.push(bare(text, start..start + length));
        }
        at += line.len() + 1;
    }
    Some(columns)
}

/// The column that the value is of.
fn inserted_column(text: &[u8], name: &Name, value: &Range<usize>) -> Option<Range<usize>> {
    let (places, columns) = inserted_row(text, name)?;
    let place = places.iter().position(|place| place.as_ref() == Some(value))?;
    columns.into_iter().nth(place)
}

/// The value in a row of such a statement, wherever its column is.
fn in_row(text: &[u8], name: &Name) -> Option<Range<usize>> {
    let (places, columns) = inserted_row(text, name).filter(|_| name.is_whole_literal)?;
    places.iter().position(|place| place.as_ref() == Some(&name.span))?;
    let is_valuing = |cell: &Range<usize>| {
        let column = normalized(&text[cell.clone()]);
        column.ends_with("value") || is_valuing(column.as_bytes())
    };
    places.into_iter().nth(columns.iter().position(is_valuing)?).flatten()
}

/// The value in a row of a `list-table` of reStructuredText, which its first row names: `* - Header` above `- Value`.
fn in_list(text: &[u8], name: &Name) -> Option<Range<usize>> {
    let line = line_around(text, name.span.start);
    let is_cell = |line: &[u8]| line.starts_with(b"- ") || line.starts_with(b"* - ");
    if !is_cell(text[line.clone()].trim_ascii_start()) {
        return None;
    }
    let low = name.span.start.saturating_sub(2 * MAX_ROW);
    let table = low + memchr::memmem::rfind(&text[low..name.span.start], b".. list-table::")?;
    let mut rows: Vec<Vec<Range<usize>>> = Vec::new();
    let mut at = line_end(text, table) + 1;
    let mut is_done = false;
    while at < text.len() && !(is_done && text[at..line_end(text, at)].trim_ascii_start().starts_with(b"* - ")) {
        let end = line_end(text, at);
        let content = trimmed(text, at..end);
        let first = text[content.clone()].starts_with(b"* - ");
        if first {
            rows.push(Vec::new());
        }
        if is_cell(&text[content.clone()])
            && let Some(row) = rows.last_mut()
        {
            row.push(bare(text, content.start + if first { 4 } else { 2 }..content.end));
        }
        is_done |= at == line.start;
        at = end + 1;
    }
    let (heading, row) = (rows.first()?, rows.last()?);
    let valuing = heading.iter().position(|cell| is_valuing(&text[cell.clone()]))?;
    row.contains(&name.span).then(|| row.get(valuing).cloned()).flatten()
}

/// The first row of the table whose row begins at `start`.
fn heading(text: &[u8], mut start: usize, delimiter: u8, width: usize) -> Option<Vec<Range<usize>>> {
    let mut first = None;
    for _ in 0..MAX_ROWS {
        let end = start.checked_sub(1)?;
        let low = end.saturating_sub(MAX_ROW);
        let line = memchr::memrchr(b'\n', &text[low..end]).map_or(low, |newline| low + newline + 1)..end;
        if !is_rule(&text[line.clone()]) {
            let row = cells(text, line.clone(), delimiter);
            if row.len() != width {
                return first;
            }
            first = Some(row);
        }
        if line.start == 0 {
            return first;
        }
        start = line.start;
    }
    first
}

/// `INSERT INTO t (a, x_api_key) VALUES (1, 'VALUE')`: what stands at the name's place in the rows.
fn inserted(text: &[u8], name: &Name) -> Vec<Range<usize>> {
    let low = name.span.start.saturating_sub(MAX_ROW);
    let Some(open) = memchr::memrchr(b'(', &text[low..name.span.start]).map(|open| low + open + 1) else {
        return Vec::new();
    };
    let high = text.len().min(name.span.end + MAX_ROW);
    let Some(close) = memchr::memchr(b')', &text[name.span.end..high]).map(|close| name.span.end + close) else {
        return Vec::new();
    };
    let columns = cells(text, open..close, b',');
    let column = columns.iter().position(|cell| unquoted(text, cell.clone()) == name.span);
    let mut lexer = Lexer::new(text, close + 1, false);
    lexer.skip_space();
    let word: Vec<u8> = lexer.rest().iter().take(6).map(u8::to_ascii_lowercase).collect();
    if word == b"from s" {
        return column.map(|column| copied(text, lexer.at(), column)).unwrap_or_default();
    }
    let Some(column) = column.filter(|_| word == b"values") else { return Vec::new() };
    lexer = lexer.skipping(word.len());
    let mut values = Vec::new();
    for _ in 0..MAX_ROWS {
        lexer.skip_space();
        if !lexer.eat(b"(") {
            break;
        }
        let Some(places) = tuple(&mut lexer) else { break };
        values.extend(places.into_iter().nth(column).flatten());
        lexer.skip_space();
        if !lexer.eat(b",") {
            break;
        }
    }
    values
}

/// The values of a column in what `COPY t (…) FROM stdin;` of `PostgreSQL` is given: lines with tabs between, up to `\.`.
fn copied(text: &[u8], at: usize, column: usize) -> Vec<Range<usize>> {
    let mut values = Vec::new();
    let mut at = line_end(text, at) + 1;
    for _ in 0..MAX_ROWS {
        let end = line_end(text, at.min(text.len()));
        let Some(line) = text.get(at..end).filter(|line| !line.starts_with(b"\\.") && line.contains(&b'\t')) else {
            break;
        };
        let mut start = at;
        for (number, cell) in line.split(|byte| *byte == b'\t').enumerate() {
            if number == column && cell != b"\\N" {
                values.push(start..start + cell.len());
            }
            start += cell.len() + 1;
        }
        at = end + 1;
    }
    values
}

/// SQL's brackets around names.
fn unquoted(text: &[u8], cell: Range<usize>) -> Range<usize> {
    let is_bracketed = text[cell.clone()].starts_with(b"[") && text[cell.clone()].ends_with(b"]");
    if is_bracketed { cell.start + 1..cell.end - 1 } else { cell }
}

/// Reads a row to behind its parenthesis: the literal at each place, if there is one.
fn tuple(lexer: &mut Lexer<'_>) -> Option<Vec<Option<Range<usize>>>> {
    let mut places = vec![None];
    let mut depth = 0_u32;
    for _ in 0..MAX_ROW {
        if let Some(literal) = lexer.literal() {
            if depth == 0 {
                *places.last_mut()? = Some(literal.content);
            }
            continue;
        }
        match lexer.peek()? {
            b'(' => depth += 1,
            b')' if depth == 0 => {
                *lexer = lexer.skipping(1);
                return Some(places);
            }
            b')' => depth -= 1,
            b',' if depth == 0 => places.push(None),
            b';' => return None,
            _ => {}
        }
        *lexer = lexer.skipping(1);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<&str> {
        let start = text.to_ascii_lowercase().replace('_', "-").find("x-api-key").expect("the name is there");
        let name = Name::around(text.as_bytes(), (start, start + 9)).expect("it is a name");
        values_of(text.as_bytes(), &name).into_iter().map(|value| &text[value]).collect()
    }

    fn check(cases: &[(&str, &[&str])]) {
        let wrong: Vec<_> =
            cases.iter().map(|case| (case, values(case.0))).filter(|(case, found)| found != case.1).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn columns() {
        check(&[
            ("id,x_api_key,note\n1,VALUE,a\n2,V2,b\n", &["VALUE", "V2"]),
            ("id,X-API-Key\r\n1,VALUE\r\n", &["VALUE"]),
            ("\"id\";\"x-api-key\"\n\"1;2\";\"VALUE\"", &["VALUE"]),
            ("id\tx_api_key\n1\tVALUE", &["VALUE"]),
            ("id,x_api_key\n\"a, b\",VALUE\n", &["VALUE"]),
            ("| env | X-API-Key |\n| --- | :---: |\n| prod | `VALUE` |\n| dev | V2 |\n\nother", &["VALUE", "V2"]),
            (
                "+----+-----------+\n| id | x-api-key |\n+----+-----------+\n|  1 | VALUE     |\n+----+-----------+",
                &["VALUE"],
            ),
        ]);
    }

    #[test]
    fn rows() {
        check(&[
            ("name,value\nHost,a\nX-API-Key,VALUE\n", &["VALUE"]),
            ("X-API-Key,VALUE\n", &["VALUE"]),
            ("header;kind;value\nX-API-Key;text;VALUE\n", &["VALUE"]),
            ("| Header | Value |\n|---|---|\n| `X-API-Key` | `VALUE` |", &["VALUE"]),
            ("| Header | Required | Example |\n|---|---|---|\n| X-API-Key | yes | VALUE |", &["VALUE"]),
            ("| X-API-Key | VALUE |", &["VALUE"]),
        ]);
    }

    #[test]
    fn rows_of_sql() {
        check(&[
            ("INSERT INTO t (id, x_api_key, b) VALUES (1, 'VALUE', 'c');", &["VALUE"]),
            ("insert into t (`id`, `x_api_key`)\nvalues (f(1, 2), 'VALUE'),\n (2, 'V2')", &["VALUE", "V2"]),
            ("INSERT INTO [t] ([x_api_key], [b]) VALUES (N'VALUE', 1)", &["VALUE"]),
            ("INSERT INTO t (x_api_key) VALUES (NULL)", &[]),
        ]);
    }

    #[test]
    fn no_tables() {
        check(&[
            ("Content-Type, X-API-Key, Authorization\nVALUE", &[]),
            ("f(a, x_api_key)\ng(b, VALUE)", &[]),
            ("| X-API-Key | the key of your account |", &[]),
            ("id,x_api_key\n", &[]),
            ("headers: X-API-Key, VALUE", &[]),
            ("f(\n    \"X-API-Key\",\n    g(),\n    id=\"VALUE\",\n)", &[]),
        ]);
    }
}
