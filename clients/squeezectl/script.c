// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Scripts: one message a line, sent without waiting for one another, each outcome told with its line.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clients/squeezectl/ctl.h"

enum { ADDRESS_SIZE = 1024, HEAD_SIZE = 16 };

#define NTP_UNIX 2208988800u ///< seconds from 1900 to 1970

/// Flags of a line.
enum {
  OPEN = 1,
  /*!< its outcome is still to come */ ASKS = 2 /*!< it had no arguments: what it answers is printed */
};

/// A bundle being collected.
typedef struct Bundle {
  bool open, future;
  uint8_t *bytes; ///< [size]
  size_t size;
} Bundle;

typedef struct Script {
  SqCtl *ctl;
  const char *name;
  int line;    ///< being read
  int waiting; ///< messages sent whose outcome has not come
  int failed;
  bool lost;
  unsigned char *open; ///< [n_open] flags of each line
  int n_open;
  Bundle bundle;
} Script;

static void complain(Script *script, int line, const char *address, const char *text) {
  script->failed++;
  if (!script->ctl->json) {
    fprintf(stderr, "%s:%d: %s%s%s\n", script->name, line, address, *address ? ": " : "", text);
    return;
  }
  printf("{\"ok\":false,\"line\":%d,\"address\":", line);
  sq_json_print_string(stdout, address);
  fputs(",\"text\":", stdout);
  sq_json_print_string(stdout, text);
  fputs("}\n", stdout);
}

/// Reads "/@LLINE/..."; returns what follows the tag, NULL: not ours.
static const char *read_tag(const char *address, int *line, bool *counted) {
  char *end = NULL;
  if (strncmp(address, "/@L", 3) != 0 && strncmp(address, "/@B", 3) != 0)
    return NULL;
  *counted = address[2] == 'L';
  *line = (int)strtol(address + 3, &end, 10);
  return end != address + 3 && *end == '/' ? end : NULL;
}

/// Marks that the outcome of `line` is to come. False: no memory.
static bool expect(Script *script, int line, bool asks) {
  if (line >= script->n_open) {
    int n = 2 * line + 64;
    unsigned char *open = realloc(script->open, (size_t)n);
    if (!open)
      return false;
    memset(open + script->n_open, 0, (size_t)(n - script->n_open));
    script->open = open;
    script->n_open = n;
  }
  script->waiting += !(script->open[line] & OPEN);
  script->open[line] = (unsigned char)(asks ? OPEN | ASKS : OPEN);
  return true;
}

/// Takes an outcome in. What a line stored for later may answer once more when its time comes: that counts no more.
static void settle(Script *script, int line) {
  if (line < 0 || line >= script->n_open || !(script->open[line] & OPEN))
    return;
  script->open[line] = 0;
  script->waiting--;
}

static void on_message(void *context, const SqOscMessage *message) {
  Script *script = context;
  int line = 0;
  bool counted = false;
  const char *address = read_tag(message->address, &line, &counted);
  if (!address) {
    if (strcmp(message->address, "/fail") == 0 && message->n_args >= 4)
      complain(script, script->line, sq_words_text(&message->args[0], ""), sq_words_text(&message->args[3], ""));
    return;
  }
  bool fail = strcmp(address, "/fail") == 0;
  if (fail)
    complain(script, line, message->n_args ? sq_words_text(&message->args[0], "") : "",
             message->n_args >= 4 ? sq_words_text(&message->args[3], "failed") : "failed");
  if (!fail && counted && strcmp(address, "/done") == 0 && line < script->n_open && (script->open[line] & ASKS) &&
      message->n_args > 1 && message->args[0].tag == 's' && !script->ctl->quiet) {
    const SqOscMessage value = {
        .address = message->args[0].u.s, .args = message->args + 1, .n_args = message->n_args - 1};
    sq_ctl_print_message(script->ctl, &value);
  }
  if (fail || strcmp(address, "/done") == 0) {
    if (counted)
      settle(script, line);
  } else if (!script->ctl->quiet) {
    SqOscMessage plain = *message;
    plain.address = address;
    sq_ctl_print_message(script->ctl, &plain);
  }
}

/// Reads what comes for `ms`, or, with `all`, until every outcome is there (ms then counts from the last one).
static void receive(Script *script, int64_t ms, bool all) {
  const SqRemoteListener listener = {.handle = on_message, .context = script};
  int64_t end = sq_remote_now_ms() + ms, left = ms;
  while (!script->lost && left >= 0 && !(all && script->waiting <= 0)) {
    SqStatus status = sq_remote_poll(script->ctl->remote, (int)left, &listener);
    script->lost = status == SQ_IO;
    if (all && status == SQ_OK)
      end = sq_remote_now_ms() + ms;
    if (ms == 0 && status != SQ_OK)
      return;
    left = end - sq_remote_now_ms();
  }
  if (all && script->waiting > 0 && !script->lost) {
    script->lost = true;
    complain(script, script->line, "", "answers are missing: is the daemon busy, or a longer --timeout needed?");
  }
}

// ---- bundles --------------------------------------------------------------------------------------------------------

static void put(uint8_t *at, uint64_t value, int n) {
  for (int i = 0; i < n; i++)
    at[i] = (uint8_t)(value >> (8 * (n - 1 - i)));
}

static bool append(Bundle *bundle, const void *data, size_t size) {
  uint8_t *bytes = realloc(bundle->bytes, bundle->size + size + 4);
  if (!bytes)
    return false;
  bundle->bytes = bytes;
  put(bytes + bundle->size, size, 4);
  memcpy(bytes + bundle->size + 4, data, size);
  bundle->size += size + 4;
  return true;
}

static void open_bundle(Script *script, const SqWords *words) {
  Bundle *bundle = &script->bundle;
  char *end = NULL;
  bool now = words->n < 2 || strcmp(words->words[1].text, "now") == 0;
  double ahead = now ? 0.0 : strtod(words->words[1].text, &end);
  if (bundle->open || (!now && (end == words->words[1].text || *end))) {
    complain(script, script->line, "", bundle->open ? "a bundle is open already" : "bundle wants `now` or +SECONDS");
    return;
  }
  uint8_t *bytes = malloc(HEAD_SIZE);
  if (!bytes)
    return;
  struct timespec clock;
  clock_gettime(CLOCK_REALTIME, &clock);
  double when = (double)clock.tv_nsec / 1e9 + ahead, whole = floor(when);
  uint64_t seconds = (uint64_t)((int64_t)clock.tv_sec + (int64_t)whole) + NTP_UNIX;
  memcpy(bytes, "#bundle", 8);
  put(bytes + 8, now ? 1 : seconds << 32 | (uint64_t)((when - whole) * 4294967296.0), 8);
  *bundle = (Bundle){.open = true, .future = !now && ahead > 0.0, .bytes = bytes, .size = HEAD_SIZE};
}

static void close_bundle(Script *script) {
  Bundle *bundle = &script->bundle;
  if (!bundle->open)
    complain(script, script->line, "", "end without bundle");
  else if (sq_remote_send_packet(script->ctl->remote, bundle->bytes, bundle->size) != SQ_OK)
    script->lost = true;
  free(bundle->bytes);
  *bundle = (Bundle){0};
}

// ---- lines ----------------------------------------------------------------------------------------------------------

static void send_line(Script *script, const SqWords *words) {
  char address[ADDRESS_SIZE], error[SQ_REMOTE_TEXT];
  const char *plain = words->words[0].text;
  // What stands in a future bundle may answer when its time comes: nobody waits for that.
  bool counted = !script->bundle.future;
  if (*plain != '/') {
    complain(script, script->line, plain, "an address starts with /");
    return;
  }
  lo_message args = sq_words_message(words->words + 1, words->n - 1, error, sizeof error);
  if (!args ||
      snprintf(address, sizeof address, "/@%c%d%s", counted ? 'L' : 'B', script->line, plain) >= ADDRESS_SIZE) {
    complain(script, script->line, plain, args ? "the address is too long" : error);
  } else {
    size_t size = 0;
    void *packet = lo_message_serialise(args, address, NULL, &size);
    bool sent = packet && (script->bundle.open ? append(&script->bundle, packet, size)
                                               : sq_remote_send_packet(script->ctl->remote, packet, size) == SQ_OK);
    free(packet);
    script->lost = script->lost || !sent || (counted && !expect(script, script->line, words->n == 1));
  }
  if (args)
    lo_message_free(args);
}

/// Puts environment variables in the place of ${NAME}. Returns the new line, to free; NULL: having complained.
static char *expand(Script *script, const char *text) {
  char *line = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&line, &size);
  while (out && *text) {
    const char *end = strncmp(text, "${", 2) == 0 ? strchr(text, '}') : NULL;
    if (!end) {
      fputc(*text++, out);
      continue;
    }
    char name[256];
    snprintf(name, sizeof name, "%.*s", (int)(end - text - 2), text + 2);
    const char *value = getenv(name);
    if (!value) {
      complain(script, script->line, name, "is not set in the environment");
      fclose(out);
      free(line);
      return NULL;
    }
    fputs(value, out);
    text = end + 1;
  }
  return out && fclose(out) == 0 ? line : NULL;
}

static void play_words(Script *script, const SqWords *words) {
  char *end = NULL;
  const char *verb = words->n ? words->words[0].text : "";
  if (strcmp(verb, "sleep") == 0) {
    double seconds = words->n == 2 ? strtod(words->words[1].text, &end) : -1.0;
    if (words->n != 2 || *end || !(seconds >= 0.0 && seconds < 1e6))
      complain(script, script->line, verb, "wants seconds");
    else
      receive(script, (int64_t)(seconds * 1000.0), false);
  } else if (strcmp(verb, "sync") == 0) {
    receive(script, script->ctl->timeout_ms, true);
  } else if (strcmp(verb, "bundle") == 0) {
    open_bundle(script, words);
  } else if (strcmp(verb, "end") == 0) {
    close_bundle(script);
  } else if (words->n) {
    send_line(script, words);
  }
}

static void play_line(Script *script, const char *text) {
  SqWords words;
  bool comment = text[strspn(text, " \t")] == '#';
  char *line = comment ? NULL : expand(script, text);
  if (line && !sq_words_split(line, &words))
    complain(script, script->line, "", "a quote is left open");
  else if (line)
    play_words(script, &words);
  if (line)
    sq_words_cleanup(&words);
  free(line);
}

int sq_ctl_script(SqCtl *ctl, FILE *file, const char *name) {
  Script script = {.ctl = ctl, .name = name};
  char *text = NULL;
  size_t cap = 0;
  int status = sq_ctl_connect(ctl);
  if (status != SQ_CTL_OK)
    return status;
  while (!script.lost && getline(&text, &cap, file) >= 0) {
    script.line++;
    play_line(&script, text);
    receive(&script, 0, false);
  }
  free(text);
  if (script.bundle.open)
    complain(&script, script.line, "", "the bundle has no end");
  free(script.bundle.bytes);
  receive(&script, ctl->timeout_ms, true);
  free(script.open);
  if (script.lost) {
    if (script.failed == 0)
      sq_ctl_complain(ctl, name, SQ_IO, "the daemon has gone or never was: start it by `squeezed`");
    return SQ_CTL_LOST;
  }
  return script.failed ? SQ_CTL_FAILED : SQ_CTL_OK;
}

int sq_ctl_play(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args) {
  const char *name = args->n ? args->words[0].text : "-";
  if (strcmp(name, "-") == 0)
    return sq_ctl_script(ctl, stdin, "standard input");
  FILE *file = fopen(name, "re");
  if (!file) {
    sq_ctl_complain(ctl, name, SQ_IO, strerror(errno));
    return SQ_CTL_USAGE;
  }
  int status = sq_ctl_script(ctl, file, name);
  fclose(file);
  return status;
}
