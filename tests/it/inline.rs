//! Comments that forgive, through the program: what they cover is tested beside the code.

use crate::support::{Sandbox, keys};

#[test]
fn a_comment_covers_its_line_and_no_other() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.py", format!("a = '{}'  # keyhound:allow -- a sample\n", keys::live(1)));
    sandbox.keyhound(&["scan", "."]).expect(0);
    sandbox.write("b.py", format!("# keyhound:allow-next-line\na = '{}'\nb = '{}'\n", keys::live(2), keys::live(3)));
    sandbox.keyhound(&["scan", "."]).expect(1).says("--> b.py:3").never_says("--> b.py:2").never_says("--> a.py");
}

#[test]
fn comments_of_other_scanners_cover_too() {
    let sandbox = Sandbox::repository();
    for (number, comment) in
        ["gitleaks:allow", "betterleaks:allow", "trufflehog:ignore", "pragma: allowlist secret", "kingfisher:ignore"]
            .iter()
            .enumerate()
    {
        sandbox.write(format!("{number}.py"), format!("a = '{}' # {comment}\n", keys::live(1)));
    }
    sandbox.keyhound(&["scan", "."]).expect(0);
}

#[test]
fn a_header_value_that_contains_a_comment_hides_nothing() {
    let sandbox = Sandbox::repository();
    let key = keys::live(1);
    let value = ["Zt9KqW3xLb7V", "gitleaks:allow", "nR2mYf4HcJ8d"].concat();
    sandbox.write("a.py", format!("headers = {{\"X-API-Key\": \"{value}\"}}\n"));
    sandbox.write("b.py", format!("headers = {{\"X-API-Key\": \"{value}\", \"b\": \"{key}\"}}\n"));
    sandbox.keyhound(&["scan", "."]).expect(1).says("a.py:1").says("b.py:1").never_says(&value);
}

#[test]
fn the_name_of_a_file_forgives_nothing() {
    let sandbox = Sandbox::repository();
    sandbox.write(format!("{} # keyhound:allow", keys::live(1)), "");
    sandbox.keyhound(&["scan", "."]).expect(1);
}
