//! Each event with a repository that has, or lacks, what it names.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;

/// What a repository has: revisions that name commits, and parents.
#[derive(Default)]
struct Fake {
    names: BTreeMap<String, String>,
    parents: BTreeMap<String, Vec<String>>,
    /// What leads to what, by revision.
    leading: Vec<(String, String)>,
    origin: Vec<String>,
}

impl Fake {
    /// With these commits, by themselves.
    fn with(commits: &[char]) -> Self {
        let names = commits.iter().map(|&commit| (id(commit), id(commit))).collect();
        Self { names, ..Self::default() }
    }

    fn named(mut self, name: &str, commit: char) -> Self {
        self.names.insert(name.to_owned(), id(commit));
        self
    }

    fn merging(mut self, merge: char, parents: [char; 2]) -> Self {
        self.parents.insert(id(merge), parents.map(id).to_vec());
        self
    }

    fn leading(mut self, from: &str, to: char) -> Self {
        self.leading.push((from.to_owned(), id(to)));
        self
    }

    fn from(mut self, url: &str) -> Self {
        self.origin = vec![url.to_owned()];
        self
    }
}

impl Repository for Fake {
    fn id(&self, revision: &str) -> Option<String> {
        self.names.get(revision).cloned()
    }

    fn parents(&self, id: &str) -> Vec<String> {
        self.parents.get(id).cloned().unwrap_or_default()
    }

    fn leads_to(&self, from: &str, to: &str) -> bool {
        self.leading.iter().any(|(known, leading)| known == from && leading == to)
    }

    fn origin(&self) -> Vec<String> {
        self.origin.clone()
    }
}

/// An id of one digit.
fn id(digit: char) -> String {
    digit.to_string().repeat(40)
}

fn plan(name: &str, payload: &Value, repository: &Fake) -> Plan {
    plan_at(name, payload, 'd', repository)
}

/// With the commit that the event happened at.
fn plan_at(name: &str, payload: &Value, sha: char, repository: &Fake) -> Plan {
    match super::task(name, payload, Some(&id(sha)), repository) {
        Ok(Task::Scan(plan)) => plan,
        other => panic!("{other:?}"),
    }
}

fn task(name: &str, payload: &Value, repository: &Fake) -> Result<Task, Refusal> {
    super::task(name, payload, None, repository)
}

fn pull_request() -> Value {
    json!({
        "pull_request": {
            "base": { "sha": id('b'), "ref": "main" },
            "head": { "sha": id('a'), "repo": { "full_name": "owner/project" } },
        },
        "repository": { "default_branch": "main", "full_name": "owner/project" },
    })
}

fn pull_request_of_a_fork() -> Value {
    let mut payload = pull_request();
    payload["pull_request"]["head"]["repo"]["full_name"] = "somebody/project".into();
    payload
}

fn push(before: char, after: char) -> Value {
    json!({
        "ref": "refs/heads/topic", "before": id(before), "after": id(after),
        "created": before == '0', "deleted": after == '0', "forced": false,
        "repository": { "default_branch": "main" },
    })
}

#[test]
fn a_pull_request_is_compared_with_the_first_parent_of_its_merge() {
    let repository = Fake::with(&['a', 'b', 'c', 'd']).named("HEAD", 'd').merging('d', ['c', 'a']);
    // The event happens at the merge, or at the base.
    for (name, sha) in [("pull_request", 'd'), ("pull_request_target", 'c')] {
        let plan = plan_at(name, &pull_request(), sha, &repository);
        assert_eq!(plan.range(), format!("{}..{}", id('c'), id('d')), "the base of the event is stale");
        assert_eq!((plan.judged_by, plan.note), (JudgedBy::Base, None));
    }
    // A merge of something else is what somebody has committed.
    let repository = Fake::with(&['a', 'b', 'c', 'd']).named("HEAD", 'd').merging('d', ['c', 'e']);
    assert_eq!(plan("pull_request", &pull_request(), &repository).range(), format!("{}..{}", id('b'), id('a')));
}

#[test]
fn a_pull_request_whose_head_is_checked_out_is_compared_with_its_base() {
    let repository = Fake::with(&['a', 'b']).named("HEAD", 'a');
    assert_eq!(plan("pull_request", &pull_request(), &repository).range(), format!("{}..{}", id('b'), id('a')));
    // The base branch has moved on, and the change has merged it.
    let repository = Fake::with(&['a', 'b', 'c']).named("HEAD", 'a').named("refs/remotes/origin/main", 'c');
    let plan = plan("pull_request", &pull_request(), &repository);
    assert_eq!(plan.left_out, [id('c'), id('b')]);
    assert_eq!(plan.range(), format!("{} ^{} ^{}", id('a'), id('c'), id('b')));
}

#[test]
fn a_merge_that_somebody_has_pushed_is_not_the_one_that_git_hub_makes() {
    // The head has gone on, and merges what nobody has scanned.
    let repository = Fake::with(&['a', 'b', 'c', 'd', 'e']).named("HEAD", 'd').merging('d', ['c', 'a']);
    for name in ["pull_request", "pull_request_target"] {
        let plan = plan_at(name, &pull_request(), 'e', &repository);
        assert_eq!(plan.range(), format!("{}..{}", id('b'), id('a')));
    }
    let Ok(Task::Scan(plan)) = task("pull_request", &pull_request(), &repository) else { panic!("it is there") };
    assert_eq!(plan.range(), format!("{}..{}", id('b'), id('a')), "nothing says what the event happened at");
}

#[test]
fn branches_of_a_fork_leave_nothing_out() {
    let repository = || Fake::with(&['a', 'b']).named("HEAD", 'a').named("refs/remotes/origin/main", 'c');
    let payload = pull_request_of_a_fork();
    for url in
        ["https://github.com/somebody/project", "https://github.com/owner/project.git/x", "/srv/notowner/project"]
    {
        let plan = plan("pull_request_target", &payload, &repository().from(url));
        assert_eq!(plan.left_out, [id('b')], "{url}");
    }
    assert_eq!(plan("pull_request_target", &payload, &repository()).left_out, [id('b')], "it is not known what it is");
    for url in ["https://github.com/Owner/project", "git@github.com:owner/project.git", "https://x/owner/project/"] {
        let plan = plan("pull_request", &payload, &repository().from(url));
        assert_eq!(plan.left_out, [id('c'), id('b')], "{url}");
    }
    // Neither do they where the base is missing.
    let repository = Fake::with(&['a']).named("HEAD", 'a').named("refs/remotes/origin/main", 'c');
    let whole = plan("pull_request_target", &payload, &repository.from("https://github.com/somebody/project"));
    assert_eq!((whole.range(), whole.judged_by), (id('a'), JudgedBy::Nothing));
}

#[test]
fn a_pull_request_that_is_merged_is_asked_about_what_it_brought() {
    let branch = "refs/remotes/origin/main";
    let repository = Fake::with(&['a', 'b', 'c']).named("HEAD", 'a').named(branch, 'c').leading(branch, 'a');
    assert_eq!(plan("pull_request", &pull_request(), &repository).left_out, [id('b')]);
}

#[test]
fn a_pull_request_whose_head_is_not_there_is_refused() {
    // As with pull_request_target, which checks the base out.
    let repository = Fake::with(&['b']).named("HEAD", 'b');
    let refusal = task("pull_request_target", &pull_request(), &repository).unwrap_err();
    assert!(refusal.message.contains(&id('a')), "{refusal:?}");
    assert!(refusal.help.contains("fetch-depth: 0"), "{refusal:?}");
    assert!(refusal.help.ends_with("ref: ${{ github.event.pull_request.head.sha }}"), "{refusal:?}");
}

#[test]
fn a_base_that_is_missing_widens_the_range() {
    let repository = Fake::with(&['a', 'd']).named("HEAD", 'd').merging('d', ['c', 'a']);
    let whole = plan("pull_request", &pull_request(), &repository);
    assert_eq!((whole.range(), whole.judged_by), (id('d'), JudgedBy::Nothing));
    assert!(whole.note.unwrap().contains("is not in this clone"));
    let repository = repository.named("refs/remotes/origin/main", 'e');
    let wider = plan("pull_request", &pull_request(), &repository);
    assert_eq!((wider.range(), wider.judged_by), (format!("{}..{}", id('e'), id('d')), JudgedBy::Base));
}

#[test]
fn a_push_brings_what_was_not_there_before() {
    let repository = Fake::with(&['a', 'b']);
    let known = plan("push", &push('b', 'a'), &repository);
    assert_eq!((known.range(), known.note), (format!("{}..{}", id('b'), id('a')), None));
    assert_eq!(
        task("push", &push('b', '0'), &repository),
        Ok(Task::Nothing("the push deletes refs/heads/topic: there is nothing to scan".to_owned()))
    );
    let refusal = task("push", &push('b', 'c'), &repository).unwrap_err();
    assert!(refusal.help.ends_with("ref: ${{ github.sha }}"), "{refusal:?}");
}

#[test]
fn a_new_branch_and_a_forced_push_are_compared_with_the_default_branch() {
    let repository = Fake::with(&['a']);
    for before in ['0', 'f'] {
        let whole = plan("push", &push(before, 'a'), &repository);
        assert_eq!((whole.range(), whole.judged_by), (id('a'), JudgedBy::Nothing), "{before}");
    }
    let repository = repository.named("refs/remotes/origin/main", 'd');
    for before in ['0', 'f'] {
        assert_eq!(plan("push", &push(before, 'a'), &repository).left_out, [id('d')], "{before}");
    }
}

#[test]
fn a_push_to_the_default_branch_is_never_compared_with_itself() {
    let mut payload = push('f', 'a');
    payload["ref"] = "refs/heads/main".into();
    // This is what the clone has after the push.
    let repository = Fake::with(&['a']).named("refs/remotes/origin/main", 'a');
    let whole = plan("push", &payload, &repository);
    assert_eq!((whole.range(), whole.judged_by), (id('a'), JudgedBy::Nothing));
}

#[test]
fn a_merge_group_is_compared_with_the_branch_that_it_goes_to() {
    let payload = json!({ "merge_group": {
        "base_sha": id('b'), "head_sha": id('a'), "base_ref": "refs/heads/main", "head_ref": "refs/heads/gh-readonly-queue/x",
    } });
    let repository = Fake::with(&['a', 'b', 'c']);
    assert_eq!(plan("merge_group", &payload, &repository).range(), format!("{}..{}", id('b'), id('a')));
    let repository = repository.named("refs/remotes/origin/main", 'c');
    assert_eq!(plan("merge_group", &payload, &repository).range(), format!("{}..{}", id('c'), id('a')));
}

#[test]
fn what_is_scheduled_or_started_by_hand_is_everything() {
    for name in ["schedule", "workflow_dispatch"] {
        let whole = plan(name, &json!({}), &Fake::default().named("HEAD", 'a'));
        assert_eq!((whole.range(), whole.judged_by), (id('a'), JudgedBy::Tip));
        assert!(task(name, &json!({}), &Fake::default()).unwrap_err().message.contains("HEAD is no commit"));
    }
}

#[test]
fn what_is_not_known_or_not_sane_is_refused() {
    let repository = Fake::with(&['a', 'b']).named("HEAD", 'a').named("--all", 'a').named("HEAD^", 'b');
    for name in ["", "issue_comment", "workflow_run", "PUSH"] {
        let refusal = task(name, &json!({}), &repository).unwrap_err();
        assert!(refusal.help.contains("--base"), "{refusal:?}");
    }
    for name in ["pull_request", "push", "merge_group"] {
        assert!(task(name, &json!({}), &repository).is_err());
        assert!(task(name, &json!([1]), &repository).is_err());
        assert!(task(name, &Value::Null, &repository).is_err());
    }
    for value in [json!("--all"), json!("HEAD^"), json!(7), json!(null), json!(id('g'))] {
        let mut payload = push('b', 'a');
        payload["before"] = value;
        assert!(task("push", &payload, &repository).is_err(), "{payload}");
    }
}

#[test]
fn a_base_of_ones_own_is_taken() {
    let repository = Fake::with(&['a', 'b']).named("HEAD", 'a').named("main", 'b');
    let Ok(Task::Scan(plan)) = Plan::since("main", &repository) else { panic!("it is there") };
    assert_eq!((plan.range(), plan.judged_by), (format!("{}..{}", id('b'), id('a')), JudgedBy::Base));
    assert!(Plan::since("nowhere", &repository).unwrap_err().help.contains("fetch-depth: 0"));
}
