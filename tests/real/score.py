"""Runs secret scanners over the packages that fetch.py brought and counts what they get right on the labelled lines.

    python3 tests/real/score.py DIR --keyhound target/release/keyhound [--gitleaks PATH] [--kingfisher PATH]
    python3 tests/real/score.py DIR --keyhound … --write      puts the tables into docs/accuracy.md as well
    python3 tests/real/score.py DIR --keyhound … --unlabelled lists the findings on lines without a label too

Prints places and verdicts, never values. Of the held-out packages it prints counts alone: no place, so that nobody can
mend keyhound for them. A scanner that is not named is looked for in PATH, and left out if it is not there.
Exits with 1 if keyhound reports a line that is labelled silent, misses one that is labelled key, or reports a line of a
listed package that has no label; with 2 if a listed package or a scanner's report cannot be read.
"""

import argparse
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parent.parent / "docs" / "accuracy.md"
BEGIN, END = "<!-- score.py writes from here", "<!-- to here -->"
SPLITS = ("tuned", "held-out")
# What a finding of another scanner must stand beside (within 2 lines) to be about the keys that keyhound looks for.
SUBJECT = re.compile(rb"(?i)sk_(live|test)_|x[-_]?api[-_]?key|mediamagic_api_key")


def table(name):
    lines = [line for line in (HERE / name).read_text().splitlines() if not line.startswith("#")]
    header = lines[0].split("\t")
    return [dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:]]


def run(command, directory):
    done = subprocess.run(command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return done.returncode, done.stdout, done.stderr


def keyhound(path, directory):
    """Findings as (path, first line, last line), as all three give them."""
    code, out, err = run([path, "scan", "--format", "json", "--no-config", "--no-inline", "."], directory)
    if code not in (0, 1):
        raise SystemExit(f"keyhound: exit code {code}: {err.strip()}")
    for finding in json.loads(out)["findings"]:
        for place in finding.get("occurrences") or [finding]:
            yield finding["path"], place["start"]["line"], place["end"]["line"]


def gitleaks(path, directory):
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch, "report.json")
        # Without the limit it works for more than ten minutes on files with lines of megabytes; what it leaves out holds no key.
        command = [path, "dir", ".", "--no-banner", "--redact", "--ignore-gitleaks-allow", "--max-target-megabytes", "1"]
        code, _, err = run([*command, "--exit-code", "0", "--report-format", "json", "--report-path", str(report)], directory)
        if code != 0:
            raise SystemExit(f"gitleaks: exit code {code}: {err.strip()[-300:]}")
        for finding in json.loads(report.read_text()):
            yield finding["File"], finding["StartLine"], finding["EndLine"]


def kingfisher(path, directory):
    # --no-validate: it would otherwise send what it finds to the services that it takes them for.
    command = [path, "scan", ".", "--no-validate", "--redact", "--no-dedup", "--no-ignore", "--git-history", "none"]
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch, "report.jsonl")
        code, _, err = run([*command, "--no-update-check", "--format", "jsonl", "--output", str(report)], directory)
        if not report.exists():
            raise SystemExit(f"kingfisher: exit code {code}: {err.strip()[-300:]}")
        for line in report.read_text().splitlines():
            finding = json.loads(line).get("finding")
            if finding:
                yield finding["path"], finding["line"], finding["line"]


class Package:
    def __init__(self, row, directory):
        self.split = row["split"]
        self.name = f"{row['registry']} {row['name']}"
        self.prefix = f"{row['registry']}/{row['name'].replace(':', '/')}/{row['version']}/"
        if not (directory / self.prefix).is_dir():
            raise SystemExit(f"{self.prefix} is not in {directory}: run fetch.py first")


def attribute(findings, packages):
    """Findings as {(package, path): {(first line, last line)}}; those outside the listed packages are left out."""
    by_prefix = {package.prefix: package for package in packages}
    found = collections.defaultdict(set)
    for path, first, last in findings:
        path = os.path.normpath(path)
        parts = path.split("/")
        for count in range(3, len(parts)):
            package = by_prefix.get("/".join(parts[:count]) + "/")
            if package:
                found[package, "/".join(parts[count:])].add((first, max(first, last)))
    return found


def about_our_keys(directory, package, path, first, last):
    lines = Path(directory, package.prefix, path).read_bytes().split(b"\n")
    return SUBJECT.search(b"\n".join(lines[max(0, first - 3) : last + 2])) is not None


def judge(findings, labels, directory, everything):
    """({label: hit}, unlabelled places). A finding that covers a key's line is right, whatever else it covers."""
    hit, unlabelled = set(), []
    for (package, path), ranges in findings.items():
        for first, last in sorted(ranges):
            covered = [(package, path, line) for line in range(first, last + 1) if (package, path, line) in labels]
            for verdict in ("key", "sample", "silent"):
                chosen = [place for place in covered if labels[place]["verdict"] == verdict]
                if chosen:
                    hit.update(chosen)
                    break
            else:
                if everything or about_our_keys(directory, package, path, first, last):
                    unlabelled.append((package, path, first))
    return hit, sorted(unlabelled, key=lambda place: (place[0].name, place[1], place[2]))


def copy_labelled(labels, directory, target):
    """The files with labelled lines: gitleaks needs more than ten minutes for all, because some packages have lines of megabytes."""
    for package, path, _ in labels:
        place = Path(target, package.prefix, path)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(Path(directory, package.prefix, path), place)


def ratio(part, whole):
    return f"{part / whole:.3f}" if whole else "–"


def tables(results, labels, packages):
    lines = ["| scanner | packages | found | missed | blamed wrongly | samples reported | recall | precision |"]
    lines.append("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, (hit, _) in results.items():
        for split in SPLITS:
            mine = {place: label for place, label in labels.items() if place[0].split == split}
            count = collections.Counter((label["verdict"], place in hit) for place, label in mine.items())
            right, wrong, missed = count["key", True], count["silent", True], count["key", False]
            samples = f"{count['sample', True]} of {count['sample', True] + count['sample', False]}"
            numbers = [right, missed, wrong, samples, ratio(right, right + missed), ratio(right, right + wrong)]
            lines.append(f"| {name} | {split} | " + " | ".join(map(str, numbers)) + " |")
    # A class of the held-out packages can be a single line: its count would tell the place.
    lines += ["", "Reported lines of each class in the tuned packages, of all its lines:", ""]
    lines += ["| verdict | class | " + " | ".join(results) + " |", "| --- | --- |" + " ---: |" * len(results)]
    tuned = {place: label for place, label in labels.items() if place[0].split == "tuned"}
    for verdict, kind in sorted({(label["verdict"], label["class"]) for label in tuned.values()}):
        mine = [place for place, label in tuned.items() if (label["verdict"], label["class"]) == (verdict, kind)]
        row = [f"{sum(place in hit for place in mine)} of {len(mine)}" for hit, _ in results.values()]
        lines.append(f"| {verdict} | {kind} | " + " | ".join(row) + " |")
    count = collections.Counter(package.split for package in packages)
    lines.append("")
    lines.append(
        f"{len(labels)} labelled lines in {len(packages)} packages ({count['tuned']} tuned, {count['held-out']} held out)."
    )
    return lines


def mistakes(hit, labels):
    for place, label in sorted(labels.items(), key=lambda item: (item[0][0].name, item[0][1], item[0][2])):
        if place[0].split == "tuned" and label["verdict"] != "sample" and (label["verdict"] == "key") != (place in hit):
            what = "missed" if label["verdict"] == "key" else "blamed"
            yield f"- {what}: {place[0].name}, `{place[1]}`, line {place[2]} ({label['class']})"


def write(lines):
    text = DOCUMENT.read_text()
    before, rest = text.split(BEGIN, 1)
    opening, rest = rest.split("\n", 1)
    _, after = rest.split(END, 1)
    DOCUMENT.write_text(before + BEGIN + opening + "\n\n" + "\n".join(lines) + "\n\n" + END + after)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path)
    for name in ("keyhound", "gitleaks", "kingfisher"):
        parser.add_argument(f"--{name}", default=shutil.which(name))
    parser.add_argument("--write", action="store_true", help="put the tables into docs/accuracy.md")
    parser.add_argument("--unlabelled", action="store_true", help="list findings on lines without a label, of both splits")
    options = parser.parse_args()
    if not options.keyhound:
        raise SystemExit("no keyhound: name it with --keyhound")
    packages = [Package(row, options.directory) for row in table("packages.tsv")]
    by_prefix = {package.prefix: package for package in packages}
    labels = {}
    for row in table("labels.tsv"):
        package = by_prefix[f"{row['registry']}/{row['package'].replace(':', '/')}/{row['version']}/"]
        labels[package, row["path"], int(row["line"])] = row
    results = {}
    with tempfile.TemporaryDirectory() as labelled_files:
        copy_labelled(labels, options.directory, Path(labelled_files))
        for name, scan, directory in (
            ("keyhound", keyhound, options.directory),
            ("gitleaks", gitleaks, labelled_files),
            ("kingfisher", kingfisher, labelled_files),
        ):
            path = getattr(options, name)
            if path:
                found = attribute(scan(os.path.abspath(path), directory), packages)
                results[name] = judge(found, labels, options.directory, name == "keyhound")
    hit, unlabelled = results["keyhound"]
    lines = tables(results, labels, packages)
    wrong = list(mistakes(hit, labels))
    lines += ["", "keyhound's mistakes in the tuned packages:" if wrong else "keyhound makes no mistake in the tuned packages."]
    lines += ([""] if wrong else []) + wrong
    print("\n".join(lines))
    for name, (_, places) in results.items():
        print(f"\n{name}: {len(places)} findings on lines without a label", end="")
        print(":" if options.unlabelled and places else "")
        if options.unlabelled:
            for package, path, line in places:
                print(f"  {package.split} {package.name} {path}:{line}")
    if options.write:
        write(lines)
    missed = any((label["verdict"] == "key") != (place in hit) for place, label in labels.items() if label["verdict"] != "sample")
    return 1 if missed or unlabelled else 0


if __name__ == "__main__":
    sys.exit(main())
