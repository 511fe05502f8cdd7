// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Parameters as words: found by symbol, read from text, held to what they can be, written as people read them.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "link/text.h"

static const SqParamInfo params[] = {
    {.symbol = "gain", .unit = "dB", .min = -24.0, .max = 24.0},
    {.symbol = "mode", .min = 0.0, .max = 2.0, .choices = "peak|rms|off"},
    {.symbol = "voices", .min = 1.0, .max = 16.0, .integer = true},
    {.symbol = "link", .min = 0.0, .max = 1.0, .toggled = true},
    {.symbol = "freq", .unit = "Hz", .min = 20.0, .max = 20000.0},
};
static const SqParamInfo *const gain = &params[0], *const mode = &params[1], *const voices = &params[2],
                                *const toggle = &params[3], *const freq = &params[4];

static void found_by_symbol(void **state) {
  const SqProcessorType type = {.params = params, .n_params = 5};
  assert_int_equal(sq_link_param_index(&type, "gain"), 0);
  assert_int_equal(sq_link_param_index(&type, "freq"), 4);
  assert_int_equal(sq_link_param_index(&type, "fre"), UINT32_MAX);
  assert_int_equal(sq_link_param_index(&type, "freqs"), UINT32_MAX);
}

static void held_to_what_they_can_be(void **state) {
  assert_true(sq_link_param_clamp(gain, -30.0) == -24.0 && sq_link_param_clamp(gain, 30.0) == 24.0);
  assert_true(sq_link_param_clamp(gain, 1.25) == 1.25);
  assert_true(sq_link_param_clamp(voices, 2.6) == 3.0 && sq_link_param_clamp(voices, 0.2) == 1.0);
  assert_true(sq_link_param_clamp(mode, 1.4) == 1.0 && sq_link_param_clamp(mode, 7.0) == 2.0);
  assert_true(sq_link_param_clamp(toggle, 0.0) == 0.0 && sq_link_param_clamp(toggle, -3.0) == 1.0);
  assert_true(sq_link_param_clamp(toggle, 0.2) == 1.0);
}

static double read(const SqParamInfo *info, const char *text) {
  double value = NAN;
  return sq_link_param_parse(info, text, &value) ? value : NAN;
}

static void read_from_text(void **state) {
  assert_true(read(gain, "-6.5") == -6.5 && read(gain, "99") == 24.0);
  assert_true(read(mode, "peak") == 0.0 && read(mode, "RMS") == 1.0 && read(mode, "1") == 1.0);
  assert_true(read(mode, "off") == 2.0); // a choice before a word of its own
  assert_true(isnan(read(mode, "pea")) && isnan(read(mode, "peaks")) && isnan(read(mode, "")));
  assert_true(isnan(read(mode, "peak|rms")));
  static const char *const on[] = {"on", "true", "yes", "ON"}, *const off[] = {"off", "false", "no", "False"};
  for (int i = 0; i < 4; i++)
    assert_true(read(toggle, on[i]) == 1.0 && read(toggle, off[i]) == 0.0);
  assert_true(read(voices, "2.6") == 3.0);
  assert_true(isnan(read(gain, "")) && isnan(read(gain, "loud")) && isnan(read(gain, "3dB")) &&
              isnan(read(gain, "nan")));
}

static const char *text(const SqParamInfo *info, double value) {
  static char line[32];
  sq_link_param_text(info, value, line, sizeof line);
  return line;
}

static void written_for_people(void **state) {
  assert_string_equal(text(gain, -6.0), "-6.00 dB");
  assert_string_equal(text(gain, 12.0), "12.0 dB");
  assert_string_equal(text(gain, -10.0), "-10.0 dB");
  assert_string_equal(text(freq, 440.0), "440.0 Hz");
  assert_string_equal(text(mode, 0.0), "peak");
  assert_string_equal(text(mode, 2.0), "off");
  assert_string_equal(text(mode, 3.0), "3.00"); // no such choice
  assert_string_equal(text(voices, 8.0), "8");
  assert_string_equal(text(toggle, 1.0), "on");
  assert_string_equal(text(toggle, 0.0), "off");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(found_by_symbol),
      cmocka_unit_test(held_to_what_they_can_be),
      cmocka_unit_test(read_from_text),
      cmocka_unit_test(written_for_people),
  };
  return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
