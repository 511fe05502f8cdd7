// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "drivers/jackd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"

#define JACKD_QUICK_MS 2000
#define JACKD_STOP_MS 2000
#define JACKD_ARGS 32
#define JACKD_NUMBER 12

void sq_jackd_init(SqJackd *jackd) {
  memset(jackd, 0, sizeof *jackd);
  jackd->out_fd = -1;
}

uint32_t sq_jackd_pause_ms(const SqJackd *jackd) {
  return jackd->quick_deaths > 5 ? 500 : jackd->quick_deaths * 100;
}

bool sq_jackd_first_card(const char *cards, char *device, size_t device_size) {
  // " 0 [PCH            ]: HDA-Intel - HDA Intel PCH"; "--- no soundcards ---" has no bracket.
  const char *open = strchr(cards, '[');
  size_t length = open ? strcspn(open + 1, " ]\n") : 0;
  if (!length || open[1 + length] == '\n' || !open[1 + length])
    return false;
  snprintf(device, device_size, "hw:%.*s", (int)length, open + 1);
  return true;
}

/// Measured with JACK2 1.9.21: 46 MB in use for 256 ports, 73 for 1024, 107 for 2048; beyond the free room it dies of
/// SIGBUS. 37 MB and 36 kB a port cover all three.
static bool jackd_fits(uint32_t ports, uint64_t free_bytes) {
  return 37000000u + ports * 36000ull < free_bytes;
}

uint32_t sq_jackd_port_max(uint32_t wanted, uint64_t free_bytes) {
  uint32_t ports = 256;
  while (ports < wanted)
    ports *= 2;
  if (jackd_fits(ports, free_bytes))
    return ports;
  return wanted <= 128 && jackd_fits(128, free_bytes) ? 128 : 0;
}

// ---- arguments ------------------------------------------------------------------------------------------------------

typedef struct {
  char *list[JACKD_ARGS];
  size_t n;
  char numbers[8][JACKD_NUMBER];
  size_t n_numbers;
} JackdArgs;

static void jackd_arg(JackdArgs *args, const char *text) {
  args->list[args->n++] = (char *)(uintptr_t)text; // exec() takes char *, and writes nothing
}

static void jackd_option(JackdArgs *args, const char *name, uint32_t value) {
  char *number = args->numbers[args->n_numbers++];
  snprintf(number, JACKD_NUMBER, "%u", value);
  jackd_arg(args, name);
  jackd_arg(args, number);
}

static void jackd_server(JackdArgs *args, const char *server_name, uint32_t ports) {
  jackd_arg(args, "jackd");
  jackd_arg(args, "-n");
  jackd_arg(args, server_name);
  if (sq_thread_realtime_limit() >= 70) { // without the right it would complain, and run all the same
    jackd_arg(args, "-R");
    jackd_option(args, "-P", 70);
  } else {
    jackd_arg(args, "-r");
  }
  jackd_option(args, "-p", ports);
}

static void jackd_backend(JackdArgs *args, const SqDriverConfig *config, const char *device) {
  jackd_arg(args, "-d");
  jackd_arg(args, device ? "alsa" : "dummy");
  jackd_option(args, "-r", config->rate);
  jackd_option(args, "-p", config->period);
  if (device) {
    jackd_arg(args, "-d");
    jackd_arg(args, device);
    jackd_option(args, "-n", 3); // periods: USB cards stutter with JACK's two
  } else {
    jackd_option(args, "-C", config->n_in);
    jackd_option(args, "-P", config->n_out);
  }
  args->list[args->n] = NULL;
}

// ---- start ----------------------------------------------------------------------------------------------------------

/// In the child: only calls that are safe after fork() in a program with threads.
_Noreturn static void jackd_become(char **args, char **environment, int out, int failed, pid_t parent) {
  // With the thread that forked, so with us, it goes; asked before we look whether we are gone already.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent)
    _exit(1);
  setpgid(0, 0); // a Ctrl-C in our terminal is for us; we then end it in order
  sigset_t none;
  sigemptyset(&none);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  signal(SIGINT, SIG_DFL);
  signal(SIGHUP, SIG_DFL);
  sigprocmask(SIG_SETMASK, &none, NULL);
  int null = open("/dev/null", O_RDONLY);
  dup2(null, 0);
  dup2(out, 1);
  dup2(out, 2);
  execvpe(args[0], args, environment);
  int error = errno;
  (void)!write(failed, &error, sizeof error);
  _exit(127);
}

/// Our environment, and no wish to ask a session bus for the card where there is no such bus: jackd would give up.
static char **jackd_environment(void) {
  size_t n = 0;
  while (environ[n])
    n++;
  char **list = calloc(n + 2, sizeof *list);
  if (!list)
    return NULL;
  memcpy(list, environ, n * sizeof *list);
  if (!getenv("DBUS_SESSION_BUS_ADDRESS"))
    list[n] = (char *)(uintptr_t) "JACK_NO_AUDIO_RESERVATION=1";
  return list;
}

/// Forks and waits until the child has become jackd or says why not; errno of that, 0: it runs.
static int jackd_fork(SqJackd *jackd, char **args) {
  int out[2], failed[2], error = 0;
  char **environment = jackd_environment();
  if (!environment || pipe2(out, O_CLOEXEC) != 0) {
    free(environment);
    return ENOMEM;
  }
  if (pipe2(failed, O_CLOEXEC) != 0) {
    close(out[0]), close(out[1]);
    free(environment);
    return EMFILE;
  }
  pid_t parent = getpid(), pid = fork();
  if (pid == 0)
    jackd_become(args, environment, out[1], failed[1], parent);
  error = pid < 0 ? errno : 0;
  close(out[1]), close(failed[1]);
  ssize_t n;
  while (pid > 0 && (n = read(failed[0], &error, sizeof error)) < 0 && errno == EINTR)
    ;
  close(failed[0]);
  free(environment);
  if (error) {
    if (pid > 0)
      waitpid(pid, NULL, 0);
    close(out[0]);
    return error;
  }
  fcntl(out[0], F_SETFL, O_NONBLOCK);
  jackd->pid = pid;
  jackd->out_fd = out[0];
  jackd->started_ms = sq_clock_now_ms();
  jackd->filled = 0;
  jackd->line[0] = 0;
  return 0;
}

static bool jackd_card(char *device, size_t device_size) {
  char text[512];
  int fd = open("/proc/asound/cards", O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (fd >= 0)
    close(fd);
  text[n < 0 ? 0 : n] = 0;
  return sq_jackd_first_card(text, device, device_size);
}

SqStatus sq_jackd_start(SqJackd *jackd, const SqDriverConfig *config, const char *server_name, char *error,
                        size_t error_size) {
  char card[64];
  const char *device = config->device;
  if (device && !strcmp(device, "dummy"))
    device = NULL;
  else if (!device && !jackd->no_card && jackd_card(card, sizeof card))
    device = card;
  struct statvfs room;
  uint64_t free_bytes = UINT64_MAX;
  if (statvfs("/dev/shm", &room) == 0)
    free_bytes = (uint64_t)room.f_bavail * room.f_frsize;
  uint32_t ports = sq_jackd_port_max(2 * (config->n_in + config->n_out) + 64, free_bytes);
  if (!ports) {
    snprintf(error, error_size, "jackd does not fit into /dev/shm, %llu MB are free there; make it larger",
             (unsigned long long)(free_bytes / 1000000));
    return SQ_LIMIT;
  }
  JackdArgs args = {.n = 0};
  jackd_server(&args, server_name, ports);
  jackd_backend(&args, config, device);
  int failed = jackd_fork(jackd, args.list);
  if (failed) {
    snprintf(error, error_size, "cannot start jackd: %s%s", strerror(failed),
             failed == ENOENT ? "; install the package jackd2" : "");
    return failed == ENOENT ? SQ_NOT_FOUND : SQ_LIMIT;
  }
  jackd->dummy = !device;
  return SQ_OK;
}

// ---- life and end ---------------------------------------------------------------------------------------------------

static void jackd_say(SqJackd *jackd, const SqDriverHost *host) {
  jackd->partial[jackd->filled] = 0;
  jackd->filled = 0;
  if (!jackd->partial[0])
    return;
  snprintf(jackd->line, sizeof jackd->line, "%s", jackd->partial);
  char line[300];
  snprintf(line, sizeof line, "jackd: %s", jackd->line);
  if (host->log)
    host->log(host->context, 7, line);
}

static void jackd_read(SqJackd *jackd, const SqDriverHost *host) {
  char text[1024];
  ssize_t n;
  // Bounded: a jackd that never stops talking must not keep us.
  for (int i = 0; i < 16 && (n = read(jackd->out_fd, text, sizeof text)) > 0; i++)
    for (ssize_t j = 0; j < n; j++) {
      if (text[j] == '\n' || jackd->filled == sizeof jackd->partial - 1)
        jackd_say(jackd, host);
      if (text[j] != '\n' && (unsigned char)text[j] >= ' ')
        jackd->partial[jackd->filled++] = text[j];
    }
}

bool sq_jackd_poll(SqJackd *jackd, const SqDriverHost *host) {
  if (!jackd->pid)
    return false;
  jackd_read(jackd, host);
  int status = 0;
  pid_t ended = waitpid(jackd->pid, &status, WNOHANG);
  if (ended == 0)
    return true;
  jackd_read(jackd, host);
  jackd_say(jackd, host);
  close(jackd->out_fd);
  jackd->out_fd = -1;
  jackd->pid = 0;
  jackd->quick_deaths = sq_clock_now_ms() - jackd->started_ms < JACKD_QUICK_MS ? jackd->quick_deaths + 1 : 0;
  return false;
}

void sq_jackd_continue(SqJackd *jackd) {
  if (jackd->pid)
    kill(jackd->pid, SIGCONT);
}

void sq_jackd_stop(SqJackd *jackd, const SqDriverHost *host) {
  if (!sq_jackd_poll(jackd, host))
    return;
  kill(jackd->pid, SIGTERM);
  sq_jackd_continue(jackd); // one that was stopped could not hear the first
  int64_t until = sq_clock_now_ms() + JACKD_STOP_MS;
  while (sq_jackd_poll(jackd, host)) {
    if (sq_clock_now_ms() > until)
      kill(jackd->pid, SIGKILL);
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
  }
}

bool sq_jackd_silent(const SqJackd *jackd) {
  return !jackd->line[0] || strstr(jackd->line, "see the file COPYING");
}

void sq_jackd_why(const SqJackd *jackd, char *text, size_t text_size) {
  if (sq_jackd_silent(jackd))
    snprintf(text, text_size,
             "the jackd we started ended without a word; if no other JACK server runs, remove "
             "/dev/shm/jack-shm-registry (servers that were killed fill it)");
  else
    snprintf(text, text_size, "the jackd we started ended: %.120s", jackd->line);
}
