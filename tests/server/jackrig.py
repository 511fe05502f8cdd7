# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A jackd of a test's own, and a small JACK client that records what another one plays (through libjack itself)."""
import ctypes
import os
import re
import signal
import subprocess
import tempfile
import time

NO_START, EXACT_NAME, SERVER_NAME = 1, 2, 4
IS_INPUT = 1
PROCESS = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint32, ctypes.c_void_p)
libjack = ctypes.CDLL("libjack.so.0")
libjack.jack_client_open.restype = ctypes.c_void_p
libjack.jack_port_register.restype = ctypes.c_void_p
libjack.jack_port_get_buffer.restype = ctypes.c_void_p
libjack.jack_get_ports.restype = ctypes.POINTER(ctypes.c_char_p)
libjack.jack_port_get_all_connections.restype = ctypes.POINTER(ctypes.c_char_p)
libjack.jack_port_by_name.restype = ctypes.c_void_p
SILENT = ctypes.CFUNCTYPE(None, ctypes.c_char_p)(lambda text: None)
libjack.jack_set_error_function(SILENT)
libjack.jack_set_info_function(SILENT)


class Jackd:
    """A jackd with the dummy driver. Synchronous: no client is left out of a cycle, however busy the machine is."""

    def __init__(self, rate=48000, period=256, name=None):
        self.name = name or "sqt" + os.path.basename(tempfile.mktemp(prefix=""))
        self.rate, self.period, self.process = rate, period, None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["jackd", "-S", "-n", self.name, "-p", "256", "-d", "dummy", "-r", str(self.rate), "-p", str(self.period)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError("jackd does not start")
            client = open_client("sq-wait", self.name)
            if client:
                libjack.jack_client_close(ctypes.c_void_p(client))
                return
            time.sleep(0.05)
        raise RuntimeError("jackd does not answer")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.kill()


def open_client(name, server):
    status = ctypes.c_int()
    return libjack.jack_client_open(name.encode(), ctypes.c_int(NO_START | SERVER_NAME), ctypes.byref(status),
                                    ctypes.c_char_p(server.encode()))


class Recorder:
    """Joins a server, listens to ports of others, keeps what it hears from record() to take()."""

    def __init__(self, server, seconds=30, ports=1, name="sq-recorder"):
        self.client = None
        end = time.monotonic() + 3
        while not self.client and time.monotonic() < end:  # the shared registry of JACK2 is taken now and then
            self.client = open_client(name, server)
        if not self.client:
            raise RuntimeError(f"cannot join the JACK server {server}")
        self.client = ctypes.c_void_p(self.client)
        self.name = name
        self.rate = libjack.jack_get_sample_rate(self.client)
        self.ports = [ctypes.c_void_p(libjack.jack_port_register(self.client, f"in_{i + 1}".encode(),
                                                                 b"32 bit float mono audio", ctypes.c_ulong(IS_INPUT),
                                                                 ctypes.c_ulong(0))) for i in range(ports)]
        self.size = seconds * self.rate
        self.heard = [(ctypes.c_float * self.size)() for _ in self.ports]
        self.n, self.on, self.cycles = 0, False, 0
        self.callback = PROCESS(self.process)
        libjack.jack_set_process_callback(self.client, self.callback, None)
        libjack.jack_activate(self.client)

    def process(self, n, _):
        self.cycles += 1
        if self.on and self.n + n <= self.size:
            for port, heard in zip(self.ports, self.heard):
                ctypes.memmove(ctypes.addressof(heard) + 4 * self.n, libjack.jack_port_get_buffer(port, n), 4 * n)
            self.n += n
        return 0

    def connect(self, port, to=0):
        """Listens to a port of another client."""
        return libjack.jack_connect(self.client, port.encode(), f"{self.name}:in_{to + 1}".encode())

    def record(self):
        self.n, self.on = 0, True

    def take(self, channel=0):
        """What was heard since record()."""
        self.on = False
        time.sleep(0.05)
        return list(self.heard[channel][:self.n])

    def names(self, pattern=""):
        found = libjack.jack_get_ports(self.client, pattern.encode(), None, ctypes.c_ulong(0))
        names, i = [], 0
        while found and found[i]:
            names.append(found[i].decode())
            i += 1
        if found:
            libjack.jack_free(found)
        return names

    def connections(self, port):
        found = libjack.jack_port_get_all_connections(self.client,
                                                      ctypes.c_void_p(libjack.jack_port_by_name(self.client,
                                                                                                port.encode())))
        names, i = [], 0
        while found and found[i]:
            names.append(found[i].decode())
            i += 1
        if found:
            libjack.jack_free(found)
        return names

    def pretty(self, port):
        """The name for people that a port's metadata hold, or None."""
        uuid = ctypes.c_uint64(0)
        libjack.jack_port_uuid.restype = ctypes.c_uint64
        uuid = libjack.jack_port_uuid(ctypes.c_void_p(libjack.jack_port_by_name(self.client, port.encode())))
        value, kind = ctypes.c_char_p(), ctypes.c_char_p()
        if libjack.jack_get_property(ctypes.c_uint64(uuid), b"http://jackaudio.org/metadata/pretty-name",
                                     ctypes.byref(value), ctypes.byref(kind)) != 0:
            return None
        return value.value.decode()

    def latency(self, port):
        """Frames that the signal at an output port is old, as JACK sums it up."""
        span = (ctypes.c_uint32 * 2)()
        libjack.jack_port_get_latency_range(ctypes.c_void_p(libjack.jack_port_by_name(self.client, port.encode())), 0,
                                            ctypes.byref(span))
        return span[1]

    def close(self):
        libjack.jack_client_close(self.client)


def corner(samples, hertz, rate):
    """How far a sine of `hertz` departs from a sine at worst: |x[n+1] - 2 cos(w) x[n] + x[n-1]|, and where. A step of
    height s shows as s."""
    import math
    c = 2 * math.cos(2 * math.pi * hertz / rate)
    worst, where = 0.0, -1
    for n in range(1, len(samples) - 1):
        d = abs(samples[n + 1] - c * samples[n] + samples[n - 1])
        if d > worst:
            worst, where = d, n
    return worst, where


def children(pid):
    """The pids of a process's children by their command, `jackd` say."""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as stat:
                match = re.match(r"\d+ \((.*)\) (\S) (\d+)", stat.read())
        except OSError:
            continue
        if match and int(match.group(3)) == pid and match.group(2) != "Z":
            found.setdefault(match.group(1), []).append(int(entry))
    return found
