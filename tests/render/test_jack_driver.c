// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The jack driver against real jackd processes: joining, starting, dying, stalling, coming back.
// sq-test: timeout=120 alone
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <jack/jack.h>
#include <jack/metadata.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/thread.h"
#include "drivers/jack_driver.h"
#include "drivers/list.h"

#define RATE 48000

typedef struct {
  _Atomic uint64_t frames, cycles;
  _Atomic uint32_t last, longest;
  _Atomic bool inside, wrong; ///< wrong: thread, float mode or overlapping calls
  _Atomic int lost, back, stalled, periods, rates;
  _Atomic int64_t last_period, back_ms;
  _Atomic uint64_t far_off;
} Seen;

static void sleep_ms(int ms) {
  nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

static void process(void *context, const float *const *in, uint32_t n_in, float *const *out, uint32_t n_out,
                    uint32_t n) {
  Seen *seen = context;
  if (atomic_exchange(&seen->inside, true))
    seen->wrong = true;
  volatile float tiny = 1e-39f;
  if (sq_thread_role() != SQ_THREAD_AUDIO || tiny * 0.5f != 0.0f || n > SQ_MAX_BLOCK)
    seen->wrong = true;
  for (uint32_t c = 0; c < n_out; c++)
    for (uint32_t i = 0; i < n; i++)
      out[c][i] = n_in ? in[c % n_in][i] : 0.25f;
  seen->frames += n;
  seen->last += n;
  if (n > seen->longest)
    seen->longest = n;
  seen->inside = false;
}

static void cycle(void *context, uint64_t usecs) {
  Seen *seen = context;
  seen->cycles++;
  seen->last = 0;
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC_RAW, &t);
  int64_t age = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000 - (int64_t)usecs;
  if (age < -50000 || age > 500000)
    seen->far_off++; // not the clock that was promised, or a stall
}

static void notify(void *context, SqDriverNotice notice, int64_t value) {
  Seen *seen = context;
  switch (notice) {
  case SQ_DRIVER_PERIOD:
    seen->last_period = value;
    seen->periods++;
    break;
  case SQ_DRIVER_RATE:
    seen->rates++;
    break;
  case SQ_DRIVER_XRUN:
    break;
  case SQ_DRIVER_LOST:
    seen->lost++;
    break;
  case SQ_DRIVER_BACK:
    seen->back_ms = value;
    seen->back++;
    break;
  case SQ_DRIVER_STALLED:
    seen->stalled++;
    break;
  }
}

static void log_line(void *context, int level, const char *text) {
  if (getenv("SQ_TEST_VERBOSE"))
    fprintf(stderr, "    <%d> %s\n", level, text);
}

/// Asserts that the condition comes to hold within `ms`.
#define AWAIT(condition, ms)                                                                                           \
  do {                                                                                                                 \
    int64_t until_ms = sq_clock_now_ms() + (ms);                                                                       \
    while (!(condition) && sq_clock_now_ms() < until_ms)                                                               \
      sleep_ms(2);                                                                                                     \
    assert_true(condition);                                                                                            \
  } while (0)

// ---- servers and drivers --------------------------------------------------------------------------------------------

static const char *unique(const char *what) {
  static char names[8][40];
  static int n;
  char *name = names[n++ % 8];
  snprintf(name, sizeof names[0], "sqt%s%d-%d", what, n, (int)getpid());
  return name;
}

static pid_t server_start(const char *name, const char *period) {
  pid_t pid = fork();
  if (pid == 0) {
    int null = open("/dev/null", O_RDWR);
    dup2(null, 1), dup2(null, 2);
    execlp("jackd", "jackd", "-n", name, "-p", "256", "-d", "dummy", "-r", "48000", "-p", period, (char *)NULL);
    _exit(127);
  }
  return pid;
}

static void server_stop(pid_t pid) {
  kill(pid, SIGTERM);
  waitpid(pid, NULL, 0);
}

/// True when JACK's registry of servers, which holds eight, has one whose name and ':' contain `part`; its name.
static bool registered(const char *part, char name[static SQ_JACK_NAME]) {
  static char text[100000];
  FILE *file = fopen("/dev/shm/jack-shm-registry", "r");
  size_t size = file ? fread(text, 1, sizeof text - 1, file) : 0;
  if (file)
    fclose(file);
  text[size] = 0;
  for (size_t i = 0; i < size; i += strlen(text + i) + 1) {
    const char *start = strstr(text + i, ":sqt"); // "jack-UID:NAME:"
    if (!start || !strstr(start, part))
      continue;
    snprintf(name, SQ_JACK_NAME, "%.*s", (int)strcspn(start + 1, ":"), start + 1);
    return true;
  }
  return false;
}

static void quiet(const char *text) {}

typedef struct {
  pid_t pid;
  int hold; ///< closed: it ends
} Peer;

/// Another program with a JACK client "peer" that has an input "ear": this one with `--peer`. (libjack loses its
/// footing when two clients of one process survive a server.)
static Peer peer_start(const char *server) {
  int in[2], out[2];
  assert_int_equal(pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC), 0);
  pid_t pid = fork();
  if (pid == 0) {
    dup2(in[0], 0), dup2(out[1], 1);
    execl("/proc/self/exe", "test_jack_driver", "--peer", server, (char *)NULL);
    _exit(127);
  }
  close(in[0]), close(out[1]);
  char ready;
  assert_int_equal(read(out[0], &ready, 1), 1);
  close(out[0]);
  return (Peer){.pid = pid, .hold = in[1]};
}

static void peer_stop(Peer peer) {
  close(peer.hold);
  kill(peer.pid, SIGKILL);
  waitpid(peer.pid, NULL, 0);
}

/// A JACK client of the test's own, as soon as the server answers.
static jack_client_t *peer_open(const char *server, const char *name) {
  jack_client_t *client = NULL;
  for (int i = 0; i < 250 && !client; i++) {
    client = jack_client_open(name, JackNoStartServer | JackServerName, NULL, server);
    if (!client)
      sleep_ms(20);
  }
  return client;
}

static SqStatus try_open(Seen *seen, SqDriverConfig config, SqDriver **driver, char *error, size_t size) {
  static _Alignas(16) SqDriverHost host;
  memset((void *)seen, 0, sizeof *seen);
  host = (SqDriverHost){.context = seen, .process = process, .notify = notify, .log = log_line, .cycle = cycle};
  config.rate = RATE;
  config.period = config.period ? config.period : 256;
  config.n_in = config.n_out = 2;
  config.device = config.device ? config.device : "dummy"; // a card of this machine is not for tests
  return sq_driver_jack.open(&config, &host, driver, error, size);
}

static SqDriver *started(Seen *seen, SqDriverConfig config) {
  SqDriver *driver = NULL;
  char error[300] = "";
  SqStatus status = try_open(seen, config, &driver, error, sizeof error);
  if (status)
    fail_msg("open: %s", error);
  assert_int_equal(seen->cycles, 0); // opens, but calls nothing yet
  assert_int_equal(driver->type->start(driver, error, sizeof error), SQ_OK);
  AWAIT(seen->cycles > 2, 5000);
  return driver;
}

/// "from>to;" for each connection of our ports as the server has it, sorted by our ports.
static const char *links(SqDriver *driver) {
  static char text[1000];
  text[0] = 0;
  SqJackClient *client = sq_jack_driver_client((SqDriverJack *)driver);
  for (uint32_t i = 0; client && i < 4; i++) {
    jack_port_t *port = i < 2 ? client->in_ports[i] : client->out_ports[i - 2];
    const char **names = jack_port_get_all_connections(client->jack, port);
    for (const char **name = names; name && *name; name++) {
      size_t n = strlen(text);
      snprintf(text + n, sizeof text - n, "%s>%s;", jack_port_short_name(port), *name);
    }
    jack_free(names);
  }
  if (client)
    sq_jack_client_unref(client);
  return text;
}

/// How many connections the driver remembers: it takes note of new ones when libjack tells it.
static uint32_t remembered(SqDriver *driver) {
  return *(volatile uint32_t *)&((SqDriverJack *)driver)->links.n;
}

static void crosswise(SqDriver *driver) {
  char error[300];
  assert_int_equal(driver->type->connect(driver, "out_1", "system:playback_2", true, error, sizeof error), SQ_OK);
  assert_int_equal(driver->type->connect(driver, "out_2", "system:playback_1", true, error, sizeof error), SQ_OK);
  assert_int_equal(driver->type->connect(driver, "system:capture_2", "in_1", true, error, sizeof error), SQ_OK);
  AWAIT(remembered(driver) == 3, 5000);
}

#define CROSSWISE "in_1>system:capture_2;out_1>system:playback_2;out_2>system:playback_1;"

static pid_t child_of(SqDriver *driver) {
  return ((SqDriverJack *)driver)->jackd.pid;
}

// ---- tests ----------------------------------------------------------------------------------------------------------

static void says_that_no_server_runs(void **state) {
  Seen seen;
  SqDriver *driver = NULL;
  char error[300] = "", expected[300];
  const char *server = unique("none");
  SqDriverConfig config = {.client_name = "squeezed-test", .server_name = server, .must = true};
  int64_t begin = sq_clock_now_ms();
  assert_int_equal(try_open(&seen, config, &driver, error, sizeof error), SQ_NOT_FOUND);
  snprintf(expected, sizeof expected, "no JACK server '%s' is running, and we are told not to start one", server);
  assert_string_equal(error, expected);
  assert_null(driver);
  assert_true(sq_clock_now_ms() - begin < 1000);
}

static void says_why_a_child_does_not_start(void **state) {
  Seen seen;
  SqDriver *driver = NULL;
  char error[300] = "";
  SqDriverConfig config = {.client_name = unique("card"), .managed = true, .device = "hw:NoSuchCard"};
  config.server_name = config.client_name;
  assert_int_equal(try_open(&seen, config, &driver, error, sizeof error), SQ_NOT_FOUND);
  assert_non_null(strstr(error, "the jackd we started ended: "));
  assert_true(strlen(error) > 35); // jackd's last words
  char *path = strdup(getenv("PATH"));
  setenv("PATH", "/nonexistent", 1);
  config.device = NULL;
  SqStatus status = try_open(&seen, config, &driver, error, sizeof error);
  setenv("PATH", path, 1);
  free(path);
  assert_int_equal(status, SQ_NOT_FOUND);
  assert_string_equal(error, "cannot start jackd: No such file or directory; install the package jackd2");
}

static void joins_a_running_server(void **state) {
  Seen seen, second_seen;
  const char *server = unique("join");
  pid_t pid = server_start(server, "128");
  jack_client_t *peer = peer_open(server, "peer");
  assert_non_null(peer);
  SqDriverConfig config = {.client_name = "squeezed", .server_name = server, .managed = true, .connect = true};
  SqDriver *driver = started(&seen, config);
  SqDriverInfo info;
  driver->type->info(driver, &info);
  assert_int_equal(info.period, 128);
  assert_int_equal(info.rate, 48000);
  assert_true(info.running && info.n_in == 2 && info.n_out == 2);
  char expected[100];
  snprintf(expected, sizeof expected, "jack server '%s'", server);
  assert_string_equal(info.description, expected);
  assert_int_equal(child_of(driver), 0);
  assert_string_equal(links(driver),
                      "in_1>system:capture_1;in_2>system:capture_2;out_1>system:playback_1;out_2>system:playback_2;");
  char *text = NULL;
  assert_int_equal(driver->type->ports(driver, &text), SQ_OK);
  assert_non_null(strstr(text, "squeezed:out_1|out|audio\n"));
  assert_non_null(strstr(text, "system:playback_1|in|audio\n"));
  free(text);
  // A second instance of the same name: another client, its own ports.
  config.connect = false;
  SqDriver *second = started(&second_seen, config);
  assert_int_equal(second->type->ports(second, &text), SQ_OK);
  assert_non_null(strstr(text, "squeezed-01:out_1|out|audio\n"));
  free(text);
  assert_string_equal(links(second), "");
  second->type->close(second);
  driver->type->stop(driver);
  uint64_t cycles = seen.cycles;
  sleep_ms(30);
  assert_int_equal(seen.cycles, cycles); // stop() means stopped
  driver->type->close(driver);
  assert_false(seen.wrong || second_seen.wrong);
  assert_int_equal(seen.far_off, 0);
  jack_client_close(peer);
  server_stop(pid);
}

static void tells_what_cannot_be_connected(void **state) {
  Seen seen;
  char error[800];
  SqDriver *driver =
      started(&seen, (SqDriverConfig){.client_name = unique("conn"), .managed = true, .server_name = unique("conn")});
  const SqDriverType *type = driver->type;
  assert_int_equal(type->connect(driver, "out_1", "nobody:in", true, error, sizeof error), SQ_NOT_FOUND);
  assert_string_equal(error, "there is no JACK port 'nobody:in'; list the ports to see their names");
  assert_int_equal(type->connect(driver, "in_1", "system:playback_1", true, error, sizeof error), SQ_BAD_ARGS);
  assert_non_null(strstr(error, "wrong side"));
  assert_int_equal(type->connect(driver, "out_1", "system:playback_1", false, error, sizeof error), SQ_NOT_FOUND);
  assert_int_equal(type->connect(driver, "out_1", "system:playback_1", true, error, sizeof error), SQ_OK);
  assert_int_equal(type->connect(driver, "out_1", "system:playback_1", true, error, sizeof error), SQ_OK);
  assert_int_equal(type->connect(driver, "out_1", "system:playback_1", false, error, sizeof error), SQ_OK);
  assert_string_equal(links(driver), "");
  type->close(driver);
}

static void starts_and_ends_a_server_of_its_own(void **state) {
  Seen seen;
  const char *name = unique("own");
  for (int round = 0; round < 3; round++) {
    SqDriverConfig config = {.client_name = name, .server_name = name, .managed = true, .period = 64};
    int64_t begin = sq_clock_now_ms();
    SqDriver *driver = started(&seen, config);
    if (round == 0)
      printf("  own jackd: first cycles after %d ms\n", (int)(sq_clock_now_ms() - begin));
    pid_t pid = child_of(driver);
    assert_true(pid > 0 && kill(pid, 0) == 0);
    SqDriverInfo info;
    driver->type->info(driver, &info);
    assert_int_equal(info.period, 64);
    assert_non_null(strstr(info.description, "(dummy driver, started by us)"));
    begin = sq_clock_now_ms();
    driver->type->close(driver);
    assert_true(sq_clock_now_ms() - begin < 2500);
    assert_int_equal(kill(pid, 0), -1); // reaped as well
    assert_false(seen.wrong);
    assert_int_equal(seen.lost, 0);
  }
}

static int by_value(const void *a, const void *b) {
  return *(const int *)a - *(const int *)b;
}

static void survives_the_death_of_its_server(void **state) {
  enum { ROUNDS = 20 };
  Seen seen;
  int took[ROUNDS], first = 0;
  const char *name = unique("kill");
  SqDriver *driver = started(&seen, (SqDriverConfig){.client_name = name, .server_name = name, .managed = true});
  crosswise(driver);
  const char *labels[] = {"Left", "Right"};
  driver->type->label(driver, labels, 2);
  for (int i = 0; i < ROUNDS; i++) {
    pid_t before = child_of(driver);
    int64_t begin = sq_clock_now_ms();
    kill(before, i % 5 == 4 ? SIGTERM : SIGKILL); // an orderly end takes the ports away first
    AWAIT(seen.back == i + 1, 4000);
    took[i] = (int)(sq_clock_now_ms() - begin);
    first = i ? first : took[i];
    uint64_t cycles = seen.cycles;
    AWAIT(seen.cycles > cycles + 5, 5000);
    assert_string_equal(links(driver), CROSSWISE);
    assert_int_equal(seen.lost, i + 1);
    assert_true(child_of(driver) > 0 && child_of(driver) != before);
    assert_true(took[i] <= 2000);
    sleep_ms(i % 3 * 40);
  }
  qsort(took, ROUNDS, sizeof *took, by_value);
  printf(
      "  server killed %d times: back with ports and links after %d ms at first, then (pauses of up to 500 ms in it) "
      "median %d ms, worst %d ms\n",
      ROUNDS, first, took[ROUNDS / 2], took[ROUNDS - 1]);
  assert_false(seen.wrong);
  assert_int_equal(seen.rates, 0);
  driver->type->close(driver);
}

static void remembers_cuts_and_waits_for_others(void **state) {
  Seen seen;
  char error[300];
  const char *name = unique("peer");
  SqDriver *driver = started(&seen, (SqDriverConfig){.client_name = "squeezed", .server_name = name, .managed = true});
  Peer peer = peer_start(name);
  crosswise(driver);
  assert_int_equal(driver->type->connect(driver, "out_1", "peer:ear", true, error, sizeof error), SQ_OK);
  assert_int_equal(driver->type->connect(driver, "out_1", "in_2", true, error, sizeof error), SQ_OK);
  AWAIT(remembered(driver) == 5, 5000);
  assert_int_equal(driver->type->connect(driver, "out_2", "system:playback_1", false, error, sizeof error), SQ_OK);
  AWAIT(remembered(driver) == 4, 5000); // a cut is believed when both ports outlive it
  kill(child_of(driver), SIGKILL);
  AWAIT(seen.back == 1, 4000);
  assert_string_equal(links(driver),
                      "in_1>system:capture_2;in_2>squeezed:out_1;out_1>system:playback_2;out_1>squeezed:in_2;");
  peer_stop(peer);
  peer = peer_start(name); // it comes back later than we do
  AWAIT(strstr(links(driver), "out_1>peer:ear;") != NULL, 5000);
  peer_stop(peer);
  driver->type->close(driver);
}

static void comes_back_to_a_server_of_others(void **state) {
  Seen seen;
  const char *name = unique("back");
  pid_t pid = server_start(name, "256");
  jack_client_t *peer = peer_open(name, "peer"); // only to know that it is up
  jack_client_close(peer);
  SqDriver *driver = started(&seen, (SqDriverConfig){.client_name = "squeezed", .server_name = name, .managed = true});
  crosswise(driver);
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
  AWAIT(seen.lost == 1, 5000);
  char error[300];
  assert_int_equal(driver->type->set_period(driver, 64, error, sizeof error), SQ_NOT_NOW);
  assert_string_equal(error, "the JACK server is gone; try again when it is back");
  SqDriverInfo info;
  driver->type->info(driver, &info);
  assert_false(info.running);
  sleep_ms(300);
  assert_int_equal(child_of(driver), 0); // theirs to start: ours would take the card from them
  pid = server_start(name, "512");
  int64_t begin = sq_clock_now_ms();
  AWAIT(seen.back == 1, 4000);
  printf("  foreign server back %d ms after its start\n", (int)(sq_clock_now_ms() - begin));
  assert_string_equal(links(driver), CROSSWISE);
  assert_int_equal(seen.last_period, 512);
  AWAIT(seen.last == 512, 5000);
  driver->type->close(driver);
  assert_false(seen.wrong);
  server_stop(pid);
}

/// Waits until somebody listens for clients of the server.
static void await_listener(const char *server) {
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  snprintf(a.sun_path, sizeof a.sun_path, "/dev/shm/jack_%s_%d_0", server, (int)geteuid());
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  AWAIT(connect(fd, (struct sockaddr *)&a, sizeof a) == 0 || errno == EISCONN, 5000);
  close(fd);
}

static int threads(void) {
  char text[2000] = "";
  FILE *file = fopen("/proc/self/status", "re");
  assert_true(file && fread(text, 1, sizeof text - 1, file) > 0);
  fclose(file);
  return (int)strtol(strstr(text, "Threads:") + 8, NULL, 10);
}

static void sends_nobody_after_whom_a_stopped_server_holds(void **state) {
  Seen seen;
  const char *name = unique("still");
  pid_t pid = server_start(name, "256");
  await_listener(name);
  SqDriver *driver = started(&seen, (SqDriverConfig){.client_name = "squeezed", .server_name = name});
  server_stop(pid);
  AWAIT(seen.lost == 1, 5000);
  pid = server_start(name, "256");
  await_listener(name);
  kill(pid, SIGSTOP);
  sleep_ms(1500); // within this time one is sent
  int held = threads();
  sleep_ms(3500); // and left behind after 3 s
  int later = threads();
  kill(pid, SIGCONT);
  AWAIT(seen.back == 1, 10000);
  driver->type->close(driver);
  server_stop(pid);
  assert_int_equal(later, held);
}

static void changes_period_while_running(void **state) {
  static const uint32_t periods[] = {64, 1024, 128, 2048, 256, 32, 8192, 512};
  Seen seen;
  char error[300];
  SqDriver *driver =
      started(&seen, (SqDriverConfig){.client_name = unique("per"), .managed = true, .server_name = unique("per")});
  int notices = 0;
  for (int i = 0; i < 50; i++) {
    uint32_t period = periods[i % 8];
    SqDriverInfo info;
    driver->type->info(driver, &info);
    notices += info.period != period;
    assert_int_equal(driver->type->set_period(driver, period, error, sizeof error), SQ_OK);
    AWAIT(seen.last == period, 5000);
    assert_int_equal(seen.periods, notices);
    assert_int_equal(seen.last_period, period);
  }
  assert_int_equal(seen.longest, SQ_MAX_BLOCK); // of periods beyond it we got pieces
  assert_int_equal(driver->type->set_period(driver, 8193, error, sizeof error), SQ_RANGE);
  assert_int_equal(seen.lost, 0);
  assert_false(seen.wrong);
  driver->type->close(driver);
}

static void notices_a_stall_and_its_end(void **state) {
  Seen seen;
  char error[300], name[SQ_JACK_NAME], entry[SQ_JACK_NAME];
  snprintf(name, sizeof name, "%s", unique("stall"));
  SqDriver *driver = started(&seen, (SqDriverConfig){.client_name = name, .managed = true, .server_name = name});
  crosswise(driver);
  pid_t pid = child_of(driver);
  int64_t begin = sq_clock_now_ms();
  kill(pid, SIGSTOP);
  AWAIT(seen.stalled == 1, 5000);
  int64_t took = sq_clock_now_ms() - begin;
  printf("  stall noticed after %d ms\n", (int)took);
  assert_in_range(took, 300, 1500);
  SqDriverInfo info;
  driver->type->info(driver, &info);
  assert_false(info.running);
  begin = sq_clock_now_ms();
  assert_int_equal(driver->type->set_period(driver, 64, error, sizeof error), SQ_TIMEOUT);
  assert_string_equal(error, "the JACK server does not answer; try again when it does");
  assert_true(sq_clock_now_ms() - begin < 3000);
  kill(pid, SIGCONT);
  AWAIT(seen.back == 1, 5000);
  AWAIT((driver->type->info(driver, &info), info.running), 5000);
  assert_int_equal(seen.lost, 0);
  assert_string_equal(links(driver), CROSSWISE);
  // And an end that does not wait for a server that stands still.
  kill(pid, SIGSTOP);
  AWAIT(seen.stalled == 2, 5000);
  assert_true(registered(name, entry));
  begin = sq_clock_now_ms();
  driver->type->close(driver);
  assert_true(sq_clock_now_ms() - begin < 3000);
  assert_int_equal(kill(pid, 0), -1);
  assert_false(registered(name, entry)); // in order: a killed server stays in the list
  assert_false(seen.wrong);
}

static bool has_property(jack_uuid_t subject, const char *key, const char *expected) {
  char *value = NULL, *type = NULL;
  if (jack_get_property(subject, key, &value, &type) != 0)
    return false;
  bool same = !strcmp(value, expected);
  jack_free(value);
  jack_free(type);
  return same;
}

static void tells_names_and_latency(void **state) {
  Seen seen;
  const char *name = unique("meta");
  SqDriver *driver = started(&seen, (SqDriverConfig){.client_name = "squeezed", .server_name = name, .managed = true});
  jack_client_t *peer = peer_open(name, "peer");
  const char *labels[] = {"Master left", "Master right"};
  driver->type->label(driver, labels, 2);
  jack_port_t *port = jack_port_by_name(peer, "squeezed:out_2");
  assert_non_null(port);
  jack_uuid_t uuid = jack_port_uuid(port);
  AWAIT(has_property(uuid, JACK_METADATA_PRETTY_NAME, "Master right"), 5000);
  assert_true(has_property(uuid, JACK_METADATA_ORDER, "1"));
  assert_true(has_property(uuid, JACK_METADATA_PORT_GROUP, "Outputs"));
  assert_false(has_property(jack_port_uuid(jack_port_by_name(peer, "squeezed:out_1")), JACK_METADATA_ORDER, "1"));
  crosswise(driver);
  jack_latency_range_t before = {0, 0}, after = {0, 0};
  jack_port_get_latency_range(port, JackCaptureLatency, &before);
  driver->type->latency(driver, 777);
  AWAIT((jack_port_get_latency_range(port, JackCaptureLatency, &after), after.max == before.max + 777), 5000);
  jack_client_close(peer);
  driver->type->close(driver);
}

/// Our own end by force ends the server too: `--own NAME` of this program runs a driver until it is killed.
static void leaves_no_server_behind(void **state) {
  const char *name = unique("orphan");
  int tell[2];
  assert_int_equal(pipe(tell), 0);
  pid_t pid = fork();
  if (pid == 0) {
    dup2(tell[1], 1);
    execl("/proc/self/exe", "test_jack_driver", "--own", name, (char *)NULL);
    _exit(127);
  }
  close(tell[1]);
  pid_t jackd = 0;
  assert_int_equal(read(tell[0], &jackd, sizeof jackd), sizeof jackd);
  close(tell[0]);
  assert_int_equal(kill(jackd, 0), 0);
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
  char path[64], text[200];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)jackd);
  bool gone = false; // or a zombie that nobody of a small container's first process collects
  for (int i = 0; i < 1000 && !gone; i++, sleep_ms(2)) {
    FILE *file = fopen(path, "r");
    gone = !file || !fgets(text, sizeof text, file) || strstr(text, ") Z ");
    if (file)
      fclose(file);
  }
  assert_true(gone);
}

static int own(const char *name) {
  static Seen seen;
  SqDriver *driver = NULL;
  char error[300];
  int out = dup(1);
  SqDriverConfig config = {.client_name = name, .server_name = name, .managed = true};
  if (try_open(&seen, config, &driver, error, sizeof error))
    return 1;
  pid_t jackd = child_of(driver);
  if (write(out, &jackd, sizeof jackd) != sizeof jackd)
    return 1;
  sleep_ms(20000);
  return 0;
}

static int peer(const char *server) {
  char end;
  jack_set_error_function(quiet);
  jack_set_info_function(quiet);
  int out = dup(1);
  jack_client_t *client = peer_open(server, "peer");
  if (!client || !jack_port_register(client, "ear", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0) ||
      jack_activate(client) || write(out, "k", 1) != 1)
    return 1;
  return read(0, &end, 1) != 0;
}

/// What a failed test may leave: an entry in JACK's registry. A server of the name takes it away.
static int sweep(void **state) {
  char ours[40], name[SQ_JACK_NAME];
  snprintf(ours, sizeof ours, "-%d:", (int)getpid());
  while (registered(ours, name)) {
    pid_t pid = server_start(name, "1024");
    sleep_ms(400);
    server_stop(pid);
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 3 && !strcmp(argv[1], "--own"))
    return own(argv[2]);
  if (argc == 3 && !strcmp(argv[1], "--peer"))
    return peer(argv[2]);
  if (argc == 2)
    cmocka_set_test_filter(argv[1]);
  jack_set_error_function(quiet); // the peers' words before a driver listens
  jack_set_info_function(quiet);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(leaves_no_server_behind),
      cmocka_unit_test(says_that_no_server_runs),
      cmocka_unit_test(says_why_a_child_does_not_start),
      cmocka_unit_test(joins_a_running_server),
      cmocka_unit_test(tells_what_cannot_be_connected),
      cmocka_unit_test(starts_and_ends_a_server_of_its_own),
      cmocka_unit_test(survives_the_death_of_its_server),
      cmocka_unit_test(remembers_cuts_and_waits_for_others),
      cmocka_unit_test(comes_back_to_a_server_of_others),
      cmocka_unit_test(sends_nobody_after_whom_a_stopped_server_holds),
      cmocka_unit_test(changes_period_while_running),
      cmocka_unit_test(notices_a_stall_and_its_end),
      cmocka_unit_test(tells_names_and_latency),
  };
  return cmocka_run_group_tests(tests, NULL, sweep);
}
