// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Random messages and bundles, built from the real rows, valid and broken, into the whole daemon in one process: no
// crash, one outcome for each, and a document and an engine that agree afterwards.
#define _GNU_SOURCE // nftw
#include <arpa/inet.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "commands/families.h"
#include "daemon.h"

#define MESSAGES 100000
#define PACKET 65000

typedef struct {
  SqDaemon daemon;
  SqOptions options;
  char folder[64];
  int fd;
  SqClient *client;
  const SqRow **rows;
  size_t n_rows;
  uint32_t seed;
  uint32_t tag;         ///< of the next tagged message
  uint8_t *outcomes;    ///< [MESSAGES * 2] how many came for each tag
  uint8_t in[1U << 21]; ///< bytes read, not yet a packet
  size_t n_in;
  char (*sent)[64]; ///< [MESSAGES * 2] address of each tagged message
  uint64_t answers;
  uint32_t told;
  bool untagged; ///< a broken packet's tag may come out as another's
  int depth;     ///< of bundles
} Fuzz;

typedef struct {
  uint8_t data[PACKET];
  size_t n;
} Packet;

static uint32_t next(Fuzz *f, uint32_t below) {
  f->seed = f->seed * 1664525U + 1013904223U;
  return (uint32_t)(((uint64_t)(f->seed >> 8) * below) >> 24);
}

static bool one_in(Fuzz *f, uint32_t n) {
  return next(f, n) == 0;
}

#define PICK(f, list) ((list)[next(f, sizeof(list) / sizeof((list)[0]))])

// ---- writing OSC ----------------------------------------------------------------------------------------------------

static void put(Packet *p, const void *data, size_t n) {
  if (p->n + n + 4 > sizeof p->data)
    return;
  memcpy(p->data + p->n, data, n);
  p->n += n;
}

static void put_text(Packet *p, const char *text) {
  put(p, text, strlen(text) + 1);
  while (p->n % 4)
    put(p, "", 1);
}

static void put_32(Packet *p, uint32_t v) {
  v = htonl(v);
  put(p, &v, 4);
}

static void put_64(Packet *p, uint64_t v) {
  put_32(p, (uint32_t)(v >> 32));
  put_32(p, (uint32_t)v);
}

// ---- what is sent ---------------------------------------------------------------------------------------------------

static const char *a_strip(Fuzz *f) {
  static const char *const others[] = {"nobody", "1", "2", "7", "99999999999", "*", "{a,b}", "a?", "add", "", "ä"};
  const SqDoc *doc = f->daemon.control.ctx.doc;
  return one_in(f, 6) ? PICK(f, others) : sq_doc_at(doc, next(f, sq_doc_count(doc)))->name;
}

static const char *a_word(Fuzz *f) {
  static const char *const words[] = {"a",
                                      "b",
                                      "c",
                                      "d",
                                      "hall",
                                      "group",
                                      "x",
                                      "tone",
                                      "eq",
                                      "compressor",
                                      "limiter",
                                      "reverb",
                                      "gain",
                                      "sampler",
                                      "input",
                                      "none",
                                      "master",
                                      "lv2:http://example.org/none",
                                      "lv2:http://drobilla.net/plugins/mda/Delay",
                                      "pre",
                                      "post",
                                      "on",
                                      "off",
                                      "1|1",
                                      "3|2.5",
                                      "-inf",
                                      "0.5",
                                      "1e309",
                                      "nan",
                                      "/source/a/gain",
                                      "/*/*/gain",
                                      "//gain",
                                      "/source/",
                                      "beat",
                                      "bar",
                                      "plain",
                                      "full",
                                      "db",
                                      "9000",
                                      "osc.udp://127.0.0.1:9/",
                                      "level",
                                      "frequency",
                                      "port"};
  return one_in(f, 40) ? "lv2:http://drobilla.net/plugins/mda/Delay" : PICK(f, words);
}

/// One part of an address that a template's variable stands for.
static const char *a_part(Fuzz *f, const char *variable) {
  if (strncmp(variable, "{proc}", 6) == 0 || strncmp(variable, "{param}", 7) == 0) {
    static const char *const names[] = {"eq",      "gain",  "compressor", "limiter",   "Delay", "x",
                                        "b3_gain", "level", "mode",       "threshold", "3",     "*"};
    return PICK(f, names);
  }
  return a_strip(f);
}

static void expand(Fuzz *f, const char *address, char *out, size_t size) {
  char full[512];
  if (address[0] == '{') {
    for (uint32_t k = 0; k < SQ_ADDRESS_FAMILIES; k++) {
      const SqAddressFamily *family = &sq_address_families[k];
      const size_t n = strlen(family->word);
      if (strncmp(address, family->word, n) != 0)
        continue;
      uint32_t prefixes = 0;
      while (family->prefixes[prefixes])
        prefixes++;
      snprintf(full, sizeof full, "%s%s", family->prefixes[next(f, prefixes)], address + n);
      expand(f, full, out, size);
      return;
    }
  }
  size_t at = strlen(out);
  for (const char *c = address; *c && at + 100 < size;) {
    if (*c != '{') {
      out[at++] = *c++;
      out[at] = 0;
      continue;
    }
    at += (size_t)snprintf(out + at, size - at, "%s", a_part(f, c));
    c += strcspn(c, "}") + 1;
  }
}

static void put_arg(Fuzz *f, const SqArgSpec *spec, Packet *tags, Packet *body) {
  static const double odd[] = {0.0, 1.0, -1.0, 0.5, 60.0, 127.0, 128.0, -144.0, 10.0, 1e9, -1e9, 1e300, 2147483648.0};
  double number = PICK(f, odd);
  if (spec && spec->min < spec->max && !one_in(f, 5))
    number = spec->min + (spec->max - spec->min) * next(f, 1001) / 1000.0;
  const bool text = spec ? spec->type >= SQ_TYPE_STRING && spec->type != SQ_TYPE_POSITION : one_in(f, 2);
  char tag = text && !one_in(f, 8) ? 's' : "ifdhTFNIscbt[]"[next(f, 14)];
  if (!text && !one_in(f, 4))
    tag = "ifd"[next(f, 3)];
  float single = (float)number;
  uint32_t bits;
  uint64_t wide;
  put(tags, &tag, 1);
  switch (tag) {
  case 'i':
  case 'c':
    put_32(body, number > -2e9 && number < 2e9 ? (uint32_t)(int32_t)number : 0x80000000U);
    break;
  case 'f':
    memcpy(&bits, &single, 4);
    put_32(body, bits);
    break;
  case 'd':
    memcpy(&wide, &number, 8);
    put_64(body, wide);
    break;
  case 'h':
  case 't':
    put_64(body, number > -9e18 && number < 9e18 ? (uint64_t)(int64_t)number : 1);
    break;
  case 's':
    if (spec && spec->type == SQ_TYPE_PATH) {
      char path[128]; // nowhere else
      snprintf(path, sizeof path, "%s/file%u", f->folder, next(f, 4));
      put_text(body, path);
    } else {
      put_text(body, spec && spec->type == SQ_TYPE_REF ? a_strip(f) : a_word(f));
    }
    break;
  case 'b':
    bits = next(f, 9);
    put_32(body, bits);
    put(body, "/ping\0\0\0#", (bits + 3) / 4 * 4);
    break;
  default:
    break;
  }
}

static const SqRow *a_row(Fuzz *f) {
  for (;;) {
    const SqRow *row = f->rows[next(f, (uint32_t)f->n_rows)];
    if (strncmp(row->address, "/server/", 8) == 0 || strncmp(row->address, "/plugin/", 8) == 0 ||
        strcmp(row->address, "/client/reply_to") == 0)
      continue; // the end and the log, the machine's plug-ins, and another place for answers
    if (strncmp(row->address, "/session/", 9) == 0 && !one_in(f, 50))
      continue; // each waits for the disk, or begins from nothing
    if (!f->untagged || (strcmp(row->address, "/driver/run") != 0 && strncmp(row->address, "/session/", 9) != 0 &&
                         strncmp(row->address, "/record/", 8) != 0))
      return row; // a flipped bit may be a year of sound, or another folder
  }
}

static void message(Fuzz *f, Packet *p) {
  const SqRow *row = a_row(f);
  char address[1024] = "";
  if (!f->untagged && f->depth <= SQ_BUNDLE_DEPTH && !one_in(f, 3) && f->tag < 2 * MESSAGES)
    snprintf(address, sizeof address, "/@%u", f->tag++);
  expand(f, row->address, address, sizeof address);
  if (one_in(f, 20)) {
    static const char *const leaves[] = {"/toggle",    "/adjust", "/norm", "/str", "/default",
                                         "/effective", "/ramp",   "/",     "x"};
    strncat(address, PICK(f, leaves), sizeof address - strlen(address) - 1);
  }
  if (address[1] == '@')
    snprintf(f->sent[f->tag - 1], sizeof f->sent[0], "%.63s", address);
  Packet *tags = calloc(1, sizeof *tags), *body = calloc(1, sizeof *body);
  put(tags, ",", 1);
  if (strcmp(row->address, "/driver/run") == 0) {
    put(tags, "i", 1);
    put_32(body, next(f, 300));
  } else {
    const uint32_t n = one_in(f, 8) ? next(f, 6) : row->n_args;
    for (uint32_t i = 0; i < n && !(row->kind == SQ_ROW_VALUE && one_in(f, 3)); i++)
      put_arg(f, i < row->n_args ? &row->args[i] : NULL, tags, body);
    for (uint32_t i = 0; row->rest != SQ_REST_NONE && i < 2 * next(f, 3); i++)
      put_arg(f, NULL, tags, body);
  }
  put_text(p, address);
  put(tags, "", 1);
  put_text(p, (const char *)tags->data);
  put(p, body->data, body->n);
  free(tags);
  free(body);
}

static void bundle(Fuzz *f, Packet *p) {
  static const double ahead[] = {-1.0, 0.001, 0.05, 0.2, 1.0, 1000.0};
  SqControl *control = &f->daemon.control;
  uint64_t now = 0;
  sq_clock_frame_to_ntp(control->ctx.clock, sq_link_frame(control->ctx.link), &now);
  put_text(p, "#bundle");
  put_64(p, one_in(f, 2) ? next(f, 2) : now + (uint64_t)(int64_t)(PICK(f, ahead) * 4294967296.0));
  f->depth++;
  for (uint32_t i = next(f, 5); i > 0; i--) {
    Packet *inner = calloc(1, sizeof *inner);
    if (f->depth < 10 && one_in(f, 5))
      bundle(f, inner);
    else
      message(f, inner);
    put_32(p, (uint32_t)inner->n);
    put(p, inner->data, inner->n);
    free(inner);
  }
  f->depth--;
}

// ---- what comes back ------------------------------------------------------------------------------------------------

static void outcome(Fuzz *f, const char *address) {
  unsigned long tag;
  char word[16];
  f->answers++;
  if (sscanf(address, "/@%lu/%15s", &tag, word) == 2 && tag < 2 * MESSAGES &&
      (strcmp(word, "done") == 0 || strcmp(word, "fail") == 0)) {
    if (f->outcomes[tag]++ && f->told++ < 10)
      print_message("a second outcome: %s for %s\n", address, address + ((strlen(address) + 4) & ~(size_t)3) + 8);
  }
}

static void collect(Fuzz *f) {
  SqControl *control = &f->daemon.control;
  sq_jobs_collect(control->ctx.jobs, NULL, NULL);
  sq_daemon_tick(&f->daemon);
  sq_transport_poll(control->transport);
  for (;;) {
    const ssize_t n = recv(f->fd, f->in + f->n_in, sizeof f->in - f->n_in, MSG_DONTWAIT);
    if (n <= 0)
      break;
    f->n_in += (size_t)n;
    size_t at = 0;
    while (f->n_in - at >= 4) {
      uint32_t size;
      memcpy(&size, f->in + at, 4);
      size = ntohl(size);
      if (f->n_in - at < 4 + size)
        break;
      outcome(f, (const char *)f->in + at + 4);
      at += 4 + size;
    }
    memmove(f->in, f->in + at, f->n_in - at);
    f->n_in -= at;
    sq_transport_poll(control->transport);
  }
}

/// What exists is what sounds: each strip and processor of the document has its twin.
static void check_state(const Fuzz *f) {
  const SqContext *ctx = &f->daemon.control.ctx;
  for (uint32_t i = 0; i < sq_doc_count(ctx->doc); i++) {
    const SqStrip *strip = sq_doc_at(ctx->doc, i);
    assert_ptr_equal(sq_doc_named(ctx->doc, strip->name), strip);
    assert_ptr_equal(sq_doc_strip(ctx->doc, strip->handle), strip);
    assert_true(strip->output == 0 || sq_doc_strip(ctx->doc, strip->output));
    for (uint32_t k = 0; k < strip->n_sends; k++)
      assert_non_null(sq_doc_strip(ctx->doc, strip->sends[k].bus));
    SqLevels levels;
    assert_true(sq_link_levels(ctx->link, strip->handle, &levels));
    for (uint32_t k = 0; k <= strip->n_chain; k++) {
      const SqProc *proc = k < strip->n_chain ? strip->chain[k] : strip->generator;
      SqLinkState state;
      if (proc)
        assert_int_equal(sq_link_proc(ctx->link, proc->handle, &state, NULL, NULL), SQ_OK);
    }
  }
  SqLinkStats stats;
  sq_link_stats(ctx->link, &stats);
  assert_int_equal(stats.lost, 0);
}

// ---- the test -------------------------------------------------------------------------------------------------------

static void text_option(char **to, const char *text) {
  free(*to);
  *to = strdup(text);
}

static void start(Fuzz *f) {
  snprintf(f->folder, sizeof f->folder, "/tmp/squeezed-fuzz-XXXXXX");
  assert_non_null(mkdtemp(f->folder));
  sq_options_init(&f->options);
  text_option(&f->options.engine.driver, "offline");
  text_option(&f->options.paths.state, f->folder);
  text_option(&f->options.paths.runtime, f->folder);
  f->options.osc.port = 0;
  f->options.log.level = SQ_LOG_LEVEL_ERROR;
  assert_int_equal(sq_daemon_start(&f->daemon, &f->options), 0);
  f->rows = sq_daemon_contract(&f->n_rows);
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  snprintf(to.sun_path, sizeof to.sun_path, "%s/%s.sock", f->folder, f->options.server.name);
  f->fd = socket(AF_UNIX, SOCK_STREAM, 0);
  assert_int_equal(connect(f->fd, (struct sockaddr *)&to, sizeof to), 0);
  Packet *ping = calloc(1, sizeof *ping);
  put_32(ping, 12);
  put_text(ping, "/ping");
  put_text(ping, ",");
  assert_int_equal(write(f->fd, ping->data, ping->n), (ssize_t)ping->n);
  free(ping);
  for (int i = 0; i < 100 && !f->daemon.control.clients; i++)
    collect(f);
  f->client = f->daemon.control.clients;
  assert_non_null(f->client);
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at) {
  (void)info;
  (void)type;
  (void)at;
  return remove(path);
}

static void stop(Fuzz *f) {
  close(f->fd);
  sq_daemon_stop(&f->daemon);
  sq_options_cleanup(&f->options);
  free(f->rows);
  assert_int_equal(nftw(f->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void send_one(Fuzz *f, const char *address) {
  Packet *p = calloc(1, sizeof *p);
  put_text(p, address);
  put_text(p, ",");
  sq_dispatch_packet(&f->daemon.control, f->client, p->data, p->n);
  free(p);
}

/// Keeps the desk from growing without end.
static void thin_out(Fuzz *f) {
  const SqContext *ctx = &f->daemon.control.ctx;
  if (sq_doc_count(ctx->doc) <= 60 || !one_in(f, 20))
    return;
  char path[256], remove[300];
  sq_control_path(ctx, sq_doc_at(ctx->doc, 1 + next(f, 50))->handle, path, sizeof path);
  snprintf(remove, sizeof remove, "%s/remove", path);
  send_one(f, remove);
}

/// One message or bundle, whole or with flipped bits and a missing end.
static void send_random(Fuzz *f, Packet *p) {
  p->n = 0;
  f->untagged = one_in(f, 25);
  if (one_in(f, 10))
    bundle(f, p);
  else
    message(f, p);
  uint8_t *exact = malloc(p->n ? p->n : 1); // so that a read past the end is seen
  memcpy(exact, p->data, p->n);
  size_t n = p->n;
  for (uint32_t k = f->untagged ? 1 + next(f, 4) : 0; k > 0 && n; k--)
    exact[next(f, (uint32_t)n)] ^= (uint8_t)(1U << next(f, 8));
  if (f->untagged && one_in(f, 2))
    n = next(f, (uint32_t)n + 1);
  sq_dispatch_packet(&f->daemon.control, f->client, exact, n);
  free(exact);
}

/// Everything that was sent has its time to end.
static void settle(Fuzz *f) {
  SqControl *control = &f->daemon.control;
  send_one(f, "/sched/clear");
  for (int i = 0; i < 50 && (sq_jobs_pending(control->ctx.jobs) || control->tokens); i++) {
    sq_jobs_wait(control->ctx.jobs, 100);
    collect(f);
  }
  for (int i = 0; i < 100; i++) {
    sq_control_run(control, 4800);
    collect(f);
  }
}

static void check_outcomes(Fuzz *f) {
  uint32_t none = 0, many = 0, one = 0;
  for (uint32_t i = 0; i < f->tag; i++) {
    const uint8_t got = f->outcomes[i];
    one += got == 1;
    if (got == 0 && none++ < 10)
      print_message("no outcome: %s\n", f->sent[i]);
    many += got > 1;
  }
  print_message("%u messages, %u tagged, %llu answers, %u strips left\n", MESSAGES, f->tag,
                (unsigned long long)f->answers, sq_doc_count(f->daemon.control.ctx.doc));
  assert_int_equal(many, 0);
  assert_int_equal(none, 0);
  assert_true(one > MESSAGES / 2);
}

static void test_random_messages(void **state) {
  Fuzz *f = calloc(1, sizeof *f);
  f->seed = 20251;
  f->outcomes = calloc(2 * MESSAGES, 1);
  f->sent = calloc(2 * MESSAGES, sizeof *f->sent);
  start(f);
  SqControl *control = &f->daemon.control;
  Packet *p = calloc(1, sizeof *p);
  for (uint32_t i = 0; i < MESSAGES; i++) {
    send_random(f, p);
    if (i % 64 == 0) {
      sq_control_run(control, 16 + next(f, 200));
      collect(f);
    }
    if (i % 4096 == 0)
      check_state(f);
    thin_out(f);
  }
  settle(f);
  check_state(f);
  for (const SqToken *token = control->tokens; token; token = token->next)
    print_message("never ended: %s\n", token->to.address);
  assert_null(control->tokens);
  assert_null(control->waiting);
  assert_null(control->syncs);
  check_outcomes(f);
  stop(f);
  free(p);
  free(f->outcomes);
  free(f->sent);
  free(f);
  (void)state;
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_messages)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
