// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Memory of the audio side: silent, aligned, nothing lies on anything else; and it goes when nobody plays it any more.
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "link/internal.h"
#include "tests/unit/link/desk.h"

/// Fills n blocks each with a number of its own, and looks whether all of them are still there.
static void apart(float *const *blocks, uint32_t n, size_t frames) {
  for (uint32_t i = 0; i < n; i++) {
    assert_int_equal((uintptr_t)blocks[i] % 64, 0);
    for (size_t k = 0; k < frames; k++)
      assert_true(blocks[i][k] == 0.0F);
  }
  for (uint32_t i = 0; i < n; i++)
    for (size_t k = 0; k < frames; k++)
      blocks[i][k] = (float)(i + 1);
  for (uint32_t i = 0; i < n; i++)
    for (size_t k = 0; k < frames; k++)
      assert_true(blocks[i][k] == (float)(i + 1));
}

static void what_is_made_is_silent_and_apart(void **state) {
  for (uint32_t n = 1; n <= SQ_MAX_CHANNELS; n++) {
    SqRtSum *sum = sq_link_sum_new(n);
    for (uint32_t c = 0; c < n; c++)
      assert_true(sum->written[c] == 0);
    memset(sum->written, 0xff, n * sizeof *sum->written);
    assert_int_equal(sum->n_channels, n);
    apart(sum->x, n, SQ_SCRATCH_STRIDE);
    for (uint32_t c = 0; c < n; c++)
      assert_true(sum->written[c] == UINT64_MAX);
    free(sum);
    SqRtAux *aux = sq_link_aux_new(n);
    assert_int_equal(aux->n_channels, n);
    apart(aux->x, n, SQ_SCRATCH_STRIDE);
    free(aux);
  }
}

/// A delay holds what it delays and a block.
static void a_delay_holds_a_block_more_than_it_delays(void **state) {
  static const uint32_t lengths[] = {1, 2, SQ_MAX_BLOCK - 1, SQ_MAX_BLOCK, SQ_MAX_BLOCK + 1, 3 * SQ_MAX_BLOCK};
  for (uint32_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
    for (uint32_t n = 1; n <= 16; n += n == 8 ? 8 : 7) {
      SqRtDelay *delay = sq_link_delay_new(n, lengths[i]);
      assert_true(delay->n_channels == n && delay->frames == lengths[i]);
      assert_true(delay->size >= lengths[i] + SQ_MAX_BLOCK && delay->size <= 2 * (lengths[i] + SQ_MAX_BLOCK));
      assert_int_equal(delay->size & (delay->size - 1), 0);
      apart(delay->x, n, delay->size);
      free(delay);
    }
  SqRtDelay *none = sq_link_delay_new(8, 0);
  assert_true(none->frames == 0 && none->n_channels == 8);
  free(none);
}

static void the_banks_of_a_meter_are_apart(void **state) {
  for (uint32_t n = 1; n <= 9; n++) {
    SqRtMeter *meter = sq_link_meter_new(n);
    SqDspLevel *const rows[] = {meter->banks[0].pre, meter->banks[0].post, meter->banks[1].pre, meter->banks[1].post};
    for (uint32_t r = 0; r < 4; r++)
      for (uint32_t c = 0; c < n; c++) {
        assert_true(rows[r][c].peak == 0.0F && rows[r][c].squares == 0.0F);
        rows[r][c].peak = (float)(r * n + c + 1);
      }
    for (uint32_t r = 0; r < 4; r++)
      for (uint32_t c = 0; c < n; c++)
        assert_true(rows[r][c].peak == (float)(r * n + c + 1));
    assert_true(meter->n_channels == n && meter->banks[0].frames == 0 && meter->banks[1].frames == 0);
    free(meter);
  }
}

static void the_rooms_of_an_engine_are_apart(void **state) {
  SqRtScratch *scratch = &sq_link_engine(desk.link)->scratch;
  float *rooms[3 * SQ_MAX_CHANNELS + 4 + SQ_MAX_SIGNALS + 1];
  uint32_t n = 0;
  for (uint32_t c = 0; c < SQ_MAX_CHANNELS; c++) {
    rooms[n++] = scratch->x[0][c];
    rooms[n++] = scratch->x[1][c];
    rooms[n++] = scratch->aside[c];
  }
  for (uint32_t i = 0; i < 4; i++)
    rooms[n++] = scratch->curve[i];
  for (uint32_t i = 0; i < SQ_MAX_SIGNALS; i++)
    rooms[n++] = scratch->signals[i];
  rooms[n++] = scratch->zeros;
  apart(rooms, n, SQ_SCRATCH_STRIDE);
}

/// The instruction set that is named, or the best where none is, or none of that name.
static void the_mixer_is_of_the_set_that_is_named(void **state) {
  static const char *const names[] = {"base", NULL, "of another house"};
  for (uint32_t i = 0; i < 3; i++) {
    SqDoc *doc = sq_doc_new(2);
    SqLink *link = NULL;
    const SqLinkConfig config = {.rate = MIX_RATE, .n_out = 2, .kernels = names[i]};
    assert_int_equal(sq_link_new(&config, doc, &link), SQ_OK);
    assert_non_null(sq_link_engine(link)->plan);                             // it can be driven at once
    assert_true(sq_link_strip(link, SQ_HANDLE_MASTER)->rt->object.slot > 0); // 0 is that of what got none
    assert_ptr_equal(sq_link_engine(link)->dsp, i == 0 ? sq_dsp_kernels_named("base") : sq_dsp_kernels_best());
    sq_link_free(link);
    sq_doc_free(doc);
  }
  assert_string_equal(sq_dsp_kernels_named("base")->name, "base");
}

// ---- garbage --------------------------------------------------------------------------------------------------------

enum { THINGS = 200 };

static uint32_t order[THINGS], n_gone;

static void go(void *thing) {
  order[n_gone++] = (uint32_t)(uintptr_t)thing;
}

static void *thing(uint32_t i) {
  return (void *)(uintptr_t)(i + 1);
}

/// What was thrown away goes with the plan that was the newest then, and not before all older plans are back.
static void garbage_goes_with_its_plan(void **state) {
  SqLink *link = desk.link;
  desk_run(64);
  n_gone = 0;
  const uint64_t first = link->plan_number;
  for (uint32_t i = 0; i < THINGS; i++) {
    link->plan_number = first + i % 4;
    sq_link_discard(link, thing(i), go);
  }
  sq_link_discard(link, NULL, go);
  link->plan_number = first;
  sq_link_free_retired(link, first - 1);
  assert_int_equal(n_gone, 0);
  for (uint32_t plan = 0; plan < 4; plan++) {
    sq_link_free_retired(link, first + plan);
    assert_int_equal(n_gone, THINGS / 4 * (plan + 1));
    for (uint32_t i = 0; i < THINGS / 4; i++)
      assert_int_equal(order[THINGS / 4 * plan + i], 4 * i + plan + 1);
  }
  SqLinkStats stats;
  sq_link_stats(link, &stats);
  assert_int_equal(stats.garbage, 0);
}

static void nothing_goes_while_something_is_pinned(void **state) {
  SqLink *link = desk.link;
  desk_run(64);
  n_gone = 0;
  sq_link_pin(link);
  sq_link_pin(link);
  sq_link_discard(link, thing(0), go);
  sq_link_free_retired(link, UINT64_MAX);
  sq_link_unpin(link);
  assert_int_equal(n_gone, 0);
  link->plans_retired = link->plan_number;
  sq_link_unpin(link);
  assert_int_equal(n_gone, 1);
}

/// Plans come back in another order than they went: what the oldest of those that are out names stays.
static void plans_come_back_in_any_order(void **state) {
  SqLink *link = desk.link;
  desk_run(64);
  n_gone = 0;
  const uint64_t base = link->plan_number;
  for (uint32_t i = 1; i <= 3; i++) {
    link->plan_number = base + i;
    link->on_way = sq_realloc(link->on_way, link->n_on_way + 4, sizeof *link->on_way);
    link->on_way[link->n_on_way++] = base + i;
    sq_link_discard(link, thing(i), go);
  }
  sq_link_plan_retired(link, base);
  sq_link_plan_retired(link, base + 2);
  assert_int_equal(n_gone, 0);
  assert_true(sq_link_settled(link, base) && !sq_link_settled(link, base + 1));
  sq_link_plan_retired(link, base + 1);
  assert_int_equal(n_gone, 2);
  assert_true(sq_link_settled(link, base + 2) && !sq_link_settled(link, base + 3));
  link->plan_number = base;
  link->n_on_way = 0;
  sq_link_free_retired(link, UINT64_MAX);
  assert_int_equal(n_gone, 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_made_is_silent_and_apart),
      cmocka_unit_test(a_delay_holds_a_block_more_than_it_delays),
      cmocka_unit_test(the_banks_of_a_meter_are_apart),
      WITH_DESK(the_rooms_of_an_engine_are_apart),
      cmocka_unit_test(the_mixer_is_of_the_set_that_is_named),
      WITH_DESK(garbage_goes_with_its_plan),
      WITH_DESK(nothing_goes_while_something_is_pinned),
      WITH_DESK(plans_come_back_in_any_order),
  };
  return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
