//! Scores keyhound on the labelled corpus: `cargo run --example corpus -- --help`.

#[path = "../tests/corpus/mod.rs"]
mod corpus;

use std::{
    error::Error,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::Parser;
use corpus::{Case, Class, Document, Score};

/// Scores keyhound on the labelled corpus: recall and precision by class and shape, then what it got wrong.
#[derive(Parser)]
struct Arguments {
    /// Fill in other values: each number gives its own.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Score these files instead of those in tests/corpus.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    cases: Vec<PathBuf>,
    /// Try the variants under which no verdict may change, too.
    #[arg(long)]
    variants: bool,
    /// Score only the cases whose id begins with this.
    #[arg(long, value_name = "ID")]
    only: Option<String>,
    /// Score only the cases of this class: core, hard, encoded or silent.
    #[arg(long, value_name = "CLASS")]
    class: Option<Class>,
    /// Print the text of the cases whose id begins with this, and what must be found in it.
    #[arg(long, value_name = "ID")]
    show: Option<String>,
    /// Write the files, and expected.tsv: path, class, id, rule, line, column and value. For measuring other tools.
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let mut cases = if arguments.cases.is_empty() { corpus::of_the_tree()? } else { corpus::read(&arguments.cases)? };
    for prefix in [&arguments.only, &arguments.show].into_iter().flatten() {
        cases.retain(|case| case.id.starts_with(prefix));
    }
    cases.retain(|case| arguments.class.is_none_or(|class| class == case.class));
    if cases.is_empty() {
        return Err("there is no such case".into());
    }
    if let Some(directory) = &arguments.write {
        return write(&cases, arguments.seed, directory);
    }
    let mut out = io::stdout().lock();
    if arguments.show.is_some() {
        for case in &cases {
            show(case, arguments.seed, &mut out)?;
        }
        return Ok(());
    }
    let mut score = Score::default();
    score.add(&cases, arguments.seed, arguments.variants)?;
    write!(out, "{score}")?;
    Ok(())
}

fn show(case: &Case, seed: u64, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let document = Document::new(case, seed)?;
    writeln!(out, "--- {} ({}) {}\n{}", case.id, case.source, case.file_name, document.plain())?;
    for (expected, (line, column)) in document.expected() {
        writeln!(out, "{line}:{column} {} {}", expected.rule, expected.secret)?;
    }
    Ok(())
}

fn write(cases: &[Case], seed: u64, directory: &Path) -> Result<(), Box<dyn Error>> {
    let mut table = String::new();
    for case in cases {
        let document = Document::new(case, seed)?;
        let class = case.class.to_string();
        let path = format!("{class}/{}/{}", case.id, case.file_name);
        let place = directory.join(&path);
        fs::create_dir_all(place.parent().unwrap_or(directory))?;
        fs::write(place, document.bytes())?;
        for (expected, (line, column)) in document.expected() {
            let line =
                [&path, &class, &case.id, expected.rule, &line.to_string(), &column.to_string(), &expected.secret]
                    .join("\t");
            table.push_str(&line);
            table.push('\n');
        }
    }
    fs::write(directory.join("expected.tsv"), table)?;
    Ok(())
}
