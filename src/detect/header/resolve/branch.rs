//! Definitions of which any may be the one that counts: those in the branches of a choice, and fixtures of tests.

/// Whether a function of this name is a fixture of pytest.
pub(super) fn is_fixture(text: &[u8], at: usize) -> bool {
    let before = &text[at.saturating_sub(MAX_DECORATOR)..at];
    before.ends_with(b"def ") && memchr::memmem::find(before, b"@pytest.fixture").is_some()
}

/// How far before its name the decorator of a function may begin, in bytes.
const MAX_DECORATOR: usize = 80;

/// How far before a definition the word may stand that begins its branch, in bytes.
const MAX_BRANCH: usize = 48;

/// Whether something stands in another branch than what is before it: `} else { key = …`, `*) KEY=…`.
pub(super) fn is_alternative(text: &[u8], at: usize) -> bool {
    let before = &text[at.saturating_sub(MAX_BRANCH)..at];
    let line = memchr::memrchr(b'\n', before).map_or(&[][..], |end| &before[..end]);
    let above = line.rsplit(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii();
    if above.starts_with(b"if ") || above.starts_with(b"if(") {
        return true;
    }
    [b"else".as_slice(), b"elif", b"default", b"*)", b"case "]
        .iter()
        .any(|word| memchr::memmem::find(before, word).is_some())
}
