// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/doze.h"

#include <math.h>
#include <string.h>

void sq_doze_init(SqRtDoze *doze, bool may, double rate_hz) {
  *doze = (SqRtDoze){
      .until = may ? 0 : UINT64_MAX, .needed = (uint32_t)ceil(SQ_DOZE_SECONDS * rate_hz / SQ_DOZE_CELL), .loud = true};
}

void sq_rt_doze_reset(SqRtDoze *doze) {
  if (doze->until == UINT64_MAX)
    return;
  doze->until = doze->quiet = 0;
  doze->asleep = false;
  doze->loud = true;
}

void sq_rt_doze_at(SqRtDoze *doze, uint64_t frame) {
  if (doze->asleep || doze->next == frame)
    return;
  doze->quiet = 0;
  doze->loud = frame % SQ_DOZE_CELL != 0;
  doze->next = frame;
}

uint32_t sq_rt_doze_cut(const SqRtBlock *block, uint32_t at) {
  const uint64_t left = SQ_DOZE_CELL - (block->frame + at) % SQ_DOZE_CELL;
  return left < block->n_frames - at ? at + (uint32_t)left : block->n_frames;
}

static bool sounds(const float *x, uint32_t at, uint32_t to, float floor) {
  for (; at < to; at++)
    if (!(fabsf(x[at]) <= floor))
      return true;
  return false;
}

static bool is_loud(const SqRtBlock *block, const SqRtEvent *event, uint32_t at, uint32_t to, uint32_t n_out) {
  if (event && event->offset < to)
    return true;
  for (uint32_t c = 0; c < block->n_in; c++)
    if (sounds(block->in[c], at, to, 0.0F))
      return true;
  for (uint32_t c = 0; c < n_out; c++)
    if (sounds(block->out[c], at, to, SQ_DOZE_FLOOR))
      return true;
  return false;
}

void sq_rt_doze_look(SqRtDoze *doze, const SqRtBlock *block, const SqRtEvent *event, uint32_t at, uint32_t to,
                     uint32_t n_out, bool held) {
  doze->loud = doze->loud || is_loud(block, event, at, to, n_out);
  doze->next = block->frame + to;
  if (doze->next % SQ_DOZE_CELL == 0) {
    doze->quiet = doze->loud || held ? 0 : doze->quiet + 1;
    doze->loud = false;
    doze->asleep = doze->quiet >= doze->needed;
  }
  doze->until = doze->loud ? doze->next - doze->next % SQ_DOZE_CELL + SQ_DOZE_CELL + 1 : 0;
}

uint32_t sq_rt_doze_on(SqRtDoze *doze, const SqRtBlock *block, const SqRtEvent *event, uint32_t at, uint32_t n_out) {
  uint32_t to = event && event->offset < block->n_frames ? event->offset : block->n_frames;
  to = to < at ? at : to;
  for (uint32_t c = 0; c < block->n_in; c++)
    for (uint32_t i = at; i < to; i++)
      to = block->in[c][i] != 0.0F ? i : to;
  for (uint32_t c = 0; c < n_out; c++)
    memset(block->out[c] + at, 0, (to - at) * sizeof(float));
  if (to < block->n_frames) {
    doze->asleep = false;
    doze->loud = true;
    doze->quiet = 0;
    doze->next = block->frame + to;
  }
  return to;
}
