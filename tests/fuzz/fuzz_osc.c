// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// For libFuzzer. From the root, for as long as there is time:
//   clang -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined -I. -Iserver -o build/fuzz_osc
//     -Itests tests/fuzz/fuzz_osc.c protocol/*.c server/control/framing.c -lcjson
//   build/fuzz_osc build/corpus tests/fuzz/corpus
// What it finds goes into tests/fuzz/corpus and so into `make test`.
#include "fuzz/walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static Walk walk;
  walk_packet(&walk, data, size, 0);
  walk_stream(&walk, data, size, 1 + size / 7);
  return 0;
}
