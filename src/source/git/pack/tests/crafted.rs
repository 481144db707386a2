//! Packs that git would not write.

use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use gix::{ObjectId, hash, objs};

use super::{Kind, Random, Reader, Repository, read};
use crate::{
    delta::Edit,
    origin::Problem,
    source::{
        Stream,
        git::pack::{Object, Place, Progress, Visitor, buffer::Buffer, delta::Delta, fault::Fault, visit},
    },
};

/// A pack, made byte by byte.
struct Crafted {
    bytes: Vec<u8>,
    /// Id, offset, length.
    entries: Vec<(ObjectId, usize, usize)>,
}

impl Crafted {
    fn new() -> Self {
        Self { bytes: b"PACK\0\0\0\x02\0\0\0\0".to_vec(), entries: Vec::new() }
    }

    /// Adds an entry, whose content inflates to `data`; returns where it begins.
    fn entry(&mut self, id: ObjectId, kind: u8, size: u64, base: &[u8], data: &[u8]) -> usize {
        let offset = self.bytes.len();
        let mut rest = size >> 4;
        let mut byte = kind << 4 | (size & 15) as u8;
        while rest > 0 {
            self.bytes.push(byte | 0x80);
            byte = (rest & 0x7f) as u8;
            rest >>= 7;
        }
        self.bytes.push(byte);
        self.bytes.extend(base);
        self.bytes.extend(stored(data));
        self.entries.push((id, offset, self.bytes.len() - offset));
        offset
    }

    fn blob(&mut self, content: &[u8]) -> (ObjectId, usize) {
        let id = blob_id(content);
        (id, self.entry(id, 3, content.len() as u64, b"", content))
    }

    /// A delta on an object that is named.
    fn on_id(&mut self, id: ObjectId, base: ObjectId, delta: &[u8]) -> usize {
        self.entry(id, 7, delta.len() as u64, base.as_slice(), delta)
    }

    /// A delta on the entry so many bytes before.
    fn on_distance(&mut self, id: ObjectId, distance: u64, delta: &[u8]) -> usize {
        let mut base = vec![(distance & 0x7f) as u8];
        let mut rest = distance >> 7;
        while rest > 0 {
            rest -= 1;
            base.insert(0, 0x80 | (rest & 0x7f) as u8);
            rest >>= 7;
        }
        self.entry(id, 6, delta.len() as u64, &base, delta)
    }

    /// Writes the pack and its index.
    fn write(mut self, repository: &Repository, name: &str) {
        self.bytes[8..12].copy_from_slice(&(self.entries.len() as u32).to_be_bytes());
        let mut entries = self.entries;
        entries.sort();
        let mut index = b"\xfftOc\0\0\0\x02".to_vec();
        for first in 0..=255 {
            let count = entries.iter().filter(|entry| entry.0.first_byte() <= first).count();
            index.extend((count as u32).to_be_bytes());
        }
        index.extend(entries.iter().flat_map(|entry| entry.0.as_slice().to_vec()));
        for (_, offset, length) in &entries {
            index.extend(crc32fast::hash(&self.bytes[*offset..offset + length]).to_be_bytes());
        }
        index.extend(entries.iter().flat_map(|entry| (entry.1 as u32).to_be_bytes()));
        let sum = checksum(&self.bytes);
        self.bytes.extend(&sum);
        index.extend(&sum);
        let sum = checksum(&index);
        index.extend(sum);
        let path = repository.objects().join("pack").join(name);
        fs::write(path.with_extension("pack"), self.bytes).unwrap();
        fs::write(path.with_extension("idx"), index).unwrap();
    }
}

fn checksum(bytes: &[u8]) -> Vec<u8> {
    let mut hasher = hash::hasher(hash::Kind::Sha1);
    hasher.update(bytes);
    hasher.try_finalize().unwrap().as_slice().to_vec()
}

fn blob_id(content: &[u8]) -> ObjectId {
    objs::compute_hash(hash::Kind::Sha1, Kind::Blob, content).unwrap()
}

/// A zlib stream that compresses nothing.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut chunks = data.chunks(0xffff).peekable();
    if data.is_empty() {
        stream.extend([1, 0, 0, 0xff, 0xff]);
    }
    while let Some(chunk) = chunks.next() {
        let length = chunk.len() as u16;
        stream.push(u8::from(chunks.peek().is_none()));
        stream.extend([length.to_le_bytes(), (!length).to_le_bytes()].concat());
        stream.extend(chunk);
    }
    let (mut low, mut high) = (1, 0);
    for byte in data {
        low = (low + u32::from(*byte)) % 65521;
        high = (high + low) % 65521;
    }
    stream.extend((high << 16 | low).to_be_bytes());
    stream
}

fn size(mut size: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while size > 0x7f {
        bytes.push(size as u8 | 0x80);
        size >>= 7;
    }
    bytes.push(size as u8);
    bytes
}

/// A delta from instructions.
fn delta(base: u64, result: u64, instructions: &[u8]) -> Vec<u8> {
    [size(base), size(result), instructions.to_vec()].concat()
}

/// A delta that adds some bytes to all of a base, which has less than 256.
fn appending(base: &[u8], more: &[u8]) -> Vec<u8> {
    let instructions = [&[0b1001_0000, base.len() as u8, more.len() as u8], more].concat();
    delta(base.len() as u64, (base.len() + more.len()) as u64, &instructions)
}

#[test]
fn a_base_in_another_pack_or_loose_is_found() {
    let repository = Repository::new();
    let loose = repository.blob(b"a loose base");
    let mut one = Crafted::new();
    let (packed, _) = one.blob(b"a packed base");
    one.write(&repository, "pack-one");
    let mut two = Crafted::new();
    two.on_id(blob_id(b"a loose base!"), loose, &appending(b"a loose base", b"!"));
    two.on_id(blob_id(b"a packed base!"), packed, &appending(b"a packed base", b"!"));
    two.on_id(blob_id(b"a packed base!?"), blob_id(b"a packed base!"), &appending(b"a packed base!", b"?"));
    two.write(&repository, "pack-two");
    let (stores, _) = repository.stores();
    for threads in [1, 3] {
        let seen = read(&stores, threads);
        assert_eq!(seen.problems, []);
        assert_eq!((seen.objects.len(), seen.derived), (5, 1));
        assert!(seen.objects.iter().all(|(id, object)| blob_id(&object.1) == *id));
    }
    let id = blob_id(b"a packed base!?");
    assert_eq!(Reader::new(&stores).find(&id).unwrap().unwrap().data, b"a packed base!?");
}

#[test]
fn deltas_in_a_circle_are_a_problem() {
    let repository = Repository::new();
    let ids: Vec<_> = (0..3_u8).map(|number| blob_id(&[number; 30])).collect();
    let mut crafted = Crafted::new();
    for number in 0..3 {
        crafted.on_id(ids[number], ids[(number + 1) % 3], &appending(b"x", b"y"));
    }
    crafted.on_id(blob_id(b"hangs on"), ids[0], &appending(b"x", b"y"));
    crafted.blob(b"fine");
    crafted.write(&repository, "pack-circle");
    let (stores, _) = repository.stores();
    let seen = read(&stores, 2);
    assert_eq!(seen.objects.keys().collect::<Vec<_>>(), [&blob_id(b"fine")]);
    let [problem] = &seen.problems[..] else { panic!("{:?}", seen.problems) };
    assert!(problem.message.contains(", nor can 3 that are made from it: its delta is made"), "{problem}");
    assert!(Reader::new(&stores).find(&ids[0]).is_err());
}

#[test]
fn deltas_in_a_circle_of_packs_are_a_problem() {
    let repository = Repository::new();
    let ids = [blob_id(b"one"), blob_id(b"two")];
    for number in 0..2 {
        let mut crafted = Crafted::new();
        crafted.on_id(ids[number], ids[1 - number], &appending(b"x", b"y"));
        crafted.write(&repository, &format!("pack-{number}"));
    }
    let (stores, _) = repository.stores();
    let seen = read(&stores, 2);
    assert!(seen.objects.is_empty());
    assert_eq!(seen.problems.len(), 2);
    assert!(seen.problems.iter().all(|problem| problem.message.ends_with("in the end, from itself")));
}

#[test]
fn a_chain_of_a_hundred_thousand_deltas_is_followed() {
    const LENGTH: usize = 100_000;
    let repository = Repository::new();
    let mut crafted = Crafted::new();
    let mut content = b"0000000".to_vec();
    let (mut id, mut last) = crafted.blob(&content);
    for number in 1..=LENGTH {
        content = format!("{number:07}").into_bytes();
        id = blob_id(&content);
        let distance = (crafted.bytes.len() - last) as u64;
        last = crafted.on_distance(id, distance, &delta(7, 7, &[&[7], &content[..]].concat()));
    }
    crafted.write(&repository, "pack-long");
    let (stores, _) = repository.stores();
    let seen = read(&stores, 2);
    assert_eq!(seen.problems, []);
    assert_eq!((seen.objects.len(), seen.deepest), (LENGTH + 1, LENGTH));
    assert_eq!(Reader::new(&stores).find(&id).unwrap().unwrap().data, content);
}

#[test]
fn sizes_that_cannot_be_true_take_no_memory() {
    let repository = Repository::new();
    let mut crafted = Crafted::new();
    let (base, _) = crafted.blob(b"base");
    let (huge, name) = (1 << 50, |number: u8| blob_id(&[number; 40]));
    crafted.entry(name(0), 3, huge, b"", b"x");
    crafted.entry(name(1), 2, huge, b"", b"x");
    crafted.entry(name(2), 7, huge, base.as_slice(), b"x");
    crafted.on_id(name(3), base, &delta(4, huge, b"\x01x"));
    crafted.on_id(name(4), base, &delta(huge, 5, b"\x01x"));
    crafted.entry(name(5), 3, 1, b"", b"xy");
    crafted.entry(name(6), 3, 3, b"", b"xy");
    crafted.on_id(name(7), base, &delta(4, 1, b"\x02xy"));
    crafted.on_id(name(8), base, &delta(4, 1, b""));
    crafted.entry(name(9), 5, 1, b"", b"x");
    crafted.on_distance(name(10), 5, &appending(b"x", b"y"));
    crafted.on_distance(name(11), 1 << 40, &appending(b"x", b"y"));
    crafted.on_distance(name(12), 0, &appending(b"x", b"y"));
    crafted.on_id(name(13), name(99), &appending(b"x", b"y"));
    crafted.write(&repository, "pack-sizes");
    let started = Instant::now();
    let (stores, _) = repository.stores();
    let seen = read(&stores, 2);
    assert_eq!(seen.objects.len(), 1);
    assert_eq!(seen.problems.len(), 14, "{:?}", seen.problems);
    assert!(started.elapsed().as_secs() < 20, "a petabyte was not written");
}

/// What one of several visitors sees, each of which waits until another one has seen something.
struct Waiting<'a> {
    number: usize,
    seen: &'a [AtomicUsize],
}

impl Waiting<'_> {
    fn see(&self) {
        self.seen[self.number].fetch_add(1, Ordering::Relaxed);
        let is_alone = || self.seen.iter().filter(|seen| seen.load(Ordering::Relaxed) > 0).count() < 2;
        if is_alone() {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Visitor for Waiting<'_> {
    type State = ();
    fn whole(&mut self, _: Object<'_>) {
        self.see();
    }
    fn derived(&mut self, _: Object<'_>, (): &(), _: &[Edit]) {
        self.see();
    }
    fn large(&mut self, place: Place<'_>, _: u64, _: &mut dyn Stream) {
        unreachable!("{} is small", place.id());
    }
    fn problem(&mut self, problem: Problem) {
        unreachable!("{problem}");
    }
}

#[test]
fn one_family_keeps_several_threads_busy() {
    const CHILDREN: usize = 1000;
    let repository = Repository::new();
    let mut crafted = Crafted::new();
    let content = vec![b'x'; 4096];
    let (base, _) = crafted.blob(&content);
    for number in 0..CHILDREN {
        let more = format!("{number:05}");
        let id = blob_id(&[&content, more.as_bytes()].concat());
        crafted.on_id(id, base, &delta(4096, 4101, &[b"\xb0\0\x10\x05", more.as_bytes()].concat()));
    }
    crafted.write(&repository, "pack-star");
    let (stores, _) = repository.stores();
    let (next, seen) = (AtomicUsize::new(0), [const { AtomicUsize::new(0) }; 3]);
    let make = || Waiting { number: next.fetch_add(1, Ordering::Relaxed), seen: &seen };
    visit(&stores, 3, make, &Progress::default());
    let seen = seen.map(AtomicUsize::into_inner);
    assert_eq!(seen.iter().sum::<usize>(), CHILDREN + 1);
    assert!(seen.iter().filter(|seen| **seen > 0).count() > 1, "{seen:?}");
}

#[test]
fn bases_that_were_not_kept_are_made_again() {
    // So many threads may keep less than one of these contents each.
    const THREADS: usize = 64;
    let repository = Repository::new();
    let mut crafted = Crafted::new();
    let content = Random(1).bytes(2 << 20);
    // From the root comes one chain of two and one of four, from whose beginning another one comes.
    let parents = [0, 1, 0, 3, 4, 3, 6, 7];
    let mut ids = vec![crafted.blob(&content).0];
    let mut contents = vec![content];
    for (number, parent) in parents.into_iter().enumerate() {
        let content = [&contents[parent][..], &[number as u8]].concat();
        let length = contents[parent].len() as u64;
        let [low, middle, high, ..] = length.to_le_bytes();
        let instructions = [0b1111_0000, low, middle, high, 1, number as u8];
        let id = blob_id(&content);
        crafted.on_id(id, ids[parent], &delta(length, length + 1, &instructions));
        ids.push(id);
        contents.push(content);
    }
    crafted.write(&repository, "pack-tree");
    let (stores, _) = repository.stores();
    for threads in [1, THREADS] {
        let seen = read(&stores, threads);
        assert_eq!(seen.problems, []);
        assert_eq!((seen.objects.len(), seen.derived), (9, 8));
        assert!(ids.iter().zip(&contents).all(|(id, content)| seen.objects[id].1 == *content));
    }
}

#[test]
fn two_names_for_one_entry_are_a_problem() {
    let repository = Repository::new();
    let mut crafted = Crafted::new();
    crafted.blob(b"one");
    let (_, offset, length) = crafted.entries[0];
    crafted.entries.push((blob_id(b"two"), offset, length));
    crafted.write(&repository, "pack-two");
    let (stores, _) = repository.stores();
    assert!(!read(&stores, 2).problems.is_empty());
}

#[test]
fn an_object_that_a_pack_has_twice_is_delivered_once() {
    let repository = Repository::new();
    let mut crafted = Crafted::new();
    crafted.blob(b"twice");
    crafted.blob(b"twice");
    crafted.on_id(blob_id(b"twice!"), blob_id(b"twice"), &appending(b"twice", b"!"));
    crafted.write(&repository, "pack-twice");
    let (stores, _) = repository.stores();
    let seen = read(&stores, 2);
    assert_eq!(seen.problems, []);
    assert_eq!((seen.objects.len(), stores.len()), (2, 2));
}

/// Applies instructions to a base.
fn apply(base: &[u8], length: usize, instructions: &[u8]) -> Result<(Vec<u8>, Vec<Edit>), Fault> {
    let (mut out, mut edits) = (Buffer::default(), Vec::new());
    let delta = delta(base.len() as u64, length as u64, instructions);
    Delta::new(&delta)?.apply(base, &mut out, &mut edits)?;
    Ok((out.get().to_vec(), edits))
}

#[test]
fn copies_have_offsets_and_lengths_of_any_width() {
    let base: Vec<_> = (0..40_u32 << 20).map(|number| (number >> 8 ^ number) as u8).collect();
    for (instruction, from, length) in [
        // No length means 64 KiB, whether its bytes are left out or zero.
        (&[0x80][..], 0, 0x1_0000),
        (&[0xf0, 0, 0, 0], 0, 0x1_0000),
        (&[0x90, 5], 0, 5),
        (&[0x91, 3, 5], 3, 5),
        (&[0xa4, 2, 1], 0x2_0000, 0x100),
        (&[0xc8, 1, 1], 0x100_0000, 0x1_0000),
        (&[0xff, 0x78, 0x56, 0x34, 0x01, 0x21, 0x43, 0x65], 0x0134_5678, 0x65_4321),
    ] {
        let (content, edits) = apply(&base, length, instruction).unwrap();
        assert_eq!(edits, [Edit::Copy { offset: from, length }]);
        assert!(content == base[from..from + length], "{instruction:?}");
    }
    for beyond in [&[0xff, 0, 0, 0x80, 0x02, 1, 0, 0][..], &[0x9f, 0xff, 0xff, 0xff, 0xff, 1]] {
        assert!(matches!(apply(&base, 1, beyond), Err(Fault::Delta)));
    }
}

#[test]
fn neighbouring_edits_are_one() {
    let base = b"0123456789";
    let (content, edits) = apply(base, 9, b"\x90\x02\x91\x02\x02\x01a\x02bc\x91\x08\x02").unwrap();
    assert_eq!(content, b"0123abc89");
    assert_eq!(
        edits,
        [Edit::Copy { offset: 0, length: 4 }, Edit::Insert { length: 3 }, Edit::Copy { offset: 8, length: 2 }]
    );
}

#[test]
fn instructions_that_are_cut_short_or_reserved_are_refused() {
    for instructions in [&b"\0"[..], b"\x05abc", b"\x91", b"\x91\x01", b"\xff\0\0\0", b"\x90\x0b"] {
        assert!(matches!(apply(b"0123456789", 1, instructions), Err(Fault::Delta)), "{instructions:?}");
    }
    for bytes in [&b""[..], b"\x80", &[0xff; 10], &[0xff; 20]] {
        assert!(matches!(Delta::new(bytes), Err(Fault::Delta)));
    }
}
