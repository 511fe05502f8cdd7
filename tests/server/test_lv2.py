#!/usr/bin/env python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""LV2 plug-ins over OSC, end to end: found, explained, played to the frame, refused with words that help.

sq-test: timeout=120
"""
import math
import os
import pathlib
import shutil
import struct
import sys
import tempfile
import time

from daemon import Daemon
from test_jack import Tester, ask, until, value

MDA = "lv2:http://drobilla.net/plugins/mda/"
SWH = "lv2:http://plugin.org.uk/swh-plugins/"
AMP = "lv2:http://lv2plug.in/plugins/eg-amp"
SAMPLER = "lv2:http://lv2plug.in/plugins/eg-sampler"


def samples(path):
    """Channels of a WAV file of 32-bit floats."""
    data = pathlib.Path(path).read_bytes()
    channels = struct.unpack_from("<H", data, data.index(b"fmt ") + 10)[0]
    at = data.index(b"data") + 8
    flat = struct.unpack(f"<{(len(data) - at) // 4}f", data[at:at + (len(data) - at) // 4 * 4])
    return [flat[c::channels] for c in range(channels)]


def db(value_):
    return 20 * math.log10(max(value_, 1e-10))


class Render:
    """An offline daemon whose master is recorded."""

    def __init__(self, period=256):
        self.daemon = Daemon("offline", ["--period", str(period)])
        self.client = self.daemon.client("unix")
        self.takes = 0

    def do(self, address, *args):
        answer = ask(self.client, address, *args, seconds=20)[-1]
        if answer[0] != "/@q/done":
            raise RuntimeError(f"{address} {args}: {answer}")
        return [arg[1] for arg in answer[1][1:]]

    def fails(self, address, *args):
        """Code and text of a failure."""
        answer = ask(self.client, address, *args, seconds=20)[-1]
        return (answer[1][1][1], answer[1][3][1]) if answer[0] == "/@q/fail" else (0, str(answer))

    def take(self, steps, strip="master"):
        """What a strip plays during the steps."""
        self.takes += 1
        path = str(self.daemon.folder / f"take{self.takes}.wav")
        self.do("/record/add", f"r{self.takes}", strip, path)
        self.do(f"/record/r{self.takes}/start")
        for step in steps:
            self.do(*step)
        self.do(f"/record/r{self.takes}/stop")
        return samples(path)

    def close(self):
        self.client.close()
        status = self.daemon.stop()
        self.daemon.cleanup()
        return status


def first_sound(channel):
    return next((i for i, x in enumerate(channel) if x != 0.0), -1)


def catalog(test):
    """What is installed: listed in pages that fit, searched, explained."""
    daemon = Daemon("offline")
    client = daemon.client()
    try:
        heard = ask(client, "/plugin/list", seconds=20)
        pages = [message for message in heard if message[0] == "/@q/plugin/list"]
        found = [arg[1] for page in pages for arg in page[1][2:]]
        names = dict(zip(found[0::4], found[1::4]))
        test.check(heard[-1][1] == [("s", "/plugin/list"), ("i", len(names))], "/plugin/list counts", heard[-1])
        test.check([page[1][0][1] for page in pages] == list(range(len(pages))) and len(pages) > 2 and
                   all(page[1][1][1] == len(pages) for page in pages), "its pages are numbered", len(pages))
        test.check(names.get(MDA + "EPiano") == "MDA ePiano" and AMP in names, "mda and eg are among them", len(names))
        ordered = [name.lower() for name in found[1::4]]
        test.check(ordered == sorted(ordered), "sorted by name")
        few = ask(client, "/plugin/list", "drobilla")[:-1]
        test.check(all(MDA in arg[1] for page in few for arg in page[1][2::4]), "/plugin/list with a filter", few[:1])
        both = ask(client, "/plugin/search", "piano MDA")[:-1]
        test.check([arg[1] for page in both for arg in page[1][2::4]] == [MDA + "EPiano", MDA + "Piano"],
                   "/plugin/search finds all words in any order", both)
        none = ask(client, "/plugin/search", "zzz-nothing")
        test.check(none[-1][1][1:] == [("i", 0)] and len(none) == 2, "nothing found is no failure", none)
        heard = ask(client, "/plugin/info", "EPiano")
        pairs = [arg[1] for arg in heard[-1][1][1:]]
        told = dict(zip(pairs[1::2], pairs[2::2]))
        test.check(pairs[0] == MDA + "EPiano" and told["use"] == "generator" and told["outputs"] == 2 and
                   told["midi_in"] == 1 and told["params"] == 12, "/plugin/info", told)
        params = [arg[1] for page in heard[:-1] for arg in page[1][2:]]
        test.check(params[0::8][:2] == ["env_decay", "env_release"] and params[3:6] == [0.0, 1.0, 0.5],
                   "and its parameters", params[:8])
        unknown = ask(client, "/plugin/info", MDA + "EPian")[-1]
        test.check(unknown[1][1][1] == 4 and "nearest is " + MDA + "EPiano" in unknown[1][3][1],
                   "an unknown one: not_found, with the nearest", unknown)
        client.close()
    finally:
        test.check(daemon.stop() == 0, "ends with 0")
        daemon.cleanup()


def plays_to_the_frame(test):
    """A note of the EPiano begins at its frame, whatever the period, now or placed ahead."""
    heard = {}
    for period, frame in ((256, 4800), (256, 4801), (64, 4800), (1024, 4800)):
        render = Render(period)
        try:
            render.do("/source/add", "ep", "EPiano")
            begin = int(render.do("/driver/run", 480)[0])
            take = render.take((("/at/frame", str(begin + frame), "/source/ep/note/on", 60, 0.8), ("/driver/run", 9600)))
            heard[period, frame] = take[0]
        finally:
            test.check(render.close() == 0, "ends with 0")
    first = heard[256, 4800]
    at = first_sound(first)
    test.check(4800 <= at < 4816 and db(max(map(abs, first))) > -40, "EPiano sounds from the note's frame on",
               (at, db(max(map(abs, first)))))
    test.check(heard[256, 4801][4801:9600] == first[4800:9599], "a frame later is the same, a frame later")
    for period in (64, 1024):
        other = heard[period, 4800]
        far = max(abs(a - b) for a, b in zip(first, other))
        test.check(first_sound(other) == at and far < 1e-6, f"and so at period {period}", (first_sound(other), far))


def effects(test):
    """Effects in chains: exact gain, parameters that move, latency, an instance per chain slot."""
    render = Render()
    try:
        render.do("/source/add", "a", "tone")
        render.do("/driver/run", 4800)
        plain = max(render.take((("/driver/run", 4800),))[0])
        name = render.do("/source/a/chain/add", AMP, "gain", -20)[0]
        render.do("/driver/run", 4800)
        soft = max(render.take((("/driver/run", 4800),))[0])
        test.check(abs(db(soft / plain) + 20) < 0.01, "eg-amp at -20 dB", db(soft / plain))
        render.do(f"/source/a/chain/{name}/param/gain", 0)
        render.do("/driver/run", 4800)
        test.check(abs(max(render.take((("/driver/run", 4800),))[0]) / plain - 1) < 1e-4, "at 0 dB it is not there")
        render.do(f"/source/a/chain/{name}/remove")
        late = render.do("/source/a/chain/add", SWH + "lookaheadLimiter", "name", "la")
        render.do("/driver/run", 4800)
        latency = render.do("/source/a/chain/la/latency")
        test.check(late[0] == "la" and latency[0] > 0, "a plug-in that looks ahead tells its latency", (late, latency))
        for _ in range(20):
            render.do("/source/a/chain/add", AMP, "gain", -1)
        render.do("/driver/run", 4800)
        test.check(render.client.sync(), "twenty of one kind in a chain")
        render.do("/source/a/remove")
        render.do("/driver/run", 4800)
        test.check(max(map(abs, render.take((("/driver/run", 4800),))[0])) == 0.0, "removed with their strip")
    finally:
        test.check(render.close() == 0, "ends with 0")


def works(test):
    """A plug-in with a worker plays, offline and against the clock."""
    render = Render()
    try:
        told = render.do("/plugin/info", SAMPLER)
        test.check(dict(zip(told[1::2], told[2::2]))["has_worker"] == 1, "eg-sampler has a worker", told)
        render.do("/source/add", "s", SAMPLER)
        heard = render.take((("/source/s/note/on", 60, 1.0), ("/driver/run", 24000)))
        test.check(max(map(abs, heard[0])) > 0.01, "and plays its sample offline", max(map(abs, heard[0])))
    finally:
        test.check(render.close() == 0, "ends with 0")
    daemon = Daemon("null")
    client = daemon.client()
    try:
        ask(client, "/source/add", "s", SAMPLER)
        ask(client, "/meters", 50.0)
        client.send("/source/s/note/on", 60, 1.0)
        loud = client.until(lambda address, args: address == "/meter" and args[0][1].endswith("s") and args[1][1] > -60,
                            3)
        test.check(loud, "and against the clock")
        client.close()
    finally:
        test.check(daemon.stop() == 0, "ends with 0")
        daemon.cleanup()


def broken_bundles(folder):
    """Two plug-ins that cannot be: one without its file, one whose file is no library."""
    for name, text in (("gone", None), ("junk", b"this is no library\n")):
        bundle = folder / f"{name}.lv2"
        bundle.mkdir()
        (bundle / "manifest.ttl").write_text(
            "@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n@prefix doap: <http://usefulinc.com/ns/doap#> .\n"
            "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
            f"<urn:sq-test:{name}> a lv2:Plugin ; lv2:binary <{name}.so> ; doap:name \"Broken {name}\" ;\n"
            "  lv2:port [ a lv2:AudioPort , lv2:InputPort ; lv2:index 0 ; lv2:symbol \"in\" ; lv2:name \"In\" ] ,\n"
            "  [ a lv2:AudioPort , lv2:OutputPort ; lv2:index 1 ; lv2:symbol \"out\" ; lv2:name \"Out\" ] .\n")
        if text is not None:
            (bundle / f"{name}.so").write_bytes(text)


def refusals(test):
    """Every way to be wrong has its code and words, and leaves nothing behind."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="squeezed-lv2-"))
    broken_bundles(folder)
    os.environ["LV2_PATH"] = f"{folder}:/usr/lib/lv2:/usr/local/lib/lv2"
    render = Render()
    try:
        render.do("/source/add", "a", "tone")
        for words, code, text in (
                (("/source/add", "x", MDA + "EPianoo"), 4, "nearest is " + MDA + "EPiano"),
                (("/source/add", "x", "mda"), 4, "plug-ins are called like"),
                (("/source/add", "x", MDA + "Delay"), 13, "chain/add"),
                (("/source/a/chain/add", MDA + "EPiano"), 13, "/source/add"),
                (("/source/a/chain/add", "nonesuch"), 4, "/plugin/list"),
                (("/source/a/chain/add", AMP, "gain", "loud"), 13, "gain"),
                (("/source/a/chain/add", AMP, "gian", 1), 13, "no parameter 'gian'"),
                (("/source/a/chain/add", "urn:sq-test:gone"), 13, "gone.so"),
                (("/source/a/chain/add", "urn:sq-test:junk"), 13, "junk.so")):
            got = render.fails(*words)
            test.check(got[0] == code and text in got[1], f"{' '.join(map(str, words))}: {code} …{text}…", got)
        left = render.client
        left.send("/source/a/chain/")
        children = left.until(lambda address, args: address == "/source/a/chain/", 3)
        test.check(children and [arg[1] for arg in children[1][2:]] == ["add", "ensure", "set"], "nothing is left behind",
                   children)
        left.send("/source/")
        children = left.until(lambda address, args: address == "/source/", 3)
        test.check(children and "x" not in [arg[1] for arg in children[1]], "nor a source", children)
        test.check(max(render.take((("/driver/run", 480),))[0]) > 0.09, "and the tone plays on")
    finally:
        del os.environ["LV2_PATH"]
        test.check(render.close() == 0, "ends with 0")
        shutil.rmtree(folder)


def vanishes(test):
    """Keys that a client held are let go when its stream closes; another client's stay."""
    render = Render()
    try:
        render.do("/source/add", "org", MDA + "JX10", "env_rel", 0.0)
        stays, goes = render.daemon.client("unix"), render.daemon.client("tcp")
        goes.send("/source/org/note/on", 60, 0.9)
        test.check(goes.sync(), "a client holds a key")
        sounds = max(map(abs, render.take((("/driver/run", 24000),))[0]))
        goes.close()
        time.sleep(0.2)
        render.do("/driver/run", 96000)
        after = max(map(abs, render.take((("/driver/run", 24000),))[0]))
        test.check(db(sounds) > -40 and db(after) < db(sounds) - 40, "which is let go with it", (db(sounds), db(after)))
        stays.send("/source/org/note/on", 48, 0.9)
        stays.sync()
        render.do("/driver/run", 24000)
        held = max(map(abs, render.take((("/driver/run", 24000),))[0]))
        test.check(db(held) > -40, "while a key of a client that stays is held", db(held))
        stays.close()
    finally:
        test.check(render.close() == 0, "ends with 0")


def main():
    return Tester().run((catalog, plays_to_the_frame, effects, works, refusals, vanishes))


if __name__ == "__main__":
    sys.exit(main())
