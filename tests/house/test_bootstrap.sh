#!/bin/sh
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
# tools/bootstrap against a pretended machine: what it asks of apt-get, and that it asks nothing when nothing is missing.
cd "$(dirname "$0")/../.." || exit 1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
passed=0 failed=0
case_() { # NAME STATUS
  if [ "$2" = 0 ]; then passed=$((passed + 1)) && echo "ok   $1"; else failed=$((failed + 1)) && echo "FAIL $1"; fi
}
pretend() { # NAME SCRIPT
  printf '#!/bin/sh\n%s\n' "$2" >"$folder/bin/$1"
  chmod +x "$folder/bin/$1"
}
bootstrap() { (PATH=$folder/bin:$PATH && export PATH && tools/bootstrap "$@" >"$folder/out" 2>&1); }

mkdir "$folder/bin"
every=$(sed -n 's/^[a-z]\{1,\} \{1,\}\([^ #]*\).*/installed \1/p' tools/packages | sort -u)
pretend apt-get "echo \"\$DEBIAN_FRONTEND apt-get \$*\" >>$folder/asked"
pretend sudo "echo sudo >>$folder/asked; exec \"\$@\""
pretend id 'echo 0'
printf '%s\n' "$every" >"$folder/packages"
pretend dpkg-query "cat $folder/packages"

bootstrap build demo test
case_ "with nothing missing it ends well" $?
[ ! -s "$folder/out" ] && [ ! -e "$folder/asked" ]
case_ "and neither speaks nor asks" $?

grep -v ' libcmocka-dev$' "$folder/packages" >"$folder/less" && mv "$folder/less" "$folder/packages"
bootstrap build
[ ! -e "$folder/asked" ]
case_ "a package of another kind is not wanted" $?
bootstrap build test
grep -qx 'noninteractive apt-get -q -y install --no-install-recommends libcmocka-dev' "$folder/asked"
case_ "what is missing is installed, without questions" $?
grep -q 'not installed: libcmocka-dev' "$folder/out" && ! grep -q sudo "$folder/asked"
case_ "and named" $?

rm -f "$folder/asked"
pretend id 'echo 1000'
bootstrap test
grep -q sudo "$folder/asked"
case_ "an ordinary user goes through sudo" $?

pretend apt-get 'echo "E: no network" >&2; exit 100'
bootstrap test
[ $? != 0 ] && grep -q 'no network' "$folder/out" && grep -q 'could not install: libcmocka-dev' "$folder/out"
case_ "when apt-get fails so does it, and says what and why" $?

grep -v '^#' tools/packages | grep -v '^$' | grep -qvE '^(build|demo|test) [a-z0-9.+-]+ +# .'
[ $? = 1 ]
case_ "every line of tools/packages has a kind, a name and a reason" $?

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
