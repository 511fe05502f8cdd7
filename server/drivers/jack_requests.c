// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/buffers.h"
#include "drivers/jack_driver.h"

/// One question and its answer; lives on the heap, for it may outlive its asker.
typedef struct {
  uint32_t frames;
  bool on;
  char from[SQ_JACK_PORT_NAME], to[SQ_JACK_PORT_NAME];
  SqStatus status;
  char error[2 * SQ_JACK_PORT_NAME + 100];
  char *text;
} JackQuestion;

static void jack_question_drop(void *data) {
  JackQuestion *question = data;
  free(question->text);
  free(question);
}

/// Asks the server and puts the outcome into `error`; *question is freed, or kept for the caller when it went well.
static SqStatus jack_ask(SqDriver *driver, void (*run)(SqJackClient *client, void *data), JackQuestion **question,
                         char *error, size_t error_size) {
  JackQuestion *asked = *question;
  SqJackClient *client = sq_jack_driver_client((SqDriverJack *)driver);
  SqStatus status = SQ_NOT_NOW;
  *question = NULL;
  if (client) {
    SqJackRequest request = {.run = run, .drop = jack_question_drop, .data = asked};
    status = sq_jack_client_request(client, &request);
    sq_jack_client_unref(client);
  }
  if (status == SQ_TIMEOUT || status == SQ_LIMIT) {
    snprintf(error, error_size, "the JACK server does not answer; try again when it does");
    return status;
  }
  if (status) {
    snprintf(error, error_size, "the JACK server is gone; try again when it is back");
    jack_question_drop(asked);
    return status;
  }
  status = asked->status;
  snprintf(error, error_size, "%s", asked->error);
  if (status)
    jack_question_drop(asked);
  else
    *question = asked;
  return status;
}

// ---- period and latency ---------------------------------------------------------------------------------------------

static void jack_period_run(SqJackClient *client, void *data) {
  JackQuestion *question = data;
  if (jack_set_buffer_size(client->jack, question->frames) == 0)
    return;
  question->status = SQ_UNSUPPORTED;
  snprintf(question->error, sizeof question->error,
           "the JACK server refuses a period of %u frames; its card or settings may allow only some", question->frames);
}

SqStatus sq_jack_set_period(SqDriver *driver, uint32_t frames, char *error, size_t error_size) {
  SqStatus status = sq_driver_check_period(frames, error, error_size);
  if (status)
    return status;
  JackQuestion *question = calloc(1, sizeof *question);
  if (!question)
    return SQ_LIMIT;
  question->frames = frames;
  status = jack_ask(driver, jack_period_run, &question, error, error_size);
  if (question)
    jack_question_drop(question);
  return status;
}

static void jack_latency_run(SqJackClient *client, void *data) {
  jack_recompute_total_latencies(client->jack);
}

void sq_jack_latency(SqDriver *driver, uint32_t frames) {
  SqDriverJack *self = (SqDriverJack *)driver;
  if (atomic_exchange(&self->shared->latency, frames) == frames)
    return; // a new client asks for itself: its latency callback comes at once
  JackQuestion *question = calloc(1, sizeof *question);
  char error[200];
  if (question)
    jack_ask(driver, jack_latency_run, &question, error, sizeof error);
  if (question)
    jack_question_drop(question);
}

// ---- ports ----------------------------------------------------------------------------------------------------------

static void jack_ports_run(SqJackClient *client, void *data) {
  JackQuestion *question = data;
  size_t size = 0;
  FILE *out = open_memstream(&question->text, &size);
  if (!out) {
    question->status = SQ_LIMIT;
    return;
  }
  const char **names = jack_get_ports(client->jack, NULL, NULL, 0);
  for (const char **name = names; name && *name; name++) {
    const jack_port_t *port = jack_port_by_name(client->jack, *name);
    if (!port)
      continue; // gone since
    bool audio = !strcmp(jack_port_type(port), JACK_DEFAULT_AUDIO_TYPE);
    fprintf(out, "%s|%s|%s\n", *name, jack_port_flags(port) & JackPortIsInput ? "in" : "out", audio ? "audio" : "midi");
  }
  if (names)
    jack_free(names);
  if (fclose(out) != 0)
    question->status = SQ_LIMIT;
}

SqStatus sq_jack_ports(SqDriver *driver, char **text) {
  *text = NULL;
  JackQuestion *question = calloc(1, sizeof *question);
  char error[200];
  if (!question)
    return SQ_LIMIT;
  SqStatus status = jack_ask(driver, jack_ports_run, &question, error, sizeof error);
  if (!question)
    return status;
  *text = question->text;
  question->text = NULL;
  jack_question_drop(question);
  return SQ_OK;
}

/// The port of a full name, or of ours by its short name; its direction must be right. NULL: question->error says why.
static jack_port_t *jack_named_port(SqJackClient *client, char *name, int flag, JackQuestion *question) {
  if (!strchr(name, ':')) {
    char full[SQ_JACK_PORT_NAME + SQ_JACK_NAME];
    snprintf(full, sizeof full, "%s:%s", jack_get_client_name(client->jack), name);
    snprintf(name, SQ_JACK_PORT_NAME, "%.*s", SQ_JACK_PORT_NAME - 1, full);
  }
  jack_port_t *port = jack_port_by_name(client->jack, name);
  if (port && jack_port_flags(port) & flag)
    return port;
  question->status = port ? SQ_BAD_ARGS : SQ_NOT_FOUND;
  snprintf(question->error, sizeof question->error,
           port ? "the JACK port '%s' is on the wrong side: a connection goes from an output to an input"
                : "there is no JACK port '%s'; list the ports to see their names",
           name);
  return NULL;
}

static void jack_connect_run(SqJackClient *client, void *data) {
  JackQuestion *question = data;
  if (!jack_named_port(client, question->from, JackPortIsOutput, question) ||
      !jack_named_port(client, question->to, JackPortIsInput, question))
    return;
  int result = question->on ? jack_connect(client->jack, question->from, question->to)
                            : jack_disconnect(client->jack, question->from, question->to);
  if (result == 0 || (question->on && result == EEXIST))
    return;
  question->status = question->on ? SQ_IO : SQ_NOT_FOUND;
  snprintf(question->error, sizeof question->error,
           question->on ? "the JACK server does not connect '%s' to '%s'; are both of the same type?"
                        : "'%s' is not connected to '%s'",
           question->from, question->to);
}

SqStatus sq_jack_connect(SqDriver *driver, const char *from, const char *to, bool on, char *error, size_t error_size) {
  JackQuestion *question = calloc(1, sizeof *question);
  if (!question)
    return SQ_LIMIT;
  question->on = on;
  snprintf(question->from, sizeof question->from, "%s", from);
  snprintf(question->to, sizeof question->to, "%s", to);
  SqStatus status = jack_ask(driver, jack_connect_run, &question, error, error_size);
  if (question)
    jack_question_drop(question);
  return status;
}
