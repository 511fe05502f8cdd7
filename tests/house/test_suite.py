#!/usr/bin/env python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runner's own test: programs that fail in every way they can, and how each is counted."""
import importlib.machinery
import importlib.util
import io
import os
import pathlib
import sys
import tempfile
from contextlib import redirect_stdout

ROOT = pathlib.Path(__file__).resolve().parents[2]
CMOCKA = r"printf '[==========] Running 3 test(s).\n[       OK ] a\n%s\n[==========] 3 test(s) run.\n'"

# what it does: the script, passed, failed
PROGRAMS = {
    "counts by its own line": ("echo 3 passed, 1 failed; exit 1", 3, 1),
    "its last line counts": ("echo 9 passed, 9 failed; echo 2 passed, 0 failed", 2, 0),
    "all of CMocka passes": (CMOCKA % "[       OK ] b\\n[       OK ] c", 3, 0),
    "one of CMocka fails": (CMOCKA % "[  FAILED  ] b\\n[       OK ] c" + "; exit 1", 2, 1),
    "a skipped case fails": (CMOCKA % "[  SKIPPED ] b\\n[       OK ] c", 2, 1),
    "crashes in the middle": (CMOCKA % "[ RUN      ] b" + "; kill -SEGV $$", 1, 2),
    "crashes after its line": ("echo 4 passed, 0 failed; kill -ABRT $$", 4, 1),
    "ends badly after its line": ("echo 4 passed, 0 failed; exit 7", 4, 1),
    "says nothing": ("true", 0, 1),
    "hangs": ("echo 1 passed, 0 failed; sleep 60", 1, 1),
    "leaves a child behind": ("sleep 61 & echo 1 passed, 0 failed", 1, 0),
    "reads its input": ("read x; echo 1 passed, 0 failed", 1, 0),
    "is alone in its home": ('test -z "$(ls -A $HOME | grep -v run)" && test "$TMPDIR" = "$HOME" && echo 1 passed, 0 failed',
                             1, 0),
}


def load_suite():
    loader = importlib.machinery.SourceFileLoader("suite", str(ROOT / "tests/support/suite"))
    suite = importlib.util.module_from_spec(importlib.util.spec_from_loader("suite", loader))
    loader.exec_module(suite)
    return suite


def main():
    suite, passed, failed = load_suite(), 0, 0

    def case(good, name):
        nonlocal passed, failed
        passed, failed = passed + good, failed + (not good)
        print(f"{'ok  ' if good else 'FAIL'} {name}")

    with tempfile.TemporaryDirectory(prefix="sq-suite.") as folder:
        for name, (script, want_passed, want_failed) in PROGRAMS.items():
            log = os.path.join(folder, "log")
            text, status = suite.execute(["sh", "-c", script], log, 1 if name == "hangs" else 20, dict(os.environ))
            got = suite.count(text, status)
            case(got == (want_passed, want_failed), f"a program that {name} {got}")
        text, status = suite.execute([os.path.join(folder, "nothing")], log, 5, dict(os.environ))
        case(suite.count(text, status) == (0, 1), "a program that is not there")
        left = [pid for pid in os.listdir("/proc") if pid.isdigit() and b"sleep\x0061" in read(f"/proc/{pid}/cmdline")]
        case(not left, "nothing that a test started outlives it")
        out = io.StringIO()
        tally = suite.Tally()
        with redirect_stdout(out):
            tally.add("unit", "a", 2, 0, 0.0, log, "")
            tally.add("unit", "b", 1, 2, 0.0, log, "FAIL here")
        case((tally.passed, tally.failed) == (3, 2) and "here" in out.getvalue(), "the tally adds up and shows what failed")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def read(path):
    try:
        return pathlib.Path(path).read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    sys.exit(main())
