#!/usr/bin/env python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""1,000 random edits of every kind by OSC while the daemon plays on a real jackd: what a JACK client hears never clicks.

The detector is that of tests/render/test_edits.c, over the same sines: the fourth difference of what plays, over the
largest sample nearby times w^4, is at most 1 while nothing is edited. A step of 0.1 dB gives hundreds; 20 are allowed.

sq-test: timeout=240 alone
"""
import array
import collections
import math
import os
import random
import sys
import time

from daemon import Daemon
from jackrig import Jackd, Recorder
from test_jack import Tester, ask

RATE = 48000
HERTZ = (420.0, 383.0, 402.0, 392.0)
ALLOWED = 20.0
NEAR, FAR, STRIDE = 64, 480, 16


def residual(x, begin=0):
    """The worst over the whole, in units of the clean bound, and where; begin: the first frame that counts."""
    w4 = (2 * math.pi * HERTZ[0] / RATE) ** 4
    tops = [max(map(abs, x[i:i + STRIDE])) for i in range(0, len(x), STRIDE)]
    worst, where = 0.0, -1
    for block in range(max(begin, FAR) // STRIDE, len(tops) - FAR // STRIDE):
        i = block * STRIDE
        d = 0.0
        a, b, c, e = x[i - 2:i + 2]
        for f in x[i + 2:i + 2 + STRIDE]:
            r = a - 4 * b + 6 * c - 4 * e + f
            if r < 0:
                r = -r
            if r > d:
                d = r
            a, b, c, e = b, c, e, f
        far = max(tops[block - FAR // STRIDE:block + FAR // STRIDE + 1])
        near = max(max(tops[block - NEAR // STRIDE:block + NEAR // STRIDE + 1]), far / 8)
        ratio = d / (near * w4 + far * 16 * 2.0 ** -25 + 1e-7)
        if ratio > worst:
            worst, where = ratio, i
    return worst, where


class Edits:
    """What exists, and one more random edit of it."""

    EFFECTS = ("eq", "gain", "compressor", "gain", "limiter", "reverb")

    def __init__(self, seed, client, test):
        self.random, self.client, self.test = random.Random(seed), client, test
        self.number, self.sources, self.buses = 0, [], []
        self.chains, self.sends, self.types = collections.defaultdict(list), collections.defaultdict(list), {}
        self.kinds, self.log, self.failed = collections.Counter(), [], []
        for _ in range(6):
            self.source_add()
        for _ in range(3):
            self.bus_add()

    def do(self, address, *args):
        answer = ask(self.client, address, *args)[-1]
        if answer[0] != "/@q/done":
            self.failed.append((address, args, answer))
        return [arg[1] for arg in answer[1][1:]]

    def name(self, letter):
        self.number += 1
        return f"{letter}{self.number}"

    def strip(self):
        return self.random.choice(self.sources + self.buses + ["master"])

    def at(self, strip):
        return "/master" if strip == "master" else f"/source/{strip}" if strip in self.sources else f"/bus/{strip}"

    def below(self, strip):
        """Buses that a strip may feed: those made after it, so that no loop can be."""
        return [bus for bus in self.buses if strip in self.sources or self.buses.index(bus) > self.buses.index(strip)]

    # ---- one function a kind; False: there is nothing to do it to ------------------------------------------------

    def source_add(self):
        name = self.name("s")
        self.do("/source/add", name, "tone", "freq", self.random.choice(HERTZ), "level", -34.0, "channels",
                self.random.choice((1, 2, 2, 4)))
        self.sources.append(name)

    def bus_add(self):
        name = self.name("b")
        self.do("/bus/add", name, "channels", self.random.choice((2, 2, 1, 6)))
        self.buses.append(name)

    def remove(self, strips, kind, least):
        if len(strips) <= least:
            return False
        name = self.random.choice(strips)
        self.do(f"/{kind}/{name}/remove")
        strips.remove(name)
        self.chains.pop(name, None)
        self.sends.pop(name, None)
        for sends in self.sends.values():
            if name in sends:
                sends.remove(name)
        return True

    def edit(self, kind):
        r, strip = self.random, self.strip()
        path = self.at(strip)
        if kind in ("gain", "mute", "solo", "solo_safe", "pan", "pan_law", "ramp", "route"):
            if strip == "master" and kind not in ("gain", "ramp", "pan"):
                return False
            if kind == "ramp":
                # smooth: the corners of a ramp that is straight in decibels are what its user asked for
                self.do(f"{path}/gain/ramp", r.uniform(-20, 0), r.uniform(0.02, 0.4), "smooth")
            elif kind == "route":
                self.do(f"{path}/output", r.choice(self.below(strip) + ["master"]))
            else:
                value = {"gain": r.uniform(-20, 0), "pan": r.uniform(-1, 1)}.get(kind, r.randrange(2))
                self.do(f"{path}/{kind}", value)
            return True
        if kind.startswith("send"):
            return self.edit_send(kind, strip, path)
        if kind.startswith("proc"):
            return self.edit_proc(kind, strip, path)
        if kind == "source_add":
            return len(self.sources) < 10 and (self.source_add() or True)
        if kind == "bus_add":
            return len(self.buses) < 6 and (self.bus_add() or True)
        if kind == "source_remove":
            return self.remove(self.sources, "source", 3)
        return self.remove(self.buses, "bus", 1)

    def edit_send(self, kind, strip, path):
        r = self.random
        if strip == "master":
            return False
        if kind == "send_add":
            free = [bus for bus in self.below(strip) if bus not in self.sends[strip]]
            if not free:
                return False
            bus = r.choice(free)
            self.do(f"{path}/send/{bus}/add", "gain", r.uniform(-30, -6))
            self.sends[strip].append(bus)
            return True
        having = [name for name, buses in self.sends.items() if buses]
        if not having:
            return False
        strip = r.choice(having)
        path, bus = self.at(strip), r.choice(self.sends[strip])
        if kind == "send_remove":
            self.do(f"{path}/send/{bus}/remove")
            self.sends[strip].remove(bus)
        else:
            value = {"send_gain": r.uniform(-30, -6), "send_pan": r.uniform(-1, 1), "send_tap": r.choice(("pre", "post")),
                     "send_mute": r.randrange(2)}[kind]
            self.do(f"{path}/send/{bus}/{kind[5:]}", value)
        return True

    def add_proc(self, path, words):
        effect = self.random.choice(self.EFFECTS)
        more = ("gain", self.random.uniform(-12, 0)) if effect == "gain" else ()
        return effect, self.do(f"{path}/chain/{words[0]}", *words[1:], effect, *more)

    def edit_proc(self, kind, strip, path):
        r = self.random
        if kind == "proc_add":
            if len(self.chains[strip]) >= 4:
                return False
            effect, told = self.add_proc(path, ("add",))
            self.chains[strip].append(told[0])
            self.types[strip, told[0]] = effect
            return True
        having = [name for name, chain in self.chains.items() if len(chain) > (kind == "proc_move")]
        if not having:
            return False
        strip = r.choice(having)
        chain = self.chains[strip]
        path, proc = self.at(strip), r.choice(self.chains[strip])
        if kind == "proc_remove":
            self.do(f"{path}/chain/{proc}/remove")
            chain.remove(proc)
        elif kind == "proc_move":
            self.do(f"{path}/chain/{proc}/move", r.randrange(len(chain)))
        elif kind == "proc_replace":
            effect = r.choice(self.EFFECTS)
            told = self.do(f"{path}/chain/{proc}/replace", effect)
            chain[chain.index(proc)] = told[0]
            self.types[strip, told[0]] = effect
        elif kind == "proc_bypass":
            self.do(f"{path}/chain/{proc}/bypass", r.randrange(2))
        else:
            symbol = {"gain": "gain", "eq": "b1_gain"}.get(self.types[strip, proc])
            if not symbol:
                return False
            self.do(f"{path}/chain/{proc}/param/{symbol}", r.uniform(-12, 0))
        return True

    KINDS = ("gain", "ramp", "pan", "pan_law", "mute", "solo", "solo_safe", "route", "send_add", "send_remove",
             "send_gain", "send_pan", "send_tap", "send_mute", "proc_add", "proc_remove", "proc_move", "proc_replace",
             "proc_bypass", "proc_param", "source_add", "source_remove", "bus_add", "bus_remove")

    def one(self):
        """The kind that was done least is tried more often, so that each has its share."""
        while True:
            kind = self.random.choice(self.KINDS + ("proc_add", "proc_add", "send_add", "send_add"))
            if self.random.randrange(2) == 0:
                kind = min(self.KINDS, key=lambda k: (self.kinds[k], self.random.random()))
            if self.edit(kind):
                self.kinds[kind] += 1
                return kind


def finds_steps(test):
    """The detector itself: clean sines stay below the bound, a step of 0.1 dB anywhere is found."""
    dice, found, clean = random.Random(3), 0, 0.0
    for _ in range(20):
        phases = [dice.random() for _ in range(3)]
        x = array.array("f", [sum(a * math.sin(2 * math.pi * (p + f * i / RATE))
                                  for a, p, f in zip((0.3, 0.12, 0.08), phases, HERTZ)) for i in range(4096)])
        clean = max(clean, residual(x)[0])
        at = 1024 + dice.randrange(2048)
        for i in range(at, len(x)):
            x[i] *= 10 ** (0.1 / 20)
        ratio, where = residual(x)
        found += ratio > ALLOWED and abs(where - at) < 32
    test.check(clean < 1.2 and found == 20, "steps of 0.1 dB are found, clean sines are not", (clean, found))


def storm(test, n):
    server = Jackd(period=128)
    daemon = Daemon("jack", ["--jack-server", server.name])
    hears = Recorder(server.name, seconds=max(30, n // 20), ports=2)
    try:
        client = daemon.client("unix")
        edits = Edits(int(os.environ.get("SEED", "1")), client, test)
        for channel in (0, 1):
            hears.connect(f"{daemon.name}:out_{channel + 1}", channel)
        time.sleep(0.5)
        hears.record()
        for _ in range(n):
            kind = edits.one()
            edits.log.append((hears.n, kind))
            time.sleep(edits.random.uniform(0, 0.03))
        time.sleep(0.1)
        heard = [array.array("f", hears.take(channel)) for channel in (0, 1)]
        test.check(not edits.failed, "every edit is done", edits.failed[:3])
        print("  ".join(f"{kind} {edits.kinds[kind]}" for kind in edits.KINDS))
        test.check(min(edits.kinds[kind] for kind in edits.KINDS) * 50 >= n, "each kind has its 2 %", edits.kinds)
        for channel, x in enumerate(heard):
            worst, where = residual(x)
            near = [(at - where, kind) for at, kind in edits.log if -4800 < at - where < 480]
            print(f"channel {channel}: {len(x)} frames, {n} edits, worst residual {worst:.1f} times the clean bound "
                  f"(allowed {ALLOWED:.0f}), peak {max(x):.3f}")
            test.check(len(x) > n * 240 and max(x) > 0.002, "the mix is heard", (len(x), max(x)))
            test.check(worst < ALLOWED, f"no edit clicks on channel {channel}", (where, near))
        client.close()
    finally:
        hears.close()
        test.check(daemon.stop() == 0, "it ends with 0")
        daemon.cleanup()
        server.stop()


def main():
    test = Tester()
    finds_steps(test)
    storm(test, int(os.environ.get("EDITS", "1000")))
    print(f"{test.passed} passed, {test.failed} failed")
    return 1 if test.failed else 0


if __name__ == "__main__":
    sys.exit(main())
