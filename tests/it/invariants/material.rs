//! Content to try things on: text full of keys, of near misses and of what makes decoding hard. Keys are assembled here;
//! none stands in this file.

use std::sync::Arc;

use keyhound::{
    config,
    detect::{Detection, Detector, Session},
    rule::{self, RuleSet},
};
use proptest::prelude::*;

use crate::support::encode::{base64, base64_url, each, hex, utf16};

/// Text as it is written, with the splice mark taken out: whole keys exist at run time only.
pub(super) fn joined(text: &str) -> String {
    text.replace("<+>", "")
}

/// A detector with the built-in rules.
pub(super) fn detector() -> Detector {
    Detector::new(rule::builtin().into())
}

/// The built-in rules and these, written as in the configuration.
pub(super) fn rules_with(user_rules: &[&str]) -> RuleSet {
    let text: String = user_rules.iter().map(|rule| format!("[[rule]]\n{rule}\n")).collect();
    let config = config::load(text.as_bytes(), "test").unwrap_or_else(|errors| panic!("{errors}"));
    Arc::unwrap_or_clone(config.rules)
}

/// Feeds `content` in steps of these sizes, over and over, as a reader does: what is not done with stays in front.
pub(crate) fn detect_in_steps(detector: &Detector, content: &[u8], steps: &[usize]) -> Detection {
    feed_in_steps(detector.begin(), content, steps)
}

pub(super) fn feed_in_steps(mut session: Session<'_>, content: &[u8], steps: &[usize]) -> Detection {
    loop {
        let mut window = Vec::new();
        let mut at = 0;
        for &step in steps.iter().cycle() {
            let end = (at + step.max(1)).min(content.len());
            window.extend_from_slice(&content[at..end]);
            at = end;
            let done = session.feed(&window, at == content.len());
            window.drain(..done);
            if at == content.len() {
                break;
            }
        }
        if !session.again() {
            return session.finish();
        }
    }
}

/// A complete key of `MediaMagic`'s published form.
pub(super) fn key() -> impl Strategy<Value = Vec<u8>> {
    (prop::sample::select(vec!["sk_live_", "sk_test_"]), "[0-9a-f]{64}")
        .prop_map(|(prefix, body)| (prefix.to_owned() + &body).into_bytes())
}

/// Anything that starts like a key.
fn token() -> impl Strategy<Value = Vec<u8>> {
    let body = prop_oneof![
        "[0-9a-f]{64}",
        "[A-Za-z0-9]{24}",
        "[A-Za-z0-9_-]{0,120}",
        "[a-z_]{0,30}",
        "(ab){4,900}c?",
        "(sk_live_|-|x){0,60}"
    ];
    (
        prop::sample::select(vec![
            "sk_live_",
            "sk_test_",
            "_sk_live_",
            "task_test_",
            "sk_liv",
            "sk_Test_",
            "%ssk_live_",
        ]),
        body,
    )
        .prop_map(|(prefix, body)| (prefix.to_owned() + &body).into_bytes())
}

/// The header's name in many spellings and shapes, with values.
pub(super) fn header() -> impl Strategy<Value = Vec<u8>> {
    let name = prop_oneof!["[Xx]-[Aa][Pp][Ii]-[Kk][Ee][Yy]", "X_API_KEY", "xApiKey", "MEDIAMAGIC_API_KEY", "x-api-ke"];
    let between = prop::sample::select(vec![": ", "=", "\": \"", "', '", "\"] = \"", ":", " => ", "\\\": \\\"", "\n"]);
    let value = prop_oneof!["[0-9a-f]{32}", "[A-Za-z0-9]{8,40}", "your-api-key", "\\$\\{KEY\\}", "[!-~]{0,60}"];
    let after = prop::sample::select(vec!["", "\"", "'", "\n", "\");\n", "\\\"", "}"]);
    (name, between, value, after)
        .prop_map(|(name, between, value, after)| (name + between + &value + after).into_bytes())
}

/// What the rules' own files give as examples and counter-examples.
pub(super) fn example() -> impl Strategy<Value = Vec<u8>> {
    let rules = rule::builtin().rules;
    let texts: Vec<_> = rules.iter().flat_map(|rule| rule.examples.iter().chain(&rule.counter_examples)).collect();
    prop::sample::select(texts.into_iter().map(|text| joined(text).into_bytes()).collect::<Vec<_>>())
}

/// Text without anchors, up to several neighbourhoods long; lines, one long line, or bytes that are no text.
fn filler() -> impl Strategy<Value = Vec<u8>> {
    let unit: Vec<&[u8]> = vec![
        b"let value = compute(input);\n",
        b"minified=1,another=2;",
        "größer—𝄞\n".as_bytes(),
        "größer—𝄞 ".as_bytes(),
        b"q",
        b"\xff\x80\x80\xe2\x82 \xf0\x9d",
        b"\0\x01\x7fELF",
        b"zzq=1",
    ];
    (prop::sample::select(unit), prop_oneof![0..60_usize, 0..400_usize, 0..12_000_usize])
        .prop_map(|(unit, length)| unit.iter().copied().cycle().take(length).collect())
}

/// Keys and headers in encoded text, whole or cut.
pub(super) fn encoded() -> impl Strategy<Value = Vec<u8>> {
    let json = |text: &str| serde_json::Value::from(text).to_string();
    let text = prop::collection::vec(prop_oneof![key(), header(), Just(b"\n- name: a ".to_vec())], 1..4);
    (text, 0..9_u8, 0..40_usize).prop_map(move |(pieces, form, cut)| {
        let text = String::from_utf8_lossy(&pieces.concat()).into_owned();
        let mut bytes = match form {
            0 => base64(text.as_bytes()).into_bytes(),
            1 => base64_url(&utf16(&text, false)).into_bytes(),
            2 => hex(&text).into_bytes(),
            3 => utf16(&text, false),
            4 => utf16(&text, true),
            5 => each(&text, |byte| format!("%{byte:02X}")).into_bytes(),
            6 => each(&text, |byte| format!("\\u{byte:04x}")).into_bytes(),
            7 => json(&json(&text.replace('_', "%5F"))).into_bytes(),
            _ => text.replace('-', "&#45;").replace('_', "\\x5f").replace('\n', "\n# ").into_bytes(),
        };
        bytes.drain(..cut.min(bytes.len()) / 8);
        bytes
    })
}

/// Content with all of it.
pub(super) fn content() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![2 => key(), 3 => token(), 3 => header(), 1 => example(), 2 => encoded(), 4 => filler()];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}
