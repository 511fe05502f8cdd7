// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Slot numbers: how a message names an object that may be gone by the time it arrives.
#include "link/internal.h"

void sq_link_slot_take(SqLink *link, SqRtObject *object) {
  const uint32_t slot = link->n_free_slots               ? link->free_slots[--link->n_free_slots]
                        : link->next_slot < SQ_MAX_SLOTS ? link->next_slot++
                                                         : 0;
  object->slot = slot; // slot 0 is never given: an object without a slot hears no messages, and is refused above
  object->generation = ++link->generations[slot];
  object->live = link->commit_frame;
  sq_link_post(link,
               &(SqRtMessage){.kind = SQ_MESSAGE_SLOT, .slot = slot, .generation = object->generation, .data = object});
}

/// The object fades out: what was sent to it for later must not bring it back. It keeps its slot under a new
/// generation.
void sq_link_slot_renew(SqLink *link, SqRtObject *object) {
  object->generation = ++link->generations[object->slot];
  sq_link_post(link, &(SqRtMessage){.kind = SQ_MESSAGE_SLOT,
                                    .slot = object->slot,
                                    .generation = object->generation,
                                    .frame = sq_link_frame_for(link, object),
                                    .data = object});
}

void sq_link_slot_give(SqLink *link, const SqRtObject *object) {
  sq_link_post(link, &(SqRtMessage){.kind = SQ_MESSAGE_SLOT, .slot = object->slot, .generation = object->generation});
  link->proc_of_slot[object->slot] = NULL;
  link->strip_of_slot[object->slot] = NULL;
  if (object->slot)
    link->free_slots[link->n_free_slots++] = object->slot;
}
