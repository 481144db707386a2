//! git LFS pointers: files that stand for content that is kept elsewhere. Only the pointer itself is recognised.

/// No pointer is longer, in bytes; <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>.
const LONGEST: usize = 1024;

/// Whether content is a pointer and nothing but one: version, object id and size, line by line. Whatever else stands in
/// it makes it a file like any other, so that a first line hides nothing.
pub(super) fn is_pointer(content: &[u8]) -> bool {
    let text = content.strip_suffix(b"\n").filter(|text| text.len() < LONGEST);
    let Some(text) = text.and_then(|text| text.strip_prefix(b"version https://git-lfs.github.com/spec/v1\n")) else {
        return false;
    };
    let mut lines = text.split(|byte| *byte == b'\n');
    let id = lines.next().and_then(|line| line.strip_prefix(b"oid sha256:"));
    let size = lines.next().and_then(|line| line.strip_prefix(b"size "));
    let is_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    id.is_some_and(|id| id.len() == 64 && id.iter().all(is_hex))
        && size.is_some_and(|size| (1..20).contains(&size.len()) && size.iter().all(u8::is_ascii_digit))
        && lines.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_pointer_is_a_pointer() {
        let version = "version https://git-lfs.github.com/spec/v1\n";
        let oid = format!("oid sha256:{}\n", "4d".repeat(32));
        let is = |text: String| is_pointer(text.as_bytes());
        assert!(is(format!("{version}{oid}size 12345\n")));
        assert!(!is(format!("{version}{oid}size 12345\nand = more\n")));
        assert!(!is(format!("{version}secret = x\n{oid}size 12345\n")));
        assert!(!is(format!("{version}{oid}size 12345 x\n")));
        assert!(!is(format!("{version}{oid}size \n")));
        assert!(!is(format!("{version}{oid}")));
        assert!(!is(version.to_owned()));
        assert!(!is(String::new()));
    }
}
