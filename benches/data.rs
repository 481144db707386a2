//! Content for the benchmarks: generated from a seed, so that every run and machine measures the same bytes. Keys are
//! made here; none stands in a file.

use keyhound::delta::Edit;

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

/// Versions of one file, each with how it is made of the one before it.
pub(crate) struct History {
    pub(crate) first: Vec<u8>,
    pub(crate) later: Vec<(Vec<u8>, Vec<Edit>)>,
}

/// Lines that have an anchor, as files have them that deal with keys: names without a value, references, placeholders.
const USES: &[&str] = &[
    "    request.headers.set(\"X-API-Key\", session.apiKey);\n",
    "    let key = request.header(\"x-api-key\").unwrap_or_default();\n",
    "    api_key = os.environ[\"X_API_KEY\"]\n",
    "    # curl -H \"X-API-Key: your-api-key-here\" https://api.example.com/v1/tasks\n",
    "    if key.startswith(\"sk_live_\") or key.startswith(\"sk_test_\"):\n",
];

/// `count` versions of a file of about `bytes` bytes, of which each changes three lines of the one before it; `anchors` lines
/// have an anchor, one of them a key.
pub(crate) fn history(bytes: usize, anchors: usize, count: usize) -> History {
    let mut random = Random(4);
    // Lines have some 45 bytes.
    let mut lines: Vec<String> = (0..bytes / 45).map(|_| statement(&mut random)).collect();
    for number in 0..anchors {
        let at = random.below(lines.len());
        let line = match number {
            0 => format!("    key = \"sk_test_{}\"\n", random.hex(64)),
            _ => random.choose(USES).to_owned(),
        };
        lines.insert(at, line);
    }
    let first = lines.concat().into_bytes();
    let later = (0..count).map(|_| version(&mut random, &mut lines)).collect();
    History { first, later }
}

/// A line whose identifiers are many, as those of a program are.
fn statement(random: &mut Random) -> String {
    let [mut first, mut second, mut third] = [(); 3].map(|()| random.choose(WORDS).to_owned());
    for name in [&mut first, &mut second, &mut third] {
        name.push('_');
        name.push_str(random.choose(WORDS));
    }
    match random.below(6) {
        0 => format!("    let {first} = {second}.{third}();\n"),
        1 => format!("    if {first} == {second}[{third}] {{\n"),
        2 => format!("    {first}.{second}(&{third}, key);\n"),
        3 => format!("    return {first}({second}, \"{third}\");\n"),
        4 => "    }\n\n".to_owned(),
        _ => format!("    // The {first} of a {second} is its {third}.\n"),
    }
}

/// Changes three lines.
fn version(random: &mut Random, lines: &mut [String]) -> (Vec<u8>, Vec<Edit>) {
    let mut changed: Vec<_> = (0..3).map(|_| random.below(lines.len())).collect();
    changed.sort_unstable();
    changed.dedup();
    let mut edits = Vec::new();
    // The base as far as it is copied or left out.
    let mut offset = 0;
    let mut next = 0;
    for at in changed {
        let length = lines[next..at].iter().map(String::len).sum();
        let line = statement(random);
        edits.push(Edit::Copy { offset, length });
        edits.push(Edit::Insert { length: line.len() });
        offset += length + lines[at].len();
        next = at + 1;
        lines[at] = line;
    }
    edits.push(Edit::Copy { offset, length: lines[next..].iter().map(String::len).sum() });
    (lines.concat().into_bytes(), edits)
}
