// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "drivers/jack_links.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINKS_MAX 4096    // remembered: 256 ports with 16 connections each
#define LINKS_FADE_MS 300 // a server that ends needs this long to be seen as gone (measured: up to 261 ms)
#define LINKS_GONE_MS 10000
#define LINKS_WANT_MS 60000 // other clients come back too, some of them slowly

void sq_jack_links_cleanup(SqJackLinks *links) {
  free(links->list);
  memset(links, 0, sizeof *links);
}

static void links_forget(SqJackLinks *links, uint32_t i) {
  links->list[i] = links->list[--links->n];
}

static SqJackLink *links_find(SqJackLinks *links, const SqJackLink *like) {
  for (uint32_t i = 0; i < links->n; i++) {
    SqJackLink *link = &links->list[i];
    if (link->output == like->output && link->own == like->own && link->index == like->index &&
        !strcmp(link->other, like->other))
      return link;
  }
  return NULL;
}

/// The link like `like`, new when there was none; NULL: no room, then it is not restored one day.
static SqJackLink *links_put(SqJackLinks *links, const SqJackLink *like) {
  SqJackLink *link = links_find(links, like);
  if (link)
    return link;
  if (links->n == links->cap) {
    uint32_t cap = links->cap ? links->cap * 2 : 16;
    SqJackLink *list = cap > LINKS_MAX ? NULL : realloc(links->list, cap * sizeof *list);
    if (!list)
      return NULL;
    links->list = list;
    links->cap = cap;
  }
  links->list[links->n] = *like;
  return &links->list[links->n++];
}

static jack_port_t *links_port(const SqJackClient *client, bool output, uint32_t index) {
  return output ? client->out_ports[index] : client->in_ports[index];
}

/// Fills `other` and `own` from a full port name: our own client's name may differ after the next start.
static void links_name(SqJackLink *link, SqJackClient *client, const char *full) {
  const char *us = jack_get_client_name(client->jack);
  size_t length = strlen(us);
  link->own = !strncmp(full, us, length) && full[length] == ':';
  snprintf(link->other, sizeof link->other, "%s", link->own ? full + length + 1 : full);
}

static void links_full_name(const SqJackLink *link, SqJackClient *client, char *full, size_t size) {
  if (link->own)
    snprintf(full, size, "%s:%s", jack_get_client_name(client->jack), link->other);
  else
    snprintf(full, size, "%s", link->other);
}

static bool links_other_exists(const SqJackLink *link, SqJackClient *client) {
  char full[SQ_JACK_PORT_NAME + SQ_JACK_NAME];
  links_full_name(link, client, full, sizeof full);
  return jack_port_by_name(client->jack, full) != NULL;
}

static void links_observe_port(SqJackLinks *links, SqJackClient *client, bool output, uint32_t index, int64_t now_ms) {
  const char **names = jack_port_get_connections(links_port(client, output, index));
  for (const char **name = names; name && *name; name++) {
    SqJackLink like = {.state = SQ_LINK_LIVE, .output = output, .index = index, .since_ms = now_ms};
    links_name(&like, client, *name);
    if (like.own && !output)
      continue; // seen from its output already
    SqJackLink *link = links_put(links, &like);
    if (link) {
      link->state = SQ_LINK_LIVE;
      link->seen = true;
    }
  }
  if (names)
    jack_free(names);
}

void sq_jack_links_observe(SqJackLinks *links, SqJackClient *client, int64_t now_ms) {
  for (uint32_t i = 0; i < links->n; i++)
    links->list[i].seen = false;
  for (uint32_t i = 0; i < client->n_in; i++)
    links_observe_port(links, client, false, i, now_ms);
  for (uint32_t i = 0; i < client->n_out; i++)
    links_observe_port(links, client, true, i, now_ms);
  for (uint32_t i = 0; i < links->n; i++)
    if (links->list[i].state == SQ_LINK_LIVE && !links->list[i].seen) {
      links->list[i].state = SQ_LINK_FADING;
      links->list[i].since_ms = now_ms;
    }
}

bool sq_jack_links_settle(SqJackLinks *links, SqJackClient *client, int64_t now_ms) {
  bool more = false;
  for (uint32_t i = links->n; i-- > 0;) {
    SqJackLink *link = &links->list[i];
    if (link->state == SQ_LINK_FADING && now_ms - link->since_ms >= LINKS_FADE_MS) {
      if (links_other_exists(link, client)) {
        links_forget(links, i); // somebody cut it
        continue;
      }
      link->state = SQ_LINK_GONE;
      link->since_ms = now_ms;
    } else if ((link->state == SQ_LINK_GONE && now_ms - link->since_ms > LINKS_GONE_MS) ||
               (link->state == SQ_LINK_WANTED && now_ms - link->since_ms > LINKS_WANT_MS)) {
      links_forget(links, i);
      continue;
    }
    more = more || link->state != SQ_LINK_LIVE;
  }
  return more;
}

void sq_jack_links_lost(SqJackLinks *links, int64_t now_ms) {
  for (uint32_t i = 0; i < links->n; i++) {
    links->list[i].state = SQ_LINK_WANTED;
    links->list[i].since_ms = now_ms;
  }
}

static void links_want(SqJackLinks *links, SqJackLink *like) {
  SqJackLink *link = links_put(links, like);
  if (link && link->state != SQ_LINK_LIVE)
    *link = *like;
}

void sq_jack_links_want(SqJackLinks *links, bool output, uint32_t index, const char *other, int64_t now_ms) {
  SqJackLink like = {.state = SQ_LINK_WANTED, .output = output, .index = index, .since_ms = now_ms};
  snprintf(like.other, sizeof like.other, "%s", other);
  links_want(links, &like);
}

void sq_jack_links_want_hardware(SqJackLinks *links, SqJackClient *client, int64_t now_ms) {
  for (int output = 0; output < 2; output++) {
    uint32_t n = output ? client->n_out : client->n_in;
    const char **names = jack_get_ports(client->jack, NULL, JACK_DEFAULT_AUDIO_TYPE,
                                        JackPortIsPhysical | (output ? JackPortIsInput : JackPortIsOutput));
    for (uint32_t i = 0; names && names[i] && i < n; i++)
      sq_jack_links_want(links, output != 0, i, names[i], now_ms);
    if (names)
      jack_free(names);
  }
}

// ---- restore: the only part that asks the server --------------------------------------------------------------------

typedef struct {
  uint32_t n;
  SqJackLink list[]; ///< state becomes LIVE where it worked
} LinksWork;

static void links_work(SqJackClient *client, void *data) {
  LinksWork *work = data;
  for (uint32_t i = 0; i < work->n; i++) {
    SqJackLink *link = &work->list[i];
    char full[SQ_JACK_PORT_NAME + SQ_JACK_NAME];
    links_full_name(link, client, full, sizeof full);
    const char *own = jack_port_name(links_port(client, link->output, link->index));
    int result = jack_connect(client->jack, link->output ? own : full, link->output ? full : own);
    if (result == 0 || result == EEXIST)
      link->state = SQ_LINK_LIVE;
  }
}

bool sq_jack_links_restore(SqJackLinks *links, SqJackClient *client, int64_t now_ms) {
  LinksWork *work = calloc(1, sizeof *work + links->n * sizeof work->list[0]);
  bool more = false;
  for (uint32_t i = 0; work && i < links->n; i++) {
    SqJackLink *link = &links->list[i];
    bool wanted = link->state == SQ_LINK_WANTED && link->index < (link->output ? client->n_out : client->n_in);
    if (wanted && links_other_exists(link, client))
      work->list[work->n++] = *link;
    else
      more = more || wanted;
  }
  if (!work || !work->n) {
    free(work);
    return more;
  }
  SqJackRequest request = {.run = links_work, .drop = free, .data = work};
  SqStatus status = sq_jack_client_request(client, &request);
  if (status == SQ_TIMEOUT || status == SQ_LIMIT)
    return true;
  for (uint32_t i = 0; i < work->n; i++) {
    SqJackLink *link = links_find(links, &work->list[i]);
    if (link && work->list[i].state == SQ_LINK_LIVE) {
      link->state = SQ_LINK_LIVE;
    } else {
      more = true;
    }
  }
  free(work);
  return more;
}
