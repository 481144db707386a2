//! References in text: `${KEY}`, `{{ key }}`, `#{key}`, `%KEY%`, `$key`.

use super::{
    bound,
    expression::{Identifier, Path, path},
};

/// How references are written where text is expected, longest opening first.
const REFERENCES: &[(&[u8], &[u8])] = &[
    (b"${{", b"}}"),
    (b"{{", b"}}"),
    (b"${", b"}"),
    (b"$((", b"))"),
    (b"$(", b")"),
    (b"#{", b"}"),
    (b"#(", b")"),
    (b"@{", b"}"),
    (b"\\(", b")"),
    (b"`", b"'"),
    (b"<%=", b"%>"),
    (b"@parameters('", b"')"),
    (b"@variables('", b"')"),
    (b"[parameters('", b"')]"),
    (b"[variables('", b"')]"),
    (b"{%", b"%}"),
    (b"<< parameters.", b">>"),
    (b"%[env(", b")]"),
    (b"%{", b"}"),
    (b"{", b"}"),
    (b"@((string)context.Variables[\"", b"\"]"),
    (b"@((string)context.Variables['", b"']"),
    (b"@(context.Variables.GetValueOrDefault<string>(\"", b"\""),
    (b"%", b"%"),
    (b"!", b"!"),
    (b"#", b"#"),
];

/// How long a reference may be, in bytes.
const MAX_REFERENCE: usize = 160;

/// The identifier that a reference in text names, if one begins here.
pub(super) fn at(text: &[u8], at: usize) -> Option<Identifier> {
    // `$${…}`, as it must be written where `$` is special.
    let at = at + usize::from(text[at..].starts_with(b"$$"));
    let rest = &text[at..text.len().min(at + MAX_REFERENCE)];
    for (open, close) in REFERENCES {
        if !rest.starts_with(open) {
            continue;
        }
        let end = memchr::memmem::find(&rest[open.len()..], close).map(|end| at + open.len() + end)?;
        let blanks = text[at + open.len()..end].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let start = at + open.len() + blanks;
        // `{{ .Values.key }}`, `$($x.key)`
        let start = start + usize::from(matches!(text.get(start), Some(b'.')));
        // The Serverless Framework's, SoapUI's.
        let scopes = [b"self:".as_slice(), b"param:", b"#Project#", b"#TestSuite#", b"#TestCase#", b"$shared "];
        let start = start
            + scopes
                .iter()
                .find(|of| text[..end].get(start..).is_some_and(|rest| rest.starts_with(of)))
                .map_or(0, |of| of.len());
        if start > end {
            return None;
        }
        if text[start..].starts_with(b"resolve:") {
            // CloudFormation's dynamic references.
            return None;
        }
        let Path::Identifier(found) = path(&text[..end], start, false) else { return None };
        let after = &text[found.span.end..end];
        // `%{lookup('key')}`
        let is_quoted = text[..found.span.start].ends_with(b"'");
        let after = after.strip_prefix(b"'").filter(|_| is_quoted).unwrap_or(after).trim_ascii_start();
        // Of a lookup with a fallback the identifier is as good a name as without.
        let is_whole = after.is_empty() || b":|?-])!}".contains(&after[0]);
        return is_whole.then_some(found);
    }
    // SAS's macro variables.
    if rest.first() == Some(&b'&')
        && let Path::Identifier(found) = path(text, at + 1, false)
        && text[..at].ends_with(b"\"")
        && (matches!(text.get(found.span.end), Some(b'"' | b'\\')) || text[found.span.end..].starts_with(b".\""))
    {
        return Some(found);
    }
    if rest.first() == Some(&b'$')
        && let Path::Identifier(found) = path(text, at, false)
    {
        // What npm makes of the settings of a package.
        return match found.name.strip_prefix(b"npm_package_config_") {
            Some(setting) => bound::identifier(text, found.span.end - setting.len(), setting.len()),
            None => Some(found),
        };
    }
    None
}
