#!/usr/bin/env python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""VST3 plug-ins over OSC, end to end: in a chain and as a source, their values, meters, latency and state.

sq-test: timeout=120
"""
import json
import os
import sys

from daemon import BUILD
from test_clap import told
from test_jack import Tester, value
from test_lv2 import Render, db, first_sound

MAXIM = "vst3:2046504473616C6332584D5A00000000"
SYNTH = "vst3:73717A0150524F424500000000000001"
MONO = "vst3:73717A0350524F424500000000000003"


def limiter(test):
    """ZaMaximX2 in a chain holds its ceiling; its values ramp, its meters are read, its latency is told."""
    render = Render()
    folder = render.daemon.folder / "one"
    try:
        info, params = told(render, MAXIM)
        test.check(info["use"] == "effect" and info["params_out"] == 2, "/plugin/info", info)
        test.check(params["threshold"][2:6] == [-30.0, 0.0, 0.0, "signal"] and params["gain_reduction"][5] == "output",
                   "and its parameters", params)
        render.do("/source/add", "a", "tone")
        added = render.do("/source/a/chain/add", MAXIM, "name", "max", "threshold", -24, "output_ceiling", -12)
        test.check(added[0] == "max" and added[-1] == 480, "it is added, 480 frames late", added)
        render.do("/driver/run", 48000)
        level = max(map(abs, render.take((("/driver/run", 4800),))[0]))
        test.check(abs(db(level) + 12) < 0.2, "it brings -20 dB to its ceiling of -12 dB", db(level))
        reduction = value(render.client, "/source/a/chain/max/param/gain_reduction")
        test.check(reduction and reduction > 0, "it tells how much it takes away", reduction)
        symbol, text = render.fails("/source/a/chain/max/param/gain_reduction", 1.0)
        test.check(symbol == 8 and "made by the sound" in text, "which cannot be set", (symbol, text))
        render.do("/source/a/chain/max/param/output_ceiling/ramp", -30.0, 0.1)
        quiet = max(map(abs, render.take((("/driver/run", 48000),))[0][-4800:]))
        test.check(abs(db(quiet) + 30) < 0.2, "a ramp takes it to -30 dB", db(quiet))
        render.do("/session/save_as", str(folder))
        text = json.dumps(json.loads((folder / "session.json").read_text()))
        test.check('"vst3"' in text and MAXIM in text, "its state is saved", text[:500])
        render.do("/session/new")
        result = render.do("/session/open", str(folder))
        test.check(result[1:] == [2, 0], "the session opens, all of it made", result)
        test.check(value(render.client, "/source/a/chain/max/param/output_ceiling") == -30.0, "with its values")
        render.do("/driver/run", 48000)
        again = max(map(abs, render.take((("/driver/run", 4800),))[0]))
        test.check(abs(db(again) + 30) < 0.2, "and its sound", db(again))
    finally:
        test.check(render.close() == 0, "ends with 0")


def synthesizer(test):
    """A VST3 instrument of two halves plays notes on their frames at any period, and has a state."""
    heard = {}
    os.environ["VST3_PATH"] = str(BUILD / "tests" / "plugins")
    try:
        for period in (64, 1024):
            render = Render(period)
            folder = render.daemon.folder / "two"
            try:
                info, params = told(render, SYNTH)
                test.check(info["use"] == "generator" and info["further_outputs"] == 3 and info["midi_in"] == 1,
                           "/plugin/info", info)
                test.check(params["cut_off"][1] == "Hz" and params["wave"][6] == "Sine|Sq/uare|Ramp", "units and choices",
                           params)
                render.do("/source/add", "p", SYNTH, "wave", "Sq/uare", "level", 1.5)
                begin = int(render.do("/driver/run", 4800)[0])
                heard[period] = render.take((("/at/frame", str(begin + 1001), "/source/p/note/on", 60, 0.8),
                                             ("/source/p/generator/param/level/ramp", 1.0, 0.05), ("/driver/run", 9600)))[1]
                render.do("/session/save_as", str(folder))
                render.do("/session/open", str(folder))
                test.check(value(render.client, "/source/p/generator/param/level") == 1.0 and
                           value(render.client, "/source/p/generator/param/wave") in (1, "Sq/uare"), "its state comes back")
            finally:
                test.check(render.close() == 0, "ends with 0")
        test.check(heard[64] == heard[1024], "the period is not heard")
        render = Render()
        try:
            render.do("/source/add", "p", SYNTH)
            begin = int(render.do("/driver/run", 480)[0])
            take = render.take((("/at/frame", str(begin + 1001), "/source/p/note/on", 60, 0.8), ("/driver/run", 4800)))[0]
            test.check(first_sound(take) in (1001, 1002), "a note begins on its frame", first_sound(take))
            late = render.do("/source/add", "q", SYNTH, "latency", 480)
            test.check(late, "one that is late", late)
            render.do("/source/add", "a", "tone")
            render.do("/source/a/chain/add", MONO, "level", 0.5)
            for plugin, text in ((SYNTH[:-1] + "9", "vst3:"), ("vst3:73000000000000000000000000000000", "1000000 parameters"),
                                 ("vst3:73000000000000000000000000000008", "refuses to start")):
                got = render.fails("/source/add", "x", plugin)
                test.check(got[0] in (4, 8, 13) and text in got[1], f"{plugin}: …{text}…", got)
        finally:
            test.check(render.close() == 0, "ends with 0")
    finally:
        del os.environ["VST3_PATH"]


def main():
    return Tester().run((limiter, synthesizer))


if __name__ == "__main__":
    sys.exit(main())
