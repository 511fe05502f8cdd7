// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A server that dies while a client is being opened takes no lock of libjack with it: the next opening is heard again.
/// The server is one of the test's own that speaks JACK2's protocol (numbers and texts of fixed length over a socket,
/// as 1.9.21 has it) just far enough, and dies at the moment that matters: while libjack's listening thread takes in,
/// under libjack's lock, the news of another client. Without guards for those threads the second opening hangs.
#define _GNU_SOURCE
#include <jack/jack.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "drivers/jack_client.h"
#include "drivers/jack_log.h"
#include "drivers/jack_threads.h"

#define NAME_BYTES 65
#define MESSAGE_BYTES 257
#define SAYS_NO (-1)
#define REQUEST_CHECK 22
#define REQUEST_OPEN 23
#define NOTICE_ADD_CLIENT 0

typedef enum { DIES_IN_THE_NEWS, REFUSES_AFTER_THE_NEWS, REFUSES_UNHEARD } Manner;

typedef struct {
  int listening;
  Manner manner;
  char client[NAME_BYTES];
  _Atomic bool answered; ///< libjack answered the notice
  // Of the words libjack says about a notice that it cannot follow:
  _Atomic int begun, ended;
} Server;

static void sleep_ms(int ms) {
  nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

static struct sockaddr_un address(const char *name) {
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  snprintf(a.sun_path, sizeof a.sun_path, "/dev/shm/jack_%s_%d_0", name, (int)geteuid());
  return a;
}

static bool get(int fd, void *data, size_t size) {
  struct pollfd p = {.fd = fd, .events = POLLIN};
  return poll(&p, 1, 3000) == 1 && recv(fd, data, size, MSG_WAITALL) == (ssize_t)size;
}

static void put(int fd, const void *data, size_t size) {
  assert_int_equal(send(fd, data, size, MSG_NOSIGNAL), size);
}

static void put_number(int fd, int number) {
  put(fd, &number, sizeof number);
}

static void put_text(int fd, const char *text, size_t size) {
  char field[MESSAGE_BYTES] = "";
  snprintf(field, sizeof field, "%s", text);
  put(fd, field, size);
}

/// Tells the client that another one came, "nobody", whose semaphore it will look for and not find.
static int notice_put(Server *server) {
  struct sockaddr_un a = address(server->client);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
  put_number(fd, (int)(6 * sizeof(int)) + NAME_BYTES + MESSAGE_BYTES);
  put_text(fd, "nobody", NAME_BYTES);
  put_number(fd, 7); // its place in the table of clients
  put_number(fd, NOTICE_ADD_CLIENT);
  put_number(fd, 0), put_number(fd, 0);
  put_number(fd, 1); // wants an answer
  put_text(fd, "", MESSAGE_BYTES);
  return fd;
}

static void open_answer(Server *server, int fd) {
  int notice = -1, result;
  if (server->manner != REFUSES_UNHEARD)
    notice = notice_put(server);
  if (server->manner == DIES_IN_THE_NEWS)
    for (int i = 0; i < 2000 && !server->begun; i++)
      sleep_ms(1);
  if (server->manner == REFUSES_AFTER_THE_NEWS)
    server->answered = get(notice, &result, sizeof result);
  if (server->manner != DIES_IN_THE_NEWS)
    for (int i = 0; i < 4; i++)
      put_number(fd, SAYS_NO);
  else
    close(fd); // first, as when a process ends: it was opened first
  if (notice >= 0)
    close(notice);
}

/// Serves connections until one was opened or the time is over; a first one comes and goes without a word.
static void *server_run(void *data) {
  Server *server = data;
  struct pollfd p = {.fd = server->listening, .events = POLLIN};
  while (poll(&p, 1, 4000) == 1) {
    int fd = accept(server->listening, NULL, NULL), header[2];
    char body[256];
    while (get(fd, header, sizeof header) && (size_t)header[1] <= sizeof body && get(fd, body, (size_t)header[1])) {
      if (header[0] == REQUEST_CHECK) {
        put_number(fd, 0);
        put_text(fd, server->client, NAME_BYTES);
        put_number(fd, 0);
      } else if (header[0] == REQUEST_OPEN) {
        open_answer(server, fd);
        if (server->manner != DIES_IN_THE_NEWS)
          close(fd);
        return NULL;
      }
    }
    close(fd);
  }
  return NULL;
}

/// libjack's words, said where it holds its lock: slow ones.
static void slow_log(void *context, int level, const char *text) {
  Server *server = context;
  if (!strstr(text, "nobody"))
    return;
  server->begun++;
  sleep_ms(100);
  server->ended++;
}

static void host_process(void *context, const float *const *in, uint32_t n_in, float *const *out, uint32_t n_out,
                         uint32_t n) {}

/// One attempt to join; how long it took, ms.
static int64_t attempt(Server *server, SqDriverHost *host, SqJackShared *shared, const char *name) {
  pthread_t thread;
  char error[300];
  SqJackClient *client;
  SqDriverConfig config = {.client_name = server->client, .n_in = 2, .n_out = 2};
  server->answered = false;
  server->begun = server->ended = 0;
  assert_int_equal(pthread_create(&thread, NULL, server_run, server), 0);
  int64_t begin = sq_clock_now_ms();
  assert_int_equal(sq_jack_client_open(shared, &config, name, &client, error, sizeof error), SQ_NOT_FOUND);
  int64_t took = sq_clock_now_ms() - begin;
  assert_null(client);
  assert_string_equal(error, "no JACK server answers");
  pthread_join(thread, NULL);
  return took;
}

static void a_death_in_the_news_leaves_no_lock(void **state) {
  static Server server;
  static _Alignas(16) SqDriverHost host;
  host = (SqDriverHost){.context = &server, .process = host_process, .log = slow_log};
  char name[40];
  snprintf(name, sizeof name, "sqtnews-%d", (int)getpid());
  snprintf(server.client, sizeof server.client, "%s-client", name);
  struct sockaddr_un a = address(name);
  server.listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  unlink(a.sun_path);
  assert_int_equal(bind(server.listening, (struct sockaddr *)&a, sizeof a) || listen(server.listening, 10), 0);
  sq_jack_threads_init();
  sq_jack_log_start(&host);
  SqJackShared *shared = sq_jack_shared_new(&host);
  for (int round = 0; round < 3; round++) {
    server.manner = DIES_IN_THE_NEWS;
    attempt(&server, &host, shared, name);
    assert_int_equal(server.begun, 1);
    assert_int_equal(server.ended, 1); // its listening thread came out of there
    server.manner = REFUSES_AFTER_THE_NEWS;
    assert_in_range(attempt(&server, &host, shared, name), 0, 2000);
    assert_true(server.answered);
    server.manner = REFUSES_UNHEARD; // it waits where nobody will ever knock
    assert_in_range(attempt(&server, &host, shared, name), 0, 2000);
  }
  assert_int_equal(shared->inside, 0);
  sq_jack_shared_unref(shared);
  sq_jack_log_stop(&host);
  close(server.listening);
  unlink(a.sun_path);
}

static void said(const char *text) {}

int main(void) {
  jack_set_error_function(said);
  jack_set_info_function(said);
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_death_in_the_news_leaves_no_lock)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
