// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/vst3/stream.h"

#include <stdlib.h>
#include <string.h>

#include "plugins/vst3/host.h"

/// Makes room for `size` bytes in all; what is new is zero.
static bool reserve(SqVst3Memory *m, size_t size) {
  if (m->borrowed || size > SQ_VST3_STREAM_MOST)
    return false;
  if (size <= m->room)
    return true;
  size_t room = m->room ? m->room : 1024;
  while (room < size)
    room *= 2;
  uint8_t *grown = realloc(m->data, room);
  if (!grown)
    return false;
  memset(grown + m->room, 0, room - m->room);
  m->data = grown;
  m->room = room;
  return true;
}

static SqVst3Result query(void *self, const SqVst3Id id, void **object) {
  return sq_vst3_answer(self, id, sq_vst3_id_stream, object);
}

static SqVst3Result read_bytes(void *self, void *to, int32_t n, int32_t *n_read) {
  SqVst3Memory *m = self;
  if (n_read)
    *n_read = 0;
  if (!to || n < 0)
    return SQ_VST3_BAD_ARGUMENT;
  size_t left = m->at < m->size ? m->size - m->at : 0, take = left < (size_t)n ? left : (size_t)n;
  if (take)
    memcpy(to, m->data + m->at, take);
  m->at += take;
  if (n_read)
    *n_read = (int32_t)take;
  return SQ_VST3_OK; // the end is no error: fewer bytes say it
}

static SqVst3Result write_bytes(void *self, void *from, int32_t n, int32_t *n_written) {
  SqVst3Memory *m = self;
  if (n_written)
    *n_written = 0;
  if (n < 0 || (n && !from))
    return SQ_VST3_BAD_ARGUMENT;
  if (!reserve(m, m->at + (size_t)n))
    return SQ_VST3_NO_MEMORY;
  if (n)
    memcpy(m->data + m->at, from, (size_t)n);
  m->at += (size_t)n;
  m->size = m->at > m->size ? m->at : m->size;
  if (n_written)
    *n_written = n;
  return SQ_VST3_OK;
}

static SqVst3Result seek(void *self, int64_t to, int32_t from, int64_t *at) {
  SqVst3Memory *m = self;
  int64_t base = from == 0 ? 0 : from == 1 ? (int64_t)m->at : from == 2 ? (int64_t)m->size : -1;
  if (base < 0 || to < -base || to > (int64_t)SQ_VST3_STREAM_MOST - base)
    return SQ_VST3_BAD_ARGUMENT;
  m->at = (size_t)(base + to);
  if (at)
    *at = (int64_t)m->at;
  return SQ_VST3_OK;
}

static SqVst3Result tell(void *self, int64_t *at) {
  SqVst3Memory *m = self;
  if (!at)
    return SQ_VST3_BAD_ARGUMENT;
  *at = (int64_t)m->at;
  return SQ_VST3_OK;
}

static const SqVst3StreamTable table = {query, sq_vst3_retain, sq_vst3_release, read_bytes, write_bytes, seek, tell};

void sq_vst3_memory_init(SqVst3Memory *memory) {
  *memory = (SqVst3Memory){.object = {&table}};
}

void sq_vst3_memory_init_read(SqVst3Memory *memory, const void *data, size_t size) {
  *memory = (SqVst3Memory){.object = {&table}, .data = (uint8_t *)(uintptr_t)data, .size = size, .borrowed = true};
}

void sq_vst3_memory_cleanup(SqVst3Memory *memory) {
  if (!memory->borrowed)
    free(memory->data);
  *memory = (SqVst3Memory){.object = {&table}};
}

bool sq_vst3_memory_append(SqVst3Memory *memory, const void *data, size_t size) {
  if (!reserve(memory, memory->size + size))
    return false;
  if (size)
    memcpy(memory->data + memory->size, data, size);
  memory->size += size;
  return true;
}
