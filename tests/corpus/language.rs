//! What the variants know of a file's language, by its name.

/// The part of a name that tells the language, in lower case: `rs`, `env`, `dockerfile`.
pub(super) fn of(file_name: &str) -> String {
    let name = file_name.rsplit('/').next().unwrap_or(file_name).to_lowercase();
    name.rsplit('.').next().unwrap_or(&name).to_owned()
}

/// What a comment that fills a line begins and ends with.
pub(super) fn comment(language: &str) -> Option<(&'static str, &'static str)> {
    Some(match language {
        "py" | "rb" | "sh" | "bash" | "zsh" | "fish" | "yaml" | "yml" | "toml" | "env" | "properties" | "tf"
        | "tfvars" | "hcl" | "r" | "pl" | "pm" | "ex" | "exs" | "jl" | "nim" | "ps1" | "psm1" | "dockerfile"
        | "makefile" | "mk" | "conf" | "cr" | "tcl" | "coffee" | "envrc" | "caddyfile" => ("# ", ""),
        "js" | "mjs" | "cjs" | "ts" | "tsx" | "jsx" | "go" | "rs" | "java" | "kt" | "kts" | "swift" | "c" | "h"
        | "cpp" | "cc" | "hpp" | "cs" | "scala" | "dart" | "groovy" | "gradle" | "jenkinsfile" | "zig" | "v"
        | "php" | "m" | "mm" | "fs" | "fsx" | "proto" | "jsonc" | "json5" | "sol" | "d" | "odin" => ("// ", ""),
        "sql" | "lua" | "hs" | "elm" | "ada" | "adb" => ("-- ", ""),
        "ini" | "cfg" | "clj" | "cljs" | "edn" | "lisp" | "scm" | "rkt" | "el" => ("; ", ""),
        "erl" | "hrl" | "tex" | "pro" => ("% ", ""),
        "vb" | "vbs" | "bas" | "cls" => ("' ", ""),
        "xml" | "html" | "htm" | "vue" | "svelte" | "svg" | "plist" | "jmx" | "csproj" | "config" | "xaml" | "pom" => {
            ("<!-- ", " -->")
        }
        _ => return None,
    })
}

/// Has comments from `/*` to `*/`, and strings in quotes.
pub(super) fn has_block_comments(language: &str) -> bool {
    comment(language).is_some_and(|(open, _)| open == "// ")
}

/// Takes a string in either quote to be the same.
pub(super) fn takes_both_quotes(language: &str) -> bool {
    matches!(
        language,
        "py" | "js"
            | "mjs"
            | "cjs"
            | "ts"
            | "tsx"
            | "jsx"
            | "rb"
            | "php"
            | "lua"
            | "sh"
            | "bash"
            | "zsh"
            | "yaml"
            | "yml"
            | "toml"
            | "html"
            | "htm"
            | "xml"
            | "vue"
            | "dart"
            | "r"
            | "pl"
            | "groovy"
            | "jmx"
            | "coffee"
            | "json5"
    )
}

/// Is a program, in which names are bound by `name = …`.
pub(super) fn binds_names(language: &str) -> bool {
    matches!(
        language,
        "py" | "js"
            | "mjs"
            | "cjs"
            | "ts"
            | "tsx"
            | "jsx"
            | "rb"
            | "lua"
            | "go"
            | "rs"
            | "java"
            | "kt"
            | "swift"
            | "cs"
            | "cpp"
            | "cc"
            | "scala"
            | "dart"
            | "groovy"
            | "php"
            | "jl"
            | "nim"
            | "zig"
            | "ex"
            | "exs"
            | "d"
            | "coffee"
            | "cr"
            | "fs"
    )
}

pub(super) fn is_json(language: &str) -> bool {
    matches!(language, "json" | "har" | "ipynb" | "map" | "postman_collection" | "avsc" | "jsonl")
}

/// Has a record in each line.
pub(super) fn is_table(language: &str) -> bool {
    matches!(language, "csv" | "tsv")
}

/// Notebooks have cells of it.
pub(super) fn is_run_in_cells(language: &str) -> bool {
    binds_names(language) || matches!(language, "r" | "sh" | "bash" | "ps1" | "sql" | "pl" | "fsx" | "clj")
}

pub(super) fn is_markup(language: &str) -> bool {
    comment(language).is_some_and(|(open, _)| open == "<!-- ")
}

/// A file whose lines mean what they mean at their beginning only.
pub(super) fn is_bound_to_the_margin(language: &str) -> bool {
    matches!(
        language,
        "csv" | "tsv" | "diff" | "patch" | "http" | "rest" | "txt" | "log" | "md" | "rst" | "adoc" | "eml" | "netrc"
    )
}
