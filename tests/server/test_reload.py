#!/usr/bin/env python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration read again while the daemon runs, by /server/reload and by SIGHUP: what may change changes, what
needs a restart is named, a broken file changes nothing.

sq-test: timeout=60
"""
import signal
import sys
import time

from daemon import Daemon
from tester import Tester

START = "[log]\nlevel = warning\n[osc]\nlate = play\nlease = 60\n[engine]\nrate = 48000\n"


class Reloading:
    """A daemon with a squeezed.conf that the test rewrites."""

    def __init__(self):
        self.daemon = Daemon(options=["--config", "squeezed.conf", "--inputs", "3"],
                             before=lambda folder: self.write(START, folder))
        self.client = self.daemon.client("unix")

    def write(self, text, folder=None):
        ((folder or self.daemon.folder) / "squeezed.conf").write_text(text)

    def ask(self, address, *args):
        self.client.send("/@q" + address, *args)
        answer = self.client.until(lambda at, args: at in ("/@q/done", "/@q/fail"), 5)
        return answer and (answer[0][3:], [value for _, value in answer[1]])

    def value(self, address):
        self.client.send(address)
        answer = self.client.until(lambda at, args: at == address, 5)
        return answer and answer[1][0][1]

    def cleanup(self):
        self.client.close()
        self.daemon.cleanup()


def changes(test, it):
    """What may change while it runs does, and is published; what may not is named and stays."""
    it.client.send("/subscribe", "/server/config/*/*")
    it.client.send("/subscribe", "/server/log")
    it.client.sync()
    it.client.messages.clear()
    root = it.daemon.folder / "takes"
    root.mkdir()
    it.write(START.replace("warning", "debug").replace("play", "drop").replace("= 48000", "= 44100") +
             f"inputs = 5\n[paths]\nwrite = {root}\n")
    answer = it.ask("/server/reload")
    test.check(answer == ("/done", ["/server/reload", "osc.late", "applied", "engine.rate", "restart", "paths.write",
                                    "applied", "log.level", "applied"]), "a reload tells what differs", str(answer))
    for address, now in (("/server/log", "debug"), ("/server/config/osc/late", "drop")):
        told = it.client.until(lambda at, args: at == address, 3)
        test.check(told and told[1][-1][1] == now, f"subscribers hear of {address}", str(told))
    test.check(it.value("/server/config/osc/late") == "drop", "osc.late is the file's")
    test.check(it.value("/server/config/engine/rate") == "48000", "engine.rate stays what it was")
    test.check(it.value("/server/config/engine/inputs") == "3", "the command line still beats the file")
    good = it.ask("/record/add", "r", "master", str(root / "a.wav"))
    bad = it.ask("/record/add", "s", "master", str(it.daemon.folder / "b.wav"))
    test.check(good and good[0] == "/done" and bad and bad[0] == "/fail" and bad[1][1] == 12,
               "the new folders of paths.write are in force", f"{good} {bad}")
    log = it.daemon.log()
    test.check("engine.rate will be '44100' from the next start on" in log, "the log names what waits for a restart", log)
    answer = it.ask("/server/reload")
    test.check(answer == ("/done", ["/server/reload", "engine.rate", "restart"]),
               "a second reload finds what still waits, and nothing else", str(answer))


def broken(test, it):
    """A fault: its file, its line and its cause; not even what stands before it counts."""
    before = it.value("/server/config/osc/late")
    it.write("[osc]\nlate = play\n[log]\nlevel = laud\nlevle = info\n")
    answer = it.ask("/server/reload")
    test.check(answer and answer[0] == "/fail" and answer[1][1:3] == [9, "io"], "a broken file fails", str(answer))
    text = answer[1][3] if answer else ""
    test.check(text == "squeezed.conf:4: log.level: 'laud' is not one of error|warning|info|debug; nothing was changed: "
                       "mend it and reload again", "... with file, line, cause and next step", text)
    test.check(it.value("/server/config/osc/late") == before, "... and changes nothing")
    test.check("squeezed.conf:5: unknown key 'levle'" in it.daemon.log(), "the log has every fault", it.daemon.log())
    (it.daemon.folder / "squeezed.conf").unlink()
    answer = it.ask("/server/reload")
    test.check(answer and answer[0] == "/fail" and "cannot read squeezed.conf" in answer[1][3],
               "a file that is gone fails", str(answer))
    answer = it.ask("/server/reload", 1)
    test.check(answer and answer[1][1:3] == [2, "bad_args"], "it takes no arguments", str(answer))


def hangup(test, it):
    """SIGHUP does the same and never ends the daemon, whatever the file says."""
    it.write(START)
    it.daemon.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + 5
    while it.value("/server/config/osc/late") != "play" and time.monotonic() < end:
        time.sleep(0.02)
    test.check(it.value("/server/config/osc/late") == "play", "SIGHUP reads the file again")
    it.write("[osc]\nprot = 1\n")
    for _ in range(3):
        it.daemon.process.send_signal(signal.SIGHUP)
        time.sleep(0.1)
    test.check(it.client.sync() and it.daemon.process.poll() is None, "SIGHUP with a broken file leaves it running")
    end = time.monotonic() + 5
    while "squeezed.conf:2: unknown key 'prot'" not in it.daemon.log() and time.monotonic() < end:
        time.sleep(0.02)
    test.check("squeezed.conf:2: unknown key 'prot'" in it.daemon.log(), "... and is told of in the log")


def lease(test, it):
    """A shorter lease ends the clients that are there: their held notes and subscriptions go."""
    other = it.daemon.client()
    other.send("/subscribe", "/source/a/gain")
    other.sync()
    it.write(START.replace("lease = 60", "lease = 1"))
    it.ask("/server/reload")
    time.sleep(1.5)
    it.ask("/source/add", "a", "none")
    it.ask("/source/a/gain", -3.0)
    time.sleep(0.2)
    other.poll(0.2)
    left = [at for at, _ in other.messages if at == "/source/a/gain"]
    test.check(not left, "a client whose lease became shorter is forgotten in time", str(left))
    other.close()


def main():
    test, it = Tester(), Reloading()
    try:
        for group in (changes, broken, hangup, lease):
            group(test, it)
        test.check(it.daemon.stop() == 0, "it ends with status 0")
    finally:
        if test.failed:
            print(it.daemon.log()[-2000:])
        it.cleanup()
    return test.end()


if __name__ == "__main__":
    sys.exit(main())
