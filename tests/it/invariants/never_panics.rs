//! No content makes the detector panic, nor the text around a finding lie outside of it.

use proptest::prelude::*;

use super::material::{content, detect_in_steps, detector};

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_scanned(bytes in prop::collection::vec(any::<u8>(), 0..3000), step in 1..3000_usize) {
        let found = detect_in_steps(&detector(), &bytes, &[step]);
        prop_assert_eq!(found.bytes, bytes.len() as u64);
    }

    #[test]
    fn broken_utf16_is_scanned(units in prop::collection::vec(any::<u16>(), 0..1500), odd: bool, step in 1..3000_usize) {
        let mut bytes = vec![0xff, 0xfe];
        bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        bytes.truncate(bytes.len() - usize::from(odd));
        let found = detect_in_steps(&detector(), &bytes, &[step]);
        prop_assert_eq!(found.bytes, bytes.len() as u64);
    }

    #[test]
    fn what_is_found_lies_in_the_content(content in content()) {
        for candidate in detector().detect(&content).candidates {
            let excerpt = &candidate.excerpt;
            let others_are_inside = excerpt.others.iter().all(|other| other.start < other.end && other.end <= excerpt.text.len());
            prop_assert!(others_are_inside);
            prop_assert!(excerpt.lines().end <= excerpt.text.len());
            prop_assert_eq!(excerpt.base + excerpt.value.start as u64, candidate.span.start);
            prop_assert_eq!(excerpt.value.len() as u64, candidate.span.end - candidate.span.start);
            prop_assert!(candidate.start < candidate.end);
        }
    }
}
