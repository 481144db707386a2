//! What is a finding and what is not, through the library: tables of texts. `{L}`, `{T}` and `{H}` stand for a live key, a
//! sandbox key and a header value, so that no whole key stands here.

use std::sync::Arc;

use keyhound::{
    detect::{Detection, Detector},
    finding::Confidence,
    rule,
};

const HEX: &str = "9c41f7a02be85d6613fd0a7c4e92b8d15f603ae7c8214b9d7e05f1a36cb8d247";
const VALUE: &str = "q8ZtKw3Lx9VbNf2Rj7Ym4Hd6";

fn fill(text: &str) -> String {
    let key = |kind: &str| ["sk", kind, HEX].join("_");
    text.replace("{L}", &key("live")).replace("{T}", &key("test")).replace("{H}", VALUE)
}

fn detect(bytes: &[u8]) -> Detection {
    Detector::new(Arc::new(rule::builtin())).detect(bytes)
}

/// What is found in a text, as `rule line:column confidence`.
fn found(text: &str) -> Vec<String> {
    found_in(fill(text).as_bytes())
}

fn found_in(bytes: &[u8]) -> Vec<String> {
    let rules = rule::builtin();
    let candidates = detect(bytes).candidates;
    let show = |candidate: &keyhound::detect::Candidate| {
        let confidence = format!("{:?}", candidate.confidence).to_lowercase();
        let id = &rules.rule(candidate.rule).id;
        format!("{id} {}:{} {confidence}", candidate.start.line, candidate.start.column)
    };
    candidates.iter().map(show).collect()
}

#[test]
fn a_published_form_is_a_key_whatever_stands_on_either_side() {
    for (before, after) in [
        ("", ""),
        ("_", "_"),
        ("mm_", "GET"),
        ("%s", ","),
        ("x", ")"),
        ("\\n", "<"),
        ("=", "*"),
        ("/", "."),
        ("?k=", "&p=1"),
        ("\"", "\\\""),
        ("`", "`"),
        ("(", "_backup"),
        ("\u{1b}[32m", "\u{1b}[0m"),
        ("é", "é"),
        ("%3D", "%26"),
        ("-", "-"),
    ] {
        let text = format!("{before}{{L}}{after}");
        let column = before.chars().count() + 1;
        assert_eq!(found(&text), [format!("sk-live-key 1:{column} high")], "{text:?}");
    }
}

#[test]
fn the_value_of_a_published_form_is_the_form_alone() {
    let detection = detect(fill("{T}_and_more").as_bytes());
    assert_eq!(detection.candidates[0].secret.expose(), fill("{T}").as_bytes());
    // A 65th digit: not this form; judged as any other body.
    let longer = fill("{L}a");
    assert_eq!(detect(longer.as_bytes()).candidates[0].secret.expose(), longer.as_bytes());
    assert_eq!(detect(longer.as_bytes()).candidates[0].provider, None);
}

#[test]
fn other_bodies_need_a_boundary_before_them() {
    let body = format!("{}{VALUE}x2", "sk_live_");
    for before in [
        "",
        "\"",
        "=",
        " ",
        "\\n",
        "\\t",
        "\\x22",
        "\\u0022",
        "%3D",
        "=3D",
        "\\042",
        "\u{1b}[1;32m",
        "\\e[0m",
        "-",
        "é",
    ] {
        assert_eq!(detect(format!("{before}{body}").as_bytes()).candidates.len(), 1, "{before:?}");
    }
    for before in ["a", "_", "9", "task_", "my"] {
        assert_eq!(detect(format!("{before}{body}").as_bytes()).candidates.len(), 0, "{before:?}");
    }
}

#[test]
fn bodies_of_unknown_form_end_where_the_alphabet_ends() {
    let body = format!("{}{VALUE}x-x_9", "sk_test_");
    for after in ["", ",", ")", "<", "*", ".", "&", "\\\"", "'", ";", "%", "é", "\n"] {
        let detection = detect(format!("k={body}{after}").as_bytes());
        assert_eq!(detection.candidates[0].secret.expose(), body.as_bytes(), "{after:?}");
    }
}

#[test]
fn concatenated_literals_are_one_value() {
    let (head, tail) = HEX.split_at(20);
    for (text, end) in [
        (format!("k = \"sk_live_\" + \"{HEX}\""), "1:83"),
        (format!("k = 'sk_live_{head}' . '{tail}';"), "1:83"),
        (format!("k = (\"sk_live_{head}\"\n     \"{tail}\")"), "2:51"),
        (format!("k = \"sk_live_{head}\" \\\n  \"{tail}\""), "2:48"),
        (format!("k = 'sk_live_' + '{head}' +\n'{tail}'"), "2:46"),
    ] {
        let candidates = detect(text.as_bytes()).candidates;
        assert_eq!(candidates.len(), 1, "{text}");
        assert_eq!(candidates[0].secret.expose(), fill("{L}").as_bytes(), "{text}");
        assert_eq!(format!("{}:{}", candidates[0].end.line, candidates[0].end.column), end, "{text}");
    }
    let (head, tail) = VALUE.split_at(12);
    let sum = format!("headers = {{'X-API-Key': '{head}' + '{tail}'}}");
    assert_eq!(found(&sum), ["x-api-key-literal 1:26 high"]);
    assert_eq!(found("h = \"X-API-Key: \" + \"{H}\""), ["x-api-key-literal 1:22 high"]);
    assert_eq!(found("h = \"X-API-Key: \" + key"), Vec::<String>::new());
    // Two arguments of a command are not one value.
    let shell = detect(fill("curl -H 'X-API-Key: {H}' 'abc'").as_bytes());
    assert_eq!(shell.candidates[0].secret.expose(), VALUE.as_bytes());
}

#[test]
fn short_bodies_are_low_and_shorter_ones_none() {
    let confidence = |length: usize| {
        let text = format!("k={}{}", "sk_live_", &VALUE[..length]);
        detect(text.as_bytes()).candidates.first().map(|candidate| candidate.confidence)
    };
    assert_eq!(confidence(9), None);
    assert_eq!(confidence(10), Some(Confidence::Low));
    assert_eq!(confidence(15), Some(Confidence::Low));
    assert!(confidence(16) >= Some(Confidence::Medium));
    assert_eq!(confidence(24), Some(Confidence::High));
}

#[test]
fn placeholders_names_and_masks_are_no_keys() {
    for text in [
        "sk_live_your_api_key_here",
        "sk_test_your_sandbox_key",
        "sk_live_...",
        "sk_live_••••1234",
        "sk_live_51Hq8ZtK…",
        "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx",
        "sk_live_0000000000000000000000000000000000000000000000000000000000000000",
        "sk_test_helper_function_for_integration",
        "task_test_runner_for_all_things_1",
        "sk_test_<your-key>",
        "sk_live_${SUFFIX}",
        "key.startswith(\"sk_live_\")",
        "/^sk_(live|test)_[0-9a-f]{64}$/",
        "sk_test_1234567890abcdef",
        "sk_live_abcdefghijklmnopqrstuvwx",
        "sk_live_REPLACE_ME_WITH_YOUR_KEY",
        "sk_test_a1b2c3d4e5f6a7b8c9d0e1f2",
        "risk_test_results_for_january_2024",
        "sk_live_[0-9a-zA-Z]{24}",
        "sk_live_********************",
    ] {
        assert_eq!(found(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn keys_that_providers_publish_as_samples_are_no_findings() {
    for (head, tail) in [("4eC39HqLyjWD", "arjtT1zdp7dc"), ("BQokikJOvBiI", "2HlWgH4olfQ2")] {
        assert_eq!(found(&format!("{}{head}{tail}", "sk_test_")), Vec::<String>::new());
        // Those who need an example of a live key write the same body under the other prefix.
        assert_eq!(found(&format!("{}{head}{tail}", "sk_live_")), Vec::<String>::new());
    }
}

#[test]
fn binary_content_has_only_published_forms_and_random_bodies() {
    let in_binary = |text: &str| found_in(&[b"\x7fELF\0\0\0".as_slice(), fill(text).as_bytes(), b"\0\0"].concat());
    assert_eq!(in_binary("{L}"), ["sk-live-key 1:8 high"]);
    assert_eq!(in_binary("X-API-Key: {H}"), Vec::<String>::new());
    assert_eq!(in_binary("sk_live_getServer2Names4You"), Vec::<String>::new());
}

#[test]
fn header_values() {
    for (text, at) in [
        (r#"curl -H "X-API-Key: {H}" https://host"#, 21),
        ("curl -H 'x-api-key:{H}'", 20),
        (r#"fetch(u, {headers: {"X-API-Key": "{H}"}})"#, 35),
        (r#"xhr.setRequestHeader("X-API-Key", "{H}");"#, 36),
        (r#"axios.defaults.headers.common["X-API-Key"] = "{H}";"#, 47),
        ("X-API-Key: {H}\n", 12),
        ("x-api-key: {H}\n", 12),
        ("headers = {'X-API-Key': '{H}'}", 26),
        ("X_API_KEY={H}", 11),
        ("MEDIAMAGIC_API_KEY=\"{H}\"", 21),
        ("const mediaMagicApiKey = '{H}';", 27),
        ("mediamagic.api.key={H}", 20),
        ("xApiKey: \"{H}\"", 11),
        ("key = os.environ.get('X_API_KEY', '{H}')", 36),
        ("<add><X-API-Key>{H}</X-API-Key></add>", 17),
        (r#"\"X-API-Key\":\"{H}\""#, 17),
    ] {
        assert_eq!(found(text), [format!("x-api-key-literal 1:{at} high")], "{text}");
    }
}

#[test]
fn values_beside_the_name() {
    for (text, line, column) in [
        (r#"{"key": "X-API-Key", "value": "{H}"}"#, 1, 32),
        (r#"{"value": "{H}", "name": "x-api-key"}"#, 1, 12),
        ("- name: X-API-Key\n  value: {H}\n", 2, 10),
        (r#"req.setValue("{H}", forHTTPHeaderField: "X-API-Key")"#, 1, 15),
        (r#"<header name="X-API-Key" value="{H}"/>"#, 1, 33),
        ("<name>X-API-Key</name>\n<value>{H}</value>", 2, 8),
    ] {
        assert_eq!(found(text), [format!("x-api-key-literal {line}:{column} medium")], "{text}");
    }
}

#[test]
fn header_values_in_declarations_calls_and_tables() {
    for text in [
        "const xAPIKey string = \"{H}\"",
        "static const char X_API_KEY[] = \"{H}\";",
        "pub static X_API_KEY: &'static str = \"{H}\";",
        "x_api_key: str | None = \"{H}\"",
        "x_api_key: Annotated[str, Field(max=3)] = '{H}'",
        "const xApiKey: string | undefined = '{H}'",
        "Dim xApiKey As String = \"{H}\"",
        "public string XApiKey { get; set; } = \"{H}\";",
        "#define X_API_KEY \"{H}\"",
        "{\"X-API-Key\" \"{H}\"}",
        "{:x-api-key \"{H}\"}",
        "set -gx X_API_KEY {H}",
        "header_up X-API-Key \"{H}\"",
        "mm --x-api-key {H}",
        "h.insert(\"x-api-key\".into(), \"{H}\".into())",
        "h.insert(HeaderName::from_static(\"x-api-key\"), HeaderValue::from_static(\"{H}\"))",
        "h['X-API-Key'] ??= '{H}'",
        "\\u0022X-API-Key\\u0022:\\u0022{H}\\u0022",
        "%22X-API-Key%22%3A%22{H}%22",
        "java -DX_API_KEY={H} -jar mm.jar",
        "curl -HX-API-Key:{H}",
        "X-Api-Key=[{H}]",
        "**X-API-Key**: `{H}`",
        "{<<\"X-API-Key\">>, <<\"{H}\">>}",
        "mapOf(\"X-API-Key\" to \"{H}\")",
        "os.getenv(\"X_API_KEY\", default=\"{H}\")",
        "x.api.key={H}",
        "\"X-API-Key\": \"Bearer {H}\"",
        "\"X-API-Key\": \"!{H}\"",
        "\"X-API-Key\": \"this.{H}\"",
    ] {
        assert_eq!(found(text).len(), 1, "{text}");
    }
}

#[test]
fn random_bodies_and_values_behind_a_name_are_found() {
    let uuid = "3f2a9c41-7be8-4d56-93fd-0a7c4e92b8d1";
    let upper = HEX.to_ascii_uppercase();
    let mixed: String =
        HEX.char_indices().map(|(at, c)| if at % 3 == 0 { c.to_ascii_uppercase() } else { c }).collect();
    for body in
        [uuid, &uuid.to_uppercase(), &upper, &mixed, &format!("acme_{}", &HEX[..40]), &format!("Prod_{}", &HEX[..32])]
    {
        assert_eq!(found(&format!("{}{body}", "sk_live_")), ["sk-live-key 1:1 high"], "{body}");
    }
    for value in
        [format!("Key-{}", &HEX[..32]), format!("abcA{HEX}"), format!("MM_{}", &HEX[..40]), format!("{uuid}.{uuid}")]
    {
        assert_eq!(found(&format!("\"X-API-Key\": \"{value}\"")), ["x-api-key-literal 1:15 high"], "{value}");
    }
}

#[test]
fn published_forms_that_are_random_may_be_glued_to_a_name() {
    for body in [VALUE, &HEX[..40]] {
        assert_eq!(found(&format!("mm_{}{body}", "sk_live_")), ["sk-live-key 1:4 high"], "{body}");
    }
    assert_eq!(found("task_test_runnerForAllTheThings1"), Vec::<String>::new());
}

#[test]
fn a_line_appended_to_utf16_in_another_encoding_is_seen() {
    let mut bytes: Vec<u8> = "\u{feff}first line\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.extend_from_slice(fill("KEY={L}\n").as_bytes());
    assert_eq!(detect(&bytes).candidates.len(), 1);
    assert_eq!(detect(&[b"\xff\xfe".as_slice(), fill("KEY={L}\n").as_bytes()].concat()).candidates.len(), 1);
}

#[test]
fn values_of_other_kinds_are_no_keys() {
    for text in [
        "key_names = [\"x-api-key\", \"x-auth-v2x\"]",
        "(\"x-api-key\", \"1.2.3-beta.4\")",
        "req.headers.get('x-api-key', 'anonymous1')",
        "\"x-api-key\": \"2023-06-01T00\"",
        "export X_API_KEY OTHER=\"{H}\"",
        "def f(x_api_key: str, other=\"{H}\"):",
        "f(\"X-API-Key\", other=\"{H}\")",
    ] {
        assert_eq!(found(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn header_names_and_references_are_no_values() {
    for text in [
        r#"curl -H "X-API-Key: your-api-key-here" https://host"#,
        r#""X-API-Key": "your-api-key-here","#,
        "X-API-Key: <api-key>",
        "X-API-Key: {{apiKey}}",
        "X-API-Key: ${MEDIAMAGIC_API_KEY}",
        "X-API-Key: $KEY",
        "-H \"X-API-Key: %KEY%\"",
        r#"headers = {"X-API-Key": os.environ["MEDIAMAGIC_API_KEY"]}"#,
        r#"headers = {"X-API-Key": api_key}"#,
        r#"headers = {"X-API-Key": self.settings.api_key_v2}"#,
        r#"headers["X-API-Key"] = f"{key}""#,
        "Access-Control-Allow-Headers: Content-Type, X-API-Key, X-Request-Id",
        "allow_headers=[\"X-API-Key\", \"Authorization\"]",
        "Missing X-API-Key header",
        "X_API_KEY_HEADER = \"X-API-Key\"",
        "X_API_KEY: op://vault/mediamagic/key1",
        "X_API_KEY=vault:secret/data/mm#key1",
        "MINIMAX_API_KEY={H}",
        "X-API-Key: ********************",
        "X-API-Key: xxxxxxxxxxxxxxxxxxxx",
        "X-API-Key: changeme123",
        "\"X-API-Key\": \"string\"",
        "X-API-Key: []",
        "in: header\nname: X-API-Key\ntype: apiKey",
        "X_API_KEY=\nOTHER={H}",
        "\"X-API-Key\": null,\n\"X-Request-Id\": \"{H}\"",
        "X-API-Key:\nX-Request-Id: {H}",
    ] {
        assert_eq!(found(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_header_value_that_names_itself_is_one_finding_of_the_token_rule() {
    assert_eq!(found("X-API-Key: {T}"), ["sk-test-key 1:12 high"]);
}

#[test]
fn uuids_hex_and_random_values_are_high_other_letters_and_digits_medium() {
    let confidence = |value: &str| {
        let text = format!("\"X-API-Key\": \"{value}\"");
        detect(text.as_bytes()).candidates.first().map(|candidate| candidate.confidence)
    };
    assert_eq!(confidence("3f2a9c41-7be8-4d56-93fd-0a7c4e92b8d1"), Some(Confidence::High));
    assert_eq!(confidence("9c41f7a02be85d66"), Some(Confidence::High));
    assert_eq!(confidence("s3cr3tk3y9"), Some(Confidence::Medium));
}

#[test]
fn providers_are_told_by_form_and_by_names_nearby() {
    let rules = rule::builtin();
    let provider = |text: &str| {
        let candidate = detect(fill(text).as_bytes()).candidates.into_iter().next().expect("a key");
        candidate.provider.map(|index| rules.provider(index).id.clone())
    };
    assert_eq!(provider("{L}").as_deref(), Some("mediamagic"));
    assert_eq!(provider(&format!("sk_live_{}", &HEX[..40])).as_deref(), Some("paystack"));
    assert_eq!(provider("sk_live_{H}").as_deref(), Some("stripe"));
    assert_eq!(provider("# mediamagic\nkey = sk_live_{H}x9").as_deref(), Some("mediamagic"));
    assert_eq!(provider("key = sk_live_{H}x9"), None);
    assert_eq!(provider("stripe or clerk: sk_live_{H}x9"), None, "two are none");
    assert_eq!(provider("https://app.mediamagic.app X-API-Key: {H}").as_deref(), Some("mediamagic"));
}

#[test]
fn positions_count_scalar_values_of_decoded_text() {
    assert_eq!(found("é𝄞 \r\nß={L}"), ["sk-live-key 2:3 high"]);
    assert_eq!(found("\u{feff}{L}"), ["sk-live-key 1:1 high"], "a byte order mark counts none");
    let utf16: Vec<u8> = fill("\u{feff}é\n x={L}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(found_in(&utf16), ["sk-live-key 2:4 high"]);
    let unmarked: Vec<u8> = fill("name = value\n x={L}").encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(found_in(&unmarked), ["sk-live-key 2:4 high"]);
    assert_eq!(found_in(&[b"\xff\xfd ".as_slice(), fill("{L}").as_bytes()].concat()), ["sk-live-key 1:4 high"]);
}
