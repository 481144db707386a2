"""A server with a repository, over HTTP and for whoever has the token, and clones of it as actions/checkout makes them."""

import base64
import http.server
import os
import shutil
import subprocess
import threading
from pathlib import Path

TOKEN = "token-of-the-job"
# The owner and the name of the repository that events are of.
PROJECT = "owner/project"
HEADER = "basic " + base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()


def key(number):
    """A key: put together here, so that none stands in a file."""
    digits = "9c41f7a02be85d6613fd0a7c4e92b8d15f603ae7c8214b9d7e05f1a36cb8d247"
    return "sk_" + "live_" + digits[number:] + digits[:number]


def line(number):
    return f'client = Client("{key(number)}")\n'


class Handler(http.server.BaseHTTPRequestHandler):
    """git's own server program, and plain files below /releases/."""

    def do_GET(self):
        if self.path.startswith("/releases/"):
            file = self.server.releases / Path(self.path).name
            self.send_response(200 if file.is_file() else 404)
            self.end_headers()
            if file.is_file():
                self.wfile.write(file.read_bytes())
            return
        self.git(b"")

    def do_POST(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        self.git(body)

    def git(self, body):
        if self.headers.get_all("Authorization") != [HEADER]:
            # What GitHub says of two headers, too.
            self.send_response(400)
            self.end_headers()
            return
        self.server.fetches += 1
        path, _, query = self.path.partition("?")
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(["git", "http-backend"], env=environment, input=body, capture_output=True)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        # It says on standard error what is wrong, such as a commit that is not there.
        fields = dict(field.split(": ", 1) for field in head.decode().split("\r\n"))
        self.send_response(int(fields.pop("Status", "200 OK").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class Server:
    """A repository with a first commit on `main`; what is checked out there is the branch that grows."""

    def __init__(self, directory):
        self.directory, self.repository, self.work = directory, directory / "project", directory / "work"
        directory.mkdir(parents=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(directory),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Ada Example",
            "GIT_AUTHOR_EMAIL": "ada@example.com",
            "GIT_COMMITTER_NAME": "Ada Example",
            "GIT_COMMITTER_EMAIL": "ada@example.com",
        }
        self.call("init", "--quiet", "--initial-branch=main", str(self.repository))
        self.git("config", "uploadpack.allowAnySHA1InWant", "true")
        self.git("config", "uploadpack.allowFilter", "true")
        self.commit("README", "a project\n")
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.root, self.http.releases, self.http.fetches = directory, directory / "releases", 0
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def stop(self):
        self.http.shutdown()
        self.http.server_close()

    def call(self, *arguments, directory=None):
        command = ["git", *(["-C", str(directory)] if directory else []), *arguments]
        done = subprocess.run(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert done.returncode == 0, f"{command}: {done.stderr.decode()}"
        return done.stdout.decode().strip()

    def git(self, *arguments):
        return self.call(*arguments, directory=self.repository)

    def id(self, revision):
        return self.git("rev-parse", revision)

    def commit(self, path, text, message="change"):
        file = self.repository / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.id("HEAD")

    def many(self, count):
        """Commits that add nothing."""
        branch, tip = self.git("symbolic-ref", "HEAD"), self.id("HEAD")
        commit = "commit {0}\ncommitter Ada Example <ada@example.com> {1} +0000\ndata 6\nchange\n{2}\n"
        stream = [commit.format(branch, 1700000000 + number, "" if number else f"from {tip}\n") for number in range(count)]
        command = ["git", "-C", str(self.repository), "fast-import", "--quiet"]
        subprocess.run(command, env=self.environment, input="".join(stream).encode(), check=True)

    def pull_request(self, base):
        """Makes the merge of `topic` into `main`, as GitHub does, and says the event."""
        self.git("checkout", "--quiet", "--detach", "main")
        self.git("merge", "--quiet", "--no-ff", "--message=Merge topic into main", "topic")
        self.git("update-ref", "refs/pull/1/merge", "HEAD")
        self.git("checkout", "--quiet", "topic")
        request = {"number": 1, "base": {"sha": base, "ref": "main"}, "head": {"sha": self.id("topic"), "ref": "topic"}}
        request["head"]["repo"] = {"full_name": PROJECT}
        return {"pull_request": request, "repository": {"default_branch": "main", "full_name": PROJECT}}

    @staticmethod
    def push(reference, before, after, forced=False):
        gone = {"deleted": not after.strip("0"), "created": not before.strip("0"), "forced": forced}
        return {"ref": reference, "before": before, "after": after, **gone, "repository": {"default_branch": "main"}}

    def check_out(self, reference, depth, options=()):
        """As actions/checkout does; depth 0 is all."""
        if self.work.exists():
            shutil.rmtree(self.work)
        self.call("init", "--quiet", str(self.work))

        def work(*arguments):
            return self.call(*arguments, directory=self.work)

        remote = f"file://{self.repository}"
        work("remote", "add", "origin", remote)
        if options:
            work("config", "remote.origin.promisor", "true")
            work("config", "remote.origin.partialclonefilter", "blob:none")
        local = "refs/remotes/" + reference.removeprefix("refs/").replace("heads/", "origin/", 1)
        specs = [f"+{reference}:{local}"]
        if depth:
            work("fetch", "--quiet", "--no-tags", *options, f"--depth={depth}", "origin", *specs)
        else:
            work("fetch", "--quiet", *options, "origin", "+refs/heads/*:refs/remotes/origin/*", *specs)
        work("checkout", "--quiet", "--detach", local)
        # From here on whoever fetches has to have the token.
        work("remote", "set-url", "origin", f"{self.url}/project/.git")
