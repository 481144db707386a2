"""Writes the workflows that the papers show into DIRECTORY, for the linters. Usage: examples.py DIRECTORY.

What a linter does not know is checked here: that a workflow fetches all of the history, may only read, and leaves no token
behind. Where the papers name this repository, the action in DIRECTORY stands instead, so that its inputs are checked; in
DIRECTORY/pinned, what a reader puts there.
"""

import re
import shutil
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
NAMED = "OWNER/keyhound@COMMIT"


def main():
    directory = Path(sys.argv[1])
    if directory.exists():
        shutil.rmtree(directory)
    workflows = directory / ".github/workflows"
    workflows.mkdir(parents=True)
    (directory / "pinned").mkdir()
    shutil.copy(ROOT / "action.yml", directory)
    count = 0
    for paper in ("README.md", "docs/github-actions.md"):
        for text in re.findall(r"^```yaml\n(.*?)^```$", (ROOT / paper).read_text(), re.M | re.S):
            if NAMED not in text:
                continue
            count += 1
            (workflows / f"{count}.yml").write_text(text.replace(NAMED, "./"))
            (directory / f"pinned/{count}.yml").write_text(text.replace("COMMIT", "0123456789" * 4))
            workflow = yaml.safe_load(text)
            assert workflow["permissions"] in ({"contents": "read"}, {}), text
            for job in workflow["jobs"].values():
                checkout = job["steps"][0]
                assert checkout["uses"].startswith("actions/checkout@"), text
                assert checkout["with"] == {"fetch-depth": 0, "persist-credentials": False}, text
                assert job.get("permissions", {"contents": "read"})["contents"] == "read", text
    assert count >= 4, f"the papers show {count} workflows"


main()
