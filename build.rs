//! Lists the files of `rules/` for `include_str!`, so that a new rule is a new file and nothing else. Parses nothing.

use std::{env, fmt::Write as _, fs, io, path::Path};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-env-changed=KEYHOUND_COMMIT");
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let mut files: Vec<_> =
        fs::read_dir(Path::new(&root).join("rules"))?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let mut list = String::from("&[\n");
    for file in &files {
        let name = file.file_name().expect("a listed file has a name").to_string_lossy();
        writeln!(list, "    ({name:?}, include_str!({file:?})),").expect("writing to a string succeeds");
    }
    list.push(']');
    fs::write(Path::new(&env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("rule_files.rs"), list)
}
