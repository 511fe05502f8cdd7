// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Verbs that go on: watch and meters.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clients/squeezectl/ctl.h"

enum { RENEW_MS = 20000, NAME_WIDTH = 14, BAR_WIDTH = 40, MAX_ROWS = 256, ROW_NAME = 64 };

#define FLOOR_DB (-60.0)

/// How long to go on, and what to do meanwhile.
typedef struct Going {
  double seconds; ///< < 0: no end
  const bool *over;
  int step_ms;                 ///< longest wait between two ticks
  void (*tick)(void *context); ///< or NULL
  void *context;
} Going;

/// Polls until `*over`, the end of the time or loss; renews the lease that UDP needs.
static int go_on(SqCtl *ctl, const SqRemoteListener *listener, const Going *going) {
  int64_t begin = sq_remote_now_ms(), renewed = begin;
  while (!going->over || !*going->over) {
    int64_t now = sq_remote_now_ms(), left = going->step_ms;
    if (going->seconds >= 0.0) {
      int64_t end = begin + (int64_t)(going->seconds * 1000.0);
      if (now >= end)
        return SQ_CTL_OK;
      left = end - now < left ? end - now : left;
    }
    if (sq_remote_poll(ctl->remote, (int)left, listener) == SQ_IO) {
      sq_ctl_complain(ctl, "watch", SQ_IO, "the daemon has gone");
      return SQ_CTL_LOST;
    }
    if (going->tick)
      going->tick(going->context);
    if (now - renewed >= RENEW_MS) {
      renewed = now;
      sq_remote_send(ctl->remote, "/ping", NULL);
    }
  }
  return SQ_CTL_OK;
}

// ---- watch ----------------------------------------------------------------------------------------------------------

typedef struct Watching {
  const SqCtl *ctl;
  double left; ///< messages still wanted; < 0: no end
  bool over;
} Watching;

static void print_watched(void *context, const SqOscMessage *message) {
  Watching *watching = context;
  if (watching->over || strcmp(message->address, "/done") == 0 || strcmp(message->address, "/pong") == 0)
    return;
  sq_ctl_print_message(watching->ctl, message);
  if (watching->left > 0.0 && --watching->left <= 0.0)
    watching->over = true;
}

int sq_ctl_watch(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args) {
  const char *pattern = args->words[0].text;
  bool events = strcmp(pattern, "events") == 0;
  if (!events && *pattern != '/')
    return sq_ctl_usage(ctl, verb, "a pattern starts with /; `events` is for all events");
  Watching watching = {.ctl = ctl, .left = sq_ctl_option(args, "--count", -1.0)};
  const SqRemoteListener listener = {.handle = print_watched, .context = &watching};
  double hz = sq_ctl_option(args, "--hz", 0.0);
  lo_message ask = lo_message_new();
  if (events)
    lo_message_add_int32(ask, 1);
  else
    lo_message_add_string(ask, pattern);
  if (hz > 0.0 && !events)
    lo_message_add_float(ask, (float)hz);
  int status = sq_ctl_ask(ctl, events ? "/notify" : "/subscribe", ask, &listener);
  const Going going = {.seconds = sq_ctl_option(args, "--for", -1.0), .over = &watching.over, .step_ms = RENEW_MS};
  return status != SQ_CTL_OK ? status : go_on(ctl, &listener, &going);
}

// ---- meters ---------------------------------------------------------------------------------------------------------

typedef struct MeterRow {
  char name[ROW_NAME];
  double peak_db, rms_db; ///< of the loudest channel
  double hold_db;         ///< falls slowly
} MeterRow;

typedef struct Metering {
  const SqCtl *ctl;
  bool bars;
  int64_t interval_ms, printed;
  int n, drawn; ///< rows known, rows on the screen
  MeterRow rows[MAX_ROWS];
} Metering;

static void print_bar(const MeterRow *row) {
  int rms = (int)lround((row->rms_db - FLOOR_DB) / -FLOOR_DB * BAR_WIDTH);
  int peak = (int)lround((row->peak_db - FLOOR_DB) / -FLOOR_DB * BAR_WIDTH);
  int hold = (int)lround((row->hold_db - FLOOR_DB) / -FLOOR_DB * BAR_WIDTH);
  printf("\r\033[K%-*.*s ", NAME_WIDTH, NAME_WIDTH, row->name);
  for (int i = 0; i < BAR_WIDTH; i++) {
    double db = FLOOR_DB - FLOOR_DB * i / BAR_WIDTH;
    const char *color = db > -3.0 ? "31" : db > -12.0 ? "33" : "32";
    if (i < rms)
      printf("\033[%sm\u2588", color);
    else if (i < peak)
      printf("\033[%sm\u2592", color);
    else if (i == hold && hold > 0)
      printf("\033[%sm|", color);
    else
      printf("\033[90m\u00b7");
  }
  printf("\033[0m %6.1f dB\n", row->peak_db);
}

static void draw(Metering *metering) {
  if (metering->drawn)
    printf("\033[%dA", metering->drawn);
  for (int i = 0; i < metering->n; i++)
    print_bar(&metering->rows[i]);
  metering->drawn = metering->n;
  fflush(stdout);
}

static void print_plain(const Metering *metering) {
  for (int i = 0; i < metering->n; i++)
    printf("%s%s %.1f", i ? "  " : "", metering->rows[i].name, metering->rows[i].hold_db);
  fputs("  dB\n", stdout);
  fflush(stdout);
}

static MeterRow *find_row(Metering *metering, const char *name) {
  for (int i = 0; i < metering->n; i++)
    if (strcmp(metering->rows[i].name, name) == 0)
      return &metering->rows[i];
  if (metering->n == MAX_ROWS)
    return NULL;
  MeterRow *row = &metering->rows[metering->n++];
  snprintf(row->name, sizeof row->name, "%s", name);
  row->hold_db = -144.0;
  return row;
}

/// /meter s:strip f:peak_db f:rms_db ... a pair a channel
static void on_meter(void *context, const SqOscMessage *message) {
  Metering *metering = context;
  if (strcmp(message->address, "/meter") != 0 || message->n_args < 1 || message->args[0].tag != 's')
    return;
  if (metering->ctl->json) {
    sq_ctl_print_message(metering->ctl, message);
    return;
  }
  const char *path = message->args[0].u.s, *slash = strrchr(path, '/');
  MeterRow *row = find_row(metering, slash ? slash + 1 : path);
  if (!row)
    return;
  row->peak_db = row->rms_db = -144.0;
  for (uint32_t i = 1; i + 1 < message->n_args; i += 2) {
    double peak = -144.0, rms = -144.0;
    sq_words_number(&message->args[i], &peak);
    sq_words_number(&message->args[i + 1], &rms);
    row->peak_db = fmax(row->peak_db, peak);
    row->rms_db = fmax(row->rms_db, rms);
  }
  row->hold_db = fmax(row->peak_db, metering->bars ? row->hold_db - 1.0 : row->hold_db);
}

/// Draws what has come, not oftener than wanted.
static void on_tick(void *context) {
  Metering *metering = context;
  int64_t now = sq_remote_now_ms();
  if (metering->ctl->json || metering->n == 0 || now - metering->printed < metering->interval_ms)
    return;
  metering->printed = now;
  if (metering->bars) {
    draw(metering);
    return;
  }
  print_plain(metering);
  for (int i = 0; i < metering->n; i++)
    metering->rows[i].hold_db = -144.0; // each plain line says the peak since the last
}

int sq_ctl_meters(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args) {
  bool plain = !ctl->tty;
  for (int i = 0; i < args->n; i++)
    plain = plain || strcmp(args->words[i].text, "--plain") == 0;
  double hz = sq_ctl_option(args, "--hz", plain && !ctl->json ? 2.0 : 15.0);
  double seconds = sq_ctl_option(args, "--for", -1.0);
  if (!(hz > 0.0))
    return sq_ctl_usage(ctl, verb, "--hz wants a positive number");
  Metering metering = {.ctl = ctl, .bars = !plain, .interval_ms = (int64_t)(1000.0 / hz)};
  metering.printed = sq_remote_now_ms();
  const SqRemoteListener listener = {.handle = on_meter, .context = &metering};
  lo_message ask = lo_message_new();
  lo_message_add_float(ask, (float)fmax(hz, 10.0));
  int status = sq_ctl_ask(ctl, "/meters", ask, &listener);
  const Going going = {
      .seconds = seconds, .step_ms = (int)fmax(1.0, fmin(250.0, 1000.0 / hz)), .tick = on_tick, .context = &metering};
  return status != SQ_CTL_OK ? status : go_on(ctl, &listener, &going);
}
