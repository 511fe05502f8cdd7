#!/usr/bin/env python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Music in real time: what is placed at beats is never late, not even at the first beat, and changes of the transport
that come in a burst are carried out in their order.

sq-test: timeout=60
"""
import struct
import sys
import time
import wave

from daemon import Daemon
from run_osc import read_wav
from tester import DaemonTester

NOTES, TURNS = 16, 6


class Beats(DaemonTester):
    def __init__(self):
        super().__init__(Daemon("null", ["--period", "512"]))
        self.client = self.daemon.client("unix")

    def ask(self, path):
        self.client.send(path)
        answer = self.client.until(lambda address, args: address in (path, "/fail"))
        return answer[1][0][1] if answer and answer[0] == path else None

    def late(self):
        """Events of lateness that came so far."""
        while self.client.poll(0):
            pass
        found = [args for address, args in self.client.messages if address == "/event/late"]
        self.client.messages.clear()
        return found

    def first_beats(self):
        """Clicks from the first beat on, the transport started by hand, many times over, recorded."""
        send = self.client.send
        folder = self.daemon.folder
        with wave.open(str(folder / "click.wav"), "wb") as click:
            click.setparams((1, 2, 48000, 0, "NONE", ""))
            click.writeframes(struct.pack("<200h", *[16000] * 200))
        send("/source/add", "s", "sampler")
        send("/source/s/zone/add", str(folder / "click.wav"), "root", 60)
        send("/record/add", "r", "s", str(folder / "clicks.wav"))
        send("/tempo", 240.0)
        send("/notify", 1)
        self.client.sync()
        self.late()
        send("/record/r/start")
        for turn in range(TURNS):
            for i in range(NOTES):
                send("/at/beat", 0.125 * i, "/source/s/note", 60, 1.0, 0.05)
            send("/transport/locate", 0)
            send("/transport/play")
            time.sleep(0.62 + 0.003 * turn)
            send("/transport/stop")
            self.client.sync()
        send("/record/r/stop")
        self.client.sync()
        late = self.late()
        self.check(not late, "no note is late, those of the first beat neither", str(late)[:200])
        gaps = self.gaps(folder / "clicks.wav")
        self.check(len(gaps) == TURNS * NOTES - 1, "each click is heard once", f"{len(gaps) + 1} clicks")
        inside = [gap for i, gap in enumerate(gaps, 1) if i % NOTES]
        self.check(set(inside) == {1500}, "they are 1,500 frames apart", str(sorted(set(inside)))[:200])

    def gaps(self, path):
        """Frames between the onsets of clicks in a recording."""
        channels, samples = read_wav(path)
        onsets, quiet = [], 1000
        for frame, value in enumerate(samples[::channels]):
            if abs(value) > 0.05:
                if quiet > 300:
                    onsets.append(frame)
                quiet = 0
            else:
                quiet += 1
        return [b - a for a, b in zip(onsets, onsets[1:])]

    def bursts(self):
        send = self.client.send
        send("/transport/locate", 0)
        send("/transport/play")
        send("/tempo", 120.0)
        send("/transport/locate", 8)
        self.client.sync()
        self.check(self.ask("/transport/rolling") == 1, "a tempo and a locate after play do not stop it")
        time.sleep(0.3)
        beats = float(self.ask("/transport/position"))
        self.check(8.2 < beats < 9.5, "it went on from where it was put", str(beats))
        send("/transport/stop")
        send("/transport/play")
        send("/transport/stop")
        self.client.sync()
        time.sleep(0.2)
        self.check(self.ask("/transport/rolling") == 0, "the last of stop, play, stop holds")
        before = float(self.ask("/transport/position"))
        time.sleep(0.2)
        self.check(float(self.ask("/transport/position")) == before, "... and it stands still")
        send("/transport/play")
        send("/transport/stop")
        send("/transport/play")
        self.client.sync()
        time.sleep(0.3)
        self.check(self.ask("/transport/rolling") == 1, "the last of play, stop, play holds")
        self.check(float(self.ask("/transport/position")) > before, "... and it moves")
        send("/transport/stop")

    def play(self):
        self.first_beats()
        self.bursts()
        self.check(self.daemon.stop() == 0, "the daemon ends with status 0")


if __name__ == "__main__":
    sys.exit(Beats().main())
