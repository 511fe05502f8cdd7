#!/usr/bin/env python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""/query: the tree as OSCQuery JSON, the same in pages over UDP as in one piece over the Unix socket."""
import json
import sys

from daemon import Daemon

failed = passed = 0


def check(good, what, detail=""):
    global passed, failed
    passed += bool(good)
    failed += not good
    if not good:
        print(f"FAIL {what}" + (f"\n  {detail}" if detail else ""), flush=True)


def query(client, path):
    """(pages, text) of an answer, or the /fail."""
    client.messages = []
    client.send("/query", path)
    pages = []
    while True:
        message = client.next(5)
        if message is None or message[0] == "/fail":
            return 0, message
        address, args = message
        if address == "/done":
            return len(pages), "".join(pages)
        if address == "/query.reply":
            check((args[0][1], args[1][1]) == (path, len(pages)), "pages come in order", str(args[:3]))
            pages.append(args[3][1])


daemon = Daemon("offline")
udp, stream = daemon.client("udp"), daemon.client("unix")
stream.send("/source/add", "a", "tone", "gain", -6.0)
stream.send("/source/a/label", 'a "quoted" \u00e4\\')
for i in range(5):
    stream.send("/source/a/chain/add", "eq", "name", f"eq{i}")
stream.sync(5)

n, text = query(udp, "/")
check(n > 10, "over UDP the tree comes in pages", str(n))
whole = json.loads(text)
n, other = query(stream, "/")
check(n == 1 and json.loads(other).keys() == whole.keys(), "over a stream in one piece")
check("strip" not in whole["CONTENTS"] and "source" in whole["CONTENTS"], "aliases stand once")
gain = whole["CONTENTS"]["source"]["CONTENTS"]["a"]["CONTENTS"]["gain"]
check(gain == {"FULL_PATH": "/source/a/gain", "DESCRIPTION": gain["DESCRIPTION"], "ACCESS": 3, "TYPE": "f",
               "RANGE": [{"MIN": -144, "MAX": 10}], "UNIT": ["dB"], "VALUE": [-6]}, "a value is described", str(gain))
label = json.loads(query(udp, "/source/a/label")[1])
check(label["VALUE"] == ['a "quoted" \u00e4\\'], "text is escaped", str(label))
mute = json.loads(query(udp, "/source/a/mute/")[1])
check(mute["TYPE"] == "T" and mute["VALUE"] == [False], "a truth value is one", str(mute))
param = json.loads(query(udp, "/source/a/chain/eq3/param/b3_gain")[1])
check(param["RANGE"] == [{"MIN": -24, "MAX": 24}] and param["VALUE"] == [0], "a parameter is described", str(param))
check(query(udp, "/nowhere")[1][1][1][1] == 4, "what is not there is not_found")
check(query(udp, "gain")[1][1][1][1] == 2, "an address begins with a slash")
daemon.stop()
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
