//! Values of the header that stand far from it: through identifiers and constants of the same text, however it is cut
//! into windows and wherever it comes from. What is found of single texts is beside the code.

use std::{fmt::Write as _, sync::Arc};

use keyhound::{
    detect::{Detection, Detector},
    rule,
};

use crate::{invariants::material::detect_in_steps, support::Sandbox};

fn value() -> String {
    ["q8ZtKw3Lx9Vb", "Nf2Rj7Ym4Hd6"].concat()
}

fn detector() -> Detector {
    Detector::new(Arc::new(rule::builtin()))
}

/// Lines that have nothing to do with it.
fn filler(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 64);
    let mut number = 0;
    while text.len() < bytes {
        writeln!(text, "line {number} of what api_key_of has nothing to do with").unwrap();
        number += 1;
    }
    text
}

/// The lines of the values and of what relates to them.
fn lines(detection: &Detection) -> Vec<(u64, Vec<u64>)> {
    let related =
        |candidate: &keyhound::detect::Candidate| candidate.related.iter().map(|place| place.start.line).collect();
    detection.candidates.iter().map(|candidate| (candidate.start.line, related(candidate))).collect()
}

#[test]
fn distance_and_windows_change_nothing() {
    let (value, filler) = (value(), filler(40_000));
    let lines_between = filler.lines().count() as u64;
    let constant = format!("NAME1 = \"X-API-Key\"\n{filler}api_key = \"{value}\"\n{filler}h = {{NAME1: api_key}}\n");
    let alias = format!("h = {{\"X-API-Key\": self.key}}\n{filler}self.key = api_key\n{filler}api_key = \"{value}\"\n");
    let detector = detector();
    for (text, expected) in [
        (&constant, vec![(2 + lines_between, vec![3 + 2 * lines_between])]),
        (&alias, vec![(3 + 2 * lines_between, vec![1])]),
    ] {
        let whole = detector.detect(text.as_bytes());
        assert_eq!(lines(&whole), expected);
        for steps in [&[1000][..], &[9000, 1, 77], &[16_384]] {
            assert_eq!(detect_in_steps(&detector, text.as_bytes(), steps), whole, "{steps:?}");
        }
    }
}

#[test]
fn in_utf_16_too() {
    let text = format!("\u{feff}API_KEY = \"{}\"\r\nh = {{\"X-API-Key\": API_KEY}}\r\n", value());
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(lines(&detector().detect(&bytes)), [(1, vec![2])]);
}

/// Where the first finding of a report is, and what relates to it.
fn first(report: &serde_json::Value) -> [Option<u64>; 2] {
    let finding = &report["findings"][0];
    [finding["start"]["line"].as_u64(), finding["related"][0]["start"]["line"].as_u64()]
}

#[test]
fn large_files_are_read_again_and_standard_input_is_kept_up_to_a_bound() {
    let sandbox = Sandbox::new();
    for (megabytes, of_input) in [(3, true), (9, false)] {
        let text = format!("h = {{\"X-API-Key\": API_KEY}}\n{}API_KEY = \"{}\"\n", filler(megabytes << 20), value());
        let expected = [Some(text.lines().count() as u64), Some(1)];
        sandbox.write("large.py", &text);
        let of_file = sandbox.keyhound(&["scan", "--format", "json", "large.py"]).expect(1).json();
        assert_eq!(first(&of_file), expected);
        let arguments = ["scan", "--format", "json", "-"];
        let output = sandbox.keyhound_with_input(&arguments, text.as_bytes());
        assert_eq!(first(&output.expect(i32::from(of_input)).json()), if of_input { expected } else { [None, None] });
    }
}

#[test]
fn what_is_tracked_and_larger_than_what_is_read_at_once_is_not_taken_for_changed() {
    let sandbox = Sandbox::repository();
    let text = format!("h = {{\"X-API-Key\": API_KEY}}\n{}API_KEY = \"{}\"\n", filler(9 << 20), value());
    sandbox.write("large.py", &text);
    sandbox.commit_all();
    // The same content, which git has to look at again.
    sandbox.write("large.py", &text);
    let report = sandbox.keyhound(&["scan", "--format", "json"]).expect(1).json();
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert_eq!(report["summary"]["blobs"], 1);
}

#[test]
fn formats_show_where_it_is_sent() {
    let sandbox = Sandbox::new();
    sandbox.write("a.py", format!("api_key = \"{}\"\n\nh = {{\"X-API-Key\": api_key}}\n", value()));
    sandbox.keyhound(&["scan", "a.py"]).expect(1).says("a.py:1:12").says("sent: as X-API-Key at 3:7");
    let sarif = sandbox.keyhound(&["scan", "--format", "sarif", "a.py"]).expect(1).json();
    let related = &sarif["runs"][0]["results"][0]["relatedLocations"][0];
    assert_eq!(related["physicalLocation"]["region"]["startLine"], 3);
}

/// Many uses and definitions cost no more than they have to, and the first ones count.
#[test]
fn what_is_examined_is_bounded() {
    let mut text = String::from("h = {\"X-API-Key\": api_key}\n");
    for number in 0..2000 {
        writeln!(text, "api_key = {}{number:04}\"", &value()[..12].to_owned().replacen('q', "\"q", 1)).unwrap();
    }
    let found = lines(&detector().detect(text.as_bytes()));
    assert_eq!(found.len(), 64);
    assert_eq!(found.last(), Some(&(65, vec![1])));
    // One more identifier than are looked for.
    let uses: String = (0..65).map(|number| format!("h = {{\"X-API-Key\": key_{number}}}\n")).collect();
    let text = format!("{uses}key_63 = \"{}\"\nkey_64 = \"{}\"\n", value(), value());
    assert_eq!(lines(&detector().detect(text.as_bytes())), [(66, vec![64])]);
}
