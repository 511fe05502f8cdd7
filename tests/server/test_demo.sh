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

# On a daemon that runs: in a session of its own, the one that was open comes back, unsaved work is not touched.
build=${SQUEEZED_BUILD:-build/release}
folder=$(mktemp -d)
"$build/squeezed" --name running --port 0 --driver null --runtime "$folder" --state "$folder/state" >"$folder/out" 2>&1 &
daemon=$!
trap 'kill $daemon 2>/dev/null; rm -rf "$log" "$folder"' EXIT
tries=0
until grep -q READY "$folder/out" || [ $tries -gt 100 ]; do tries=$((tries + 1)) && sleep 0.1; done
url=osc.unix://$folder/running.sock
ctl() { "$build/squeezectl" -u "$url" "$@"; }
ctl source add mine tone gain -20 >"$log"
check "the demo leaves unsaved work alone" sh -c "! DEMO_SECONDS=1 examples/demo/run -u '$url' >'$log' 2>&1"
check "... and says what to do" grep -q 'session save_as' "$log"
check "... and the source is still there" [ "$(ctl source)" = mine ]
ctl session save_as "$folder/mine" >"$log"
check "the demo works on a running daemon" sh -c "DEMO_SECONDS=2 examples/demo/run -u '$url' >'$log' 2>&1"
check "... and the session before it is back" [ "$(ctl source) $(ctl get /source/mine/gain)" = "mine -20.0" ]
check "... and the daemon still runs" kill -0 $daemon

SQUEEZED_BUILD=$folder/none examples/demo/run >"$log" 2>&1
check "without programs it ends with 1" [ $? = 1 ]
check "... and says what to do" grep -q 'run `make`' "$log"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
