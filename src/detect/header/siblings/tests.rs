use super::{
    super::associate::{self, Value},
    *,
};

fn value(text: &str) -> Option<&str> {
    let start = text.find("X-API-Key").expect("the name is there");
    let name = Name::around(text.as_bytes(), (start, start + 9))?;
    // Through the door that the program uses: what follows the name must not stand in the way.
    match associate::values_of(text.as_bytes(), &name).into_iter().next()? {
        Value::Sibling { pieces, .. } | Value::Quoted { pieces, .. } => Some(&text[pieces[0].clone()]),
        _ => None,
    }
}

fn check(cases: &[&str], expected: Option<&str>) {
    let wrong: Vec<_> = cases.iter().map(|text| (text, value(text))).filter(|(_, found)| *found != expected).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn siblings_in_either_order() {
    check(
        &[
            r#"{"key": "X-API-Key", "value": "VALUE"}"#,
            r#"{"value": "VALUE", "key": "X-API-Key", "type": "text"}"#,
            "{\n  \"name\": \"X-API-Key\",\n  \"enabled\": true,\n  \"value\": \"VALUE\"\n}",
            r#"{\"name\":\"X-API-Key\",\"value\":\"VALUE\"}"#,
            r#"Header(name="X-API-Key", value="VALUE")"#,
            "{ name: 'X-API-Key', value: 'VALUE' }",
            r#"new Header { Name = "X-API-Key", Value = "VALUE" }"#,
            "- name: X-API-Key\n  value: VALUE\n- name: other\n  value: 1",
            "env:\n  - value: VALUE\n    name: X-API-Key\n",
            "  - name: X-API-Key\n    in: header\n    example: \"VALUE\"\n",
            r#"req.setValue("VALUE", forHTTPHeaderField: "X-API-Key")"#,
            r#"[req setValue:@"VALUE" forHTTPHeaderField:@"X-API-Key"];"#,
            r#"<header name="X-API-Key" value="VALUE"/>"#,
            r#"<add value="VALUE" key="X-API-Key" />"#,
            "<name>X-API-Key</name>\n  <value>VALUE</value>",
            "<key>X-API-Key</key><string>VALUE</string>",
            "<value>VALUE</value>\n<name>X-API-Key</name>",
            "{\"value\": \"VALUE\",\n \"key\": \"X-API-Key\"}",
            r#"<string name="X-API-Key">VALUE</string>"#,
            r#"<stringProp name="Header.name">X-API-Key</stringProp><stringProp name="Header.value">VALUE</stringProp>"#,
        ],
        Some("VALUE"),
    );
}

#[test]
fn nothing_of_another_object() {
    check(
        &[
            r#"{"key": "X-API-Key"}, {"key": "other", "value": "VALUE"}"#,
            r#"{"type": "X-API-Key", "value": "VALUE"}"#,
            r#"[{"name": "X-API-Key", "in": "header"}], "value": "VALUE""#,
            "- name: X-API-Key\n- name: other\n  value: VALUE",
            "- name: other\n  value: VALUE\n- name: X-API-Key\n",
            "apiKey:\n  name: X-API-Key\n  in: header\nvalue: VALUE",
            "parameters:\n  ApiKey:\n    name: X-API-Key\n    in: header\n  RequestId:\n    example: VALUE",
            "headers:\n  name: X-API-Key\nother:\n  value: VALUE",
            "first:\n  value: VALUE\nsecond:\n  name: X-API-Key",
            "<name>X-API-Key</name><description>VALUE</description>",
            "<value>VALUE</value><name>other</name><name>X-API-Key</name>",
            "<header name=\"X-API-Key\"/><header name=\"o\" value=\"VALUE\"/>",
            "f(\"VALUE\", \"X-API-Key\")",
        ],
        None,
    );
}
