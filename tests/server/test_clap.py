#!/usr/bin/env python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CLAP plug-ins over OSC, end to end: in a chain and as a source, their values, meters, latency and state.

sq-test: timeout=120
"""
import json
import os
import sys

from daemon import BUILD
from test_jack import Tester, ask, value
from test_lv2 import Render, db, first_sound

MAXIM = "clap:com.zamaudio.ZaMaximX2"
TUBE = "clap:com.zamaudio.ZamTube"
PROBE = "clap:squeezed.probe"


def told(render, plugin):
    """What /plugin/info says: of the plug-in, and of its parameters by symbol."""
    heard = ask(render.client, "/plugin/info", plugin, seconds=20)
    pairs = [arg[1] for arg in heard[-1][1][1:]]
    params = [arg[1] for page in heard[:-1] for arg in page[1][2:]]
    return dict(zip(pairs[1::2], pairs[2::2])), {params[i]: params[i + 1:i + 8] for i in range(0, len(params), 8)}


def limiter(test):
    """ZaMaximX2 in a chain holds its ceiling; its values ramp, its meters are read, its latency is told."""
    render = Render()
    try:
        info, params = told(render, MAXIM)
        test.check(info["use"] == "effect" and info["reports_latency"] == 1 and info["params_out"] == 2, "/plugin/info", info)
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
        quiet = render.take((("/driver/run", 48000),))[0]
        test.check(abs(db(max(map(abs, quiet[-4800:]))) + 30) < 0.2, "a ramp takes it to -30 dB", db(max(map(abs, quiet[-4800:]))))
        test.check(value(render.client, "/source/a/chain/max/param/output_ceiling") == -30.0, "and it reads so")
    finally:
        test.check(render.close() == 0, "ends with 0")


def session(test):
    """What keeps no state of its own is saved by its values, and comes back with them."""
    render = Render()
    folder = render.daemon.folder / "one"
    try:
        render.do("/source/add", "a", "tone")
        render.do("/source/a/chain/add", TUBE, "name", "tube", "tube_drive", 5.5, "tone_stack_model", "JTM 45")
        render.do("/driver/run", 4800)
        render.do("/session/save_as", str(folder))
        saved = json.loads((folder / "session.json").read_text())
        text = json.dumps(saved)
        test.check('"clap"' in text and TUBE in text, "its state is saved", text[:500])
        render.do("/session/new")
        result = render.do("/session/open", str(folder))
        test.check(result[1:] == [2, 0], "the session opens, all of it made", result)
        test.check(value(render.client, "/source/a/chain/tube/param/tube_drive") == 5.5 and
                   value(render.client, "/source/a/chain/tube/param/tone_stack_model") in (6, "JTM 45"), "with its values")
        render.do("/driver/run", 4800)
        test.check(max(map(abs, render.take((("/driver/run", 4800),))[0])) > 0.01, "and plays")
    finally:
        test.check(render.close() == 0, "ends with 0")


def synthesizer(test):
    """A CLAP instrument plays notes on their frames at any period, keeps CLAP's rules of threads, has a state."""
    heard = {}
    os.environ["CLAP_PATH"] = str(BUILD / "tests" / "plugins")
    try:
        for period in (64, 256, 1024):
            render = Render(period)
            folder = render.daemon.folder / "two"
            try:
                info, params = told(render, PROBE)
                test.check(info["use"] == "generator" and info["further_outputs"] == 3 and info["has_state"] == 1, "/plugin/info",
                           info)
                test.check(params["cutoff"][1] == "Hz" and params["wave"][6] == "Sine|Sq/uare|Ramp", "units and choices", params)
                render.do("/source/add", "p", PROBE, "wave", "Sq/uare")
                begin = int(render.do("/driver/run", 4800)[0])
                heard[period] = render.take((("/at/frame", str(begin + 1001), "/source/p/note/on", 60, 0.8),
                                             ("/source/p/generator/param/level/ramp", 1.0, 0.05), ("/driver/run", 9600)))[0]
                test.check(first_sound(heard[period]) == 1001, "a note begins on its frame", first_sound(heard[period]))
                test.check(value(render.client, "/source/p/generator/param/breaches") == 0, "no rule was broken")
                render.do("/session/save_as", str(folder))
                render.do("/session/open", str(folder))
                test.check(value(render.client, "/source/p/generator/param/level") == 1.0, "its state comes back")
                render.do("/driver/run", 4800)
                test.check(value(render.client, "/source/p/generator/param/breaches") == 0, "still no rule was broken")
            finally:
                test.check(render.close() == 0, "ends with 0")
        test.check(heard[64] == heard[256] == heard[1024], "the period is not heard")
        for plugin, code, text in (("clap:hostile.params", 8, "2147483648 parameters"), ("clap:hostile.init", 13, "refuses"),
                                   ("clap:hostile.activate", 13, "refuses"), ("clap:hostile.none", 4, "hostile")):
            render = Render()
            try:
                got = render.fails("/source/add", "x", plugin)
                if plugin == "clap:hostile.activate":
                    render.do("/source/add", "x", "tone")
                    got = render.fails("/source/x/chain/add", plugin)
                test.check(text in got[1] and got[0] in (code, 13), f"{plugin}: …{text}…", got)
                render.do("/source/add", "a", "tone")
            finally:
                test.check(render.close() == 0, "ends with 0")
    finally:
        del os.environ["CLAP_PATH"]


def main():
    return Tester().run((limiter, session, synthesizer))


if __name__ == "__main__":
    sys.exit(main())
