// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The guard itself is tested: each seeded fault, in a process of its own with the guard preloaded, must end that
// process with the fault's name; lawful work must not.
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/guard.h"

#include "engine/signal.h"

// ---- the faults -----------------------------------------------------------------------------------------------------

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static void *volatile memory;

/// A system call by the bare instruction: no library between us and the kernel.
static long raw_system_call(long number) {
  long result;
#if defined(__x86_64__)
  __asm__ volatile("syscall" : "=a"(result) : "a"(number) : "rcx", "r11", "memory");
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0");
  __asm__ volatile("svc 0" : "=r"(x0) : "r"(x8) : "memory");
  result = x0;
#else
#error "write down how this machine calls the kernel"
#endif
  return result;
}

static void *idle(void *x) {
  return x;
}

static void fault_malloc(void) {
  memory = malloc(16);
}

static void fault_calloc(void) {
  memory = calloc(4, 4);
}

static void fault_realloc(void) {
  memory = realloc(memory, 4000);
}

static void fault_free(void) {
  free(memory);
}

static void fault_posix_memalign(void) {
  void *p = NULL;
  memory = posix_memalign(&p, 64, 64) ? NULL : p;
}

static void fault_strdup(void) {
  memory = strdup("a copy");
}

static void fault_mutex(void) {
  pthread_mutex_lock(&mutex);
}

static void fault_trylock(void) {
  if (pthread_mutex_trylock(&mutex) == 0)
    pthread_mutex_unlock(&mutex);
}

static void fault_condition(void) {
  pthread_cond_signal(&condition);
}

static void fault_rwlock(void) {
  pthread_rwlock_rdlock(&rwlock);
}

static void fault_semaphore(void) {
  sem_t semaphore;
  sem_init(&semaphore, 0, 1);
  sem_wait(&semaphore);
}

static void fault_thread(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, idle, NULL);
}

static void fault_printf(void) {
  printf("hello %d\n", 1);
}

static void fault_puts(void) {
  puts("hello");
}

static void fault_read(void) {
  char byte;
  memory = read(0, &byte, 1) == 1 ? &mutex : NULL;
}

static void fault_open(void) {
  memory = open("/dev/null", O_RDONLY) >= 0 ? &mutex : NULL;
}

static void fault_fopen(void) {
  memory = fopen("/dev/null", "r");
}

static void fault_usleep(void) {
  usleep(1);
}

static void fault_nanosleep(void) {
  nanosleep(&(struct timespec){0, 1}, NULL);
}

static void fault_poll(void) {
  poll(NULL, 0, 0);
}

static void fault_mmap(void) {
  memory = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void fault_syscall(void) {
  syscall(SYS_gettid);
}

static void fault_raw_syscall(void) {
  raw_system_call(SYS_getppid);
}

/// A library function that is not interposed: the second layer must see it.
static void fault_getppid(void) {
  getppid();
}

/// After a foreign part the law holds again.
static void fault_after_foreign(void) {
  sq_rt_guard_foreign(true);
  free(malloc(16));
  sq_rt_guard_foreign(false);
  raw_system_call(SYS_getppid);
}

/// Sections nest: the inner one's end is not the outer one's.
static void fault_after_nested(void) {
  sq_rt_guard_enter();
  sq_rt_guard_leave();
  memory = malloc(16);
}

typedef struct Fault {
  const char *name, *says;
  void (*commit)(void);
} Fault;

static const Fault faults[] = {
    {"malloc", "malloc()", fault_malloc},
    {"calloc", "calloc()", fault_calloc},
    {"realloc", "realloc()", fault_realloc},
    {"free", "free()", fault_free},
    {"posix_memalign", "posix_memalign()", fault_posix_memalign},
    {"strdup", "malloc()", fault_strdup},
    {"mutex", "pthread_mutex_lock()", fault_mutex},
    {"trylock", "pthread_mutex_trylock()", fault_trylock},
    {"condition", "pthread_cond_signal()", fault_condition},
    {"rwlock", "pthread_rwlock_rdlock()", fault_rwlock},
    {"semaphore", "sem_wait()", fault_semaphore},
    {"thread", "pthread_create()", fault_thread},
    {"printf", "printf()", fault_printf},
    {"puts", "puts()", fault_puts},
    {"read", "read()", fault_read},
    {"open", "open()", fault_open},
    {"fopen", "fopen()", fault_fopen},
    {"usleep", "usleep()", fault_usleep},
    {"nanosleep", "nanosleep()", fault_nanosleep},
    {"poll", "poll()", fault_poll},
    {"mmap", "mmap()", fault_mmap},
    {"syscall", "syscall()", fault_syscall},
    {"raw_syscall", "system call", fault_raw_syscall},
    {"getppid", "system call", fault_getppid},
    {"after_foreign", "system call", fault_after_foreign},
    {"after_nested", "malloc()", fault_after_nested},
};
#define N_FAULTS (sizeof faults / sizeof *faults)

// ---- the processes --------------------------------------------------------------------------------------------------

static void on_alarm(int number) {
  (void)number;
}

/// Lawful work: arithmetic, memory that is there, the clock, and a signal that comes in the middle.
static void be_lawful(void) {
  static float block[1024];
  SqRtSignal signal;
  sq_rt_signal_init(&signal, 0);
  sq_rt_signal_go(&signal, 0, 1, 1000, SQ_CURVE_SMOOTH);
  struct timespec now;
  for (int cycle = 0; cycle < 200; cycle++) {
    sq_rt_guard_enter();
    for (int i = 0; i < 1024; i++)
      block[i] = sinf((float)i) * sq_rt_signal_value(&signal, (uint64_t)i);
    memcpy(block, block + 512, 512 * sizeof *block);
    clock_gettime(CLOCK_MONOTONIC, &now);
    sq_rt_guard_leave();
    memory = malloc(16); // allowed outside
    free(memory);
  }
}

/// A signal handler of somebody's may run within the cycle: its return is a system call, and no fault.
static void be_interrupted(void) {
  signal(SIGALRM, on_alarm);
  struct itimerspec spec = {.it_value = {0, 2000000}};
  timer_t timer;
  timer_create(CLOCK_MONOTONIC, &(struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM}, &timer);
  timer_settime(timer, 0, &spec, NULL);
  sq_rt_guard_enter();
  for (volatile int i = 0; i < 20000000; i++)
    ;
  sq_rt_guard_leave();
  timer_delete(timer);
}

static int child_main(const char *word) {
  memory = malloc(16);
  if (!sq_rtguard_enter)
    return 3; // not preloaded
  if (!strcmp(word, "lawful")) {
    be_lawful();
    return 0;
  }
  if (!strcmp(word, "interrupted")) {
    be_interrupted();
    return 0;
  }
  bool foreign = !strncmp(word, "foreign:", 8);
  for (size_t i = 0; i < N_FAULTS; i++) {
    if (strcmp(faults[i].name, foreign ? word + 8 : word) != 0)
      continue;
    sq_rt_guard_enter();
    if (foreign)
      sq_rt_guard_foreign(true);
    faults[i].commit();
    if (foreign)
      sq_rt_guard_foreign(false);
    sq_rt_guard_leave();
    return 0;
  }
  return 4;
}

/// "build/<variant>/librtguard.so", found from this program's own place.
static void guard_path(char *path, size_t size) {
  ssize_t n = readlink("/proc/self/exe", path, size - 1);
  assert_true(n > 0);
  path[n] = '\0';
  for (int up = 0; up < 3; up++)
    *strrchr(path, '/') = '\0';
  size_t length = strlen(path);
  snprintf(path + length, size - length, "/librtguard.so");
}

/// Runs this program as a child with the guard; what it says on stderr goes to text[size]. `report`: a file for the
/// guard's report, or NULL; `count`: what is ours is counted. Returns wait()'s status.
static int run_child(const char *word, const char *report, bool count, char *text, size_t size) {
  char guard[4096];
  int ends[2];
  guard_path(guard, sizeof guard);
  assert_int_equal(access(guard, R_OK), 0);
  assert_int_equal(pipe(ends), 0);
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    dup2(ends[1], 2);
    dup2(open("/dev/null", O_RDWR), 0);
    dup2(open("/dev/null", O_RDWR), 1);
    close(ends[0]);
    setenv("LD_PRELOAD", guard, 1);
    if (report)
      setenv("SQUEEZED_RTGUARD_REPORT", report, 1);
    setenv("SQUEEZED_RTGUARD_COUNT", count ? "1" : "0", 1);
    execl("/proc/self/exe", "test_guard", word, (char *)NULL);
    _exit(5);
  }
  close(ends[1]);
  size_t have = 0;
  for (ssize_t n = 1; n > 0; have += n > 0 ? (size_t)n : 0)
    n = have < size - 1 ? read(ends[0], text + have, size - 1 - have) : 0;
  text[have] = '\0';
  close(ends[0]);
  int status = 0;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  return status;
}

// ---- the tests ------------------------------------------------------------------------------------------------------

static void test_fault(void **state) {
  const Fault *fault = *state;
  char text[16384], expected[128];
  int status = run_child(fault->name, NULL, false, text, sizeof text);
  snprintf(expected, sizeof expected, "rtguard: %s", fault->says);
  if (!strstr(text, expected) || !WIFSIGNALED(status))
    print_error("%s: status %x, it said: %s\n", fault->name, status, text);
  assert_true(WIFSIGNALED(status));
  assert_int_equal(WTERMSIG(status), SIGABRT);
  assert_non_null(strstr(text, expected));
  assert_non_null(strstr(text, "test_guard")); // the backtrace leads here
}

static void test_lawful_work_passes(void **state) {
  (void)state;
  char text[16384];
  int status = run_child("lawful", NULL, false, text, sizeof text);
  assert_string_equal(text, "");
  assert_int_equal(status, 0);
}

static void test_interrupted_work_passes(void **state) {
  (void)state;
  char text[16384];
  int status = run_child("interrupted", NULL, false, text, sizeof text);
  assert_string_equal(text, "");
  assert_int_equal(status, 0);
}

/// What the report of a child says; the caller's text[size].
static void read_report(const char *path, char *text, size_t size) {
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  text[fread(text, 1, size - 1, file)] = '\0';
  fclose(file);
  unlink(path);
}

static void test_foreign_code_is_counted(void **state) {
  (void)state;
  char text[16384], path[64];
  snprintf(path, sizeof path, "/tmp/sq-guard-%d", (int)getpid());
  assert_int_equal(run_child("foreign:usleep", path, false, text, sizeof text), 0);
  read_report(path, text, sizeof text);
  assert_non_null(strstr(text, "sections 1\n"));
  assert_non_null(strstr(text, "syscall_layer 1\n"));
  assert_non_null(strstr(text, "foreign usleep 1\n"));
  assert_null(strstr(text, "ours"));
  assert_int_equal(run_child("foreign:raw_syscall", path, false, text, sizeof text), 0);
  unlink(path);
}

static void test_counting_lets_ours_go_on(void **state) {
  (void)state;
  static const char *const words[] = {"malloc", "raw_syscall", "printf"};
  static const char *const said[] = {"ours malloc 1\n", "ours system call 1\n", "ours printf 1\n"};
  char text[16384], path[64];
  snprintf(path, sizeof path, "/tmp/sq-guard-%d", (int)getpid());
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(run_child(words[i], path, true, text, sizeof text), 0);
    read_report(path, text, sizeof text);
    assert_non_null(strstr(text, said[i]));
  }
}

int main(int argc, char **argv) {
  if (argc == 2)
    return child_main(argv[1]);
  struct CMUnitTest tests[N_FAULTS + 4] = {
      cmocka_unit_test(test_lawful_work_passes),
      cmocka_unit_test(test_interrupted_work_passes),
      cmocka_unit_test(test_foreign_code_is_counted),
      cmocka_unit_test(test_counting_lets_ours_go_on),
  };
  for (size_t i = 0; i < N_FAULTS; i++)
    tests[4 + i] = (struct CMUnitTest){faults[i].name, test_fault, NULL, NULL, (void *)(uintptr_t)&faults[i]};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
