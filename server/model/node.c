// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/node.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

char *sq_text_copy(const char *text) {
  if (!text)
    return NULL;
  const size_t n = strlen(text) + 1;
  char *copy = sq_alloc(n, 1);
  memcpy(copy, text, n);
  return copy;
}

static void name_copy(char *to, const char *from) {
  size_t n = strlen(from);
  n = n > SQ_MAX_NAME ? SQ_MAX_NAME : n;
  memcpy(to, from, n);
  to[n] = 0;
}

// ---- shared ---------------------------------------------------------------------------------------------------------

SqShared *sq_shared_new(const void *data, size_t size) {
  SqShared *shared = sq_alloc(1, sizeof *shared + size + 1);
  shared->references = 1;
  shared->size = size;
  memcpy(shared->data, data, size);
  return shared;
}

SqShared *sq_shared_ref(SqShared *shared) {
  if (shared)
    atomic_fetch_add(&shared->references, 1);
  return shared;
}

void sq_shared_unref(SqShared *shared) {
  if (shared && atomic_fetch_sub(&shared->references, 1) == 1)
    free(shared);
}

// ---- processors -----------------------------------------------------------------------------------------------------

SqProc *sq_proc_new(const char *type, const char *name) {
  SqProc *proc = sq_alloc(1, sizeof *proc);
  proc->type = sq_text_copy(type);
  name_copy(proc->name, name);
  return proc;
}

static SqKey *keys_copy(const SqKey *keys, uint32_t n) {
  if (!n)
    return NULL;
  SqKey *copy = sq_alloc(n, sizeof *copy);
  for (uint32_t i = 0; i < n; i++)
    copy[i] = (SqKey){sq_text_copy(keys[i].key), sq_text_copy(keys[i].value)};
  return copy;
}

static void keys_free(SqKey *keys, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    free(keys[i].key);
    free(keys[i].value);
  }
  free(keys);
}

SqProc *sq_proc_copy(const SqProc *proc) {
  SqProc *copy = sq_alloc(1, sizeof *copy);
  *copy = *proc;
  copy->params = NULL; // also where there are none of them: nothing is owned twice
  copy->zones = NULL;
  copy->type = sq_text_copy(proc->type);
  copy->keys = keys_copy(proc->keys, proc->n_keys);
  copy->wishes = keys_copy(proc->wishes, proc->n_wishes);
  copy->state = sq_shared_ref(proc->state);
  sq_shared_ref(proc->unknown);
  sq_shared_ref(proc->unknown_params);
  if (proc->n_params) {
    copy->params = sq_alloc(proc->n_params, sizeof *copy->params);
    memcpy(copy->params, proc->params, proc->n_params * sizeof *copy->params);
  }
  if (proc->n_zones) {
    copy->zones = sq_alloc(proc->n_zones, sizeof *copy->zones);
    for (uint32_t i = 0; i < proc->n_zones; i++) {
      copy->zones[i] = proc->zones[i];
      copy->zones[i].path = sq_text_copy(proc->zones[i].path);
      sq_shared_ref(proc->zones[i].unknown);
    }
  }
  return copy;
}

void sq_proc_free(SqProc *proc) {
  if (!proc)
    return;
  keys_free(proc->keys, proc->n_keys);
  keys_free(proc->wishes, proc->n_wishes);
  for (uint32_t i = 0; i < proc->n_zones; i++) {
    free(proc->zones[i].path);
    sq_shared_unref(proc->zones[i].unknown);
  }
  free(proc->zones);
  sq_shared_unref(proc->unknown);
  sq_shared_unref(proc->unknown_params);
  sq_shared_unref(proc->state);
  free(proc->params);
  free(proc->type);
  free(proc);
}

void sq_proc_set_key(SqProc *proc, const char *key, const char *value) {
  for (uint32_t i = 0; i < proc->n_keys; i++)
    if (strcmp(proc->keys[i].key, key) == 0) {
      free(proc->keys[i].value);
      proc->keys[i].value = sq_text_copy(value);
      return;
    }
  proc->keys = sq_realloc(proc->keys, proc->n_keys + 1, sizeof *proc->keys);
  proc->keys[proc->n_keys++] = (SqKey){sq_text_copy(key), sq_text_copy(value)};
}

void sq_proc_add_wish(SqProc *proc, const char *symbol, const char *value) {
  proc->wishes = sq_realloc(proc->wishes, proc->n_wishes + 1, sizeof *proc->wishes);
  proc->wishes[proc->n_wishes++] = (SqKey){sq_text_copy(symbol), sq_text_copy(value)};
}

void sq_proc_clear_wishes(SqProc *proc) {
  keys_free(proc->wishes, proc->n_wishes);
  proc->wishes = NULL;
  proc->n_wishes = 0;
}

const char *sq_proc_key(const SqProc *proc, const char *key) {
  for (uint32_t i = 0; i < proc->n_keys; i++)
    if (strcmp(proc->keys[i].key, key) == 0)
      return proc->keys[i].value;
  return NULL;
}

void sq_proc_add_zone(SqProc *proc, const SqZone *zone) {
  proc->zones = sq_realloc(proc->zones, proc->n_zones + 1, sizeof *proc->zones);
  SqZone *to = &proc->zones[proc->n_zones++];
  *to = *zone;
  to->path = sq_text_copy(zone->path);
}

void sq_proc_remove_zone(SqProc *proc, SqHandle zone) {
  for (uint32_t i = 0; i < proc->n_zones; i++)
    if (proc->zones[i].handle == zone) {
      free(proc->zones[i].path);
      sq_shared_unref(proc->zones[i].unknown);
      proc->n_zones--;
      memmove(proc->zones + i, proc->zones + i + 1, (proc->n_zones - i) * sizeof *proc->zones);
      return;
    }
}

// ---- strips ---------------------------------------------------------------------------------------------------------

SqStrip *sq_strip_new(SqStripKind kind, const char *name, uint32_t n_channels) {
  SqStrip *strip = sq_alloc(1, sizeof *strip);
  strip->references = 1;
  strip->kind = kind;
  strip->n_channels = n_channels;
  strip->output = kind == SQ_STRIP_MASTER ? 0 : SQ_HANDLE_MASTER;
  strip->numbers[SQ_STRIP_PAN_LAW] = n_channels == 1 ? SQ_PAN_EQUAL_POWER : SQ_PAN_BALANCE;
  name_copy(strip->name, name);
  return strip;
}

SqStrip *sq_strip_copy(const SqStrip *strip) {
  SqStrip *copy = sq_alloc(1, sizeof *copy);
  memcpy(copy, strip, sizeof *copy);
  copy->references = 1;
  copy->label = sq_text_copy(strip->label);
  copy->color = sq_text_copy(strip->color);
  sq_shared_ref(strip->unknown);
  copy->generator = strip->generator ? sq_proc_copy(strip->generator) : NULL;
  copy->chain = NULL;
  copy->sends = NULL;
  if (strip->n_chain) {
    copy->chain = sq_alloc(strip->n_chain, sizeof *copy->chain);
    for (uint32_t i = 0; i < strip->n_chain; i++)
      copy->chain[i] = sq_proc_copy(strip->chain[i]);
  }
  if (strip->n_sends) {
    copy->sends = sq_alloc(strip->n_sends, sizeof *copy->sends);
    memcpy(copy->sends, strip->sends, strip->n_sends * sizeof *copy->sends);
    for (uint32_t i = 0; i < strip->n_sends; i++)
      sq_shared_ref(strip->sends[i].unknown);
  }
  return copy;
}

SqStrip *sq_strip_ref(SqStrip *strip) {
  if (strip)
    atomic_fetch_add(&strip->references, 1);
  return strip;
}

void sq_strip_unref(SqStrip *strip) {
  if (!strip || atomic_fetch_sub(&strip->references, 1) != 1)
    return;
  for (uint32_t i = 0; i < strip->n_chain; i++)
    sq_proc_free(strip->chain[i]);
  sq_proc_free(strip->generator);
  for (uint32_t i = 0; i < strip->n_sends; i++)
    sq_shared_unref(strip->sends[i].unknown);
  free(strip->chain);
  free(strip->sends);
  free(strip->label);
  free(strip->color);
  sq_shared_unref(strip->unknown);
  free(strip);
}

void sq_strip_insert(SqStrip *strip, SqProc *proc, uint32_t at) {
  if (at > strip->n_chain)
    at = strip->n_chain;
  strip->chain = sq_realloc(strip->chain, strip->n_chain + 1, sizeof *strip->chain);
  memmove(strip->chain + at + 1, strip->chain + at, (strip->n_chain - at) * sizeof *strip->chain);
  strip->chain[at] = proc;
  strip->n_chain++;
}

SqProc *sq_strip_take(SqStrip *strip, SqHandle handle) {
  for (uint32_t i = 0; i < strip->n_chain; i++)
    if (strip->chain[i]->handle == handle) {
      SqProc *proc = strip->chain[i];
      strip->n_chain--;
      memmove(strip->chain + i, strip->chain + i + 1, (strip->n_chain - i) * sizeof *strip->chain);
      return proc;
    }
  return NULL;
}

SqProc *sq_strip_proc(const SqStrip *strip, SqHandle handle) {
  if (strip->generator && strip->generator->handle == handle)
    return strip->generator;
  for (uint32_t i = 0; i < strip->n_chain; i++)
    if (strip->chain[i]->handle == handle)
      return strip->chain[i];
  return NULL;
}

SqProc *sq_strip_proc_named(const SqStrip *strip, const char *name) {
  for (uint32_t i = 0; i < strip->n_chain; i++)
    if (strcmp(strip->chain[i]->name, name) == 0)
      return strip->chain[i];
  return NULL;
}

SqSend *sq_strip_send(const SqStrip *strip, SqHandle handle) {
  for (uint32_t i = 0; i < strip->n_sends; i++)
    if (strip->sends[i].handle == handle)
      return &strip->sends[i];
  return NULL;
}

SqSend *sq_strip_send_to(const SqStrip *strip, SqHandle bus) {
  for (uint32_t i = 0; i < strip->n_sends; i++)
    if (strip->sends[i].bus == bus)
      return &strip->sends[i];
  return NULL;
}

SqSend *sq_strip_add_send(SqStrip *strip, SqHandle handle, SqHandle bus) {
  strip->sends = sq_realloc(strip->sends, strip->n_sends + 1, sizeof *strip->sends);
  SqSend *send = &strip->sends[strip->n_sends++];
  *send = (SqSend){.handle = handle, .bus = bus};
  send->numbers[SQ_SEND_TAP] = SQ_TAP_POST;
  return send;
}

void sq_strip_remove_send(SqStrip *strip, SqHandle handle) {
  for (uint32_t i = 0; i < strip->n_sends; i++)
    if (strip->sends[i].handle == handle) {
      sq_shared_unref(strip->sends[i].unknown);
      strip->n_sends--;
      memmove(strip->sends + i, strip->sends + i + 1, (strip->n_sends - i) * sizeof *strip->sends);
      return;
    }
}
