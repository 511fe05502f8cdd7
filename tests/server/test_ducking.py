#!/usr/bin/env python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ducking through the daemon: a compressor on one strip, steered by another strip, measured in what is recorded. The
reduction follows the textbook's static curve within 0.1 dB, attack and release are as set within 10 %.

Both strips play a wave at a quarter of the sample rate whose samples all have the same height, so that level and gain
are known in every frame.

sq-test: timeout=60
"""
import math
import struct
import sys

from daemon import Daemon
from run_osc import read_wav
from tester import Tester

RATE = 48000
LEVELS = [-52, -40, -33, -30, -27, -20, -12, -6, 0, -60]  # dB, one after the other
STEP = 24000  # frames of each
HOLD_MS = 3.0  # of the detector: the release counts from there


def amplitude(db):
    return 10.0 ** (db / 20.0)


def write(path, levels):
    """A float WAV: STEP frames of each level."""
    samples = []
    for level in levels:
        a = amplitude(level)
        samples += [a, a, -a, -a] * (STEP // 4)
    data = struct.pack(f"<{len(samples)}f", *samples)
    path.write_bytes(b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " +
                     struct.pack("<IHHIIHH", 16, 3, 1, RATE, 4 * RATE, 4, 32) + b"data" +
                     struct.pack("<I", len(data)) + data)


def curve(level, threshold, ratio, knee):
    """Reduction in dB, as the textbook draws it."""
    over, slope = level - threshold, 1.0 - 1.0 / ratio
    if 2 * over < -knee:
        return 0.0
    if 2 * abs(over) <= knee and knee > 0:
        return slope * (over + knee / 2) ** 2 / (2 * knee)
    return slope * over


class Ducking:
    """A bed of constant level, ducked by a voice that plays the levels; a fresh daemon each, so time begins at 0."""

    def __init__(self, levels, compressor, tap="pre", voice=()):
        self.daemon = Daemon()
        folder = self.daemon.folder
        try:
            write(folder / "voice.wav", levels)
            write(folder / "bed.wav", [-6.0] * len(levels))
            client = self.daemon.client("unix")
            for name in ("voice", "bed"):
                client.send("/source/add", name, "sampler", "channels", 1)
                client.send(f"/source/{name}/zone/add", str(folder / f"{name}.wav"), "mode", "one_shot")
                client.send("/record/add", f"r_{name}", name, str(folder / f"{name}_out.wav"), "tap",
                            "pre" if name == "voice" else "post", "bits", 32)
            client.send("/source/bed/chain/add", "compressor", "name", "duck", *compressor)
            client.send("/source/bed/chain/duck/sidechain", "voice", tap)
            for address, value in voice:
                client.send("/source/voice/" + address, value)
            client.sync()
            for name in ("voice", "bed"):
                client.send("/at/frame", 9600, f"/record/r_{name}/start")
                client.send("/at/frame", 9600, f"/source/{name}/note", 60, 1.0, 1000.0)
                client.send("/at/frame", 9600 + STEP * len(levels), f"/record/r_{name}/stop")
            client.send("/driver/run", 9600 + STEP * len(levels) + 9600)
            client.sync()
            self.failures = [args for address, args in client.messages if address == "/fail"]
            self.voice, self.bed = (read_wav(folder / f"{name}_out.wav")[1] for name in ("voice", "bed"))
        finally:
            self.daemon.cleanup()

    def reduction(self, frame):
        return -20.0 * math.log10(abs(self.bed[frame]) / amplitude(-6.0))

    def time_constant(self, step):
        """Milliseconds from the voice's step number `step` until the reduction has gone 1 - 1/e of its way in dB."""
        begin, end = step * STEP, (step + 1) * STEP
        first, last = self.reduction(begin - 1), self.reduction(end - 1)
        target = first + (last - first) * (1.0 - math.exp(-1.0))
        for frame in range(begin, end):
            if (self.reduction(frame) - target) * (last - first) >= 0:
                return (frame - begin) * 1000.0 / RATE
        return math.inf


def static_curve(test):
    worst = 0.0
    for threshold, ratio, knee, tap, voice, below in ((-30.0, 4.0, 6.0, "pre", (), 0.0),
                                                      (-30.0, 20.0, 0.0, "pre", (("mute", 1), ("gain", -80.0)), 0.0),
                                                      (-40.0, 2.0, 12.0, "post", (("gain", -10.0),), 10.0)):
        name = f"{threshold:g} dB, {ratio:g}:1, knee {knee:g}, {tap}"
        it = Ducking(LEVELS, ("threshold", threshold, "ratio", ratio, "knee", knee, "attack", 5.0, "release", 20.0), tap,
                     voice)
        test.check(not it.failures and len(it.voice) == len(it.bed) == STEP * len(LEVELS), f"{name}: both are recorded",
                   f"{it.failures} {len(it.voice)} {len(it.bed)}")
        for i, level in enumerate(LEVELS):
            at = (i + 1) * STEP - 1
            test.check(abs(20.0 * math.log10(abs(it.voice[at])) - level) < 0.001, f"{name}: the voice is at {level} dB")
            want, got = curve(level - below, threshold, ratio, knee), it.reduction(at)
            test.check(abs(got - want) <= 0.1, f"{name}: ducked by {want:.2f} dB at {level} dB", f"{got:.3f} dB")
            worst = max(worst, abs(got - want))
    print(f"note: ducking by a second strip, static curve within {worst:.3f} dB")


def attack_and_release(test):
    worst = 0.0
    for attack, release in ((1.0, 30.0), (10.0, 100.0), (60.0, 60.0)):
        it = Ducking([-60, -6, -60], ("threshold", -40.0, "ratio", 10.0, "knee", 0.0, "attack", attack, "release",
                                      release))
        for what, got, want in (("attack", it.time_constant(1), attack),
                                ("release", it.time_constant(2) - HOLD_MS, release)):
            test.check(abs(got / want - 1.0) <= 0.1, f"an {what} of {want:g} ms", f"{got:.2f} ms")
            worst = max(worst, abs(got / want - 1.0))
    print(f"note: ducking by a second strip, attack and release within {100 * worst:.1f} %")


def main():
    test = Tester()
    static_curve(test)
    attack_and_release(test)
    return test.end()


if __name__ == "__main__":
    sys.exit(main())
