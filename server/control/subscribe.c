// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Who wants to know what: changes of values, coalesced per client, and events.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/value.h"
#include "control/control.h"
#include "protocol/match.h"
#include "protocol/scale.h"

static bool parts_match(const char *pattern, const char *address) {
  while (*pattern == '/' && *address == '/') {
    pattern++;
    address++;
    const size_t p = strcspn(pattern, "/"), a = strcspn(address, "/");
    if (!sq_match_part(pattern, p, address, a))
      return false;
    pattern += p;
    address += a;
  }
  return *pattern == 0 && *address == 0;
}

/// A strip's values are also met as /strip/NAME/….
static const SqSubscription *wants(const SqClient *client, const SqSubscription *from, const char *address) {
  char alias[SQ_ADDRESS_MAX + 16] = "";
  if (strncmp(address, "/source/", 8) == 0)
    snprintf(alias, sizeof alias, "/strip/%s", address + 8);
  else if (strncmp(address, "/bus/", 5) == 0)
    snprintf(alias, sizeof alias, "/strip/%s", address + 5);
  else if (strncmp(address, "/master", 7) == 0)
    snprintf(alias, sizeof alias, "/strip%s", address);
  for (const SqSubscription *s = from ? from->next : client->subscriptions; s; s = s->next)
    if (parts_match(s->pattern, address) || (alias[0] && parts_match(s->pattern, alias)))
      return s;
  return NULL;
}

static void queue_change(SqClient *client, uint16_t port, const char *address, const SqItems *items) {
  for (SqChange *change = client->changes; change; change = change->next)
    if (change->port == port && strcmp(change->address, address) == 0) { // only the newest value of each is sent
      sq_items_clear(&change->items);
      sq_items_append(&change->items, items);
      return;
    }
  SqChange *change = sq_alloc(1, sizeof *change);
  change->port = port;
  snprintf(change->address, sizeof change->address, "%s", address);
  sq_items_append(&change->items, items);
  *client->last_change = change;
  client->last_change = &change->next;
}

void sq_control_changed(SqControl *control, const char *address, const SqItems *items) {
  for (SqClient *client = control->clients; client; client = client->next) {
    if (!client->subscriptions || (client == control->author && !client->echo))
      continue;
    for (const SqSubscription *s = wants(client, NULL, address); s; s = wants(client, s, address))
      queue_change(client, s->port, address, items);
  }
}

void sq_control_event(SqControl *control, const char *address, const SqItems *items) {
  for (SqClient *client = control->clients; client; client = client->next)
    if (client->notify)
      sq_answer_send(control, client, NULL, address, items);
    else
      for (const SqSubscription *s = wants(client, NULL, address); s; s = wants(client, s, address))
        sq_answer_send(control, client, &(SqReturn){.port = s->port}, address, items);
}

void sq_subscribers_flush(SqControl *control, int64_t now_ms) {
  for (SqClient *client = control->clients; client; client = client->next) {
    if (!client->changes || now_ms < client->next_change_ms)
      continue;
    client->next_change_ms = now_ms + (int64_t)(1000.0 / client->max_hz);
    for (SqChange *change = client->changes; change;) {
      SqChange *next = change->next;
      sq_answer_send(control, client, &(SqReturn){.port = change->port}, change->address, &change->items);
      sq_items_cleanup(&change->items);
      free(change);
      change = next;
    }
    client->changes = NULL;
    client->last_change = &client->changes;
  }
}

// ---- edits ----------------------------------------------------------------------------------------------------------

/// Asked for every edit, and there may be 65,536 clients: looked up again only when one began or ended to listen.
static bool anyone(SqControl *control) {
  if (control->listening_known)
    return control->listening;
  control->listening = false;
  for (const SqClient *client = control->clients; client && !control->listening; client = client->next)
    control->listening = client->subscriptions || client->notify;
  control->listening_known = true;
  return control->listening;
}

static void tell_number(SqControl *control, const SqEdit *edit) {
  char address[SQ_ADDRESS_MAX], why[SQ_ARGS_WHY];
  SqMatch match;
  if (!sq_tree_address(control->tree, &control->ctx, edit->ref, address, sizeof address) ||
      sq_tree_find(control->tree, &control->ctx, address, &match, why, sizeof why) != SQ_OK)
    return;
  const SqCall call = {.ctx = &control->ctx, .row = match.row, .target = match.target};
  SqArgSpec room;
  const SqArgSpec *spec = match.row->handle ? &match.row->args[0] : sq_value_spec(&call, &room);
  SqItems items = {0};
  sq_value_item(spec, edit->new_number, &items);
  sq_control_changed(control, address, &items);
  const SqStrip *owner;
  if (edit->ref.property == SQ_STRIP_GAIN_DB &&
      sq_doc_object(control->ctx.doc, edit->ref.object, &owner) == SQ_OBJECT_STRIP) {
    memcpy(strrchr(address, '/'), "/fader", 7); // the same value as the hand on the fader sees it
    sq_items_clear(&items);
    sq_items_float(&items, sq_scale_to_norm(SQ_SCALE_FADER, spec->min, spec->max, edit->new_number));
    sq_control_changed(control, address, &items);
  }
  sq_items_cleanup(&items);
}

static void tell_object(SqControl *control, const char *event, const char *path, SqHandle handle) {
  SqItems items = {0};
  sq_items_text(&items, path);
  sq_items_int(&items, handle);
  sq_control_event(control, event, &items);
  sq_items_cleanup(&items);
}

static void old_path(const SqStrip *strip, char *path, size_t size) {
  snprintf(path, size, "/%s/%s", strip->kind == SQ_STRIP_BUS ? "bus" : "source", strip->name);
}

static void tell_parts(SqControl *control, const SqStrip *before, const SqStrip *after) {
  char path[SQ_ADDRESS_MAX];
  for (uint32_t i = 0; i < after->n_chain; i++)
    if (!before || !sq_strip_proc(before, after->chain[i]->handle)) {
      sq_control_path(&control->ctx, after->chain[i]->handle, path, sizeof path);
      tell_object(control, "/event/added", path, after->chain[i]->handle);
    }
  for (uint32_t i = 0; before && i < before->n_chain; i++)
    if (!sq_strip_proc(after, before->chain[i]->handle)) {
      sq_control_path(&control->ctx, after->handle, path, sizeof path);
      const size_t n = strlen(path);
      snprintf(path + n, sizeof path - n, "/chain/%s", before->chain[i]->name);
      tell_object(control, "/event/removed", path, before->chain[i]->handle);
    }
}

static void tell_text(SqControl *control, SqHandle strip, const char *leaf, const char *text) {
  char path[SQ_ADDRESS_MAX];
  sq_control_path(&control->ctx, strip, path, sizeof path);
  const size_t n = strlen(path);
  snprintf(path + n, sizeof path - n, "/%s", leaf);
  SqItems items = {0};
  sq_items_text(&items, text ? text : "");
  sq_control_changed(control, path, &items);
  sq_items_cleanup(&items);
}

static bool same_text(const char *a, const char *b) {
  return strcmp(a ? a : "", b ? b : "") == 0;
}

static void tell_strip(SqControl *control, const SqEdit *edit) {
  const SqStrip *before = edit->before, *after = edit->after;
  char path[SQ_ADDRESS_MAX], now[SQ_ADDRESS_MAX];
  if (!after || !before) {
    old_path(after ? after : before, path, sizeof path);
    tell_object(control, after ? "/event/added" : "/event/removed", path, edit->ref.object);
    if (after)
      tell_parts(control, NULL, after);
    return;
  }
  if (strcmp(before->name, after->name) != 0) {
    old_path(before, path, sizeof path);
    old_path(after, now, sizeof now);
    SqItems items = {0};
    sq_items_text(&items, path);
    sq_items_text(&items, now);
    sq_control_event(control, "/event/renamed", &items);
    sq_items_cleanup(&items);
  }
  tell_parts(control, before, after);
  if (!same_text(before->label, after->label))
    tell_text(control, after->handle, "label", after->label);
  if (!same_text(before->color, after->color))
    tell_text(control, after->handle, "color", after->color);
  if (before->output != after->output) {
    const SqStrip *to = sq_doc_strip(control->ctx.doc, after->output);
    tell_text(control, after->handle, "output", to ? to->name : "none");
  }
}

void sq_subscribers_edits(SqControl *control, const SqEdits *edits) {
  if (!control->ctx.dirty) {
    SqItems items = {0};
    sq_items_int(&items, 1);
    sq_control_event(control, "/event/dirty", &items);
    sq_items_cleanup(&items);
  }
  if (!anyone(control))
    return;
  for (uint32_t i = 0; i < edits->n; i++) {
    if (edits->items[i].kind == SQ_EDIT_NUMBER)
      tell_number(control, &edits->items[i]);
    else
      tell_strip(control, &edits->items[i]);
  }
}
