//! Values that stand for a key instead of being one.

use std::{ops::ControlFlow, sync::LazyLock};

use aho_corasick::AhoCorasick;

/// Words that nobody has in a key by chance: found anywhere in a value, whatever the case.
const TELLTALE: &[&str] = &[
    "your",
    "example",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "replace",
    "insert",
    "dummy",
    "redacted",
    "xxxx",
    "todo",
    "fixme",
    "sample",
    "goes-here",
    "goes_here",
    "goeshere",
    "notreal",
    "not-real",
    "not_real",
    "invalid",
    "secret",
    "fakekey",
    "fake-key",
    "fake_key",
    "testkey",
    "test-key",
    "test_key",
    "mykey",
    "my-key",
    "my_key",
    "apikey",
    "api-key",
    "api_key",
    "lorem",
    "foobar",
    "password",
    "undefined",
    "hidden",
    "removed",
    "deadbeef",
    "ejemplo",
    "exemplo",
    "exemple",
    "esempio",
    "beispiel",
    "przyklad",
    "voorbeeld",
    "platzhalter",
    "ersetze",
    "remplace",
    "reemplaz",
    "substitua",
    "inserisci",
    "schluessel",
];

/// Words that say so only as a whole part of a value: between separators, case changes or its ends.
const PARTS: &[&str] = &[
    "key",
    "api",
    "here",
    "test",
    "fake",
    "token",
    "value",
    "my",
    "foo",
    "bar",
    "baz",
    "abc",
    "xyz",
    "none",
    "null",
    "some",
    "the",
    "live",
    "demo",
    "mock",
    "stub",
    "temp",
    "default",
    "string",
    "header",
    "enter",
    "put",
    "add",
    "paste",
    "real",
    "valid",
    "wrong",
    "bad",
    "old",
    "new",
    "prod",
    "production",
    "staging",
    "sandbox",
    "dev",
    "development",
    "local",
    "user",
    "client",
    "server",
    "admin",
    "auth",
    "id",
    "app",
    "service",
    "public",
    "private",
    "true",
    "false",
    // "Your key", "my key", "here" and the like in other languages, as far as ASCII writes them.
    "dein",
    "deine",
    "ihr",
    "ihre",
    "mein",
    "hier",
    "geheim",
    "votre",
    "ta",
    "ma",
    "cle",
    "ici",
    "tu",
    "su",
    "mi",
    "clave",
    "llave",
    "aqui",
    "sua",
    "seu",
    "minha",
    "chave",
    "la",
    "il",
    "tua",
    "mia",
    "chiave",
    "qui",
    "jouw",
    "je",
    "mijn",
    "sleutel",
    "twoj",
    "moj",
    "klucz",
    "tutaj",
    "swoj",
    "wpisz",
    "wstaw",
    "din",
    "min",
    "nyckel",
    "avain",
    "anahtar",
    "senin",
    "kulcs",
    "klic",
    "vash",
    "klyuch",
    "kagi",
    "anata",
    "no",
    "de",
    "del",
];

/// [`TELLTALE`], compiled when the first value is judged.
static TELLTALES: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(TELLTALE);
    automaton.expect("invariant: the words are few and short")
});

/// Why `value` is a placeholder, if it is one.
pub(in crate::detect) fn find(value: &[u8]) -> Option<&'static str> {
    // A telltale of four letters is in a random value of 64 characters about once in ten thousand: longer values must
    // have it as a part of their own.
    let is_long = value.len() > 32;
    let tells = |found: aho_corasick::Match| !is_long || TELLTALE[found.pattern()].len() > 4;
    if TELLTALES.find_overlapping_iter(value).any(tells) {
        return Some("it contains the words of a placeholder");
    }
    if is_repetitive(value) {
        return Some("it repeats itself");
    }
    if is_sequence(value) {
        return Some("it counts up or down");
    }
    consists_of_words(value).then_some("it consists of words")
}

/// One character over and over, or a short piece repeated: no key has so few different characters or such a period.
fn is_repetitive(value: &[u8]) -> bool {
    let longest_run = value.chunk_by(|a, b| a == b).map(<[u8]>::len).max().unwrap_or(0);
    // A run of six is in a random value of 64 hexadecimal digits about once in 20,000; one of eleven is never.
    if longest_run >= (value.len() / 6).max(6) || longest_run * 2 > value.len().max(6) {
        return true;
    }
    value.len() >= 8 && shortest_period(value) <= value.len() / 2
}

/// The smallest distance at which `value` equals itself, by the failure function of Knuth, Morris and Pratt: values can
/// be thousands of bytes long, and trying every distance takes quadratic time.
fn shortest_period(value: &[u8]) -> usize {
    let mut borders = vec![0; value.len()];
    let mut border = 0;
    for at in 1..value.len() {
        while border > 0 && value[at] != value[border] {
            border = borders[border - 1];
        }
        border += usize::from(value[at] == value[border]);
        borders[at] = border;
    }
    value.len() - border
}

/// `0123456789`, `abcdef…`, `a1B2c3D4…`, `abcd1234efgh5678`, `9876…`: most characters follow the one before, or the one
/// before that; or many in a row do.
fn is_sequence(value: &[u8]) -> bool {
    /// So many steps up in a row are in 64 random hexadecimal digits about once in 200,000.
    const ROW: usize = 6;
    // Of 24 random hexadecimal digits half are steps about once in 10,000, of 12 three quarters.
    let share = |steps: usize, pairs: usize| if pairs < 23 { steps * 4 >= pairs * 3 } else { steps * 2 >= pairs };
    let is_step = |lag: usize, at: usize| {
        let (a, b) = (value[at].to_ascii_lowercase(), value[at + lag].to_ascii_lowercase());
        a.is_ascii_alphanumeric() && a.abs_diff(b) <= 1
    };
    let follows = |lag: usize| {
        let pairs = value.len() - lag;
        share((0..pairs).filter(|&at| is_step(lag, at)).count(), pairs)
    };
    let counts_up = || value.windows(ROW + 1).any(|row| row.windows(2).all(|pair| pair[0].wrapping_add(1) == pair[1]));
    value.len() >= 8 && (follows(1) || follows(2) || counts_up() || counts_apart(value))
}

/// `abc123def456ghi789`: the letters count up, and so do the digits.
fn counts_apart(value: &[u8]) -> bool {
    let counts = |class: fn(&u8) -> bool| {
        let mut of_class = value.iter().filter(|byte| class(byte)).map(u8::to_ascii_lowercase);
        let Some(mut last) = of_class.next() else { return false };
        let mut steps = 0;
        let is_row = of_class.all(|byte| {
            let follows = byte == last + 1 || (last, byte) == (b'9', b'0');
            (last, steps) = (byte, steps + 1);
            follows
        });
        is_row && steps > 1
    };
    counts(u8::is_ascii_alphabetic) && counts(u8::is_ascii_digit)
}

/// Whether every part is a word of [`PARTS`] or a short number.
fn consists_of_words(value: &[u8]) -> bool {
    let outcome = parts(value).try_for_each(|part| {
        let lower = part.to_ascii_lowercase();
        let known = PARTS.iter().any(|word| word.as_bytes() == lower);
        if known || (part.len() <= 4 && part.iter().all(u8::is_ascii_digit)) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    outcome.is_continue()
}

/// The parts of a value: between separators, and where lower case or digits turn to upper case.
pub(in crate::detect) fn parts(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let camel = |a: &u8, b: &u8| !b.is_ascii_uppercase() || a.is_ascii_uppercase();
    value
        .split(|byte| !byte.is_ascii_alphanumeric())
        .flat_map(move |piece| piece.chunk_by(camel))
        .filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_known() {
        for value in [
            "your-api-key-here",
            "your_api_key_here",
            "xxxxxxxxxxxxxxxxxxxxxxxx",
            "0123456789abcdef0123456789abcdef",
            "a1b2c3d4e5f6a7b8c9d0",
            "a1B2c3D4e5F6g7H8",
            "abcd1234efgh5678ijkl9012mnop",
            "q8Ztk0123456789Kw3Lx9Vb",
            "deadbeefdeadbeefdeadbeefdeadbeef",
            "YourSandboxKey",
            "testApiKey",
            "some-token-value",
            "00000000-0000-0000-0000-000000000000",
            "1234567890",
        ] {
            assert!(find(value.as_bytes()).is_some(), "{value}");
        }
    }

    #[test]
    fn keys_are_no_placeholders() {
        for value in [
            "9c41f7a02be85d6613fd0a7c4e92b8d15f603ae7c8214b9d7e05f1a36cb8d247",
            "Zt9KqW3xLb7VnR2mYf4HcJ8d",
            "550e8400-e29b-41d4-a716-446655440000",
            "q8ztkw3lx9vb",
        ] {
            assert_eq!(find(value.as_bytes()), None, "{value}");
        }
    }

    #[test]
    fn the_period_is_the_smallest_distance_at_which_a_value_equals_itself() {
        for number in 0..4_u32.pow(7) {
            let value: Vec<u8> = (0..7).map(|digit| b'a' + (number >> (2 * digit) & 3) as u8).collect();
            let equals = |period: &usize| value[*period..] == value[..value.len() - period];
            assert_eq!(Some(shortest_period(&value)), (1..=value.len()).find(equals), "{value:?}");
        }
    }
}
