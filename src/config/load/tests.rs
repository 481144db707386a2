use bstr::BStr;
use proptest::prelude::*;
use snapbox::{assert_data_eq, prelude::*, str};

use super::*;
use crate::{finding::Secret, suppress::Subject};

fn errors(text: &str) -> String {
    load(text.as_bytes(), ".keyhound.toml").unwrap_err().to_string()
}

fn valid(text: &str) -> Config {
    load(text.as_bytes(), ".keyhound.toml").unwrap()
}

#[test]
fn an_empty_configuration_is_the_default() {
    let config = valid("");
    assert_eq!(config.rules.rules.len(), Config::default().rules.rules.len());
    assert!(config.exclude.is_empty() && config.policy.allows.is_empty() && config.policy.inline);
    assert_eq!(config.source, Some(ConfigSource { name: ".keyhound.toml".to_owned() }));
}

#[test]
fn exclude_matches_as_gitignore_does() {
    let config = valid(
        "[scan]\nexclude = [\n  { path = '/vendor/', reason = 'not ours' },\n  { path = '*.lock', reason = 'digests' },\n]\n",
    );
    for (path, expect) in [("vendor/a/b", true), ("src/vendor/a", false), ("a/Cargo.lock", true), ("lock", false)] {
        assert_eq!(config.exclude.matches(BStr::new(path), false), expect, "{path}");
    }
}

#[test]
fn all_conditions_of_an_entry_must_hold() {
    let fingerprint = Fingerprint::new("sk-key", b"a");
    let text = format!(
        "[[allow]]\npaths = ['docs/**']\nrules = ['sk-live-key']\nvalues = ['^abc']\n\
         fingerprints = ['{fingerprint}']\nreason = 'samples'\n"
    );
    let config = valid(&text);
    let holds = |path: &str, rule: &str, value: &str, fingerprint: &Fingerprint| {
        let secret = Secret::new(value.as_bytes());
        config
            .policy
            .allowed_by(Subject { path: BStr::new(path), rule, secret: &secret, fingerprint, past: None })
            .is_some()
    };
    let other = Fingerprint::new("sk-key", b"b");
    assert!(!holds("src/a", "sk-live-key", "abcd", &fingerprint));
    assert!(!holds("docs/a", "sk-test-key", "abcd", &fingerprint));
    assert!(!holds("docs/a", "sk-live-key", "xabcd", &fingerprint));
    assert!(!holds("docs/a", "sk-live-key", "abcd", &other));
    assert!(config.policy.allows[0].is_unused());
    assert!(holds("docs/a", "sk-live-key", "abcd", &fingerprint));
    assert!(!config.policy.allows[0].is_unused());
}

#[test]
fn an_entry_that_comes_second_is_used_too() {
    let config = valid("[[allow]]\npaths = ['docs']\nreason = 'a'\n[[allow]]\nrules = ['sk-live-key']\nreason = 'b'\n");
    let secret = Secret::new(b"a");
    let fingerprint = Fingerprint::new("sk-key", b"a");
    let subject = Subject {
        path: BStr::new("docs/a"),
        rule: "sk-live-key",
        secret: &secret,
        fingerprint: &fingerprint,
        past: None,
    };
    assert_eq!(config.policy.allowed_by(subject), Some(0));
    assert!(config.policy.allows.iter().all(|allow| !allow.is_unused()));
}

#[test]
fn an_entry_about_commits_allows_nothing_outside_of_history() {
    let config = valid("[[allow]]\ncommits = ['0123ABC']\nreason = 'a'\n");
    let secret = Secret::new(b"a");
    let fingerprint = Fingerprint::new("sk-key", b"a");
    let subject =
        Subject { path: BStr::new("a"), rule: "sk-live-key", secret: &secret, fingerprint: &fingerprint, past: None };
    assert_eq!(config.policy.allowed_by(subject), None);
    assert_eq!(config.policy.allows[0].commits, ["0123abc"]);
    assert!(!config.policy.allows[0].is_unused(), "no scan of a tree can tell");
}

#[test]
fn user_rules_stand_beside_the_built_in_ones() {
    let config = valid(
        "[[rule]]\nid = 'acme-token'\nname = 'ACME token'\ndescription = 'It opens doors.'\nseverity = 'high'\n\
         anchors = ['acme_']\npattern = '\\bacme_([0-9a-f]{16})'\nremedy = 'Revoke it.'\n",
    );
    let (_, rule) = config.rules.by_id("acme-token").unwrap();
    assert!(rule.is_user_rule);
    assert_eq!((rule.defined_in.as_str(), rule.line), (".keyhound.toml", 1));
    assert!(config.rules.by_id("sk-live-key").is_some());
}

#[test]
fn everything_wrong_is_told_at_once() {
    let text = "\
exclude = []
[scan]
exlude = 1
exclude = [
  { path = 'docs/**' },
  { path = 'a[', reason = 'x' },
  { path = '**', reason = 'x' },
  { path = '', reason = 'x' },
  'vendor',
  { path = 'b', reason = ' ' },
]
[[allow]]
paths = ['{a', '# b']
rules = ['sk-live-keys', 'nothing-like-it']
values = ['(', 'x*', '\\b', '(?=a)']
fingerprints = ['kh1:12']
commits = ['HEAD']
[[allow]]
reason = 'nothing else'
[[allow]]
paths = ['**']
values = ['.+']
reason = 'all'
[[allow]]
rules = []
reason = ['a']
[[allow]]
path = 'a'
reason = 'typo'
[[allow]]
paths = ['!a']
reason = 'only negated'
[[rule]]
id = 'sk-live-key'
name = 'mine'
description = 'mine'
severity = 'hihg'
pattern = 'a{2'
remedy = 'x'
[[rule]]
id = 'A b'
name = 'mine'
description = 'mine'
severity = 'high'
matcher = 'token'
anchors = ['']
remedy = 'x'
";
    assert_data_eq!(errors(text), str![[r#"
.keyhound.toml:1: unknown key `exclude` in the top level
  help: known keys are `scan`, `policy`, `allow`, `rule`
.keyhound.toml:3: unknown key `exlude` in [scan]
  help: did you mean `exclude`?
.keyhound.toml:5: an entry of `exclude` has no `reason`
  help: add `reason = …` to it
.keyhound.toml:6: path of `exclude` has a glob that is not valid: unclosed character class; missing ']'
  help: it is a glob as in .gitignore: `tests/**`, `*.lock`, `/docs/`
.keyhound.toml:7: this `exclude` matches everything
  help: name what is not to be scanned; a scan of nothing finds nothing
.keyhound.toml:8: `path` of an entry of `exclude` is empty
.keyhound.toml:9: `exclude` of [scan] must be a list of tables
.keyhound.toml:10: `reason` of an entry of `exclude` is empty
.keyhound.toml:12: [[allow]] has no `reason`
  help: add `reason = …` to it
.keyhound.toml:13: `paths` of [[allow]] has a glob that is not valid: `#` begins a comment in this language; write `\#`
  help: it is a glob as in .gitignore: `tests/**`, `*.lock`, `/docs/`
.keyhound.toml:13: `paths` of [[allow]] has a glob that is not valid: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
  help: it is a glob as in .gitignore: `tests/**`, `*.lock`, `/docs/`
.keyhound.toml:14: `rules` of [[allow]] names a rule that does not exist
  help: did you mean `sk-live-key`?
.keyhound.toml:14: `rules` of [[allow]] names a rule that does not exist
  help: rules are `A b`, `sk-live-key`, `sk-test-key`, `x-api-key-literal`
.keyhound.toml:15: `values` of [[allow]] has an expression that does not compile: look-around, including look-ahead and look-behind, is not supported
  help: see the syntax of Rust's `regex` crate; there is no look-around
.keyhound.toml:15: `values` of [[allow]] has an expression that does not compile: unclosed group
  help: see the syntax of Rust's `regex` crate; there is no look-around
.keyhound.toml:15: `values` of [[allow]] has an expression that matches the empty string
  help: it would match every value; write what the allowed ones have
.keyhound.toml:15: `values` of [[allow]] has an expression that matches the empty string
  help: it would match every value; write what the allowed ones have
.keyhound.toml:16: `fingerprints` of [[allow]] has one that is malformed
  help: copy it from a report: `kh1:` and 32 digits of 0-9 and a-f
.keyhound.toml:17: `commits` of [[allow]] has one that is malformed
  help: write 7 to 64 hexadecimal digits of its object id, as `git log` shows it
.keyhound.toml:18: [[allow]] has no condition: it would match everything
  help: say which `paths`, `rules`, `values`, `fingerprints` or `commits` it is about
.keyhound.toml:20: [[allow]] would match everything
  help: say which `paths`, `rules`, `values`, `fingerprints` or `commits` it is about
.keyhound.toml:24: [[allow]] has no condition: it would match everything
  help: say which `paths`, `rules`, `values`, `fingerprints` or `commits` it is about
.keyhound.toml:25: `rules` of [[allow]] is an empty list
  help: say what it should hold, or remove `rules`
.keyhound.toml:26: `reason` of [[allow]] must be a string
.keyhound.toml:27: [[allow]] has no condition: it would match everything
  help: say which `paths`, `rules`, `values`, `fingerprints` or `commits` it is about
.keyhound.toml:28: unknown key `path` in [[allow]]
  help: did you mean `paths`?
.keyhound.toml:31: `paths` of [[allow]] match nothing
  help: a glob that begins with `!` takes back what an earlier one matches
.keyhound.toml:34: a built-in rule has this id already
  help: choose another `id`; built-in rules cannot be replaced
.keyhound.toml:37: `severity` of [[rule]] must be one of `low`, `medium`, `high`, `critical`
  help: did you mean `high`?
.keyhound.toml:38: `pattern` of [[rule]] does not compile: unclosed counted repetition
.keyhound.toml:41: `id` of [[rule]] is made of a-z, 0-9 and -, and neither begins nor ends with -
.keyhound.toml:45: `matcher`s other than `pattern` belong to the built-in rules
  help: leave `matcher` out and give the rule a `pattern`
.keyhound.toml:46: an anchor is empty
  help: remove it, or write what every match contains
"#]].raw());
}

#[test]
fn an_entry_that_matches_every_key_is_refused() {
    let entry = |conditions: &str| format!("[[allow]]\n{conditions}\nreason = 'a'\n");
    for conditions in [
        r"values = ['\w']",
        "values = ['[a-z0-9]']",
        "values = ['[[:ascii:]]']",
        "values = ['^[!-~]+$']",
        "values = ['.']",
        "values = ['[0-9]']",
        "values = ['.{40}']",
        "values = ['[a-f]', '[g-z]']",
        "values = ['^sk_', '^[0-9a-zA-Z-]+$']",
        "paths = ['**', '!README']",
        "paths = ['*', '!README', '!docs/']",
        "paths = ['**', '!README']\nvalues = ['[a-z0-9]']",
        "rules = ['sk-live-key', 'sk-test-key', 'x-api-key-literal']\nvalues = ['.']",
    ] {
        assert_eq!(
            errors(&entry(conditions)).lines().next(),
            Some(".keyhound.toml:1: [[allow]] would match everything"),
            "{conditions}"
        );
    }
    for conditions in [
        "values = ['^sk_test_']",
        "values = ['^[0-9a-f]{32}$']",
        "values = ['^[0-9a-f-]+$']",
        "values = ['7']",
        "values = ['example']",
        "paths = ['docs/**']\nvalues = ['.']",
        "rules = ['sk-test-key']\nvalues = ['[a-z0-9]']",
        "paths = ['*.md', '!README.md']",
    ] {
        assert_eq!(valid(&entry(conditions)).policy.allows.len(), 1, "{conditions}");
    }
}

#[test]
fn rules_that_cannot_be_used_are_told() {
    let rule = |more: &str| {
        format!("[[rule]]\nid = 'a'\nname = 'a'\ndescription = 'a'\nseverity = 'low'\nremedy = 'a'\n{more}\n")
    };
    let text = [
        rule(""),
        rule("pattern = '[a-z'"),
        rule("pattern = 'a|b*'"),
        rule("pattern = 'ab'\ngroup = 1"),
        rule("pattern = 'a{1000}{1000}'"),
        rule("pattern = 'ab'\npractices_of = 'mediamagik'"),
        rule("pattern = 'ab'\ngroup = -1"),
        "[[rule]]\n".to_owned(),
    ];
    assert_data_eq!(
        errors(&text.concat()),
        str![[r#"
.keyhound.toml:1: [[rule]] has no `pattern`
  help: add `pattern = '''…'''`: a regular expression whose group 1 is the secret
.keyhound.toml:9: the rule of line 1 has this id already
  help: choose another `id`; built-in rules cannot be replaced
.keyhound.toml:14: `pattern` of [[rule]] does not compile: unclosed character class
.keyhound.toml:16: the rule of line 1 has this id already
  help: choose another `id`; built-in rules cannot be replaced
.keyhound.toml:21: `pattern` of [[rule]] matches the empty string
  help: write what a secret certainly has, for example with {8,} in the place of *
.keyhound.toml:23: the rule of line 1 has this id already
  help: choose another `id`; built-in rules cannot be replaced
.keyhound.toml:29: `pattern` of [[rule]] has no group 1
  help: groups are 0 to 0
.keyhound.toml:31: the rule of line 1 has this id already
  help: choose another `id`; built-in rules cannot be replaced
.keyhound.toml:36: `pattern` of [[rule]] does not compile: it needs more than 1048576 bytes when compiled
.keyhound.toml:38: the rule of line 1 has this id already
  help: choose another `id`; built-in rules cannot be replaced
.keyhound.toml:44: `practices_of` names no provider
  help: did you mean `mediamagic`?
.keyhound.toml:46: the rule of line 1 has this id already
  help: choose another `id`; built-in rules cannot be replaced
.keyhound.toml:52: `group` of [[rule]] must be a number from 0
.keyhound.toml:53: [[rule]] has no `description`
  help: add `description = …` to it
.keyhound.toml:53: [[rule]] has no `id`
  help: add `id = …` to it
.keyhound.toml:53: [[rule]] has no `name`
  help: add `name = …` to it
.keyhound.toml:53: [[rule]] has no `pattern`
  help: add `pattern = '''…'''`: a regular expression whose group 1 is the secret
.keyhound.toml:53: [[rule]] has no `remedy`
  help: add `remedy = …` to it
.keyhound.toml:53: [[rule]] has no `severity`
  help: add `severity = …` to it
"#]]
        .raw()
    );
}

/// Whoever mends what is told has a configuration that loads: nothing comes up only after that.
#[test]
fn everything_wrong_with_an_incomplete_rule_is_told_at_once() {
    let text = "\
[[rule]]
id = 'a b'
name = 'a'
severity = 'hi'
pattern = 'abcd('
anchors = ['']
practices_of = 'mediamagik'
[[rule]]
id = 'sk-live-key'
name = 'a'
description = 'a'
severity = 'low'
pattern = 'abcd('
[[rule]]
id = ''
name = ' '
description = 1
matcher = 'header'
pattern = 'x*'
remedy = 'a'
";
    assert_data_eq!(
        errors(text),
        str![[r#"
.keyhound.toml:1: [[rule]] has no `description`
  help: add `description = …` to it
.keyhound.toml:1: [[rule]] has no `remedy`
  help: add `remedy = …` to it
.keyhound.toml:2: `id` of [[rule]] is made of a-z, 0-9 and -, and neither begins nor ends with -
.keyhound.toml:4: `severity` of [[rule]] must be one of `low`, `medium`, `high`, `critical`
.keyhound.toml:5: `pattern` of [[rule]] does not compile: unclosed group
.keyhound.toml:6: an anchor is empty
  help: remove it, or write what every match contains
.keyhound.toml:7: `practices_of` names no provider
  help: did you mean `mediamagic`?
.keyhound.toml:8: [[rule]] has no `remedy`
  help: add `remedy = …` to it
.keyhound.toml:9: a built-in rule has this id already
  help: choose another `id`; built-in rules cannot be replaced
.keyhound.toml:13: `pattern` of [[rule]] does not compile: unclosed group
.keyhound.toml:14: [[rule]] has no `severity`
  help: add `severity = …` to it
.keyhound.toml:15: `id` of [[rule]] is empty
.keyhound.toml:16: `name` of [[rule]] is empty
.keyhound.toml:17: `description` of [[rule]] must be a string
.keyhound.toml:18: `matcher`s other than `pattern` belong to the built-in rules
  help: leave `matcher` out and give the rule a `pattern`
.keyhound.toml:19: `pattern` of [[rule]] matches the empty string
  help: write what a secret certainly has, for example with {8,} in the place of *
"#]]
        .raw()
    );
}

#[test]
fn mistakes_of_syntax_are_told_with_the_others() {
    let text = "[scan\nexclude = [\n\n[[allow]]\npaths = ['a'\nreason = \"b\nfoo = = 1\n[[allow]]\nresons = 'a'\n";
    assert_data_eq!(
        errors(text),
        str![[r#"
.keyhound.toml:1: unclosed table, expected `]`
.keyhound.toml:5: missing comma between array elements, expected `,`
.keyhound.toml:6: missing comma between array elements, expected `,`
.keyhound.toml:7: missing comma between array elements, expected `,`
.keyhound.toml:8: missing comma between array elements, expected `,`
.keyhound.toml:9: missing comma between array elements, expected `,`
"#]]
        .raw()
    );
}

#[test]
fn a_value_that_is_cut_short_is_not_judged_and_the_others_are() {
    let text = "[[rule]]\nid = 'a b'\npattern = 'abc(\n[[rule]]\npattern = 'abc('\n";
    assert_data_eq!(
        errors(text),
        str![[r#"
.keyhound.toml:2: `id` of [[rule]] is made of a-z, 0-9 and -, and neither begins nor ends with -
.keyhound.toml:3: invalid literal string, expected `'`
.keyhound.toml:5: `pattern` of [[rule]] does not compile: unclosed group
"#]]
        .raw()
    );
}

#[test]
fn text_that_is_not_utf8_is_refused() {
    let error = load(b"# a\n# \xff\n", "some.toml").unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
some.toml:2: it is not UTF-8 here, as TOML must be
  help: save the file as UTF-8
"#]]
        .raw()
    );
}

#[test]
fn errors_repeat_no_value() {
    let key = format!("sk_{}_{}", "live", "9c41f7a02be85d6613fd0a7c4e92b8d15f603ae7c8214b9d7e05f1a36cb8d247");
    for text in [
        key.clone(),
        format!("{key} = 1"),
        format!("a = '{key}"),
        format!("[[allow]]\nvalues = ['({key}']\nrules = ['{key}']\nfingerprints = ['{key}']\ncommits = ['{key}']\n"),
        format!("[[allow]]\npaths = ['[{key}']\nreason = 1\n{key} = {key}\n"),
        format!("[{key}]\n"),
        format!("[[rule]]\nid = '{key}'\nseverity = '{key}'\npattern = '({key}'\n"),
        format!("scan = '{key}'\n"),
        format!("a = {key}\na = {key}\n"),
    ] {
        let error = errors(&text);
        assert!(!key.as_bytes().windows(6).any(|part| error.contains(std::str::from_utf8(part).unwrap())), "{error}");
    }
}

proptest! {
    /// Loading never panics, and errors have lines of the text.
    #[test]
    fn any_text_loads_or_says_why(text in "(\\[\\[allow\\]\\]\n|\\[scan\\]\n|paths = |reason = |exclude = |'[a-z*!{\\[]{0,3}'|\\[|\\]|,|\\{|\\}|=|\n|\\PC){0,30}") {
        if let Err(errors) = load(text.as_bytes(), "a") {
            prop_assert!(!errors.faults.is_empty());
            let lines = text.matches('\n').count() + 1;
            prop_assert!(errors.faults.iter().all(|fault| (1..=lines).contains(&fault.line)));
        }
    }
}
