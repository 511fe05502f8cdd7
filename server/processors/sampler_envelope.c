// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "processors/sampler_envelope.h"

#include <math.h>

#define FALL_NEPERS 6.907755278982137 // ln 1000: 60 dB

/// An exponential from the present level that is exactly `target` after `frames`.
static void fall(SqRtEnvelope *e, SqRtStage stage, float target, uint32_t frames) {
  e->target = target;
  e->at = 0;
  e->length = frames;
  e->stage = (uint8_t)stage;
  if (frames == 0) {
    e->level = (double)target;
    return;
  }
  double left = exp(-FALL_NEPERS); // share of the way that the pure exponential would miss
  e->keep = exp(-FALL_NEPERS / frames);
  e->rest = (double)target - (e->level - (double)target) * left / (1 - left);
}

static void settle(SqRtEnvelope *e) {
  e->level = (double)e->target;
  e->stage = e->stage == SQ_ENVELOPE_RELEASE ? SQ_ENVELOPE_OVER : SQ_ENVELOPE_REST;
}

static void after_attack(SqRtEnvelope *e, const SqRtAdsr *adsr) {
  e->level = 1;
  fall(e, SQ_ENVELOPE_FALL, e->held ? adsr->sustain : 1.0f, e->held && adsr->sustain < 1 ? adsr->decay : 0);
  if (e->length == 0)
    settle(e);
}

void sq_rt_envelope_start(SqRtEnvelope *e, const SqRtAdsr *adsr, bool held) {
  *e = (SqRtEnvelope){.held = held, .stage = SQ_ENVELOPE_ATTACK, .length = adsr->attack};
  if (adsr->attack == 0)
    after_attack(e, adsr);
}

void sq_rt_envelope_release(SqRtEnvelope *e, const SqRtAdsr *adsr) {
  if (e->stage >= SQ_ENVELOPE_RELEASE)
    return;
  fall(e, SQ_ENVELOPE_RELEASE, 0, adsr->release);
  if (adsr->release == 0)
    settle(e);
}

void sq_rt_envelope_move(SqRtEnvelope *e, float sustain, uint32_t frames) {
  if (e->held && (e->stage == SQ_ENVELOPE_REST || e->stage == SQ_ENVELOPE_FALL))
    fall(e, SQ_ENVELOPE_FALL, sustain, frames ? frames : 1);
}

static uint32_t run_attack(SqRtEnvelope *e, const SqRtAdsr *adsr, float *out, uint32_t n) {
  uint32_t i = 0;
  for (; i < n && e->at < e->length; i++, e->at++)
    out[i] = (float)((double)e->at / (double)e->length);
  e->level = (double)e->at / (double)e->length;
  if (e->at == e->length)
    after_attack(e, adsr);
  return i;
}

static uint32_t run_fall(SqRtEnvelope *e, float *out, uint32_t n) {
  uint32_t i = 0;
  for (; i < n && e->at < e->length; i++, e->at++) {
    out[i] = (float)e->level;
    e->level = e->rest + (e->level - e->rest) * e->keep;
  }
  if (e->at == e->length)
    settle(e);
  return i;
}

uint32_t sq_rt_envelope_run(SqRtEnvelope *e, const SqRtAdsr *adsr, float *out, uint32_t n) {
  uint32_t done = 0;
  while (done < n && e->stage != SQ_ENVELOPE_OVER) {
    if (e->stage == SQ_ENVELOPE_ATTACK) {
      done += run_attack(e, adsr, out + done, n - done);
    } else if (e->stage == SQ_ENVELOPE_REST) {
      for (float level = (float)e->level; done < n; done++)
        out[done] = level;
    } else {
      done += run_fall(e, out + done, n - done);
    }
  }
  return done;
}
