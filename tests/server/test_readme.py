#!/usr/bin/env python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs every block of README.md and of docs/tutorial.md against a real daemon, and README's session by oscsend and
oscdump too.

sq-test: timeout=120
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from daemon import BUILD, ROOT, Daemon
from tester import DaemonTester

PYTHON = "/usr/bin/python3"  # Debian's, which has python3-liblo


class Readme(DaemonTester):
    def __init__(self):
        super().__init__(Daemon("null"))
        self.env = dict(self.daemon.env, PATH=f"{BUILD}:{os.environ['PATH']}", HOME=str(self.daemon.folder))

    def value(self, path):
        """A value as the daemon has it, or None."""
        client = self.daemon.client()
        client.send(path)
        answer = client.until(lambda address, args: address in (path, "/fail"), 2)
        client.close()
        return answer[1][0][1] if answer and answer[0] == path and answer[1] else None

    def gone(self, path):
        return self.value(path) is None

    def ported(self, text):
        return text.replace("7793", str(self.daemon.port))

    # ---- one kind of block each ---------------------------------------------------------------------------------

    def block_sh(self, text):
        self.lines_sh(text)
        self.check(self.gone("/source/bell/gain"), "the shell's last line removed the source")
        self.check(self.value("/bus/hall/gain") == 0.0, "the shell's bus is there")

    def lines_sh(self, text):
        """Each line by itself: status 0 and the output that its `#=>` promises, or the complaint of its `#!>`."""
        for line in text.strip().splitlines():
            command, mark, promised = re.fullmatch(r"(.*?)(?:(#=>|#!>)\s*(.*?))?\s*", line).groups()
            done = subprocess.run(["sh", "-c", command], env=self.env, cwd=self.daemon.folder, capture_output=True,
                                  text=True, timeout=30)
            detail = f"{done.returncode}: {done.stdout!r} {done.stderr!r}"
            if mark == "#!>":
                self.check(done.returncode == 1 and promised in done.stderr, f"{command} is refused: {promised}", detail)
                continue
            self.check(done.returncode == 0 and not done.stderr, command, detail)
            if mark:
                self.check(done.stdout.strip() == promised, f"{command} prints {promised}", detail)

    def block_python(self, text):
        done = subprocess.run([PYTHON, "-c", self.ported(text)], env=self.env, capture_output=True, text=True,
                              timeout=60)
        self.check(done.returncode == 0, "the Python block ends well", done.stderr)
        for wanted in (r"^/done /source/add lead \d+", r"^/source/lead/gain -12\.0$", r"^/synced 1$"):
            self.check(re.search(wanted, done.stdout, re.M), f"the Python block prints {wanted}", done.stdout)
        self.check("/fail" not in done.stdout, "the Python block fails nowhere", done.stdout)
        self.check(self.value("/source/lead/gain") == -12.0, "the Python block's gain is set")

    def block_supercollider(self, text):
        script = self.daemon.folder / "session.scd"
        script.write_text(self.ported(text) + "\nfork { 1.5.wait; 0.exit };\n")
        env = dict(self.env, QT_QPA_PLATFORM="offscreen", QTWEBENGINE_DISABLE_SANDBOX="1")
        done = subprocess.run(["sclang", str(script)], env=env, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=90)
        said = done.stdout.partition("Welcome to SuperCollider")[2]
        self.check(done.returncode == 0 and "ERROR" not in said, "the sclang block ends well", said or done.stdout)
        self.check("pad is at -20.0 dB" in said, "the sclang block hears the gain", said)
        self.check(re.search(r"\[ /done, /source/ensure, pad", said), "the sclang block hears /done", said)
        self.check("/fail" not in said, "the sclang block fails nowhere", said)
        self.check(self.value("/source/pad/pan") == 0.5, "the sclang block's pan is set")

    # ---- a client that is not ours ------------------------------------------------------------------------------

    def oscsend_session(self, text):
        """The shell's session again by oscsend, answered to oscdump's port."""
        port = str(self.daemon.port + 2000 if self.daemon.port < 60000 else self.daemon.port - 2000)
        heard = self.daemon.folder / "oscdump"
        with open(heard, "w") as out:
            dump = subprocess.Popen(["stdbuf", "-oL", "oscdump", port], stdout=out, stderr=subprocess.STDOUT)
        try:
            time.sleep(0.3)
            lines = [self.as_message(line) for line in text.strip().splitlines()]
            for number, (address, args) in enumerate(lines):
                tags = "".join("i" if re.fullmatch(r"-?\d+", arg) else "f" if re.fullmatch(r"-?\d*\.\d+", arg) else "s"
                               for arg in args)
                subprocess.run(["oscsend", "127.0.0.1", str(self.daemon.port), f"/@{number}:{port}{address}",
                                *([tags, *args] if args else [])], check=True, timeout=10)
                self.wait_heard(heard, number, address)
            self.check("/fail" not in heard.read_text(), "oscsend's session fails nowhere", heard.read_text())
        finally:
            dump.kill()
            dump.wait()

    def as_message(self, line):
        """A line of squeezectl as an address and its arguments."""
        words = line.partition("#=>")[0].split()[1:]
        if words[0] == "status":
            return "/status", []
        if words[0] == "ls":
            return words[1] + "/", []
        if words[0] == "get":
            return words[1], []
        if len(words) == 1:
            return f"/{words[0]}/", []
        count = 2 if words[1] == "add" else 3
        return "/" + "/".join(words[:count]), words[count:]

    def wait_heard(self, heard, number, address):
        end = time.monotonic() + 5
        while time.monotonic() < end and not re.search(rf"/@{number}(:\d+)?/(done|fail)", heard.read_text()):
            time.sleep(0.02)
        self.check(re.search(rf"/@{number}(:\d+)?/done", heard.read_text()), f"oscsend {address} is answered by /done",
                   heard.read_text()[-300:])

    # ---- the whole ----------------------------------------------------------------------------------------------

    def play(self):
        text = (ROOT / "README.md").read_text()
        blocks = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.M | re.S)
        self.check([kind for kind, _ in blocks] == ["sh", "python", "supercollider"], "README has its three sessions",
                   str([kind for kind, _ in blocks]))
        for kind, block in blocks:
            lines = [line for line in block.splitlines() if line.strip()]
            self.check(len(lines) <= 12, f"the {kind} session is about ten lines", str(len(lines)))
            getattr(self, f"block_{kind}")(block)
        shell = dict(blocks)["sh"]
        self.daemon.stop()
        self.daemon.start()
        self.oscsend_session(shell)
        for folder in re.findall(r"^\| `([\w./]+)`", text, re.M):
            self.check((ROOT / folder).exists(), f"{folder} exists")
        for path in re.findall(r"`(docs/[\w.]+)`", text):
            self.check((ROOT / path).exists(), f"{path} exists")
        self.tutorial()
        self.check(self.daemon.stop() == 0, "the daemon ends with status 0")

    def tutorial(self):
        self.daemon.stop()
        self.daemon.start()
        text = (ROOT / "docs/tutorial.md").read_text()
        for kind, block in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.M | re.S):
            if kind == "sh":
                self.lines_sh(block)
                continue
            done = subprocess.run([sys.executable, "-c", self.ported(block)], capture_output=True, text=True, timeout=30)
            self.check(done.returncode == 0, "the tutorial's client runs", done.stderr)
            self.check(re.fullmatch(r"/@1/done \['/source/ensure', 'lead', .*\n/source/lead/gain \[-12\.0\]\n",
                                    done.stdout), "the tutorial's client reads its answers", done.stdout)


def main():
    for tool in ("sclang", "oscsend", "oscdump"):
        if not shutil.which(tool):
            print(f"{tool} is missing: run tools/bootstrap test\n0 passed, 1 failed")
            return 1
    return Readme().main()


if __name__ == "__main__":
    sys.exit(main())
