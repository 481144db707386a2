//! Which literals share a bucket of the packed searcher.
//!
//! The searcher (Teddy) tells apart eight buckets. It stops wherever each of the next four bytes has a lower half that
//! some literal of a bucket has there, and an upper half that some literal has there: not only at its literals, but at
//! every mixture of them. Literals that mix to what no text holds can be many and cost nothing; in the order in which the
//! rules name them they would stop the searcher every few bytes. The table was made of the sources and documentation of
//! free software by `cargo run --release --example buckets`. It decides nothing but speed.

use std::{cmp::Reverse, collections::VecDeque};

/// How many bytes of a literal the searcher looks at before it compares the whole.
const FINGERPRINT: usize = 4;

#[rustfmt::skip]
const BUCKETS: [&[&[u8]]; 8] = [
    &[
        b"za19", b"417069", b"sk\\u", b"sk\\_", b"415049", b"gtQV", b"617069", b"gALQ", b"4AC0", b"gtQX", b"gtYX",
        b"rAF8", b"sAXw", b"746573745",
    ],
    &[
        b"%2D%", b"&#x2D", b"&#x2d", b"&#x5F", b"&#x5f", b"9BUE", b"%73%6", b"&#45;", b"&#95;", b"697665", b"jMnR",
        b"fYXB",
    ],
    &[
        b"c2tf", b"API-\"", b"API-\'", b"API-\\", b"api-\"", b"api-\'", b"api-\\", b"awBf", b"NrX3", b"NrX2", b"MydG",
        b"fQVB",
    ],
    &[
        b"002D", b"002d", b"0x73,", b"\\x5F", b"\\x5f", b"005F", b"005f", b"107,", b"\\x2D", b"\\x2d", b"YLUF",
        b"4LWF",
    ],
    &[
        b"X-AP", b"X-Ap", b"X-aP", b"X-ap", b"x-AP", b"x-Ap", b"x-aP", b"x-ap", b"X_AP", b"X_Ap", b"X_aP", b"X_ap",
        b"x_AP", b"x_Ap", b"x_aP", b"x_ap", b"eAAt", b"x.api.key", b"eC1h", b"WAAt", b"X%2D", b"x%2D", b"WC1B",
    ],
    &[
        b"IA_MAGIC", b"ia_magic", b"-API\"", b"-API\'", b"-API\\", b"-api\"", b"-api\'", b"-api\\", b"XAPIKEY",
        b"XAPIKey", b"XApiKey", b"xAPIKey", b"xApiKey", b"xapikey", b"IAMAGIC", b"iaMagic", b"iamagic", b"YAC0",
        b"ia-magic", b"9hcG", b"YzJ0", b"X\\-A", b"x\\-a",
    ],
    &[
        b"\"X-\\", b"\"x-\\", b"\'X-\'", b"\'x-\'", b"\'sk\'", b"\"X-\"", b"\"x-\"", b"\"sk\\", b"\\137", b"X2Fw",
        b"\"sk\"", b"X0FQ", b"&lowb", b"\'k\',",
    ],
    &[
        b"_\x00A\x00P\x00I", b"k\x00_\x00", b"sk_\\", b"sk_live\"", b"sk_live\'", b"sk_live\\", b"sk_live_",
        b"sk_test\"", b"sk_test\'", b"sk_test\\", b"sk_test_", b"X\x00-\x00", b"x\x00-\x00", b"sk_\"", b"sk%2",
        b"sk%5", b"sk_\'", b"sk=5",
    ],
];

/// The literals of the table that are wanted, in the order for which the searcher makes these buckets: it puts the one
/// with number `n` into the last bucket but `n % 8`, unless an earlier one has the same lower halves, whose bucket it
/// shares.
pub(super) fn in_order(is_wanted: impl Fn(&[u8]) -> bool) -> Vec<&'static [u8]> {
    let mut buckets = BUCKETS.map(|bucket| {
        let wanted: Vec<_> = bucket.iter().copied().filter(|literal| is_wanted(literal)).collect();
        let mut alike: Vec<_> = wanted.chunk_by(|one, next| lower_halves(one) == lower_halves(next)).collect();
        // Of those that are alike only the first one's place matters. The others fill gaps, so they are needed early.
        alike.sort_by_key(|alike| Reverse(alike.len()));
        alike.into_iter().map(<[_]>::to_vec).collect::<VecDeque<_>>()
    });
    let mut order = Vec::new();
    let mut free = Vec::new();
    loop {
        let turn = BUCKETS.len() - 1 - order.len() % BUCKETS.len();
        let alike = buckets[turn].pop_front();
        let next = match alike.or_else(|| Some(vec![free.pop()?])) {
            Some(alike) => alike,
            None => match buckets.iter_mut().max_by_key(|bucket| bucket.len()).and_then(VecDeque::pop_front) {
                Some(misplaced) => misplaced,
                None => return order,
            },
        };
        order.push(next[0]);
        free.extend(&next[1..]);
    }
}

fn lower_halves(literal: &[u8]) -> [u8; FINGERPRINT] {
    std::array::from_fn(|at| literal[at] & 0xf)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which bucket the searcher puts each literal into, by its own rule.
    fn bucket_of(order: &[&[u8]], literal: &[u8]) -> usize {
        let first = order.iter().position(|other| lower_halves(other) == lower_halves(literal)).unwrap();
        BUCKETS.len() - 1 - first % BUCKETS.len()
    }

    #[test]
    fn literals_come_into_their_buckets() {
        let order = in_order(|_| true);
        assert_eq!(order.len(), BUCKETS.iter().map(|bucket| bucket.len()).sum::<usize>());
        for (number, bucket) in BUCKETS.iter().enumerate() {
            for literal in *bucket {
                assert!(order.contains(literal), "{}", literal.escape_ascii());
                assert_eq!(bucket_of(&order, literal), number, "{}", literal.escape_ascii());
            }
        }
    }

    #[test]
    fn what_is_wanted_is_there_whatever_is_left_out() {
        for left_out in BUCKETS {
            let is_wanted = |literal: &[u8]| !left_out.contains(&literal);
            let mut order = in_order(is_wanted);
            let mut wanted: Vec<_> = BUCKETS.concat().into_iter().filter(|literal| is_wanted(literal)).collect();
            order.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(order, wanted);
        }
    }
}
