// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// For libFuzzer. From the root, for as long as there is time:
//   make VARIANT=asan CC=clang build/asan/libsqueezed.a
//   clang -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined -I. -Iserver -Itests -o build/fuzz_session
//     tests/fuzz/fuzz_session.c build/asan/libsqueezed.a $(pkg-config --libs jack liblo sndfile soxr lilv-0) -lcjson
//     -lm
//   build/fuzz_session -dict=tests/fuzz/session.dict build/corpus_session tests/fuzz/sessions
// What it finds goes into tests/fuzz/sessions and so into `make test`.
#include "fuzz/session_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  session_walk(data, size);
  return 0;
}
