"""Tries the program for Windows on real repositories: python3 tests/windows.py RUNNER PROGRAM DIRECTORY

RUNNER is what runs a program of Windows (wine), DIRECTORY is for what the test makes. What differs between systems is tried:
paths, links, what git's index notes of files, files that are replaced. All else is the same code as elsewhere.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

RUNNER, PROGRAM, DIRECTORY = sys.argv[1], Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve()
KEY = "_".join(["sk", "live", secrets.token_hex(32)])
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITHUB_", "CI"))},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "WINEPREFIX": str(DIRECTORY / "wine"),
    "WINEDEBUG": "-all",
}


class Repository:
    def __init__(self, name):
        self.top = DIRECTORY / name
        shutil.rmtree(self.top, ignore_errors=True)
        self.top.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.name", "A U Thor")
        self.git("config", "user.email", "author@example.com")

    def git(self, *arguments):
        subprocess.run(["git", *arguments], cwd=self.top, env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)

    def write(self, path, text):
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self, path, text):
        self.write(path, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--no-verify", "--message", "a change")

    def run(self, code, *arguments, within="."):
        """What it prints, if it ends with this code and shows no key."""
        command = [RUNNER, str(PROGRAM), *arguments]
        done = subprocess.run(command, cwd=self.top / within, env=ENVIRONMENT, capture_output=True, timeout=300)
        printed = done.stdout.decode().replace("\r\n", "\n")
        said = printed + done.stderr.decode()
        assert done.returncode == code, f"{arguments} ended with {done.returncode}, not with {code}:\n{said}"
        assert KEY not in said, f"{arguments} shows the key"
        return printed

    def places(self, code, *arguments, within="."):
        report = json.loads(self.run(code, *arguments, "--format", "json", within=within))
        occurrences = [(finding, place) for finding in report["findings"] for place in finding["occurrences"]]
        return sorted((finding["path"], place["start"]["line"], place["start"]["column"]) for finding, place in occurrences)


def files():
    """Paths are those of git, whatever is typed; what git ignores and the configuration excludes is left out."""
    it = Repository("files")
    it.write("src/deep/a.py", f'first = 1\nkey = "{KEY}"\n')
    it.write("build/b.py", f'key = "{KEY}"\n')
    it.write("vendor/c/d.py", f'key = "{KEY}"\n')
    it.write(".gitignore", "/build/\n")
    it.write(".keyhound.toml", '[[scan.exclude]]\npath = "vendor/"\nreason = "code of others"\n')
    found = [("src/deep/a.py", 2, 8)]
    assert it.places(1, "scan") == found
    assert it.places(1, "scan", "src\\deep") == found
    assert it.places(1, "scan", "..\\src\\deep\\a.py", within="vendor") == found
    assert it.places(0, "scan", "build\\b.py") == [("build/b.py", 1, 8)]
    assert it.run(0, "scan", "--files") == ".gitignore\n.keyhound.toml\nsrc/deep/a.py\n"
    assert "reported" in it.run(0, "explain", "deep\\a.py:2", within="src")
    it.run(1, "scan", "--report", "sarif=keys.sarif")
    it.run(1, "scan", "--report", "sarif=keys.sarif")
    report = (it.top / "keys.sarif").read_text()
    assert '"src/deep/a.py"' in report and KEY not in report
    it.run(2, "scan", "no\\such\\file")


def changes():
    """A commit that adds a key is stopped, one that edits a file which has one is not."""
    it = Repository("changes")
    it.commit("src/a.py", "first = 1\n")
    assert it.places(0, "staged") == []
    it.write("src/a.py", f'first = 1\nkey = "{KEY}"\n')
    it.git("add", "--all")
    assert it.places(1, "staged", within="src") == [("src/a.py", 2, 8)]
    it.run(1, "hook", "pre-commit", "src\\a.py")
    it.git("commit", "--quiet", "--no-verify", "--message", "a key")
    it.write("src/a.py", f'first = 2\nkey = "{KEY}"\n')
    it.git("add", "--all")
    assert it.places(0, "staged") == []
    it.run(0, "hook", "pre-commit", "src\\a.py")
    it.git("commit", "--quiet", "--message", "an edit")
    assert it.places(1, "range", "HEAD~2..HEAD") == [("src/a.py", 2, 8)]
    assert it.places(0, "range", "HEAD~1..HEAD") == []
    assert it.places(1, "history") == [("src/a.py", 2, 8)]
    # An index says of a file that it is unchanged by what it notes of it; all the same, the file is read.
    assert it.places(1, "scan") == [("src/a.py", 2, 8)]
    it.git("gc", "--quiet")
    it.commit("src/a.py", "first = 2\n")
    assert it.places(0, "scan") == []
    assert it.places(1, "history") == [("src/a.py", 2, 8)]
    report = json.loads(it.run(1, "audit", "--format", "json"))
    assert [secret["environment"] for secret in report["secrets"]] == ["live"]
    fingerprint = report["secrets"][0]["fingerprint"]
    it.run(0, "allow", fingerprint, "--reason", "revoked in the meantime")
    it.commit("src/b.py", "second = 2\n")
    assert it.places(0, "history") == []


def hooks():
    """Hooks are written where git looks for them, once, and taken away again."""
    it = Repository("hooks")
    it.run(0, "install", "--hook", "pre-commit")
    script = (it.top / ".git/hooks/pre-commit").read_text()
    assert script.startswith("#!/bin/sh\n") and "keyhound.exe'" in script, script
    assert "installed" in it.run(0, "install", "--check", "--hook", "pre-commit")
    it.run(0, "uninstall", "--hook", "pre-commit")
    assert not (it.top / ".git/hooks/pre-commit").exists()


def broken():
    """What cannot be looked at is never clean."""
    it = Repository("broken")
    it.commit("a.py", "first = 1\n")
    it.git("gc", "--quiet")
    for pack in (it.top / ".git/objects/pack").glob("*.pack"):
        content = bytearray(pack.read_bytes())
        content[len(content) // 2] ^= 0xFF
        pack.chmod(0o644)
        pack.write_bytes(content)
    it.run(2, "history")
    index = it.top / ".git/index"
    index.write_bytes(index.read_bytes()[:-7])
    it.run(2, "staged")


def main():
    for probe in (files, changes, hooks, broken):
        probe()
        print(f"  ok: {probe.__name__}: {probe.__doc__}", flush=True)


main()
