// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A small desk on constant inputs, so that what is heard can be said in one number a channel: input k is always 2^k.
/// Test programs of link/ only.
#ifndef SQ_TESTS_LINK_DESK_H
#define SQ_TESTS_LINK_DESK_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/mix_rig.h"

enum { DESK_IN = 8, DESK_RUN = 16384, DESK_FADE = 480 };

static MixRig desk;
static float desk_inputs[DESK_IN][DESK_RUN], desk_output[8][DESK_RUN];
static const float *desk_in[DESK_IN];
static float *desk_out[8];

/// A master of n channels.
static inline void desk_open(uint32_t n) {
  for (uint32_t k = 0; k < DESK_IN; k++) {
    desk_in[k] = desk_inputs[k];
    desk_out[k] = desk_output[k];
    for (uint32_t i = 0; i < DESK_RUN; i++)
      desk_inputs[k][i] = (float)(1u << k);
  }
  mix_open(&desk, n, DESK_IN, 0);
  desk.in = desk_in;
}

static inline int desk_stereo(void **state) {
  desk_open(2);
  return 0;
}

static inline int desk_quad(void **state) {
  desk_open(4);
  return 0;
}

static inline int desk_close(void **state) {
  mix_close(&desk);
  return 0;
}

/// A source of n channels: inputs `first`, `first` + 1, ..., panned by balance so that the centre is at 0 dB. Heard
/// after the next commit.
static inline SqHandle desk_source(const char *name, uint32_t first, uint32_t n) {
  char text[16];
  snprintf(text, sizeof text, "%u", first);
  const SqHandle handle = mix_source(&desk, name, n, "input");
  SqStrip *after = sq_strip_copy(sq_doc_strip(desk.doc, handle));
  after->numbers[SQ_STRIP_PAN_LAW] = SQ_PAN_BALANCE;
  sq_proc_set_key(after->generator, "first", text);
  sq_edits_put(&desk.edits, after);
  return handle;
}

/// n frames, of which the last is asked about; at most DESK_RUN. Time begins anew for the inputs: they are constant.
static inline void desk_run(uint32_t n) {
  desk.in_frame = sq_link_frame(desk.link);
  mix_run(&desk, desk_out, 0, n, 256);
}

/// What leaves channel c after all fades are over.
static inline double desk_heard(uint32_t c) {
  desk_run(2048);
  return (double)desk_output[c][2047];
}

static inline SqLinkStats desk_stats(void) {
  SqLinkStats s;
  sq_link_stats(desk.link, &s);
  return s;
}

/// No step between neighbours in what was just run.
static inline void desk_smooth(uint32_t n, float largest) {
  for (uint32_t i = 1; i < n; i++)
    if (fabsf(desk_output[0][i] - desk_output[0][i - 1]) > largest)
      fail_msg("a step of %g at frame %u", (double)(desk_output[0][i] - desk_output[0][i - 1]), i);
}

static inline void desk_near(double a, double b, const char *file, int line) {
  if (!(fabs(a - b) < 1e-5)) {
    print_error("%.9g is not %.9g\n", a, b);
    _fail(file, line);
  }
}

#define DESK_NEAR(a, b) desk_near((a), (b), __FILE__, __LINE__)
#define WITH_DESK(test) cmocka_unit_test_setup_teardown(test, desk_stereo, desk_close)
#define WITH_QUAD(test) cmocka_unit_test_setup_teardown(test, desk_quad, desk_close)

#endif
