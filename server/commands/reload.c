// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Reading the configuration again while the daemon runs.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/config.h"

typedef struct Reload {
  SqContext *ctx;
  struct SqToken *token;
  SqOptions fresh; ///< as a daemon that is started now would have them
  SqGate gate;     ///< likewise
  char *faults;    ///< "squeezed: FILE:LINE: …", a line each
} Reload;

/// [job thread]
static SqStatus read_all(SqJob *job, void *context) {
  (void)job;
  Reload *reload = context;
  size_t size;
  FILE *err = open_memstream(&reload->faults, &size);
  if (!err)
    return SQ_LIMIT;
  SqOptionSources sources = *reload->ctx->options->sources;
  sources.out = sources.err = err;
  char why[SQ_ARGS_WHY];
  bool good = sq_options_load(&reload->fresh, &sources) < 0;
  if (good && sq_options_read_gate(&reload->fresh, &reload->gate, why, sizeof why) != SQ_OK) {
    fprintf(err, "squeezed: %s\n", why);
    good = false;
  }
  fclose(err);
  return good ? SQ_OK : SQ_IO;
}

/// Takes over what may change now and names what may not.
static void apply(Reload *reload, SqItems *results) {
  SqContext *ctx = reload->ctx;
  char value[SQ_CONFIG_TEXT], name[128];
  for (size_t i = 0; i < SQ_OPTION_COUNT; i++) {
    const SqOption *row = &sq_option_rows()[i];
    if (sq_option_equal(ctx->options, &reload->fresh, row))
      continue;
    const bool now = row->change != SQ_CHANGE_RESTART;
    snprintf(name, sizeof name, "%s.%s", row->section, row->key);
    sq_option_format(&reload->fresh, row, value, sizeof value);
    if (now) {
      sq_option_exchange(ctx->options, &reload->fresh, row);
      sq_config_changed(ctx, row);
    }
    if (now)
      sq_log(ctx->log, SQ_LOG_LEVEL_INFO, "reload: %s is '%s' now", name, value);
    else
      sq_log(ctx->log, SQ_LOG_LEVEL_WARNING, "reload: %s will be '%s' from the next start on", name, value);
    sq_items_text(results, name);
    sq_items_text(results, now ? "applied" : "restart");
  }
  sq_control_set_gate(ctx->control, &reload->gate); // the key may have changed, though its file's name did not
}

/// All faults to the log, the first of them with the next step to why[size].
static void tell_faults(const Reload *reload, char *why, size_t size) {
  static const char prefix[] = "squeezed: ";
  const char *at = reload->faults ? reload->faults : "";
  for (int n; *at; at += n + (at[n] == '\n')) {
    at += strncmp(at, prefix, sizeof prefix - 1) == 0 ? sizeof prefix - 1 : 0;
    n = (int)strcspn(at, "\n");
    sq_log(reload->ctx->log, SQ_LOG_LEVEL_ERROR, "reload: %.*s", n, at);
    if (!*why)
      snprintf(why, size, "%.*s; nothing was changed: mend it and reload again", n, at);
  }
}

static void over(void *context, int32_t id, SqStatus status) {
  (void)id;
  Reload *reload = context;
  SqItems results = {0};
  char why[SQ_ARGS_WHY] = "";
  if (status == SQ_OK)
    apply(reload, &results);
  else
    tell_faults(reload, why, sizeof why);
  if (reload->token)
    sq_control_finish(reload->ctx->control, reload->token, status, why, &results);
  sq_items_cleanup(&results);
  sq_options_cleanup(&reload->fresh);
  sq_gate_cleanup(&reload->gate);
  free(reload->faults);
  free(reload);
}

void sq_config_reload(SqContext *ctx, struct SqToken *token) {
  Reload *reload = sq_alloc(1, sizeof *reload);
  reload->ctx = ctx;
  reload->token = token;
  sq_jobs_add(ctx->jobs,
              &(SqJobSpec){.name = "read the configuration", .context = reload, .run = read_all, .done = over});
}
