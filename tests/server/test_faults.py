#!/usr/bin/env python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong around the daemon: folders, ports, a plug-in that hangs, and what the service manager is told.

sq-test: timeout=120
"""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from daemon import BUILD, Daemon
from test_jack import Tester, ask, until
from test_lv2 import Render

FIXTURE = r"""
#include <stdlib.h>
#include <xmmintrin.h>
#include <lv2/core/lv2.h>
typedef struct { float *p[3]; } It;
static LV2_Handle make(const LV2_Descriptor *d, double rate, const char *path, const LV2_Feature *const *f) {
  (void)d, (void)rate, (void)path, (void)f;
  return calloc(1, sizeof(It));
}
static void connect_port(LV2_Handle h, uint32_t port, void *to) { ((It *)h)->p[port] = to; }
static void copy(It *x, uint32_t n, float gain) {
  for (uint32_t i = 0; i < n; i++)
    x->p[1][i] = x->p[0][i] * gain;
}
static void hang(LV2_Handle h, uint32_t n) {
  It *x = h;
  for (volatile float *go = x->p[2]; *go > 0.5f;)
    ;
  copy(x, n, 1.0f);
}
static void thaw(LV2_Handle h, uint32_t n) { /* numbers near zero are slow from here on */
  copy(h, n, 1.0f);
  _mm_setcsr(_mm_getcsr() & ~0x8040u);
}
static void gauge(LV2_Handle h, uint32_t n) { /* silent where they are slow */
  volatile float tiny = 1e-39f;
  copy(h, n, tiny * 0.5f == 0.0f ? 1.0f : 0.0f);
}
static void end(LV2_Handle h) { free(h); }
static const LV2_Descriptor all[] = {{"urn:sq-test:hang", make, connect_port, NULL, hang, NULL, end, NULL},
                                     {"urn:sq-test:thaw", make, connect_port, NULL, thaw, NULL, end, NULL},
                                     {"urn:sq-test:gauge", make, connect_port, NULL, gauge, NULL, end, NULL}};
const LV2_Descriptor *lv2_descriptor(uint32_t i) { return i < 3 ? &all[i] : NULL; }
"""
MANIFEST = """@prefix lv2: <http://lv2plug.in/ns/lv2core#> .
@prefix doap: <http://usefulinc.com/ns/doap#> .
"""
PLUGIN = """<urn:sq-test:{name}> a lv2:Plugin ; lv2:binary <fixture.so> ; doap:name "{name}" ;
  lv2:port [ a lv2:AudioPort , lv2:InputPort ; lv2:index 0 ; lv2:symbol "in" ; lv2:name "In" ] ,
  [ a lv2:AudioPort , lv2:OutputPort ; lv2:index 1 ; lv2:symbol "out" ; lv2:name "Out" ] ,
  [ a lv2:ControlPort , lv2:InputPort ; lv2:index 2 ; lv2:symbol "go" ; lv2:name "Go" ; lv2:default 0 ;
    lv2:minimum 0 ; lv2:maximum 1 ] .
"""


class Fixture:
    """Plug-ins that misbehave, where daemons that are started meanwhile find them."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="squeezed-fixture-"))
        bundle = self.folder / "fixture.lv2"
        bundle.mkdir()
        plugins = "".join(PLUGIN.format(name=name) for name in ("hang", "thaw", "gauge"))
        (bundle / "manifest.ttl").write_text(MANIFEST + plugins)
        (self.folder / "fixture.c").write_text(FIXTURE)
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(bundle / "fixture.so"),
                        str(self.folder / "fixture.c")], check=True)
        os.environ["LV2_PATH"] = f"{self.folder}:/usr/lib/lv2"

    def close(self):
        del os.environ["LV2_PATH"]
        shutil.rmtree(self.folder)


class Manager:
    """Stands where systemd would: receives what the daemon notifies."""

    def __init__(self, watchdog_s=0.6):
        self.folder = tempfile.mkdtemp(prefix="squeezed-notify-")
        self.path = os.path.join(self.folder, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(0.02)
        os.environ.update(NOTIFY_SOCKET=self.path, WATCHDOG_USEC=str(int(watchdog_s * 1e6)))
        self.heard = []

    def listen(self, seconds=0.0):
        """What came since the last time, with its time."""
        new, end = [], time.monotonic() + seconds
        while True:
            try:
                new.append((time.monotonic(), self.socket.recv(4096).decode()))
            except TimeoutError:
                if time.monotonic() >= end:
                    break
        self.heard += new
        return [text for _, text in new]

    def close(self):
        for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC"):
            os.environ.pop(name, None)
        self.socket.close()
        shutil.rmtree(self.folder)


def refused(test, options, status, words, what, env=None):
    done = subprocess.run([str(BUILD / "squeezed"), "--driver", "null", *options], env=dict(os.environ, **(env or {})),
                          capture_output=True, text=True, timeout=20)
    test.check(done.returncode == status and re.search(words, done.stderr), f"{what}: status {status}, {words!r}",
               (done.returncode, done.stderr))
    test.check("READY" not in done.stdout and len(done.stderr.strip().splitlines()) == 1, f"{what}: one line, no READY",
               done.stdout + done.stderr)


def folders(test):
    """Folders that cannot be: said which, and what to set."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="squeezed-folders-"))
    try:
        (folder / "file").write_text("")
        env = {"XDG_RUNTIME_DIR": str(folder), "XDG_STATE_HOME": str(folder / "state")}
        refused(test, ["-p", "0"], 73, r"file/squeezed.*paths\.runtime", "no runtime folder",
                dict(env, XDG_RUNTIME_DIR=str(folder / "file")))
        refused(test, ["-p", "0", "--state", str(folder / "file" / "x")], 73, r"file/x.*paths\.state", "no state folder",
                env)
        deep = folder / ("d" * 100)
        deep.mkdir()
        refused(test, ["-p", "0"], 78, r"longer than 107 bytes.*shorter runtime folder", "a runtime folder whose name is too long",
                dict(env, XDG_RUNTIME_DIR=str(deep)))
        refused(test, ["-p", "0", "--name", "1 bad name"], 64, r"name", "a bad name", env)
        for kind, words in ((socket.SOCK_DGRAM, r"port|address"), (socket.SOCK_STREAM, r"port|address")):
            with socket.socket(socket.AF_INET, kind) as other:
                other.bind(("127.0.0.1", 0))
                if kind == socket.SOCK_STREAM:
                    other.listen()
                port = other.getsockname()[1] - (kind == socket.SOCK_STREAM)  # TCP is the next one
                refused(test, ["-p", str(port)], 75, words, f"a {kind.name} port that another program has", env)
    finally:
        shutil.rmtree(folder)


def leftovers(test):
    """What a kill -9 left behind, or wrote half, stops no start; SIGTERM takes everything away."""
    daemon = Daemon("null")
    runtime = daemon.runtime / "squeezed"
    try:
        for round_ in range(3):
            daemon.process.send_signal(signal.SIGKILL)
            daemon.process.wait()
            daemon.process.stdout.close()
            if round_ == 1:
                (runtime / f"{daemon.name}.json").write_text('{"name": "')
                (runtime / f"{daemon.name}.json.new").write_text("junk")
            if round_ == 2:
                (runtime / f"{daemon.name}.sock").unlink(missing_ok=True)
            daemon.start()
            test.check(daemon.client().sync() and daemon.client("unix").sync(), "it starts again and answers", round_)
            test.check(daemon.urls()["pid"] == daemon.process.pid, "NAME.json is its own", daemon.urls())
        test.check(daemon.stop() == 0, "SIGTERM ends it with 0")
        left = sorted(path.name for path in runtime.iterdir() if not path.name.endswith(".lock"))
        test.check(left in ([], [f"{daemon.name}.json.new"]), "and nothing is left in the runtime folder", left)
    finally:
        daemon.cleanup()


def is_told(test):
    """READY when it answers, WATCHDOG in time, STOPPING before the end; memory locked, or how to get there."""
    manager = Manager()
    daemon = Daemon("null")
    try:
        told = manager.listen(0.1)
        test.check(told and told[0].startswith("READY=1\nSTATUS="), "READY=1 with a status", told)
        test.check("memory is locked" in daemon.log() or "LimitMEMLOCK" in daemon.log(), "memory is spoken of",
                   daemon.log())
        manager.heard.clear()
        manager.listen(2.0)
        times = [at for at, text in manager.heard if text == "WATCHDOG=1"]
        gaps = [b - a for a, b in zip(times, times[1:])]
        test.check(len(times) == len(manager.heard) and 5 <= len(times) <= 12, "WATCHDOG=1 every third of the limit",
                   manager.heard)
        test.check(max(gaps) < 0.5, "and never late", gaps)
        test.check(daemon.stop() == 0, "SIGTERM ends it with 0")
        told = [text for text in manager.listen(0.1) if text != "WATCHDOG=1"]
        test.check(told == ["STOPPING=1"], "STOPPING=1 before it", told)
    finally:
        daemon.cleanup()
        manager.close()


def hangs(test):
    """A plug-in in our own process that never returns: said in the log, the manager hears nothing more; commands are answered still."""
    fixture = Fixture()
    manager = Manager()
    daemon = Daemon("null", ["--set", "plugins.isolate=none"])
    try:
        client = daemon.client()
        ask(client, "/source/add", "a", "tone")
        added = ask(client, "/source/a/chain/add", "urn:sq-test:hang", "name", "h")[-1]
        test.check(added[0] == "/@q/done", "a plug-in that behaves so far", added)
        manager.listen(0.3)
        client.send("/source/a/chain/h/param/go", 1)
        test.check(until(lambda: "has not come back from a cycle" in daemon.log(), 5), "a hang is said in the log",
                   daemon.log())
        manager.listen(0.3)
        test.check("WATCHDOG=1" not in manager.listen(1.0), "and the manager is not fed")
        test.check(client.sync(2), "while commands are answered")
        client.close()
        note = daemon.runtime / "squeezed" / f"{daemon.name}.json"
        test.check(daemon.stop(5) == 70 and not note.exists(), "SIGTERM ends it even so, with 70", daemon.log())
    finally:
        daemon.cleanup()
        manager.close()
        fixture.close()


def floats(test):
    """A plug-in that changes the float mode changes it for nobody else: not for the next one of its cycle either."""
    fixture = Fixture()
    render = Render()
    try:
        render.do("/source/add", "a", "tone")
        render.do("/source/a/chain/add", "urn:sq-test:gauge")
        render.do("/driver/run", 4800)
        test.check(max(render.take((("/driver/run", 4800),))[0]) > 0.09, "numbers near zero count as zero")
        render.do("/source/a/chain/add", "urn:sq-test:thaw", "at", 0)
        render.do("/driver/run", 4800)
        test.check(max(render.take((("/driver/run", 4800),))[0]) > 0.09, "whatever another plug-in did before")
    finally:
        test.check(render.close() == 0, "ends with 0")
        fixture.close()


def main():
    return Tester().run((folders, leftovers, is_told, hangs, floats))


if __name__ == "__main__":
    sys.exit(main())
