#!/bin/sh
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
# The service units as systemd itself reads them: no complaint, and an exposure of 2.0 at most. No systemd is started.
set -u
cd "$(dirname "$0")/../.."
passed=0 failed=0
check() { # WHAT COMMAND...
  what=$1
  shift
  if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "FAIL $what"; fi
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin" "$folder/user" "$folder/system"
printf '#!/bin/sh\n' >"$folder/bin/squeezed"
chmod +x "$folder/bin/squeezed"
export SYSTEMD_LOG_COLOR=0 XDG_RUNTIME_DIR="$folder"

# What `make install` writes, with the program at a place of our own.
place() { # KIND UNIT [SED EXPRESSION]
  sed -e "s|@bindir@|$folder/bin|g" ${3:+-e "$3"} "systemd/$1/$2" >"$folder/$1/$2"
}
quiet() { # COMMAND...: ends well and says nothing
  words=$("$@" 2>&1)
  status=$?
  [ -z "$words" ] || echo "$words"
  [ $status = 0 ] && [ -z "$words" ]
}
not() { ! "$@" >/dev/null 2>&1; }
exposure() { # UNIT AT_MOST_TENTHS
  systemd-analyze security --offline=yes --no-pager --threshold="$2" "$1"
}

place user squeezed.service
check "the user unit is well formed" quiet systemd-analyze --user verify --man=no "$folder/user/squeezed.service"
# An instance of a template is checked through its name; the user must exist for that.
place system squeezed@.service
check "the system unit is well formed" quiet systemd-analyze verify --man=no "$folder/system/squeezed@daemon.service"
score=$(exposure "$folder/system/squeezed@.service" 20 2>&1)
check "the system unit is exposed by 2.0 at most" [ $? = 0 ]
echo "$score" | sed -n 's/^.*Overall exposure level[^:]*: /system unit: exposure /p'

# The checks can fail: a misspelt key, a call filter left open, a program that is not there.
place user squeezed.service 's/^WatchdogSec/WatchDogSecs/'
check "a misspelt key is found" not quiet systemd-analyze --user verify --man=no "$folder/user/squeezed.service"
place system squeezed@.service '/^SystemCallFilter\|^Protect\|^IPAddress/d'
check "an open unit is found" not exposure "$folder/system/squeezed@.service" 20
place system squeezed@.service
rm "$folder/bin/squeezed"
check "a missing program is found" not quiet systemd-analyze verify --man=no "$folder/system/squeezed@daemon.service"

for unit in systemd/user/squeezed.service systemd/system/squeezed@.service; do
  for line in Type=notify WatchdogSec=10 LimitRTPRIO=95 LimitMEMLOCK=infinity; do
    check "$unit has $line" grep -qx "$line" $unit
  done
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
