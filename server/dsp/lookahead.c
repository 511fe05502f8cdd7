// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "dsp/lookahead.h"

#include <math.h>

static uint32_t queue_size(uint32_t frames) {
  uint32_t n = 4;
  while (n < frames + 2)
    n *= 2;
  return n;
}

/// The windows of both averages are frames + 1 long together, so that the last frame of the ramp is the peak's own.
static uint32_t first_box(uint32_t frames) {
  return (frames + 2) / 2;
}

static uint32_t second_box(uint32_t frames) {
  return frames + 2 - first_box(frames);
}

uint32_t sq_rt_lookahead_size(uint32_t frames) {
  return (uint32_t)(second_box(frames) * sizeof(uint64_t) +
                    (first_box(frames) + 2 * queue_size(frames)) * sizeof(uint32_t));
}

void sq_rt_lookahead_init(SqRtLookahead *l, uint32_t frames, void *memory) {
  *l = (SqRtLookahead){.delay = frames, .n1 = first_box(frames), .n2 = second_box(frames)};
  l->queue_mask = queue_size(frames) - 1;
  l->box2 = memory;
  l->box1 = (uint32_t *)(l->box2 + l->n2);
  l->queue = l->box1 + l->n1;
  l->born = l->queue + l->queue_mask + 1;
  l->full = (uint64_t)l->n1 * l->n2 * SQ_LOOKAHEAD_ONE;
  l->scale = 1.0 / (double)l->full;
  sq_rt_lookahead_reset(l);
}

void sq_rt_lookahead_reset(SqRtLookahead *l) {
  l->clock = l->head = l->tail = l->at1 = l->at2 = 0;
  l->state = SQ_LOOKAHEAD_ONE;
  l->sum1 = (uint64_t)l->n1 * SQ_LOOKAHEAD_ONE;
  l->sum2 = l->full;
  for (uint32_t i = 0; i < l->n1; i++)
    l->box1[i] = SQ_LOOKAHEAD_ONE;
  for (uint32_t i = 0; i < l->n2; i++)
    l->box2[i] = l->sum1;
}

bool sq_rt_lookahead_rests(const SqRtLookahead *l) {
  bool all_one =
      l->head == l->tail || (l->head - l->tail == 1 && l->queue[l->tail & l->queue_mask] == SQ_LOOKAHEAD_ONE);
  return all_one && l->state == SQ_LOOKAHEAD_ONE && l->sum2 == l->full;
}

static uint32_t sliding_minimum(SqRtLookahead *l, uint32_t needed) {
  while (l->head != l->tail && l->queue[(l->head - 1) & l->queue_mask] >= needed)
    l->head--;
  l->queue[l->head & l->queue_mask] = needed;
  l->born[l->head & l->queue_mask] = l->clock;
  l->head++;
  if (l->clock - l->born[l->tail & l->queue_mask] > l->delay)
    l->tail++;
  l->clock++;
  return l->queue[l->tail & l->queue_mask];
}

float sq_rt_lookahead_step(SqRtLookahead *l, uint32_t needed, uint32_t release_share) {
  uint32_t minimum = sliding_minimum(l, needed);
  if (minimum <= l->state) {
    l->state = minimum;
  } else {
    uint32_t rise = (uint32_t)(((uint64_t)(minimum - l->state) * release_share) >> 32);
    l->state += rise ? rise : 1;
  }
  l->sum1 += l->state;
  l->sum1 -= l->box1[l->at1];
  l->box1[l->at1] = l->state;
  l->at1 = l->at1 + 1 < l->n1 ? l->at1 + 1 : 0;
  l->sum2 += l->sum1;
  l->sum2 -= l->box2[l->at2];
  l->box2[l->at2] = l->sum1;
  l->at2 = l->at2 + 1 < l->n2 ? l->at2 + 1 : 0;
  return (float)((double)l->sum2 * l->scale);
}

void sq_dsp_drive(const float *x, const float *gain, float *out, float *peak, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    float y = x[i] * gain[i];
    y = y - y == 0.0f ? y : 0.0f;
    out[i] = y;
    float a = fabsf(y);
    peak[i] = a > peak[i] ? a : peak[i];
  }
}

void sq_dsp_apply_under(const float *x, const float *gain, const float *ceiling, float *out, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    float y = x[i] * gain[i];
    y = y > ceiling[i] ? ceiling[i] : y;
    y = y < -ceiling[i] ? -ceiling[i] : y;
    out[i] = y;
  }
}
