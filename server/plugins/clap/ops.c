// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What a hosted CLAP plug-in is asked beside its sound, and what it tells of itself; plug-in main thread.
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "plugins/clap/instance.h"
#include "plugins/clap/presets.h"

static const SqClapParam *param_of(const SqClapInstance *self, uint32_t param) {
  return param < self->kind->type.n_params ? &self->kind->params[self->kind->shown[param]] : NULL;
}

// ---- values ---------------------------------------------------------------------------------------------------------

static SqStatus value_text(void *instance, uint32_t param, double value, char *text, size_t size) {
  SqClapInstance *self = instance;
  const SqClapParam *p = param_of(self, param);
  if (!p || !size)
    return SQ_BAD_ARGS;
  sq_clap_world_enter(self->kind->world);
  const bool said = sq_clap_param_text(&self->units[0].guest, p->id, sq_clap_param_to_own(p, value), text, size);
  sq_clap_world_leave(self->kind->world);
  return said ? SQ_OK : SQ_UNSUPPORTED;
}

/// The index of a choice by its name; -1: there is none.
static int choice_of(const char *choices, const char *name) {
  const size_t length = strlen(name);
  for (int index = 0; choices && *choices; index++) {
    const size_t n = strcspn(choices, "|");
    if (n == length && strncasecmp(choices, name, n) == 0)
      return index;
    choices += n + (choices[n] == '|');
  }
  return -1;
}

static SqStatus text_value(void *instance, uint32_t param, const char *text, double *value) {
  SqClapInstance *self = instance;
  const SqClapParam *p = param_of(self, param);
  double own = NAN;
  if (!p)
    return SQ_BAD_ARGS;
  const int choice = choice_of(self->kind->type.params[param].choices, text);
  if (choice >= 0) {
    *value = choice;
    return SQ_OK;
  }
  const SqClapGuest *guest = &self->units[0].guest;
  sq_clap_world_enter(self->kind->world);
  const bool known = guest->can.params->text_to_value &&
                     guest->can.params->text_to_value(guest->plugin, p->id, text, &own) && isfinite(own);
  sq_clap_world_leave(self->kind->world);
  if (known)
    *value = sq_clap_param_from_own(p, own);
  return known ? SQ_OK : SQ_BAD_ARGS;
}

static double value_of(void *instance, uint32_t param) {
  SqClapInstance *self = instance;
  const SqClapParam *p = param_of(self, param);
  const SqClapGuest *guest = &self->units[0].guest;
  double own = NAN;
  if (!p)
    return 0;
  sq_clap_world_enter(self->kind->world);
  if (!guest->can.params->get_value(guest->plugin, p->id, &own))
    own = NAN;
  sq_clap_world_leave(self->kind->world);
  return sq_clap_param_from_own(p, own);
}

// ---- news -----------------------------------------------------------------------------------------------------------

static void tell(SqClapInstance *self, SqPluginNews what, uint32_t index, double value) {
  if (self->services && self->services->news)
    self->services->news(self->services->context, self, what, index, value);
}

static void tell_one(SqClapInstance *self, const SqClapTold *told) {
  tell(self, told->what, told->param,
       told->what == SQ_NEWS_VALUE ? sq_clap_param_from_own(param_of(self, told->param), told->own) : 0);
}

/// Tells what process() left; of several values of one parameter in a row the last.
static void tell_values(SqClapInstance *self) {
  SqClapTold told, next;
  bool any = sq_ring_read(&self->told, &told);
  for (bool more = any; any; any = more, told = next) {
    more = sq_ring_read(&self->told, &next);
    if (!more || told.what != SQ_NEWS_VALUE || next.what != SQ_NEWS_VALUE || next.param != told.param)
      tell_one(self, &told);
  }
  if (atomic_exchange_explicit(&self->told_lost, false, memory_order_relaxed))
    tell(self, SQ_NEWS_VALUES, 0, 0);
}

/// A plug-in that wants to be called, and is not: it sleeps, or is bypassed.
static void tell_wake(SqClapInstance *self, uint32_t asked) {
  const int64_t frame = __atomic_load_n(&self->units[0].process.steady_time, __ATOMIC_RELAXED);
  if (self->wants_process && frame == self->frame_then)
    tell(self, SQ_NEWS_WAKE, 0, 0);
  self->wants_process = asked & SQ_CLAP_ASKED_PROCESS;
  self->frame_then = frame;
}

static void tell_asked(SqClapInstance *self, uint32_t asked, bool latency) {
  if (latency)
    tell(self, SQ_NEWS_LATENCY, 0, 0);
  if (asked & SQ_CLAP_ASKED_VALUES)
    tell(self, SQ_NEWS_VALUES, 0, 0);
  if (asked & SQ_CLAP_ASKED_SAVE)
    tell(self, SQ_NEWS_STATE, 0, 0);
  if (asked & SQ_CLAP_ASKED_SIZE) {
    const uint64_t size = atomic_load_explicit(&self->units[0].guest.size, memory_order_relaxed);
    tell(self, SQ_NEWS_EDITOR_SIZE, (uint32_t)(size >> 32), (double)(uint32_t)size);
  }
  if (asked & SQ_CLAP_ASKED_CLOSED)
    tell(self, SQ_NEWS_EDITOR_CLOSED, 0, 0);
  // one that asks though no value was set would ask again when made anew
  const bool again = (asked & SQ_CLAP_ASKED_RESTART) && atomic_load_explicit(&self->touched, memory_order_relaxed);
  if (again || (asked & SQ_CLAP_ASKED_REMAKE))
    tell(self, SQ_NEWS_RESTART, 0, 0);
}

/// Nothing is told while the world is entered: whoever listens may hold locks of its own.
static void idle(void *instance) {
  SqClapInstance *self = instance;
  uint32_t asked = 0;
  bool latency = false;
  sq_clap_world_enter(self->kind->world);
  for (uint32_t u = 0; u < self->n_units; u++) {
    SqClapGuest *guest = &self->units[u].guest;
    if (atomic_load_explicit(&guest->asked, memory_order_relaxed) & SQ_CLAP_ASKED_CALLBACK) {
      atomic_fetch_and_explicit(&guest->asked, ~(uint32_t)SQ_CLAP_ASKED_CALLBACK, memory_order_acquire);
      if (guest->plugin->on_main_thread)
        guest->plugin->on_main_thread(guest->plugin);
    }
    sq_clap_loop_serve(guest);
    // what it asks for in a callback is answered next time: it may ask again and again
    asked |= atomic_fetch_and_explicit(&guest->asked, SQ_CLAP_ASKED_CALLBACK, memory_order_acquire);
  }
  if (asked & (SQ_CLAP_ASKED_LATENCY | SQ_CLAP_ASKED_RESTART))
    latency = sq_clap_instance_look_at_latency(self);
  sq_clap_world_leave(self->kind->world);
  tell_values(self);
  tell_wake(self, asked);
  tell_asked(self, asked, latency);
}

const SqPluginOps sq_clap_ops = {.value_text = value_text,
                                 .text_value = text_value,
                                 .value = value_of,
                                 .n_presets = sq_clap_presets_count,
                                 .preset_name = sq_clap_presets_name,
                                 .preset_load = sq_clap_presets_load,
                                 .restore = sq_clap_state_restore,
                                 .idle = idle,
                                 .editor_size = sq_clap_editor_size,
                                 .editor_open = sq_clap_editor_open,
                                 .editor_close = sq_clap_editor_close};
