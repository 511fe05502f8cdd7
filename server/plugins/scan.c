// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "plugins/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/// Our environment without a display: a plug-in has no business with one here, and some end their process over it.
static char **environment(void) {
  size_t n = 0;
  while (environ[n])
    n++;
  char **to = calloc(n + 2, sizeof *to);
  size_t k = 0;
  for (size_t i = 0; to && i < n; i++)
    if (strncmp(environ[i], "DISPLAY=", 8) != 0 && strncmp(environ[i], "WAYLAND_DISPLAY=", 16) != 0 &&
        strncmp(environ[i], "QT_QPA_PLATFORM=", 16) != 0)
      to[k++] = environ[i];
  if (to)
    to[k] = (char *)(uintptr_t) "QT_QPA_PLATFORM=offscreen";
  return to;
}

static int spawn(const char *program, const char *format, const char *path, int out, pid_t *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  char *const arguments[] = {(char *)(uintptr_t) "squeezed-scan", (char *)(uintptr_t)format, (char *)(uintptr_t)path,
                             NULL};
  char **with = environment();
  const int error = with ? posix_spawn(pid, program, &actions, &attributes, arguments, with) : ENOMEM;
  free(with);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error)
    return error;
  const struct rlimit cpu = {SQ_SCAN_CPU_SECONDS, SQ_SCAN_CPU_SECONDS}, core = {0, 0},
                      memory = {SQ_SCAN_MEMORY, SQ_SCAN_MEMORY};
  prlimit(*pid, RLIMIT_CPU, &cpu, NULL);
  prlimit(*pid, RLIMIT_CORE, &core, NULL);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  prlimit(*pid, RLIMIT_AS, &memory, NULL); // a sanitizer reserves terabytes
#else
  (void)memory;
#endif
  return 0;
}

/// Gathers what comes until the other end is closed. False: time is up, or it is too much.
static bool gather(int fd, char **text, size_t *size, int64_t until, bool *too_much) {
  size_t cap = 0;
  for (;;) {
    if (*size + 65536 + 1 > cap) {
      cap = cap ? 2 * cap : 1u << 17;
      char *grown = realloc(*text, cap);
      if (!grown)
        return false;
      *text = grown;
    }
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    const int64_t left = until - now_ms();
    if (left <= 0 || poll(&ready, 1, (int)left) == 0)
      return false;
    const ssize_t n = read(fd, *text + *size, 65536);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      break;
    *size += (size_t)n;
    *too_much = *size > SQ_SCAN_OUTPUT;
    if (*too_much)
      return false;
  }
  (*text)[*size] = 0;
  return true;
}

SqStatus sq_scan_module(const char *program, const char *format, const char *path, char **json, size_t *size, char *why,
                        size_t why_size) {
  int ends[2];
  pid_t pid;
  *json = NULL;
  *size = 0;
  if (pipe2(ends, O_CLOEXEC) != 0) {
    snprintf(why, why_size, "no pipe for the scanner: %s", strerror(errno));
    return SQ_IO;
  }
  const int error = spawn(program, format, path, ends[1], &pid);
  close(ends[1]);
  if (error) {
    close(ends[0]);
    snprintf(why, why_size, "cannot start %s: %s", program, strerror(error));
    return SQ_IO;
  }
  bool too_much = false;
  int how = 0;
  const int64_t until = now_ms() + SQ_SCAN_WALL_MS;
  const bool whole = gather(ends[0], json, size, until, &too_much);
  close(ends[0]);
  kill(-pid, SIGKILL); // it has said all, or too much, or nothing: what it started goes with it
  waitpid(pid, &how, 0);
  if (whole && *size)
    return SQ_OK;
  if (too_much)
    snprintf(why, why_size, "it says more than %u MB of itself", SQ_SCAN_OUTPUT >> 20);
  else if (!whole)
    snprintf(why, why_size, "it hung for %d s when it was loaded", SQ_SCAN_WALL_MS / 1000);
  else if (WIFSIGNALED(how) && WTERMSIG(how) == SIGXCPU)
    snprintf(why, why_size, "it took %d s of CPU when it was loaded", SQ_SCAN_CPU_SECONDS);
  else if (WIFSIGNALED(how))
    snprintf(why, why_size, "it crashed when it was loaded (%s)", strsignal(WTERMSIG(how)));
  else
    snprintf(why, why_size, "it ended the process with status %d when it was loaded", WEXITSTATUS(how));
  free(*json);
  *json = NULL;
  return SQ_PLUGIN;
}
