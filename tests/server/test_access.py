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
    """A daemon that finds no LV2 plug-in; those of other formats stay where they are."""
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
        before = ask(unix, "/plugin/list")[1]
        for kind in ("udp", "tcp", "slip"):
            client = daemon.client(kind)
            answer = ask(client, "/plugin/load", BUNDLE)
            test.check(denied(answer), f"code is refused over {kind}", str(answer))
            test.check(all(words in str(answer) for words in ("Unix socket", "security.code_from_loopback")),
                       "... with the next step", str(answer))
            test.check(ask(client, "/plugin/list")[1] == before, "... and nothing is loaded")
            test.check(ask(client, "/session/save_as", f"s{kind}")[0] == "/done", f"files are named over {kind}")
            client.close()
        later(test, daemon, unix, before)
        answer = ask(unix, "/source/add", "early", PLUGIN)
        test.check(answer[0] == "/fail", "what is not loaded is not found", str(answer))
        answer = ask(unix, "/plugin/load", BUNDLE)
        test.check(answer[0] == "/done" and answer[1][1] > 20, "the Unix socket loads a bundle", str(answer))
        pages = [args for at, args in unix.messages if at == "/@q/plugin/load"]
        test.check(any(("s", PLUGIN) in page for page in pages), "... and hears what is in it")
        test.check(ask(unix, "/plugin/list")[1][1] == before[1] + answer[1][1], "... which is listed then")
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


def later(test, daemon, unix, before):
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
    test.check(ask(unix, "/plugin/list")[1] == before, "a client that is gone has no rights beyond its own")
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


KEY = "a key of the studio"
GUARDED = "[security]\ntrust_loopback = off\nallow = 127.0.0.2, 127.0.1.0/24\nkey_file = key\n"


def guarded():
    """A daemon to which loopback is another machine: two of its addresses may come, with the key."""

    def before(folder):
        (folder / "squeezed.conf").write_text(GUARDED)
        (folder / "key").write_text(KEY + "\n")
        (folder / "key").chmod(0o600)

    return Daemon(options=["--config", "squeezed.conf"], before=before)


def silent(client, seconds=0.3):
    """Nothing came, also no end of a connection that was there."""
    return client.next(seconds) is None


def elsewhere(test):
    """Who comes from elsewhere: silence for who is not allowed, one refusal until the key is sent, then control."""
    daemon = guarded()
    try:
        stranger = daemon.client(source="127.0.0.3")
        stranger.send("/ping", 1)
        stranger.send("/client/key", KEY)
        stranger.send("/ping", 2)
        test.check(silent(stranger), "who is not allowed hears nothing, with the key or without")
        test.check("127.0.0.3" in daemon.log(), "... and the log says why", daemon.log())
        for kind, source in (("udp", "127.0.0.2"), ("tcp", "127.0.1.77")):
            client = daemon.client(kind, source)
            for i in range(3):
                client.send("/ping", i)
            client.send_raw(oscwire.bundle(1, [oscwire.encode("/ping")]))
            first = client.next(2)
            test.check(first and first[0] == "/fail" and [value for _, value in first[1]][:3] == ["/ping", 12, "denied"],
                       f"without the key {kind} is refused", str(first))
            test.check(silent(client), "... once")
            answer = ask(client, "/client/key", "another key of the studio")
            test.check(denied(answer), "... a wrong key is refused", str(answer))
            answer = ask(client, "/client/key", KEY)
            test.check(answer == ("/done", ["/client/key", "control"]), "... the right one opens", str(answer))
            test.check(ask(client, "/source/add", kind, "tone")[0] == "/done", "... to control")
            test.check(denied(ask(client, "/session/save_as", "x")), "... not to files")
            test.check(denied(ask(client, "/plugin/load", "/x")), "... nor to code")
            client.close()
        again = daemon.client("tcp", "127.0.1.77")
        again.send("/ping")
        test.check(again.next(2)[0] == "/fail", "the key is each connection's own")
        again.close()
        guesses(test, daemon)
        token(test, daemon)
        narrowed(test, daemon)
        test.check(daemon.stop() == 0, "it ends with status 0")
        test.check(not list((daemon.runtime / "squeezed").glob("*.token")), "the token goes with it")
    finally:
        if test.failed:
            print(daemon.log()[-1500:])
        daemon.cleanup()


def guesses(test, daemon):
    """Guessing ends after a few tries."""
    client = daemon.client(source="127.0.0.2")
    answers = 0
    for i in range(20):
        client.send("/client/key", f"wrong key number {i}")
        answers += client.next(0.3) is not None
    test.check(answers == 8, "eight wrong keys are answered", str(answers))
    client.send("/client/key", KEY)
    test.check(silent(client), "... then not even the right one")
    client.close()


def token(test, daemon):
    """The token of the runtime folder, which our user alone can read, gives what the Unix socket gives."""
    path = daemon.runtime / "squeezed" / (daemon.name + ".token")
    test.check(path.stat().st_mode & 0o077 == 0, "the token is its user's alone", oct(path.stat().st_mode))
    client = daemon.client(source="127.0.0.2")
    answer = ask(client, "/client/key", path.read_text().strip())
    test.check(answer == ("/done", ["/client/key", "code"]), "the token opens to code", str(answer))
    answer = ask(client, "/plugin/load", "/nonexistent/x.lv2")
    test.check(answer[1][1:3] == [4, "not_found"], "... which is carried out", str(answer))
    test.check(ask(client, "/session/save_as", "y")[0] == "/done", "... and to files")
    client.close()


def narrowed(test, daemon):
    """A reload with a shorter list, or another key, ends those who may not come any more."""
    udp, tcp = daemon.client(source="127.0.0.2"), daemon.client("tcp", "127.0.1.5")
    unix = daemon.client("unix")
    for client in (udp, tcp):
        ask(client, "/client/key", KEY)
    (daemon.folder / "squeezed.conf").write_text(GUARDED.replace(", 127.0.1.0/24", ""))
    test.check(ask(unix, "/server/reload")[1][1:] == ["security.allow", "applied"], "the list is read again")
    tcp.send("/ping")
    tcp.next(1)
    test.check(tcp.closed, "who is not on the list any more is cut off")
    test.check(ask(udp, "/status")[0] == "/done", "... who is stays")
    (daemon.folder / "key").write_text("another key of the studio\n")
    ask(unix, "/server/reload")
    udp.messages.clear()
    udp.send("/ping")
    test.check(udp.next(2)[0] == "/fail", "another key must be sent anew")
    (daemon.folder / "key").chmod(0o644)
    answer = ask(unix, "/server/reload")
    test.check(answer[0] == "/fail" and "chmod 600" in answer[1][-1], "a key that others can read is refused",
               str(answer))
    for client in (udp, tcp, unix):
        client.close()


def main():
    test = Tester()
    for group in (obeyed, opened, elsewhere):
        group(test)
    return test.end()


if __name__ == "__main__":
    sys.exit(main())
