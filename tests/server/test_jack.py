#!/usr/bin/env python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon on real jackd processes: joins one or starts its own, answers for its ports, keeps playing while periods
change, comes back when the server dies. A JACK client of the test's own hears what is played.

sq-test: timeout=240 alone
"""
import contextlib
import math
import os
import random
import signal
import struct
import subprocess
import sys
import time
import wave

from daemon import BUILD, Daemon
from jackrig import Jackd, Recorder, children, corner
from tester import Tester

TONE = 440.0
LEVEL = 0.1  # of the tone by default
STEP = LEVEL * 0.01  # a step of this height is heard; a clean sine departs by 1e-7


def ask(client, address, *args, seconds=5.0):
    """Everything up to the /done or /fail of a tagged message, itself last."""
    client.send("/@q" + address, *args)
    heard, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        message = client.next(0.5)
        if message is None:
            continue
        heard.append(message)
        if message[0] in ("/@q/done", "/@q/fail"):
            return heard
    return heard + [("nothing", [])]


def value(client, address):
    client.send(address)
    message = client.until(lambda address_, args: address_ == address, 3)
    return message[1][0][1] if message else None


def until(condition, seconds):
    """How long it took until the condition held, or None."""
    begin = time.monotonic()
    while time.monotonic() < begin + seconds:
        if condition():
            return time.monotonic() - begin
        time.sleep(0.01)
    return None


@contextlib.contextmanager
def on_jack(rate=48000):
    """A jackd and a daemon on it, which end with the block, also when they stand still."""
    server = Jackd(rate=rate)
    daemon = Daemon("jack", ["--jack-server", server.name])
    try:
        yield server, daemon
    finally:
        for process in (daemon.process, server.process):
            if process:
                process.send_signal(signal.SIGCONT)
        daemon.stop()
        daemon.cleanup()
        server.stop()


def play_tone(test, client):
    test.check(ask(client, "/source/add", "a", "tone")[-1][0] == "/@q/done", "a tone is added")
    test.check(client.sync(), "and the daemon is done")


# ---- joining --------------------------------------------------------------------------------------------------------


def joins(test):
    """It joins the server that runs, connects to the card, names its outputs, answers for the ports."""
    server = Jackd()
    daemon = Daemon("auto", ["--jack-server", server.name])
    hears = Recorder(server.name)
    try:
        client = daemon.client()
        test.check("started by us" not in value(client, "/jack/device"), "it joins a running server",
                   value(client, "/jack/device"))
        test.check("jackd" not in children(daemon.process.pid), "and starts none")
        names = hears.names()
        for port in ("in_1", "in_2", "out_1", "out_2"):
            test.check(f"{daemon.name}:{port}" in names, f"it has the port {port}", names)
        out = f"{daemon.name}:out_1"
        test.check(hears.connections(out) == ["system:playback_1"], "out_1 is connected to the card",
                   hears.connections(out))
        test.check(until(lambda: hears.pretty(out) == "Master L", 2), "out_1 is called Master L", hears.pretty(out))
        ask(client, "/master/label", "Café")
        test.check(until(lambda: hears.pretty(out) == "Café L", 2), "and after the master's label", hears.pretty(out))
        listed = ask(client, "/jack/ports", daemon.name)
        texts = [arg[1] for message in listed[:-1] for arg in message[1][2:]]
        test.check(texts[0:3] == [f"{daemon.name}:in_1", "in", "audio"] and len(texts) == 12, "/jack/ports with a filter",
                   listed)
        test.check(listed[-1] == ("/@q/done", [("s", "/jack/ports"), ("i", 4)]), "/jack/ports counts them", listed[-1])
        test.check(ask(client, "/jack/connect", "out_2", "sq-recorder:in_1")[-1][0] == "/@q/done", "/jack/connect")
        test.check("sq-recorder:in_1" in hears.connections(f"{daemon.name}:out_2"), "connects",
                   hears.connections(f"{daemon.name}:out_2"))
        test.check(ask(client, "/jack/connect", "out_2", "sq-recorder:in_1")[-1][0] == "/@q/done", "twice is once")
        test.check(ask(client, "/jack/disconnect", "out_2", "sq-recorder:in_1")[-1][0] == "/@q/done",
                   "/jack/disconnect")
        test.check("sq-recorder:in_1" not in hears.connections(f"{daemon.name}:out_2"), "disconnects")
        for words, code, text in ((("/jack/connect", "out_2", "nobody:in"), 4, "nobody:in"),
                                  (("/jack/connect", "in_1", "sq-recorder:in_1"), 2, "side"),
                                  (("/jack/disconnect", "out_2", "sq-recorder:in_1"), 4, "not connected"),
                                  (("/jack/connect", "out_2"), 2, ""),
                                  (("/jack/period", 100000), 3, ""),
                                  (("/jack/rate", 44100), 8, "squeezed.conf")):
            answer = ask(client, *words)[-1]
            good = answer[0] == "/@q/fail" and answer[1][1][1] == code and text in answer[1][3][1]
            if words[0] == "/jack/period":
                good = good or answer[0] == "/@q/done"  # a value out of range may be held to its range
            test.check(good, f"{' '.join(map(str, words))} is refused with {code}", answer)
        test.check(value(client, "/jack/rate") == 48000, "/jack/rate")
        client.close()
    finally:
        hears.close()
        test.check(daemon.stop() == 0, "it ends with 0", daemon.log()[-500:])
        test.check(server.process.poll() is None, "and leaves the server that it did not start running")
        daemon.cleanup()
        server.stop()


def two_at_once(test):
    """Two daemons on one server; the second keeps playing when the first one is killed."""
    server = Jackd()
    first, second = (Daemon("jack", ["--jack-server", server.name]) for _ in range(2))
    try:
        first.process.send_signal(signal.SIGKILL)
        client = second.client()
        begin = client.sync() and frame_of(client)
        test.check(until(lambda: frame_of(client) > begin + 24000, 2), "another daemon killed on the server is no harm")
        client.close()
    finally:
        second.stop()
        first.cleanup()
        second.cleanup()
        server.stop()


def frame_of(client):
    client.send("/status")
    message = client.until(lambda address, args: address == "/status.reply", 3)
    return next(int(arg[1]) for arg in message[1] if arg[0] == "s")


def latency(test):
    """The longest way from an input to the outputs is told to JACK, and changes with the chains."""
    with on_jack() as (server, daemon), contextlib.closing(Recorder(server.name)) as looks:
        client = daemon.client()
        out = f"{daemon.name}:out_1"
        before = looks.latency(out)
        test.check(value(client, "/jack/latency") == 0, "without inputs there is none")
        ask(client, "/source/add", "t", "tone")
        ask(client, "/source/t/chain/add", "limiter")
        ask(client, "/source/add", "mic", "input")
        ask(client, "/bus/add", "b")
        ask(client, "/source/mic/output", "b")
        frames = [ask(client, "/bus/b/chain/add", "limiter")[-1][1][3][1] for _ in range(2)]
        test.check(frames[0] > 0, "a limiter looks ahead", frames)
        test.check(until(lambda: value(client, "/jack/latency") == sum(frames), 2), "what is in the way counts, no more",
                   (value(client, "/jack/latency"), frames))
        test.check(until(lambda: looks.latency(out) == before + sum(frames), 2), "and JACK knows",
                   (looks.latency(out), before))
        ask(client, "/bus/b/chain/limiter/bypass", 1)
        test.check(until(lambda: value(client, "/jack/latency") == frames[1], 2), "a bypassed one delays nothing",
                   value(client, "/jack/latency"))
        ask(client, "/source/mic/remove")
        test.check(until(lambda: looks.latency(out) == before, 2), "gone with the input", looks.latency(out))
        client.close()


def comes_late(test):
    """Cycles that are missed are told as xruns, and nothing else happens."""
    with on_jack() as (server, daemon):
        client = daemon.client()
        client.send("/subscribe", "/event/xrun")
        client.sync()
        daemon.process.send_signal(signal.SIGSTOP)
        time.sleep(0.4)
        daemon.process.send_signal(signal.SIGCONT)
        told = client.until(lambda address, args: address == "/event/xrun", 3)
        test.check(told and told[1][0][1] >= 1, "a cycle that was missed is an xrun", told)
        before = frame_of(client)
        test.check(until(lambda: frame_of(client) > before + 4800, 2), "and it plays on")
        client.close()


# ---- what is heard --------------------------------------------------------------------------------------------------


def rises_and_falls(test):
    """The sound begins at silence and ends at it: no step at a start, a stop, or after the server was away."""
    with on_jack() as (server, daemon), contextlib.closing(Recorder(server.name)) as hears:
        hears.connect(f"{daemon.name}:out_1")
        hears.record()
        client = daemon.client()
        play_tone(test, client)
        time.sleep(0.4)
        test.check(daemon.stop() == 0, "it ends with 0 while playing")
        heard = hears.take()
        test.check(0.09 < max(heard) < 0.11, "a tone was heard", max(heard))
        far, where = corner(heard, TONE, 48000)  # also where it is cut in the middle of nothing: the slope ends
        test.check(far < STEP, "no step from start to stop", (far, where))
        test.check(max(map(abs, heard[-480:])) == 0.0, "and silence at the end")


def rises_again(test):
    """After the server was away the sound rises from silence, though links are there only after the first cycles."""
    with on_jack() as (server, daemon):
        hears = Recorder(server.name)
        client = daemon.client()
        client.send("/subscribe", "/event/device")
        play_tone(test, client)
        hears.connect(f"{daemon.name}:out_1")
        time.sleep(0.5)  # until the driver has seen the link
        for _ in range(5):
            daemon.process.send_signal(signal.SIGSTOP)  # so that the recorder is there first
            server.kill()
            server.start()
            hears = Recorder(server.name)
            hears.record()
            daemon.process.send_signal(signal.SIGCONT)
            back = client.until(lambda address, args: address == "/event/device" and args[0][1] == "back", 5)
            time.sleep(0.3)
            heard = hears.take()
            far, where = corner(heard, TONE, 48000)
            test.check(back and max(heard) > 0.099, "the tone is back, in the same ears", (back, max(heard)))
            test.check(far < STEP, "and rose from silence", (far, where, heard[where - 2:where + 3]))
        client.close()


def period_changes(test):
    """50 changes of the period while a tone plays: what is heard is one sine."""
    with on_jack() as (server, daemon), contextlib.closing(Recorder(server.name, seconds=60)) as hears:
        client = daemon.client()
        play_tone(test, client)
        client.send("/subscribe", "/jack/period")
        hears.connect(f"{daemon.name}:out_1")
        time.sleep(0.2)
        hears.record()
        dice, told, wrong = random.Random(7), [], 0
        for _ in range(50):
            period = dice.choice((32, 64, 128, 256, 480, 512, 1024, 2048))
            answers = ask(client, "/jack/period", period)
            wrong += answers[-1][0] != "/@q/done"
            told += [message[1][0][1] for message in answers if message[0] == "/jack/period"]
            wrong += value(client, "/jack/period") != period
            time.sleep(0.02)
        heard = hears.take()
        test.check(wrong == 0, "50 changes of the period are done", wrong)
        test.check(len(told) > 20, "subscribers are told", told)
        far, where = corner(heard, TONE, 48000)
        print(f"period changes: {len(heard)} frames heard, departure from the sine {far:.2e} at {where}")
        test.check(len(heard) > 24000 and max(heard) > 0.099, "the tone is heard", (len(heard), max(heard)))
        test.check(far < STEP, "no step in what is heard", (far, where, heard[where - 2:where + 3]))
        client.close()


# ---- faults ---------------------------------------------------------------------------------------------------------


def dies(test):
    """20 SIGKILLs of the jackd that the daemon started: each time back within 2 s, ports and links as before."""
    daemon = Daemon("auto")
    try:
        client = daemon.client()
        test.check("started by us" in value(client, "/jack/device"), "it starts a server where none runs",
                   daemon.log()[-500:])
        client.send("/subscribe", "/event/device")
        play_tone(test, client)
        cross = ask(client, "/jack/connect", "out_2", "system:playback_1")[-1]
        test.check(cross[0] == "/@q/done", "a link of our own making", cross)
        time.sleep(0.3)  # until the driver has seen the new link
        took, frames, stuck = [], [], 0
        for _ in range(20):
            before = frame_of(client)
            pids = children(daemon.process.pid).get("jackd", [])
            if len(pids) != 1:
                stuck += 1
                break
            os.kill(pids[0], signal.SIGKILL)
            begin = time.monotonic()
            back = client.until(lambda address, args: address == "/event/device" and args[0][1] == "back", 10)
            took.append(time.monotonic() - begin if back else 99.0)
            moves = until(lambda: frame_of(client) > before + 2400, 3)
            stuck += moves is None
            frames.append(frame_of(client))
        print("killed 20 times: back after " + " ".join(f"{t:.2f}" for t in took) + " s")
        test.check(len(took) == 20 and stuck == 0 and max(took) < 2.0, "20 SIGKILLs, each back within 2 s", (took, stuck))
        test.check(frames == sorted(frames), "the engine's frames never jump back", frames)
        hears = Recorder(daemon.name + "-jack")
        out = f"{daemon.name}:out_"
        links = [sorted(hears.connections(out + n)) for n in "12"]
        test.check(links == [["system:playback_1"], ["system:playback_1", "system:playback_2"]], "links are back", links)
        test.check(until(lambda: hears.pretty(out + "1") == "Master L", 2), "and names of ports", hears.pretty(out + "1"))
        hears.connect(out + "1")
        time.sleep(0.1)
        hears.record()
        time.sleep(0.3)
        heard = hears.take()
        test.check(heard and 0.099 < max(heard) < 0.101, "and the tone", heard and max(heard))
        hears.close()
        client.close()
    finally:
        daemon.stop()
        test.check(until(lambda: not leftovers(daemon.name), 3), "its jackd ends with it", leftovers(daemon.name))
        daemon.cleanup()


def leftovers(name):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as line:
                    words = line.read().split(b"\0")
            except OSError:
                continue
            if b"jackd" in words[0] and (name + "-jack").encode() in words:
                found.append(int(entry))
    return found


def killed_itself(test):
    """kill -9 of the daemon: its jackd ends, and the next start with the same name has a clean way."""
    daemon = Daemon("auto")
    try:
        daemon.process.send_signal(signal.SIGKILL)
        daemon.process.wait()
        daemon.process.stdout.close()
        begin = time.monotonic()
        daemon.start()
        test.check(time.monotonic() - begin < 5, "it starts again after a kill -9", time.monotonic() - begin)
        client = daemon.client()
        test.check("jack server" in value(client, "/jack/device"), "with JACK", value(client, "/jack/device"))
        before = frame_of(client)
        test.check(until(lambda: frame_of(client) > before + 4800, 3), "and plays")
        client.close()
    finally:
        daemon.stop()
        test.check(until(lambda: not leftovers(daemon.name), 5), "no jackd is left", leftovers(daemon.name))
        daemon.cleanup()


def sine(path):
    """Two seconds of 480 Hz as a WAV file of 48 kHz."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 48000, 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<h", round(20000 * math.sin(2 * math.pi * i / 100))) for i in range(96000)))


def another_rate(test):
    """The server comes back with another rate: the session plays on, at its pitch, with its plug-ins."""
    with on_jack() as (server, daemon):
        client = daemon.client()
        client.send("/subscribe", "/event/device")
        play_tone(test, client)
        sine(daemon.folder / "480.wav")
        ask(client, "/source/add", "s", "sampler")
        ask(client, "/source/s/zone/add", str(daemon.folder / "480.wav"))
        recorded = str(daemon.folder / "take.wav")
        ask(client, "/record/add", "r", "master", recorded)
        ask(client, "/record/r/start")
        answer = ask(client, "/source/a/chain/add", "lv2:http://lv2plug.in/plugins/eg-amp", "gain", -6.0206)[-1]
        test.check(answer[0] == "/@q/done", "a plug-in in its chain", answer)
        for name in ("running", "armed"):
            answer = ask(client, "/record/add", name, "a", str(daemon.folder / (name + ".wav")))[-1]
            test.check(answer[0] == "/@q/done", "a recorder: " + name, answer)
        ask(client, "/record/running/start")
        time.sleep(0.3)
        before = frame_of(client)
        server.kill()
        server.rate = 44100
        server.start()
        told = client.until(lambda address, args: address == "/event/device" and args[0][1] == "rate", 5)
        test.check(told and abs(told[1][1][1] - 44100) < 0.1, "the new rate is told", told)
        test.check(value(client, "/jack/rate") == 44100, "/jack/rate", value(client, "/jack/rate"))
        after = frame_of(client)
        test.check(after >= before and until(lambda: frame_of(client) > after + 4410, 3), "frames go on", (before, after))
        hears = Recorder(server.name)
        hears.connect(f"{daemon.name}:out_1")
        time.sleep(0.1)
        hears.record()
        time.sleep(0.4)
        heard = hears.take()
        far, where = corner(heard, TONE, 44100)
        test.check(heard and 0.049 < max(heard) < 0.051, "the tone is back, through the plug-in", max(heard))
        test.check(far < STEP, "at its pitch", (far, where))
        gain = value(client, "/source/a/chain/eg-amp/param/gain")
        test.check(abs(gain + 6.0206) < 1e-3, "values are kept", gain)
        test.check(until(lambda: value(client, "/record/r/state") == "done", 3), "a take ends where its rate ends",
                   value(client, "/record/r/state"))
        ask(client, "/source/a/mute", 1)
        time.sleep(0.1)
        hears.record()
        ask(client, "/source/s/note", 60, 1.0, 4)
        time.sleep(0.4)
        heard = hears.take()
        ups = [i for i in range(1, len(heard)) if heard[i - 1] < 0 <= heard[i]]
        pitch = 44100 * (len(ups) - 1) / (ups[-1] - ups[0]) if len(ups) > 20 else 0
        test.check(abs(pitch - 480) < 1, "samples sound at their pitch", pitch)
        hears.close()
        test.check(until(lambda: value(client, "/record/running/state") == "done", 3), "a take ends with its rate",
                   value(client, "/record/running/state"))
        test.check(until(lambda: value(client, "/record/armed/state") == "armed", 3), "an armed recorder stays armed",
                   value(client, "/record/armed/state"))
        ask(client, "/record/armed/start")
        time.sleep(0.4)
        answer = ask(client, "/record/armed/stop")[-1]
        test.check(answer[0] == "/@q/done", "and takes what is played now", answer)
        for name, rate in (("running", 48000), ("armed", 44100)):
            with open(daemon.folder / (name + ".wav"), "rb") as file:
                head = file.read(64)
            found = int.from_bytes(head[head.index(b"fmt ") + 12 :][:4], "little")
            test.check(found == rate, f"the file of the {name} recorder has its rate", found)
        client.close()


def stalls(test):
    """A server that stands still: told, survived, told again; commands that ask it fail in time, others go on."""
    with on_jack() as (server, daemon):
        client = daemon.client()
        client.send("/subscribe", "/event/device")
        client.sync()
        server.process.send_signal(signal.SIGSTOP)
        stalled = client.until(lambda address, args: address == "/event/device" and args[0][1] == "stalled", 3)
        test.check(stalled, "a server that stands still is told of")
        begin = time.monotonic()
        test.check(client.sync(2) and time.monotonic() - begin < 0.5, "the daemon answers meanwhile")
        answer = ask(client, "/jack/period", 512)[-1]
        test.check(answer[0] == "/@q/fail" and answer[1][1][1] == 14, "a change of the period fails in time", answer)
        server.process.send_signal(signal.SIGCONT)
        back = client.until(lambda address, args: address == "/event/device" and args[0][1] == "back", 5)
        test.check(back, "and its coming back")
        client.close()


def refuses(test):
    """--driver jack without JACK ends with 69; auto goes on with the timer and one line of warning."""
    probe = Daemon("offline")
    env = dict(probe.env, PATH="/nonexistent", JACK_NO_START_SERVER="1")
    words = [str(BUILD / "squeezed"), "--port", "0", "--jack-server", "sq-nobody", "--name", probe.name + "x"]
    done = subprocess.run([*words, "--driver", "jack"], env=env, capture_output=True, text=True, timeout=20)
    test.check(done.returncode == 69, "--driver jack without JACK ends with 69", (done.returncode, done.stderr))
    test.check(len(done.stderr.strip().splitlines()) == 1, "with one line", done.stderr)
    with subprocess.Popen([*words, "--driver", "auto"], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as daemon:
        ready = daemon.stdout.readline()
        test.check(ready.startswith("READY "), "auto goes on", ready)
        daemon.send_signal(signal.SIGTERM)
        _, said = daemon.communicate(timeout=10)
        warnings = [line for line in said.splitlines() if "JACK" in line]
        test.check(len(warnings) == 1 and "timer" in warnings[0], "with one line of warning", said)
        test.check(daemon.returncode == 0, "and ends with 0", daemon.returncode)
    probe.stop()
    probe.cleanup()


def main():
    os.environ["JACK_DEFAULT_SERVER"] = f"sq-nobody-{os.getpid()}"  # a server that runs on this machine is not ours
    return Tester().run((joins, two_at_once, latency, comes_late, rises_and_falls, rises_again, period_changes,
                         dies, killed_itself, another_rate, stalls, refuses))


if __name__ == "__main__":
    sys.exit(main())
