// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/hosted.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "dsp/fade.h"

// ---- making ---------------------------------------------------------------------------------------------------------

static uint32_t past_frames(uint32_t latency) {
  const uint32_t need = (latency < SQ_HOSTED_MAX_LATENCY ? latency : SQ_HOSTED_MAX_LATENCY) + 2 * SQ_MAX_BLOCK;
  uint32_t size = 1;
  while (size < need)
    size *= 2;
  return size;
}

void sq_rt_hosted_init(SqRtHosted *h, const SqProcessorType *type, const SqProcSetup *setup, SqHops *hops) {
  h->type = type;
  h->hops = hops;
  h->rate = setup->rate;
  h->shape = (SqSeatShape){.n_in = setup->n_in,
                           .n_side = setup->n_side,
                           .n_out = setup->n_out,
                           .n_signals = sq_proc_count_signals(type),
                           .n_params = type->n_params};
  for (uint32_t i = 0; i < type->n_extra_buses; i++)
    h->shape.n_extra += type->extra_buses[i].channels;
  h->layout = sq_seat_layout(&h->shape);
  h->signal_param = sq_alloc(h->shape.n_signals, sizeof *h->signal_param);
  h->signals = sq_alloc(h->shape.n_signals, sizeof *h->signals);
  h->values = sq_alloc(type->n_params, sizeof *h->values);
  h->outputs = sq_alloc(type->n_params, sizeof *h->outputs);
  for (uint32_t i = 0, k = 0; i < type->n_params; i++) {
    atomic_init(&h->values[i], (float)setup->params[i]);
    if (type->params[i].value_class == SQ_CLASS_SIGNAL && !type->params[i].output)
      h->signal_param[k++] = i;
  }
  h->offset = sq_alloc(h->shape.n_out, sizeof *h->offset);
  h->last = sq_alloc(h->shape.n_out, sizeof *h->last);
  h->join_size = (uint32_t)(SQ_HOSTED_JOIN_SECONDS * setup->rate);
  h->join_at = h->join_size;
}

bool sq_rt_hosted_make_past(SqRtHosted *h, uint32_t latency) {
  atomic_store(&h->latency, latency < SQ_HOSTED_MAX_LATENCY ? latency : SQ_HOSTED_MAX_LATENCY);
  h->past_size = past_frames(latency);
  h->past = sq_alloc_audio((size_t)h->past_size * (h->shape.n_in ? h->shape.n_in : 1), sizeof *h->past);
  return h->past != NULL;
}

void sq_rt_hosted_cleanup(SqRtHosted *h) {
  free(h->signal_param);
  free(h->signals);
  free((void *)h->values);
  free(h->outputs);
  free(h->offset);
  free(h->last);
  free(h->past);
}

// ---- handing over ---------------------------------------------------------------------------------------------------

static void keep_past(SqRtHosted *h, const SqRtBlock *block) {
  const uint32_t mask = h->past_size - 1, at = h->past_at;
  const uint32_t first = h->past_size - at < block->n_frames ? h->past_size - at : block->n_frames;
  for (uint32_t c = 0; c < h->shape.n_in; c++) {
    float *past = h->past + (size_t)c * h->past_size;
    memcpy(past + at, block->in[c], first * sizeof *past);
    memcpy(past, block->in[c] + first, (block->n_frames - first) * sizeof *past);
  }
  h->past_at = (at + block->n_frames) & mask;
}

static void put_signal(SqRtHosted *h, const SqHostSeat *seat, uint32_t i, const SqSignal *s, uint32_t n) {
  SqHostedValue *value = &h->signals[i];
  if (s->shape == SQ_SIGNAL_CONSTANT && value->known && value->sent == s->value)
    return;
  SqSeatIn *in = seat->in;
  in->signals[in->n_signals++] =
      (SqSeatSignal){.index = i, .shape = s->shape, .value = s->value, .step = s->step, .offset = s->offset};
  if (s->shape == SQ_SIGNAL_FRAMES)
    memcpy((char *)seat->memory + h->layout.signals + (size_t)i * SQ_SEAT_PAGE, s->frames, n * sizeof(float));
  const float end = sq_signal_at(s, n - 1);
  *value = (SqHostedValue){.sent = end, .known = true};
  atomic_store_explicit(&h->values[h->signal_param[i]], end, memory_order_relaxed);
}

static void put_event(SqSeatIn *in, const SqRtEvent *e) {
  SqSeatEvent *to = &in->events[in->n_events++];
  *to = (SqSeatEvent){.offset = e->offset,
                      .kind = e->kind,
                      .channel = e->channel,
                      .index = e->index,
                      .id = e->id,
                      .key = e->key,
                      .value = e->value};
  memcpy(to->midi, e->midi, sizeof to->midi);
}

/// A host that has just begun, or missed some events: what it may not know comes first.
static void catch_up(SqRtHosted *h, SqSeatIn *in) {
  put_event(in, &(SqRtEvent){.kind = SQ_EVENT_ALL_OFF});
  for (uint32_t i = 0; i < h->shape.n_params && in->n_events < SQ_SEAT_EVENTS / 2; i++)
    if (h->type->params[i].value_class == SQ_CLASS_STEPPED && !h->type->params[i].output)
      put_event(in, &(SqRtEvent){.kind = SQ_EVENT_PARAM,
                                 .index = i,
                                 .value = (double)atomic_load_explicit(&h->values[i], memory_order_relaxed)});
  h->gap = false;
}

static void put_events(SqRtHosted *h, SqSeatIn *in, const SqRtEvent *first) {
  in->n_events = 0;
  if (h->gap)
    catch_up(h, in);
  for (const SqRtEvent *e = first; e; e = e->next) {
    if (in->n_events == SQ_SEAT_EVENTS) {
      h->gap = true; // a note-off may be among what is lost: the next block sets things right
      return;
    }
    put_event(in, e);
  }
}

/// Stepped values are remembered whether or not they arrive.
static void note_values(SqRtHosted *h, const SqRtEvent *first) {
  for (const SqRtEvent *e = first; e; e = e->next)
    if (e->kind == SQ_EVENT_PARAM && e->index < h->shape.n_params)
      atomic_store_explicit(&h->values[e->index], (float)e->value, memory_order_relaxed);
}

static void copy_channels(SqRtHosted *h, const SqHostSeat *seat, uint32_t first, const float *const *x, uint32_t n_ch) {
  for (uint32_t c = 0; c < n_ch; c++)
    memcpy(sq_seat_channel(seat->memory, &h->layout, first + c), x[c], h->n_frames * sizeof(float));
}

static void hand_over(SqRtHosted *h, const SqHostSeat *seat, const SqRtBlock *block) {
  SqSeatIn *in = seat->in;
  in->frame = block->frame;
  in->n_frames = block->n_frames;
  in->from = 0;
  in->resets = h->resets;
  in->wanted = h->shape.n_extra > 0;
  in->side = block->side != NULL;
  if (block->time)
    in->time = *block->time;
  in->n_signals = 0;
  for (uint32_t i = 0; i < h->shape.n_signals; i++)
    put_signal(h, seat, i, &block->signals[i], block->n_frames);
  put_events(h, in, block->events);
  copy_channels(h, seat, 0, block->in, h->shape.n_in);
  if (block->side)
    copy_channels(h, seat, h->shape.n_in, block->side, h->shape.n_side);
}

void sq_rt_hosted_begin(void *instance, const SqRtBlock *block) {
  SqRtHosted *h = instance;
  h->n_frames = block->n_frames;
  atomic_store(&h->busy, true); // before the seat is looked at: who takes it away looks at this after
  const SqHostSeat *seat = atomic_load(&h->seat);
  if (seat != h->used) {
    for (uint32_t i = 0; i < h->shape.n_signals; i++)
      h->signals[i].known = false;
    h->gap = h->used != NULL || h->dry;
    h->used = seat;
  }
  keep_past(h, block);
  note_values(h, block->events);
  h->round = seat ? sq_rt_hop_add(h->hops, seat->hop, seat->number) : 0;
  if (h->round)
    hand_over(h, seat, block);
  else
    h->gap = true;
}

// ---- taking back ----------------------------------------------------------------------------------------------------

/// Finite, and no more: a plug-in's meter may say anything.
static float checked(float x) {
  return x - x == 0.0F ? x : 0.0F;
}

static void take_events(const SqSeatOut *out, SqRtEventsOut *to, const SqRtHosted *h) {
  const uint32_t n = out->n_events < SQ_EVENTS_OUT ? out->n_events : SQ_EVENTS_OUT;
  for (uint32_t i = 0; to && i < n; i++) {
    const SqSeatEvent e = out->events[i]; // once: the host may write it meanwhile
    if (e.kind >= SQ_EVENT_SWAP || e.offset >= h->n_frames || e.channel > 15 || checked(e.key) != e.key ||
        !(e.value - e.value == 0.0))
      continue;
    if (to->n == to->cap) {
      to->lost++;
      continue;
    }
    SqRtEvent *at = &to->events[to->n++];
    *at = (SqRtEvent){.offset = e.offset,
                      .kind = e.kind,
                      .channel = e.channel,
                      .index = e.index,
                      .id = e.id,
                      .key = e.key,
                      .value = e.value};
    memcpy(at->midi, e.midi, sizeof at->midi);
  }
}

static SqRtResult take_back(SqRtHosted *h, const SqHostSeat *seat, const SqRtBlock *block) {
  const SqSeatOut *out = seat->out;
  const uint32_t first = h->shape.n_in + h->shape.n_side;
  const bool silent = out->result == SQ_RT_SILENT;
  for (uint32_t c = 0; c < h->shape.n_out; c++) {
    if (silent)
      memset(block->out[c], 0, h->n_frames * sizeof(float));
    else
      memcpy(block->out[c], sq_seat_channel(seat->memory, &h->layout, first + c), h->n_frames * sizeof(float));
  }
  for (uint32_t c = 0; block->extra && c < block->n_extra && c < h->shape.n_extra; c++)
    if (block->extra[c])
      memcpy(block->extra[c], sq_seat_channel(seat->memory, &h->layout, first + h->shape.n_out + c),
             h->n_frames * sizeof(float));
  take_events(out, block->events_out, h);
  for (uint32_t i = 0; h->type->output_value && i < h->shape.n_params; i++)
    h->outputs[i] = checked(out->outputs[i]);
  const uint32_t latency = out->latency;
  if (latency <= SQ_HOSTED_MAX_LATENCY)
    atomic_store_explicit(&h->latency, latency, memory_order_relaxed);
  atomic_store_explicit(&h->tail, out->tail, memory_order_relaxed);
  return silent ? SQ_RT_SILENT : SQ_RT_SOUND;
}

/// The input as it was `latency` frames ago; an instrument has none.
static SqRtResult go_dry(SqRtHosted *h, const SqRtBlock *block) {
  const uint32_t n = h->n_frames, mask = h->past_size - 1;
  const uint32_t latency = atomic_load_explicit(&h->latency, memory_order_relaxed), most = h->past_size - n;
  const uint32_t from = h->past_at - n - (latency < most ? latency : most); // it may have grown since
  for (uint32_t c = 0; c < h->shape.n_out; c++) {
    const float *past = h->past + (size_t)(h->shape.n_in ? c % h->shape.n_in : 0) * h->past_size;
    for (uint32_t i = 0; i < n; i++)
      block->out[c][i] = h->shape.n_in ? past[(from + i) & mask] : 0.0F;
  }
  for (uint32_t c = 0; block->extra && c < block->n_extra; c++)
    if (block->extra[c])
      memset(block->extra[c], 0, n * sizeof(float));
  atomic_fetch_add_explicit(&h->dry_blocks, 1, memory_order_relaxed);
  return SQ_RT_SOUND;
}

static void join(SqRtHosted *h, const SqRtBlock *block, bool dry) {
  if (dry != h->dry) {
    for (uint32_t c = 0; c < h->shape.n_out; c++)
      h->offset[c] = h->last[c] - block->out[c][0];
    h->join_at = 0;
    h->dry = dry;
  }
  if (h->join_at < h->join_size) {
    const uint32_t left = h->join_size - h->join_at, n = h->n_frames < left ? h->n_frames : left;
    for (uint32_t c = 0; c < h->shape.n_out; c++)
      for (uint32_t i = 0; i < n; i++)
        block->out[c][i] += h->offset[c] * (1.0F - sq_dsp_smoother((float)(h->join_at + i) / (float)h->join_size));
    h->join_at += n;
  }
  for (uint32_t c = 0; c < h->shape.n_out; c++)
    h->last[c] = checked(block->out[c][h->n_frames - 1]);
}

SqRtResult sq_rt_hosted_collect(void *instance, const SqRtBlock *block) {
  SqRtHosted *h = instance;
  const SqHostSeat *seat = h->used;
  const bool answered = h->round && sq_rt_hop_wait(h->hops, seat->hop, h->round);
  if (h->round && !answered)
    h->gap = true;
  SqRtResult result = answered ? take_back(h, seat, block) : go_dry(h, block);
  const bool fading = h->join_at < h->join_size || h->dry == answered;
  join(h, block, !answered);
  if (fading)
    result = SQ_RT_SOUND;
  atomic_store(&h->busy, false);
  return result;
}

// ---- the rest -------------------------------------------------------------------------------------------------------

void sq_rt_hosted_reset(void *instance) {
  SqRtHosted *h = instance;
  h->resets++;
  h->join_at = h->join_size;
  memset(h->last, 0, h->shape.n_out * sizeof *h->last);
}

uint32_t sq_rt_hosted_latency(const void *instance) {
  return atomic_load_explicit(&((SqRtHosted *)(uintptr_t)instance)->latency, memory_order_relaxed);
}

uint32_t sq_rt_hosted_tail(const void *instance) {
  return atomic_load_explicit(&((SqRtHosted *)(uintptr_t)instance)->tail, memory_order_relaxed);
}

float sq_rt_hosted_output(const void *instance, uint32_t param) {
  return ((const SqRtHosted *)instance)->outputs[param];
}
