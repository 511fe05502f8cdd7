#!/bin/sh
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
# The demo as a new user meets it, twice: status 0, a recording with sound, a session, within a minute, nothing left.
# sq-test: timeout=150 alone
set -u
cd "$(dirname "$0")/../.."
passed=0 failed=0
check() { # WHAT COMMAND...
  what=$1
  shift
  if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "FAIL $what"; fi
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

for turn in first second; do
  begin=$(date +%s)
  # The second run plays the whole piece, the first a part: both write the same files.
  if [ $turn = first ]; then export DEMO_SECONDS=4; else unset DEMO_SECONDS; fi
  examples/demo/run >"$log" 2>&1
  status=$?
  took=$(($(date +%s) - begin))
  [ $status = 0 ] || cat "$log"
  check "the $turn run ends with 0" [ $status = 0 ]
  check "the $turn run takes less than a minute ($took s)" [ $took -lt 60 ]
  wav=$(sed -n 's/^recording  *\(.*\.wav\) .*/\1/p' "$log")
  session=$(sed -n 's/^session  *//p' "$log")
  check "the $turn run says where the recording is" [ -s "$wav" ]
  check "the $turn run says where the session is" [ -e "$session" ]
  check "the $turn run shows levels" grep -q 'piano.*dB' "$log"
  # a second opinion on the sound: sox, where a silent file has an RMS of zero
  rms=$(sox "$wav" -n stat 2>&1 | sed -n 's/^RMS.*amplitude: *//p')
  check "the recording of the $turn run has sound (RMS $rms)" awk "BEGIN { exit !($rms > 0.005) }"
  name=$(sed -n 's/^squeezed *started as \(demo-[0-9]*\) .*/\1/p' "$log")
  check "the daemon of the $turn run is gone" sh -c "! kill -0 ${name#demo-} 2>/dev/null && [ -n '$name' ]"
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
