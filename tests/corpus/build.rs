//! From a case and a seed to the bytes of a file and what must be found in it.

use std::collections::BTreeMap;

use super::{
    encode::Marked,
    parse::{Case, Encoding, Mark, Part, Role},
    random::Random,
    text,
};

/// A value that must be reported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Expected {
    /// The id of the rule.
    pub(crate) rule: &'static str,
    pub(crate) secret: String,
}

/// A case with its values filled in, or a variant of it.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// With a marker before each value that must be reported; the markers count in the order of `expected`.
    pub(super) text: String,
    pub(super) expected: Vec<Expected>,
    pub(super) encoding: Encoding,
}

impl Document {
    /// Fills in the values; another seed gives other values.
    pub(crate) fn new(case: &Case, seed: u64) -> Result<Self, String> {
        let mut builder = Builder { case, seed, values: BTreeMap::new(), drawn: 0, expected: Vec::new() };
        let marked = builder.parts(&case.parts)?;
        let text = marked.into_text().ok_or_else(|| format!("{}: {} is no text", case.source, case.id))?;
        Ok(Self { text, expected: builder.expected, encoding: case.encoding })
    }

    /// The text as a reader sees it.
    pub(crate) fn plain(&self) -> String {
        text::plain(&self.text)
    }

    /// The bytes of the file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let text = self.plain();
        match self.encoding {
            Encoding::Utf8 { bom } => format!("{}{text}", if bom { "\u{feff}" } else { "" }).into_bytes(),
            Encoding::Utf16 { big, bom } => {
                let units = bom.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
                units.flat_map(|unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
            }
        }
    }

    /// What must be found, with line and column.
    pub(crate) fn expected(&self) -> impl Iterator<Item = (&Expected, (u64, u64))> {
        self.expected.iter().zip(text::positions(&self.text))
    }
}

struct Builder<'a> {
    case: &'a Case,
    seed: u64,
    /// Without prefixes, by label.
    values: BTreeMap<&'a str, String>,
    drawn: usize,
    expected: Vec<Expected>,
}

impl<'a> Builder<'a> {
    fn parts(&mut self, parts: &'a [Part]) -> Result<Marked, String> {
        let mut out = Marked::default();
        for part in parts {
            match part {
                Part::Text(text) => out.push_text(text),
                Part::Value(mark) => self.value(mark, &mut out)?,
                Part::Encoded(encoder, parts) => {
                    let text = encoder.apply(self.parts(parts)?);
                    out.append(&text.ok_or_else(|| format!("{}: only bytes encode bytes", self.case.source))?);
                }
            }
        }
        Ok(out)
    }

    fn value(&mut self, mark: &'a Mark, out: &mut Marked) -> Result<(), String> {
        let (rule, prefix) = match mark.role {
            Role::Header => (Some("x-api-key-literal"), ""),
            Role::Live => (Some("sk-live-key"), "sk_live_"),
            Role::Sandbox => (Some("sk-test-key"), "sk_test_"),
            Role::None => (None, ""),
        };
        let draw = |name: &str| mark.kind.draw(&mut Random::new(self.seed, &format!("{}\0{name}", self.case.id)));
        let body = match &mark.label {
            Some(label) => self.values.entry(label).or_insert_with(|| draw(label)).clone(),
            None => draw(&self.drawn.to_string()),
        };
        let value = format!("{prefix}{body}");
        self.drawn += 1;
        let (from, to) = mark.piece;
        let piece = value.get(from..to.unwrap_or(value.len()));
        let piece =
            piece.ok_or_else(|| format!("{}: {} has a piece outside its value", self.case.source, self.case.id))?;
        if let Some(rule) = rule.filter(|_| from == 0) {
            out.mark(self.expected.len());
            self.expected.push(Expected { rule, secret: value.clone() });
        }
        out.push_text(piece);
        Ok(())
    }
}
