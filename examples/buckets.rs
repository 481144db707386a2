//! Makes the table in `src/detect/anchors/buckets.rs` anew: `cargo run --release --example buckets -- DIRECTORY[=WEIGHT]…`
//!
//! Reads the files of the directories, which stand for the text that is scanned, and looks for the buckets in which the
//! searcher stops least often in them, by simulated annealing. Prints the table.

#![allow(clippy::cast_precision_loss, reason = "costs are estimates")]

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    io::{self, Write},
    path::Path,
};

use keyhound::{detect, rule};

const BUCKETS: usize = 8;

/// What the searcher looks at before it compares whole literals, in bytes.
type Gram = [u8; 4];

/// About how much of each directory is read, in bytes.
const SAMPLE: usize = 1 << 20;

/// How many moves are tried.
const MOVES: u32 = 60_000;

/// What a stop costs, and each literal that is compared there, in nanoseconds.
const STOP: (f64, f64) = (6.0, 0.7);

/// Literals that share a bucket whatever is asked for: their bytes have the same lower halves.
type Alike = Vec<Vec<u8>>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut text = Text::default();
    for argument in std::env::args().skip(1) {
        let (directory, weight) = argument.split_once('=').unwrap_or((&argument, "1"));
        text.add(Path::new(directory), weight.parse()?)?;
    }
    if text.grams.is_empty() {
        return Err("name directories with typical text".into());
    }
    let mut alike: BTreeMap<Gram, Alike> = BTreeMap::new();
    for literal in detect::literals(&rule::builtin()) {
        alike.entry(gram(&literal).map(|byte| byte & 0xf)).or_default().push(literal);
    }
    let (buckets, cost) = anneal(&text.by_beginning(), alike.into_values().collect());
    let mut out = io::stdout();
    writeln!(out, "// {:.5} ns a byte", cost / text.weight)?;
    writeln!(out, "const BUCKETS: [&[&[u8]]; {BUCKETS}] = [")?;
    for bucket in buckets {
        let literals = bucket.iter().flatten().map(|literal| format!("b\"{}\"", literal.escape_ascii()));
        writeln!(out, "    &[{}],", literals.collect::<Vec<_>>().join(", "))?;
    }
    writeln!(out, "];")?;
    Ok(())
}

fn gram(literal: &[u8]) -> Gram {
    std::array::from_fn(|at| literal[at])
}

/// How often each four bytes stand in text.
#[derive(Default)]
struct Text {
    grams: BTreeMap<Gram, f64>,
    weight: f64,
}

impl Text {
    /// Takes a sample of the files below `directory`, which counts `weight` whatever its size.
    fn add(&mut self, directory: &Path, weight: f64) -> io::Result<()> {
        let mut files = Vec::new();
        list(directory, &mut files)?;
        // Spread over all of the directory, and the same on each run.
        let size: usize = files.iter().map(|(_, size)| size).sum();
        let step = size.div_ceil(SAMPLE).max(1);
        let sample =
            files.iter().step_by(step).map(|(path, _)| fs::read(path)).collect::<Result<Vec<_>, _>>()?.concat();
        let each = weight / sample.len().max(1) as f64;
        for four in sample.windows(4) {
            *self.grams.entry(gram(four)).or_default() += each;
        }
        self.weight += weight;
        Ok(())
    }

    fn by_beginning(&self) -> Vec<Grams> {
        let mut grams: BTreeMap<[u8; 2], Vec<([u8; 2], f64)>> = BTreeMap::new();
        for ([first, second, third, fourth], weight) in &self.grams {
            grams.entry([*first, *second]).or_default().push(([*third, *fourth], *weight));
        }
        grams.into_iter().collect()
    }
}

/// What begins with the same two bytes: the other two, and how often. Most beginnings stop no bucket, and are passed over.
type Grams = ([u8; 2], Vec<([u8; 2], f64)>);

fn list(directory: &Path, files: &mut Vec<(std::path::PathBuf, usize)>) -> io::Result<()> {
    let mut entries = fs::read_dir(directory)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let kind = entry.file_type()?;
        if kind.is_dir() && entry.file_name() != ".git" {
            list(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push((entry.path(), entry.metadata()?.len() as usize));
        }
    }
    Ok(())
}

/// The buckets that cost least among those that were tried, and what they cost.
fn anneal(grams: &[Grams], alike: Vec<Alike>) -> (Vec<Vec<Alike>>, f64) {
    // Each bucket has a place for so many; more would come into others.
    let room = alike.iter().map(Vec::len).sum::<usize>() / BUCKETS;
    let mut buckets = vec![Vec::new(); BUCKETS];
    for (number, literals) in alike.into_iter().enumerate() {
        buckets[number % BUCKETS].push(literals);
    }
    let mut costs: Vec<_> = buckets.iter().map(|bucket| cost(bucket, grams)).collect();
    let start: f64 = costs.iter().sum();
    let mut best = (buckets.clone(), start);
    let mut random = Random(88_172_645_463_325_252);
    for tried in 0..MOVES {
        let temperature = start / 100.0 * (1.0 - f64::from(tried) / f64::from(MOVES)).powi(4) + f64::MIN_POSITIVE;
        let (from, to) = (random.below(BUCKETS), random.below(BUCKETS));
        if from == to || buckets[from].is_empty() {
            continue;
        }
        let (mut giving, mut taking) = (buckets[from].clone(), buckets[to].clone());
        let given = giving.swap_remove(random.below(giving.len()));
        if random.below(2) == 0 && !taking.is_empty() {
            giving.push(taking.swap_remove(random.below(taking.len())));
        }
        taking.push(given);
        if taking.len() > room || giving.len() > room {
            continue;
        }
        let new = (cost(&giving, grams), cost(&taking, grams));
        let more = new.0 + new.1 - costs[from] - costs[to];
        if more < 0.0 || (-more / temperature).exp() > random.below(1 << 20) as f64 / f64::from(1 << 20) {
            (costs[from], costs[to]) = new;
            (buckets[from], buckets[to]) = (giving, taking);
            let all = costs.iter().sum();
            if all < best.1 {
                best = (buckets.clone(), all);
            }
        }
    }
    best
}

/// What it costs that the searcher stops for a bucket.
fn cost(bucket: &[Alike], grams: &[Grams]) -> f64 {
    let literals: Vec<_> = bucket.iter().flatten().map(|literal| gram(literal)).collect();
    let stops: [[bool; 256]; 4] = std::array::from_fn(|at| {
        let has = |half: fn(u8) -> u8, byte: u8| literals.iter().any(|literal| half(literal[at]) == half(byte));
        std::array::from_fn(|byte| has(|byte| byte & 0xf, byte as u8) && has(|byte| byte >> 4, byte as u8))
    });
    let stops = |at: usize, two: &[u8; 2]| stops[at][usize::from(two[0])] && stops[at + 1][usize::from(two[1])];
    let begun = grams.iter().filter(|(beginning, _)| stops(0, beginning));
    let stopped = begun.flat_map(|(_, ends)| ends).filter(|(end, _)| stops(2, end));
    stopped.map(|(_, weight)| weight).sum::<f64>() * (STOP.0 + STOP.1 * literals.len() as f64)
}

/// Xorshift, so that the table is the same on each run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}
