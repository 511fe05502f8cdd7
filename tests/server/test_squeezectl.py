#!/usr/bin/env python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""squeezectl from outside, against a real daemon: words in, words out, exit statuses, scripts, the prompt.

sq-test: timeout=90
"""
import json
import os
import pty
import re
import select
import subprocess
import sys
import time

from daemon import BUILD, Daemon
from tester import DaemonTester


class Ctl(DaemonTester):
    def __init__(self):
        super().__init__(Daemon("null"))
        self.env = dict(self.daemon.env, PATH=f"{BUILD}:{os.environ['PATH']}", HOME=str(self.daemon.folder))

    def ctl(self, *words, status=0, text=None, complaint=None, given=None, env=None):
        """Runs squeezectl; checks its status, its output (a regular expression) and its complaint."""
        done = subprocess.run(["squeezectl", *words], env=env or self.env, input=given or "", capture_output=True,
                              text=True, timeout=30)
        what, detail = "squeezectl " + " ".join(words), f"{done.returncode}: {done.stdout!r} {done.stderr!r}"
        self.check(done.returncode == status, f"{what} ends with {status}", detail)
        if text is not None:
            self.check(re.fullmatch(text, done.stdout, re.S), f"{what} prints {text!r}", detail)
        if complaint is not None:
            self.check(re.search(complaint, done.stderr), f"{what} complains {complaint!r}", detail)
        if status == 0:
            self.check(not done.stderr, f"{what} complains of nothing", detail)
        return done.stdout

    # ---- groups -------------------------------------------------------------------------------------------------

    def help(self):
        top = self.ctl("--help")
        verbs = re.findall(r"^  (\w+) ", top.partition("verbs:")[2].partition("options")[0], re.M)
        self.check(len(verbs) >= 20, "help lists the verbs", top)
        for verb in verbs:
            self.ctl(verb, "--help", text=rf"squeezectl {verb} .+")
        self.check(self.ctl() == top, "without words and without a terminal it is the help")
        self.ctl("frob", status=2, complaint="no verb")
        self.ctl("get", status=2, complaint="usage: squeezectl get")
        self.ctl("--frob", status=2, complaint="no option")
        self.ctl("--timeout", "soon", "ping", status=2, complaint="seconds")
        self.ctl("help", "frob", status=2)

    def no_daemon(self):
        empty = dict(self.env, XDG_RUNTIME_DIR=str(self.daemon.folder / "none"))
        self.ctl("-u", "osc.udp://127.0.0.1:1/", "ping", status=3, complaint="start one by")
        self.ctl("-u", "osc.unix:///none", "ping", status=3, complaint="start one by")
        self.ctl("-u", "none", "ping", status=2, complaint="no URL")
        self.ctl("-n", "nobody", "ping", status=3, complaint="nobody", env=empty)

    def ways(self):
        self.ctl("ping", text=r"osc\.unix:.* answers in \d+ us\n")
        self.ctl("-n", self.daemon.name, "ping", "-c", "2", text=r"(osc\.unix:.* answers in \d+ us\n){2}")
        self.ctl("-u", self.daemon.url, "ping", text=r"osc\.udp:.*\n")
        self.ctl("-u", f"osc.tcp://127.0.0.1:{self.daemon.port + 1}/", "ping", text=r"osc\.tcp:.*\n")
        self.ctl("ping", env=dict(self.env, SQUEEZED_URL=self.daemon.url), text=r"osc\.udp:.*\n")

    def values(self):
        self.ctl("source", "add", "a", "tone", text=r"a \d+\n")
        self.ctl("source", text="a\n")
        self.ctl("ls", "/source", text="a\nadd\nensure\n")
        self.ctl("get", "/source/a/gain", text=r"0\.0\n")
        self.ctl("set", "/source/a/gain", "-6", text="")
        self.ctl("source", "a", "gain", text=r"-6\.0\n")
        self.ctl("source", "a", "gain", "-3.5", text="")
        self.ctl("get", "/source/a/gain", "/source/a/mute", text=r"/source/a/gain -3\.5\n/source/a/mute 0\n")
        self.ctl("set", "/source/a/gain", "loud", status=1, complaint="/source/a/gain")
        self.ctl("set", "/sorce/a/gain", "-6", status=1, complaint="/source")
        self.ctl("get", "/source/b/gain", status=1, complaint="b")
        self.ctl("source", "add", "a", "tone", status=1, complaint="a")
        self.ctl("wait", "/source/a/gain", "-3.5", text="")
        self.ctl("--timeout", "0.2", "wait", "/source/a/gain", "7", status=3, complaint="-3.5")
        self.ctl("send", "/ping", "3", "3.0", "s:3", "x y", "d:0.5", "-7", text='/pong 3 3.0 "3" "x y" .*\n')
        self.ctl("send", "/ping", "i:x", status=2, complaint="i:x")
        self.ctl("sync", text=".*")
        self.ctl("status", text=r".*xruns +\d+\n.*")

    def as_json(self):
        status = json.loads(self.ctl("--json", "status"))
        self.check(status.get("rate", 0) > 1000, "status --json has the rate", str(status))
        value = json.loads(self.ctl("get", "/source/a/gain", "--json"))
        self.check(value == {"address": "/source/a/gain", "args": [-3.5]}, "get --json", str(value))
        fault = json.loads(self.ctl("get", "/source/b/gain", "--json", status=1))
        self.check(fault["ok"] is False and fault["symbol"] == "not_found" and fault["code"] == 4, "/fail as JSON",
                   str(fault))
        self.ctl("ls", "/source", "--json", text='"a"\n"add"\n"ensure"\n')
        self.ctl("source", "--json", text='"a"\n')

    def scripts(self):
        good = "# a comment\n/source/add b tone gain -9 # another\n/source/b/pan 0.25\nsync\n/source/b/pan\n"
        self.ctl("batch", given=good, text=r"/source/b/pan 0\.25\n")
        bad = "/source/b/gain -1\n/nowhere\n\n/source/b/gain up\nfoo\n/source/b/pan 0.5\n"
        path = self.daemon.folder / "bad.osc"
        path.write_text(bad)
        done = subprocess.run(["squeezectl", "play", str(path)], env=self.env, capture_output=True, text=True)
        self.check(done.returncode == 1, "a script with faults ends with 1", done.stderr)
        lines = sorted(int(n) for n in re.findall(r"bad\.osc:(\d+):", done.stderr))
        self.check(lines == [2, 4, 5], "each failing line is named", done.stderr)
        self.ctl("get", "/source/b/pan", text=r"0\.5\n")
        bundle = "bundle\n/source/b/gain -2\n/source/b/pan 0\nend\nsync\n/source/b/gain\n"
        self.ctl("batch", given=bundle, text=r"/source/b/gain -2\.0\n")
        self.ctl("batch", given="/source/${WHO}/gain\n", env=dict(self.env, WHO="b"), text=r"/source/b/gain -2\.0\n")
        self.ctl("batch", given="/source/${WHO}/gain\n", status=1, complaint="WHO")
        self.ctl("play", "/no/such/file", status=2, complaint="No such file")
        dump = self.ctl("dump", "/source/b")
        self.check("/source/b/gain -2.0\n" in dump, "dump prints values", dump)
        self.ctl("set", "/source/b/gain", "-30")
        self.ctl("batch", given=dump)
        self.ctl("get", "/source/b/gain", text=r"-2\.0\n")

    def streams(self):
        watch = subprocess.Popen(["squeezectl", "watch", "/source/a/gain", "--count", "2"], env=self.env,
                                 stdout=subprocess.PIPE, text=True)
        first = watch.stdout.readline()
        self.ctl("set", "/source/a/gain", "-12")
        second = watch.stdout.readline()
        self.check((first, second) == ("/source/a/gain -3.5\n", "/source/a/gain -12.0\n"),
                   "watch prints the value, then its change", first + second)
        self.check(watch.wait(5) == 0, "watch ends after --count")
        self.ctl("watch", "/source/a/*", "--for", "0.3", text=".*/source/a/gain -12.0\n.*")
        self.ctl("meters", "--for", "1.2", text=r"(.*a -?\d+\.\d.*dB\n)+")
        rows = [json.loads(line) for line in self.ctl("meters", "--for", "0.5", "--json").splitlines()]
        self.check(any(row["args"][0] == "/source/a" and row["args"][1] > -60 for row in rows), "meters --json hear the tone",
                   str(rows[-2:]))

    def prompt(self):
        """At a terminal: a prompt that completes paths and leaves on `exit`."""
        pid, terminal = pty.fork()
        if pid == 0:
            # libedit keeps two small texts of its own for ever
            os.execvpe("squeezectl", ["squeezectl"], dict(self.env, TERM="vt100", ASAN_OPTIONS="detect_leaks=0"))
        said = b""

        def read(until, seconds=5.0):
            nonlocal said
            end, part = time.monotonic() + seconds, b""
            while until not in part and time.monotonic() < end:
                if select.select([terminal], [], [], 0.1)[0]:
                    try:
                        part += os.read(terminal, 4096)
                    except OSError:
                        break
            said += part
            return until in part

        self.check(read(b"squeezed> "), "a prompt comes", repr(said))
        os.write(terminal, b"/source/b/ga\t\n")
        self.check(read(b"-2.0"), "Tab completes a path, and the value is printed", repr(said))
        os.write(terminal, b"nonsense\n")
        self.check(read(b"no verb"), "a wrong word is told", repr(said))
        os.write(terminal, b"exit\n")
        read(b"\0", 1.0)
        self.check(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, "exit leaves with 0", repr(said))
        os.close(terminal)

    def quit(self):
        self.ctl("quit")
        self.check(self.daemon.process.wait(5) == 0, "quit stops the daemon")
        self.ctl("ping", status=3)

    def play(self):
        for group in (self.help, self.no_daemon, self.ways, self.values, self.as_json, self.scripts, self.streams,
                      self.prompt, self.quit):
            group()


if __name__ == "__main__":
    sys.exit(Ctl().main())
