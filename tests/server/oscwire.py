# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""OSC on the wire with nothing but the standard library, so that a test can also send what no library would.

A value is a pair (tag, value): ("i", 3), ("f", 0.5), ("s", "x"), ("T", None) ... `parse_token` makes one of a word
of a scenario: `3` is i, `3.0` is f, anything else s; `i: f: d: h: s: b:HEX t:NTP c: m:HEX r:HEX` force a type;
`T: F: N: I:` and `[` `]` stand for themselves.
"""
import math
import os
import select
import socket
import struct
import time

NTP_UNIX = 2208988800


def ntp(unix_seconds):
    """NTP time tag (64 bits) of a Unix time."""
    whole = math.floor(unix_seconds)
    return ((whole + NTP_UNIX) << 32) | int((unix_seconds - whole) * (1 << 32))


def pad(raw):
    return raw + b"\0" * (-len(raw) % 4)


def text(value):
    return pad(value.encode("utf-8", "surrogateescape") + b"\0")


def parse_token(word, quoted=False):
    """One word of a scenario as (tag, value)."""
    if not quoted:
        if word in ("[", "]"):
            return (word, None)
        if len(word) > 1 and word[1] == ":":
            tag, rest = word[0], word[2:]
            if tag in "TFNI" and not rest:
                return (tag, None)
            if tag in "ih":
                return (tag, int(rest, 0))
            if tag in "fd":
                return (tag, float(rest))
            if tag in "sS":
                return (tag, rest)
            if tag == "c":
                return (tag, ord(rest))
            if tag == "t":
                return (tag, 1 if rest == "now" else int(rest, 0))
            if tag in "bmr":
                return (tag, bytes.fromhex(rest))
            if tag == "z":
                return ("b", bytes(int(rest)))
        try:
            return ("i", int(word))
        except ValueError:
            pass
        try:
            return ("f", float(word))
        except ValueError:
            pass
    return ("s", word)


def encode(address, args=(), untagged=False):
    """One message; `args` are (tag, value) pairs."""
    tags, body = ",", b""
    for tag, value in args:
        tags += tag
        if tag in "ic":
            body += struct.pack(">i", value)
        elif tag == "h":
            body += struct.pack(">q", value)
        elif tag == "f":
            body += struct.pack(">f", value)
        elif tag == "d":
            body += struct.pack(">d", value)
        elif tag == "t":
            body += struct.pack(">Q", value)
        elif tag in "sS":
            body += text(value)
        elif tag == "b":
            body += struct.pack(">i", len(value)) + pad(value)
        elif tag in "mr":
            body += value.ljust(4, b"\0")[:4]
    return text(address) + (b"" if untagged else text(tags)) + body


def bundle(time_tag, packets):
    return b"#bundle\0" + struct.pack(">Q", time_tag) + b"".join(struct.pack(">i", len(p)) + p for p in packets)


def take_text(data, at):
    end = data.index(b"\0", at)
    return data[at:end].decode("utf-8", "surrogateescape"), end + 4 - end % 4


def decode(data):
    """All messages of a packet, bundles flattened: [(address, [(tag, value)])]."""
    if data.startswith(b"#bundle\0"):
        found, at = [], 16
        while at < len(data):
            (size,) = struct.unpack_from(">i", data, at)
            found += decode(data[at + 4 : at + 4 + size])
            at += 4 + size
        return found
    address, at = take_text(data, 0)
    if at >= len(data):
        return [(address, [])]
    tags, at = take_text(data, at)
    args = []
    for tag in tags[1:]:
        if tag in "ic":
            value, size = struct.unpack_from(">i", data, at)[0], 4
        elif tag in "h":
            value, size = struct.unpack_from(">q", data, at)[0], 8
        elif tag == "f":
            value, size = struct.unpack_from(">f", data, at)[0], 4
        elif tag == "d":
            value, size = struct.unpack_from(">d", data, at)[0], 8
        elif tag == "t":
            value, size = struct.unpack_from(">Q", data, at)[0], 8
        elif tag in "sS":
            value, end = take_text(data, at)
            size = end - at
        elif tag == "b":
            (length,) = struct.unpack_from(">i", data, at)
            value, size = data[at + 4 : at + 4 + length], 4 + length + (-length % 4)
        elif tag in "mr":
            value, size = data[at : at + 4], 4
        elif tag in "TFNI[]":
            value, size = None, 0
        else:
            raise ValueError(f"unknown tag {tag!r} in {tags!r} of {address}")
        at += size
        args.append((tag, value))
    if at != len(data):
        raise ValueError(f"{address} {tags}: {len(data) - at} bytes too many or too few")
    return [(address, args)]


def show(address, args):
    """A message as a line that could stand in a scenario."""
    words = [address]
    for tag, value in args:
        if tag == "s":
            plain = value and all(c.isalnum() or c in "/_.:-+@#~" for c in value)
            words.append(value if plain and parse_token(value)[0] == "s" else '"' + value.replace('"', '\\"') + '"')
        elif tag == "i":
            words.append(str(value))
        elif tag == "f":
            words.append(f"{value:.7g}" if not float(value).is_integer() else f"{value:.1f}")
        elif tag in "TFNI":
            words.append(tag + ":")
        elif isinstance(value, bytes):
            words.append(tag + ":" + value.hex())
        else:
            words.append(tag if value is None else f"{tag}:{value}")
    line = " ".join(words)
    return line if len(line) < 400 else line[:400] + "..."


class Client:
    """One peer on one socket: kind "udp", "tcp" (length-prefixed), "slip" (TCP) or "unix" (length-prefixed). `source`:
    the address that it comes from."""

    def __init__(self, kind, target, source=None):
        self.kind, self.messages, self.buffer = kind, [], b""
        self.longest = 0  # bytes of a datagram received
        if kind == "udp":
            family = socket.AF_INET6 if ":" in target[0] else socket.AF_INET
            self.socket = socket.socket(family, socket.SOCK_DGRAM)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            if source:
                self.socket.bind((source, 0))
            self.socket.connect(target)
        elif kind == "unix":
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.connect(target)
        else:
            self.socket = socket.create_connection(target, source_address=(source, 0) if source else None)
        self.closed = False

    def send_raw(self, packet):
        if self.kind == "udp":
            self.socket.send(packet)
        elif self.kind == "slip":
            self.socket.sendall(b"\xc0" + packet.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0")
        else:
            self.socket.sendall(struct.pack(">i", len(packet)) + packet)

    def send(self, address, *args):
        """Sends plain Python values: int i, float f, str s, bool T/F, bytes b; or (tag, value) pairs."""
        pairs = []
        for value in args:
            if isinstance(value, tuple):
                pairs.append(value)
            elif isinstance(value, bool):
                pairs.append(("T" if value else "F", None))
            else:
                pairs.append(({int: "i", float: "f", str: "s", bytes: "b"}[type(value)], value))
        self.send_raw(encode(address, pairs))

    def feed(self, data):
        if self.kind == "udp":
            self.longest = max(self.longest, len(data))
            self.messages += decode(data)
            return
        self.buffer += data
        if self.kind == "slip":
            while b"\xc0" in self.buffer:
                frame, self.buffer = self.buffer.split(b"\xc0", 1)
                if frame:
                    self.messages += decode(frame.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb"))
            return
        while len(self.buffer) >= 4:
            (size,) = struct.unpack_from(">i", self.buffer)
            if len(self.buffer) < 4 + size:
                return
            self.messages += decode(self.buffer[4 : 4 + size])
            self.buffer = self.buffer[4 + size :]

    def poll(self, seconds):
        """Reads what is there, waiting at most `seconds` for the first byte. True: something came."""
        if self.closed or not select.select([self.socket], [], [], max(0.0, seconds))[0]:
            return False
        try:
            data = self.socket.recv(1 << 20)
        except ConnectionError:
            data = b""
        if not data and self.kind != "udp":
            self.closed = True
            return False
        self.feed(data)
        return True

    def next(self, seconds=2.0):
        """The next message (address, [(tag, value)]), or None when none comes in time."""
        end = time.monotonic() + seconds
        while not self.messages:
            left = end - time.monotonic()
            if left <= 0 or (not self.poll(left) and self.closed):
                return None
        return self.messages.pop(0)

    def until(self, match, seconds=5.0):
        """Reads on until match(address, args); what came before stays in `messages` in order. None: not in time."""
        end, seen = time.monotonic() + seconds, []
        while True:
            message = self.next(end - time.monotonic())
            if message is None or match(*message):
                self.messages = seen + self.messages
                return message
            seen.append(message)

    def sync(self, seconds=10.0):
        """Waits until the daemon has finished everything that was sent here; other messages stay to be read."""
        mark = int.from_bytes(os.urandom(3), "big")
        self.send("/sync", mark)
        return self.until(lambda address, args: address == "/synced" and args[:1] == [("i", mark)], seconds) is not None

    def close(self):
        self.socket.close()
