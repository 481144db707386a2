//! What would be obeyed by a terminal, a runner or a browser if it came through as it is.

/// One of each kind; the word is what a test looks for to see that something came through at all.
pub(crate) const ORDERS: [&str; 12] = [
    "::error::pwned",
    "##[error]pwned",
    "##[group]pwned",
    "\u{1b}[31mpwned",
    "\u{1b}]8;;https://pwned.example\u{7}pwned",
    "\u{202e}pwned",
    "<script>pwned</script>",
    "<img src=x onerror=pwned>",
    "[pwned](https://pwned.example)",
    "![pwned](https://pwned.example/x.png)",
    "@pwned",
    "`|pwned|`",
];

/// The lines of a text that hold one of them as it is; `format` says what is an order there.
pub(crate) fn heeded(format: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let own = ["::error ", "::warning ", "::notice "].iter().any(|start| line.starts_with(start));
        let is_command = line.trim_start().starts_with("::") && !(format == "github" && own);
        let is_hidden =
            line.chars().any(|c| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
        let is_markup = format == "markdown"
            && ["<script", "<img", "](", "@pwned", "`|"].iter().any(|markup| line.contains(markup));
        if is_command || is_hidden || is_markup || line.contains("##[") {
            found.push(line.to_owned());
        }
    }
    found
}
