"""A runner of GitHub Actions, as far as action.yml needs one: contexts, inputs, outputs, and steps in bash."""

import json
import os
import re
import subprocess
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


class Step:
    """What a run of the action leaves behind."""

    def __init__(self, code, outputs, summary, log):
        self.code, self.outputs, self.summary, self.log = code, outputs, summary, log


def evaluate(text, contexts):
    """The value of a string with `${{ a.b || c.d }}` in it; a name that leads nowhere is the empty string."""

    def one(match):
        for name in match[1].split("||"):
            first, *rest = name.strip().split(".")
            value = contexts[first]
            for part in rest:
                value = value.get(part) if isinstance(value, dict) else None
            if value:
                return value
        return ""

    return re.sub(r"\$\{\{ *(.+?) *\}\}", one, text)


def read_outputs(text):
    """Outputs as the runner reads them: the last of a name counts."""
    outputs, lines = {}, iter(text.splitlines())
    for line in lines:
        plain, heredoc = line.find("="), line.find("<<")
        if heredoc >= 0 and (plain < 0 or heredoc < plain):
            name, end = line.split("<<", 1)
            value = []
            for inner in lines:
                if inner == end:
                    break
                value.append(inner)
            outputs[name] = "\n".join(value)
        else:
            assert plain > 0, f"no output: {line!r}"
            outputs[line[:plain]] = line[plain + 1 :]
    return outputs


def run(home, workspace, event, payload, inputs, environment, action=ROOT, repository=""):
    """Runs action.yml in a workspace for an event. Steps get what the runner gives them, and nothing else of this machine."""
    definition = yaml.safe_load((action / "action.yml").read_text())
    unknown = set(inputs) - set(definition["inputs"])
    assert not unknown, f"no inputs of the action: {unknown}"
    values = {name: inputs.get(name, given.get("default", "")) for name, given in definition["inputs"].items()}
    token = environment["TEST_TOKEN"]
    steps = {}
    contexts = {
        "inputs": values,
        "github": {"event": payload, "token": token, "action_repository": repository},
        "steps": steps,
    }
    home.mkdir(exist_ok=True)
    home.mkdir(exist_ok=True)
    # Where Windows has it, tools take parts of the name for something else.
    temp = home / "C:\\temp"
    temp.mkdir(exist_ok=True)
    event_file, summary_file = home / "event.json", home / "summary.md"
    event_file.write_text(json.dumps(payload))
    summary_file.write_text("before\n")
    base = {
        "HOME": str(home),
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": event,
        "GITHUB_EVENT_PATH": str(event_file),
        "GITHUB_WORKSPACE": str(workspace),
        "GITHUB_STEP_SUMMARY": str(summary_file),
        "GITHUB_ACTION_PATH": str(action),
        "RUNNER_TEMP": str(temp),
        **{name: value for name, value in environment.items() if name != "TEST_TOKEN"},
    }
    code, log = 0, ""
    for number, step in enumerate(definition["runs"]["steps"]):
        assert set(step) <= {"name", "id", "shell", "env", "run"}, f"the runner of the tests does not know all of {step}"
        assert step["shell"] == "bash" and "${{" not in step["run"]
        script, output_file = home / f"step-{number}.sh", home / f"output-{number}"
        script.write_text(step["run"])
        output_file.write_text("")
        given = {name: evaluate(value, contexts) for name, value in step["env"].items()}
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        done = subprocess.run(
            shell,
            cwd=workspace,
            env={**base, **given, "GITHUB_OUTPUT": str(output_file)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
        )
        log += done.stdout.decode(errors="replace")
        steps[step["id"]] = {"outputs": read_outputs(output_file.read_text())}
        code = done.returncode
        if code:
            break
    assert not list(temp.iterdir()), "the action leaves files behind"
    assert token not in log
    outputs = {name: evaluate(given["value"], contexts | {"steps": {"scan": {}, **steps}}) for name, given in definition["outputs"].items()}
    summary = summary_file.read_text()
    assert summary.startswith("before\n"), "the summary of others is gone"
    return Step(code, outputs, summary.removeprefix("before\n"), log)
