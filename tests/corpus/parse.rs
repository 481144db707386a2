//! From the text of a `.cases` file to cases.

use std::{fmt, str::FromStr};

use super::{
    encode::Encoder,
    value::Kind,
    variant::{self, Variant},
};

/// What a case is an example of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// A plain form that every decent tool finds.
    Core,
    /// Everything else that is readable as it stands.
    Hard,
    /// Encoded or escaped.
    Encoded,
    /// Nothing may be reported.
    Silent,
}

impl FromStr for Class {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "core" => Ok(Self::Core),
            "hard" => Ok(Self::Hard),
            "encoded" => Ok(Self::Encoded),
            "silent" => Ok(Self::Silent),
            _ => Err(format!("unknown class {name:?}")),
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{self:?}").to_lowercase())
    }
}

/// The encoding of a whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8 { bom: bool },
    Utf16 { big: bool, bom: bool },
}

/// What is expected of a generated value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Header,
    Live,
    Sandbox,
    /// It must not be reported.
    None,
}

/// A generated value or a piece of one.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub(super) role: Role,
    pub(super) label: Option<String>,
    pub(super) kind: Kind,
    /// Which characters of it stand here; to the end if there is no second number.
    pub(super) piece: (usize, Option<usize>),
}

#[derive(Clone, Debug)]
pub(super) enum Part {
    Text(String),
    Value(Mark),
    Encoded(Encoder, Vec<Part>),
}

/// One labelled file.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) id: String,
    /// What it is an example of, within its class.
    pub(crate) shape: String,
    pub(crate) class: Class,
    /// The name it would have; it tells the format.
    pub(crate) file_name: String,
    /// Where it is written, as `file:line`.
    pub(crate) source: String,
    pub(super) encoding: Encoding,
    /// Variants that would make another text of it.
    pub(super) without: Vec<Variant>,
    pub(super) parts: Vec<Part>,
}

/// Adds the cases of a file; an error names file and line.
pub(super) fn cases(file: &str, text: &str, cases: &mut Vec<Case>) -> Result<(), String> {
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    let mut at = 0;
    if let Some(line) = lines.first().filter(|line| !line.starts_with("%%%%")) {
        return Err(format!("{file}:1: a case begins with %%%%, not with {:?}", line.trim_end()));
    }
    while at < lines.len() {
        let end = (at + 1..lines.len()).find(|&line| lines[line].starts_with("%%%%")).unwrap_or(lines.len());
        let place = |line: usize| format!("{file}:{}", line + 1);
        let head = Head::parse(lines[at]).map_err(|error| format!("{}: {error}", place(at)))?;
        let mut add = |id: String, line: usize, text: &str| {
            if cases.iter().any(|case| case.id == id) {
                return Err(format!("{}: {id} is there already", place(line)));
            }
            let mut rest = text;
            let parts = parts(&mut rest, false).map_err(|error| {
                format!("{}: {error}", place(line + text[..text.len() - rest.len()].matches('\n').count()))
            })?;
            cases.push(head.case(id, place(line), parts));
            Ok(())
        };
        if head.by_line {
            for line in (at + 1..end).filter(|&line| !lines[line].trim().is_empty()) {
                add(format!("{}-{}", head.id, line - at), line, lines[line])?;
            }
        } else {
            let text = lines[at + 1..end].concat();
            let text = text.trim_end_matches(['\n', '\r']);
            if text.is_empty() {
                return Err(format!("{}: {} has no text", place(at), head.id));
            }
            add(head.id.to_owned(), at + 1, &format!("{text}\n"))?;
        }
        at = end;
    }
    Ok(())
}

/// The line that begins a case.
struct Head<'a> {
    id: &'a str,
    file_name: &'a str,
    class: Class,
    by_line: bool,
    encoding: Encoding,
    without: Vec<Variant>,
    shape: &'a str,
}

impl<'a> Head<'a> {
    fn parse(line: &'a str) -> Result<Self, String> {
        let fields: Vec<_> = line.trim_start_matches('%').split('|').map(str::trim).collect();
        let (&[id, file_name, class], options) = fields.split_at_checked(3).ok_or("id | file name | class expected")?
        else {
            return Err("id | file name | class expected".to_owned());
        };
        let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if id.is_empty() || !id.chars().all(kebab) {
            return Err(format!("{id:?} is not in kebab-case"));
        }
        let (class, by_line) = class.strip_suffix("-lines").map_or((class, false), |class| (class, true));
        let class = class.parse()?;
        let shape = id.split('-').next().unwrap_or(id);
        let encoding = Encoding::Utf8 { bom: false };
        let mut head = Self { id, file_name, class, by_line, encoding, without: Vec::new(), shape };
        for option in options.iter().flat_map(|options| options.split_whitespace()) {
            match option.split_once('=') {
                Some(("no", variants)) => {
                    for name in variants.split(',') {
                        let variant = variant::ALL.into_iter().find(|variant| variant.to_string() == name);
                        head.without.push(variant.ok_or_else(|| format!("unknown variant {name:?}"))?);
                    }
                }
                Some(("shape", shape)) => head.shape = shape,
                Some(("encoding", name)) => {
                    head.encoding = match name {
                        "utf-8-bom" => Encoding::Utf8 { bom: true },
                        "utf-16le" => Encoding::Utf16 { big: false, bom: false },
                        "utf-16be" => Encoding::Utf16 { big: true, bom: false },
                        "utf-16le-bom" => Encoding::Utf16 { big: false, bom: true },
                        "utf-16be-bom" => Encoding::Utf16 { big: true, bom: true },
                        _ => return Err(format!("unknown encoding {name:?}")),
                    }
                }
                _ => return Err(format!("unknown option {option:?}")),
            }
        }
        Ok(head)
    }

    fn case(&self, id: String, source: String, parts: Vec<Part>) -> Case {
        Case {
            id,
            shape: self.shape.to_owned(),
            class: self.class,
            file_name: self.file_name.to_owned(),
            source,
            encoding: self.encoding,
            without: self.without.clone(),
            parts,
        }
    }
}

/// Reads up to the end or, within an encoded part, up to the mark that ends it. `rest` is what is not read yet.
fn parts(rest: &mut &str, is_within: bool) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    while let Some(at) = rest.find(['«', '‹', '»', '›']) {
        parts.push(Part::Text(rest[..at].to_owned()));
        *rest = &rest[at..];
        let mark = rest.chars().next().unwrap_or_default();
        let after = &rest[mark.len_utf8()..];
        match mark {
            '›' if is_within => {
                *rest = after;
                return Ok(parts);
            }
            '«' => {
                let (text, after) = after.split_once('»').ok_or("a mark has no end")?;
                parts.push(Part::Value(value(text).ok_or_else(|| format!("unknown mark {text:?}"))?));
                *rest = after;
            }
            '‹' => {
                let (name, after) = after.split_once(':').ok_or("an encoded part has no name")?;
                let encoder = Encoder::parse(name).ok_or_else(|| format!("unknown encoding {name:?}"))?;
                *rest = after;
                parts.push(Part::Encoded(encoder, self::parts(rest, true)?));
            }
            _ => return Err(format!("{mark} ends nothing")),
        }
    }
    if is_within {
        return Err("an encoded part has no end".to_owned());
    }
    parts.push(Part::Text((*rest).to_owned()));
    *rest = "";
    Ok(parts)
}

/// `H:label kind from..to`.
fn value(text: &str) -> Option<Mark> {
    let mut words = text.split(' ');
    let head = words.next()?;
    let (role, label) = head.split_once(':').map_or((head, None), |(role, label)| (role, Some(label.to_owned())));
    let role = match role {
        "H" => Role::Header,
        "L" => Role::Live,
        "T" => Role::Sandbox,
        "-" => Role::None,
        _ => return None,
    };
    let kind = Kind::parse(words.next()?)?;
    let piece = match words.next() {
        None => (0, None),
        Some(piece) => {
            let (from, to) = piece.split_once("..")?;
            (from.parse().ok()?, if to.is_empty() { None } else { Some(to.parse().ok()?) })
        }
    };
    (words.next().is_none()).then_some(Mark { role, label, kind, piece })
}
