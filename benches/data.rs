//! Content for the benchmarks: generated from a seed, so that every run and machine measures the same bytes. Keys are
//! made here; none stands in a file.

/// Pseudo-random numbers: splitmix64 (Steele, Lea, Flood 2014). Not for secrets, only for repeatable benchmarks.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn choose<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len())]
    }

    fn hex(&mut self, digits: usize) -> String {
        (0..digits).map(|_| char::from(b"0123456789abcdef"[self.below(16)])).collect()
    }
}

const WORDS: &[&str] = &[
    "request", "response", "token", "stream", "buffer", "index", "value", "parse", "config", "client", "server",
    "handle", "error", "result", "option", "length", "offset", "context", "session", "header", "apply", "update",
    "skip", "test", "live", "key", "api", "task", "node", "list", "entry", "path",
];

const ENDS: &[&str] = &[" = ", "(", ", ", ") {\n", ";\n", ".", "[0] ", " == ", " && ", "\n    ", "::", " // "];

fn fill(bytes: usize, seed: u64, mut piece: impl FnMut(&mut Random, &mut String)) -> Vec<u8> {
    let mut random = Random(seed);
    let mut text = String::with_capacity(bytes + 256);
    while text.len() < bytes {
        piece(&mut random, &mut text);
    }
    text.truncate(bytes);
    text.into_bytes()
}

/// Lines of program text, without a key.
pub(crate) fn source(bytes: usize) -> Vec<u8> {
    fill(bytes, 1, |random, text| {
        text.push_str(random.choose(WORDS));
        text.push_str(random.choose(ENDS));
    })
}

/// The same as one line.
pub(crate) fn minified(bytes: usize) -> Vec<u8> {
    let mut line = source(bytes);
    for byte in line.iter_mut().filter(|byte| **byte == b'\n') {
        *byte = b';';
    }
    line
}

/// What looks like an anchor at first, and is none.
pub(crate) fn near_misses(bytes: usize) -> Vec<u8> {
    fill(bytes, 2, |random, text| {
        text.push_str(random.choose(&["x-api_", "x-ap ", "sk_liv", "sk_test-", "X_AP", "xapi ", "task_"]));
    })
}

/// A key in every line, header and token by turns.
pub(crate) fn hits(bytes: usize) -> Vec<u8> {
    fill(bytes, 3, |random, text| {
        let body = random.hex(64);
        let line = match random.below(2) {
            0 => format!("key = \"sk_live_{body}\"\n"),
            _ => format!("headers = {{\"X-API-Key\": \"{body}\"}}\n"),
        };
        text.push_str(&line);
    })
}

/// A piece over and over: what somebody would write to make a scan slow.
pub(crate) fn repeated(piece: &str, bytes: usize) -> Vec<u8> {
    piece.bytes().cycle().take(bytes).collect()
}
