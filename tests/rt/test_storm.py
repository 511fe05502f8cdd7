#!/usr/bin/env python3
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
# sq-test: timeout=240
"""The real daemon under the guard of the audio thread, in a storm of edits: on the offline and on the null driver."""
import os
import pathlib
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/server"), str(ROOT / "tests/rt")]
from daemon import BUILD, Daemon  # noqa: E402
from storm import Storm, blow  # noqa: E402

passed = failed = 0


def case(good, name):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(f"{'ok  ' if good else 'FAIL'} {name}", flush=True)


def storm_on(driver, edits, seed):
    report = pathlib.Path(tempfile.mktemp(prefix="sq-guard."))
    os.environ["LD_PRELOAD"] = str(BUILD / "librtguard.so")
    os.environ["SQUEEZED_RTGUARD_REPORT"] = str(report)
    try:
        daemon = Daemon(driver)
    except RuntimeError as error:
        case(False, f"{driver}: the daemon starts under the guard: {error}")
        return
    finally:
        del os.environ["LD_PRELOAD"], os.environ["SQUEEZED_RTGUARD_REPORT"]
    storm, begin = Storm(seed), time.monotonic()
    try:
        client = daemon.client("unix")

        def run(frames):
            client.send("/driver/run", frames)
            if not client.until(lambda address, args: address in ("/done", "/fail") and args[0][1] == "/driver/run", 20):
                raise TimeoutError("/driver/run does not answer")

        failures = blow(client, storm, edits, run if driver == "offline" else None)
        print(f"     {edits} edits, seed {seed}, {time.monotonic() - begin:.1f} s; outcomes: {failures}")
        print(f"     kinds: {storm.kinds}")
        case("internal" not in failures, f"{driver}: no edit ends as internal")
        case(sum(failures.values()) < edits * 0.35, f"{driver}: most edits are carried out")
        client.close()
    except (OSError, ValueError, TimeoutError) as error:
        case(False, f"{driver}: the storm is weathered: {error!r}")
    status = daemon.stop() if daemon.process.poll() is None else daemon.process.returncode
    case(status == 0, f"{driver}: the daemon ends well (status {status})")
    if status != 0:
        print(daemon.log()[-6000:])
    text = report.read_text() if report.exists() else ""
    facts = dict(line.rsplit(" ", 1) for line in text.splitlines())
    print("     guard:", ", ".join(text.splitlines()))
    case(int(facts.get("sections", 0)) > edits / 50, f"{driver}: the guard watched the cycles")
    case(facts.get("syscall_layer") == "1", f"{driver}: system calls were watched")
    case(status == 0 and not any(name.startswith("ours") for name in facts), f"{driver}: none of ours broke the law")
    report.unlink(missing_ok=True)
    daemon.cleanup()


def main():
    storm_on("offline", 3000, int(os.environ.get("SEED", "1")))
    storm_on("null", 1500, int(os.environ.get("SEED", "2")))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
