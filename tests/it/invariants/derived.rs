//! Content that was made of other content by a delta is judged as if nobody knew of what it was made.

use std::ops::Range;

use keyhound::{
    delta::Edit,
    detect::{BlobState, Detector},
    finding::Confidence,
    origin::Origin,
    scan::{self, Progress},
    source::{Attribution, Blob, Content, Source, SourceError, Worker, Workers},
    suppress::Policy,
};
use proptest::prelude::*;

use super::material::{content, detector, encoded, example, header, joined, key, rules_with};
use crate::support::encode::utf16;

/// What a delta makes next: a piece of the base (both in 65,536ths of its length), or new bytes.
#[derive(Clone, Debug)]
enum Step {
    Copy {
        from: u16,
        to: u16,
    },
    /// Where the last copied piece ended, as a git delta goes on behind an insertion.
    Continue {
        skipped: u8,
        to: u16,
    },
    Insert(Vec<u8>),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let few = prop::collection::vec(any::<u8>(), 0..6);
    let step = prop_oneof![
        3 => (any::<u16>(), any::<u16>()).prop_map(|(from, to)| Step::Copy { from, to }),
        4 => (0..9_u8, any::<u16>()).prop_map(|(skipped, to)| Step::Continue { skipped, to }),
        1 => Just(Step::Copy { from: 0, to: u16::MAX }),
        1 => content().prop_map(Step::Insert),
        2 => few.prop_map(Step::Insert),
        2 => prop::sample::select(vec!["sk_li", "ve_", "X-API", "-Key", "_", "\"", "c2tf", "a", "\u{feff}", "\\u005f", "\0"])
            .prop_map(|text| Step::Insert(text.as_bytes().to_vec())),
    ];
    prop::collection::vec(step, 0..8)
}

/// The content that the steps make of a base, and the edits.
fn make(base: &[u8], steps: &[Step]) -> (Vec<u8>, Vec<Edit>) {
    let mut made = Vec::new();
    let mut edits = Vec::new();
    let mut stands = 0;
    let place = |part: u16| base.len() * usize::from(part) / usize::from(u16::MAX);
    for step in steps {
        let (start, end) = match step {
            Step::Insert(bytes) => {
                made.extend_from_slice(bytes);
                edits.push(Edit::Insert { length: bytes.len() });
                continue;
            }
            Step::Copy { from, to } => (place(*from.min(to)), place(*from.max(to))),
            Step::Continue { skipped, to } => {
                let start = (stands + usize::from(*skipped)).min(base.len());
                (start, start.max(place(*to)))
            }
        };
        made.extend_from_slice(&base[start..end]);
        edits.push(Edit::Copy { offset: start, length: end - start });
        stands = end;
    }
    (made, edits)
}

/// One key or header in text, encoded or not; where it is, and a place in it or near it, with how much of the text there is
/// not in the base.
fn small_change() -> impl Strategy<Value = (Vec<u8>, Range<usize>)> {
    let filler =
        |length: usize| b"let value = compute(input);\n".iter().copied().cycle().take(length).collect::<Vec<u8>>();
    let piece = prop_oneof![1 => key(), 1 => header(), 3 => encoded()];
    (0..900_usize, piece, 0..900_usize, 0..4000_usize, 0..12_usize).prop_map(
        move |(before, piece, after, place, length)| {
            let text = [filler(before), piece.clone(), filler(after)].concat();
            let start = (before.saturating_sub(200) + place % (piece.len().min(300) + 400)).min(text.len());
            let end = (start + length).min(text.len());
            (text, start..end)
        },
    )
}

fn check(detector: &Detector, base: &[u8], deltas: &[Vec<Step>]) -> Result<(), TestCaseError> {
    let mut base = base.to_vec();
    let mut state = detector.detect(&base).state;
    for steps in deltas {
        let (made, edits) = make(&base, steps);
        let derived = detector.derived(&made, &state, &edits);
        prop_assert_eq!(&derived, &detector.detect(&made), "{:?}", edits);
        (base, state) = (made, derived.state);
    }
    Ok(())
}

/// Content that mostly has no anchor: what is not searched must be seen to be searched rightly.
fn sparse() -> impl Strategy<Value = Vec<u8>> {
    let unit =
        prop::sample::select(vec!["let value = compute(input);\n", "c2tmc2tm ", "sk_liv", "q\u{fc} 005f 0x73,0x6c,\n"]);
    let filler = (unit, 0..6000_usize).prop_map(|(unit, length)| unit.bytes().cycle().take(length).collect());
    let mark = prop::sample::select(vec!["", "", "\u{feff}"]).prop_map(|mark| mark.as_bytes().to_vec());
    (mark, prop::collection::vec(prop_oneof![5 => filler, 1 => content()], 1..4))
        .prop_map(|(mark, pieces)| [mark, pieces.concat()].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_derived_equals_the_whole(base in content(), deltas in prop::collection::vec(steps(), 1..3)) {
        check(&detector(), &base, &deltas)?;
    }

    #[test]
    fn what_is_derived_of_text_with_few_anchors_equals_the_whole(base in sparse(), deltas in prop::collection::vec(steps(), 1..4)) {
        check(&detector(), &base, &deltas)?;
    }

    #[test]
    fn what_a_small_change_makes_equals_the_whole((text, change) in small_change(), other in prop::collection::vec(any::<u8>(), 0..9)) {
        let detector = detector();
        let (before, after) = (&text[..change.start], &text[change.end..]);
        let other = [before, &other, after].concat();
        let skipped = other.len() - before.len() - after.len();
        let ends = |offset| [Edit::Copy { offset: 0, length: before.len() }, Edit::Copy { offset, length: after.len() }];
        // There and back: an anchor comes and goes.
        for (made, base, skipped, inserted) in [(&text, &other, skipped, change.len()), (&other, &text, change.len(), skipped)] {
            let [first, last] = ends(before.len() + skipped);
            let edits = [first, Edit::Insert { length: inserted }, last];
            let derived = detector.derived(made, &detector.detect(base).state, &edits);
            prop_assert_eq!(&derived, &detector.detect(made), "{:?}", edits);
        }
    }

    #[test]
    fn what_is_derived_of_utf16_equals_the_whole(base in sparse(), big_endian: bool, deltas in prop::collection::vec(steps(), 1..3)) {
        check(&detector(), &utf16(&String::from_utf8_lossy(&base), big_endian), &deltas)?;
    }

    #[test]
    fn what_is_derived_equals_the_whole_for_rules_of_the_user(base in sparse(), slow: bool, deltas in prop::collection::vec(steps(), 1..3)) {
        let head = "name = 'n'\ndescription = 'd'\nseverity = 'low'\nremedy = 'r'";
        let quick = format!("id = 'quick'\n{head}\npattern = 'let value = .{{0,300}}(?s:.)'\nanchors = ['t value = compute(input);\\nlet v']");
        let other = format!("id = 'other'\n{head}\npattern = 'mp\\w+'\nanchors = ['{}']", if slow { "mp" } else { "mput" });
        check(&Detector::new(rules_with(&[&quick.replace("'t v", "\"t v").replace("let v']", "let v\"]"), &other]).into()), &base, &deltas)?;
    }
}

/// Lines that give each other values through few names, so that what is asked about one depends on many others.
const LINES: &[&str] = &[
    "headers = {\"X-API-Key\": API_KEY}\n",
    "API_KEY = \"VALUE\"\n",
    "API_KEY = settings.api_key\n",
    "api_key: \"VALUE\"\n",
    "if api_key == API_KEY:\n    api_key = None\n",
    "HEADER = \"X-API-Key\"\n",
    "request.setHeader(HEADER, key);\n",
    "request.setHeader(HEADER, \"VALUE\");\n",
    "String key = getKey(HEADER, api_key);\n",
    "const key = process.env.API_KEY || \"VALUE\";\n",
    "key = req.headers[\"x-api-key\"]\nif key != \"VALUE\":\n",
    "# sk_live_VALUE\n",
    "# curl -H 'X-API-Key: your-api-key-here'\n",
    "log(\"no X-API-Key for %s\", key, API_KEY)\n",
    "\n",
    "\0\n",
];

/// A line of [`LINES`], with a value, or text without anchors, which lets neighbourhoods end.
fn line() -> impl Strategy<Value = String> {
    let line = (prop::sample::select(LINES), "[0-9a-f]{24}").prop_map(|(line, value)| line.replace("VALUE", &value));
    let filler = (1..80_usize).prop_map(|lines| "let value = compute(input);\n".repeat(lines));
    prop_oneof![3 => line, 1 => filler, 1 => example().prop_map(|text| String::from_utf8_lossy(&text).into_owned() + "\n")]
}

/// What becomes of some lines of a version: replaced, taken out, or put in more.
type Change = (prop::sample::Index, Vec<String>, usize);

fn changed(lines: &mut Vec<String>, changes: &[Change]) -> Vec<Edit> {
    let mut places: Vec<_> =
        changes.iter().map(|(at, new, old)| (at.index(lines.len() + 1), new.clone(), *old)).collect();
    places.sort_by_key(|(at, ..)| *at);
    let length = |lines: &[String]| lines.iter().map(String::len).sum::<usize>();
    let (mut made, mut edits, mut next, mut offset) = (Vec::new(), Vec::new(), 0, 0);
    for (at, new, old) in places.into_iter().filter(|(at, ..)| *at <= lines.len()) {
        let at = at.max(next);
        let copied = length(&lines[next..at]);
        edits.extend([Edit::Copy { offset, length: copied }, Edit::Insert { length: length(&new) }]);
        made.extend_from_slice(&lines[next..at]);
        next = (at + old).min(lines.len());
        offset += copied + length(&lines[at..next]);
        made.extend(new);
    }
    edits.push(Edit::Copy { offset, length: length(&lines[next..]) });
    made.extend_from_slice(&lines[next..]);
    *lines = made;
    edits
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_of_the_base_are_those_that_would_be_given_again(
        mark: bool,
        mut lines in prop::collection::vec(line(), 1..50),
        versions in prop::collection::vec(prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(line(), 0..3), 0..3_usize), 1..3), 1..6),
    ) {
        if mark {
            lines[0].insert(0, '\u{feff}');
        }
        let detector = detector();
        let mut state = detector.detect(lines.concat().as_bytes()).state;
        for changes in versions {
            let edits = changed(&mut lines, &changes);
            let made = lines.concat();
            let derived = detector.derived(made.as_bytes(), &state, &edits);
            prop_assert_eq!(&derived, &detector.detect(made.as_bytes()), "{:?}", edits);
            state = derived.state;
        }
    }
}

/// A base and what is made of it, one of the other, handed out with or without a word about that.
struct Chain {
    base: Vec<u8>,
    made: Vec<(Vec<u8>, Vec<Edit>)>,
    tells: bool,
}

impl Source for Chain {
    fn visit<W: Workers>(&self, workers: &W) -> Result<(), SourceError> {
        let origin = |number: usize| Origin::Index { path: format!("versions/{number}").into() };
        let mut worker = workers.worker();
        let mut state = worker.blob(Blob { origin: &origin(0), content: Content::Bytes(&self.base) });
        for (number, (bytes, edits)) in self.made.iter().enumerate() {
            let origin = origin(number + 1);
            let blob = Blob { origin: &origin, content: Content::Bytes(bytes) };
            state = if self.tells { worker.derived(blob, &state, edits) } else { worker.blob(blob) };
        }
        Ok(())
    }

    fn attribute(&self, origins: &[&Origin]) -> Result<Vec<Vec<Attribution>>, SourceError> {
        Ok(vec![vec![Attribution::default()]; origins.len()])
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_worker_that_is_told_of_deltas_reports_the_same(base in sparse(), deltas in prop::collection::vec(steps(), 1..5)) {
        let mut made: Vec<(Vec<u8>, Vec<Edit>)> = Vec::new();
        for steps in &deltas {
            let next = make(made.last().map_or(&base, |(bytes, _)| bytes), steps);
            made.push(next);
        }
        let report = |tells| {
            let chain = Chain { base: base.clone(), made: made.clone(), tells };
            scan::run(&chain, &detector(), &Policy::default(), Confidence::Low, &Progress::default())
        };
        let (told, untold) = (report(true).expect("memory can be read"), report(false).expect("memory can be read"));
        prop_assert_eq!(told.findings, untold.findings);
        prop_assert_eq!(told.masked, untold.masked);
        prop_assert_eq!(told.summary, untold.summary);
    }
}

/// Base and result in every cut: the key's beginning is copied, and its rest, or the other way round.
#[test]
fn anchors_come_about_at_every_seam() {
    let detector = detector();
    let filler = "let value = compute(input);\n".repeat(60);
    let body = joined("<+>9c41f7a02be85d6613fd0a7c4e92b8d15f603ae7c8214b9d7e05f1a36cb8d247");
    for anchor in ["sk_live_", "c2tfbGl2ZV8", "sk%5Flive%5F", "736b5f6c6976655f", "s\0k\0_\0l\0i\0v\0e\0_\0"] {
        let whole = format!("{filler}\"{anchor}{body}\";\n{filler}");
        let without = detector.detect(&vec![b' '; whole.len()]).state;
        let at = filler.len() + 1;
        for cut in at..=at + anchor.len() {
            // The base is the content without one byte, or without all before or behind the cut.
            for base in [[&whole[..cut], &whole[cut + 1..]].concat(), whole[..cut].to_owned(), whole[cut..].to_owned()]
            {
                let state = detector.detect(base.as_bytes()).state;
                let edits = if base.len() + 1 == whole.len() {
                    let (first, rest) = (Edit::Copy { offset: 0, length: cut }, base.len() - cut);
                    vec![first, Edit::Insert { length: 1 }, Edit::Copy { offset: cut, length: rest }]
                } else if whole.starts_with(&base) {
                    vec![Edit::Copy { offset: 0, length: cut }, Edit::Insert { length: whole.len() - cut }]
                } else {
                    vec![Edit::Insert { length: cut }, Edit::Copy { offset: 0, length: base.len() }]
                };
                let derived = detector.derived(whole.as_bytes(), &state, &edits);
                assert_eq!(derived, detector.detect(whole.as_bytes()), "{anchor} at {cut}");
                assert!(![&without, &BlobState::default()].contains(&&derived.state), "the place of {anchor} is known");
            }
        }
    }
}

#[test]
fn edits_that_are_no_truth_are_not_believed() {
    let detector = detector();
    let whole = joined("key = \"sk_live_<+>9c41f7a02be85d6613fd0a7c4e92b8d15f603ae7c8214b9d7e05f1a36cb8d247\"");
    let state = detector.detect(b"short").state;
    for edits in [
        vec![],
        vec![Edit::Copy { offset: 0, length: 5 }],
        vec![Edit::Copy { offset: 0, length: whole.len() }],
        vec![Edit::Copy { offset: usize::MAX, length: whole.len() }],
        vec![Edit::Insert { length: usize::MAX }, Edit::Insert { length: whole.len() + 1 }],
    ] {
        assert_eq!(detector.derived(whole.as_bytes(), &state, &edits).candidates.len(), 1, "{edits:?}");
    }
}
