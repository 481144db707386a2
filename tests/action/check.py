"""Runs action.yml for every kind of event, on clones that have and that lack what it brings.

Usage: check.py PROGRAM DIRECTORY. PROGRAM is a keyhound of this very version, which takes the place of what cargo would
compile; DIRECTORY is made anew.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import runner
import server as servers
from server import Server, key, line

PROGRAM, DIRECTORY = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
NONE, GONE = "0" * 40, "1234567890" * 4
CARGO = """#!/bin/bash
# In place of cargo: takes the arguments that the action must give, and "compiles" by copying.
set -eu
[ "$1 $2 $3 $4 $6 $8" = "install --locked --quiet --path --root --target-dir" ]
[ "$5" = "$GITHUB_ACTION_PATH" ]
mkdir -p "$7/bin"
cp "$PROGRAM" "$7/bin/keyhound"
"""
PROBES = []


def probe(function):
    PROBES.append(function)
    return function


class Case:
    """A server, and the action on a clone of it."""

    def __init__(self, name):
        self.server = Server(DIRECTORY / name)
        self.home = self.server.directory / "home"
        self.tools = DIRECTORY / "tools"

    def environment(self, event):
        """With the commit that an event happens at."""
        at = {"pull_request": "refs/pull/1/merge", "pull_request_target": "main"}.get(event, "HEAD")
        return {
            "GITHUB_SHA": self.server.id(at),
            "PATH": f"{DIRECTORY / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "PROGRAM": str(PROGRAM),
            "RUNNER_TOOL_CACHE": str(self.tools),
            "GITHUB_SERVER_URL": self.server.url,
            "TEST_TOKEN": servers.TOKEN,
        }

    def run(self, event, payload, **options):
        repository, action = options.pop("repository", ""), options.pop("action", runner.ROOT)
        inputs = {name.replace("_", "-"): value for name, value in options.items()}
        work = self.server.work
        before = self.server.call("rev-parse", "HEAD", directory=work)
        step = runner.run(self.home, work, event, payload, inputs, self.environment(event), action, repository)
        # Nothing is merged or checked out.
        assert self.server.call("rev-parse", "HEAD", directory=work) == before
        if "sarif" not in inputs:
            assert self.server.call("status", "--porcelain", directory=work) == ""
        assert not any(key(number) in step.log + step.summary for number in range(8)), "a key is shown"
        return step

    def expect(self, code, event, payload, says="", findings=None, **inputs):
        step = self.run(event, payload, **inputs)
        told = f"{event} {inputs}: exit code {step.code}, outputs {step.outputs}\n{step.log}\n{step.summary}"
        assert step.code == code, f"expected exit code {code}; {told}"
        assert step.outputs["exit-code"] == str(code), told
        assert says in step.log, f"expected {says!r}; {told}"
        assert findings is None or step.outputs["findings"] == str(findings), f"expected {findings} findings; {told}"
        return step

    def topic(self):
        self.server.git("checkout", "--quiet", "-b", "topic", "main")


def at_every_depth(case, reference, code, event, payload, **inputs):
    """The same outcome, whatever the checkout has left out; nothing is fetched if nothing is missing."""
    ranges = set()
    for depth in (0, 1, 2):
        case.server.check_out(reference, depth)
        fetches = case.server.http.fetches
        step = case.expect(code, event, payload, **inputs)
        assert depth or case.server.http.fetches == fetches, "a whole clone was fetched for"
        ranges.add(step.outputs["range"])
    assert len(ranges) == 1, ranges
    return step


@probe
def pull_request(case):
    case.topic()
    base = case.server.id("main")
    case.server.commit("b.py", "b = 1\n")
    clean = case.server.pull_request(base)
    at_every_depth(case, "refs/pull/1/merge", 0, "pull_request", clean, findings=0)
    case.server.commit("a.py", line(0))
    event = case.server.pull_request(base)
    says = "::error file=a.py,line=1"
    step = at_every_depth(case, "refs/pull/1/merge", 1, "pull_request", event, says=says, findings=1)
    assert step.outputs["range"] == f"{base}..{case.server.id('refs/pull/1/merge')}", step.outputs
    assert "### Rotate these" in step.summary, step.summary
    assert step.outputs["sarif-file"] == ""
    case.server.check_out("refs/pull/1/merge", 1)
    case.expect(0, "pull_request", event, fail_on="never", findings=1)
    # Nobody is told that a part is the whole.
    case.server.check_out("refs/pull/1/merge", 1)
    step = case.expect(2, "pull_request", event, fetch="never", says="fetch-depth: 0")
    assert "### Not scanned" in step.summary


@probe
def pull_request_that_adds_and_removes_a_key(case):
    case.topic()
    case.server.commit("a.py", line(0))
    case.server.commit("a.py", "a = 1\n")
    event = case.server.pull_request(case.server.id("main"))
    says = "removed later, still in history"
    at_every_depth(case, "refs/pull/1/merge", 1, "pull_request", event, says=says)
    at_every_depth(case, "refs/pull/1/merge", 0, "pull_request", event, scope="tree")


@probe
def pull_request_of_many_commits_with_a_stale_base(case):
    case.topic()
    stale = case.server.id("main")
    case.server.commit("a.py", line(0))
    case.server.commit("a.py", "a = 1\n")
    # More than the first fetches bring.
    case.server.many(1000)
    case.server.git("checkout", "--quiet", "main")
    # None of the pull request's business.
    case.server.commit("old.py", line(1))
    case.server.git("checkout", "--quiet", "topic")
    event = case.server.pull_request(stale)
    at_every_depth(case, "refs/pull/1/merge", 1, "pull_request", event, findings=1)
    # The head itself is checked out, as in a job that sets `ref`.
    case.server.git("merge", "--quiet", "--message=catch up", "main")
    event = case.server.pull_request(stale)
    at_every_depth(case, "refs/heads/topic", 1, "pull_request", event, findings=1)


@probe
def pull_request_target(case):
    case.topic()
    case.server.commit("a.py", line(0))
    event = case.server.pull_request(case.server.id("main"))
    # What is checked out is the base, and with depth 1 or a fork the clone has never seen the head.
    for depth in (0, 1):
        case.server.check_out("refs/heads/main", depth)
        case.expect(1, "pull_request_target", event, findings=1)
    case.server.check_out("refs/heads/main", 1)
    case.expect(2, "pull_request_target", event, fetch="never", says="ref: ${{ github.event.pull_request.head.sha }}")


@probe
def pull_request_target_that_checks_out_a_fork(case):
    """What the fork calls `origin/main` leaves nothing out, and its configuration does not judge."""
    base = case.server.id("main")
    # The server stands for the fork here: whatever the event names is in both.
    case.server.commit(".keyhound.toml", '[scan]\nexclude = [{ path = "/a.py", reason = "trust me" }]\n')
    tip = case.server.commit("a.py", line(0))
    head = {"sha": tip, "ref": "main", "repo": {"full_name": "somebody/project"}}
    request = {"number": 1, "base": {"sha": base, "ref": "main"}, "head": head}
    event = {"pull_request": request, "repository": {"default_branch": "main", "full_name": servers.PROJECT}}
    for depth in (0, 1, 2):
        case.server.check_out("refs/heads/main", depth)
        case.expect(1, "pull_request_target", event, says="a.py", findings=1)


@probe
def pull_request_that_allows_its_own_key(case):
    base = case.server.id("main")
    comment = line(0).rstrip() + "  # keyhound:allow -- a test\n"
    for name, files in {
        "entry": {"a.py": line(0), ".keyhound.toml": '[[allow]]\npaths = ["/a.py"]\nreason = "a test"\n'},
        "exclude": {"a.py": line(0), ".keyhound.toml": '[scan]\nexclude = [{ path = "/a.py", reason = "a test" }]\n'},
        "policy": {"a.py": line(0), ".keyhound.toml": 'policy = "head"\n[scan]\nexclude = [{ path = "/a.py", reason = "a test" }]\n'},
        "comment": {"a.py": comment},
    }.items():
        case.server.git("checkout", "--quiet", "-B", "topic", "main")
        for path, text in files.items():
            case.server.commit(path, text, name)
        event = case.server.pull_request(base)
        at_every_depth(case, "refs/pull/1/merge", 1, "pull_request", event, says="a.py", findings=1)
        if ".keyhound.toml" in files:
            case.expect(2, "pull_request", event, config=".keyhound.toml", says="may have changed")
    # Nor is one of elsewhere in the repository that of somebody else.
    case.server.git("checkout", "--quiet", "-B", "topic", "main")
    case.server.commit("app/a.py", line(0))
    case.server.commit("policy/k.toml", '[scan]\nexclude = [{ path = "a.py", reason = "a test" }]\n')
    event = case.server.pull_request(base)
    case.server.check_out("refs/pull/1/merge", 0)
    case.expect(2, "pull_request", event, path="app", config="policy/k.toml", says="may have changed")
    case.expect(1, "pull_request", event, path="app", findings=1)
    # The same entry counts if it was there before.
    case.server.git("checkout", "--quiet", "main")
    case.server.commit(".keyhound.toml", '[scan]\nexclude = [{ path = "/a.py", reason = "a test" }]\n')
    case.server.git("checkout", "--quiet", "-B", "topic", "main")
    case.server.commit("a.py", line(0))
    event = case.server.pull_request(case.server.id("main"))
    at_every_depth(case, "refs/pull/1/merge", 0, "pull_request", event, findings=0)
    # One from elsewhere is that of whoever wrote the workflow.
    empty = case.server.directory / "empty.toml"
    empty.write_text("")
    case.expect(1, "pull_request", event, config=str(empty), findings=1)


@probe
def push(case):
    before = case.server.commit("old.py", line(1))
    after = case.server.commit("a.py", line(0))
    event = Server.push("refs/heads/main", before, after)
    at_every_depth(case, "refs/heads/main", 1, "push", event, findings=1)
    clean = case.server.commit("b.py", "b = 1\n")
    at_every_depth(case, "refs/heads/main", 0, "push", Server.push("refs/heads/main", after, clean), findings=0)


@probe
def push_of_a_new_branch(case):
    case.server.commit("old.py", line(1))
    case.topic()
    tip = case.server.commit("a.py", line(0))
    event = Server.push("refs/heads/topic", NONE, tip)
    at_every_depth(case, "refs/heads/topic", 1, "push", event, findings=1)


@probe
def push_that_is_forced(case):
    case.server.commit("old.py", line(1))
    case.topic()
    before = case.server.commit("a.py", "a = 1\n")
    case.server.git("reset", "--quiet", "--hard", "HEAD~1")
    after = case.server.commit("b.py", line(0))
    # The server may still have what was there before, or not: then all that main lacks is scanned.
    for known in (before, GONE):
        event = Server.push("refs/heads/topic", known, after, forced=True)
        for depth in (0, 1):
            case.server.check_out("refs/heads/topic", depth)
            case.expect(1, "push", event, findings=1)


@probe
def push_that_deletes(case):
    case.server.commit("a.py", line(0))
    event = Server.push("refs/heads/topic", case.server.id("main"), NONE)
    step = at_every_depth(case, "refs/heads/main", 0, "push", event, says="nothing to scan", findings=0)
    assert step.outputs["range"] == ""


@probe
def merge_group(case):
    base = case.server.id("main")
    case.topic()
    # The entry before in the queue is not in main yet: it counts.
    before = case.server.commit("a.py", line(0))
    head = case.server.commit("b.py", "b = 1\n")
    group = {"base_sha": before, "base_ref": "refs/heads/main", "head_sha": head, "head_ref": "refs/heads/topic"}
    event = {"merge_group": group, "repository": {"default_branch": "trunk"}}
    case.server.check_out("refs/heads/topic", 0)
    step = case.expect(1, "merge_group", event, findings=1)
    assert step.outputs["range"] == f"{base}..{head}", step.outputs
    case.server.check_out("refs/heads/topic", 1)
    case.expect(1, "merge_group", event, findings=1)


@probe
def schedule_and_workflow_dispatch(case):
    case.topic()
    case.server.commit("side.py", line(2))
    case.server.git("checkout", "--quiet", "main")
    case.server.commit("a.py", line(0))
    case.server.commit("a.py", "a = 1\n")
    for name in ("schedule", "workflow_dispatch"):
        event = {"repository": {"default_branch": "main"}}
        at_every_depth(case, "refs/heads/main", 1, name, event, findings=2)
        case.server.check_out("refs/heads/main", 1)
        case.expect(2, name, event, fetch="never", says="fetch-depth: 0")


@probe
def other_events(case):
    case.server.check_out("refs/heads/main", 0)
    case.expect(2, "issues", {"action": "opened"}, says="not known which commits an event `issues` brings")
    case.expect(2, "push", {}, says="names no commit")


@probe
def a_clone_without_content(case):
    base = case.server.id("main")
    case.topic()
    case.server.commit("a.py", line(0))
    case.server.commit("a.py", "a = 1\n")
    event = case.server.pull_request(base)
    for depth in (0, 1):
        case.server.check_out("refs/pull/1/merge", depth, ["--filter=blob:none"])
        case.expect(2, "pull_request", event, fetch="never")
        case.expect(1, "pull_request", event, findings=1)


@probe
def a_server_that_does_not_answer(case):
    case.topic()
    case.server.commit("a.py", line(0))
    event = case.server.pull_request(case.server.id("main"))
    case.server.check_out("refs/pull/1/merge", 1)
    case.server.call("remote", "set-url", "origin", "http://127.0.0.1:1/project", directory=case.server.work)
    case.expect(2, "pull_request", event, says="fetch-depth: 0", findings=1)


@probe
def a_checkout_that_left_its_token(case):
    case.topic()
    case.server.commit("a.py", line(0))
    event = case.server.pull_request(case.server.id("main"))
    case.server.check_out("refs/pull/1/merge", 1)
    name = f"http.{case.server.url}/.extraheader"
    case.server.call("config", name, "AUTHORIZATION: basic b2xk", directory=case.server.work)
    case.expect(1, "pull_request", event, findings=1)


@probe
def a_report_of_the_whole_tree(case):
    before = case.server.commit("old.py", line(1))
    after = case.server.commit("b.py", "b = 1\n")
    case.server.check_out("refs/heads/main", 1)
    event = Server.push("refs/heads/main", before, after)
    step = case.expect(0, "push", event, sarif="out.sarif", findings=0)
    report = case.server.work / "out.sarif"
    assert step.outputs["sarif-file"] == str(report), step.outputs
    text = report.read_text()
    assert '"old.py"' in text and "sk-live-key" in text and key(1) not in text, text
    case.server.check_out("refs/heads/main", 1)
    case.expect(2, "push", event, sarif="no/such/directory/out.sarif")
    # What a commit brings does not choose where it goes.
    (case.server.repository / "out.sarif").symlink_to(".git/config")
    after = case.server.commit("c.py", "c = 1\n")
    case.server.check_out("refs/heads/main", 0)
    config = (case.server.work / ".git/config").read_text()
    case.expect(2, "push", Server.push("refs/heads/main", before, after), sarif="out.sarif", says="leaves the working tree")
    assert (case.server.work / ".git/config").read_text() == config


@probe
def a_directory_of_the_workspace(case):
    case.topic()
    case.server.commit("a.py", line(0))
    event = case.server.pull_request(case.server.id("main"))
    case.server.check_out("refs/pull/1/merge", 1)
    inner = case.server.work
    case.server.work = inner.parent
    step = runner.run(case.home, inner.parent, "pull_request", event, {"path": "work"}, case.environment("pull_request"))
    assert (step.code, step.outputs["findings"]) == (1, "1"), step.log
    step = runner.run(case.home, inner.parent, "pull_request", event, {"path": "nowhere"}, case.environment("pull_request"))
    assert step.code == 2 and "nowhere" in step.log, step.log


@probe
def inputs_and_events_are_no_commands(case):
    case.topic()
    case.server.commit("::error::x,y\n%0A|<b>.py", line(0), "::error::z\n\nexit-code=0\n##[group]")
    event = case.server.pull_request(case.server.id("main"))
    case.server.check_out("refs/pull/1/merge", 1)
    step = case.expect(1, "pull_request", event, findings=1)
    for said in step.log.splitlines():
        assert "##[" not in said and not said.lstrip().startswith(("::error::", "exit-code=")), said
    evil = "x\"; $(touch pwned) `touch pwned`\n::error::y"
    for name in ("scope", "fail_on", "min_confidence", "config", "fetch", "path"):
        step = case.run("pull_request", event, **{name: evil})
        assert step.code == 2 and "\n::error::y" not in step.log, f"{name}: {step.code} {step.log}"
    for where in (case.server.work, runner.ROOT):
        assert not (where / "pwned").exists()
    for place in (("pull_request", "base", "ref"), ("repository", "default_branch")):
        case.server.check_out("refs/pull/1/merge", 1)
        inner = event
        for name in place[:-1]:
            inner = inner[name]
        kept, inner[place[-1]] = inner[place[-1]], "--upload-pack=touch pwned"
        case.expect(1, "pull_request", event)
        inner[place[-1]] = kept
        assert not (case.server.work / "pwned").exists()


@probe
def where_keyhound_comes_from(case):
    case.server.check_out("refs/heads/main", 0)
    event = Server.push("refs/heads/main", case.server.id("main"), NONE)
    case.tools = case.home / "tools"
    # Without cargo, it is in the tool cache or nowhere.
    cargo = DIRECTORY / "bin/cargo"
    away = cargo.rename(cargo.with_name("away"))

    def refused(**options):
        return case.run("push", event, **options)

    step = refused()
    assert step.code == 2 and "there is no cargo" in step.log, step.log
    away.rename(cargo)
    case.expect(0, "push", event)
    cargo.rename(away)
    case.expect(0, "push", event)
    shutil.rmtree(case.tools)
    step = refused(install="somewhere")
    assert step.code == 2 and "it has to be `source` or `release`" in step.log, step.log

    # A tree that is tagged: with the checksum of the archive that packaging/archive makes.
    releases = case.server.directory / "releases"
    target = subprocess.run(["uname", "-m"], stdout=subprocess.PIPE).stdout.decode().strip() + "-unknown-linux-musl"
    made = subprocess.run([runner.ROOT / "packaging/archive", target, PROGRAM, releases], stdout=subprocess.PIPE, check=True)
    archive = Path(made.stdout.decode().strip())
    tagged = case.server.directory / "tagged"
    (tagged / "packaging/action").mkdir(parents=True)
    for name in ("action.yml", "Cargo.toml", "packaging/action/install", "packaging/action/scan"):
        shutil.copy(runner.ROOT / name, tagged / name)
    checksums = tagged / "packaging/action/checksums"
    released = dict(action=tagged, install="release", mirror=case.server.url + "/releases")
    checksums.write_text("# none\n")
    step = refused(**released)
    assert step.code == 2 and "knows no checksum" in step.log, step.log
    checksums.write_text(f"{hashlib.sha256(archive.read_bytes()).hexdigest()}  {archive.name}\n")
    case.expect(0, "push", event, **released)
    away_archive = archive.rename(archive.with_name("elsewhere"))
    case.expect(0, "push", event, **released)
    shutil.rmtree(case.tools)
    step = refused(**released)
    assert step.code == 2 and "cannot be fetched" in step.log, step.log
    archive.write_bytes(away_archive.read_bytes() + b"\0")
    step = refused(**released)
    assert step.code == 2 and "its SHA-256 is another one" in step.log, step.log
    step = refused(action=tagged, install="release")
    assert step.code == 2 and "no releases" in step.log, step.log
    away.rename(cargo)

    # On Windows, as far as that is told by its bash: another name for the program, and paths that tar and sha256sum read
    # otherwise.
    made = subprocess.run(
        [runner.ROOT / "packaging/archive", "x86_64-pc-windows-msvc", PROGRAM, releases], stdout=subprocess.PIPE, check=True
    )
    archive = Path(made.stdout.decode().strip())
    checksums.write_text(f"{hashlib.sha256(archive.read_bytes()).hexdigest()}  {archive.name}\n")
    uname = DIRECTORY / "bin/uname"
    uname.write_text("#!/bin/sh\n[ \"$1\" = -sm ] || exec /usr/bin/uname \"$@\"\necho MINGW64_NT-10.0-26100 x86_64\n")
    uname.chmod(0o755)
    case.tools = case.home / "C:\\tools"
    case.expect(0, "push", event, **released)
    assert list(case.tools.glob("keyhound/*windows*/bin/keyhound.exe")), "it is not where the next run looks"
    archive.unlink()
    case.expect(0, "push", event, **released)
    uname.unlink()


def main():
    if DIRECTORY.exists():
        shutil.rmtree(DIRECTORY)
    (DIRECTORY / "bin").mkdir(parents=True)
    cargo = DIRECTORY / "bin/cargo"
    cargo.write_text(CARGO)
    cargo.chmod(0o755)
    failed = 0
    for function in PROBES:
        name = function.__name__
        case = Case(name)
        try:
            function(case)
            print(f"  ok: {name.replace('_', ' ')}", flush=True)
        except Exception as error:  # Whatever it is, the others are tried, too.
            failed += 1
            print(f"failed: {name}: {type(error).__name__}: {error} (line {error.__traceback__.tb_next.tb_lineno})", flush=True)
        finally:
            case.server.stop()
    print(f"action: {len(PROBES) - failed} of {len(PROBES)} cases are as they should be")
    sys.exit(1 if failed else 0)


main()
