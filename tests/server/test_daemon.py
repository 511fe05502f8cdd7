#!/usr/bin/env python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the daemon starts and ends: what it prints and writes, what it refuses, with which status and which words.

sq-test: timeout=120
"""
import os
import re
import signal
import stat
import subprocess
import sys
import time

from daemon import BUILD, Daemon
from tester import Tester


class Starts(Tester):
    def refuses(self, daemon, options, status, words, what):
        """A daemon that must not start: its status, and one line that says what to do."""
        try:
            done = subprocess.run([str(BUILD / "squeezed"), *options], env=daemon.env, cwd=daemon.folder,
                                  capture_output=True, text=True, timeout=20)
        except subprocess.TimeoutExpired:
            self.check(False, f"{what}: it runs instead of refusing")
            return
        detail = f"{done.returncode}: {done.stderr}"
        self.check(done.returncode == status, f"{what} ends with {status}", detail)
        self.check(re.search(words, done.stderr), f"{what} says {words!r}", detail)
        self.check("READY" not in done.stdout, f"{what} is never READY", done.stdout)

    def ready(self, daemon):
        self.check(re.fullmatch(r"osc\.udp://127\.0\.0\.1:\d+/", daemon.url), "READY names the UDP URL", daemon.url)
        note = daemon.urls()
        self.check(note.get("pid") == daemon.process.pid, "NAME.json has the pid", str(note))
        text = str(note)
        for kind in ("osc.udp://", "osc.tcp://", "osc.unix://"):
            self.check(kind in text, f"NAME.json has an {kind} URL", text)
        mode = stat.S_IMODE(os.stat(daemon.unix_path()).st_mode)
        self.check(mode & 0o077 == 0, "the Unix socket is its user's alone", oct(mode))
        for kind in ("udp", "tcp", "slip", "unix"):
            client = daemon.client(kind)
            client.send("/ping", 1)
            self.check(client.next(2) == ("/pong", [("i", 1)]), f"{kind} answers")
            client.close()

    def taken(self, daemon):
        other = ["--name", daemon.name + "b", "--driver", "offline"]
        self.refuses(daemon, [*other, "--port", str(daemon.port)], 75, r"port|address", "a second daemon on the port")
        self.refuses(daemon, ["--name", daemon.name, "--port", "0", "--driver", "offline"], 75, re.escape(daemon.name),
                     "a second daemon of the name")
        client = daemon.client()
        client.send("/ping", 2)
        self.check(client.next(2) == ("/pong", [("i", 2)]), "the first daemon is unharmed")
        client.close()

    def wrong_words(self, daemon):
        self.refuses(daemon, ["--frobnicate"], 64, "frobnicate", "an unknown option")
        self.refuses(daemon, ["--driver", "alsa"], 64, "auto", "an unknown driver")
        self.refuses(daemon, ["--port", "70000"], 64, "65535", "a port too high")
        self.refuses(daemon, ["--bind", "0.0.0.0", "--port", "0"], 78, "security.allow", "an open address without a list")
        self.refuses(daemon, ["--bind", "0.0.0.0", "--port", "0", "--set", "security.allow=10.0.0.0/8"], 78,
                     "security.key_file", "an open address without a key")
        self.refuses(daemon, ["--set", "security.allow=10.0.0.0/99"], 78, "10.0.0.0/99", "a net that is none")
        config = daemon.folder / "bad.conf"
        config.write_text("[osc]\nprot = 3\n")
        self.refuses(daemon, ["--config", str(config)], 78, r"bad\.conf:2.*port", "a wrong key")

    def no_jack(self, daemon):
        env = dict(daemon.env)
        daemon.env = dict(env, PATH="/nonexistent", JACK_NO_START_SERVER="1", JACK_DEFAULT_SERVER="sq-none")
        self.refuses(daemon, ["--name", daemon.name + "j", "--port", "0", "--driver", "jack"], 69, r"(?i)jack",
                     "--driver jack without JACK")
        daemon.env = env

    def ends(self, daemon):
        note = daemon.runtime / "squeezed" / (daemon.name + ".json")
        self.check(daemon.stop() == 0, "SIGTERM ends it with 0")
        self.check(not note.exists(), "NAME.json is gone after it")
        daemon.start()
        daemon.process.send_signal(signal.SIGKILL)
        daemon.process.wait()
        daemon.start()  # the files that the killed one left are no obstacle
        self.check(daemon.client().sync(), "it starts again after a SIGKILL")
        daemon.process.send_signal(signal.SIGINT)
        self.check(daemon.process.wait(10) == 0, "SIGINT ends it with 0")
        daemon.start()
        client = daemon.client("unix")
        client.send("/server/quit")
        begin = time.monotonic()
        self.check(daemon.process.wait(10) == 0 and time.monotonic() - begin < 5, "/server/quit ends it with 0")


def main():
    tester, daemon = Starts(), Daemon()
    try:
        for group in (tester.ready, tester.taken, tester.wrong_words, tester.no_jack, tester.ends):
            group(daemon)
    finally:
        if tester.failed:
            print(daemon.log()[-1500:])
        daemon.cleanup()
    return tester.end()


if __name__ == "__main__":
    sys.exit(main())
