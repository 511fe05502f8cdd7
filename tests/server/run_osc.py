#!/usr/bin/env python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays scenarios (*.osc) against a real daemon: what is sent, and what must come back.

    tests/server/run_osc.py [-v] [FILE.osc ...]        (all of tests/server/*.osc without a name)

Each file gets a daemon of its own (offline driver, free port, empty folders). One step a line:

    > ADDRESS [ARGS]          send            >u: without a type-tag string
    < ADDRESS [ARGS]          the next message must be this one, within 10 s
    <+ ADDRESS [ARGS]         ... or a later one: what comes before it is skipped
    <! ADDRESS [ARGS]         after a sync: no message like this one is waiting
    << N                      exactly N messages are waiting (after a sync); they are dropped
    silence                   after a sync: nothing is waiting
    run FRAMES                /driver/run, and wait until it is done (other messages stay waiting)
    sync                      /sync, and wait for /synced
    drop                      forget what is waiting
    sleep SECONDS
    bundle [now|+SECONDS|TAG] the following `>` lines up to `end` go as one bundle; bundles may nest
    raw HEX                   these bytes as a packet
    client NAME udp|tcp|slip|unix     another peer; `NAME>`, `NAME<`, `NAME sync` ... speak for it
    close NAME
    daemon OPTIONS            options of the daemon, SQUEEZED_SECTION_KEY=VALUE too; `driver NAME` for another driver than offline
    restart [OPTIONS]         stop the daemon (its exit status must be 0), start it again in the same folders
    repeat N STEP             the step N times, $i counts from 0
    exists PATH / missing PATH
    wav PATH FRAMES LOW HIGH  a WAV file: its frames (or *), its peak between LOW and HIGH dB
    same PATH PATH            two WAV files with equal samples

Words are quoted as in a shell. In what is sent `3` is i, `3.0` f, other words s; `i: f: d: h: s: b: t: c: T: F: N: I: [ ]`
force a type. In what is expected a number matches any numeric type within 1e-4 (relative, or of 1e-5); `0.5~0.01`
sets another tolerance; a forced type must be that type (`f:*`: any f); strings may hold the wildcards `* ? [..]` (`*` is any one
argument); `...` is any number of arguments to the end; `$name` takes a value the first time and must equal it (or be
sent as it) afterwards. `$DIR` is the scenario's own folder, `$port_NAME` a client's own port; `z:N` sends a blob of N
bytes. No datagram from the daemon may be longer than 1,400 bytes, whatever the scenario says.
"""
import fnmatch
import math
import pathlib
import re
import shlex
import struct
import sys
import time

import oscwire
from daemon import Daemon

HERE = pathlib.Path(__file__).resolve().parent
WAIT = 10.0  # an answer takes a millisecond; a loaded machine may take seconds


class Failure(Exception):
    """A step that did not go as the scenario says."""


class Word(str):
    """A word of a line that knows whether it was quoted."""

    quoted = False


def split(line):
    """Shell-like words; quoted ones are strings whatever they look like; `#` starts a comment."""
    words = []
    for raw in re.findall(r"""(?:[^\s"'#]|"(?:\\.|[^"\\])*"|'[^']*'|(?<=\S)\#)+|\#.*""", line):
        if raw.startswith("#"):
            break
        word = Word("".join(shlex.split(raw)))
        word.quoted = raw[0] in "\"'"
        words.append(word)
    return words


def read_wav(path):
    """(channels, [samples as floats, interleaved]) of PCM 16/24/32 or float WAV and RF64 files."""
    data = pathlib.Path(path).read_bytes()
    if data[:4] not in (b"RIFF", b"RF64") or data[8:12] != b"WAVE":
        raise Failure(f"{path} is not a WAV file")
    at, form, sound = 12, None, b""
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        if kind == b"fmt ":
            form = struct.unpack_from("<HHIIHH", data, at + 8)
            if form[0] == 0xFFFE:
                form = (struct.unpack_from("<H", data, at + 8 + 24)[0], *form[1:])
        elif kind == b"data":
            sound = data[at + 8 : at + 8 + min(size, len(data) - at - 8)]
        at += 8 + size + (size & 1)
    code, channels, bits = form[0], form[1], form[5]
    if code == 3:
        return channels, [v[0] for v in struct.iter_unpack("<f" if bits == 32 else "<d", sound)]
    step = bits // 8
    scale = float(1 << (bits - 1))
    return channels, [int.from_bytes(sound[i : i + step], "little", signed=True) / scale
                      for i in range(0, len(sound), step)]


def number(arg):
    tag, value = arg
    return float(value) if tag in "ihfd" else {"T": 1.0, "F": 0.0}.get(tag)


class Scenario:
    def __init__(self, path, verbose):
        self.path, self.verbose = pathlib.Path(path), verbose
        self.passed, self.failed = 0, 0
        self.names, self.clients, self.bundles = {}, {}, []
        self.lines = self.path.read_text().splitlines()
        self.at = 0

    # ---- matching -----------------------------------------------------------------------------------------------

    def resolve(self, word):
        for name, value in sorted(self.names.items(), key=lambda pair: -len(pair[0])):
            if "$" + name in word:
                quoted = word.quoted
                word = Word(word.replace("$" + name, str(value)))
                word.quoted = quoted
        return word

    def match_arg(self, word, arg):
        tag, value = arg
        if word == "*":
            return True
        if word.endswith(":*") and len(word) == 3:
            return tag == word[0]
        if re.fullmatch(r"\$\w+", word) and word[1:] not in self.names:
            self.names[word[1:]] = value
            return True
        word = self.resolve(word)
        if word.quoted:
            return tag in "sS" and fnmatch.fnmatchcase(value, word)
        tolerance = None
        if "~" in word and re.fullmatch(r"[-+0-9.e:a-z]+~[0-9.e-]+", word):
            word, tolerance = word.split("~")
            tolerance = float(tolerance)
        want = oscwire.parse_token(word)
        if len(word) > 1 and word[1] == ":" and want[0] != "s" and want[0] != tag:
            return False
        if want[0] in "ihfd" and number(arg) is not None:
            far = abs(number(arg) - float(want[1]))
            return far <= (tolerance if tolerance is not None else max(1e-5, 1e-4 * abs(float(want[1]))))
        if want[0] in "sS":
            return tag in "sS" and fnmatch.fnmatchcase(value, want[1])
        return want == arg or (tag in "sS" and value == str(word))

    def match(self, words, message):
        address, args = message
        before = dict(self.names)
        want = words[1:]
        rest = bool(want) and want[-1] == "..."
        want = want[:-1] if rest else want
        good = fnmatch.fnmatchcase(address, self.resolve(words[0])) and (
            len(args) >= len(want) if rest else len(args) == len(want))
        good = good and all(self.match_arg(word, arg) for word, arg in zip(want, args))
        if not good:
            self.names = before
        return good

    # ---- steps --------------------------------------------------------------------------------------------------

    def send(self, client, words, untagged=False):
        words = [self.resolve(word) for word in words]
        packet = oscwire.encode(words[0], [oscwire.parse_token(word, word.quoted) for word in words[1:]], untagged)
        if self.bundles:
            self.bundles[-1][1].append(packet)
        else:
            client.send_raw(packet)

    def expect(self, client, words, skip):
        end, seen = time.monotonic() + WAIT, []
        while True:
            message = client.next(end - time.monotonic())
            if message is None:
                got = "nothing more came" + (" after " + "; ".join(seen[-4:]) if seen else "")
                raise Failure("expected " + " ".join(words) + "\n    " + got)
            if self.match(words, message):
                return
            seen.append(oscwire.show(*message))
            if not skip:
                raise Failure("expected " + " ".join(words) + "\n    got      " + seen[-1])

    def synced(self, client):
        if not client.sync():
            raise Failure("/sync got no /synced")

    def waiting(self, client):
        self.synced(client)
        while client.poll(0):
            pass
        found, client.messages = client.messages, []
        return found

    def run_frames(self, client, frames):
        client.send("/@run/driver/run", int(frames))
        answer = client.until(lambda address, args: address in ("/@run/done", "/@run/fail"), 60)
        if answer is None or answer[0] != "/@run/done":
            raise Failure(f"/driver/run {frames}: " + (oscwire.show(*answer) if answer else "no answer"))

    def open_bundle(self, words):
        when = words[0] if words else "now"
        if when == "now":
            tag = 1
        elif when.startswith("+") or when.startswith("-"):
            tag = oscwire.ntp(time.time() + float(when))
        else:
            tag = int(self.resolve(when), 0)
        self.bundles.append((tag, []))

    def close_bundle(self, client):
        packet = oscwire.bundle(*self.bundles.pop())
        if self.bundles:
            self.bundles[-1][1].append(packet)
        else:
            client.send_raw(packet)

    def file_step(self, verb, words):
        paths = [pathlib.Path(self.daemon.folder, self.resolve(word)) for word in words[: 2 if verb == "same" else 1]]
        if verb == "exists" and not paths[0].exists():
            raise Failure(f"{paths[0]} does not exist")
        if verb == "missing" and paths[0].exists():
            raise Failure(f"{paths[0]} exists")
        if verb == "same" and read_wav(paths[0]) != read_wav(paths[1]):
            raise Failure(f"{words[0]} and {words[1]} differ")
        if verb == "wav":
            channels, samples = read_wav(paths[0])
            frames, peak = len(samples) // channels, max(map(abs, samples), default=0.0)
            peak_db = 20 * math.log10(peak) if peak > 0 else -999.0
            if words[1] != "*" and frames != int(words[1]):
                raise Failure(f"{words[0]} has {frames} frames, not {words[1]}")
            if not float(words[2]) <= peak_db <= float(words[3]):
                raise Failure(f"{words[0]} peaks at {peak_db:.2f} dB, not between {words[2]} and {words[3]}")

    def add_client(self, name, kind):
        self.clients[name] = client = self.daemon.client(kind)
        if kind == "udp":
            self.names["port_" + name] = client.socket.getsockname()[1]

    def restart(self, options):
        for client in self.clients.values():
            client.close()
        kinds = {name: client.kind for name, client in self.clients.items()}
        status = self.daemon.stop()
        if status != 0:
            raise Failure(f"the daemon ended with {status}")
        self.daemon.options = self.daemon.options if not options else self.options()[1] + options
        self.daemon.start()
        for name, kind in kinds.items():
            self.add_client(name, kind)

    def step(self, words):
        """Carries one line out. True: it was a check."""
        name, verb = "", words[0]
        arrow = re.fullmatch(r"(\w*)(>u?|<<|<[+!]?)", verb)
        if arrow:
            name, verb = arrow.groups()
        elif verb in self.clients and len(words) > 1:
            name, verb, words = verb, words[1], words[1:]
        client, rest = self.clients[name], words[1:]
        if verb in (">", ">u"):
            self.send(client, rest, verb == ">u")
        elif verb in ("<", "<+"):
            self.expect(client, rest, verb == "<+")
            return True
        elif verb == "<!":
            found = [oscwire.show(*message) for message in self.waiting(client) if self.match(rest, message)]
            if found:
                raise Failure("did not expect " + found[0])
            return True
        elif verb in ("<<", "silence"):
            found, want = self.waiting(client), int(rest[0]) if verb == "<<" else 0
            if len(found) != want:
                raise Failure(f"{len(found)} messages are waiting, not {want}: "
                              + "; ".join(oscwire.show(*message) for message in found[:4]))
            return True
        elif verb == "sync":
            self.synced(client)
        elif verb == "run":
            self.run_frames(client, self.resolve(rest[0]))
        elif verb == "drop":
            self.waiting(client)
        elif verb == "sleep":
            time.sleep(float(rest[0]))
        elif verb == "bundle":
            self.open_bundle(rest)
        elif verb == "end":
            self.close_bundle(client)
        elif verb == "raw":
            client.send_raw(bytes.fromhex("".join(rest)))
        elif verb == "repeat":
            for i in range(int(rest[0])):
                self.names["i"] = i
                self.step(rest[1:])
            del self.names["i"]
        elif verb == "client":
            self.add_client(rest[0], rest[1])
        elif verb == "close":
            self.clients.pop(rest[0]).close()
        elif verb == "restart":
            self.restart([str(word) for word in rest])
            return True
        elif verb in ("exists", "missing", "wav", "same"):
            self.file_step(verb, rest)
            return True
        else:
            raise Failure(f"unknown step {verb!r}")
        return False

    # ---- the whole ----------------------------------------------------------------------------------------------

    def fail(self, number_, why):
        self.failed += 1
        print(f"FAIL {self.path.name}:{number_}: {why}")

    def options(self):
        driver, options = "offline", []
        for line in self.lines:
            words = split(line)
            if words and words[0] == "daemon":
                options += [str(word) for word in words[1:]]
            elif words and words[0] == "driver":
                driver = str(words[1])
        return driver, options

    def steps(self):
        for number_, line in enumerate(self.lines, 1):
            words = split(line)
            if not words or words[0] in ("daemon", "driver"):
                continue
            if self.verbose:
                print(f"{self.path.name}:{number_}: {line}")
            try:
                self.passed += bool(self.step(words))
            except (Failure, RuntimeError, OSError, ValueError, KeyError, IndexError) as error:
                self.fail(number_, f"{error}" if isinstance(error, Failure) else repr(error))
                if self.daemon.process is None or self.daemon.process.poll() is not None:
                    self.fail(number_, "the daemon is gone")
                    print(self.daemon.log()[-2000:])
                    return

    def run(self):
        driver, options = self.options()
        try:
            self.daemon = Daemon(driver, options)
        except (RuntimeError, OSError) as error:
            self.fail(0, error)
            return
        self.names["DIR"] = str(self.daemon.folder)
        try:
            self.add_client("", "udp")
            self.steps()
            longest = max((client.longest for client in self.clients.values()), default=0)
            if longest > 1400:
                self.fail(len(self.lines), f"a datagram of {longest} bytes came, 1,400 are allowed")
            for client in self.clients.values():
                client.close()
            status = self.daemon.stop()
            if status == 0:
                self.passed += 1
            else:
                self.fail(len(self.lines), f"the daemon ended with {status}")
                print(self.daemon.log()[-2000:])
        finally:
            self.daemon.cleanup()


def main():
    words = sys.argv[1:]
    verbose = "-v" in words
    files = [word for word in words if word != "-v"] or sorted(HERE.glob("*.osc"))
    passed = failed = 0
    for path in files:
        scenario = Scenario(path, verbose)
        scenario.run()
        print(f"{scenario.path.name}: {scenario.passed} passed, {scenario.failed} failed", flush=True)
        passed, failed = passed + scenario.passed, failed + scenario.failed
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
