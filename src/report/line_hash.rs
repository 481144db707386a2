//! The fingerprint by which GitHub code scanning recognises a line, `primaryLocationLineHash`.
//!
//! The algorithm is that of `src/fingerprints.ts` in github/codeql-action, which computes it where a SARIF file has none;
//! uploads by other ways than that action need it in the file. Reads no files and knows no SARIF.

use std::collections::{BTreeMap, HashMap};

/// How many UTF-16 code units that are no blanks a line's hash covers, from the line's first on.
const BLOCK: usize = 100;

const FACTOR: u64 = 37;

/// Fed after the last code unit; no text holds it.
const END: u16 = 65535;

/// The hashes of some lines of `content`, by line. Lines count from 1 and end with LF, CR or CR LF, as the upload counts
/// them; a line that is not there has no hash. Nothing after the last line asked for is hashed.
pub fn line_hashes(content: &[u8], lines: impl IntoIterator<Item = u64>) -> BTreeMap<u64, String> {
    let mut hasher = Hasher::new(lines);
    for chunk in content.utf8_chunks() {
        for unit in chunk.valid().encode_utf16() {
            hasher.unit(unit);
        }
        if !chunk.invalid().is_empty() {
            hasher.unit(0xFFFD);
        }
        if hasher.is_done() {
            return hasher.hashes;
        }
    }
    hasher.unit(END);
    for _ in 0..BLOCK {
        hasher.emit();
        hasher.push(0);
    }
    hasher.hashes
}

/// A rolling hash over the last [`BLOCK`] code units.
struct Hasher {
    /// Lines that are asked for, the next one last.
    wanted: Vec<u64>,
    hashes: BTreeMap<u64, String>,
    window: [u16; BLOCK],
    /// The line that starts at this place of the window; 0 for none.
    starts: [u64; BLOCK],
    index: usize,
    hash: u64,
    /// What the oldest unit was multiplied with by now.
    oldest_factor: u64,
    line: u64,
    at_line_start: bool,
    after_cr: bool,
    /// How often a hash came up so far.
    counts: HashMap<u64, u64>,
}

impl Hasher {
    fn new(lines: impl IntoIterator<Item = u64>) -> Self {
        let mut wanted: Vec<_> = lines.into_iter().collect();
        wanted.sort_unstable_by(|a, b| b.cmp(a));
        wanted.dedup();
        Self {
            wanted,
            hashes: BTreeMap::new(),
            window: [0; BLOCK],
            starts: [0; BLOCK],
            index: 0,
            hash: 0,
            oldest_factor: (0..BLOCK).fold(1, |product: u64, _| product.wrapping_mul(FACTOR)),
            line: 0,
            at_line_start: true,
            after_cr: false,
            counts: HashMap::new(),
        }
    }

    fn is_done(&self) -> bool {
        self.wanted.is_empty()
    }

    fn unit(&mut self, unit: u16) {
        const TAB: u16 = 0x09;
        const LF: u16 = 0x0A;
        const CR: u16 = 0x0D;
        const SPACE: u16 = 0x20;
        let after_cr = std::mem::replace(&mut self.after_cr, unit == CR);
        if unit == SPACE || unit == TAB || (after_cr && unit == LF) {
            return;
        }
        let unit = if unit == CR { LF } else { unit };
        self.emit();
        if self.at_line_start {
            self.line += 1;
            self.starts[self.index] = self.line;
        }
        self.at_line_start = unit == LF;
        self.push(unit);
    }

    /// If the oldest unit is the first of a line, the window is what that line's hash covers.
    fn emit(&mut self) {
        let line = std::mem::take(&mut self.starts[self.index]);
        if line == 0 {
            return;
        }
        let count = self.counts.entry(self.hash).or_default();
        *count += 1;
        if self.wanted.last() == Some(&line) {
            self.wanted.pop();
            self.hashes.insert(line, format!("{:x}:{count}", self.hash));
        }
    }

    fn push(&mut self, unit: u16) {
        let oldest = std::mem::replace(&mut self.window[self.index], unit);
        self.hash = self
            .hash
            .wrapping_mul(FACTOR)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(self.oldest_factor.wrapping_mul(u64::from(oldest)));
        self.index = (self.index + 1) % BLOCK;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All hashes of a text, by the vectors of codeql-action's `src/fingerprints.test.ts`.
    fn check(text: &str, expected: &[&str]) {
        let hashes = line_hashes(text.as_bytes(), 1..=expected.len() as u64 + 1);
        assert_eq!(hashes.values().map(String::as_str).collect::<Vec<_>>(), expected, "{text:?}");
        assert!(hashes.keys().copied().eq(1..=expected.len() as u64));
        for (line, hash) in expected.iter().enumerate() {
            let line = line as u64 + 1;
            let alone = line_hashes(text.as_bytes(), [line]);
            assert_eq!(alone[&line], *hash, "line {line} asked for alone");
        }
    }

    #[test]
    fn upstream_vectors() {
        check("", &["c129715d7a2bc9a3:1"]);
        check(
            " a\nb\n  \t\tc\n d",
            &["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"],
        );
        check(
            " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End",
            &[
                "8b7cf3e952e7aeb2:1",
                "b1ae1287ec4718d9:1",
                "bff680108adb0fcc:1",
                "c6805c5e1288b612:1",
                "b86d3392aea1be30:1",
                "e6ceba753e1a442:1",
            ],
        );
        for text in [
            " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n",
            " hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r",
            " hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n",
            " hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n",
        ] {
            check(
                text,
                &[
                    "e9496ae3ebfced30:1",
                    "fb7c023a8b9ccb3f:1",
                    "ce8ba1a563dcdaca:1",
                    "e20e36e16fcb0cc8:1",
                    "b3edc88f2938467e:1",
                    "c8e28b0b4002a3a0:1",
                    "c129715d7a2bc9a3:1",
                ],
            );
        }
        check(
            "x = 2\nx = 1\nprint(x)\nx = 3\nprint(x)\nx = 4\nprint(x)\n",
            &[
                "e54938cc54b302f1:1",
                "bb609acbe9138d60:1",
                "1131fd5871777f34:1",
                "5c482a0f8b35ea28:1",
                "54517377da7028d2:1",
                "2c644846cb18d53e:1",
                "f1b89f20de0d133:1",
                "c129715d7a2bc9a3:1",
            ],
        );
        check(
            &"Lorem ipsum dolor sit amet.\n".repeat(10),
            &[
                "a7f2ff13bc495cf2:1",
                "a7f2ff13bc495cf2:2",
                "a7f2ff13bc495cf2:3",
                "a7f2ff13bc495cf2:4",
                "a7f2ff13bc495cf2:5",
                "a7f2ff13bc495cf2:6",
                "a7f2ff1481e87703:1",
                "a9cf91f7bbf1862b:1",
                "55ec222b86bcae53:1",
                "cc97dc7b1d7d8f7b:1",
                "c129715d7a2bc9a3:1",
            ],
        );
    }

    #[test]
    fn line_ends_are_alike() {
        let expected = line_hashes(b"a\nb\n\nc", 1..9);
        assert_eq!(expected.len(), 4);
        assert_eq!(line_hashes(b"a\r\nb\r\n\r\nc", 1..9), expected);
        assert_eq!(line_hashes(b"a\rb\r\rc", 1..9), expected);
    }

    #[test]
    fn invalid_bytes_count_as_replacement_characters() {
        assert_eq!(line_hashes(b"a\xffb", [1]), line_hashes("a\u{fffd}b".as_bytes(), [1]));
        assert_ne!(line_hashes("\u{feff}a".as_bytes(), [1]), line_hashes(b"a", [1]), "a byte order mark is content");
        assert_ne!(line_hashes("a𝄞".as_bytes(), [1]), line_hashes("a\u{fffd}".as_bytes(), [1]));
    }

    #[test]
    fn a_line_that_is_not_there_has_no_hash() {
        assert!(line_hashes(b"one\ntwo", [7, 0]).is_empty());
    }
}
