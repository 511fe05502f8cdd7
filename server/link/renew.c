// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "link/renew.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "link/internal.h"

typedef struct {
  SqHandle strip;
  SqLinkTap tap;
} KeptTap;

struct SqLinkKept {
  uint64_t frame, plans;
  SqPosition position;
  uint32_t generation;
  bool rolling;
  double beats;
  uint32_t n_taps;
  KeptTap *taps; ///< [n_taps]
};

/// The state of one processor, as it is now, into its node.
static bool keep_state(const SqLink *link, SqProc *node) {
  if (!node)
    return false;
  SqBlob blob = {0};
  if (sq_link_save_state(link, node->handle, &blob) != SQ_OK || !blob.data)
    return false;
  SqShared *state = sq_shared_new(blob.data, blob.size);
  memcpy(state->format, blob.format, sizeof state->format);
  state->version = blob.version;
  free(blob.data);
  sq_shared_unref(node->state);
  node->state = state;
  return true;
}

static void keep_states(SqLink *link) {
  SqEdits edits;
  sq_edits_init(&edits, link->doc);
  for (uint32_t i = 0; i < sq_doc_count(link->doc); i++) {
    SqStrip *copy = sq_strip_copy(sq_doc_at(link->doc, i));
    bool any = keep_state(link, copy->generator);
    for (uint32_t k = 0; k < copy->n_chain; k++)
      any |= keep_state(link, copy->chain[k]);
    if (any)
      sq_edits_put(&edits, copy);
    else
      sq_strip_unref(copy);
  }
  sq_edits_cleanup(&edits);
}

static void keep_taps(const SqLink *link, SqLinkKept *kept) {
  for (uint32_t i = 0; i < link->n_strips; i++) {
    const SqLinkStrip *strip = link->strips[i];
    kept->taps = sq_realloc(kept->taps, kept->n_taps + strip->n_taps, sizeof *kept->taps);
    for (uint32_t k = 0; k < strip->n_taps; k++)
      kept->taps[kept->n_taps++] = (KeptTap){strip->handle, strip->taps[k]};
  }
}

SqLinkKept *sq_link_keep(SqLink *link) {
  SqLinkKept *kept = sq_alloc(1, sizeof *kept);
  sq_link_collect(link);
  keep_states(link);
  keep_taps(link, kept);
  kept->frame = link->engine->frame;
  kept->plans = link->plan_number;
  kept->position = link->transport;
  kept->generation = link->transport_generation;
  kept->rolling = link->engine->transport.rolling;
  kept->beats = sq_rt_transport_beats(&link->engine->transport, kept->frame, link->engine->rate);
  return kept;
}

uint64_t sq_link_plans(const SqLinkKept *kept) {
  return kept->plans;
}

void sq_link_resume(SqLink *link, SqLinkKept *kept) {
  link->engine->frame = kept->frame;
  atomic_store(&link->engine->frame_now, kept->frame);
  link->transport_generation = kept->generation;
  sq_link_set_transport(link, kept->rolling, kept->beats, kept->position.bpm, 0);
  for (uint32_t i = 0; i < kept->n_taps; i++)
    sq_link_tap(link, kept->taps[i].strip, kept->taps[i].tap.tap, kept->taps[i].tap.post, true);
  sq_link_collect(link);
  free(kept->taps);
  free(kept);
}
