// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Hosted LV2 effects: channels, parameters at exact frames, state, refusals.
#include "unit/plugins/rig.h"

#include <math.h>
#include <unistd.h>

#define AMP "lv2:http://lv2plug.in/plugins/eg-amp"
#define SWH "lv2:http://plugin.org.uk/swh-plugins/"
#define N 1024

static SqCatalog *catalog_of(void **state) {
  return *state;
}

static void test_mono_on_stereo_is_dual_mono(void **state) {
  static float in[2][N], out[2][N];
  const float *ins[2] = {in[0], in[1]};
  float *outs[2] = {out[0], out[1]};
  Rig rig;
  for (uint32_t i = 0; i < N; i++) {
    in[0][i] = sinf((float)i * 0.1f);
    in[1][i] = cosf((float)i * 0.07f);
  }
  rig_open(&rig, catalog_of(state), SWH "amp", 2, 2);
  SqRtEvent set = {.kind = SQ_EVENT_PARAM, .index = rig_param(&rig, "gain"), .value = 20, .offset = 100};
  rig_run(&rig, ins, outs, N, 256, &set, 1);
  for (uint32_t c = 0; c < 2; c++)
    for (uint32_t i = 0; i < N; i++)
      assert_float_equal(out[c][i], in[c][i] * (i < 100 ? 1.0f : 10.0f), 1e-4);
  rig_close(&rig);
}

int main(void) {
  SqCatalog *catalog = rig_catalog();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_prestate(test_mono_on_stereo_is_dual_mono, catalog),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  sq_catalog_free(catalog);
  return failed;
}
