// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What a service manager would receive from us.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/notify.h"

/// A receiver at an abstract name or in a folder; `name` is set to what belongs into NOTIFY_SOCKET.
static int receiver(char *name, size_t size, const char *folder) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (folder)
    snprintf(name, size, "%s/notify", folder);
  else
    snprintf(name, size, "@squeezed-test-%d", (int)getpid());
  memcpy(address.sun_path, name, strlen(name));
  if (!folder)
    address.sun_path[0] = 0;
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  assert_true(fd >= 0);
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
  assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
  return fd;
}

static const char *received(int fd) {
  static char text[1024];
  ssize_t n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
  text[n < 0 ? 0 : n] = 0;
  return text;
}

static void exercise(const char *folder) {
  char name[100], pid[20];
  int fd = receiver(name, sizeof name, folder);
  setenv("NOTIFY_SOCKET", name, 1);
  setenv("WATCHDOG_USEC", "6000000", 1);
  snprintf(pid, sizeof pid, "%d", (int)getpid());
  setenv("WATCHDOG_PID", pid, 1);
  SqNotify notify;
  assert_true(sq_notify_init(&notify));
  assert_int_equal(notify.watchdog_ms, 2000);
  assert_null(getenv("NOTIFY_SOCKET"));
  assert_null(getenv("WATCHDOG_USEC"));
  sq_notify_ready(&notify, "jack, 48000 Hz");
  assert_string_equal(received(fd), "READY=1\nSTATUS=jack, 48000 Hz");
  sq_notify_status(&notify, "two\nlines");
  assert_string_equal(received(fd), "STATUS=two lines");
  sq_notify_reloading(&notify);
  unsigned long long usecs = 0;
  assert_int_equal(sscanf(received(fd), "RELOADING=1\nMONOTONIC_USEC=%llu", &usecs), 1);
  assert_true(usecs > 0);
  sq_notify_alive(&notify);
  assert_string_equal(received(fd), "WATCHDOG=1");
  sq_notify_stopping(&notify);
  assert_string_equal(received(fd), "STOPPING=1");
  char endless[2000];
  memset(endless, 'x', sizeof endless - 1);
  endless[sizeof endless - 1] = 0;
  sq_notify_status(&notify, endless);
  assert_int_equal(strlen(received(fd)), 511);
  close(fd);
  sq_notify_alive(&notify); // nobody there any more: no signal, no wait
  sq_notify_cleanup(&notify);
}

static void speaks_to_an_abstract_socket(void **state) {
  exercise(NULL);
}

static void speaks_to_a_socket_in_a_folder(void **state) {
  char folder[] = "/tmp/squeezed-notify-XXXXXX", path[64];
  assert_non_null(mkdtemp(folder));
  exercise(folder);
  snprintf(path, sizeof path, "%s/notify", folder);
  unlink(path);
  rmdir(folder);
}

static void is_silent_without_a_manager(void **state) {
  SqNotify notify;
  unsetenv("NOTIFY_SOCKET");
  assert_false(sq_notify_init(&notify));
  sq_notify_ready(&notify, "nobody hears");
  sq_notify_cleanup(&notify);
  setenv("NOTIFY_SOCKET", "relative", 1);
  assert_false(sq_notify_init(&notify));
  char name[300];
  memset(name, 'a', sizeof name - 1);
  name[0] = '/';
  name[sizeof name - 1] = 0;
  setenv("NOTIFY_SOCKET", name, 1);
  assert_false(sq_notify_init(&notify));
}

static void leaves_another_process_its_watchdog(void **state) {
  char name[100];
  int fd = receiver(name, sizeof name, NULL);
  SqNotify notify;
  static const char *const usecs[] = {"3000000", "3000000", "-5", "3000000x", "", "99999999999999999999", "1"};
  static const char *const pids[] = {"1", "", NULL, NULL, NULL, NULL, NULL};
  static const uint32_t expected[] = {0, 1000, 0, 0, 0, 0, 1};
  for (size_t i = 0; i < sizeof usecs / sizeof *usecs; i++) {
    setenv("NOTIFY_SOCKET", name, 1);
    setenv("WATCHDOG_USEC", usecs[i], 1);
    if (pids[i])
      setenv("WATCHDOG_PID", pids[i], 1);
    assert_true(sq_notify_init(&notify));
    assert_int_equal(notify.watchdog_ms, expected[i]);
    sq_notify_cleanup(&notify);
  }
  close(fd);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(speaks_to_an_abstract_socket),
      cmocka_unit_test(speaks_to_a_socket_in_a_folder),
      cmocka_unit_test(is_silent_without_a_manager),
      cmocka_unit_test(leaves_another_process_its_watchdog),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
