# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The works that `make bench` measures, on the shipped program over real sockets: building them, running them."""
import math
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "server"))
from daemon import BUILD, Daemon  # noqa: E402

BENCH = BUILD / "tests" / "bench"
RATE = 48000
SOUNDS = 16


def make_sounds(folder):
    """16 stereo float WAVs of pink noise, 1.00 to 1.90 s, the same every time."""
    for i in range(SOUNDS):
        subprocess.run(["sox", "-R", "-n", "-r", str(RATE), "-c", "2", "-e", "floating-point", "-b", "32",
                        str(folder / f"noise-{i:02}.wav"), "synth", f"{1 + 0.06 * i:.2f}", "pinknoise"], check=True)


def cpu_seconds(pid):
    """CPU time of all threads, from the scheduler (nanoseconds, not ticks)."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except FileNotFoundError:
            pass
    return total * 1e-9


class Mixer(Daemon):
    """A daemon to which W1 and other works are sent; `counted`: under callgrind, which counts the engine alone."""

    living = []

    def __init__(self, period=64, driver="offline", options=(), counted=False):
        self.counted = counted
        self.living.append(self)
        super().__init__(driver=driver, options=["--period", str(period), *options])
        self.peer = self.client("unix")

    def cleanup(self):
        self.living.remove(self)
        super().cleanup()

    def command(self):
        count = ["valgrind", "--tool=callgrind", "--toggle-collect=sq_rt_engine_process",
                 "--callgrind-out-file=/dev/null"]
        return (count if self.counted else []) + super().command()

    def done(self, seconds=120):
        """Waits for everything that was sent; an error ends the bench."""
        if not self.peer.sync(seconds):
            raise RuntimeError("the daemon is silent")
        failed = [m for m in self.peer.messages if m[0].endswith("/fail")]
        if failed:
            raise RuntimeError(f"the daemon refused: {failed[0]}")
        self.peer.messages.clear()

    def run(self, frames):
        """Lets the engine run; seconds on the clock."""
        begin = time.perf_counter()
        self.peer.send("/driver/run", frames)
        if not self.peer.until(lambda address, args: address == "/done" and args[0][1] == "/driver/run", 300):
            raise RuntimeError("the engine did not run")
        self.peer.messages.clear()
        return time.perf_counter() - begin

    def cpu_of(self, frames):
        """CPU seconds of the whole process while the engine runs."""
        begin = cpu_seconds(self.process.pid)
        self.run(frames)
        return cpu_seconds(self.process.pid) - begin

    def build_w1(self, n, folder):
        """Work W1, its notes held: the next frame is its first."""
        send = self.peer.send
        for b in range(8):
            send("/bus/add", f"b{b}", "gain", 20 * math.log10(0.9))
        for i in range(n):
            send("/source/add", f"s{i}", "sampler", "gain", -40.0, "pan_law", "equal_power",
                 "pan", ((i % 21) - 10) / 10, "output", f"b{i % 8}")
            send(f"/source/s{i}/zone/add", str(folder / f"noise-{i % SOUNDS:02}.wav"), "mode", "loop",
                 "start", 997 * i % 40000)
            while self.peer.poll(0):
                pass
        self.done()
        for i in range(n):
            send(f"/source/s{i}/note/on", 60.0, 1.0)
        self.done()
        return self

    def instructions(self):
        """Ends a counted daemon; what callgrind counted."""
        self.stop(60)
        found = re.search(r"Collected : (\d+)", self.log())
        if not found:
            raise RuntimeError("valgrind counted nothing; its log ends with\n" + self.log()[-1000:])
        return int(found.group(1))

    def status(self):
        """The numbers of /status by their place."""
        self.peer.send("/status")
        answer = self.peer.until(lambda address, args: address == "/status.reply", 10)
        self.peer.messages.clear()
        return [value for _, value in answer[1]]


def refmix(folder, n, block, seconds, isa="native", out=None):
    """CPU seconds of the plain reference mixer."""
    command = [str(BENCH / "refmix"), str(folder), str(n), str(block), str(seconds), isa]
    return float(subprocess.run(command + ([str(out)] if out else []), check=True, capture_output=True,
                                text=True).stdout)


def refmix_instructions(folder, n, block, seconds, isa):
    """Its instructions, loading included: take differences."""
    run = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", str(BENCH / "refmix"),
                          str(folder), str(n), str(block), str(seconds), isa], check=True, capture_output=True,
                         text=True)
    return int(re.search(r"Collected : (\d+)", run.stderr).group(1))


def load(*words):
    """One line of numbers of tests/bench/load."""
    run = subprocess.run([str(BENCH / "load"), *map(str, words)], check=True, capture_output=True, text=True)
    return [float(word) for word in run.stdout.split()]
