# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A storm of edits for a running daemon: seeded, of every kind, about strips that exist and some that do not."""
import random
import time

EFFECTS = ["eq", "compressor", "limiter", "gain", "reverb"]
LV2_EFFECTS = ["lv2:http://lv2plug.in/plugins/eg-amp", "lv2:http://drobilla.net/plugins/mda/Delay"]
LV2_INSTRUMENTS = ["lv2:http://drobilla.net/plugins/mda/EPiano"]


class Storm:
    """What the storm believes to exist, and how it makes the next message: (address, arguments)."""

    def __init__(self, seed, plugins=True, strips=24):
        self.random, self.strips, self.number = random.Random(seed), strips, 0
        self.sources, self.buses, self.chains, self.sends = [], [], {}, set()
        self.effects = EFFECTS + (LV2_EFFECTS if plugins else [])
        self.generators = ["tone", "tone", "sampler", "input"] + (LV2_INSTRUMENTS if plugins else [])
        self.kinds = {}

    def name(self, prefix):
        self.number += 1
        return f"{prefix}{self.number}"

    def pick(self, names):
        return self.random.choice(names) if names else None

    def strip(self):
        """The address of some strip."""
        choices = [f"/source/{x}" for x in self.sources] + [f"/bus/{x}" for x in self.buses] + ["/strip/master"]
        return self.random.choice(choices)

    # ---- edits: each returns a message or None when there is nothing for it to do -------------------------------------

    def add_source(self):
        if len(self.sources) >= self.strips:
            return None
        name = self.name("s")
        self.sources.append(name)
        return ("/source/add", name, self.random.choice(self.generators), "gain", -30.0)

    def remove_source(self):
        if len(self.sources) < 3:
            return None
        name = self.pick(self.sources)
        self.sources.remove(name)
        self.forget(f"/source/{name}")
        return (f"/source/{name}/remove",)

    def add_bus(self):
        if len(self.buses) >= self.strips // 4:
            return None
        name = self.name("b")
        self.buses.append(name)
        return ("/bus/add", name)

    def remove_bus(self):
        if len(self.buses) < 2:
            return None
        name = self.pick(self.buses)
        self.buses.remove(name)
        self.forget(f"/bus/{name}")
        self.sends = {(strip, bus) for strip, bus in self.sends if bus != name}
        return (f"/bus/{name}/remove",)

    def forget(self, strip):
        self.chains.pop(strip, None)
        self.sends = {(owner, bus) for owner, bus in self.sends if owner != strip}

    def add_insert(self):
        strip, name = self.strip(), self.name("p")
        chain = self.chains.setdefault(strip, [])
        if len(chain) >= 4:
            return None
        chain.append(name)
        return (f"{strip}/chain/add", self.random.choice(self.effects), "name", name)

    def insert(self):
        filled = sorted(strip for strip, chain in self.chains.items() if chain)
        strip = self.pick(filled)
        return (strip, self.random.choice(self.chains[strip])) if strip else (None, None)

    def remove_insert(self):
        strip, name = self.insert()
        if strip:
            self.chains[strip].remove(name)
        return strip and (f"{strip}/chain/{name}/remove",)

    def move_insert(self):
        strip, name = self.insert()
        return strip and (f"{strip}/chain/{name}/move", "at", self.random.randrange(4))

    def bypass(self):
        strip, name = self.insert()
        return strip and (f"{strip}/chain/{name}/bypass", self.random.randrange(2))

    def add_send(self):
        strip, bus = self.strip(), self.pick(self.buses)
        if not bus or strip == "/strip/master" or (strip, bus) in self.sends:
            return None
        self.sends.add((strip, bus))
        return (f"{strip}/send/{bus}/add", "gain", -20.0, "tap", self.random.choice(["pre", "post"]))

    def send(self):
        return self.pick(sorted(self.sends)) or (None, None)

    def set_send(self):
        strip, bus = self.send()
        return strip and (f"{strip}/send/{bus}/gain", self.random.uniform(-60, 0))

    def remove_send(self):
        strip, bus = self.send()
        self.sends.discard((strip, bus))
        return strip and (f"{strip}/send/{bus}/remove",)

    def route(self):
        name = self.pick(self.sources)
        return name and (f"/source/{name}/output", self.random.choice(self.buses + ["master"]))

    def gain(self):
        return (f"{self.strip()}/gain", self.random.uniform(-60, 0))

    def ramp(self):
        return (f"{self.strip()}/gain/ramp", self.random.uniform(-60, 0), self.random.uniform(0, 0.2))

    def pan(self):
        return (f"{self.strip()}/pan", self.random.uniform(-1, 1))

    def mute(self):
        return (f"{self.strip()}/mute", self.random.randrange(2))

    def solo(self):
        name = self.pick(self.sources)
        return name and (f"/source/{name}/solo", self.random.randrange(2))

    def note(self):
        name = self.pick(self.sources)
        return name and (f"/source/{name}/note", self.random.randrange(36, 84), self.random.random(), 0.1)

    def note_on(self):
        name = self.pick(self.sources)
        return name and (f"/source/{name}/note/on", self.random.randrange(36, 84), self.random.random())

    def note_off(self):
        name = self.pick(self.sources)
        return name and (f"/source/{name}/note/off", self.random.randrange(36, 84))

    def later(self):
        name = self.pick(self.sources)
        return name and ("/at/in", self.random.uniform(0, 0.2), f"/source/{name}/note", 60, 0.5, 0.1)

    def transport(self):
        return self.random.choice([("/transport/play",), ("/transport/stop",), ("/transport/locate", "0"),
                                   ("/tempo", self.random.uniform(60, 240))])

    def nonsense(self):
        return self.random.choice([("/source/nobody/gain", 0.0), ("/no/such/thing",), ("/bus/add", "master"),
                                   (f"{self.strip()}/gain", "loud"), ("/source/add", "bad name", "tone")])

    WEIGHTS = {
        "add_source": 6, "remove_source": 3, "add_bus": 4, "remove_bus": 2, "add_insert": 8, "remove_insert": 4,
        "move_insert": 4, "bypass": 5, "add_send": 6, "set_send": 5, "remove_send": 3, "route": 5, "gain": 10,
        "ramp": 5, "pan": 5, "mute": 5, "solo": 3, "note": 8, "note_on": 5, "note_off": 3, "later": 4, "transport": 3,
        "nonsense": 2,
    }

    def next(self):
        """The next message."""
        while True:
            kind = self.random.choices(list(self.WEIGHTS), list(self.WEIGHTS.values()))[0]
            message = getattr(self, kind)()
            if message:
                self.kinds[kind] = self.kinds.get(kind, 0) + 1
                return message


def blow(client, storm, edits, run=None):
    """Sends `edits` messages; after every few the engine runs (`run(frames)`, or real time passes).

    Returns {symbol of /fail: how many}.
    """
    failures, sent = {}, 0

    def take():
        while client.messages:
            address, args = client.messages.pop(0)
            if address.endswith("/fail"):
                symbol = args[2][1]
                failures[symbol] = failures.get(symbol, 0) + 1
                if symbol == "internal":
                    print("internal:", args)

    while sent < edits:
        for _ in range(storm.random.randrange(1, 24)):
            address, *args = storm.next()
            client.send(address, *args)
            sent += 1
        if run:
            run(storm.random.choice([1, 16, 100, 256, 1000, 4800]))
        else:
            time.sleep(0.005)
        while client.poll(0):
            pass
        take()
    client.sync(60)
    take()
    return failures
