//! How random a value looks, against names and words.

use std::ops::Range;

use super::{
    bigrams::{FOLLOWS, SYMBOLS},
    placeholder,
};

/// What a value is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::detect) struct Shape {
    pub(in crate::detect) length: usize,
    pub(in crate::detect) digits: usize,
    pub(in crate::detect) letters: usize,
    /// Only hexadecimal digits, in one case.
    pub(in crate::detect) is_hex: bool,
    /// Characters that occur.
    pub(in crate::detect) distinct: usize,
    /// log2 of how much likelier the value is as a name or words than as a random choice of its alphabet: random values
    /// are below zero, about one bit for each character; names and words are above.
    pub(in crate::detect) wordiness: f32,
    /// A part of it is random hexadecimal digits, whatever the rest says: a UUID, a hash behind a name.
    pub(in crate::detect) has_random_hex: bool,
}

impl Shape {
    pub(in crate::detect) fn of(value: &[u8]) -> Self {
        let count = |class: fn(&u8) -> bool| value.iter().filter(|byte| class(byte)).count();
        let (lower, upper) = (count(u8::is_ascii_lowercase), count(u8::is_ascii_uppercase));
        let digits = count(u8::is_ascii_digit);
        let is_hex = count(u8::is_ascii_hexdigit) == value.len() && (lower == 0 || upper == 0);
        let mut seen = [false; 256];
        for &byte in value {
            seen[usize::from(byte)] = true;
        }
        let mixed = lower > 0 && upper > 0;
        let alphabet = match (is_hex, lower > 0 || upper > 0, digits > 0) {
            (true, ..) => 16,
            (_, letters, digits) => 26 * (u8::from(letters) + u8::from(mixed)) + 10 * u8::from(digits),
        };
        Self {
            length: value.len(),
            digits,
            letters: lower + upper,
            is_hex,
            distinct: seen.iter().filter(|seen| **seen).count(),
            wordiness: wordiness(value, alphabet, mixed),
            has_random_hex: has_random_hex(value),
        }
    }

    /// Random enough that chance and naming are ruled out: wrong about once in a thousand names.
    pub(in crate::detect) fn is_random(&self) -> bool {
        (self.wordiness <= -8.0 && self.distinct >= 6) || self.has_random_hex
    }

    /// More likely random than not.
    pub(in crate::detect) fn may_be_random(&self) -> bool {
        (self.wordiness <= -1.0 && self.distinct >= 5) || self.has_random_hex
    }
}

/// Keys are not shorter, as far as they are told from words by their looks alone, in characters.
const MIN_RUN: usize = 16;

/// The runs of a text that may be random, whatever stands around them: of the characters of keys and of base64, and not
/// shorter than keys.
pub(in crate::detect) fn random_runs(text: &[u8]) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = 0;
    for run in text.split(|byte| !byte.is_ascii_alphanumeric() && !b"+/_-".contains(byte)) {
        let mut parts = run.split(|byte| !byte.is_ascii_alphanumeric()).chain([run]);
        if parts.any(|part| part.len() >= MIN_RUN && Shape::of(part).may_be_random())
            || run.windows(MIN_RUN).any(|part| Shape::of(part).is_random())
        {
            runs.push(start..start + run.len());
        }
        start += run.len() + 1;
    }
    runs
}

/// Hexadecimal digits of one case in a row, in characters, from which on they can be told from words.
const MIN_HEX: usize = 12;

/// Whether hexadecimal digits of one case stand in a row that no name explains: by their own alphabet they are random,
/// and they have digits as well as letters.
fn has_random_hex(value: &[u8]) -> bool {
    [b'a'..=b'f', b'A'..=b'F'].into_iter().any(|letters| {
        let belongs = |byte: &u8| byte.is_ascii_digit() || letters.contains(byte);
        let runs = value.split(|byte| !belongs(byte)).filter(|run| run.len() >= MIN_HEX);
        runs.into_iter().any(|run| {
            let digits = run.iter().filter(|byte| byte.is_ascii_digit()).count();
            let mixes = digits >= 2 && run.len() - digits >= 2;
            mixes && wordiness(run, 16, false) <= -4.0 && placeholder::find(run).is_none()
        })
    })
}

/// `alphabet`: how many characters the value chooses from; `mixed`: letters of both cases are among them.
fn wordiness(value: &[u8], alphabet: u8, mixed: bool) -> f32 {
    let bits = f32::from(alphabet.max(2)).log2();
    value.windows(2).map(|pair| step(pair[0], pair[1], bits, mixed)).sum()
}

/// The share of one pair of characters; `bits` is what a random character of the alphabet holds.
fn step(first: u8, second: u8, bits: f32, mixed: bool) -> f32 {
    let as_word = f32::from(FOLLOWS[symbol(first)][symbol(second)]) / 8.0;
    let as_random = match second {
        b'0'..=b'9' => 10_f32.log2() - bits,
        // The table ignores case: of two cases, either is meant.
        b'a'..=b'z' | b'A'..=b'Z' => f32::from(u8::from(mixed)) - bits,
        // Separators are rare in keys: one in 32.
        _ => -5.0,
    };
    // Names change case at the start of a word only; random text changes it half of the time.
    let case = match (first.is_ascii_lowercase(), second.is_ascii_lowercase()) {
        _ if !mixed || !first.is_ascii_alphabetic() || !second.is_ascii_alphabetic() => 0.0,
        (true, false) => -2.3,
        (false, true) => 0.0,
        _ => 0.85,
    };
    as_word - as_random + case
}

fn symbol(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => usize::from(byte - b'a'),
        b'A'..=b'Z' => usize::from(byte - b'A'),
        b'0'..=b'9' => SYMBOLS - 2,
        _ => SYMBOLS - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_random_text() {
        for name in ["helper_function", "getStripeCustomerKey", "integration_runner_42", "hello-world-api-client"] {
            assert!(!Shape::of(name.as_bytes()).may_be_random(), "{name}: {:?}", Shape::of(name.as_bytes()));
        }
    }

    #[test]
    fn random_runs_are_found_among_words() {
        let (key, short) = ("Zt9KqW3xLb7VnR2mYf4HcJ8d", "q8ZtKw3Lx9VbNf2");
        for (text, runs) in [
            (format!("\x1b[33m{key}\x1b[0m and {short}"), vec![format!("33m{key}")]),
            (format!("see docs/detection/{key}, getStripeCustomerKey"), vec![format!("docs/detection/{key}")]),
            ("headers = {\"X-API-Key\": os.environ[\"MEDIAMAGIC_API_KEY\"]}".to_owned(), vec![]),
            (String::new(), vec![]),
        ] {
            let found: Vec<_> = random_runs(text.as_bytes()).into_iter().map(|run| text[run].to_owned()).collect();
            assert_eq!(found, runs);
        }
    }

    #[test]
    fn random_text_is_no_name() {
        for value in ["Zt9KqW3xLb7VnR2mYf4HcJ8d", "9c41f7a02be85d6613fd0a7c4e92b8d1", "q8ztkw3lx9vbnf2rj7ym"] {
            assert!(Shape::of(value.as_bytes()).is_random(), "{value}: {:?}", Shape::of(value.as_bytes()));
        }
    }
}
