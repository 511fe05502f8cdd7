#!/usr/bin/env python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may go wrong with files while sound plays: a full disk, a kill, folders that may not be written, sounds that
changed or went away. Each time: one clear sentence, what was recorded is kept, the sound goes on untouched.

sq-test: timeout=120
"""
import ctypes
import ctypes.util
import math
import os
import pathlib
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

from daemon import Daemon
from run_osc import read_wav
from tester import Tester

RATE = 48000


def words(message):
    return [value for _, value in message[1]] if message else []


class Talk:
    """A client that asks and gets the answer."""

    def __init__(self, daemon, kind="udp"):
        self.client = daemon.client(kind)

    def ask(self, address, *args, seconds=5):
        """The words of /done, or of /fail after the word FAIL."""
        self.client.send("/@a" + address, *args)
        answer = self.client.until(lambda found, _: found in ("/@a/done", "/@a/fail"), seconds)
        return (["FAIL"] if answer and answer[0] == "/@a/fail" else []) + words(answer)

    def get(self, address):
        self.client.send(address)
        return words(self.client.until(lambda found, _: found in (address, "/fail"), 5))

    def run(self, frames):
        return self.ask("/driver/run", frames, seconds=60)

    def event(self, name, state, seconds=10):
        return words(self.client.until(
            lambda found, args: found == "/event/record" and [v for _, v in args][:2] == [name, state], seconds))


def steady(samples, channels, hz=440.0):
    """The largest step between neighbouring frames of the first channel, over what a sine of this level may do."""
    x = samples[::channels]
    peak = max(map(abs, x), default=0.0)
    if peak == 0.0:
        return math.inf
    return max(abs(b - a) for a, b in zip(x, x[1:])) / (peak * 2 * math.pi * hz / RATE)


LIBC = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2


def namespace():
    """Who may not mount may do so in a namespace of its own, as the user that it is; what it starts sees the mounts."""
    uid, gid = os.geteuid(), os.getegid()
    if LIBC.unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0:
        pathlib.Path("/proc/self/setgroups").write_text("deny")
        pathlib.Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        pathlib.Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def obey_modes():
    """In a child to be: modes of files count, also when the user is root."""
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


class TooSmall:
    """A folder on a disk of 256 KiB."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="squeezed-full-")
        self.mounted = self.mount()
        if not self.mounted:
            namespace()
            self.mounted = self.mount()
        self.why = os.strerror(ctypes.get_errno())

    def mount(self):
        return LIBC.mount(b"none", self.path.encode(), b"tmpfs", 0, b"size=256k") == 0

    def close(self):
        if self.mounted:
            LIBC.umount2(self.path.encode(), 2)
        os.rmdir(self.path)


def tone(daemon, talk):
    talk.ask("/notify", 1)
    talk.ask("/source/add", "a", "tone", "freq", 440.0)
    talk.run(RATE // 10)


def full_disk(t, daemon, folder, said):
    """Two recorders of one strip: one on a disk that gets full (or a file that may not grow), one that must not notice."""
    talk = Talk(daemon)
    tone(daemon, talk)
    good = daemon.folder / "good.wav"
    bad = pathlib.Path(folder, "bad.wav")
    t.check(talk.ask("/record/add", "good", "a", str(good), "tap", "pre", "bits", 16)[1:2] == ["good"], "good is armed")
    t.check(talk.ask("/record/add", "bad", "a", str(bad), "tap", "pre")[1:2] == ["bad"], "bad is armed")
    talk.ask("/record/good/start")
    talk.ask("/record/bad/start")
    talk.run(RATE * 2)
    event = talk.event("bad", "failed")
    t.check(event and said in event[2] and str(bad) in event[2], f"the event says {said!r} and names the file", event)
    t.check(talk.get("/record/bad/state") == ["failed"], "its state is failed")
    t.check(talk.get("/record/bad/error")[:1] == event[2:3], "/error says the same")
    stop = talk.ask("/record/bad/stop")
    t.check(stop[:1] == ["FAIL"] and stop[2:4] == [9, "io"] and said in stop[4], "stop says it too, as io", stop)
    again = talk.ask("/record/bad/start")
    t.check(again[3:4] == ["not_now"] and "/arm" in again[4], "start says what to do", again)
    talk.run(RATE)
    t.check(talk.ask("/record/good/stop")[1:2] == ["good"], "the other take goes on and ends")
    channels, samples = read_wav(good)
    t.check(len(samples) // channels == 3 * RATE, "the other take is whole", len(samples) // channels)
    t.check(steady(samples, channels) < 1.01, "and has no gap", steady(samples, channels))
    t.check(talk.get("/record/good/lost") == ["0"], "nothing of it is lost", talk.get("/record/good/lost"))
    channels, samples = read_wav(bad)
    t.check(len(samples) // channels > 1000 and steady(samples, channels) < 1.01,
            "what fitted into the other file is whole frames and plays", len(samples) // channels)
    t.check(talk.ask("/record/bad/remove")[1:2] == ["bad"], "a failed recorder can be removed")
    t.check(talk.ask("/ping", 1) != [], "the daemon answers")


def limited(t):
    """Writes beyond 200 kB fail with EFBIG, as under `ulimit -f`; the daemon must not die of SIGXFSZ."""
    daemon = Daemon()
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (600_000, 600_000))
    full_disk(t, daemon, str(daemon.folder), "no longer file")
    t.check(daemon.stop() == 0, "the daemon ends well")
    daemon.cleanup()


def full(t):
    disk, daemon = TooSmall(), Daemon()
    if t.check(disk.mounted, "a small disk can be mounted", disk.why):
        full_disk(t, daemon, disk.path, "the disk is full")
        talk = Talk(daemon)
        left = talk.ask("/record/add", "more", "a", disk.path + "/more.wav")
        t.check(left[:1] == ["FAIL"] or talk.ask("/record/more/remove")[1:2] == ["more"], "and then: answers", left)
    t.check(daemon.stop() == 0, "the daemon ends well after a full disk")
    daemon.cleanup()
    disk.close()


def header_frames(path):
    """Frames that the header of a WAV file names, and that its size holds."""
    data = path.read_bytes()
    at, align = 12, 1
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        if kind == b"fmt ":
            align = struct.unpack_from("<H", data, at + 20)[0]
        if kind == b"data":
            return size // align, (len(data) - at - 8) // align
        at += 8 + size + (size & 1)
    return 0, 0


def killed(t):
    """kill -9 while recording in real time: the file plays up to a second before, at most."""
    daemon = Daemon("null")
    talk = Talk(daemon)
    talk.ask("/source/add", "a", "tone", "freq", 440.0)
    path = daemon.folder / "killed.wav"
    talk.ask("/record/add", "k", "a", str(path), "tap", "pre")
    talk.ask("/record/k/start")
    time.sleep(3.3)
    frames = int(talk.get("/record/k/frames")[0])
    daemon.process.kill()
    daemon.process.wait()
    named, held = header_frames(path)
    t.check(frames > 2.5 * RATE, "it recorded", frames)
    t.check(named >= held - 1.1 * RATE and named >= frames - 1.1 * RATE,
            "the header of a killed take is at most a second behind", (named, held, frames))
    channels, samples = read_wav(path)
    t.check(steady(samples, channels) < 1.01, "and it plays without a gap")
    daemon.process.stdout.close()
    daemon.process = None
    daemon.start()
    talk = Talk(daemon)
    again = talk.ask("/record/add", "k", "master", str(path))
    t.check(again[3:4] == ["exists"], "the next daemon does not write over it", again)
    t.check(daemon.stop() == 0, "the next daemon ends well")
    daemon.cleanup()


def unwritable(t):
    """Folders that may not be written or read."""
    daemon = Daemon("offline", ["--period", "64"], child=obey_modes)
    talk = Talk(daemon)
    locked = daemon.folder / "locked"
    locked.mkdir(mode=0o500)
    answer = talk.ask("/record/add", "r", "master", "/proc/self/x.wav")
    t.check(answer[:1] == ["FAIL"] and "/proc/self/x.wav" in answer[4], "no file where none can be", answer)
    answer = talk.ask("/record/add", "r", "master", str(locked / "x.wav"))
    t.check(answer[3:4] == ["denied"] and "permissions" in answer[4], "a folder that is locked", answer)
    talk.ask("/source/add", "s", "sampler")
    for path, symbol in ((daemon.folder, "unsupported"), ("/dev/zero", "unsupported"), ("/none.wav", "not_found")):
        answer = talk.ask("/source/s/zone/add", str(path))
        t.check(answer[3:4] == [symbol] and str(path) in answer[4], f"{path} is no sound: {symbol}", answer)
    t.check(daemon.stop() == 0, "the daemon ends well after refusals")
    daemon.cleanup()


def confined(t):
    """paths.read and paths.write of squeezed.conf hold, links and all."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="squeezed-test-"))
    (folder / "in").mkdir()
    (folder / "out").mkdir()
    (folder / "in" / "link").symlink_to(folder / "out")
    conf = folder / "squeezed.conf"
    conf.write_text(f"[paths]\nread = {folder}/in\nwrite = {folder}/in\n")
    daemon = Daemon("offline", ["--config", str(conf)])
    talk = Talk(daemon)
    for path, good in (("in/a.wav", True), ("out/a.wav", False), ("in/link/a.wav", False), ("in/../out/a.wav", False)):
        answer = talk.ask("/record/add", "r", "master", str(folder / path))
        what = answer[1:2] == ["r"] if good else answer[3:4] == ["denied"] and "paths.write" in answer[4]
        t.check(what, f"recording to {path}", answer)
        if good:
            talk.ask("/record/r/remove")
    talk.ask("/source/add", "s", "sampler")
    answer = talk.ask("/source/s/zone/add", str(folder / "out" / "a.wav"))
    t.check(answer[3:4] == ["denied"] and "paths.read" in answer[4], "reading elsewhere", answer)
    t.check(daemon.stop() == 0, "the confined daemon ends well")
    daemon.cleanup()
    shutil.rmtree(folder)


def write_sine(path, hz, seconds=0.5, rate=RATE):
    second = [int(20000 * math.sin(2 * math.pi * hz * i / rate)) for i in range(rate)]
    data = (struct.pack(f"<{len(second)}h", *second) * math.ceil(seconds))[: 2 * int(seconds * rate)]
    path.write_bytes(struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1, rate,
                                 2 * rate, 2, 16, b"data", len(data)) + data)


def take(talk, folder, name):
    """Half a second of source s, note 60; its samples."""
    talk.ask("/record/add", name, "s", str(folder / (name + ".wav")), "tap", "pre")
    talk.ask("/record/" + name + "/start")
    talk.client.send("/source/s/note", 60, 1.0, 1.0)
    talk.run(RATE // 2)
    talk.ask("/record/" + name + "/stop")
    return read_wav(folder / (name + ".wav"))[1]


def sounds(t):
    """Sounds of zones: shared, looked at anew when the file changed, loaded with a session, missed with a warning."""
    daemon = Daemon()
    talk, folder = Talk(daemon), daemon.folder
    low, high = folder / "low.wav", folder / "high.wav"
    write_sine(low, 220.0)
    write_sine(high, 880.0)
    talk.ask("/source/add", "s", "sampler")
    talk.ask("/source/s/zone/add", str(low), "root", 60)
    first = take(talk, folder, "one")
    t.check(max(map(abs, first)) > 0.1, "a zone sounds")
    t.check(take(talk, folder, "two") == first, "and the same the next time, bit for bit")
    saved = talk.ask("/session/save_as", str(folder / "session"))
    t.check(saved[:1] != ["FAIL"], "the session is saved", saved)

    write_sine(low, 440.0)
    talk.ask("/source/add", "other", "sampler")
    talk.ask("/source/other/zone/add", str(low), "root", 60)
    t.check(take(talk, folder, "three") == first, "a file that changes does not change what was loaded")
    zone = [word for word in talk.get("/source/s/zone/")[2:] if word != "add"][0]
    talk.ask(f"/source/s/zone/{zone}/remove")
    t.check(max(map(abs, take(talk, folder, "four"))) < 1e-6, "a zone that was removed is silent")
    talk.ask("/source/s/zone/add", str(low), "root", 60)
    changed = take(talk, folder, "five")
    t.check(max(map(abs, changed)) > 0.1 and changed != first, "added again it is the file as it is now")
    write_sine(low, 220.0)

    t.check(daemon.stop() == 0, "the daemon ends well with samplers")
    daemon.start()
    talk = Talk(daemon)
    opened = talk.ask("/session/open", str(folder / "session"))
    t.check(opened[:1] != ["FAIL"], "the session opens", opened)
    talk.client.sync()
    t.check(take(talk, folder, "seven") == first, "zones come back with the session, bit for bit")

    daemon.stop()
    low.rename(folder / "gone.wav")
    daemon.start()
    talk = Talk(daemon)
    talk.ask("/session/open", str(folder / "session"))
    talk.client.sync()
    t.check(max(map(abs, take(talk, folder, "eight"))) < 1e-6, "a session whose sound is missing is silent")
    t.check("low.wav" in daemon.log() and "zone" in daemon.log(), "and the log names the file", daemon.log()[-500:])
    t.check(talk.get("/source/s/zone/")[2:] != ["add"], "the zone stays in the document")
    t.check(daemon.stop() == 0, "the daemon ends well without the sound")
    daemon.cleanup()


def waiting(t):
    """While a long sound is loaded and resampled, what needs it waits, though the engine runs on meanwhile."""
    daemon = Daemon()
    talk, other, folder = Talk(daemon), Talk(daemon), daemon.folder
    long = folder / "long.wav"
    write_sine(long, 440.0, 120, 44100)
    talk.ask("/source/add", "s", "sampler")
    for name, add, sender in (("first", ("lo", 0, "hi", 50), other), ("second", ("lo", 51), talk)):
        again = folder / (name + ".wav")
        shutil.copy(long, again)  # one that is not known yet
        talk.ask("/record/add", name, "s", str(folder / (name + "-take.wav")), "tap", "pre")
        talk.ask("/record/" + name + "/start")
        talk.client.send("/source/s/zone/add", str(again), "root", 60, "mode", "gate", *add)
        talk.client.send("/ping", 1)
        talk.client.until(lambda address, _: address == "/pong")
        sender.client.send("/source/s/note", 50 if name == "first" else 51, 1.0, 1.0)
        sender.client.send("/ping", 1)
        sender.client.until(lambda address, _: address == "/pong")
        talk.run(480)
        loading = "done" not in str([message[0] for message in talk.client.messages])
        t.check(talk.client.sync(20), "the sound is loaded")
        talk.run(RATE // 10)
        talk.ask("/record/" + name + "/stop")
        samples = read_wav(folder / (name + "-take.wav"))[1]
        t.check(max(map(abs, samples)) > 0.1, f"a note waits for the {name} zone, and is heard", loading)
        talk.client.send("/source/s/note/all_off")
        talk.run(RATE)

    # a source that goes while its sounds are loaded: both have their answer, nothing waits for ever
    talk.ask("/source/add", "gone", "sampler")
    shutil.copy(long, folder / "third.wav")
    talk.client.send("/@z/source/gone/zone/add", str(folder / "third.wav"))
    talk.client.send("/source/gone/remove")
    talk.run(RATE)
    t.check(talk.client.sync(20), "nothing waits for a zone that went")
    t.check(any(message[0].startswith("/@z/") for message in talk.client.messages), "the zone that went has its answer")
    t.check(daemon.stop() == 0, "the daemon ends well after waiting")
    daemon.start()
    talk = Talk(daemon)
    talk.ask("/source/add", "s", "sampler")
    talk.client.send("/source/s/zone/add", str(long))
    t.check(daemon.stop() == 0, "the daemon ends well while sounds are loaded")
    daemon.cleanup()


def main():
    return Tester().run((limited, full, killed, unwritable, confined, sounds, waiting))


if __name__ == "__main__":
    sys.exit(main())
