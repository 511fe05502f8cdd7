// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/write.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "protocol/number.h"

typedef struct {
  SqJsonOut out;
  const SqDoc *doc;
  const SqSessionHost *host;
  const char *folder;
  SqSessionText *to;
} Writer;

void sq_session_state_name(const SqShared *state, const char *strip, const char *proc, char *name, size_t size) {
  uint64_t h = 14695981039346656037u; // FNV-1a, 64 bits (Fowler, Noll, Vo)
  for (const char *at = state->format; *at; at++)
    h = (h ^ (uint8_t)*at) * 1099511628211u;
  h = (h ^ state->version) * 1099511628211u;
  for (size_t i = 0; i < state->size; i++)
    h = (h ^ (uint8_t)state->data[i]) * 1099511628211u;
  snprintf(name, size, SQ_SESSION_STATES "/%s.%s.%016" PRIx64, strip, proc, h);
}

/// The index-th word of "a|b|c".
static void out_choice(SqJsonOut *out, const char *key, const char *choices, int index) {
  char word[32];
  const char *at = choices;
  for (int i = 0; i < index && at; i++) {
    at = strchr(at, '|');
    at += at != NULL;
  }
  snprintf(word, sizeof word, "%.*s", at ? (int)strcspn(at, "|") : 0, at ? at : "");
  sq_json_out_text(out, key, word);
}

static void out_rest(SqJsonOut *out, const SqShared *unknown) {
  sq_json_out_rest(out, unknown ? unknown->data : NULL);
}

static void out_strip_ref(Writer *w, const char *key, SqHandle handle) {
  const SqStrip *strip = sq_doc_strip(w->doc, handle);
  if (strip)
    sq_json_out_text(&w->out, key, strip->name);
  else
    sq_json_out_null(&w->out, key);
}

/// A path in the folder becomes relative, so that the folder can be moved.
static const char *within(const char *folder, const char *path) {
  const size_t n = strlen(folder);
  return strncmp(path, folder, n) == 0 && path[n] == '/' && path[n + 1] ? path + n + 1 : path;
}

static void out_zone(Writer *w, const SqZone *zone) {
  SqJsonOut *out = &w->out;
  sq_json_out_begin(out, NULL, '{');
  sq_json_out_text(out, "path", within(w->folder, zone->path));
  sq_json_out_number(out, "root", zone->root);
  sq_json_out_number(out, "lo", zone->lo);
  sq_json_out_number(out, "hi", zone->hi);
  sq_json_out_number(out, "vlo", zone->vlo);
  sq_json_out_number(out, "vhi", zone->vhi);
  sq_json_out_number(out, "tune", zone->tune_cents);
  sq_json_out_number(out, "gain", zone->gain_db);
  out_choice(out, "mode", SQ_SESSION_MODES, zone->mode);
  sq_json_out_number(out, "start", zone->start);
  sq_json_out_number(out, "end", zone->end);
  sq_json_out_number(out, "loop_start", zone->loop_start);
  sq_json_out_number(out, "loop_end", zone->loop_end);
  out_rest(out, zone->unknown);
  sq_json_out_end(out, '}');
}

static void out_params(Writer *w, const SqProc *proc) {
  SqJsonOut *out = &w->out;
  SqSessionParam param;
  sq_json_out_begin(out, "params", '{');
  for (uint32_t i = 0; i < proc->n_params && w->host->param(w->host->context, proc, i, &param); i++)
    if (!param.output)
      sq_json_out_number(out, param.symbol, proc->params[i]);
  for (uint32_t i = 0; i < proc->n_wishes && !proc->n_params; i++) { // a plug-in that is not there (yet)
    double number;
    if (sq_number_parse(proc->wishes[i].value, &number) && isfinite(number))
      sq_json_out_number(out, proc->wishes[i].key, number);
    else
      sq_json_out_text(out, proc->wishes[i].key, proc->wishes[i].value);
  }
  out_rest(out, proc->unknown_params);
  sq_json_out_end(out, '}');
}

static void out_state(Writer *w, const SqStrip *strip, const SqProc *proc) {
  SqShared *state = w->host->state ? w->host->state(w->host->context, proc) : NULL;
  if (!state)
    state = sq_shared_ref(proc->state);
  if (!state)
    return;
  SqSessionText *to = w->to;
  to->states = sq_realloc(to->states, to->n_states + 1, sizeof *to->states);
  SqSessionState *file = &to->states[to->n_states++];
  file->state = state;
  sq_session_state_name(state, strip->name, proc->name, file->name, sizeof file->name);
  sq_json_out_begin(&w->out, "state", '{');
  sq_json_out_text(&w->out, "format", state->format);
  sq_json_out_text(&w->out, "id", proc->type);
  sq_json_out_number(&w->out, "version", state->version);
  sq_json_out_text(&w->out, "file", file->name);
  sq_json_out_end(&w->out, '}');
}

static void out_proc(Writer *w, const SqStrip *strip, const SqProc *proc, const char *key) {
  SqJsonOut *out = &w->out;
  sq_json_out_begin(out, key, '{');
  if (!key)
    sq_json_out_text(out, "name", proc->name);
  sq_json_out_text(out, "type", proc->type);
  sq_json_out_bool(out, "bypass", proc->bypass);
  if (proc->sidechain) {
    sq_json_out_begin(out, "sidechain", '{');
    out_strip_ref(w, "strip", proc->sidechain);
    out_choice(out, "tap", SQ_SESSION_TAPS, proc->sidechain_tap);
    sq_json_out_end(out, '}');
  }
  if (proc->n_keys) {
    sq_json_out_begin(out, "settings", '{');
    for (uint32_t i = 0; i < proc->n_keys; i++)
      sq_json_out_text(out, proc->keys[i].key, proc->keys[i].value);
    sq_json_out_end(out, '}');
  }
  out_params(w, proc);
  out_state(w, strip, proc);
  if (proc->n_zones) {
    sq_json_out_begin(out, "zones", '[');
    for (uint32_t i = 0; i < proc->n_zones; i++)
      out_zone(w, &proc->zones[i]);
    sq_json_out_end(out, ']');
  }
  out_rest(out, proc->unknown);
  sq_json_out_end(out, '}');
}

static void out_send(Writer *w, const SqSend *send) {
  SqJsonOut *out = &w->out;
  sq_json_out_begin(out, NULL, '{');
  out_strip_ref(w, "bus", send->bus);
  sq_json_out_number(out, "gain", send->numbers[SQ_SEND_GAIN_DB]);
  sq_json_out_number(out, "pan", send->numbers[SQ_SEND_PAN]);
  sq_json_out_bool(out, "mute", send->numbers[SQ_SEND_MUTE] != 0.0);
  out_choice(out, "tap", SQ_SESSION_TAPS, (int)send->numbers[SQ_SEND_TAP]);
  out_rest(out, send->unknown);
  sq_json_out_end(out, '}');
}

static void out_strip(Writer *w, const SqStrip *strip) {
  SqJsonOut *out = &w->out;
  const double *numbers = strip->numbers;
  sq_json_out_begin(out, NULL, '{');
  sq_json_out_text(out, "name", strip->name);
  out_choice(out, "kind", SQ_SESSION_KINDS, (int)strip->kind);
  sq_json_out_number(out, "sequence", strip->sequence);
  sq_json_out_number(out, "channels", strip->n_channels);
  if (strip->label)
    sq_json_out_text(out, "label", strip->label);
  if (strip->color)
    sq_json_out_text(out, "color", strip->color);
  if (strip->kind != SQ_STRIP_MASTER)
    out_strip_ref(w, "output", strip->output);
  sq_json_out_number(out, "gain", numbers[SQ_STRIP_GAIN_DB]);
  sq_json_out_number(out, "pan", numbers[SQ_STRIP_PAN]);
  out_choice(out, "pan_law", SQ_SESSION_PAN_LAWS, (int)numbers[SQ_STRIP_PAN_LAW]);
  sq_json_out_bool(out, "mute", numbers[SQ_STRIP_MUTE] != 0.0);
  sq_json_out_bool(out, "solo", numbers[SQ_STRIP_SOLO] != 0.0);
  sq_json_out_bool(out, "solo_safe", numbers[SQ_STRIP_SOLO_SAFE] != 0.0);
  if (strip->generator)
    out_proc(w, strip, strip->generator, "generator");
  if (strip->n_chain) {
    sq_json_out_begin(out, "chain", '[');
    for (uint32_t i = 0; i < strip->n_chain; i++)
      out_proc(w, strip, strip->chain[i], NULL);
    sq_json_out_end(out, ']');
  }
  if (strip->n_sends) {
    sq_json_out_begin(out, "sends", '[');
    for (uint32_t i = 0; i < strip->n_sends; i++)
      out_send(w, &strip->sends[i]);
    sq_json_out_end(out, ']');
  }
  out_rest(out, strip->unknown);
  sq_json_out_end(out, '}');
}

static double global(const SqDoc *doc, SqGlobalNumber which) {
  double value = 0.0;
  sq_doc_number(doc, (SqValueRef){SQ_HANDLE_GLOBAL, which}, &value);
  return value;
}

void sq_session_write(SqSessionText *to, const SqDoc *doc, const SqSessionHost *host, const char *folder) {
  *to = (SqSessionText){0};
  Writer w = {.doc = doc, .host = host, .folder = folder, .to = to};
  SqJsonOut *out = &w.out;
  sq_json_out_begin(out, NULL, '{');
  sq_json_out_text(out, "format", SQ_SESSION_FORMAT);
  sq_json_out_begin(out, "version", '{');
  sq_json_out_number(out, "major", SQ_SESSION_MAJOR);
  sq_json_out_number(out, "minor", SQ_SESSION_MINOR);
  sq_json_out_end(out, '}');
  sq_json_out_number(out, "tempo", global(doc, SQ_GLOBAL_TEMPO));
  sq_json_out_begin(out, "signature", '{');
  sq_json_out_number(out, "beats", global(doc, SQ_GLOBAL_BAR));
  sq_json_out_number(out, "unit", global(doc, SQ_GLOBAL_UNIT));
  sq_json_out_end(out, '}');
  sq_json_out_begin(out, "strips", '[');
  for (uint32_t i = 0; i < sq_doc_count(doc); i++)
    out_strip(&w, sq_doc_at(doc, i));
  sq_json_out_end(out, ']');
  out_rest(out, sq_doc_unknown(doc));
  sq_json_out_end(out, '}');
  to->text = out->text;
  to->n = out->n;
}

void sq_session_text_cleanup(SqSessionText *text) {
  for (uint32_t i = 0; i < text->n_states; i++)
    sq_shared_unref(text->states[i].state);
  free(text->states);
  free(text->text);
  *text = (SqSessionText){0};
}
