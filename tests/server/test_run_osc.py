#!/usr/bin/env python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenario runner itself: what it takes for equal and what not; its bytes on the wire."""
import math
import pathlib
import sys
import tempfile

import oscwire
import run_osc

CASES = [  # expected line, what came, equal?
    ("/a 1 two 3.5", ("/a", [("i", 1), ("s", "two"), ("f", 3.5)]), True),
    ("/a 1", ("/b", [("i", 1)]), False),
    ("/a 1", ("/a", [("f", 1.0)]), True),
    ("/a i:1", ("/a", [("f", 1.0)]), False),
    ("/a 1", ("/a", [("i", 2)]), False),
    ("/a 1", ("/a", []), False),
    ("/a", ("/a", [("i", 1)]), False),
    ("/a ...", ("/a", [("i", 1), ("i", 2)]), True),
    ("/a 1 ...", ("/a", [("i", 2), ("i", 2)]), False),
    ("/a * 2", ("/a", [("s", "x"), ("i", 2)]), True),
    ("/a 0.5", ("/a", [("f", 0.50001)]), True),
    ("/a 0.5", ("/a", [("f", 0.5002)]), False),
    ("/a 0.5~0.01", ("/a", [("f", 0.509)]), True),
    ("/a 0.5~0.01", ("/a", [("f", 0.52)]), False),
    ('/a "*near*"', ("/a", [("s", "the nearest")]), True),
    ('/a "*near*"', ("/a", [("s", "the next")]), False),
    ('/a "3"', ("/a", [("i", 3)]), False),
    ("/a T:", ("/a", [("T", None)]), True),
    ("/a T:", ("/a", [("F", None)]), False),
    ("/*/done x", ("/@1/done", [("s", "x")]), True),
    ("/a -144.0", ("/a", [("f", -144.0)]), True),
    ("/a 1.0", ("/a", [("f", math.nan)]), False),
]


def main():
    passed = failed = 0

    def check(good, what):
        nonlocal passed, failed
        passed, failed = passed + bool(good), failed + (not good)
        if not good:
            print("FAIL", what)

    with tempfile.TemporaryDirectory() as folder:
        empty = pathlib.Path(folder, "x.osc")
        empty.write_text("daemon --rate 44100 # for this one\n> /a\n")
        scenario = run_osc.Scenario(empty, False)
        check(scenario.options() == ("offline", ["--rate", "44100"]), "options of the daemon are read")
        for line, message, equal in CASES:
            check(scenario.match(run_osc.split(line), message) == equal, f"{line} against {oscwire.show(*message)}")
        check(scenario.match(run_osc.split("/a $x $x"), ("/a", [("i", 5), ("i", 5)])), "a name takes its first value")
        check(not scenario.match(run_osc.split("/a $x"), ("/a", [("i", 6)])), "... and must equal it later")
        check(not scenario.match(run_osc.split("/a $y 1"), ("/a", [("i", 6), ("i", 2)])) and "y" not in scenario.names,
              "a line that does not match leaves no value")
    for line in ('/a 1 -2.5 "x y" "" "3" T: h:99 d:0.1 b:00ff [ 1 ]', "/longer/address"):
        words = run_osc.split(line)
        args = [oscwire.parse_token(word, word.quoted) for word in words[1:]]
        packet = oscwire.encode(words[0], args)
        check(len(packet) % 4 == 0 and oscwire.decode(packet) == [(words[0], args)], f"{line} crosses the wire")
    two = oscwire.bundle(1, [oscwire.encode("/a"), oscwire.bundle(1, [oscwire.encode("/b", [("i", 1)])])])
    check(oscwire.decode(two) == [("/a", []), ("/b", [("i", 1)])], "bundles in bundles are read")
    check(oscwire.ntp(0.5) == (2208988800 << 32) + (1 << 31), "NTP time")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
