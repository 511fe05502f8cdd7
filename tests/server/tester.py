# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts what a test checks, says what failed, and ends it as the suite wants."""
import sys
import time


class Tester:
    """`check` counts one case; `end` prints the line that the suite counts and gives the exit status."""

    def __init__(self):
        self.passed, self.failed = 0, 0

    def check(self, good, what, detail=""):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print(f"FAIL {what}" + (f"\n  {detail}" if detail != "" else ""), flush=True)
        return good

    def run(self, groups):
        """Each group, a function of the tester, or those that the command line names; returns the exit status."""
        for group in groups:
            if len(sys.argv) > 1 and group.__name__ not in sys.argv[1:]:
                continue
            begin = time.monotonic()
            try:
                group(self)
            except Exception as error:  # a daemon that died is a failure of its group, not the end of all
                self.check(False, f"{group.__name__}: {error!r}")
            print(f"{group.__name__}: {time.monotonic() - begin:.1f} s", flush=True)
        return self.end()

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


class DaemonTester(Tester):
    """Tries one daemon: `play` is what a test defines, `main` is its whole end."""

    def __init__(self, daemon):
        super().__init__()
        self.daemon = daemon

    def main(self):
        try:
            self.play()
        except OSError as error:
            self.check(False, "the daemon is there to the end", repr(error))
        finally:
            if self.failed:
                print(self.daemon.log()[-3000:])
            self.daemon.cleanup()
        return self.end()
