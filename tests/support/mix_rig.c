// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/mix_rig.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "link/text.h"

#define RUN_MAX 16384u

uint32_t mix_random(uint32_t *seed) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 17;
  *seed ^= *seed << 5;
  return *seed;
}

static void notice(void *context, const SqNotice *n) {
  ((MixRig *)context)->notices[n->kind]++;
}

void mix_open(MixRig *rig, uint32_t n_channels, uint32_t n_in, uint64_t frame) {
  *rig = (MixRig){.n_in = n_in, .n_out = n_channels, .seed = 1, .in_frame = frame};
  rig->doc = sq_doc_new(n_channels);
  rig->jobs = sq_jobs_new(1);
  sq_edits_init(&rig->edits, rig->doc);
  const SqLinkConfig config = {.rate = MIX_RATE,
                               .n_in = n_in,
                               .n_out = n_channels,
                               .ceiling_db = 100.0,
                               .offline = true,
                               .jobs = rig->jobs,
                               .context = rig,
                               .notice = notice};
  assert_int_equal(sq_link_new(&config, rig->doc, &rig->link), SQ_OK);
  SqRtEngine *engine = sq_link_engine(rig->link);
  engine->frame = frame;
  atomic_store(&engine->frame_now, frame);
  sq_link_set_stopped(rig->link, false);
}

void mix_close(MixRig *rig) {
  sq_jobs_free(rig->jobs);
  sq_link_free(rig->link);
  sq_edits_cleanup(&rig->edits);
  sq_doc_free(rig->doc);
}

static SqProc *proc_new(MixRig *rig, const char *id, const char *name) {
  const SqProcessorType *type = sq_link_builtin(id);
  assert_non_null(type);
  SqProc *proc = sq_proc_new(id, name);
  proc->handle = sq_doc_next_handle(rig->doc);
  proc->n_params = type->n_params;
  proc->params = malloc((type->n_params + 1) * sizeof *proc->params);
  for (uint32_t i = 0; i < type->n_params; i++)
    proc->params[i] = type->params[i].def;
  return proc;
}

static SqHandle strip_add(MixRig *rig, SqStripKind kind, const char *name, uint32_t n_channels, const char *type) {
  SqStrip *strip = sq_strip_new(kind, name, n_channels);
  strip->handle = sq_doc_next_handle(rig->doc);
  strip->sequence = sq_doc_next_sequence(rig->doc);
  strip->output = SQ_HANDLE_MASTER;
  strip->generator = type ? proc_new(rig, type, "generator") : NULL;
  const SqHandle handle = strip->handle;
  sq_edits_put(&rig->edits, strip);
  return handle;
}

SqHandle mix_source(MixRig *rig, const char *name, uint32_t n_channels, const char *type) {
  return strip_add(rig, SQ_STRIP_SOURCE, name, n_channels, type);
}

SqHandle mix_bus(MixRig *rig, const char *name, uint32_t n_channels) {
  return strip_add(rig, SQ_STRIP_BUS, name, n_channels, NULL);
}

void mix_remove(MixRig *rig, SqHandle strip) {
  assert_int_equal(sq_edits_remove(&rig->edits, strip), SQ_OK);
}

static SqStrip *copy(const MixRig *rig, SqHandle strip) {
  const SqStrip *node = sq_doc_strip(rig->doc, strip);
  assert_non_null(node);
  return sq_strip_copy(node);
}

SqHandle mix_insert(MixRig *rig, SqHandle strip, const char *type, uint32_t at) {
  SqStrip *after = copy(rig, strip);
  SqProc *proc = proc_new(rig, type, type);
  sq_strip_insert(after, proc, at);
  sq_edits_put(&rig->edits, after);
  return proc->handle;
}

void mix_take(MixRig *rig, SqHandle strip, SqHandle proc) {
  SqStrip *after = copy(rig, strip);
  sq_proc_free(sq_strip_take(after, proc));
  sq_edits_put(&rig->edits, after);
}

void mix_move(MixRig *rig, SqHandle strip, SqHandle proc, uint32_t at) {
  SqStrip *after = copy(rig, strip);
  sq_strip_insert(after, sq_strip_take(after, proc), at);
  sq_edits_put(&rig->edits, after);
}

SqHandle mix_send(MixRig *rig, SqHandle strip, SqHandle bus, SqTapPoint tap, double gain_db) {
  SqStrip *after = copy(rig, strip);
  SqSend *send = sq_strip_add_send(after, sq_doc_next_handle(rig->doc), bus);
  send->numbers[SQ_SEND_TAP] = tap;
  send->numbers[SQ_SEND_GAIN_DB] = gain_db;
  const SqHandle handle = send->handle;
  sq_edits_put(&rig->edits, after);
  return handle;
}

void mix_unsend(MixRig *rig, SqHandle strip, SqHandle send) {
  SqStrip *after = copy(rig, strip);
  sq_strip_remove_send(after, send);
  sq_edits_put(&rig->edits, after);
}

void mix_route(MixRig *rig, SqHandle strip, SqHandle to) {
  SqStrip *after = copy(rig, strip);
  after->output = to;
  sq_edits_put(&rig->edits, after);
}

void mix_set(MixRig *rig, SqHandle object, uint32_t property, double value) {
  assert_int_equal(sq_edits_number(&rig->edits, (SqValueRef){object, property}, value), SQ_OK);
}

void mix_param(MixRig *rig, SqHandle proc, const char *symbol, double value) {
  const SqStrip *owner;
  assert_int_equal(sq_doc_object(rig->doc, proc, &owner), SQ_OBJECT_PROC);
  const uint32_t param = sq_link_param_index(sq_link_builtin(sq_strip_proc(owner, proc)->type), symbol);
  assert_true(param != UINT32_MAX);
  mix_set(rig, proc, SQ_PROC_PARAM + param, value);
}

SqHandle mix_generator(const MixRig *rig, SqHandle strip) {
  return sq_doc_strip(rig->doc, strip)->generator->handle;
}

void mix_commit(MixRig *rig, uint64_t frame) {
  sq_link_commit(rig->link, &rig->edits, frame);
  sq_edits_clear(&rig->edits);
}

void mix_cycle(MixRig *rig, float *const *out, uint32_t at, uint32_t n) {
  static const float silence[RUN_MAX];
  static float nowhere[RUN_MAX];
  const float *in[SQ_MAX_HARDWARE];
  float *to[SQ_MAX_HARDWARE];
  SqRtEngine *engine = sq_link_engine(rig->link);
  for (uint32_t c = 0; c < rig->n_in; c++)
    in[c] = rig->in ? rig->in[c] + (engine->frame - rig->in_frame) : silence;
  for (uint32_t c = 0; c < rig->n_out; c++)
    to[c] = out ? out[c] + at : nowhere;
  sq_rt_engine_process(engine, in, rig->n_in, to, rig->n_out, n);
  sq_link_collect(rig->link);
}

void mix_run(MixRig *rig, float *const *out, uint32_t at, uint32_t n, uint32_t period) {
  for (uint32_t done = 0; done < n;) {
    uint32_t size = period ? period : 1 + mix_random(&rig->seed) % 1500;
    size = size < n - done ? size : n - done;
    mix_cycle(rig, out, at + done, size);
    done += size;
  }
}
