// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/vst2/host.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plugins/midi.h"
#include "plugins/text.h"

#define SQ_VST2_PLUGIN_EVENTS 65536 ///< of one call: a count beyond is a lie

/// Whose effect is being made by this thread: within the entry the callback gets no effect, or one without `user`.
static _Thread_local SqVst2Host *vst2_opening;

// ---- questions of plug-ins ------------------------------------------------------------------------------------------

/// True on the audio thread while it is in the plug-in: only then its block is there.
static bool in_run(const SqVst2Host *host) {
  return host->run && atomic_load_explicit(&host->run->on, memory_order_relaxed) &&
         host->run->thread == __builtin_thread_pointer();
}

/// The time at the first frame of the piece; beats are quarter notes on both sides.
static intptr_t time_of(SqVst2Host *host) {
  if (!in_run(host) || !host->run->block->time)
    return 0;
  const SqRtTime *from = host->run->block->time;
  SqVst2Time *to = &host->run->time;
  uint32_t at = from->rolling ? host->run->at : 0;
  uint32_t unit = from->beat_unit ? from->beat_unit : 4, per_bar = from->beats_per_bar ? from->beats_per_bar : 4;
  double bar = per_bar * 4.0 / unit;
  *to = (SqVst2Time){.rate_hz = host->rate_hz, .bpm = from->bpm};
  to->frame = (double)(from->position_frames + at);
  to->beats = from->beats + at / host->rate_hz * from->bpm / 60;
  to->bar_beats = floor(to->beats / bar) * bar;
  to->beats_per_bar = (int32_t)per_bar;
  to->beat_unit = (int32_t)unit;
  to->flags = SQ_VST2_TIME_BEATS | SQ_VST2_TIME_TEMPO | SQ_VST2_TIME_BAR | SQ_VST2_TIME_METRE;
  to->flags |= from->rolling ? SQ_VST2_TIME_ROLLING : 0;
  to->flags |= from->changed && host->run->at == 0 ? SQ_VST2_TIME_CHANGED : 0;
  return (intptr_t)to;
}

/// MIDI that the plug-in makes in its block.
static intptr_t take_events(SqVst2Host *host, const SqVst2Events *events) {
  if (!events || !in_run(host) || events->n < 0 || events->n > SQ_VST2_PLUGIN_EVENTS)
    return 0;
  const SqVst2Run *run = host->run;
  for (int32_t i = 0; i < events->n; i++) {
    const SqVst2Midi *e = events->events[i];
    if (!e || e->kind != SQ_VST2_MIDI)
      continue;
    uint32_t last = run->block->n_frames - run->at - 1;
    uint32_t frame = e->frame < 0 ? 0 : (uint32_t)e->frame < last ? (uint32_t)e->frame : last;
    sq_rt_midi_collect(e->bytes, run->at + frame, run->block->events_out);
  }
  return 1;
}

static void set_bit(_Atomic uint32_t *bits, int32_t index) {
  atomic_fetch_or_explicit(&bits[index / 32], 1u << (index % 32), memory_order_relaxed);
}

/// A hand in the window, or the plug-in itself, changed a parameter.
static intptr_t hear_param(SqVst2Host *host, SqVst2HostAsk ask, int32_t index, float value) {
  SqVst2Heard *heard = host->heard;
  if (!heard || index < 0 || (uint32_t)index >= heard->n_params || (in_run(host) && host->run->setting == index))
    return 0;
  if (ask == SQ_VST2_HOST_AUTOMATE) {
    if (value >= 0 && value <= 1)
      atomic_store_explicit(&heard->values[index], value, memory_order_relaxed);
    set_bit(heard->touched, index);
  } else {
    set_bit(ask == SQ_VST2_HOST_BEGIN_EDIT ? heard->begun : heard->ended, index);
  }
  atomic_store_explicit(&heard->any, true, memory_order_release);
  return 1;
}

static intptr_t hear_flag(_Atomic bool *flag) {
  if (flag)
    atomic_store_explicit(flag, true, memory_order_release);
  return flag != NULL;
}

static intptr_t hear_size(SqVst2Heard *heard, int32_t width, intptr_t height) {
  if (!heard || width < 1 || width > INT16_MAX || height < 1 || height > INT16_MAX)
    return 0;
  atomic_store_explicit(&heard->size, (uint64_t)width << 32 | (uint64_t)height, memory_order_release);
  return 1;
}

static intptr_t can_do(const char *what) {
  static const char *const able[] = {"sendVstEvents",    "sendVstMidiEvent",    "sendVstTimeInfo",
                                     "receiveVstEvents", "receiveVstMidiEvent", "sizeWindow",
                                     "shellCategory",    "startStopProcess",    "acceptIOChanges"};
  for (size_t i = 0; what && i < sizeof able / sizeof able[0]; i++)
    if (strcmp(what, able[i]) == 0)
      return 1;
  return 0;
}

static intptr_t say(void *to, const char *text) {
  if (to)
    memcpy(to, text, strlen(text) + 1); // no name of ours is longer than the 64 bytes that are promised
  return to != NULL;
}

/// Questions that need no effect.
static intptr_t answer_of_all(SqVst2HostAsk ask, void *ptr) {
  switch (ask) {
  case SQ_VST2_HOST_VERSION:
    return SQ_VST2_VERSION;
  case SQ_VST2_HOST_WANT_MIDI:
  case SQ_VST2_HOST_LANGUAGE: // English
    return 1;
  case SQ_VST2_HOST_VENDOR:
  case SQ_VST2_HOST_PRODUCT:
    return say(ptr, "squeezed");
  case SQ_VST2_HOST_VENDOR_VERSION:
    return 1;
  case SQ_VST2_HOST_CAN_DO:
    return can_do(ptr);
  default:
    return 0;
  }
}

static intptr_t answer(SqVst2Effect *effect, int32_t ask, int32_t index, intptr_t value, void *ptr, float number) {
  SqVst2Host *host = vst2_opening ? vst2_opening : effect ? effect->user : NULL;
  SqVst2Heard *heard = host ? host->heard : NULL;
  if (!host)
    return answer_of_all((SqVst2HostAsk)ask, ptr);
  switch (ask) {
  case SQ_VST2_HOST_AUTOMATE:
  case SQ_VST2_HOST_BEGIN_EDIT:
  case SQ_VST2_HOST_END_EDIT:
    return hear_param(host, (SqVst2HostAsk)ask, index, number);
  case SQ_VST2_HOST_CURRENT_ID:
    return host->shell_id;
  case SQ_VST2_HOST_TIME:
    return time_of(host);
  case SQ_VST2_HOST_EVENTS:
    return take_events(host, ptr);
  case SQ_VST2_HOST_IO_CHANGED:
    return hear_flag(heard ? &heard->io : NULL);
  case SQ_VST2_HOST_NEED_IDLE:
    return hear_flag(heard ? &heard->idle : NULL);
  case SQ_VST2_HOST_DISPLAY:
    return hear_flag(heard ? &heard->display : NULL);
  case SQ_VST2_HOST_SIZE_WINDOW:
    return hear_size(heard, index, value);
  case SQ_VST2_HOST_RATE:
    return (intptr_t)host->rate_hz;
  case SQ_VST2_HOST_BLOCK:
    return (intptr_t)host->max_block;
  case SQ_VST2_HOST_LEVEL:
    return host->offline ? 4 : in_run(host) ? 2 : 1;
  default:
    return answer_of_all((SqVst2HostAsk)ask, ptr);
  }
}

// ---- life -----------------------------------------------------------------------------------------------------------

static const char *fault_of(const SqVst2Effect *e) {
  if (!e || e->magic != SQ_VST2_MAGIC)
    return "its entry makes no effect";
  if (!e->dispatcher || !e->set_param || !e->get_param)
    return "it lacks a function that every plug-in has";
  if (!(e->flags & SQ_VST2_CAN_REPLACE) || !e->replace)
    return "it can only add to what is there, not replace it";
  return NULL;
}

SqStatus sq_vst2_host_open(SqVst2Host *host, SqVst2Entry entry, char *error, size_t error_size) {
  SqVst2Host *before = vst2_opening; // one that makes another
  vst2_opening = host;
  SqVst2Effect *effect = entry(answer);
  vst2_opening = before;
  const char *fault = fault_of(effect);
  if (fault) {
    snprintf(error, error_size, "%s", fault);
    return SQ_UNSUPPORTED; // what is no effect cannot be asked to go
  }
  effect->user = host;
  host->effect = effect;
  sq_vst2_ask(effect, SQ_VST2_OPEN, 0, 0, NULL);
  effect->dispatcher(effect, SQ_VST2_SET_RATE, 0, 0, NULL, (float)host->rate_hz);
  sq_vst2_ask(effect, SQ_VST2_SET_BLOCK, 0, host->max_block, NULL);
  return SQ_OK;
}

void sq_vst2_host_close(SqVst2Host *host) {
  if (host->effect)
    sq_vst2_ask(host->effect, SQ_VST2_CLOSE, 0, 0, NULL);
  host->effect = NULL;
}

bool sq_vst2_host_text(SqVst2Host *host, SqVst2Ask ask, int32_t index, char *text, size_t size) {
  char room[SQ_VST2_TEXT] = "";
  sq_vst2_ask(host->effect, ask, index, 0, room);
  sq_plugin_text(text, size, room, sizeof room);
  return *text != '\0';
}

bool sq_vst2_host_can(SqVst2Host *host, const char *what) {
  char text[32];
  snprintf(text, sizeof text, "%s", what);
  return sq_vst2_ask(host->effect, SQ_VST2_CAN_DO, 0, 0, text) > 0;
}
