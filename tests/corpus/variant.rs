//! Changes of a text under which what is reported must not change: other quotes, other white space, other names, other
//! surroundings. Each is made where it leaves the meaning as it is; a case says `no=` where that cannot be seen.

use std::fmt;

use super::{
    build::Document,
    language,
    parse::{Case, Encoding, Part},
    text,
};

/// A change of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Variant {
    Crlf,
    Indent,
    Quotes,
    Minified,
    Renamed,
    Comments,
    Moved,
    Markdown,
    Json,
    Notebook,
    Diff,
    Utf16Le,
    Utf16Be,
}

pub(super) const ALL: [Variant; 13] = [
    Variant::Crlf,
    Variant::Indent,
    Variant::Quotes,
    Variant::Minified,
    Variant::Renamed,
    Variant::Comments,
    Variant::Moved,
    Variant::Markdown,
    Variant::Json,
    Variant::Notebook,
    Variant::Diff,
    Variant::Utf16Le,
    Variant::Utf16Be,
];

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{self:?}").to_lowercase())
    }
}

/// What comments say that are put in.
const REMARK: &str = "as agreed in the review";

/// How many lines are put before a text that is moved.
const LINES_BEFORE: usize = 200;

impl Variant {
    /// `None` if this is no variant of the case.
    pub(super) fn apply(self, case: &Case, document: &Document) -> Option<Document> {
        let is_plain = document.encoding == Encoding::Utf8 { bom: false };
        if !is_plain || case.without.contains(&self) {
            return None;
        }
        let utf16 = |big| Document { encoding: Encoding::Utf16 { big, bom: true }, ..document.clone() };
        let original = &document.text;
        let language = &*language::of(&case.file_name);
        let text = match self {
            Self::Utf16Le => return Some(utf16(false)),
            Self::Utf16Be => return Some(utf16(true)),
            Self::Crlf => (!original.contains('\r')).then(|| original.replace('\n', "\r\n")),
            Self::Indent => indent(original, language),
            Self::Quotes => language::takes_both_quotes(language).then(|| quotes(original)).flatten(),
            Self::Minified => minified(original, language),
            Self::Renamed => language::binds_names(language).then(|| renamed(original)).flatten(),
            Self::Comments => comments(original, language),
            Self::Moved => Some(moved(original, language)),
            Self::Markdown => (!original.contains("```")).then(|| {
                format!("# Notes\n\nWhat we run at the moment:\n\n```{language}\n{original}```\n\nThat is all.\n")
            }),
            Self::Json | Self::Notebook if is_nested(&case.parts) || language::is_table(language) => None,
            Self::Notebook if !language::is_run_in_cells(language) => None,
            Self::Json => Some(format!(
                "{{\n  \"title\": \"notes\",\n  \"body\": \"{}\",\n  \"draft\": false\n}}\n",
                text::json(original)
            )),
            Self::Notebook => Some(notebook(original)),
            Self::Diff => Some(diff(original, &case.file_name)),
        };
        Some(Document { text: text?, ..document.clone() }).filter(|changed| changed.text != *original)
    }
}

/// Something encoded stands in something encoded: escaping it once more is one time too many.
fn is_nested(parts: &[Part]) -> bool {
    let is_encoded = |part: &Part| matches!(part, Part::Encoded(..));
    parts.iter().any(|part| matches!(part, Part::Encoded(_, within) if within.iter().any(is_encoded)))
}

fn indent(original: &str, language: &str) -> Option<String> {
    let is_tab = matches!(language, "makefile" | "mk");
    let indented = |line: &str| match line.trim() {
        "" => line.to_owned(),
        _ => format!("{}{line}", if is_tab { "\t" } else { "    " }),
    };
    (!language::is_bound_to_the_margin(language)).then(|| original.split_inclusive('\n').map(indented).collect())
}

/// `"` for `'` and the other way round, where the text has only one of them, in pairs, and nothing that makes them differ.
fn quotes(original: &str) -> Option<String> {
    let is_plain =
        !original.contains(['\\', '`', '$', '!']) && !["\"\"", "''", "#{"].iter().any(|it| original.contains(it));
    let has_one = original.contains('"') != original.contains('\'');
    let in_pairs = original.lines().all(|line| line.matches(['"', '\'']).count().is_multiple_of(2));
    let other = |c| match c {
        '"' => '\'',
        '\'' => '"',
        c => c,
    };
    (is_plain && has_one && in_pairs).then(|| original.chars().map(other).collect())
}

/// Without white space that means nothing.
fn minified(original: &str, language: &str) -> Option<String> {
    if language::is_markup(language) {
        let is_free = !["<!--", "CDATA", "<pre"].iter().any(|it| original.contains(it));
        return is_free.then(|| without_gaps(original));
    }
    if language::is_json(language) && language != "jsonl" {
        return Some(without_blanks(original, |_, _| true));
    }
    let is_script = matches!(language, "js" | "mjs" | "cjs" | "ts");
    let has_comments = original.replace("://", "").contains("//") || original.contains("/*");
    // A line break ends a statement unless something is open.
    let goes_on = |line: &str| line.trim_end().ends_with(['{', '(', '[', ',', ';', '+', ':', '=']);
    let continues = |line: &str| line.trim_start().starts_with(['}', ')', ']', '.', '?', '+']);
    let lines: Vec<_> = original.lines().filter(|line| !line.trim().is_empty()).collect();
    let is_closed = lines.windows(2).all(|pair| goes_on(pair[0]) || continues(pair[1]));
    if !is_script || !is_closed || has_comments || original.contains('`') {
        return None;
    }
    let joined: String = lines.iter().map(|line| line.trim()).collect();
    let is_tight = |c| "{}[](),:;=+?".contains(c);
    Some(without_blanks(&joined, |before, after| is_tight(before) || is_tight(after)) + "\n")
}

/// Without white space between elements.
fn without_gaps(original: &str) -> String {
    let mut out = String::new();
    let mut rest = original;
    while let Some(at) = rest.find('>') {
        out.push_str(&rest[..=at]);
        rest = &rest[at + 1..];
        let trimmed = rest.trim_start();
        if trimmed.starts_with('<') || trimmed.is_empty() {
            rest = trimmed;
        }
    }
    out + rest
}

/// Without the white space outside strings for which `may_go` says so, of the characters before and after it.
fn without_blanks(original: &str, may_go: impl Fn(char, char) -> bool) -> String {
    let mut out = String::new();
    let mut quote = None;
    let mut is_escaped = false;
    for (at, c) in original.char_indices() {
        if quote.is_none() && c.is_whitespace() {
            let after = original[at + c.len_utf8()..].chars().next().unwrap_or('\n');
            if may_go(out.chars().next_back().unwrap_or('\n'), after) {
                continue;
            }
        }
        out.push(c);
        quote = match quote {
            Some(open) => (c != open || is_escaped).then_some(open),
            None => matches!(c, '"' | '\'').then_some(c),
        };
        is_escaped = quote.is_some() && c == '\\' && !is_escaped;
    }
    out
}

/// With other names for those that are bound in the text and used again. Names that tell whose key they hold stay, and
/// those that strings hold too: they are known elsewhere by that name.
fn renamed(original: &str) -> Option<String> {
    let mut bound: Vec<&str> = original.lines().filter_map(bound_name).collect();
    bound.sort_unstable();
    bound.dedup();
    let tells = |name: &str| {
        let name = name.replace('_', "").to_lowercase();
        name.contains("xapi") || name.contains("mediamagic") || name.len() < 2
    };
    let words = words(original);
    let is_quoted = |at: usize| {
        let line = original[..at].rsplit('\n').next().unwrap_or_default();
        line.matches(['"', '\'']).count() % 2 == 1 && !line.ends_with(['$', '{'])
    };
    bound.retain(|name| {
        let places: Vec<_> = words.iter().filter(|(_, word)| word == name).map(|(at, _)| *at).collect();
        !tells(name) && places.len() > 1 && !places.into_iter().any(is_quoted)
    });
    if bound.is_empty() {
        return None;
    }
    let mut out = String::new();
    let mut from = 0;
    for (at, word) in words {
        let Ok(number) = bound.binary_search(&word) else { continue };
        out.push_str(&original[from..at]);
        // As it was written: constants stay constants.
        let is_upper = !word.contains(char::is_lowercase);
        out.extend([if is_upper { "PART_" } else { "part" }, &number.to_string()]);
        from = at + word.len();
    }
    Some(out + &original[from..])
}

/// `name` of `const name: Type = …`.
fn bound_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once('=')?;
    // What stands in brackets is an argument or an attribute: it is called so elsewhere.
    if before.contains(['(', '[', '"', '\'']) {
        return None;
    }
    // `std::string key = …`
    let before = before.rsplit("::").next()?;
    let is_binding = !after.starts_with(['=', '>', '~']) && !before.ends_with(['!', '<', '>', '+', ':', '?', '|']);
    let name = before.split(':').next()?.trim().rsplit(' ').next()?.trim_start_matches('$');
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (is_binding && is_name).then_some(name)
}

/// The identifiers of a text that are no part of a name with hyphens, with their offsets.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut from = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let is_part = c.is_ascii_alphanumeric() || c == '_';
        match from {
            None if is_part => from = Some(at),
            Some(start) if !is_part => {
                if c != '-' && !text[..start].ends_with('-') {
                    words.push((start, &text[start..at]));
                }
                from = None;
            }
            _ => {}
        }
    }
    words
}

/// With a comment between lines, or after the first separator of a single line.
fn comments(original: &str, language: &str) -> Option<String> {
    let (open, close) = language::comment(language)?;
    let lines: Vec<_> = original.split_inclusive('\n').collect();
    if lines.len() == 1 {
        return language::has_block_comments(language).then(|| after_a_separator(original)).flatten();
    }
    // Where strings or blocks go over lines, a comment could become part of them.
    let blocks = ["\"\"\"", "'''", "`", "<<", "/*", "@\"", "r#", "R\"", "[[", "%q", "$'", "CDATA", "\\\\", "q{"];
    let is_yaml = matches!(language, "yaml" | "yml");
    let opens_block = |line: &&str| line.trim_end().ends_with(['|', '>', '-', '+']);
    if blocks.iter().any(|block| original.contains(block)) || is_yaml && lines.iter().any(opens_block) {
        return None;
    }
    let mut out = String::new();
    let mut is_even = true;
    for pair in lines.windows(2) {
        let (line, next) = (pair[0], pair[1]);
        out.push_str(line);
        is_even ^= line.matches('"').count() % 2 == 1 || line.matches('\'').count() % 2 == 1;
        let line = line.trim_end();
        let is_between = if language::is_markup(language) {
            line.ends_with('>') && next.trim_start().starts_with('<')
        } else {
            !line.ends_with(['\\', '^', '_', '&'])
        };
        if is_even && is_between && !next.trim().is_empty() {
            let indent = &next[..next.len() - next.trim_start().len()];
            out.extend([indent, open, REMARK, close, "\n"]);
        }
    }
    Some(out + lines.last()?)
}

fn after_a_separator(original: &str) -> Option<String> {
    let compares = |before: &str| ["==", "!=", "<=", ">="].iter().any(|operator| before.ends_with(operator));
    let is_separator = |before: &str| before.ends_with([',', '=']) && !compares(before);
    let mut quote = None;
    let mut previous = ' ';
    for (at, c) in original.char_indices() {
        match quote {
            Some(open) if c == open && previous != '\\' => quote = None,
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            None if c == ' ' && is_separator(&original[..at]) => {
                let has_comment = original.replace("://", "").contains("//");
                return (!has_comment).then(|| format!("{} /* {REMARK} */{}", &original[..at], &original[at..]));
            }
            _ => {}
        }
        previous = c;
    }
    None
}

/// With many other lines before it.
fn moved(original: &str, language: &str) -> String {
    let line = |number: usize| match language {
        "yaml" | "yml" => format!("setting{number}: {number}\n"),
        "env" | "properties" | "envrc" => format!("SETTING_{number}={number}\n"),
        "md" | "rst" | "adoc" | "txt" => format!("Paragraph {number} is about something else.\n"),
        language => match language::comment(language) {
            Some((open, close)) => format!("{open}line {number} is about something else{close}\n"),
            None => "\n".to_owned(),
        },
    };
    let before: String = (1..=LINES_BEFORE).map(line).collect();
    format!("{before}\n{original}\n")
}

/// As a cell of a notebook: a list of lines.
fn notebook(original: &str) -> String {
    let lines: Vec<_> = original
        .trim_end_matches('\n')
        .split_inclusive('\n')
        .map(|line| format!("    \"{}\"", text::json(line)))
        .collect();
    format!(
        "{{\n \"cells\": [\n  {{\n   \"cell_type\": \"code\",\n   \"execution_count\": 3,\n   \"metadata\": {{}},\n   \
         \"outputs\": [],\n   \"source\": [\n{}\n   ]\n  }}\n ],\n \"metadata\": {{}},\n \"nbformat\": 4,\n \
         \"nbformat_minor\": 5\n}}\n",
        lines.join(",\n")
    )
}

/// As lines that are added to a file.
fn diff(original: &str, file_name: &str) -> String {
    let added: String = original.split_inclusive('\n').map(|line| format!("+{line}")).collect();
    let count = original.split_inclusive('\n').count();
    format!(
        "diff --git a/{file_name} b/{file_name}\nindex 3f1c2a7..9b8d4e6 100644\n--- a/{file_name}\n+++ b/{file_name}\n\
         @@ -40,4 +40,{} @@\n \n \n{added} \n \n",
        count + 4
    )
}
