use proptest::prelude::*;

use super::*;
use crate::rule;

fn forms() -> impl Strategy<Value = Form> {
    prop_oneof![
        (0..4_usize).prop_map(|phase| Form::Base64 { phase }),
        prop::sample::select(vec![Form::Hex, Form::Utf16, Form::Array]),
        prop::sample::select(vec![Escape::Backslash, Escape::Percent, Escape::Equals, Escape::Entity])
            .prop_map(Form::Escaped),
    ]
}

/// Bytes that look encoded, in pieces.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => prop::sample::select(vec![
            &b"c2tf"[..], b"k\0_\0", b"\\u005f", b"\\u00", b"\\x5", b"\\1", b"\\\\", b"\\", b"%5F", b"%", b"=5F", b"=\r\n",
            b"&#95;", b"&lowbar;", b"&", b"0x73, ", b"0x", b"\"", b"'", b"\n", b"\r\n    ", b"\\n", b"+", b"%2F", b"\\/",
            b"736b5f", b"s\0", b"\xd8\x3d", b"\\ud83d", b"# ", b"\\n\",\n", b"x-api-key",
        ]).prop_map(<[u8]>::to_vec),
        1 => "[A-Za-z0-9+/]{60,76}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..9),
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

/// Every byte of a view comes from bytes of the text that was decoded, in order.
fn check_sources(view: &View, text: &[u8], bounds: Range<usize>) {
    let mut last = bounds.start..bounds.start;
    for at in 0..view.text.len() {
        let source = view.source(at..at + 1);
        assert!(source.start < source.end && source.end <= bounds.end.min(text.len()), "{source:?} of {bounds:?}");
        assert!(source.start >= last.start && source.end >= last.end, "{source:?} after {last:?}");
        last = source;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_place_is_out_of_range(text in text(), form in forms(), at in 0..200_usize, length in 0..9_usize, reach in 0..300_usize) {
        let at = at.min(text.len());
        let place = at..(at + length).min(text.len());
        // The last piece of what a form spells may end beyond the reach.
        check_sources(&form.decode(&text, &place, reach), &text, at.saturating_sub(reach)..at + reach + 1);
        if let Some(view) = layers::lines(&text, &place) {
            check_sources(&view, &text, 0..text.len());
        }
    }

    #[test]
    fn what_is_decoded_was_encoded(bytes in prop::collection::vec(any::<u8>(), 1..60), spare in 0..3_usize) {
        let whole = [&vec![b'!'; spare][..], &bytes].concat();
        let encoded: Vec<u8> = whole.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect();
        let place = 2 * spare..2 * spare + 2;
        let view = Form::Hex.decode(&encoded, &place, CONTEXT);
        prop_assert_eq!(&view.text, &whole);
        prop_assert_eq!(view.source(spare..whole.len()), 2 * spare..encoded.len());

        let (characters, phase) = base64::encoded_inside(&whole, 0);
        let view = base64::decode(&characters, &(0..1), phase, CONTEXT);
        // The last byte may need one character more than the text alone decides.
        let whole_groups = whole.len() / 3 * 3;
        prop_assert_eq!(&view.text[..whole_groups], &whole[..whole_groups]);

        let escaped: Vec<u8> = whole.iter().flat_map(|byte| format!("%{byte:02X}").into_bytes()).collect();
        let view = Form::Escaped(Escape::Percent).decode(&escaped, &(3 * spare..3 * spare + 3), CONTEXT);
        prop_assert_eq!(&view.text, &whole);
        prop_assert_eq!(view.made_from(&(3 * spare..escaped.len())), spare..whole.len());
    }
}

#[test]
fn base64_inside_of_other_text_is_that_of_the_standard() {
    // RFC 4648, section 10: the characters that `foobar` alone decides.
    assert_eq!(base64::encoded_inside(b"foobar", 0), (b"Zm9vYmFy".to_vec(), 0));
    // As `base64` of `.foobar` and `..foobar` prints them: `LmZvb2Jhcg==`, `Li5mb29iYXI=`.
    assert_eq!(base64::encoded_inside(b"foobar", 1), (b"Zvb2Jhc".to_vec(), 2));
    assert_eq!(base64::encoded_inside(b"foobar", 2), (b"mb29iYX".to_vec(), 3));
}

#[test]
fn escapes_are_resolved() {
    for (escape, text, decoded) in [
        (Escape::Backslash, r#"\u0041\u{42}\x43\104\n\"\\\/\U00000045"#, "ABCD\n\"\\/E"),
        (Escape::Backslash, r"\u00\x4\9\u{110000}\ud800\q\1", r"\u00\x4\9\u{110000}\ud800\q\1"),
        (Escape::Percent, "a%41%4a%+1%", "aAJ%+1%"),
        (Escape::Equals, "a=5F=\r\nb=\nc=", "a_bc="),
        (Escape::Entity, "&#95;&#x5F;&lowbar;&quot;&nothing;&#;&", "___\"&nothing;&#;&"),
    ] {
        let view = Form::Escaped(escape).decode(text.as_bytes(), &(0..1), CONTEXT);
        assert_eq!(String::from_utf8_lossy(&view.text), decoded, "{text}");
    }
}

#[test]
fn a_view_of_a_view_leads_back_to_the_bytes() {
    // base64 of an escaped prefix, in which nothing is a key.
    let detector = Detector::new(rule::builtin().into());
    let text = b"= c2tfbGl2ZV94eHh4eHh4eHh4eHh4eHh4 =";
    let pieces = detector.anchors.search(text, 0..text.len()).pieces;
    let hits: Vec<_> = pieces.into_iter().map(|piece| detector.fragments.hit(piece)).collect();
    let [hit] = &hits[..] else { panic!("{hits:?}") };
    let found = examine(&detector, text, hit);
    let [(_, examined)] = &found[..] else { panic!("{found:?}") };
    assert_eq!((examined.value.clone(), examined.verdict.is_err()), (2..34, true));
}
