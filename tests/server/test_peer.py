#!/usr/bin/python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""python3-liblo, a peer with an encoder and decoder that are not ours: what it sends is understood, what it gets it
can read, and nothing comes with tags that other clients lose.

sq-test: timeout=60
"""
import sys
import time

import liblo

from daemon import Daemon
from tester import DaemonTester


class Peer(DaemonTester):
    def __init__(self):
        super().__init__(Daemon("null"))
        self.server = liblo.Server()
        self.target = liblo.Address(self.daemon.host, self.daemon.port)
        self.heard, self.tags = [], set()
        self.server.add_method(None, None, self.hear)

    def hear(self, path, args, types):
        self.heard.append((path, args))
        self.tags |= set(types)

    def send(self, *message):
        self.server.send(self.target, *message)

    def wait(self, path, seconds=3.0):
        """The arguments of the next message to `path`, or None."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for i, (address, args) in enumerate(self.heard):
                if address == path:
                    del self.heard[: i + 1]
                    return args
            self.server.recv(20)
        return None

    def session(self):
        self.send("/source/add", "a", "tone")
        done = self.wait("/done")
        self.check(done and done[:2] == ["/source/add", "a"], "/done names the command and the source", str(done))
        self.send("/source/a/gain", -6.0)
        self.send("/source/a/gain")
        self.check(self.wait("/source/a/gain") == [-6.0], "a gain is set and read")
        self.send("/source/a/mute", True)
        self.send("/source/a/mute")
        self.check(self.wait("/source/a/mute") == [1], "True is understood, and answered as i")
        self.send("/source/a/gain", 1 << 40)
        self.check(self.wait("/source/a/gain") == [10.0], "a big integer (h) is clamped, the sender told")
        self.send("/source/a/pan", ("d", 0.25))
        self.send("/source/a/pan")
        self.check(self.wait("/source/a/pan") == [0.25], "d is understood")
        self.send("/source/a/gian", 1)
        fail = self.wait("/fail")
        self.check(fail and fail[:3] == ["/source/a/gian", 1, "bad_address"], "/fail has address, code, symbol, text",
                   str(fail))

    def bundles(self):
        self.server.send(self.target, liblo.Bundle(liblo.Message("/source/a/gain", -20.0), liblo.Message("/ping", 1)))
        self.check(self.wait("/pong") == [1], "a bundle of tag 0 is done at once")
        self.send("/notify", 1)
        self.wait("/done")
        ahead = liblo.Bundle(liblo.time() + 0.3, liblo.Message("/@b/source/a/note", 60, 0.5, 0.1))
        self.server.send(self.target, ahead)
        self.check(self.wait("/event/late", 0.6) is None, "a bundle of the future is not late", str(self.heard))
        self.server.send(self.target, liblo.Bundle(liblo.time() - 1.0, liblo.Message("/source/a/note", 60, 0.5, 0.1)))
        self.check(self.wait("/event/late") is not None, "one of the past is told", str(self.heard))
        self.send("/notify", 0)

    def lists(self):
        for i in range(120):
            self.send("/source/add", f"strip_with_a_rather_long_name_{i}", "none")
        self.send("/sync", 5)
        self.check(self.wait("/synced", 5.0) == [5], "a burst of commands is done")
        self.heard.clear()
        self.send("/source/")
        first = self.wait("/source/")
        self.check(first and first[0] == 0 and first[1] > 1, "a long list is paged", str(first)[:80])
        names = {name for name in first[2:]} if first else set()
        while first and len(names) < 123:
            page = self.wait("/source/", 1.0)
            if page is None:
                break
            names |= set(page[2:])
        self.check(len(names - {"add", "ensure"}) == 121, "its pages hold every name", str(len(names)))
        for path in ("/status", "/version", "/dump", "/plugin/list"):
            self.send(path)
        self.send("/sync", 6)
        self.check(self.wait("/synced", 5.0) == [6], "queries are answered")

    def play(self):
        for group in (self.session, self.bundles, self.lists):
            group()
        self.check(self.tags <= set("ifs"), "only i, f and s were sent", "".join(sorted(self.tags)))
        self.check(self.daemon.stop() == 0, "the daemon ends with status 0")


if __name__ == "__main__":
    sys.exit(Peer().main())
