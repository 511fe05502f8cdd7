#!/usr/bin/env python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plug-ins in host processes, end to end: the same sound wherever they run, and hosts that are killed while they play.

sq-test: timeout=120
"""
import os
import pathlib
import signal
import sys
import time

from daemon import Daemon
from test_jack import ask, until, value
from test_lv2 import MDA, Render
from tester import Tester


def hosts(daemon, at_least=0):
    """Process ids of the daemon's plug-in hosts. The kernel may leave children out of its list while another one is
    being reaped: it is asked again until there are `at_least` so many."""
    found = hosts_now(daemon)
    for _ in range(1000):
        if len(found) >= at_least:
            break
        time.sleep(0.01)
        found = hosts_now(daemon)
    return found


def read(path):
    """What is in a file of /proc; "" when its process has just gone."""
    try:
        return pathlib.Path(path).read_text()
    except OSError:
        return ""


def hosts_now(daemon):
    children = pathlib.Path(f"/proc/{daemon.process.pid}/task").glob("*/children")
    pids = [int(pid) for path in children for pid in read(path).split()]
    return [pid for pid in pids if "squeezed-host" in read(f"/proc/{pid}/cmdline")]


def play(render):
    render.do("/source/add", "ep", "EPiano")
    render.do("/source/ep/chain/add", MDA + "Overdrive", "name", "drive")
    begin = int(render.do("/driver/run", 480)[0])
    return render.take((("/at/frame", str(begin + 100), "/source/ep/note/on", 60, 0.8),
                        ("/source/ep/chain/drive/param/drive", 0.7), ("/driver/run", 24000)))


def same_sound(test):
    """A mode says where a plug-in runs, not how it sounds."""
    heard, n_hosts = {}, {}
    for mode in ("none", "auto", "shared", "strip", "plugin"):
        os.environ["SQUEEZED_PLUGINS_ISOLATE"] = mode
        render = Render()
        try:
            heard[mode] = play(render)
            n_hosts[mode] = len(hosts(render.daemon))
        finally:
            test.check(render.close() == 0, f"{mode}: ends with 0")
            del os.environ["SQUEEZED_PLUGINS_ISOLATE"]
    test.check(max(map(abs, heard["none"][0])) > 0.01, "it is heard")
    for mode in ("auto", "shared", "strip", "plugin"):
        test.check(heard[mode] == heard["none"], f"{mode}: the same bits as in the daemon")
    test.check(n_hosts == {"none": 0, "auto": 1, "shared": 1, "strip": 1, "plugin": 2}, "and as many hosts", n_hosts)


def each_its_own(test):
    """A processor may say for itself where it runs."""
    render = Render()
    try:
        render.do("/source/add", "a", "tone")
        render.do("/source/a/chain/add", MDA + "Overdrive", "name", "x")
        render.do("/source/a/chain/add", MDA + "Overdrive", "name", "y", "isolate", "plugin")
        render.do("/source/a/chain/add", MDA + "Overdrive", "name", "z", "isolate", "none")
        test.check(len(hosts(render.daemon)) == 2, "two hosts for three", hosts(render.daemon))
        code, text = render.fails("/source/a/chain/add", MDA + "Overdrive", "isolate", "elsewhere")
        test.check(code == 2 and "auto|none|shared|strip|plugin" in text, "another word is refused", text)
    finally:
        test.check(render.close() == 0, "ends with 0")


def killed(test):
    """A host is killed while it plays: it is told, and the plug-in is back with its values."""
    daemon = Daemon("null", ["--period", "64"])
    client = daemon.client()
    try:
        ask(client, "/notify", 1)
        ask(client, "/source/add", "t", "tone", "level", -20.0)
        ask(client, "/source/t/chain/add", MDA + "Overdrive", "name", "drive")
        ask(client, "/source/t/chain/drive/param/drive", 0.3)
        took = []
        for _ in range(10):
            time.sleep(0.1)
            os.kill(hosts(daemon, 1)[0], signal.SIGKILL)
            begin = time.monotonic()
            words = []
            while time.monotonic() - begin < 5 and "back" not in words:
                message = client.next(1.0)
                if message and message[0] == "/event/plugin":
                    test.check(message[1][0][1] == "/source/t/chain/drive", "the event names it", message)
                    words.append(message[1][1][1])
            took.append(time.monotonic() - begin)
            test.check(words == ["crashed", "back"], "crashed, then back", words)
        print(f"10 kills: back after {sorted(took)[5] * 1000:.0f} ms (median), {max(took) * 1000:.0f} ms (worst)")
        test.check(max(took) < 2.0, "soon", took)
        kept = value(client, "/source/t/chain/drive/param/drive")
        test.check(abs(kept - 0.3) < 1e-6, "its value stands", kept)
        client.close()
    finally:
        test.check(daemon.stop() == 0, "ends with 0")
        daemon.cleanup()


def leaves_nothing(test):
    """A daemon that is killed takes its hosts with it."""
    render = Render()
    render.do("/source/add", "ep", "EPiano")
    left = hosts(render.daemon, 1)
    test.check(len(left) == 1, "one host", left)
    render.daemon.process.kill()
    render.daemon.process.wait()
    test.check(until(lambda: not any(pathlib.Path(f"/proc/{pid}/stat").exists() and
                                     pathlib.Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" for pid in left),
                     5.0), "no host is left")
    render.client.close()
    render.daemon.cleanup()


def main():
    test = Tester()
    for group in (same_sound, each_its_own, killed, leaves_nothing):
        if len(sys.argv) < 2 or group.__name__ in sys.argv[1:]:
            group(test)
    return test.end()


if __name__ == "__main__":
    sys.exit(main())
