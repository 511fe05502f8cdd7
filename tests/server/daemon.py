# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts and stops a real `squeezed` for a test: its own name, folders and free ports, nothing left behind."""
import fcntl
import json
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

from oscwire import Client

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SQUEEZED_BUILD", ROOT / "build" / "release"))


CATALOG = BUILD / "test-plugins.json"


def scan_once():
    """The installed plug-ins are looked into once for all tests: a first scan takes longer than a test waits."""
    with open(BUILD / "test-plugins.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if CATALOG.exists():
            return
        daemon = Daemon(scan=False)
        client = daemon.client("unix")
        client.send("/@scan/plugin/scan")
        client.until(lambda address, args: address in ("/@scan/done", "/@scan/fail"), 600)
        client.close()
        daemon.stop()
        daemon.cleanup()


class Daemon:
    """A running daemon. `driver` offline unless told; `options` are further words of its command line; `before(folder)`
    puts files there before it starts; `child()` is called in the new process."""

    def __init__(self, driver="offline", options=(), folder=None, before=None, child=None, scan=True):
        self.keep = folder is not None
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="squeezed-test-"))
        self.runtime, self.state = self.folder / "run", self.folder / "state"
        self.runtime.mkdir(parents=True, exist_ok=True)
        self.runtime.chmod(0o700)
        self.state.mkdir(exist_ok=True)
        self.name = f"t{os.getpid()}-{os.path.basename(tempfile.mktemp(prefix=''))}"
        self.driver, self.options, self.child = driver, list(options), child
        self.env = dict(os.environ, XDG_RUNTIME_DIR=str(self.runtime), XDG_STATE_HOME=str(self.state),
                        XDG_CONFIG_HOME=str(self.folder / "config"))
        self.env.pop("SQUEEZED_URL", None)
        self.env.setdefault("SQUEEZED_PLUGINS_CATALOG", str(CATALOG))
        self.process = None
        if scan and not CATALOG.exists() and (BUILD / "squeezed-scan").exists():
            scan_once()
        if before:
            before(self.folder)
        self.start()

    def command(self):
        words = [word for word in self.options if not word.startswith("SQUEEZED_")]
        return [str(BUILD / "squeezed"), "--name", self.name, "--port", "0", "--driver", self.driver, *words]

    def environment(self):
        """SQUEEZED_SECTION_KEY=VALUE among the options goes here."""
        return dict(self.env, **dict(word.split("=", 1) for word in self.options if word.startswith("SQUEEZED_")))

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=subprocess.PIPE, stderr=log,
                                            env=self.environment(), preexec_fn=self.child,
                                            cwd=self.folder, text=True)
        end, line = time.monotonic() + 120, ""  # under valgrind it takes most of a minute
        while time.monotonic() < end and not line.startswith("READY "):
            if select.select([self.process.stdout], [], [], 0.1)[0]:
                line = self.process.stdout.readline()
                if not line:
                    break
        if not line.startswith("READY "):
            self.process.kill()
            self.process.wait()
            raise RuntimeError("the daemon did not get READY; its log ends with\n" + self.log()[-2000:])
        self.url = line.split()[1]
        self.host, self.port = re.match(r"osc\.udp://\[?([^\]]+?)\]?:(\d+)/", self.url).groups()
        self.port = int(self.port)

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def urls(self):
        """What NAME.json in the runtime folder says."""
        return json.loads((self.runtime / "squeezed" / (self.name + ".json")).read_text())

    def unix_path(self):
        found = re.search(r"osc\.unix://(/[^\"]+?)\"", json.dumps(self.urls()))
        if not found:
            raise RuntimeError("no osc.unix:// URL in " + self.name + ".json")
        return found.group(1).replace("//", "/")

    def client(self, kind="udp", source=None):
        if kind == "unix":
            return Client("unix", self.unix_path())
        return Client(kind, (self.host, self.port + (kind != "udp")), source)

    def stop(self, seconds=10):
        """SIGTERM; returns the exit status, or "hangs"."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = "hangs"
        self.process.stdout.close()
        self.process = None
        return status

    def cleanup(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)
