//! From an event of GitHub Actions to the commits that it brings. Pure: it is told what the event file says and asks what
//! the repository has.
//!
//! What an event says of its base can be stale, missing or no commit at all. Such a base is replaced by one that makes the
//! range wider, never by one that makes it narrower.

use serde_json::Value;

/// Whose configuration judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JudgedBy {
    /// That of the first commit that is left out.
    Base,
    /// None: all that is known comes from whoever made the change.
    Nothing,
    /// That of the commits themselves, which nobody proposes: they are there already.
    Tip,
}

/// Which commits to scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) tip: String,
    /// With all that they lead to.
    pub(super) left_out: Vec<String>,
    pub(super) judged_by: JudgedBy,
    /// Why it is another range than the event names.
    pub(super) note: Option<String>,
}

/// What an event asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Task {
    Scan(Plan),
    /// There is nothing to scan, for this reason.
    Nothing(String),
}

/// Why an event cannot be followed, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) message: String,
    pub(super) help: String,
}

/// What the repository has.
pub(super) trait Repository {
    /// The id of the commit that a revision names, if it is there.
    fn id(&self, revision: &str) -> Option<String>;
    /// The parents that a commit names, there or not.
    fn parents(&self, id: &str) -> Vec<String>;
    /// Whether everything that leads to the commit `to` is known to be part of what leads to `from`.
    fn leads_to(&self, from: &str, to: &str) -> bool;
    /// Where the remote `origin` is.
    fn origin(&self) -> Vec<String>;
}

/// The events that are known.
const KNOWN: &str = "pull_request, pull_request_target, push, merge_group, schedule and workflow_dispatch";

impl Plan {
    /// What `base` does not lead to, of what is checked out.
    pub(super) fn since(base: &str, repository: &dyn Repository) -> Result<Task, Refusal> {
        let tip = head(repository)?;
        // To git the tag is meant, so that whoever may push one decides what is old.
        let tag = repository.id(&format!("refs/tags/{base}"));
        let branches = ["refs/heads/", "refs/remotes/"].map(|place| format!("{place}{base}"));
        let branch = branches.iter().find(|branch| repository.id(branch).is_some_and(|id| Some(id) != tag));
        if let (Some(_), Some(branch)) = (&tag, branch) {
            return Err(Refusal {
                message: format!("the base `{base}` is the name of a tag as well as of a branch"),
                help: format!("name the one that is meant: --base {branch}"),
            });
        }
        let base = repository.id(base).ok_or_else(|| Refusal {
            message: format!("the base `{base}` is not in this clone"),
            help: format!("fetch it before, or all of the history:{FETCH_ALL}"),
        })?;
        Ok(Task::Scan(Self { tip, left_out: vec![base], judged_by: JudgedBy::Base, note: None }))
    }

    /// Everything that leads to what is checked out.
    fn whole(repository: &dyn Repository) -> Result<Task, Refusal> {
        let tip = head(repository)?;
        Ok(Task::Scan(Self { tip, left_out: Vec::new(), judged_by: JudgedBy::Tip, note: None }))
    }

    /// The range, as git writes it.
    pub(super) fn range(&self) -> String {
        match &self.left_out[..] {
            [] => self.tip.clone(),
            [base] => format!("{base}..{}", self.tip),
            bases => {
                let bases: Vec<_> = bases.iter().map(|base| format!(" ^{base}")).collect();
                self.tip.clone() + &bases.concat()
            }
        }
    }
}

/// The lines of a workflow that fetch all that a range can lead to.
pub(super) const FETCH_ALL: &str = "
      - uses: actions/checkout@v6
        with:
          fetch-depth: 0
          persist-credentials: false";

/// What an event of this name asks for. `sha` is the commit that it happened at, as GitHub says (`GITHUB_SHA`).
pub(super) fn task(
    name: &str,
    payload: &Value,
    sha: Option<&str>,
    repository: &dyn Repository,
) -> Result<Task, Refusal> {
    let event = Event { name, payload, sha, repository };
    match name {
        "pull_request" | "pull_request_target" => event.pull_request(),
        "push" => event.push(),
        "merge_group" => event.merge_group(),
        "schedule" | "workflow_dispatch" => Plan::whole(repository),
        _ => Err(Refusal {
            message: format!("it is not known which commits an event `{name}` brings"),
            help: format!("name the commit of before: `keyhound ci --base REV`; events that are known are {KNOWN}"),
        }),
    }
}

struct Event<'e> {
    name: &'e str,
    payload: &'e Value,
    sha: Option<&'e str>,
    repository: &'e dyn Repository,
}

impl Event<'_> {
    fn pull_request(&self) -> Result<Task, Refusal> {
        let (base, head) = (self.id_at("/pull_request/base/sha")?, self.id_at("/pull_request/head/sha")?);
        if let Some(here) = self.repository.id("HEAD") {
            // What is checked out is the merge that GitHub makes: its first parent is the base as it is now, while what
            // the event says was true when the pull request was opened. GitHub's is only what GitHub says: whoever can
            // push to the head can merge anything into it.
            if let [base, second] = &self.repository.parents(&here)[..]
                && *second == head
                && self.sha.is_some_and(|sha| sha == here || sha == base)
            {
                return Ok(self.since(here, [base.clone()], None));
            }
        }
        let tip = self.present(&head, "the head of the pull request", "pull_request.head.sha")?;
        let branch = self.payload.pointer("/pull_request/base/ref").and_then(Value::as_str);
        let branch = branch.filter(|_| self.has_origin()).map(|branch| format!("refs/remotes/origin/{branch}"));
        // A check that is run again after the merge still asks what the pull request brought.
        let branch = branch.filter(|branch| !self.repository.leads_to(branch, &tip));
        // A base that was merged meanwhile is no part of the change.
        Ok(self.since(tip, branch.into_iter().chain([base]), None))
    }

    /// Whether the branches of `origin` are those of the repository that the event is of. Where the head of a pull request
    /// is checked out of the fork, they belong to whoever proposes it.
    fn has_origin(&self) -> bool {
        if self.payload.get("pull_request").is_none() {
            return true;
        }
        let name =
            |pointer: &str| self.payload.pointer(pointer).and_then(Value::as_str).filter(|name| !name.is_empty());
        let Some(repository) = name("/repository/full_name") else { return false };
        if name("/pull_request/head/repo/full_name") == Some(repository) {
            return true;
        }
        let urls = self.repository.origin();
        !urls.is_empty() && urls.iter().all(|url| is_repository(url, repository))
    }

    fn push(&self) -> Result<Task, Refusal> {
        let (before, after) = (self.id_at("/before")?, self.id_at("/after")?);
        let reference = self.payload.pointer("/ref").and_then(Value::as_str).unwrap_or_default();
        let is_deleted = self.payload.pointer("/deleted").and_then(Value::as_bool).unwrap_or_default();
        if is_deleted || is_zero(&after) {
            return Ok(Task::Nothing(format!("the push deletes {reference}: there is nothing to scan")));
        }
        let tip = self.present(&after, "what was pushed", "github.sha")?;
        let before = Some(before).filter(|before| !is_zero(before));
        Ok(self.since(tip, before, Some(reference)))
    }

    fn merge_group(&self) -> Result<Task, Refusal> {
        let (base, head) = (self.id_at("/merge_group/base_sha")?, self.id_at("/merge_group/head_sha")?);
        let tip = self.present(&head, "the head of the merge group", "github.sha")?;
        let branch = self.payload.pointer("/merge_group/base_ref").and_then(Value::as_str);
        let branch = branch.and_then(|branch| branch.strip_prefix("refs/heads/"));
        let branch = branch.and_then(|branch| self.repository.id(&format!("refs/remotes/origin/{branch}")));
        // The base of the event is the entry before in the queue, of which nobody knows yet whether it gets in.
        Ok(self.since(tip, [branch.unwrap_or(base)], None))
    }

    /// What none of these leads to; if none is there, what the default branch does not lead to; else all. `pushed` is the
    /// reference that has the tip: what it had before cannot be learnt from it.
    fn since(&self, tip: String, bases: impl IntoIterator<Item = String>, pushed: Option<&str>) -> Task {
        let (mut left_out, mut missing): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for base in bases {
            match self.repository.id(&base) {
                Some(id) if !left_out.contains(&id) => left_out.push(id),
                Some(_) => {}
                None => missing.push(base),
            }
        }
        if !left_out.is_empty() {
            return Task::Scan(Plan { tip, left_out, judged_by: JudgedBy::Base, note: None });
        }
        let why = match missing.last() {
            Some(base) => format!("the base {base} is not in this clone"),
            None => "there was nothing before".to_owned(),
        };
        let default = self.payload.pointer("/repository/default_branch").and_then(Value::as_str);
        let default = default.filter(|default| pushed != Some(&format!("refs/heads/{default}")));
        let default = default.filter(|_| self.has_origin());
        let found = default.and_then(|default| {
            let id = self.repository.id(&format!("refs/remotes/origin/{default}"))?;
            Some((default, id))
        });
        Task::Scan(match found {
            Some((default, id)) => Plan {
                tip,
                left_out: vec![id],
                judged_by: JudgedBy::Base,
                note: Some(format!("{why}: all that {default} does not have is scanned")),
            },
            None => Plan {
                tip,
                left_out: Vec::new(),
                judged_by: JudgedBy::Nothing,
                note: Some(format!("{why}: all commits are scanned, and no configuration is heeded")),
            },
        })
    }

    fn id_at(&self, pointer: &str) -> Result<String, Refusal> {
        let id = self.payload.pointer(pointer).and_then(Value::as_str);
        let is_id = |id: &&str| matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        id.filter(is_id).map(str::to_ascii_lowercase).ok_or_else(|| Refusal {
            message: format!("the file of the event `{}` names no commit at {pointer}", self.name),
            help: "it is the file that GITHUB_EVENT_PATH names; `keyhound ci --base REV` needs none".to_owned(),
        })
    }

    /// The tip has to be there: nothing wider takes its place.
    fn present(&self, id: &str, what: &str, expression: &str) -> Result<String, Refusal> {
        // A tag that was pushed stays what it is: its message counts.
        self.repository.id(id).map(|_| id.to_owned()).ok_or_else(|| Refusal {
            message: format!("{what}, {id}, is not in this clone"),
            help: format!("check it out:{FETCH_ALL}\n          ref: ${{{{ github.event.{expression} }}}}")
                .replace("github.event.github.sha", "github.sha"),
        })
    }
}

fn head(repository: &dyn Repository) -> Result<String, Refusal> {
    repository.id("HEAD").ok_or_else(|| Refusal {
        message: "nothing is checked out: HEAD is no commit".to_owned(),
        help: format!("check the repository out:{FETCH_ALL}"),
    })
}

/// Whether a URL names the repository `OWNER/NAME`, wherever that is.
fn is_repository(url: &str, full_name: &str) -> bool {
    let url = url.trim_end_matches('/');
    let url = url.strip_suffix(".git").unwrap_or(url);
    let Some(place) = url.len().checked_sub(full_name.len()) else { return false };
    let (Some(before), Some(name)) = (url.get(..place), url.get(place..)) else { return false };
    // GitHub's names are of ASCII, and of either case.
    before.ends_with(['/', ':']) && name.eq_ignore_ascii_case(full_name)
}

/// Whether an id stands for nothing.
fn is_zero(id: &str) -> bool {
    id.bytes().all(|byte| byte == b'0')
}

#[cfg(test)]
mod tests;
