//! The seeds of the fuzz targets hold: what a fuzzer found once stays mended, and no fuzzer is needed to know it.

use std::{collections::BTreeSet, fs, path::PathBuf};

use keyhound::fuzzing;

type Target = (&'static str, fn(&[u8]));

const TARGETS: &[Target] = &[
    ("config", fuzzing::fuzz_config),
    ("detector", fuzzing::fuzz_detector),
    ("encoded", fuzzing::fuzz_encoded),
    ("header", fuzzing::fuzz_header),
    ("report", fuzzing::fuzz_report),
];

fn directory(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(name)
}

fn names(directory: PathBuf) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn seeds_hold() {
    for (name, target) in TARGETS {
        let seeds = names(directory("seeds").join(name));
        assert!(!seeds.is_empty(), "no seeds of {name}");
        for seed in seeds {
            // Shown with a failure: which seed it was.
            println!("{name}/{seed}");
            target(&fs::read(directory("seeds").join(name).join(seed)).unwrap());
        }
    }
}

#[test]
fn every_target_is_replayed() {
    let known: BTreeSet<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(directory("seeds")), known);
    let files: BTreeSet<_> = known.iter().map(|name| format!("{name}.rs")).collect();
    assert_eq!(names(directory("fuzz_targets")), files);
}
