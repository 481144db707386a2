//! Prose and numbers as a terminal shows them. Takes text that is masked and harmless already.

use crate::report::sanitize::{fitting_end, fitting_start, width};

/// The width of everything that can be made to fit, in columns.
pub(super) const WIDTH: usize = 80;

/// Breaks a text at spaces into lines of at most `columns`; a word that is longer has a line of its own. What stands
/// between backticks is one word: commands are copied.
pub(super) fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut quoted = false;
    let at_break = |c: char| {
        quoted ^= c == '`';
        c == ' ' && !quoted
    };
    for word in text.split(at_break).filter(|word| !word.is_empty()) {
        let line = lines.last_mut().expect("invariant: there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if width(line) + 1 + width(word) <= columns {
            line.push(' ');
            line.push_str(word);
        } else {
            // What was harmless within a line is an order to GitHub's runner where one begins.
            let word = word.strip_prefix("::").map_or_else(|| word.to_owned(), |rest| format!("\\u{{3a}}:{rest}"));
            lines.push(word);
        }
    }
    lines
}

/// `1 file`, `2,000 files`.
pub(super) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// A size in units of 1000.
pub(super) fn bytes(size: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if size < 1000 {
        return count(size, "byte", "bytes");
    }
    let mut tenths = size / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    format!("{}.{} {}", grouped(tenths / 10), tenths % 10, UNITS[unit])
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A line cut to `columns` around its middle part, which is kept from its start. Cuts are shown as `…`.
pub(super) fn cut_around(before: &str, middle: &str, after: &str, columns: usize) -> [String; 3] {
    let middle = cut_end(middle, columns);
    let free = columns - width(&middle);
    // Half of the room for what comes before, and what the other half does not need.
    let room_before = (free / 2).max(free.saturating_sub(width(after)));
    let before = cut_start(before, room_before);
    let after = cut_end(after, free.saturating_sub(width(&before)));
    [before, middle, after]
}

/// The end of a text, cut to so many columns.
pub(super) fn cut_start(text: &str, columns: usize) -> String {
    match columns {
        _ if width(text) <= columns => text.to_owned(),
        0 => String::new(),
        _ => format!("…{}", &text[fitting_end(text, columns - 1)..]),
    }
}

/// The start of a text, cut to so many columns.
pub(super) fn cut_end(text: &str, columns: usize) -> String {
    match columns {
        _ if width(text) <= columns => text.to_owned(),
        0 => String::new(),
        _ => format!("{}…", &text[..fitting_start(text, columns - 1)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_wrapped_at_spaces() {
        assert_eq!(wrapped("a bb ccc", 4), ["a bb", "ccc"]);
        assert_eq!(wrapped("a toolongaword b", 4), ["a", "toolongaword", "b"]);
        assert_eq!(wrapped("字字 字", 5), ["字字", "字"]);
        assert_eq!(wrapped("run `a b c` now", 8), ["run", "`a b c`", "now"]);
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("a std::io ::error::x", 10), ["a std::io", "\\u{3a}:error::x"]);
        assert_eq!(wrapped("a ::error::x", 20), ["a ::error::x"]);
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!(count(1, "file", "files"), "1 file");
        assert_eq!(count(1_234_567, "file", "files"), "1,234,567 files");
        assert_eq!(count(0, "file", "files"), "0 files");
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(1000), "1.0 kB");
        assert_eq!(bytes(999_999), "999.9 kB");
        assert_eq!(bytes(1_000_000), "1.0 MB");
        assert_eq!(bytes(u64::MAX), "18,446,744.0 TB");
    }

    #[test]
    fn long_lines_are_cut_around_the_middle() {
        let cut = |before, after| cut_around(before, "KEY", after, 11).join("|");
        assert_eq!(cut("ab", "cd"), "ab|KEY|cd");
        assert_eq!(cut("0123456789", "0123456789"), "…789|KEY|012…");
        assert_eq!(cut("0123456789", ""), "…3456789|KEY|");
        assert_eq!(cut("", "0123456789"), "|KEY|0123456…");
        assert_eq!(cut_around("ab", "a long key", "cd", 5).join("|"), "|a lo…|");
        assert_eq!(cut_around("字字字字", "K", "字字字字", 8).join("|"), "…字|K|字…", "half a character is none");
    }
}
