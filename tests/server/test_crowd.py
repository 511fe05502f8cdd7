#!/usr/bin/env python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many clients, much traffic and hostile bytes at once: nobody's answers are lost or mixed, and the daemon stays.

sq-test: timeout=120
"""
import random
import signal
import socket
import struct
import sys
import time

import oscwire
from daemon import Daemon
from tester import DaemonTester

CLIENTS = 48
SETS = 40000
BROKEN = 4000
FLOOD = 400  # datagrams of 60,000 bytes: three times what any receive buffer of ours holds


class Crowd(DaemonTester):
    def __init__(self):
        super().__init__(Daemon("null"))

    def value(self, client, path):
        client.send(path)
        answer = client.until(lambda address, args: address in (path, "/fail"), 5)
        return answer[1][0][1] if answer and answer[0] == path else None

    def stream_loses_nothing(self):
        client = self.daemon.client("unix")
        client.send("/source/add", "a", "tone")
        packets = bytearray()
        for i in range(SETS):
            packet = oscwire.encode("/source/a/gain", [("f", -0.001 * i)])
            packets += struct.pack(">i", len(packet)) + packet
        begin = time.monotonic()
        client.socket.sendall(packets)
        self.check(client.sync(30), f"{SETS} sets on the Unix socket are done")
        took = time.monotonic() - begin
        value = self.value(client, "/source/a/gain")
        self.check(value is not None and abs(value + 0.001 * (SETS - 1)) < 1e-3, "the last one holds", str(value))
        print(f"note: {SETS / took:.0f} sets a second on the Unix socket")
        counted = [f"/@{i}/source/a/gain" for i in range(20000)]
        for address in counted:
            client.send(address, -1.0)
        done = 0
        while done < len(counted) and client.until(lambda address, args: address == f"/@{done}/done", 5):
            done += 1
        self.check(done == len(counted), "each of 20,000 tagged sets is answered, in order", str(done))
        client.close()

    def many_clients(self):
        kinds = ("udp", "unix", "tcp", "slip")
        clients = [self.daemon.client(kinds[i % 4]) for i in range(CLIENTS)]
        for i, client in enumerate(clients):
            client.send(f"/@{i}/source/add", f"c{i}", "tone")
            client.send(f"/@{i}/source/c{i}/gain", -1.0 * i)
        good = 0
        for i, client in enumerate(clients):
            first = client.until(lambda address, args: address == f"/@{i}/done" and args[0][1] == "/source/add", 10)
            second = client.until(lambda address, args: address == f"/@{i}/done" and args[0][1] == f"/source/c{i}/gain")
            foreign = [address for address, _ in client.messages if not address.startswith(f"/@{i}/")]
            good += bool(first and second and not foreign)
        self.check(good == CLIENTS, "each client gets its own answers and no other", f"{good} of {CLIENTS}")
        self.check(all(self.value(clients[0], f"/source/c{i}/gain") == -1.0 * i for i in range(CLIENTS)),
                   "all they set is there")
        for client in clients:
            client.close()

    def broken_bytes(self):
        """Packets with bits flipped, cut or padded, on UDP; garbage on streams; half packets left behind."""
        rng = random.Random(7)
        plain = [oscwire.encode("/source/a/gain", [("f", -3.0)]), oscwire.encode("/source/a/note", [("i", 60)] * 3),
                 oscwire.bundle(1, [oscwire.encode("/ping", [("s", "x" * 40)]), oscwire.encode("/status")]),
                 oscwire.encode("/source/*/mute", [("T", None), ("b", b"12345"), ("d", 1.5)])]
        udp = self.daemon.client()
        for i in range(BROKEN):
            packet = bytearray(rng.choice(plain))
            for _ in range(rng.randint(1, 4)):
                packet[rng.randrange(len(packet))] = rng.randrange(256)
            if i % 3 == 0:
                packet = packet[: rng.randrange(1, len(packet))]
            udp.send_raw(bytes(packet))
            if i % 200 == 0:
                while udp.poll(0):
                    udp.messages.clear()
        for kind in ("tcp", "unix"):
            for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\x7f\xff\xff\xff" + b"a" * 100, b"\0\0\0\x08abc", b"\xc0\xc0/a"):
                client = self.daemon.client(kind)
                try:
                    client.socket.sendall(garbage)
                except ConnectionError:
                    pass
                client.close()
        udp.close()
        fresh = self.daemon.client()
        self.check(fresh.sync(), "after broken bytes the daemon answers")
        fresh.close()

    def deaf_reader(self):
        """A subscriber that never reads costs nobody anything."""
        deaf = self.daemon.client("unix")
        deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.send("/subscribe", "/source/*/*")
        deaf.send("/meters", 100.0)
        busy = self.daemon.client("unix")
        for i in range(20000):
            busy.send(f"/source/c{i % CLIENTS}/gain", -0.0001 * i)
        begin = time.monotonic()
        self.check(busy.sync(20), "beside a deaf subscriber another client goes on")
        self.check(time.monotonic() - begin < 5.0, "... without waiting for it")
        deaf.close()
        busy.close()

    def dropped(self):
        """What the kernel drops while the daemon stands still is counted and published: sent = applied + dropped."""
        listener, sender = self.daemon.client("unix"), self.daemon.client()
        listener.send("/notify", 1)
        listener.sync()
        self.value(sender, "/source/a/gain")
        before = self.figures(listener)
        self.daemon.process.send_signal(signal.SIGSTOP)
        for _ in range(FLOOD):
            sender.send("/ping", bytes(60000))
        self.daemon.process.send_signal(signal.SIGCONT)
        heard, total = 0, 0
        while True:
            event = listener.until(lambda address, args: address == "/event/drops", 2 if heard == 0 else 0.5)
            if event is None:
                break
            heard, total = heard + event[1][0][1], int(event[1][1][1])
        after = self.figures(listener)
        lost = after["dropped"] - before["dropped"]
        applied = after["messages"] - before["messages"] - 1  # less the second /status
        self.check(lost > 0 and applied + lost == FLOOD, "each datagram is applied or counted as dropped",
                   f"{applied} + {lost} of {FLOOD}")
        self.check(heard == lost and total == after["dropped"], "/event/drops tells of each, and of all so far",
                   f"{heard} and {total}, {lost} and {after['dropped']}")
        listener.close()
        sender.close()

    def figures(self, client):
        client.send("/status")
        args = client.until(lambda address, args: address == "/status.reply", 5)[1]
        return {"messages": int(args[15][1]), "dropped": int(args[17][1])}

    def vanished(self):
        """Clients that come and go by the hundred leave nothing behind."""
        for i in range(300):
            client = self.daemon.client(("unix", "tcp")[i % 2])
            client.send("/subscribe", "/source/*/gain")
            client.send("/source/a/note/on", 60 + i % 12, 0.5)
            client.close()
        fresh = self.daemon.client("unix")
        self.check(fresh.sync(), "after 300 connections it answers")
        fresh.close()

    def play(self):
        for group in (self.stream_loses_nothing, self.many_clients, self.broken_bytes, self.deaf_reader, self.dropped,
                      self.vanished):
            group()
        self.check(self.daemon.process.poll() is None, "the daemon is alive")
        self.check(self.daemon.stop() == 0, "it ends with status 0")


if __name__ == "__main__":
    sys.exit(Crowd().main())
