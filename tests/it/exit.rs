//! Exit codes: one test for each row of the table in `keyhound --help`.

use crate::support::{Sandbox, keys};

#[test]
fn a_complete_scan_that_finds_nothing_is_0() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", "nothing here\n");
    sandbox.keyhound(&["scan"]).expect(0);
}

#[test]
fn a_finding_is_1() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", keys::live(1));
    sandbox.keyhound(&["scan"]).expect(1);
}
