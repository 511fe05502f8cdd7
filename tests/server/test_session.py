#!/usr/bin/env python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of a real daemon: killed while saving, a full disk, plug-ins with and without their module, events, the
session to start with, saving by itself.

sq-test: timeout=120
"""
import json
import os
import pathlib
import random
import resource
import shutil
import sys
import time

import oscwire
from daemon import Daemon
from test_jack import Tester, ask, until, value

EPIANO = "lv2:http://drobilla.net/plugins/mda/EPiano"
KILLS = 50


def done(client, address, *args):
    """Results of a command that must succeed."""
    answer = ask(client, address, *args, seconds=20)[-1]
    if answer[0] != "/@q/done":
        raise RuntimeError(f"{address} {args}: {answer}")
    return [arg[1] for arg in answer[1][1:]]


def fails(client, address, *args):
    """Symbol and text of a failure."""
    answer = ask(client, address, *args, seconds=20)[-1]
    return (answer[1][2][1], answer[1][3][1]) if answer[0] == "/@q/fail" else ("done", str(answer))


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in pathlib.Path(folder).rglob("*") if path.is_file())


def killed_while_saving(test):
    """Always a session that opens, the one from before or the new one, known by its tempo."""
    daemon = Daemon("offline")
    rand, seen = random.Random(3), {"old": 0, "new": 0}
    folder = str(daemon.folder / "one")
    try:
        client = daemon.client()
        for i in range(30):
            done(client, "/source/add", f"s{i}", "tone")
            done(client, f"/source/s{i}/chain/add", "eq")
        client.send("/tempo", 100.0)
        done(client, "/session/save_as", folder)
        tempo = 100
        for turn in range(KILLS):
            client.send("/tempo", float(tempo + 1))
            client.sync()
            client.send("/session/save")
            time.sleep(rand.random() * 0.012)
            daemon.process.kill()
            daemon.process.wait()
            daemon.process.stdout.close()
            client.close()
            daemon.start()
            client = daemon.client()
            answer = ask(client, "/session/open", folder, seconds=20)[-1]
            if not test.check(answer[0] == "/@q/done" and answer[1][2][1] == 31, f"it opens after kill {turn}", answer):
                return
            now = round(value(client, "/tempo"))
            if not test.check(now in (tempo, tempo + 1), f"it is the old or the new one after kill {turn}", now):
                return
            seen["new" if now > tempo else "old"] += 1
            tempo = now
        done(client, "/session/save")
        test.check(files(folder) == ["session.json"], "the next save leaves nothing of the killed ones", files(folder))
        print(f"     {KILLS} kills: {seen['old']} times the old session, {seen['new']} times the new one")
        client.close()
    finally:
        daemon.cleanup()


def full_disk(test):
    daemon = Daemon("offline")
    folder = daemon.folder / "one"
    try:
        client = daemon.client()
        done(client, "/source/add", "a", "tone", "gain", -9.0)
        done(client, "/session/save_as", str(folder))
        before = (folder / "session.json").read_bytes()
        for i in range(20):
            done(client, "/source/add", f"s{i}", "tone")
        pid, usual = daemon.process.pid, resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (len(before) + 100, usual[1]))
        symbol, text = fails(client, "/session/save")
        test.check(symbol == "limit" and "File too large" in text and "make room" in text, "no room is told", text)
        test.check((folder / "session.json").read_bytes() == before, "the old session is as it was")
        test.check(files(folder) == ["session.json"], "nothing unfinished is left", files(folder))
        test.check(value(client, "/session/dirty") == 1, "it stays dirty")
        symbol, text = fails(client, "/session/save_as", str(daemon.folder / "two"))
        test.check(symbol == "limit" and not (daemon.folder / "two").exists(), "no folder is left of a first save", text)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, usual)
        test.check(done(client, "/session/save") == [str(folder)], "after a save_as that failed it is still the first one")
        test.check(value(client, "/session/dirty") == 0, "and with room it is clean")
        symbol, text = fails(client, "/session/save_as", "/no/such/parent/one")
        test.check(symbol == "not_found", "a parent that is not there", text)
        client.close()
        test.check(daemon.stop() == 0, "it ends in order")
    finally:
        daemon.cleanup()


def real_tmpfs(test):
    """A disk that is really full (where mounting is allowed)."""
    daemon = Daemon("offline")
    disk = daemon.folder / "disk"
    disk.mkdir()
    if os.system(f"mount -t tmpfs -o size=32k none {disk} 2>/dev/null") != 0:
        daemon.cleanup()
        return
    try:
        client = daemon.client()
        done(client, "/source/add", "a", "tone")
        done(client, "/session/save_as", str(disk / "one"))
        before = (disk / "one" / "session.json").read_bytes()
        for i in range(100):
            done(client, "/source/add", f"s{i}", "tone")
        symbol, text = fails(client, "/session/save")
        test.check(symbol == "limit" and "No space left" in text, "a full disk is told", text)
        test.check((disk / "one" / "session.json").read_bytes() == before, "the session on it is as it was")
        test.check(files(disk) == ["one/session.json"], "nothing unfinished is left on it", files(disk))
        client.close()
    finally:
        os.system(f"umount {disk}")
        daemon.cleanup()


def plugins(test):
    daemon = Daemon("offline")
    folder = daemon.folder / "one"
    try:
        client = daemon.client("unix")
        done(client, "/source/add", "e", EPIANO, "env_decay", 0.3)
        client.send("/source/e/generator/param/env_decay", 0.7)
        client.send("/source/e/generator/param/treble_boost", 0.123456789)
        done(client, "/source/e/copy", "c")
        test.check(abs(value(client, "/source/c/generator/param/env_decay") - 0.7) < 1e-6, "a copy has the value set last")
        done(client, "/driver/run", 4800)
        done(client, "/session/save_as", "copy")
        state = next((daemon.state / "squeezed" / "sessions" / "copy" / "state").glob("c.generator.*")).read_text()
        test.check("0.69999999" in state, "and so does its plug-in, not the one it was added with", state[:300])
        done(client, "/source/c/remove")
        done(client, "/driver/run", 4800)  # the plug-in takes the values in its own time
        done(client, "/session/save_as", str(folder))
        saved = json.loads((folder / "session.json").read_text())
        generator = saved["strips"][1]["generator"]
        test.check(abs(generator["params"]["env_decay"] - 0.7) < 1e-6, "a value that was set is saved by symbol",
                   generator["params"])
        test.check(generator["state"]["format"] == "lv2" and (folder / generator["state"]["file"]).is_file(),
                   "its state stands beside", generator.get("state"))
        result = done(client, "/session/open", str(folder))
        test.check(result == [str(folder), 2, 0], "it opens, all of it made", result)
        test.check(abs(value(client, "/source/e/generator/param/env_decay") - 0.7) < 1e-6, "with the value set last")
        done(client, "/session/save")
        test.check(json.loads((folder / "session.json").read_text()) == saved, "saved again it is the same")

        # its module is gone: everything of it is kept
        missing = daemon.folder / "missing"
        shutil.copytree(folder, missing)
        text = (missing / "session.json").read_text().replace(EPIANO, "lv2:urn:nobody:has:this")
        (missing / "session.json").write_text(text)
        result = done(client, "/session/open", str(missing))
        test.check(result == [str(missing), 2, 1], "a session without its plug-in opens, and says so", result)
        symbol, why = fails(client, "/source/e/generator/param/env_decay", 0.1)
        test.check(symbol == "plugin" and "urn:nobody" in why, "its parameters say why they cannot", (symbol, why))
        done(client, "/source/e/gain", -3.0)
        done(client, "/session/save")
        after = (missing / "session.json").read_text()
        test.check(after == text.replace('"gain": 0,', '"gain": -3,', 2).replace('"gain": -3,', '"gain": 0,', 1),
                   "and what was saved of it is written back unchanged", after)

        # a state alone, without values: they come from it
        alone = daemon.folder / "alone"
        shutil.copytree(folder, alone)
        whole = json.loads((alone / "session.json").read_text())
        del whole["strips"][1]["generator"]["params"]
        (alone / "session.json").write_text(json.dumps(whole))
        done(client, "/session/open", str(alone))
        test.check(abs(value(client, "/source/e/generator/param/env_decay") - 0.7) < 1e-6, "a state brings its values")

        # another session while a plug-in is made
        client.send("/source/add", "f", EPIANO)
        client.send("/@n/session/new")
        heard = [client.until(lambda a, _: a.endswith("/done") or a.endswith("/fail"), 10) for _ in range(2)]
        test.check(sorted(message[0] for message in heard if message) in (["/@n/done", "/fail"], ["/@n/done", "/done"]),
                   "who waits for it is answered", heard)
        test.check(client.sync(), "and nothing hangs")
        client.close()
    finally:
        daemon.cleanup()


def saving_while_editing(test):
    """Saves, one upon the other, while a driver runs and plug-ins come and go under them; each that is done opens."""
    daemon = Daemon("null")
    try:
        client, other = daemon.client("unix"), daemon.client("unix")
        done(client, "/source/add", "stays", EPIANO)
        rounds, failed = 25, []
        for turn in range(rounds):
            for i in range(4):
                other.send("/source/add", f"p{turn}_{i}", (EPIANO, "tone", "sampler", EPIANO)[i])
                other.send(f"/source/p{turn}_{i}/gain", -float(turn))
            client.send(f"/@s{turn}/session/save_as", f"take{turn % 5}")
            if turn > 1:
                for i in range(4):
                    other.send(f"/source/p{turn - 2}_{i}/remove")
        answers = [client.until(lambda a, _: a.startswith("/@s"), 20) for _ in range(rounds)]
        test.check(all(answer and answer[0].endswith("/done") for answer in answers), "every save succeeds",
                   [answer for answer in answers if not answer or not answer[0].endswith("/done")])
        test.check([answer[0].split("/")[1] for answer in answers] == [f"@s{i}" for i in range(rounds)], "in order")
        other.sync()
        for name in range(5):
            answer = ask(client, "/session/open", f"take{name}", seconds=20)[-1]
            if answer[0] != "/@q/done" or answer[1][3][1] != 0:
                failed.append(answer)
        test.check(not failed, "and every one of them opens", failed)
        test.check(client.sync() and other.sync(), "nothing hangs")
        client.close()
        other.close()
        test.check(daemon.stop() == 0, "it ends in order")
    finally:
        daemon.cleanup()


def broken(test):
    daemon = Daemon("offline")
    folder = daemon.folder / "one"
    try:
        client = daemon.client()
        done(client, "/source/add", "a", "tone")
        done(client, "/session/save_as", str(folder))
        good = (folder / "session.json").read_text()
        bad = daemon.folder / "bad"
        bad.mkdir()
        for what, text, words in [
                ("cut off", good[:len(good) // 2], "cut off"),
                ("a comma missing", good.replace('"tempo": 120,', '"tempo": 120'), "line 8"),
                ("a value out of range", good.replace('"gain": 0', '"gain": 99', 1), '"gain" is 99'),
                ("of the future", good.replace('"major": 1', '"major": 2'), "newer"),
                ("another file", '{"tracks": []}', "no session"),
                ("empty", "", "line 1")]:
            (bad / "session.json").write_text(text)
            symbol, why = fails(client, "/session/open", str(bad))
            test.check(symbol in ("bad_args", "unsupported") and words in why, f"a session that is {what}", (symbol, why))
            test.check(value(client, "/source/a/gain") == 0.0, f"the present one stays when it is {what}")
            test.check((bad / "session.json").read_text() == text, "and the file is not touched")
        test.check(value(client, "/session/dirty") == 0, "nothing became dirty")
        for name in (".", "..", "../x", "a/b", "/", "", "/a/../b"):
            symbol, why = fails(client, "/session/save_as", name)
            test.check(symbol == "bad_args", f"'{name}' is no session", (symbol, why))
        client.send_raw(b"#bundle\0" + b"\0\0\0\0\0\0\0\1" + b"".join(
            len(packet).to_bytes(4, "big") + packet for packet in (
                oscwire.encode("/session/new", []), oscwire.encode("/nowhere", []))))
        heard = [client.next(2), client.next(2)]
        test.check(all(message and message[0] == "/fail" for message in heard), "a bundle that fails", heard)
        test.check(value(client, "/source/a/gain") == 0.0, "opens nothing")
        client.close()
    finally:
        daemon.cleanup()


def events(test):
    daemon = Daemon("offline")
    try:
        client, ear = daemon.client(), daemon.client("unix")
        ear.send("/notify", 1)
        ear.send("/subscribe", "/master/gain")
        ear.sync()
        done(client, "/source/add", "a", "tone")
        done(client, "/source/a/chain/add", "eq")
        client.send("/master/gain", -4.0)
        done(client, "/session/save_as", "one")
        done(client, "/session/new")
        done(client, "/session/open", "one")
        ear.sync()
        heard, message = [], ear.next(0.5)
        while message:
            heard.append(message)
            message = ear.next(0.5)
        names = [(address, args[0][1]) for address, args in heard if args]
        test.check(names.count(("/event/added", "/source/a")) == 2 and ("/event/removed", "/source/a") in names,
                   "strips come and go", names)
        test.check(("/event/added", "/source/a/chain/eq") in names, "with their processors", names)
        test.check(("/event/dirty", 1) in names and names[-1] != ("/event/dirty", 1) and ("/event/dirty", 0) in names,
                   "dirty and clean again", names)
        gains = [round(args[0][1], 3) for address, args in heard if address == "/master/gain"]
        test.check(gains[-1:] == [-4.0] and len(gains) >= 1, "values of the master are told", gains)
        test.check(not any("/event/dirty" == address and args[0][1] == 1 for address, args in heard[-3:]),
                   "opening makes nothing dirty", names[-3:])
        ear.send_raw(b"#bundle\0" + b"\0\0\0\0\0\0\0\1" + b"".join(
            len(packet).to_bytes(4, "big") + packet for packet in (
                oscwire.encode("/@s/session/save", []), oscwire.encode("/master/gain", [("f", -5.0)]))))
        ear.send("/master/gain", -6.0)
        ear.until(lambda address, _: address == "/@s/done", 5)
        saved = json.loads((daemon.state / "squeezed" / "sessions" / "one" / "session.json").read_text())
        test.check(saved["strips"][0]["gain"] == -5.0, "a bundle is saved whole", saved["strips"][0]["gain"])
        test.check(value(client, "/session/dirty") == 1, "what changed while it was saved is still to be saved")
        client.close()
        ear.close()
    finally:
        daemon.cleanup()


def start_and_autosave(test):
    daemon = Daemon("offline", ["--set", "engine.autosave=1"])
    try:
        client = daemon.client()
        done(client, "/source/add", "a", "tone", "gain", -7.5)
        done(client, "/session/save_as", "evening")
        client.send("/source/a/gain", -3.25)
        client.sync()
        home = daemon.state / "squeezed" / "sessions"
        test.check(until(lambda: (home / "autosave" / "session.json").exists(), 5), "a changed session saves itself",
                   files(home))
        time.sleep(0.2)
        saved = json.loads((home / "autosave" / "session.json").read_text())
        test.check(saved["strips"][1]["gain"] == -3.25, "as it is", saved["strips"][1]["gain"])
        saved = json.loads((home / "evening" / "session.json").read_text())
        test.check(saved["strips"][1]["gain"] == -7.5 and value(client, "/session/dirty") == 1,
                   "the user's own is left as it was")
        client.close()
        daemon.stop()
        daemon.options = ["--session", "evening"]
        daemon.start()
        client = daemon.client()
        test.check(value(client, "/source/a/gain") == -7.5, "the session to start with is there at READY")
        client.close()
        daemon.stop()
        daemon.options = ["--session", "nothing"]
        daemon.start()
        client = daemon.client()
        test.check(client.sync() and "session.start" in daemon.log() and "nothing" in daemon.log(),
                   "one that is not there is logged, the daemon begins empty", daemon.log()[-300:])
        client.close()
    finally:
        daemon.cleanup()


def audio_gone(test):
    """A sound file that went: its zone keeps its place."""
    daemon = Daemon("offline")
    try:
        client = daemon.client()
        wav = daemon.folder / "x.wav"
        frames = b"\0\0" * 1000
        wav.write_bytes(b"RIFF" + (36 + len(frames)).to_bytes(4, "little") + b"WAVEfmt \x10\0\0\0\1\0\1\0" +
                        (48000).to_bytes(4, "little") + (96000).to_bytes(4, "little") + b"\2\0\x10\0data" +
                        len(frames).to_bytes(4, "little") + frames)
        done(client, "/source/add", "s", "sampler")
        done(client, "/source/s/zone/add", str(wav), "lo", 10, "hi", 20)
        done(client, "/session/save_as", "one")
        text = (daemon.state / "squeezed" / "sessions" / "one" / "session.json").read_text()
        wav.unlink()
        done(client, "/session/open", "one")
        done(client, "/session/save")
        after = (daemon.state / "squeezed" / "sessions" / "one" / "session.json").read_text()
        test.check(after == text, "a zone without its file is kept", after)
        client.close()
    finally:
        daemon.cleanup()


def main():
    return Tester().run((broken, events, full_disk, real_tmpfs, plugins, audio_gone, start_and_autosave,
                         saving_while_editing, killed_while_saving))


if __name__ == "__main__":
    sys.exit(main())
