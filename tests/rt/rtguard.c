// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The guard of the audio thread's law, preloaded (LD_PRELOAD=build/release/librtguard.so) under any program that marks
// its cycle with engine/guard.h. Two layers:
//
//  1. C library functions that allocate, lock, wait or reach files are interposed: called inside a marked section they
//     end the process (SIGABRT, exit status 134) with the function's name and a backtrace; inside a `foreign` part (a
//     third party's plug-in) they are counted and carried out.
//  2. Every system call of a marked section, however it is made, raises SIGSYS through the kernel's syscall user
//     dispatch (PR_SET_SYSCALL_USER_DISPATCH, Linux 5.11 on x86-64). Foreign parts run without this layer.
//
// SQUEEZED_RTGUARD_COUNT=1 counts what is ours as well instead of ending the process. SQUEEZED_RTGUARD_REPORT=FILE
// writes at exit: "sections N", "syscall_layer 0|1", "ours NAME N", "foreign NAME N".
#define _GNU_SOURCE
#undef _FORTIFY_SOURCE // whose checked names would hide the plain ones
#ifndef __NO_INLINE__
#define __NO_INLINE__ 1 // and so would putchar as an inline function
#endif
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_ON 1
#endif
#ifndef SYS_USER_DISPATCH
#define SYS_USER_DISPATCH 2
#endif

void sq_rtguard_enter(void);
void sq_rtguard_leave(void);
void sq_rtguard_foreign(int on);

#define FUNCTIONS(X)                                                                                                   \
  X(malloc)                                                                                                            \
  X(calloc)                                                                                                            \
  X(realloc)                                                                                                           \
  X(free)                                                                                                              \
  X(memalign)                                                                                                          \
  X(posix_memalign)                                                                                                    \
  X(aligned_alloc)                                                                                                     \
  X(pthread_mutex_lock)                                                                                                \
  X(pthread_mutex_trylock)                                                                                             \
  X(pthread_mutex_timedlock)                                                                                           \
  X(pthread_mutex_unlock)                                                                                              \
  X(pthread_cond_wait)                                                                                                 \
  X(pthread_cond_timedwait)                                                                                            \
  X(pthread_cond_signal)                                                                                               \
  X(pthread_cond_broadcast)                                                                                            \
  X(pthread_rwlock_rdlock)                                                                                             \
  X(pthread_rwlock_wrlock)                                                                                             \
  X(pthread_spin_lock)                                                                                                 \
  X(pthread_create)                                                                                                    \
  X(pthread_join)                                                                                                      \
  X(sem_wait)                                                                                                          \
  X(sem_timedwait)                                                                                                     \
  X(sem_post)                                                                                                          \
  X(read)                                                                                                              \
  X(write)                                                                                                             \
  X(pread)                                                                                                             \
  X(pwrite)                                                                                                            \
  X(open)                                                                                                              \
  X(open64)                                                                                                            \
  X(openat)                                                                                                            \
  X(close)                                                                                                             \
  X(fopen)                                                                                                             \
  X(fopen64)                                                                                                           \
  X(fclose)                                                                                                            \
  X(fread)                                                                                                             \
  X(fwrite)                                                                                                            \
  X(fflush)                                                                                                            \
  X(fputs)                                                                                                             \
  X(fputc)                                                                                                             \
  X(puts)                                                                                                              \
  X(putchar)                                                                                                           \
  X(printf)                                                                                                            \
  X(fprintf)                                                                                                           \
  X(vprintf)                                                                                                           \
  X(vfprintf)                                                                                                          \
  X(dprintf)                                                                                                           \
  X(usleep)                                                                                                            \
  X(sleep)                                                                                                             \
  X(nanosleep)                                                                                                         \
  X(clock_nanosleep)                                                                                                   \
  X(poll)                                                                                                              \
  X(select)                                                                                                            \
  X(epoll_wait)                                                                                                        \
  X(recv)                                                                                                              \
  X(recvfrom)                                                                                                          \
  X(send)                                                                                                              \
  X(sendto)                                                                                                            \
  X(mmap)                                                                                                              \
  X(mmap64)                                                                                                            \
  X(munmap)                                                                                                            \
  X(mprotect)                                                                                                          \
  X(brk)                                                                                                               \
  X(sbrk)                                                                                                              \
  X(dlopen)                                                                                                            \
  X(dlclose)                                                                                                           \
  X(rand)                                                                                                              \
  X(random)                                                                                                            \
  X(syscall)

enum {
#define ENUM(name) F_##name,
  FUNCTIONS(ENUM) F_SYSTEM_CALL,
  F_COUNT
};
static const char *const function_names[] = {
#define NAME(name) #name,
    FUNCTIONS(NAME) "system call"};

static _Thread_local int depth __attribute__((tls_model("initial-exec")));
static _Thread_local int foreign __attribute__((tls_model("initial-exec")));
static _Thread_local volatile char selector __attribute__((tls_model("initial-exec")));
static _Thread_local char dispatching __attribute__((tls_model("initial-exec")));

static atomic_ulong ours[F_COUNT], theirs[F_COUNT], sections;
static atomic_int has_dispatch;
static int counting;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *p);

// ---- verdict --------------------------------------------------------------------------------------------------------

static void print_backtrace(const char *text, size_t length) {
  void *frames[48];
  ssize_t written = write(STDERR_FILENO, text, length);
  (void)written;
  backtrace_symbols_fd(frames, backtrace(frames, 48), STDERR_FILENO);
}

/// Something forbidden, inside a section. Ends the process, or counts. Neither formats nor allocates before it does.
static void verdict(int function, long number) {
  if (foreign > 0) {
    atomic_fetch_add(&theirs[function], 1);
    return;
  }
  int was = depth;
  char text[128];
  depth = 0;
  selector = 0;
  unsigned long before = atomic_fetch_add(&ours[function], 1);
  int n = function == F_SYSTEM_CALL
              ? snprintf(text, sizeof text, "rtguard: system call %ld in the audio thread's cycle\n", number)
              : snprintf(text, sizeof text, "rtguard: %s() in the audio thread's cycle\n", function_names[function]);
  if (!counting || before == 0)
    print_backtrace(text, (size_t)n);
  if (!counting)
    abort();
  depth = was; // the selector stays open until the next section: the call in hand is to be carried out
}

#define CHECK(name)                                                                                                    \
  do {                                                                                                                 \
    if (__builtin_expect(depth > 0, 0))                                                                                \
      verdict(F_##name, 0);                                                                                            \
  } while (0)

// ---- layer 2: system calls ------------------------------------------------------------------------------------------

#ifdef __x86_64__
// The one place from which the kernel lets a blocked thread call: the return from our own signal handler.
__asm__(".pushsection .text.rtguard,\"ax\",@progbits\n"
        ".globl sq_rtguard_allowed, sq_rtguard_allowed_end\n"
        ".hidden sq_rtguard_allowed, sq_rtguard_allowed_end\n"
        "  nop\n" // an unwinder looks one byte before: it must not find the function above
        "sq_rtguard_allowed:\n"
        "  mov $15, %rax\n" // rt_sigreturn
        "  syscall\n"
        "  nop\n"
        "sq_rtguard_allowed_end:\n"
        ".popsection\n");
extern const char sq_rtguard_allowed[], sq_rtguard_allowed_end[];

/// The call is stopped before it is made. Its report ends the process; a counted one, or the return from somebody's
/// signal handler, is made again with the gate open.
static void on_sigsys(int number, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  (void)number;
  selector = 0;
  if (info->si_code != SYS_USER_DISPATCH)
    abort();
  long call = info->si_syscall;
  if (call != SYS_rt_sigreturn)
    verdict(F_SYSTEM_CALL, call);
  uc->uc_mcontext.gregs[REG_RIP] -= 2; // the length of `syscall`
  uc->uc_mcontext.gregs[REG_RAX] = call;
}

static void install_handler(void) {
  struct { // the kernel's own struct sigaction, for a restorer of ours
    void (*handler)(int, siginfo_t *, void *);
    unsigned long flags;
    const void *restorer;
    unsigned long mask;
  } action = {on_sigsys, SA_SIGINFO | SA_NODEFER | 0x04000000ul, sq_rtguard_allowed, 0};
  syscall(SYS_rt_sigaction, SIGSYS, &action, NULL, 8);
}

static void start_dispatch(void) {
  dispatching = 1;
  selector = 0;
  uintptr_t begin = (uintptr_t)sq_rtguard_allowed, end = (uintptr_t)sq_rtguard_allowed_end;
  if (prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, begin, end - begin, &selector) == 0)
    atomic_store(&has_dispatch, 1);
}
#else
static void install_handler(void) {}
static void start_dispatch(void) {
  dispatching = 1;
}
#endif

// ---- marks ----------------------------------------------------------------------------------------------------------

void sq_rtguard_enter(void) {
  if (!dispatching)
    start_dispatch();
  if (depth++ == 0)
    atomic_fetch_add_explicit(&sections, 1, memory_order_relaxed);
  selector = foreign == 0;
}

void sq_rtguard_leave(void) {
  depth--;
  selector = depth > 0 && foreign == 0;
}

void sq_rtguard_foreign(int on) {
  foreign += on ? 1 : -1;
  selector = depth > 0 && foreign == 0;
}

static void report(void) {
  const char *path = getenv("SQUEEZED_RTGUARD_REPORT");
  // a child of the program (a jackd, say) enters no section and has nothing to tell
  FILE *file = path && *path && atomic_load(&sections) ? fopen(path, "w") : NULL;
  if (!file)
    return;
  fprintf(file, "sections %lu\nsyscall_layer %d\n", atomic_load(&sections), atomic_load(&has_dispatch));
  for (int i = 0; i < F_COUNT; i++) {
    if (atomic_load(&ours[i]))
      fprintf(file, "ours %s %lu\n", function_names[i], atomic_load(&ours[i]));
    if (atomic_load(&theirs[i]))
      fprintf(file, "foreign %s %lu\n", function_names[i], atomic_load(&theirs[i]));
  }
  fclose(file);
}

__attribute__((constructor)) static void begin(void) {
  void *frames[4];
  backtrace(frames, 4); // loads libgcc now: the first call allocates
  const char *count = getenv("SQUEEZED_RTGUARD_COUNT");
  counting = count && *count == '1';
  install_handler();
}

__attribute__((destructor)) static void end(void) {
  report();
}

// ---- layer 1: memory ------------------------------------------------------------------------------------------------

void *malloc(size_t size) {
  CHECK(malloc);
  return __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
  CHECK(calloc);
  return __libc_calloc(n, size);
}

void *realloc(void *p, size_t size) {
  CHECK(realloc);
  return __libc_realloc(p, size);
}

void free(void *p) {
  if (p)
    CHECK(free);
  __libc_free(p);
}

void *memalign(size_t alignment, size_t size) {
  CHECK(memalign);
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  CHECK(aligned_alloc);
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **p, size_t alignment, size_t size) {
  CHECK(posix_memalign);
  *p = __libc_memalign(alignment, size);
  return *p ? 0 : ENOMEM;
}

// ---- layer 1: the rest, each by the next definition of its name
// ------------------------------------------------------

#define REAL(name) ((__typeof__(&name))(uintptr_t)next_of(#name, &real_##name))
static void *next_of(const char *name, void **cache) {
  if (!*cache)
    *cache = dlsym(RTLD_NEXT, name);
  return *cache;
}

#define WRAP(ret, name, params, args)                                                                                  \
  static void *real_##name;                                                                                            \
  ret name params {                                                                                                    \
    CHECK(name);                                                                                                       \
    return REAL(name) args;                                                                                            \
  }

typedef const struct timespec *Time;
WRAP(int, pthread_mutex_lock, (pthread_mutex_t * m), (m))
WRAP(int, pthread_mutex_trylock, (pthread_mutex_t * m), (m))
WRAP(int, pthread_mutex_timedlock, (pthread_mutex_t * m, Time t), (m, t))
WRAP(int, pthread_mutex_unlock, (pthread_mutex_t * m), (m))
WRAP(int, pthread_cond_wait, (pthread_cond_t * c, pthread_mutex_t *m), (c, m))
WRAP(int, pthread_cond_timedwait, (pthread_cond_t * c, pthread_mutex_t *m, Time t), (c, m, t))
WRAP(int, pthread_cond_signal, (pthread_cond_t * c), (c))
WRAP(int, pthread_cond_broadcast, (pthread_cond_t * c), (c))
WRAP(int, pthread_rwlock_rdlock, (pthread_rwlock_t * l), (l))
WRAP(int, pthread_rwlock_wrlock, (pthread_rwlock_t * l), (l))
WRAP(int, pthread_spin_lock, (pthread_spinlock_t * l), (l))
WRAP(int, pthread_create, (pthread_t * t, const pthread_attr_t *a, void *(*f)(void *), void *x), (t, a, f, x))
WRAP(int, pthread_join, (pthread_t t, void **r), (t, r))
WRAP(int, sem_wait, (sem_t * s), (s))
WRAP(int, sem_timedwait, (sem_t * s, Time t), (s, t))
WRAP(int, sem_post, (sem_t * s), (s))
WRAP(ssize_t, read, (int fd, void *b, size_t n), (fd, b, n))
WRAP(ssize_t, write, (int fd, const void *b, size_t n), (fd, b, n))
WRAP(ssize_t, pread, (int fd, void *b, size_t n, off_t o), (fd, b, n, o))
WRAP(ssize_t, pwrite, (int fd, const void *b, size_t n, off_t o), (fd, b, n, o))
WRAP(int, close, (int fd), (fd))
WRAP(FILE *, fopen, (const char *p, const char *m), (p, m))
WRAP(FILE *, fopen64, (const char *p, const char *m), (p, m))
WRAP(int, fclose, (FILE * f), (f))
WRAP(size_t, fread, (void *b, size_t s, size_t n, FILE *f), (b, s, n, f))
WRAP(size_t, fwrite, (const void *b, size_t s, size_t n, FILE *f), (b, s, n, f))
WRAP(int, fflush, (FILE * f), (f))
WRAP(int, fputs, (const char *s, FILE *f), (s, f))
WRAP(int, fputc, (int c, FILE *f), (c, f))
WRAP(int, puts, (const char *s), (s))
WRAP(int, putchar, (int c), (c))
WRAP(int, vprintf, (const char *f, va_list a), (f, a))
WRAP(int, vfprintf, (FILE * o, const char *f, va_list a), (o, f, a))
WRAP(int, usleep, (useconds_t t), (t))
WRAP(unsigned, sleep, (unsigned t), (t))
WRAP(int, nanosleep, (Time a, struct timespec *b), (a, b))
WRAP(int, clock_nanosleep, (clockid_t c, int f, Time a, struct timespec *b), (c, f, a, b))
WRAP(int, poll, (struct pollfd * p, nfds_t n, int t), (p, n, t))
WRAP(int, select, (int n, fd_set *r, fd_set *w, fd_set *e, struct timeval *t), (n, r, w, e, t))
WRAP(int, epoll_wait, (int fd, struct epoll_event *e, int n, int t), (fd, e, n, t))
WRAP(ssize_t, recv, (int fd, void *b, size_t n, int f), (fd, b, n, f))
WRAP(ssize_t, recvfrom, (int fd, void *b, size_t n, int f, __SOCKADDR_ARG a, socklen_t *l), (fd, b, n, f, a, l))
WRAP(ssize_t, send, (int fd, const void *b, size_t n, int f), (fd, b, n, f))
WRAP(ssize_t, sendto, (int fd, const void *b, size_t n, int f, __CONST_SOCKADDR_ARG a, socklen_t l),
     (fd, b, n, f, a, l))
WRAP(void *, mmap, (void *p, size_t n, int prot, int f, int fd, off_t o), (p, n, prot, f, fd, o))
WRAP(void *, mmap64, (void *p, size_t n, int prot, int f, int fd, off_t o), (p, n, prot, f, fd, o))
WRAP(int, munmap, (void *p, size_t n), (p, n))
WRAP(int, mprotect, (void *p, size_t n, int prot), (p, n, prot))
WRAP(int, brk, (void *p), (p))
WRAP(void *, sbrk, (intptr_t n), (n))
WRAP(void *, dlopen, (const char *p, int f), (p, f))
WRAP(int, dlclose, (void *h), (h))
WRAP(int, rand, (void), ())
WRAP(long, random, (void), ())

// Those with "..." need the arguments taken out first.
#define MODE_OF(flags, mode)                                                                                           \
  mode_t mode = 0;                                                                                                     \
  if ((flags) & (O_CREAT | __O_TMPFILE)) {                                                                             \
    va_list list;                                                                                                      \
    va_start(list, flags);                                                                                             \
    mode = va_arg(list, mode_t);                                                                                       \
    va_end(list);                                                                                                      \
  }

static void *real_open, *real_open64, *real_openat, *real_syscall;

int open(const char *path, int flags, ...) {
  CHECK(open);
  MODE_OF(flags, mode)
  return REAL(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  CHECK(open64);
  MODE_OF(flags, mode)
  return REAL(open64)(path, flags, mode);
}

int openat(int fd, const char *path, int flags, ...) {
  CHECK(openat);
  MODE_OF(flags, mode)
  return REAL(openat)(fd, path, flags, mode);
}

#define PRINT(name, params, last, call)                                                                                \
  int name params {                                                                                                    \
    CHECK(name);                                                                                                       \
    va_list list;                                                                                                      \
    va_start(list, last);                                                                                              \
    int n = call;                                                                                                      \
    va_end(list);                                                                                                      \
    return n;                                                                                                          \
  }
PRINT(printf, (const char *f, ...), f, REAL(vfprintf)(stdout, f, list))
PRINT(fprintf, (FILE * o, const char *f, ...), f, REAL(vfprintf)(o, f, list))
PRINT(dprintf, (int fd, const char *f, ...), f, vdprintf(fd, f, list))

long syscall(long number, ...) {
  CHECK(syscall);
  va_list list;
  long a[6];
  va_start(list, number);
  for (int i = 0; i < 6; i++)
    a[i] = va_arg(list, long);
  va_end(list);
  return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

// SIGSYS is ours: a test framework that asks for it would hide where the call was made.
static void *real_signal, *real_sigaction;

sighandler_t signal(int number, sighandler_t handler) {
  return number == SIGSYS ? SIG_DFL : REAL(signal)(number, handler);
}

int sigaction(int number, const struct sigaction *restrict action, struct sigaction *restrict old) {
  return REAL(sigaction)(number, number == SIGSYS ? NULL : action, old);
}
