//! From where a reader looks at a tree: turns paths of a scan into paths that open the same file from there. Pure text:
//! it asks no file system, so both places have to be free of links.

use std::path::Path;

use bstr::{BStr, BString, ByteSlice, ByteVec};

/// Where the root of a scan is, seen from the current directory. By default they are the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Viewpoint {
    /// From the deepest directory that holds both: the parts of the path of the root, then those of the reader.
    root: Vec<BString>,
    reader: Vec<BString>,
    /// Nothing holds both (two drives of Windows): what stands before every path.
    absolute: Option<BString>,
}

impl Viewpoint {
    /// `root` seen from `cwd`; both canonical.
    pub fn new(root: &Path, cwd: &Path) -> Self {
        let (roots, cwds): (Vec<_>, Vec<_>) = (root.components().collect(), cwd.components().collect());
        let common = roots.iter().zip(&cwds).take_while(|(a, b)| a == b).count();
        let bytes =
            |part: &std::path::Component<'_>| BString::from(Vec::from_os_str_lossy(part.as_os_str()).into_owned());
        if common == 0 {
            let absolute = Some(Vec::from_path_lossy(root).into_owned().into());
            return Self { absolute, ..Self::default() };
        }
        let parts = |parts: &[std::path::Component<'_>]| parts[common..].iter().map(bytes).collect();
        Self { root: parts(&roots), reader: parts(&cwds), absolute: None }
    }

    /// A path relative to the root, `/` between its parts, as the reader has to type it.
    pub fn path(&self, path: &BStr) -> BString {
        if let Some(root) = &self.absolute {
            return bstr::join("/", [root.as_bytes(), path.as_bytes()]).into();
        }
        let parts: Vec<_> = self.root.iter().map(|part| part.as_bytes()).chain(path.split_str("/")).collect();
        // The last part is a file: no directory of the reader's, whatever its name.
        let parents = &parts[..parts.len() - 1];
        let common = self.reader.iter().zip(parents).take_while(|(a, b)| a.as_bytes() == **b).count();
        let up = std::iter::repeat_n(&b".."[..], self.reader.len() - common);
        bstr::join("/", up.chain(parts[common..].iter().copied())).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_where_the_reader_is() {
        for (path, cwd, seen) in [
            ("a/b.py", "/r", "a/b.py"),
            ("a/b.py", "/r/a", "b.py"),
            ("a/b/c.py", "/r/a/b", "c.py"),
            ("ab/c.py", "/r/a", "../ab/c.py"),
            ("x", "/r/a/b", "../../x"),
            ("a", "/r/a", "../a"),
            ("a/c/d", "/r/a/b", "../c/d"),
            ("a/b.py", "/", "r/a/b.py"),
            ("a/b.py", "/other", "../r/a/b.py"),
            ("a/b.py", "/other/r", "../../r/a/b.py"),
        ] {
            assert_eq!(Viewpoint::new("/r".as_ref(), cwd.as_ref()).path(path.into()), seen, "{path} from {cwd}");
        }
        assert_eq!(Viewpoint::default().path("a/b".into()), "a/b");
    }
}
