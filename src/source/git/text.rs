//! Commits and annotated tags as text: what stands above the message, and the message.
//!
//! Read as leniently as git does: a line about an author that nobody can make sense of hides nothing of the rest.

use gix::{
    ObjectId,
    bstr::{BStr, ByteSlice},
};

use super::ObjectError;

/// A commit.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::source) struct CommitText<'a> {
    pub(in crate::source) tree: ObjectId,
    pub(in crate::source) parents: Vec<ObjectId>,
    /// In seconds since 1970; 0 if there is none.
    pub(in crate::source) authored: i64,
    /// In seconds since 1970; 0 if there is none.
    pub(in crate::source) committed: i64,
    /// From the author on.
    pub(in crate::source) headers: &'a BStr,
    pub(in crate::source) message: &'a BStr,
}

/// An annotated tag.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::source) struct TagText<'a> {
    pub(in crate::source) target: ObjectId,
    /// From the kind of the target on: the name of the tag and who made it.
    pub(in crate::source) headers: &'a BStr,
    /// With its signature.
    pub(in crate::source) message: &'a BStr,
}

impl<'a> CommitText<'a> {
    pub(in crate::source) fn read(content: &'a [u8]) -> Result<Self, ObjectError> {
        let (mut headers, message) = split(content);
        let tree = take_id(&mut headers, b"tree ").ok_or_else(|| broken("the commit names no tree"))?;
        let parents = std::iter::from_fn(|| take_id(&mut headers, b"parent ")).collect();
        let date = |role: &[u8]| headers.lines().find_map(|line| line.strip_prefix(role)).map_or(0, date);
        let (authored, committed) = (date(b"author "), date(b"committer "));
        Ok(Self { tree, parents, authored, committed, headers: headers.as_bstr(), message: message.as_bstr() })
    }
}

impl<'a> TagText<'a> {
    pub(in crate::source) fn read(content: &'a [u8]) -> Result<Self, ObjectError> {
        let (mut headers, message) = split(content);
        let target = take_id(&mut headers, b"object ").ok_or_else(|| broken("the tag names no object"))?;
        Ok(Self { target, headers: headers.as_bstr(), message: message.as_bstr() })
    }
}

fn broken(what: &str) -> ObjectError {
    ObjectError::Broken(what.to_owned())
}

/// What stands above the first empty line, and what below.
fn split(content: &[u8]) -> (&[u8], &[u8]) {
    match content.find(b"\n\n") {
        Some(end) => (&content[..=end], &content[end + 2..]),
        None => (content, &[]),
    }
}

/// Takes the first line, if it is of this name, and the id in it.
fn take_id(headers: &mut &[u8], name: &[u8]) -> Option<ObjectId> {
    let end = headers.find_byte(b'\n').unwrap_or(headers.len());
    let id = ObjectId::from_hex(headers[..end].strip_prefix(name)?).ok()?;
    *headers = headers.get(end + 1..).unwrap_or_default();
    Some(id)
}

/// The time in `Name <address> SECONDS ZONE`.
fn date(signature: &[u8]) -> i64 {
    let time = signature.rsplit_once_str(b">").map_or(signature, |(_, time)| time);
    let seconds = time.fields().next().and_then(|seconds| seconds.to_str().ok());
    seconds.and_then(|seconds| seconds.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

    #[test]
    fn commits_are_read_whatever_their_authors_are_called() {
        for (author, authored) in [
            ("A <a@b> 12 +0100", 12),
            ("A > B <a@b> -5 +0000", -5),
            ("<> 7", 7),
            ("no time at all", 0),
            ("A <a@b> 99999999999999999999 +0000", 0),
        ] {
            let text = format!(
                "tree {ID}\nparent {ID}\nparent {ID}\nauthor {author}\ncommitter C <c@d> 34 +0000\n\
                 gpgsig -----\n parent {ID}\n\nsubject\n\nbody\n"
            );
            let commit = CommitText::read(text.as_bytes()).unwrap();
            assert_eq!(
                (commit.tree.to_string().as_str(), commit.parents.len()),
                (ID, 2),
                "what is indented is no parent"
            );
            assert_eq!((commit.authored, commit.committed), (authored, 34), "{author}");
            assert_eq!(commit.message, "subject\n\nbody\n");
            assert!(commit.headers.starts_with(b"author ") && commit.headers.ends_with(b"\n"));
        }
        let text = format!("tree {ID}\n");
        let bare = CommitText::read(text.as_bytes()).unwrap();
        assert_eq!((bare.headers, bare.message, bare.committed), ("".into(), "".into(), 0));
        assert!(CommitText::read(b"").is_err());
        assert!(CommitText::read(format!("parent {ID}\n").as_bytes()).is_err());
        assert!(CommitText::read(b"tree 1234\n\nx").is_err());
    }

    #[test]
    fn tags_are_read() {
        let text = format!("object {ID}\ntype blob\ntag v1\ntagger T <t@u> 5 +0000\n\nmessage\n");
        let tag = TagText::read(text.as_bytes()).unwrap();
        assert_eq!(tag.target.to_string(), ID);
        assert_eq!(
            (tag.headers, tag.message),
            ("type blob\ntag v1\ntagger T <t@u> 5 +0000\n".into(), "message\n".into())
        );
        assert!(TagText::read(b"type blob\n").is_err());
    }
}
