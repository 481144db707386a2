//! Reading everything for nothing but its size: what reading alone costs, for `benches/objects.rs`.

use std::path::Path;

use super::{Object, Place, Progress, Stores, Visitor, visit, with_alternates};
use crate::{delta::Edit, origin::Problem, source::Stream};

/// What was read.
#[derive(Debug, Default)]
pub struct Sum {
    /// How many objects.
    pub objects: u64,
    /// How many of them were made from another one that was read.
    pub derived: u64,
    /// How many bytes of content they have.
    pub bytes: u64,
    /// How many of those bytes are new: those of all that is not derived, and those that deltas insert.
    pub new: u64,
    pub problems: Vec<Problem>,
}

/// Reads all objects of a SHA-1 repository, given its `objects` directory, on so many threads.
pub fn sum(objects: &Path, threads: usize) -> Sum {
    let (directories, problems) = with_alternates(objects);
    let stores = Stores::open(&directories, gix::hash::Kind::Sha1);
    let mut all = Sum { problems, ..Sum::default() };
    for sum in visit(&stores, threads, Sum::default, &Progress::default()) {
        all.objects += sum.objects;
        all.derived += sum.derived;
        all.bytes += sum.bytes;
        all.new += sum.new;
        all.problems.extend(sum.problems);
    }
    all
}

impl Visitor for Sum {
    type State = ();

    fn whole(&mut self, object: Object<'_>) {
        self.objects += 1;
        self.bytes += object.data.len() as u64;
        self.new += object.data.len() as u64;
    }

    fn derived(&mut self, object: Object<'_>, (): &(), edits: &[Edit]) {
        self.objects += 1;
        self.derived += 1;
        self.bytes += object.data.len() as u64;
        let inserted = edits.iter().filter(|edit| matches!(edit, Edit::Insert { .. }));
        self.new += inserted.map(|edit| edit.length() as u64).sum::<u64>();
    }

    fn large(&mut self, _place: Place<'_>, size: u64, _content: &mut dyn Stream) {
        // What is left unread is read all the same.
        self.objects += 1;
        self.bytes += size;
        self.new += size;
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}
