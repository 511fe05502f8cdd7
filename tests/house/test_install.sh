#!/bin/sh
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
# make install DESTDIR= prefix=, what is then there, and make uninstall.
cd "$(dirname "$0")/../.." || exit 1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
passed=0 failed=0
case_() { # NAME STATUS
  if [ "$2" = 0 ]; then passed=$((passed + 1)) && echo "ok   $1"; else failed=$((failed + 1)) && echo "FAIL $1"; fi
}
unset MAKEFLAGS MAKELEVEL VARIANT
log=$folder/log
make -s install DESTDIR="$folder/root" prefix=/usr >"$log" 2>&1
case_ "make install" $?
"$folder/root/usr/bin/squeezed" --version | grep -q '^squeezed [0-9]'
case_ "the installed daemon runs" $?
"$folder/root/usr/bin/squeezectl" --help | grep -q squeezectl
case_ "the installed squeezectl runs" $?
cmp -s squeezed.conf "$folder/root/etc/squeezed/squeezed.conf"
case_ "squeezed.conf is in /etc/squeezed for prefix=/usr" $?
! grep -rq '@bindir@' "$folder/root" && [ -n "$(find "$folder/root/usr/lib/systemd" -name '*.service')" ]
case_ "the units name the folder of the programs" $?
echo '# mine' >>"$folder/root/etc/squeezed/squeezed.conf"
make -s install DESTDIR="$folder/root" prefix=/usr >"$log" 2>&1 && grep -q '# mine' "$folder/root/etc/squeezed/squeezed.conf"
case_ "a second install keeps the configuration" $?
make -s uninstall DESTDIR="$folder/root" prefix=/usr >"$log" 2>&1
case_ "make uninstall" $?
[ "$(cd "$folder/root" && find . -type f)" = ./etc/squeezed/squeezed.conf ]
case_ "which leaves the configuration alone" $?
[ "$failed" = 0 ] || { cat "$log"; find "$folder/root" -type f; }
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
