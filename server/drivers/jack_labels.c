// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "drivers/jack_labels.h"

#include <jack/metadata.h>
#include <jack/uuid.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/limited.h"

#define LABELS_TEXT "text/plain"
#define LABELS_PROBE_MS 1000
#define LABELS_INTEGER "http://www.w3.org/2001/XMLSchema#int"

SqJackLabels *sq_jack_labels_new(const char *const *labels, uint32_t n) {
  SqJackLabels *copy = calloc(1, sizeof *copy);
  if (!copy)
    return NULL;
  copy->n = n < SQ_MAX_HARDWARE ? n : SQ_MAX_HARDWARE;
  for (uint32_t i = 0; i < copy->n; i++)
    snprintf(copy->text[i], sizeof copy->text[i], "%s", labels[i] ? labels[i] : "");
  return copy;
}

static void labels_port(SqJackClient *client, jack_port_t *port, uint32_t order, const char *label) {
  jack_uuid_t uuid = jack_port_uuid(port);
  char number[16];
  snprintf(number, sizeof number, "%u", order);
  jack_set_property(client->jack, uuid, JACK_METADATA_ORDER, number, LABELS_INTEGER);
  jack_set_property(client->jack, uuid, JACK_METADATA_PORT_GROUP,
                    jack_port_flags(port) & JackPortIsOutput ? "Outputs" : "Inputs", LABELS_TEXT);
  char *now = NULL, *type = NULL;
  bool named = jack_get_property(uuid, JACK_METADATA_PRETTY_NAME, &now, &type) == 0;
  if (label[0])
    jack_set_property(client->jack, uuid, JACK_METADATA_PRETTY_NAME, label, LABELS_TEXT);
  else if (named)
    jack_remove_property(client->jack, uuid, JACK_METADATA_PRETTY_NAME);
  if (now)
    jack_free(now);
  if (type)
    jack_free(type);
}

static void labels_run(SqJackClient *client, void *data) {
  const SqJackLabels *labels = data;
  char *text = jack_get_uuid_for_client_name(client->jack, jack_get_client_name(client->jack));
  jack_uuid_t uuid;
  if (text && jack_uuid_parse(text, &uuid) == 0)
    jack_set_property(client->jack, uuid, JACK_METADATA_ICON_NAME, "multimedia-volume-control", LABELS_TEXT);
  if (text)
    jack_free(text);
  for (uint32_t i = 0; i < client->n_in; i++)
    labels_port(client, client->in_ports[i], i, "");
  for (uint32_t i = 0; i < client->n_out; i++)
    labels_port(client, client->out_ports[i], i, i < labels->n ? labels->text[i] : "");
}

typedef struct {
  jack_uuid_t uuid;
} LabelsProbe;

static void labels_probe(void *data) {
  jack_description_t description = {.property_cnt = 0};
  if (jack_get_properties(((LabelsProbe *)data)->uuid, &description) >= 0 && description.property_cnt > 0)
    jack_free_description(&description, 0);
}

/// Reads first, without the client's lock: the metadata are files with locks of their own, shared by all programs, and
/// one that was killed in there leaves them locked for good. Then names are not worth the whole client.
static SqStatus labels_reachable(SqJackClient *client) {
  LabelsProbe *probe = calloc(1, sizeof *probe);
  if (!probe)
    return SQ_LIMIT;
  probe->uuid = jack_port_uuid(client->n_out ? client->out_ports[0] : client->in_ports[0]);
  SqLimitedCall call = {.run = labels_probe, .drop = free, .data = probe};
  SqStatus status = sq_limited_call(&call, LABELS_PROBE_MS);
  if (status)
    return SQ_IO;
  free(probe);
  return SQ_OK;
}

SqStatus sq_jack_labels_apply(const SqJackLabels *labels, SqJackClient *client) {
  if (client->n_in + client->n_out == 0)
    return SQ_OK;
  SqStatus status = labels_reachable(client);
  if (status)
    return status;
  SqJackLabels *copy = calloc(1, sizeof *copy);
  if (!copy)
    return SQ_LIMIT;
  if (labels)
    memcpy(copy, labels, sizeof *copy);
  SqJackRequest request = {.run = labels_run, .drop = free, .data = copy};
  status = sq_jack_client_request(client, &request);
  if (status == SQ_OK || status == SQ_NOT_NOW)
    free(copy);
  return status;
}
