// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/guard.h"
#include "tests/support/proc_rig.h"

enum { GUARD = 16, MAX_EVENTS = 64 };
static const float guard_value = 12345.678f;

static bool is_signal(const SqParamInfo *p) {
  return p->value_class == SQ_CLASS_SIGNAL && !p->output;
}

uint32_t proc_rig_param(const SqProcessorType *type, const char *symbol) {
  for (uint32_t i = 0; i < type->n_params; i++)
    if (!strcmp(type->params[i].symbol, symbol))
      return i;
  fail_msg("%s has no parameter %s", type->id, symbol);
  return 0;
}

void proc_rig_open(ProcRig *rig, const SqProcessorType *type, double rate, uint32_t n_channels, const double *values) {
  ProcRig kept = *rig; // side, hardware, keys may have been filled in
  *rig = (ProcRig){.type = type, .rate = rate, .n_channels = n_channels, .max_block = 1024, .seed = 1};
  rig->side = kept.side, rig->n_side = kept.n_side;
  rig->hardware = kept.hardware, rig->n_hardware = kept.n_hardware;
  rig->n_keys = kept.n_keys, rig->separate = kept.separate;
  memcpy(rig->keys, kept.keys, sizeof rig->keys);
  memcpy(rig->key_values, kept.key_values, sizeof rig->key_values);
  rig->values = calloc(type->n_params + 1, sizeof *rig->values);
  rig->signals = calloc(type->n_params + 1, sizeof *rig->signals);
  rig->views = calloc(type->n_params + 1, sizeof *rig->views);
  rig->frames = calloc((size_t)(type->n_params + 1) * rig->max_block, sizeof *rig->frames);
  rig->memory = calloc((size_t)n_channels * (rig->max_block + GUARD), sizeof *rig->memory);
  rig->out = calloc(n_channels, sizeof *rig->out);
  for (uint32_t p = 0; p < type->n_params; p++) {
    rig->values[p] = values ? values[p] : type->params[p].def;
    sq_rt_signal_init(&rig->signals[p], (float)rig->values[p]);
  }
  char error[256] = "";
  const SqProcSetup setup = {.rate = rate,
                             .max_block = rig->max_block,
                             .n_in = type->flags & SQ_PROC_GENERATOR ? 0 : n_channels,
                             .n_out = n_channels,
                             .n_side = rig->n_side,
                             .params = rig->values,
                             .keys = rig->keys,
                             .values = rig->key_values,
                             .n_keys = rig->n_keys,
                             .error = error,
                             .error_size = sizeof error};
  SqStatus status = type->create(type, &setup, &rig->instance);
  if (status != SQ_OK)
    fail_msg("%s: create says %s: %s", type->id, sq_status_symbol(status), error);
}

void proc_rig_close(ProcRig *rig) {
  rig->type->free(rig->instance);
  free(rig->values);
  free(rig->signals);
  free(rig->views);
  free(rig->frames);
  free(rig->memory);
  free(rig->out);
  *rig = (ProcRig){0};
}

void proc_rig_set_index(ProcRig *rig, uint64_t frame, uint32_t param, double value, uint32_t length) {
  assert_true(rig->n_sets < PROC_RIG_MAX_SETS);
  if (rig->n_sets)
    assert_true(rig->sets[rig->n_sets - 1].frame <= frame);
  rig->sets[rig->n_sets++] = (ProcRigSet){.frame = frame, .param = param, .value = value, .length = length};
}

void proc_rig_set(ProcRig *rig, uint64_t frame, const char *symbol, double value, uint32_t length) {
  proc_rig_set_index(rig, frame, proc_rig_param(rig->type, symbol), value, length);
}

/// The view of signal parameter `param` in the block, with the sets that fall into it.
static SqSignal view_signal(ProcRig *rig, uint32_t param, uint32_t n, float *frames) {
  SqRtSignal *signal = &rig->signals[param];
  uint32_t at = 0;
  bool cut = false;
  for (uint32_t s = rig->next_set; s < rig->n_sets && rig->sets[s].frame < rig->frame + n; s++) {
    const ProcRigSet *set = &rig->sets[s];
    if (set->param != param)
      continue;
    uint32_t until = (uint32_t)(set->frame - rig->frame);
    for (; at < until; at++) {
      frames[at] = sq_rt_signal_value(signal, rig->frame + at);
      cut = true;
    }
    sq_rt_signal_go(signal, set->frame, (float)set->value, set->length, SQ_CURVE_SMOOTH);
    rig->values[param] = set->value;
  }
  if (!cut)
    return sq_rt_signal_view(signal, rig->frame, n, frames);
  for (; at < n; at++)
    frames[at] = sq_rt_signal_value(signal, rig->frame + at);
  return (SqSignal){.shape = SQ_SIGNAL_FRAMES, .frames = frames};
}

static uint32_t next_random(uint32_t *seed) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 17;
  *seed ^= *seed << 5;
  return *seed;
}

static uint32_t next_size(ProcRig *rig, uint32_t period) {
  if (period)
    return period;
  uint32_t r = next_random(&rig->seed);
  return 1 + (r >> 8) % (r & 1 ? 24u : 400u);
}

/// Collects the block's events and signals.
static uint32_t prepare(ProcRig *rig, uint32_t n, SqRtEvent *events) {
  uint32_t n_events = 0, n_signals = 0;
  uint32_t first_set = rig->next_set;
  for (uint32_t p = 0; p < rig->type->n_params; p++)
    if (is_signal(&rig->type->params[p])) {
      rig->views[n_signals] = view_signal(rig, p, n, rig->frames + (size_t)n_signals * rig->max_block);
      n_signals++;
    }
  for (; rig->next_set < rig->n_sets && rig->sets[rig->next_set].frame < rig->frame + n; rig->next_set++) {
    const ProcRigSet *set = &rig->sets[rig->next_set];
    if (is_signal(&rig->type->params[set->param]))
      continue;
    assert_true(n_events < MAX_EVENTS);
    events[n_events] = (SqRtEvent){.offset = (uint32_t)(set->frame - rig->frame),
                                   .kind = SQ_EVENT_PARAM,
                                   .index = set->param,
                                   .value = set->value};
    if (n_events)
      events[n_events - 1].next = &events[n_events];
    n_events++;
    rig->values[set->param] = set->value;
  }
  rig->sets_came = rig->next_set != first_set;
  return n_events;
}

static void check_block(ProcRig *rig, float *const *out, uint32_t n, SqRtResult result) {
  for (uint32_t c = 0; c < rig->n_channels; c++) {
    for (uint32_t i = 0; i < GUARD; i++)
      if (rig->memory[(size_t)c * (rig->max_block + GUARD) + n + i] != guard_value)
        fail_msg("%s writes past its block: channel %u, frame %u of %u", rig->type->id, c, n + i, n);
    if (result == SQ_RT_SILENT)
      for (uint32_t i = 0; i < n; i++)
        if (out[c][i] != 0.0f)
          fail_msg("%s says silent, but channel %u frame %llu is %g", rig->type->id, c,
                   (unsigned long long)rig->frame + i, (double)out[c][i]);
  }
}

/// The engine's rule: what said SILENT is not called again before there is input or something is set.
static bool may_skip(const ProcRig *rig, const float *const *in, uint32_t at, uint32_t n, uint32_t n_events) {
  if (!rig->last_silent || n_events || rig->sets_came)
    return false;
  for (uint32_t c = 0; in && !(rig->type->flags & SQ_PROC_GENERATOR) && c < rig->n_channels; c++)
    for (uint32_t i = 0; i < n; i++)
      if (in[c][at + i] != 0.0f)
        return false;
  return true;
}

static void run_block(ProcRig *rig, const float *const *in, float *const *out, uint32_t at, uint32_t n) {
  static const float silence[1024];
  const float *ins[SQ_MAX_CHANNELS], *sides[SQ_MAX_CHANNELS], *hardware[SQ_MAX_HARDWARE];
  SqRtEvent events[MAX_EVENTS];
  bool effect = !(rig->type->flags & SQ_PROC_GENERATOR);
  bool in_place = effect && (rig->type->flags & SQ_PROC_IN_PLACE) && !rig->separate;
  for (uint32_t c = 0; c < rig->n_channels; c++) {
    float *x = rig->memory + (size_t)c * (rig->max_block + GUARD);
    for (uint32_t i = 0; i < n; i++)
      x[i] = in_place ? (in ? in[c][at + i] : 0.0f) : NAN; // NAN: what is not written shows
    for (uint32_t i = 0; i < GUARD; i++)
      x[n + i] = guard_value;
    rig->out[c] = x;
    ins[c] = in_place ? x : in ? in[c] + at : silence;
  }
  for (uint32_t c = 0; c < rig->n_side; c++)
    sides[c] = rig->side[c] + at;
  for (uint32_t c = 0; c < rig->n_hardware; c++)
    hardware[c] = rig->hardware[c] + at;
  uint32_t n_events = prepare(rig, n, events);
  const SqRtTime time = {.bpm = 120, .beats_per_bar = 4, .beat_unit = 4};
  SqRtEventsOut events_out = {0};
  const SqRtBlock block = {.frame = rig->frame,
                           .n_frames = n,
                           .n_in = effect ? rig->n_channels : 0,
                           .n_out = rig->n_channels,
                           .n_side = rig->n_side,
                           .in = effect ? ins : NULL,
                           .out = rig->out,
                           .side = rig->n_side ? sides : NULL,
                           .hardware = hardware,
                           .n_hardware = rig->n_hardware,
                           .signals = rig->views,
                           .events = n_events ? events : NULL,
                           .events_out = &events_out,
                           .time = &time};
  SqRtResult result = SQ_RT_SILENT;
  if (may_skip(rig, in, at, n, n_events)) {
    for (uint32_t c = 0; c < rig->n_channels; c++)
      memset(rig->out[c], 0, n * sizeof(float));
  } else {
    sq_rt_guard_enter();
    result = rig->type->process(rig->instance, &block);
    sq_rt_guard_leave();
  }
  check_block(rig, rig->out, n, result);
  for (uint32_t c = 0; c < rig->n_channels; c++)
    memcpy(out[c] + at, rig->out[c], n * sizeof(float));
  rig->last_silent = result == SQ_RT_SILENT;
  rig->silent_frames += rig->last_silent ? n : 0;
  rig->frame += n;
}

void proc_rig_run(ProcRig *rig, const float *const *in, float *const *out, uint32_t n, uint32_t period) {
  for (uint32_t at = 0; at < n;) {
    uint32_t size = next_size(rig, period);
    size = size < n - at ? size : n - at;
    run_block(rig, in, out, at, size);
    at += size;
  }
}

float **test_channels_new(uint32_t n_channels, uint32_t n) {
  float **channels = malloc(n_channels * sizeof *channels);
  channels[0] = calloc((size_t)n_channels * n, sizeof(float));
  for (uint32_t c = 1; c < n_channels; c++)
    channels[c] = channels[0] + (size_t)c * n;
  return channels;
}

void test_channels_free(float **channels) {
  free(channels[0]);
  free(channels);
}

void test_noise(float *x, uint32_t n, float peak, uint32_t seed) {
  uint32_t s = seed * 2654435761u + 12345u;
  for (uint32_t i = 0; i < n; i++)
    x[i] = peak * ((float)(next_random(&s) >> 8) / 8388608.0f - 1.0f);
}

void test_sine(float *x, uint32_t n, double hz, double rate, double amplitude) {
  for (uint32_t i = 0; i < n; i++)
    x[i] = (float)(amplitude * sin(2.0 * M_PI * fmod(hz * i / rate, 1.0)));
}

double test_fourth_difference(const float *x, uint32_t n) {
  double most = 0.0;
  for (uint32_t i = 4; i < n; i++) {
    double d = fabs((double)x[i] - 4.0 * x[i - 1] + 6.0 * x[i - 2] - 4.0 * x[i - 3] + x[i - 4]);
    most = d > most ? d : most;
  }
  return most;
}

void test_fft(double *re, double *im, uint32_t n) {
  for (uint32_t i = 1, j = 0; i < n; i++) {
    uint32_t bit = n >> 1;
    for (; j & bit; bit >>= 1)
      j ^= bit;
    j ^= bit;
    if (i < j) {
      double t = re[i];
      re[i] = re[j], re[j] = t;
      t = im[i];
      im[i] = im[j], im[j] = t;
    }
  }
  for (uint32_t len = 2; len <= n; len <<= 1) {
    double angle = -2.0 * M_PI / len;
    for (uint32_t k = 0; k < len / 2; k++) {
      double wr = cos(angle * k), wi = sin(angle * k);
      for (uint32_t i = k; i < n; i += len) {
        uint32_t j = i + len / 2;
        double xr = re[j] * wr - im[j] * wi, xi = re[j] * wi + im[j] * wr;
        re[j] = re[i] - xr, im[j] = im[i] - xi;
        re[i] += xr, im[i] += xi;
      }
    }
  }
}

double proc_rig_sweep(const SqProcessorType *type, const double *values, uint32_t param, const ProcRigSines *sines) {
  const double rate = 48000.0;
  const SqParamInfo *info = &type->params[param];
  const uint32_t n = sines->n;
  double peak = 0.0;
  ProcRig rig = {0};
  proc_rig_open(&rig, type, rate, sines->n_channels, values);
  for (uint32_t k = 0; k < 12 && n / 2 + k * 4800 < n; k++)
    proc_rig_set_index(&rig, n / 2 + k * 4800, param, k % 2 ? info->max : info->min, 240);
  proc_rig_run(&rig, (const float *const *)sines->in, sines->out, n, 64);
  proc_rig_close(&rig);
  for (uint32_t i = n / 4; i < n; i++)
    peak = fmax(peak, fabs((double)sines->out[0][i]));
  const double d = test_fourth_difference(sines->out[0] + n / 4, n - n / 4);
  return d / (peak * pow(2.0 * sin(M_PI * sines->hz / rate), 4.0));
}
