//! Encoded keys and headers are found where they stand, as the values that they are. They are encoded here, by code that
//! shares nothing with the decoders; no whole key stands in this file, in any spelling.

use std::sync::Arc;

use keyhound::{
    detect::{Candidate, Detection, Detector},
    finding::Confidence,
    rule,
};

use crate::support::{
    Sandbox,
    encode::{base64, base64_url, each, hex, utf16},
};

const HEX: &str = "9c41f7a02be85d6613fd0a7c4e92b8d15f603ae7c8214b9d7e05f1a36cb8d247";
const VALUE: &str = "q8ZtKw3Lx9VbNf2Rj7Ym4Hd6";

fn live() -> String {
    ["sk", "live", HEX].join("_")
}

fn sandbox() -> String {
    ["sk", "test", HEX].join("_")
}

fn detect(bytes: &[u8]) -> Detection {
    Detector::new(Arc::new(rule::builtin())).detect(bytes)
}

fn only(characters: &str, text: &str, spell: impl Fn(u8) -> String) -> String {
    each(text, |byte| if characters.contains(char::from(byte)) { spell(byte) } else { char::from(byte).to_string() })
}

/// The one candidate, as `rule line:column-line:column`, with its value.
fn one(name: &str, bytes: &[u8]) -> (String, String, Confidence) {
    let candidates = detect(bytes).candidates;
    let [Candidate { rule: index, start, end, secret, confidence, .. }] = &candidates[..] else {
        panic!("{name}: {} candidates in {}", candidates.len(), bytes.escape_ascii())
    };
    let rules = rule::builtin();
    let place = format!("{} {}:{}-{}:{}", rules.rule(*index).id, start.line, start.column, end.line, end.column);
    (place, String::from_utf8_lossy(secret.expose()).into_owned(), *confidence)
}

/// Every way to write a text, by name.
fn spellings(text: &str) -> Vec<(&'static str, String)> {
    let entity = |byte| format!("&#{byte};");
    vec![
        ("base64", base64(text.as_bytes())),
        ("base64 for URLs", base64_url(text.as_bytes())),
        ("base64 of UTF-16", base64(&utf16(text, false))),
        ("base64 of big-endian UTF-16", base64(&utf16(text, true))),
        ("hexadecimal", hex(text)),
        ("upper hexadecimal", hex(text).to_uppercase()),
        ("percent", each(text, |byte| format!("%{byte:02X}"))),
        ("lower percent", each(text, |byte| format!("%{byte:02x}"))),
        ("\\u", each(text, |byte| format!("\\u{byte:04x}"))),
        ("upper \\u", each(text, |byte| format!("\\u{byte:04X}"))),
        ("\\x", each(text, |byte| format!("\\x{byte:02x}"))),
        ("upper \\x", each(text, |byte| format!("\\x{byte:02X}"))),
        ("octal", each(text, |byte| format!("\\{byte:03o}"))),
        ("entities", each(text, entity)),
        ("hexadecimal entities", each(text, |byte| format!("&#x{byte:x};"))),
        ("array", text.bytes().map(|byte| format!("0x{byte:02x}")).collect::<Vec<_>>().join(", ")),
        ("decimal array", text.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(", ")),
        ("dense decimal array", text.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(",")),
        ("%u", each(text, |byte| format!("%u{byte:04x}"))),
        ("dense array", text.bytes().map(|byte| format!("0x{byte:02X}")).collect::<Vec<_>>().join(",")),
    ]
}

/// Every way to write the separators of a key.
fn separated(text: &str) -> Vec<(&'static str, String)> {
    vec![
        ("%5F", only("_", text, |byte| format!("%{byte:02X}"))),
        ("%5f", only("_", text, |byte| format!("%{byte:02x}"))),
        ("%255F", only("_", text, |byte| format!("%25{byte:02X}"))),
        ("=5F", only("_", text, |byte| format!("={byte:02X}"))),
        ("\\u005f", only("_", text, |byte| format!("\\u{byte:04x}"))),
        ("\\u005F", only("_", text, |byte| format!("\\u{byte:04X}"))),
        ("\\u{5f}", only("_", text, |byte| format!("\\u{{{byte:x}}}"))),
        ("\\x5f", only("_", text, |byte| format!("\\x{byte:02x}"))),
        ("\\x5F", only("_", text, |byte| format!("\\x{byte:02X}"))),
        ("\\137", only("_", text, |byte| format!("\\{byte:03o}"))),
        ("\\\\u005f", only("_", text, |byte| format!("\\\\u{byte:04x}"))),
        ("\\U0000005f", only("_", text, |byte| format!("\\U{byte:08x}"))),
        ("\\_", text.replace('_', "\\_")),
        ("&#95;", only("_", text, |byte| format!("&#{byte};"))),
        ("&#x5f;", only("_", text, |byte| format!("&#x{byte:x};"))),
        ("&lowbar;", text.replace('_', "&lowbar;")),
    ]
}

#[test]
fn keys_are_found_in_every_spelling() {
    for (key, id) in [(live(), "sk-live-key"), (sandbox(), "sk-test-key")] {
        for (name, spelling) in spellings(&key).into_iter().chain(separated(&key)) {
            for (before, after) in
                [("", ""), ("x\nkey = \"", "\"\n"), ("<a k='", "'/>"), ("(", ")"), ("\t", " # tail\n")]
            {
                let text = format!("{before}{spelling}{after}");
                let line = 1 + before.matches('\n').count();
                let column = 1 + before.len() - before.rfind('\n').map_or(0, |newline| newline + 1);
                let end = column + spelling.trim_end_matches('=').len();
                let expected = format!("{id} {line}:{column}-{line}:{end}");
                assert_eq!(one(name, text.as_bytes()), (expected, key.clone(), Confidence::High), "{name}");
            }
        }
    }
}

#[test]
fn keys_are_found_in_every_alignment() {
    for key in [live(), sandbox()] {
        for before in ["", "a", "ab", "abc", "user:", "{\"token\":\"", "Ä"] {
            for after in ["", ":", "\"}", " and more\n"] {
                let bytes = format!("{before}{key}{after}").into_bytes();
                for encoded in
                    [base64(&bytes), base64_url(&bytes), base64(&utf16(&format!("{before}{key}{after}"), false))]
                {
                    let text = format!("Authorization: Basic {encoded}\r\n");
                    let (place, value, _) = one(before, text.as_bytes());
                    assert_eq!(value, key, "{place}");
                }
            }
        }
    }
}

/// Texts that give the header a value, and where the value stands in them.
const HEADERS: &[&str] = &[
    "X-API-Key: {V}",
    "x-api-key: {V}\r\nHost: h\r\n",
    "{\"X-API-Key\": \"{V}\"}",
    "{\"headers\": {\"Accept\": \"*/*\", \"x-api-key\": \"{V}\"}, \"a\": 1}",
    "curl -H 'X-Api-Key: {V}' https://h",
    "X_API_KEY={V}\nOTHER=1\n",
    "export x_api_key='{V}'",
    "MEDIAMAGIC_API_KEY={V}\n",
    "{\"name\": \"X-API-Key\", \"value\": \"{V}\"}",
];

#[test]
fn headers_are_found_in_every_spelling_of_the_text_that_holds_them() {
    let mut wrong = Vec::new();
    for header in HEADERS {
        let text = header.replace("{V}", VALUE);
        // Of names no more spellings are searched for than one searcher takes.
        let is_searched_for = |name: &str| match name {
            "base64 of UTF-16" | "base64 of big-endian UTF-16" | "percent" => header.to_lowercase().contains("x-"),
            "lower percent" | "octal" => false,
            name => !name.contains("array"),
        };
        for (name, spelling) in spellings(&text).into_iter().filter(|(name, _)| is_searched_for(name)) {
            for (before, after) in [("", ""), ("\n a = \"", "\"\n b = 1\n")] {
                let content = format!("{before}{spelling}{after}");
                let values: Vec<_> = detect(content.as_bytes())
                    .candidates
                    .iter()
                    .map(|found| String::from_utf8_lossy(found.secret.expose()).into_owned())
                    .collect();
                if values != [VALUE] {
                    wrong.push(format!("{name}: {before:?} {header:?}: {values:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} {wrong:#?}", wrong.len());
}

#[test]
fn headers_are_found_though_their_name_is_escaped() {
    let mut wrong = Vec::new();
    for (name, spell) in [
        ("\\u002d", (|byte| format!("\\u{byte:04x}")) as fn(u8) -> String),
        ("\\u002D", |byte| format!("\\u{byte:04X}")),
        ("\\x2d", |byte| format!("\\x{byte:02x}")),
        ("%2D", |byte| format!("%{byte:02X}")),
        ("&#45;", |byte| format!("&#{byte};")),
    ] {
        for header in HEADERS {
            if !header.to_lowercase().contains("x-api-key") {
                continue;
            }
            let (start, key) = (header.to_lowercase().find("x-api-key").unwrap(), "x-api-key".len());
            let escaped = only("-", &header[start..start + key], spell);
            let text = format!("# head\n{}{escaped}{}", &header[..start], &header[start + key..]).replace("{V}", VALUE);
            let candidates = detect(text.as_bytes()).candidates;
            let at = text.find(VALUE).unwrap() as u64;
            let found: Vec<_> = candidates.iter().map(|found| (found.span.clone(), found.secret.expose())).collect();
            if found != [(at..at + VALUE.len() as u64, VALUE.as_bytes())] {
                wrong.push(format!("{name}: {text:?}: {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} {wrong:#?}", wrong.len());
}

#[test]
fn utf16_inside_of_other_content_is_text() {
    for big_endian in [false, true] {
        for (before, after) in [("plain text: ", "\n"), ("", ""), ("MZ\u{90}\0\x03\0\0\0", "\0\0"), ("a", "\0\x01")] {
            let before = [&b"more than a tenth of all: ".repeat(4), before.as_bytes()].concat();
            let content = [&before, &utf16(&live(), big_endian)[..], after.as_bytes()].concat();
            let found = detect(&content).candidates;
            let value = |found: &Candidate| String::from_utf8_lossy(found.secret.expose()).into_owned();
            let places: Vec<_> = found.iter().map(|found| (found.span.clone(), value(found))).collect();
            let [(span, value)] = &places[..] else { panic!("{big_endian}: {places:?}") };
            // In which order the bytes are, the text beside them does not always tell: a zero more or less.
            let start = before.len() as u64;
            assert_eq!(*value, live(), "{big_endian} {}", before.escape_ascii());
            assert!(
                (start..=start + 1).contains(&span.start) && (start + 143..=start + 145).contains(&span.end),
                "{span:?}"
            );
        }
    }
}

#[test]
fn what_is_no_key_is_none_in_any_spelling() {
    for text in [
        "sk_live_your_api_key_here",
        "sk_test_xxxxxxxxxxxxxxxxxxxxxxxx",
        "sk_live_",
        "sk_live_short",
        "X-API-Key: your-api-key-here",
        "{\"X-API-Key\": \"${KEY}\"}",
        "Allow: X-API-Key, Authorization",
    ] {
        for (name, spelling) in spellings(text).into_iter().chain(separated(text)) {
            let content = format!("a = \"{spelling}\"\n");
            assert_eq!(detect(content.as_bytes()).candidates.len(), 0, "{name}: {text}");
        }
    }
}

#[test]
fn forms_inside_of_forms_are_found() {
    let header = format!("{{\"X-API-Key\": \"{VALUE}\"}}");
    for (name, content, value) in [
        ("base64 in JSON in JSON", json(&json(&base64(live().as_bytes()))), live()),
        ("base64 of JSON", format!("data: {}", base64(json(&live()).as_bytes())), live()),
        ("base64 of escaped JSON", base64(json(&header).as_bytes()), VALUE.to_owned()),
        (
            "percent-encoded base64",
            base64(format!("??>>~~{}~~??", live()).as_bytes())
                .replace('+', "%2B")
                .replace('/', "%2F")
                .replace('=', "%3D"),
            live(),
        ),
        ("base64 in JSON of PHP", base64(format!("??>>~~{}~~??", live()).as_bytes()).replace('/', "\\/"), live()),
        ("\\u in JSON in JSON", json(&json(&live()).replace('_', "\\u005f")), live()),
        ("base64 of base64", base64(format!("a: {}\n", base64(live().as_bytes())).as_bytes()), live()),
        ("a URL in a URL", format!("https://a/?u=%2Fb%3Fh%3DX-API-Key%253A%2520{VALUE}%26n=1"), VALUE.to_owned()),
        (
            "a header in a URL",
            format!("'https://a/?h=%7B%22name%22:%22X-API-Key%22,%22value%22:%22{VALUE}%22%7D'"),
            VALUE.to_owned(),
        ),
        (
            "quoted-printable",
            format!("Content-Transfer-Encoding: quoted-printable\n\nX-API-Key: {}=\n{}=20\n", &VALUE[..9], &VALUE[9..]),
            VALUE.to_owned(),
        ),
        ("a soft break", format!("key: {}=\r\n{}=2E\r\n", &live()[..40], &live()[40..]), live()),
        ("\\u twice", json(&format!("{{\"X-API-Key\": \"{VALUE}\"}}").replace('-', "\\u002d")), VALUE.to_owned()),
    ] {
        assert_eq!(one(name, content.as_bytes()).1, value, "{name}");
    }
}

#[test]
fn wrapped_base64_is_read_through_its_line_breaks() {
    let text =
        format!("From: a\r\nTo: b\r\n\r\n{}\nkey = {}\n{}", "Some words. ".repeat(10), live(), "And more. ".repeat(20));
    let encoded = base64(text.as_bytes());
    for width in [60, 64, 76] {
        let lines: Vec<_> = encoded.as_bytes().chunks(width).map(|line| String::from_utf8_lossy(line)).collect();
        // Where the prefix is cut by the end of a line, nothing is found by it.
        let at = text.find("sk_live_").unwrap() * 4 / 3;
        assert_eq!((at + 1) / width, (at + 9) / width, "the test's own prefix stands on one line");
        for line_break in ["\n", "\r\n", "\n    ", "\\n", "\\r\\n"] {
            let content = format!("body:\n{}\nend: 1\n", lines.join(line_break));
            assert_eq!(one(line_break, content.as_bytes()).1, live(), "{width} {line_break:?}");
        }
    }
}

/// What names the header and its value in two lines, which no line shows alone.
const PAIRS: &[&str] = &[
    "{\n  \"name\": \"X-API-Key\",\n  \"value\": \"{V}\"\n}\n",
    "- name: X-API-Key\n  value: {V}\n",
    "headers.set(\n    \"X-API-Key\",\n    \"{V}\",\n)\n",
    "headers = {\n    \"X-API-Key\":\n        \"{V}\",\n}\n",
    "<name>X-API-Key</name>\n<value>{V}</value>\n",
];

type Wrap = Box<dyn Fn(&str) -> String>;

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn prefixed(mark: &'static str) -> impl Fn(&str) -> String {
    move |text: &str| text.lines().map(|line| format!("{mark}{line}\n")).collect()
}

fn notebook(text: &str) -> String {
    let lines: Vec<_> = text.split_inclusive('\n').map(|line| format!("    {}", json(line))).collect();
    let lines = lines.join(",\n");
    format!("{{\n  \"cell_type\": \"code\",\n  \"source\": [\n    \"import a\\n\",\n{lines}\n  ]\n}}\n")
}

#[test]
fn headers_are_found_across_lines_that_are_wrapped() {
    let wrappings: Vec<(&str, Wrap)> = vec![
        ("JSON", Box::new(|text| format!("{{\"id\": 1, \"body\": {}, \"z\": 2}}\n", json(text)))),
        ("JSON in JSON", Box::new(|text| format!("{{\"body\": {}}}\n", json(&format!("{{\"body\":{}}}", json(text)))))),
        ("JSON in JSON in JSON", Box::new(|text| json(&json(&json(text))))),
        ("notebook", Box::new(notebook)),
        ("added", Box::new(move |text| format!("@@ -1,2 +1,9 @@\n context\n{}", prefixed("+")(text)))),
        ("mail", Box::new(prefixed("> "))),
        ("shell comment", Box::new(prefixed("# "))),
        ("line comment", Box::new(prefixed("    // "))),
        ("documentation", Box::new(prefixed(" * "))),
        ("CRLF comment", Box::new(move |text| prefixed("# ")(text).replace('\n', "\r\n"))),
    ];
    let mut wrong = Vec::new();
    for pair in PAIRS {
        for (name, wrap) in &wrappings {
            let text = format!("first line\n{}", wrap(&pair.replace("{V}", VALUE)));
            let found: Vec<_> =
                detect(text.as_bytes()).candidates.into_iter().map(|found| (found.span, found.secret)).collect();
            let at = text.find(VALUE).unwrap() as u64;
            let places: Vec<_> = found.iter().map(|(span, secret)| (span.clone(), secret.expose())).collect();
            if places != [(at..at + VALUE.len() as u64, VALUE.as_bytes())] {
                wrong.push(format!("{name}: {pair:?} {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} {wrong:#?}", wrong.len());
}

#[test]
fn data_of_kubernetes_secrets_is_judged_decoded() {
    let yaml: fn(&str, &str) -> String = |name, value| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ntype: Opaque\ndata:\n  other: YWRtaW4=\n  {name}: {}\n",
            base64(value.as_bytes())
        )
    };
    let json: fn(&str, &str) -> String = |name, value| {
        format!(
            "{{\n  \"kind\": \"Secret\",\n  \"data\": {{\n    \"{name}\": \"{}\"\n  }}\n}}\n",
            base64(value.as_bytes())
        )
    };
    for manifest in [yaml, json] {
        for name in ["X-API-Key", "x-api-key", "X_API_KEY", "MEDIAMAGIC_API_KEY"] {
            assert_eq!(one(name, manifest(name, VALUE).as_bytes()).1, VALUE);
            let added: String = manifest(name, VALUE).lines().map(|line| format!("+{line}\n")).collect();
            assert_eq!(one(name, added.as_bytes()).1, VALUE, "in a diff");
            assert_eq!(one(name, manifest(name, &format!("{VALUE}\n")).as_bytes()).1, VALUE, "echo adds a line's end");
            for text in ["your-api-key-here", "changeme", "${API_KEY}", "production"] {
                assert_eq!(detect(manifest(name, text).as_bytes()).candidates.len(), 0, "{name}: {text}");
            }
        }
        // A key that names itself is one finding, of its own rule.
        for name in ["X-API-Key", "api-key", "MEDIAMAGIC_API_KEY"] {
            let (place, value, _) = one(name, manifest(name, &live()).as_bytes());
            assert_eq!((place.split(' ').next(), value), (Some("sk-live-key"), live()));
        }
    }
    for text in ["sk_live_your_api_key_here", "sk_test_xxxxxxxxxxxxxxxxxxxxxxxx"] {
        let header = format!("X-API-Key: {}\n", base64(text.as_bytes()));
        assert_eq!(detect(header.as_bytes()).candidates.len(), 0, "{header}");
    }
    let config_map = yaml("X-API-Key", VALUE).replace("kind: Secret", "kind: ConfigMap");
    assert_eq!(one("no secret", config_map.as_bytes()).1, base64(VALUE.as_bytes()), "there it is the value itself");
}

#[test]
fn no_format_shows_a_piece_of_a_value_in_any_spelling() {
    /// Shorter pieces of an encoded text stand in other texts by chance.
    const TELLING: usize = 12;
    let sandbox = Sandbox::new();
    let mut pieces = vec![HEX.to_owned()];
    for (number, (name, spelling)) in spellings(&live()).into_iter().chain(separated(&live())).enumerate() {
        sandbox.write(format!("{number}.txt"), format!("first: 1\n{name}: \"{spelling}\" # tail\nlast: 2\n"));
        // The spelling of the prefix is no secret.
        pieces.push(spelling[spelling.len() / 7..].to_owned());
    }
    for format in ["human", "json", "jsonl", "sarif"] {
        let output = sandbox.keyhound(&["scan", "--format", format, "."]);
        output.expect(1).says("35.txt");
        for piece in pieces.iter().flat_map(|piece| piece.as_bytes().windows(TELLING)) {
            assert!(
                !output.stdout.as_bytes().windows(TELLING).any(|shown| shown == piece),
                "{format}: {}",
                piece.escape_ascii()
            );
        }
    }
}
