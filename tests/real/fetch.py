"""Downloads the packages of packages.tsv, checks their digests and unpacks them.

    python3 tests/real/fetch.py DIR             every package of the list, into DIR
    python3 tests/real/fetch.py DIR --pin       the same, and writes the digests that the list leaves out

A package lies in DIR/REGISTRY/NAME/VERSION afterwards; what lies there already is not fetched again. The registries'
own clients do the downloading (pip, npm, go, cargo, mvn), so they are asked where, and with the credentials, proxies and
certificates, that this machine is set up for. Nothing of a package is ever built or run.
Exits with 1 if a package could not be had or is not the one in the list.
"""

import argparse
import glob
import hashlib
import io
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

HERE = Path(__file__).resolve().parent
LIST = HERE / "packages.tsv"
# A bound on what one package may unpack to, against archives made to fill a disk.
MAX_BYTES = 2 * 1024**3

# pip has no command that takes a source distribution without running its build: this asks pip's own finder, set up by
# pip's own configuration, where the file is, and takes it through pip's own session.
PIP_TAKE = """
import sys
from pip._internal.commands import create_command
from pip._vendor.packaging.specifiers import SpecifierSet
name, version, directory = sys.argv[1:]
command = create_command("download")
options, _ = command.parse_args(["--no-deps", "--prefer-binary", name])
with command.main_context():
    session = command.get_default_session(options)
    finder = command._build_package_finder(options, session)
    finder._ignore_requires_python = True
    found = [c.link for c in finder.find_all_candidates(name)
             if SpecifierSet("==" + version).contains(c.version, prereleases=True)]
    found.sort(key=lambda link: (link.is_wheel, link.filename))
    if not found:
        raise SystemExit(f"pip finds no {name} {version}")
    answer = session.get(found[0].url_without_fragment)
    answer.raise_for_status()
    with open(f"{directory}/{found[0].filename}", "wb") as file:
        file.write(answer.content)
"""


class Failed(Exception):
    """A package that could not be had; the text says why."""


def run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        tail = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise Failed(f"{command[0]} failed: {' / '.join(tail)}")
    return done.stdout


def the_only_file(directory):
    files = [entry for entry in Path(directory).iterdir() if entry.is_file()]
    if len(files) != 1:
        raise Failed(f"expected one file from the client, got {len(files)}")
    return files[0]


def take_pypi(name, version, scratch):
    run([sys.executable, "-c", PIP_TAKE, name, version, scratch])
    return the_only_file(scratch)


def take_npm(name, version, scratch):
    run(["npm", "pack", "--ignore-scripts", "--pack-destination", scratch, f"{name}@{version}"], cwd=scratch)
    return the_only_file(scratch)


def take_go(name, version, scratch):
    answer = json.loads(run(["go", "mod", "download", "-json", f"{name}@{version}"], cwd=scratch))
    return Path(answer["Zip"])


def take_crates(name, version, scratch):
    # `cargo info` downloads the package to read its manifest, and nothing it depends on.
    run(["cargo", "info", "--quiet", f"{name}@{version}"], cwd=scratch)
    home = os.environ.get("CARGO_HOME", os.path.expanduser("~/.cargo"))
    found = glob.glob(f"{glob.escape(home)}/registry/cache/*/{name}-{version}.crate")
    if not found:
        raise Failed("cargo keeps no such crate")
    return Path(found[0])


def take_maven(name, version, scratch):
    group, artifact, *classifier = name.split(":")
    coordinates = ":".join([group, artifact, version, "jar", *classifier])
    run(["mvn", "--batch-mode", "--quiet", "dependency:get", f"-Dartifact={coordinates}", "-Dtransitive=false"], cwd=scratch)
    shown = run(
        ["mvn", "--batch-mode", "--quiet", "-Dstyle.color=never", "help:evaluate"]
        + ["-Dexpression=settings.localRepository", "-DforceStdout"],
        cwd=scratch,
    )
    repository = re.sub(r"\x1b\[[0-9;]*m", "", shown).strip()  # mvn colours even this
    file = "-".join([artifact, version, *classifier]) + ".jar"
    return Path(repository, *group.split("."), artifact, version, file)


TAKE = {"pypi": take_pypi, "npm": take_npm, "go": take_go, "crates": take_crates, "maven": take_maven}


def members(archive):
    """The regular files of an archive: (name, bytes). Links and devices are left out."""
    data = archive.read_bytes()
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            for info in file.infolist():
                mode = info.external_attr >> 16
                if info.is_dir() or (stat.S_IFMT(mode) not in (0, stat.S_IFREG)):
                    continue
                yield info.filename, info.file_size, lambda info=info: file.read(info)
    else:
        with tarfile.open(fileobj=io.BytesIO(data)) as file:
            for info in file:
                if info.isfile():
                    yield info.name, info.size, lambda info=info: file.extractfile(info).read()


def prefix_of(registry, name, version):
    """The directories every member of a package lies in, or None for "the first one, whatever its name"."""
    if registry == "go":
        return f"{name}@{version}/"
    if registry == "maven":
        return ""
    return None


def unpack(archive, target, prefix):
    if archive.suffix == ".whl":
        prefix = ""
    total = 0
    for name, size, read in members(archive):
        if prefix is None:
            name = name.removeprefix("./").partition("/")[2]
        elif name.startswith(prefix):
            name = name[len(prefix) :]
        path = PurePosixPath(name)
        if not name or path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name:
            raise Failed(f"a member would leave the directory, or has no name in it: {name!r}")
        total += size
        if total > MAX_BYTES:
            raise Failed("unpacks to more than the bound")
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(read())


def get(row, directory):
    registry, name, version, digest = row["registry"], row["name"], row["version"], row["sha256"]
    target = directory / registry / name.replace(":", "/") / version
    mark = target.with_name(target.name + ".sha256")
    if digest != "-" and mark.exists() and mark.read_text() == digest:
        return digest
    with tempfile.TemporaryDirectory() as scratch:
        archive = TAKE[registry](name, version, scratch)
        found = hashlib.sha256(archive.read_bytes()).hexdigest()
        if digest not in ("-", found):
            raise Failed(f"sha256 is {found}, the list says {digest}")
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        unpack(archive, target, prefix_of(registry, name, version))
    mark.write_text(found)
    return found


def rows():
    """The list's comment lines, its header, and its rows as dictionaries."""
    comments, table = [], []
    header = None
    for line in LIST.read_text().splitlines():
        if line.startswith("#"):
            comments.append(line)
        elif header is None:
            header = line.split("\t")
        elif line:
            table.append(dict(zip(header, line.split("\t"), strict=True)))
    return comments, header, table


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--pin", action="store_true", help="write the digests that are '-' in the list")
    options = parser.parse_args()
    comments, header, table = rows()
    failures = 0
    for row in table:
        try:
            row["sha256"] = get(row, options.directory)
        except (Failed, OSError, KeyError, ValueError, tarfile.TarError, zipfile.BadZipFile) as error:
            failures += 1
            print(f"{row['registry']} {row['name']} {row['version']}: {error}", file=sys.stderr)
    if options.pin:
        lines = ["\t".join(row[column] for column in header) for row in table]
        LIST.write_text("\n".join([*comments, "\t".join(header), *lines]) + "\n")
    print(f"{len(table) - failures} of {len(table)} packages are in {options.directory}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
