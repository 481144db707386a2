use super::*;

/// The value that `text` gives the header, if any.
fn value(text: &str) -> Option<&str> {
    let at = text.to_ascii_lowercase().find("x-api-key").or_else(|| text.find("X_API_KEY")).or(text.find("xApiKey"));
    let start = at.expect("the name is there");
    let length = if text[start..].starts_with('x') && !text[start..].contains('-') { 7 } else { 9 };
    let name = Name::around(text.as_bytes(), (start, start + length))?;
    match values_of(text.as_bytes(), &name).into_iter().next()? {
        Value::Quoted { pieces, .. } | Value::Sibling { pieces, .. } | Value::Sum { pieces } => {
            Some(&text[pieces.first()?.start..pieces.last()?.end])
        }
        Value::Bare { span } => Some(&text[span]),
        Value::Loose { .. } | Value::Lookup { .. } | Value::Encoded { .. } => None,
    }
}

/// Fails with all texts whose value is not the expected one.
fn check(found: &[(&str, Option<&str>, Option<&str>)]) {
    let wrong: Vec<_> = found.iter().filter(|(_, found, expected)| found != expected).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn name_and_value_in_one_string() {
    let mut found = Vec::new();
    for text in [
        r#"curl -H "X-API-Key: VALUE" https://host"#,
        "curl -H 'x-api-key:VALUE'",
        "X-API-Key: VALUE\r\nHost: x",
        "> X-Api-Key: VALUE",
        r#""command": "curl -H \"X-API-Key: VALUE\" url""#,
        "GET /?x-api-key=VALUE&page=2",
        "http host X-API-Key:VALUE",
    ] {
        found.push((text, value(text), Some("VALUE")));
    }
    check(&found);
}

#[test]
fn name_separator_value() {
    let mut found = Vec::new();
    for text in [
        r#"{"X-API-Key": "VALUE"}"#,
        "{'X-API-Key' : 'VALUE',",
        "'X-API-Key' => 'VALUE'",
        r#"req.Header.Set("X-API-Key", "VALUE")"#,
        r#".header("X-API-Key", HeaderValue::from_static("VALUE"))"#,
        r#"http.Header{"X-Api-Key": {"VALUE"}}"#,
        r#"http.Header{"X-Api-Key": []string{"VALUE"}}"#,
        r#""X-API-Key":["VALUE"]"#,
        r#"\"X-API-Key\":\"VALUE\""#,
        "&quot;X-API-Key&quot;: &quot;VALUE&quot;",
        "X-API-Key: VALUE",
        "x-api-key: >-\n  VALUE\n",
        "\"X-API-Key\":\n    \"VALUE\"",
        "\"X-API-Key\": # the key\n    \"VALUE\"",
        "<X-API-Key>VALUE</X-API-Key>",
        "<h X-API-Key=\"VALUE\"/>",
        "proxy_set_header X-API-Key VALUE;",
        "RequestHeader set X-API-Key \"VALUE\"",
    ] {
        found.push((text, value(text), Some("VALUE")));
    }
    check(&found);
}

#[test]
fn subscripts_variables_and_fallbacks() {
    let mut found = Vec::new();
    for text in [
        r#"headers["X-API-Key"] = "VALUE""#,
        "session.headers['X-API-Key']='VALUE'",
        r#"if req.headers.get("X-API-Key") == "VALUE":"#,
        "X_API_KEY=VALUE",
        "export X_API_KEY=\"VALUE\"",
        "const xApiKey = 'VALUE';",
        "xApiKey: 'VALUE',",
        "X_API_KEY: str = \"VALUE\"",
        "const X_API_KEY: &str = \"VALUE\";",
        "const xApiKey: string = `VALUE`",
        "X_API_KEY: Optional[str] = 'VALUE'",
        "X_API_KEY = SecretStr(\"VALUE\")",
        "ENV X_API_KEY VALUE",
        "ENV X_API_KEY=VALUE",
        "os.getenv('X_API_KEY', 'VALUE')",
        "process.env.X_API_KEY || 'VALUE'",
        "${X_API_KEY:-VALUE}",
    ] {
        found.push((text, value(text), Some("VALUE")));
    }
    check(&found);
}

#[test]
fn names_alone_and_other_values() {
    let mut found = Vec::new();
    for text in [
        "allow_headers = [\"X-API-Key\"]\nother = \"VALUE\"",
        "headers = {\"X-API-Key\": os.environ[\"VALUE\"]}",
        "X-API-Key:\nHost: VALUE",
        "\"X-API-Key\":\n\"Host\": \"VALUE\"",
        "set(\"X-API-Key\")\nset(\"VALUE\")",
        "the X-API-Key header",
        "X_API_KEY = getenv(\"VALUE\")",
        "</X-API-Key>VALUE<",
        "headers: { \"X-API-Key\": get_key(a) }",
    ] {
        found.push((text, value(text), None));
    }
    check(&found);
}
