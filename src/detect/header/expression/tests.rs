use super::*;

fn found(text: &str) -> Vec<&str> {
    let values = values(Lexer::new(text.as_bytes(), 0, false), &Name::elsewhere(0), Expected::Any);
    let of = |value: Value| match value {
        Value::Quoted { pieces, .. } | Value::Sibling { pieces, .. } | Value::Sum { pieces } => {
            Some(&text[pieces.first()?.start..pieces.last()?.end])
        }
        Value::Bare { span } | Value::Loose { span } => Some(&text[span]),
        Value::Lookup { .. } | Value::Encoded { .. } => None,
    };
    values.into_iter().filter_map(of).collect()
}

fn check(texts: &[&str], expected: &[&str]) {
    let wrong: Vec<_> = texts.iter().map(|text| (text, found(text))).filter(|(_, found)| found != expected).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn literals_alone_and_inside_calls() {
    check(
        &[
            "\"VALUE\",",
            "SecretStr(\"VALUE\")",
            "HeaderValue::from_static(\"VALUE\").into()",
            "new[] { \"VALUE\" }",
            "new String[] {\"VALUE\"}",
            "new Secret(\"VALUE\")",
            "[]string{\"VALUE\"}",
            "Field(default=SecretStr(\"VALUE\"))",
            "q{VALUE};",
            "%q(VALUE)",
            "R\"(VALUE)\"",
            "[[VALUE]]",
            "<<~KEY\n  VALUE\nKEY",
        ],
        &["VALUE"],
    );
}

#[test]
fn what_an_expression_falls_back_to() {
    check(
        &[
            "os.getenv(\"K\", \"VALUE\")",
            "os.environ.get('K', 'VALUE')",
            "process.env.K || 'VALUE'",
            "process.env.K\n    || 'VALUE'",
            "import.meta.env.K ?? \"VALUE\";",
            "getenv('K') ?: 'VALUE';",
            "$ENV{K} // 'VALUE';",
            "config.get(\"k\") or \"VALUE\"",
            "ENV.fetch('K') { 'VALUE' }",
            "ENV.fetch('K', 'VALUE')",
            "System.getenv().getOrDefault(\"K\", \"VALUE\")",
            "Optional.ofNullable(System.getenv(\"K\")).orElse(\"VALUE\")",
            "std::env::var(\"K\").unwrap_or_else(|_| \"VALUE\".into())",
            "env::var(\"K\").unwrap_or(\"VALUE\".to_string())",
            "is_prod ? env.K : 'VALUE'",
            "os.environ[\"K\"] if prod else \"VALUE\"",
            "{{ .Values.k | default \"VALUE\" | quote }}",
            "{{ k | default('VALUE') }}",
            "${K:-VALUE}",
            "${A:-${B:-VALUE}}",
            "\"${K:-VALUE}\"",
            "${k:VALUE}",
            "getOr(x).orElseGet(() -> \"VALUE\")",
            "env.K ||= 'VALUE'",
        ],
        &["VALUE"],
    );
    check(&["prod ? 'A' : 'B'", "'A' if prod else 'B'", "prod == 'x' ? 'A' : 'B'"], &["A", "B"]);
}

#[test]
fn what_is_looked_up_is_no_value() {
    check(
        &[
            "os.environ[\"K\"]",
            "vault.getSecret(\"K\", \"version\")",
            "getenv(\"K\")\nother(\"VALUE\")",
            "env(\"K\"), \"VALUE\"",
            "get(\"K\"); x = \"VALUE\"",
        ],
        &[],
    );
}

#[test]
fn formats_give_the_literal_that_they_are_given() {
    let at = |text: &str| {
        let start = text.find(": ").expect("the name ends there") + 2;
        let name = Name { quote: Some(b"\""), ..Name::elsewhere(start) };
        let values = values(Lexer::new(text.as_bytes(), start, false), &name, Expected::Any);
        values.into_iter().find_map(|value| match value {
            Value::Quoted { pieces, .. } => Some(text[pieces[0].clone()].to_owned()),
            _ => None,
        })
    };
    for text in [
        r#""X: %s", "VALUE""#,
        r#""X: %s\r\n", "VALUE""#,
        r#""X: {}\r\n".format("VALUE")"#,
        r#""X: {0}" -f 'VALUE'"#,
        r#""X: %s" % "VALUE""#,
        r#""X: %s" % ("VALUE", 1)"#,
    ] {
        assert_eq!(at(text).as_deref(), Some("VALUE"), "{text}");
    }
    assert_ne!(at(r#""X: %s", key, "VALUE""#).as_deref(), Some("VALUE"), "another argument");
}
