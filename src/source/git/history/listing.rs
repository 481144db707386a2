//! The entries of trees, of which those made from another are read only where they are new.

use std::ops::Range;

use gix::{
    hash,
    objs::{TreeRefIter, tree::EntryRef},
};

use crate::delta::Edit;

/// Where the entries of a tree begin, and where the last one ends.
pub(in crate::source) struct Listing {
    starts: Vec<u32>,
}

/// What is no entry stands where one should.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("an entry cannot be read")]
pub(super) struct Malformed;

/// Walks the entries of one tree.
pub(super) struct Walk<'d> {
    data: &'d [u8],
    hash: hash::Kind,
    at: usize,
    /// `None`: nobody will ask.
    starts: Option<Vec<u32>>,
}

impl<'d> Walk<'d> {
    /// `is_base`: a [`Listing`] is wanted.
    pub(super) fn new(data: &'d [u8], hash: hash::Kind, is_base: bool) -> Self {
        // No tree is larger than that; if one is, all that is made from it is read as a whole.
        let is_kept = is_base && u32::try_from(data.len()).is_ok();
        Self { data, hash, at: 0, starts: is_kept.then(Vec::new) }
    }

    /// Shows the entries, those excepted that `base` has as they are: `edits` say what comes from it.
    pub(super) fn fresh(
        mut self,
        base: Option<(&Listing, &[Edit])>,
        mut each: impl FnMut(&EntryRef<'d>),
    ) -> Result<Option<Listing>, Malformed> {
        let mut edit_start = 0;
        if let Some((base, edits)) = base {
            for edit in edits {
                let edit_end = edit_start + edit.length();
                while self.at < edit_end {
                    let known = match edit {
                        Edit::Copy { offset, length } if self.at >= edit_start => {
                            base.between(self.at - edit_start + offset, offset + length)
                        }
                        _ => &[],
                    };
                    // One more start than entries.
                    if let [first, .., last] = known {
                        self.copied(known, *first);
                        self.at += (last - first) as usize;
                    } else {
                        each(&self.next()?);
                    }
                }
                edit_start = edit_end;
            }
        }
        while self.at < self.data.len() {
            each(&self.next()?);
        }
        Ok(self.starts.map(|mut starts| {
            starts.push(self.at as u32);
            Listing { starts }
        }))
    }

    /// Takes over the starts of entries that the base has; the last one is the end of them.
    fn copied(&mut self, known: &[u32], first: u32) {
        if let Some(starts) = &mut self.starts {
            let at = self.at as u32;
            starts.extend(known[..known.len() - 1].iter().map(|start| start - first + at));
        }
    }

    /// Reads the entry that begins here.
    fn next(&mut self) -> Result<EntryRef<'d>, Malformed> {
        let rest = self.data.get(self.at..).unwrap_or_default();
        let entry = TreeRefIter::from_bytes(rest, self.hash).next().and_then(Result::ok).ok_or(Malformed)?;
        if let Some(starts) = &mut self.starts {
            starts.push(self.at as u32);
        }
        // A name, NUL, and an id: the name is a part of the content.
        let name = entry.filename.as_ptr().addr() - rest.as_ptr().addr();
        self.at += name + entry.filename.len() + 1 + entry.oid.as_bytes().len();
        Ok(entry)
    }
}

impl Listing {
    /// The starts of the entries that lie between two offsets, the first of which one begins at, and the end of the last.
    fn between(&self, from: usize, to: usize) -> &[u32] {
        let Range { start, end } = from..to;
        let Ok(first) = self.starts.binary_search_by(|known| (*known as usize).cmp(&start)) else { return &[] };
        let known = &self.starts[first..];
        &known[..known.partition_point(|known| *known as usize <= end)]
    }
}

#[cfg(test)]
mod tests {
    use gix::bstr::ByteSlice;
    use proptest::{collection::vec, prelude::*};

    use super::*;

    const HASH: hash::Kind = hash::Kind::Sha1;

    fn tree(entries: &[(String, [u8; 20])]) -> Vec<u8> {
        let entry = |(name, id): &(String, [u8; 20])| [b"100644 ", name.as_bytes(), b"\0", id].concat();
        entries.iter().flat_map(entry).collect()
    }

    fn content(base: &[u8], edits: &[(Edit, Vec<u8>)]) -> Vec<u8> {
        let piece = |(edit, inserted): &(Edit, Vec<u8>)| match edit {
            Edit::Copy { offset, length } => base[*offset..][..*length].to_vec(),
            Edit::Insert { .. } => inserted.clone(),
        };
        edits.iter().flat_map(piece).collect()
    }

    /// The starts of all entries, and their end.
    fn all(data: &[u8]) -> Option<Vec<u32>> {
        Walk::new(data, HASH, true).fresh(None, |_| {}).ok().flatten().map(|listing| listing.starts)
    }

    /// A delta of one tree on another that copies stretches which need not begin or end where entries do.
    fn delta(base: &[u8], target: &[u8], cuts: &[prop::sample::Index]) -> Vec<(Edit, Vec<u8>)> {
        let mut edits = Vec::new();
        let mut at = 0;
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(target.len() + 1)).chain([target.len()]).collect();
        cuts.sort_unstable();
        for cut in cuts {
            let piece = &target[at..cut];
            at = cut;
            match base.find(piece) {
                _ if piece.is_empty() => {}
                Some(offset) => edits.push((Edit::Copy { offset, length: piece.len() }, Vec::new())),
                None => edits.push((Edit::Insert { length: piece.len() }, piece.to_vec())),
            }
        }
        edits
    }

    fn entries() -> impl Strategy<Value = Vec<(String, [u8; 20])>> {
        // Few different bytes, so that ids look like names and ends of entries.
        vec(("[a-c]{1,3}", prop::array::uniform20(prop::sample::select(vec![0, b'1', b' ', b'a', b'4']))), 0..8)
    }

    proptest! {
        #[test]
        fn what_is_fresh_is_all_that_the_base_has_not(
            (base, mut target) in (entries(), entries()),
            (kept, cuts) in (vec(any::<prop::sample::Index>(), 0..8), vec(any::<prop::sample::Index>(), 0..6)),
        ) {
            if !base.is_empty() {
                target.extend(kept.iter().map(|at| base[at.index(base.len())].clone()));
            }
            let (old, new) = (tree(&base), tree(&target));
            let edits = delta(&old, &new, &cuts);
            prop_assert_eq!(content(&old, &edits), new.clone());
            let listing = Listing { starts: all(&old).expect("a tree") };
            let plain: Vec<_> = edits.iter().map(|(edit, _)| *edit).collect();
            let mut fresh = Vec::new();
            let walk = Walk::new(&new, HASH, true);
            let made = walk.fresh(Some((&listing, &plain)), |entry| {
                fresh.push((entry.filename.to_string(), entry.oid.to_owned()));
            });
            prop_assert_eq!(made.map(|made| made.map(|made| made.starts)), Ok(all(&new)));
            for (name, id) in &target {
                let is_shown = fresh.iter().any(|(shown, oid)| shown == name && oid.as_bytes() == id);
                prop_assert!(is_shown || base.contains(&(name.clone(), *id)), "{} was lost", name);
            }
        }

        #[test]
        fn no_bytes_are_too_odd(
            (base, bytes) in (entries(), vec(any::<u8>(), 0..80)),
            (from, is_cut) in (any::<prop::sample::Index>(), any::<bool>()),
        ) {
            let old = tree(&base);
            let listing = Listing { starts: all(&old).expect("a tree") };
            let copied = old.len() - from.index(old.len() + 1);
            let copy = (Edit::Copy { offset: old.len() - copied, length: copied }, Vec::new());
            let insert = (Edit::Insert { length: bytes.len() }, bytes);
            let edits = if is_cut { [copy, insert] } else { [insert, copy] };
            let new = content(&old, &edits);
            let plain: Vec<_> = edits.iter().map(|(edit, _)| *edit).collect();
            let made = Walk::new(&new, HASH, true).fresh(Some((&listing, &plain)), |_| {});
            prop_assert_eq!(made.ok().flatten().map(|made| made.starts), all(&new));
        }
    }

    #[test]
    fn entries_that_were_copied_are_not_shown() {
        let entry = |name: &str, byte| (name.to_owned(), [byte; 20]);
        let base = tree(&[entry("a", 1), entry("b", 2), entry("c", 3), entry("d", 4)]);
        let listing = Listing { starts: all(&base).expect("a tree") };
        let (each, id) = (base.len() / 4, 20);
        // The id of `b` is another one.
        let edits = [
            Edit::Copy { offset: 0, length: 2 * each - id },
            Edit::Insert { length: id },
            Edit::Copy { offset: 2 * each, length: 2 * each },
        ];
        let new = tree(&[entry("a", 1), entry("b", 9), entry("c", 3), entry("d", 4)]);
        let mut shown = Vec::new();
        let made = Walk::new(&new, HASH, false).fresh(Some((&listing, &edits)), |entry| {
            shown.push(entry.filename.to_string());
        });
        assert!(made.is_ok_and(|made| made.is_none()));
        assert_eq!(shown, ["b"]);
    }
}
