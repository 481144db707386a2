//! Asking about a line changes nothing of what is found, and the answer is the same however content is cut.

use keyhound::{
    detect::{Detection, Detector},
    trace::{Question, Verdict},
};
use proptest::prelude::*;

use super::material::{content, detector, feed_in_steps};

fn traced(detector: &Detector, bytes: &[u8], steps: &[usize], question: Question) -> Detection {
    feed_in_steps(detector.begin().tracing(question), bytes, steps)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_answer_does_not_depend_on_the_windows(
        content in content(),
        steps in prop::collection::vec(1..20_000_usize, 1..4),
        line in 1..30_u64,
        column in prop::option::of(1..200_u64),
    ) {
        let detector = detector();
        let question = Question { line, column };
        let whole = detector.begin().tracing(question).whole(&content);
        prop_assert_eq!(&traced(&detector, &content, &steps, question), &whole);
        let trace = whole.trace.clone().expect("it was asked for");
        prop_assert!(trace.masked.iter().all(|(span, _)| span.start < trace.base + trace.text.len() as u64));
        prop_assert!(line > trace.lines || !trace.text.contains(&b'\n'));
        prop_assert_eq!(Detection { trace: None, ..whole }, detector.detect(&content));
    }

    #[test]
    fn whoever_asks_about_a_finding_is_told_of_it(content in content()) {
        let detector = detector();
        for candidate in detector.detect(&content).candidates {
            for column in [None, Some(candidate.start.column)] {
                let question = Question { line: candidate.start.line, column };
                let trace = detector.begin().tracing(question).whole(&content).trace.expect("it was asked for");
                let is_it = |verdict: Verdict| matches!(verdict, Verdict::Plausible { confidence, .. } if confidence == candidate.confidence);
                let told = trace.values.iter().any(|value| {
                    value.rule == candidate.rule && value.span == candidate.span && value.start == candidate.start && is_it(value.verdict)
                });
                prop_assert!(told || trace.left_out > 0, "{:?} of {:?}", trace, candidate.start);
            }
        }
    }
}
