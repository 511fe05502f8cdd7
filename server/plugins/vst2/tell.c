// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What a hosted VST2 plug-in tells, and its window; plug-in main thread.
#include "plugins/vst2/instance.h"

#define SQ_VST2_WIDTH 640 ///< pixels of a window until its editor says more
#define SQ_VST2_HEIGHT 480

static void tell(SqVst2Instance *self, SqPluginNews what, uint32_t index, double value) {
  if (self->services && self->services->news)
    self->services->news(self->services->context, self, (uint32_t)what, index, value);
}

// ---- parameters -----------------------------------------------------------------------------------------------------

static bool bit(uint32_t word, uint32_t i) {
  return word >> (i % 32) & 1;
}

/// Tells of 32 parameters: hands on, values, hands off.
static void tell_word(SqVst2Instance *self, uint32_t word) {
  SqVst2Heard *heard = &self->heard;
  uint32_t begun = atomic_exchange(&heard->begun[word], 0), ended = atomic_exchange(&heard->ended[word], 0);
  uint32_t touched = atomic_exchange(&heard->touched[word], 0);
  for (uint32_t i = word * 32; (begun | ended | touched) && i < heard->n_params && i < word * 32 + 32; i++) {
    if (bit(begun, i))
      tell(self, SQ_NEWS_GESTURE_BEGIN, i, 0);
    if (bit(touched, i)) {
      float norm = sq_vst2_norm(self, i);
      for (SqVst2Unit *unit = self->units + 1; unit < self->units_end; unit++)
        unit->effect->set_param(unit->effect, (int32_t)i, norm);
      tell(self, SQ_NEWS_VALUE, i, sq_vst2_from_norm(self->plugin, i, norm));
    }
    if (bit(ended, i))
      tell(self, SQ_NEWS_GESTURE_END, i, 0);
  }
}

static void tell_size(SqVst2Instance *self) {
  uint64_t size = atomic_exchange(&self->heard.size, 0);
  if (size)
    tell(self, SQ_NEWS_EDITOR_SIZE, (uint32_t)(size >> 32), (double)(uint32_t)size);
}

/// Its channels changed: it must be made anew. Its latency changed: so it is now.
static void tell_io(SqVst2Instance *self) {
  const SqVst2Effect *e = self->units[0].effect;
  const SqVst2Plugin *p = self->plugin;
  uint32_t latency = sq_vst2_instance_latency(self);
  if (atomic_exchange(&self->heard.io, false) &&
      (e->n_ins != p->n_ins || e->n_outs != p->n_outs || e->n_params != (int32_t)p->type.n_params))
    tell(self, SQ_NEWS_RESTART, 0, 0);
  if (latency != self->told_latency) {
    self->told_latency = latency;
    tell(self, SQ_NEWS_LATENCY, 0, latency);
  }
}

void sq_vst2_instance_idle(void *instance) {
  SqVst2Instance *self = instance;
  SqVst2Heard *heard = &self->heard;
  for (SqVst2Unit *unit = self->units; unit < self->units_end; unit++)
    if (atomic_load(&heard->idle))
      sq_vst2_ask(unit->effect, SQ_VST2_IDLE, 0, 0, NULL);
  if (self->window)
    sq_vst2_ask(self->units[0].effect, SQ_VST2_EDITOR_IDLE, 0, 0, NULL);
  tell_io(self);
  if (atomic_exchange(&heard->display, false)) {
    sq_vst2_instance_ask_values(self);
    tell(self, SQ_NEWS_VALUES, 0, 0);
  }
  if (atomic_exchange(&heard->any, false))
    for (uint32_t word = 0; word * 32 < heard->n_params; word++)
      tell_word(self, word);
  tell_size(self);
}

// ---- window ---------------------------------------------------------------------------------------------------------

/// The size that the editor tells; false: none that can be one (some tell it only while open).
static bool read_rect(SqVst2Instance *self, uint32_t *width, uint32_t *height) {
  SqVst2Rect *rect = NULL;
  sq_vst2_ask(self->units[0].effect, SQ_VST2_EDITOR_RECT, 0, 0, &rect);
  if (!rect || rect->right <= rect->left || rect->bottom <= rect->top)
    return false;
  *width = (uint32_t)(rect->right - rect->left);
  *height = (uint32_t)(rect->bottom - rect->top);
  return true;
}

SqStatus sq_vst2_editor_size(void *instance, uint32_t *width, uint32_t *height) {
  SqVst2Instance *self = instance;
  if (!(self->plugin->flags & SQ_VST2_HAS_EDITOR))
    return SQ_UNSUPPORTED;
  if (!read_rect(self, width, height)) {
    *width = SQ_VST2_WIDTH;
    *height = SQ_VST2_HEIGHT;
  }
  return SQ_OK;
}

SqStatus sq_vst2_editor_open(void *instance, const SqEditorSetup *setup) {
  SqVst2Instance *self = instance;
  uint32_t width, height;
  if (!(self->plugin->flags & SQ_VST2_HAS_EDITOR) || !setup->window)
    return SQ_UNSUPPORTED;
  if (self->window)
    return SQ_OK;
  atomic_store(&self->heard.size, 0);
  sq_vst2_ask(self->units[0].effect, SQ_VST2_EDITOR_OPEN, 0, 0, (void *)(uintptr_t)setup->window); // answers vary
  self->window = true;
  if (!atomic_load(&self->heard.size) && read_rect(self, &width, &height))
    tell(self, SQ_NEWS_EDITOR_SIZE, width, height);
  tell_size(self);
  return SQ_OK;
}

void sq_vst2_editor_close(void *instance) {
  SqVst2Instance *self = instance;
  if (self->window)
    sq_vst2_ask(self->units[0].effect, SQ_VST2_EDITOR_CLOSE, 0, 0, NULL);
  self->window = false;
}
