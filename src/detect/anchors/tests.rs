use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::{
    detect::encoded::Fragments,
    rule::{self, RuleSet},
};

/// Every anchor and piece at every offset, by comparison alone.
fn naive(rules: &[Rule], pieces: &[&[u8]], block: &[u8], range: Range<usize>) -> Found {
    let mut found = Found::default();
    for start in range {
        for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| !is_slow(rule)) {
            for anchor in &rule.anchors {
                let end = start + anchor.text.len();
                let Some(text) = block.get(start..end) else { continue };
                let literal = anchor.text.as_bytes();
                if if anchor.ignore_case { text.eq_ignore_ascii_case(literal) } else { text == literal } {
                    found.anchors.push(Hit { start, rule: RuleIndex(index), end });
                }
            }
        }
        for (number, piece) in pieces.iter().enumerate() {
            if block[start..].starts_with(piece) {
                found.pieces.push(Piece { start, number });
            }
        }
    }
    found.anchors.sort_unstable();
    found.anchors.dedup();
    found
}

/// Those of encoded text, and some that anchors of the user begin, end and repeat.
fn pieces() -> Vec<Vec<u8>> {
    let fragments = Fragments::new();
    let own: [&[u8]; 4] = [b"key_k", b"ey_k", b"aaaaa", b"c2tfc2tf"];
    fragments.pieces().chain(own).map(<[u8]>::to_vec).collect()
}

fn user_rule(id: &str, anchors: &[&str]) -> String {
    let texts = "name = 'n'\ndescription = 'd'\nseverity = 'low'\nremedy = 'r'\npattern = 'x'";
    format!("[[rule]]\nid = '{id}'\n{texts}\nanchors = {anchors:?}\n")
}

/// The built-in rules and some whose anchors begin, contain, repeat and outnumber each other.
fn rules() -> RuleSet {
    let many: Vec<_> = (0..70).map(|n| format!("k{n:02}y")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let user = [
        user_rule("nested", &["key_", "key_key_", "ey_key", "(?i)KEY_", "_key", "_key"]),
        user_rule("late-fragment", &["(?i)aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-1-2"]),
        user_rule("early-fragment", &["(?i)1-2-aaaaaaaaaaaaaaaaaa"]),
        user_rule("repeating", &["aaaa", "aaaaa", "(?i)aaaaaa"]),
        user_rule("other-bytes", &["(?i)é-clé", "ÿþ—"]),
        user_rule("begins-a-piece", &["c2tf", "c2tfbGl2", "(?i)NRX2"]),
        user_rule("short", &["key"]),
        user_rule("many", &many),
    ];
    let config = crate::config::load(user.concat().as_bytes(), "test").unwrap_or_else(|errors| panic!("{errors}"));
    Arc::unwrap_or_clone(config.rules)
}

/// Pieces of anchors, so that random text is full of whole ones and of ones that just fail.
fn dense() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<Vec<u8>> = rules()
        .rules
        .iter()
        .flat_map(|rule| &rule.anchors)
        .flat_map(|anchor| {
            let (whole, upper) = (anchor.text.as_bytes().to_vec(), anchor.text.to_ascii_uppercase().into_bytes());
            let (head, tail) = (whole[..whole.len() - 1].to_vec(), whole[1..].to_vec());
            [whole, upper, head, tail]
        })
        .chain(pieces())
        .chain([b"a".to_vec(), b"_".to_vec(), b"-1-2".to_vec(), b"sk_".to_vec(), vec![0]])
        .collect();
    prop::collection::vec(prop::sample::select(pieces), 0..40).prop_map(|pieces| pieces.concat())
}

fn check(block: &[u8], from: usize, length: usize) {
    let rules = rules();
    let pieces = pieces();
    let pieces: Vec<_> = pieces.iter().map(Vec::as_slice).collect();
    let from = from.min(block.len());
    let range = from..(from + length).min(block.len());
    let expected = naive(&rules.rules, &pieces, block, range.clone());
    let anchors = Anchors::new(&rules.rules, pieces.iter().copied());
    assert!(anchors.groups.len() > 1, "the literals must not fit into one searcher");
    assert_eq!(anchors.search(block, range.clone()), expected);
    let fragments = fragments(&rules.rules, pieces.iter().copied());
    let without_vectors = Anchors::with(fragments, Searcher::automaton, Searcher::automaton);
    assert_eq!(without_vectors.search(block, range), expected, "without vector instructions");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_in_text_full_of_anchors(block in dense(), from in 0..400_usize, length in 0..400_usize) {
        check(&block, from, length);
    }

    #[test]
    fn nothing_is_lost_in_random_bytes(block in prop::collection::vec(any::<u8>(), 0..500), from in 0..50_usize) {
        check(&block, from, 500);
    }
}

#[test]
fn an_anchor_is_found_at_every_offset_of_a_block() {
    let rules = rules();
    let anchors = Anchors::new(&rules.rules, []);
    for length in 0..100 {
        for start in 0..length {
            let mut block = vec![b'.'; length];
            let end = (start + 8).min(length);
            block[start..end].copy_from_slice(&b"sk_live_"[..end - start]);
            assert_eq!(anchors.search(&block, 0..length), naive(&rules.rules, &[], &block, 0..length));
        }
    }
}

#[test]
fn letters_of_any_case_are_found_where_an_anchor_ignores_it() {
    let rules = rule::builtin();
    let anchors = Anchors::new(&rules.rules, []);
    let name = b"x-api-key";
    for case in 0..1_u32 << name.len() {
        let bit = |at: usize| case >> at & 1 == 1;
        let spelled: Vec<u8> =
            (0..name.len()).map(|at| if bit(at) { name[at].to_ascii_uppercase() } else { name[at] }).collect();
        assert_eq!(
            anchors.search(&spelled, 0..spelled.len()).anchors.len(),
            1,
            "{}",
            String::from_utf8_lossy(&spelled)
        );
    }
}

#[test]
fn rules_without_anchors_need_no_searcher() {
    assert_eq!(Anchors::new(&[], []).search(b"sk_live_", 0..8), Found::default());
}

#[test]
fn an_anchor_that_starts_in_a_range_is_found_though_its_fragment_does_not() {
    let rules = rules();
    let anchors = Anchors::new(&rules.rules, []);
    let anchor = "A".repeat(60) + "-1-2";
    let (late, _) = rules.by_id("late-fragment").unwrap();
    for end in 1..anchor.len() {
        let hits = anchors.search(anchor.as_bytes(), 0..end).anchors;
        assert!(hits.contains(&Hit { start: 0, rule: late, end: anchor.len() }), "range of {end}");
    }
}

#[test]
fn all_that_keyhound_brings_is_searched_for_by_one_packed_searcher() {
    let rules = rule::builtin();
    let fragments = Fragments::new();
    let order = buckets::in_order(|_| true);
    for literal in literals(&rules.rules, fragments.pieces()) {
        let advice = "make the table of buckets anew: `cargo run --release --example buckets -- DIRECTORY…`";
        assert!(order.contains(&literal.as_slice()), "{}: {advice}", literal.escape_ascii());
    }
    let anchors = Anchors::new(&rules.rules, fragments.pieces());
    assert_eq!(anchors.groups.len(), 1);
    let has_vectors = cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));
    assert!(!has_vectors || matches!(anchors.groups[0].searcher, Searcher::Packed(_)));
}
