// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What is decided before a jackd is started: card, ports, pauses.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/jackd.h"

static void finds_the_first_card(void **state) {
  char device[64] = "";
  assert_true(sq_jackd_first_card(" 0 [PCH            ]: HDA-Intel - HDA Intel PCH\n"
                                  "                      HDA Intel PCH at 0xdf240000 irq 129\n"
                                  " 1 [USB            ]: USB-Audio - Scarlett 2i2 USB\n",
                                  device, sizeof device));
  assert_string_equal(device, "hw:PCH");
  assert_true(sq_jackd_first_card(" 2 [Loopback]: x", device, sizeof device));
  assert_string_equal(device, "hw:Loopback");
  assert_false(sq_jackd_first_card("--- no soundcards ---\n", device, sizeof device));
  assert_false(sq_jackd_first_card("", device, sizeof device));
  assert_false(sq_jackd_first_card(" 0 [", device, sizeof device));
  assert_false(sq_jackd_first_card(" 0 [PCH", device, sizeof device));
  assert_false(sq_jackd_first_card(" 0 [ ]", device, sizeof device));
}

static void fits_into_shared_memory(void **state) {
  assert_int_equal(sq_jackd_port_max(70, UINT64_MAX), 256);
  assert_int_equal(sq_jackd_port_max(256, UINT64_MAX), 256);
  assert_int_equal(sq_jackd_port_max(257, UINT64_MAX), 512);
  assert_int_equal(sq_jackd_port_max(1088, UINT64_MAX), 2048);
  assert_int_equal(sq_jackd_port_max(70, 67108864), 256); // the 64 MiB of a container
  assert_int_equal(sq_jackd_port_max(1000, 67108864), 0); // where 1024 ports were seen to die
  assert_int_equal(sq_jackd_port_max(70, 43000000), 128);
  assert_int_equal(sq_jackd_port_max(129, 43000000), 0);
  assert_int_equal(sq_jackd_port_max(70, 1000000), 0);
}

static void pauses_longer_the_more_often_it_dies(void **state) {
  SqJackd jackd;
  sq_jackd_init(&jackd);
  assert_int_equal(sq_jackd_pause_ms(&jackd), 0);
  jackd.quick_deaths = 3;
  assert_int_equal(sq_jackd_pause_ms(&jackd), 300);
  jackd.quick_deaths = 4000000000u;
  assert_int_equal(sq_jackd_pause_ms(&jackd), 500);
}

static void says_why_it_ended(void **state) {
  SqJackd jackd;
  char text[300];
  sq_jackd_init(&jackd);
  snprintf(jackd.line, sizeof jackd.line, "Cannot open the card");
  sq_jackd_why(&jackd, text, sizeof text);
  assert_string_equal(text, "the jackd we started ended: Cannot open the card");
  snprintf(jackd.line, sizeof jackd.line, "under certain conditions; see the file COPYING for details");
  sq_jackd_why(&jackd, text, sizeof text);
  assert_non_null(strstr(text, "remove /dev/shm/jack-shm-registry"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_the_first_card),
      cmocka_unit_test(fits_into_shared_memory),
      cmocka_unit_test(pauses_longer_the_more_often_it_dies),
      cmocka_unit_test(says_why_it_ended),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
