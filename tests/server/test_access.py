#!/usr/bin/env python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may call what: rows of class `code` against where their caller sits, now and by messages for later.

sq-test: timeout=60
"""
import os
import pathlib
import sys
import time

import oscwire
from daemon import Daemon
from tester import Tester

BUNDLE = "/usr/lib/lv2/mda.lv2"
PLUGIN = "lv2:http://drobilla.net/plugins/mda/EPiano"


def ask(client, address, *args):
    """What a tagged message came to: ("/done" or "/fail", values)."""
    client.send("/@q" + address, *args)
    answer = client.until(lambda at, args: at in ("/@q/done", "/@q/fail"), 20)
    return (answer[0][3:], [value for _, value in answer[1]]) if answer else ("nothing", [])


def without_plugins(options=()):
    """A daemon whose search path holds no plug-in at all."""
    os.environ["LV2_PATH"] = "/nonexistent"
    try:
        return Daemon(options=options)
    finally:
        del os.environ["LV2_PATH"]


def denied(answer):
    return answer[0] == "/fail" and answer[1][1:3] == [12, "denied"]


def obeyed(test):
    """/plugin/load is for the Unix socket; from loopback it is refused, and nothing is loaded."""
    daemon = without_plugins()
    try:
        unix = daemon.client("unix")
        for kind in ("udp", "tcp", "slip"):
            client = daemon.client(kind)
            answer = ask(client, "/plugin/load", BUNDLE)
            test.check(denied(answer), f"code is refused over {kind}", str(answer))
            test.check(all(words in str(answer) for words in ("Unix socket", "security.code_from_loopback")),
                       "... with the next step", str(answer))
            test.check(ask(client, "/plugin/list")[1] == ["/plugin/list", 0], "... and nothing is loaded")
            test.check(ask(client, "/session/save_as", f"s{kind}")[0] == "/done", f"files are named over {kind}")
            client.close()
        later(test, daemon, unix)
        answer = ask(unix, "/source/add", "early", PLUGIN)
        test.check(answer[0] == "/fail", "what is not loaded is not found", str(answer))
        answer = ask(unix, "/plugin/load", BUNDLE)
        test.check(answer[0] == "/done" and answer[1][1] > 20, "the Unix socket loads a bundle", str(answer))
        pages = [args for at, args in unix.messages if at == "/@q/plugin/load"]
        test.check(any(("s", PLUGIN) in page for page in pages), "... and hears what is in it")
        test.check(ask(unix, "/plugin/list")[1][1] == answer[1][1], "... which is listed then")
        udp = daemon.client()
        answer = ask(udp, "/source/add", "keys", PLUGIN)
        test.check(answer[0] == "/done", "what was loaded plays for every client", str(answer))
        faults(test, daemon, unix)
        udp.close()
        unix.close()
        test.check(daemon.stop() == 0, "it ends with status 0")
    finally:
        if test.failed:
            print(daemon.log()[-1500:])
        daemon.cleanup()


def later(test, daemon, unix):
    """A message for later has the rights that its sender had, also when that one is gone by then."""
    tcp = daemon.client("tcp")
    packet = oscwire.encode("/plugin/load", [("s", BUNDLE)])
    tcp.send_raw(oscwire.bundle(oscwire.ntp(time.time() + 0.3), [packet]))
    tcp.send("/at/in", 0.3, "/plugin/load", BUNDLE)
    tcp.sync()
    tcp.close()
    unix.sync()
    ask(unix, "/driver/run", 48000)
    time.sleep(0.3)  # jobs that it began all the same
    test.check(ask(unix, "/plugin/list")[1] == ["/plugin/list", 0], "a client that is gone has no rights beyond its own")
    gone = daemon.client("unix")
    gone.send("/at/in", 0.3, "/session/save_as", "later")
    gone.sync()
    gone.close()
    ask(unix, "/driver/run", 48000)
    saved = daemon.state / "squeezed" / "sessions" / "later"
    end = time.monotonic() + 5
    while not saved.exists() and time.monotonic() < end:
        time.sleep(0.02)
    test.check(saved.exists(), "... and no fewer", str(sorted(saved.parent.glob("*"))))


def faults(test, daemon, unix):
    plain = daemon.folder / "plain.lv2"
    plain.mkdir()
    for path, words in ((str(plain), "no manifest.ttl"), (str(daemon.folder / "none.lv2"), "No such file"),
                        ("mda.lv2", "not an absolute path"), ("/etc/hostname", "no LV2 bundle")):
        answer = ask(unix, "/plugin/load", path)
        test.check(answer[0] == "/fail" and words in answer[1][-1], f"{pathlib.Path(path).name} is refused", str(answer))


def opened(test):
    """security.code_from_loopback opens the class to loopback; a reload closes it again."""
    config = "[security]\ncode_from_loopback = {}\n"
    daemon = Daemon(options=["--config", "squeezed.conf"],
                    before=lambda folder: (folder / "squeezed.conf").write_text(config.format("on")))
    try:
        udp = daemon.client()
        answer = ask(udp, "/plugin/load", "/nonexistent/x.lv2")
        test.check(answer[1][1:3] == [4, "not_found"], "with code_from_loopback = on it is carried out", str(answer))
        (daemon.folder / "squeezed.conf").write_text(config.format("off"))
        test.check(ask(udp, "/server/config/security/code_from_loopback", "on")[1][1:3] == [11, "not_now"],
                   "a client cannot open it for itself")
        ask(udp, "/server/reload")
        test.check(denied(ask(udp, "/plugin/load", "/nonexistent/x.lv2")), "... and after a reload it is not")
        udp.close()
    finally:
        daemon.cleanup()


def main():
    test = Tester()
    for group in (obeyed, opened):
        group(test)
    return test.end()


if __name__ == "__main__":
    sys.exit(main())
